//! Sysmon's configuration files, and which events they make it log.
//!
//! Source: Microsoft's page on Sysmon ("Event filtering entries"), and its published rule engine
//! (Sysinternals SysmonCommon: `rules.c`, `xml.cpp`, `manifest.xml`).

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sysmon::EventData;

/// The element of each event, the event's ids, and whether it is logged where there is no rule
/// for it (`ruledefault` in the manifest; Sysmon's own events 4, 16 and 255 can't be filtered).
pub const ELEMENTS: [(&str, &[u16], bool); 22] = [
    ("ProcessCreate", &[1], true),
    ("FileCreateTime", &[2], false),
    ("NetworkConnect", &[3], false),
    ("ProcessTerminate", &[5], true),
    ("DriverLoad", &[6], false),
    ("ImageLoad", &[7], false),
    ("CreateRemoteThread", &[8], false),
    ("RawAccessRead", &[9], false),
    ("ProcessAccess", &[10], false),
    ("FileCreate", &[11], false),
    ("RegistryEvent", &[12, 13, 14], false),
    ("FileCreateStreamHash", &[15], false),
    ("PipeEvent", &[17, 18], false),
    ("WmiEvent", &[19, 20, 21], false),
    ("DnsQuery", &[22], false),
    ("FileDelete", &[23], false),
    ("ClipboardChange", &[24], false),
    ("ProcessTampering", &[25], false),
    ("FileDeleteDetected", &[26], false),
    // Later than the published manifest: from the table on Microsoft's page.
    ("FileBlockExecutable", &[27], false),
    ("FileBlockShredding", &[28], false),
    ("FileExecutableDetected", &[29], false),
];

/// The documented conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Is,
    IsAny,
    IsNot,
    Contains,
    ContainsAny,
    ContainsAll,
    Excludes,
    ExcludesAny,
    ExcludesAll,
    BeginWith,
    EndWith,
    NotBeginWith,
    NotEndWith,
    LessThan,
    MoreThan,
    Image,
}

impl Condition {
    fn parse(word: &str) -> Result<Self, String> {
        Ok(match word {
            "is" => Self::Is,
            "is any" => Self::IsAny,
            "is not" => Self::IsNot,
            "contains" => Self::Contains,
            "contains any" => Self::ContainsAny,
            "contains all" => Self::ContainsAll,
            "excludes" => Self::Excludes,
            "excludes any" => Self::ExcludesAny,
            "excludes all" => Self::ExcludesAll,
            "begin with" => Self::BeginWith,
            "end with" => Self::EndWith,
            "not begin with" => Self::NotBeginWith,
            "not end with" => Self::NotEndWith,
            "less than" => Self::LessThan,
            "more than" => Self::MoreThan,
            "image" => Self::Image,
            _ => return Err(format!("unknown condition `{word}`")),
        })
    }

