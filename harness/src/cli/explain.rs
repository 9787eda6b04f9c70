//! `beaconlab explain`: what became of recorded events in each stage of a
//! search.

use std::sync::atomic::Ordering;

use beaconlab::outcome::SearchExitCode;
use beaconlab::recordings::Recorded;
use beaconlab::recordings::reasons::{ClauseReasons, Reasons};
use serde::Serialize;
use spl::{Clause, Explanation, Outcome};
use telemetry::{Limits, Reader, Wanted};

use super::args::ExplainArgs;
use super::run::{line, print};
use super::search::{self, Prepared};
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
    } else if explained.kept > 0 {
        SearchExitCode::Rows
    } else {
        SearchExitCode::None
    }
    .into())
}

/// What became of the events.
#[derive(Serialize)]
struct Explained {
    events: usize,
    /// How many came through all stages, each looked at alone.
    kept: usize,
    reasons: Reasons,
    single: Vec<Single>,
    /// Whether some could not be read.
    lost: bool,
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
    let mut all = Explained {
        events: 0,
        kept: 0,
        reasons: Reasons::default(),
        single: Vec::new(),
        lost: false,
    };
    let mut losses = recordings.into_losses();
    for batch in Reader::new(prepared.inputs.clone(), Limits::default()) {
        if prepared.interrupted.load(Ordering::Relaxed) {
            losses.given_up = true;
            break;
        }
        let events = match batch {
            Ok(batch) => batch.events(&Wanted::all()),
            Err(problem) => {
                losses.add(problem, &prepared.inputs);
                continue;
            }
        };
        for event in events.iter() {
            all.events += 1;
            let number = event.record.unwrap_or(all.events as u64);
            if !records.is_empty() && !records.contains(&number) {
                continue;
            }
            let explanation = explainer
                .explain(&Recorded::new(event, &prepared.metadata))
                .map_err(broken)?;
            all.kept += usize::from(explanation.is_kept());
            all.reasons.add(&explanation);
            if !records.is_empty() {
                all.single.push(Single {
                    record: number,
                    place: event.place().to_string(),
                    explanation,
                });
            }
        }
        for problem in events.into_problems() {
            losses.add(problem, &prepared.inputs);
        }
    }
    all.reasons.sort();
    all.lost = search::report(&losses, all.events);
    Ok(all)
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
    for stage in &explained.reasons.stages {
        line(
            &mut out,
            format_args!(
                "{} -> {}  {}",
                stage.events_in,
                stage.events_out,
                shortened(text, &stage.span)
            ),
        );
        for clause in stage.clauses.iter().take(SHOWN_CLAUSES) {
            describe_clause(&mut out, text, clause);
        }
        let more = stage.clauses.len().saturating_sub(SHOWN_CLAUSES);
        if more > 0 {
            line(&mut out, format_args!("      and {more} more clauses"));
        }
    }
    line(
        &mut out,
        format_args!(
            "{} of {} events come through, each looked at alone",
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
                format!("   ({} only this)", clause.alone)
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
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    format!(
        "{}:{}",
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1
    )
}
