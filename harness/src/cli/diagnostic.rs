//! Errors in texts, shown with the text and a mark under the place.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// An error in a detection's SPL.
pub(super) fn search(file: &str, text: &str, error: &spl::Error) -> String {
    let title = error.to_string();
    let mut group = Level::ERROR.primary_title(&title).element(snippet(
        file,
        text,
        error.span.clone(),
        AnnotationKind::Primary,
    ));
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
            AnnotationKind::Context,
        ));
    }
    if let Some(help) = &error.help {
        group = group.element(Level::HELP.message(help));
    }
    Renderer::styled().render(&[group])
}

/// A finding of a lint.
pub(super) fn finding(file: &str, text: &str, finding: &spl::Finding) -> String {
    let level = match finding.severity {
        spl::Severity::Error => Level::ERROR,
        spl::Severity::Warning => Level::WARNING,
        spl::Severity::Note => Level::NOTE,
    };
    let mut snippet = snippet(file, text, finding.span.clone(), AnnotationKind::Primary);
    for (span, what) in &finding.related {
        snippet = snippet.annotation(
            AnnotationKind::Context
                .span(within(text, span.clone()))
                .label(what),
        );
    }
    let group = level
        .primary_title(&finding.message)
        .id(finding.code.name())
        .element(snippet)
        .element(Level::HELP.message(&finding.help));
    Renderer::styled().render(&[group])
}

/// Something to know about a place in a search.
pub(super) fn notice(file: &str, text: &str, span: Range<usize>, message: &str) -> String {
    let group = Level::WARNING.primary_title(message).element(snippet(
        file,
        text,
        span,
        AnnotationKind::Primary,
    ));
    Renderer::styled().render(&[group])
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
    Renderer::styled().render(&[group])
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
    Renderer::styled().render(&[group])
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
