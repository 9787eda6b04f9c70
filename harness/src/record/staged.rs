//! Files that are made in a folder beside their places, and put there all at
//! once: whatever goes wrong before, nothing of them is there. (If the program
//! is killed, that folder stays, `.beaconlab-record-` and some letters.)

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::RecordError;

/// Files and folders on their way to their places.
#[derive(Debug)]
pub(super) struct Staged {
    to: PathBuf,
    /// The first folder on the way to `to` that had to be made.
    made: Option<PathBuf>,
    /// On the same file system, so that things can be renamed.
    folder: Option<TempDir>,
    units: Vec<PathBuf>,
    put: bool,
}

impl Staged {
    /// Begins, with nothing, on the way to a folder.
    pub(super) fn new(to: &Path) -> Result<Self, RecordError> {
        let made = to
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .last()
            .map(Path::to_owned);
        fs::create_dir_all(to).map_err(RecordError::write(to))?;
        let mut staged = Self {
            to: to.to_owned(),
            made,
            folder: None,
            units: Vec::new(),
            put: false,
        };
        let folder = tempfile::Builder::new()
            .prefix(".beaconlab-record-")
            .tempdir_in(to)
            .map_err(RecordError::write(to))?;
        staged.folder = Some(folder);
        Ok(staged)
    }

    /// Where something is until it is put in its place.
    fn waiting(&self, place: &Path) -> PathBuf {
        let folder = self.folder.as_ref().map_or(&*self.to, TempDir::path);
        folder.join("new").join(place)
    }

    /// The place, as people know it.
    pub(super) fn shown(&self, place: &Path) -> PathBuf {
        self.to.join(place)
    }

    /// A new file, with the folders that it is in.
    pub(super) fn create(&self, place: &Path) -> Result<File, RecordError> {
        let path = self.waiting(place);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| File::create_new(&path))
            .map_err(RecordError::write(self.shown(place)))
    }

    /// A new file with this text.
    pub(super) fn write(&self, place: &Path, text: &str) -> Result<(), RecordError> {
        use std::io::Write as _;
        self.create(place)?
            .write_all(text.as_bytes())
            .map_err(RecordError::write(self.shown(place)))
    }

    /// Says that a file or folder is put in its place as a whole.
    pub(super) fn unit(&mut self, place: PathBuf) {
        self.units.push(place);
    }

    /// Puts everything in its place. What is in `places`, all that this or an
    /// earlier recording may have put there, is taken away, if that may be.
    pub(super) fn put(mut self, places: &[PathBuf], force: bool) -> Result<(), RecordError> {
        let mut done: Vec<(PathBuf, PathBuf)> = Vec::new();
        let moved = self.move_all(places, force, &mut done);
        if moved.is_err() {
            for (from, to) in done.iter().rev() {
                // What cannot be moved back stays where it is: better than lost.
                let _ = fs::rename(to, from);
            }
            for (_, to) in &done {
                self.remove_empty(to.parent());
            }
        }
        self.put = moved.is_ok();
        moved
    }

    fn move_all(
        &self,
        places: &[PathBuf],
        force: bool,
        done: &mut Vec<(PathBuf, PathBuf)>,
    ) -> Result<(), RecordError> {
        let old = self.waiting(Path::new("../old"));
        for (number, place) in places.iter().enumerate() {
            let path = self.shown(place);
            if path.symlink_metadata().is_err() {
                continue;
            }
            if !force {
                return Err(RecordError::Exists(path));
            }
            let aside = old.join(number.to_string());
            fs::create_dir_all(&old)
                .and_then(|()| fs::rename(&path, &aside))
                .map_err(RecordError::write(&path))?;
            done.push((path, aside));
        }
        for place in &self.units {
            let (from, to) = (self.waiting(place), self.shown(place));
            to.parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::rename(&from, &to))
                .map_err(RecordError::write(&to))?;
            done.push((from, to));
        }
        Ok(())
    }

    /// Removes folders that are empty, up to the one that all is put in.
    fn remove_empty(&self, folder: Option<&Path>) {
        let mut folder = folder;
        while let Some(empty) = folder.filter(|folder| *folder != self.to) {
            if fs::remove_dir(empty).is_err() {
                return;
            }
            folder = empty.parent();
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            // It is of no use to anybody; that it stays is no reason to fail.
            let _: io::Result<()> = folder.close();
        }
        if let Some(made) = self.made.take().filter(|_| !self.put) {
            let mut folder = Some(&*self.to);
            while let Some(empty) = folder.filter(|folder| folder.starts_with(&made)) {
                if fs::remove_dir(empty).is_err() {
                    return;
                }
                folder = empty.parent();
            }
        }
    }
}
