//! Holds `docs/stand-ins.md` to its word: every example on that page is run,
//! and accepted or refused as the page says.

#![allow(clippy::unwrap_used)]

use std::fs;

use super::REFUSED;
use super::testing::World;

const PAGE: &str = include_str!("../../../docs/stand-ins.md");

/// The code blocks of the page with this label, without their fences.
fn blocks(label: &str) -> Vec<&'static str> {
    let fence = format!("```{label}\n");
    let blocks: Vec<&str> = PAGE
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(!blocks.is_empty(), "no block `{label}`");
    blocks
}

/// Runs an example the way its program would get it.
fn run(label: &str, example: &str) -> (u8, World) {
    let mut world = World::staged();
    let code = match label {
        "cmd" => world.run("cmd.exe", &["/c", example]),
        "powershell" => world.run("powershell.exe", &["-NoProfile", "-Command", example]),
        _ => {
            fs::write(world.path("Temp/example.js"), example).unwrap();
            world.run("cscript.exe", &["//Nologo", r"C:\Temp\example.js"])
        }
    };
    (code, world)
}

fn assert_accepted(label: &str, example: &str) {
    let (code, world) = run(label, example);
    let complaint = world.complained();
    assert_ne!(code, REFUSED, "{example}: {complaint}");
    assert_eq!(complaint, "", "{example}");
}

/// Examples of what is refused stand one a line, each followed by an indented
/// line with what the refusal says.
fn assert_refused(label: &str) {
    for block in blocks(&format!("{label} refused")) {
        let lines: Vec<&str> = block.lines().collect();
        for pair in lines.chunks(2) {
            let [example, reason] = pair else {
                panic!("{} has no reason", pair[0]);
            };
            let reason = reason.strip_prefix("    ").unwrap();
            let (code, world) = run(label, example);
            let complaint = world.complained();
            assert_eq!(code, REFUSED, "{example}: {complaint}");
            assert!(
                complaint.contains(&format!("refuses {reason}")),
                "{example}: {complaint}"
            );
            assert!(world.is_untouched(), "{example}");
        }
    }
}

#[test]
fn commands_of_cmd() {
    for line in blocks("cmd").iter().flat_map(|block| block.lines()) {
        assert_accepted("cmd", line);
    }
    assert_refused("cmd");
}

#[test]
fn scripts_of_powershell() {
    for example in blocks("powershell")
        .iter()
        .flat_map(|block| block.split("\n\n"))
    {
        assert_accepted("powershell", example);
    }
    assert_refused("powershell");
}

#[test]
fn scripts_of_the_script_host() {
    for example in blocks("jscript") {
        assert_accepted("jscript", example);
    }
    assert_refused("jscript");
}

#[test]
fn every_image_name_is_published() {
    for name in [
        "chrome.exe",
        "cmd.exe",
        "cscript.exe",
        "msedge.exe",
        "powershell.exe",
        "timeout.exe",
        "wscript.exe",
    ] {
        assert!(
            super::is_stand_in(name) && PAGE.contains(&format!("`{name}`")),
            "{name}"
        );
        assert!(super::is_stand_in(&name.to_uppercase()), "{name}");
    }
    for name in ["beaconlab", "cmd", "curl.exe", "python.exe", ""] {
        assert!(!super::is_stand_in(name), "{name}");
    }
}

#[test]
fn visits_and_waits() {
    for (program, arguments, accepted) in [
        (
            "chrome.exe",
            "--headless --disable-gpu --disable-quic --dump-dom https://a.example/",
            true,
        ),
        (
            "msedge.exe",
            "--headless=new --user-data-dir=C:\\x https://a.example/ https://b.example/",
            true,
        ),
        ("chrome.exe", "https://a.example/", false),
        ("chrome.exe", "--headless http://a.example/", false),
        (
            "chrome.exe",
            "--headless --remote-debugging-port=1 https://a.example/",
            false,
        ),
        ("chrome.exe", "--headless", false),
        ("timeout.exe", "/t 3 /nobreak", true),
        ("timeout.exe", "/T 0", true),
        ("timeout.exe", "2", true),
        ("timeout.exe", "/t -1", false),
        ("timeout.exe", "/t 100000", false),
        ("timeout.exe", "/s host /t 1", false),
        ("timeout.exe", "/t", false),
        ("timeout.exe", "1 2", false),
    ] {
        let mut world = World::new();
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let code = world.run(program, &arguments);
        let expected = if accepted { 0 } else { REFUSED };
        assert_eq!(
            code,
            expected,
            "{program} {arguments:?}: {}",
            world.complained()
        );
        assert_eq!(world.is_untouched(), !accepted, "{program} {arguments:?}");
        if accepted {
            let urls: Vec<&str> = arguments
                .iter()
                .copied()
                .filter(|argument| argument.starts_with("https:"))
                .collect();
            assert_eq!(world.requested(), urls);
            let dumped = arguments.contains(&"--dump-dom");
            assert_eq!(world.said().contains("ok"), dumped);
            let waits = usize::from(program == "timeout.exe");
            assert_eq!(world.clock.sleeps.len(), waits);
        }
    }
}

#[test]
fn a_page_of_frames_is_visited_frame_by_frame_and_no_other_page_is() {
    let frame = |url: &str| format!("<iframe src='{url}'></iframe>");
    let both = [frame("https://a.example/"), frame("https://b.example/x")].concat();
    for (page, visited) in [
        (
            both.as_str(),
            Some(["https://a.example/", "https://b.example/x"]),
        ),
        ("<script>let a = 1</script>", None),
        (&frame("http://a.example/"), None),
        (&format!("{both}and more"), None),
        ("", None),
    ] {
        let mut world = World::new();
        let address = format!("data:text/html,{page}");
        let code = world.run(
            "chrome.exe",
            &["--headless", "--disable-breakpad", &address],
        );
        assert_eq!(code == REFUSED, visited.is_none(), "{page}");
        assert_eq!(
            world.requested(),
            visited.map_or(vec![], |urls| urls.to_vec())
        );
    }
}
