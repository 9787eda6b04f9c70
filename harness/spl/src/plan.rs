//! A search made ready to run: commands with their fields in slots, and the
//! knowledge of which fields an event has to give.

use std::sync::Arc;

use crate::{
    Error, Knowledge,
    command::{self, Command, search::Search as Filter},
    cursor::Cursor,
    error::Span,
    names::{Names, Slot},
    pipeline,
    print::Printer,
    source::Source,
};

/// A search: parsed, checked and planned.
#[derive(Debug)]
pub struct Search {
    pub(crate) source: Source,
    pub(crate) knowledge: Arc<Knowledge>,
    pub(crate) plan: Plan,
    fields: Vec<String>,
}

/// What [`Search`] runs, and what each of its subsearches runs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) names: Names,
    /// The first command, which decides which events become rows; none where
    /// the first command makes its own rows.
    pub(crate) base: Option<Step<Filter>>,
    /// The fields that the first command reads.
    pub(crate) base_fields: Vec<Slot>,
    /// The other fields that events have to give.
    pub(crate) other_fields: Vec<Slot>,
    /// Whether events have to give all of their fields.
    pub(crate) all_fields: bool,
    pub(crate) steps: Vec<Step<Box<dyn Command>>>,
    /// The searches in brackets whose rows a command takes, by their index.
    pub(crate) subsearches: Vec<Plan>,
    /// The searches in brackets whose rows become part of the text, with the
    /// places of the brackets. They have to run before this plan can.
    pub(crate) fillers: Vec<Filler>,
    /// Which command reads and sets which fields.
    pub(crate) journal: Journal,
}

/// A search in brackets whose rows become part of the text.
#[derive(Debug)]
pub(crate) struct Filler {
    /// The place of the brackets.
    pub(crate) place: Span,
    pub(crate) plan: Plan,
    /// Whether it gives a value to an expression, and not a condition.
    pub(crate) gives_value: bool,
}

/// Which command reads and sets which fields, in the order of the text: what
/// the lints know about every command, whatever it does.
#[derive(Default)]
pub(crate) struct Journal(Vec<Access>);

/// A command reads or sets a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) slot: Slot,
    /// The command: 0 for the first one.
    pub(crate) command: usize,
    pub(crate) kind: AccessKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessKind {
    /// It reads what events have.
    ReadEvent,
    /// It reads what a command before it has set.
    ReadComputed,
    /// It reads what a command before it has taken away.
    ReadRemoved,
    /// It sets the field.
    Set,
}

impl Journal {
    /// What a command does, in the order of its text.
    pub(crate) fn of(&self, command: usize) -> impl Iterator<Item = Access> + '_ {
        let start = self.0.partition_point(|access| access.command < command);
        self.0[start..]
            .iter()
            .take_while(move |access| access.command == command)
            .copied()
    }
}

impl std::fmt::Debug for Journal {
    /// The journal follows from the commands: two searches that differ in
    /// nothing else are the same.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journal")
    }
}

/// A command and where it stands.
#[derive(Debug)]
pub(crate) struct Step<C> {
    pub(crate) command: C,
    pub(crate) name: &'static str,
    pub(crate) span: Span,
}

/// How deep searches in brackets may stand in each other.
const MAX_SUBSEARCHES: usize = 8;

