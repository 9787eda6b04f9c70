//! `beaconlab run`: from the command line to the options of a run, and from
//! its stream to what is printed.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use beaconlab::outcome::ExitCode;
use beaconlab::report::model::DetectionSource;
use beaconlab::report::progress::Progress;
use beaconlab::report::{attire, json, markdown, navigator, terminal};
use beaconlab::run::folder::Folder;
use beaconlab::run::options::{Detection, Fault, Options};
use beaconlab::run::{self, Interrupt, RunError};
use beaconlab::stream::RunEvent;
use jiff::Timestamp;
use jiff::tz::Offset;
use lab::interpreter::{Choice, Machine};
use lab::isolation::Wanted;
use scenarios::{
    AtomicTest, Condition, DetectionExpectations, Library, Overrides, SelectError,
    parse_expectations,
};
use sha2::{Digest, Sha256};
use spl::Search;

use super::args::{self, DetectionArgs, Format, LabArgs, RunArgs};
use super::{Done, Failure};
use super::{diagnostic, knowledge};

/// How long a scenario may take, and how long at the field's pace.
const TIMEOUT: Duration = Duration::from_mins(1);
const REALTIME_TIMEOUT: Duration = Duration::from_hours(1);

/// What is said where Wine is used for the first time.
pub(super) const SETTING_WINE_UP: &str =
    "setting up Wine's prefix, once for this user and this Wine: some seconds";

/// The width of a report that goes to no terminal.
const WIDTH: usize = 100;

pub(super) fn run(args: &RunArgs) -> Done {
    let library = library(args.lab.scenarios.as_deref())?;
    let options = options(args, &library)?;
    let (code, folder) = conducted(&options, &args.lab.out, &mut |folder, interrupt, listen| {
        run::run(&options, folder, interrupt, listen)
    })?;
    if let Some(report) = folder.report() {
        let path = folder.path().to_string_lossy();
        match args.format {
            Format::Json => print(&json::render(report))?,
            Format::Text => print(&terminal::render(report, Some(&path), style()))?,
        }
        let tests = &options.scenarios;
        if let Some(file) = &args.navigator {
            write(file, &navigator::render(report, tests))?;
        }
        if let Some(file) = &args.attire {
            write(file, &attire::render(report, &options.command_line, tests))?;
        }
        if let Some(summary) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
            summarize(Path::new(&summary), &markdown::render(report))?;
        }
    }
    Ok(code.into())
}

/// What a conducted run does with its folder.
type Conduct<'a, T> =
    &'a mut dyn FnMut(&mut Folder, &Interrupt, &mut dyn FnMut(&RunEvent)) -> Result<T, RunError>;

/// Checks and prepares a run, and shows its progress while `conduct` runs it.
pub(super) fn conducted<T>(
    options: &Options,
    out: &Path,
    conduct: Conduct<'_, T>,
) -> Result<(T, Folder), Failure> {
    run::check(options).map_err(failure)?;
    if options.machine.sets_wine_up(options.interpreters) {
        eprintln!("{SETTING_WINE_UP}");
        // Before signals are caught: Ctrl-C ends it at once.
        options.machine.set_wine_up();
    }
    let interrupt = Arc::new(Interrupt::default());
    stop_on_signals(&interrupt)?;
    let mut folder = Folder::create(out, &options.run_id).map_err(failure)?;
    let mut progress = if std::io::stderr().is_terminal() {
        Progress::bars()
    } else {
        Progress::lines(std::io::stderr())
    };
    let done = conduct(&mut folder, &interrupt, &mut |event| {
        // Progress that cannot be shown keeps no run from being judged.
        let _ = progress.take(event);
    })
    .map_err(failure)?;
    Ok((done, folder))
}

fn failure(error: RunError) -> Failure {
    match error {
        RunError::Scenario { .. } | RunError::Telemetry { .. } | RunError::Zone(_) => {
            Failure::usage(super::chain(&error))
        }
        RunError::Unexpected(error) => {
            Failure::diagnosed(ExitCode::Usage, diagnostic::unexpected(&error))
        }
        error => Failure::lab(&error),
    }
}

