//! The results of a search, as a table, JSON lines, CSV or raw events.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use spl::{Results, Value};
use textwrap::core::display_width;

use crate::report::untrusted::visible;

/// The form in which results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Columns for people. A multivalue cell takes several lines; `_time` is
    /// shown as a date and time, as Splunk's own tables show it.
    Table,
    /// One JSON object for each row and line; empty cells are left out.
    Json,
    /// RFC 4180, with a header. Values of a multivalue cell stand on lines of
    /// their own, as in Splunk's exports.
    Csv,
    /// The text of the events that the rows are, one for each line unless it
    /// has line breaks itself.
    Raw,
}

/// Why results were not written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The rows have no `_raw`.
    #[error(
        "the rows have no `_raw`: they are no events any more, and have the forms table, json and csv"
    )]
    NotEvents,
    /// The output does not take them.
    #[error("cannot write the results: {0}")]
    Write(#[from] io::Error),
}

/// Writes results in a form. Times of a table are those of the time zone.
///
/// # Errors
///
/// Rows without `_raw` where the form is [`Form::Raw`], and what the output
/// says.
pub fn write(
    results: &Results<'_>,
    form: Form,
    time_zone: &TimeZone,
    output: &mut impl Write,
) -> Result<(), OutputError> {
    match form {
        Form::Table => table(results, time_zone, output)?,
        Form::Json => {
            for row in &results.rows {
                serde_json::to_writer(&mut *output, row).map_err(io::Error::from)?;
                writeln!(output)?;
            }
        }
        Form::Csv => csv(results, output)?,
        Form::Raw => {
            if !results.rows.is_empty() && !results.columns().iter().any(|name| name == "_raw") {
                return Err(OutputError::NotEvents);
            }
            for row in &results.rows {
                if let Some(raw) = row.text("_raw") {
                    writeln!(output, "{raw}")?;
                }
            }
        }
    }
    output.flush()?;
    Ok(())
}

fn csv(results: &Results<'_>, output: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    if results.columns().is_empty() {
        return Ok(());
    }
    writer.write_record(results.columns()).map_err(io_error)?;
    for row in &results.rows {
        writer
            .write_record(
                row.values()
                    .iter()
                    .map(|value| value.text().unwrap_or_default().into_owned()),
            )
            .map_err(io_error)?;
    }
    writer.flush()
}

/// The error of the output itself, by whose kind a reader that has gone away is
/// told.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Seconds since the epoch as a date and time; none where they are no time.
fn date_and_time(seconds: &str, time_zone: &TimeZone) -> Option<String> {
    let seconds: f64 = seconds.parse().ok()?;
    if !(-1e11..1e11).contains(&seconds) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was looked at, and a fraction of a millisecond is not shown"
    )]
    let milliseconds = (seconds * 1000.0).round() as i64;
    let time = Timestamp::from_millisecond(milliseconds)
        .ok()?
        .to_zoned_datetime(time_zone.clone());
    let form = if milliseconds % 1000 == 0 {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S.%3f"
    };
    Some(time.strftime(form).to_string())
}

/// The lines of a cell, safe to show.
fn lines(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::Multi(values) => values
            .iter()
            .map(|value| visible(value).into_owned())
            .collect(),
        value => value
            .text()
            .map(|text| visible(&text).into_owned())
            .into_iter()
            .collect(),
    }
}

fn table(results: &Results<'_>, time_zone: &TimeZone, output: &mut impl Write) -> io::Result<()> {
    if results.rows.is_empty() {
        // Nothing was found, and nothing is printed, as by grep.
        return Ok(());
    }
    let shown = |(value, column): (&Value<'_>, &String)| {
        let time = (column == "_time")
            .then(|| date_and_time(&value.text()?, time_zone))
            .flatten();
        time.map_or_else(|| lines(value), |time| vec![time])
    };
    let cells: Vec<Vec<Vec<String>>> = results
        .rows
        .iter()
        .map(|row| {
            row.values()
                .iter()
                .zip(results.columns())
                .map(shown)
                .collect()
        })
        .collect();
    let names: Vec<String> = results
        .columns()
        .iter()
        .map(|name| visible(name).into_owned())
        .collect();
    let widths: Vec<usize> = names
        .iter()
        .enumerate()
        .map(|(column, name)| {
            cells
                .iter()
                .filter_map(|row| row.get(column))
                .flatten()
                .map(|line| display_width(line))
                .chain([display_width(name)])
                .max()
                .unwrap_or(0)
        })
        .collect();
    write_line(output, &widths, |column| {
        names.get(column).map(String::as_str)
    })?;
    let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    write_line(output, &widths, |column| {
        rules.get(column).map(String::as_str)
    })?;
    for row in &cells {
        let height = row.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for line in 0..height {
            write_line(output, &widths, |column| {
                row.get(column)?.get(line).map(String::as_str)
            })?;
        }
    }
    Ok(())
}

