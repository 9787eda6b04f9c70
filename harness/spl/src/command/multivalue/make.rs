//! `makemv`: splits a field into several values, by a delimiter or by the first
//! group of a regular expression.
//!
//! Source: Search Reference, `makemv`.

use std::{borrow::Cow, ops::ControlFlow};

use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::Cursor,
    error::Span,
    names::Slot,
    plan::Planner,
    print::Printer,
    quoted::Escapes,
    regex::Pattern,
    table::Table,
};

/// A planned `makemv`.
#[derive(Debug)]
pub(crate) struct MakeMv {
    field: Slot,
    by: By,
    /// Whether empty values count.
    allow_empty: bool,
    span: Span,
}

#[derive(Debug)]
enum By {
    Delimiter(String),
    Tokenizer { text: String, pattern: Pattern },
}

const OPTIONS: &[&str] = &["allowempty", "delim", "setsv", "tokenizer"];

/// Parses the arguments of `makemv`.
///
/// # Errors
///
/// Options that `makemv` does not have, and a tokenizer without a group.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<MakeMv, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let mut by = None;
    let mut allow_empty = false;
    let mut field = None;
    while !cursor.at_end() {
        let Some(name) = option::name(cursor) else {
            if field.is_some() {
                return Err(cursor.unexpected("`|` or the end of the search"));
            }
            field = Some(super::field(cursor, "makemv")?.text.into_owned());
            continue;
        };
        let option = name.text.to_ascii_lowercase();
        match option.as_str() {
            "delim" | "tokenizer" if by.is_some() => {
                return Err(Error::syntax(
                    "`makemv` takes one delimiter or one tokenizer",
                    name.span,
                ));
            }
            "delim" => by = Some(By::Delimiter(delimiter(cursor)?)),
            "tokenizer" => by = Some(tokenizer(cursor)?),
            "allowempty" => allow_empty = option::boolean(cursor)?,
            "setsv" => {
                if option::boolean(cursor)? {
                    return Err(option::unsupported(&name));
                }
            }
            _ => return Err(option::unknown("makemv", &name, OPTIONS)),
        }
    }
    let Some(field) = field else {
        return Err(cursor.unexpected("a field"));
    };
    Ok(MakeMv {
        field: planner.change(&field),
        by: by.unwrap_or_else(|| By::Delimiter(" ".to_owned())),
        allow_empty,
        span: cursor.since(start),
    })
}

fn delimiter(cursor: &mut Cursor<'_>) -> Result<String, Error> {
    let token = option::value(cursor)?;
    if token.text.is_empty() {
        return Err(Error::syntax(
            "an empty delimiter splits nothing",
            token.span,
        ));
    }
    if token.text.contains(r"\n") || token.text.contains(r"\t") {
        return Err(
            Error::unsupported("`\\n` or `\\t` in a delimiter", token.span)
                .with_help("use `eval` with `split()`"),
        );
    }
    Ok(token.text.into_owned())
}

fn tokenizer(cursor: &mut Cursor<'_>) -> Result<By, Error> {
    cursor.skip_blanks();
    let Some(token) = cursor.quoted(Escapes::Pattern)? else {
        return Err(cursor.unexpected("a regular expression in quotation marks"));
    };
    let pattern = Pattern::new(&token.text, token.span.clone())?;
    if pattern.groups() < 2 {
        return Err(Error::syntax("the tokenizer has no group", token.span)
            .with_help("put what is a value into parentheses"));
    }
    Ok(By::Tokenizer {
        text: token.text.into_owned(),
        pattern,
    })
}

impl MakeMv {
    fn split<'a>(&self, text: &Cow<'a, str>) -> Result<Vec<Cow<'a, str>>, Error> {
        let part = |start: usize, end: usize| match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
            Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
        };
        let mut values = Vec::new();
        match &self.by {
            By::Delimiter(delimiter) => {
                let mut start = 0;
                for (end, _) in text.match_indices(delimiter.as_str()) {
                    values.push(part(start, end));
                    start = end + delimiter.len();
                }
                values.push(part(start, text.len()));
            }
            By::Tokenizer { pattern, .. } => pattern.each_match(text, |locations| {
                if let Some((start, end)) = locations.get(1) {
                    values.push(part(start, end));
                }
                Ok(ControlFlow::Continue(()))
            })?,
        }
        if !self.allow_empty {
            values.retain(|value| !value.is_empty());
        }
        Ok(values)
    }
}

impl Command for MakeMv {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        for record in &mut table.records {
            let text = match record.take(self.field) {
                Value::Null => continue,
                Value::Text(text) => text,
                Value::Number(number) => Cow::Owned(number.to_string()),
                Value::Multi(_) => {
                    return Err(Error::unsupported(
                        "`makemv` of a field that is multivalue already",
                        self.span.clone(),
                    ));
                }
            };
            record.set(self.field, Value::from_values(self.split(&text)?));
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        match &self.by {
            By::Delimiter(delimiter) => out.option("delim", delimiter),
            By::Tokenizer { text, .. } => out.option("tokenizer", text),
        }
        out.option("allowempty", option::truth(self.allow_empty));
        out.field(self.field);
    }
}
