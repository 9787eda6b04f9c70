//! `beaconlab fmt`: lays SPL out.

use std::io;
use std::path::Path;

use beaconlab::outcome::SearchExitCode;

use super::args::FmtArgs;
use super::text::print;
use super::{Failure, search, text};

pub(super) fn fmt(args: &FmtArgs) -> SearchExitCode {
    let mut code = SearchExitCode::Rows;
    for path in &args.files {
        // One file that is no SPL keeps no other from being laid out.
        match lay_out(path, args.check) {
            Ok(true) => {}
            Ok(false) => code = code.max(SearchExitCode::None),
            Err(failure) => {
                failure.print();
                code = SearchExitCode::Error;
            }
        }
    }
    code
}

/// Lays a file out, or says whether it is.
fn lay_out(path: &Path, check: bool) -> Result<bool, Failure> {
    let written = text::read(path)?;
    let laid_out = spl::layout(&written)
        .map_err(|error| search::broken(&text::name(path), &written, &error))?;
    if check {
        if laid_out != written {
            print(&format!("{}\n", text::name(path)))?;
            return Ok(false);
        }
    } else if path.as_os_str() == "-" {
        print(&laid_out)?;
    } else if laid_out != written {
        replace(path, &laid_out).map_err(|error| text::unusable(path, &error))?;
    }
    Ok(true)
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
