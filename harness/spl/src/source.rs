//! The text stage: what happens to the text of a search before any command is
//! parsed.
//!
//! Comments become blanks of the same length. Macros are expanded textually, so
//! that a macro may hold half an expression, options or whole commands. A map
//! leads from every place in the text that is parsed back to the text as
//! written.
//!
//! Source: Search Manual, "Add comments to searches" and "Use search macros in
//! searches"; `macros.conf.spec`.

use crate::{
    Error, ErrorKind, Knowledge,
    error::{Expansion, Span},
    knowledge::MacroError,
    suggest,
};

pub(crate) const COMMENT: &str = "```";

/// Macros in the definitions of macros.
const MAX_DEPTH: usize = 64;

/// Bytes of text after expansion: macros that call each other twice grow by
/// powers of two.
const MAX_LENGTH: usize = 4 << 20;

/// A text and what was made of it.
#[derive(Debug)]
pub(crate) struct Source {
    written: String,
    /// The text that is parsed; none where it is the text as written.
    expanded: Option<String>,
    /// The parts of the expanded text that macros made, in order.
    expansions: Vec<Piece>,
}

/// A part of the expanded text that stands for something else in the text as
/// written.
#[derive(Debug)]
struct Piece {
    /// Where it stands in the expanded text.
    span: Span,
    /// What it stands for in the text as written.
    written: Span,
    /// The macro, as called.
    name: String,
}

impl Source {
    /// Blanks comments and expands macros.
    ///
    /// # Errors
    ///
    /// Comments and macros that are not closed, and macros that are not
    /// defined, do not accept their arguments, or expand without end. Places
    /// are those of the text as written.
    pub(crate) fn new(text: &str, knowledge: &Knowledge) -> Result<Self, Error> {
        let mut source = Self {
            written: text.to_owned(),
            expanded: None,
            expansions: Vec::new(),
        };
        let pieces = special(text)?;
        if pieces.is_empty() {
            return Ok(source);
        }
        let mut expanded = String::with_capacity(text.len());
        let mut copied = 0;
        for (span, name) in pieces {
            expanded.push_str(&text[copied..span.start]);
            copied = span.end;
            let start = expanded.len();
            match name {
                None => expanded.extend(std::iter::repeat_n(' ', span.len())),
                Some(call) => {
                    expand(call, knowledge, &mut expanded, &mut Vec::new())
                        .map_err(|failure| failure.at(call, &span))?;
                    source.expansions.push(Piece {
                        span: start..expanded.len(),
                        written: span,
                        name: macro_name(call).to_owned(),
                    });
                }
            }
        }
        expanded.push_str(&text[copied..]);
        source.expanded = Some(expanded);
        Ok(source)
    }

    /// The text that is parsed.
    pub(crate) fn text(&self) -> &str {
        self.expanded.as_deref().unwrap_or(&self.written)
    }

    /// The text as written.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// The same text with the results of subsearches in place of them: spans of
    /// the text that is parsed, in order, and what stands there instead.
    pub(crate) fn with_replaced(&self, replacements: &[(Span, String)]) -> Self {
        let mut text = String::with_capacity(self.text().len());
        let mut pieces: Vec<Piece> = Vec::new();
        let mut copied = 0;
        let mut earlier = self.expansions.iter().peekable();
        let mut shifted = |from: Span, start: usize, pieces: &mut Vec<Piece>| {
            while let Some(piece) = earlier.next_if(|piece| piece.span.start < from.end) {
                if piece.span.start >= from.start && piece.span.end <= from.end {
                    let moved = piece.span.start - from.start + start;
                    pieces.push(Piece {
                        span: moved..moved + piece.span.len(),
                        written: piece.written.clone(),
                        name: piece.name.clone(),
                    });
                }
            }
        };
        for (span, replacement) in replacements {
            shifted(copied..span.start, text.len(), &mut pieces);
            text.push_str(&self.text()[copied..span.start]);
            pieces.push(Piece {
                span: text.len()..text.len() + replacement.len(),
                written: self.place(span).0,
                name: "subsearch".to_owned(),
            });
            text.push_str(replacement);
            copied = span.end;
        }
        shifted(copied..self.text().len(), text.len(), &mut pieces);
        text.push_str(&self.text()[copied..]);
        Self {
            written: self.written.clone(),
            expanded: Some(text),
            expansions: pieces,
        }
    }

