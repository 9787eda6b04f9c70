//! What is wrong with one clause of a `search`: its field, and its values.

use super::super::filter::{Comparison, Literal, Test};
use crate::{
    error::Span,
    lint::{Code, Finding, Linter, Severity},
    value::parse_number,
};

impl Comparison {
    /// Reports what is wrong with the field and the values. `needed` says that
    /// another clause needs the field too.
    pub(super) fn lint(&self, linter: &mut Linter<'_>, holds: bool, needed: bool, clause: &Span) {
        let field = linter.name(self.field);
        let (negated, literals): (bool, Vec<&Literal>) = match &self.test {
            Test::Equal(literal) => (false, vec![literal]),
            Test::NotEqual(literal) => (true, vec![literal]),
            Test::In(literals) => (false, literals.iter().collect()),
            Test::Order { text, number, .. } => {
                if number.is_none() {
                    linter.report(Finding::new(
                        Code::ComparedAsText,
                        clause.clone(),
                        format!("`{text}` is no number: `{field}` is compared as text"),
                        "compare with a number".to_owned(),
                    ));
                }
                (false, Vec::new())
            }
        };
        let from_event = linter.base || linter.reads_event(self.field);
        if from_event && let Some(kind) = linter.missing(field).map(str::to_owned) {
            let (severity, message) = if holds {
                (
                    Severity::Error,
                    format!("no {kind} has the field `{field}`: the clause is never true"),
                )
            } else {
                (
                    Severity::Warning,
                    format!("no {kind} has the field `{field}`: the clause excludes nothing"),
                )
            };
            let help = linter.instead(field);
            linter.report(
                Finding::new(Code::NoSuchField, clause.clone(), message, help)
                    .with_severity(severity),
            );
            return;
        }
        if from_event
            && holds
            && !negated
            && linter.vocabulary.always(&linter.pins, field)
            && literals.iter().any(|literal| literal.wildcard.is_any())
        {
            linter.report(Finding::new(
                Code::AlwaysTrue,
                clause.clone(),
                format!("every event has the field `{field}`"),
                "remove the clause".to_owned(),
            ));
        }
        if from_event
            && holds
            && negated
            && !needed
            && !linter.known.is_present(self.field)
            && !linter.is_always(field)
            && !literals.iter().any(|literal| literal.wildcard.is_any())
        {
            linter.report(Finding::new(
                Code::NotEqualNeedsField,
                clause.clone(),
                format!("`!=` also drops events without the field `{field}`"),
                format!("write `NOT {field}=...` if these are meant too"),
            ));
        }
        for literal in literals {
            literal.lint(field, from_event, linter);
        }
    }
}

impl Literal {
    fn lint(&self, field: &str, from_event: bool, linter: &mut Linter<'_>) {
        let span = || self.span.clone();
        let written = linter.text.get(span()).unwrap_or_default();
        if linter.base
            && field == "sourcetype"
            && let Some(renamed) = linter.vocabulary.renamed(&self.text)
        {
            linter.report(Finding::new(
                Code::RenamedSourcetype,
                span(),
                format!(
                    "add-ons of today rename this source type to `{}`",
                    renamed.to
                ),
                format!("write `{}`", renamed.instead),
            ));
        }
        let syntax = regular_expression(&self.text);
        let middle = self.text.trim_matches('*');
        if linter.base
            && syntax.is_none()
            && middle.contains('*')
            && middle.contains(|c: char| !c.is_alphanumeric() && c != '*')
        {
            linter.report(Finding::new(
                Code::WildcardInMiddle,
                span(),
                "a `*` in the middle of a value with punctuation may find too little".to_owned(),
                "list the values, or filter later with `| regex` or `| where like()`".to_owned(),
            ));
        }
        if from_event
            && self.is_exact()
            && linter.vocabulary.numeric(field)
            && !is_plain_number(&self.text)
        {
            linter.report(Finding::new(
                Code::NumberAsText,
                span(),
                format!("no value of `{field}` is written as `{}`", self.text),
                match parse_number(&self.text) {
                    Some(number) if number.fract() == 0.0 => format!("write `{number}`"),
                    _ => "write a whole number".to_owned(),
                },
            ));
        }
        if from_event && !written.starts_with('"') && self.is_exact() && linter.is_field(&self.text)
        {
            linter.report(Finding::new(
                Code::ValueIsNoField,
                span(),
                format!(
                    "`{}` is a value here, not the field of that name",
                    self.text
                ),
                format!(
                    "write `| where {field}={}`, or put the value in quotation marks",
                    self.text
                ),
            ));
        }
        if let Some(syntax) = syntax {
            linter.report(Finding::new(
                Code::RegexInSearch,
                span(),
                format!("`{syntax}` stands for itself here: `search` knows only `*`"),
                format!("use `| regex {field}=\"...\"`"),
            ));
        }
    }
}

/// Whether a text is how a whole number is written: no sign but minus, no zeros
/// before it.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits == "0"
        || (!digits.starts_with('0')
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What in a value can hardly be meant but as a regular expression.
fn regular_expression(text: &str) -> Option<&str> {
    const ENDINGS: &[&str] = &[
        "exe", "dll", "ps1", "bat", "cmd", "vbs", "com", "net", "org", "dev",
    ];
    const CERTAIN: &[&str] = &[
        r"\d+", r"\d{", r"\w+", r"\w{", r"\s+", r"\S+", "[a-z", "[A-Z", "[0-9", "[^", "(?i)",
        "(?:", ".*?", ".+",
    ];
    if let Some(found) = CERTAIN.iter().find(|syntax| text.contains(**syntax)) {
        return Some(found);
    }
    if text.len() > 2 && text.starts_with('^') && text.ends_with('$') {
        return Some(text);
    }
    ENDINGS.iter().find_map(|ending| {
        let end = text.strip_suffix(ending)?;
        let name = end.strip_suffix(r"\.")?;
        name.ends_with(|c: char| c.is_ascii_alphanumeric())
            .then(|| &text[name.len()..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain() {
        for text in ["0", "3", "255", "-1"] {
            assert!(is_plain_number(text), "{text}");
        }
        for text in ["03", "3.0", "", "-", " 3", "x", "00"] {
            assert!(!is_plain_number(text), "{text}");
        }
    }

    #[test]
    fn only_what_is_clearly_a_regular_expression() {
        for text in [r".*\d+", "^chrome$", r"*chrome\.exe", "[a-z]*", "(?i)x"] {
            assert!(regular_expression(text).is_some(), "{text}");
        }
        for text in [
            r"*\.ssh\*",
            r"C:\Users\.gitconfig",
            r"\\*\C$",
            "*.*",
            r"*\whoami.exe",
            "*[1].txt",
            "a^b",
        ] {
            assert!(regular_expression(text).is_none(), "{text}");
        }
    }
}
