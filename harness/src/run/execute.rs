//! One scenario in one sandbox: from the plan to what was observed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab::drive::Drive;
use lab::interpreter::{SEARCH_PATH, Tier, nss_database};
use lab::observe::Account;
use lab::sandbox::{Message, Plan, Program, SetUpError, Written, launch};
use lab::sensor::join::{Recording, join};
use lab::sensor::witness::SystemLog;
use mock_endpoints::Record;
use sysmon::EventKind;

use super::interrupt::Interrupt;
use super::options::Fault;
use super::{Scenario, Shared, workstation};

/// How long a slow endpoint takes: longer than any answer takes otherwise, and
/// shorter than any client waits.
const SLOW: Duration = Duration::from_millis(500);

/// How many process ids lie between two scenarios' first processes.
const PROCESS_IDS_EACH: u32 = 400;

/// What a worker tells.
pub(super) enum Told {
    Started { number: usize, name: String },
    Beacon { number: usize },
    Executed(Box<Executed>),
}

/// What was observed of one scenario.
#[derive(Debug)]
pub(crate) struct Executed {
    /// Its place in the run's options.
    pub(crate) number: usize,
    /// What became of the sandbox.
    pub(crate) account: Account,
    /// What was made of the observations.
    pub(crate) recording: Recording,
    /// What its programs printed.
    pub(crate) output: String,
    /// When it began.
    pub(crate) started: Timestamp,
    /// How long it took.
    pub(crate) took: Duration,
    /// The events as rendered XML; made when they are numbered.
    pub(crate) rendered: Vec<String>,
    /// It was stopped from outside.
    pub(crate) interrupted: bool,
}

impl Executed {
    /// Loses one event 3, to see that it is missed.
    pub(super) fn lose_an_event(&mut self) {
        let events = &mut self.recording.events;
        if let Some(at) = events
            .iter()
            .position(|event| event.kind == EventKind::NetworkConnect)
        {
            events.remove(at);
        }
    }
}

pub(super) fn execute(
    shared: &Shared<'_>,
    scenario: &Scenario<'_>,
    interrupt: &Interrupt,
    sender: &Sender<Told>,
) {
    let number = scenario.test.number;
    // Nobody hears a worker only when the run is being given up.
    let tell = |told| {
        let _ = sender.send(told);
    };
    tell(Told::Started {
        number,
        name: scenario.test.name.clone(),
    });
    let (started, clock) = (Timestamp::now(), Instant::now());
    let mut account = Account::default();
    let output = observe(shared, scenario, interrupt, &mut account, &|| {
        tell(Told::Beacon { number });
    })
    .unwrap_or_else(|failure| {
        account.failure.get_or_insert(failure);
        String::new()
    });
    let host = workstation::host(number, &shared.runner);
    let recording = join(&account.observations, &host);
    tell(Told::Executed(Box::new(Executed {
        number,
        account,
        recording,
        output,
        started,
        took: clock.elapsed(),
        rendered: Vec::new(),
        interrupted: interrupt.is_set(),
    })));
}

/// Runs the sandbox and hears it out; gives what its programs printed.
fn observe(
    shared: &Shared<'_>,
    scenario: &Scenario<'_>,
    interrupt: &Interrupt,
    account: &mut Account,
    beacon: &dyn Fn(),
) -> Result<String, SetUpError> {
    let failed = |error: lab::sandbox::LaunchError| SetUpError::new(error.step, &error.source);
    let plan = plan(shared, scenario)?;
    let loggers = script_block_loggers(scenario);
    account.observations.testimony.system_log = (!loggers.is_empty()).then(|| SystemLog {
        writers: loggers,
        ..SystemLog::default()
    });
    let mut sandbox = launch(&shared.options.binary, &plan).map_err(failed)?;
    let number = scenario.test.number;
    interrupt.register(number, sandbox.stopper().map_err(failed)?);
    while let Some(message) = sandbox.next_message().map_err(failed)? {
        if matches!(&message, Message::Record(record) if matches!(**record, Record::HttpRequest(_)))
        {
            beacon();
        }
        account.take(message);
    }
    interrupt.forget(number);
    if interrupt.is_set() {
        // Dropping it ends it; its programs' words are of no use any more.
        return Ok(String::new());
    }
    sandbox.finish().map_err(failed).map(|(_, output)| output)
}

