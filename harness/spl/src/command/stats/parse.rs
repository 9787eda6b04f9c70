//! Parses the functions that a command computes, and the arguments of `stats`.

use super::{
    Stats,
    aggregation::{Aggregations, Argument, Column, Term},
    function::{Aggregate, FUNCTIONS, KNOWN},
    group::By,
};
use crate::{
    Error, ErrorKind, Span,
    command::option,
    cursor::{Cursor, Token},
    expression::{Operand, Parser},
    plan::{Planner, TIME},
    suggest,
    wildcard::{Case, Wildcard},
};

/// The options that stand before the functions of `stats`.
const OPTIONS: &[&str] = &["allnum", "delim", "partitions"];

/// The option that stands after the BY fields.
const LAST_OPTIONS: &[&str] = &["dedup_splitvals"];

/// Parses the arguments of `stats`.
///
/// # Errors
///
/// What is no list of functions, functions that are not known or not evaluated,
/// and options that have an effect which is not evaluated.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Stats, Error> {
    let mut all_numbers = false;
    while let Some((name, token)) = option::next(cursor, OPTIONS) {
        match name {
            "allnum" => all_numbers = option::boolean(cursor)?,
            // How the work is divided does not show in the result.
            "partitions" => {
                option::number(cursor)?;
            }
            _ => {
                return Err(Error::unsupported(
                    format!("the option `{name}=` of `stats`"),
                    token.span,
                ));
            }
        }
    }
    option::refuse_unknown(cursor, "stats", OPTIONS)?;
    let unnamed = Unnamed::parse_all(cursor, planner, LAST_OPTIONS)?;
    let by = if cursor.eat_keyword("BY") {
        By::parse(cursor, planner, LAST_OPTIONS)?
    } else {
        By::default()
    };
    let mut different = false;
    while option::next(cursor, LAST_OPTIONS).is_some() {
        different = option::boolean(cursor)?;
    }
    option::refuse_unknown(cursor, "stats", LAST_OPTIONS)?;
    cursor.expect_end()?;
    let command = Aggregating {
        name: "stats",
        keeps_rows: false,
    };
    let aggregations = Unnamed::name(unnamed, &by, command, all_numbers, planner)?;
    let stats = Stats {
        aggregations,
        by,
        different,
    };
    planner.choose(&stats.columns());
    Ok(stats)
}

/// A command that aggregates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aggregating {
    pub(super) name: &'static str,
    /// Whether it adds to its rows instead of making new ones.
    pub(super) keeps_rows: bool,
}

/// A term whose column has no slot yet.
pub(crate) struct Unnamed {
    aggregate: Aggregate,
    argument: Argument,
    column: String,
    /// The function as written.
    word: String,
    /// Whether the column has a name of its own.
    named: bool,
    span: Span,
}

