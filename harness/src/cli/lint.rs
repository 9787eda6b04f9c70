//! `beaconlab lint`: what in a detection can never match, or matches too much.

use std::path::Path;
use std::sync::Arc;

use beaconlab::outcome::SearchExitCode;
use scenarios::Library;
use serde::Serialize;
use spl::{Finding, Knowledge, Search, Severity, line_and_column};
use splunk::EventVocabulary;

use super::args::LintArgs;
use super::run::line;
use super::text::print;
use super::{Done, Failure, diagnostic, knowledge, search, text};

pub(super) fn lint(args: &LintArgs) -> Done {
    if args.codes {
        print(&codes())?;
        return Ok(SearchExitCode::Rows.into());
    }
    for code in &args.allowed {
        if !spl::lint::codes().any(|known| known.name == code) {
            return Err(Failure::new(
                SearchExitCode::Error,
                format!(
                    "--allow {code}: there is no such code; `beaconlab lint --codes` lists them"
                ),
            ));
        }
    }
    let knowledge = knowledge::read(&args.knowledge)?;
    let events = EventVocabulary {
        addon: search::addon(args.addon),
    };
    let mut out = String::new();
    let mut count = 0;
    let mut code = SearchExitCode::Rows;
    let mut failures = Vec::new();
    for path in &args.files {
        let (name, text, search) = match parsed(path, &knowledge) {
            Ok(parsed) => parsed,
            // The others are linted all the same.
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        for finding in search.lint(&events) {
            if args.allowed.iter().any(|code| *code == finding.code.name()) {
                continue;
            }
            count += 1;
            if finding.severity != Severity::Note {
                code = SearchExitCode::None;
            }
            if args.json {
                let reported = Reported::new(&name, &text, &finding);
                let json = serde_json::to_string(&reported)
                    .map_err(|error| Failure::new(SearchExitCode::Error, error))?;
                line(&mut out, json);
            } else {
                line(&mut out, diagnostic::finding(&name, &text, &finding));
                out.push('\n');
            }
        }
    }
    if !args.json && failures.len() < args.files.len() {
        line(
            &mut out,
            match count {
                0 => "no findings".to_owned(),
                1 => "1 finding".to_owned(),
                count => format!("{count} findings"),
            },
        );
    }
    print(&out)?;
    for failure in &failures {
        failure.print();
        code = SearchExitCode::Error;
    }
    Ok(code.into())
}

/// The search in a file, with the name and the text to show findings in.
fn parsed(path: &Path, knowledge: &Arc<Knowledge>) -> Result<(String, String, Search), Failure> {
    let (name, text) = named(path)?;
    let search = Search::parse_with(&text, knowledge)
        .map_err(|error| search::broken(&name, &text, &error))?;
    Ok((name, text, search))
}

/// A finding with its place as people count, and as programs do.
#[derive(Serialize)]
struct Reported<'f> {
    file: &'f str,
    line: usize,
    column: usize,
    #[serde(flatten)]
    finding: &'f Finding,
}

impl<'f> Reported<'f> {
    fn new(file: &'f str, text: &str, finding: &'f Finding) -> Self {
        let (line, column) = line_and_column(text, finding.span.start);
        Self {
            file,
            line,
            column,
            finding,
        }
    }
}

/// The name and text of a search, from a file, standard input or the shipped
/// detections.
fn named(path: &Path) -> Result<(String, String), Failure> {
    if !path.exists()
        && let Ok(library) = Library::embedded()
        && let Some(detection) = library
            .detections()
            .iter()
            .find(|detection| path.as_os_str() == &*detection.id)
    {
        return Ok((format!("{}.spl", detection.id), detection.spl.clone()));
    }
    let text = text::read(path).map_err(|failure| {
        if path.exists() || path.as_os_str() == "-" {
            return failure;
        }
        let library = Library::embedded();
        let known: Vec<&str> = library
            .iter()
            .flat_map(Library::detections)
            .map(|d| &*d.id)
            .collect();
        Failure::new(
            SearchExitCode::Error,
            format!(
                "{} is neither a file nor a shipped detection: there is {}",
                path.display(),
                known.join(", ")
            ),
        )
    })?;
    Ok((text::name(path), text))
}

fn codes() -> String {
    let mut out = String::new();
    for lint in spl::lint::codes() {
        line(&mut out, lint.name);
        line(&mut out, format_args!("    {}", lint.what));
        line(&mut out, format_args!("    {}", lint.why));
        line(&mut out, format_args!("    {}", lint.way_out));
    }
    out
}
