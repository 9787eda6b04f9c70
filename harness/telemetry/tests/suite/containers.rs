//! Events in gzip, zstd, tar and zip, also in one another, whole, damaged and
//! without end.

use std::{fs, io::Cursor, iter, path::Path};

use rawzip::CompressionMethod;
use telemetry::{Input, Limits, Reader, Unpacking, Wanted};

use crate::packed::{gzip, tar, zip, zip_by, zstd};

/// Where each event stands and its text, and what was lost, in order.
type Found = (Vec<String>, Vec<String>);

fn found(reader: Reader, shown: impl Fn(String) -> String) -> Found {
    let mut events = Vec::new();
    let mut problems = Vec::new();
    for batch in reader {
        match batch {
            Ok(batch) => {
                let decoded = batch.events(&Wanted::all());
                for event in decoded.iter() {
                    events.push(shown(format!("{}: {}", event.place(), event.raw.unwrap())));
                }
                problems.extend(decoded.into_problems());
            }
            Err(problem) => problems.push(problem),
        }
    }
    let problems = problems.iter().map(|problem| shown(problem.to_string()));
    (events, problems.collect())
}

/// What a file of these bytes holds, by the name `F`.
fn of_file(bytes: &[u8], limits: Limits) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("F");
    fs::write(&path, bytes).unwrap();
    let before = format!("{}/", folder.path().display());
    found(Reader::new([Input::Path(path)], limits), |text| {
        text.replace(&before, "")
    })
}

/// What a pipe of these bytes holds.
fn of_pipe(bytes: &[u8], limits: Limits) -> Found {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    found(Reader::of(input, limits), |text| {
        text.replace("standard input", "F")
    })
}

/// What it holds, which a file and a pipe agree on.
fn of(bytes: &[u8]) -> Found {
    let read = of_file(bytes, Limits::default());
    assert_eq!(read, of_pipe(bytes, Limits::default()));
    read
}

fn limits(unpacking: Unpacking) -> Limits {
    Limits {
        unpacking,
        ..Limits::default()
    }
}

const ONE: &[u8] = b"<Event>1</Event>\n";
const TWO: &[u8] = b"<Event>2</Event>\n";

/// Events that do not shrink to nothing: each has a number of its own.
fn many(count: u64) -> Vec<u8> {
    (0..count)
        .flat_map(|number| {
            let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            format!("<Event>{scattered:016x}</Event>\n").into_bytes()
        })
        .collect()
}

