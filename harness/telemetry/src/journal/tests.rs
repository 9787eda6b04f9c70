//! Exports as the documentation of the format shows them, whole and damaged.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use proptest::{collection::vec, prelude::*};

use crate::{Limits, Problem, ProblemKind, Reader, Wanted};

const LIMIT: usize = 2000;

fn read_with(bytes: &[u8], batch: usize, record: usize) -> (Vec<(u64, String)>, Vec<Problem>) {
    let limits = Limits {
        batch,
        record,
        ..Limits::default()
    };
    let mut events = Vec::new();
    let mut problems = Vec::new();
    for batch in Reader::of(Box::new(Cursor::new(bytes.to_vec())), limits) {
        match batch {
            Ok(batch) => {
                let decoded = batch.events(&Wanted::all());
                events.extend(
                    decoded
                        .iter()
                        .map(|event| (event.offset, event.raw.unwrap().to_owned())),
                );
                problems.extend(decoded.into_problems());
            }
            Err(problem) => problems.push(problem),
        }
    }
    (events, problems)
}

fn read(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (events, problems) = read_with(bytes, 1 << 20, LIMIT);
    (
        events.into_iter().map(|(_, text)| text).collect(),
        problems.iter().map(ToString::to_string).collect(),
    )
}

/// An entry of text fields alone.
fn text(message: &str) -> Vec<u8> {
    format!(
        "__CURSOR=s=739a;i=4ece7\n__REALTIME_TIMESTAMP=1342540861416409\n_TRANSPORT=syslog\n\
         SYSLOG_IDENTIFIER=sysmon\nMESSAGE={message}\n_HOSTNAME=epsilon\n\n"
    )
    .into_bytes()
}

/// An entry whose message is given by its length.
fn binary(message: &[u8]) -> Vec<u8> {
    let mut entry = b"__CURSOR=s=739a;i=4ece8\nMESSAGE\n".to_vec();
    entry.extend((message.len() as u64).to_le_bytes());
    entry.extend(message);
    entry.extend(b"\nCODE_FILE=<string>\n_CMDLINE=python3 -c <Event>\n\n");
    entry
}

fn event(value: &str) -> String {
    format!("<Event><Data Name=\"CommandLine\">{value}</Data></Event>")
}

#[test]
fn messages_of_sysmon_are_events_and_those_of_others_are_nothing() {
    let lines = event("a\n\n__CURSOR=b\nc");
    let mut export = text(&event("one"));
    export.extend(text("AccountsService-DEBUG(+): ignoring <Event>"));
    export.extend(binary(lines.as_bytes()));
    export.extend(binary(b"foo\nbar\xFF"));
    export.extend(text(&event("two\tä")));
    let expected = [event("one"), lines, event("two\tä")];
    assert_eq!(read(&export), (expected.to_vec(), vec![]));
    // The blank line after the last entry is none that must be there.
    export.pop();
    assert_eq!(read(&export), (expected.to_vec(), vec![]));
    let (events, _) = read_with(&export, 1, LIMIT);
    let first = memchr::memmem::find(&export, b"<Event>").unwrap();
    assert_eq!(events[0].0, first as u64);
}

#[test]
fn what_is_cut_off_is_said_and_its_message_given_if_it_is_whole() {
    let whole = [text(&event("one")), text(&event("two"))].concat();
    let cut_at = |needle: &str| {
        let at = memchr::memmem::rfind(&whole, needle.as_bytes()).unwrap();
        let (events, problems) = read(&whole[..at + 3]);
        (events.len(), problems.len())
    };
    assert_eq!(cut_at("two"), (1, 1));
    assert_eq!(cut_at("_HOSTNAME"), (2, 1));
    assert_eq!(cut_at("__CURSOR"), (1, 1));
    let long = binary(event("three").as_bytes());
    for cut in 1..long.len() {
        let (events, problems) = read(&[text(&event("one")), long[..cut].to_vec()].concat());
        let is_whole = cut + 2 > long.len() || long[..cut].ends_with(b"\n");
        assert!(!problems.is_empty() || is_whole, "{cut}");
        assert!((1..=2).contains(&events.len()), "{cut}: {events:?}");
    }
}

