//! Which isolation this machine grants: found out by trying.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use mock_endpoints::{
    Behaviour, CertificateAuthority, HostName, PtrMode, Table, TableOptions, Workstation,
};
use nix::unistd::geteuid;
use thiserror::Error;

use crate::sandbox::{Account, Breach, Faults, Isolation, Message, Plan, SetUpError, launch};

/// The account that root becomes where nothing names another: `nobody`, as
/// most systems number it.
const NOBODY: Account = Account {
    uid: 65534,
    gid: 65534,
};

/// What the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// The strongest that there is.
    #[default]
    Auto,
    /// This one or nothing.
    Only(Isolation),
}

/// An isolation that was tried and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Which one.
    pub isolation: Isolation,
    /// Whom beacons run as, where the runner is root.
    pub account: Option<Account>,
    /// The checks of the seal that hold.
    pub checks: Vec<String>,
    /// The stronger ones that this machine refuses, and why.
    pub refused: Vec<Refused>,
}

/// An isolation that this machine refuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} isolation is not to be had: {reason}", isolation.name())]
pub struct Refused {
    /// Which one.
    pub isolation: Isolation,
    /// Why.
    pub reason: String,
}

/// No isolation can be had, or the one that was tried has a hole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IsolationError {
    /// This machine refuses all that was asked for.
    #[error("no isolation is to be had: {}", list(.0))]
    Refused(Vec<Refused>),
    /// A sandbox was made, and it is not sealed.
    #[error("the sandbox is not sealed: {0}")]
    Breached(Breach),
}

fn list(refused: &[Refused]) -> String {
    let all: Vec<_> = refused.iter().map(ToString::to_string).collect();
    all.join("; ")
}

/// Whom root becomes: the user who called `sudo`, or nobody. `None` where the
/// runner is not root.
pub fn account(environment: &BTreeMap<String, String>) -> Option<Account> {
    if !geteuid().is_root() {
        return None;
    }
    let id = |name: &str| environment.get(name)?.parse::<u32>().ok();
    Some(match (id("SUDO_UID"), id("SUDO_GID")) {
        (Some(uid @ 1..), Some(gid)) => Account { uid, gid },
        _ => NOBODY,
    })
}

/// Tries isolations, the strongest first, and gives the first that holds.
///
/// # Errors
/// [`IsolationError`] where none does. A seal that is broken is never passed
/// over for another isolation.
pub fn choose(
    wanted: Wanted,
    binary: &Path,
    account: Option<Account>,
    faults: &Faults,
    now: Timestamp,
) -> Result<Granted, IsolationError> {
    let candidates = match wanted {
        Wanted::Auto => vec![Isolation::Sealed, Isolation::Root],
        Wanted::Only(isolation) => vec![isolation],
    };
    let mut refused = Vec::new();
    for isolation in candidates {
        if isolation == Isolation::Root && account.is_none() {
            refused.push(Refused {
                isolation,
                reason: "it takes root".to_owned(),
            });
            continue;
        }
        match probe(binary, isolation, account, faults, now) {
            Ok(Ok(checks)) => {
                return Ok(Granted {
                    isolation,
                    account,
                    checks,
                    refused,
                });
            }
            Ok(Err(breach)) => return Err(IsolationError::Breached(breach)),
            Err(reason) => refused.push(Refused { isolation, reason }),
        }
    }
    Err(IsolationError::Refused(refused))
}

/// Makes a sandbox that runs nothing. Gives the checks that hold, the hole, or
/// why there is no sandbox.
fn probe(
    binary: &Path,
    isolation: Isolation,
    account: Option<Account>,
    faults: &Faults,
    now: Timestamp,
) -> Result<Result<Vec<String>, Breach>, String> {
    let plan = probe_plan(isolation, account, faults, now)?;
    let mut sandbox = launch(binary, &plan).map_err(|error| error.to_string())?;
    let mut checks = None;
    loop {
        match sandbox.next_message().map_err(|error| error.to_string())? {
            Some(Message::Sealed(names)) => checks = Some(names),
            Some(Message::Breached(breach)) => return Ok(Err(breach)),
            Some(Message::Failed(SetUpError { step, reason, .. })) => {
                return Err(format!("{step}: {reason}"));
            }
            Some(_) => {}
            None => break,
        }
    }
    let (_, output) = sandbox.finish().map_err(|error| error.to_string())?;
    checks
        .map(Ok)
        .ok_or_else(|| format!("the sandbox ended before its seal was checked {output}"))
}

fn probe_plan(
    isolation: Isolation,
    account: Option<Account>,
    faults: &Faults,
    now: Timestamp,
) -> Result<Plan, String> {
    let name: HostName = "probe.example"
        .parse()
        .map_err(|error| format!("{error}"))?;
    let workstation = Workstation {
        name,
        address: [10, 0, 0, 1].into(),
    };
    let table = Table::new([], &TableOptions::new(PtrMode::None, workstation))
        .map_err(|error| error.to_string())?;
    let authority = CertificateAuthority::generate(now, Duration::from_hours(1))
        .map_err(|error| error.to_string())?;
    Ok(Plan {
        isolation,
        account,
        host_name: "probe".to_owned(),
        table,
        authority,
        behaviour: Behaviour::Serve,
        slow: Duration::ZERO,
        seed: 0,
        staged: vec![],
        directories: vec![],
        written: vec![],
        wine: None,
        browser: false,
        system_log: false,
        program: None,
        timeout: Duration::from_secs(10),
        last_process_id: 1,
        faults: faults.clone(),
    })
}
