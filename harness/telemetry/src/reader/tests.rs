//! However an input comes, its events and problems are the same.
#![allow(clippy::unwrap_used)]

use std::{
    cmp::min,
    fs::File,
    io::{Cursor, Write},
};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::Wanted;

/// Gives its bytes in pieces of the given lengths, over and over.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    lengths: Vec<usize>,
    turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.lengths[self.turn % self.lengths.len()];
        self.turn += 1;
        let length = min(length, min(out.len(), self.bytes.len() - self.at));
        out[..length].copy_from_slice(&self.bytes[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Events and problems with their offsets.
type Found = (Vec<(u64, String)>, Vec<(u64, String)>);

fn read(reader: Reader) -> Found {
    let mut events = Vec::new();
    let mut problems = Vec::new();
    for batch in reader {
        match batch {
            Ok(batch) => {
                let decoded = batch.events(&Wanted::all());
                for event in decoded.iter() {
                    events.push((event.offset, event.raw.unwrap_or_default().to_owned()));
                }
                problems.extend(decoded.into_problems());
            }
            Err(problem) => problems.push(problem),
        }
    }
    let mut problems: Vec<_> = problems
        .into_iter()
        .map(|problem| (problem.place.offset, problem.kind.to_string()))
        .collect();
    problems.sort();
    (events, problems)
}

fn read_bytes(bytes: &[u8], limits: Limits) -> Found {
    read(Reader::of(Box::new(Cursor::new(bytes.to_vec())), limits))
}

const LIMITS: Limits = Limits {
    batch: 256,
    record: 400,
    unpacking: Unpacking::DEFAULT,
};

#[test]
fn utf16_gives_the_same_events_with_offsets_of_the_file() {
    let text = "<Event>\u{E4}\u{1F600}</Event>\r\n<Event>2</Event>";
    let plain = read_bytes(text.as_bytes(), Limits::default());
    // 7 + 2 + 4 + 8 + 2.
    assert_eq!(plain.0[1], (23, "<Event>2</Event>".to_owned()));
    let mut little = b"\xFF\xFE".to_vec();
    little.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let mut big = b"\xFE\xFF".to_vec();
    big.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    for bytes in [&little, &big] {
        let (events, problems) = read_bytes(bytes, Limits::default());
        assert_eq!(problems, []);
        assert_eq!(events[0], (2, "<Event>\u{E4}\u{1F600}</Event>".to_owned()));
        // 2 for the mark, 20 units: 7 + 1 + 2 + 8 + 2.
        assert_eq!(events[1], (42, "<Event>2</Event>".to_owned()));
    }
    assert_eq!(read_bytes(&little[2..], Limits::default()).0.len(), 2);
}

#[test]
fn a_byte_order_mark_of_utf8_is_no_part_of_an_event() {
    let (events, problems) = read_bytes(b"\xEF\xBB\xBF<Event>1</Event>", Limits::default());
    assert_eq!(events, [(3, "<Event>1</Event>".to_owned())]);
    assert_eq!(problems, []);
}

#[test]
fn an_event_that_is_not_utf8_is_lost_alone() {
    let (events, problems) = read_bytes(
        b"<Event>1</Event>\n<Event>\xFF</Event>\n<Event>\xC3\xA4</Event>",
        Limits::default(),
    );
    assert_eq!(
        events,
        [
            (0, "<Event>1</Event>".to_owned()),
            (34, "<Event>\u{E4}</Event>".to_owned())
        ]
    );
    assert_eq!(problems, [(17, "the event is not UTF-8".to_owned())]);
}

#[test]
fn what_holds_no_events_is_said_to_hold_none() {
    for bytes in [&b"hello"[..], b"\0\0\0\0", b"<html><Event", b"\xFF\xFEx\0"] {
        let (events, problems) = read_bytes(bytes, Limits::default());
        assert_eq!(events, []);
        assert_eq!(problems.len(), 1, "{bytes:?}");
        assert!(problems[0].1.starts_with("no events"), "{problems:?}");
    }
}

#[test]
fn an_empty_input_is_no_problem() {
    assert_eq!(read_bytes(b"", Limits::default()), (vec![], vec![]));
    assert_eq!(read_bytes(b"\n", Limits::default()), (vec![], vec![]));
}

#[test]
fn an_event_that_is_too_long_costs_only_itself() {
    let long = "x".repeat(5000);
    let text = format!("<Event>1</Event>\n<Event>{long}</Event>\n<Event>2</Event>");
    let (events, problems) = read_bytes(text.as_bytes(), LIMITS);
    assert_eq!(events.len(), 2);
    assert_eq!(
        problems,
        [(17, "the event is longer than 400 bytes".to_owned())]
    );
    // Without an end as well.
    let text = format!("<Event>1</Event>\n<Event>{long}\n<Event>2</Event>");
    let (events, problems) = read_bytes(text.as_bytes(), LIMITS);
    assert_eq!(events.len(), 2);
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_log_may_be_long_before_its_first_event() {
    let line = "Nov 24 02:33:24 host sshd[1]: nothing of interest\n";
    let lines = 60_000;
    let text = line.repeat(lines) + "Nov 24 02:33:24 host sysmon[2]: <Event>1</Event>\n";
    assert!(text.len() > 2 << 20);
    for limits in [Limits::default(), LIMITS] {
        let (events, problems) = read_bytes(text.as_bytes(), limits);
        assert_eq!(events.len(), 1);
        let counted: usize = problems
            .iter()
            .map(|(_, problem)| {
                let lines = problem.strip_suffix(" lines of other programs").unwrap();
                lines.parse::<usize>().unwrap()
            })
            .sum();
        assert_eq!(counted, lines);
    }
}

#[test]
fn a_million_characters_in_one_value_are_an_event() {
    let text = format!("<Event>{}</Event>", "x".repeat(1_000_000));
    let (events, problems) = read_bytes(
        text.as_bytes(),
        Limits {
            batch: 4096,
            ..Limits::default()
        },
    );
    assert_eq!(events[0].1, text);
    assert_eq!(problems, []);
}

/// Gives one event and then the same bytes for ever.
struct Endless(&'static [u8], usize);

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head = &self.0[min(self.1, self.0.len())..];
        if head.is_empty() {
            out.fill(b'x');
            self.1 += out.len();
            return Ok(out.len());
        }
        let length = min(head.len(), out.len());
        out[..length].copy_from_slice(&head[..length]);
        self.1 += length;
        Ok(length)
    }
}

#[test]
fn an_endless_pipe_of_garbage_is_reported_while_it_runs() {
    let endless = Endless(b"<Event>1</Event>\n<Event>", 0);
    let mut reader = Reader::of(Box::new(endless), LIMITS);
    let first = reader.next().unwrap().unwrap().events(&Wanted::all());
    assert_eq!(first.len(), 1);
    let second = reader.next().unwrap().unwrap();
    assert!(second.buffer.len() < 1000);
    let second = second.events(&Wanted::all());
    assert_eq!(
        second.problems()[0].to_string(),
        "standard input at byte 17: the event is longer than 400 bytes"
    );
    // It goes on, in bounded memory and without saying so again.
    for batch in reader.take(100) {
        let batch = batch.unwrap();
        assert!(batch.buffer.len() < 1000);
        assert!(batch.events(&Wanted::all()).problems().is_empty());
    }
}

#[test]
fn an_endless_pipe_without_an_event_ends() {
    let mut reader = Reader::of(Box::new(Endless(b"", 0)), LIMITS);
    assert!(matches!(
        reader.next(),
        Some(Err(Problem {
            kind: ProblemKind::NotEvents,
            ..
        }))
    ));
    assert!(reader.next().is_none());
}

/// Fails after its bytes.
struct Failing(Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.0.read(out)? {
            0 => Err(io::Error::other("the disk is gone")),
            length => Ok(length),
        }
    }
}

#[test]
fn what_was_read_before_an_error_is_answered() {
    let bytes = "<Event>1</Event>".repeat(10_000).into_bytes();
    let reader = Reader::of(Box::new(Failing(Cursor::new(bytes))), LIMITS);
    let (events, problems) = read(reader);
    assert_eq!(events.len(), 10_000);
    assert_eq!(
        problems,
        [(160_000, "cannot be read: the disk is gone".to_owned())]
    );
}

#[test]
fn files_are_read_in_order_and_one_that_is_missing_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["1", "3"] {
        let mut file = File::create(path(name)).unwrap();
        write!(file, "<Event>{name}</Event>").unwrap();
    }
    let inputs = ["1", "2", "3"].map(|name| Input::Path(path(name)));
    let mut seen = Vec::new();
    for batch in Reader::new(inputs, Limits::default()) {
        match batch {
            Ok(batch) => seen.push(
                batch
                    .events(&Wanted::all())
                    .get(0)
                    .unwrap()
                    .raw
                    .unwrap()
                    .to_owned(),
            ),
            Err(problem) => seen.push(problem.place.source.to_string()),
        }
    }
    assert_eq!(
        seen,
        [
            "<Event>1</Event>",
            path("2").to_str().unwrap(),
            "<Event>3</Event>"
        ]
    );
}

