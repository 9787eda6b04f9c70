//! `beaconlab fmt`: lays SPL out.

use std::io::{self, Read as _};
use std::path::Path;

use beaconlab::outcome::SearchExitCode;

use super::args::FmtArgs;
use super::run::print;
use super::{Done, Failure, search};

pub(super) fn fmt(args: &FmtArgs) -> Done {
    let mut different = false;
    for path in &args.files {
        let unusable = |error: &dyn std::fmt::Display| {
            Failure::new(
                SearchExitCode::Error,
                format!("{}: {error}", path.display()),
            )
        };
        let piped = path.as_os_str() == "-";
        let mut text = String::new();
        if piped {
            io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| unusable(&error))?;
        } else {
            text = std::fs::read_to_string(path).map_err(|error| unusable(&error))?;
        }
        let laid_out = spl::layout(&text)
            .map_err(|error| search::broken(&path.display().to_string(), &text, &error))?;
        if args.check {
            if laid_out != text {
                different = true;
                print(&format!("{}\n", path.display()))?;
            }
        } else if piped {
            print(&laid_out)?;
        } else if laid_out != text {
            replace(path, &laid_out).map_err(|error| unusable(&error))?;
        }
    }
    Ok(if different {
        SearchExitCode::None
    } else {
        SearchExitCode::Rows
    }
    .into())
}

/// Writes beside the file and puts that in its place, so that no half of it is
/// ever there. A link stays one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::set_permissions(&beside, std::fs::metadata(&path)?.permissions()))
        .and_then(|()| std::fs::rename(&beside, &path))
        .inspect_err(|_| {
            // The first error is the one to tell.
            let _ = std::fs::remove_file(&beside);
        })
}
