//! Whatever a container holds, reading it ends, within its limits.

use std::io::Cursor;

use proptest::{collection::vec, prelude::*};
use telemetry::{Limits, Reader, Unpacking, Wanted};

use crate::packed::{Member, gzip, tar, zip, zstd};

const LIMITS: Limits = Limits {
    batch: 4096,
    record: 4096,
    unpacking: Unpacking {
        bytes: 20_000,
        ratio: 20,
        members: 30,
        depth: 3,
        spool: 1 << 20,
    },
};

/// How many events, problems and bytes there were.
fn read(bytes: Vec<u8>) -> (usize, usize, usize) {
    let (mut events, mut problems, mut length) = (0, 0, 0);
    for batch in Reader::of(Box::new(Cursor::new(bytes)), LIMITS) {
        match batch {
            Ok(batch) => {
                length += batch.bytes();
                let decoded = batch.events(&Wanted::all());
                events += decoded.len();
                problems += decoded.problems().len();
            }
            Err(_) => problems += 1,
        }
    }
    (events, problems, length)
}

fn packed() -> impl Strategy<Value = Vec<u8>> {
    let text =
        vec("<Event>[a-z]{0,60}</Event>\n", 0..40).prop_map(|events| events.concat().into_bytes());
    let leaf = prop_oneof![
        6 => text,
        1 => vec(any::<u8>(), 0..600),
        1 => (1_usize..100_000).prop_map(|length| [b"<Event>1</Event>".to_vec(), vec![b' '; length]].concat()),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let members = vec(("[a-z/]{0,12}", inner.clone()), 0..3);
        let archive = |pack: fn(&[Member<'_>]) -> Vec<u8>| {
            move |members: Vec<(String, Vec<u8>)>| {
                let members: Vec<(String, Vec<u8>)> = members
                    .into_iter()
                    .map(|(name, bytes)| (format!("m{name}x").replace("//", "/"), bytes))
                    .collect();
                let members: Vec<Member<'_>> = members
                    .iter()
                    .map(|(name, bytes)| (name.as_str(), &bytes[..]))
                    .collect();
                pack(&members)
            }
        };
        prop_oneof![
            inner.clone().prop_map(|bytes| gzip(&bytes)),
            inner.prop_map(|bytes| zstd(&bytes)),
            members.clone().prop_map(archive(tar)),
            members.prop_map(archive(zip)),
        ]
    })
}

proptest! {
    #[test]
    fn damaged_containers_end_within_their_limits(
        bytes in packed(),
        damages in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = bytes;
        for (at, byte) in damages {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let unpacking = LIMITS.unpacking;
        let allowed = unpacking.bytes + unpacking.ratio * bytes.len() as u64;
        let (_, _, length) = read(bytes.clone());
        // What is packed once counts once, in a container or not.
        prop_assert!(length as u64 <= allowed + bytes.len() as u64, "{length} of {allowed}");
    }

    #[test]
    fn a_cut_loses_no_event_without_a_word(
        events in 1_usize..40,
        cut in any::<prop::sample::Index>(),
        by in 0_usize..4,
    ) {
        let text = "<Event>1</Event>\n".repeat(events).into_bytes();
        let packed = match by {
            0 => gzip(&text),
            1 => zstd(&text),
            2 => tar(&[("a", &text)]),
            _ => zip(&[("a", &text)]),
        };
        let whole = packed.len();
        let cut = cut.index(whole);
        let (found, problems, _) = read(packed[..cut].to_vec());
        // Nothing at all is an empty file.
        prop_assert!(found == events || problems > 0 || cut == 0, "{found} of {events}");
        prop_assert_eq!(read(packed), (events, 0, text.len()));
    }
}
