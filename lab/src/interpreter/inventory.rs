//! All programs that the lab knows of: which it has and at which tier, and
//! which it has not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

use super::browser::Browser;
use super::found::{Found, Interpreter, Missing, file_name};
use super::host::Host;
use super::machine::Machine;
use super::tier::{Choice, Tier};
use super::{browser, curl, node, powershell, python, wget, wine};
use crate::drive::Drive;
use crate::sandbox::{Source, Staged, Written};
use crate::sensor::digest::Cache;
use crate::wine::Windows;

/// The directories in which the lab's programs are found, as a `PATH` of the
/// sandbox.
pub const SEARCH_PATH: &[&str] = &[
    r"C:\Windows\System32",
    r"C:\Windows",
    r"C:\Windows\System32\WindowsPowerShell\v1.0",
    r"C:\Program Files\Python3",
    r"C:\Program Files\nodejs",
    r"C:\Program Files (x86)\GnuWin32\bin",
    r"C:\Program Files\Google\Chrome\Application",
    r"C:\Program Files (x86)\Microsoft\Edge\Application",
];

/// From how many bytes on a program is large: its digests take longer than the
/// set-up of a sandbox.
const LARGE: u64 = 16 * 1024 * 1024;

/// How a program of one tier is found, by its image; the error says why it is
/// not there.
type Find = fn(&Host<'_>, &str) -> Result<Found, String>;

/// A program that scenarios may start, and the tiers in which there is one.
struct Known {
    image: &'static str,
    native: Option<Find>,
    wine: Option<Find>,
    stand_in: bool,
    /// Its native tier is taken without being asked for.
    by_itself: bool,
    /// Why there are no more tiers.
    otherwise: &'static str,
}

/// Windows' own programs that Wine has, too.
const fn of_windows(image: &'static str) -> Known {
    Known {
        image,
        native: None,
        wine: Some(wine::find),
        stand_in: true,
        by_itself: true,
        otherwise: "Windows' own program does not run on Linux",
    }
}

/// Programs of which there is no other but the lab's.
const fn stand_in(image: &'static str, otherwise: &'static str) -> Known {
    Known {
        image,
        native: None,
        wine: None,
        stand_in: true,
        by_itself: true,
        otherwise,
    }
}

/// Browsers: the real one, or a stand-in.
const fn browser(image: &'static str) -> Known {
    Known {
        image,
        native: Some(browser::find),
        wine: None,
        stand_in: true,
        by_itself: true,
        otherwise: "it is no program of this machine",
    }
}

/// Programs that run as they are.
const fn native(image: &'static str, find: Find) -> Known {
    Known {
        image,
        native: Some(find),
        wine: None,
        stand_in: false,
        by_itself: true,
        otherwise: "there is no stand-in for it",
    }
}

const KNOWN: &[Known] = &[
    browser(r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe"),
    browser(r"C:\Program Files\Google\Chrome\Application\chrome.exe"),
    native(wget::IMAGE, wget::find),
    native(python::IMAGE, python::find),
    native(node::IMAGE, node::find),
    Known {
        native: Some(powershell::find),
        by_itself: false,
        ..stand_in(
            r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
            "Windows PowerShell does not run on Linux, and Wine's does nothing",
        )
    },
    of_windows(r"C:\Windows\System32\cmd.exe"),
    of_windows(r"C:\Windows\System32\cscript.exe"),
    native(curl::IMAGE, curl::find),
    stand_in(
        r"C:\Windows\System32\timeout.exe",
        "Windows' own program does not run on Linux, and Wine has none",
    ),
    of_windows(r"C:\Windows\System32\wscript.exe"),
];

impl Known {
    /// The tiers in which there is such a program, the best first.
    fn tiers(&self) -> Vec<Tier> {
        let there = |tier: &Tier| match tier {
            Tier::Native => self.native.is_some(),
            Tier::Wine => self.wine.is_some(),
            Tier::StandIn => self.stand_in,
        };
        Tier::ALL.into_iter().filter(there).collect()
    }

    fn find(&self, tier: Tier, host: &Host<'_>) -> Result<Found, String> {
        let find = match tier {
            Tier::Native => self.native,
            Tier::Wine => self.wine,
            Tier::StandIn => return Ok(Found::stand_in(self.image)),
        };
        find.map_or_else(
            || Err(self.otherwise.to_owned()),
            |find| find(host, self.image),
        )
    }

    /// The best program that the choice allows.
    fn best(&self, choice: Choice, host: &Host<'_>) -> Result<Best, Missing> {
        let tiers = self.tiers();
        let allowed = choice.of(&tiers);
        let mut reasons = Vec::new();
        for tier in &tiers {
            if !allowed.contains(tier) {
                reasons.push(format!(
                    "`--interpreters {}` leaves out its {tier} tier",
                    choice.name()
                ));
                continue;
            }
            match self.find(*tier, host) {
                Ok(found) if *tier == Tier::Native && choice == Choice::Auto && !self.by_itself => {
                    reasons.push(format!(
                        "{} is here, and is another product: `--interpreters native` runs it",
                        found.program
                    ));
                }
                Ok(found) => return Ok(self.interpreter(*tier, found, &reasons)),
                Err(reason) => reasons.push(reason),
            }
        }
        if tiers.first() != Some(&Tier::Native) {
            reasons.insert(0, self.otherwise.to_owned());
        }
        Err(Missing {
            image: file_name(self.image).to_owned(),
            reason: reasons.join("; "),
        })
    }

    fn interpreter(&self, tier: Tier, found: Found, reasons: &[String]) -> Best {
        let why_not_better = match (tier, reasons) {
            (Tier::Native, _) => None,
            (_, []) => Some(self.otherwise.to_owned()),
            (_, reasons) => Some(reasons.join("; ")),
        };
        let interpreter = Interpreter {
            image: self.image.to_owned(),
            program: found.program,
            tier,
            path: found.path,
            why_not_better,
            version: found.version,
            source: found.source,
            browser: found.browser,
            companions: found.companions,
            logs_script_blocks: found.logs_script_blocks,
        };
        Best {
            interpreter,
            directories: found.directories,
            environment: found.environment,
        }
    }
}

/// The best program for an image, and what it needs beside itself.
struct Best {
    interpreter: Interpreter,
    directories: Vec<PathBuf>,
    environment: Vec<(&'static str, &'static str)>,
}

/// All programs, had and missing.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Those that the lab has, by image.
    pub interpreters: Vec<Interpreter>,
    /// Those that it has not.
    pub missing: Vec<Missing>,
    /// Directories of the host that the programs need beside the usual ones.
    pub directories: Vec<PathBuf>,
    /// The Windows that programs of Wine's run on, if there are any.
    pub windows: Option<Windows>,
    /// Variables that the programs need beside the usual ones.
    pub environment: BTreeMap<&'static str, &'static str>,
    choice: Choice,
}

impl Inventory {
    /// Looks for the programs of a machine. They must be open to the account
    /// that beacons will run as. Where Wine has not been used before, this sets
    /// it up, which takes some seconds.
    pub fn take(choice: Choice, machine: &Machine) -> Self {
        let not_looked_for = Err("it was not looked for".to_owned());
        let windows = if choice.takes_wine() {
            machine.windows()
        } else {
            &not_looked_for
        };
        let host = Host {
            search_path: &machine.search_path,
            account: machine.account,
            windows,
        };
        let mut inventory = Self {
            choice,
            ..Self::default()
        };
        thread::scope(|scope| {
            // Programs that are asked for their version take a moment each.
            let looking: Vec<_> = KNOWN
                .iter()
                .map(|known| scope.spawn(move || known.best(choice, &host)))
                .collect();
            for (known, looking) in KNOWN.iter().zip(looking) {
                let best = looking.join().unwrap_or_else(|_| {
                    Err(Missing {
                        image: file_name(known.image).to_owned(),
                        reason: "looking for it failed".to_owned(),
                    })
                });
                match best {
                    Ok(best) => {
                        inventory.interpreters.push(best.interpreter);
                        inventory.directories.extend(best.directories);
                        inventory.environment.extend(best.environment);
                    }
                    Err(missing) => inventory.missing.push(missing),
                }
            }
        });
        inventory
            .interpreters
            .sort_by(|one, other| one.image.cmp(&other.image));
        inventory.windows = windows.as_ref().ok().cloned();
        inventory
    }

    /// The programs of a sandbox that begins with one of them, by its name
    /// (`cmd.exe`). Wine's run only where Windows is around them, that is where
    /// the first program is Wine's: elsewhere stand-ins take their places.
    #[must_use]
    pub fn beginning_with(mut self, first: &str, text: &str) -> Self {
        let is_wine = |interpreter: &Interpreter| interpreter.tier == Tier::Wine;
        let begins = |interpreter: &Interpreter| interpreter.name().eq_ignore_ascii_case(first);
        let is_first = self
            .interpreters
            .iter()
            .any(|all| is_wine(all) && begins(all));
        let browses = self.choice == Choice::Auto && self.browser(text).is_some();
        if is_first && !browses {
            return self;
        }
        self.windows = None;
        let why = if is_first {
            "with Wine's, the sensor would stop the real browser at each message that it \
             receives: `--interpreters wine` runs both"
                .to_owned()
        } else {
            format!("Wine's runs only where a scenario begins with it, and not with {first}")
        };
        let (wine, mut others): (Vec<_>, Vec<_>) = self.interpreters.into_iter().partition(is_wine);
        for interpreter in wine {
            if self.choice == Choice::Auto {
                let found = Found::stand_in(&interpreter.image);
                others.push(Interpreter {
                    program: found.program,
                    tier: Tier::StandIn,
                    path: found.path,
                    why_not_better: Some(why.clone()),
                    version: found.version,
                    source: found.source,
                    browser: None,
                    companions: found.companions,
                    logs_script_blocks: found.logs_script_blocks,
                    image: interpreter.image,
                });
            } else {
                self.missing.push(Missing {
                    image: interpreter.name().to_owned(),
                    reason: why.clone(),
                });
            }
        }
        others.sort_by(|one, other| one.image.cmp(&other.image));
        self.interpreters = others;
        self
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
                let name = interpreter.name().to_ascii_lowercase();
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

    /// The real browser that will run if `text` says what will.
    pub fn browser(&self, text: &str) -> Option<&Browser> {
        self.interpreters
            .iter()
            .filter(|interpreter| is_named(interpreter, text))
            .find_map(|interpreter| interpreter.browser.as_deref())
    }

    /// The programs that log their script blocks and will run if `text` says what
    /// will. Their sandbox has a system log.
    pub fn script_block_loggers(&self, text: &str) -> Vec<&Interpreter> {
        let logs = |interpreter: &&Interpreter| {
            interpreter.logs_script_blocks && is_named(interpreter, text)
        };
        self.interpreters.iter().filter(logs).collect()
    }

    /// The files by which those programs log their script blocks: PowerShell takes
    /// its configuration from its own folder.
    pub fn script_block_logging(&self, drive: &Drive, text: &str) -> Vec<Written> {
        let (name, content) = powershell::CONFIGURATION;
        self.script_block_loggers(text)
            .into_iter()
            .filter_map(|interpreter| drive.host(&interpreter.image, drive.root()))
            .map(|place| Written {
                place: place.with_file_name(name),
                content: content.as_bytes().to_vec(),
            })
            .collect()
    }

    /// Works out the digests of the large programs that will run if `text` says
    /// what will, so that their sandboxes need not wait for that.
    pub fn read_ahead(&self, text: &str, cache: &Cache) {
        for interpreter in &self.interpreters {
            if let Source::File(file) = &interpreter.source
                && is_large(file)
                && is_named(interpreter, text)
            {
                // What cannot be read is found out again when it is staged.
                let _ = cache.digests(file);
            }
        }
    }

    /// The files for the staged drive, where `text` says what will run. A
    /// program whose file cannot be read is left without digests, and so is a
    /// large one that is not named: should it run after all, the sensor works
    /// them out. A real browser is there only if it is named, since its sandbox
    /// grants it more than others; so is a program that logs its script blocks.
    pub fn staged(&self, drive: &Drive, binary: &Path, cache: &Cache, text: &str) -> Vec<Staged> {
        let mut all = Vec::new();
        // Wine's come with its Windows.
        let wine = |interpreter: &&Interpreter| interpreter.tier == Tier::Wine;
        for interpreter in self.interpreters.iter().filter(|all| !wine(all)) {
            let Some(place) = drive.host(&interpreter.image, drive.root()) else {
                continue;
            };
            let named = is_named(interpreter, text);
            // What brings much along is there only if it is to run.
            let companions = &interpreter.companions.0;
            let granted_more = interpreter.is_browser() || interpreter.logs_script_blocks;
            if !named && (granted_more || !companions.is_empty()) {
                continue;
            }
            let source = interpreter.source.clone();
            let file = match &source {
                Source::File(path) => path.as_path(),
                Source::StandIn => binary,
            };
            let small = source == Source::StandIn || !is_large(file);
            let digests = (named || small).then(|| cache.digests(file).ok()).flatten();
            for (from_there, file) in companions.iter() {
                all.push(Staged {
                    place: place.with_file_name("").join(from_there),
                    source: Source::File(file.clone()),
                    digests: None,
                });
            }
            all.push(Staged {
                place,
                source,
                digests,
            });
        }
        all
    }
}

fn is_large(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.len() >= LARGE)
}

/// Whether a text names a program as one that runs, with or without its
/// extension: neither as a part of another word, nor as in `Chrome/120.0`.
fn is_named(interpreter: &Interpreter, text: &str) -> bool {
    let name = interpreter.name().to_ascii_lowercase();
    let stem = name.strip_suffix(".exe").unwrap_or(&name);
    let text = text.to_ascii_lowercase();
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    text.match_indices(stem).any(|(at, _)| {
        let after = &text[at + stem.len()..];
        let after = after.strip_prefix(".exe").unwrap_or(after);
        !text[..at].ends_with(is_word)
            && !after.starts_with(|next| is_word(next) || matches!(next, '.' | '/'))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What there is on a machine without any program.
    fn bare(choice: Choice) -> Inventory {
        Inventory::take(choice, &Machine::default())
    }

    fn missing<'a>(inventory: &'a Inventory, name: &str) -> &'a str {
        let mut all = inventory.missing.iter();
        &all.find(|missing| missing.image == name).unwrap().reason
    }

    #[test]
    fn a_stand_in_says_why_nothing_better_runs() {
        let inventory = bare(Choice::Auto);
        let why = |name: &str| {
            let mut all = inventory.interpreters.iter();
            let interpreter = all.find(|interpreter| interpreter.name() == name).unwrap();
            assert_eq!(interpreter.tier, Tier::StandIn, "{name}");
            interpreter.why_not_better.clone().unwrap()
        };
        assert!(why("cmd.exe").to_lowercase().contains("wine"));
        assert_eq!(why("cmd.exe"), why("wscript.exe"));
        assert!(why("timeout.exe").contains("Wine has none"));
        assert!(missing(&inventory, "curl.exe").contains("apt-get install curl"));
    }

    #[test]
    fn a_choice_that_leaves_tiers_out_says_so() {
        let stand_ins = bare(Choice::StandIn);
        let cmd = stand_ins.of_image(r"C:\Windows\System32\cmd.exe").unwrap();
        assert_eq!(
            cmd.why_not_better.as_deref(),
            Some("`--interpreters stand-in` leaves out its wine tier")
        );
        let native = bare(Choice::Native);
        assert!(native.interpreters.is_empty());
        let reason = missing(&native, "powershell.exe");
        assert!(reason.contains("does not run on Linux"), "{reason}");
        assert!(reason.contains("leaves out its stand-in tier"), "{reason}");
        let wine = bare(Choice::Wine);
        assert!(wine.interpreters.is_empty());
        assert!(
            missing(&wine, "wscript.exe")
                .to_lowercase()
                .contains("wine")
        );
        assert!(missing(&wine, "timeout.exe").contains("Wine has none"));
    }

    #[test]
    fn a_program_is_named_where_it_is_called_and_not_where_it_is_told_of() {
        let stand_ins = bare(Choice::StandIn);
        let image = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
        let chrome = stand_ins.of_image(image).unwrap();
        for text in [
            r#"cmd.exe /c "C:\Program Files\Google\Chrome\Application\chrome.exe" --headless"#,
            "start Chrome https://a.example/",
            "chrome",
            "curl.exe -A Chrome/120.0 x & chrome.EXE",
        ] {
            assert!(is_named(chrome, text), "{text}");
        }
        for text in [
            "Mozilla/5.0 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
            "curl.exe https://df00tech-chrome.workers.dev/ https://chrome.workers.dev/",
            "chromedriver.exe",
            "",
        ] {
            assert!(!is_named(chrome, text), "{text}");
        }
    }

    #[test]
    fn a_tier_is_taken_only_if_the_choice_allows_it() {
        let all = Tier::ALL;
        assert_eq!(Choice::Auto.of(&all), all);
        assert_eq!(Choice::StandIn.of(&all), [Tier::StandIn]);
        assert_eq!(Choice::Native.of(&all), [Tier::Native]);
        assert_eq!(Choice::Wine.of(&all), [Tier::Wine]);
        // Where there is no such tier of a program, the real one runs.
        let native = [Tier::Native];
        assert_eq!(Choice::StandIn.of(&native), native);
        assert_eq!(Choice::Wine.of(&native), native);
        let stand_in = [Tier::StandIn];
        assert_eq!(Choice::Native.of(&stand_in), []);
        assert_eq!(Choice::Wine.of(&stand_in), []);
    }
}
