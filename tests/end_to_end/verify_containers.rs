//! Recorded telemetry in containers, packed by the programs that people pack it
//! with: it is judged as it is unpacked; what is encrypted, cut off or has no end
//! is said, and costs nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Run, Workplace, tool};
use crate::verify::{codes, said};

/// A folder with the recorded runs of all shipped scenarios, as it was collected.
fn collected(workplace: &Workplace) -> PathBuf {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/recorded/datasets/attack_techniques/T1583.007");
    let folder = workplace.path().join("logs");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(recorded).unwrap() {
        let scenario = entry.unwrap();
        for log in fs::read_dir(scenario.path()).unwrap() {
            let log = log.unwrap().path();
            if log.extension().is_some_and(|extension| extension == "log") {
                let name = format!(
                    "{}-{}",
                    scenario.file_name().to_str().unwrap(),
                    log.file_name().unwrap().to_str().unwrap()
                );
                fs::copy(&log, folder.join(name)).unwrap();
            }
        }
    }
    folder
}

/// Runs a program of the system in the workplace, which must succeed.
#[track_caller]
fn system(workplace: &Workplace, line: &str) {
    let status = Command::new("sh")
        .args(["-c", line])
        .current_dir(workplace.path())
        .status();
    assert!(status.unwrap().success(), "{line}");
}

/// Runs a script of Python in the workplace, which must succeed.
#[track_caller]
fn python(workplace: &Workplace, script: &str) {
    let status = Command::new("python3")
        .args(["-c", script])
        .current_dir(workplace.path())
        .status();
    assert!(status.unwrap().success(), "{script}");
}

fn verify(workplace: &Workplace, path: &str) -> (Run, Value) {
    let run = workplace.run(["verify", path, "--format", "json"]);
    let report = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    (run, report)
}

fn problems(report: &Value) -> Vec<&str> {
    let problems = report["recorded"]["problems"].as_array().unwrap();
    problems
        .iter()
        .map(|problem| problem.as_str().unwrap())
        .collect()
}

const ZIP: &str = "\
import os, zipfile
with zipfile.ZipFile('packed/logs.zip', 'w', zipfile.ZIP_DEFLATED) as packed:
    for name in sorted(os.listdir('logs')):
        packed.write('logs/' + name)
";

/// Half of the logs in a tar in gzip, and half each in zstd, all in a zip.
const NESTED: &str = "\
import os, subprocess, tarfile, zipfile
names = sorted(os.listdir('logs'))
with tarfile.open('half.tar.gz', 'w:gz') as packed:
    for name in names[::2]:
        packed.add('logs/' + name)
with zipfile.ZipFile('packed/all.zip', 'w') as packed:
    packed.write('half.tar.gz')
    for name in names[1::2]:
        subprocess.run(['zstd', '-q', 'logs/' + name, '-o', name + '.zst'], check=True)
        packed.write(name + '.zst')
";

#[test]
fn packed_recordings_are_judged_as_they_are_unpacked() {
    let programs = ["python3", "gzip", "tar", "zstd"];
    if programs.iter().any(|program| tool(program).is_none()) {
        return;
    }
    let workplace = Workplace::new();
    collected(&workplace);
    let (run, unpacked) = verify(&workplace, "logs");
    run.exits(0);
    assert_eq!(unpacked["scenarios"].as_array().unwrap().len(), 10);
    workplace.write("zip.py", ZIP);
    workplace.write("nested.py", NESTED);
    let ways = [
        "cp -r logs/. packed && gzip packed/*",
        "zstd -q logs/* --output-dir-flat packed",
        "tar -cf packed/logs.tar logs",
        "tar -czf packed/logs.tgz logs",
        "python3 zip.py",
        "python3 nested.py",
    ];
    for way in ways {
        let packed = workplace.path().join("packed");
        fs::create_dir(&packed).unwrap();
        system(&workplace, way);
        let (run, report) = verify(&workplace, "packed");
        run.exits(0);
        assert_eq!(said(&report), said(&unpacked), "{way}");
        assert_eq!(codes(&report), codes(&unpacked), "{way}");
        assert_eq!(
            report["recorded"]["events"], unpacked["recorded"]["events"],
            "{way}"
        );
        fs::remove_dir_all(packed).unwrap();
    }
}

