//! What is read: files, folders and standard input.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::problem::ProblemKind;

/// Something to read events from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file, or a folder with all files in it and below it, by name. A pipe
    /// is read when it is named, not where it lies in a folder.
    Path(PathBuf),
    /// Standard input, as it comes.
    Stdin,
}

/// What is still to be read, the next one last.
#[derive(Debug, Default)]
pub(crate) struct Pending(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    input: Input,
    /// The folders in which it was found.
    within: Option<Arc<Folder>>,
}

/// A folder that is being gone through.
#[derive(Debug)]
struct Folder {
    /// By its one true path, whatever links led to it.
    path: PathBuf,
    within: Option<Arc<Folder>>,
}

impl Folder {
    fn is_within(&self, path: &Path) -> bool {
        let mut folder = Some(self);
        while let Some(this) = folder {
            if this.path == path {
                return true;
            }
            folder = this.within.as_deref();
        }
        false
    }
}

/// The next thing to read.
#[derive(Debug)]
pub(crate) enum Next {
    Stdin,
    File {
        path: PathBuf,
        /// It was named itself, and not found in a folder.
        is_named: bool,
    },
    Problem(PathBuf, ProblemKind),
}

impl Pending {
    pub(crate) fn of(inputs: impl IntoIterator<Item = Input>) -> Self {
        let mut waiting: Vec<Waiting> = inputs
            .into_iter()
            .map(|input| Waiting {
                input,
                within: None,
            })
            .collect();
        waiting.reverse();
        Self(waiting)
    }

    /// The next file, after going into as many folders as it takes.
    pub(crate) fn next(&mut self) -> Option<Next> {
        loop {
            let Waiting { input, within } = self.0.pop()?;
            let Input::Path(path) = input else {
                return Some(Next::Stdin);
            };
            let kind = match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => match self.enter(&path, within) {
                    Ok(()) => continue,
                    Err(kind) => kind,
                },
                Ok(metadata) if within.is_some() && !metadata.is_file() => ProblemKind::NotAFile,
                Ok(_) => {
                    return Some(Next::File {
                        path,
                        is_named: within.is_none(),
                    });
                }
                Err(error) => ProblemKind::Unreadable(error),
            };
            return Some(Next::Problem(path, kind));
        }
    }

    fn enter(&mut self, path: &Path, within: Option<Arc<Folder>>) -> Result<(), ProblemKind> {
        let true_path = fs::canonicalize(path).map_err(ProblemKind::Unreadable)?;
        if within
            .as_ref()
            .is_some_and(|folder| folder.is_within(&true_path))
        {
            return Err(ProblemKind::Loop);
        }
        let mut paths = fs::read_dir(path)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.path()))
                    .collect::<io::Result<Vec<_>>>()
            })
            .map_err(ProblemKind::Unreadable)?;
        paths.sort_unstable_by(|a, b| b.cmp(a));
        let folder = Arc::new(Folder {
            path: true_path,
            within,
        });
        self.0.extend(paths.into_iter().map(|path| Waiting {
            input: Input::Path(path),
            within: Some(Arc::clone(&folder)),
        }));
        Ok(())
    }
}
