//! `eval`: computes fields.
//!
//! Source: Search Reference, `eval`. Assignments run from left to right, and a
//! later one sees what an earlier one made. What cannot be computed is null,
//! and null removes the field.

use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    expression::{Expression, Parser},
    names::Slot,
    plan::Planner,
    print::Printer,
    quoted::Escapes,
    table::Table,
};

/// A planned `eval`.
#[derive(Debug)]
pub(crate) struct Eval {
    assignments: Vec<(Slot, Expression)>,
}

/// Parses the arguments of `eval`.
///
/// # Errors
///
/// What is not an assignment, and Boolean expressions, which cannot be
/// assigned.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Eval, Error> {
    let mut assignments = Vec::new();
    loop {
        let target = target(cursor)?;
        cursor.expect_mark("=", "after the field to compute")?;
        let expression = Parser::new(cursor, planner).value()?;
        assignments.push((planner.assign(&target), expression));
        if !cursor.eat_mark(",") {
            break;
        }
    }
    cursor.expect_end()?;
    Ok(Eval { assignments })
}

/// The name of the field to compute: plain, or in quotation marks of either
/// kind.
fn target(cursor: &mut Cursor<'_>) -> Result<String, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let name = if let Some(token) = cursor.quoted(Escapes::Expression)? {
        token.text.into_owned()
    } else if cursor.eat("'") {
        let name = cursor.take_while(|c| c != '\'');
        if !cursor.eat("'") {
            return Err(Error::syntax(
                "single quotation mark is not closed",
                start..start + 1,
            ));
        }
        cursor.slice(name).to_owned()
    } else {
        let name = cursor.take_while(|c| {
            c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '@' | '{' | '}')
        });
        cursor.slice(name).to_owned()
    };
    if name.is_empty() {
        return Err(cursor.unexpected("a field to compute"));
    }
    if name.contains('{') {
        return Err(Error::unsupported(
            "a field name that is computed (`{...}`)",
            cursor.since(start),
        ));
    }
    Ok(name)
}

impl Command for Eval {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        for record in &mut table.records {
            for (slot, expression) in &self.assignments {
                let value = expression.evaluate(context.scope(record))?;
                record.set(*slot, value);
            }
        }
        for (slot, _) in &self.assignments {
            table.add_column(*slot);
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.list(&self.assignments, |out, (slot, expression)| {
            out.expression_field(*slot);
            out.put("=");
            expression.print(out);
        });
    }
}
