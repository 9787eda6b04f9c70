//! Regression data of a Sigma rule: a sample of events, and the `info.yml` that
//! says what it is for.
//!
//! Source: `sigmahq/sigmahq-regression-data.md` and
//! `json-schema/sigmahq-regression-data-schema.json` of
//! <https://github.com/SigmaHQ/sigma-specification>. A sample is of a type
//! `evtx`, `json`, `ndjson` or `jsonl`; EVTX cannot be written here, so it is
//! `ndjson`. Without a pipeline, a rule asks for the fields of the taxonomy as
//! they are: so the objects are flat. `match_count` may be left out, and is:
//! no Sigma rule is evaluated here, and the sample must then match once.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use sysmon::{Channel, EventKind, windows_xml};
use thiserror::Error;
use uuid::Uuid;

use super::staged::Staged;
use super::{RecordError, attack_data, id, yaml};
use crate::run_folder::{Event, Report};

/// The folders of rules in Sigma's repository.
const RULES: [&str; 3] = ["rules", "rules-emerging-threats", "rules-threat-hunting"];

/// The fields that Sysmon's manifest has as numbers, and PowerShell's 4104; so
/// they are numbers in the JSON of EVTX files, too.
const NUMBERS: [&str; 7] = [
    "DestinationPort",
    "MessageNumber",
    "MessageTotal",
    "ParentProcessId",
    "ProcessId",
    "SourcePort",
    "TerminalSessionId",
];

/// A Sigma rule, as far as its regression data need it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// As the rule has it: files are called by it.
    id: String,
    title: String,
    /// The events that it looks at.
    kinds: Vec<EventKind>,
    /// The folder of its regression data.
    place: PathBuf,
}

/// A rule that cannot have regression data here.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is no rule.
    #[error("{} is no Sigma rule with id, title and logsource: {source}", path.display())]
    NoRule {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: Box<serde_saphyr::Error>,
    },
    /// The rule looks at events that are not recorded here.
    #[error("{}: a run records no events of the logsource {logsource}", path.display())]
    Logsource {
        /// The file.
        path: PathBuf,
        /// Its logsource.
        logsource: String,
    },
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(deserialize_with = "uuid")]
    id: String,
    title: String,
    logsource: Logsource,
}

/// A UUID as it is written; nothing else may become the name of a file.
fn uuid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let id = Uuid::try_parse(&text).map_err(D::Error::custom)?;
    if id.to_string().eq_ignore_ascii_case(&text) {
        Ok(text)
    } else {
        Err(D::Error::custom(format!("expected the form {id}")))
    }
}

#[derive(Debug, Deserialize)]
struct Logsource {
    product: Option<String>,
    category: Option<String>,
    service: Option<String>,
}

impl Logsource {
    /// The events that the taxonomy gives to a logsource; none if there are
    /// none of them here.
    fn kinds(&self) -> Vec<EventKind> {
        let of_channel = |channel| {
            let kinds = EventKind::ALL.into_iter();
            kinds.filter(|kind| kind.channel() == channel).collect()
        };
        let product = self.product.as_deref();
        match (product, self.category.as_deref(), self.service.as_deref()) {
            (Some("windows") | None, Some(category), None | Some("sysmon" | "powershell")) => {
                match category {
                    "process_creation" => vec![EventKind::ProcessCreate],
                    "network_connection" => vec![EventKind::NetworkConnect],
                    "process_termination" => vec![EventKind::ProcessTerminate],
                    "file_event" => vec![EventKind::FileCreate],
                    "dns_query" => vec![EventKind::DnsQuery],
                    "ps_script" => vec![EventKind::ScriptBlock],
                    _ => vec![],
                }
            }
            (Some("windows"), None, Some("sysmon")) => of_channel(Channel::Sysmon),
            (Some("windows"), None, Some("powershell")) => of_channel(Channel::PowerShell),
            _ => vec![],
        }
    }

    fn described(&self) -> String {
        let parts = [
            ("product", &self.product),
            ("category", &self.category),
            ("service", &self.service),
        ];
        let parts = parts.map(|(name, value)| {
            let value = value.as_ref()?;
            Some(format!("{name}: {value}"))
        });
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn read(path: &Path) -> Result<Self, RuleError> {
        let text = std::fs::read_to_string(path).map_err(|source| RuleError::Read {
            path: path.to_owned(),
            source,
        })?;
        let document: Document =
            serde_saphyr::from_str(&text).map_err(|source| RuleError::NoRule {
                path: path.to_owned(),
                source: Box::new(source),
            })?;
        let kinds = document.logsource.kinds();
        if kinds.is_empty() {
            return Err(RuleError::Logsource {
                path: path.to_owned(),
                logsource: document.logsource.described(),
            });
        }
        let folder = document.logsource.category.or(document.logsource.service);
        Ok(Self {
            id: document.id,
            title: document.title,
            kinds,
            place: place(path, &folder.unwrap_or_default()),
        })
    }

    /// Where its sample is put.
    fn sample(&self) -> PathBuf {
        self.place.join(format!("{}.json", self.id))
    }

    /// The files that are written for it.
    pub(super) fn places(&self) -> [PathBuf; 2] {
        [self.place.join("info.yml"), self.sample()]
    }
}

/// Where regression data of a rule are: as the rule is among others, if it is,
/// else by the logsource.
fn place(rule: &Path, folder: &str) -> PathBuf {
    let parts: Vec<_> = rule
        .with_extension("")
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            _ => None,
        })
        .collect();
    let folders = parts.len().saturating_sub(1);
    let among = parts[..folders]
        .iter()
        .rposition(|part| RULES.iter().any(|rules| part == rules));
    let mut place = PathBuf::from("regression_data");
    match (among, parts.last()) {
        (Some(at), _) => place.extend(&parts[at..]),
        (None, name) => {
            place.push("rules/windows");
            // A name of the taxonomy: no path can be in it.
            place.push(folder);
            place.extend(name);
        }
    }
    place
}