/// Writes one line of columns, without blanks at its end.
fn write_line<'c>(
    output: &mut impl Write,
    widths: &[usize],
    cell: impl Fn(usize) -> Option<&'c str>,
) -> io::Result<()> {
    let mut line = String::new();
    for (column, width) in widths.iter().enumerate() {
        let text = cell(column).unwrap_or_default();
        line.push_str(text);
        line.extend(std::iter::repeat_n(
            ' ',
            width.saturating_sub(display_width(text)) + 2,
        ));
    }
    writeln!(output, "{}", line.trim_end())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use spl::{Environment, Search};

    use super::*;

    fn written(text: &str, form: Form) -> String {
        let search = Search::parse(text).unwrap();
        let nothing: &[&NoEvent] = &[];
        let results = search.run(nothing, &Environment::at_epoch()).unwrap();
        let mut output = Vec::new();
        write(&results, form, &TimeZone::UTC, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    struct NoEvent;

    impl spl::Event for NoEvent {
        fn field(&self, _: &str) -> Option<std::borrow::Cow<'_, str>> {
            None
        }
        fn field_names(&self) -> Vec<std::borrow::Cow<'_, str>> {
            Vec::new()
        }
    }

    const ROW: &str = "* | stats count | eval a=\"x\\\"y,\", m=split(\"b c\", \" \"), n=null(), \
                       e=\"\u{1b}[2J\" | table a m n e count";

    #[test]
    fn a_table_has_columns_and_is_safe_to_show() {
        assert_eq!(
            written(ROW, Form::Table),
            "a     m  n  e          count\n\
             ----  -  -  ---------  -----\n\
             x\"y,  b     \\u{1b}[2J  0\n      c\n"
        );
    }

    #[test]
    fn a_table_shows_times_as_such_and_no_rows_as_nothing() {
        // 1795514400 is 2026-11-24T10:00:00Z.
        let time = |seconds: &str| {
            let text = format!("* | stats count | eval _time={seconds} | table _time");
            written(&text, Form::Table)
        };
        assert!(time("1795514400").ends_with("\n2026-11-24 10:00:00\n"));
        assert!(time("1795514400.25").ends_with("\n2026-11-24 10:00:00.250\n"));
        assert!(time("\"soon\"").ends_with("\nsoon\n"));
        let text = "* | stats count | eval _time=1795514400 | table _time";
        assert_eq!(written(text, Form::Csv), "_time\n1795514400\n");
        assert_eq!(written("* | table a", Form::Table), "");
        assert_eq!(written("* | table a", Form::Csv), "a\n");
    }

    /// A reader that has gone away.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_away_is_told_in_each_form() {
        let nothing: &[&NoEvent] = &[];
        let search = Search::parse("* | stats count | eval _raw=\"x\"").unwrap();
        let results = search.run(nothing, &Environment::at_epoch()).unwrap();
        for form in [Form::Table, Form::Json, Form::Csv, Form::Raw] {
            let error = write(&results, form, &TimeZone::UTC, &mut Closed).unwrap_err();
            assert!(
                matches!(&error, OutputError::Write(error) if error.kind() == io::ErrorKind::BrokenPipe),
                "{form:?}: {error}"
            );
        }
    }

    #[test]
    fn json_leaves_empty_cells_out() {
        assert_eq!(
            written(ROW, Form::Json),
            "{\"a\":\"x\\\"y,\",\"m\":[\"b\",\"c\"],\"e\":\"\\u001b[2J\",\"count\":\"0\"}\n"
        );
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(
            written(ROW, Form::Csv),
            "a,m,n,e,count\n\"x\"\"y,\",\"b\nc\",,\u{1b}[2J,0\n"
        );
    }

    #[test]
    fn rows_that_are_no_events_have_no_raw_form() {
        let search = Search::parse("* | stats count").unwrap();
        let nothing: &[&NoEvent] = &[];
        let results = search.run(nothing, &Environment::at_epoch()).unwrap();
        assert!(matches!(
            write(&results, Form::Raw, &TimeZone::UTC, &mut Vec::new()),
            Err(OutputError::NotEvents)
        ));
    }
}