    /// Whether a field holds it. Case does not count.
    ///
    /// The page's words for "excludes any" and "excludes all" are the other way round than the
    /// engine's code; here they are as in the code, and no file of ours uses them.
    fn holds(self, value: &str, wanted: &str) -> bool {
        let value = value.to_lowercase();
        let wanted = wanted.to_lowercase();
        let any = || wanted.split(';').any(|part| value.contains(part));
        let all = || wanted.split(';').all(|part| value.contains(part));
        match self {
            Self::Is => value == wanted,
            Self::IsAny => wanted.split(';').any(|part| value == part),
            Self::IsNot => value != wanted,
            Self::Contains => value.contains(&wanted),
            Self::ContainsAny => any(),
            Self::ContainsAll => all(),
            Self::Excludes => !value.contains(&wanted),
            Self::ExcludesAny => !any(),
            Self::ExcludesAll => !all(),
            Self::BeginWith => value.starts_with(&wanted),
            Self::EndWith => value.ends_with(&wanted),
            Self::NotBeginWith => !value.starts_with(&wanted),
            Self::NotEndWith => !value.ends_with(&wanted),
            Self::LessThan => value < wanted,
            Self::MoreThan => value > wanted,
            // On Linux, too, only a backslash ends a folder here.
            Self::Image if wanted.contains('\\') => value == wanted,
            Self::Image => value.rsplit('\\').next() == Some(wanted.as_str()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    And,
    Or,
}

/// A condition on a field.
#[derive(Clone, Debug)]
pub struct Filter {
    pub field: String,
    pub condition: Condition,
    pub value: String,
}

/// What an event element holds: conditions by themselves, or several in a `Rule`.
#[derive(Clone, Debug)]
pub enum Item {
    Filter(Filter),
    Rule(Relation, Vec<Filter>),
}

/// An event element, such as `ProcessCreate`.
#[derive(Clone, Debug)]
pub struct EventRules {
    pub element: String,
    pub include: bool,
    pub relation: Relation,
    pub items: Vec<Item>,
}

/// A configuration file.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    pub schema_version: String,
    /// The entries outside of `EventFiltering`.
    pub entries: BTreeMap<String, String>,
    pub events: Vec<EventRules>,
}

impl Configuration {
    /// Reads a file; what is not known is an error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut configuration = Self::default();
        let mut reader = Reader::from_str(text);
        let mut path: Vec<String> = Vec::new();
        let mut group = None;
        let mut value = String::new();
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            let empty = matches!(event, Event::Empty(_));
            match event {
                Event::Start(start) | Event::Empty(start) => {
                    let name = start.name().as_ref().to_owned();
                    path.push(name);
                    value.clear();
                    configuration.open(&path, &start, &mut group)?;
                    if empty {
                        configuration.close(&path, "", &mut group);
                        path.pop();
                    }
                }
                Event::Text(text) => value.push_str(&text),
                Event::End(_) => {
                    configuration.close(&path, value.trim(), &mut group);
                    path.pop();
                    value.clear();
                }
                Event::Eof => break,
                Event::Comment(_) => {}
                other => return Err(format!("unexpected {other:?}")),
            }
        }
        Ok(configuration)
    }

