//! Lays a search out: one command per line, long lists broken at their
//! operators. Only blanks and line breaks change; what they stand between stays
//! as it was written, comments and macros too.
//!
//! Blanks change only where they cannot matter. Which these are depends on the
//! command: in `search`, `where` and `eval` blanks stand between the parts of an
//! expression, in `table` and its like between words. The arguments of all
//! other commands stay as they are.

mod broken;
mod expression;
mod item;
mod list;
mod token;

use crate::{
    Error, command,
    error::Span,
    pipeline::{self, Segment},
};

/// How wide a line should be at most.
const WIDTH: usize = 100;

/// How far a part is indented.
const STEP: usize = 4;

/// How deep subsearches are laid out; deeper ones stay as they are.
const MAX_SUBSEARCHES: usize = 8;

/// The same search with other blanks and line breaks: one command per line,
/// long lists broken at their operators.
///
/// The text need not be a search that this crate evaluates, and macros stay as
/// they are. Laying out twice is the same as once.
///
/// # Errors
///
/// Text that does not fall into commands: quotation marks, comments, macros and
/// brackets that are not closed, and pipes with nothing between them.
pub fn layout(text: &str) -> Result<String, Error> {
    let masked = token::masked(text)?;
    let source = Source {
        text,
        masked: &masked,
        depth: 0,
    };
    let mut out = source.pipeline(0..text.len(), 0)?;
    out.push('\n');
    Ok(out)
}

/// The text, and the same text in which comments are blank and macros are
/// words, so that it can be split.
#[derive(Clone, Copy)]
struct Source<'t> {
    text: &'t str,
    masked: &'t str,
    /// In how many brackets it stands.
    depth: usize,
}

/// One command with what stands around it, from pipe to pipe.
struct Region {
    span: Span,
    segment: Segment,
    /// Whether a pipe stands before it.
    piped: bool,
}

