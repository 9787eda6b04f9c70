//! `fillnull`: gives missing fields a value.
//!
//! Source: Search Reference, `fillnull`. Without a list, the fields are all
//! those that some row of the result has.

use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::Cursor,
    names::{self, Slot},
    plan::Planner,
    print::Printer,
    table::{Fields, Table},
};

/// A planned `fillnull`.
#[derive(Debug)]
pub(crate) struct Fillnull {
    value: String,
    /// None for all fields of the result.
    fields: Vec<Slot>,
}

const OPTIONS: &[&str] = &["value"];

/// Parses the arguments of `fillnull`.
///
/// # Errors
///
/// What is no list of fields.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Fillnull, Error> {
    let mut fillnull = Fillnull {
        value: "0".to_owned(),
        fields: Vec::new(),
    };
    while !cursor.at_end() {
        if option::next(cursor, OPTIONS).is_some() {
            fillnull.value = option::value(cursor)?.text.into_owned();
            continue;
        }
        option::refuse_unknown(cursor, "fillnull", OPTIONS)?;
        let token = cursor.listed_name()?;
        if token.text.contains('*') {
            return Err(Error::unsupported("a wildcard in `fillnull`", token.span));
        }
        // The value of the event is read before it counts as computed.
        let slot = planner.read(&token.text);
        planner.assign(&token.text);
        if !fillnull.fields.contains(&slot) {
            fillnull.fields.push(slot);
        }
        cursor.eat_mark(",");
    }
    if fillnull.fields.is_empty() {
        planner.read_all();
    }
    Ok(fillnull)
}

impl Command for Fillnull {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let all;
        let fields = if self.fields.is_empty() {
            all = table
                .columns()
                .into_iter()
                .filter(|slot| !names::is_internal(table.names.name(*slot)))
                .filter(|slot| table.records.iter().any(|r| !r.value(*slot).is_null()))
                .collect();
            &all
        } else {
            &self.fields
        };
        for record in &mut table.records {
            for slot in fields {
                if record.value(*slot).is_null() {
                    record.set(*slot, Value::from(self.value.as_str()));
                }
            }
        }
        for slot in fields {
            table.add_column(*slot);
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        !self.fields.is_empty()
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word("value=");
        out.value(&self.value);
        out.list(&self.fields, |out, slot| out.field(*slot));
    }
}
