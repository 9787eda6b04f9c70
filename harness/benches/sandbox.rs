//! What a sandbox costs to set up: from the start of its keeper to the word
//! that its seal holds.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

mod measure;

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab::drive::Drive;
use lab::interpreter::{Choice, Inventory, Machine};
use lab::isolation::{self, Wanted};
use lab::sandbox::{Faults, Message, Plan, launch};
use lab::sensor::digest::Cache;
use mock_endpoints::{
    Behaviour, CertificateAuthority, HostName, PtrMode, Table, TableOptions, Workstation,
};
use scenarios::{Library, Overrides};

use measure::{BINARY, Variant, compare, rounds, succeed};

fn main() {
    let plan = plan();
    let with_wine = with_wine(&plan);
    let mut variants = vec![
        Variant::new("from the keeper's start to the seal", || set_up(&plan)),
        Variant::timed("the binary alone (--version)", || {
            succeed(Command::new(BINARY).arg("--version"));
        }),
    ];
    if let Some(plan) = &with_wine {
        variants.push(Variant::new("the same with Wine's prefix", || set_up(plan)));
    }
    compare(
        "sandbox: set-up, with the drive and the zone of a whole run",
        rounds(101),
        &mut variants,
    );
}

/// The same sandbox with Wine's prefix in it, where Wine is there. Before it is
/// measured the prefix is made, if it is not kept yet.
fn with_wine(plan: &Plan) -> Option<Plan> {
    let variables = env::vars().collect();
    let machine = Machine::of(&variables, plan.account);
    let Some(windows) = Inventory::take(Choice::Wine, &machine).windows else {
        eprintln!("skipped: with Wine's prefix, since Wine is not present");
        return None;
    };
    Some(Plan {
        wine: Some(windows.prefix),
        ..plan.clone()
    })
}

/// A sandbox that runs nothing, with all programs on its drive and the
/// addresses of all shipped scenarios.
fn plan() -> Plan {
    let variables = env::vars().collect();
    let account = isolation::account(&variables);
    let binary = Path::new(BINARY);
    let now = Timestamp::now();
    let granted = isolation::choose(Wanted::Auto, binary, account, &Faults::default(), now);
    let granted = granted.unwrap();
    let inventory = Inventory::take(Choice::StandIn, &Machine::of(&variables, account));
    let library = Library::embedded().unwrap();
    let names: Vec<HostName> = library
        .atomics()
        .iter()
        .flat_map(|test| test.resolve(&Overrides::default()).unwrap().hosts)
        .map(|host| host.parse().unwrap())
        .collect();
    let workstation = Workstation {
        name: "workstation.lab.example".parse().unwrap(),
        address: [10, 20, 30, 41].into(),
    };
    let options = TableOptions::new(PtrMode::Lab, workstation);
    Plan {
        isolation: granted.isolation,
        account: granted.account,
        host_name: "workstation".to_owned(),
        table: Table::new(names, &options).unwrap(),
        authority: CertificateAuthority::generate(now, CertificateAuthority::VALIDITY).unwrap(),
        behaviour: Behaviour::Serve,
        slow: Duration::ZERO,
        seed: 0,
        staged: inventory.staged(&Drive::new(Drive::ROOT), binary, &Cache::default(), ""),
        directories: inventory.directories,
        written: vec![],
        browser: false,
        system_log: false,
        wine: None,
        program: None,
        timeout: Duration::from_secs(10),
        last_process_id: 1,
        faults: Faults::default(),
    }
}

fn set_up(plan: &Plan) -> Duration {
    let start = Instant::now();
    let mut sandbox = launch(Path::new(BINARY), plan).unwrap();
    let took = loop {
        match sandbox.next_message().unwrap() {
            Some(Message::Sealed(_)) => break start.elapsed(),
            Some(Message::Failed(error)) => panic!("{error}"),
            Some(Message::Breached(breach)) => panic!("{breach}"),
            Some(_) => {}
            None => panic!("the sandbox ended before its seal was checked"),
        }
    };
    sandbox.finish().unwrap();
    took
}
