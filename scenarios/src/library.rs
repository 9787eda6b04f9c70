//! The library: the atomic tests of all techniques, and the detections, checked against each
//! other.

use std::collections::BTreeMap;
use std::path::Path;

use uuid::Uuid;

use crate::argument::ArgumentKind;
use crate::atomic::AtomicTest;
use crate::atomic_file;
use crate::bound::{Bound, Count};
use crate::detection::Detection;
use crate::error::{Error, Problem};
use crate::expectation::DetectionExpectations;
use crate::folder::{Folder, LookupFile};
use crate::place::Place;
use crate::select::{self, SelectError};
use crate::signals::{self, PlacedSignals};

/// Atomic tests and detections that fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    atomics: Vec<AtomicTest>,
    detections: Vec<Detection>,
    lookups: Vec<LookupFile>,
}

impl Library {
    /// The library that the crate carries in itself.
    pub fn embedded() -> Result<Self, Error> {
        Self::from_folders(&Folder::embedded()?)
    }

    /// Reads a library from a folder that holds a folder for each technique, laid out as the
    /// embedded one; a single technique's folder is a library as well.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::from_folders(&Folder::read_all(path)?)
    }

    pub(crate) fn from_folders(folders: &[Folder]) -> Result<Self, Error> {
        let mut library = Self {
            atomics: Vec::new(),
            detections: Vec::new(),
            lookups: folders.iter().flat_map(Folder::lookups).collect(),
        };
        for folder in folders {
            library.add_tests(folder)?;
        }
        for folder in folders {
            for files in folder.detections()? {
                let detection =
                    Detection::from_texts(&files.id, files.spl, files.origin, files.expected)?;
                if let Some(expectations) = &detection.expectations {
                    library.check(expectations)?;
                }
                library.detections.push(detection);
            }
        }
        // The others keep their order.
        library
            .detections
            .sort_by_key(|detection| !detection.is_default());
        Ok(library)
    }

    fn add_tests(&mut self, folder: &Folder) -> Result<(), Error> {
        let mut signals = match folder.signals() {
            Some((file, text)) => signals::parse(&text, &file)?,
            None => BTreeMap::new(),
        };
        let mut is_empty = true;
        for ((file, text), control) in folder.atomics() {
            for mut test in atomic_file::parse(&text, &file, &folder.technique, control)? {
                if let Some(first) = self.by_guid(test.guid) {
                    return Err(Error::new(
                        test.place,
                        Problem::ReusedGuid {
                            guid: test.guid,
                            first: first.place.clone(),
                        },
                    ));
                }
                if let Some(signals) = signals.remove(&test.guid) {
                    attach(&mut test, signals)?;
                }
                test.number = self.atomics.len() + 1;
                self.atomics.push(test);
                is_empty = false;
            }
        }
        if is_empty {
            return Err(Error::new(folder.place(), Problem::NoTests));
        }
        match signals.into_iter().next() {
            Some((guid, signals)) => Err(Error::new(signals.place, Problem::UnknownGuid { guid })),
            None => Ok(()),
        }
    }

    /// The tests, in the order of their numbers.
    pub fn atomics(&self) -> &[AtomicTest] {
        &self.atomics
    }

    /// The detections, by technique and name; those that are meant where none is named come
    /// first.
    pub fn detections(&self) -> &[Detection] {
        &self.detections
    }

    /// The detections that are meant where none is named: those marked so, or all if none is.
    pub fn default_detections(&self) -> &[Detection] {
        let marked = self
            .detections
            .iter()
            .take_while(|detection| detection.is_default())
            .count();
        match marked {
            0 => &self.detections,
            marked => &self.detections[..marked],
        }
    }

    /// The lookups that the detections use.
    pub fn lookups(&self) -> &[LookupFile] {
        &self.lookups
    }

    /// The test with this GUID.
    pub fn by_guid(&self, guid: Uuid) -> Option<&AtomicTest> {
        self.atomics.iter().find(|test| test.guid == guid)
    }

    /// The test that a user means by its number, its GUID or the beginning of it (four
    /// characters or more), `T1583.007-1`, its name, or a part of its name in any case.
    pub fn find(&self, selector: &str) -> Result<&AtomicTest, SelectError> {
        select::find(&self.atomics, selector)
    }

    /// Checks expectations that don't come from the library itself: the tests and arguments they
    /// name must exist.
    pub fn check(&self, expectations: &DetectionExpectations) -> Result<(), Error> {
        for (guid, place, list) in expectations.iter() {
            let Some(test) = self.by_guid(guid) else {
                return Err(Error::new(place.clone(), Problem::UnknownGuid { guid }));
            };
            for expectation in list {
                check_bound(test, &expectation.bound, &expectation.place)?;
            }
        }
        Ok(())
    }
}

/// Gives a test its signals, if they fit it.
fn attach(test: &mut AtomicTest, placed: PlacedSignals) -> Result<(), Error> {
    let mut signals = placed.signals;
    for (place, argument, value) in placed.realtime {
        let Some(declared) = test.arguments.get(&argument) else {
            return Err(Error::new(place, Problem::UnknownArgument { argument }));
        };
        let kind = declared.kind;
        let Some(value) = kind.normalise(&value) else {
            let found = value;
            return Err(Error::new(
                place,
                Problem::InvalidValue {
                    argument,
                    found,
                    kind,
                },
            ));
        };
        signals.realtime.insert(argument, value);
    }
    for (place, image) in placed.images {
        // Windows knows no case in paths.
        let path = image.to_lowercase();
        if !test
            .commands()
            .any(|command| command.to_lowercase().contains(&path))
        {
            return Err(Error::new(place, Problem::UnusedImage { image }));
        }
    }
    for (place, host) in placed.hosts {
        let name = host.to_lowercase();
        let defaults = test.arguments.values();
        let defaults = defaults.filter_map(|argument| argument.default.as_deref());
        if !test
            .commands()
            .chain(defaults)
            .any(|text| text.to_lowercase().contains(&name))
        {
            return Err(Error::new(place, Problem::UnusedHost { host }));
        }
    }
    for (place, argument, of) in placed.addresses {
        let kind = |name| test.arguments.get(name).map(|argument| argument.kind);
        let problem = match (kind(&argument), kind(&of)) {
            (Some(_), Some(ArgumentKind::Url)) => continue,
            (Some(_), Some(_)) => Problem::ArgumentNotUrl { argument: of },
            (Some(_), None) => Problem::UnknownArgument { argument: of },
            (None, _) => Problem::UnknownArgument { argument },
        };
        return Err(Error::new(place, problem));
    }
    for expectation in &signals.telemetry {
        check_bound(test, &expectation.bound, &expectation.place)?;
    }
    test.signals = signals;
    Ok(())
}

fn check_bound(test: &AtomicTest, bound: &Bound, place: &Place) -> Result<(), Error> {
    for count in bound.counts() {
        let Count::Argument(argument) = count else {
            continue;
        };
        let argument = argument.clone();
        let problem = match test.arguments.get(&argument).map(|argument| argument.kind) {
            Some(ArgumentKind::Integer) => continue,
            Some(_) => Problem::ArgumentNotCountable { argument },
            None => Problem::UnknownArgument { argument },
        };
        return Err(Error::new(place.clone(), problem));
    }
    Ok(())
}
