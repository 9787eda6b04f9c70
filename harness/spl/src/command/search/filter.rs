//! The planned form of `search`, and how it is evaluated.

use std::{borrow::Cow, cmp::Ordering};

use super::{term::Term, window::Bound};
use crate::{
    Environment, Error, Value,
    address::Subnet,
    command::{Command, Context, Source},
    error::Span,
    explain::{Clause, Met},
    lint::Linter,
    names::Slot,
    print::Printer,
    table::{Fields, Scope, Table},
    value::parse_number,
    wildcard::{Case, Wildcard},
};

/// A planned `search`.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) filter: Filter,
    /// The ends of the time range, which all have to hold.
    pub(crate) window: Vec<Bound>,
}

/// A logical expression. It is two-valued: a comparison with a field that is
/// missing is false, and NOT turns it true.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) kind: FilterKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum FilterKind {
    /// `*`, and nothing at all.
    Any,
    /// A subsearch whose rows have not become text yet: the place of what is
    /// inside the brackets.
    Subsearch(Span),
    /// The parts, cheapest first: nothing that a part does shows, so that the
    /// order decides on nothing but speed.
    And(Vec<Filter>),
    /// As [`And`](Self::And).
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Comparison(Comparison),
    Term {
        raw: Slot,
        term: Term,
    },
    /// Event types: what the event says of itself, and their searches.
    EventType {
        said: Comparison,
        searches: Vec<Filter>,
    },
    /// An end of a time range in parentheses: of one of several ranges, as a
    /// rule.
    Time(Bound),
}

/// A field compared with what the text says.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) field: Slot,
    pub(crate) test: Test,
    /// The operator and the value or values.
    pub(crate) expected: Span,
}

#[derive(Debug)]
pub(crate) enum Test {
    Equal(Literal),
    NotEqual(Literal),
    In(Vec<Literal>),
    Order {
        relation: Relation,
        text: String,
        number: Option<f64>,
    },
}

/// How a value must stand to the one in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A value in the text of the search.
#[derive(Debug)]
pub(crate) struct Literal {
    /// The value as meant, with its stars.
    pub(crate) text: String,
    pub(crate) case: Case,
    pub(crate) wildcard: Wildcard,
    pub(crate) subnet: Option<Subnet>,
    /// `index=*` means every index but the internal ones, whose names start
    /// with an underscore.
    pub(crate) hides_internal: bool,
    /// Where it stands, quotation marks included.
    pub(crate) span: Span,
}

impl Literal {
    fn matches(&self, value: &str) -> bool {
        (self.wildcard.matches(value) && !(self.hides_internal && value.starts_with('_')))
            || self.subnet.is_some_and(|subnet| subnet.contains(value))
    }
}

impl Test {
    /// Whether a single value passes.
    pub(super) fn passes(&self, value: &str) -> bool {
        match self {
            Self::Equal(literal) => literal.matches(value),
            Self::NotEqual(literal) => !literal.matches(value),
            Self::In(literals) => literals.iter().any(|literal| literal.matches(value)),
            Self::Order {
                relation,
                text,
                number,
            } => {
                let numeric = number.zip(parse_number(value));
                let ordering = match numeric {
                    Some((number, value)) => value.partial_cmp(&number),
                    None => Some(value.cmp(text.as_str())),
                };
                ordering.is_some_and(|ordering| relation.holds(ordering))
            }
        }
    }
}

impl Comparison {
    /// A multivalue field passes where one of its values does.
    fn passes(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Null => false,
            Value::Text(text) => self.test.passes(text),
            Value::Number(number) => self.test.passes(&number.to_string()),
            Value::Multi(values) => values.iter().any(|value| self.test.passes(value)),
        }
    }
}

