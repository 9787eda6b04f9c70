//! What recorded events say of one execution of a scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use scenarios::{Addon, Behaviour, Condition, Ptr};
use spl::{Environment, Results};
use splunk::Metadata;
use sysmon::RecordedEvent;

use super::attribution::Execution;
use super::collect::{Collected, whole_script_blocks};
use super::condition::{self, OPTIONAL};
use super::marks::Sought;
use super::options::Options;
use super::plain::Plain;
use super::survey::Host;
use crate::findings;
use crate::judge::chain::{Break, file_name, plural};
use crate::judge::detection::{self, Question, is_unexplained};
use crate::judge::telemetry::{compare, first_break};
use crate::judge::{self, nearest, undecided, worst};
use crate::outcome::Outcome;
use crate::recordings::Recorded;
use crate::report::model::{DetectionReport, Link, ScenarioReport, TelemetryReport};
use crate::run::expected::expected;
use crate::run::options::Detection;

/// One execution, and all that is known of it.
pub(super) struct Case<'a> {
    pub(super) options: &'a Options,
    pub(super) sought: &'a Sought<'a>,
    pub(super) host: &'a Host,
    /// What reverse lookups gave on it.
    pub(super) lookups: Option<Ptr>,
    pub(super) execution: &'a Execution,
    /// The events of its processes, in order.
    pub(super) events: Vec<&'a Collected>,
}

/// What came of it.
pub(super) struct Judged {
    pub(super) report: ScenarioReport,
    pub(super) condition: Condition,
    /// Where the chain of evidence breaks, if it does.
    pub(super) broken: Option<Break>,
    /// Script blocks of which a part is not there.
    pub(super) lacking: usize,
    /// Expectations that were not judged, since their event is not logged.
    pub(super) unjudged: BTreeMap<u32, usize>,
    /// For each detection, the conditions without which it would not fire.
    pub(super) rests_on: Vec<Vec<&'static str>>,
}

