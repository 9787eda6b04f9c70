//! Any bytes as the records of an EVTX file, whose header and chunk are whole.

use memchr::memmem;
use telemetry::Wanted;

use crate::telemetry::{Found, fields, read};

const FILE_HEADER: usize = 4 << 10;
const CHUNK: usize = 64 << 10;
const CHUNK_HEADER: usize = 512;
const RECORD: &[u8] = b"**\0\0";
const RECORD_HEADER: usize = 24;

/// How long an event may be.
const LIMIT: usize = 1 << 20;

/// Any bytes as the records of a chunk: as they are, in a chunk that is cut
/// off; and with their sizes and numbers put right, so that what is in them is
/// read.
///
/// # Panics
///
/// Where something does not hold.
pub fn evtx(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(CHUNK - CHUNK_HEADER)];
    let mut file = file(bytes);
    hold(&file);
    put_right(&mut file[FILE_HEADER..][..CHUNK_HEADER + bytes.len()]);
    file.resize(FILE_HEADER + CHUNK, 0);
    hold(&file);
}

/// A file of one chunk, which is cut off after these bytes.
fn file(bytes: &[u8]) -> Vec<u8> {
    let records = memmem::find_iter(bytes, RECORD).count() as u64;
    let end = u32::try_from(CHUNK_HEADER + bytes.len()).unwrap_or(u32::MAX);
    let mut file = b"ElfFile\0".to_vec();
    file.resize(FILE_HEADER, 0);
    file.extend(b"ElfChnk\0");
    for number in [1, records, 1, records] {
        file.extend(number.to_le_bytes());
    }
    file.resize(FILE_HEADER + 48, 0);
    file.extend(end.to_le_bytes());
    file.resize(FILE_HEADER + CHUNK_HEADER, 0);
    file.extend(bytes);
    file
}

/// Gives each record of a chunk its size and number.
fn put_right(chunk: &mut [u8]) {
    let mut starts: Vec<usize> = memmem::find_iter(&chunk[CHUNK_HEADER..], RECORD)
        .map(|at| CHUNK_HEADER + at)
        .collect();
    starts.push(chunk.len());
    for (pair, number) in starts.windows(2).zip(1_u64..) {
        let &[start, end] = pair else { continue };
        if end - start < RECORD_HEADER + 4 {
            continue;
        }
        let size = u32::try_from(end - start).unwrap_or(u32::MAX).to_le_bytes();
        chunk[start + 4..start + 8].copy_from_slice(&size);
        chunk[end - 4..end].copy_from_slice(&size);
        chunk[start + 8..start + 16].copy_from_slice(&number.to_le_bytes());
    }
}

fn hold(file: &[u8]) {
    let of = |wanted: &Wanted, batch| read(file, batch, usize::MAX, wanted, LIMIT);
    let all = of(&Wanted::all(), 1 << 20);
    assert_eq!(all, of(&Wanted::all(), 1));
    assert_eq!(all, of(&Wanted::only(|_, _| true), 1 << 20));
    let some = of(
        &Wanted::only(|channel, id| channel == "A" || id == 1),
        1 << 20,
    );
    assert!(
        some.events.iter().all(|event| all.events.contains(event)),
        "rendered otherwise where not all are wanted"
    );
    for raw in all
        .events
        .iter()
        .take(20)
        .filter_map(|event| event.raw.as_deref())
    {
        assert!(raw.len() <= LIMIT, "{} bytes", raw.len());
        fields(raw);
        if raw.matches("</Event>").count() == 1 && raw.matches("<Event>").count() == 1 {
            let Found { events, .. } =
                read(raw.as_bytes(), 1 << 20, usize::MAX, &Wanted::all(), LIMIT);
            assert!(
                events.iter().any(|event| event.raw.as_deref() == Some(raw)),
                "rendered as no event XML: {raw}"
            );
        }
    }
}
