//! `beaconlab search`: SPL over recorded events.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use beaconlab::outcome::SearchExitCode;
use beaconlab::recordings::output::{self, Form, OutputError};
use beaconlab::recordings::{Interrupt, Losses, Recordings, environment};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use scenarios::Library;
use spl::{Environment, Notice, Results, Search, Value};
use splunk::{AddOn, EventVocabulary, Metadata};
use telemetry::Input;

use super::args::{OutputForm, RecordingAddOn, SearchArgs, SearchSource};
use super::text::print;
use super::{Done, Failure, diagnostic, knowledge, text};

/// What a search is run with.
pub(super) struct Prepared {
    /// Under which name the text is shown.
    pub(super) name: String,
    pub(super) search: Search,
    pub(super) inputs: Vec<Input>,
    pub(super) metadata: Metadata,
    pub(super) environment: Environment,
    pub(super) threads: NonZero<usize>,
    pub(super) interrupt: Interrupt,
}

pub(super) fn search(args: &SearchArgs) -> Done {
    let mut prepared = prepare(&args.source)?;
    let form = match args.output {
        Some(OutputForm::Json) => Form::Json,
        Some(OutputForm::Csv) => Form::Csv,
        Some(OutputForm::Raw) => Form::Raw,
        // Where nothing chose columns the rows are events, and all fields of
        // them make no table that anyone could read.
        None if prepared.search.reads_all_fields() => Form::Raw,
        Some(OutputForm::Table) | None => Form::Table,
    };
    let names_columns = prepared.search.reads_all_fields();
    if names_columns && (args.count || form == Form::Raw) {
        // What is not shown need not be taken out of the events.
        prepared.search = prepared
            .search
            .with_columns(&["_raw"])
            .map_err(|error| broken(&prepared.name, prepared.search.text(), &error))?;
    }
    let recordings = prepared.recordings().only_for(&prepared.search);
    let results = prepared
        .search
        .run_over(&recordings, &prepared.environment)
        .map_err(|error| broken(&prepared.name, prepared.search.text(), &error))?;
    prepared.say(&results.notices);
    if args.count {
        print(&format!("{}\n", results.rows.len()))?;
    } else {
        let mut stdout = BufWriter::new(io::stdout().lock());
        match output::write(&results, form, &prepared.environment.time_zone, &mut stdout) {
            // Whoever reads has enough.
            Err(OutputError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => return Err(Failure::new(SearchExitCode::Error, error)),
            Ok(()) => {}
        }
    }
    let rows = results.rows.len();
    if rows == 0 {
        prepared.say_what_is_excluded();
    }
    prepared.say_what_is_misspelt(&results);
    let events = recordings.events();
    let losses = recordings.into_losses();
    let lost = prepared.search.reads_events() && report(&losses, events);
    Ok(if lost {
        SearchExitCode::Error
    } else if rows > 0 {
        SearchExitCode::Rows
    } else {
        SearchExitCode::None
    }
    .into())
}

impl Prepared {
    pub(super) fn recordings(&self) -> Recordings<'_> {
        Recordings::new(
            self.inputs.clone(),
            &self.metadata,
            self.threads,
            &self.interrupt,
        )
    }

    /// Prints what is to be known about the results.
    pub(super) fn say(&self, notices: &[Notice]) {
        for notice in notices {
            anstream::eprintln!(
                "{}\n",
                diagnostic::notice(
                    &self.name,
                    self.search.text(),
                    notice.span.clone(),
                    &notice.message
                )
            );
        }
    }

    /// Prints why nothing may have been found although nothing is wrong with
    /// the search.
    pub(super) fn say_what_is_excluded(&self) {
        for reason in environment::excluded(&self.search, &self.metadata) {
            anstream::eprintln!("note: {reason}");
        }
    }

    /// Prints which fields are probably misspelt: where nothing was found, all
    /// that the search reads, else those that are columns without a value.
    pub(super) fn say_what_is_misspelt(&self, results: &Results<'_>) {
        let is_empty = |column: &String| {
            results
                .rows
                .iter()
                .all(|row| row.get(column).is_none_or(Value::is_null))
        };
        let empty: Vec<&String> = results.columns().iter().filter(|c| is_empty(c)).collect();
        if !results.rows.is_empty() && empty.is_empty() {
            return;
        }
        let vocabulary = EventVocabulary {
            addon: self.metadata.addon,
        };
        let Some(known) = vocabulary.known_fields(&self.search.pins()) else {
            return;
        };
        for misspelt in self.search.misspelt_fields(&known) {
            if results.rows.is_empty() || empty.contains(&&misspelt.name) {
                anstream::eprintln!(
                    "{}\n",
                    diagnostic::misspelt(&self.name, self.search.text(), &misspelt)
                );
            }
        }
    }
}

