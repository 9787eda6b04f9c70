//! What a search gives: columns, rows, and how many rows each stage let
//! through.

use std::{borrow::Cow, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{Value, error::Span};

/// The results of a search.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Results<'a> {
    columns: Arc<[String]>,
    /// The rows, in order.
    pub rows: Vec<Row<'a>>,
    /// The commands in order, the base search first.
    pub stages: Vec<Stage>,
    /// What Splunk would say beside the results, or leave unsaid: limits that
    /// cut them.
    pub notices: Vec<Notice>,
}

/// One row of the results.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    columns: Arc<[String]>,
    values: Vec<Value<'a>>,
    /// The index of the event that this row came from; `None` once rows are
    /// aggregates.
    pub event: Option<usize>,
}

/// Something to know about the results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The place in the text that it is about.
    pub span: Span,
    /// What is to be known: a lower-case fragment.
    pub message: String,
}

/// How many rows a command got and gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Where the command stands in the text.
    pub span: Span,
    /// The name of the command.
    pub command: &'static str,
    /// How many rows, for the base search events, came in.
    pub rows_in: usize,
    /// How many rows came out.
    pub rows_out: usize,
}

impl<'a> Results<'a> {
    pub(crate) fn new(
        columns: Vec<String>,
        rows: impl Iterator<Item = (Vec<Value<'a>>, Option<usize>)>,
        stages: Vec<Stage>,
        notices: Vec<Notice>,
    ) -> Self {
        let columns: Arc<[String]> = columns.into();
        Self {
            rows: rows
                .map(|(values, event)| Row {
                    columns: Arc::clone(&columns),
                    values,
                    event,
                })
                .collect(),
            columns,
            stages,
            notices,
        }
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The same results, independent of the events and the search.
    pub fn into_owned(self) -> Results<'static> {
        Results {
            columns: self.columns,
            rows: self.rows.into_iter().map(Row::into_owned).collect(),
            stages: self.stages,
            notices: self.notices,
        }
    }
}

impl<'a> Row<'a> {
    /// The names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values, one for each column.
    pub fn values(&self) -> &[Value<'a>] {
        &self.values
    }

    /// The value of a column; `None` where there is no such column. An empty
    /// cell is [`Value::Null`].
    pub fn get(&self, column: &str) -> Option<&Value<'a>> {
        let index = self.columns.iter().position(|name| name == column)?;
        self.values.get(index)
    }

    /// The value of a column as Splunk prints it; `None` where there is no such
    /// column or the cell is empty.
    pub fn text(&self, column: &str) -> Option<Cow<'_, str>> {
        self.get(column)?.text()
    }

    /// The same row, independent of the events and the search.
    pub fn into_owned(self) -> Row<'static> {
        Row {
            columns: self.columns,
            values: self.values.into_iter().map(Value::into_owned).collect(),
            event: self.event,
        }
    }
}

/// A row is an object with the columns as keys, in order; empty cells are left
/// out, as in Splunk's exports.
impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in self.columns.iter().zip(&self.values) {
            if !value.is_null() {
                map.serialize_entry(column, value)?;
            }
        }
        map.end()
    }
}
