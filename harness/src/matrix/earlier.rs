//! Goes on with a matrix, or a run, that was interrupted: what came to its end
//! is judged by the events that it left, and need not run again.
//!
//! The events are what is taken over, and no cell: detections, expectations and
//! views may have changed since.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use scenarios::{AtomicTest, Ptr};
use telemetry::Input;
use thiserror::Error;

use super::cell::cells;
use super::grid::Cell;
use super::view::View;
use crate::recordings::Interrupt;
use crate::run::options::Options;
use crate::run_folder::{RunFolder, RunFolderError};
use crate::verify::options::{Options as OfRecorded, Window};
use crate::verify::{self, VerifyError};

/// Nothing can be taken over.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EarlierError {
    /// The folder of the run cannot be read.
    #[error(transparent)]
    Folder(#[from] RunFolderError),
    /// Its events cannot be judged.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// It was another run.
    #[error("{}: it was run with `--{option} {then}`, and this is with `{now}`", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// The option that differs.
        option: &'static str,
        /// Its value then.
        then: String,
        /// Its value now.
        now: String,
    },
}

/// What earlier runs have already.
#[derive(Debug, Default)]
pub struct Earlier {
    /// The runs.
    pub(super) run_ids: Vec<String>,
    /// The scenarios that came to their end in them.
    pub(super) scenarios: Vec<AtomicTest>,
    /// Their cells, by detection.
    pub(super) cells: Vec<Vec<Vec<Cell>>>,
}

impl Earlier {
    /// Takes over what came to its end in the folder of a run, of the scenarios
    /// that are still to be run; those are left out of the options then.
    ///
    /// # Errors
    /// [`EarlierError`]. A scenario that did not come to its end, or that ran
    /// with other arguments, is none: it runs anew.
    pub fn take(
        &mut self,
        path: &Path,
        options: &mut Options,
        views: &[View],
        interrupt: &Interrupt,
    ) -> Result<(), EarlierError> {
        let folder = RunFolder::open(path)?;
        let report = &folder.report;
        for (option, then, now) in [
            (
                "behaviour",
                &report.behaviour,
                options.condition.behaviour.to_string(),
            ),
            ("ptr", &report.ptr, Ptr::Lab.to_string()),
        ] {
            if *then != now {
                return Err(EarlierError::Other {
                    path: path.to_owned(),
                    option,
                    then: then.clone(),
                    now,
                });
            }
        }
        let is_whole = |test: &&AtomicTest| {
            let resolved = test.resolve(&options.overrides);
            report.scenarios.iter().any(|of| {
                of.guid == test.guid
                    && of.incomplete().is_none()
                    && resolved
                        .as_ref()
                        .is_ok_and(|resolved| resolved.arguments == of.arguments)
            })
        };
        let whole: Vec<AtomicTest> = options.scenarios.iter().filter(is_whole).cloned().collect();
        if whole.is_empty() {
            return Ok(());
        }
        let of_recorded = OfRecorded {
            inputs: vec![Input::Path(folder.events_path())],
            scenarios: whole,
            found_only: true,
            // Lent for as long as it takes.
            detections: std::mem::take(&mut options.detections),
            overrides: options.overrides.clone(),
            addon: None,
            behaviour: options.condition.behaviour,
            hosts: vec![],
            window: Window::default(),
            strict: options.strict,
            threads: NonZero::<usize>::MIN,
            run_id: options.run_id.clone(),
        };
        let mut taken = Vec::new();
        let judged = verify::observed(&of_recorded, interrupt, &mut |observed| {
            let mut cells = cells(observed, &of_recorded.detections, views);
            for cell in cells.iter_mut().flatten() {
                // It was the lab's own, as those are that run now.
                cell.host = None;
            }
            taken.push((observed.test().guid, cells));
        });
        options.detections = of_recorded.detections;
        judged?;
        for (guid, cells) in taken {
            if let Some(at) = options.scenarios.iter().position(|test| test.guid == guid) {
                self.scenarios.push(options.scenarios.remove(at));
                self.cells.push(cells);
            }
        }
        self.run_ids.push(report.run_id.clone());
        Ok(())
    }
}