impl Source<'_> {
    /// Lays out the commands that stand at a place; the first line is not
    /// indented.
    fn pipeline(&self, place: Span, indent: usize) -> Result<String, Error> {
        let (before, regions) = self.regions(place)?;
        let mut lines = Vec::new();
        // Comments before the pipe of the first command.
        let before = self.text[before].trim();
        if !before.is_empty() {
            lines.push(before.to_owned());
        }
        for region in regions {
            let pipe = if region.piped { "| " } else { "" };
            let command = self.command(&region, indent + pipe.len(), indent)?;
            lines.push(format!("{pipe}{command}"));
        }
        Ok(lines.join(&line_break(indent)))
    }

    /// The commands, and what stands before the first pipe.
    fn regions(&self, place: Span) -> Result<(Span, Vec<Region>), Error> {
        let segments = pipeline::split(self.masked, place.clone())?;
        let pipe_before = |start: usize, segment: &Segment| {
            self.masked[start..segment.span.start]
                .find('|')
                .map(|found| start + found)
        };
        let mut regions: Vec<Region> = Vec::with_capacity(segments.len());
        let mut before = place.start..place.start;
        for segment in segments {
            let from = regions
                .last()
                .map_or(place.start, |region| region.segment.span.end);
            let pipe = pipe_before(from, &segment);
            match (regions.last_mut(), pipe) {
                (Some(last), Some(pipe)) => last.span.end = pipe,
                (None, Some(pipe)) => before.end = pipe,
                _ => {}
            }
            regions.push(Region {
                span: pipe.map_or(from, |pipe| pipe + 1)..place.end,
                segment,
                piped: pipe.is_some(),
            });
        }
        Ok((before, regions))
    }

    /// Lays out a command that starts at a column; its other lines are indented
    /// by more than `indent`.
    fn command(&self, region: &Region, column: usize, indent: usize) -> Result<String, Error> {
        let name = &self.masked[region.segment.name.clone()];
        let lower = name.to_ascii_lowercase();
        let at = Position {
            column,
            indent: indent + STEP,
        };
        let laid_out = match lower.as_str() {
            "" | "search" => self.expression(region, expression::Language::Search, at)?,
            "where" => self.expression(region, expression::Language::Where, at)?,
            "eval" => self.expression(region, expression::Language::Eval, at)?,
            "table" | "fields" | "rename" | "sort" | "dedup" | "head" | "tail" | "stats"
            | "eventstats" | "streamstats" | "top" | "rare" | "reverse" => {
                list::lay_out(&self.text[region.span.clone()], at)
            }
            // Brackets of a pattern are no subsearch.
            "regex" | "rex" => Some(self.text[region.span.clone()].trim().to_owned()),
            _ => None,
        };
        match laid_out {
            Some(text) => Ok(text),
            None => self.verbatim(region.span.clone(), at),
        }
    }

    /// A command as it is, but for the subsearches in it.
    fn verbatim(&self, span: Span, at: Position) -> Result<String, Error> {
        let trimmed = token::trimmed(self.text, span);
        let mut out = String::new();
        let mut copied = trimmed.start;
        for place in token::brackets(self.masked, trimmed.clone()) {
            let before = &self.text[copied..place.start];
            let spaced = before.ends_with(char::is_whitespace);
            let head = before.trim_end();
            // A bracket that touches what is before it stays where it is.
            let here = format!("{out}{head}{}", if spaced { " " } else { "" });
            let column = match here.rsplit_once('\n') {
                Some((_, line)) => line.chars().count(),
                None => at.column + here.chars().count(),
            };
            let start = Position { column, ..at };
            let Some(subsearch) = self.subsearch(place.clone(), start, spaced)? else {
                continue;
            };
            out = if subsearch.starts_with('\n') {
                format!("{out}{head}")
            } else {
                here
            };
            out.push_str(&subsearch);
            copied = place.end;
        }
        out.push_str(&self.text[copied..trimmed.end]);
        Ok(out)
    }

    /// A subsearch, brackets included; `None` for brackets that hold something
    /// else. It starts with a line break where it does not fit.
    fn subsearch(
        &self,
        place: Span,
        at: Position,
        may_break: bool,
    ) -> Result<Option<String>, Error> {
        let inner = place.start + 1..place.end - 1;
        let touches = self.masked[place.end..]
            .starts_with(|c: char| !c.is_whitespace() && !matches!(c, ')' | ']' | '|' | '[' | ','));
        if self.depth >= MAX_SUBSEARCHES || touches || !self.is_subsearch(inner.clone()) {
            return Ok(None);
        }
        let within = Self {
            depth: self.depth + 1,
            ..*self
        };
        // What has more characters than a line need not be tried on one.
        let solid = self.text[inner.clone()]
            .chars()
            .filter(|c| !c.is_whitespace());
        if solid.take(WIDTH + 1).count() <= WIDTH {
            let short = format!("[ {} ]", within.pipeline(inner.clone(), at.indent)?);
            if at.fits(&short) {
                return Ok(Some(short));
            }
        }
        // The commands stand below each other, behind the bracket.
        let long = within.pipeline(inner, at.indent + 2)?;
        let start = if may_break {
            line_break(at.indent)
        } else {
            String::new()
        };
        Ok(Some(format!("{start}[ {long} ]")))
    }

    /// Whether brackets hold commands: the first word is the name of one.
    fn is_subsearch(&self, inner: Span) -> bool {
        let text = self.masked[inner].trim_start();
        let name: String = text
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        text.starts_with('|')
            || (command::is_name(&name.to_ascii_lowercase())
                && text[name.len()..].starts_with(char::is_whitespace))
    }
}

/// Where a text begins, and where its other lines do.
#[derive(Clone, Copy, Debug)]
struct Position {
    column: usize,
    indent: usize,
}

impl Position {
    fn fits(self, text: &str) -> bool {
        !text.contains('\n') && self.column + text.chars().count() <= WIDTH
    }
}

fn line_break(indent: usize) -> String {
    format!("\n{}", " ".repeat(indent))
}