impl Case<'_> {
    pub(super) fn judge(&self) -> Judged {
        let parts: Vec<&RecordedEvent> = self.recorded().collect();
        let condition = condition::of(self.options, self.host, self.lookups, self.sought, &parts);
        let links = self.links();
        let broken = self.broken();
        let (blocks, lacking) = whole_script_blocks(&parts);
        let events: Vec<(u32, Plain<'_>)> = self
            .recorded()
            .filter(|event| event.id != Some(4104))
            .chain(&blocks)
            .filter_map(|event| Some((event.id?, Plain(event))))
            .collect();
        let (telemetry, unjudged) = self.telemetry(condition, &events, broken.as_ref());
        let broken = broken.or_else(|| first_break(&telemetry));
        let (detections, rests_on): (Vec<_>, Vec<_>) = self
            .options
            .detections
            .iter()
            .map(|detection| {
                let question = Question {
                    detection,
                    expectation: expected(&detection.expectations, self.sought.test, condition),
                    arguments: &self.sought.resolved.arguments,
                    links: &links,
                    broken: broken.as_ref(),
                };
                self.ask(question, condition)
            })
            .unzip();
        let outcome = worst(&telemetry, &detections, broken.as_ref());
        let cause = broken
            .as_ref()
            .map(|broken| broken.cause.clone())
            .or_else(|| undecided(&detections));
        let report = ScenarioReport {
            outcome,
            cause,
            chain: links,
            telemetry,
            detections,
            events: self.events.len(),
            started: self.execution.started,
            seconds: self.seconds(),
            ..blank(self.sought, Some(&self.host.name))
        };
        Judged {
            report,
            condition,
            broken,
            lacking,
            unjudged,
            rests_on,
        }
    }

    /// What a detection says, and the conditions without which it would not
    /// fire.
    fn ask(
        &self,
        question: Question<'_>,
        condition: Condition,
    ) -> (DetectionReport, Vec<&'static str>) {
        let detection = question.detection;
        let mut report = question.answer(self.search(detection, condition.addon, None));
        if is_unexplained(&report, question.broken) {
            let metadata = metadata(condition.addon);
            report.dropped = nearest::dropped(
                &detection.search,
                &self.indexed(&metadata, None),
                &self.environment(),
            );
            report.reasons = self.reasons(detection, condition.addon);
        }
        let rests_on = if report.rows.is_empty() {
            vec![]
        } else {
            self.rests_on(detection, condition)
        };
        (report, rests_on)
    }

    /// The conditions of these events without which a detection that fires
    /// would not.
    fn rests_on(&self, detection: &Detection, condition: Condition) -> Vec<&'static str> {
        let is_silent = |addon, renamed: Option<&[String]>| {
            self.search(detection, addon, renamed)
                .is_ok_and(|results| results.rows.is_empty())
        };
        let mut codes = Vec::new();
        if condition.ptr == Ptr::Lab {
            let unnamed: Vec<String> = self
                .events
                .iter()
                .map(|collected| {
                    let raw = collected.raw.as_deref().unwrap_or_default();
                    match collected.event.id {
                        Some(3) => renamed(raw, "-"),
                        _ => raw.to_owned(),
                    }
                })
                .collect();
            if is_silent(condition.addon, Some(&unnamed)) {
                codes.push(findings::REVERSE_DNS);
            }
        }
        if condition.addon == Addon::Legacy && is_silent(Addon::Current, None) {
            codes.push(findings::SOURCETYPE);
        }
        codes
    }

    fn recorded(&self) -> impl Iterator<Item = &RecordedEvent> {
        self.events.iter().map(|collected| &collected.event)
    }

    /// The events 3 of connections that its processes made. Sysmon also logs
    /// those that a process accepts.
    fn connections(&self) -> usize {
        self.recorded()
            .filter(|event| event.id == Some(3))
            .filter(|event| {
                event
                    .field("Initiated")
                    .is_none_or(|initiated| initiated.eq_ignore_ascii_case("true"))
            })
            .count()
    }

    fn connects(&self) -> bool {
        matches!(
            self.options.behaviour,
            Behaviour::Serve | Behaviour::Error | Behaviour::Slow
        )
    }

    fn links(&self) -> Vec<Link> {
        let of = |id| self.recorded().filter(move |event| event.id == Some(id));
        let mut images: Vec<&str> = Vec::new();
        for image in of(1).filter_map(|event| event.said("Image")) {
            let name = file_name(image);
            if !images.contains(&name) {
                images.push(name);
            }
        }
        let processes = of(1).count();
        let names: BTreeSet<&str> = of(22)
            .filter_map(|event| event.said("QueryName"))
            .filter(|name| self.sought.asks_for(name))
            .collect();
        let lookups = of(22)
            .filter_map(|event| event.said("QueryName"))
            .filter(|name| self.sought.asks_for(name))
            .count();
        let is_logged = self.host.logs(22);
        let connections = self.connections();
        vec![
            Link {
                link: "process",
                holds: Some(processes > 0),
                seen: if processes == 0 {
                    "no event 1 of it".to_owned()
                } else {
                    format!(
                        "{} ({})",
                        images.join(" → "),
                        plural(processes, "event 1", "events 1")
                    )
                },
            },
            Link {
                link: "name",
                holds: is_logged.then_some(lookups > 0),
                seen: if !is_logged {
                    format!("{} logs no event 22", self.host.name)
                } else if lookups == 0 {
                    "no event 22 for its names".to_owned()
                } else {
                    let names: Vec<_> = names.into_iter().collect();
                    format!(
                        "{} ({})",
                        names.join(", "),
                        plural(lookups, "event 22", "events 22")
                    )
                },
            },
            Link {
                link: "endpoint",
                holds: None,
                seen: "missing: recorded events do not say what reached it".to_owned(),
            },
            Link {
                link: "event",
                holds: self.connects().then_some(connections > 0),
                seen: plural(connections, "event 3", "events 3"),
            },
        ]
    }

    fn broken(&self) -> Option<Break> {
        let no_telemetry = |cause| {
            Some(Break {
                outcome: Outcome::NoTelemetry,
                cause,
            })
        };
        if !self.recorded().any(|event| event.id == Some(1)) {
            return no_telemetry(if self.host.logs(1) {
                "its events are there, but no event 1 of its processes".to_owned()
            } else {
                format!(
                    "{} logs no event 1: which process did what is not known",
                    self.host.name
                )
            });
        }
        if self.connects() && self.connections() == 0 {
            return no_telemetry(if self.host.logs(3) {
                "its processes ran, but no event 3 of a connection that they made is there: \
                 Sysmon logs established connections only, so that either none was (name what \
                 the endpoints did with `--behaviour`), or Sysmon's configuration leaves them out"
                    .to_owned()
            } else {
                format!(
                    "{} logs no event 3 at all, which Sysmon does only where its configuration \
                     says so",
                    self.host.name
                )
            });
        }
        None
    }

    /// Each expectation's report, and how many were not judged.
    fn telemetry(
        &self,
        condition: Condition,
        events: &[(u32, Plain<'_>)],
        broken: Option<&Break>,
    ) -> (Vec<TelemetryReport>, BTreeMap<u32, usize>) {
        let mut unjudged = BTreeMap::new();
        let signals = &self.sought.test.signals.telemetry;
        let reports = signals
            .iter()
            .filter(|expectation| expectation.when.applies(&condition))
            .filter_map(|expectation| {
                let id = u32::from(expectation.event);
                if !self.options.strict && OPTIONAL.contains(&id) && !self.host.logs(id) {
                    *unjudged.entry(id).or_default() += 1;
                    return None;
                }
                let arguments = &self.sought.resolved.arguments;
                let mut report = compare(expectation, arguments, events, broken);
                if report.outcome == Outcome::LabError {
                    // There is no lab here: the telemetry is not what it must be.
                    report.outcome = Outcome::NoTelemetry;
                }
                Some(report)
            })
            .collect();
        (reports, unjudged)
    }

    /// A search is run as if at the end of what was recorded.
    pub(super) fn environment(&self) -> Environment {
        let epoch = Environment::at_epoch();
        Environment {
            now: self.host.last.unwrap_or(epoch.now),
            ..epoch
        }
    }

    /// The events as a Splunk has them; with other texts, if some are given.
    fn indexed<'e>(
        &'e self,
        metadata: &'e Metadata,
        renamed: Option<&'e [String]>,
    ) -> Vec<Recorded<'e>> {
        self.events
            .iter()
            .enumerate()
            .map(|(at, collected)| {
                let text = renamed.and_then(|texts| texts.get(at)).map(String::as_str);
                let raw = text.or(collected.raw.as_deref()).unwrap_or_default();
                Recorded::of(raw, &collected.fields, metadata)
            })
            .collect()
    }

    fn search(
        &self,
        detection: &Detection,
        addon: Addon,
        renamed: Option<&[String]>,
    ) -> Result<Results<'static>, spl::Error> {
        let metadata = metadata(addon);
        detection
            .search
            .run(&self.indexed(&metadata, renamed), &self.environment())
            .map(Results::into_owned)
    }

    /// The conditions without which the detection would fire.
    fn reasons(&self, detection: &Detection, addon: Addon) -> Vec<&'static str> {
        let fires = |addon, renamed: Option<&[String]>| {
            self.search(detection, addon, renamed)
                .is_ok_and(|results| !results.rows.is_empty())
        };
        let renamed: Vec<String> = self.named();
        if addon != Addon::Legacy && fires(Addon::Legacy, None) {
            vec![findings::SOURCETYPE]
        } else if fires(addon, Some(&renamed)) {
            vec![findings::REVERSE_DNS]
        } else if addon != Addon::Legacy && fires(Addon::Legacy, Some(&renamed)) {
            vec![findings::REVERSE_DNS, findings::SOURCETYPE]
        } else {
            vec![]
        }
    }

    /// The events' texts as they would be if reverse lookups gave the names that
    /// were asked for.
    fn named(&self) -> Vec<String> {
        let asked = self.asked();
        self.events
            .iter()
            .map(|collected| {
                let raw = collected.raw.as_deref().unwrap_or_default();
                match asked.name(&collected.event) {
                    Some(name) => renamed(raw, name),
                    None => raw.to_owned(),
                }
            })
            .collect()
    }

    /// Which names were asked for.
    pub(super) fn asked(&self) -> Asked<'_> {
        let mut names: BTreeMap<IpAddr, &str> = BTreeMap::new();
        for event in self.recorded().filter(|event| event.id == Some(22)) {
            if let (Some(name), Some(results)) =
                (event.said("QueryName"), event.said("QueryResults"))
            {
                names.extend(addresses(results).map(|address| (address, name)));
            }
        }
        Asked {
            names,
            all: &self.sought.names,
        }
    }

    fn seconds(&self) -> f64 {
        let times = || self.recorded().filter_map(|event| event.time_created);
        match (times().min(), times().max()) {
            (Some(first), Some(last)) => last.duration_since(first).as_secs_f64(),
            _ => 0.0,
        }
    }
}

