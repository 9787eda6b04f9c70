//! The folder of one technique: which of its files belong to the library, and their texts.
//!
//! ```text
//! T1583.007/
//!     T1583.007.yaml              the technique's atomic tests
//!     controls.yaml, …            further atomic tests, which are controls
//!     signals.yaml                what the tests must leave behind
//!     detections/
//!         serverless.spl          a detection's text
//!         serverless.yaml         where it comes from
//!         serverless.expected.yaml    what it must say of each test
//!         allow_list.csv, …       the lookups that detections use
//!         transforms.conf         what Splunk is to know of them
//!         sigma/                  the detections as Sigma rules, not read
//!     src/, bin/                  files for the tests, not read
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use crate::detection::{EXPECTED, ORIGIN, SPL};
use crate::error::{Error, Problem};
use crate::place::Place;
use crate::technique::TechniqueId;

static EMBEDDED: [(&str, Dir<'static>); 1] =
    [("T1583.007", include_dir!("$CARGO_MANIFEST_DIR/T1583.007"))];

const SIGNALS: &str = "signals.yaml";
const DETECTIONS: &str = "detections";
const TRANSFORMS: &str = "transforms.conf";

/// The texts of one technique's folder.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) technique: TechniqueId,
    /// The folder as the user knows it, for messages.
    label: String,
    /// Texts by their path in the folder, with slashes.
    texts: BTreeMap<String, String>,
}

/// A file that Splunk makes lookups of: a table, or the definitions of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupFile {
    /// Its name, without its folder: `transforms.conf`, or that of a CSV file.
    pub name: String,
    /// The file as messages name it.
    pub file: String,
    /// Its text.
    pub text: String,
}

impl LookupFile {
    /// Those that the crate carries in itself, without the rest of the library.
    pub fn embedded() -> Result<Vec<Self>, Error> {
        let folders = Folder::embedded()?;
        Ok(folders.iter().flat_map(Folder::lookups).collect())
    }
}

/// A file of a folder: its name for messages, and its text.
pub(crate) type File = (String, String);

/// The files of one detection.
pub(crate) struct DetectionFiles {
    pub(crate) id: String,
    pub(crate) spl: File,
    pub(crate) origin: Option<File>,
    pub(crate) expected: Option<File>,
}

impl Folder {
    pub(crate) fn new(technique: TechniqueId, label: String) -> Self {
        Self {
            technique,
            label,
            texts: BTreeMap::new(),
        }
    }

    /// The folders that the crate carries in itself.
    pub(crate) fn embedded() -> Result<Vec<Self>, Error> {
        let mut folders = Vec::new();
        for (name, dir) in &EMBEDDED {
            let label = format!("scenarios/{name}");
            let technique = name.parse().map_err(|_| {
                let found = (*name).to_owned();
                Error::new(Place::file(&label), Problem::InvalidTechnique { found })
            })?;
            let mut folder = Self::new(technique, label);
            folder.add_embedded(dir)?;
            folders.push(folder);
        }
        Ok(folders)
    }

    fn add_embedded(&mut self, dir: &Dir<'_>) -> Result<(), Error> {
        for entry in dir.entries() {
            match entry {
                DirEntry::Dir(dir) => self.add_embedded(dir)?,
                DirEntry::File(file) => {
                    let path = file.path().to_string_lossy().replace('\\', "/");
                    self.add(&path, || {
                        file.contents_utf8()
                            .map(str::to_owned)
                            .ok_or_else(|| "the text is not UTF-8".to_owned())
                    })?;
                }
            }
        }
        Ok(())
    }

    /// The folder of each technique in `root`; or `root` alone, if it is one.
    pub(crate) fn read_all(root: &Path) -> Result<Vec<Self>, Error> {
        let entries = read_dir(root)?;
        if let Some(technique) = technique_of(root) {
            return Ok(vec![Self::read(root, technique)?]);
        }
        let mut folders = Vec::new();
        for name in entries {
            let path = root.join(&name);
            if let Some(technique) = technique_of(&path).filter(|_| path.is_dir()) {
                folders.push(Self::read(&path, technique)?);
            }
        }
        if folders.is_empty() {
            let place = Place::file(&root.display().to_string());
            return Err(Error::new(place, Problem::NoTechniques));
        }
        Ok(folders)
    }

    fn read(path: &Path, technique: TechniqueId) -> Result<Self, Error> {
        let mut folder = Self::new(technique, path.display().to_string());
        for name in read_dir(path)? {
            let entry = path.join(&name);
            if !entry.is_dir() {
                folder.add(&name, || read_text(&entry))?;
            } else if name == DETECTIONS {
                for file in read_dir(&entry)? {
                    folder.add(&format!("{name}/{file}"), || read_text(&entry.join(&file)))?;
                }
            } else {
                folder.check_subfolder(&name)?;
            }
        }
        Ok(folder)
    }

