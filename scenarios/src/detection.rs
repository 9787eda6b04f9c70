//! Detections: a search, where it comes from, and what it must say of each test.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::document;
use crate::error::{Error, Problem};
use crate::expectation::{DetectionExpectations, parse_expectations};
use crate::place::Place;
use crate::signals::parse_technique;
use crate::technique::TechniqueId;

/// The extension of a detection's text.
pub(crate) const SPL: &str = ".spl";
/// The extension of the file that says where a detection comes from.
pub(crate) const ORIGIN: &str = ".yaml";
/// The extension of the file that says what a detection must say of each test.
pub(crate) const EXPECTED: &str = ".expected.yaml";

/// A detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The name of its files without the extension: `serverless`.
    pub id: String,
    /// The file of its text.
    pub file: String,
    /// Its text in Splunk's search language, unchanged.
    pub spl: String,
    /// Where it comes from, if that is known.
    pub origin: Option<Origin>,
    /// What it must say of each test, if its files say so.
    pub expectations: Option<DetectionExpectations>,
}

impl Detection {
    /// Whether it is the one that is meant where none is named.
    pub fn is_default(&self) -> bool {
        self.origin.as_ref().is_some_and(|origin| origin.is_default)
    }

    /// Its name: the author's if that is known, else the name of its file.
    pub fn name(&self) -> &str {
        self.origin.as_ref().map_or(&self.id, |origin| &origin.name)
    }

    /// Reads a detection and the files beside it that are there: for `FILE.spl`, its origin in
    /// `FILE.yaml` and its expectations in `FILE.expected.yaml`. Whether the expectations fit
    /// the tests is for [`Library::check`](crate::Library::check) to say.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|error| {
                Error::new(
                    Place::file(&path.display().to_string()),
                    Problem::Unreadable {
                        reason: error.to_string(),
                    },
                )
            })
        };
        let beside = |extension: &str| {
            let path = path.with_extension(extension.trim_start_matches('.'));
            let is_there = path.is_file();
            is_there
                .then(|| Ok((path.display().to_string(), read(&path)?)))
                .transpose()
        };
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::from_texts(
            &id,
            (path.display().to_string(), read(path)?),
            beside(ORIGIN)?,
            beside(EXPECTED)?,
        )
    }

    /// Makes a detection of its files, each a name and a text.
    pub(crate) fn from_texts(
        id: &str,
        (file, spl): (String, String),
        origin: Option<(String, String)>,
        expected: Option<(String, String)>,
    ) -> Result<Self, Error> {
        Ok(Self {
            id: id.to_owned(),
            file,
            spl,
            origin: origin
                .map(|(file, text)| Origin::parse(&text, &file))
                .transpose()?,
            expectations: expected
                .map(|(file, text)| parse_expectations(&text, &file))
                .transpose()?,
        })
    }
}

/// Where a detection comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its name.
    pub name: String,
    /// What it looks for.
    pub description: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The page that it was taken from.
    pub url: Option<String>,
    /// The technique that it is to detect.
    pub technique: Option<TechniqueId>,
    /// Whether it is the one that is meant where none is named.
    pub is_default: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOrigin {
    name: String,
    description: Option<String>,
    author: Option<String>,
    url: Option<String>,
    technique: Option<Spanned<String>>,
    #[serde(default)]
    default: bool,
}

impl Origin {
    fn parse(text: &str, file: &str) -> Result<Self, Error> {
        let raw: RawOrigin = document::parse_own(text, file)?;
        Ok(Self {
            name: raw.name,
            description: raw.description,
            author: raw.author,
            url: raw.url,
            technique: raw
                .technique
                .map(|technique| parse_technique(&technique, file))
                .transpose()?,
            is_default: raw.default,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_detection_is_read_with_the_files_beside_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("T1583.007/detections");
        let detection = Detection::read(&folder.join("serverless.spl")).unwrap();
        assert_eq!(detection.id, "serverless");
        assert_eq!(detection.name(), "Detect Serverless in Splunk");
        assert_eq!(detection.expectations.unwrap().iter().count(), 41);
    }

    #[test]
    fn a_detection_may_stand_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.v2.spl");
        fs::write(&path, "index=*\n").unwrap();
        let detection = Detection::read(&path).unwrap();
        assert_eq!(detection.name(), "mine.v2");
        assert_eq!(detection.spl, "index=*\n");
        assert_eq!(detection.expectations, None);

        fs::write(folder.path().join("mine.v2.expected.yaml"), "- 1\n").unwrap();
        assert_eq!(Detection::read(&path).unwrap_err().code(), "wrong_type");
    }

    #[test]
    fn an_absent_detection_is_an_error_with_its_path() {
        let path = Path::new("absent.spl");
        let error = Detection::read(path).unwrap_err();
        assert_eq!(error.code(), "unreadable");
        assert_eq!(error.place, Place::file("absent.spl"));
    }
}