    /// The place in the text as written, and the expansion that it is in, if
    /// it is inside of one.
    pub(crate) fn place(&self, span: &Span) -> (Span, Option<Expansion>) {
        let inside = self
            .expansions
            .iter()
            .find(|piece| piece.span.start <= span.start && span.end <= piece.span.end)
            .filter(|piece| !piece.span.is_empty());
        if let Some(piece) = inside {
            // Also where something is missing at its very end.
            let expansion = Expansion {
                name: piece.name.clone(),
                text: self.text()[piece.span.clone()].to_owned(),
                span: span.start - piece.span.start..span.end - piece.span.start,
            };
            return (piece.written.clone(), Some(expansion));
        }
        let start = self.position(span.start, false);
        let end = self.position(span.end, true).max(start);
        (start..end, None)
    }

    /// The error with its place in the text as written.
    pub(crate) fn error(&self, mut error: Error) -> Error {
        let (span, expansion) = self.place(&error.span);
        error.span = span;
        error.expansion = expansion.map(Box::new);
        error
    }

    /// The position in the text as written; inside an expansion its start or
    /// its end.
    fn position(&self, position: usize, end: bool) -> usize {
        let mut shift_from = 0;
        let mut shift_to = 0;
        for piece in &self.expansions {
            if position < piece.span.start || (position == piece.span.start && end) {
                break;
            }
            if position < piece.span.end || (position == piece.span.end && end) {
                return if end {
                    piece.written.end
                } else {
                    piece.written.start
                };
            }
            shift_from = piece.span.end;
            shift_to = piece.written.end;
        }
        position - shift_from + shift_to
    }
}

/// The comments and macro calls of a text, in order; of a call also what stands
/// between the backticks.
///
/// # Errors
///
/// What is not closed.
fn special(text: &str) -> Result<Vec<(Span, Option<&str>)>, Error> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut quoted = false;
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        match byte {
            // A backslash protects the next byte, also a quotation mark.
            b'\\' => position += 1,
            b'"' => quoted = !quoted,
            b'`' if !quoted => {
                let (length, call) = special_at(&text[position..], position)?;
                found.push((position..position + length, call));
                position += length;
                continue;
            }
            _ => {}
        }
        position += 1;
    }
    Ok(found)
}

/// The length of the comment or call that a text begins with, and the call.
///
/// # Errors
///
/// What is not closed.
pub(crate) fn special_at(rest: &str, start: usize) -> Result<(usize, Option<&str>), Error> {
    if let Some(inside) = rest.strip_prefix(COMMENT) {
        return match inside.find(COMMENT) {
            Some(length) => Ok((length + 2 * COMMENT.len(), None)),
            None => Err(Error::syntax(
                "comment is not closed",
                start..start + COMMENT.len(),
            )),
        };
    }
    // Arguments in quotation marks may hold a backtick.
    let mut quoted = false;
    let mut escaped = false;
    for (position, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if std::mem::take(&mut escaped) => {}
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'`' if !quoted => return Ok((position + 1, Some(&rest[1..position]))),
            _ => {}
        }
    }
    Err(Error::syntax("macro is not closed", start..start + 1))
}

/// Why a macro cannot be expanded.
enum Failure {
    Undefined(String, Option<String>),
    Other(ErrorKind),
}

impl Failure {
    fn at(self, call: &str, span: &Span) -> Error {
        match self {
            Self::Undefined(name, help) => {
                let through = if name == macro_name(call) {
                    String::new()
                } else {
                    format!(" (in macro `{}`)", macro_name(call))
                };
                Error::environment(format!("macro `{name}`{through}"), span.clone()).with_help(
                    help.unwrap_or_else(|| {
                        "give the macros.conf that defines it (`search`, `explain` and `lint`: \
                         `--macros FILE`), or write in its place what it stands for"
                            .to_owned()
                    }),
                )
            }
            Self::Other(kind) => Error::new(kind, span.clone()),
        }
    }
}

fn macro_name(call: &str) -> &str {
    call.split('(').next().unwrap_or_default().trim()
}

