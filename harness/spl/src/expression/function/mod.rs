//! The functions of `eval` and `where`: one table of them.
//!
//! Source: Search Reference, "Evaluation functions".

mod conditional;
mod conversion;
mod mathematical;
mod multivalue;
mod text;

use super::{
    Call, ExpressionKind, Operand, PredicateKind, Prepared, Type,
    check::{into_predicate, into_value},
};
use crate::{
    Error,
    error::Span,
    expression::{Expression, Predicate},
    reference::{self, Entry},
    regex::Pattern,
    table::Scope,
};

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

const COMPARISON: &str = "Search Reference, Comparison and Conditional functions";
const CONVERSION: &str = "Search Reference, Conversion functions";
const DATE_AND_TIME: &str = "Search Reference, Date and Time functions";
const INFORMATIONAL: &str = "Search Reference, Informational functions";
const MATHEMATICAL: &str = "Search Reference, Mathematical functions";
const MULTIVALUE: &str = "Search Reference, Multivalue eval functions";
const TEXT: &str = "Search Reference, Text functions";

macro_rules! functions {
    ($($name:literal $arity:expr, $syntax:literal, $summary:literal, $build:expr, $source:expr
        $(, unconfirmed $unconfirmed:literal)?;)*) => {
        /// All functions that this engine evaluates, sorted by name.
        pub(crate) static FUNCTIONS: &[Function] = &[$(Function {
            entry: Entry {
                name: $name,
                syntax: $syntax,
                summary: $summary,
                source: $source,
                unconfirmed: reference::at_most_one(&[$($unconfirmed)?]),
            },
            arity: $arity,
            build: $build,
        },)*];
    };
}

functions! {
    "abs" (1, 1), "abs(<number>)", "The number without its sign.", mathematical::abs, MATHEMATICAL;
    "case" (2, MANY), "case(<predicate>, <value>, ...)",
        "The value after the first predicate that is true; null if none is.", conditional::case, COMPARISON;
    "cidrmatch" (2, 2), "cidrmatch(<cidr>, <address>)",
        "Whether the address is in the subnet.", conditional::cidrmatch, COMPARISON;
    "coalesce" (1, MANY), "coalesce(<value>, ...)", "The first value that is not null.",
        conditional::coalesce, COMPARISON;
    "false" (0, 0), "false()", "False.", conditional::always_false, COMPARISON;
    "if" (3, 3), "if(<predicate>, <value>, <value>)",
        "The first value if the predicate is true, otherwise the second.", conditional::if_, COMPARISON;
    "in" (2, MANY), "in(<value>, <value>, ...)", "Whether the first value equals one of the others.",
        conditional::in_, COMPARISON;
    "isnotnull" (1, 1), "isnotnull(<value>)", "Whether the value is not null.",
        conditional::isnotnull, INFORMATIONAL;
    "isnull" (1, 1), "isnull(<value>)", "Whether the value is null.", conditional::isnull, INFORMATIONAL;
    "len" (1, 1), "len(<text>)", "The number of code points.", text::len, TEXT;
    "length" (1, 1), "length(<text>)", "The same as len().", text::len, TEXT;
    "like" (2, 2), "like(<text>, <pattern>)",
        "Whether the whole text matches a pattern of `%` and `_`.", conditional::like, COMPARISON,
        unconfirmed "Case matters.";
    "lower" (1, 1), "lower(<text>)", "The text in lower case.", text::lower, TEXT;
    "ltrim" (1, 2), "ltrim(<text> [, <characters>])",
        "The text without the characters at its start; blanks and tabs by default.", text::ltrim, TEXT;
    "match" (2, 2), "match(<text>, <regex>)", "Whether the pattern is found anywhere in the text.",
        conditional::match_, COMPARISON,
        unconfirmed "Of a multivalue field, one value that matches is enough.";
    "mvcount" (1, 1), "mvcount(<field>)", "The number of values; null for none.",
        multivalue::mvcount, MULTIVALUE;
    "mvindex" (2, 3), "mvindex(<field>, <start> [, <end>])",
        "The values from start to end, both counted from 0, or from -1 at the end.",
        multivalue::mvindex, MULTIVALUE;
    "mvjoin" (2, 2), "mvjoin(<field>, <delimiter>)", "The values as one text.",
        multivalue::mvjoin, MULTIVALUE;
    "now" (0, 0), "now()", "The time at which the search started, in seconds since the epoch.",
        mathematical::now, DATE_AND_TIME;
    "null" (0, 0), "null()", "Null.", conditional::null, COMPARISON;
    "nullif" (2, 2), "nullif(<value>, <value>)", "Null if both are equal, otherwise the first.",
        conditional::nullif, COMPARISON;
    "replace" (3, 3), "replace(<text>, <regex>, <replacement>)",
        "The text with every match replaced; `\\1` is the first group.", text::replace, TEXT;
    "round" (1, 2), "round(<number> [, <digits>])",
        "The number rounded to so many digits after the point; none by default.",
        mathematical::round, MATHEMATICAL,
        unconfirmed "All the digits that are asked for are printed; a negative half rounds up.";
    "rtrim" (1, 2), "rtrim(<text> [, <characters>])",
        "The text without the characters at its end; blanks and tabs by default.", text::rtrim, TEXT;
    "split" (2, 2), "split(<text>, <delimiter>)", "The parts of the text, as a multivalue field.",
        multivalue::split, MULTIVALUE;
    "substr" (2, 3), "substr(<text>, <start> [, <length>])",
        "A part of the text, counted from 1, or from -1 at the end.", text::substr, TEXT;
    "tonumber" (1, 2), "tonumber(<text> [, <base>])", "The number that the text is; null if none.",
        conversion::tonumber, CONVERSION;
    "tostring" (1, 2), "tostring(<value> [, <format>])",
        "The value as text; the format is \"hex\", \"commas\" or \"duration\".",
        conversion::tostring, CONVERSION;
    "trim" (1, 2), "trim(<text> [, <characters>])",
        "The text without the characters at both ends; blanks and tabs by default.", text::trim, TEXT;
    "true" (0, 0), "true()", "True.", conditional::always_true, COMPARISON;
    "upper" (1, 1), "upper(<text>)", "The text in upper case.", text::upper, TEXT;
    "validate" (2, MANY), "validate(<predicate>, <value>, ...)",
        "The value after the first predicate that is false; null if none is.",
        conditional::validate, COMPARISON;
}

