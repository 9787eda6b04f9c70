//! The functions of `eval` and `where`: a table of them for each page of the
//! documentation, beside what they do.
//!
//! Source: Search Reference, "Evaluation functions".

/// Makes the table of a page: names, how many arguments they take at least and
/// at most, their syntax and what they do, and how a call is built.
macro_rules! functions {
    ($source:literal; $($name:literal $arity:expr, $syntax:expr, $summary:literal
        $(, unconfirmed $unconfirmed:literal)? => $build:expr;)*) => {
        pub(super) static TABLE: &[super::Function] = &[$(super::Function {
            entry: crate::reference::Entry {
                name: $name,
                syntax: $syntax,
                summary: $summary,
                source: concat!("Search Reference, ", $source),
                unconfirmed: crate::reference::at_most_one(&[$($unconfirmed)?]),
            },
            arity: $arity,
            build: $build,
        },)*];
    };
}

mod bitwise;
mod conditional;
mod conversion;
mod cryptographic;
mod date_and_time;
mod informational;
mod json;
mod lookup;
mod mathematical;
mod multivalue;
mod printf;
mod refused;
mod statistical;
mod text;
mod trigonometric;

use std::sync::LazyLock;

use super::{
    Call, ExpressionKind, Operand, PredicateKind, Prepared, Type,
    check::{into_predicate, into_value},
};
use crate::{
    Error,
    error::Span,
    expression::{Expression, Predicate},
    plan::Planner,
    reference::Entry,
    regex::Pattern,
    table::Scope,
};

pub(super) use conditional::searchmatch_of;
pub(crate) use lookup::Lookup;
pub(crate) use printf::Format;
pub(super) use refused::FOREIGN;
pub(crate) use refused::REFUSED;

/// How a function that gives a value is evaluated.
pub(crate) type Value = for<'a> fn(&'a Call, Scope<'_, 'a>) -> Result<crate::Value<'a>, Error>;

/// How a function that gives true, false or null is evaluated.
pub(crate) type Truth = for<'a> fn(&'a Call, Scope<'_, 'a>) -> Result<Option<bool>, Error>;

/// A function that this engine evaluates.
pub(crate) struct Function {
    pub(crate) entry: Entry,
    /// How many arguments it takes at least, and at most.
    arity: (usize, usize),
    build: fn(Arguments) -> Result<Operand, Error>,
}

/// No limit on the number of arguments.
const MANY: usize = usize::MAX;

/// All functions that this engine evaluates, sorted by name.
pub(crate) static FUNCTIONS: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    let mut functions: Vec<_> = [
        bitwise::TABLE,
        conditional::TABLE,
        conversion::TABLE,
        cryptographic::TABLE,
        date_and_time::TABLE,
        informational::TABLE,
        json::TABLE,
        mathematical::TABLE,
        multivalue::TABLE,
        statistical::TABLE,
        text::TABLE,
        trigonometric::TABLE,
    ]
    .into_iter()
    .flatten()
    .collect();
    functions.sort_by_key(|function| function.entry.name);
    functions
});

/// A function that this engine evaluates, by its name in lower case.
fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS
        .binary_search_by_key(&name, |function| function.entry.name)
        .ok()
        .map(|index| FUNCTIONS[index])
}

/// Whether this engine evaluates a function, by its name in lower case.
pub(crate) fn is_known(name: &str) -> bool {
    find(name).is_some()
}

