//! Lints: what is wrong with a search although it is SPL.
//!
//! A lint says only what follows from the text and from what a [`Vocabulary`]
//! knows about the events; where that is not enough it says nothing. Each
//! command shows its parts to the [`Linter`]; what a command does to fields is
//! in the journal of the planner, so that the lints on fields need no command's
//! help.

mod case;
mod code;
mod expression;
mod fields;
mod known;
mod literal;
mod pattern;
mod place;
mod regular;
mod truth;
mod vocabulary;

pub use code::{Code, Lint, Severity, codes};
pub use vocabulary::{Holds, Pins, Renamed, Vocabulary};

pub(crate) use known::{Admitted, Known, includes};
pub(crate) use place::{is_enclosed, of_name as name_in};
pub(crate) use vocabulary::is_default;

pub(crate) use pattern::Written;

use known::Transform;

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

use crate::{
    Environment, Search,
    command::Command as _,
    error::Span,
    expression::Predicate,
    names::Slot,
    plan::{AccessKind, Plan, Step},
    suggest,
};

/// Something that a search does and its author probably does not mean.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the text, as it was written.
    pub span: Span,
    /// What is found: a fragment in lower case.
    pub message: String,
    /// The way out, for this very text.
    pub help: String,
    /// Other places that it is about, and what each of them is.
    pub related: Vec<(Span, String)>,
}

impl Finding {
    pub(crate) fn new(code: Code, span: Span, message: String, help: String) -> Self {
        Self {
            code,
            severity: code.lint().severity,
            span,
            message,
            help,
            related: Vec::new(),
        }
    }

    pub(crate) fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    pub(crate) fn with_related(mut self, span: Span, what: impl Into<String>) -> Self {
        self.related.push((span, what.into()));
        self
    }
}

impl Search {
    /// The exact values that the base search asks of every event, by field:
    /// other events it cannot use. Nothing where there is none, or where a
    /// subsearch looks at events of its own.
    pub fn pins(&self) -> Pins {
        match &self.plan.base {
            Some(base) if self.scans() == 1 => base.command.pins(&self.plan.names),
            _ => Pins::default(),
        }
    }

    /// What is wrong with the search although it is SPL, in the order of the
    /// text. The vocabulary says what is known about the events; `()` knows
    /// nothing.
    pub fn lint(&self, vocabulary: &dyn Vocabulary) -> Vec<Finding> {
        let mut findings = Vec::new();
        lint(&self.plan, self.expanded(), vocabulary, &mut findings);
        for finding in &mut findings {
            finding.span = self.source.place(&finding.span).0;
            for (span, _) in &mut finding.related {
                *span = self.source.place(span).0;
            }
        }
        findings.sort_by(|a, b| {
            (a.span.start, a.span.end, a.code).cmp(&(b.span.start, b.span.end, b.code))
        });
        findings.dedup();
        findings
    }
}

/// How many values and patterns are tried, in steps of a wildcard.
const MAX_WORK: usize = 4_000_000;

/// No reader needs more, and a long text ends sooner.
const MAX_FINDINGS: usize = 1_000;

fn lint(plan: &Plan, text: &str, vocabulary: &dyn Vocabulary, findings: &mut Vec<Finding>) {
    let mut linter = Linter {
        plan,
        text,
        vocabulary,
        pins: Pins::default(),
        kind: None,
        known: Known::default(),
        environment: Environment::at_epoch(),
        command: 0,
        uses: HashMap::new(),
        budget: Cell::new(MAX_WORK),
        base: plan.base.is_some(),
        // Without a base search, rows do not come from events.
        opaque: plan.base.is_none(),
        assigned: HashSet::new(),
        computed: HashSet::new(),
        any_set: false,
        earlier: Vec::new(),
        findings: Vec::new(),
    };
    if let Some(base) = &plan.base {
        base.command.lint(&mut linter);
    }
    linter.base = false;
    for (index, step) in plan.steps.iter().enumerate() {
        linter.command = usize::from(plan.base.is_some()) + index;
        linter.step(step, index + 1 == plan.steps.len());
    }
    findings.append(&mut linter.findings);
    let fillers = plan.fillers.iter().map(|filler| &filler.plan);
    for subsearch in plan.subsearches.iter().chain(fillers) {
        lint(subsearch, text, vocabulary, findings);
    }
}

