//! `beaconlab explain`: what became of recorded events in each stage of a
//! search.

use std::cell::RefCell;

use beaconlab::outcome::SearchExitCode;
use beaconlab::recordings::reasons::{ClauseReasons, Reasons};
use beaconlab::recordings::{Losses, Patience, Recorded};
use serde::Serialize;
use spl::{Clause, Collector, Explainer, Explanation, Outcome, Scan, Stage, line_and_column};
use telemetry::{Limits, Reader, Wanted};

use super::args::ExplainArgs;
use super::run::line;
use super::search::{self, Prepared};
use super::text::print;
use super::{Done, Failure};

/// How many clauses of a stage are shown.
const SHOWN_CLAUSES: usize = 12;

pub(super) fn explain(args: &ExplainArgs) -> Done {
    let prepared = search::prepare(&args.source)?;
    let explained = explained(&prepared, &args.records)?;
    if !args.records.is_empty() && explained.single.len() < args.records.len() {
        let found: Vec<u64> = explained.single.iter().map(|one| one.record).collect();
        let missing: Vec<String> = args
            .records
            .iter()
            .filter(|number| !found.contains(number))
            .map(u64::to_string)
            .collect();
        return Err(Failure::new(
            SearchExitCode::Error,
            format!(
                "there is no event {}: {} events were read",
                missing.join(", "),
                explained.events
            ),
        ));
    }
    if args.json {
        let text = serde_json::to_string_pretty(&explained)
            .map_err(|error| Failure::new(SearchExitCode::Error, error))?;
        print(&format!("{text}\n"))?;
    } else {
        print(&described(&prepared, &explained))?;
    }
    Ok(if explained.lost {
        SearchExitCode::Error
    } else if explained.found() {
        SearchExitCode::Rows
    } else {
        SearchExitCode::None
    }
    .into())
}

/// What became of the events.
#[derive(Default, Serialize)]
struct Explained {
    events: usize,
    /// How many rows the search gives; none where single events are asked for.
    rows: Option<usize>,
    /// How many rows came into and out of each stage on the way to that.
    stages: Vec<Stage>,
    /// How many events came through all stages, each looked at alone.
    kept: usize,
    reasons: Reasons,
    single: Vec<Single>,
    /// Whether some could not be read.
    lost: bool,
}

impl Explained {
    /// Whether the search gives rows, or keeps one of the events asked for.
    fn found(&self) -> bool {
        self.rows.unwrap_or(self.kept) > 0
    }
}

/// What became of one event.
#[derive(Serialize)]
struct Single {
    record: u64,
    place: String,
    explanation: Explanation,
}

fn explained(prepared: &Prepared, records: &[u64]) -> Result<Explained, Failure> {
    let broken = |error: spl::Error| search::broken(&prepared.name, prepared.search.text(), &error);
    let recordings = prepared.recordings();
    let explainer = prepared
        .search
        .explainer(&recordings, &prepared.environment)
        .map_err(broken)?;
    let explaining = Explaining {
        prepared,
        explainer,
        records,
        findings: RefCell::default(),
    };
    let mut results = None;
    if records.is_empty() {
        // What is not shown need not be taken out of the events.
        let narrow = prepared
            .search
            .reads_all_fields()
            .then(|| prepared.search.with_columns(&["_time"]))
            .transpose()
            .map_err(broken)?;
        let search = narrow.as_ref().unwrap_or(&prepared.search);
        // Standard input can be read once: then all is done in one go.
        results = Some(if search.scans() == 1 {
            search.run_over(&explaining, &prepared.environment)
        } else {
            search.run_over(&recordings, &prepared.environment)
        })
        .transpose()
        .map_err(broken)?;
    }
    if (results.is_none() || prepared.search.scans() > 1) && prepared.search.reads_events() {
        explaining.read(|_, _| Ok(())).map_err(broken)?;
    }
    let Findings {
        mut explained,
        losses,
        failed,
    } = explaining.findings.into_inner();
    if let Some(error) = failed {
        return Err(broken(error));
    }
    explained.reasons.sort();
    if let Some(results) = results {
        prepared.say(&results.notices);
        if results.rows.is_empty() {
            prepared.say_what_is_excluded();
        }
        prepared.say_what_is_misspelt(&results);
        explained.rows = Some(results.rows.len());
        explained.stages = results.stages;
        // Not the command that chose the columns above.
        let end = prepared.search.text().len();
        explained.stages.retain(|stage| stage.span.start < end);
    }
    explained.lost = prepared.search.reads_events() && search::report(&losses, explained.events);
    Ok(explained)
}

