//! One cell: what a detection makes of a scenario's events in one view, and
//! why.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use scenarios::{Addon, DetectionExpectation, Ptr, Queries};
use spl::{Stage, line_and_column};

use super::grid::{Alarm, Cell, Emptied, Kind};
use super::seen::{Seen, Views, indexed};
use super::view::View;
use crate::findings;
use crate::judge::detection::Question;
use crate::judge::nearest::{self, on_one_line};
use crate::outcome::{Class, Outcome};
use crate::recordings::Recorded;
use crate::report::model::DetectionReport;
use crate::run::expected::expected;
use crate::run::options::Detection;

/// How many different false alarms of a cell are told.
const ALARMS: usize = 8;

/// The cells of one scenario: of each detection, one in each view, in the order
/// of both.
pub(super) fn cells<S: Seen>(seen: &S, detections: &[Detection], views: &[View]) -> Vec<Vec<Cell>> {
    let cells = Cells(Views::new(seen));
    detections
        .iter()
        .map(|detection| {
            let of = |view| cells.cell(detection, view);
            views.iter().map(of).collect()
        })
        .collect()
}

struct Cells<'s, S: Seen>(Views<'s, S>);

impl<S: Seen> Cells<'_, S> {
    fn cell(&self, detection: &Detection, view: &View) -> Cell {
        let blank = Cell {
            scenario: self.0.seen.test().number,
            host: self.0.seen.host().map(str::to_owned),
            executions: 1,
            view: view.name.clone(),
            kind: Kind::Inconclusive,
            rows: 0,
            expected: String::new(),
            outcome: Outcome::NoTelemetry,
            reasons: vec![],
            dropped: vec![],
            emptied: None,
            mismatches: vec![],
            alarms: vec![],
            kept: vec![],
            because: None,
        };
        let seen = self.0.seen;
        let shown = self.0.of(view).or_else(|why| {
            if may_search(detection, "22") {
                return Err(why);
            }
            // Whether event 22 is logged is nothing to it.
            let queries = Queries::Off;
            let view = view.clone();
            self.0.of(&View { queries, ..view })
        });
        match (shown, seen.metadata(view.addon)) {
            (Ok(shown), Ok(metadata)) => {
                self.judged(detection, view, &indexed(&shown, &metadata), blank)
            }
            (Err(why), _) | (_, Err(why)) => Cell {
                because: Some(why),
                ..blank
            },
        }
    }

    fn judged(
        &self,
        detection: &Detection,
        view: &View,
        events: &[Recorded<'_>],
        blank: Cell,
    ) -> Cell {
        let seen = self.0.seen;
        let environment = seen.environment();
        let results = detection.search.run(events, &environment);
        let condition = view.condition(seen.behaviour());
        let expectation = expected(&detection.expectations, seen.test(), condition);
        let stages = results
            .as_ref()
            .map_or_else(|_| vec![], |results| results.stages.clone());
        let question = Question {
            detection,
            expectation,
            arguments: seen.arguments(),
            links: &[],
            broken: seen.broken(),
        };
        let report = question.answer(results);
        let kind = kind(&report, ought_to_fire(expectation, seen.arguments()));
        let outcome = report.outcome;
        let mut cell = Cell {
            kind,
            rows: report.rows.len(),
            expected: report.expected.clone(),
            outcome,
            because: report.because.clone(),
            ..blank
        };
        match kind {
            Kind::Misses => {
                cell.dropped = nearest::dropped(&detection.search, events, &environment);
                let emptied = Emptied::find(detection.search.text(), &stages);
                // Clauses of another command are not what decided: it is the one
                // that left nothing, of rows that several events were made into.
                if let Some((emptied, span)) = emptied
                    && !cell
                        .dropped
                        .iter()
                        .any(|of| span.contains(&(of.line, of.column)))
                {
                    cell.dropped.clear();
                    cell.emptied = Some(emptied);
                }
                cell.reasons = self.reasons(detection, view);
            }
            Kind::FalseAlarm => {
                cell.alarms = alarms(&report);
                cell.kept = nearest::kept(&detection.search, events, &environment);
                cell.mismatches = report.mismatches;
            }
            Kind::Fires if outcome.class() == Class::Deviates => {
                cell.mismatches = report.mismatches;
            }
            Kind::Inconclusive => {
                let broken = seen.broken();
                cell.because = broken.map(|broken| broken.cause.clone()).or(cell.because);
            }
            Kind::Fires | Kind::Silent => {}
        }
        cell
    }

    /// The conditions of a view without which the detection would fire: the one
    /// that is enough, or all that are there.
    fn reasons(&self, detection: &Detection, view: &View) -> Vec<&'static str> {
        let there: Vec<(&'static str, View)> = without(view);
        let fires = |view: &View| self.0.fires(detection, view);
        if let Some((code, _)) = there.iter().find(|(_, without)| fires(without)) {
            return vec![code];
        }
        let reference = View {
            name: String::new(),
            ptr: Ptr::Lab,
            queries: Queries::Logged,
            addon: Addon::Legacy,
        };
        if there.len() > 1 && fires(&reference) {
            return there.into_iter().map(|(code, _)| code).collect();
        }
        vec![]
    }
}