#[test]
fn a_position_in_the_text_tells_its_event() {
    let text = b"<!-- x --><Event>1</Event>\n<Event>2</Event>";
    let batch = Reader::of(Box::new(&text[..]), Limits::default()).next();
    let events = batch.unwrap().unwrap().events(&Wanted::all());
    let at = |needle| events.at(events.text().find(needle).unwrap());
    assert_eq!(at("x"), None);
    assert_eq!(at("<Event>1"), Some(0));
    assert_eq!(at(">1"), Some(0));
    assert_eq!(at("\n"), None);
    assert_eq!(at("2"), Some(1));
}

/// Pieces of event XML, whole and broken.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-z\r\n]{0,40}".prop_map(|value| format!("<Event>{value}</Event>").into_bytes()),
        4 => "[a-z]{0,40}".prop_map(|value| format!("<Event xmlns='n'>{value}</Event>\n").into_bytes()),
        1 => Just(format!("<Event>{}</Event>", "x".repeat(500)).into_bytes()),
        1 => Just("y".repeat(600).into_bytes()),
        1 => Just(b"<Event>\xFF</Event>".to_vec()),
        1 => Just(b"<Event xm".to_vec()),
        1 => Just(b"<Event>".to_vec()),
        1 => Just(b"</Event>".to_vec()),
        1 => Just(b"<14>Nov 24 host sysmon: ".to_vec()),
        1 => Just(b"\nNov 24 02:33:24 host sshd: x\n".to_vec()),
        1 => Just("Nov 24 02:33:24 host sshd: x\n".repeat(30).into_bytes()),
        1 => Just(b"<!-- comment -->\n<?xml?>".to_vec()),
        1 => vec(any::<u8>(), 0..20),
        1 => Just("\u{E4}\u{1F600}".as_bytes().to_vec()),
    ]
}