/// Scenarios or expectations that cannot be used.
fn unusable(error: &scenarios::Error) -> Failure {
    Failure::diagnosed(ExitCode::Usage, diagnostic::scenario(error))
}

/// The scenarios, shipped or the user's own.
pub(super) fn library(folder: Option<&Path>) -> Result<Library, Failure> {
    match folder {
        Some(folder) => Library::load(folder),
        None => Library::embedded(),
    }
    .map_err(|error| unusable(&error))
}

/// The scenario that a user means.
pub(super) fn find<'a>(library: &'a Library, selector: &str) -> Result<&'a AtomicTest, Failure> {
    library.find(selector).map_err(|error| match error {
        SelectError::NotFound { .. } => {
            Failure::usage(format!("{error}: `beaconlab list` shows which there are"))
        }
        error @ SelectError::Ambiguous { .. } => Failure::usage(error),
    })
}

/// The scenarios that are meant, in order: those of the suite, if none is named.
pub(super) fn selected(
    library: &Library,
    selectors: &[String],
    suite: args::Suite,
) -> Result<Vec<AtomicTest>, Failure> {
    let mut scenarios = Vec::new();
    for selector in selectors {
        scenarios.push(find(library, selector)?.clone());
    }
    if scenarios.is_empty() {
        scenarios = of_suite(library, suite);
    }
    scenarios.sort_by_key(|scenario| scenario.number);
    scenarios.dedup_by_key(|scenario| scenario.number);
    Ok(scenarios)
}

fn options(args: &RunArgs, library: &Library) -> Result<Options, Failure> {
    let scenarios = selected(library, &args.selectors, args.suite)?;
    let detections = detections(&args.judged, library)?;
    let mut options = options_of(&args.lab, scenarios, detections)?;
    options.condition.ptr = match args.ptr {
        args::Ptr::Lab => scenarios::Ptr::Lab,
        args::Ptr::Provider => scenarios::Ptr::Provider,
        args::Ptr::None => scenarios::Ptr::None,
    };
    options.condition.addon = match args.addon {
        args::AddOn::Legacy => scenarios::Addon::Legacy,
        args::AddOn::Current => scenarios::Addon::Current,
    };
    if let Some(interval) = args.interval {
        let interval = interval.as_secs_f64().to_string();
        options.overrides = options.overrides.with("interval", interval);
    }
    if args.realtime {
        options.overrides = options.overrides.realtime();
        options.timeout = args.lab.timeout.unwrap_or(REALTIME_TIMEOUT);
    }
    Ok(options)
}

/// The options of a run under the reference conditions.
pub(super) fn options_of(
    args: &LabArgs,
    scenarios: Vec<AtomicTest>,
    detections: Vec<Detection>,
) -> Result<Options, Failure> {
    Ok(Options {
        scenarios,
        detections,
        condition: Condition::reference(behaviour(args.behaviour)),
        interpreters: match args.interpreters {
            args::Interpreters::Auto => Choice::Auto,
            args::Interpreters::StandIn => Choice::StandIn,
            args::Interpreters::Native => Choice::Native,
            args::Interpreters::Wine => Choice::Wine,
        },
        isolation: match args.isolation {
            args::Isolation::Auto => Wanted::Auto,
            args::Isolation::Sealed => Wanted::Only(lab::sandbox::Isolation::Sealed),
            args::Isolation::Root => Wanted::Only(lab::sandbox::Isolation::Root),
        },
        overrides: beacons(args.count),
        timeout: args.timeout.unwrap_or(TIMEOUT),
        strict: args.strict,
        parallel: parallel(),
        fault: args.fault.as_deref().and_then(|wanted| {
            let known = Fault::ALL.iter().find(|(name, _)| *name == wanted);
            known.map(|(_, fault)| *fault)
        }),
        binary: binary()?,
        command_line: command_line(),
        machine: machine(),
        run_id: run_id(Timestamp::now()),
    })
}