/// A place in a text: line and column, from 1.
type Place = (usize, usize);

impl Emptied {
    /// The first command that left nothing, and from where to where it goes.
    fn find(text: &str, stages: &[Stage]) -> Option<(Self, RangeInclusive<Place>)> {
        let stage = stages.iter().find(|stage| stage.rows_out == 0)?;
        let (line, column) = line_and_column(text, stage.span.start);
        let emptied = Self {
            command: on_one_line(text, &stage.span),
            line,
            column,
            rows: stage.rows_in,
        };
        Some((
            emptied,
            (line, column)..=line_and_column(text, stage.span.end),
        ))
    }
}

/// Each part of a view that is not as the reference has it, and the view with
/// that part as the reference has it.
fn without(view: &View) -> Vec<(&'static str, View)> {
    let mut parts = Vec::new();
    if view.ptr != Ptr::Lab {
        let code = match view.ptr {
            Ptr::Off => findings::DNS_LOOKUP_OFF,
            _ => findings::REVERSE_DNS,
        };
        let ptr = Ptr::Lab;
        parts.push((
            code,
            View {
                ptr,
                ..view.clone()
            },
        ));
    }
    if view.queries == Queries::Off {
        let queries = Queries::Logged;
        parts.push((
            findings::QUERIES_NOT_LOGGED,
            View {
                queries,
                ..view.clone()
            },
        ));
    }
    if view.addon != Addon::Legacy {
        let addon = Addon::Legacy;
        parts.push((
            findings::SOURCETYPE,
            View {
                addon,
                ..view.clone()
            },
        ));
    }
    parts
}

/// Whether a detection may look at events of an id at all.
fn may_search(detection: &Detection, id: &str) -> bool {
    let pins = detection.search.pins();
    pins.values("EventCode")
        .is_none_or(|codes| codes.iter().any(|code| code == id))
}

/// Whether the detection ought to fire, whatever it is known to do instead:
/// where the expectation has rows that are no false alarm, or calls their
/// absence a miss.
fn ought_to_fire(
    expectation: Option<&DetectionExpectation>,
    arguments: &BTreeMap<String, String>,
) -> bool {
    expectation.is_some_and(|expectation| {
        let limits = expectation.bound.resolve(arguments);
        let has_rows = limits.is_ok_and(|limits| limits.at_most != Some(0));
        expectation.known_miss || has_rows && !expectation.false_alarm
    })
}

/// What the cell shows. Whether that is what the expectations say is another
/// question: a known miss is a miss.
fn kind(report: &DetectionReport, ought_to_fire: bool) -> Kind {
    if report.outcome.class() == Class::Inconclusive {
        return Kind::Inconclusive;
    }
    match (report.rows.is_empty(), ought_to_fire) {
        (true, true) => Kind::Misses,
        (true, false) => Kind::Silent,
        (false, true) => Kind::Fires,
        (false, false) => Kind::FalseAlarm,
    }
}

