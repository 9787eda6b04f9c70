//! `beaconlab doctor`: what this machine grants the lab, and what to do about
//! the rest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use beaconlab::outcome::ExitCode;
use jiff::Timestamp;
use lab::interpreter::{Choice, Interpreter, Inventory, Machine};
use lab::isolation::{self, IsolationError, Wanted};
use lab::sandbox::{Faults, Isolation};

use super::run::{SETTING_WINE_UP, environment, line, print};
use super::{Done, Failure};

/// The kernel's settings that deny user namespaces, the value that does so,
/// and what to do.
const SETTINGS: &[(&str, &str, &str)] = &[
    (
        "kernel/unprivileged_userns_clone",
        "0",
        "sudo sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    (
        "user/max_user_namespaces",
        "0",
        "sudo sysctl -w user.max_user_namespaces=10000",
    ),
];

/// What a sandbox grants to a real browser.
const LOCAL_SOCKETS: &str =
    "A sandbox in which a real browser runs grants its programs local sockets to each other.";

/// What is not known of a PowerShell that is installed.
const POWERSHELL: &str = "With `--interpreters native`, PowerShell's own log gives event 4104; not tried with a real pwsh.";

pub(super) fn doctor() -> Done {
    let environment = environment();
    let account = isolation::account(&environment);
    let binary = std::env::current_exe().map_err(|error| Failure::lab(&error))?;
    let mut text = String::new();
    line(&mut text, "Isolation");
    let mut best = None;
    let mut breached = false;
    for isolation in [Isolation::Sealed, Isolation::Root] {
        let tried = isolation::choose(
            Wanted::Only(isolation),
            &binary,
            account,
            &Faults::default(),
            Timestamp::now(),
        );
        let name = isolation.name();
        match tried {
            Ok(granted) => {
                line(
                    &mut text,
                    format_args!(
                        "  {name:<8} yes: {} checks of the seal hold",
                        granted.checks.len()
                    ),
                );
                best = best.or(Some(isolation));
            }
            Err(IsolationError::Breached(breach)) => {
                breached = true;
                line(&mut text, format_args!("  {name:<8} NOT SEALED: {breach}"));
            }
            Err(IsolationError::Refused(refused)) => {
                for refused in refused {
                    line(
                        &mut text,
                        format_args!("  {name:<8} no: {}", refused.reason),
                    );
                }
            }
            Err(error) => line(&mut text, format_args!("  {name:<8} no: {error}")),
        }
    }
    if best.is_none() && !breached {
        advise(&mut text);
    }
    programs(&mut text, &environment, account);
    line(
        &mut text,
        &match best {
            Some(isolation) => format!(
                "\n`beaconlab run` will use {} isolation. Nothing needs to be done.",
                isolation.name()
            ),
            None => "\n`beaconlab run` cannot run here.".to_owned(),
        },
    );
    print(&text)?;
    let code = match best {
        _ if breached => ExitCode::Breached,
        Some(_) => ExitCode::AsExpected,
        None => ExitCode::Inconclusive,
    };
    Ok(code.into())
}

fn advise(text: &mut String) {
    for (setting, denies, advice) in SETTINGS {
        let value = std::fs::read_to_string(format!("/proc/sys/{setting}")).unwrap_or_default();
        if value.trim() == *denies {
            let name = setting.replace('/', ".");
            line(
                text,
                format_args!("  {name} is {denies}, which denies user namespaces:"),
            );
            line(text, format_args!("    {advice}"));
        }
    }
    line(
        text,
        "  In a container: `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`,",
    );
    line(
        text,
        "  or as root with `--cap-add SYS_ADMIN --cap-add NET_ADMIN`.",
    );
    line(
        text,
        "  On this machine: `sudo beaconlab run` uses root isolation; beacons run as you.",
    );
}

fn programs(
    text: &mut String,
    environment: &BTreeMap<String, String>,
    account: Option<lab::sandbox::Account>,
) {
    let machine = Machine::of(environment, account);
    if machine.sets_wine_up(Choice::Auto) {
        eprintln!("{SETTING_WINE_UP}");
    }
    let inventory = Inventory::take(Choice::Auto, &machine);
    line(text, "\nInterpreters");
    // By name, as they are shown, and not by the path that the inventory has.
    let interpreters: BTreeMap<&str, _> = inventory
        .interpreters
        .iter()
        .map(|interpreter| (interpreter.name(), interpreter))
        .collect();
    for (name, interpreter) in interpreters {
        let mut what = interpreter.version().to_owned();
        if let Some(path) = &interpreter.path {
            // Writing to a `String` cannot fail.
            let _ = write!(what, " at {}", path.display());
        }
        line(
            text,
            format_args!("  {name:<16} {:<9} {what}", interpreter.tier.name()),
        );
        if let Some(why) = &interpreter.why_not_better {
            line(text, format_args!("  {:<26} no better: {why}", ""));
        }
    }
    for missing in &inventory.missing {
        line(
            text,
            format_args!("  {:<16} missing   {}", missing.image, missing.reason),
        );
    }
    if inventory.interpreters.iter().any(Interpreter::is_browser) {
        line(text, format_args!("  {LOCAL_SOCKETS}"));
    }
    if Inventory::take(Choice::Native, &machine)
        .interpreters
        .iter()
        .any(Interpreter::logs_script_blocks)
    {
        line(text, format_args!("  {POWERSHELL}"));
    }
    line(
        text,
        "  A stand-in interprets the same text by a published grammar (docs/stand-ins.md).",
    );
}