#[test]
fn a_packed_file_is_what_it_unpacks_to() {
    for packed in [gzip(ONE), zstd(ONE), gzip(&zstd(&gzip(ONE)))] {
        assert_eq!(
            of(&packed),
            (vec!["F at byte 0: <Event>1</Event>".into()], vec![])
        );
    }
    // UTF-16, as wevtutil writes it, and nothing.
    let utf16: Vec<u8> = iter::once(0xFEFF)
        .chain("<Event>ä</Event>".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(of(&gzip(&utf16)).0, ["F at byte 2: <Event>ä</Event>"]);
    assert_eq!(of(&gzip(b"")), (vec![], vec![]));
}

#[test]
fn members_of_gzip_and_frames_of_zstd_are_one_stream() {
    let (start, end) = ONE.split_at(5);
    let both = [&gzip(start)[..], &gzip(b""), &gzip(end)].concat();
    let expected = (vec!["F at byte 0: <Event>1</Event>".to_owned()], vec![]);
    assert_eq!(of(&both), expected);
    // As a tape has it.
    assert_eq!(of(&[&both[..], &[0; 1000]].concat()), expected);
    // RFC 8878, section 3.1.2: a magic number, a length, and what is skipped.
    let skipped = b"\x5A\x2A\x4D\x18\x03\0\0\0abc";
    let both = [skipped, &zstd(start)[..], skipped, &zstd(end)].concat();
    assert_eq!(of(&both), expected);
}

#[test]
fn members_of_archives_are_sources_of_their_own() {
    let members: [(&str, &[u8]); 3] = [
        ("a/one.xml", ONE),
        ("a/b.json", b"{\"_raw\":\"x\"}"),
        ("2", TWO),
    ];
    let expected = [
        "F!/a/one.xml at byte 0: <Event>1</Event>",
        "F!/a/b.json at byte 0: x",
        "F!/2 at byte 0: <Event>2</Event>",
    ];
    for packed in [
        tar(&members),
        zip(&members),
        gzip(&tar(&members)),
        zstd(&tar(&members)),
    ] {
        let (events, problems) = of(&packed);
        assert_eq!(events, expected);
        assert!(problems.is_empty(), "{problems:?}");
    }
    let stored = zip_by(&members, CompressionMethod::STORE, false);
    assert_eq!(of(&stored).0, expected);
}

#[test]
fn containers_lie_in_one_another() {
    let inner = gzip(&tar(&[("c/two.xml", TWO)]));
    let packed = zip(&[("a/", b""), ("a/one.xml.gz", &gzip(ONE)), ("b.tgz", &inner)]);
    assert_eq!(
        of(&packed),
        (
            vec![
                "F!/a/one.xml.gz at byte 0: <Event>1</Event>".to_owned(),
                "F!/b.tgz!/c/two.xml at byte 0: <Event>2</Event>".to_owned()
            ],
            vec![]
        )
    );
    // A zip in a zip is no file of its own.
    let packed = zip(&[("a.zip", &packed)]);
    assert_eq!(
        of(&packed).0[1],
        "F!/a.zip!/b.tgz!/c/two.xml at byte 0: <Event>2</Event>"
    );
}

#[test]
fn names_that_are_long_or_hold_controls_are_shown() {
    let long = format!("{}/events.xml", "folder/".repeat(40));
    let (events, problems) = of(&tar(&[(&long, ONE), ("\u{1b}[2Jx", TWO)]));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(events[0], format!("F!/{long} at byte 0: <Event>1</Event>"));
    assert_eq!(events[1], "F!/\\u{1b}[2Jx at byte 0: <Event>2</Event>");
}

/// A member of POSIX' pax format, whose header comes before its own: with a
/// record that holds a line end.
#[test]
fn headers_of_pax_name_members() {
    let records = b"22 SCHILY.xattr.x=a\nb\n19 path=a/long/one\n";
    let mut packed = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::XHeader);
    header.set_size(records.len() as u64);
    packed.append_data(&mut header, "x", &records[..]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(ONE.len() as u64);
    packed.append_data(&mut header, "short", ONE).unwrap();
    let (events, problems) = of(&packed.into_inner().unwrap());
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(events, ["F!/a/long/one at byte 0: <Event>1</Event>"]);
}

#[test]
fn a_member_without_events_is_as_a_file_in_a_folder_and_an_archive_of_such_is_none() {
    let (events, problems) = of(&zip(&[("readme", b"hello"), ("empty", b""), ("one", ONE)]));
    assert_eq!(events.len(), 1);
    let none = "no events: neither event XML, EVTX nor JSON lines of events";
    assert_eq!(problems, [format!("F!/readme at byte 0: {none}")]);
    let (_, problems) = of(&tar(&[("readme", b"hello")]));
    assert_eq!(
        problems,
        [
            format!("F!/readme at byte 0: {none}"),
            format!("F at byte 0: {none}")
        ]
    );
}

#[test]
fn what_stands_before_a_cut_is_given() {
    let text = many(20_000);
    for (packed, name) in [(gzip(&text), "gzip"), (zstd(&text), "zstd")] {
        let (events, problems) = of(&packed[..packed.len() / 2]);
        // Half of what is packed is about half of what was.
        assert!(
            (8_000..12_000).contains(&events.len()),
            "{name}: {}",
            events.len()
        );
        assert!(
            problems
                .iter()
                .any(|problem| problem.ends_with(&format!(": the {name} is cut off"))),
            "{problems:?}"
        );
        // Nothing of it is there.
        let (events, problems) = of(&packed[..12]);
        assert!(events.is_empty());
        assert_eq!(problems, [format!("F at byte 0: the {name} is cut off")]);
    }
}

#[test]
fn damage_is_found_by_checksums_and_said() {
    let mut packed = gzip(ONE);
    let at = packed.len() - 8;
    packed[at] ^= 1;
    let (events, problems) = of(&packed);
    assert_eq!(events.len(), 1);
    assert!(
        problems[0].starts_with("F at byte 17: damaged gzip: "),
        "{problems:?}"
    );

    // Trailing garbage is none of a gzip.
    let (events, problems) = of(&[&gzip(ONE)[..], b"hello"].concat());
    assert_eq!(events.len(), 1);
    assert_eq!(
        problems,
        ["F at byte 17: damaged gzip: what follows the last member is no member"]
    );

    let mut packed = zip_by(&[("a", ONE), ("b", TWO)], CompressionMethod::STORE, false);
    let at = packed.windows(3).position(|bytes| bytes == b">1<").unwrap() + 1;
    packed[at] = b'3';
    let (events, problems) = of(&packed);
    assert_eq!(events.len(), 2);
    assert_eq!(
        problems,
        ["F!/a at byte 17: damaged zip: the checksum is that of other contents"]
    );
}

#[test]
fn a_tar_that_is_cut_or_damaged_costs_what_is_missing() {
    let packed = tar(&[("a", ONE), ("b", TWO), ("c", ONE)]);
    // A header and a block each.
    let (events, problems) = of(&packed[..1024 + 512 + 5]);
    assert_eq!(events.len(), 1);
    assert!(
        problems.contains(&"F!/b at byte 5: the tar is cut off".to_owned()),
        "{problems:?}"
    );
    let (events, problems) = of(&packed[..2048]);
    assert_eq!(events.len(), 2);
    assert_eq!(problems, ["F at byte 2048: the tar is cut off"]);

    let mut damaged = packed.clone();
    damaged[1024] ^= 1;
    let (events, problems) = of(&damaged);
    assert_eq!(
        events,
        [
            "F!/a at byte 0: <Event>1</Event>",
            "F!/c at byte 0: <Event>1</Event>"
        ]
    );
    assert_eq!(
        problems,
        ["F at byte 1024: damaged tar: no member begins where one should"]
    );
}

#[test]
fn a_zip_that_is_cut_has_no_directory() {
    let packed = zip(&[("a", ONE)]);
    let (events, problems) = of(&packed[..packed.len() - 30]);
    assert!(events.is_empty());
    assert_eq!(
        problems,
        ["F at byte 0: damaged zip: its directory, which stands at the end, is missing"]
    );
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let (_, problems) = of(&zip_by(&[("a", ONE)], CompressionMethod::STORE, true));
    assert_eq!(
        problems[0],
        "F!/a at byte 0: it is encrypted; decrypt it first"
    );
    let (_, problems) = of(&zip_by(&[("a", ONE)], CompressionMethod::LZMA, false));
    assert_eq!(
        problems[0],
        "F!/a at byte 0: it is packed by LZMA (method 14 of zip), which is not supported; \
         unpack it first"
    );
    let (_, problems) = of(b"\xFD7zXZ\0\0\x04");
    assert_eq!(
        problems,
        ["F at byte 0: it is packed by xz, which is not supported; unpack it first"]
    );
    // Others of the archive are read.
    let (events, problems) = of(&tar(&[("a.7z", b"7z\xBC\xAF\x27\x1C"), ("one", ONE)]));
    assert_eq!(events.len(), 1);
    assert_eq!(
        problems,
        ["F!/a.7z at byte 0: it is packed by 7z, which is not supported; unpack it first"]
    );
}

#[test]
fn what_unpacks_without_end_is_given_up_and_other_inputs_are_read() {
    let limits = limits(Unpacking {
        bytes: 100_000,
        ratio: 10,
        ..Unpacking::DEFAULT
    });
    let mut long = ONE.to_vec();
    long.resize(4_000_000, b' ');
    let bombs = [
        gzip(&long),
        zstd(&long),
        zip(&[("a", &long), ("b", TWO)]),
        gzip(&tar(&[("a", &long), ("b", TWO)])),
    ];
    for (packed, name) in bombs.iter().zip(["F", "F", "F!/a", "F!/a"]) {
        for (events, problems) in [of_file(packed, limits), of_pipe(packed, limits)] {
            assert_eq!(events, [format!("{name} at byte 0: <Event>1</Event>")]);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(
                problems[0].starts_with(&format!("{name} at byte ")),
                "{problems:?}"
            );
            assert!(
                problems[0].contains(": it unpacks to more than ")
                    && problems[0].ends_with(": what follows in the file is not read"),
                "{problems:?}"
            );
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), &bombs[2]).unwrap();
    fs::write(folder.path().join("b"), TWO).unwrap();
    let input = Input::Path(folder.path().to_owned());
    let (events, _) = found(Reader::new([input], limits), |text| text);
    assert!(
        events[1].ends_with("/b at byte 0: <Event>2</Event>"),
        "{events:?}"
    );
}

#[test]
fn what_shrinks_as_recordings_do_is_no_bomb() {
    let limits = limits(Unpacking {
        bytes: 1000,
        ratio: 50,
        ..Unpacking::DEFAULT
    });
    let text = many(20_000);
    for packed in [
        gzip(&text),
        zip(&[("a", &text)]),
        tar(&[("a.gz", &gzip(&text))]),
    ] {
        let (events, problems) = of_file(&packed, limits);
        assert_eq!((events.len(), problems.len()), (20_000, 0), "{problems:?}");
    }
}

#[test]
fn there_is_an_end_to_members_and_depth() {
    let few = limits(Unpacking {
        members: 2,
        ..Unpacking::DEFAULT
    });
    let members: [(&str, &[u8]); 3] = [("a", ONE), ("b", TWO), ("c", ONE)];
    for packed in [zip(&members), tar(&members)] {
        let (events, problems) = of_file(&packed, few);
        assert_eq!(events.len(), 2);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].ends_with(": more than 2 members: what follows in the file is not read"),
            "{problems:?}"
        );
    }
    let flat = limits(Unpacking {
        depth: 2,
        ..Unpacking::DEFAULT
    });
    assert_eq!(of_file(&gzip(&tar(&[("a", ONE)])), flat).0.len(), 1);
    let (events, problems) = of_file(&gzip(&tar(&[("a", &gzip(ONE)), ("b", TWO)])), flat);
    assert_eq!(events.len(), 1);
    assert_eq!(
        problems,
        ["F!/a at byte 0: containers are nested deeper than 2: it is not unpacked"]
    );
}

