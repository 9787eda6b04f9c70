//! PowerShell 7 with its own log of script blocks. There is no real one here: a
//! small program that logs in the documented form stands for it
//! (`powershell/pwsh.c`), so that all but PowerShell itself is tried.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{Library, Run, Workplace, tool};

const SOURCE: &str = include_str!("powershell/pwsh.c");

const BEACON: &str = "curl.exe https://df00tech-pwsh-test.argustest.workers.dev/";

/// The id that the program gives its script block.
const ID: &str = "4fd4b1a2-9d0a-4b5e-8c2f-0a1b2c3d4e5f";

/// The folder of the program that stands for PowerShell, made once.
fn pwsh() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let (cc, _curl) = (tool("cc")?, tool("curl")?);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("powershell");
        std::fs::create_dir_all(&folder).unwrap();
        let source = folder.join("pwsh.c");
        std::fs::write(&source, SOURCE).unwrap();
        // What tells PowerShell's folder from one with many programs; and a
        // configuration of the host's that logs nothing, which is not the lab's.
        std::fs::write(folder.join("pwsh.dll"), "").unwrap();
        std::fs::write(folder.join("powershell.config.json"), "{}").unwrap();
        let made = Command::new(cc)
            .args(["-Wall", "-Werror", "-O1", "-o"])
            .args([&folder.join("pwsh"), &source])
            .status();
        assert!(made.unwrap().success());
        Some(folder)
    });
    folder.as_deref()
}

/// Runs a script by the program, with the signals given.
fn run(workplace: &Workplace, script: &str, signals: Option<&str>, choice: &str) -> Option<Run> {
    let folder = pwsh()?;
    let library = Library::of(workplace, &[("Made", "powershell", script)]);
    if let Some(signals) = signals {
        workplace.write("scenarios/T1583.007/signals.yaml", signals);
    }
    let path = std::env::var("PATH").unwrap();
    let mut command = workplace.command(["run", "--interpreters", choice, "--scenarios"]);
    command
        .arg(library.path())
        .env("PATH", format!("{}:{path}", folder.display()));
    Some(workplace.finish(command))
}

fn native(workplace: &Workplace, script: &str) -> Option<Run> {
    run(workplace, script, None, "native")
}

