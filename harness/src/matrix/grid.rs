//! The grid: what a matrix found out, as reports show it.

use jiff::Timestamp;
use scenarios::{AtomicTest, Behaviour};
use serde::Serialize;

use super::exit_code;
use super::view::{View, ViewReport};
use crate::outcome::{Class, ExitCode, Outcome};
use crate::report::model::{DetectionSource, Dropped, Kept, Mismatch, Tool};
use crate::run::options::Detection;

/// The version of the form of a grid in JSON.
pub const SCHEMA_VERSION: u32 = 1;

/// Detections × scenarios × conditions.
#[derive(Debug, Clone, Serialize)]
pub struct Grid {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program made it.
    pub tool: Tool,
    /// The run of the lab that it is of, or the name of the judgement of recorded
    /// events. It varies from run to run.
    pub run_id: String,
    /// The runs from which cells were taken over. They vary from run to run.
    pub earlier: Vec<String>,
    /// When that began. It varies from run to run.
    pub started: Timestamp,
    /// The recorded events that it is of, if it is of no run.
    pub recorded: Option<Vec<String>>,
    /// It was stopped before its end: cells are missing.
    pub interrupted: bool,
    /// What became of it.
    pub outcome: Class,
    /// The exit code.
    pub exit_code: u8,
    /// What the endpoints did.
    pub behaviour: String,
    /// Known misses count as misses, known false alarms as false alarms.
    pub strict: bool,
    /// What kept the lab from running; of recorded events, what is missing, lost
    /// or doubtful.
    pub troubles: Vec<String>,
    /// The columns.
    pub views: Vec<ViewReport>,
    /// The rows.
    pub scenarios: Vec<Row>,
    /// The detections, each with its cells.
    pub detections: Vec<OfDetection>,
}

/// A scenario: a row of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its number.
    pub number: usize,
    /// The GUID of its atomic test.
    pub guid: String,
    /// Its name.
    pub name: String,
    /// It is a control, not an emulation of the technique.
    pub control: bool,
}

/// What one detection made of all scenarios.
#[derive(Debug, Clone, Serialize)]
pub struct OfDetection {
    /// The detection.
    #[serde(flatten)]
    pub source: DetectionSource,
    /// Its cells, by scenario and in the order of the views. Scenarios that did
    /// not run have none.
    pub cells: Vec<Cell>,
}

impl OfDetection {
    /// The cell of a scenario in a view.
    pub fn cell(&self, scenario: usize, view: &str) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| cell.scenario == scenario && cell.view == view)
    }
}

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The detection fires, and that is right.
    Fires,
    /// It is silent, and that is right.
    Silent,
    /// It is silent, and ought to fire.
    Misses,
    /// It fires, and ought to be silent.
    FalseAlarm,
    /// Nothing can be said.
    Inconclusive,
}

/// What a detection made of a scenario in one view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The scenario's number.
    pub scenario: usize,
    /// The view's name.
    pub view: String,
    /// The host on which it was recorded; of a run of the lab, none.
    pub host: Option<String>,
    /// How many times it was recorded. The cell is of the one that came to the
    /// worst.
    pub executions: usize,
    /// What it shows.
    pub kind: Kind,
    /// How many rows the detection gave.
    pub rows: usize,
    /// How many rows its expectations want.
    pub expected: String,
    /// What became of the expectations.
    pub outcome: Outcome,
    /// The conditions without which a detection that misses would fire.
    pub reasons: Vec<&'static str>,
    /// Why events that look as if they should have matched did not.
    pub dropped: Vec<Dropped>,
    /// The command that left nothing, where it did so to rows that several
    /// events were made into.
    pub emptied: Option<Emptied>,
    /// Values of the rows that are not as expected.
    pub mismatches: Vec<Mismatch>,
    /// What a false alarm is about.
    pub alarms: Vec<Alarm>,
    /// By which parts of the detection's ORs a false alarm's events were kept.
    pub kept: Vec<Kept>,
    /// What the expectations say of it; why nothing can be said.
    pub because: Option<String>,
}

