//! Functions that compare and choose.
//!
//! Source: Search Reference, "Comparison and Conditional functions".

#![expect(
    clippy::unnecessary_wraps,
    reason = "what the table of functions builds has one signature"
)]

use std::str::Chars;

use super::{Arguments, MANY, Operand, Prepared, Type};
use crate::{
    Error, Value,
    address::Subnet,
    command::search::Search,
    error::Span,
    expression::{
        Call, Comparison, Expression, ExpressionKind, Predicate, PredicateKind,
        evaluate::{equals, multivalue},
    },
    table::Scope,
};

functions! {
    "Comparison and Conditional functions";
    "case" (2, MANY), "case(<predicate>, <value>, ...)",
        "The value after the first predicate that is true; null if none is." => case;
    "cidrmatch" (2, 2), "cidrmatch(<cidr>, <address>)", "Whether the address is in the subnet."
        => cidrmatch;
    "coalesce" (1, MANY), "coalesce(<value>, ...)", "The first value that is not null."
        => coalesce;
    "false" (0, 0), "false()", "False." => |arguments| Ok(constant(arguments, false));
    "if" (3, 3), "if(<predicate>, <value>, <value>)",
        "The first value if the predicate is true, otherwise the second." => if_;
    "in" (2, MANY), "in(<value>, <value>, ...)",
        "Whether the first value equals one of the others.",
        unconfirmed "Of a multivalue field, one value that is equal is enough." => in_;
    "like" (2, 2), "like(<text>, <pattern>)",
        "Whether the whole text matches a pattern of `%` and `_`.",
        unconfirmed "Case matters; of a multivalue field, one value that matches is enough."
        => like;
    "lookup" (3, 3), super::lookup::SYNTAX,
        "What the rows of a lookup say that match, as a JSON object.",
        unconfirmed "Where no row matches it is null; cells are texts, and an empty one is no \
                     member." => super::lookup::computed;
    "match" (2, 2), "match(<text>, <regex>)", "Whether the pattern is found anywhere in the text.",
        unconfirmed "Of a multivalue field, one value that matches is enough." => match_;
    "null" (0, 0), "null()", "Null." => null;
    "nullif" (2, 2), "nullif(<value>, <value>)", "Null if both are equal, otherwise the first."
        => nullif;
    "searchmatch" (1, 1), "searchmatch(<search>)",
        "Whether the row matches a search, by the rules of the `search` command." => searchmatch;
    "true" (0, 0), "true()", "True." => |arguments| Ok(constant(arguments, true));
    "validate" (2, MANY), "validate(<predicate>, <value>, ...)",
        "The value after the first predicate that is false; null if none is." => validate;
}

fn constant(arguments: Arguments, truth: bool) -> Operand {
    Operand::Truth(Predicate {
        kind: PredicateKind::Constant(Some(truth)),
        span: arguments.span,
    })
}

fn null(arguments: Arguments) -> Result<Operand, Error> {
    Ok(Operand::Value(Expression {
        kind: ExpressionKind::Null,
        span: arguments.span,
    }))
}

/// Whether the arguments that are results (by position) are Boolean: then the
/// whole call is. Nulls go with either.
fn chooses_truth(arguments: &Arguments, is_result: impl Fn(usize) -> bool) -> bool {
    arguments
        .operands
        .iter()
        .enumerate()
        .any(|(index, operand)| is_result(index) && matches!(operand, Operand::Truth(_)))
}

/// The type that all results have, if it is one.
fn common_type(arguments: &Arguments, is_result: impl Fn(usize) -> bool) -> Type {
    let mut types = arguments
        .operands
        .iter()
        .enumerate()
        .filter(|(index, operand)| is_result(*index) && !operand.is_null())
        .map(|(_, operand)| match operand {
            Operand::Value(expression) => expression.static_type(),
            Operand::Truth(_) => Type::Any,
        });
    let Some(first) = types.next() else {
        return Type::Any;
    };
    if types.all(|other| other == first) {
        first
    } else {
        Type::Any
    }
}

