//! The functions that a command computes, with their arguments and the columns
//! that they fill: what `stats`, `eventstats` and `streamstats` have in common.

use super::{
    function::Aggregate,
    state::{Moment, Reason, State},
};
use crate::{
    Error, Value,
    command::Context,
    error::Span,
    expression::{Expression, Predicate},
    lint::Linter,
    names::{self, Slot},
    print::Printer,
    table::{Fields, Record, Table},
    wildcard::Wildcard,
};

/// The functions of a command.
#[derive(Debug)]
pub(crate) struct Aggregations {
    pub(super) terms: Vec<Term>,
    /// `_time`, where a function needs it.
    pub(super) time: Option<Slot>,
    /// Whether a field with a value that is no number has no sums and the like.
    pub(super) all_numbers: bool,
}

/// One function over one argument, and the column that it fills.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) aggregate: Aggregate,
    pub(super) argument: Argument,
    pub(super) column: Column,
    /// The function as written.
    pub(super) word: String,
    /// Whether the column is not called what is written.
    pub(super) named: bool,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum Argument {
    /// `count` counts rows.
    Nothing,
    Field(Slot),
    /// Every field that matches.
    Fields {
        text: String,
        wildcard: Wildcard,
    },
    /// `count(eval(…))` counts the rows for which it is true.
    Predicate(Predicate),
    /// `sum(eval(…))` takes what it gives for each row.
    Expression(Expression),
}

#[derive(Debug)]
pub(super) enum Column {
    One(Slot),
    /// The star stands for what it stands for in the name of the field.
    Many(String),
}

/// A term over one field, where it has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'t> {
    term: &'t Term,
    field: Option<Slot>,
    pub(super) column: Slot,
}

/// What a function takes from a row.
#[derive(Clone, Debug)]
pub(super) enum Input<'r, 'a> {
    /// The row itself, if it counts.
    Row(bool),
    Computed(Value<'a>),
    Field(&'r Value<'a>),
}

impl<'a> Input<'_, 'a> {
    /// The same, independent of the row.
    pub(super) fn detached<'d>(self) -> Input<'d, 'a>
    where
        'a: 'd,
    {
        match self {
            Self::Row(counts) => Input::Row(counts),
            Self::Computed(value) => Input::Computed(value),
            Self::Field(value) => Input::Computed(value.clone()),
        }
    }
}

impl Aggregations {
    pub(super) fn has_wildcard(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.column, Column::Many(_)))
    }

    pub(super) fn needs_order(&self) -> bool {
        self.terms.iter().any(|term| term.aggregate.needs_order())
    }

    /// The columns that have names of their own.
    pub(super) fn columns(&self) -> Vec<Slot> {
        let mut columns = Vec::new();
        for term in &self.terms {
            if let Column::One(slot) = term.column
                && !columns.contains(&slot)
            {
                columns.push(slot);
            }
        }
        columns
    }

    pub(crate) fn print(&self, out: &mut Printer<'_>) {
        for term in &self.terms {
            term.print(out);
        }
    }

    /// Shows the expressions to the lints.
    pub(super) fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        for term in &self.terms {
            match &term.argument {
                Argument::Predicate(predicate) => linter.counted(predicate),
                Argument::Expression(expression) => linter.value(expression),
                Argument::Nothing | Argument::Field(_) | Argument::Fields { .. } => {}
            }
        }
    }

    /// The terms over the fields that there are, but for those of `by`.
    pub(super) fn cells<'t>(&'t self, table: &mut Table<'_>, by: &[Slot]) -> Vec<Cell<'t>> {
        let mut cells = Vec::with_capacity(self.terms.len());
        let mut fields: Option<Vec<(Slot, String)>> = None;
        for term in &self.terms {
            let (wildcard, text, template) = match (&term.argument, &term.column) {
                (Argument::Fields { wildcard, text }, Column::Many(template)) => {
                    (wildcard, text, template)
                }
                (_, Column::One(column)) => {
                    cells.push(Cell {
                        term,
                        field: None,
                        column: *column,
                    });
                    continue;
                }
                // The parser gives the two kinds in pairs.
                _ => continue,
            };
            let fields = fields.get_or_insert_with(|| {
                let mut fields: Vec<(Slot, String)> = table
                    .columns()
                    .into_iter()
                    .filter(|slot| !by.contains(slot))
                    .map(|slot| (slot, table.names.name(slot).to_owned()))
                    .collect();
                fields.sort_by(|(_, left), (_, right)| left.cmp(right));
                fields
            });
            for (slot, name) in fields {
                if names::is_internal(name) && !names::is_internal(text) {
                    continue;
                }
                if let Some(column) = wildcard.substitute(template, name) {
                    cells.push(Cell {
                        term,
                        field: Some(*slot),
                        column: table.names.slot(&column),
                    });
                }
            }
        }
        cells
    }

    /// As [`cells`](Self::cells), where there is no wildcard.
    pub(super) fn plain_cells(&self) -> Vec<Cell<'_>> {
        self.terms
            .iter()
            .filter_map(|term| match term.column {
                Column::One(column) => Some(Cell {
                    term,
                    field: None,
                    column,
                }),
                Column::Many(_) => None,
            })
            .collect()
    }

    pub(super) fn moment(&self, record: &Record<'_>) -> Moment {
        Moment {
            time: self.time.and_then(|slot| record.value(slot).number()),
            event: record.event,
        }
    }
}