impl Filter {
    /// Roughly how much it costs to evaluate, to put the parts of an AND or OR
    /// in order.
    pub(crate) fn cost(&self) -> usize {
        match &self.kind {
            FilterKind::Any | FilterKind::Subsearch(_) => 0,
            FilterKind::And(filters) | FilterKind::Or(filters) => {
                filters.iter().map(Self::cost).sum()
            }
            FilterKind::Not(filter) => filter.cost(),
            FilterKind::Comparison(comparison) => match &comparison.test {
                Test::Equal(literal) | Test::NotEqual(literal) => literal.wildcard.cost(),
                Test::In(literals) => literals.iter().map(|l| l.wildcard.cost()).sum(),
                Test::Order { .. } => 8,
            },
            FilterKind::Time(_) => 16,
            FilterKind::EventType { searches, .. } => searches.iter().map(Self::cost).sum(),
            // The raw text is long, and its case is changed.
            FilterKind::Term { .. } => 1000,
        }
    }

    /// The parts of an AND or OR in the order of the text.
    pub(crate) fn in_text_order(filters: &[Self]) -> Vec<&Self> {
        let mut filters: Vec<&Self> = filters.iter().collect();
        filters.sort_by_key(|filter| filter.span.start);
        filters
    }

    pub(crate) fn keeps<'a>(&self, fields: &impl Fields<'a>, environment: &Environment) -> bool {
        match &self.kind {
            // Fillers run, and the text is parsed anew, before any event is
            // looked at.
            FilterKind::Any | FilterKind::Subsearch(_) => true,
            FilterKind::And(filters) => filters
                .iter()
                .all(|filter| filter.keeps(fields, environment)),
            FilterKind::Or(filters) => filters
                .iter()
                .any(|filter| filter.keeps(fields, environment)),
            FilterKind::Not(filter) => !filter.keeps(fields, environment),
            FilterKind::Comparison(comparison) => comparison.passes(fields.value(comparison.field)),
            FilterKind::Term { raw, term } => fields
                .value(*raw)
                .text()
                .is_some_and(|raw| term.is_in(&raw)),
            FilterKind::EventType { said, searches } => {
                said.passes(fields.value(said.field))
                    || searches
                        .iter()
                        .any(|search| search.keeps(fields, environment))
            }
            FilterKind::Time(bound) => bound.holds(
                bound.seconds(environment),
                fields.value(bound.time).number(),
            ),
        }
    }

    /// The first end of a time range in it.
    pub(super) fn first_bound(&self) -> Option<&Bound> {
        match &self.kind {
            FilterKind::Time(bound) => Some(bound),
            FilterKind::And(filters) | FilterKind::Or(filters) => {
                filters.iter().find_map(Self::first_bound)
            }
            FilterKind::Not(filter) => filter.first_bound(),
            FilterKind::Any
            | FilterKind::Subsearch(_)
            | FilterKind::Comparison(_)
            | FilterKind::EventType { .. }
            | FilterKind::Term { .. } => None,
        }
    }
}

impl Search {
    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Whether an event or row is kept.
    pub(crate) fn keeps<'a>(&self, fields: &impl Fields<'a>, environment: &Environment) -> bool {
        self.filter.keeps(fields, environment)
    }
}

impl Command for Search {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        table
            .records
            .retain(|record| self.keeps(record, context.environment));
        for bound in &self.window {
            let seconds = bound.seconds(context.environment);
            table
                .records
                .retain(|record| bound.holds(seconds, record.value(bound.time).number()));
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        for bound in &self.window {
            bound.print(out);
        }
        self.filter.print(out);
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        self.lint_filter(linter);
    }

    fn chosen<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        let mut clauses = Vec::new();
        self.filter.chosen(scope, source, &mut clauses);
        Ok(clauses)
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        let mut clauses = Vec::new();
        self.filter.explain(scope, source, &mut clauses);
        for bound in &self.window {
            let time = scope.record.value(bound.time);
            if !bound.holds(bound.seconds(scope.environment), time.number()) {
                clauses.push(Clause {
                    span: bound.span.clone(),
                    expected: source.text[bound.span.clone()].to_owned(),
                    met: vec![Met {
                        field: source.names.name(bound.time).to_owned(),
                        value: time.text().map(Cow::into_owned),
                    }],
                    alternatives: Vec::new(),
                });
            }
        }
        Ok(clauses)
    }
}
