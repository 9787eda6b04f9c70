//! Parses the arguments of `stats`.

use super::{
    Aggregation, Argument, Group, Stats,
    function::{Aggregate, FUNCTIONS, KNOWN},
};
use crate::{
    Error, ErrorKind,
    cursor::{Cursor, Token},
    expression,
    names::Slot,
    plan::{Planner, TIME},
    suggest,
};

/// Parses the arguments of `stats`.
///
/// # Errors
///
/// What is no list of functions, functions that are not known or not evaluated,
/// and options, which are not supported.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Stats, Error> {
    let mut pending = Vec::new();
    let mut by = Vec::new();
    loop {
        pending.push(aggregation(cursor, planner)?);
        let comma = cursor.eat_mark(",");
        if !comma && cursor.eat_keyword("BY") {
            by = groups(cursor, planner)?;
            break;
        }
        if !comma && cursor.at_end() {
            break;
        }
    }
    let time = pending
        .iter()
        .any(|(aggregation, _)| aggregation.aggregate.needs_time())
        .then(|| planner.read(TIME));
    // Columns are named only after all arguments are read: `stats max(a) AS a
    // min(a)` reads the field both times.
    let aggregations: Vec<Aggregation> = pending
        .into_iter()
        .map(|(unnamed, name)| Aggregation {
            aggregate: unnamed.aggregate,
            argument: unnamed.argument,
            column: planner.assign(&name),
            span: unnamed.span,
        })
        .collect();
    let stats = Stats {
        aggregations,
        by,
        time,
    };
    planner.choose(&stats.columns());
    Ok(stats)
}

/// An aggregation whose column has no slot yet.
struct Unnamed {
    aggregate: Aggregate,
    argument: Argument,
    span: crate::Span,
}

fn aggregation(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<(Unnamed, String), Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let token = cursor.field_name()?;
    if cursor.peek() == Some('=') {
        return Err(Error::unsupported(
            format!("the option `{}=` of `stats`", token.text),
            token.span,
        ));
    }
    let aggregate = function(&token)?;
    let mut ahead = cursor.clone();
    let mut is_predicate = false;
    let argument = if ahead.eat_mark("(") {
        *cursor = ahead;
        let argument = argument(cursor, planner, aggregate)?;
        is_predicate = matches!(argument, Argument::Predicate(_));
        argument
    } else if aggregate == Aggregate::Count {
        Argument::Nothing
    } else {
        return Err(cursor.unexpected(&format!("`(` and a field after `{}`", token.text)));
    };
    let span = cursor.since(start);
    let name = if cursor.eat_keyword("AS") {
        cursor.field_name()?.text.into_owned()
    } else if is_predicate {
        return Err(
            Error::syntax("an aggregation of `eval()` needs a name", span)
                .with_help("add `AS <field>`"),
        );
    } else {
        // Without a name the column is called what is written.
        cursor.slice(span.clone()).to_owned()
    };
    Ok((
        Unnamed {
            aggregate,
            argument,
            span,
        },
        name,
    ))
}

fn function(token: &Token<'_>) -> Result<Aggregate, Error> {
    let lower = token.text.to_ascii_lowercase();
    if let Some(function) = FUNCTIONS.iter().find(|f| f.entry.name == lower) {
        return Ok(function.aggregate);
    }
    let percentile = ["exactperc", "upperperc", "perc", "p"]
        .iter()
        .filter_map(|prefix| lower.strip_prefix(prefix))
        .any(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    if percentile || KNOWN.contains(&lower.as_str()) {
        return Err(Error::unsupported(
            format!("the function `{lower}()` of `stats`"),
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

/// The argument after the opening parenthesis, and the closing one.
fn argument(
    cursor: &mut Cursor<'_>,
    planner: &mut Planner,
    aggregate: Aggregate,
) -> Result<Argument, Error> {
    if aggregate == Aggregate::Count && cursor.eat_mark(")") {
        return Ok(Argument::Nothing);
    }
    let token = cursor.field_name()?;
    if !token.quoted && token.text.eq_ignore_ascii_case("eval") && cursor.eat_mark("(") {
        if aggregate != Aggregate::Count {
            return Err(Error::unsupported(
                "`eval()` inside a function other than `count`",
                token.span,
            ));
        }
        let predicate = expression::predicate(cursor, planner)?;
        cursor.expect_mark(")", "to close `eval`")?;
        cursor.expect_mark(")", "to close `count`")?;
        return Ok(Argument::Predicate(predicate));
    }
    if token.text.contains('*') {
        return Err(Error::unsupported(
            "a wildcard in a function of `stats`",
            token.span,
        ));
    }
    let slot = planner.read(&token.text);
    cursor.expect_mark(")", "after the field")?;
    Ok(Argument::Field(slot))
}

fn groups(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Vec<Group>, Error> {
    let mut groups: Vec<Group> = Vec::new();
    loop {
        let token = cursor.field_name()?;
        if cursor.peek() == Some('=') {
            return Err(Error::unsupported(
                format!("the option `{}=` of `stats`", token.text),
                token.span,
            ));
        }
        if token.text.contains('*') {
            return Err(Error::syntax(
                "a BY field cannot have a wildcard",
                token.span,
            ));
        }
        let slot: Slot = planner.read(&token.text);
        if !groups.iter().any(|group| group.slot == slot) {
            groups.push(Group {
                slot,
                span: token.span,
            });
        }
        let comma = cursor.eat_mark(",");
        if !comma && cursor.at_end() {
            return Ok(groups);
        }
    }
}