#[test]
fn a_large_zip_from_a_pipe_is_refused_and_from_a_file_read() {
    let small = limits(Unpacking {
        spool: 50,
        ..Unpacking::DEFAULT
    });
    let packed = zip(&[("a", ONE)]);
    assert_eq!(of_file(&packed, small).0.len(), 1);
    assert_eq!(
        of_pipe(&packed, small).1,
        [
            "F at byte 0: a zip of more than 50 bytes, which is no file of its own; \
             unpack it first"
        ]
    );
}

/// The system's own programs pack otherwise than the crates do.
#[test]
fn what_the_programs_of_the_system_pack_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = many(1000);
    fs::create_dir(folder.path().join("logs")).unwrap();
    fs::write(folder.path().join("logs/events.xml"), &text).unwrap();
    let commands: [(&str, &[&str]); 6] = [
        ("a.gz", &["gzip", "-k", "-c", "logs/events.xml"]),
        ("a.zst", &["zstd", "-q", "-19", "-c", "logs/events.xml"]),
        ("a.tar", &["tar", "-c", "logs"]),
        ("a.tgz", &["tar", "--format=pax", "-cz", "logs"]),
        ("a.old.tar", &["tar", "--format=v7", "-c", "logs"]),
        ("a.zip", &["zip", "-q", "-r", "-", "logs"]),
    ];
    for (name, command) in commands {
        let packed = std::process::Command::new(command[0])
            .args(&command[1..])
            .current_dir(folder.path())
            .output();
        let Ok(packed) = packed else {
            eprintln!("skipped: {} is not installed", command[0]);
            continue;
        };
        assert!(packed.status.success(), "{name}");
        let (events, problems) = of(&packed.stdout);
        assert_eq!(
            (events.len(), problems.len()),
            (1000, 0),
            "{name}: {problems:?}"
        );
        let member = Path::new(name).extension().unwrap();
        let expected = match member.to_str().unwrap() {
            "gz" | "zst" => "F at byte 0: ",
            _ => "F!/logs/events.xml at byte 0: ",
        };
        assert!(events[0].starts_with(expected), "{}", events[0]);
    }
}
