//! Scenarios made for a test: a folder for `--scenarios` whose one atomic test
//! runs a Python script.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::outside::python;

const GUID: &str = "6f9d1c7e-52a4-4a43-9d0b-2f1c7c0e8b11";

/// Reads a script and writes it as an argument that no shell misreads.
const PACK: &str = "import base64, sys, zlib\n\
    print(base64.b64encode(zlib.compress(sys.stdin.buffer.read(), 9)).decode(), end='')";

/// The command by which cmd.exe runs a script: in one argument, for there is
/// no other way to bring a file into a sandbox.
pub fn command(script: &str) -> String {
    let mut child = Command::new(python().unwrap())
        .args(["-I", "-S", "-c", PACK])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let packed = child.wait_with_output().unwrap();
    assert!(packed.status.success(), "the script cannot be packed");
    let packed = String::from_utf8(packed.stdout).unwrap();
    format!(
        "python.exe -c \"import base64, zlib; exec(zlib.decompress(base64.b64decode('{packed}')))\""
    )
}

/// Writes the folder of a scenario that runs a command of cmd.exe, and expects
/// nothing of it but that it starts Python.
pub fn write(folder: &Path, command: &str) {
    let folder = folder.join("T1583.007");
    let detections = folder.join("detections");
    fs::create_dir_all(&detections).unwrap();
    let put = |path: &Path, text: &str| fs::write(path, text).unwrap();
    put(
        &folder.join("T1583.007.yaml"),
        &format!(
            "attack_technique: T1583.007\n\
             display_name: 'Acquire Infrastructure: Serverless'\n\
             atomic_tests:\n\
             - name: Script of a Test\n\
             \x20 auto_generated_guid: {GUID}\n\
             \x20 description: A script of a test\n\
             \x20 supported_platforms:\n\
             \x20 - windows\n\
             \x20 executor:\n\
             \x20   name: command_prompt\n\
             \x20   elevation_required: false\n\
             \x20   command: |\n\
             \x20     {command}\n"
        ),
    );
    put(
        &folder.join("signals.yaml"),
        &format!(
            "{GUID}:\n\
             \x20 techniques: [T1059.006]\n\
             \x20 telemetry:\n\
             \x20 - event: 1\n\
             \x20   where: {{ Image: '*\\python.exe' }}\n\
             \x20   at_least: 1\n"
        ),
    );
    put(
        &detections.join("none.spl"),
        "index=* EventCode=3 DestinationHostname=\"*.invalid\"\n",
    );
    put(
        &detections.join("none.yaml"),
        "name: Nothing\n\
         description: Matches nothing that a script of a test does\n",
    );
    put(
        &detections.join("none.expected.yaml"),
        &format!("{GUID}:\n- exactly: 0\n"),
    );
}