fn if_(arguments: Arguments) -> Result<Operand, Error> {
    /// The argument that the predicate chooses.
    fn chosen<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<usize, Error> {
        Ok(match call.truth(0, scope)? {
            Some(true) => 1,
            Some(false) | None => 2,
        })
    }
    if chooses_truth(&arguments, |index| index > 0) {
        let arguments = arguments.mixed(|_| true)?;
        return Ok(arguments.into_truth(|call, scope| call.truth(chosen(call, scope)?, scope)));
    }
    let arguments = arguments.mixed(|index| index == 0)?;
    let returns = common_type(&arguments, |index| index > 0);
    Ok(arguments.into_value(returns, |call, scope| {
        call.value(chosen(call, scope)?, scope)
    }))
}

/// The position after the first predicate whose truth is `wanted`.
fn first_pair<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    wanted: bool,
) -> Result<Option<usize>, Error> {
    for index in (0..call.arguments.len()).step_by(2) {
        if call.truth(index, scope)? == Some(wanted) {
            return Ok(Some(index + 1));
        }
    }
    Ok(None)
}

fn pairs(arguments: &Arguments) -> Result<(), Error> {
    if arguments.operands.len().is_multiple_of(2) {
        return Ok(());
    }
    Err(Error::syntax(
        format!(
            "`{}()` takes pairs of a predicate and a value, found {} arguments",
            arguments.name,
            arguments.operands.len()
        ),
        arguments.span.clone(),
    ))
}

fn case(arguments: Arguments) -> Result<Operand, Error> {
    pairs(&arguments)?;
    let is_result = |index: usize| !index.is_multiple_of(2);
    if chooses_truth(&arguments, is_result) {
        let arguments = arguments.mixed(|_| true)?;
        return Ok(
            arguments.into_truth(|call, scope| match first_pair(call, scope, true)? {
                Some(index) => call.truth(index, scope),
                None => Ok(None),
            }),
        );
    }
    let arguments = arguments.mixed(|index| index.is_multiple_of(2))?;
    let returns = common_type(&arguments, is_result);
    Ok(arguments.into_value(returns, |call, scope| {
        match first_pair(call, scope, true)? {
            Some(index) => call.value(index, scope),
            None => Ok(Value::Null),
        }
    }))
}

fn validate(arguments: Arguments) -> Result<Operand, Error> {
    pairs(&arguments)?;
    let arguments = arguments.mixed(|index| index.is_multiple_of(2))?;
    let returns = common_type(&arguments, |index| !index.is_multiple_of(2));
    Ok(arguments.into_value(returns, |call, scope| {
        match first_pair(call, scope, false)? {
            Some(index) => call.value(index, scope),
            None => Ok(Value::Null),
        }
    }))
}

fn coalesce(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let returns = common_type(&arguments, |_| true);
    Ok(arguments.into_value(returns, |call, scope| {
        for index in 0..call.arguments.len() {
            let value = call.value(index, scope)?;
            if !value.is_null() {
                return Ok(value);
            }
        }
        Ok(Value::Null)
    }))
}

fn nullif(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let returns = common_type(&arguments, |index| index == 0);
    Ok(arguments.into_value(returns, |call, scope| {
        let (left, right) = (call.value(0, scope)?, call.value(1, scope)?);
        for (index, value) in [&left, &right].into_iter().enumerate() {
            if matches!(value, Value::Multi(_)) {
                return Err(multivalue("`nullif()`", &call.place(index)));
            }
        }
        if Comparison::Equal.of(&left, &right) == Some(true) {
            return Ok(Value::Null);
        }
        Ok(left)
    }))
}