/// The sample of a rule, as it is written.
pub(super) struct Sample<'r> {
    rule: &'r Rule,
    path: PathBuf,
    file: BufWriter<File>,
    events: usize,
}

impl<'r> Sample<'r> {
    pub(super) fn create(rule: &'r Rule, staged: &mut Staged) -> Result<Self, RecordError> {
        let place = rule.sample();
        Ok(Self {
            rule,
            path: staged.shown(&place),
            file: BufWriter::new(staged.create(&place)?),
            events: 0,
        })
    }

    /// Writes an event, if the rule looks at such.
    pub(super) fn take(&mut self, event: &Event<'_>) -> Result<(), RecordError> {
        let parsed = windows_xml::parse(event.raw).map_err(|error| RecordError::Event {
            record: event.record,
            reason: error.to_string(),
        })?;
        if !self.rule.kinds.contains(&parsed.kind) {
            return Ok(());
        }
        self.events += 1;
        let mut object = flat(&parsed).to_string();
        object.push('\n');
        self.file
            .write_all(object.as_bytes())
            .map_err(RecordError::write(&self.path))
    }

    /// Ends the sample, and adds what it is for.
    pub(super) fn finish(
        mut self,
        report: &Report,
        author: &str,
        staged: &mut Staged,
    ) -> Result<(), RecordError> {
        let flushed = self.file.flush();
        flushed.map_err(RecordError::write(&self.path))?;
        let rule = self.rule;
        if self.events == 0 {
            return Err(RecordError::NoSample {
                title: rule.title.clone(),
            });
        }
        let [info, sample] = rule.places();
        let provider = rule.kinds.first().map(|kind| kind.channel().provider());
        let text = yaml::document(&Info {
            id: id(&report.run_id, &rule.id).to_string(),
            description: format!(
                "Events of a run of beaconlab {}, recorded on Linux in the form of Sysmon's",
                report.tool.version
            ),
            date: attack_data::date(report),
            author,
            rule_metadata: [Metadata {
                id: &rule.id,
                title: &rule.title,
            }],
            regression_tests_info: [Test {
                name: "Positive Detection Test",
                r#type: "ndjson",
                provider: provider.unwrap_or_default(),
                path: sample.display().to_string(),
            }],
        });
        staged.write(&info, &text)?;
        staged.unit(info);
        staged.unit(sample);
        Ok(())
    }
}

/// An event by the names of Sigma's taxonomy.
fn flat(event: &sysmon::Event) -> Value {
    let channel = event.kind.channel();
    let mut object = Map::new();
    object.insert("EventID".to_owned(), event.kind.id().into());
    object.insert("Channel".to_owned(), channel.name().into());
    object.insert("Provider_Name".to_owned(), channel.provider().into());
    object.insert("Computer".to_owned(), event.computer.clone().into());
    for field in event.fields() {
        let number = NUMBERS
            .contains(&&*field.name)
            .then(|| field.value.parse::<u64>().ok())
            .flatten();
        let value = number.map_or_else(|| field.value.clone().into(), Value::from);
        object.insert(field.name.clone().into_owned(), value);
    }
    Value::Object(object)
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the format has these names")]
struct Info<'i> {
    id: String,
    description: String,
    date: String,
    author: &'i str,
    rule_metadata: [Metadata<'i>; 1],
    regression_tests_info: [Test; 1],
}

#[derive(Debug, Serialize)]
struct Metadata<'i> {
    id: &'i str,
    title: &'i str,
}

#[derive(Debug, Serialize)]
struct Test {
    name: &'static str,
    r#type: &'static str,
    provider: &'static str,
    path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_data_mirror_the_place_of_their_rule() {
        let at = |rule: &str| place(Path::new(rule), "dns_query").display().to_string();
        assert_eq!(
            at("mine.yml"),
            "regression_data/rules/windows/dns_query/mine"
        );
        assert_eq!(
            at("/home/a/rules/sigma/rules/windows/network_connection/net_a.yml"),
            "regression_data/rules/windows/network_connection/net_a"
        );
        assert_eq!(
            at("rules-threat-hunting/windows/b.yml"),
            "regression_data/rules-threat-hunting/windows/b"
        );
        assert_eq!(
            at("rules.yml"),
            "regression_data/rules/windows/dns_query/rules"
        );
        assert_eq!(
            at("../other/c.yml"),
            "regression_data/rules/windows/dns_query/c"
        );
    }
}
