//! Chunks written here byte by byte, whole and damaged.
#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, prelude::*};

use super::{value::kind, *};
use crate::{Limits, Problem, ProblemKind, Reader, Wanted};

/// Writes a chunk's binary XML at its place in the chunk.
#[derive(Debug, Clone)]
struct Writer {
    chunk: Vec<u8>,
}

impl Writer {
    fn new() -> Self {
        Self {
            chunk: vec![0; 512],
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.chunk.extend_from_slice(bytes);
        self
    }

    fn u32(&mut self, number: usize) -> &mut Self {
        self.bytes(&u32::try_from(number).unwrap().to_le_bytes())
    }

    /// A name, which stands where it is used.
    fn name(&mut self, name: &str) -> &mut Self {
        let at = self.chunk.len() + 4;
        self.u32(at).bytes(&[0; 6]);
        self.text(name).bytes(&[0, 0])
    }

    fn text(&mut self, text: &str) -> &mut Self {
        let units = utf16(text);
        let length = u16::try_from(units.len() / 2).unwrap();
        self.bytes(&length.to_le_bytes()).bytes(&units)
    }

    /// A start tag without attributes, open or with attributes to come.
    fn start(&mut self, name: &str, dependency: u16) -> &mut Self {
        self.bytes(&[0x41]).bytes(&dependency.to_le_bytes()).u32(0);
        self.name(name).u32(0)
    }

    fn attribute(&mut self, name: &str) -> &mut Self {
        self.bytes(&[0x06]).name(name)
    }

    fn slot(&mut self, slot: u16) -> &mut Self {
        self.bytes(&[0x0D]).bytes(&slot.to_le_bytes()).bytes(&[0])
    }

    fn element(&mut self, name: &str, slot: u16) -> &mut Self {
        self.start(name, slot)
            .bytes(&[0x02])
            .slot(slot)
            .bytes(&[0x04])
    }

    /// An instance whose template is defined here, with these values.
    fn instance(&mut self, define: impl FnOnce(&mut Self), values: &[(u8, Vec<u8>)]) -> &mut Self {
        let definition = self.chunk.len() + 10;
        self.bytes(&[0x0C, 1])
            .u32(7)
            .u32(definition)
            .u32(0)
            .bytes(&[0; 16]);
        let size_at = self.chunk.len();
        self.u32(0).bytes(&[0x0F, 1, 1, 0]);
        define(self);
        self.bytes(&[0x00]);
        let size = u32::try_from(self.chunk.len() - size_at - 4).unwrap();
        self.chunk[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
        self.values(values)
    }

    /// An instance whose template was defined there.
    fn again(&mut self, definition: usize, values: &[(u8, Vec<u8>)]) -> &mut Self {
        self.bytes(&[0x0C, 1]).u32(7).u32(definition);
        self.values(values)
    }

    fn values(&mut self, values: &[(u8, Vec<u8>)]) -> &mut Self {
        self.u32(values.len());
        for (kind, bytes) in values {
            let size = u16::try_from(bytes.len()).unwrap();
            self.bytes(&size.to_le_bytes()).bytes(&[*kind, 0]);
        }
        for (_, bytes) in values {
            self.bytes(bytes);
        }
        self
    }

    fn record(&mut self, id: u64, write: impl FnOnce(&mut Self)) -> &mut Self {
        let at = self.chunk.len();
        self.bytes(b"**\0\0\0\0\0\0")
            .bytes(&id.to_le_bytes())
            .bytes(&[0; 8]);
        self.bytes(&[0x0F, 1, 1, 0]);
        write(self);
        self.bytes(&[0x00]);
        let size = u32::try_from(self.chunk.len() + 4 - at)
            .unwrap()
            .to_le_bytes();
        self.bytes(&size);
        self.chunk[at + 4..at + 8].copy_from_slice(&size);
        self
    }

    /// The chunk, whose records have the numbers from 1 to `last`.
    fn finish(&self, last: u64) -> Vec<u8> {
        let mut chunk = self.chunk.clone();
        chunk[..8].copy_from_slice(CHUNK_MAGIC);
        chunk[8..16].copy_from_slice(&1_u64.to_le_bytes());
        chunk[16..24].copy_from_slice(&last.to_le_bytes());
        let free = u32::try_from(chunk.len()).unwrap().to_le_bytes();
        chunk[24..32].copy_from_slice(&1_u64.to_le_bytes());
        chunk[32..40].copy_from_slice(&last.to_le_bytes());
        chunk[48..52].copy_from_slice(&free);
        chunk.resize(CHUNK, 0);
        chunk
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn string(text: &str) -> (u8, Vec<u8>) {
    (kind::STRING, utf16(text))
}

fn number(number: u16) -> (u8, Vec<u8>) {
    (kind::UINT16, number.to_le_bytes().to_vec())
}

const NULL: (u8, Vec<u8>) = (kind::NULL, Vec::new());

/// `<Event a='%3'><System><EventID>%0</EventID><Channel>%1</Channel></System><Data>%2</Data></Event>`
fn event(writer: &mut Writer) {
    writer
        .start("Event", 0xFFFF)
        .attribute("a")
        .slot(3)
        .bytes(&[0x02]);
    writer.start("System", 0xFFFF).bytes(&[0x02]);
    writer
        .element("EventID", 0)
        .element("Channel", 1)
        .bytes(&[0x04]);
    writer.element("Data", 2).bytes(&[0x04]);
}

fn values(id: u16, channel: &str, data: (u8, Vec<u8>), a: (u8, Vec<u8>)) -> [(u8, Vec<u8>); 4] {
    [number(id), string(channel), data, a]
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = FILE_MAGIC.to_vec();
    file.resize(FILE_HEADER, 0);
    file.extend(chunks.concat());
    file
}

type Found = (Vec<(u64, String)>, Vec<Problem>);

fn read_wanted(bytes: &[u8], wanted: &Wanted) -> Found {
    let mut events = Vec::new();
    let mut problems = Vec::new();
    let input = std::io::Cursor::new(bytes.to_vec());
    for batch in Reader::of(Box::new(input), Limits::default()) {
        match batch {
            Ok(batch) => {
                let decoded = batch.events(wanted);
                for event in decoded.iter() {
                    events.push((event.record.unwrap(), event.raw.unwrap().to_owned()));
                }
                problems.extend(decoded.into_problems());
            }
            Err(problem) => problems.push(problem),
        }
    }
    (events, problems)
}

fn read(bytes: &[u8]) -> Found {
    read_wanted(bytes, &Wanted::all())
}

/// What a record of these values comes to.
fn rendered(values: &[(u8, Vec<u8>)]) -> String {
    let mut writer = Writer::new();
    writer.record(1, |writer| {
        writer.instance(event, values);
    });
    let (events, problems) = read(&file(&[writer.finish(1)]));
    assert!(problems.is_empty(), "{problems:?}");
    events[0].1.clone()
}

/// Three records of one template.
fn three() -> Writer {
    let mut writer = Writer::new();
    let definition = writer.chunk.len() + 24 + 4 + 10;
    writer.record(1, |writer| {
        writer.instance(event, &values(1, "A", string("one"), NULL));
    });
    writer.record(2, |writer| {
        writer.again(definition, &values(2, "B", string("two"), NULL));
    });
    writer.record(3, |writer| {
        writer.again(definition, &values(1, "B", string("three"), NULL));
    });
    writer
}

const HEAD: &str = "<System><EventID>1</EventID><Channel>A</Channel></System>";

#[test]
fn a_template_is_filled_with_each_records_values() {
    let (events, problems) = read(&file(&[three().finish(3)]));
    assert!(problems.is_empty());
    let of = |id, channel, data| {
        format!(
            "<Event><System><EventID>{id}</EventID><Channel>{channel}</Channel></System>\
             <Data>{data}</Data></Event>"
        )
    };
    assert_eq!(
        events,
        [
            (1, of(1, "A", "one")),
            (2, of(2, "B", "two")),
            (3, of(1, "B", "three"))
        ]
    );
}

#[test]
fn values_are_escaped_for_their_place() {
    assert_eq!(
        rendered(&values(1, "A", string("<\"&'>"), string("<\"&'>"))),
        format!("<Event a='&lt;&quot;&amp;&apos;&gt;'>{HEAD}<Data>&lt;\"&amp;'&gt;</Data></Event>")
    );
}

#[test]
fn an_element_that_depends_on_null_is_left_out_and_an_empty_one_is_not() {
    assert_eq!(
        rendered(&values(1, "A", NULL, NULL)),
        format!("<Event>{HEAD}</Event>")
    );
    assert_eq!(
        rendered(&values(1, "A", string(""), string(""))),
        format!("<Event>{HEAD}<Data></Data></Event>")
    );
}

#[test]
fn an_array_repeats_its_element() {
    let array = (kind::STRING | kind::ARRAY, utf16("x\0\0<y\0"));
    assert_eq!(
        rendered(&values(1, "A", array, NULL)),
        format!("<Event>{HEAD}<Data>x</Data><Data></Data><Data>&lt;y</Data></Event>")
    );
    let of_one = (kind::UINT16 | kind::ARRAY, vec![5, 0]);
    assert_eq!(
        rendered(&values(1, "A", of_one, NULL)),
        format!("<Event>{HEAD}<Data>5</Data></Event>")
    );
}

#[test]
fn binary_xml_in_a_value_is_rendered_there() {
    // Written at the place that it will have, so that its names are right.
    let mut writer = Writer::new();
    writer.record(1, |writer| {
        let length = {
            let mut outer = writer.clone();
            outer.instance(event, &values(1, "A", (kind::BINARY_XML, vec![]), NULL));
            outer.chunk.len()
        };
        let mut inner = writer.clone();
        inner.chunk.resize(length, 0);
        inner.bytes(&[0x0F, 1, 1, 0]).instance(
            |inner| {
                inner.element("Inner", 0);
            },
            &[string("x")],
        );
        inner.bytes(&[0]);
        let value = inner.chunk[length..].to_vec();
        writer.instance(event, &values(1, "A", (kind::BINARY_XML, value), NULL));
    });
    let (events, problems) = read(&file(&[writer.finish(1)]));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        events[0].1,
        format!("<Event>{HEAD}<Data><Inner>x</Inner></Data></Event>")
    );
}

#[test]
fn what_is_not_wanted_is_not_rendered() {
    let bytes = file(&[three().finish(3)]);
    let numbers = |wanted: fn(&str, u32) -> bool| -> Vec<u64> {
        let (events, _) = read_wanted(&bytes, &Wanted::only(wanted));
        events.into_iter().map(|(number, _)| number).collect()
    };
    assert_eq!(numbers(|channel, _| channel == "B"), [2, 3]);
    assert_eq!(numbers(|_, id| id == 1), [1, 3]);
    assert_eq!(numbers(|channel, id| channel == "B" && id == 1), [3]);
    assert!(numbers(|_, _| false).is_empty());
}

#[test]
fn a_damaged_record_costs_only_itself() {
    let chunk = three().finish(3);
    let second = memchr::memmem::find_iter(&chunk, b"**\0\0").nth(1).unwrap();
    let damaged = |at: usize, byte: u8| {
        let mut chunk = chunk.clone();
        chunk[at] = byte;
        read(&file(&[chunk]))
    };
    // Its header.
    let (events, problems) = damaged(second, 0xFF);
    assert_eq!(
        events.iter().map(|event| event.0).collect::<Vec<_>>(),
        [1, 3]
    );
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].place.offset, (FILE_HEADER + second) as u64);
    assert!(matches!(
        problems[0].kind,
        ProblemKind::Evtx(EvtxError::NoRecord)
    ));
    // The offset of its template.
    let (events, problems) = damaged(second + 24 + 4 + 1 + 1 + 4 + 3, 0xFF);
    assert_eq!(events.len(), 2);
    assert_eq!(
        problems[0].to_string(),
        format!(
            "standard input at byte {}, record 2: damaged EVTX: the record refers to something \
             outside of its chunk",
            FILE_HEADER + second
        )
    );
    // Its size.
    let (events, problems) = damaged(second + 4, 1);
    assert_eq!(events.len(), 2);
    assert_eq!(problems.len(), 1);
}

#[test]
fn records_of_the_logs_last_turn_are_not_read_again() {
    // The chunk's last record is the second, of greater numbers than the third.
    let mut chunk = three().finish(2);
    let at: Vec<usize> = memchr::memmem::find_iter(&chunk, b"**\0\0").collect();
    for number in [8, 16, 24, 32, at[0] + 8, at[1] + 8] {
        chunk[number] += 100;
    }
    let (events, problems) = read(&file(&[chunk]));
    let numbers: Vec<_> = events.iter().map(|event| event.0).collect();
    assert_eq!((numbers, problems.len()), (vec![101, 102], 0));
    // After damage, a record of another number is none of the chunk's.
    let mut chunk = three().finish(3);
    let at: Vec<usize> = memchr::memmem::find_iter(&chunk, b"**\0\0").collect();
    chunk[at[1]] = 0xFF;
    chunk[at[2] + 8] = 99;
    let (events, problems) = read(&file(&[chunk]));
    assert_eq!((events.len(), problems.len()), (1, 1));
}

/// As the headers of a log are that is copied while the system writes to it.
#[test]
fn records_that_a_chunks_header_does_not_know_yet_are_read() {
    let whole = three().finish(3);
    let at: Vec<usize> = memchr::memmem::find_iter(&whole, b"**\0\0").collect();
    let read_with = |last: u64, end: usize, change: &dyn Fn(&mut Vec<u8>)| {
        let mut chunk = three().finish(last);
        chunk[48..52].copy_from_slice(&u32::try_from(end).unwrap().to_le_bytes());
        change(&mut chunk);
        let (events, problems) = read(&file(&[chunk]));
        (events.len(), problems.len())
    };
    assert_eq!(read_with(1, at[1], &|_| {}), (3, 0));
    assert_eq!(read_with(2, at[2], &|_| {}), (3, 0));
    // The header knows the last number, and not yet where the records end.
    assert_eq!(read_with(3, at[2], &|_| {}), (3, 0));
    // It knows of none.
    let none = |chunk: &mut Vec<u8>| chunk[16..40].fill(0xFF);
    assert_eq!(read_with(1, 512, &none), (3, 0));
    // What is half written is none yet, nor is another number.
    let half = |chunk: &mut Vec<u8>| chunk[at[2] + 30..].fill(0);
    assert_eq!(read_with(2, at[2], &half), (2, 0));
    let other = |chunk: &mut Vec<u8>| chunk[at[2] + 8] = 4;
    assert_eq!(read_with(2, at[2], &other), (2, 0));
}

/// A bug once: most logs of a host are such, and a folder of them was said to
/// have lost events.
#[test]
fn the_chunk_of_an_empty_log_has_nothing_to_lose() {
    let mut chunk = Writer::new().finish(0);
    chunk[16..40].fill(0xFF);
    let (events, problems) = read(&file(&[chunk]));
    assert!(problems.is_empty(), "{problems:?}");
    assert!(events.is_empty());
}

#[test]
fn a_chunk_that_holds_less_than_it_counts_is_reported() {
    let whole = three().finish(3);
    let at: Vec<usize> = memchr::memmem::find_iter(&whole, b"**\0\0").collect();
    let missing = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut chunk = whole.clone();
        change(&mut chunk);
        let (events, problems) = read(&file(&[chunk]));
        assert_eq!(problems[0].place.offset, FILE_HEADER as u64);
        (events.len(), problems[0].kind.to_string())
    };
    let damaged = |found| {
        let text = "damaged EVTX: the chunk says to hold 3 records, and";
        format!("{text} {found} were found")
    };
    // The last record is no record any more, and the free space begins there.
    let free = u32::try_from(at[2]).unwrap().to_le_bytes();
    let (events, problem) = missing(&|chunk| {
        chunk[48..52].copy_from_slice(&free);
        chunk[at[2]] = b'x';
    });
    assert_eq!((events, problem), (2, damaged(2)));
    // The last number is an earlier one's, and the next is no record any more.
    let (events, problem) = missing(&|chunk| {
        chunk[32] = 1;
        chunk[at[1]] = b'x';
    });
    assert_eq!((events, problem), (1, damaged(1)));
    // A record's size spans the next one.
    let size = u32::try_from(at[2] - at[0]).unwrap().to_le_bytes();
    let (events, problem) = missing(&|chunk| chunk[at[0] + 4..at[0] + 8].copy_from_slice(&size));
    assert_eq!((events, problem), (2, damaged(2)));
}

