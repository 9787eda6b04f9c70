//! Where in a file something stands, so that an error can be shown at its place.

use std::fmt;
use std::ops::Range;

use serde_saphyr::Location;

/// A place in a file of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user knows it: the path given, with the file's path in it.
    pub file: String,
    /// The position in the file, unless the whole file is meant.
    pub position: Option<Position>,
}

impl Place {
    /// The whole file.
    pub fn file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            position: None,
        }
    }

    /// The place that the YAML parser names.
    pub(crate) fn at(file: &str, location: Location) -> Self {
        Self {
            file: file.to_owned(),
            position: Position::from_location(location),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match &self.position {
            Some(position) => write!(f, ":{}:{}", position.line, position.column),
            None => Ok(()),
        }
    }
}

/// A position in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, counted from 1.
    pub line: u64,
    /// Column in characters, counted from 1.
    pub column: u64,
    /// The bytes meant; empty where only the beginning is known.
    pub bytes: Option<Range<usize>>,
}

impl Position {
    fn from_location(location: Location) -> Option<Self> {
        if location == Location::UNKNOWN {
            return None;
        }
        let span = location.span();
        let bytes = span.byte_offset().and_then(|offset| {
            let start = usize::try_from(offset).ok()?;
            let length = usize::try_from(span.byte_len().unwrap_or(0)).ok()?;
            Some(start..start.checked_add(length)?)
        });
        Some(Self {
            line: location.line(),
            column: location.column(),
            bytes,
        })
    }
}
