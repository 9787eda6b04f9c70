//! What is told while a run goes on: on a terminal a line for each scenario
//! that is running, elsewhere a line for each that was judged.

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::model::ScenarioReport;
use super::untrusted::visible;
use super::verdict;
use super::wording;
use crate::outcome::Class;
use crate::stream::RunEvent;

/// Tells of a run while it goes on.
pub struct Progress<'a> {
    teller: Teller<'a>,
}

enum Teller<'a> {
    Nobody,
    Lines(Box<dyn Write + Send + 'a>),
    Bars {
        all: MultiProgress,
        running: BTreeMap<usize, Running>,
        ticking: bool,
    },
}

struct Running {
    bar: ProgressBar,
    beacons: usize,
}

impl<'a> Progress<'a> {
    /// Tells nobody.
    pub const fn silent() -> Self {
        Self {
            teller: Teller::Nobody,
        }
    }

    /// Writes a line for each scenario that was judged, as logs like it.
    pub fn lines(out: impl Write + Send + 'a) -> Self {
        Self {
            teller: Teller::Lines(Box::new(out)),
        }
    }

    /// Keeps a line for each running scenario on the terminal of the standard
    /// error. The lines are gone when the run has ended. Where the standard
    /// error is no terminal, nothing is shown.
    pub fn bars() -> Self {
        Self::drawn(ProgressDrawTarget::stderr(), true)
    }

    fn drawn(target: ProgressDrawTarget, ticking: bool) -> Self {
        Self {
            teller: Teller::Bars {
                all: MultiProgress::with_draw_target(target),
                running: BTreeMap::new(),
                ticking,
            },
        }
    }

    /// Takes notice of an event.
    ///
    /// # Errors
    /// The error of the writer that [`Progress::lines`] was given.
    pub fn take(&mut self, event: &RunEvent) -> io::Result<()> {
        match &mut self.teller {
            Teller::Nobody => Ok(()),
            Teller::Lines(out) => match event {
                RunEvent::ScenarioFinished(scenario) => {
                    writeln!(out, "{}", line(scenario))?;
                    out.flush()
                }
                _ => Ok(()),
            },
            Teller::Bars {
                all,
                running,
                ticking,
            } => {
                draw(all, running, *ticking, event);
                Ok(())
            }
        }
    }
}

fn draw(
    all: &MultiProgress,
    running: &mut BTreeMap<usize, Running>,
    ticking: bool,
    event: &RunEvent,
) {
    match event {
        RunEvent::ScenarioStarted { number, name } => {
            // Bars stand in the order of the scenarios' numbers.
            let place = running.range(..number).count();
            let bar = all.insert(place, ProgressBar::new_spinner().with_style(style()));
            bar.set_prefix(format!("{number:>2}  {}", visible(name)));
            bar.set_message("starting");
            if ticking {
                bar.enable_steady_tick(std::time::Duration::from_millis(100));
            } else {
                bar.tick();
            }
            running.insert(*number, Running { bar, beacons: 0 });
        }
        RunEvent::Beacon { number } => {
            if let Some(Running { bar, beacons }) = running.get_mut(number) {
                *beacons += 1;
                bar.set_message(wording::counted(*beacons, "beacon"));
            }
        }
        RunEvent::ScenarioFinished(scenario) => {
            if let Some(Running { bar, .. }) = running.remove(&scenario.number) {
                bar.finish_and_clear();
            }
        }
        RunEvent::Finished { .. } => {
            while let Some((_, Running { bar, .. })) = running.pop_first() {
                bar.finish_and_clear();
            }
        }
        RunEvent::Started(_) => {}
    }
}

fn style() -> ProgressStyle {
    #[expect(
        clippy::expect_used,
        reason = "the template is a literal, and a test draws it"
    )]
    ProgressStyle::with_template(" {spinner} {prefix}  {msg:.dim}")
        .expect("the template is well-formed")
}

/// `1  PowerShell Beaconing: detected, 5/5 rows`.
fn line(scenario: &ScenarioReport) -> String {
    let mut line = format!(
        "{:>2}  {}: {}",
        scenario.number,
        visible(&scenario.name),
        verdict::said(verdict::worst(scenario))
    );
    for detection in &scenario.detections {
        // Where nothing was judged, rows are nothing that anybody waited for.
        if detection.outcome.class() != Class::Inconclusive {
            line.push_str(", ");
            if scenario.detections.len() > 1 {
                line.push_str(&visible(&detection.name));
                line.push(' ');
            }
            line.push_str(&visible(&wording::rows(detection)));
        }
    }
    if let Some(cause) = &scenario.cause {
        line.push_str(", ");
        line.push_str(&visible(cause));
    }
    line
}

#[cfg(test)]
mod tests;