/// Commands that change no values and add no fields but those that the planner
/// hears of. After any other command nothing is claimed about fields.
const TRANSPARENT: &[&str] = &[
    "bin",
    "bucket",
    "convert",
    "dedup",
    "eval",
    "eventstats",
    "fields",
    "fillnull",
    "head",
    "lookup",
    "makemv",
    "mvexpand",
    "nomv",
    "rare",
    "regex",
    "rename",
    "reverse",
    "rex",
    "search",
    "sort",
    "stats",
    "streamstats",
    "table",
    "tail",
    "top",
    "where",
];

/// Of these, those whose fields may be chosen by a pattern.
const BY_PATTERN: &[&str] = &[
    "eventstats",
    "fields",
    "rename",
    "stats",
    "streamstats",
    "table",
];

/// Goes through the commands of a search and collects what is found.
pub(crate) struct Linter<'a> {
    pub(crate) plan: &'a Plan,
    /// The text without comments, macros expanded.
    pub(crate) text: &'a str,
    pub(crate) vocabulary: &'a dyn Vocabulary,
    /// What the base search says about its events.
    pub(crate) pins: Pins,
    /// The fields of events of that kind, and how they are called.
    kind: Option<Kind>,
    /// What is known about the values of the fields before the command.
    pub(crate) known: Known<'a>,
    environment: Environment,
    /// The command that is looked at: 0 for the first.
    command: usize,
    /// What it does with each field, each thing once.
    uses: HashMap<Slot, Vec<AccessKind>>,
    /// How much work is left for what may take long.
    budget: Cell<usize>,
    /// Whether that is the base search.
    pub(crate) base: bool,
    /// Whether a command came before that may have done anything to fields.
    opaque: bool,
    /// What the command has set so far.
    assigned: HashSet<Slot>,
    /// What any command has set so far.
    computed: HashSet<Slot>,
    /// Whether the command may set a field of any name.
    any_set: bool,
    /// The conditions of the branches of a `case()` before the one that is
    /// looked at.
    earlier: Vec<&'a Predicate>,
    findings: Vec<Finding>,
}

struct Kind {
    fields: Vec<String>,
    name: String,
}

impl<'a> Linter<'a> {
    fn step(&mut self, step: &'a Step<Box<dyn crate::command::Command>>, last: bool) {
        self.assigned.clear();
        self.uses.clear();
        for access in self.plan.journal.of(self.command) {
            let kinds = self.uses.entry(access.slot).or_default();
            if !kinds.contains(&access.kind) {
                kinds.push(access.kind);
            }
        }
        self.fields_of(step);
        step.command.lint(self);
        match step.name {
            "sort" if !last => self.sort_limit(step),
            "join" => self.join_limit(step),
            _ => {}
        }
        let set: Vec<Slot> = self
            .uses
            .iter()
            .filter(|(_, kinds)| kinds.contains(&AccessKind::Set))
            .map(|(slot, _)| *slot)
            .filter(|slot| !self.assigned.contains(slot))
            .collect();
        for slot in set {
            self.known.forget(slot);
            self.computed.insert(slot);
        }
        let text = &self.text[step.span.clone()];
        let by_pattern = BY_PATTERN.contains(&step.name) && text.contains('*');
        // `fillnull` without fields fills all that any row has.
        let fills_all = step.name == "fillnull" && !self.sets_something();
        let any = by_pattern || fills_all || std::mem::take(&mut self.any_set);
        if any || !TRANSPARENT.contains(&step.name) {
            self.opaque = true;
            self.known = Known::default();
        }
    }

    /// `sort` without a number of rows, and a command after it that counts.
    fn sort_limit(&mut self, step: &Step<Box<dyn crate::command::Command>>) {
        let arguments = self.text[step.span.clone()].get(step.name.len()..);
        let first = arguments
            .and_then(|arguments| arguments.split_whitespace().next())
            .unwrap_or_default();
        let counted = first.starts_with("limit=")
            || first.trim_end_matches(',').parse::<u64>().is_ok()
            || first == "limit";
        let later = &self.plan.steps[self.step_index() + 1..];
        let uses = later.iter().find(|step| {
            !matches!(
                step.name,
                "table" | "fields" | "rename" | "eval" | "head" | "reverse" | "convert"
            )
        });
        if let (false, Some(user)) = (counted, uses) {
            let name = user.name;
            let place = step.span.start..step.span.start + step.name.len();
            let finding = Finding::new(
                Code::DefaultLimit,
                place,
                format!("`sort` keeps 10,000 rows: `{name}` sees no more of them"),
                "write `sort 0` to keep all rows".to_owned(),
            )
            .with_related(user.span.clone(), format!("`{name}` works on what is left"));
            self.report(finding);
        }
    }

    fn sets_something(&self) -> bool {
        self.uses
            .values()
            .any(|kinds| kinds.contains(&AccessKind::Set))
    }