/// The search and all that it is run with.
pub(super) fn prepare(source: &SearchSource) -> Result<Prepared, Failure> {
    let (name, text, events) = parts(source)?;
    let knowledge = knowledge::read(&source.knowledge)?;
    let search =
        Search::parse_with(&text, &knowledge).map_err(|error| broken(&name, &text, &error))?;
    if events.is_empty() && search.reads_events() {
        return Err(Failure::new(
            SearchExitCode::Error,
            if Path::new(&text).exists() {
                format!(
                    "no events to search: `{text}` was taken for the search, which comes first or \
                     is given by --file or --detection"
                )
            } else {
                "no events to search: name files or folders, or - for standard input".to_owned()
            },
        ));
    }
    note_confused_arguments(&text, &events);
    let inputs = inputs(&events, &search)?;
    let time_zone = TimeZone::get(&source.time_zone).map_err(|error| {
        Failure::new(
            SearchExitCode::Error,
            format!("--time-zone {}: {error}", source.time_zone),
        )
    })?;
    Ok(Prepared {
        name,
        search,
        inputs,
        metadata: Metadata {
            addon: addon(source.addon),
            index: source.index.clone(),
            host: None,
        },
        environment: Environment {
            now: source.now.unwrap_or_else(Timestamp::now),
            time_zone,
        },
        threads: source
            .threads
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZero::<usize>::MIN),
        interrupt: Interrupt::by_signals(SearchExitCode::Error.into())
            .map_err(|error| Failure::new(SearchExitCode::Error, error))?,
    })
}

/// Says of arguments that are probably something else than what they were taken
/// for, by their order or because the search was not quoted.
fn note_confused_arguments(text: &str, events: &[OsString]) {
    let is_missing = |argument: &&OsString| *argument != "-" && !Path::new(argument).exists();
    let Some(missing) = events.iter().find(is_missing).map(|name| name.display()) else {
        return;
    };
    if Path::new(text).exists() {
        anstream::eprintln!(
            "note: `{text}` was taken for the search, which comes first, and `{missing}` for events"
        );
    } else if missing.to_string().contains(['=', '|', '(', '"']) {
        anstream::eprintln!(
            "note: `{missing}` was taken for events: a search of several words stands in \
             quotation marks"
        );
    }
}

pub(super) fn addon(addon: RecordingAddOn) -> AddOn {
    match addon {
        RecordingAddOn::Legacy => AddOn::Legacy,
        RecordingAddOn::Current => AddOn::Current,
        RecordingAddOn::Linux => AddOn::Linux,
    }
}

/// The text of the search with a name for it, and what is left of the
/// arguments: the events.
fn parts(source: &SearchSource) -> Result<(String, String, Vec<OsString>), Failure> {
    let arguments = source.arguments.clone();
    if let Some(path) = &source.file {
        return Ok((text::name(path), text::read(path)?, arguments));
    }
    if let Some(name) = &source.detection {
        let library =
            Library::embedded().map_err(|error| Failure::new(SearchExitCode::Error, error))?;
        let detections = library.detections();
        if let Some(detection) = detections.iter().find(|detection| detection.id == *name) {
            return Ok((
                format!("{}.spl", detection.id),
                detection.spl.clone(),
                arguments,
            ));
        }
        let known: Vec<&str> = detections.iter().map(|d| &*d.id).collect();
        return Err(Failure::new(
            SearchExitCode::Error,
            format!(
                "no detection is called `{name}`: there is {}",
                known.join(", ")
            ),
        ));
    }
    let mut arguments = arguments.into_iter();
    let text = arguments.next().unwrap_or_default();
    match text.into_string() {
        Ok(text) => Ok(("search".to_owned(), text, arguments.collect())),
        Err(_) => Err(Failure::new(
            SearchExitCode::Error,
            "the search is not UTF-8",
        )),
    }
}

/// The inputs that are named. Standard input can be read once, and so by a
/// search without subsearches only.
fn inputs(events: &[OsString], search: &Search) -> Result<Vec<Input>, Failure> {
    let inputs: Vec<Input> = events
        .iter()
        .map(|argument| {
            if argument == "-" {
                Input::Stdin
            } else {
                Input::Path(PathBuf::from(argument))
            }
        })
        .collect();
    let pipes = inputs
        .iter()
        .filter(|input| **input == Input::Stdin)
        .count();
    if pipes > 1 || (pipes == 1 && search.scans() > 1) {
        return Err(Failure::new(
            SearchExitCode::Error,
            "standard input can be read only once, and this needs it more often: put the events \
             in a file",
        ));
    }
    if pipes == 1 && io::stdin().is_terminal() {
        anstream::eprintln!("reading events from the terminal; end with Ctrl-D");
    }
    Ok(inputs)
}

/// A search that cannot be parsed or run.
pub(super) fn broken(name: &str, text: &str, error: &spl::Error) -> Failure {
    Failure::diagnosed(SearchExitCode::Error, diagnostic::search(name, text, error))
}

/// Says what could not be read; whether there was such.
pub(super) fn report(losses: &Losses, events: usize) -> bool {
    for (problem, loses) in &losses.problems {
        let level = if *loses { "warning" } else { "note" };
        anstream::eprintln!("{level}: {problem}");
    }
    let unsaid = losses.count - losses.problems.len();
    if unsaid > 0 {
        anstream::eprintln!("note: {unsaid} more such problems");
    }
    if !losses.read && losses.count == 0 && !losses.given_up {
        anstream::eprintln!(
            "note: there was nothing to read: files are empty, or folders have none"
        );
    }
    if losses.given_up {
        anstream::eprintln!("warning: reading ended early, after {events} events");
    }
    losses.lost > 0 || losses.given_up
}