/// Adds what a macro call stands for.
fn expand<'k>(
    call: &str,
    knowledge: &'k Knowledge,
    out: &mut String,
    within: &mut Vec<&'k str>,
) -> Result<(), Failure> {
    let name = macro_name(call);
    let arguments = arguments(call).map_err(|message| {
        Failure::Other(ErrorKind::Syntax(format!("macro `{name}`: {message}")))
    })?;
    let macros = knowledge.macros();
    let Some((known, definition)) = macros.find(name, arguments.len()) else {
        return Err(undefined(name, arguments.len(), knowledge));
    };
    if within.contains(&known) || within.len() >= MAX_DEPTH {
        return Err(Failure::Other(ErrorKind::Syntax(format!(
            "macro `{name}` calls itself"
        ))));
    }
    let text = definition
        .substitute(&in_order(&arguments, &definition.arguments))
        .map_err(|error| match error {
            MacroError::Rejected(message) => Failure::Other(ErrorKind::Syntax(format!(
                "macro `{name}` rejects its arguments: {message}"
            ))),
            MacroError::Expression(error) => Failure::Other(match error.kind {
                ErrorKind::Unsupported(feature) => ErrorKind::Unsupported(format!(
                    "in the definition of macro `{name}`: {feature}"
                )),
                kind => ErrorKind::Syntax(format!("in the definition of macro `{name}`: {kind}")),
            }),
        })?;
    within.push(known);
    let pieces = special(&text).map_err(|error| {
        Failure::Other(ErrorKind::Syntax(format!("in macro `{name}`: {error}")))
    })?;
    let mut copied = 0;
    for (span, call) in pieces {
        out.push_str(&text[copied..span.start]);
        copied = span.end;
        match call {
            None => out.push(' '),
            Some(call) => expand(call, knowledge, out, within)?,
        }
    }
    out.push_str(&text[copied..]);
    within.pop();
    if out.len() > MAX_LENGTH {
        return Err(Failure::Other(ErrorKind::Limit(format!(
            "more than {MAX_LENGTH} bytes of text after expanding macro `{name}`"
        ))));
    }
    Ok(())
}

fn undefined(name: &str, arity: usize, knowledge: &Knowledge) -> Failure {
    let macros = knowledge.macros();
    let arities = macros.arities(name);
    let help = if arities.is_empty() {
        suggest::nearest(name, macros.names()).map(|near| format!("did you mean `{near}`?"))
    } else {
        let plural = if arities == [1] { "" } else { "s" };
        let arities: Vec<String> = arities.iter().map(usize::to_string).collect();
        Some(format!(
            "it is defined with {} argument{plural}, not {arity}",
            arities.join(" or ")
        ))
    };
    Failure::Undefined(name.to_owned(), help)
}

/// The arguments of a call: separated by commas outside quotation marks, which
/// stay.
fn arguments(call: &str) -> Result<Vec<String>, &'static str> {
    let Some((_, rest)) = call.split_once('(') else {
        return Ok(Vec::new());
    };
    let Some(inside) = rest.trim_end().strip_suffix(')') else {
        return Err("expected `)` after its arguments");
    };
    if inside.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut arguments = Vec::new();
    let mut argument = String::new();
    let mut quoted = false;
    let mut characters = inside.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                argument.push(c);
                argument.extend(characters.next());
            }
            '"' => {
                quoted = !quoted;
                argument.push(c);
            }
            ',' if !quoted => arguments.push(std::mem::take(&mut argument)),
            _ => argument.push(c),
        }
    }
    if quoted {
        return Err("quotation mark is not closed");
    }
    arguments.push(argument);
    Ok(arguments
        .iter()
        .map(|text| text.trim().to_owned())
        .collect())
}

/// The arguments of a call in the order of the definition, without quotation
/// marks around them. They stand in this order, or each of them has its name
/// before it: `iis_search(fragment=TM)` (Knowledge Manager Manual, "Search macro
/// examples").
fn in_order(arguments: &[String], names: &[String]) -> Vec<String> {
    let given = |name: &String| {
        arguments.iter().find_map(|argument| {
            let (before, value) = argument.split_once('=')?;
            (before.trim() == name).then(|| unquoted(value.trim()))
        })
    };
    names
        .iter()
        .map(given)
        .collect::<Option<Vec<String>>>()
        .unwrap_or_else(|| arguments.iter().map(|text| unquoted(text)).collect())
}

