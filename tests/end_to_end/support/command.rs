//! A folder of its own for one test, and the binary that runs in it.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process;
use std::rc::Rc;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::{Account, DEADLINE, Run, Running};

/// The folder of one test, and the binary.
pub struct Workplace {
    folder: Rc<TempDir>,
    program: PathBuf,
    account: Account,
}

impl Workplace {
    /// An empty folder; the binary is where Cargo put it.
    pub fn new() -> Self {
        Self {
            folder: Rc::new(TempDir::new().unwrap()),
            program: PathBuf::from(env!("CARGO_BIN_EXE_beaconlab")),
            account: Account::Own,
        }
    }

    /// A folder that belongs to an account, with nothing but a copy of the
    /// binary in it.
    pub fn with_copy(account: Account) -> Self {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("beaconlab");
        // Written by another process: one that a neighbour's test forks could
        // hold the file open for writing, and then it cannot be run (a bug
        // once: "Text file busy", now and then).
        let copied = process::Command::new("install")
            .args(["-m", "755", env!("CARGO_BIN_EXE_beaconlab")])
            .arg(&program)
            .status();
        assert!(copied.unwrap().success());
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        // What the suite made once is no secret, and a copy is at hand anywhere.
        if let Ok(kept) = fs::read_dir(cache().join("beaconlab")) {
            let own = folder.path().join("cache/beaconlab");
            fs::create_dir_all(&own).unwrap();
            for entry in kept {
                let entry = entry.unwrap();
                let copy = own.join(entry.file_name());
                fs::copy(entry.path(), &copy).unwrap();
                fs::set_permissions(copy, Permissions::from_mode(0o644)).unwrap();
            }
            account.own(&own);
        }
        account.own(folder.path());
        Self {
            folder: Rc::new(folder),
            program,
            account,
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The binary.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Where the binary keeps what it makes once: its own for a copy, one for
    /// all tests else.
    fn cache(&self) -> PathBuf {
        let own = self.path().join("cache");
        if own.is_dir() {
            own
        } else {
            cache().to_owned()
        }
    }

    /// Writes a file into the folder, and its folders with it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The binary as a command that is not started yet.
    pub fn command<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> process::Command {
        let mut command = process::Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.path())
            // What the suite's own surroundings say must not show in the tests.
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("SUDO_UID")
            .env_remove("SUDO_GID")
            .env("XDG_CACHE_HOME", self.cache());
        if let Some((user, group)) = self.account.ids() {
            command.uid(user).gid(group);
        }
        command
    }

    /// Runs the binary to its end.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.finish(self.command(arguments))
    }

    /// Runs a command of [`Workplace::command`] to its end.
    #[track_caller]
    pub fn finish(&self, command: process::Command) -> Run {
        let output = assert_cmd::Command::from_std(command)
            .timeout(DEADLINE)
            .output()
            .unwrap();
        Run::new(output, &self.folder)
    }

    /// Starts the binary and goes on.
    #[track_caller]
    pub fn start<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Running {
        Running::new(self.command(arguments), &self.folder)
    }
}

/// The suite's cache, filled: otherwise each test would fill it anew.
pub fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        let status = process::Command::new(env!("CARGO_BIN_EXE_beaconlab"))
            .arg("doctor")
            .env("XDG_CACHE_HOME", &cache)
            .stdout(process::Stdio::null())
            .stderr(process::Stdio::null())
            .status();
        // Where the doctor finds fault, tests that need it say so themselves.
        status.unwrap();
        cache
    })
}

/// A program of the machine, if it is there; says so loudly if it is not.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} not present");
    }
    found
}