/// What `provenance.ndjson` says of the events 4104.
fn producers(run: &Run) -> Vec<String> {
    run.file("provenance.ndjson")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["event"] == 4104)
        .map(|line| line["producer"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn event_4104_is_what_powershell_itself_logged() {
    let workplace = Workplace::new();
    let Some(run) = native(&workplace, BEACON) else {
        return;
    };
    run.exits(0);
    assert_eq!(run.events(3).len(), 1);
    let [block] = &run.events(4104)[..] else {
        panic!("one script block\n{}", run.stdout);
    };
    // The whole text that PowerShell was given, and its own id.
    assert_eq!(block.field("ScriptBlockText"), format!("& {{{BEACON}}}"));
    assert_eq!(block.field("ScriptBlockId"), ID);
    assert_eq!(block.field("MessageNumber"), "1");
    assert_eq!(block.field("MessageTotal"), "1");
    let started = run.events(1);
    let powershell = started
        .iter()
        .find(|event| event.image() == "powershell.exe");
    let process = powershell.unwrap().field("ProcessId");
    assert!(
        block.text.contains(&format!("ProcessID='{process}'")),
        "{}",
        block.text
    );
    assert_eq!(producers(&run), ["powershell's own log"]);
    assert!(
        !run.findings()
            .contains(&"script-block-log-silent".to_owned())
    );
    let interpreters = run.scenario(1).0["interpreters"].to_string();
    assert!(interpreters.contains("PowerShell 7.4.6"), "{interpreters}");
}

/// As Windows records it: each part is an event.
#[test]
fn a_long_script_block_stays_in_its_parts() {
    let workplace = Workplace::new();
    let script = format!("{BEACON}\n# {}", "0123456789".repeat(2500));
    let Some(run) = native(&workplace, &script) else {
        return;
    };
    run.exits(0);
    let blocks = run.events(4104);
    let parts: Vec<_> = blocks
        .iter()
        .map(|block| (block.field("MessageNumber"), block.field("MessageTotal")))
        .collect();
    assert_eq!(parts, [("1", "3"), ("2", "3"), ("3", "3")]);
    let whole: String = blocks
        .iter()
        .map(|block| block.field("ScriptBlockText"))
        .collect();
    assert_eq!(whole, format!("& {{{script}}}"));
    assert!(
        blocks
            .iter()
            .all(|block| block.field("ScriptBlockId") == ID)
    );
}

/// Telemetry that asks for a script block is then not met, and no event is made
/// up in its place.
#[test]
fn a_powershell_that_logs_nothing_has_no_event_4104() {
    let workplace = Workplace::new();
    let script = format!("{BEACON}\n# silent");
    let signals = "00000000-0000-4000-8000-000000000000:\n  telemetry:\n  \
                   - event: 4104\n    where: { ScriptBlockText: '*curl.exe*' }\n    at_least: 1\n";
    let Some(run) = run(&workplace, &script, Some(signals), "native") else {
        return;
    };
    run.exits(4);
    let scenario = run.scenario(1);
    assert_eq!(scenario.outcome(), "no_telemetry");
    assert!(
        scenario.cause().contains("event 4104"),
        "{}",
        scenario.cause()
    );
    assert_eq!(run.events(4104).len(), 0);
    assert_eq!(run.events(3).len(), 1);
    assert!(
        run.findings()
            .contains(&"script-block-log-silent".to_owned())
    );
    // The same script with its log.
    let workplace = Workplace::new();
    let logging = self::run(&workplace, BEACON, Some(signals), "native").unwrap();
    logging.exits(0);
}

#[test]
fn what_another_program_or_a_cut_message_says_is_a_fault_of_the_lab() {
    let forged = "python.exe import syslog; syslog.openlog('powershell', syslog.LOG_PID, syslog.LOG_LOCAL0); \
                  syslog.syslog('(7:1:80) [ScriptBlock_Compile_Detail:x] Creating Scriptblock text (1 of 1):')";
    for (script, cause) in [
        (forged, "is no PowerShell that says so of itself"),
        ("# cut", "its end, with the id and the path, is missing"),
    ] {
        let workplace = Workplace::new();
        let Some(run) = native(&workplace, &format!("{BEACON}\n{script}")) else {
            return;
        };
        run.exits(4);
        let scenario = run.scenario(1);
        assert_eq!(scenario.outcome(), "lab_error", "{script}");
        assert!(scenario.cause().contains(cause), "{}", scenario.cause());
    }
}

#[test]
fn a_flood_of_script_blocks_is_bounded_and_told() {
    let workplace = Workplace::new();
    let Some(run) = native(&workplace, &format!("{BEACON}\n# flood 1500")) else {
        return;
    };
    run.exits(4);
    let cause = run.scenario(1).cause().to_owned();
    // 1,501 blocks, of which 1,024 are kept.
    assert!(
        cause.contains("477 messages about script blocks"),
        "{cause}"
    );
    assert_eq!(run.events(4104).len(), 1024);
}

/// Tries each way of aiming a local datagram, in one line for the program.
const ATTEMPTS: &str = "import socket as s; U=s.AF_UNIX; D=s.SOCK_DGRAM; \
    own=s.socket(U, D); own.bind('/tmp/own'); n=lambda: s.socket(U, D); \
    print(); \
    exec('def t(name, f):\\n try: f(); print(name, chr(61), 0)\\n except OSError as e: print(name, chr(61), e.errno)'); \
    t('connect-log', lambda: n().connect('/dev/log')); \
    t('sendto-log', lambda: n().sendto(b'x', '/dev/log')); \
    t('sendmsg-log', lambda: n().sendmsg([b'x'], [], 0, '/dev/log')); \
    t('connect-own', lambda: n().connect('/tmp/own')); \
    t('sendto-own', lambda: n().sendto(b'x', '/tmp/own')); \
    t('sendmsg-own', lambda: n().sendmsg([b'x'], [], 0, '/tmp/own')); \
    import ctypes as c, struct; a=c.create_string_buffer(b'\\1\\0/tmp/own'); b=c.create_string_buffer(b'x'); \
    v=c.create_string_buffer(struct.pack('2Q', c.addressof(b), 1)); \
    m=c.create_string_buffer(struct.pack('16Q', *[0]*8, c.addressof(a), 11, c.addressof(v), 1, *[0]*4)); \
    k=n(); k.connect('/dev/log'); l=c.CDLL(None, use_errno=True); \
    struct.pack_into('2Q', m, 16, c.addressof(v), 1); \
    print('sendmmsg-log =', l.sendmmsg(k.fileno(), m, 1, 0) - 1); \
    print('sendmmsg-own =', l.sendmmsg(k.fileno(), m, 2, 0) + 1 or c.get_errno()); \
    t('abstract', lambda: n().connect(chr(0) + 'x')); \
    t('crooked', lambda: n().connect('/dev/../dev/log')); \
    t('stream', lambda: s.socket(U, s.SOCK_STREAM)); \
    t('pair', lambda: s.socketpair(U, D)); \
    t('raw-pair', lambda: s.socketpair(U, s.SOCK_RAW)); \
    print('unreadable =', l.sendmmsg(k.fileno(), c.c_void_p(8), 1, 0) + 1 or c.get_errno())";

#[test]
fn the_system_log_is_the_one_local_socket_that_powershell_s_sandbox_has() {
    if tool("python3").is_none() {
        return;
    }
    let workplace = Workplace::new();
    let Some(run) = native(&workplace, &format!("{BEACON}\npython.exe {ATTEMPTS}")) else {
        return;
    };
    let output = run.scenario(1).0["output"].as_str().unwrap().to_owned();
    let attempts: Vec<&str> = output.lines().filter(|line| line.contains(" = ")).collect();
    let [denied, refused] = [libc_errno::EPERM, libc_errno::EACCES];
    assert_eq!(
        attempts,
        [
            "connect-log = 0".to_owned(),
            "sendto-log = 0".to_owned(),
            "sendmsg-log = 0".to_owned(),
            format!("connect-own = {refused}"),
            format!("sendto-own = {refused}"),
            format!("sendmsg-own = {refused}"),
            "sendmmsg-log = 0".to_owned(),
            format!("sendmmsg-own = {refused}"),
            format!("abstract = {refused}"),
            format!("crooked = {refused}"),
            format!("stream = {denied}"),
            format!("pair = {denied}"),
            format!("raw-pair = {denied}"),
            format!("unreadable = {refused}"),
        ],
        "{output}"
    );
}

/// The numbers of errno(3) on Linux.
mod libc_errno {
    pub const EPERM: i32 = 1;
    pub const EACCES: i32 = 13;
}

/// The stand-in, which logs nothing itself, is beside no log; nor is a program
/// that it starts.
#[test]
fn a_sandbox_without_powershell_has_no_system_log() {
    if tool("python3").is_none() {
        return;
    }
    let workplace = Workplace::new();
    let folder = pwsh();
    let script = "import os, socket\\nprint(os.path.exists(\\x27/dev/log\\x27))\\ntry: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\\nexcept OSError as e: print(e.errno)";
    let command = format!("python.exe -c \"exec('{script}')\"");
    let library = Library::of(&workplace, &[("Sockets", "command_prompt", &command)]);
    let mut command = workplace.command(["run", "--interpreters", "stand-in", "--scenarios"]);
    command.arg(library.path());
    if let Some(folder) = folder {
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", folder.display()));
    }
    let run = workplace.finish(command);
    let output = run.scenario(1).0["output"].as_str().unwrap().to_owned();
    assert!(output.contains("False"), "{output}");
    assert!(output.contains(&libc_errno::EPERM.to_string()), "{output}");

    // By itself the lab takes the stand-in, whose event is of its command line.
    let workplace = Workplace::new();
    let script = "Invoke-WebRequest https://df00tech-pwsh-test.argustest.workers.dev/";
    let Some(run) = self::run(&workplace, script, None, "auto") else {
        return;
    };
    run.exits(0);
    assert_eq!(producers(&run), ["sensor"]);
}