fn in_(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_truth(|call, scope| {
        let value = call.value(0, scope)?;
        if value.is_null() {
            return Ok(None);
        }
        for index in 1..call.arguments.len() {
            let other = call.value(index, scope)?;
            if equals(&value, &other) == Some(true) {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }))
}

/// `searchmatch()` is built by the parser, which knows the fields: a search in
/// a field is not known before the row.
fn searchmatch(arguments: Arguments) -> Result<Operand, Error> {
    Err(Error::unsupported(
        "`searchmatch()` of a search that is computed",
        arguments.span,
    )
    .with_help("write the search as a text: `searchmatch(\"...\")`"))
}

/// `searchmatch()` of a text that was parsed.
pub(in crate::expression) fn searchmatch_of(
    search: Search,
    text: Expression,
    span: Span,
) -> Predicate {
    Predicate {
        kind: PredicateKind::Call(
            |call, scope| match &call.prepared {
                Prepared::Search(search) => Ok(Some(search.keeps(scope.record, scope.environment))),
                _ => Ok(None),
            },
            Box::new(Call {
                name: "searchmatch",
                arguments: vec![Operand::Value(text)],
                prepared: Prepared::Search(Box::new(search)),
                span: span.clone(),
            }),
        ),
        span,
    }
}

/// Of a multivalue field, one value that matches is enough.
fn match_(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let pattern = arguments.pattern(1)?;
    Ok(arguments.into_prepared_truth(
        |call, scope| {
            let subject = call.value(0, scope)?;
            if subject.is_null() {
                return Ok(None);
            }
            let found = call.with_pattern(1, scope, |pattern| {
                any_value(&subject, |value| pattern.is_match(value))
            })?;
            Ok(found.flatten())
        },
        pattern,
    ))
}

fn like(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_truth(|call, scope| {
        let subject = call.value(0, scope)?;
        let Some(pattern) = call.text(1, scope)? else {
            return Ok(None);
        };
        any_value(&subject, |value| Ok(is_like(value, &pattern)))
    }))
}

/// Whether a test is true of a value, or of one of several; null for null.
fn any_value(
    value: &Value<'_>,
    mut test: impl FnMut(&str) -> Result<bool, Error>,
) -> Result<Option<bool>, Error> {
    Ok(match value {
        Value::Null => None,
        Value::Text(single) => Some(test(single)?),
        Value::Number(number) => Some(test(&number.to_string())?),
        Value::Multi(values) if values.is_empty() => None,
        Value::Multi(values) => {
            for value in values {
                if test(value)? {
                    return Ok(Some(true));
                }
            }
            Some(false)
        }
    })
}

/// `%` stands for any text, `_` for one character; case matters.
///
/// On a mismatch only the last `%` needs to take one more character, so this is
/// never worse than the product of both lengths.
fn is_like(subject: &str, pattern: &str) -> bool {
    let (mut s, mut p) = (subject.chars(), pattern.chars());
    // What comes after the last `%`, and what it has not taken yet.
    let mut last_percent: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let mut next = p.clone();
        let wanted = next.next();
        if wanted == Some('%') {
            last_percent = Some((next.clone(), s.clone()));
            p = next;
            continue;
        }
        let mut rest = s.clone();
        let Some(found) = rest.next() else {
            return p.all(|c| c == '%');
        };
        if wanted.is_some_and(|wanted| wanted == '_' || wanted == found) {
            (s, p) = (rest, next);
            continue;
        }
        let Some((after, taken)) = &mut last_percent else {
            return false;
        };
        taken.next();
        (s, p) = (taken.clone(), after.clone());
    }
}

fn cidrmatch(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    if let Some((text, span)) = arguments.literal(0)
        && Subnet::parse(text).is_none()
    {
        return Err(Error::syntax(format!("`{text}` is not a subnet"), span)
            .with_help("write it as `<address>/<prefix length>`"));
    }
    Ok(arguments.into_truth(|call, scope| {
        let Some((subnet, address)) = call.text(0, scope)?.zip(call.text(1, scope)?) else {
            return Ok(None);
        };
        Ok(Some(
            Subnet::parse(&subnet).is_some_and(|subnet| subnet.contains(&address)),
        ))
    }))
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn like_matches_whole_text_with_case() {
        assert!(is_like("198.51.100.7", "198.%"));
        assert!(is_like("abc", "a_c"));
        assert!(is_like("abc", "%"));
        assert!(is_like("", "%%"));
        assert!(is_like("aXbXc", "%X%c"));
        assert!(!is_like("abc", "A%"));
        assert!(!is_like("abc", "b%"));
        assert!(!is_like("ac", "a_c"));
        assert!(!is_like("abc", "ab"));
        assert!(is_like("é", "_"));
    }

    #[test]
    fn like_does_not_explode() {
        assert!(!is_like(
            &"a".repeat(2000),
            &format!("{}b", "a%".repeat(50))
        ));
    }
}
