//! Which program runs under which Windows image name, and at which evidence
//! tier: the real one where it is there, a stand-in where it is not.

use std::fmt;
use std::fs;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};

use crate::drive::Drive;
use crate::sandbox::{Account, Source, Staged};
use crate::sensor::digest::Cache;

/// How real an interpreter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The real program.
    Native,
    /// The lab's own program, which interprets the same text by a published
    /// grammar.
    StandIn,
}

impl Tier {
    /// The name, as options and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::StandIn => "stand-in",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which tiers the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The best tier of each program.
    #[default]
    Auto,
    /// Stand-ins, and native programs only where there is no stand-in.
    StandIn,
    /// Native programs only.
    Native,
}

/// A program that the lab has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interpreter {
    /// Its Windows image.
    pub image: String,
    /// What it is, `curl` or `stand-in for cmd.exe`.
    pub program: String,
    /// How real it is.
    pub tier: Tier,
    /// Its file on the host; the lab's own binary has none worth naming.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// What it says of its version.
    pub version: String,
    #[serde(skip)]
    source: Option<Source>,
}

/// A program that the lab does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its Windows image's file name.
    pub image: String,
    /// Why it is missing, and what to do.
    pub reason: String,
}

/// All programs, had and missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// Those that the lab has, by image.
    pub interpreters: Vec<Interpreter>,
    /// Those that it has not.
    pub missing: Vec<Missing>,
    /// Directories of the host that the programs need beside the usual ones.
    pub directories: Vec<PathBuf>,
}

const STAND_INS: &[&str] = &[
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
    r"C:\Windows\System32\cmd.exe",
    r"C:\Windows\System32\cscript.exe",
    r"C:\Windows\System32\timeout.exe",
    r"C:\Windows\System32\wscript.exe",
];

const CURL: &str = r"C:\Windows\System32\curl.exe";

/// The directories in which the lab's programs are found, as a `PATH` of the
/// sandbox.
pub const SEARCH_PATH: &[&str] = &[
    r"C:\Windows\System32",
    r"C:\Windows",
    r"C:\Windows\System32\WindowsPowerShell\v1.0",
    r"C:\Program Files\Python3",
    r"C:\Program Files\Google\Chrome\Application",
    r"C:\Program Files (x86)\Microsoft\Edge\Application",
];

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(5);

const PYTHON: &str = r"C:\Program Files\Python3\python.exe";

impl Inventory {
    /// Looks for the programs on the directories of `search_path`. They must
    /// be open to the account that beacons will run as.
    pub fn take(choice: Choice, search_path: &[PathBuf], account: Option<Account>) -> Self {
        let mut inventory = Self::default();
        let stand_in = |image: &&str| Interpreter {
            image: (*image).to_owned(),
            program: format!("stand-in for {}", file_name(image)),
            tier: Tier::StandIn,
            path: None,
            version: format!("beaconlab {}", env!("CARGO_PKG_VERSION")),
            source: Some(Source::StandIn),
        };
        if choice == Choice::Native {
            inventory.missing = STAND_INS
                .iter()
                .map(|image| Missing {
                    image: file_name(image).to_owned(),
                    reason: "it does not run natively here, and `--interpreters native` \
                             leaves stand-ins out"
                        .to_owned(),
                })
                .collect();
        } else {
            inventory.interpreters = STAND_INS.iter().map(stand_in).collect();
        }
        let (curl, python) = std::thread::scope(|scope| {
            let curl = scope.spawn(|| find_curl(search_path, account));
            let python = find_python(search_path, account);
            (curl.join().ok().flatten(), python)
        });
        match curl {
            Some(curl) => inventory.interpreters.push(curl),
            None => inventory.missing.push(Missing {
                image: "curl.exe".to_owned(),
                reason: "no curl on the PATH: install it (`apt-get install curl`)".to_owned(),
            }),
        }
        match python {
            Some((python, directory)) => {
                inventory.interpreters.push(python);
                inventory.directories.extend(directory);
            }
            None => inventory.missing.push(Missing {
                image: "python.exe".to_owned(),
                reason: "no python3 on the PATH that beacons may read: install it \
                         (`apt-get install python3`)"
                    .to_owned(),
            }),
        }
        inventory
            .interpreters
            .sort_by(|one, other| one.image.cmp(&other.image));
        inventory
    }

