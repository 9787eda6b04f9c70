//! `run.json`: everything about a run, for programs to read.
//!
//! `schema/run.schema.json` describes it.

use serde::Serialize;

use super::model::RunReport;
use super::untrusted::is_invisible;

/// The report in JSON, with a final newline. The order of the fields is that of
/// the types.
pub fn render(report: &RunReport) -> String {
    printable(report)
}

/// A report in JSON, indented by two blanks, with a final newline.
///
/// What could drive a terminal is escaped, so that the file can be printed:
/// JSON demands it of the control characters of ASCII only.
#[expect(
    clippy::expect_used,
    reason = "a report has string keys only, and no type of it refuses to be serialized"
)]
pub(super) fn printable(report: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(report).expect("a report serializes");
    let mut printed = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // The line breaks are those between the fields: any in a value are
        // escaped already.
        if c != '\n' && is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                printed.extend(format!(r"\u{unit:04x}").chars());
            }
        } else {
            printed.push(c);
        }
    }
    printed.push('\n');
    printed
}

#[cfg(test)]
mod tests;