/// The names that an execution asked for, by the addresses that they were
/// answered with.
pub(crate) struct Asked<'a> {
    names: BTreeMap<IpAddr, &'a str>,
    /// All names that the scenario asks for.
    all: &'a [String],
}

impl Asked<'_> {
    /// The name that was asked for before an event 3; where no event 22 says
    /// that, the only one that the scenario asks for.
    pub(crate) fn name(&self, event: &RecordedEvent) -> Option<&str> {
        match self.all {
            _ if event.id != Some(3) => None,
            [only] => self.answered(event).or(Some(only.as_str())),
            _ => self.answered(event),
        }
    }

    fn answered(&self, event: &RecordedEvent) -> Option<&str> {
        let address: IpAddr = event.said("DestinationIp")?.parse().ok()?;
        self.names.get(&address.to_canonical()).copied()
    }
}

/// The text of an event 3 with another name of its destination.
fn renamed(raw: &str, name: &str) -> String {
    sysmon::with_datum(raw, "DestinationHostname", name).unwrap_or_else(|| raw.to_owned())
}

/// How a Splunk with an add-on would have the events: as the forwarder named
/// their hosts.
pub(super) fn metadata(addon: Addon) -> Metadata {
    Metadata {
        host: None,
        ..judge::metadata(detection::addon(addon))
    }
}