    /// Adds a program under another image: a copy of one that is there.
    ///
    /// # Errors
    /// [`Missing`] if there is no program of that name (`curl`, `cmd`, …).
    pub fn copy(&mut self, image: &str, of: &str) -> Result<(), Missing> {
        let original = self
            .interpreters
            .iter()
            .find(|interpreter| {
                let name = file_name(&interpreter.image).to_ascii_lowercase();
                let of = of.to_ascii_lowercase();
                name == of || name.strip_suffix(".exe") == Some(&of)
            })
            .cloned()
            .ok_or_else(|| Missing {
                image: file_name(image).to_owned(),
                reason: format!("it is a copy of {of}, which is not there"),
            })?;
        if self.interpreters.iter().all(|known| known.image != image) {
            self.interpreters.push(Interpreter {
                image: image.to_owned(),
                ..original
            });
        }
        Ok(())
    }

    /// The program that ran under an image.
    pub fn of_image(&self, image: &str) -> Option<&Interpreter> {
        self.interpreters
            .iter()
            .find(|interpreter| interpreter.image.eq_ignore_ascii_case(image))
    }

    /// The files for the staged drive. A program whose file cannot be read is
    /// left without digests.
    pub fn staged(&self, drive: &Drive, binary: &Path, cache: &Cache) -> Vec<Staged> {
        let root = drive.root();
        self.interpreters
            .iter()
            .filter_map(|interpreter| {
                let source = interpreter.source.clone()?;
                let file = match &source {
                    Source::File(path) => path.as_path(),
                    Source::StandIn => binary,
                };
                Some(Staged {
                    place: drive.host(&interpreter.image, root)?,
                    digests: cache.digests(file).ok(),
                    source,
                })
            })
            .collect()
    }
}

fn file_name(image: &str) -> &str {
    image.rsplit('\\').next().unwrap_or(image)
}

fn find_curl(search_path: &[PathBuf], account: Option<Account>) -> Option<Interpreter> {
    let path = on_path("curl", search_path)
        .filter(|path| is_program(path))
        .find(|path| is_open_to(path, account))?;
    let version = first_line(&path, &["--version"])?;
    Some(Interpreter {
        image: CURL.to_owned(),
        program: "curl".to_owned(),
        tier: Tier::Native,
        version: version.split(" (").next().unwrap_or(&version).to_owned(),
        source: Some(Source::File(path.clone())),
        path: Some(path),
    })
}

/// `python3` on the `PATH` may be a script that starts another: it is asked
/// which program it is, and where its library lies. (Not the prefix that it was
/// built with, which may be a user's home directory.)
fn find_python(
    search_path: &[PathBuf],
    account: Option<Account>,
) -> Option<(Interpreter, Option<PathBuf>)> {
    const ASK: &str = "import sys, os; print(os.path.realpath(sys.executable)); \
                       print(os.path.dirname(os.path.dirname(os.__file__))); \
                       print(sys.version.split()[0])";
    // A script that starts another program may take long to say which, so
    // that scripts are asked only where there is no program.
    let (programs, scripts): (Vec<_>, Vec<_>) =
        on_path("python3", search_path).partition(|path| is_program(path));
    programs.into_iter().chain(scripts).find_map(|candidate| {
        let answer = output(&candidate, &["-I", "-S", "-c", ASK])?;
        let mut lines = answer.lines();
        let (path, library) = (PathBuf::from(lines.next()?), PathBuf::from(lines.next()?));
        let version = format!("Python {}", lines.next()?);
        if !is_program(&path) || !is_open_to(&path, account) || !is_open_to(&library, account) {
            return None;
        }
        let elsewhere = !library.starts_with("/usr");
        let interpreter = Interpreter {
            image: PYTHON.to_owned(),
            program: "python3".to_owned(),
            tier: Tier::Native,
            version,
            source: Some(Source::File(path.clone())),
            path: Some(path),
        };
        Some((interpreter, elsewhere.then_some(library)))
    })
}

