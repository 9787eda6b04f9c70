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
