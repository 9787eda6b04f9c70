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
        // Where the first command stands that is not evaluated: these files
        // have two such.
        let foreign = ["\n| regex ", "\n| rex "]
            .into_iter()
            .filter_map(|command| text.find(command))
            .min()
            .map(|line| line + "\n| ".len());
        match (Search::parse(&text), foreign) {
            (Ok(_), None) => parsed += 1,
            (Err(error), Some(place)) => {
                assert!(error.is_unsupported(), "{}: {error}", path.display());
                assert_eq!(error.span.start, place, "{}", path.display());
                refused += 1;
            }
            (Ok(_), Some(_)) => panic!("{}: a command was skipped", path.display()),
            (Err(error), None) => panic!("{}: {error} at {:?}", path.display(), error.span),
        }
    }
    eprintln!("{parsed} rules parse, {refused} are refused by name");
    assert!(parsed > 0);
}