impl Search {
    /// Parses and plans a search that needs nothing that only an installation
    /// of Splunk knows.
    ///
    /// # Errors
    ///
    /// The first thing, in the order of the text, that is not SPL or that this
    /// engine does not evaluate: [`Error::is_unsupported`] tells the two apart.
    /// Comments and macros come before the rest, since they are the first thing
    /// that happens to the text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_with(text, &Arc::default())
    }

    /// As [`parse`](Self::parse), with what an installation knows: macros and
    /// lookups.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, knowledge: &Arc<Knowledge>) -> Result<Self, Error> {
        Self::from_source(Source::new(text, knowledge)?, knowledge)
    }

    pub(crate) fn from_source(source: Source, knowledge: &Arc<Knowledge>) -> Result<Self, Error> {
        let text = source.text();
        let plan = Plan::parse(text, 0..text.len(), Planner::new(Arc::clone(knowledge)))
            .map_err(|error| source.error(error))?;
        let fields = plan
            .base_fields
            .iter()
            .chain(&plan.other_fields)
            .map(|slot| plan.names.name(*slot).to_owned())
            .collect();
        Ok(Self {
            source,
            knowledge: Arc::clone(knowledge),
            fields,
            plan,
        })
    }

    /// The same search with exactly these columns in the end, as `table` would
    /// leave them: for a caller that shows no others.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn with_columns(&self, columns: &[&str]) -> Result<Self, Error> {
        let text = format!("{}\n| table {}", self.text(), columns.join(" "));
        Self::parse_with(&text, &self.knowledge)
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        self.source.written()
    }

    /// The text after macros were expanded and comments blanked.
    pub fn expanded(&self) -> &str {
        self.source.text()
    }

    /// The names of the fields that the search reads from events: those of the
    /// base search first, `_time` always among them. Where the search takes all
    /// fields ([`reads_all_fields`](Self::reads_all_fields)), those that it
    /// names.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Whether the search also asks events for fields that it does not name:
    /// those that match a wildcard, and all of them where no command chooses
    /// the columns.
    pub fn reads_all_fields(&self) -> bool {
        self.plan.all_fields
    }

    /// The same search as text in one canonical form: macros expanded, every
    /// value in quotation marks, every operator and every default said. Parsing
    /// it gives the same search.
    pub fn canonical(&self) -> String {
        self.plan.print()
    }
}

impl Plan {
    /// Parses a search, or the one in brackets that stands at `whole`.
    fn parse(text: &str, whole: Span, mut planner: Planner) -> Result<Self, Error> {
        let nested = planner.depth > 0;
        let mut segments = pipeline::split(text, whole.clone())?.into_iter().peekable();
        let Some(first) = segments.peek() else {
            return Err(Error::syntax("the search is empty", whole));
        };
        // A subsearch says `search` where it means it.
        let is_search = if nested {
            text[first.name.clone()].eq_ignore_ascii_case("search")
        } else {
            !first.generating || text[first.name.clone()].eq_ignore_ascii_case("search")
        };
        let mut base = None;
        let mut base_fields = Vec::new();
        if is_search && let Some(first) = segments.next() {
            base = Some(Step {
                command: command::search::parse(
                    &mut Cursor::new(text, first.arguments.clone()),
                    &mut planner,
                )?,
                name: "search",
                span: first.span,
            });
            base_fields = planner.requested().collect();
            // Events come out of an index newest first.
            planner.read(TIME);
        } else {
            // No field comes from an event.
            planner.open = false;
        }
        let mut steps: Vec<Step<Box<dyn Command>>> = Vec::new();
        for segment in segments {
            let first = base.is_none() && steps.is_empty();
            planner.command = usize::from(base.is_some()) + steps.len();
            steps.push(command::parse(text, &segment, first, &mut planner)?);
        }
        let other_fields = planner
            .requested()
            .filter(|slot| !base_fields.contains(slot))
            .collect();
        Ok(Self {
            base_fields,
            other_fields,
            all_fields: base.is_some() && (planner.all || planner.open),
            names: planner.names,
            base,
            steps,
            subsearches: planner.subsearches,
            fillers: planner.fillers,
            journal: planner.journal,
        })
    }

    fn print(&self) -> String {
        let mut out = Printer::new(self);
        out.plan();
        out.into_text()
    }
}

/// The field that says when an event happened.
pub(crate) const TIME: &str = "_time";

/// The field that holds an event as it was recorded.
pub(crate) const RAW: &str = "_raw";

