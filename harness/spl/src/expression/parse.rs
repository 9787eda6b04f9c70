//! Parses expressions of `eval` and `where`, and checks their types.
//!
//! Operators bind, from loosest to tightest: XOR, OR, AND, NOT, comparisons
//! with LIKE and IN, `.`, `+ -`, `* / %`, unary minus. `search` has another
//! order.

use super::{
    Arithmetic, Comparison, Expression, ExpressionKind, Operand, Predicate, PredicateKind, Type,
    check::{self, into_predicate, into_value},
    function,
};
use crate::{
    Error,
    command::search,
    cursor::{Cursor, is_name},
    error::Span,
    plan::Planner,
    quoted::Escapes,
    value::Number,
};

/// How deep an expression may be: what is evaluated by recursion must fit on
/// the stack.
const MAX_DEPTH: usize = 128;

/// Parses a predicate and nothing after it.
///
/// # Errors
///
/// What is not an expression, or gives a value instead of true or false.
pub(crate) fn predicate(
    cursor: &mut Cursor<'_>,
    planner: &mut Planner,
) -> Result<Predicate, Error> {
    let operand = Parser::new(cursor, planner).operand()?;
    into_predicate(operand)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Xor,
    Or,
    And,
    Comparison(Comparison),
    Like,
    In,
    Concatenate,
    Arithmetic(Arithmetic),
}

/// The binding power of NOT, a prefix.
const NOT: u8 = 4;
/// The binding power of a sign.
const SIGN: u8 = 9;

impl Operator {
    fn power(self) -> u8 {
        match self {
            Self::Xor => 1,
            Self::Or => 2,
            Self::And => 3,
            Self::Comparison(_) | Self::Like | Self::In => 5,
            Self::Concatenate => 6,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 7,
            Self::Arithmetic(_) => 8,
        }
    }
}

/// An operand and how deep it is.
struct Parsed {
    operand: Operand,
    depth: usize,
}

/// Parses one expression after the other from a cursor.
pub(crate) struct Parser<'c, 't, 'p> {
    cursor: &'c mut Cursor<'t>,
    planner: &'p mut Planner,
    nesting: usize,
}

impl<'c, 't, 'p> Parser<'c, 't, 'p> {
    pub(crate) fn new(cursor: &'c mut Cursor<'t>, planner: &'p mut Planner) -> Self {
        Self {
            cursor,
            planner,
            nesting: 0,
        }
    }

    /// Parses an expression of either kind.
    ///
    /// # Errors
    ///
    /// What is not an expression, has types that do not fit, or is not
    /// evaluated by this engine.
    pub(crate) fn operand(&mut self) -> Result<Operand, Error> {
        Ok(self.expression(0)?.operand)
    }

    /// Parses an expression that gives a value.
    ///
    /// # Errors
    ///
    /// As [`operand`](Self::operand), and Boolean expressions.
    pub(crate) fn value(&mut self) -> Result<Expression, Error> {
        into_value(self.operand()?)
    }