/// Pieces of JSON, whole and broken.
fn json_piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[a-z{}\\[\\], ]{0,40}".prop_map(|raw| format!("{{\"_raw\":\"{raw}\"}}\n").into_bytes()),
        2 => "[a-z]{0,9}".prop_map(|raw| format!("{{\n  \"_raw\": \"\\\"{raw}\\\\\"\n}}").into_bytes()),
        1 => "[a-z]{0,9}".prop_map(|raw| format!("{{\"preview\":false,\"results\":[{{\"_raw\":\"{raw}\"}}],\"x\":{{}}}}\n").into_bytes()),
        1 => Just(format!("{{\"_raw\":\"{}\"}}\n", "x".repeat(500)).into_bytes()),
        1 => Just(format!("{{\"a\":[{}]}}\n", "{},".repeat(200)).into_bytes()),
        1 => Just("y".repeat(600).into_bytes()),
        1 => Just(b"Record 1\n".to_vec()),
        1 => Just(b"{\"_raw\":\"\xFF\"}".to_vec()),
        1 => Just(b"{\"_raw\":\"".to_vec()),
        1 => Just(b"{\"_raw\":{".to_vec()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"]}".to_vec()),
        1 => vec(any::<u8>(), 0..20),
    ]
}

/// Both ways of reading the same bytes give the same.
fn assert_same(bytes: Vec<u8>, lengths: Vec<usize>, batch: usize) -> Result<(), TestCaseError> {
    let record = LIMITS.record;
    let whole = read_bytes(
        &bytes,
        Limits {
            batch: 1 << 20,
            record,
            ..LIMITS
        },
    );
    let input = Pieces {
        bytes,
        at: 0,
        lengths,
        turn: 0,
    };
    let pieces = read(Reader::of(
        Box::new(input),
        Limits {
            batch,
            record,
            ..LIMITS
        },
    ));
    prop_assert_eq!(whole, pieces);
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in vec(any::<u8>(), 0..2000), pieces in vec(1_usize..50, 1..5)) {
        let input = Pieces { bytes, at: 0, lengths: pieces, turn: 0 };
        read(Reader::of(Box::new(input), LIMITS));
    }

    #[test]
    fn where_the_bytes_are_split_changes_nothing(
        parts in vec(piece(), 0..30),
        lengths in vec(1_usize..300, 1..6),
        batch in 1_usize..2000,
    ) {
        let mut bytes = b"<Events>".to_vec();
        bytes.extend(parts.concat());
        let whole = read_bytes(&bytes, Limits { batch: 1 << 20, ..LIMITS });
        assert_same(bytes.clone(), lengths, batch)?;
        // Every event is what stands at its offset.
        for (offset, raw) in &whole.0 {
            let at = usize::try_from(*offset).unwrap();
            prop_assert_eq!(&bytes[at..at + raw.len()], raw.as_bytes());
        }
    }

    #[test]
    fn where_json_is_split_changes_nothing(
        parts in vec(json_piece(), 0..30),
        lengths in vec(1_usize..300, 1..6),
        batch in 1_usize..2000,
    ) {
        let mut bytes = b"{\"_raw\":\"first\"}\n".to_vec();
        bytes.extend(parts.concat());
        assert_same(bytes, lengths, batch)?;
    }
}
