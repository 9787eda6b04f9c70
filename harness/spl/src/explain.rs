//! Why an event did or did not become a row, stage by stage.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    Environment, Error, Event, Search,
    command::{Command, Context, Source},
    error::Span,
    names::Slot,
    run::{self, Scan},
    source,
    table::{Fields as _, Scope, Table},
};

/// What became of one event in each stage of a search.
///
/// The event is looked at alone: `sort` and `head` keep it, whatever its
/// neighbours would have done to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The commands in order, the base search first.
    pub stages: Vec<StageExplanation>,
}

/// What became of the event in one command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageExplanation {
    /// Where the command stands in the text.
    pub span: Span,
    /// The name of the command.
    pub command: &'static str,
    /// What became of the event.
    pub outcome: Outcome,
}

/// What a command did to the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It kept the event, perhaps with other fields.
    Kept,
    /// It dropped the event, because these clauses failed.
    Dropped {
        /// The clauses that failed, in the order of the text.
        clauses: Vec<Clause>,
    },
    /// It counted the event in an aggregate, and its rows are no longer events.
    Aggregated,
    /// The event was gone, or aggregated, before this command.
    NotReached,
}

/// A part of a condition that an event did not meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// Where the clause stands in the text.
    pub span: Span,
    /// What was expected, as written: for a comparison of `search` the operator
    /// and value, otherwise the whole clause.
    pub expected: String,
    /// The fields in the clause with the values that they had.
    pub met: Vec<Met>,
    /// For an OR, its parts: each of them failed.
    pub alternatives: Vec<Clause>,
}

/// A field and the value that a clause met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Met {
    /// The name of the field.
    pub field: String,
    /// Its value, as printed; `None` where the field is missing.
    pub value: Option<String>,
}

impl Met {
    /// The fields, with the values that they have in a record.
    pub(crate) fn all(slots: &[Slot], scope: Scope<'_, '_>, source: Source<'_>) -> Vec<Self> {
        slots
            .iter()
            .map(|&slot| Self {
                field: source.names.name(slot).to_owned(),
                value: scope.record.value(slot).text().map(Cow::into_owned),
            })
            .collect()
    }
}

impl Explanation {
    /// The stage that dropped the event, with the clauses that failed.
    pub fn dropped(&self) -> Option<(&StageExplanation, &[Clause])> {
        self.stages.iter().find_map(|stage| match &stage.outcome {
            Outcome::Dropped { clauses } => Some((stage, clauses.as_slice())),
            _ => None,
        })
    }

    /// Whether the event passed every command, or was aggregated.
    pub fn is_kept(&self) -> bool {
        self.dropped().is_none()
    }
}

impl Explanation {
    /// The same explanation with places in the text as written.
    fn placed(mut self, text: &source::Source) -> Self {
        for stage in &mut self.stages {
            stage.span = text.place(&stage.span).0;
            if let Outcome::Dropped { clauses } = &mut stage.outcome {
                for clause in clauses {
                    clause.place(text);
                }
            }
        }
        self
    }
}

impl Clause {
    fn place(&mut self, text: &source::Source) {
        self.span = text.place(&self.span).0;
        for alternative in &mut self.alternatives {
            alternative.place(text);
        }
    }
}

impl Search {
    /// Says stage by stage what becomes of one event. Subsearches find
    /// nothing: [`explainer`](Self::explainer) runs them.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn explain<E: Event>(
        &self,
        event: &E,
        environment: &Environment,
    ) -> Result<Explanation, Error> {
        let nothing: &[&E] = &[];
        self.explainer(nothing, environment)?.explain(event)
    }

    /// Says by which parts of its ORs the search keeps one event, in the order of
    /// the text, up to the first command that aggregates; nothing for an event that
    /// it drops. What stands in no OR has to hold for all events, and is left out.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn chosen<E: Event>(
        &self,
        event: &E,
        environment: &Environment,
    ) -> Result<Vec<Clause>, Error> {
        let nothing: &[&E] = &[];
        self.explainer(nothing, environment)?.chosen(event)
    }

    /// Runs the subsearches of the search over events, so that other events
    /// can be explained.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn explainer<'s>(
        &'s self,
        events: &(impl Scan + ?Sized),
        environment: &'s Environment,
    ) -> Result<Explainer<'s>, Error> {
        let filled = self.filled(events, environment)?;
        let search = filled.as_ref().unwrap_or(self);
        let subsearches = run::subsearches(&search.plan, events, environment)
            .map_err(|error| search.source.error(error))?;
        Ok(Explainer {
            search: self,
            filled,
            subsearches,
            environment,
        })
    }
}

