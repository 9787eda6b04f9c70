//! The command line of beaconlab.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The same binary is the sandbox's keeper and the stand-ins: that is found
    // out before anything else, and before there is a second thread.
    if let Some(code) = lab::dispatch() {
        return code;
    }
    cli::main()
}