    fn open(
        &mut self,
        path: &[String],
        start: &BytesStart<'_>,
        group: &mut Option<Relation>,
    ) -> Result<(), String> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["Sysmon"] => {
                self.schema_version = attribute(start, "schemaversion").unwrap_or_default();
            }
            ["Sysmon", "EventFiltering"] => {}
            ["Sysmon", entry] => {
                self.entries.insert(entry.to_owned(), String::new());
            }
            ["Sysmon", "EventFiltering", "RuleGroup"] => {
                // The attribute is required by the document type that Sysmon makes.
                let relation = attribute(start, "groupRelation").ok_or("no groupRelation")?;
                *group = Some(relation_of(&relation)?);
            }
            ["Sysmon", "EventFiltering", "RuleGroup", element]
            | ["Sysmon", "EventFiltering", element] => {
                let include = match attribute(start, "onmatch").as_deref() {
                    Some("include") => true,
                    Some("exclude") => false,
                    other => return Err(format!("{element}: onmatch {other:?}")),
                };
                ids(element)?;
                self.events.push(EventRules {
                    element: element.to_owned(),
                    include,
                    // Without a group: "and", from schema 4.1 on.
                    relation: group.unwrap_or(Relation::And),
                    items: Vec::new(),
                });
            }
            [.., "Rule"] => {
                let relation = attribute(start, "groupRelation").ok_or("no groupRelation")?;
                let rule = Item::Rule(relation_of(&relation)?, Vec::new());
                self.last()?.items.push(rule);
            }
            [.., parent, field] => {
                let condition = attribute(start, "condition").unwrap_or_else(|| "is".to_owned());
                let filter = Filter {
                    field: field.to_owned(),
                    condition: Condition::parse(&condition)?,
                    value: String::new(),
                };
                let in_rule = parent == "Rule";
                let event = self.last()?;
                for id in ids(&event.element)? {
                    // Only what the published manifest has can be checked.
                    let data = EventData::of(*id).ok_or("an event without a manifest")?;
                    if !data.names.contains(&field) {
                        return Err(format!("event {id} has no field `{field}`"));
                    }
                }
                match event.items.last_mut() {
                    Some(Item::Rule(_, filters)) if in_rule => filters.push(filter),
                    _ => event.items.push(Item::Filter(filter)),
                }
            }
            [] | [_] => return Err(format!("unexpected element {path:?}")),
        }
        Ok(())
    }

    fn close(&mut self, path: &[String], value: &str, group: &mut Option<Relation>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["Sysmon", entry] if entry != "EventFiltering" => {
                self.entries.insert(entry.to_owned(), value.to_owned());
            }
            [.., "RuleGroup"] => *group = None,
            [.., parent, field] if field != "Rule" && (parent == "Rule" || ids(parent).is_ok()) => {
                let item = self
                    .events
                    .last_mut()
                    .and_then(|event| event.items.last_mut());
                match item {
                    Some(Item::Filter(filter)) => value.clone_into(&mut filter.value),
                    Some(Item::Rule(_, filters)) => {
                        if let Some(filter) = filters.last_mut() {
                            value.clone_into(&mut filter.value);
                        }
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn last(&mut self) -> Result<&mut EventRules, String> {
        self.events
            .last_mut()
            .ok_or_else(|| "a rule outside of an event".to_owned())
    }

    /// Whether an event is logged. An exclude that matches wins over any include; where there
    /// are no rules for an event, its default counts; where nothing matches, a single exclude
    /// logs the event, and all else does not.
    pub fn logs(&self, id: u16, fields: &BTreeMap<&str, String>) -> bool {
        let (element, _, default) = ELEMENTS
            .into_iter()
            .find(|(_, ids, _)| ids.contains(&id))
            .unwrap_or(("", &[], false));
        let rules: Vec<_> = self
            .events
            .iter()
            .filter(|rules| rules.element == element)
            .collect();
        let matching = |rules: &&&EventRules| rules.matches(fields);
        match rules[..] {
            [] => default,
            _ if rules
                .iter()
                .filter(|rules| !rules.include)
                .any(|rules| matching(&rules)) =>
            {
                false
            }
            _ if rules
                .iter()
                .filter(|rules| rules.include)
                .any(|rules| matching(&rules)) =>
            {
                true
            }
            [only] => !only.include,
            _ => false,
        }
    }
}

impl EventRules {
    fn matches(&self, fields: &BTreeMap<&str, String>) -> bool {
        let filter = |filter: &Filter| {
            let value = fields
                .get(filter.field.as_str())
                .map_or("-", String::as_str);
            filter.condition.holds(value, &filter.value)
        };
        let item = |item: &Item| match item {
            Item::Filter(one) => filter(one),
            // Within a Rule, all of an "and" count, those of one field as well.
            Item::Rule(Relation::And, filters) => filters.iter().all(filter),
            Item::Rule(Relation::Or, filters) => filters.iter().any(filter),
        };
        match self.relation {
            _ if self.items.is_empty() => false,
            Relation::Or => self.items.iter().any(item),
            // Conditions on one field are alternatives, and each field needs one.
            Relation::And => self.items.iter().all(|one| match one {
                Item::Rule(..) => item(one),
                Item::Filter(first) => self.items.iter().any(|other| match other {
                    Item::Filter(other) => other.field == first.field && filter(other),
                    Item::Rule(..) => false,
                }),
            }),
        }
    }
}

fn ids(element: &str) -> Result<&'static [u16], String> {
    ELEMENTS
        .into_iter()
        .find(|(name, ..)| *name == element)
        .map(|(_, ids, _)| ids)
        .ok_or_else(|| format!("no event has the element `{element}`"))
}

fn relation_of(word: &str) -> Result<Relation, String> {
    match word {
        "and" => Ok(Relation::And),
        "or" => Ok(Relation::Or),
        _ => Err(format!("unknown groupRelation `{word}`")),
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok()??;
    Some(attribute.value.into_owned())
}
