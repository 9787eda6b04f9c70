//! Any bytes as an input of events: the same events however they are split, and
//! fields of each under each profile of the add-on.

use std::io::{Cursor, Read};

use spl::{Event as _, Value};
use splunk::{AddOn, IndexedEvent, Metadata};
use telemetry::{Field, Limits, Reader, Source, Unpacking, Wanted};

/// How long an event may be: little, so that inputs can be longer.
const RECORD: usize = 4096;

/// Any bytes as a file of events.
///
/// # Panics
///
/// Where something does not hold.
pub fn telemetry(bytes: &[u8]) {
    let whole = read(bytes, 1 << 20, usize::MAX, &Wanted::all(), RECORD);
    for (batch, piece) in [(1, 1000), (64, 7), (1000, 64)] {
        let split = read(bytes, batch, piece, &Wanted::all(), RECORD);
        assert_eq!(whole, split, "batches of {batch}, pieces of {piece}");
    }
    for event in whole.events.iter().take(20) {
        if let Some(raw) = &event.raw {
            assert!(raw.len() <= 2 * RECORD, "{} bytes", raw.len());
            fields(raw);
        }
    }
}

/// What was read.
#[derive(Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) events: Vec<FoundEvent>,
    pub(crate) problems: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct FoundEvent {
    pub(crate) offset: u64,
    pub(crate) record: Option<u64>,
    pub(crate) raw: Option<String>,
    fields: Vec<Field>,
}

/// What little an input may unpack to here.
const UNPACKING: Unpacking = Unpacking {
    bytes: 1 << 20,
    ratio: 10,
    members: 100,
    depth: 3,
    spool: 1 << 20,
};

/// How gzip and zstd begin, whose content has no name of its own.
const PACKED: [&[u8]; 2] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd]];

/// Gives no more than so many bytes at once.
struct Pieces(Cursor<Vec<u8>>, usize);

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = out.len().min(self.1);
        self.0.read(&mut out[..length])
    }
}

/// Reads bytes in batches and pieces of these sizes.
pub(crate) fn read(
    bytes: &[u8],
    batch: usize,
    piece: usize,
    wanted: &Wanted,
    record: usize,
) -> Found {
    let mut found = Found {
        events: Vec::new(),
        problems: Vec::new(),
    };
    let input = Pieces(Cursor::new(bytes.to_vec()), piece);
    let limits = Limits {
        batch,
        record,
        unpacking: UNPACKING,
    };
    // Offsets in what was packed are those of the unpacked bytes.
    let is_packed = PACKED.iter().any(|magic| bytes.starts_with(magic));
    for batch in Reader::of(Box::new(input), limits) {
        let batch = match batch {
            Ok(batch) => batch,
            Err(problem) => {
                found.problems.push(problem.to_string());
                continue;
            }
        };
        let events = batch.events(wanted);
        for (index, event) in events.iter().enumerate() {
            assert_eq!(event.place().offset, event.offset);
            if !is_packed && **events.source() == Source::Stdin {
                let offset = usize::try_from(event.offset);
                assert!(offset.is_ok_and(|offset| offset < bytes.len()), "{event:?}");
            }
            if let Some(raw) = event.raw
                && !raw.is_empty()
            {
                // The text of the batch and its events agree.
                let at = raw.as_ptr() as usize - events.text().as_ptr() as usize;
                assert_eq!(events.at(at), Some(index));
            }
            found.events.push(FoundEvent {
                offset: event.offset,
                record: event.record,
                raw: event.raw.map(str::to_owned),
                fields: event.fields.to_vec(),
            });
        }
        found
            .problems
            .extend(events.into_problems().iter().map(ToString::to_string));
    }
    found
}

/// Fields that are asked for whether there or not.
const ASKED: &[&str] = &[
    "CommandLine",
    "Computer",
    "EventCode",
    "EventID",
    "Hashes",
    "Image",
    "MD5",
    "QueryName",
    "User",
    "action",
    "app",
    "dest",
    "process_name",
    "signature",
    "src_user",
    "user",
];

/// The fields of an event under each profile.
pub(crate) fn fields(raw: &str) {
    for addon in AddOn::ALL {
        let metadata = Metadata {
            addon,
            index: "main".to_owned(),
            host: None,
        };
        let event = IndexedEvent::new(raw, &metadata);
        let names = event.field_names();
        for name in &names {
            let value = event.value(name);
            assert!(!value.is_null(), "{addon}: {name} has no value");
            // Searches leave events unread that do not have such a text.
            if addon.is_verbatim(name) {
                verbatim(&value, name, raw);
            }
            // The order of questions is nothing to the answers.
            assert_eq!(
                IndexedEvent::new(raw, &metadata).value(name),
                value,
                "{name}"
            );
        }
        for name in ASKED {
            let known = names.iter().any(|other| other == name);
            assert_eq!(known, !event.value(name).is_null(), "{addon}: {name}");
        }
    }
}

fn verbatim(value: &Value<'_>, name: &str, raw: &str) {
    let is_there = |text: &str| assert!(raw.contains(text), "{name} is not in the text: {text}");
    match value {
        Value::Text(text) => is_there(text),
        Value::Multi(texts) => texts.iter().for_each(|text| is_there(text)),
        _ => {}
    }
}
