//! Runs a command as the host would, in a network namespace without a way out.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scenario;

const OUTSIDE: &str = include_str!("outside.py");

/// The folder in a place that runs leave their folders in.
const OUT: &str = "runs";

/// How long a command may take.
const DEADLINE: Duration = Duration::from_secs(90);

/// An ordinary user that no system has given anything to.
const ORDINARY: u32 = 61_234;

/// In the command line of a process of the host.
pub const MARKER: &str = "beaconlab-test-host-process";

/// Who runs the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guise {
    /// Whoever runs the tests, if that is an ordinary user; else one.
    User,
    /// Root. The tests must be run by it.
    Root,
}

pub fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Those that the tests can run the binary as.
pub fn guises() -> Vec<Guise> {
    if is_root() {
        vec![Guise::User, Guise::Root]
    } else {
        eprintln!("skipped: the seal as root; the tests are not run by root");
        vec![Guise::User]
    }
}

/// Whether a program is there, and does what it is asked to.
pub fn has(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The program that `python3` starts, which may be a script that takes its time.
pub fn python() -> Option<&'static str> {
    const ASK: &str = "import ctypes, fcntl, sys, zlib; print(sys.executable)";
    static PYTHON: LazyLock<Option<String>> = LazyLock::new(|| {
        let asked = Command::new("python3")
            .args(["-I", "-c", ASK])
            .output()
            .ok()?;
        let answer = String::from_utf8(asked.stdout).ok()?;
        asked.status.success().then(|| answer.trim_end().to_owned())
    });
    PYTHON.as_deref()
}

/// Whether the tests of the seal can be made here; says why not.
pub fn is_possible() -> bool {
    static IS_CLOSABLE: LazyLock<bool> = LazyLock::new(|| {
        let mut probe = unshare(Guise::User).to_vec();
        probe.push("true");
        has(probe[0], &probe[1..])
    });
    if python().is_none() {
        eprintln!("skipped: python3 not present");
        return false;
    }
    if !*IS_CLOSABLE {
        eprintln!("skipped: unshare(1) cannot make a network namespace here");
        return false;
    }
    true
}

/// The command that runs another one without a network.
fn unshare(guise: Guise) -> &'static [&'static str] {
    match (is_root(), guise) {
        (true, _) => &["unshare", "--net", "--"],
        (false, Guise::User) => &["unshare", "--user", "--map-current-user", "--net", "--"],
        // Root of nothing but the namespace.
        (false, Guise::Root) => &["unshare", "--user", "--map-root-user", "--net", "--"],
    }
}

/// What a sandboxed program must not reach.
#[derive(Debug, Default)]
pub struct Lures {
    /// Addresses of listening sockets; abstract ones begin with a zero byte.
    pub stream_sockets: Vec<String>,
    /// Addresses of datagram sockets.
    pub datagram_sockets: Vec<String>,
    /// Paths of listening sockets that are bound by their last part alone.
    pub relative_sockets: Vec<String>,
    /// A file that is open as descriptor 7 when the command starts.
    pub inherited: Option<PathBuf>,
    /// The loopback interface is up. Root only.
    pub loopback: bool,
    /// Variables of the command's environment.
    pub variables: Vec<(String, String)>,
}

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    /// Where a run left its folder.
    out: PathBuf,
    pub status: i64,
    pub stdout: String,
    pub stderr: String,
    /// The sockets among the lures that somebody connected or sent to.
    pub reached: Vec<String>,
}

/// A place that an ordinary user can work in, with the binary in it.
pub struct Place {
    directory: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = Self { directory };
        // Any user may work in here.
        fs::set_permissions(place.path(), Permissions::from_mode(0o1777)).unwrap();
        let built = env!("CARGO_BIN_EXE_beaconlab");
        if fs::hard_link(built, place.binary()).is_err() {
            fs::copy(built, place.binary()).unwrap();
        }
        fs::set_permissions(place.binary(), Permissions::from_mode(0o755)).unwrap();
        place
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The name of the directory, which no other place has.
    pub fn name(&self) -> &str {
        self.path().file_name().unwrap().to_str().unwrap()
    }

