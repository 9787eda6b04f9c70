//! What a stand-in says of text that it does not interpret.

use std::fmt;

/// A place in a command line or script, both counted from 1, the column in
/// characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// A construct outside the published grammar.
///
/// A stand-in refuses rather than guesses: what it does not know might be the
/// very thing that the test is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}", at(*place))]
pub struct Refusal {
    /// The construct's name, as in "a pipe, `|`".
    pub what: String,
    /// Where it stands; absent where the text has no places, as for a switch.
    pub place: Option<Place>,
}

impl Refusal {
    /// Refuses a construct at a place.
    pub fn at(place: Place, what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: Some(place),
        }
    }

    /// Refuses something that has no place in a text.
    pub fn of(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: None,
        }
    }
}

fn at(place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| format!(" (at {place})"))
}