/// The text without quotation marks around it, in which `\"` stands for one.
fn unquoted(text: &str) -> String {
    match text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inside) => inside.replace("\\\"", "\""),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::knowledge::Macro;

    fn knowledge(macros: &[(&str, &[&str], &str)]) -> Knowledge {
        let mut knowledge = Knowledge::default();
        for (name, arguments, definition) in macros {
            knowledge.define(
                name,
                Macro {
                    arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
                    definition: (*definition).to_owned(),
                    ..Macro::default()
                },
            );
        }
        knowledge
    }

    fn expanded(text: &str, knowledge: &Knowledge) -> String {
        Source::new(text, knowledge).unwrap().text().to_owned()
    }

    #[test]
    fn comments_become_blanks_and_keep_places() {
        let text = "a=1 ```why é``` | head";
        let source = Source::new(text, &Knowledge::default()).unwrap();
        assert_eq!(source.text().len(), text.len());
        assert_eq!(source.text().find('|'), text.find('|'));
        assert!(!source.text().contains("why"));
        assert_eq!(source.place(&(4..5)).0, 4..5);
    }

    #[test]
    fn quotation_marks_protect_backticks() {
        let text = r#"a="```not a comment```" b="\"`x`""#;
        assert_eq!(expanded(text, &Knowledge::default()), text);
    }

    #[test]
    fn an_undefined_macro_depends_on_the_installation() {
        let error = Source::new("`sysmon(1, \"a\")` EventID=1", &Knowledge::default()).unwrap_err();
        assert_eq!(
            error.kind,
            ErrorKind::EnvironmentDependent("macro `sysmon`".to_owned())
        );
        assert_eq!(error.span, 0..16);
        assert!(error.is_unsupported());
        let known = knowledge(&[("sysmon", &[], "a=1")]);
        let error = Source::new("`sysmn`", &known).unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `sysmon`?"));
        let error = Source::new("`sysmon(1)`", &known).unwrap_err();
        assert!(error.help.unwrap().contains("with 0 arguments, not 1"));
    }

    #[test]
    fn open_comments_and_macros_are_errors() {
        for text in ["a ```b", "a `b", "a `"] {
            let error = Source::new(text, &Knowledge::default()).unwrap_err();
            assert!(matches!(error.kind, ErrorKind::Syntax(_)), "{text}");
        }
    }

    #[test]
    fn macros_are_text_and_nest_and_overload() {
        // splunk/security_content: an unparenthesised OR, and a macro whose
        // argument stands in quotation marks.
        let known = knowledge(&[
            ("sysmon", &[], "sourcetype=a OR sourcetype=b"),
            ("drop", &["object"], "rename \"$object$.*\" as *"),
            ("both", &["x", "y"], "`drop($y$)` | `drop(\"$x$\")`"),
            ("drop", &[], "none"),
        ]);
        assert_eq!(
            expanded("`sysmon` EventCode=3 | `drop(\"Processes\")`", &known),
            "sourcetype=a OR sourcetype=b EventCode=3 | rename \"Processes.*\" as *"
        );
        assert_eq!(
            expanded("`both(A, B)`", &known),
            "rename \"B.*\" as * | rename \"A.*\" as *"
        );
        assert_eq!(expanded("`drop`", &known), "none");
        // By name, in any order; what is no name of an argument is a value.
        assert_eq!(
            expanded("`both(y=\"B\", x = A)`", &known),
            "rename \"B.*\" as * | rename \"A.*\" as *"
        );
        assert_eq!(
            expanded("`both(x=A, B)`", &known),
            "rename \"B.*\" as * | rename \"x=A.*\" as *"
        );
        assert_eq!(
            expanded("`drop(\"object=A\")`", &known),
            "rename \"object=A.*\" as *"
        );
        // Not inside quotation marks.
        assert_eq!(expanded("a=\"`drop`\"", &known), "a=\"`drop`\"");
    }

    #[test]
    fn a_macro_that_calls_itself_is_an_error() {
        let known = knowledge(&[("a", &[], "x `b`"), ("b", &[], "`a`")]);
        let error = Source::new("z `a`", &known).unwrap_err();
        assert!(error.to_string().contains("calls itself"), "{error}");
        assert_eq!(error.span, 2..5);
    }

    #[test]
    fn places_lead_back_to_the_text_as_written() {
        let known = knowledge(&[("m", &[], "field=value"), ("e", &[], "")]);
        let text = "a=1 `m` b=2 `e` c=3";
        let source = Source::new(text, &known).unwrap();
        assert_eq!(source.text(), "a=1 field=value b=2  c=3");
        let place = |part: &str| {
            let start = source.text().find(part).unwrap();
            source.place(&(start..start + part.len()))
        };
        assert_eq!(&text[place("a=1").0], "a=1");
        assert_eq!(&text[place("b=2").0], "b=2");
        assert_eq!(&text[place("c=3").0], "c=3");
        let (span, expansion) = place("value");
        assert_eq!(&text[span], "`m`");
        let expansion = expansion.unwrap();
        assert_eq!(expansion.name, "m");
        assert_eq!(&expansion.text[expansion.span], "value");
        // A place that begins outside and ends inside covers both.
        let end = source.text().find("=value").unwrap();
        assert_eq!(&text[source.place(&(0..end)).0], "a=1 `m`");
        let whole = source.text().len();
        assert_eq!(source.place(&(whole..whole)).0, text.len()..text.len());
    }
}