    fn expression(&mut self, least_power: u8) -> Result<Parsed, Error> {
        self.nesting += 1;
        let mut left = self.prefix()?;
        while let Some((operator, length)) = self.peek_operator() {
            if operator.power() < least_power {
                break;
            }
            self.cursor.take_bytes(length);
            left = self.infix(left, operator)?;
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn checked(&self, depth: usize, start: usize) -> Result<usize, Error> {
        if depth > MAX_DEPTH || self.nesting > MAX_DEPTH {
            return Err(Error::limit(
                format!("an expression more than {MAX_DEPTH} levels deep"),
                self.cursor.since(start),
            ));
        }
        Ok(depth)
    }

    fn infix(&mut self, left: Parsed, operator: Operator) -> Result<Parsed, Error> {
        let start = left.operand.span().start;
        if operator == Operator::In {
            return self.in_list(left);
        }
        let right = self.expression(operator.power() + 1)?;
        let mut depth = left.depth.max(right.depth) + 1;
        let (left_depth, left, right) = (left.depth, left.operand, right.operand);
        let span = start..right.span().end;
        let operand = match operator {
            Operator::Xor => truth(
                PredicateKind::Xor(
                    Box::new(into_predicate(left)?),
                    Box::new(into_predicate(right)?),
                ),
                span,
            ),
            Operator::And | Operator::Or => {
                let left = into_predicate(left)?;
                let right = into_predicate(right)?;
                // Parts of one AND or OR stand side by side, not in each other.
                let kind = match (operator, left.kind) {
                    (Operator::And, PredicateKind::And(mut parts)) => {
                        depth = depth.saturating_sub(1).max(left_depth);
                        parts.push(right);
                        PredicateKind::And(parts)
                    }
                    (Operator::Or, PredicateKind::Or(mut parts)) => {
                        depth = depth.saturating_sub(1).max(left_depth);
                        parts.push(right);
                        PredicateKind::Or(parts)
                    }
                    (Operator::And, kind) => PredicateKind::And(vec![
                        Predicate {
                            kind,
                            span: left.span,
                        },
                        right,
                    ]),
                    (_, kind) => PredicateKind::Or(vec![
                        Predicate {
                            kind,
                            span: left.span,
                        },
                        right,
                    ]),
                };
                truth(kind, span)
            }
            Operator::Comparison(comparison) => {
                let (left, right) = (check::compared(left)?, check::compared(right)?);
                check::comparable(&left, &right)?;
                truth(
                    PredicateKind::Comparison(comparison, Box::new(left), Box::new(right)),
                    span,
                )
            }
            Operator::Like => function::build("like", vec![left, right], span)?,
            Operator::Concatenate => {
                let right = into_value(right)?;
                let parts = match into_value(left)? {
                    Expression {
                        kind: ExpressionKind::Concatenation(mut parts),
                        ..
                    } => {
                        depth = depth.saturating_sub(1).max(left_depth);
                        parts.push(right);
                        parts
                    }
                    left => vec![left, right],
                };
                value(ExpressionKind::Concatenation(parts), span)
            }
            Operator::Arithmetic(operator) => {
                let (left, right) = (into_value(left)?, into_value(right)?);
                check::calculable(operator, &left, &right)?;
                value(
                    ExpressionKind::Arithmetic(operator, Box::new(left), Box::new(right)),
                    span,
                )
            }
            Operator::In => return Err(self.cursor.unexpected("an operand")),
        };
        Ok(Parsed {
            depth: self.checked(depth, start)?,
            operand,
        })
    }

    /// `IN (…)` after its left side: the function `in`.
    fn in_list(&mut self, left: Parsed) -> Result<Parsed, Error> {
        let start = left.operand.span().start;
        self.cursor.expect_mark("(", "after `IN`")?;
        let (rest, depth) = self.arguments()?;
        let mut arguments = vec![left.operand];
        arguments.extend(rest);
        Ok(Parsed {
            operand: function::build("in", arguments, self.cursor.since(start))?,
            depth: self.checked(depth.max(left.depth) + 1, start)?,
        })
    }

    fn prefix(&mut self) -> Result<Parsed, Error> {
        self.cursor.skip_blanks();
        let start = self.cursor.position();
        self.checked(0, start)?;
        if self.cursor.eat("(") {
            let inner = self.expression(0)?;
            self.cursor.expect_mark(")", "to close the parenthesis")?;
            return Ok(Parsed {
                operand: respan(inner.operand, self.cursor.since(start)),
                depth: self.checked(inner.depth + 1, start)?,
            });
        }
        let negation = self.cursor.at_keyword("NOT");
        if negation || (self.cursor.peek() == Some('!') && !self.cursor.rest().starts_with("!=")) {
            self.cursor.take_bytes(if negation { 3 } else { 1 });
            let inner = self.expression(NOT)?;
            let predicate = into_predicate(inner.operand)?;
            return Ok(Parsed {
                operand: truth(
                    PredicateKind::Not(Box::new(predicate)),
                    self.cursor.since(start),
                ),
                depth: self.checked(inner.depth + 1, start)?,
            });
        }
        if self.cursor.eat("-") {
            let inner = self.expression(SIGN)?;
            return self.negative(inner, start);
        }
        if self.cursor.eat("+") {
            return self.expression(SIGN);
        }
        self.primary(start)
    }

    fn negative(&self, inner: Parsed, start: usize) -> Result<Parsed, Error> {
        let expression = into_value(inner.operand)?;
        let span = start..expression.span.end;
        let kind = match expression {
            Expression {
                kind: ExpressionKind::Number(number),
                ..
            } => ExpressionKind::Number(-number),
            expression if expression.static_type() == Type::Text => {
                return Err(Error::types(
                    "`-` takes a number, found text",
                    expression.span,
                ));
            }
            expression => ExpressionKind::Negative(Box::new(expression)),
        };
        Ok(Parsed {
            operand: value(kind, span),
            depth: self.checked(inner.depth + 1, start)?,
        })
    }

    fn primary(&mut self, start: usize) -> Result<Parsed, Error> {
        let kind = if let Some(token) = self.cursor.quoted(Escapes::Expression)? {
            ExpressionKind::Text(token.text.into_owned())
        } else if self.cursor.peek() == Some('\'') {
            let name = self.quoted_field()?;
            ExpressionKind::Field(self.planner.read(&name))
        } else if let Some(number) = self.number()? {
            ExpressionKind::Number(number)
        } else if let Some(place) = self.cursor.brackets() {
            self.planner
                .value_filler(self.cursor.text(), place.clone())?;
            ExpressionKind::Subsearch(place)
        } else {
            let word = self.cursor.take_while(is_name);
            if word.is_empty() {
                let error = self.cursor.unexpected("a field, a value or a function");
                return Err(if self.cursor.peek().is_some_and(char::is_alphabetic) {
                    error.with_help(
                        "a name with other characters than the letters of ASCII, digits, `_` and \
                         `.` stands in single quotation marks",
                    )
                } else {
                    error
                });
            }
            if self.cursor.eat_mark("(") {
                return self.call(&word);
            }
            let name = self.cursor.slice(word.clone());
            check::field_word(name, &word)?;
            // The blanks that were skipped in search of a parenthesis do not
            // belong to the name.
            return Ok(Parsed {
                operand: value(ExpressionKind::Field(self.planner.read(name)), word),
                depth: 1,
            });
        };
        Ok(Parsed {
            operand: value(kind, self.cursor.since(start)),
            depth: 1,
        })
    }

    /// A field name in single quotation marks.
    fn quoted_field(&mut self) -> Result<String, Error> {
        let start = self.cursor.position();
        self.cursor.eat("'");
        let name = self.cursor.take_while(|c| c != '\'');
        if !self.cursor.eat("'") {
            return Err(Error::syntax(
                "single quotation mark is not closed",
                start..start + 1,
            ));
        }
        if name.is_empty() {
            return Err(Error::syntax(
                "a field needs a name",
                self.cursor.since(start),
            ));
        }
        Ok(self.cursor.slice(name).to_owned())
    }

    /// A decimal number; text that starts with a digit and is none is an error,
    /// since field names must not start with one.
    fn number(&mut self) -> Result<Option<Number>, Error> {
        let mut ahead = self.cursor.clone();
        let start = ahead.position();
        let whole = ahead.take_while(|c| c.is_ascii_digit());
        let mut fraction = ahead.clone();
        if fraction.eat(".") && !fraction.take_while(|c| c.is_ascii_digit()).is_empty() {
            ahead = fraction;
        } else if whole.is_empty() {
            return Ok(None);
        }
        let mut exponent = ahead.clone();
        if exponent.eat("e") || exponent.eat("E") {
            let _sign = exponent.eat("-") || exponent.eat("+");
            if !exponent.take_while(|c| c.is_ascii_digit()).is_empty() {
                ahead = exponent;
            }
        }
        let mut word = ahead.clone();
        if !word.take_while(is_name).is_empty() {
            return Err(Error::syntax(
                "a field name that starts with a digit needs single quotation marks",
                word.since(start),
            ));
        }
        let span = ahead.since(start);
        *self.cursor = ahead;
        let text = self.cursor.slice(span.clone());
        match Number::written(text) {
            Some(number) => Ok(Some(number)),
            None => Err(Error::syntax("not a number", span)),
        }
    }

    fn call(&mut self, word: &Span) -> Result<Parsed, Error> {
        let (arguments, depth) = self.arguments()?;
        let name = self.cursor.slice(word.clone());
        let lower = name.to_ascii_lowercase();
        if lower == "searchmatch"
            && let [
                Operand::Value(Expression {
                    kind: ExpressionKind::Text(text),
                    span,
                }),
            ] = &arguments[..]
        {
            return self.search_match(text.clone(), span.clone(), word.start);
        }
        let span = self.cursor.since(word.start);
        if !function::is_known(&lower) {
            return Err(check::unknown_function(name, &lower, word));
        }
        Ok(Parsed {
            depth: self.checked(depth + 1, word.start)?,
            operand: match lower.as_str() {
                "lookup" => function::lookup_of(arguments, span, self.planner)?,
                _ => function::build(&lower, arguments, span)?,
            },
        })
    }

    /// `searchmatch("...")`: the text is a search of its own. What is wrong in
    /// it has the place of the whole text.
    fn search_match(&mut self, text: String, span: Span, start: usize) -> Result<Parsed, Error> {
        let mut cursor = Cursor::new(&text, 0..text.len());
        let subsearches = self.planner.subsearches();
        let search = search::parse_later(&mut cursor, self.planner).map_err(|error| Error {
            span: span.clone(),
            ..error
        })?;
        if self.planner.subsearches() > subsearches {
            return Err(Error::unsupported("a subsearch in `searchmatch()`", span));
        }
        let argument = Expression {
            kind: ExpressionKind::Text(text),
            span,
        };
        let predicate = function::searchmatch_of(search, argument, self.cursor.since(start));
        Ok(Parsed {
            operand: Operand::Truth(predicate),
            depth: 1,
        })
    }

    /// Arguments up to the closing parenthesis, and the depth of the deepest.
    fn arguments(&mut self) -> Result<(Vec<Operand>, usize), Error> {
        let mut arguments = Vec::new();
        let mut depth = 0;
        if self.cursor.eat_mark(")") {
            return Ok((arguments, depth));
        }
        loop {
            let argument = self.expression(0)?;
            depth = depth.max(argument.depth);
            arguments.push(argument.operand);
            if self.cursor.eat_mark(")") {
                return Ok((arguments, depth));
            }
            self.cursor.expect_mark(",", "or `)` after an argument")?;
        }
    }

    /// The operator that comes next and its length in bytes.
    fn peek_operator(&mut self) -> Option<(Operator, usize)> {
        const WORDS: &[(&str, Operator)] = &[
            ("AND", Operator::And),
            ("OR", Operator::Or),
            ("XOR", Operator::Xor),
            ("LIKE", Operator::Like),
            ("IN", Operator::In),
        ];
        const MARKS: &[(&str, Operator)] = &[
            ("==", Operator::Comparison(Comparison::Equal)),
            ("=", Operator::Comparison(Comparison::Equal)),
            ("!=", Operator::Comparison(Comparison::NotEqual)),
            ("<=", Operator::Comparison(Comparison::LessOrEqual)),
            ("<", Operator::Comparison(Comparison::Less)),
            (">=", Operator::Comparison(Comparison::GreaterOrEqual)),
            (">", Operator::Comparison(Comparison::Greater)),
            (".", Operator::Concatenate),
            ("+", Operator::Arithmetic(Arithmetic::Add)),
            ("-", Operator::Arithmetic(Arithmetic::Subtract)),
            ("*", Operator::Arithmetic(Arithmetic::Multiply)),
            ("/", Operator::Arithmetic(Arithmetic::Divide)),
            ("%", Operator::Arithmetic(Arithmetic::Remainder)),
        ];
        self.cursor.skip_blanks();
        let word = WORDS.iter().find(|(word, _)| self.cursor.at_keyword(word));
        let mark = MARKS
            .iter()
            .find(|(mark, _)| self.cursor.rest().starts_with(mark));
        word.or(mark)
            .map(|(text, operator)| (*operator, text.len()))
    }
}

fn value(kind: ExpressionKind, span: Span) -> Operand {
    Operand::Value(Expression { kind, span })
}

fn truth(kind: PredicateKind, span: Span) -> Operand {
    Operand::Truth(Predicate { kind, span })
}

/// The same operand with its parentheses.
fn respan(operand: Operand, span: Span) -> Operand {
    match operand {
        Operand::Value(expression) => value(expression.kind, span),
        Operand::Truth(predicate) => truth(predicate.kind, span),
    }
}
