//! What Sigma's regression data promise, and which texts are no SPL.

use spl::Search;

use crate::{
    data,
    differential::{by_splunk, indexed},
    event::{Entities, Recorded},
};

/// Rules that pySigma did not write as SPL, with the text at which that shows,
/// and why.
///
/// A regular expression in an OR makes pySigma take conditions apart: it leaves
/// the first one in the base search and begins the last command with the OR
/// that stood after it (issue 74 of pySigma-backend-splunk). `search` takes no
/// OR with nothing before it, and the base search has lost the other half of
/// its OR: no reading of the text is the rule.
const NO_SPL: [(&str, &str); 7] = [
    (
        "process_creation__proc_creation_win_csc_susp_parent",
        r#"OR OriginalFileName="csc.exe""#,
    ),
    (
        "process_creation__proc_creation_win_curl_cookie_hijacking",
        r#"OR OriginalFileName="curl.exe""#,
    ),
    (
        "process_creation__proc_creation_win_curl_custom_user_agent",
        r#"OR OriginalFileName="curl.exe""#,
    ),
    (
        "process_creation__proc_creation_win_curl_upload_file_sharing_websites",
        r#"OR OriginalFileName="curl.exe""#,
    ),
    (
        "process_creation__proc_creation_win_hktl_wsass",
        r#"OR Hashes="*IMPHASH="#,
    ),
    (
        "process_creation__proc_creation_win_susp_lnk_exec_hidden_cmd",
        r#"OR ParentCommandLine="*.lnk*""#,
    ),
    (
        "process_creation__proc_creation_win_wget_download_direct_ip",
        r#"OR OriginalFileName="wget.exe""#,
    ),
];

/// All texts are searches, but for those listed, which are refused at the place
/// where they are none, and correlations with `multisearch`, which is refused
/// by name. That they run without an error is seen where they run over all
/// events.
#[test]
fn every_rule_is_a_search_or_refused_where_it_is_none() {
    let Some(rules) = data::rules() else {
        return;
    };
    let (mut searches, mut listed, mut correlations) = (0, 0, 0);
    for rule in rules {
        let refused = Search::parse(&rule.spl).err();
        let place = NO_SPL.iter().find(|(name, _)| *name == rule.name);
        let multisearch = rule.spl.find("multisearch");
        match (refused, place, multisearch) {
            (None, None, None) => searches += 1,
            (Some(error), Some((_, text)), None) => {
                assert!(!error.is_unsupported(), "{}: {error}", rule.name);
                assert!(
                    rule.spl[error.span.start..].starts_with(text),
                    "{}: {error} at {:?}",
                    rule.name,
                    error.span
                );
                listed += 1;
            }
            (Some(error), None, Some(multisearch)) => {
                assert!(error.is_unsupported(), "{}: {error}", rule.name);
                assert_eq!(error.span.start, multisearch, "{}", rule.name);
                correlations += 1;
            }
            (Some(error), ..) => panic!("{}: {error} at {:?}", rule.name, error.span),
            (None, ..) => panic!("{}: what is no search was taken for one", rule.name),
        }
    }
    eprintln!("{searches} searches, {listed} that are none, {correlations} with multisearch");
    assert_eq!(listed, NO_SPL.len());
    assert!(searches > 800);
}

/// How many of the promised rows each search gives, of those that are searches.
/// A rule that is no SPL cannot keep its promise: such are counted.
pub fn kept_promises(spl: impl Fn(&data::Rule) -> Option<Search>) -> Option<(usize, Vec<String>)> {
    let (rules, events, expectations) = (data::rules()?, data::events()?, data::expectations()?);
    let mut kept = 0;
    let mut broken = Vec::new();
    for expectation in &expectations {
        let rule = rules
            .iter()
            .find(|rule| rule.name == expectation.rule)
            .unwrap();
        let Some(search) = spl(rule) else {
            broken.push(format!("{}: no search", rule.name));
            continue;
        };
        let is_of = |event: &Recorded| event.file == expectation.file;
        let start = events.iter().position(is_of).unwrap();
        let length = events[start..]
            .iter()
            .take_while(|event| is_of(event))
            .count();
        let events = &events[start..start + length];
        let rows = by_splunk(&search, &indexed(events, Entities::Kept)).len();
        if rows >= expectation.at_least {
            kept += 1;
        } else {
            broken.push(format!("{}: {rows} of {}", rule.name, expectation.at_least));
        }
    }
    Some((kept, broken))
}

#[test]
fn every_rule_finds_what_the_regression_data_promise() {
    let Some((kept, broken)) = kept_promises(|rule| Search::parse(&rule.spl).ok()) else {
        return;
    };
    eprintln!("{kept} promises kept");
    assert!(kept > 80);
    for broken in broken {
        let rule = broken.strip_suffix(": no search").unwrap_or(&broken);
        assert!(NO_SPL.iter().any(|(name, _)| *name == rule), "{broken}");
    }
}