/// What is known about fields while the commands are parsed one by one: which
/// names there are, and whether a value can still come from the event.
#[derive(Debug)]
pub(crate) struct Planner {
    names: Names,
    /// By slot: whether some command reads the field from the event.
    requested: Vec<bool>,
    /// By slot: whether a command has set or removed the field, so that the
    /// event's value is out of reach.
    computed: Vec<bool>,
    /// By slot: whether a command has taken the field away, so that it is null.
    removed: Vec<bool>,
    /// Whether no command has chosen the columns yet.
    open: bool,
    all: bool,
    knowledge: Arc<Knowledge>,
    subsearches: Vec<Plan>,
    fillers: Vec<Filler>,
    /// In how many brackets the search stands.
    depth: usize,
    /// The field whose values the last command combined, and with which
    /// delimiter.
    combined: Option<(Slot, String)>,
    /// The command that is being parsed: 0 for the first one.
    command: usize,
    journal: Journal,
}

impl Planner {
    pub(crate) fn new(knowledge: Arc<Knowledge>) -> Self {
        Self {
            names: Names::default(),
            requested: Vec::new(),
            computed: Vec::new(),
            removed: Vec::new(),
            open: true,
            all: false,
            knowledge,
            subsearches: Vec::new(),
            fillers: Vec::new(),
            depth: 0,
            combined: None,
            command: 0,
            journal: Journal::default(),
        }
    }

    /// What the installation of Splunk knows.
    pub(crate) fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// As [`knowledge`](Self::knowledge), to keep.
    pub(crate) fn shared_knowledge(&self) -> Arc<Knowledge> {
        Arc::clone(&self.knowledge)
    }

    /// A planner for commands over rows that are there: they know these fields
    /// by their slots.
    pub(crate) fn over(names: &Names, knowledge: Arc<Knowledge>) -> Self {
        let mut planner = Self::new(knowledge);
        for slot in names.slots() {
            planner.slot(names.name(slot));
        }
        planner
    }

    /// The fields that the planner knows.
    pub(crate) fn into_names(self) -> Names {
        self.names
    }

    /// The name of a field.
    pub(crate) fn name(&self, slot: Slot) -> &str {
        self.names.name(slot)
    }

    /// How many searches in brackets there are so far.
    pub(crate) fn subsearches(&self) -> usize {
        self.subsearches.len() + self.fillers.len()
    }

    /// Plans the search in brackets at a place, whose rows a command takes from
    /// [`Context::subsearches`](crate::command::Context) by the index given
    /// back.
    ///
    /// # Errors
    ///
    /// As [`Search::parse`].
    pub(crate) fn subsearch(&mut self, text: &str, place: Span) -> Result<usize, Error> {
        let depth = self.depth + 1;
        if depth > MAX_SUBSEARCHES {
            return Err(Error::limit(
                format!("more than {MAX_SUBSEARCHES} subsearches in each other"),
                place,
            ));
        }
        let planner = Self {
            depth,
            ..Self::new(Arc::clone(&self.knowledge))
        };
        self.subsearches.push(Plan::parse(text, place, planner)?);
        Ok(self.subsearches.len() - 1)
    }

    /// Plans the search in brackets at a place (that of what is inside), whose
    /// rows become a condition in place of it.
    ///
    /// # Errors
    ///
    /// As [`Search::parse`].
    pub(crate) fn filler(&mut self, text: &str, place: Span) -> Result<(), Error> {
        self.fill(text, place, false)
    }

    /// As [`filler`](Self::filler), for a search that ends with `return` and
    /// gives a value to an expression.
    ///
    /// # Errors
    ///
    /// As [`Search::parse`], and a search that ends otherwise: how its rows
    /// become an expression is not documented.
    pub(crate) fn value_filler(&mut self, text: &str, place: Span) -> Result<(), Error> {
        self.fill(text, place.clone(), true)?;
        let filler = self.fillers.last();
        let last = filler.and_then(|filler| filler.plan.steps.last());
        if last.is_some_and(|step| step.name == "return") {
            return Ok(());
        }
        Err(Error::unsupported(
            "a subsearch in an expression that does not end with `return`",
            place,
        )
        .with_help("end it with `| return $<field>`"))
    }

    fn fill(&mut self, text: &str, place: Span, gives_value: bool) -> Result<(), Error> {
        let brackets = place.start - 1..place.end + 1;
        self.subsearch(text, place)?;
        self.fillers
            .extend(self.subsearches.pop().map(|plan| Filler {
                place: brackets,
                plan,
                gives_value,
            }));
        Ok(())
    }

