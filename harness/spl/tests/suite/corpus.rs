//! Sigma rules as SPL, in the form in which pySigma's Splunk backend writes
//! them: what uses evaluated commands parses, and the rest is refused by name.

use std::{fs, path::PathBuf};

use spl::Search;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/sigma/spl")
}

#[test]
fn every_rule_parses_or_is_refused_by_name() {
    let Ok(entries) = fs::read_dir(folder()) else {
        eprintln!("skipped: {} not present", folder().display());
        return;
    };
    let mut parsed = 0;
    let mut refused = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        // The only commands of these files that are not evaluated.
        let foreign = ["| regex ", "| rex "]
            .into_iter()
            .find(|command| text.contains(&format!("\n{command}")));
        match (Search::parse(&text), foreign) {
            (Ok(_), None) => parsed += 1,
            (Err(error), Some(command)) => {
                assert!(error.is_unsupported(), "{}: {error}", path.display());
                let place = text.find(&format!("\n{command}")).unwrap() + 3;
                assert_eq!(error.span.start, place, "{}", path.display());
                refused += 1;
            }
            (Ok(_), Some(command)) => panic!("{}: {command} was skipped", path.display()),
            (Err(error), None) => panic!("{}: {error} at {:?}", path.display(), error.span),
        }
    }
    eprintln!("{parsed} rules parse, {refused} are refused by name");
    assert!(parsed > 0);
}