    /// `join` without `max`.
    fn join_limit(&mut self, step: &Step<Box<dyn crate::command::Command>>) {
        let text = &self.text[step.span.clone()];
        let options = text.split('[').next().unwrap_or_default();
        let says = options
            .split_whitespace()
            .any(|word| word == "max" || word.starts_with("max="));
        if !says {
            self.report(Finding::new(
                Code::DefaultLimit,
                step.span.start..step.span.start + step.name.len(),
                "`join` takes the first row of the subsearch that fits, and no other".to_owned(),
                "write `max=0` to take all of them".to_owned(),
            ));
        }
    }

    /// Whether the command sets the field.
    fn sets(&self, slot: Slot) -> bool {
        self.uses
            .get(&slot)
            .is_some_and(|kinds| kinds.contains(&AccessKind::Set))
    }

    /// The command may set a field of any name.
    pub(crate) fn may_set_any_field(&mut self) {
        self.any_set = true;
    }

    fn step_index(&self) -> usize {
        self.command - usize::from(self.plan.base.is_some())
    }

    pub(crate) fn report(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    pub(crate) fn name(&self, slot: Slot) -> &'a str {
        self.plan.names.name(slot)
    }

    /// The base search has said which events it takes.
    pub(crate) fn pin(&mut self, pins: Pins) {
        self.kind = self.vocabulary.fields(&pins).map(|fields| Kind {
            fields: fields.into_iter().map(Into::into).collect(),
            name: self
                .vocabulary
                .kind(&pins)
                .unwrap_or_else(|| "event of this kind".to_owned()),
        });
        self.pins = pins;
    }

    /// Whether a field of an event is one that no event of this kind has; then
    /// how such events are called.
    pub(crate) fn missing(&self, field: &str) -> Option<&str> {
        let kind = self.kind.as_ref()?;
        (!self.opaque
            && !vocabulary::is_default(field)
            && !kind.fields.iter().any(|known| known == field))
        .then_some(kind.name.as_str())
    }

    /// The help for a field that is missing.
    pub(crate) fn instead(&self, field: &str) -> String {
        let known = self.kind.as_ref().map_or(&[][..], |kind| &kind.fields);
        let same = known.iter().find(|name| name.eq_ignore_ascii_case(field));
        match same {
            Some(name) => format!("names of fields mind case: did you mean `{name}`?"),
            None => match suggest::nearest(field, known.iter().map(String::as_str)) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "take it from an event that has it, or leave it out".to_owned(),
            },
        }
    }

    /// Whether the field is in every event, as far as the base search goes.
    pub(crate) fn is_always(&self, field: &str) -> bool {
        vocabulary::is_metadata(field) || self.vocabulary.always(&self.pins, field)
    }

    /// Whether no event has more than one value for the field, and the command
    /// sees the event's.
    pub(crate) fn single(&self, slot: Slot) -> bool {
        (self.base || self.reads_event(slot)) && self.is_single(self.name(slot))
    }

    /// Whether no event has more than one value for the field.
    fn is_single(&self, field: &str) -> bool {
        vocabulary::is_metadata(field) || self.vocabulary.single(&self.pins, field)
    }

    /// Whether events of this kind have a field of this name.
    pub(crate) fn is_field(&self, name: &str) -> bool {
        self.kind
            .as_ref()
            .is_some_and(|kind| kind.fields.iter().any(|field| field == name))
    }

    /// Whether the command reads the field from events, and sets it nowhere.
    pub(crate) fn reads_event(&self, slot: Slot) -> bool {
        !self.opaque && self.accesses(slot, AccessKind::ReadEvent)
    }

    /// Whether the field still is what the event has.
    fn is_untouched(&self, slot: Slot) -> bool {
        !self.opaque && !self.computed.contains(&slot)
    }

    /// Whether the field is null for every row when the command reads it.
    pub(crate) fn is_null(&self, slot: Slot) -> bool {
        !self.opaque
            && (self.accesses(slot, AccessKind::ReadRemoved)
                || (self.reads_event(slot) && self.missing(self.name(slot)).is_some()))
    }

    /// Whether all that the command does with a field is of one kind.
    fn accesses(&self, slot: Slot, kind: AccessKind) -> bool {
        self.uses
            .get(&slot)
            .is_some_and(|kinds| kinds.iter().all(|other| *other == kind))
    }

    /// Whether there is time for so much work; a long text ends without it.
    fn spend(&self, work: usize) -> bool {
        let left = self.budget.get().checked_sub(work);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }
}