/// A search that is ready to say what becomes of single events.
#[derive(Debug)]
pub struct Explainer<'s> {
    search: &'s Search,
    /// The search with the results of its subsearches in its text.
    filled: Option<Search>,
    subsearches: Vec<Table<'static>>,
    environment: &'s Environment,
}

impl Explainer<'_> {
    /// Says stage by stage what becomes of one event.
    ///
    /// # Errors
    ///
    /// As [`Search::run`].
    pub fn explain<E: Event>(&self, event: &E) -> Result<Explanation, Error> {
        let search = self.filled.as_ref().unwrap_or(self.search);
        let context = Context {
            environment: self.environment,
            subsearches: &self.subsearches,
        };
        search
            .explain_unplaced(event, &context)
            .map(|explanation| explanation.placed(&search.source))
            .map_err(|error| search.source.error(error))
    }
}

impl Explainer<'_> {
    /// As [`Search::chosen`].
    ///
    /// # Errors
    ///
    /// As [`Search::run`].
    pub fn chosen<E: Event>(&self, event: &E) -> Result<Vec<Clause>, Error> {
        let search = self.filled.as_ref().unwrap_or(self.search);
        let context = Context {
            environment: self.environment,
            subsearches: &self.subsearches,
        };
        search
            .chosen_unplaced(event, &context)
            .map(|mut clauses| {
                for clause in &mut clauses {
                    clause.place(&search.source);
                }
                clauses
            })
            .map_err(|error| search.source.error(error))
    }
}

impl Search {
    /// The commands in order, the base search first, each with its name and
    /// place.
    fn commands(&self) -> impl Iterator<Item = (&dyn Command, &'static str, &Span)> {
        let base = self.plan.base.iter();
        base.map(|base| (&base.command as &dyn Command, base.name, &base.span))
            .chain(
                self.plan
                    .steps
                    .iter()
                    .map(|step| (step.command.as_ref(), step.name, &step.span)),
            )
    }

    fn chosen_unplaced<E: Event>(
        &self,
        event: &E,
        context: &Context<'_>,
    ) -> Result<Vec<Clause>, Error> {
        let mut table = run::single(&self.plan, event);
        let mut chosen = Vec::new();
        for (command, ..) in self.commands() {
            let Some(record) = table.records.first().cloned() else {
                return Ok(Vec::new());
            };
            if command.aggregates() {
                return Ok(chosen);
            }
            let names = table.names.clone();
            command.run(&mut table, context)?;
            if table.records.is_empty() {
                return Ok(Vec::new());
            }
            let source = Source {
                text: self.source.text(),
                names: &names,
            };
            chosen.extend(command.chosen(context.scope(&record), source)?);
        }
        Ok(chosen)
    }

    fn explain_unplaced<E: Event>(
        &self,
        event: &E,
        context: &Context<'_>,
    ) -> Result<Explanation, Error> {
        let mut table = run::single(&self.plan, event);
        let mut stages = Vec::new();
        let mut reached = true;
        for (command, name, span) in self.commands() {
            let outcome = if reached {
                let before = table.records.first().cloned();
                let names = table.names.clone();
                command.run(&mut table, context)?;
                match before {
                    Some(record) if table.records.is_empty() || command.aggregates() => {
                        let clauses = command.explain(
                            context.scope(&record),
                            Source {
                                text: self.source.text(),
                                names: &names,
                            },
                        )?;
                        reached = false;
                        if command.aggregates() && clauses.is_empty() {
                            Outcome::Aggregated
                        } else {
                            Outcome::Dropped { clauses }
                        }
                    }
                    _ => Outcome::Kept,
                }
            } else {
                Outcome::NotReached
            };
            stages.push(StageExplanation {
                span: span.clone(),
                command: name,
                outcome,
            });
        }
        Ok(Explanation { stages })
    }
}