#[test]
fn nothing_is_left_of_a_record_that_could_not_be_rendered() {
    let mut writer = Writer::new();
    writer.record(1, |writer| {
        let wrong = (kind::UINT32, vec![1, 2, 3]);
        writer.instance(event, &values(1, "A", wrong, NULL));
    });
    let bytes = file(&[writer.finish(1)]);
    let input = std::io::Cursor::new(bytes);
    let mut reader = Reader::of(Box::new(input), Limits::default());
    let events = reader.next().unwrap().unwrap().events(&Wanted::all());
    assert_eq!(events.text(), "");
    assert!(matches!(
        events.problems()[0].kind,
        ProblemKind::Evtx(EvtxError::Value(0x08))
    ));
}

#[test]
fn a_damaged_chunk_costs_only_itself() {
    let good = three().finish(3);
    let mut bad = good.clone();
    bad[0] = b'x';
    let (events, problems) = read(&file(&[good.clone(), bad, vec![0; CHUNK], good]));
    assert_eq!(events.len(), 6);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].place.offset, (FILE_HEADER + CHUNK) as u64);
    assert!(matches!(
        problems[0].kind,
        ProblemKind::Evtx(EvtxError::NoChunk)
    ));
}

#[test]
fn of_a_file_that_is_cut_off_the_rest_is_read() {
    let chunk = three().finish(3);
    let whole = file(std::slice::from_ref(&chunk));
    let third = FILE_HEADER + memchr::memmem::find_iter(&chunk, b"**\0\0").nth(2).unwrap();
    let (events, problems) = read(&whole[..third + 10]);
    assert_eq!(events.len(), 2);
    assert_eq!(problems.len(), 1);
    assert!(matches!(
        problems[0].kind,
        ProblemKind::Evtx(EvtxError::CutOff)
    ));
    // Within the header nothing is there to be lost but the file.
    let (events, problems) = read(&whole[..FILE_HEADER + 100]);
    assert_eq!((events.len(), problems.len()), (0, 1));
    // A log without any chunk is empty.
    let (events, problems) = read(&whole[..FILE_HEADER]);
    assert_eq!((events.len(), problems.len()), (0, 0));
}

