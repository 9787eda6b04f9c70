//! Why a search dropped events: how many each of its clauses dropped, and what
//! it met there.

use std::collections::BTreeMap;

use serde::Serialize;
use spl::{Clause, Explanation, Outcome};

/// How many different values are kept of what a clause met.
const KEPT_VALUES: usize = 3;

/// What became of events in each stage of a search.
#[derive(Debug, Default, Serialize)]
pub struct Reasons {
    /// The stages, in the order of the text.
    pub stages: Vec<StageReasons>,
}

/// What one command did.
#[derive(Debug, Serialize)]
pub struct StageReasons {
    /// The name of the command.
    pub command: &'static str,
    /// Where it stands in the text.
    pub span: spl::Span,
    /// How many events came to it.
    pub events_in: usize,
    /// How many it kept, or counted in an aggregate.
    pub events_out: usize,
    /// The clauses that events did not meet, those of most events first. An
    /// event may fail several.
    pub clauses: Vec<ClauseReasons>,
}

/// A clause that events did not meet.
#[derive(Debug, Serialize)]
pub struct ClauseReasons {
    /// Where it stands in the text.
    pub span: spl::Span,
    /// What was expected.
    pub expected: String,
    /// How many events did not meet it.
    pub events: usize,
    /// How many events failed this clause and no other one of the stage.
    pub alone: usize,
    /// What was met instead: values of the clause's fields, by field.
    pub met: BTreeMap<String, Vec<Option<String>>>,
}

impl Reasons {
    /// Takes what became of one event.
    pub fn add(&mut self, explanation: &Explanation) {
        for (index, stage) in explanation.stages.iter().enumerate() {
            if index == self.stages.len() {
                self.stages.push(StageReasons {
                    command: stage.command,
                    span: stage.span.clone(),
                    events_in: 0,
                    events_out: 0,
                    clauses: Vec::new(),
                });
            }
            let Some(reasons) = self.stages.get_mut(index) else {
                continue;
            };
            match &stage.outcome {
                Outcome::NotReached => {}
                Outcome::Kept | Outcome::Aggregated => {
                    reasons.events_in += 1;
                    reasons.events_out += 1;
                }
                Outcome::Dropped { clauses } => {
                    reasons.events_in += 1;
                    for clause in clauses {
                        reasons.add(clause, clauses.len() == 1);
                    }
                }
            }
        }
    }

    /// Puts the clauses of most events first.
    pub fn sort(&mut self) {
        for stage in &mut self.stages {
            stage
                .clauses
                .sort_by_key(|clause| (std::cmp::Reverse(clause.events), clause.span.start));
        }
    }
}

impl StageReasons {
    fn add(&mut self, clause: &Clause, alone: bool) {
        let known = self
            .clauses
            .iter()
            .position(|known| known.span == clause.span);
        let index = known.unwrap_or_else(|| {
            self.clauses.push(ClauseReasons {
                span: clause.span.clone(),
                expected: clause.expected.clone(),
                events: 0,
                alone: 0,
                met: BTreeMap::new(),
            });
            self.clauses.len() - 1
        });
        let reasons = &mut self.clauses[index];
        reasons.events += 1;
        reasons.alone += usize::from(alone);
        for met in &clause.met {
            let values = reasons.met.entry(met.field.clone()).or_default();
            if values.len() < KEPT_VALUES && !values.contains(&met.value) {
                values.push(met.value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::borrow::Cow;

    use spl::{Environment, Search};

    use super::*;

    struct Host(&'static str);

    impl spl::Event for Host {
        fn field(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "host").then_some(Cow::Borrowed(self.0))
        }
        fn field_names(&self) -> Vec<Cow<'_, str>> {
            vec!["host".into()]
        }
    }

    #[test]
    fn clauses_are_counted_over_events() {
        let search = Search::parse("host=a* user=x | where host=\"ab\"").unwrap();
        let environment = Environment::at_epoch();
        let mut reasons = Reasons::default();
        for host in ["ab", "b", "c", "b"] {
            reasons.add(&search.explain(&Host(host), &environment).unwrap());
        }
        reasons.sort();
        assert_eq!(reasons.stages.len(), 2);
        let base = &reasons.stages[0];
        assert_eq!((base.events_in, base.events_out), (4, 0));
        let clauses: Vec<_> = base
            .clauses
            .iter()
            .map(|clause| {
                (
                    &search.text()[clause.span.clone()],
                    clause.events,
                    clause.alone,
                )
            })
            .collect();
        assert_eq!(clauses, [("user=x", 4, 1), ("host=a*", 3, 0)]);
        assert_eq!(
            base.clauses[1].met["host"],
            [Some("b".to_owned()), Some("c".to_owned())]
        );
        assert_eq!(base.clauses[0].met["user"], [None]);
        assert_eq!(reasons.stages[1].events_in, 0);
    }
}