/// Two gigabytes of zeros in a tar, in two megabytes of gzip: the members of a
/// gzip are one stream, so that little has to be packed.
const BOMB: &str = "\
import gzip, tarfile
def header(name, size):
    made = tarfile.TarInfo(name)
    made.size = size
    return made.tobuf()
after = b'<Event><System/></Event>'
with open('logs/bomb.tgz', 'wb') as bomb:
    bomb.write(gzip.compress(header('zeros', 2 << 30)))
    bomb.write(gzip.compress(bytes(1 << 26)) * 32)
    bomb.write(gzip.compress(header('after', len(after)) + after.ljust(512, b'\\0') + bytes(1024)))
";

/// As much virtual memory as it may take, in kilobytes: less than what would be
/// unpacked.
const MEMORY: &str = "ulimit -v 1800000; exec \"$@\"";

#[test]
fn an_archive_without_end_is_given_up_in_bounded_memory_and_costs_nothing_else() {
    if tool("python3").is_none() {
        return;
    }
    let workplace = Workplace::new();
    collected(&workplace);
    let (_, alone) = verify(&workplace, "logs");
    python(&workplace, BOMB);
    // Threads take virtual memory of their own, however little they use.
    let command = workplace.command(["verify", "logs", "--format", "json", "--threads", "2"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", MEMORY, "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(workplace.path());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let run = workplace.finish(limited);
    run.exits(4);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(said(&report), said(&alone));
    assert_eq!(report["recorded"]["events"], alone["recorded"]["events"]);
    assert_eq!(report["recorded"]["lost"], 1);
    let problems = problems(&report);
    assert!(
        problems
            .iter()
            .any(|problem| problem.starts_with("logs/bomb.tgz")
                && problem.contains("it unpacks to more than ")
                && problem.ends_with("what follows in the file is not read")),
        "{problems:?}"
    );
    assert!(codes(&report).contains(&"data-lost"));
}

/// A zip of which one member is marked as encrypted, as `zip -e` marks it.
const ENCRYPTED: &str = "\
import zipfile
with zipfile.ZipFile('logs/sent.zip', 'w') as packed:
    packed.writestr('secret.evtx', 'x' * 100)
data = bytearray(open('logs/sent.zip', 'rb').read())
for mark, flags in [(b'PK\\x03\\x04', 6), (b'PK\\x01\\x02', 8)]:
    data[data.index(mark) + flags] |= 1
open('logs/sent.zip', 'wb').write(data)
";

#[test]
fn what_is_encrypted_is_refused_by_name() {
    if tool("python3").is_none() {
        return;
    }
    let workplace = Workplace::new();
    collected(&workplace);
    let (_, alone) = verify(&workplace, "logs");
    python(&workplace, ENCRYPTED);
    let (run, report) = verify(&workplace, "logs");
    run.exits(4);
    assert_eq!(said(&report), said(&alone));
    let problems = problems(&report);
    assert!(
        problems
            .iter()
            .any(|problem| problem.starts_with("logs/sent.zip!/secret.evtx")
                && problem.ends_with("it is encrypted; decrypt it first")),
        "{problems:?}"
    );
}

#[test]
fn of_a_file_that_is_cut_off_what_stands_before_the_cut_is_judged() {
    if tool("gzip").is_none() {
        return;
    }
    let workplace = Workplace::new();
    collected(&workplace);
    system(&workplace, "cat logs/* | gzip >all.gz");
    let whole = fs::read(workplace.path().join("all.gz")).unwrap();
    let (run, report) = verify(&workplace, "all.gz");
    run.exits(0);
    let all = said(&report);
    workplace.write("cut.gz", &whole[..whole.len() / 2]);
    let (run, report) = verify(&workplace, "cut.gz");
    run.exits(4);
    let problems = problems(&report);
    assert!(
        problems
            .iter()
            .any(|problem| problem.starts_with("cut.gz at byte ")
                && problem.ends_with("the gzip is cut off")),
        "{problems:?}"
    );
    assert!(codes(&report).contains(&"data-lost"));
    let kept = said(&report);
    let judged = kept.iter().filter(|of| all.contains(of)).count();
    assert!((1..all.len()).contains(&judged), "{judged} as before");
}
