//! `format` and `return`: turn rows into the text of a search. A subsearch in a
//! search expression ends with an implied `format`.
//!
//! Source: Search Reference, `format` and `return`; Search Manual, "Change the
//! format of subsearch results"; `limits.conf.spec`, `[subsearch]`, for the
//! 10,000 rows.

use super::option;
use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::{Cursor, Token},
    names::{Slot, is_internal},
    plan::Planner,
    print::Printer,
    quoted::Escapes,
    table::{Columns, Fields as _, Record, Table},
};

/// `maxout` of `[subsearch]`.
pub(crate) const MAXIMUM: usize = 10_000;

/// The field that holds the text.
const SEARCH: &str = "search";

/// A planned `format`.
#[derive(Debug)]
pub(crate) struct Format {
    marks: Marks,
    column: Slot,
}

/// What stands between and around the values.
#[derive(Debug)]
pub(crate) struct Marks {
    row_prefix: String,
    column_prefix: String,
    column_separator: String,
    column_end: String,
    row_separator: String,
    row_end: String,
    multivalue_separator: String,
    most: usize,
    empty: String,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            row_prefix: "(".to_owned(),
            column_prefix: "(".to_owned(),
            column_separator: "AND".to_owned(),
            column_end: ")".to_owned(),
            row_separator: "OR".to_owned(),
            row_end: ")".to_owned(),
            multivalue_separator: "OR".to_owned(),
            most: 0,
            empty: "NOT ( )".to_owned(),
        }
    }
}

/// Parses the arguments of `format`.
///
/// # Errors
///
/// What is no option, and fewer or more than six texts.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Format, Error> {
    let mut marks = Marks::default();
    let mut texts: Vec<String> = Vec::new();
    while !cursor.at_end() {
        if let Some((name, _)) = option::next(cursor, &["mvsep", "maxresults", "emptystr"]) {
            match name {
                "mvsep" => marks.multivalue_separator = option::value(cursor)?.text.into_owned(),
                "emptystr" => marks.empty = option::value(cursor)?.text.into_owned(),
                _ => marks.most = option::number(cursor)?,
            }
            continue;
        }
        match cursor.quoted(Escapes::Argument)? {
            Some(token) => texts.push(token.text.into_owned()),
            None => return Err(cursor.unexpected("an option or a text in quotation marks")),
        }
    }
    match <[String; 6]>::try_from(texts) {
        Ok(texts) => {
            [
                marks.row_prefix,
                marks.column_prefix,
                marks.column_separator,
                marks.column_end,
                marks.row_separator,
                marks.row_end,
            ] = texts;
        }
        Err(texts) if texts.is_empty() => {}
        Err(_) => {
            return Err(Error::syntax(
                "`format` takes all six texts or none",
                cursor.here(),
            ));
        }
    }
    planner.read_all();
    let column = planner.assign(SEARCH);
    planner.choose(&[column]);
    Ok(Format { marks, column })
}

impl Command for Format {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let text = self.marks.text(table);
        one_row(table, self.column, text);
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        let marks = &self.marks;
        out.word("mvsep=");
        out.value(&marks.multivalue_separator);
        out.word("maxresults=");
        out.put(&marks.most.to_string());
        for text in [
            &marks.row_prefix,
            &marks.column_prefix,
            &marks.column_separator,
            &marks.column_end,
            &marks.row_separator,
            &marks.row_end,
        ] {
            out.quoted(text);
        }
        out.word("emptystr=");
        out.value(&marks.empty);
    }

    fn aggregates(&self) -> bool {
        true
    }
}

fn one_row(table: &mut Table<'_>, column: Slot, text: String) {
    let mut record = Record::new(None, table.names.len());
    record.set(column, Value::from(text));
    table.records = vec![record];
    table.columns = Columns::Chosen(vec![column]);
}

impl Marks {
    /// The rows as text, the fields in the order of their names. Internal fields
    /// are left out, and the values of fields called `search` or `query` stand
    /// there as they are.
    pub(crate) fn text(&self, table: &Table<'_>) -> String {
        let mut columns: Vec<(Slot, &str)> = table
            .columns()
            .into_iter()
            .map(|slot| (slot, table.names.name(slot)))
            .filter(|(_, name)| !is_internal(name))
            .collect();
        columns.sort_unstable_by_key(|(_, name)| *name);
        let most = if self.most == 0 {
            usize::MAX
        } else {
            self.most
        };
        let rows: Vec<String> = table
            .records
            .iter()
            .take(most)
            .filter_map(|record| self.row(record, &columns))
            .collect();
        if rows.is_empty() {
            return self.empty.clone();
        }
        let separator = format!(" {} ", self.row_separator);
        format!(
            "{} {} {}",
            self.row_prefix,
            rows.join(&separator),
            self.row_end
        )
    }

