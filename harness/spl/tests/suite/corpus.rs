//! Sigma rules as SPL, in the form in which pySigma's Splunk backend writes
//! them: all parse, save those that use `multisearch`, which is refused by name,
//! and those that are no SPL.

use std::{fs, path::PathBuf};

use spl::Search;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/sigma/spl")
}

#[test]
fn every_rule_parses() {
    let Ok(entries) = fs::read_dir(folder()) else {
        eprintln!("skipped: {} not present", folder().display());
        return;
    };
    let mut parsed = 0;
    let mut rejected = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        // The one command of such rules that is not evaluated; and a search
        // that begins with OR, which Splunk does not parse either (issue 74 of
        // pySigma-backend-splunk).
        let multisearch = text.find("| multisearch ").map(|pipe| pipe + "| ".len());
        let or = text
            .find("\n| search OR ")
            .map(|line| line + "\n| search ".len());
        match (Search::parse(&text), multisearch.or(or)) {
            (Ok(_), None) => parsed += 1,
            (Err(error), Some(place)) => {
                assert_eq!(error.span.start, place, "{}: {error}", path.display());
                assert_eq!(error.is_unsupported(), multisearch.is_some());
                rejected += 1;
            }
            (Ok(_), Some(_)) => panic!("{}: a command was skipped", path.display()),
            (Err(error), None) => panic!("{}: {error} at {:?}", path.display(), error.span),
        }
    }
    eprintln!("{parsed} rules parse, {rejected} are no SPL or use what is refused by name");
    assert!(parsed > 0);
}