impl Unnamed {
    /// Parses terms up to the end, `BY`, or one of the options.
    ///
    /// # Errors
    ///
    /// What is no list of functions, and functions that are not known or not
    /// evaluated.
    pub(crate) fn parse_all(
        cursor: &mut Cursor<'_>,
        planner: &mut Planner,
        options: &[&'static str],
    ) -> Result<Vec<Self>, Error> {
        let mut terms = Vec::new();
        loop {
            let term = Self::parse(cursor, planner)?;
            if terms.iter().any(|other: &Self| other.renames_as(&term)) {
                return Err(Error::syntax(
                    "a function of one field has two names",
                    term.span,
                ));
            }
            terms.push(term);
            let comma = cursor.eat_mark(",");
            cursor.skip_blanks();
            let ends = cursor.at_keyword("BY") || option::is_next(cursor, options);
            if !comma && (ends || cursor.at_end()) {
                return Ok(terms);
            }
        }
    }

    /// Whether both give one function of one field a name, and not the same
    /// one: Splunk does not take that (`stats`, "Renaming fields"). `mean` and
    /// `avg` are two functions there ("Aggregate functions", `mean`).
    fn renames_as(&self, other: &Self) -> bool {
        match (&self.argument, &other.argument) {
            (Argument::Field(field), Argument::Field(other_field)) => {
                field == other_field
                    && self.named
                    && other.named
                    && self.word.eq_ignore_ascii_case(&other.word)
                    && self.column != other.column
            }
            _ => false,
        }
    }

    /// Gives the columns their slots. Columns are named only after all
    /// arguments are read: `stats max(a) AS a min(a)` reads the field both
    /// times.
    ///
    /// # Errors
    ///
    /// A column with the name of a BY field, which Splunk does not take.
    pub(crate) fn name(
        terms: Vec<Self>,
        by: &By,
        command: Aggregating,
        all_numbers: bool,
        planner: &mut Planner,
    ) -> Result<Aggregations, Error> {
        let time = terms
            .iter()
            .any(|term| term.aggregate.needs_time())
            .then(|| planner.read(TIME));
        let terms = terms
            .into_iter()
            .map(|term| {
                let column = if matches!(term.argument, Argument::Fields { .. }) {
                    Column::Many(term.column)
                } else {
                    if command.keeps_rows && !by.is_empty() {
                        // A row in no group keeps what it has.
                        planner.read(&term.column);
                    }
                    let slot = planner.assign(&term.column);
                    if by.fields.iter().any(|group| group.slot == slot) {
                        return Err(Error::syntax(
                            format!(
                                "a column of `{}` has the name of the BY field `{}`",
                                command.name, term.column
                            ),
                            term.span,
                        )
                        .with_help("add `AS <field>`"));
                    }
                    Column::One(slot)
                };
                Ok(Term {
                    aggregate: term.aggregate,
                    argument: term.argument,
                    column,
                    word: term.word,
                    named: term.named,
                    span: term.span,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Aggregations {
            terms,
            time,
            all_numbers,
        })
    }

    fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Self, Error> {
        cursor.skip_blanks();
        let start = cursor.position();
        let token = cursor.field_name()?;
        let aggregate = function(&token)?;
        let mut ahead = cursor.clone();
        let (argument, written) = if ahead.eat_mark("(") {
            *cursor = ahead;
            argument(cursor, planner, aggregate, &token.text)?
        } else if aggregate == Aggregate::Count {
            (Argument::Nothing, None)
        } else {
            (every_field(planner), Some("*".into()))
        };
        let span = cursor.since(start);
        let is_expression = matches!(argument, Argument::Predicate(_) | Argument::Expression(_));
        let named = cursor.eat_keyword("AS");
        let column = if named {
            let name = cursor.field_name()?;
            let wildcards = |text: &str| text.matches('*').count();
            let of_field = match &argument {
                Argument::Fields { text, .. } => wildcards(text),
                _ => 0,
            };
            if wildcards(&name.text) != of_field {
                return Err(Error::syntax(
                    "the field and its new name need equally many wildcards",
                    name.span,
                ));
            }
            name.text.into_owned()
        } else if is_expression {
            return Err(
                Error::syntax("an aggregation of `eval()` needs a name", span)
                    .with_help("add `AS <field>`"),
            );
        } else {
            // Without a name the column is called what is written.
            match written {
                Some(field) => format!("{}({field})", token.text),
                None => token.text.clone().into_owned(),
            }
        };
        Ok(Self {
            aggregate,
            argument,
            column,
            word: token.text.into_owned(),
            named,
            span,
        })
    }
}

fn function(token: &Token<'_>) -> Result<Aggregate, Error> {
    let lower = token.text.to_ascii_lowercase();
    if let Some(aggregate) = Aggregate::named(&lower) {
        return Ok(aggregate);
    }
    if KNOWN.contains(&lower.as_str()) {
        return Err(Error::unsupported(
            format!("the function `{lower}()` of `stats`"),
            token.span.clone(),
        ));
    }
    let percentile = ["exactperc", "upperperc", "perc", "p"]
        .iter()
        .find(|prefix| {
            lower.strip_prefix(**prefix).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit())
            })
        });
    if let Some(name) = percentile {
        return Err(Error::syntax(
            format!("`{name}` needs a percentage from 0 to 100, as in `{name}95`"),
            token.span.clone(),
        ));
    }
    let suggestion = suggest::nearest(
        &lower,
        FUNCTIONS
            .iter()
            .map(|f| f.entry.name)
            .chain(KNOWN.iter().copied()),
    );
    let error = Error::new(
        ErrorKind::UnknownFunction {
            name: token.text.clone().into_owned(),
            suggestion,
        },
        token.span.clone(),
    );
    Err(match suggestion {
        Some(suggestion) => error.with_help(format!("did you mean `{suggestion}`?")),
        None => error,
    })
}

/// A function without a field is one of each field there is.
fn every_field(planner: &mut Planner) -> Argument {
    planner.read_all();
    Argument::Fields {
        text: "*".to_owned(),
        wildcard: Wildcard::new("*", Case::Sensitive),
    }
}

/// The argument after the opening parenthesis, and the closing one; and the
/// field as it is written.
fn argument<'t>(
    cursor: &mut Cursor<'t>,
    planner: &mut Planner,
    aggregate: Aggregate,
    function: &str,
) -> Result<(Argument, Option<std::borrow::Cow<'t, str>>), Error> {
    if cursor.eat_mark(")") {
        return Ok(if aggregate == Aggregate::Count {
            (Argument::Nothing, None)
        } else {
            (every_field(planner), Some("*".into()))
        });
    }
    let token = cursor.field_name()?;
    if !token.quoted && token.text.eq_ignore_ascii_case("eval") && cursor.eat_mark("(") {
        let argument = match Parser::new(cursor, planner).operand()? {
            Operand::Value(expression) => Argument::Expression(expression),
            Operand::Truth(predicate) if aggregate == Aggregate::Count => {
                Argument::Predicate(predicate)
            }
            Operand::Truth(predicate) => {
                return Err(Error::types(
                    format!("`{function}` takes values, found a Boolean expression"),
                    predicate.span,
                )
                .with_help("use `eval(if(<predicate>, <value>, <value>))`"));
            }
        };
        cursor.expect_mark(")", "to close `eval`")?;
        cursor.expect_mark(")", &format!("to close `{function}`"))?;
        return Ok((argument, None));
    }
    let argument = if token.text.contains('*') {
        planner.read_all();
        Argument::Fields {
            wildcard: Wildcard::new(&token.text, Case::Sensitive),
            text: token.text.clone().into_owned(),
        }
    } else {
        Argument::Field(planner.read(&token.text))
    };
    cursor.expect_mark(")", "after the field")?;
    Ok((argument, Some(token.text)))
}
