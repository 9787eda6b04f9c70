//! Search-time knowledge: which fields an add-on gives an event, as tables.
//!
//! Source for the order of the operations: "The sequence of search-time
//! operations" (Splunk Enterprise, Knowledge Manager Manual) and
//! `props.conf.spec`: extractions, aliases, calculated fields, lookups, event
//! types, tags. What an operation reads is what those before it left; all
//! calculated fields read the same, none sees another.
//!
//! The rules of an add-on are written here from the behaviour that is public:
//! see [`Source`]. No text of an add-on is part of this program.

mod current;
mod formula;
mod legacy;
mod linux;
mod table;
mod windows;

pub(crate) use formula::Fields;
pub use formula::{Cases, Choice, Condition, Formula};
pub(crate) use table::{Table, table};

/// Whose settings give an event its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Knowledge {
    /// The community's add-on for Sysmon, version 8, before it renamed its
    /// sourcetype.
    LegacySysmon,
    /// Splunk's add-on for Sysmon, version 5, with the one for Windows.
    CurrentSysmon,
    /// Splunk's add-on for Sysmon for Linux, version 1.
    SysmonForLinux,
    /// Splunk's add-on for Windows: all other channels.
    Windows,
}

impl Knowledge {
    /// All that there are.
    pub const ALL: [Self; 4] = [
        Self::LegacySysmon,
        Self::CurrentSysmon,
        Self::SysmonForLinux,
        Self::Windows,
    ];

    /// The add-on's name and version.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LegacySysmon => "TA-microsoft-sysmon 8",
            Self::CurrentSysmon => "Splunk_TA_microsoft_sysmon 5",
            Self::SysmonForLinux => "Splunk_TA_sysmon-for-linux 1",
            Self::Windows => "Splunk_TA_windows",
        }
    }
}

/// The operation that makes a field, in the order of their application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// From the raw event, or from what another extraction found.
    Extraction,
    /// `FIELDALIAS`: the value of another field. Where that is missing, the
    /// alias is, even if it was extracted.
    Alias,
    /// `EVAL-`: an expression over extractions and aliases.
    Calculation,
    /// `LOOKUP-`: from a table.
    Lookup,
    /// An event type.
    EventType,
    /// A tag of an event type.
    Tag,
}

impl Step {
    /// The operation before this one: what this one reads is that one's result.
    #[must_use]
    pub const fn before(self) -> Self {
        match self {
            Self::Extraction | Self::Alias => Self::Extraction,
            Self::Calculation => Self::Alias,
            Self::Lookup => Self::Calculation,
            Self::EventType => Self::Lookup,
            Self::Tag => Self::EventType,
        }
    }

    /// The operation's name, as in Splunk's documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Extraction => "extraction",
            Self::Alias => "alias",
            Self::Calculation => "calculated field",
            Self::Lookup => "lookup",
            Self::EventType => "event type",
            Self::Tag => "tag",
        }
    }
}

/// The events to which a rule applies, by event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// All.
    All,
    /// These.
    Of(&'static [u16]),
    /// All but these.
    Except(&'static [u16]),
}

impl Events {
    /// Whether an event is one of them. An event without an id is none of any.
    pub fn contain(self, id: Option<u16>) -> bool {
        match self {
            Self::All => true,
            Self::Of(ids) => id.is_some_and(|id| ids.contains(&id)),
            Self::Except(ids) => id.is_none_or(|id| !ids.contains(&id)),
        }
    }
}

/// Where a rule is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The community's add-on, as published on GitHub under the Apache licence
    /// (`TA-microsoft-sysmon`, 8.1.0; a copy: `dimarra/TA-Microsoft-Sysmon`).
    CommunityAddOn,
    /// The fields that recorded events have under an add-on: "data sources" of
    /// `splunk/security_content`, Apache licence.
    SecurityContent,
    /// A recorded result of Splunk's search API, in the documentation of the
    /// Splunk connector of `opencybersecurityalliance/stix-shifter`.
    RecordedResult,
    /// Tests of a generator of Sysmon events that read the add-on, 5.0.0, and
    /// say what it does.
    GeneratorTests,
    /// Splunk's documentation of a setting or of the Common Information Model.
    Documentation,
    /// What practitioners know.
    Practice,
}