#[test]
fn a_chunk_that_was_carved_out_is_read() {
    let (events, problems) = read(&three().finish(3));
    assert_eq!((events.len(), problems.len()), (3, 0));
}

/// A template of 40 places for its one value, which is an instance of the same
/// template, so many deep.
fn bomb(depth: usize) -> Found {
    let mut writer = Writer::new();
    let definition = writer.chunk.len() + 24 + 4 + 10;
    let mut value = Vec::new();
    for _ in 0..depth {
        let mut outer = Writer { chunk: Vec::new() };
        outer.bytes(&[0x0F, 1, 1, 0]);
        outer.again(definition, &[(kind::BINARY_XML, value)]);
        value = outer.chunk;
    }
    let define = |writer: &mut Writer| {
        writer.start("E", 0xFFFF).bytes(&[0x02]);
        for _ in 0..40 {
            writer.slot(0);
        }
        writer.bytes(&[0x04]);
    };
    writer.record(1, |writer| {
        writer.instance(define, &[(kind::BINARY_XML, value)]);
    });
    read(&file(&[writer.finish(1)]))
}

#[test]
fn what_expands_without_end_is_given_up() {
    let (events, _) = bomb(1);
    assert_eq!(events[0].1, format!("<E>{}</E>", "<E></E>".repeat(40)));
    let (events, problems) = bomb(12);
    assert!(events.is_empty());
    assert!(matches!(
        problems[0].kind,
        ProblemKind::Evtx(EvtxError::Expands)
    ));
    let (events, problems) = bomb(100);
    assert!(events.is_empty());
    assert!(matches!(
        problems[0].kind,
        ProblemKind::Evtx(EvtxError::Nested)
    ));
}

