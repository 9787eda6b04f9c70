//! Lists of field names, with wildcards, as `table` and `fields` take them.

use crate::{
    Error,
    cursor::Cursor,
    names::{self, Slot},
    plan::Planner,
    print::Printer,
    table::Table,
    wildcard::{Case, Wildcard},
};

/// A name in a list.
#[derive(Debug)]
pub(super) enum Name {
    One(Slot),
    Many {
        text: String,
        wildcard: Wildcard,
        /// Only a wildcard that starts with an underscore means internal
        /// fields.
        internal: bool,
    },
}

/// Parses names with commas or blanks between them, up to the end.
///
/// # Errors
///
/// What is no name, and an empty list.
pub(super) fn parse(
    cursor: &mut Cursor<'_>,
    mut slot: impl FnMut(&str) -> Slot,
) -> Result<Vec<Name>, Error> {
    let mut names = Vec::new();
    loop {
        let token = cursor.listed_name()?;
        if token.text.is_empty() {
            return Err(Error::syntax("a field needs a name", token.span));
        }
        names.push(if token.text.contains('*') {
            Name::Many {
                text: token.text.to_string(),
                wildcard: Wildcard::new(&token.text, Case::Sensitive),
                internal: names::is_internal(&token.text),
            }
        } else {
            Name::One(slot(&token.text))
        });
        let comma = cursor.eat_mark(",");
        if !comma && cursor.at_end() {
            return Ok(names);
        }
    }
}

/// Whether the list depends on which fields there are.
pub(super) fn has_wildcard(names: &[Name]) -> bool {
    names.iter().any(|name| matches!(name, Name::Many { .. }))
}

/// Writes a list of names.
pub(super) fn print(names: &[Name], out: &mut Printer<'_>) {
    out.list(names, |out, name| match name {
        Name::One(slot) => out.field(*slot),
        Name::Many { text, .. } => out.field_name(text),
    });
}

/// Tells the planner which columns are chosen, and that wildcards may choose
/// any.
pub(super) fn choose(names: &[Name], also: &[Slot], planner: &mut Planner) {
    if has_wildcard(names) {
        planner.read_all();
    }
    let slots: Vec<Slot> = names
        .iter()
        .filter_map(|name| match name {
            Name::One(slot) => Some(*slot),
            Name::Many { .. } => None,
        })
        .chain(also.iter().copied())
        .collect();
    planner.choose(&slots);
}

/// The fields that a list means in these rows, each once, in the order of the
/// list; those of a wildcard are sorted by name.
pub(super) fn resolve(names: &[Name], table: &Table<'_>) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut add = |slot| {
        if !slots.contains(&slot) {
            slots.push(slot);
        }
    };
    let mut present: Option<Vec<Slot>> = None;
    for name in names {
        match name {
            Name::One(slot) => add(*slot),
            Name::Many {
                wildcard, internal, ..
            } => {
                let present = present.get_or_insert_with(|| {
                    let mut slots = table.columns();
                    slots.sort_by_key(|slot| table.names.name(*slot));
                    slots
                });
                for slot in present {
                    let name = table.names.name(*slot);
                    if wildcard.matches(name) && (*internal || !names::is_internal(name)) {
                        add(*slot);
                    }
                }
            }
        }
    }
    slots
}
