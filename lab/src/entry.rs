//! The other lives of the lab's one binary: a sandbox's keeper, and the
//! stand-ins, which are the binary under another name.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use crate::{sandbox, stand_in};

/// Runs one of the other lives if the process was started as one; `None` if it
/// is the lab itself. The first thing that `main` calls: the process must
/// still have one thread.
pub fn dispatch() -> Option<ExitCode> {
    let argv: Vec<OsString> = env::args_os().collect();
    let called = argv.first().map(Path::new)?;
    // Windows' separators do not count on this side.
    let name = called.file_name()?.to_string_lossy();
    let name = name.rsplit('\\').next().unwrap_or(&name);
    if stand_in::is_stand_in(name) {
        let directory = env::current_dir().unwrap_or_default();
        return Some(stand_in::run(name, &argv, env::vars_os(), &directory));
    }
    if argv
        .get(1)
        .is_some_and(|argument| argument == sandbox::KEEPER)
    {
        return Some(sandbox::keep());
    }
    None
}