/// Gives its bytes in pieces.
struct Pieces(std::io::Cursor<Vec<u8>>, usize);

impl std::io::Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = out.len().min(self.1);
        self.0.read(&mut out[..length])
    }
}

proptest! {
    #[test]
    fn where_the_bytes_are_split_changes_nothing(
        piece in 1_usize..100_000,
        batch in 1_usize..300_000,
        cut in 0_usize..CHUNK,
    ) {
        let chunk = three().finish(3);
        let mut bytes = file(&[chunk.clone(), vec![0; CHUNK], chunk.clone(), chunk]);
        bytes.truncate(bytes.len() - cut);
        let (events, problems) = read(&bytes);
        let limits = Limits { batch, ..Limits::default() };
        let input = Pieces(std::io::Cursor::new(bytes), piece);
        let mut seen = Vec::new();
        let mut lost = Vec::new();
        for batch in Reader::of(Box::new(input), limits) {
            let decoded = batch.unwrap().events(&Wanted::all());
            seen.extend(decoded.iter().map(|event| (event.record.unwrap(), event.raw.unwrap().to_owned())));
            lost.extend(decoded.into_problems());
        }
        prop_assert_eq!(seen, events);
        let places = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        prop_assert_eq!(places(&lost), places(&problems));
    }

    #[test]
    fn damage_never_does_more_than_lose_records(
        damage in vec((0_usize..2200, any::<u8>()), 1..30),
        cut in 0_usize..CHUNK,
    ) {
        let mut chunk = three().finish(3);
        for (at, byte) in damage {
            chunk[at] = byte;
        }
        let mut bytes = file(&[chunk.clone(), chunk]);
        bytes.truncate(FILE_HEADER + CHUNK + cut);
        let (events, _) = read(&bytes);
        prop_assert!(events.len() <= 2000);
    }

    #[test]
    fn any_binary_xml_ends(bytes in vec(prop_oneof![any::<u8>(), 0_u8..16], 0..400)) {
        let mut writer = Writer::new();
        writer.record(1, |writer| {
            writer.instance(event, &values(1, "A", (kind::BINARY_XML, bytes.clone()), NULL));
        });
        writer.record(2, |writer| {
            writer.bytes(&bytes);
        });
        let (events, problems) = read(&file(&[writer.finish(2)]));
        prop_assert_eq!(events.len() + problems.len(), 2);
    }
}

#[test]
fn a_header_says_how_long_its_file_at_least_is() {
    let header = |chunks: u16| {
        let mut header = vec![0; FILE_HEADER];
        header[..8].copy_from_slice(FILE_MAGIC);
        header[42..44].copy_from_slice(&chunks.to_le_bytes());
        header
    };
    assert_eq!(least_length(FILE_MAGIC), 4096);
    assert_eq!(least_length(&header(0)), 4096);
    // Of the last chunk, only what has records need be there.
    assert_eq!(least_length(&header(1)), 4096 + 1);
    assert_eq!(least_length(&header(3)), 4096 + 2 * 65536 + 1);
}
