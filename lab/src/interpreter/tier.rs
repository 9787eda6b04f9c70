//! How real a program is, and how real it shall be.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How real an interpreter is, the most real first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The real program, built for this machine.
    Native,
    /// Wine's own program of that name: a real Windows program, though not
    /// Microsoft's.
    Wine,
    /// The lab's own program, which interprets the same text by a published
    /// grammar.
    StandIn,
}

impl Tier {
    /// All tiers, the best first.
    pub const ALL: [Self; 3] = [Self::Native, Self::Wine, Self::StandIn];

    /// The name, as options and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Wine => "wine",
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
    /// Wine's programs, and native programs only where Wine has none.
    Wine,
}

impl Choice {
    /// The tiers that may be taken of a program which there is in these tiers,
    /// the best first.
    pub(super) fn of(self, tiers: &[Tier]) -> &[Tier] {
        let only = |wanted: Tier| {
            let at = tiers.iter().position(|tier| *tier == wanted);
            at.map(|at| &tiers[at..=at])
        };
        let native = only(Tier::Native).unwrap_or_default();
        match self {
            Self::Auto => tiers,
            Self::Native => native,
            Self::StandIn => only(Tier::StandIn).unwrap_or(native),
            Self::Wine => only(Tier::Wine).unwrap_or(native),
        }
    }

    /// Whether programs of Wine's may be taken.
    pub(super) const fn takes_wine(self) -> bool {
        matches!(self, Self::Auto | Self::Wine)
    }

    /// The option's value.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::StandIn => "stand-in",
            Self::Native => "native",
            Self::Wine => "wine",
        }
    }
}
