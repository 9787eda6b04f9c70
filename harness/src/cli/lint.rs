//! `beaconlab lint`: what in a detection can never match, or matches too much.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use beaconlab::outcome::SearchExitCode;
use scenarios::Library;
use serde::Serialize;
use spl::{Finding, Search, Severity};
use splunk::EventVocabulary;

use super::args::LintArgs;
use super::run::{line, print};
use super::{Done, Failure, diagnostic, knowledge, search};

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
    let mut notes_only = true;
    for path in &args.files {
        let (name, text) = text(path)?;
        let search = Search::parse_with(&text, &knowledge)
            .map_err(|error| search::broken(&name, &text, &error))?;
        for finding in search.lint(&events) {
            if args.allowed.iter().any(|code| *code == finding.code.name()) {
                continue;
            }
            count += 1;
            notes_only &= finding.severity == Severity::Note;
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
    if !args.json {
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
    Ok(if notes_only {
        SearchExitCode::Rows
    } else {
        SearchExitCode::None
    }
    .into())
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
        let before = text.get(..finding.span.start).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            file,
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
            finding,
        }
    }
}

/// The text of a search, from a file, standard input or the shipped detections.
fn text(path: &PathBuf) -> Result<(String, String), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::new(
            SearchExitCode::Error,
            format!("{}: {error}", path.display()),
        )
    };
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| unreadable(&error))?;
        return Ok(("standard input".to_owned(), text));
    }
    if !Path::new(path).exists()
        && let Ok(library) = Library::embedded()
        && let Some(detection) = library
            .detections()
            .iter()
            .find(|detection| path.as_os_str() == &*detection.id)
    {
        return Ok((format!("{}.spl", detection.id), detection.spl.clone()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    Ok((path.display().to_string(), text))
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
