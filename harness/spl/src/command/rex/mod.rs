//! `rex`: takes fields out of a text by the named groups of a regular
//! expression, or changes the text by a sed expression.
//!
//! Source: Search Reference, `rex`; Search Manual, "SPL and regular
//! expressions"; `limits.conf`, stanza `[rex]`. These rules are practitioners'
//! knowledge, not documented: each value of a multivalue field is matched for
//! itself, and a group that takes no part in the match leaves its field alone.

mod sed;

use std::{borrow::Cow, ops::ControlFlow};

use self::sed::Sed;
use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::{Cursor, Token},
    error::Span,
    lint::{Linter, Written},
    names::Slot,
    plan::{Planner, RAW},
    print::Printer,
    quoted::Escapes,
    regex::Pattern,
    table::{Fields as _, Record, Table},
};

/// A planned `rex`.
#[derive(Debug)]
pub(crate) struct Rex {
    field: Slot,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Extract(Extract),
    Sed { text: String, sed: Sed },
}

/// How fields are taken out.
#[derive(Debug)]
struct Extract {
    text: String,
    pattern: Pattern,
    /// The number of each group that has a name, and the field of that name.
    groups: Vec<(usize, Slot)>,
    /// How many matches count; 0: all.
    max_match: usize,
    /// What says where the group stands.
    offset: Option<Offset>,
}

/// The field for the place of a group, and the name of the group.
#[derive(Debug)]
struct Offset {
    field: Slot,
    group: String,
}

const OPTIONS: &[&str] = &["field", "max_match", "mode", "offset_field"];

/// Parses the arguments of `rex`.
///
/// # Errors
///
/// Options that `rex` does not have, and expressions that extract nothing or
/// that do not compile.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Rex, Error> {
    let mut field = None;
    let mut max_match = None;
    let mut offset = None;
    let mut is_sed = false;
    let mut expression = None;
    while !cursor.at_end() {
        if let Some(name) = option::name(cursor) {
            match name.text.to_ascii_lowercase().as_str() {
                "field" => field = Some(option::field(cursor)?.text.into_owned()),
                "max_match" => {
                    max_match = Some((option::count(cursor)?, name.span));
                }
                "offset_field" => {
                    offset = Some((option::field(cursor)?.text.into_owned(), name.span));
                }
                "mode" => {
                    let mode = option::value(cursor)?;
                    if !mode.text.eq_ignore_ascii_case("sed") {
                        return Err(Error::syntax(
                            format!("`rex` has no mode `{}`", mode.text),
                            mode.span,
                        )
                        .with_help("the only mode is `sed`"));
                    }
                    is_sed = true;
                }
                _ => return Err(option::unknown("rex", &name, OPTIONS)),
            }
            continue;
        }
        if expression.is_some() {
            return Err(cursor.unexpected("`|` or the end of the search"));
        }
        expression = cursor.quoted(Escapes::Pattern)?;
        if expression.is_none() {
            return Err(cursor
                .unexpected("a regular expression in quotation marks")
                .with_help("write the whole regular expression between `\"` and `\"`"));
        }
    }
    let Some(token) = expression else {
        return Err(cursor.unexpected("a regular expression in quotation marks"));
    };
    let name = field.as_deref().unwrap_or(RAW);
    let field = planner.read(name);
    if is_sed {
        planner.assign(name);
        let without = max_match.map(|(_, span)| span);
        if let Some(span) = without.or(offset.map(|(_, span)| span)) {
            return Err(Error::syntax("`mode=sed` takes no such option", span));
        }
        let sed = Sed::parse(&token.text, &token.span)?;
        return Ok(Rex {
            field,
            mode: Mode::Sed {
                text: token.text.into_owned(),
                sed,
            },
        });
    }
    let max_match = max_match.map_or(1, |(count, _)| count);
    Ok(Rex {
        field,
        mode: Mode::Extract(extract(token, max_match, offset, planner)?),
    })
}