/// Explains events while a search reads them.
struct Explaining<'p> {
    prepared: &'p Prepared,
    explainer: Explainer<'p>,
    /// The numbers of the events to explain; all, if there is none.
    records: &'p [u64],
    findings: RefCell<Findings>,
}

#[derive(Default)]
struct Findings {
    explained: Explained,
    losses: Losses,
    /// Why an event could not be explained.
    failed: Option<spl::Error>,
}

impl Explaining<'_> {
    /// Reads all events, batch by batch: the number of the first one, and the
    /// events.
    fn read(
        &self,
        mut take: impl FnMut(usize, &[Recorded<'_>]) -> Result<(), spl::Error>,
    ) -> Result<(), spl::Error> {
        let mut findings = self.findings.borrow_mut();
        let inputs = &self.prepared.inputs;
        let patience = Patience::default();
        let interrupt = &self.prepared.interrupt;
        let mut reader =
            Reader::new(inputs.clone(), Limits::default()).stopped_by(interrupt.stop.clone());
        // What was read when it was interrupted is explained, too.
        loop {
            if patience.is_over() || interrupt.is_set() {
                findings.losses.given_up = true;
                return Ok(());
            }
            let Some(batch) = reader.next() else {
                findings.losses.given_up = interrupt.is_set();
                return Ok(());
            };
            let batch = match batch {
                Ok(batch) => batch,
                Err(problem) => {
                    findings.losses.add(problem, inputs);
                    continue;
                }
            };
            findings.losses.read = true;
            let look = Patience::look(&batch);
            let events = batch.events(&Wanted::all());
            patience.note(&look, &events);
            let recorded: Vec<Recorded<'_>> = events
                .iter()
                .map(|event| Recorded::new(event, &self.prepared.metadata))
                .collect();
            take(findings.explained.events, &recorded)?;
            for (event, recorded) in events.iter().zip(&recorded) {
                if let Err(error) = self.explain(&event, recorded, &mut findings.explained) {
                    findings.failed = Some(error);
                    return Ok(());
                }
            }
            drop(recorded);
            for problem in events.into_problems() {
                findings.losses.add(problem, inputs);
            }
        }
    }

    fn explain(
        &self,
        event: &telemetry::Event<'_>,
        recorded: &Recorded<'_>,
        explained: &mut Explained,
    ) -> Result<(), spl::Error> {
        explained.events += 1;
        let number = event.record.unwrap_or(explained.events as u64);
        if !self.records.is_empty() && !self.records.contains(&number) {
            return Ok(());
        }
        let explanation = self.explainer.explain(recorded)?;
        explained.kept += usize::from(explanation.is_kept());
        explained.reasons.add(&explanation);
        if !self.records.is_empty() {
            explained.single.push(Single {
                record: number,
                place: event.place().to_string(),
                explanation,
            });
        }
        Ok(())
    }
}

impl Scan for Explaining<'_> {
    fn scan(&self, collector: &mut Collector<'_, '_>) -> Result<(), spl::Error> {
        self.read(|first, events| collector.batch(first, events))
    }
}