impl Source {
    /// The source, as a reader finds it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CommunityAddOn => "TA-microsoft-sysmon 8.1.0, props.conf",
            Self::SecurityContent => "splunk/security_content, data_sources",
            Self::RecordedResult => "stix-shifter, Splunk connector, recorded result",
            Self::GeneratorTests => "tests that read Splunk_TA_microsoft_sysmon 5.0.0",
            Self::Documentation => "Splunk documentation",
            Self::Practice => "practice",
        }
    }
}

/// How one field of some events comes about.
#[derive(Debug, Clone, Copy)]
pub struct FieldRule {
    /// The field's name.
    pub field: &'static str,
    /// Whose rule it is.
    pub knowledge: Knowledge,
    /// The operation that makes it.
    pub step: Step,
    /// The events that it applies to. Of the rules of one step for one field
    /// the first that applies makes the field.
    pub events: Events,
    /// From what.
    pub from: Formula,
    /// Where it is public.
    pub source: Source,
    /// Whether the source says so. Otherwise it is what fits the source best.
    pub confirmed: bool,
}

/// All rules, add-on by add-on, in the order of their tables.
pub fn fields() -> impl Iterator<Item = &'static FieldRule> {
    Knowledge::ALL
        .into_iter()
        .flat_map(|knowledge| table(knowledge).rules())
}

/// Fields that every event has, or Splunk gives it by itself.
pub const METADATA: &[&str] = &[
    "_raw",
    "_time",
    "host",
    "index",
    "linecount",
    "source",
    "sourcetype",
];

/// Fields that a Splunk has and that are not made here, each with the reason: a
/// search that names one must be told.
///
/// Source: the fields of recorded events in the data sources of
/// `splunk/security_content`.
pub const OMITTED: &[(&str, &str)] = &[
    ("EventData_Xml", "a copy of a part of the event"),
    ("System_Props_Xml", "a copy of a part of the event"),
    ("change_type", "how it is made is not public"),
    ("date_hour", "a part of the time stamp; use _time"),
    ("date_mday", "a part of the time stamp; use _time"),
    ("date_minute", "a part of the time stamp; use _time"),
    ("date_month", "a part of the time stamp; use _time"),
    ("date_second", "a part of the time stamp; use _time"),
    ("date_wday", "a part of the time stamp; use _time"),
    ("date_year", "a part of the time stamp; use _time"),
    ("date_zone", "a part of the time stamp; use _time"),
    ("object", "how it is made is not public"),
    ("object_attrs", "how it is made is not public"),
    ("punct", "Splunk's own pattern of the event's punctuation"),
    ("registry_value_type", "how it is made is not public"),
    ("result", "how it is made is not public"),
    ("splunk_server", "the indexer's name"),
    ("timeendpos", "Splunk's place of the time stamp"),
    ("timestartpos", "Splunk's place of the time stamp"),
];

/// The rules of event types: for each the name, the event ids and the tags.
fn event_types(
    knowledge: Knowledge,
    source: Source,
    types: &[(&'static str, &'static [u16], &'static [&'static str])],
) -> Vec<FieldRule> {
    let rule = |field, step, ids, from| FieldRule {
        field,
        knowledge,
        step,
        events: Events::Of(ids),
        from,
        source,
        confirmed: true,
    };
    types
        .iter()
        .flat_map(|&(name, ids, tags)| {
            [
                rule("eventtype", Step::EventType, ids, Formula::Constant(name)),
                rule("tag", Step::Tag, ids, Formula::Constants(tags)),
                rule("tag::eventtype", Step::Tag, ids, Formula::Constants(tags)),
            ]
        })
        .collect()
}
