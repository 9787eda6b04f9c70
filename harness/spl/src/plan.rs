//! A search made ready to run: commands with their fields in slots, and the
//! knowledge of which fields an event has to give.

use crate::{
    Error,
    command::{self, Command, search::Search as Filter},
    cursor::Cursor,
    error::Span,
    names::{Names, Slot},
    pipeline, source,
};

/// A search: parsed, checked and planned.
#[derive(Debug)]
pub struct Search {
    pub(crate) text: String,
    pub(crate) plan: Plan,
    fields: Vec<String>,
}

/// What [`Search`] runs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) names: Names,
    /// The first command, which decides which events become rows.
    pub(crate) base: Step<Filter>,
    /// The fields that the first command reads.
    pub(crate) base_fields: Vec<Slot>,
    /// The other fields that events have to give.
    pub(crate) other_fields: Vec<Slot>,
    /// Whether events have to give all of their fields.
    pub(crate) all_fields: bool,
    pub(crate) steps: Vec<Step<Box<dyn Command>>>,
}

/// A command and where it stands.
#[derive(Debug)]
pub(crate) struct Step<C> {
    pub(crate) command: C,
    pub(crate) name: &'static str,
    pub(crate) span: Span,
}

impl Search {
    /// Parses and plans a search.
    ///
    /// # Errors
    ///
    /// The first thing, in the order of the text, that is not SPL or that this
    /// engine does not evaluate: [`Error::is_unsupported`] tells the two apart.
    /// Comments and macros come before the rest, since they are the first thing
    /// that happens to the text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let clean = source::without_comments(text)?;
        let mut segments = pipeline::split(&clean)?.into_iter();
        let Some(first) = segments.next() else {
            return Err(Error::syntax("the search is empty", 0..text.len()));
        };
        let mut planner = Planner::default();
        if first.generating && !clean[first.name.clone()].eq_ignore_ascii_case("search") {
            // Known commands that make events are refused by name by the
            // registry; what is left needs events and has none.
            command::parse(&clean, &first, &mut planner)?;
            return Err(Error::syntax(
                format!("`{}` does not make events", &clean[first.name.clone()]),
                first.name,
            )
            .with_help("start with a search, without `|`"));
        }
        let base = Step {
            command: command::search::parse(
                &mut Cursor::new(&clean, first.arguments.clone()),
                &mut planner,
            )?,
            name: "search",
            span: first.span,
        };
        let base_fields: Vec<Slot> = planner.requested().collect();
        // Events come out of an index newest first.
        planner.read(TIME);
        let mut steps = Vec::new();
        for segment in segments {
            steps.push(command::parse(&clean, &segment, &mut planner)?);
        }
        let all_fields = planner.all || planner.open;
        let other_fields = planner
            .requested()
            .filter(|slot| !base_fields.contains(slot))
            .collect();
        let fields = planner
            .requested()
            .map(|slot| planner.names.name(slot).to_owned())
            .collect();
        Ok(Self {
            text: text.to_owned(),
            fields,
            plan: Plan {
                names: planner.names,
                base,
                base_fields,
                other_fields,
                all_fields,
                steps,
            },
        })
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the fields that the search reads from events, in the order
    /// in which it names them, `_time` always among them. Where the search takes all fields
    /// ([`reads_all_fields`](Self::reads_all_fields)), those that it names.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Whether the search also asks events for fields that it does not name:
    /// those that match a wildcard, and all of them where no command chooses
    /// the columns.
    pub fn reads_all_fields(&self) -> bool {
        self.plan.all_fields
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
    /// Whether no command has chosen the columns yet.
    open: bool,
    all: bool,
}

impl Default for Planner {
    fn default() -> Self {
        Self {
            names: Names::default(),
            requested: Vec::new(),
            computed: Vec::new(),
            open: true,
            all: false,
        }
    }
}

impl Planner {
    fn slot(&mut self, name: &str) -> Slot {
        let slot = self.names.slot(name);
        if slot.index() >= self.requested.len() {
            self.requested.push(false);
            // A name that comes up only after the columns were chosen is in no
            // row.
            self.computed.push(!self.open);
        }
        slot
    }

    /// The slot of a field that a command reads.
    pub(crate) fn read(&mut self, name: &str) -> Slot {
        let slot = self.slot(name);
        if !self.computed[slot.index()] {
            self.requested[slot.index()] = true;
        }
        slot
    }

    /// A command reads whichever fields there are.
    pub(crate) fn read_all(&mut self) {
        self.all |= self.open;
    }

    /// The slot of a field that a command sets or removes.
    pub(crate) fn assign(&mut self, name: &str) -> Slot {
        let slot = self.slot(name);
        self.computed[slot.index()] = true;
        slot
    }

    /// A command has chosen the columns: no other field is left.
    pub(crate) fn choose(&mut self, slots: &[Slot]) {
        self.open = false;
        for (index, computed) in self.computed.iter_mut().enumerate() {
            *computed |= !slots.iter().any(|slot| slot.index() == index);
        }
    }

    /// The fields that events have to give.
    fn requested(&self) -> impl Iterator<Item = Slot> + '_ {
        self.names
            .slots()
            .filter(|slot| self.requested[slot.index()])
    }
}