fn described(prepared: &Prepared, explained: &Explained) -> String {
    let text = prepared.search.text();
    let mut out = String::new();
    if !explained.single.is_empty() {
        for single in &explained.single {
            describe_single(&mut out, text, single);
        }
        return out;
    }
    for (index, stage) in explained.stages.iter().enumerate() {
        line(
            &mut out,
            format_args!(
                "{} -> {}  {}",
                stage.rows_in,
                stage.rows_out,
                shortened(text, &stage.span)
            ),
        );
        let Some(reasons) = explained.reasons.stages.get(index) else {
            continue;
        };
        if !reasons.clauses.is_empty() && reasons.events_in != stage.rows_in {
            line(
                &mut out,
                format_args!("    of {} events, each looked at alone:", reasons.events_in),
            );
        }
        for clause in reasons.clauses.iter().take(SHOWN_CLAUSES) {
            describe_clause(&mut out, text, clause);
        }
        let more = reasons.clauses.len().saturating_sub(SHOWN_CLAUSES);
        if more > 0 {
            line(&mut out, format_args!("      and {more} more clauses"));
        }
    }
    let rows = match explained.rows.unwrap_or_default() {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    line(
        &mut out,
        format_args!(
            "{rows}; {} of {} events come through, each looked at alone",
            explained.kept, explained.events
        ),
    );
    out
}

fn describe_clause(out: &mut String, text: &str, clause: &ClauseReasons) {
    line(
        out,
        format_args!(
            "    {:>7} failed  {}  {}{}",
            clause.events,
            position(text, clause.span.start),
            shortened(text, &clause.span),
            if clause.alone > 0 {
                format!("   ({} of them only this)", clause.alone)
            } else {
                String::new()
            }
        ),
    );
    for (field, values) in &clause.met {
        let values: Vec<String> = values.iter().map(|value| shown(value.as_deref())).collect();
        line(
            out,
            format_args!("                      {field}: {}", values.join(", ")),
        );
    }
}

fn describe_single(out: &mut String, text: &str, single: &Single) {
    line(
        out,
        format_args!("event {}: {}", single.record, single.place),
    );
    for stage in &single.explanation.stages {
        let outcome = match &stage.outcome {
            Outcome::Kept => "kept",
            Outcome::Dropped { .. } => "dropped",
            Outcome::Aggregated => "aggregated",
            Outcome::NotReached => "not reached",
        };
        line(
            out,
            format_args!("  {outcome:<11}  {}", shortened(text, &stage.span)),
        );
        if let Outcome::Dropped { clauses } = &stage.outcome {
            for clause in clauses {
                describe_failed(out, text, clause, 1);
            }
        }
    }
    out.push('\n');
}

fn describe_failed(out: &mut String, text: &str, clause: &Clause, depth: usize) {
    let indent = "    ".repeat(depth);
    line(
        out,
        format_args!(
            "  {indent}{}  {}",
            position(text, clause.span.start),
            shortened(text, &clause.span)
        ),
    );
    if clause.alternatives.is_empty() {
        for met in &clause.met {
            line(
                out,
                format_args!(
                    "  {indent}    {} is {}",
                    met.field,
                    shown(met.value.as_deref())
                ),
            );
        }
    }
    for alternative in &clause.alternatives {
        describe_failed(out, text, alternative, depth + 1);
    }
}

fn shown(value: Option<&str>) -> String {
    match value {
        None => "missing".to_owned(),
        Some(value) => {
            let start: String = value.chars().take(80).collect();
            let more = if start.len() < value.len() { "…" } else { "" };
            format!("\"{}{more}\"", start.escape_debug())
        }
    }
}

/// A part of the text on one line.
fn shortened(text: &str, span: &spl::Span) -> String {
    let words: Vec<&str> = text
        .get(span.clone())
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let joined = words.join(" ");
    let start: String = joined.chars().take(100).collect();
    if start.len() < joined.len() {
        format!("{start}…")
    } else {
        start
    }
}

/// Line and column.
fn position(text: &str, offset: usize) -> String {
    let (line, column) = line_and_column(text, offset);
    format!("{line}:{column}")
}