impl Cell {
    /// Of two, the higher is what somebody has to see: what deviates, then what
    /// cannot be said, then what is known to be wrong.
    const fn badness(&self) -> u8 {
        match (self.outcome.class(), self.kind) {
            (Class::Deviates, _) => 3,
            (Class::Inconclusive, _) => 2,
            (_, Kind::Misses | Kind::FalseAlarm | Kind::Inconclusive) => 1,
            (_, Kind::Fires | Kind::Silent) => 0,
        }
    }

    /// Whether it is not what the expectations say.
    pub const fn is_new(&self) -> bool {
        matches!(self.outcome.class(), Class::Deviates)
    }
}

/// A command that left no row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Emptied {
    /// The command's text.
    pub command: String,
    /// Its line in the detection, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// How many rows it got.
    pub rows: usize,
}

/// What a row says of what the detection fired at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Alarm {
    /// The program.
    pub image: Option<String>,
    /// The host.
    pub name: Option<String>,
}

/// What a grid is begun with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning<'a> {
    pub(super) run_id: &'a str,
    pub(super) started: Timestamp,
    pub(super) behaviour: Behaviour,
    pub(super) strict: bool,
    pub(super) views: &'a [View],
    pub(super) scenarios: &'a [AtomicTest],
    pub(super) detections: &'a [Detection],
}

impl Grid {
    /// A grid without cells.
    pub(super) fn new(beginning: Beginning<'_>) -> Self {
        let row = |test: &AtomicTest| Row {
            number: test.number,
            guid: test.guid.to_string(),
            name: test.name.clone(),
            control: test.control,
        };
        let of = |detection: &Detection| OfDetection {
            source: detection.source.clone(),
            cells: vec![],
        };
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            run_id: beginning.run_id.to_owned(),
            started: beginning.started,
            earlier: vec![],
            recorded: None,
            // Until it comes to its end.
            interrupted: true,
            outcome: Class::Inconclusive,
            exit_code: ExitCode::Inconclusive.into(),
            behaviour: beginning.behaviour.to_string(),
            strict: beginning.strict,
            troubles: vec![],
            views: beginning.views.iter().map(ViewReport::from).collect(),
            scenarios: beginning.scenarios.iter().map(row).collect(),
            detections: beginning.detections.iter().map(of).collect(),
        }
    }

    /// Takes the cells of one scenario, by detection. Where it has some already,
    /// the worse ones stay.
    pub(super) fn take(&mut self, cells: Vec<Vec<Cell>>) {
        for (of, cells) in self.detections.iter_mut().zip(cells) {
            for cell in cells {
                let known = of
                    .cells
                    .iter_mut()
                    .find(|known| known.scenario == cell.scenario && known.view == cell.view);
                let Some(known) = known else {
                    of.cells.push(cell);
                    continue;
                };
                let executions = known.executions + cell.executions;
                if cell.badness() > known.badness() {
                    *known = cell;
                }
                known.executions = executions;
            }
        }
    }

    /// Whether there is anything to show of any scenario.
    pub fn has_cells(&self) -> bool {
        self.detections.iter().any(|of| !of.cells.is_empty())
    }

    /// Calls an input by another name.
    pub fn rename_input(&mut self, path: &str, name: &str) {
        for text in self.recorded.iter_mut().flatten().chain(&mut self.troubles) {
            *text = text.replace(path, name);
        }
    }

    /// Closes it: puts the cells in order, and says what it comes to.
    pub(super) fn conclude(&mut self, run: ExitCode, interrupted: bool) {
        for detection in &mut self.detections {
            // Those of one scenario stand in the order of the views already.
            detection.cells.sort_by_key(|cell| cell.scenario);
        }
        self.interrupted = interrupted;
        let cells = self.detections.iter().flat_map(|of| &of.cells);
        let code = exit_code(run, cells.map(|cell| cell.outcome.exit_code(self.strict)));
        self.exit_code = code.into();
        self.outcome = match code {
            ExitCode::AsExpected => Class::AsExpected,
            ExitCode::Deviates => Class::Deviates,
            _ => Class::Inconclusive,
        };
    }
}
