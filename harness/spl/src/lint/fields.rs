//! Lints on which fields a command reads: fields that no event of the kind has,
//! and fields that an earlier command took away.
//!
//! They work on the journal of the planner, for every command alike.

use std::collections::HashSet;

use super::{Code, Finding, Linter, Severity, TRANSPARENT, place};
use crate::{
    command::Command,
    error::Span,
    names::{self, Slot},
    plan::{AccessKind, Step},
};

/// What becomes of a row that lacks the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// The field is a column.
    Column,
    /// The command drops the row.
    Key,
    /// The value is null.
    Value,
}

impl Linter<'_> {
    /// Reports the fields of a command that are always null.
    pub(super) fn fields_of(&mut self, step: &Step<Box<dyn Command>>) {
        if self.opaque
            || matches!(step.name, "search" | "fillnull")
            || !TRANSPARENT.contains(&step.name)
        {
            return;
        }
        // What these set they also read: a row may keep what it has.
        let keeps = matches!(
            step.name,
            "convert"
                | "eventstats"
                | "lookup"
                | "makemv"
                | "mvexpand"
                | "nomv"
                | "rex"
                | "streamstats"
        );
        let mut seen: HashSet<Slot> = HashSet::new();
        let accesses: Vec<_> = self.plan.journal.of(self.command).collect();
        for access in accesses {
            let removed = match access.kind {
                AccessKind::ReadEvent => false,
                AccessKind::ReadRemoved => true,
                AccessKind::ReadComputed | AccessKind::Set => continue,
            };
            if seen.contains(&access.slot) || (keeps && self.sets(access.slot)) {
                continue;
            }
            let name = self.name(access.slot);
            let kind = self.missing(name).map(str::to_owned);
            // What is internal stays where nothing says otherwise.
            if names::is_internal(name) || (!removed && kind.is_none()) {
                continue;
            }
            seen.insert(access.slot);
            let place = place::of_name(self.text, step.span.clone(), name)
                .unwrap_or_else(|| step.span.clone());
            let kind = if removed { None } else { kind.as_deref() };
            let finding = self.finding(step, name, place, kind);
            self.report(finding);
        }
    }

    /// The finding that a field is null: because events of this kind lack it, or
    /// because it was taken away.
    fn finding(
        &self,
        step: &Step<Box<dyn Command>>,
        name: &str,
        place: Span,
        kind: Option<&str>,
    ) -> Finding {
        let how = self.how(step, &place);
        let why = match kind {
            Some(kind) => format!("no {kind} has the field `{name}`"),
            None => format!("no earlier command leaves the field `{name}`"),
        };
        let (code, severity, what) = match (how, kind) {
            (Use::Column, Some(_)) => (Code::EmptyColumn, Severity::Warning, "the column is empty"),
            (Use::Column, None) => (Code::RemovedField, Severity::Warning, "the column is empty"),
            (Use::Key, Some(_)) => (Code::NoSuchField, Severity::Error, "every row is dropped"),
            (Use::Key, None) => (Code::RemovedField, Severity::Error, "every row is dropped"),
            (Use::Value, Some(_)) => (Code::NoSuchField, Severity::Warning, "it is always null"),
            (Use::Value, None) => (Code::RemovedField, Severity::Warning, "it is always null"),
        };
        let help = match kind {
            Some(_) => self.instead(name),
            None => "let the earlier command keep it, or read it before".to_owned(),
        };
        Finding::new(code, place, format!("{why}: {what}"), help).with_severity(severity)
    }

    fn how(&self, step: &Step<Box<dyn Command>>, place: &Span) -> Use {
        let text = &self.text[step.span.clone()];
        let before = self.text.get(step.span.start..place.start).unwrap_or("");
        let after_by = before
            .split_whitespace()
            .any(|word| word.eq_ignore_ascii_case("by"));
        match step.name {
            "table" | "fields" => Use::Column,
            "dedup" if !text.contains("keepempty") => Use::Key,
            "stats" if after_by => Use::Key,
            _ => Use::Value,
        }
    }
}
