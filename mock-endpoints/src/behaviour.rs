//! What the endpoints do when a beacon comes, and the faults that only tests
//! of the lab ask for.

use serde::{Deserialize, Serialize};

use crate::named::named;

named! {
    /// What the endpoints of a run do.
    #[derive(Default)]
    pub enum Behaviour as "behaviour" {
        /// Answer as the platform does for a function that works.
        #[default]
        Serve = "serve",
        /// Nothing listens on the HTTPS port: a connection is reset.
        Refuse = "refuse",
        /// Answer with the platform's own 5xx status and body.
        Error = "error",
        /// Answer as `serve` does, after a delay.
        Slow = "slow",
        /// The names do not exist: the DNS answers NXDOMAIN for every name of
        /// the table but the lab's own.
        Nxdomain = "nxdomain",
    }
}

/// Ways to break the endpoints on purpose.
///
/// They are for tests of whoever runs the endpoints: a run whose endpoints
/// are broken must end as inconclusive, never as a verdict about a detection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// The DNS sockets are bound and questions are recorded, but no question
    /// is ever answered.
    pub dns_silent: bool,
    /// The HTTPS sockets are not bound, whatever the behaviour promises.
    pub https_down: bool,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_name_reads_back() {
        let names: Vec<_> = Behaviour::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["serve", "refuse", "error", "slow", "nxdomain"]);
        for name in names {
            assert_eq!(name.parse::<Behaviour>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn an_unknown_name_says_what_would_do() {
        let error = "Serve".parse::<Behaviour>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown behaviour `Serve`: one of serve, refuse, error, slow, nxdomain"
        );
    }

    #[test]
    fn the_codec_is_the_name() {
        assert_eq!(
            serde_json::to_string(&Behaviour::Nxdomain).unwrap(),
            "\"nxdomain\""
        );
        assert!(serde_json::from_str::<Behaviour>("\"fast\"").is_err());
    }
}