pub(super) fn new_states(cells: &[Cell<'_>]) -> Vec<State> {
    cells
        .iter()
        .map(|cell| State::new(cell.term.aggregate))
        .collect()
}

impl<'t> Cell<'t> {
    /// Takes a row.
    pub(super) fn add<'r>(
        &self,
        state: &mut State,
        record: &'r Record<'t>,
        context: &Context<'r>,
        moment: Moment,
    ) -> Result<(), Error> {
        let input = self.input(record, context)?;
        self.take(state, &input, moment)
    }

    /// What a function takes from a row.
    pub(super) fn input<'r>(
        &self,
        record: &'r Record<'t>,
        context: &Context<'r>,
    ) -> Result<Input<'r, 't>, Error> {
        let slot = match (&self.term.argument, self.field) {
            (Argument::Nothing, _) => return Ok(Input::Row(true)),
            (Argument::Predicate(predicate), _) => {
                let truth = predicate.evaluate(context.scope(record))?;
                return Ok(Input::Row(truth == Some(true)));
            }
            (Argument::Expression(expression), _) => {
                let value = expression.evaluate(context.scope(record))?;
                return Ok(Input::Computed(value));
            }
            (Argument::Field(slot), _) => *slot,
            (Argument::Fields { .. }, Some(slot)) => slot,
            (Argument::Fields { .. }, None) => return Ok(Input::Row(false)),
        };
        Ok(Input::Field(record.value(slot)))
    }

    /// Gives a function what it takes from a row.
    pub(super) fn take(
        &self,
        state: &mut State,
        input: &Input<'_, '_>,
        moment: Moment,
    ) -> Result<(), Error> {
        let value = match input {
            Input::Row(counts) => {
                if *counts {
                    state.add_row();
                }
                return Ok(());
            }
            Input::Computed(value) => value,
            Input::Field(value) => *value,
        };
        let added = match value {
            Value::Null => Ok(()),
            Value::Text(text) => state.add(text, moment),
            Value::Number(number) => state.add(&number.to_string(), moment),
            Value::Multi(values) => values.iter().try_for_each(|text| state.add(text, moment)),
        };
        added.map_err(|reason| Error::unsupported(reason.to_string(), self.term.span.clone()))
    }

    /// A state for rows that come in their order.
    pub(super) fn in_order(&self) -> State {
        State::in_order(self.term.aggregate)
    }

    /// Whether a wildcard found the field.
    pub(super) fn is_found(&self) -> bool {
        self.field.is_some()
    }

    /// Where the function stands in the text.
    pub(super) fn span(&self) -> Span {
        self.term.span.clone()
    }

    /// What the column holds.
    pub(super) fn value(&self, state: &State, all_numbers: bool) -> Result<Value<'static>, Error> {
        // A function that calculates makes no column of a field that is not all
        // numbers, where a wildcard found it.
        let all_numbers = all_numbers || self.field.is_some();
        state.value(all_numbers).map_err(|reason| {
            let error = Error::unsupported(reason.to_string(), self.term.span.clone());
            match reason {
                Reason::Approximation => {
                    error.with_help("`exactperc` is exact, as in `exactperc95`")
                }
                Reason::NoTime | Reason::Tie => error,
            }
        })
    }
}

impl Term {
    fn print(&self, out: &mut Printer<'_>) {
        out.word(&self.word);
        match &self.argument {
            Argument::Nothing => {}
            Argument::Field(slot) => {
                out.put("(");
                out.field(*slot);
                out.put(")");
            }
            Argument::Fields { text, .. } => {
                out.put("(");
                out.field_name(text);
                out.put(")");
            }
            Argument::Predicate(predicate) => {
                out.put("(eval(");
                predicate.print(out);
                out.put("))");
            }
            Argument::Expression(expression) => {
                out.put("(eval(");
                expression.print(out);
                out.put("))");
            }
        }
        if !self.named {
            return;
        }
        out.word("AS");
        match &self.column {
            Column::One(slot) => out.field(*slot),
            Column::Many(template) => out.field_name(template),
        }
    }
}