/// What the named groups of a pattern extract.
fn extract(
    token: Token<'_>,
    max_match: usize,
    offset: Option<(String, Span)>,
    planner: &mut Planner,
) -> Result<Extract, Error> {
    let text = token.text.into_owned();
    let pattern = Pattern::new(&text, token.span.clone())?;
    let groups: Vec<(usize, Slot)> = pattern
        .named_groups()
        // A row that does not match keeps what it has.
        .map(|(group, name)| {
            planner.read(name);
            (group, planner.assign(name))
        })
        .collect();
    if groups.is_empty() {
        return Err(Error::syntax(
            "the regular expression extracts nothing: it has no group with a name",
            token.span,
        )
        .with_help("name a group: `(?<field>...)`"));
    }
    // The documentation has one group and one match for it; what it says of
    // more is not known.
    let offset = match offset {
        None => None,
        Some((name, span)) => {
            if groups.len() > 1 {
                return Err(Error::unsupported(
                    "`offset_field=` of several groups",
                    span,
                ));
            }
            if max_match != 1 {
                return Err(Error::unsupported(
                    "`offset_field=` of several matches",
                    span,
                ));
            }
            pattern.named_groups().next().map(|(_, group)| Offset {
                field: {
                    // What was there stays where nothing matches.
                    planner.read(&name);
                    planner.assign(&name)
                },
                group: group.to_owned(),
            })
        }
    };
    Ok(Extract {
        text,
        pattern,
        groups,
        max_match,
        offset,
    })
}

impl Extract {
    fn run<'a>(&self, field: Slot, record: &mut Record<'a>) -> Result<(), Error> {
        let mut found: Vec<Vec<Cow<'a, str>>> = vec![Vec::new(); self.groups.len()];
        let mut offset = None;
        match record.value(field) {
            Value::Null => return Ok(()),
            Value::Text(text) => self.extract(text, &mut found, &mut offset)?,
            Value::Number(number) => {
                self.extract(&Cow::Owned(number.to_string()), &mut found, &mut offset)?;
            }
            Value::Multi(values) => {
                for value in values {
                    self.extract(value, &mut found, &mut offset)?;
                }
            }
        }
        for ((_, slot), values) in self.groups.iter().zip(found) {
            if !values.is_empty() {
                record.set(*slot, Value::from_values(values));
            }
        }
        if let Some((offset, (first, last))) = self.offset.as_ref().zip(offset) {
            let place = format!("{}={first}-{last}", offset.group);
            record.set(offset.field, Value::from(place));
        }
        Ok(())
    }

    /// Adds what the groups find in a value.
    #[expect(clippy::ptr_arg, reason = "what is found borrows what is borrowed")]
    fn extract<'a>(
        &self,
        subject: &Cow<'a, str>,
        found: &mut [Vec<Cow<'a, str>>],
        offset: &mut Option<(usize, usize)>,
    ) -> Result<(), Error> {
        let mut matches = 0;
        self.pattern.each_match(subject, |locations| {
            for ((group, _), values) in self.groups.iter().zip(&mut *found) {
                let Some((start, end)) = locations.get(*group) else {
                    continue;
                };
                values.push(match subject {
                    Cow::Borrowed(subject) => Cow::Borrowed(&subject[start..end]),
                    Cow::Owned(subject) => Cow::Owned(subject[start..end].to_owned()),
                });
                // Characters, from 0, and the last one is counted in.
                if self.offset.is_some() && end > start {
                    let first = subject[..start].chars().count();
                    let last = first + subject[start..end].chars().count() - 1;
                    offset.get_or_insert((first, last));
                }
            }
            matches += 1;
            Ok(if matches == self.max_match {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })
    }
}

impl Command for Rex {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        match &self.mode {
            Mode::Extract(extract) => {
                for record in &mut table.records {
                    extract.run(self.field, record)?;
                }
                let offset = extract.offset.as_ref().map(|offset| &offset.field);
                for slot in extract.groups.iter().map(|(_, slot)| slot).chain(offset) {
                    table.add_column(*slot);
                }
            }
            Mode::Sed { sed, .. } => {
                for record in &mut table.records {
                    let value = match record.take(self.field) {
                        Value::Null => continue,
                        Value::Text(text) => Value::Text(sed.apply(text)?),
                        Value::Number(number) => {
                            Value::Text(sed.apply(Cow::Owned(number.to_string()))?)
                        }
                        Value::Multi(values) => Value::Multi(
                            values
                                .into_iter()
                                .map(|value| sed.apply(value))
                                .collect::<Result<_, _>>()?,
                        ),
                    };
                    record.set(self.field, value);
                }
            }
        }
        Ok(())
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        if let Mode::Extract(extract) = &self.mode {
            // What it takes out says what it is, anchored or not.
            linter.pattern(Written {
                pattern: &extract.text,
                place: extract.pattern.place(),
                escapes: Escapes::Pattern,
                case: linter.case(self.field),
                subject: None,
            });
        }
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.option_field("field", self.field);
        match &self.mode {
            Mode::Extract(extract) => {
                out.option("max_match", &extract.max_match.to_string());
                if let Some(offset) = &extract.offset {
                    out.option_field("offset_field", offset.field);
                }
                out.quoted(&extract.text);
            }
            Mode::Sed { text, .. } => {
                out.word("mode=sed");
                out.quoted(text);
            }
        }
    }
}
