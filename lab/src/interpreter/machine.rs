//! The machine that programs are looked for on, as its user's environment tells
//! it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::host;
use super::tier::Choice;
use crate::sandbox::Account;
use crate::wine::{Installation, prefix::Prefix};

/// Where programs are looked for, and who must be able to run them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The directories on which programs are looked for.
    pub search_path: Vec<PathBuf>,
    /// Whom beacons will run as, where that is not the caller.
    pub account: Option<Account>,
    /// Where the lab keeps what it makes once.
    pub cache: Option<PathBuf>,
}

impl Machine {
    /// What the variables of a process say: `PATH`, and where its user's caches
    /// are (XDG Base Directory Specification).
    pub fn of(variables: &BTreeMap<String, String>, account: Option<Account>) -> Self {
        let folder = |name: &str| {
            let path = variables.get(name).map(PathBuf::from);
            // What is not absolute is to be ignored.
            path.filter(|path| path.is_absolute())
        };
        let caches = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
        Self {
            search_path: variables
                .get("PATH")
                .map(|path| std::env::split_paths(path).collect())
                .unwrap_or_default(),
            account,
            cache: caches.map(|caches| caches.join("beaconlab")),
        }
    }

    /// Whether taking the inventory would first set Wine up, which takes some
    /// seconds.
    pub fn sets_wine_up(&self, choice: Choice) -> bool {
        let installation = choice.takes_wine().then(installation).flatten();
        installation
            .zip(self.cache.as_ref())
            .is_some_and(|(installation, cache)| Prefix::kept(&installation, cache).is_none())
    }
}

impl Machine {
    /// Sets Wine up, so that taking the inventory finds it ready. Where that
    /// fails, the inventory says why.
    pub fn set_wine_up(&self) {
        let _ = super::wine::windows(self);
    }
}

/// The Wine that the machine has.
pub(super) fn installation() -> Option<Installation> {
    Installation::find(|loader| host::first_line(loader, &["--version"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Machine::of(&variables, None).cache
    }

    #[test]
    fn caches_are_where_the_user_has_them() {
        let home = ("HOME", "/home/a");
        assert_eq!(cache(&[]), None);
        assert_eq!(cache(&[home]), Some("/home/a/.cache/beaconlab".into()));
        assert_eq!(
            cache(&[home, ("XDG_CACHE_HOME", "/caches")]),
            Some("/caches/beaconlab".into())
        );
        assert_eq!(
            cache(&[home, ("XDG_CACHE_HOME", "relative")]),
            Some("/home/a/.cache/beaconlab".into())
        );
    }
}
