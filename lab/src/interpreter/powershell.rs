//! PowerShell 7 (`pwsh`) in the place of Windows PowerShell.
//!
//! It is another product than Windows PowerShell 5.1, with other defaults, so
//! that it runs only where native programs are asked for. Its script blocks it
//! logs itself, by `syslog(3)`. None of this was tried with a real one: a program
//! that behaves as its documentation and source say stands for it in tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::found::{Companions, Found};
use super::host::Host;
use super::trust::BUNDLE;
use super::version::Version;

/// PowerShell's own files are some hundreds; a folder with many more is not its.
const MOST: usize = 4096;

/// The configuration by which PowerShell on Linux logs each script block, and its
/// name. Only the file beside the program says how it logs to the system log; a
/// script block that is not suspicious is logged as verbose, which is beyond the
/// default.
///
/// Source: `about_Logging_Non-Windows` and `about_PowerShell_Config` on Microsoft
/// Learn; `PSConfiguration.cs` (`GetLogLevel` and its kin read the scope
/// `AllUsers`) and `CompiledScriptBlock.cs` of PowerShell's source.
pub(super) const CONFIGURATION: (&str, &str) = (
    "powershell.config.json",
    r#"{
  "PowerShellPolicies": {
    "ScriptBlockLogging": {
      "EnableScriptBlockLogging": true,
      "EnableScriptBlockInvocationLogging": false
    }
  },
  "LogIdentity": "powershell",
  "LogLevel": "Verbose",
  "LogChannels": "Operational"
}
"#,
);

pub(super) fn find(host: &Host<'_>, _: &str) -> Result<Found, String> {
    let path = host.program("pwsh").ok_or(
        "pwsh is not installed (https://learn.microsoft.com/powershell/scripting/install); \
         Windows PowerShell does not run on Linux, and Wine's does nothing",
    )?;
    let version = Version::asked(&path, str::to_owned);
    let mut found = Found::at(&path, "PowerShell 7 (pwsh)", version);
    found.companions = Companions(Arc::from(beside(&path)));
    // .NET reads no bundle, unless it is told.
    found.environment.push(("SSL_CERT_FILE", BUNDLE));
    found.environment.push(("POWERSHELL_TELEMETRY_OPTOUT", "1"));
    found.logs_script_blocks = true;
    Ok(found)
}

/// All files in the program's folder, but for the program: it loads its library
/// and its modules from there. Its configuration is the lab's.
fn beside(program: &Path) -> Vec<(PathBuf, PathBuf)> {
    let Some(directory) = program.parent() else {
        return vec![];
    };
    // A program among many others brings nothing along.
    if !directory.join("pwsh.dll").is_file() {
        return vec![];
    }
    let mut files = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() && path != program && files.len() < MOST => {
                    if let Ok(from_there) = path.strip_prefix(directory)
                        && from_there != Path::new(CONFIGURATION.0)
                    {
                        files.push((from_there.to_owned(), path));
                    }
                }
                _ => {}
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::super::{Choice, Inventory, Machine, Tier};
    use crate::drive::Drive;
    use crate::sensor::digest::Cache;

    use super::*;

    const IMAGE: &str = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";

    /// A folder like PowerShell's, whose program is a copy of another.
    fn installed() -> Option<tempfile::TempDir> {
        let echo = Path::new("/bin/echo");
        if !super::super::host::is_program(echo) {
            eprintln!("skipped: /bin/echo not present as a program");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        // By another process: a file that this one had open for writing could
        // not be run while a neighbour's child still holds it.
        let copied = std::process::Command::new("cp")
            .args([echo, &folder.path().join("pwsh")])
            .status();
        assert!(copied.unwrap().success());
        fs::create_dir_all(folder.path().join("Modules/PSReadLine")).unwrap();
        fs::write(folder.path().join("pwsh.dll"), "").unwrap();
        fs::write(folder.path().join("Modules/PSReadLine/a.psd1"), "").unwrap();
        fs::write(folder.path().join(CONFIGURATION.0), "{}").unwrap();
        Some(folder)
    }

    fn take(choice: Choice, folder: &Path) -> Inventory {
        let machine = Machine {
            search_path: vec![folder.to_owned()],
            ..Machine::default()
        };
        Inventory::take(choice, &machine)
    }

    #[test]
    fn it_is_staged_whole_and_labelled_where_native_programs_are_asked_for() {
        let Some(folder) = installed() else { return };
        let inventory = take(Choice::Native, folder.path());
        let powershell = inventory.of_image(IMAGE).unwrap();
        assert_eq!(powershell.tier, Tier::Native);
        assert_eq!(powershell.program, "PowerShell 7 (pwsh)");
        // The copied program says its own version.
        assert!(
            powershell.version().starts_with("echo "),
            "{}",
            powershell.version()
        );
        assert_eq!(
            powershell.path.as_deref(),
            Some(folder.path().join("pwsh").as_path())
        );
        let staged = |text| {
            let drive = Drive::new(Drive::ROOT);
            let all = inventory.staged(&drive, Path::new("/bin/sh"), &Cache::default(), text);
            let mut places: Vec<_> = all.into_iter().map(|staged| staged.place).collect();
            places.sort();
            places
        };
        let home = Path::new("/c/Windows/System32/WindowsPowerShell/v1.0");
        assert_eq!(
            staged("powershell.exe -Command x"),
            ["Modules/PSReadLine/a.psd1", "powershell.exe", "pwsh.dll"].map(|all| home.join(all))
        );
        // What is not to run is not there.
        assert!(staged("cmd.exe /c echo").is_empty());
        // The configuration of the host's PowerShell is none for the lab's.
        let drive = Drive::new(Drive::ROOT);
        let written = |text| inventory.script_block_logging(&drive, text);
        let [configuration] = &written("powershell.exe -Command x")[..] else {
            panic!("one configuration");
        };
        assert_eq!(configuration.place, home.join("powershell.config.json"));
        let settings: serde_json::Value = serde_json::from_slice(&configuration.content).unwrap();
        assert_eq!(settings["LogLevel"], "Verbose");
        let policy = &settings["PowerShellPolicies"]["ScriptBlockLogging"];
        assert_eq!(policy["EnableScriptBlockLogging"], true);
        assert!(written("cmd.exe /c echo").is_empty());
    }

    #[test]
    fn by_itself_the_lab_takes_the_stand_in_and_says_that_it_is_there() {
        let Some(folder) = installed() else { return };
        let inventory = take(Choice::Auto, folder.path());
        let powershell = inventory.of_image(IMAGE).unwrap();
        assert_eq!(powershell.tier, Tier::StandIn);
        let why = powershell.why_not_better.as_deref().unwrap();
        assert!(why.contains("--interpreters native"), "{why}");

        let none = tempfile::tempdir().unwrap();
        let inventory = take(Choice::Auto, none.path());
        let why = inventory.of_image(IMAGE).unwrap().why_not_better.as_deref();
        assert!(why.unwrap().contains("pwsh is not installed"));
    }
}