/// Functions that Splunk has and this engine does not evaluate, sorted.
pub(crate) static KNOWN: &[&str] = &[
    "acos",
    "acosh",
    "array_to_mv",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "avg",
    "bit_and",
    "bit_not",
    "bit_or",
    "bit_shift_left",
    "bit_shift_right",
    "bit_xor",
    "ceil",
    "ceiling",
    "commands",
    "cos",
    "cosh",
    "exact",
    "exp",
    "floor",
    "hypot",
    "ipmask",
    "isarray",
    "isbool",
    "isdouble",
    "isint",
    "ismv",
    "isnum",
    "isobject",
    "isstr",
    "json",
    "json_append",
    "json_array",
    "json_array_to_mv",
    "json_delete",
    "json_entries",
    "json_extend",
    "json_extract",
    "json_extract_exact",
    "json_has_key_exact",
    "json_keys",
    "json_object",
    "json_set",
    "json_set_exact",
    "json_valid",
    "ln",
    "log",
    "lookup",
    "max",
    "md5",
    "min",
    "mv_to_json_array",
    "mvappend",
    "mvdedup",
    "mvfilter",
    "mvfind",
    "mvmap",
    "mvrange",
    "mvsort",
    "mvzip",
    "pi",
    "pow",
    "printf",
    "random",
    "relative_time",
    "searchmatch",
    "sha1",
    "sha256",
    "sha512",
    "sigfig",
    "sin",
    "sinh",
    "spath",
    "sqrt",
    "strftime",
    "strptime",
    "sum",
    "tan",
    "tanh",
    "time",
    "toarray",
    "tobool",
    "todouble",
    "toint",
    "tomv",
    "toobject",
    "typeof",
    "urldecode",
];

/// Whether this engine evaluates a function, by its name in lower case.
pub(crate) fn is_known(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.entry.name == name)
}

/// A call of a function that the table has.
///
/// # Errors
///
/// Too few or too many arguments, arguments of the wrong kind, and constant
/// arguments that are not valid.
pub(super) fn build(name: &str, arguments: Vec<Operand>, span: Span) -> Result<Operand, Error> {
    let Some(function) = FUNCTIONS
        .iter()
        .find(|function| function.entry.name == name)
    else {
        return Err(Error::unsupported(format!("the function `{name}()`"), span));
    };
    let (least, most) = function.arity;
    if arguments.len() < least || arguments.len() > most {
        let wanted = match (least, most) {
            (least, MANY) => format!("at least {least}"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        return Err(Error::syntax(
            format!(
                "`{name}()` takes {wanted} arguments, found {}",
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
    fn the_tables_are_sorted_and_apart() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.entry.name));
        assert!(KNOWN.is_sorted());
        for function in FUNCTIONS {
            assert!(!KNOWN.contains(&function.entry.name));
            assert!(function.entry.syntax.starts_with(function.entry.name));
        }
    }
}
