//! Why the two evaluators may differ over a rule and an event, and the proof
//! of it: where what the reason says is taken away, they agree.

use spl::Search;

use crate::{
    data::Rule,
    differential::{by_sigma, by_splunk, indexed},
    event::{Entities, Recorded},
    selection,
};

/// A reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A datum without a value is no field for Splunk, for Sigma it is an empty
    /// text, which is not null.
    ///
    /// `transforms.conf.spec`, `KEEP_EMPTY_VALS`: by default no field is made
    /// of an empty value.
    EmptyDatum,
    /// pySigma writes `*` for Sigma's `?`: it is the only wildcard that
    /// `search` has, and stands for none or many characters as well.
    ///
    /// Search Manual, "Wildcards".
    QuestionMark,
    /// pySigma writes `\*` for a star that is meant, but a backslash does not
    /// take away the meaning of a star: the text is a backslash and anything.
    ///
    /// Search Manual, "Backslashes".
    EscapedStar,
    /// A field that is not there compared to another one that is not: null is
    /// null for Sigma's evaluator; `where` keeps a row only if the comparison
    /// is true, and with null it never is.
    ///
    /// Search Reference, "where".
    NullComparedToNull,
    /// Splunk has the text as the event's XML has it, with `&lt;`, `&gt;` and
    /// `&amp;`; Sigma has it decoded.
    ///
    /// `props.conf.spec`, `KV_MODE`: without it nobody decodes XML; detections
    /// in Splunk's security content look for `&gt;` where they mean `>`.
    Entities,
}

impl Reason {
    pub const ALL: [Self; 5] = [
        Self::EmptyDatum,
        Self::QuestionMark,
        Self::EscapedStar,
        Self::NullComparedToNull,
        Self::Entities,
    ];

    /// Its name in the list of differences.
    pub fn name(self) -> &'static str {
        match self {
            Self::EmptyDatum => "empty datum",
            Self::QuestionMark => "question mark",
            Self::EscapedStar => "escaped star",
            Self::NullComparedToNull => "null compared to null",
            Self::Entities => "entities",
        }
    }
}

/// The reason for a difference, in as few parts as there are; none if it is
/// none of those that are known.
pub fn of(
    rule: &Rule,
    search: &Search,
    event: &Recorded,
    entities: Entities,
) -> Option<Vec<Reason>> {
    let mut candidates: Vec<Vec<Reason>> = (0..1_u8 << Reason::ALL.len())
        .map(|chosen| {
            let all = Reason::ALL.into_iter().enumerate();
            all.filter(|(bit, _)| chosen >> bit & 1 == 1)
                .map(|(_, reason)| reason)
                .collect()
        })
        .collect();
    candidates.sort_by_key(Vec::len);
    candidates
        .into_iter()
        .filter(|reasons| !reasons.is_empty())
        .find(|reasons| agree_without(rule, search, event, entities, reasons))
}

/// Whether both agree where none of these reasons is there.
fn agree_without(
    rule: &Rule,
    search: &Search,
    event: &Recorded,
    mut entities: Entities,
    reasons: &[Reason],
) -> bool {
    let has = |reason| reasons.contains(&reason);
    let sigma = selection::rule(&rule.yaml, |pattern| {
        as_splunk_reads(pattern, has(Reason::QuestionMark), has(Reason::EscapedStar))
    });
    let mut changed = None;
    if has(Reason::EmptyDatum) {
        changed = Some(event.without_empty_data(&rule.fields()));
    }
    if has(Reason::NullComparedToNull) {
        changed = Some(changed.as_ref().unwrap_or(event).without_nulls());
    }
    if has(Reason::Entities) {
        entities = Entities::Decoded;
    }
    let events = std::slice::from_ref(changed.as_ref().unwrap_or(event));
    by_sigma(&sigma, events) == by_splunk(search, &indexed(events, entities))
}

/// A pattern that means to Sigma what the text that pySigma made of it means
/// to Splunk.
fn as_splunk_reads(pattern: &str, question_mark: bool, escaped_star: bool) -> String {
    let mut text = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                text.push('\\');
                match rest.next_if(|c| r"\*?".contains(*c)) {
                    Some('*') if escaped_star => text.push_str(r"\*"),
                    Some(next) => text.push(next),
                    None => {}
                }
            }
            '?' if question_mark => text.push('*'),
            c => text.push(c),
        }
    }
    text
}
