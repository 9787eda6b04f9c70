//! Verdicts: what the observations of a scenario say about each expectation.
//!
//! A verdict about a detection is given only where the chain of evidence holds
//! up to the events: process ran, name asked, endpoint hit, event recorded.
//! Where it breaks, the outcome is inconclusive and names the link.

mod blocked;
pub(crate) mod chain;
pub(crate) mod detection;
pub(crate) mod nearest;
pub(crate) mod telemetry;

use std::collections::BTreeSet;

use lab::interpreter::{Interpreter, Tier};
use spl::{Environment, Results};
use splunk::Metadata;

use self::chain::{Break, Evidence};
use crate::outcome::{Class, Outcome};
use crate::report::model::{DetectionReport, InterpreterReport, ScenarioReport, TelemetryReport};
use crate::run::execute::Executed;
use crate::run::{Scenario, Shared};

/// A judged scenario.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) report: ScenarioReport,
    /// Why nothing can be said about a detection, if so.
    pub(crate) broken: Option<Break>,
    /// The sandbox was not sealed.
    pub(crate) breached: bool,
    /// For each detection, under which other conditions it would fire.
    pub(crate) elsewhere: Vec<detection::Elsewhere>,
    /// The programs whose own log of script blocks said nothing.
    pub(crate) silent_script_block_logs: BTreeSet<String>,
}

/// Judges one scenario.
pub(crate) fn scenario(
    shared: &Shared<'_>,
    scenario: &Scenario<'_>,
    executed: &Executed,
) -> Judged {
    let evidence = Evidence::new(shared, scenario, executed);
    let links = evidence.links();
    let broken = evidence.broken();
    let telemetry = telemetry::judge(shared, scenario, executed, broken.as_ref());
    // Telemetry that is not there keeps a detection from being judged, too.
    let broken = broken.or_else(|| telemetry::first_break(&telemetry));
    let (detections, elsewhere): (Vec<_>, Vec<_>) = shared
        .options
        .detections
        .iter()
        .map(|detection| {
            detection::judge(
                shared,
                scenario,
                executed,
                detection,
                &links,
                broken.as_ref(),
            )
        })
        .unzip();
    let outcome = worst(&telemetry, &detections, broken.as_ref());
    let report = ScenarioReport {
        guid: scenario.test.guid.to_string(),
        name: scenario.test.name.clone(),
        number: scenario.test.number,
        control: scenario.test.control,
        technique: scenario.test.technique.to_string(),
        host: None,
        outcome,
        cause: broken
            .as_ref()
            .map(|broken| broken.cause.clone())
            .or_else(|| undecided(&detections)),
        arguments: scenario.resolved.arguments.clone(),
        command_line: scenario
            .resolved
            .executor
            .command_line(&scenario.resolved.command),
        interpreters: interpreters(scenario, executed),
        blocked: blocked::blocked(shared, executed),
        chain: links,
        telemetry,
        detections,
        events: executed.recording.events.len(),
        output: executed.output.clone(),
        started: Some(executed.started),
        seconds: executed.took.as_secs_f64(),
    };
    Judged {
        report,
        broken,
        breached: executed.account.breach.is_some(),
        elsewhere,
        silent_script_block_logs: executed.recording.silent_script_block_logs.clone(),
    }
}

/// What the scenario as a whole came to: what its detections say of it, unless
/// something kept them from saying it.
pub(crate) fn worst(
    telemetry: &[TelemetryReport],
    detections: &[DetectionReport],
    broken: Option<&Break>,
) -> Outcome {
    let outcomes = || {
        let telemetry = telemetry.iter().map(|report| report.outcome);
        detections
            .iter()
            .map(|report| report.outcome)
            .chain(telemetry)
    };
    if let Some(broken) = broken {
        return broken.outcome;
    }
    for class in [Class::Inconclusive, Class::Deviates] {
        if let Some(outcome) = outcomes().find(|outcome| outcome.class() == class) {
            return outcome;
        }
    }
    outcomes()
        .find(|outcome| outcome.is_known())
        .or_else(|| outcomes().next())
        .unwrap_or(Outcome::Recorded)
}

/// Why a detection could not be judged although the chain of evidence holds.
pub(crate) fn undecided(detections: &[DetectionReport]) -> Option<String> {
    detections
        .iter()
        .filter(|report| report.outcome.class() == Class::Inconclusive)
        .find_map(|report| Some(format!("`{}`: {}", report.name, report.because.as_ref()?)))
}

fn interpreters(scenario: &Scenario<'_>, executed: &Executed) -> Vec<InterpreterReport> {
    let images: BTreeSet<&str> = executed
        .recording
        .processes
        .iter()
        .map(|process| process.image.as_str())
        .collect();
    images
        .into_iter()
        .map(|image| match scenario.inventory.of_image(image) {
            Some(interpreter) => of_interpreter(interpreter),
            None => uninvited(scenario, image),
        })
        .collect()
}

/// A program that a script called by itself: one that comes with Wine's Windows,
/// or one of the host.
fn uninvited(scenario: &Scenario<'_>, image: &str) -> InterpreterReport {
    let name = image.rsplit('\\').next().unwrap_or(image);
    let of_windows = scenario.inventory.windows.as_ref().and_then(|windows| {
        let path = windows.installation.program(&name.to_ascii_lowercase())?;
        Some((windows, path))
    });
    let (program, tier, version, path) = match of_windows {
        Some((windows, path)) => (
            format!("Wine's {name}"),
            Tier::Wine,
            windows.installation.version.as_str(),
            path.to_string_lossy().into_owned(),
        ),
        None => (image.to_owned(), Tier::Native, "unknown", image.to_owned()),
    };
    InterpreterReport {
        image: image.to_owned(),
        program,
        tier: tier.name(),
        version: version.to_owned(),
        path: Some(path),
        why_not_better: None,
    }
}

/// What a report says of a program.
pub(crate) fn of_interpreter(interpreter: &Interpreter) -> InterpreterReport {
    InterpreterReport {
        image: interpreter.image.clone(),
        program: interpreter.program.clone(),
        tier: interpreter.tier.name(),
        version: interpreter.version().to_owned(),
        path: interpreter
            .path
            .as_ref()
            .map(|path| path.to_string_lossy().into_owned()),
        why_not_better: interpreter.why_not_better.clone(),
    }
}

/// What a search may know of the world: the time of the run, in UTC.
pub(crate) fn environment(shared: &Shared<'_>) -> Environment {
    Environment {
        now: shared.runner.started,
        ..Environment::at_epoch()
    }
}

/// How a Splunk with an add-on would have indexed the workstation's events.
pub(crate) fn metadata(addon: splunk::AddOn) -> Metadata {
    Metadata {
        addon,
        index: "main".to_owned(),
        host: Some(crate::run::COMPUTER.to_owned()),
    }
}

/// A run's results over rendered events.
pub(crate) fn search(
    search: &spl::Search,
    rendered: &[String],
    metadata: &Metadata,
    environment: &Environment,
) -> Result<Results<'static>, spl::Error> {
    let events: Vec<_> = rendered
        .iter()
        .map(|raw| splunk::IndexedEvent::new(raw, metadata))
        .collect();
    search.run(&events, environment).map(Results::into_owned)
}
