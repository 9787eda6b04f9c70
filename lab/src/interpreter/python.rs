//! Python, as python.org's installer puts it for all users.

use std::path::PathBuf;

use super::found::Found;
use super::host::{self, Host};
use super::trust::BUNDLE;
use super::version::Version;

pub(super) const IMAGE: &str = r"C:\Program Files\Python3\python.exe";

/// `python3` on the `PATH` may be a script that starts another: it is asked
/// which program it is, and where its library lies. (Not the prefix that it was
/// built with, which may be a user's home directory.)
pub(super) fn find(host: &Host<'_>, _: &str) -> Result<Found, String> {
    const ASK: &str = "import sys, os; print(os.path.realpath(sys.executable)); \
                       print(os.path.dirname(os.path.dirname(os.__file__))); \
                       print(sys.version.split()[0])";
    // A script that starts another program may take long to say which, so
    // that scripts are asked only where there is no program.
    let (programs, scripts): (Vec<_>, Vec<_>) = host
        .named("python3")
        .partition(|path| host::is_program(path));
    let found = programs.into_iter().chain(scripts).find_map(|candidate| {
        let answer = host::output(&candidate, &["-I", "-S", "-c", ASK])?;
        let mut lines = answer.lines();
        let (path, library) = (PathBuf::from(lines.next()?), PathBuf::from(lines.next()?));
        let version = format!("Python {}", lines.next()?);
        if !host::is_program(&path) || !host.is_open(&path) || !host.is_open(&library) {
            return None;
        }
        let mut found = Found::at(&path, "python3", Version::known(version));
        // The requests library has roots of its own.
        found.environment.push(("REQUESTS_CA_BUNDLE", BUNDLE));
        if !library.starts_with("/usr") {
            found.directories.push(library);
        }
        Some(found)
    });
    found.ok_or_else(|| {
        "no python3 on the PATH that beacons may read: install it (`apt-get install python3`)"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;
    use std::process::Command;

    use super::*;

    fn on(search_path: &[PathBuf]) -> Host<'_> {
        static NO_WINDOWS: Result<crate::wine::Windows, String> = Err(String::new());
        Host {
            search_path,
            account: None,
            windows: &NO_WINDOWS,
        }
    }

    /// The directory of a `python3` that is a program, if this machine has it.
    fn python_s_directory() -> Option<PathBuf> {
        ["/usr/bin", "/usr/local/bin"]
            .map(PathBuf::from)
            .into_iter()
            .find(|directory| host::is_program(&directory.join("python3")))
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
        let python = find(&on(&both), IMAGE).unwrap();
        assert!(!asked.exists());

        let by_script = find(&on(&both[..1]), IMAGE).unwrap();
        assert!(asked.exists());
        // The script is no interpreter: what it starts is.
        assert_eq!(by_script.path, python.path);
    }
}