    /// Plans commands in brackets that run on the rows at hand.
    ///
    /// # Errors
    ///
    /// As [`Search::parse`].
    pub(crate) fn subpipe(
        &mut self,
        text: &str,
        place: Span,
    ) -> Result<Vec<Step<Box<dyn Command>>>, Error> {
        let depth = self.depth + 1;
        if depth > MAX_SUBSEARCHES {
            return Err(Error::limit(
                format!("more than {MAX_SUBSEARCHES} subsearches in each other"),
                place,
            ));
        }
        self.depth = depth;
        let open = self.open;
        let computed = self.computed.clone();
        let removed = self.removed.clone();
        let steps = pipeline::split(text, place)?
            .iter()
            .map(|segment| command::parse(text, segment, false, self))
            .collect::<Result<_, _>>()?;
        // The rows themselves are as they were; a field that came up in the
        // brackets can still come from the event.
        self.depth -= 1;
        self.open = open;
        let known = computed.len();
        self.computed[..known].copy_from_slice(&computed);
        self.computed[known..].fill(!open);
        self.removed[..known].copy_from_slice(&removed);
        self.removed[known..].fill(!open);
        Ok(steps)
    }

    fn slot(&mut self, name: &str) -> Slot {
        let slot = self.names.slot(name);
        if slot.index() >= self.requested.len() {
            self.requested.push(false);
            // A name that comes up only after the columns were chosen is in no
            // row.
            self.computed.push(!self.open);
            self.removed.push(!self.open);
        }
        slot
    }

    /// The slot of a field that a command reads.
    pub(crate) fn read(&mut self, name: &str) -> Slot {
        let slot = self.slot(name);
        let kind = if self.removed[slot.index()] {
            AccessKind::ReadRemoved
        } else if self.computed[slot.index()] {
            AccessKind::ReadComputed
        } else {
            self.requested[slot.index()] = true;
            AccessKind::ReadEvent
        };
        self.note(slot, kind);
        slot
    }

    fn note(&mut self, slot: Slot, kind: AccessKind) {
        self.journal.0.push(Access {
            slot,
            command: self.command,
            kind,
        });
    }

    /// A command reads whichever fields there are.
    pub(crate) fn read_all(&mut self) {
        self.all |= self.open;
    }

    /// The slot of a field that a command sets or removes.
    pub(crate) fn assign(&mut self, name: &str) -> Slot {
        let slot = self.slot(name);
        self.computed[slot.index()] = true;
        self.removed[slot.index()] = false;
        self.note(slot, AccessKind::Set);
        slot
    }

    /// The slot of a field that a command sets in some rows; in the others it
    /// stays as it is.
    pub(crate) fn change(&mut self, name: &str) -> Slot {
        self.read(name);
        self.assign(name)
    }

    /// The slot of a field that a command takes away.
    pub(crate) fn remove(&mut self, name: &str) -> Slot {
        let slot = self.assign(name);
        self.removed[slot.index()] = true;
        slot
    }

    /// A command has chosen the columns: no other field is left.
    pub(crate) fn choose(&mut self, slots: &[Slot]) {
        self.open = false;
        for (index, computed) in self.computed.iter_mut().enumerate() {
            let gone = !slots.iter().any(|slot| slot.index() == index);
            *computed |= gone;
            self.removed[index] |= gone;
        }
    }

    /// A command combines the values of a field with a delimiter that only the
    /// next command sees.
    pub(crate) fn combine(&mut self, field: Slot, delimiter: &str) {
        self.combined = Some((field, delimiter.to_owned()));
    }

    /// The delimiter with which the last command combined the values of a
    /// field.
    pub(crate) fn take_combined(&mut self) -> Option<(Slot, String)> {
        self.combined.take()
    }

    /// The fields that events have to give.
    fn requested(&self) -> impl Iterator<Item = Slot> + '_ {
        self.names
            .slots()
            .filter(|slot| self.requested[slot.index()])
    }
}
