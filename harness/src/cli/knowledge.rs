//! What an installation of Splunk knows, from files that the user names.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use beaconlab::outcome::SearchExitCode;

use scenarios::LookupFile;
use spl::Knowledge;

use super::Failure;
use super::args::KnowledgeArgs;
use super::text::{self, unusable};

/// The file that says how lookups are looked up.
const TRANSFORMS: &str = "transforms.conf";

/// Macros, event types and lookups of these files and folders, and the lookups
/// of the shipped detections.
pub(super) fn read(args: &KnowledgeArgs) -> Result<Arc<Knowledge>, Failure> {
    let mut knowledge = Knowledge::default();
    let shipped = LookupFile::embedded()
        .map_err(|error| Failure::new(SearchExitCode::Error, error.to_string()))?;
    add_shipped(&mut knowledge, &shipped)?;
    for path in &args.macros {
        let added = knowledge
            .add_macros(&text::read(path)?)
            .map_err(|error| unusable(path, &error))?;
        if added == 0 {
            let expected = "no macro is defined there: expected `[NAME]` and `definition = SPL`";
            return Err(unusable(path, &expected));
        }
    }
    for path in &args.event_types {
        knowledge
            .add_event_types(&text::read(path)?)
            .map_err(|error| unusable(path, &error))?;
    }
    for folder in &args.lookups {
        add_lookups(&mut knowledge, folder)?;
    }
    Ok(Arc::new(knowledge))
}

/// The lookups beside detections, and those of these folders: what has the same
/// name is the user's.
pub(super) fn lookups(
    shipped: &[LookupFile],
    folders: &[PathBuf],
) -> Result<Arc<Knowledge>, Failure> {
    let mut knowledge = Knowledge::default();
    add_shipped(&mut knowledge, shipped)?;
    for folder in folders {
        add_lookups(&mut knowledge, folder)?;
    }
    Ok(Arc::new(knowledge))
}

fn add_shipped(knowledge: &mut Knowledge, shipped: &[LookupFile]) -> Result<(), Failure> {
    for LookupFile { name, file, text } in shipped {
        let file = Path::new(file);
        if name == TRANSFORMS {
            knowledge
                .add_transforms(text)
                .map_err(|error| unusable(file, &error))?;
        } else {
            knowledge
                .add_lookup_file(name, text.as_bytes())
                .map_err(|error| unusable(file, &error))?;
        }
    }
    Ok(())
}

/// The CSV files of a folder, and what its `transforms.conf` says of them.
fn add_lookups(knowledge: &mut Knowledge, folder: &Path) -> Result<(), Failure> {
    let mut entries = std::fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<io::Result<Vec<_>>>()
        })
        .map_err(|error| unusable(folder, &error))?;
    entries.sort();
    for path in entries {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name == TRANSFORMS {
            knowledge
                .add_transforms(&text::read(&path)?)
                .map_err(|error| unusable(&path, &error))?;
        } else if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
        {
            let bytes = std::fs::read(&path).map_err(|error| unusable(&path, &error))?;
            knowledge
                .add_lookup_file(&name, &bytes)
                .map_err(|error| unusable(&path, &error))?;
        }
    }
    Ok(())
}
