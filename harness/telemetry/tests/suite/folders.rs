//! Folders, and what lies in them.

use std::{fs, path::Path};

use telemetry::{Input, Limits, Problem, ProblemKind, Reader, Wanted};

/// The text of all events, and the problems, in order.
fn read(path: &Path) -> (Vec<String>, Vec<Problem>) {
    let mut events = Vec::new();
    let mut problems = Vec::new();
    for batch in Reader::new([Input::Path(path.to_owned())], Limits::default()) {
        match batch {
            Ok(batch) => {
                let decoded = batch.events(&Wanted::all());
                events.extend(decoded.iter().map(|event| event.raw.unwrap().to_owned()));
                problems.extend(decoded.into_problems());
            }
            Err(problem) => problems.push(problem),
        }
    }
    (events, problems)
}

fn event(name: &str) -> String {
    format!("<Event>{name}</Event>")
}

#[test]
fn a_folder_is_read_by_name_and_formats_may_be_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("b/c")).unwrap();
    fs::write(at("a.evtx"), event("1")).unwrap();
    fs::write(
        at("b/c/x"),
        format!("{{\"result\":{{\"_raw\":\"{}\"}}}}", event("2")),
    )
    .unwrap();
    fs::write(at("b/d.json"), event("3")).unwrap();
    fs::write(at("c.txt"), "no events here").unwrap();
    fs::write(at("d.xml"), event("4")).unwrap();
    fs::write(at("empty"), "").unwrap();
    let (events, problems) = read(folder.path());
    assert_eq!(events, ["1", "2", "3", "4"].map(event));
    assert_eq!(problems.len(), 1);
    assert!(matches!(problems[0].kind, ProblemKind::NotEvents));
    assert_eq!(problems[0].place.source.path(), Some(at("c.txt").as_path()));
}

/// What merely lies in a folder of recordings.
const PROSE: [(&str, &str); 10] = [
    (
        "README.md",
        "# Logs\n\nEach `<Event>` holds a `<System>`.\n",
    ),
    (
        "badge.md",
        "[![Build](b.svg)](b)\n\nThe key \"Event\" holds `\"result\"`, in `<Events>`.\n",
    ),
    (
        "page.html",
        "<!DOCTYPE html>\n<pre>\n<Event ><System></System></Event>\n</pre>\n",
    ),
    (
        "page.xhtml",
        "<?xml version=\"1.0\"?>\n<html><Event><System/></Event></html>\n",
    ),
    (
        "write.py",
        "EVENT = '''\n<Event xmlns='n'><System/></Event>\n'''\nprint(EVENT)\n",
    ),
    (
        "write.sh",
        "#!/bin/sh\necho \"<Event><System/></Event>\" >>\"$1\"\n",
    ),
    (
        "write.js",
        "{ print(\"x\"); }\nconst name = { \"Event\": 1 };\n",
    ),
    (
        "note",
        "It ends with </Event>, begins with <Event > and has <System>.\n",
    ),
    ("list.xml", "<rules><Events/></rules>\n"),
    (
        "sample.yml",
        "name: Sample\nraw: <Event><System/></Event>\n",
    ),
];

/// A bug once: they were read as recordings, and their words counted as lost.
#[test]
fn prose_and_programs_that_mention_events_are_no_recordings() {
    for (name, text) in PROSE {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::write(folder.path().join("events.xml"), event("1")).unwrap();
        let (events, problems) = read(folder.path());
        assert_eq!(events, [event("1")], "{name}");
        assert_eq!(problems.len(), 1, "{name}");
        assert!(
            matches!(problems[0].kind, ProblemKind::NotEvents),
            "{name}: {problems:?}"
        );
        // Who names it says that it is one: what is in it is read or lost.
        let (_, problems) = read(&path);
        assert!(!problems.is_empty(), "{name}");
    }
}

/// The twin: whatever a recording may begin with, and a recording whose beginning
/// is gone.
#[test]
fn recordings_are_told_by_how_they_begin() {
    let whole = "<Event xmlns='n'><System><EventID>1</EventID></System></Event>";
    for before in [
        "",
        "\r\n  ",
        "\u{FEFF}",
        "<?xml version=\"1.0\"?>\n<!-- a > b -->\n<Events>",
        "Record 1\n<?xml version=\"1.0\"?>\n",
        "<14>Nov 24 02:33:24 host sysmon: ",
        "Nov 24 02:33:24 host cron[1]: x\n2026-11-24T02:33:24Z host sysmon: ",
        "-- Boot 1 --\nNov 24 02:33:24 host sysmon[1]: ",
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log"), format!("{before}{whole}")).unwrap();
        let (events, problems) = read(folder.path());
        assert_eq!(events, [whole], "{before}");
        let lost = problems
            .iter()
            .filter(|problem| problem.kind.loses_events());
        assert_eq!(lost.count(), 0, "{before}: {problems:?}");
    }
    // `journalctl -o short-monotonic`: other programs' lines are none that are
    // known, and the events are there.
    let log = format!("[   12.3] host cron[1]: x\n[   12.4] host sysmon[7]: {whole}\n");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), log).unwrap();
    assert_eq!(read(folder.path()).0, [whole]);

    let two = format!("{whole}\n{whole}");
    for cut in 1..=whole.len() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log"), &two[cut..]).unwrap();
        let (events, problems) = read(folder.path());
        assert_eq!(events, [whole], "{}", &two[cut..]);
        let is_lost = problems.iter().any(|problem| problem.kind.loses_events());
        assert_eq!(is_lost, cut < whole.len(), "{}", &two[cut..]);
    }
}

#[test]
fn what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (events, problems) = read(&folder.path().join("none"));
    assert!(events.is_empty());
    assert!(matches!(problems[0].kind, ProblemKind::Unreadable(_)));
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_linked_into_itself_is_read_once() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("a"), event("1")).unwrap();
    symlink(folder.path(), inner.join("loop")).unwrap();
    symlink("nowhere", inner.join("broken")).unwrap();
    // A link to elsewhere is followed.
    symlink(&inner, folder.path().join("again")).unwrap();
    let (events, problems) = read(folder.path());
    assert_eq!(events, [event("1"), event("1")]);
    let loops = problems
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::Loop));
    assert_eq!(loops.count(), 2);
    let unreadable = problems
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::Unreadable(_)));
    assert_eq!(unreadable.count(), 2);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_folder_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let (_, problems) = read(folder.path());
    assert!(matches!(problems[0].kind, ProblemKind::NotAFile));
}

/// Batches go to other threads, and come back as what they were.
#[test]
fn batches_are_decoded_on_other_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.xml");
    let text: String = (0..50_000).map(|n| event(&n.to_string()) + "\n").collect();
    fs::write(&path, text).unwrap();
    let limits = Limits {
        batch: 10_000,
        ..Limits::default()
    };
    let batches: Vec<_> = Reader::new([Input::Path(path)], limits)
        .map(Result::unwrap)
        .collect();
    assert!(batches.len() > 50);
    let mut counts: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = batches
            .into_iter()
            .map(|batch| scope.spawn(move || batch.events(&Wanted::all()).len()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    counts.sort_unstable();
    assert_eq!(counts.into_iter().sum::<usize>(), 50_000);
}
