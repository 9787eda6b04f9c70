//! `eval`: computes fields.
//!
//! Source: Search Reference, `eval`. Assignments run from left to right, and a
//! later one sees what an earlier one made. What cannot be computed is null,
//! and null removes the field. Braces in the name of the field stand for the
//! value of a field ("Dynamic field name creation").

use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::Cursor,
    error::Span,
    expression::{Expression, Parser},
    lint::Linter,
    names::Slot,
    plan::Planner,
    print::Printer,
    quoted::Escapes,
    table::{Fields, Record, Table},
};

/// A planned `eval`.
#[derive(Debug)]
pub(crate) struct Eval {
    assignments: Vec<(Target, Expression)>,
}

/// The field that an assignment sets.
#[derive(Debug)]
enum Target {
    Field(Slot),
    Computed(Template),
}

/// A field name that is computed for each row.
#[derive(Debug)]
struct Template {
    parts: Vec<Part>,
    /// As it is written, without quotation marks.
    text: String,
    span: Span,
}

#[derive(Debug)]
enum Part {
    Literal(String),
    /// The value of a field.
    Value(Slot),
}

/// How many fields computed names may make: every row has a place for each.
const MOST_COMPUTED: usize = 1000;

/// How many bytes the values may take that one `eval` makes of the rows that it
/// gets at a time: what doubles a text, or makes a hundred thousand values for
/// each of as many rows, would take all memory there is.
const MOST_BYTES: usize = 500 * 1024 * 1024;

/// Parses the arguments of `eval`.
///
/// # Errors
///
/// What is not an assignment, and Boolean expressions, which cannot be
/// assigned.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Eval, Error> {
    let mut assignments = Vec::new();
    loop {
        let (name, span) = target(cursor)?;
        cursor.expect_mark("=", "after the field to compute")?;
        let expression = Parser::new(cursor, planner).value()?;
        let target = match Template::parse(&name, span, planner)? {
            Some(template) => Target::Computed(template),
            None => Target::Field(planner.assign(&name)),
        };
        assignments.push((target, expression));
        if !cursor.eat_mark(",") {
            break;
        }
    }
    cursor.expect_end()?;
    Ok(Eval { assignments })
}

/// The name of the field to compute and its place: plain, or in quotation marks
/// of either kind.
fn target(cursor: &mut Cursor<'_>) -> Result<(String, Span), Error> {
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
        let name = cursor.take_while(is_target);
        cursor.slice(name).to_owned()
    };
    if name.is_empty() {
        return Err(cursor.unexpected("a field to compute"));
    }
    Ok((name, cursor.since(start)))
}

/// What the name of a field to compute may have without quotation marks.
fn is_target(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '@' | '{' | '}')
}

impl Template {
    /// A name with fields in braces; `None` for a plain one. Braces with
    /// nothing in them belong to the name: it is that of an array.
    fn parse(name: &str, span: Span, planner: &mut Planner) -> Result<Option<Self>, Error> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = name;
        while let Some((before, after)) = rest.split_once('{') {
            literal.push_str(before);
            let Some((field, after)) = after.split_once('}') else {
                return Err(Error::syntax(
                    "a brace in the name of a field is not closed",
                    span,
                ));
            };
            if field.is_empty() {
                literal.push_str("{}");
            } else {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Value(planner.read(field)));
            }
            rest = after;
        }
        literal.push_str(rest);
        if parts.is_empty() {
            return Ok(None);
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Some(Self {
            parts,
            text: name.to_owned(),
            span,
        }))
    }

    /// The name on a row; `None` where a field in it is null.
    fn name(&self, record: &Record<'_>) -> Result<Option<String>, Error> {
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => name.push_str(literal),
                Part::Value(slot) => match record.value(*slot) {
                    Value::Multi(_) => {
                        return Err(Error::unsupported(
                            "a field name that is computed from a multivalue field",
                            self.span.clone(),
                        ));
                    }
                    value => match value.text() {
                        Some(text) => name.push_str(&text),
                        None => return Ok(None),
                    },
                },
            }
        }
        // Splunk would go on replacing, and gives up where that does not end.
        if name.contains('{') && !name.contains("{}") {
            return Err(Error::unsupported(
                "a computed field name with braces in it",
                self.span.clone(),
            ));
        }
        Ok(Some(name).filter(|name| !name.is_empty()))
    }
}

impl Command for Eval {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let known = table.names.len();
        let mut computed = Vec::new();
        let mut bytes = 0_usize;
        for record in &mut table.records {
            for (target, expression) in &self.assignments {
                let value = expression.evaluate(context.scope(record))?;
                bytes = bytes.saturating_add(value.bytes());
                if bytes > MOST_BYTES {
                    return Err(Error::limit(
                        "`eval` makes values of more than 500 MB",
                        expression.span.clone(),
                    ));
                }
                let slot = match target {
                    Target::Field(slot) => *slot,
                    Target::Computed(template) => {
                        let Some(name) = template.name(record)? else {
                            continue;
                        };
                        let slot = table.names.slot(&name);
                        if table.names.len() - known > MOST_COMPUTED {
                            return Err(Error::limit(
                                format!("more than {MOST_COMPUTED} computed field names"),
                                template.span.clone(),
                            ));
                        }
                        if !computed.contains(&slot) {
                            computed.push(slot);
                        }
                        slot
                    }
                };
                record.set(slot, value);
            }
        }
        for (target, _) in &self.assignments {
            if let Target::Field(slot) = target {
                table.add_column(*slot);
            }
        }
        for slot in computed {
            table.add_column(slot);
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.list(&self.assignments, |out, (target, expression)| {
            let name = match target {
                Target::Field(slot) => out.names().name(*slot),
                Target::Computed(template) => &template.text,
            };
            // In double quotation marks: a `|` in single ones would end the
            // command.
            if name.chars().all(is_target) {
                out.word(name);
            } else {
                out.quoted(name);
            }
            out.put("=");
            expression.print(out);
        });
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        for (target, expression) in &self.assignments {
            match target {
                Target::Field(slot) => linter.assigned(*slot, expression),
                Target::Computed(_) => {
                    linter.value(expression);
                    linter.may_set_any_field();
                }
            }
        }
    }
}