#[test]
fn damage_costs_one_entry() {
    let good = text(&event("good"));
    let damaged_entry =
        "a damaged entry of the journal's export: the next ones are read".to_owned();
    let place = |said: &str| format!("standard input at byte {}: {said}", good.len());
    for (bad, said) in [
        (&b"__CURSOR=1\nno name=x\n\n"[..], damaged_entry.as_str()),
        (b"__CURSOR=1\n=x\n\n", &damaged_entry),
        // A length that is too small, and one that is none at all.
        (
            b"__CURSOR=1\nMESSAGE\n\x02\0\0\0\0\0\0\0<Event></Event>\n\n",
            &damaged_entry,
        ),
        (
            b"__CURSOR=1\nMESSAGE\n\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF<Event></Event>\n\n",
            "the event is longer than 2000 bytes",
        ),
    ] {
        let export = [&good, bad, &good].concat();
        let (events, problems) = read(&export);
        assert_eq!(events, [event("good"), event("good")], "{said}");
        assert_eq!(problems, [place(said)]);
    }
    let long = text(&event(&"x".repeat(3000)));
    let (events, problems) = read(&[&good[..], &long, &good].concat());
    assert_eq!(events, [event("good"), event("good")]);
    assert_eq!(problems, [place("the event is longer than 2000 bytes")]);
    // A message that was shortened on its way.
    let (events, problems) = read(&text("<Event><System>"));
    assert!(events.is_empty());
    assert!(problems[0].ends_with("cut off"), "{problems:?}");
}

#[test]
fn what_is_for_people_is_refused_by_name() {
    let verbose = "Tue 2026-11-24 02:33:24.123456 UTC [s=739a;i=4ece7;b=6c7c;m=4f;t=4c;x=d3]\n    \
                   _TRANSPORT=syslog\n    MESSAGE=<Event><System></System></Event>\n";
    let (events, problems) = read(verbose.as_bytes());
    assert!(events.is_empty());
    assert_eq!(
        problems,
        [
            "standard input at byte 0: the output of `journalctl -o verbose` is not read: use \
             -o export or -o json --all"
        ]
    );
    // A line of syslog's is none of it.
    let short = "Nov 24 02:33:24 host sysmon[1]: <Event></Event>\n";
    assert_eq!(read(short.as_bytes()).0.len(), 1);
}

proptest! {
    #[test]
    fn where_an_export_is_split_changes_nothing_and_damage_only_loses(
        damage in vec((0_usize..1500, any::<u8>()), 0..12),
        cut in 0_usize..1500,
        before in 0_usize..1500,
        batch in 1_usize..3000,
        record in 50_usize..3000,
    ) {
        // So much is read at first: it ends somewhere in what follows.
        let mut export = text(&"x".repeat(400)).repeat(130);
        export.truncate((64 << 10) - before);
        let start = export.len();
        export.extend([
            b"\n\n".to_vec(),
            text(&event("one")),
            binary(event("a\n\nb").as_bytes()),
            text("other"),
            binary(event(&"c".repeat(500)).as_bytes()),
            text(&event("two")),
        ]
        .concat());
        for (at, byte) in damage {
            if let Some(place) = export.get_mut(start + at) {
                *place = byte;
            }
        }
        export.truncate(export.len() - cut);
        let shown = |(events, problems): (Vec<(u64, String)>, Vec<Problem>)| {
            (events, problems.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let whole = shown(read_with(&export, 1 << 20, record));
        prop_assert!(whole.0.len() <= 8);
        prop_assert_eq!(shown(read_with(&export, batch, record)), whole);
    }

    #[test]
    fn any_bytes_behind_a_cursor_end(bytes in vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'_')], 0..400)) {
        let export = [b"__CURSOR=1\n".to_vec(), bytes].concat();
        let (events, problems) = read_with(&export, 1, 100);
        prop_assert!(events.len() + problems.len() <= export.len());
        prop_assert!(problems.iter().all(|problem| !matches!(problem.kind, ProblemKind::NotEvents)));
    }
}