    /// The key of the host's shared memory while a command runs.
    pub fn shared_memory(&self) -> i32 {
        let bytes = self.name().bytes();
        bytes.fold(0x0BEA, |key, byte| {
            (key * 31 + i32::from(byte)) & 0x00FF_FFFF
        })
    }

    pub fn binary(&self) -> PathBuf {
        self.path().join("beaconlab")
    }

    /// Puts Wine's prefix where the binary keeps it, as if it had been used.
    pub fn keep_wine(&self) {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        let doctor = Command::new(self.binary())
            .arg("doctor")
            .env("XDG_CACHE_HOME", &kept)
            .output();
        doctor.unwrap();
        let own = self.cache().join("beaconlab");
        fs::create_dir_all(&own).unwrap();
        for entry in fs::read_dir(kept.join("beaconlab")).unwrap() {
            let entry = entry.unwrap();
            let copy = own.join(entry.file_name());
            fs::copy(entry.path(), &copy).unwrap();
            fs::set_permissions(copy, Permissions::from_mode(0o644)).unwrap();
        }
    }

    fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }

    /// Runs a scenario that is this one command of cmd.exe.
    pub fn run_scenario(
        &self,
        guise: Guise,
        command: &str,
        options: &[&str],
        lures: &Lures,
    ) -> Ran {
        let folder = self.path().join("scenarios");
        scenario::write(&folder, command);
        let binary = self.binary();
        let mut arguments = vec![binary.to_str().unwrap(), "run", "--out", OUT];
        arguments.extend(["--scenarios", folder.to_str().unwrap()]);
        arguments.extend(options);
        let arguments: Vec<_> = arguments.into_iter().map(str::to_owned).collect();
        let _ = fs::remove_dir_all(self.path().join(OUT));
        self.run(guise, &arguments, lures)
    }

    /// Runs a command in here, in a network namespace without a way out.
    pub fn run(&self, guise: Guise, command: &[String], lures: &Lures) -> Ran {
        let answer = self.path().join(format!("answer-{guise:?}.json"));
        let given = json!({
            "become": (is_root() && guise == Guise::User).then_some(ORDINARY),
            "directory": self.path(),
            "command": command,
            "answer": answer,
            "deadline": DEADLINE.as_secs() - 10,
            "stream_sockets": lures.stream_sockets,
            "datagram_sockets": lures.datagram_sockets,
            "relative_sockets": lures.relative_sockets,
            "inherited": lures.inherited,
            "loopback": lures.loopback,
            "shared_memory": self.shared_memory(),
            "marker": MARKER,
        });
        let unshare = unshare(guise);
        let ran = assert_cmd::Command::new(unshare[0])
            .args(&unshare[1..])
            .args([python().unwrap(), "-I", "-c", OUTSIDE])
            .arg(given.to_string())
            .env("XDG_CACHE_HOME", self.cache())
            .envs(lures.variables.iter().map(|(name, value)| (name, value)))
            .timeout(DEADLINE)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{complaint}");
        let answer: Value = serde_json::from_slice(&fs::read(answer).unwrap()).unwrap();
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        Ran {
            out: self.path().join(OUT),
            status: answer["status"].as_i64().unwrap(),
            stdout: text("stdout"),
            stderr: text("stderr"),
            reached: answer["reached"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
        }
    }
}

impl Ran {
    /// What the folder of the run has under a name.
    pub fn file(&self, name: &str) -> String {
        let folders: Vec<_> = fs::read_dir(&self.out)
            .unwrap_or_else(|error| panic!("no run folder: {error}\n{}", self.stderr))
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(folders.len(), 1, "one run leaves one folder: {folders:?}");
        fs::read_to_string(folders[0].join(name)).unwrap()
    }

    /// The report of the run.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.file("run.json")).unwrap()
    }
}

/// Whether a real browser can be had here.
pub fn browser() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    has("certutil") && Path::new("/usr/lib/chromium/chromium").is_file()
}

/// Whether Wine is there.
pub fn wine() -> bool {
    Path::new("/usr/lib/wine/wine64").is_file()
}