pub(super) fn behaviour(behaviour: args::Behaviour) -> scenarios::Behaviour {
    match behaviour {
        args::Behaviour::Serve => scenarios::Behaviour::Serve,
        args::Behaviour::Refuse => scenarios::Behaviour::Refuse,
        args::Behaviour::Error => scenarios::Behaviour::Error,
        args::Behaviour::Slow => scenarios::Behaviour::Slow,
        args::Behaviour::Nxdomain => scenarios::Behaviour::Nxdomain,
    }
}

/// The scenarios of a suite.
fn of_suite(library: &Library, suite: args::Suite) -> Vec<AtomicTest> {
    let suite = match suite {
        args::Suite::Core => scenarios::Suite::Core,
        args::Suite::Extended => scenarios::Suite::Extended,
        args::Suite::All => return library.atomics().to_vec(),
    };
    let mut of_suite = library.atomics().to_vec();
    of_suite.retain(|test| test.signals.suite == suite);
    of_suite
}

/// How many beacons each scenario is to send.
pub(super) fn beacons(count: Option<u32>) -> Overrides {
    let overrides = Overrides::default();
    match count {
        Some(count) => overrides.with("count", count.to_string()),
        None => overrides,
    }
}

/// Twice the processors: beacons wait more than they compute.
fn parallel() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

fn binary() -> Result<PathBuf, Failure> {
    env::current_exe().map_err(|error| Failure::lab(&error))
}

fn command_line() -> String {
    let arguments: Vec<_> = env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    lab::command_line::join(&arguments)
}

/// The machine as this process's variables tell it.
fn machine() -> Machine {
    let environment = environment();
    let account = lab::isolation::account(&environment);
    Machine::of(&environment, account)
}

/// The variables that are text; the others are of no use to the lab.
pub(super) fn environment() -> BTreeMap<String, String> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// A name that sorts by time, and that two runs at once do not share.
pub(super) fn run_id(now: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(now);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}.{:03}Z-{}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond(),
        std::process::id()
    )
}

/// A detection by its file or, where there is no such file, a shipped one by its
/// name; and whether it is the user's own.
fn detection(
    path: &Path,
    shipped: &[scenarios::Detection],
) -> Result<(scenarios::Detection, bool), Failure> {
    if path.exists() {
        return scenarios::Detection::read(path)
            .map(|own| (own, true))
            .map_err(|error| unusable(&error));
    }
    let named = shipped
        .iter()
        .find(|shipped| path.as_os_str() == shipped.id.as_str());
    named
        .map(|shipped| (shipped.clone(), false))
        .ok_or_else(|| {
            let known: Vec<&str> = shipped.iter().map(|shipped| &*shipped.id).collect();
            Failure::usage(format!(
                "there is no file `{}`, and no detection is called so: shipped are {}",
                path.display(),
                known.join(", ")
            ))
        })
}

/// The detections that are to be judged, each with what it must say.
pub(super) fn detections(
    args: &DetectionArgs,
    library: &Library,
) -> Result<Vec<Detection>, Failure> {
    detections_or(args, library.default_detections(), library)
}

