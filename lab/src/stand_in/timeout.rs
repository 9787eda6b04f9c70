//! The stand-in for timeout.exe: waits for some seconds.
//!
//! Unlike the real one it does not mind where its input comes from, and no key
//! ends the wait.

use std::time::Duration;

use super::Stop;
use super::refusal::Refusal;
use super::system::System;

/// The longest wait that timeout.exe takes, in seconds.
const LONGEST: u64 = 99_999;

/// Runs timeout.exe with these arguments (without the program itself) and
/// returns its exit code.
pub(super) fn run(arguments: &[String], system: &mut System<'_>) -> Result<i32, Stop> {
    let seconds = parse(arguments)?;
    write!(
        system.stdout,
        "\r\nWaiting for {seconds} seconds, press a key to continue ...\r\n"
    )?;
    system.stdout.flush()?;
    system.clock.sleep(Duration::from_secs(seconds));
    Ok(0)
}

/// The seconds that `/t N` or `N` alone gives.
fn parse(arguments: &[String]) -> Result<u64, Refusal> {
    let mut seconds = None;
    for argument in arguments {
        match argument.to_ascii_lowercase().as_str() {
            "/nobreak" | "-nobreak" | "/t" | "-t" => {}
            number => {
                let number = number
                    .parse()
                    .ok()
                    .filter(|&number| number <= LONGEST && seconds.is_none());
                let number =
                    number.ok_or_else(|| Refusal::of(format!("timeout.exe with `{argument}`")))?;
                seconds = Some(number);
            }
        }
    }
    seconds.ok_or_else(|| Refusal::of("timeout.exe without a number of seconds"))
}
