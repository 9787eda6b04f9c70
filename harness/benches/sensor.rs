//! What the sensor costs: the same curl and Python, bare, under the sensor,
//! and under strace.
//!
//! The program runs outside of any sandbox, so that strace can trace it, too,
//! and so that nothing but the tracer differs. Bare and under the sensor, the
//! program is started by a process with one thread, as a sandbox's init
//! process is: by this benchmark, started again.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

mod measure;

use std::env;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use lab::sandbox::{Program, Source, Staged, observe_unsealed};
use lab::sensor::digest::Cache;
use lab::sensor::fact::{ConnectOutcome, Fact, What};

use serde::{Deserialize, Serialize};

use measure::{Endpoints, Programs, Variant, compare, rounds, succeed, text};

/// How often the script starts curl.
const CURLS: usize = 6;

/// The first argument of this benchmark where it starts the program.
const BARE: &str = "__bare";
const OBSERVED: &str = "__observed";

/// What the sensor records; strace is told to trace the same.
const CALLS: &str = "trace=execve,execveat,connect,sendto,getsockopt,open,openat,openat2,creat";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [BARE, ref command @ ..] => succeed(Command::new(command[0]).args(&command[1..])),
        [OBSERVED, workload] => observe(&serde_json::from_str(workload).unwrap()),
        _ => measure(),
    }
}

/// What is to be run under the sensor, with the digests of its programs, which
/// a run makes once and before.
#[derive(Serialize, Deserialize)]
struct Workload {
    program: Program,
    staged: Vec<Staged>,
}

fn measure() {
    let programs = Programs::find();
    let endpoints = Endpoints::start();
    let script = endpoints.directory.path().join("workload.sh");
    std::fs::write(&script, script_text(&programs, &endpoints)).unwrap();
    let shell = std::fs::canonicalize("/bin/sh").unwrap();
    let command = [text(&shell), text(&script)];
    let workload = Workload {
        program: Program {
            file: shell.clone(),
            argv: command.to_vec(),
            environment: endpoints.environment(),
            directory: PathBuf::from("/"),
        },
        staged: staged([shell, programs.curl, programs.python]),
    };
    let workload = [serde_json::to_string(&workload).unwrap()];
    let strace = ["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", CALLS];
    let strace: Vec<_> = strace
        .map(str::to_owned)
        .into_iter()
        .chain(command.clone())
        .collect();
    let again = text(&env::current_exe().unwrap());
    let run = |program: &str, life: &[&str], arguments: &[String]| {
        succeed(
            Command::new(program)
                .args(life)
                .args(arguments)
                .env_clear()
                .envs(endpoints.environment()),
        );
    };
    let mut variants = vec![
        Variant::timed("bare", || run(&again, &[BARE], &command)),
        Variant::timed("under the sensor", || run(&again, &[OBSERVED], &workload)),
    ];
    match Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
    {
        Ok(_) => variants.push(Variant::timed("under strace -f --seccomp-bpf", || {
            run("strace", &[], &strace);
        })),
        Err(error) => eprintln!("skipped: strace is not present ({error})"),
    }
    compare(
        &format!("sensor: sh with {CURLS} curl, python3, a new file and mv"),
        rounds(31),
        &mut variants,
    );
}

fn staged(programs: [PathBuf; 3]) -> Vec<Staged> {
    let cache = Cache::default();
    let staged = programs.map(|place| Staged {
        digests: Some(cache.digests(&place).unwrap()),
        source: Source::File(place.clone()),
        place,
    });
    staged.into()
}

fn script_text(programs: &Programs, endpoints: &Endpoints) -> String {
    let quoted = |argument: &str| format!("'{}'", argument.replace('\'', r"'\''"));
    let curl: Vec<_> = endpoints.curl().iter().map(|text| quoted(text)).collect();
    let made = endpoints.directory.path().join("made");
    format!(
        "set -e\nfor n in $(seq {CURLS}); do\n{} {}\ndone\n{} -I -c {}\necho > {made}\nmv {made} {made}.moved\n",
        quoted(&text(&programs.curl)),
        curl.join(" "),
        quoted(&text(&programs.python)),
        quoted(&endpoints.python(1)),
        made = quoted(&text(&made)),
    )
}

fn observe(Workload { program, staged }: &Workload) {
    let mut facts = Vec::new();
    let status = observe_unsealed(program, staged, Duration::from_mins(1), &mut |fact| {
        // A sandbox writes each fact down to tell it.
        black_box(serde_json::to_vec(&fact).unwrap());
        facts.push(fact);
    });
    assert_eq!(status.unwrap(), Some(0));
    // The speed of a sensor that sees nothing would be worth nothing.
    let count = |is: fn(&What) -> bool| facts.iter().filter(|Fact { what, .. }| is(what)).count();
    assert!(count(|what| matches!(what, What::Exec { .. })) > CURLS + 2);
    assert_eq!(count(is_established), CURLS + 1);
}

fn is_established(what: &What) -> bool {
    let (What::Connect(connect) | What::ConnectFinished(connect)) = what else {
        return false;
    };
    connect.outcome == ConnectOutcome::Established
}
