//! `makeresults`: makes rows from nothing, or from data in the text.
//!
//! Source: Search Reference, `makeresults`. Which internal fields come with
//! data in the text is practitioners' knowledge, not documented.

use csv::ReaderBuilder;

use super::option;
use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::{Cursor, Token},
    names::Slot,
    plan::{Planner, RAW, TIME},
    print::Printer,
    structured::json,
    table::{Record, Table},
};

/// Splunk has no such limit; memory has.
const MAX_COUNT: usize = 1_000_000;

/// A planned `makeresults`.
#[derive(Debug)]
pub(crate) struct MakeResults {
    time: Slot,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    /// So many rows with a time.
    Count(usize),
    Data {
        format: Format,
        text: String,
        rows: Data,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

const OPTIONS: &[&str] = &[
    "annotate",
    "count",
    "data",
    "format",
    "splunk_server",
    "splunk_server_group",
];

/// Parses the arguments of `makeresults`.
///
/// # Errors
///
/// Options that `makeresults` does not have, and data that is not of the
/// format.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<MakeResults, Error> {
    let mut count = None;
    let mut format = None;
    let mut data = None;
    while !cursor.at_end() {
        let Some(name) = option::name(cursor) else {
            return Err(cursor.unexpected("an option such as `count=`"));
        };
        match name.text.to_ascii_lowercase().as_str() {
            "count" => {
                let value = option::count(cursor)?;
                if value > MAX_COUNT {
                    return Err(Error::limit(
                        format!("`makeresults` makes at most {MAX_COUNT} rows here"),
                        name.span,
                    ));
                }
                count = Some((value, name.span));
            }
            // Of its fields the name of the server is the only one with a
            // value.
            "annotate" => {
                if option::boolean(cursor)? {
                    return Err(Error::environment("`annotate=true`", name.span));
                }
            }
            "format" => {
                let token = option::value(cursor)?;
                format = Some(match token.text.to_ascii_lowercase().as_str() {
                    "csv" => Format::Csv,
                    "json" => Format::Json,
                    _ => {
                        return Err(Error::syntax(
                            format!("`makeresults` has no format `{}`", token.text),
                            token.span,
                        )
                        .with_help("the formats are `csv` and `json`"));
                    }
                });
            }
            "data" => data = Some((option::value(cursor)?, name.span)),
            "splunk_server" | "splunk_server_group" => {
                return Err(option::unsupported(&name));
            }
            _ => return Err(option::unknown("makeresults", &name, OPTIONS)),
        }
    }
    let time = planner.assign(TIME);
    let rows = match (format, data) {
        (None, None) => Rows::Count(count.map_or(1, |(count, _)| count)),
        (Some(format), Some((data, _))) => {
            if let Some((_, span)) = count {
                return Err(Error::unsupported("`count=` with `data=`", span));
            }
            Rows::Data {
                rows: match format {
                    Format::Csv => from_csv(&data, planner)?,
                    Format::Json => from_json(&data, planner)?,
                },
                format,
                text: data.text.into_owned(),
            }
        }
        (None, Some((_, span))) => {
            return Err(Error::syntax("`data=` needs `format=`", span));
        }
        (Some(_), None) => return Err(cursor.unexpected("`data=` for `format=`")),
    };
    Ok(MakeResults { time, rows })
}

type Data = Vec<Vec<(Slot, Value<'static>)>>;

fn from_csv(data: &Token<'_>, planner: &mut Planner) -> Result<Data, Error> {
    let error = |message: String| Error::syntax(message, data.span.clone());
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .from_reader(data.text.trim().as_bytes());
    let mut columns: Option<Vec<Slot>> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|problem| error(format!("no CSV: {problem}")))?;
        let Some(columns) = &columns else {
            // The page has blanks after the commas of the header.
            let names: Vec<&str> = record.iter().map(str::trim).collect();
            if names.iter().any(|name| name.is_empty()) {
                return Err(error("a column of the CSV has no name".to_owned()));
            }
            columns = Some(names.into_iter().map(|name| planner.assign(name)).collect());
            continue;
        };
        rows.push(
            columns
                .iter()
                .zip(&record)
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(slot, cell)| (*slot, Value::from(cell.to_owned())))
                .collect(),
        );
    }
    if columns.is_none() {
        return Err(error("the CSV has no header".to_owned()));
    }
    Ok(rows)
}

fn from_json(data: &Token<'_>, planner: &mut Planner) -> Result<Data, Error> {
    let error = |message: &str| {
        Error::syntax(message.to_owned(), data.span.clone())
            .with_help("write an array of objects: `data=\"[{\\\"a\\\": 1}]\"`")
    };
    let objects =
        json::elements(&data.text).ok_or_else(|| error("the data is no array of JSON objects"))?;
    let raw = planner.assign(RAW);
    let mut rows = Vec::new();
    for object in objects {
        if !object.trim_start().starts_with('{') {
            return Err(error("the data has an element that is no JSON object"));
        }
        let fields = json::flatten(object).map_err(|_| error("the data is no JSON"))?;
        let mut row = vec![(raw, Value::from(object.to_owned()))];
        for (name, values) in fields {
            row.push((
                planner.assign(&name),
                Value::from_values(values).into_owned(),
            ));
        }
        rows.push(row);
    }
    Ok(rows)
}

impl Command for MakeResults {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let seconds = context.environment.now.as_second();
        #[expect(clippy::cast_precision_loss, reason = "seconds stay below 2^53")]
        let now = Value::from(seconds as f64);
        let slots = table.names.len();
        match &self.rows {
            Rows::Count(count) => {
                for _ in 0..*count {
                    let mut record = Record::new(None, slots);
                    record.set(self.time, now.clone());
                    table.records.push(record);
                }
            }
            Rows::Data { format, rows, .. } => {
                for row in rows {
                    let mut record = Record::new(None, slots);
                    if *format == Format::Json {
                        record.set(self.time, now.clone());
                    }
                    for (slot, value) in row {
                        record.set(*slot, value.clone());
                    }
                    table.records.push(record);
                }
            }
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        match &self.rows {
            Rows::Count(count) => out.option("count", &count.to_string()),
            Rows::Data { format, text, .. } => {
                out.option(
                    "format",
                    match format {
                        Format::Csv => "csv",
                        Format::Json => "json",
                    },
                );
                out.option("data", text);
            }
        }
    }
}
