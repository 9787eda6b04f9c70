//! A few events over which any search runs: multivalue fields, fields that are
//! missing, empty, long, numbers and text of other languages.

use std::borrow::Cow;

use spl::{Collector, Error, Event, Scan, Value};

/// An event of names and values; a name that comes twice is multivalue.
#[derive(Debug)]
pub(crate) struct Fixed(&'static [(&'static str, &'static str)]);

impl Event for Fixed {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let (_, value) = self.0.iter().find(|(other, _)| *other == name)?;
        Some(Cow::Borrowed(value))
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        let mut names: Vec<Cow<'_, str>> = Vec::new();
        for (name, _) in self.0 {
            if !names.iter().any(|other| other == name) {
                names.push(Cow::Borrowed(name));
            }
        }
        names
    }

    fn value(&self, name: &str) -> Value<'_> {
        let mut values: Vec<Cow<'_, str>> = self
            .0
            .iter()
            .filter(|(other, _)| *other == name)
            .map(|(_, value)| Cow::Borrowed(*value))
            .collect();
        match values.len() {
            0 => Value::Null,
            1 => values.pop().map_or(Value::Null, Value::Text),
            _ => Value::Multi(values),
        }
    }
}

/// The same events batch by batch, as a reader of files gives them.
#[derive(Debug)]
pub(crate) struct InBatches(pub(crate) usize);

impl Scan for InBatches {
    fn scan(&self, collector: &mut Collector<'_, '_>) -> Result<(), Error> {
        let mut first = 0;
        for batch in EVENTS.chunks(self.0) {
            collector.batch(first, batch)?;
            first += batch.len();
        }
        Ok(())
    }
}

const SYSMON: &str = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";

/// The events, in no order of time.
pub(crate) const EVENTS: &[Fixed] = &[
    Fixed(&[
        ("_time", "1700000000.123"),
        (
            "_raw",
            "<Event><System><EventID>3</EventID></System><EventData><Data Name='Image'>C:\\Windows\\System32\\curl.exe</Data></EventData></Event>",
        ),
        ("host", "WS01"),
        ("index", "main"),
        ("source", SYSMON),
        ("sourcetype", SYSMON),
        ("EventCode", "3"),
        ("Image", "C:\\Windows\\System32\\curl.exe"),
        ("DestinationHostname", "a.workers.dev"),
        ("DestinationIp", "104.16.0.1"),
        ("DestinationPort", "443"),
        ("a", "1"),
        ("b", "x y"),
    ]),
    Fixed(&[
        ("_time", "1700000300"),
        ("_raw", "a b \"c\" key=value other=\"quoted value\""),
        ("host", "WS02"),
        ("index", "main"),
        ("sourcetype", "xmlwineventlog"),
        ("EventCode", "1"),
        ("Image", "C:\\Program Files\\Google\\Chrome\\chrome.exe"),
        (
            "CommandLine",
            "\"C:\\Program Files\\x.exe\" -enc &gt; 'y' %TEMP%",
        ),
        ("a", "2"),
        ("a", "é"),
        ("a", "2"),
        ("b", "10.0.0.1"),
        ("c", "0.10"),
    ]),
    Fixed(&[
        ("_time", "1699999999"),
        (
            "_raw",
            "{\"a\": [1, {\"b\": \"x\"}], \"c\": null, \"d e\": -1.5e3}",
        ),
        ("index", "_internal"),
        ("a", "{\"b\": [1, 2.50, \"x\"], \"c\": {\"d\": true}}"),
        ("b", "-3"),
        ("c", "2023-11-14 22:13:20"),
    ]),
    Fixed(&[
        ("_time", "0"),
        ("_raw", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("index", "main"),
        ("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        ("b", "a,b;c|d\\e"),
        ("c", "one\ntwo\n\nthree"),
    ]),
    Fixed(&[
        ("_time", "-1.5"),
        ("index", "main"),
        ("a", ""),
        ("b", "ÀÉ ß 漢字 \u{1F600} \u{301}"),
        ("c", "9223372036854775807"),
        ("a b", "1e308"),
    ]),
    Fixed(&[
        ("_time", "not a time"),
        ("_raw", "<a><b c=\"d\">e</b><b>f</b></a>"),
        ("a", "0x1F"),
        ("b", "1"),
        ("b", "2"),
        ("b", "10"),
        ("c", "NaN"),
        ("x", "\0\u{7f}"),
    ]),
    Fixed(&[
        ("a", "3"),
        ("b", "x y"),
        ("_time", "1700000300"),
        ("EventCode", "22"),
    ]),
    Fixed(&[]),
];