    fn row(&self, record: &Record<'_>, columns: &[(Slot, &str)]) -> Option<String> {
        let cells: Vec<String> = columns
            .iter()
            .filter_map(|(slot, name)| self.cell(name, record.value(*slot)))
            .collect();
        let separator = format!(" {} ", self.column_separator);
        (!cells.is_empty()).then(|| {
            format!(
                "{} {} {}",
                self.column_prefix,
                cells.join(&separator),
                self.column_end
            )
        })
    }

    fn cell(&self, name: &str, value: &Value<'_>) -> Option<String> {
        let mut values: Vec<String> = value
            .values()
            .iter()
            .map(|value| {
                if matches!(name, "search" | "query") {
                    value.to_string()
                } else {
                    format!("{}={}", field(name), quoted(value))
                }
            })
            .collect();
        match values.len() {
            0 => None,
            1 => values.pop(),
            _ => {
                let separator = format!(" {} ", self.multivalue_separator);
                Some(format!("( {} )", values.join(&separator)))
            }
        }
    }
}

/// The name of a field as `search` reads it.
fn field(name: &str) -> String {
    if name.chars().all(|c| crate::cursor::is_name(c) || c == '.') {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A planned `return`.
#[derive(Debug)]
pub(crate) struct Return {
    count: usize,
    fields: Vec<Returned>,
    column: Slot,
}

/// A field that `return` writes.
#[derive(Debug)]
struct Returned {
    slot: Slot,
    /// The name before the equals sign; none for the value alone (`$field`).
    name: Option<String>,
}

/// Parses the arguments of `return`.
///
/// # Errors
///
/// What is no count and no list of fields, aliases and `$fields`.
pub(crate) fn parse_return(
    cursor: &mut Cursor<'_>,
    planner: &mut Planner,
) -> Result<Return, Error> {
    let count = super::count(cursor)?.unwrap_or(1);
    let mut fields = Vec::new();
    while !cursor.at_end() {
        let token: Token<'_> = cursor.field_name()?;
        let returned = if let Some(name) = token.text.strip_prefix('$') {
            Returned {
                slot: planner.read(name),
                name: None,
            }
        } else if cursor.eat("=") {
            let field = cursor.field_name()?;
            Returned {
                slot: planner.read(&field.text),
                name: Some(token.text.into_owned()),
            }
        } else {
            Returned {
                slot: planner.read(&token.text),
                name: Some(token.text.into_owned()),
            }
        };
        fields.push(returned);
        cursor.eat_mark(",");
    }
    if fields.is_empty() {
        return Err(cursor.unexpected("a field to return"));
    }
    let column = planner.assign(SEARCH);
    planner.choose(&[column]);
    Ok(Return {
        count,
        fields,
        column,
    })
}

/// A value as `return` writes it: "does not escape quotation marks" is what the
/// page says.
fn enclosed(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\"))
}

impl Return {
    fn row(&self, record: &Record<'_>) -> Option<String> {
        let cells: Vec<String> = self
            .fields
            .iter()
            .filter_map(|returned| {
                let text = record.value(returned.slot).text()?;
                Some(match &returned.name {
                    Some(name) => format!("{}={}", field(name), enclosed(&text)),
                    None => text.into_owned(),
                })
            })
            .collect();
        (!cells.is_empty()).then(|| format!("({})", cells.join(" ")))
    }
}

impl Command for Return {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let rows: Vec<String> = table
            .records
            .iter()
            .take(self.count)
            .filter_map(|record| self.row(record))
            .collect();
        one_row(table, self.column, rows.join(" OR "));
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word(&self.count.to_string());
        for returned in &self.fields {
            let field = out.names().name(returned.slot).to_owned();
            match &returned.name {
                Some(name) => {
                    out.field_name(name);
                    out.put("=");
                    out.value(&field);
                }
                None => out.quoted(&format!("${field}")),
            }
        }
    }

    fn aggregates(&self) -> bool {
        true
    }
}