/// The addresses in an event 22's results.
fn addresses(results: &str) -> impl Iterator<Item = IpAddr> {
    results.split(';').filter_map(|part| {
        let address: IpAddr = part.trim().parse().ok()?;
        Some(address.to_canonical())
    })
}

/// What a report says of a scenario before anything is known of it.
fn blank(sought: &Sought<'_>, host: Option<&str>) -> ScenarioReport {
    let test = sought.test;
    ScenarioReport {
        guid: test.guid.to_string(),
        name: test.name.clone(),
        number: test.number,
        control: test.control,
        technique: test.technique.to_string(),
        host: host.map(str::to_owned),
        outcome: Outcome::NoTelemetry,
        cause: None,
        arguments: sought.resolved.arguments.clone(),
        command_line: sought
            .resolved
            .executor
            .command_line(&sought.resolved.command),
        interpreters: vec![],
        blocked: vec![],
        chain: vec![],
        telemetry: vec![],
        detections: vec![],
        events: 0,
        output: String::new(),
        started: None,
        seconds: 0.0,
    }
}

/// The report of a scenario of which there is nothing, among any events or none.
pub(super) fn missing(options: &Options, sought: &Sought<'_>, any: bool) -> ScenarioReport {
    let broken = Break {
        outcome: Outcome::NoTelemetry,
        cause: match (any, sought.names.as_slice()) {
            (false, _) => "there is no event of Sysmon's or PowerShell's at all".to_owned(),
            (true, []) => "none of these events is its own".to_owned(),
            (true, names) => format!(
                "none of these events is its own: neither a process, a name nor a file of it is \
                 there (it asks for {})",
                names.join(", ")
            ),
        },
    };
    let links = vec![Link {
        link: "process",
        holds: Some(false),
        seen: "no event of it".to_owned(),
    }];
    let condition = Condition {
        behaviour: options.behaviour,
        ptr: scenarios::Ptr::Lab,
        queries: scenarios::Queries::Logged,
        addon: options.addon.unwrap_or(Addon::Legacy),
    };
    let detections = options
        .detections
        .iter()
        .map(|detection| {
            let question = Question {
                detection,
                expectation: expected(&detection.expectations, sought.test, condition),
                arguments: &sought.resolved.arguments,
                links: &links,
                broken: Some(&broken),
            };
            let none: [Plain<'_>; 0] = [];
            question.answer(detection.search.run(&none, &Environment::at_epoch()))
        })
        .collect();
    ScenarioReport {
        cause: Some(broken.cause),
        chain: links,
        detections,
        ..blank(sought, None)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_addresses_of_results_are_those_of_events_3() {
        let results = "type:  5 a.example.net;::ffff:52.179.129.229;204.79.197.203;fe80::1;";
        let found: Vec<_> = addresses(results).collect();
        assert_eq!(found[0], IpAddr::from(Ipv4Addr::new(52, 179, 129, 229)));
        assert_eq!(found.len(), 3);
    }
}
