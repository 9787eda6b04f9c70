//! Data sets of a run: the events of each scenario, with the metadata by which
//! others' tools read them.
//!
//! What is written lies where their projects have it, so that it can be copied
//! there as it is:
//!
//! - `datasets/attack_techniques/`: events and metadata as Splunk's attack_data
//!   has them ([`attack_data`]);
//! - `contentctl/`: a test for each detection that found them ([`contentctl`]);
//! - `exports/`: the same events in further forms;
//! - `regression_data/`: a sample of events for a Sigma rule, as Sigma's
//!   repository has it ([`sigma`]).
//!
//! All of it is made in a folder beside, and then put in its place
//! ([`staged`]): a data set is there as a whole or not at all.

mod attack_data;
mod contentctl;
mod error;
mod files;
mod names;
mod sigma;
mod staged;
mod yaml;

use std::path::PathBuf;

use uuid::Uuid;

pub use self::error::RecordError;
use self::files::{Files, Finished};
use self::names::Names;
use self::sigma::Sample;
pub use self::sigma::{Rule, RuleError};
use self::staged::Staged;
use crate::report::untrusted::visible;
pub use crate::run_folder::newest;
use crate::run_folder::{Event, RunFolder};
pub use telemetry::written::Form;

/// What is recorded, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the run.
    pub run: PathBuf,
    /// Where the data sets are put.
    pub to: PathBuf,
    /// Who is named as their author.
    pub author: String,
    /// Further forms in which the events are written.
    pub forms: Vec<Form>,
    /// Sigma rules that get a sample of events.
    pub rules: Vec<Rule>,
    /// Data sets that are there already are replaced.
    pub force: bool,
}

/// What was recorded.
#[derive(Debug)]
pub struct Recorded {
    /// The data sets, in the order of their scenarios.
    pub data_sets: Vec<DataSet>,
    /// What a whole run would have, and this one has not; in most cases
    /// nothing.
    pub incomplete: Vec<String>,
}

/// A data set that was written.
#[derive(Debug)]
pub struct DataSet {
    /// The number of its scenario.
    pub number: usize,
    /// The name of its scenario.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// How many events it has.
    pub events: usize,
}

/// Writes the data sets of a run.
///
/// # Errors
/// [`RecordError`]; nothing is written or replaced then.
pub fn record(options: &Options) -> Result<Recorded, RecordError> {
    let run = RunFolder::open(&options.run)?;
    let names = Names::of(&run.report);
    let mut places = names.places(&run.report);
    places.extend(options.rules.iter().flat_map(Rule::places));
    let taken = places.iter().map(|place| options.to.join(place));
    if let Some(taken) = taken
        .filter(|_| !options.force)
        .find(|place| place.symlink_metadata().is_ok())
    {
        return Err(RecordError::Exists(taken));
    }
    let mut staged = Staged::new(&options.to)?;
    let samples = options
        .rules
        .iter()
        .map(|rule| Sample::create(rule, &mut staged))
        .collect::<Result<_, _>>()?;
    let mut split = Split {
        run: &run,
        names: &names,
        options,
        open: None,
        samples,
        finished: Vec::new(),
        unreported: Vec::new(),
    };
    let lost = run.events(&mut |event| split.take(&event, &mut staged))?;
    split.finish(&mut staged)?;
    let Split {
        finished,
        unreported,
        samples,
        ..
    } = split;
    for scenario in &run.report.scenarios {
        let of_it = finished
            .iter()
            .find(|finished| finished.number == scenario.number);
        let found = of_it.map_or(0, |finished| finished.events);
        if found != scenario.events {
            return Err(RecordError::Count {
                number: scenario.number,
                expected: scenario.events,
                found,
                lost,
            });
        }
    }
    if finished.is_empty() {
        return Err(RecordError::Empty);
    }
    for sample in samples {
        sample.finish(&run.report, &options.author, &mut staged)?;
    }
    let mut incomplete = run.report.incomplete();
    incomplete.extend(unreported.iter().map(|number| {
        format!("the run ended before scenario {number} was judged: its events are left out")
    }));
    incomplete.extend(lost);
    staged.put(&places, options.force)?;
    let data_sets = finished
        .into_iter()
        .filter_map(|finished| {
            let scenario = run.report.scenario(finished.number)?;
            Some(DataSet {
                number: finished.number,
                name: visible(&scenario.name).into_owned(),
                folder: options.to.join(names.data_set(scenario)),
                events: finished.events,
            })
        })
        .collect::<Vec<_>>();
    let incomplete = incomplete.iter().map(|what| visible(what).into_owned());
    Ok(sorted(data_sets, incomplete.collect()))
}

fn sorted(mut data_sets: Vec<DataSet>, incomplete: Vec<String>) -> Recorded {
    data_sets.sort_by_key(|data_set| data_set.number);
    Recorded {
        data_sets,
        incomplete,
    }
}

/// Takes the events of a run apart, by scenario. Those of one stand together:
/// no more than one scenario's files are open.
struct Split<'r> {
    run: &'r RunFolder,
    names: &'r Names,
    options: &'r Options,
    open: Option<Files<'r>>,
    samples: Vec<Sample<'r>>,
    finished: Vec<Finished>,
    /// Scenarios that have events, and are not in the report.
    unreported: Vec<usize>,
}

impl Split<'_> {
    fn take(&mut self, event: &Event<'_>, staged: &mut Staged) -> Result<(), RecordError> {
        let number = event.scenario;
        if self
            .open
            .as_ref()
            .is_none_or(|open| open.number() != number)
        {
            self.finish(staged)?;
            let Some(scenario) = self.run.report.scenario(number) else {
                if !self.unreported.contains(&number) {
                    self.unreported.push(number);
                }
                return Ok(());
            };
            if self.finished.iter().any(|done| done.number == number) {
                return Err(RecordError::Scattered {
                    record: event.record,
                    number,
                });
            }
            let files = Files::new(&self.run.report, scenario, self.names, self.options);
            self.open = Some(files);
        }
        if let Some(open) = &mut self.open {
            open.take(event, staged)?;
        }
        for sample in &mut self.samples {
            sample.take(event)?;
        }
        Ok(())
    }

    /// Ends the files of the scenario whose events came last.
    fn finish(&mut self, staged: &mut Staged) -> Result<(), RecordError> {
        if let Some(open) = self.open.take() {
            self.finished.push(open.finish(staged)?);
        }
        Ok(())
    }
}

/// The id of what is made of a run: the same, whenever it is made.
fn id(run_id: &str, of: &str) -> Uuid {
    // In a name space of its own it meets nobody else's ids.
    let space = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"beaconlab record");
    Uuid::new_v5(&space, format!("{run_id}/{of}").as_bytes())
}
