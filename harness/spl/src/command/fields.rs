//! `fields`: keeps or removes fields.
//!
//! Source: Search Reference, `fields`. The internal fields `_raw` and `_time`
//! stay in either case, unless they are removed by name or by a wildcard that
//! starts with an underscore.

use super::field_list::{self, Name};
use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    names::Slot,
    plan::{Planner, RAW, TIME},
    print::Printer,
    table::{Columns, Fields as _, Table},
};

/// A planned `fields`.
#[derive(Debug)]
pub(crate) enum Fields {
    Keep {
        names: Vec<Name>,
        internal: [Slot; 2],
    },
    Remove(Vec<Name>),
}

/// Parses the arguments of `fields`.
///
/// # Errors
///
/// What is no list of fields.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Fields, Error> {
    if cursor.eat_mark("-") {
        let names = field_list::parse(cursor, |name| planner.remove(name))?;
        return Ok(Fields::Remove(names));
    }
    cursor.eat_mark("+");
    let names = field_list::parse(cursor, |name| planner.read(name))?;
    let internal = [planner.read(RAW), planner.read(TIME)];
    field_list::choose(&names, &internal, planner);
    Ok(Fields::Keep { names, internal })
}

impl Command for Fields {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        match self {
            Self::Keep { names, internal } => {
                let mut slots = field_list::resolve(names, table);
                for slot in internal {
                    let present = match &table.columns {
                        Columns::Open => table.records.iter().any(|r| !r.value(*slot).is_null()),
                        Columns::Chosen(chosen) => chosen.contains(slot),
                    };
                    if present && !slots.contains(slot) {
                        slots.push(*slot);
                    }
                }
                table.choose(slots);
            }
            Self::Remove(names) => {
                for slot in field_list::resolve(names, table) {
                    table.remove(slot);
                }
            }
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        let (Self::Keep { names, .. } | Self::Remove(names)) = self;
        !field_list::has_wildcard(names)
    }

    fn print(&self, out: &mut Printer<'_>) {
        let names = match self {
            Self::Keep { names, .. } => names,
            Self::Remove(names) => {
                out.word("-");
                names
            }
        };
        field_list::print(names, out);
    }
}