fn plan(shared: &Shared<'_>, scenario: &Scenario<'_>) -> Result<Plan, SetUpError> {
    let options = shared.options;
    let number = scenario.test.number;
    let drive = Drive::new(Drive::ROOT);
    let argv = scenario.resolved.invocation();
    let text = argv.join(" ");
    let mut program = program(&drive, scenario, argv)?;
    let browser = scenario.inventory.browser(&text).is_some();
    if browser && scenario.inventory.windows.is_none() {
        // It knows no TEMP, and keeps much there. (Wine's server would, too.)
        let temp = format!("{}/Users/analyst/AppData/Local/Temp", Drive::ROOT);
        program.environment.insert("TMPDIR".to_owned(), temp);
    }
    let mut written = trust(shared, scenario, &text)?;
    written.extend(scenario.inventory.script_block_logging(&drive, &text));
    // Numbers are small: a run has as many scenarios as files list.
    let last_process_id = 1000 + PROCESS_IDS_EACH * u32::try_from(number).unwrap_or_default();
    Ok(Plan {
        isolation: shared.granted.isolation,
        account: shared.granted.account,
        host_name: workstation::COMPUTER.to_owned(),
        table: shared.zone.of(options.condition.ptr).clone(),
        authority: shared.authority.clone(),
        behaviour: behaviour(options.condition.behaviour),
        slow: SLOW,
        seed: number as u64,
        staged: scenario
            .inventory
            .staged(&drive, &options.binary, &shared.digests, &text),
        written,
        directories: scenario.inventory.directories.clone(),
        wine: scenario
            .inventory
            .windows
            .as_ref()
            .map(|windows| windows.prefix.clone()),
        browser,
        system_log: cfg!(target_arch = "x86_64") && !script_block_loggers(scenario).is_empty(),
        program: Some(program),
        timeout: options.timeout,
        last_process_id,
        faults: Fault::of_sandbox(options.fault),
    })
}

/// The images of the programs that will log their script blocks themselves.
fn script_block_loggers(scenario: &Scenario<'_>) -> Vec<String> {
    let text = scenario.resolved.invocation().join(" ");
    let loggers = scenario.inventory.script_block_loggers(&text);
    loggers.iter().map(|logger| logger.image.clone()).collect()
}

/// The files by which a real browser comes to trust the lab, where one will
/// run.
fn trust(
    shared: &Shared<'_>,
    scenario: &Scenario<'_>,
    text: &str,
) -> Result<Vec<Written>, SetUpError> {
    let Some(browser) = scenario.inventory.browser(text) else {
        return Ok(vec![]);
    };
    let mut known = shared
        .nss_database
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if known.is_empty() {
        *known = nss_database(&browser.certutil, shared.authority.certificate_pem())
            .map_err(|error| SetUpError::new("make the browser trust the lab", &error))?;
    }
    Ok(known.clone())
}

/// The first program, as the executor starts it.
fn program(
    drive: &Drive,
    scenario: &Scenario<'_>,
    argv: Vec<String>,
) -> Result<Program, SetUpError> {
    let called = argv.first().cloned().unwrap_or_default();
    let interpreter = scenario.inventory.interpreters.iter().find(|interpreter| {
        let name = interpreter.image.rsplit('\\').next().unwrap_or_default();
        name.eq_ignore_ascii_case(&called)
    });
    let there =
        interpreter.and_then(|found| Some((found.tier, drive.host(&found.image, drive.root())?)));
    let Some((tier, file)) = there else {
        return Err(SetUpError {
            step: format!("start {called}"),
            reason: "it is not there".to_owned(),
        });
    };
    let variables = workstation::environment(SEARCH_PATH);
    let mut environment: BTreeMap<String, String> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    // For the programs that know no Windows variables.
    environment.insert("HOME".to_owned(), "/c/Users/analyst".to_owned());
    environment.insert("LANG".to_owned(), "C.UTF-8".to_owned());
    environment.insert("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned());
    let needed = &scenario.inventory.environment;
    environment.extend(
        needed
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let mut program = Program {
        file,
        argv,
        environment,
        directory: Path::new(Drive::ROOT).join("Users/analyst"),
    };
    if let (Tier::Wine, Some(windows)) = (tier, &scenario.inventory.windows) {
        let start = windows.start(&program.argv, SEARCH_PATH).map_err(|error| {
            SetUpError::new(format!("run {called}"), &std::io::Error::other(error))
        })?;
        program.file = start.file;
        program.argv = start.argv;
        program.environment.extend(
            start
                .environment
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    Ok(program)
}

fn behaviour(behaviour: scenarios::Behaviour) -> mock_endpoints::Behaviour {
    match behaviour {
        scenarios::Behaviour::Serve => mock_endpoints::Behaviour::Serve,
        scenarios::Behaviour::Refuse => mock_endpoints::Behaviour::Refuse,
        scenarios::Behaviour::Error => mock_endpoints::Behaviour::Error,
        scenarios::Behaviour::Slow => mock_endpoints::Behaviour::Slow,
        scenarios::Behaviour::Nxdomain => mock_endpoints::Behaviour::Nxdomain,
    }
}