    /// Adds a file if it belongs to the library.
    pub(crate) fn add(
        &mut self,
        path: &str,
        text: impl FnOnce() -> Result<String, String>,
    ) -> Result<(), Error> {
        let (subfolder, name) = path.split_once('/').unwrap_or(("", path));
        if !subfolder.is_empty() && subfolder != DETECTIONS {
            return self.check_subfolder(subfolder);
        }
        // What lies deeper belongs to no detection.
        if name.starts_with('.') || name.contains('/') {
            return Ok(());
        }
        match name.rsplit_once('.') {
            Some((_, "yml")) => return Err(self.error(path, Problem::InvalidExtension)),
            Some((_, "yaml")) => {}
            Some((_, "spl" | "csv")) if subfolder == DETECTIONS => {}
            _ if subfolder == DETECTIONS && name == TRANSFORMS => {}
            _ => return Ok(()),
        }
        let text = text().map_err(|reason| self.error(path, Problem::Unreadable { reason }))?;
        self.texts.insert(path.to_owned(), text);
        Ok(())
    }

    fn check_subfolder(&self, name: &str) -> Result<(), Error> {
        if matches!(name, "src" | "bin") || name.starts_with('.') {
            return Ok(());
        }
        let found = name.to_owned();
        Err(self.error(name, Problem::UnexpectedFolder { found }))
    }

    fn error(&self, path: &str, problem: Problem) -> Error {
        Error::new(Place::file(&self.label_of(path)), problem)
    }

    fn label_of(&self, path: &str) -> String {
        format!("{}/{path}", self.label)
    }

    /// The place of the folder as a whole.
    pub(crate) fn place(&self) -> Place {
        Place::file(&self.label)
    }

    fn file(&self, path: &str) -> Option<File> {
        let text = self.texts.get(path)?;
        Some((self.label_of(path), text.clone()))
    }

    /// The files of atomic tests, each with whether its tests are controls: the technique's own
    /// file first.
    pub(crate) fn atomics(&self) -> impl Iterator<Item = (File, bool)> {
        let own = format!("{}.yaml", self.technique);
        let first = self.file(&own).map(|file| (file, false));
        let controls = self
            .texts
            .keys()
            .filter(move |path| !path.contains('/') && *path != SIGNALS && **path != own)
            .filter_map(|path| Some((self.file(path)?, true)));
        first.into_iter().chain(controls)
    }

    pub(crate) fn signals(&self) -> Option<File> {
        self.file(SIGNALS)
    }

    /// The files of the lookups that the detections use, by name.
    pub(crate) fn lookups(&self) -> impl Iterator<Item = LookupFile> {
        self.texts.iter().filter_map(|(path, text)| {
            let name = path.strip_prefix("detections/")?;
            let is_table = Path::new(name).extension().is_some_and(|it| it == "csv");
            (is_table || name == TRANSFORMS).then(|| LookupFile {
                name: name.to_owned(),
                file: self.label_of(path),
                text: text.clone(),
            })
        })
    }

    pub(crate) fn detections(&self) -> Result<Vec<DetectionFiles>, Error> {
        let mut ids = BTreeSet::new();
        for path in self.texts.keys() {
            let Some(name) = path.strip_prefix("detections/") else {
                continue;
            };
            let id = [SPL, EXPECTED, ORIGIN]
                .into_iter()
                .find_map(|extension| name.strip_suffix(extension));
            ids.extend(id);
        }
        ids.into_iter()
            .map(|id| {
                let file = |extension| self.file(&format!("{DETECTIONS}/{id}{extension}"));
                Ok(DetectionFiles {
                    id: id.to_owned(),
                    spl: file(SPL).ok_or_else(|| {
                        let file = format!("{id}{SPL}");
                        self.error(DETECTIONS, Problem::MissingFile { file })
                    })?,
                    origin: file(ORIGIN),
                    expected: file(EXPECTED),
                })
            })
            .collect()
    }
}

fn technique_of(path: &Path) -> Option<TechniqueId> {
    path.file_name()?.to_str()?.parse().ok()
}

/// The names of a folder's entries, sorted.
fn read_dir(path: &Path) -> Result<Vec<String>, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new(
            Place::file(&path.display().to_string()),
            Problem::Unreadable {
                reason: error.to_string(),
            },
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A file that is added and not embedded would be missing from the binary only.
    #[test]
    fn the_embedded_folders_are_those_on_disk() {
        let on_disk = Folder::read_all(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let embedded = Folder::embedded().unwrap();
        assert_eq!(embedded.len(), on_disk.len());
        for (embedded, on_disk) in embedded.iter().zip(&on_disk) {
            assert_eq!(embedded.technique, on_disk.technique);
            assert_eq!(embedded.texts, on_disk.texts);
            assert!(embedded.texts.contains_key("detections/serverless.spl"));
        }
    }

    #[test]
    fn the_folder_of_one_technique_is_a_library() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("T1583.007");
        let folders = Folder::read_all(&path).unwrap();
        assert_eq!(folders.len(), 1);
        assert_eq!(folders[0].technique.as_str(), "T1583.007");
    }
}
