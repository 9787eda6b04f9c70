//! `rename`: gives fields other names.
//!
//! Source: Search Reference, `rename`: one field cannot have two new names. The
//! new name takes the place of a field that has it already. Where the old field
//! is missing, the new one becomes missing too, and a wildcard passes over
//! internal fields (practitioners' knowledge, not documented).

use crate::{
    Error,
    command::{Command, Context},
    cursor::{Cursor, Token},
    names::{Slot, is_internal},
    plan::Planner,
    print::Printer,
    table::{Columns, Table},
    wildcard::{Case, Wildcard},
};

/// A planned `rename`.
#[derive(Debug)]
pub(crate) struct Rename {
    renames: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    One {
        from: Slot,
        to: Slot,
    },
    Many {
        text: String,
        from: Wildcard,
        to: String,
    },
}

/// Parses the arguments of `rename`.
///
/// # Errors
///
/// What is no pair of names, two new names for one field, and wildcards that do
/// not pair.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Rename, Error> {
    let mut renames = Vec::new();
    let mut olds = Vec::new();
    loop {
        let from = name(cursor)?;
        if !cursor.eat_keyword("AS") {
            return Err(cursor.unexpected("`AS` and the new name"));
        }
        let to = name(cursor)?;
        if olds.contains(&from.text) {
            return Err(Error::syntax(
                format!("`{}` gets two new names", from.text),
                from.span,
            ));
        }
        renames.push(change(&from, &to, planner)?);
        olds.push(from.text);
        let comma = cursor.eat_mark(",");
        if !comma && cursor.at_end() {
            return Ok(Rename { renames });
        }
    }
}

fn name<'t>(cursor: &mut Cursor<'t>) -> Result<Token<'t>, Error> {
    let token = cursor.listed_name()?;
    if token.text.is_empty() {
        return Err(Error::syntax("a field needs a name", token.span));
    }
    Ok(token)
}

fn change(from: &Token<'_>, to: &Token<'_>, planner: &mut Planner) -> Result<Change, Error> {
    let stars = |token: &Token<'_>| token.text.matches('*').count();
    if stars(from) != stars(to) {
        return Err(Error::syntax(
            format!(
                "wildcards must pair: `{}` has {}, `{}` has {}",
                from.text,
                stars(from),
                to.text,
                stars(to)
            ),
            from.span.start..to.span.end,
        ));
    }
    if stars(from) == 0 {
        let source = planner.read(&from.text);
        planner.remove(&from.text);
        return Ok(Change::One {
            from: source,
            to: planner.assign(&to.text),
        });
    }
    planner.read_all();
    Ok(Change::Many {
        text: from.text.to_string(),
        from: Wildcard::new(&from.text, Case::Sensitive),
        to: to.text.clone().into_owned(),
    })
}

impl Command for Rename {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        for change in &self.renames {
            match change {
                Change::One { from, to } => move_field(table, *from, *to),
                Change::Many { text, from, to } => {
                    let renamed: Vec<(Slot, String)> = table
                        .columns()
                        .into_iter()
                        .filter_map(|slot| {
                            let name = table.names.name(slot);
                            let hidden = is_internal(name) && !is_internal(text);
                            let new = from.substitute(to, name).filter(|_| !hidden)?;
                            Some((slot, new))
                        })
                        .collect();
                    for (slot, name) in renamed {
                        let target = table.names.slot(&name);
                        move_field(table, slot, target);
                    }
                }
            }
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        self.renames
            .iter()
            .all(|change| matches!(change, Change::One { .. }))
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.list(&self.renames, |out, change| match change {
            Change::One { from, to } => {
                out.field(*from);
                out.word("AS");
                out.field(*to);
            }
            Change::Many { text, to, .. } => {
                out.field_name(text);
                out.word("AS");
                out.field_name(to);
            }
        });
    }
}

fn move_field(table: &mut Table<'_>, from: Slot, to: Slot) {
    if from == to {
        return;
    }
    for record in &mut table.records {
        let value = record.take(from);
        record.set(to, value);
    }
    if let Columns::Chosen(slots) = &mut table.columns {
        slots.retain(|slot| *slot != to);
        for slot in slots {
            if *slot == from {
                *slot = to;
            }
        }
    }
}
