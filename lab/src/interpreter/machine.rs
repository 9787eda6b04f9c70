//! The machine that programs are looked for on, as its user's environment tells
//! it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::tier::Choice;
use super::wine;
use crate::sandbox::Account;
use crate::wine::prefix::Prefix;
use crate::wine::{Installation, Windows};

/// Where programs are looked for, and who must be able to run them.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// The directories on which programs are looked for.
    pub search_path: Vec<PathBuf>,
    /// Whom beacons will run as, where that is not the caller.
    pub account: Option<Account>,
    /// Where the lab keeps what it makes once.
    pub cache: Option<PathBuf>,
    /// Wine, or why it is not to be had, once it was looked for.
    pub(super) windows: OnceLock<Result<Windows, String>>,
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
            windows: OnceLock::new(),
        }
    }

    /// Whether taking the inventory would first set Wine up, which takes some
    /// seconds.
    pub fn sets_wine_up(&self, choice: Choice) -> bool {
        if !choice.takes_wine() || self.windows.get().is_some() {
            return false;
        }
        // What is kept does not depend on the version that a program says.
        let installation = Installation::find(|_| None);
        installation
            .zip(self.cache.as_ref())
            .is_some_and(|(installation, cache)| Prefix::kept(&installation, cache).is_none())
    }

    /// Sets Wine up, so that taking the inventory finds it ready. Where that
    /// fails it is not tried again, and the inventory says why.
    pub fn set_wine_up(&self) {
        self.windows();
    }

    /// Wine, or why it is not to be had.
    pub(super) fn windows(&self) -> &Result<Windows, String> {
        self.windows.get_or_init(|| wine::windows(self))
    }
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

    #[test]
    fn wine_that_cannot_be_set_up_is_tried_once() {
        let machine = Machine {
            // No folder can be made there.
            cache: Some("/dev/null/cache".into()),
            ..Machine::default()
        };
        assert_eq!(
            machine.sets_wine_up(Choice::Auto),
            Installation::find(|_| None).is_some()
        );
        assert!(!machine.sets_wine_up(Choice::StandIn));
        machine.set_wine_up();
        assert!(!machine.sets_wine_up(Choice::Auto));
        assert!(machine.windows().is_err());
    }
}