/// The detections that are named, or those that are taken if none is.
pub(super) fn detections_or(
    args: &DetectionArgs,
    unnamed: &[scenarios::Detection],
    library: &Library,
) -> Result<Vec<Detection>, Failure> {
    let files = &args.detections;
    let given = args
        .expectations
        .as_deref()
        .map(|path| expectations(path, library))
        .transpose()?;
    let shipped = library.detections();
    // A search has other exit codes: here, these are a matter of configuration.
    let knowledge =
        knowledge::lookups(library.lookups(), &args.lookups).map_err(|failure| Failure {
            code: ExitCode::Usage.into(),
            ..failure
        })?;
    // Each with whether it is the user's own.
    let loaded: Vec<_> = if files.is_empty() {
        unnamed
            .iter()
            .map(|shipped| (shipped.clone(), false))
            .collect()
    } else {
        files
            .iter()
            .map(|path| detection(path, shipped))
            .collect::<Result<_, _>>()?
    };
    if loaded.is_empty() {
        return Err(Failure::usage(
            "there is no detection beside these scenarios: name one with `--detection FILE.spl`",
        ));
    }
    loaded
        .into_iter()
        .map(|(detection, own)| {
            let search = Search::parse_with(&detection.spl, &knowledge).map_err(|error| {
                Failure::diagnosed(
                    ExitCode::Unsupported,
                    diagnostic::search(&detection.file, &detection.spl, &error),
                )
            })?;
            let expectations = judged_by(&detection, given.as_ref(), shipped.first())?;
            library
                .check(&expectations)
                .map_err(|error| unusable(&error))?;
            Ok(Detection {
                source: DetectionSource {
                    name: detection.name().to_owned(),
                    file: own.then(|| detection.file.clone()),
                    hash: hash(&detection.spl),
                    origin: detection
                        .origin
                        .as_ref()
                        .and_then(|origin| origin.url.clone()),
                },
                search,
                expectations,
            })
        })
        .collect()
}

/// The expectations by which a detection is judged: those that are given, its
/// own, or what the shipped detection ought to do.
fn judged_by(
    detection: &scenarios::Detection,
    given: Option<&DetectionExpectations>,
    shipped: Option<&scenarios::Detection>,
) -> Result<DetectionExpectations, Failure> {
    if let Some(expectations) = given.or(detection.expectations.as_ref()) {
        return Ok(expectations.clone());
    }
    let beside = Path::new(&detection.file).with_extension("expected.yaml");
    let borrowed = shipped.and_then(|shipped| {
        let expectations = shipped.expectations.as_ref()?;
        Some((shipped, expectations.of_another()))
    });
    let Some((shipped, expectations)) = borrowed else {
        return Err(Failure::usage(format!(
            "nothing says what `{}` must say: write {}, or name a file with `--expectations FILE`",
            detection.name(),
            beside.display()
        )));
    };
    // Its rows may be right, and still not be the shipped detection's.
    anstream::eprintln!(
        "note: there is no {}: `{}` is judged by what `{}` ought to say in the lab, its columns \
         included, and under each condition",
        beside.display(),
        detection.name(),
        shipped.name()
    );
    Ok(expectations)
}

fn expectations(path: &Path, library: &Library) -> Result<DetectionExpectations, Failure> {
    let file = path.to_string_lossy();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {file}: {error}")))?;
    let expectations = parse_expectations(&text, &file).map_err(|error| unusable(&error))?;
    library
        .check(&expectations)
        .map_err(|error| unusable(&error))?;
    Ok(expectations)
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold("sha256:".to_owned(), |mut hash, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

/// Lets Ctrl-C and a polite kill stop the run.
fn stop_on_signals(interrupt: &Arc<Interrupt>) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failure::lab(&error))?;
    let interrupt = Arc::clone(interrupt);
    std::thread::spawn(move || {
        for _ in signals.forever() {
            interrupt.trigger();
        }
    });
    Ok(())
}

pub(super) fn style() -> terminal::Style {
    let stdout = std::io::stdout();
    let colour = !matches!(
        anstream::AutoStream::choice(&stdout),
        anstream::ColorChoice::Never
    );
    let width = if stdout.is_terminal() {
        terminal_size::terminal_size_of(&stdout)
            .map_or(WIDTH, |(width, _)| usize::from(width.0))
            .clamp(60, 120)
    } else {
        WIDTH
    };
    terminal::Style { colour, width }
}

/// Adds a line to a text that is to be printed.
pub(super) fn line(text: &mut String, line: impl std::fmt::Display) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{line}");
}

/// Prints to standard output; a reader that has gone away is no error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(
            ExitCode::Inconclusive,
            format!("cannot write to standard output: {error}"),
        )),
        _ => Ok(()),
    }
}

pub(super) fn summarize(path: &Path, text: &str) -> Result<(), Failure> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| unwritten(path, &error))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        ExitCode::Inconclusive,
        format!("cannot write {}: {error}", path.display()),
    )
}