fn on_path<'a>(name: &'a str, search_path: &'a [PathBuf]) -> impl Iterator<Item = PathBuf> + 'a {
    search_path
        .iter()
        .map(move |directory| directory.join(name))
        .filter(|path| path.is_file())
        .filter_map(|path| fs::canonicalize(path).ok())
}

/// A file that is no script: a script's interpreter would be what runs.
fn is_program(path: &Path) -> bool {
    let mut start = [0; 4];
    fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"\x7FELF"
}

/// Whether the account may reach and read a file: what root may is no measure.
fn is_open_to(path: &Path, account: Option<Account>) -> bool {
    let Some(account) = account else {
        return true;
    };
    path.ancestors().all(|part| {
        fs::metadata(part).is_ok_and(|metadata| {
            let mode = metadata.permissions().mode();
            let bits = if metadata.uid() == account.uid {
                mode >> 6
            } else if metadata.gid() == account.gid {
                mode >> 3
            } else {
                mode
            };
            let wanted = if part == path && !metadata.is_dir() {
                5
            } else {
                1
            };
            bits & wanted == wanted
        })
    })
}

fn first_line(program: &Path, arguments: &[&str]) -> Option<String> {
    output(program, arguments)?
        .lines()
        .next()
        .map(str::to_owned)
}

/// What a program prints, if it succeeds before it is given up.
fn output(program: &Path, arguments: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let printed = child.stdout.take().and_then(read_until_deadline);
    if printed.is_none() {
        // It hangs, or it closed nothing: it is of no use here.
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    let printed = printed.filter(|_| status.success())?;
    Some(String::from_utf8_lossy(&printed).into_owned())
}

/// All that comes through a pipe, if it is closed in time.
fn read_until_deadline(mut pipe: ChildStdout) -> Option<Vec<u8>> {
    let deadline = Instant::now() + PATIENCE;
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).ok()?;
        let mut waiting = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
        match poll(&mut waiting, left) {
            Err(Errno::EINTR) => {}
            Ok(1..) => match pipe.read(&mut piece).ok()? {
                0 => return Some(all),
                length => all.extend_from_slice(&piece[..length]),
            },
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A bug once: a `python3` that hangs held up every run.
    #[test]
    fn a_program_that_does_not_answer_is_given_up() {
        let shell = Path::new("/bin/sh");
        assert_eq!(
            output(shell, &["-c", "echo hello"]).as_deref(),
            Some("hello\n")
        );
        assert_eq!(output(shell, &["-c", "echo hello; exit 3"]), None);
        let clock = Instant::now();
        assert_eq!(output(shell, &["-c", "exec sleep 60"]), None);
        assert!(clock.elapsed() < 4 * PATIENCE);
    }

    /// The directory of a `python3` that is a program, if this machine has it.
    fn python_s_directory() -> Option<PathBuf> {
        ["/usr/bin", "/usr/local/bin"]
            .map(PathBuf::from)
            .into_iter()
            .find(|directory| is_program(&directory.join("python3")))
    }

    /// A `python3` that leaves a file behind and becomes the real one.
    fn script(directory: &Path, real: &Path) {
        let text = format!(
            "#!/bin/sh\n: > {}\nexec {} \"$@\"\n",
            directory.join("asked").display(),
            real.join("python3").display(),
        );
        // Written by another process: one that this test's neighbours fork
        // could hold the file open for writing, and then it cannot be run.
        let written = Command::new("/bin/sh")
            .args(["-c", r#"printf %s "$1" > "$0" && chmod 755 "$0""#])
            .arg(directory.join("python3"))
            .arg(text)
            .status();
        assert!(written.unwrap().success());
    }

    #[test]
    fn a_script_is_asked_for_python_only_where_there_is_no_program() {
        let Some(real) = python_s_directory() else {
            eprintln!("skipped: python3 not present as a program");
            return;
        };
        let directory = tempfile::tempdir().unwrap();
        script(directory.path(), &real);
        let asked = directory.path().join("asked");

        let both = [directory.path().to_owned(), real.clone()];
        let (python, _) = find_python(&both, None).unwrap();
        assert!(!asked.exists());

        let (by_script, _) = find_python(&both[..1], None).unwrap();
        assert!(asked.exists());
        // The script is no interpreter: what it starts is.
        assert_eq!(by_script, python);
    }
}
