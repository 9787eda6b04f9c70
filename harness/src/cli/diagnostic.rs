//! Errors in texts, shown with the text and a mark under the place.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// The width of a text that goes to no terminal.
const WIDTH: usize = 140;

/// As wide as the terminal: longer lines of the text are cut around the mark.
fn renderer() -> Renderer {
    let width = terminal_size::terminal_size_of(std::io::stderr())
        .map_or(WIDTH, |(width, _)| usize::from(width.0))
        .max(40);
    Renderer::styled().term_width(width)
}

/// How many related places are marked: a ladder of more is hard to read.
const SHOWN_RELATED: usize = 3;

/// An error in a detection's SPL.
pub(super) fn search(file: &str, text: &str, error: &spl::Error) -> String {
    let title = error.to_string();
    let place = within(text, error.span.clone());
    let mut mark = AnnotationKind::Primary.span(place);
    if error.expansion.is_some() {
        mark = mark.label("in what this stands for");
    }
    let mut group = Level::ERROR
        .primary_title(&title)
        .element(Snippet::source(text).path(file).annotation(mark));
    let expansion_file;
    if let Some(expansion) = &error.expansion {
        expansion_file = match &*expansion.name {
            "subsearch" => "what the subsearch gave".to_owned(),
            name => format!("what macro `{name}` stands for"),
        };
        group = group.element(snippet(
            &expansion_file,
            &expansion.text,
            expansion.span.clone(),
            AnnotationKind::Primary,
        ));
    }
    if let Some(help) = &error.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer().render(&[group])
}

/// A finding of a lint.
pub(super) fn finding(file: &str, text: &str, finding: &spl::Finding) -> String {
    let level = match finding.severity {
        spl::Severity::Error => Level::ERROR,
        spl::Severity::Warning => Level::WARNING,
        spl::Severity::Note => Level::NOTE,
    };
    let mut snippet = snippet(file, text, finding.span.clone(), AnnotationKind::Primary);
    for (span, what) in finding.related.iter().take(SHOWN_RELATED) {
        snippet = snippet.annotation(
            AnnotationKind::Context
                .span(within(text, span.clone()))
                .label(what),
        );
    }
    let more = finding.related.len().saturating_sub(SHOWN_RELATED);
    let rest = format!("the same holds of {more} more parts of it, which --json lists");
    let mut group = level
        .primary_title(&finding.message)
        .id(finding.code.name())
        .element(snippet);
    if more > 0 {
        group = group.element(Level::NOTE.message(&rest));
    }
    renderer().render(&[group.element(Level::HELP.message(&finding.help))])
}

/// A field that no event is known to have.
pub(super) fn misspelt(file: &str, text: &str, misspelt: &spl::Misspelt<'_>) -> String {
    let title = format!(
        "no event of Sysmon or PowerShell has the field `{}`",
        misspelt.name
    );
    let help = format!("did you mean `{}`?", misspelt.suggestion);
    let snippet = snippet(file, text, misspelt.span.clone(), AnnotationKind::Primary);
    let group = Level::WARNING
        .primary_title(&title)
        .element(snippet)
        .element(Level::HELP.message(&help));
    renderer().render(&[group])
}

/// Something to know about a place in a search.
pub(super) fn notice(file: &str, text: &str, span: Range<usize>, message: &str) -> String {
    let group = Level::WARNING.primary_title(message).element(snippet(
        file,
        text,
        span,
        AnnotationKind::Primary,
    ));
    renderer().render(&[group])
}

fn snippet<'t>(
    file: &'t str,
    text: &'t str,
    span: Range<usize>,
    kind: AnnotationKind,
) -> Snippet<'t, annotate_snippets::Annotation<'t>> {
    Snippet::source(text)
        .path(file)
        .annotation(kind.span(within(text, span)))
}

/// An error in a scenario's files.
pub(super) fn scenario(error: &scenarios::Error) -> String {
    let title = format!("{} [{}]", error.problem, error.code());
    let expected = error.expected();
    let place = &error.place;
    let bytes = place
        .position
        .as_ref()
        .and_then(|position| position.bytes.clone());
    if let (Ok(text), Some(bytes)) = (std::fs::read_to_string(&place.file), bytes) {
        return render(&place.file, &text, bytes, &title, expected.as_deref());
    }
    let at = match &place.position {
        Some(position) => format!("{}:{}:{}", place.file, position.line, position.column),
        None => place.file.clone(),
    };
    let expected = expected.map_or_else(String::new, |help| format!("\n  = expected: {help}"));
    format!("error: {title}\n --> {at}{expected}")
}

/// Expectations that do not speak of a scenario.
pub(super) fn unexpected(error: &beaconlab::run::Unexpected) -> String {
    let title = error.to_string();
    let ways_out = error.ways_out();
    let group = ways_out.iter().fold(
        Group::with_title(Level::ERROR.primary_title(&title)),
        |group, way| group.element(Level::HELP.message(way)),
    );
    renderer().render(&[group])
}

fn render(
    file: &str,
    text: &str,
    span: Range<usize>,
    title: &str,
    expected: Option<&str>,
) -> String {
    let snippet = snippet(file, text, span, AnnotationKind::Primary);
    let mut group = Level::ERROR.primary_title(title).element(snippet);
    if let Some(expected) = expected {
        group = group.element(Level::HELP.with_name("expected").message(expected));
    }
    renderer().render(&[group])
}

/// A span that lies in the text, on character boundaries, and marks at least
/// one character where there is one.
fn within(text: &str, span: Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    #![allow(clippy::reversed_empty_ranges)]
    use super::*;

    #[test]
    fn any_span_is_brought_into_the_text() {
        let text = "aäb";
        assert_eq!(within(text, 2..2), 1..3);
        assert_eq!(within(text, 0..99), 0..4);
        assert_eq!(within(text, 99..3), 4..4);
        assert_eq!(within("", 0..1), 0..0);
    }
}
