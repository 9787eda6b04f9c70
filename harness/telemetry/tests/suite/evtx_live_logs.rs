//! EVTX files as they are copied off a running system, made of real ones: headers
//! and checksums that are not up to date, room that is kept for later, and ends
//! that are missing.
//!
//! Source: <https://computer.forensikblog.de/en/2007/07/evtx-file-header.html>
//! and "evtx-chunk-header" beside it: bit 0 of the file's flags says that headers
//! and checksums may not fit what is there; Windows looks through such a file
//! when it opens it, and mends them.

use std::{fs, path::PathBuf};

use evtx::{EvtxParser, ParserSettings};
use telemetry::{EvtxError, Problem, ProblemKind, Wanted};

use crate::data::{self, Seen};

const HEADER: usize = 4096;
const CHUNK: usize = 65536;

/// Where the file's header keeps its flags, and a chunk's both of its checksums:
/// of the records, and of the header.
const FLAGS: usize = 120;
const CHECKSUMS: [usize; 2] = [52, 124];

/// Where a chunk's first record begins; its size stands 4 bytes further.
const FIRST_RECORD: usize = 512;

/// A log of four chunks, after which room is kept.
const LONG: &str = "sbou__panache_sysmon_vs_EDRTestingScript.evtx";

/// A real log, if it is at hand.
fn log(name: &str) -> Option<Vec<u8>> {
    let path = data::folder("evtx")?.join(name);
    Some(fs::read(path).unwrap())
}

/// All logs that are at hand.
fn logs() -> Vec<PathBuf> {
    data::folder("evtx")
        .map(|folder| data::files(&folder, ".evtx"))
        .unwrap_or_default()
}

/// What is read of a file of these bytes.
fn read(bytes: &[u8]) -> (Vec<Seen>, Vec<Problem>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copied.evtx");
    fs::write(&path, bytes).unwrap();
    data::read(&path, &Wanted::all())
}

fn number(bytes: &[u8], at: usize) -> usize {
    let bytes: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
    usize::try_from(u32::from_le_bytes(bytes)).unwrap()
}

#[test]
fn a_dirty_file_is_read_whole_whatever_its_header_says() {
    for path in logs() {
        let whole = fs::read(&path).unwrap();
        let expected = read(&whole);
        assert!(expected.1.is_empty());
        let mut dirty = whole.clone();
        dirty[FLAGS] |= 1;
        // As it is while its first chunk is written to: the first and the last
        // chunk, the next record and the number of chunks.
        dirty[8..32].fill(0);
        dirty[24] = 1;
        dirty[42..44].copy_from_slice(&1_u16.to_le_bytes());
        let (events, problems) = read(&dirty);
        assert!(problems.is_empty(), "{}: {problems:?}", path.display());
        assert_eq!(events, expected.0, "{}", path.display());
    }
}

/// The header of the chunk that is written to is behind: by all records but one,
/// or by all.
#[test]
fn records_that_a_dirty_files_chunk_does_not_count_are_read() {
    for path in logs() {
        let whole = fs::read(&path).unwrap();
        let (expected, _) = read(&whole);
        let chunks = whole[HEADER..].chunks(CHUNK);
        let written = chunks.filter(|chunk| chunk[0] != 0).count();
        let at = HEADER + (written - 1) * CHUNK;
        let behind = |first: &[u8], last: &[u8], end: usize| {
            let mut dirty = whole.clone();
            dirty[FLAGS] |= 1;
            let chunk = &mut dirty[at..];
            chunk[16..24].copy_from_slice(last);
            chunk[24..32].copy_from_slice(first);
            chunk[32..40].copy_from_slice(last);
            chunk[48..52].copy_from_slice(&u32::try_from(end).unwrap().to_le_bytes());
            let (events, problems) = read(&dirty);
            assert!(problems.is_empty(), "{}: {problems:?}", path.display());
            assert_eq!(events, expected, "{}", path.display());
        };
        let first = &whole[at + 24..at + 32];
        behind(
            first,
            first,
            FIRST_RECORD + number(&whole, at + FIRST_RECORD + 4),
        );
        // Where there is no record yet, all numbers are -1.
        behind(&[0xFF; 8], &[0xFF; 8], FIRST_RECORD);
    }
}

/// Windows does not trust them in a dirty log, and the `evtx` crate looks at them
/// on request only: what can be read is no loss.
#[test]
fn records_come_whatever_the_checksums_say() {
    for path in logs() {
        let whole = fs::read(&path).unwrap();
        let (expected, _) = read(&whole);
        for checksum in CHECKSUMS {
            let mut wrong = whole.clone();
            wrong[HEADER + checksum] ^= 0xFF;
            let (events, problems) = read(&wrong);
            assert!(problems.is_empty(), "{}: {problems:?}", path.display());
            assert_eq!(events, expected, "{}", path.display());
            let by_the_crate = |validates: bool| {
                let settings = ParserSettings::default()
                    .num_threads(1)
                    .validate_checksums(validates);
                let mut parser = EvtxParser::from_buffer(wrong.clone())
                    .unwrap()
                    .with_configuration(settings);
                parser.records().flatten().count()
            };
            assert_eq!(by_the_crate(false), expected.len(), "{}", path.display());
            assert!(by_the_crate(true) < expected.len(), "{}", path.display());
        }
    }
}

#[test]
fn room_that_is_kept_for_chunks_is_no_loss() {
    for path in logs() {
        let whole = fs::read(&path).unwrap();
        let (expected, _) = read(&whole);
        for kept in [CHUNK, 3 * CHUNK, 1000] {
            let mut longer = whole.clone();
            longer.resize(whole.len() + kept, 0);
            let (events, problems) = read(&longer);
            assert!(problems.is_empty(), "{}: {problems:?}", path.display());
            assert_eq!(events, expected, "{}", path.display());
        }
    }
    // What is no room is a loss: something stood there.
    let Some(mut longer) = log(LONG) else { return };
    let written = longer.len();
    longer.resize(written + CHUNK, 0);
    longer[written + 600] = b'x';
    let (_, problems) = read(&longer);
    assert!(
        matches!(problems[0].kind, ProblemKind::Evtx(EvtxError::NoChunk)),
        "{problems:?}"
    );
}

#[test]
fn of_a_chunk_that_is_cut_short_the_records_before_the_cut_are_read() {
    let Some(whole) = log(LONG) else { return };
    let (expected, _) = read(&whole);
    // The third of four chunks ends within its tenth record.
    let third = HEADER + 2 * CHUNK;
    let first = usize::try_from(u64::from_le_bytes(
        whole[third + 24..third + 32].try_into().unwrap(),
    ));
    let before = first.unwrap() - 1;
    let mut at = third + FIRST_RECORD;
    for _ in 0..9 {
        at += number(&whole, at + 4);
    }
    let (events, problems) = read(&whole[..at + 30]);
    assert_eq!(events, expected[..before + 9]);
    let cut: Vec<_> = problems
        .iter()
        .map(|problem| (problem.place.offset, problem.kind.to_string()))
        .collect();
    let cut_at = u64::try_from(at).unwrap();
    assert_eq!(
        cut,
        [
            (cut_at, "damaged EVTX: the chunk is cut off".to_owned()),
            (
                cut_at + 30,
                "damaged EVTX: the file is cut off: it ends before its header says".to_owned()
            )
        ]
    );
    // Behind the last record, nothing is lost.
    let last = HEADER + 3 * CHUNK;
    let end = last + number(&whole, last + 48);
    let (events, problems) = read(&whole[..end]);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(events, expected);
}