/// What a detection's rows say of what it fired at, each once.
fn alarms(report: &DetectionReport) -> Vec<Alarm> {
    // Sysmon writes a hyphen where it has no name.
    let says = |value: &&String| !value.is_empty() && value.as_str() != "-";
    let first = |row: &BTreeMap<String, String>, columns: &[&str]| {
        columns
            .iter()
            .find_map(|column| row.get(*column).filter(says).cloned())
    };
    let found: BTreeSet<Alarm> = report
        .rows
        .iter()
        .map(|row| Alarm {
            image: first(row, &["Image", "process_path", "process"]),
            name: first(
                row,
                &[
                    "DestinationHostname",
                    "QueryName",
                    "query",
                    "dest_host",
                    "name",
                ],
            ),
        })
        .collect();
    found.into_iter().take(ALARMS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(span: std::ops::Range<usize>, rows_in: usize, rows_out: usize) -> Stage {
        Stage {
            span,
            command: "where",
            rows_in,
            rows_out,
        }
    }

    #[test]
    fn the_command_that_leaves_nothing_is_the_first_that_does() {
        let text = "index=*\n| stats count\n| where  count>4\n| table count";
        let stages = [stage(0..7, 9, 9), stage(24..39, 3, 0), stage(42..53, 0, 0)];
        let (emptied, span) = Emptied::find(text, &stages).unwrap_or_else(|| unreachable!());
        assert_eq!(emptied.command, "where count>4");
        assert_eq!((emptied.line, emptied.column, emptied.rows), (3, 3, 3));
        assert!(span.contains(&(3, 10)) && !span.contains(&(1, 1)) && !span.contains(&(4, 3)));
        assert!(Emptied::find(text, &stages[..1]).is_none());
    }

    #[test]
    fn a_detection_ought_to_fire_where_rows_are_no_false_alarm_or_silence_is_a_miss() {
        let arguments = BTreeMap::from([("none".to_owned(), "0".to_owned())]);
        let because = "because: known";
        for (expectation, ought) in [
            ("exactly: 0".to_owned(), false),
            ("exactly: '#{none}'".to_owned(), false),
            ("exactly: 2".to_owned(), true),
            ("at_least: 1".to_owned(), true),
            // Few beacons make no rhythm, and are beacons.
            ("at_most: 1".to_owned(), true),
            (format!("exactly: 0, known_miss: true, {because}"), true),
            (format!("exactly: 2, false_alarm: true, {because}"), false),
            (format!("at_most: 2, false_alarm: true, {because}"), false),
        ] {
            let guid = "cf212ed1-a6cb-498e-90e4-35cefa167de4";
            let text = format!("{guid}: [{{ {expectation} }}]");
            let parsed = scenarios::parse_expectations(&text, "mine.expected.yaml");
            let parsed = parsed.unwrap_or_else(|error| unreachable!("{error}"));
            let (_, _, of) = parsed.iter().next().unwrap_or_else(|| unreachable!());
            assert_eq!(
                ought_to_fire(of.first(), &arguments),
                ought,
                "{expectation}"
            );
        }
        assert!(!ought_to_fire(None, &arguments));
    }

    #[test]
    fn each_part_of_a_view_is_taken_back_alone() {
        let codes = |name: &str| -> Vec<&str> {
            let view = View::parse(name).unwrap_or_else(|_| unreachable!());
            without(&view).into_iter().map(|(code, _)| code).collect()
        };
        assert!(codes("reference").is_empty());
        assert_eq!(codes("none"), ["reverse-dns"]);
        assert_eq!(codes("field"), ["reverse-dns", "sourcetype-renamed"]);
        assert_eq!(
            codes("dnslookup-off+no-event-22"),
            ["dns-lookup-off", "event-22-not-logged"]
        );
    }
}
