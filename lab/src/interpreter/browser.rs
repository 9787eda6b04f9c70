//! A real Chromium in the places of Chrome and Edge, which are Chromium under
//! other names.
//!
//! It is staged with the files that lie beside it, from which it starts, and
//! its profile holds an NSS database with the lab's certificate authority: it
//! trusts no bundle of the system's.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::found::{Companions, Found};
use super::host::{self, Host};
use super::version::Version;

/// Where distributions put the program itself: what is on the `PATH` is a
/// script that starts it.
const PLACES: &[&str] = &[
    "/usr/lib/chromium/chromium",
    "/usr/lib/chromium-browser/chromium-browser",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
];

/// What it needs beside itself: its resources, and the snapshot that its
/// scripting engine starts from.
const COMPANIONS: &[&str] = &["pak", "dat", "bin", "so", "json"];

/// What a real browser needs beside its program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// NSS' tool, by which the browser comes to trust the lab.
    pub certutil: PathBuf,
}

pub(super) fn find(host: &Host<'_>, _: &str) -> Result<Found, String> {
    let by_name = ["chromium", "chromium-browser", "google-chrome"];
    let on_path = by_name.iter().filter_map(|name| host.program(name));
    let path = on_path
        .chain(PLACES.iter().map(PathBuf::from))
        .find(|path| host::is_program(path) && host.is_open(path))
        .ok_or("chromium is not installed (`apt-get install chromium libnss3-tools`)")?;
    let certutil = host.program("certutil").ok_or(
        "certutil, by which Chromium comes to trust the lab, is not installed \
         (`apt-get install libnss3-tools`)",
    )?;
    let version = Version::asked(&path, |line| {
        line.split(" built")
            .next()
            .unwrap_or(line)
            .trim()
            .to_owned()
    });
    let mut found = Found::at(&path, "Chromium", version);
    found.companions = Companions(Arc::from(companions(&path)));
    found.browser = Some(Arc::new(Browser { certutil }));
    Ok(found)
}

/// The files beside the program that it starts from, each with its path from
/// there.
fn companions(program: &Path) -> Vec<(PathBuf, PathBuf)> {
    let Some(directory) = program.parent() else {
        return vec![];
    };
    let beside = |folder: &str| {
        let entries = fs::read_dir(directory.join(folder)).into_iter().flatten();
        entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .filter(|path| {
                path.extension()
                    .and_then(|extension| extension.to_str())
                    .is_some_and(|extension| COMPANIONS.contains(&extension))
            })
            .collect::<Vec<_>>()
    };
    let mut locales = beside("locales");
    // The sandbox's language is English.
    locales.retain(|path| path.file_name().is_some_and(|name| name == "en-US.pak"));
    beside("")
        .into_iter()
        .chain(locales)
        .filter_map(|path| Some((path.strip_prefix(directory).ok()?.to_owned(), path)))
        .collect()
}
