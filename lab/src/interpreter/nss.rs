//! An NSS database that trusts the lab's certificate authority and nothing
//! else, as NSS' own `certutil` makes it. Chromium looks for it in
//! `$HOME/.pki/nssdb`.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::Written;

/// The files of a database, with their places in the sandbox.
///
/// It is made in a directory of its own, with an environment of its own: the
/// databases of whoever runs the lab are not touched.
///
/// # Errors
/// If `certutil` fails, or a file cannot be written or read.
pub fn database(certutil: &Path, authority_pem: &str) -> io::Result<Vec<Written>> {
    let directory = tempfile::tempdir()?;
    let certificate = directory.path().join("authority.pem");
    fs::write(&certificate, authority_pem)?;
    let database = directory.path().join("nssdb");
    fs::create_dir(&database)?;
    let name = format!("sql:{}", database.display());
    let certificate = certificate.display().to_string();
    let run = |arguments: &[&str]| -> io::Result<()> {
        let output = Command::new(certutil)
            .args(arguments)
            .env_clear()
            .env("HOME", directory.path())
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("certutil: {}", said.trim())))
    };
    run(&["-N", "--empty-password", "-d", &name])?;
    run(&[
        "-A",
        "-d",
        &name,
        "-n",
        "beaconlab",
        "-t",
        "C,,",
        "-i",
        &certificate,
    ])?;
    // What is left out is made by NSS: it holds no certificates, but the name
    // of the directory.
    ["cert9.db", "key4.db"]
        .into_iter()
        .map(|file| {
            Ok(Written {
                place: Path::new(PLACE).join(file),
                content: fs::read(database.join(file))?,
            })
        })
        .collect()
}

/// Where Chromium looks for it: in the home directory of the sandbox's user.
const PLACE: &str = "/c/Users/analyst/.pki/nssdb";