/// A call of a function that the table has.
///
/// # Errors
///
/// Too few or too many arguments, arguments of the wrong kind, and constant
/// arguments that are not valid.
pub(super) fn build(name: &str, arguments: Vec<Operand>, span: Span) -> Result<Operand, Error> {
    let Some(function) = find(name) else {
        return Err(Error::unsupported(format!("the function `{name}()`"), span));
    };
    let (least, most) = function.arity;
    if arguments.len() < least || arguments.len() > most {
        let wanted = match (least, most) {
            (least, MANY) => format!("at least {least}"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        let plural = if wanted == "1" { "" } else { "s" };
        return Err(Error::syntax(
            format!(
                "`{name}()` takes {wanted} argument{plural}, found {}",
                arguments.len()
            ),
            span,
        )
        .with_help(function.entry.syntax));
    }
    (function.build)(Arguments {
        name: function.entry.name,
        operands: arguments,
        span,
    })
}

/// As [`build`], for `lookup()`.
///
/// # Errors
///
/// As [`build`], and lookups and columns that are not there.
pub(super) fn lookup_of(
    arguments: Vec<Operand>,
    span: Span,
    planner: &Planner,
) -> Result<Operand, Error> {
    lookup::build(
        Arguments {
            name: "lookup",
            operands: arguments,
            span,
        },
        planner,
    )
}

/// The arguments of a call that is being built.
struct Arguments {
    name: &'static str,
    operands: Vec<Operand>,
    span: Span,
}

impl Arguments {
    /// The same arguments, all of them values.
    fn values(self) -> Result<Self, Error> {
        self.map(|_, operand| into_value(operand).map(Operand::Value))
    }

    /// The same arguments: predicates where `is_predicate` says so of the
    /// position, values elsewhere.
    fn mixed(self, is_predicate: impl Fn(usize) -> bool) -> Result<Self, Error> {
        self.map(|index, operand| {
            if is_predicate(index) {
                into_predicate(operand).map(Operand::Truth)
            } else {
                into_value(operand).map(Operand::Value)
            }
        })
    }

    fn map(
        self,
        convert: impl Fn(usize, Operand) -> Result<Operand, Error>,
    ) -> Result<Self, Error> {
        let operands = self
            .operands
            .into_iter()
            .enumerate()
            .map(|(index, operand)| convert(index, operand))
            .collect::<Result<_, _>>()?;
        Ok(Self { operands, ..self })
    }

    /// The text of an argument that is a string literal.
    fn literal(&self, index: usize) -> Option<(&str, Span)> {
        match self.operands.get(index) {
            Some(Operand::Value(Expression {
                kind: ExpressionKind::Text(text),
                span,
            })) => Some((text, span.clone())),
            _ => None,
        }
    }

    /// A regular expression that is a string literal is compiled here, so that
    /// its errors have a place and come before any event.
    fn pattern(&self, index: usize) -> Result<Prepared, Error> {
        match self.literal(index) {
            Some((pattern, span)) => Ok(Prepared::Pattern(Pattern::new(pattern, span)?)),
            None => Ok(Prepared::Nothing),
        }
    }

    fn call(self, prepared: Prepared) -> Box<Call> {
        Box::new(Call {
            name: self.name,
            arguments: self.operands,
            prepared,
            span: self.span,
        })
    }

    /// The call as something that gives a value.
    fn into_value(self, returns: Type, evaluate: Value) -> Operand {
        self.into_prepared_value(returns, evaluate, Prepared::Nothing)
    }

    fn into_prepared_value(self, returns: Type, evaluate: Value, prepared: Prepared) -> Operand {
        Operand::Value(Expression {
            span: self.span.clone(),
            kind: ExpressionKind::Call(returns, evaluate, self.call(prepared)),
        })
    }

    /// The call as something that gives true, false or null.
    fn into_truth(self, evaluate: Truth) -> Operand {
        self.into_prepared_truth(evaluate, Prepared::Nothing)
    }

    fn into_prepared_truth(self, evaluate: Truth, prepared: Prepared) -> Operand {
        Operand::Truth(Predicate {
            span: self.span.clone(),
            kind: PredicateKind::Call(evaluate, self.call(prepared)),
        })
    }
}

/// A call of values that gives a number.
fn number(arguments: Arguments, evaluate: Value) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Number, evaluate))
}

/// A call of values that gives a text.
fn text(arguments: Arguments, evaluate: Value) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Text, evaluate))
}

/// A call of values that gives a value of any kind.
fn value(arguments: Arguments, evaluate: Value) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, evaluate))
}

impl Call {
    /// Does something with the regular expression of an argument: the one that
    /// was compiled with the search, or one from the row. `None` for null.
    ///
    /// # Errors
    ///
    /// A pattern from the row that does not compile, and what `apply` returns.
    fn with_pattern<'a, T>(
        &'a self,
        index: usize,
        scope: Scope<'_, 'a>,
        apply: impl FnOnce(&Pattern) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if let Prepared::Pattern(pattern) = &self.prepared {
            return apply(pattern).map(Some);
        }
        match self.text(index, scope)? {
            Some(text) => apply(&Pattern::new(&text, self.place(index))?).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_for_one_function() {
        assert!(
            FUNCTIONS.is_sorted_by(|one, other| one.entry.name < other.entry.name),
            "a name comes twice"
        );
        assert!(REFUSED.is_sorted_by_key(|refused| refused.name));
        for refused in REFUSED {
            assert!(find(refused.name).is_none(), "{}", refused.name);
        }
        for function in FUNCTIONS.iter() {
            let entry = &function.entry;
            assert!(entry.syntax.starts_with(entry.name), "{}", entry.name);
            assert!(entry.summary.ends_with('.'), "{}", entry.name);
            assert!(function.arity.0 <= function.arity.1, "{}", entry.name);
        }
    }

    #[test]
    fn every_call_is_written_and_parsed_again() {
        let lists = [
            "",
            "a",
            "a=1",
            "-1.50",
            "1e-7, 1.5e3",
            "a, 1.20",
            "a, b, \"\\\\x\\\"\"",
            "a=1, b",
            "a=1, b, c",
            "a, \"b{0}.c\", true()",
            "\"%5.2f|%s\", a, b",
            "a, \"%Y-%m-%d %H\"",
            "a, \"-1d@d+3h\"",
            "a, true()",
            "a, \"hex\"",
            "\"10.0.0.0/8\", a",
            "\"x=\\\"y z\\\" OR NOT w=*\"",
        ];
        // `lookup()` needs a lookup, and is written again with the command.
        for function in FUNCTIONS.iter().filter(|f| f.entry.name != "lookup") {
            let name = function.entry.name;
            let parsed = lists.iter().filter(|list| {
                ["eval r=", "where "].iter().any(|command| {
                    let text = format!("* | {command}{name}({list})");
                    crate::round_trip::round_trip(&text);
                    crate::Search::parse(&text).is_ok()
                })
            });
            assert!(parsed.count() > 0, "{name}");
        }
    }
}
