//! What the benchmarks share: variants that are measured in turn, real
//! programs, and endpoints for them to ask.
//!
//! Machines differ and are shared, so a time alone says little. Every
//! benchmark measures its variants in one run, round after round, and prints
//! the ratio of their medians: what disturbs one disturbs all. On a busy
//! machine the processors' time is the steadier figure.
#![allow(dead_code, reason = "no benchmark needs all of it")]

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lab::interpreter::{Choice, Inventory, Machine};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use tempfile::TempDir;

/// The binary that is measured.
pub const BINARY: &str = env!("CARGO_BIN_EXE_beaconlab");

/// How many rounds to measure: `cargo bench` says `--bench`. Without it
/// (`cargo test --benches`) one round shows that the benchmark still works.
pub fn rounds(many: usize) -> usize {
    if env::args().any(|argument| argument == "--bench") {
        many
    } else {
        1
    }
}

/// Runs a program to its end, and gives what it printed.
pub fn run(program: &str, arguments: &[&str], last: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .arg(last)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// One thing that is measured against others.
pub struct Variant<'a> {
    name: String,
    measure: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Variant<'a> {
    /// Something that measures itself.
    pub fn new(name: impl Into<String>, measure: impl FnMut() -> Duration + 'a) -> Self {
        Self {
            name: name.into(),
            measure: Box::new(measure),
        }
    }

    /// Something whose whole time counts.
    pub fn timed(name: impl Into<String>, mut work: impl FnMut() + 'a) -> Self {
        Self::new(name, move || {
            let start = Instant::now();
            work();
            start.elapsed()
        })
    }
}

/// What one round of a variant cost.
#[derive(Clone, Copy)]
struct Cost {
    /// The time on the clock.
    wall: Duration,
    /// The time of processors, of this process and of all that it waited for.
    processor: Duration,
}

impl Variant<'_> {
    fn cost(&mut self) -> Cost {
        let before = processor_time();
        let wall = (self.measure)();
        Cost {
            wall,
            processor: processor_time().saturating_sub(before),
        }
    }
}

fn processor_time() -> Duration {
    [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN]
        .into_iter()
        .map(|who| getrusage(who).unwrap())
        .flat_map(|usage| [usage.user_time(), usage.system_time()])
        .map(|time| Duration::from_micros(time.num_microseconds().unsigned_abs()))
        .sum()
}

/// Measures the variants in turn, and prints the medians of each beside their
/// ratios to the first's.
pub fn compare(title: &str, rounds: usize, variants: &mut [Variant<'_>]) {
    // What is read for the first time comes from the disk: not measured.
    for variant in &mut *variants {
        variant.cost();
    }
    let mut costs = vec![Vec::with_capacity(rounds); variants.len()];
    for _ in 0..rounds {
        for (variant, costs) in variants.iter_mut().zip(&mut costs) {
            costs.push(variant.cost());
        }
    }
    println!("{title} ({rounds} rounds)");
    println!(
        "  {:<46}{:>31}{:>31}",
        "", "time: median, fastest, ratio", "processors: median, ratio"
    );
    let mut first = None;
    for (variant, costs) in variants.iter().zip(&costs) {
        let wall = Spread::of(costs.iter().map(|cost| cost.wall));
        let processor = Spread::of(costs.iter().map(|cost| cost.processor));
        let (first_wall, first_processor) = *first.get_or_insert((wall.median, processor.median));
        println!(
            "  {:<46}{:>11.1?}{:>12.1?}{:>8.3}{:>22.1?}{:>9.3}",
            variant.name,
            wall.median,
            wall.fastest,
            ratio(wall.median, first_wall),
            processor.median,
            ratio(processor.median, first_processor),
        );
    }
}

struct Spread {
    fastest: Duration,
    median: Duration,
}

impl Spread {
    fn of(times: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<_> = times.collect();
        times.sort_unstable();
        Self {
            fastest: times[0],
            median: times[times.len() / 2],
        }
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// The real curl and the real Python of this machine, as the lab finds them.
pub struct Programs {
    pub curl: PathBuf,
    pub python: PathBuf,
}

impl Programs {
    pub fn find() -> Self {
        let variables: BTreeMap<String, String> = env::vars().collect();
        let account = lab::isolation::account(&variables);
        let inventory = Inventory::take(Choice::Native, &Machine::of(&variables, account));
        let path = |program| {
            let mut all = inventory.interpreters.iter();
            let found = all.find(|interpreter| interpreter.program == program);
            let found = found.unwrap_or_else(|| panic!("the benchmarks need {program}"));
            found.path.clone().unwrap()
        };
        Self {
            curl: path("curl"),
            python: path("python3"),
        }
    }
}

/// A name of the shipped scenarios.
const NAME: &str = "us-central1-df00tech-argus-test.cloudfunctions.net";

/// `beaconlab serve` on free ports of loopback, as long as this lives.
pub struct Endpoints {
    server: Child,
    https: SocketAddr,
    pub directory: TempDir,
}

impl Endpoints {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut server = Command::new(BINARY)
            .args(["serve", "--https-port=0", "--http-port=0", "--dns-port=0"])
            .arg("--ca-out")
            .arg(directory.path().join("ca.pem"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let https = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.strip_prefix("HTTPS")?.trim().parse().unwrap()))
            .unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            server,
            https,
            directory,
        }
    }

    /// The environment in which programs trust the endpoints.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let authority = self.directory.path().join("ca.pem");
        BTreeMap::from([
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
            ("SSL_CERT_FILE".to_owned(), text(&authority)),
        ])
    }

    /// The arguments by which curl asks them once.
    pub fn curl(&self) -> Vec<String> {
        let connect_to = format!("::{}", self.https);
        let url = format!("https://{NAME}/beacon");
        ["-q", "-sS", "--max-time", "30", "-o", "/dev/null"]
            .into_iter()
            .chain(["--connect-to", &connect_to, &url])
            .map(str::to_owned)
            .collect()
    }

    /// The script by which Python asks them this many times. It differs from a
    /// beacon's in that no name is looked up: there is no port of its own for
    /// a name server outside of a sandbox.
    pub fn python(&self, times: usize) -> String {
        let (host, port) = (self.https.ip(), self.https.port());
        format!(
            "import socket, urllib.request\n\
             find = socket.getaddrinfo\n\
             socket.getaddrinfo = lambda *of, **how: find('{host}', {port}, *of[2:], **how)\n\
             for _ in range({times}):\n\
             \x20   urllib.request.urlopen('https://{NAME}/', timeout=30).read()\n"
        )
    }
}

impl Drop for Endpoints {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A path as the text that it is.
pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Runs a program to its end, which must be a good one.
pub fn succeed(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}
