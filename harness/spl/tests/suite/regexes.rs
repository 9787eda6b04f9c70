//! `regex` and `rex`.

use spl::{ErrorKind, Search};

use crate::support::{cells, event, keeps, run, try_run};

/// What `rex` and `table` give for a single event.
fn row<const N: usize>(text: &str, fields: [(&str, &str); N]) -> Vec<String> {
    cells(&run(&format!("* | {text}"), &[event(fields)])).remove(0)
}

#[test]
fn regex_keeps_what_matches_anywhere() {
    let private = r#"* | regex _raw="(?<!\d)10\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d)""#;
    // Search Reference, regex, example 1.
    assert!(keeps(private, &event([("_raw", "from 10.9.8.7 port 1")])));
    assert!(!keeps(private, &event([("_raw", "from 110.9.8.7 port 1")])));
    let address = r#"* | regex email="^([a-z0-9_\.-]+)@([\da-z\.-]+)\.([a-z\.]{2,6})$""#;
    // Search Reference, regex, example 3.
    assert!(keeps(address, &event([("email", "me@example.org")])));
    assert!(!keeps(address, &event([("email", "me@example")])));
    assert!(!keeps(address, &event([("email", "ME@example.org")])));
}

#[test]
fn regex_without_field_reads_the_raw_text() {
    let events = [
        event([("_raw", "b a"), ("a", "c")]),
        event([("_raw", "c"), ("a", "a")]),
    ];
    assert_eq!(cells(&run("* | regex \"a\" | table a", &events)), [["c"]]);
}

#[test]
fn regex_not_equal_keeps_rows_without_the_field() {
    let without = event([("other", "1")]);
    assert!(keeps("* | regex f!=\"x\"", &without));
    assert!(!keeps("* | regex f=\"x\"", &without));
    // `search` differs.
    assert!(!keeps("f!=\"x\"", &without));
    let with = event([("f", "axb")]);
    assert!(!keeps("* | regex f != \"x\"", &with));
    assert!(keeps("* | regex f = \"x\"", &with));
}

#[test]
fn a_multivalue_field_matches_by_one_of_its_values() {
    let several = event([("f", "a"), ("f", "b")]);
    assert!(keeps("* | regex f=\"^b$\"", &several));
    assert!(!keeps("* | regex f=\"a\\nb\"", &several));
    assert!(!keeps("* | regex f!=\"^b$\"", &several));
}

#[test]
fn backslashes_of_patterns() {
    let path = event([("f", r"c:\temp\x")]);
    assert!(keeps(r#"* | regex f="c:\\\\temp\\\\x""#, &path));
    assert!(keeps(r#"* | regex f="\\w:\\W""#, &path));
    assert!(!keeps(r#"* | regex f="\\\\\\\\""#, &path));
    // A pipe with a backslash is a literal one.
    assert!(!keeps(r#"* | regex f="a\|c""#, &path));
    assert!(keeps(r#"* | regex f="a|c""#, &path));
    assert!(keeps(r#"* | regex f="\"""#, &event([("f", "\"")])));
}

#[test]
fn rex_takes_fields_out() {
    // Search Reference, rex, example 3.
    assert_eq!(
        row(
            r#"rex field=savedsearch_id "(?<user>\w+);(?<app>\w+);(?<SavedSearchName>\w+)" | table user app SavedSearchName"#,
            [("savedsearch_id", "bob;search;my_saved_search")]
        ),
        ["bob", "search", "my_saved_search"]
    );
    // Example 1.
    assert_eq!(
        row(
            r#"rex field=_raw "From: <(?<from>.*)> To: <(?<to>.*)>" | table from to"#,
            [("_raw", "From: <Susan@example.com> To: <Bob@example.com> is")]
        ),
        ["Susan@example.com", "Bob@example.com"]
    );
}

#[test]
fn rex_leaves_alone_what_does_not_match() {
    let old = || [("f", "abc"), ("x", "old")];
    assert_eq!(row(r#"rex field=f "(?<x>z)" | table x"#, old()), ["old"]);
    assert_eq!(row(r#"rex field=f "(?<x>b)" | table x"#, old()), ["b"]);
    assert_eq!(
        row(r#"rex field=f "a(?<x>z)?(?<y>b)" | table x y"#, old()),
        ["old", "b"]
    );
    assert_eq!(row(r#"rex field=g "(?<x>.*)" | table x"#, old()), ["old"]);
}

#[test]
fn max_match_makes_multivalue_fields() {
    let digits = || [("f", "a1 b2 c3")];
    let found = |options: &str| {
        row(
            &format!(r#"rex field=f {options} "(?<n>\d)" | table n"#),
            digits(),
        )
        .remove(0)
    };
    assert_eq!(found(""), "1");
    assert_eq!(found("max_match=2"), "1\n2");
    assert_eq!(found("max_match=0"), "1\n2\n3");
    assert_eq!(found("max_match=9"), "1\n2\n3");
}

#[test]
fn offset_field_counts_characters_from_zero() {
    // Search Reference, rex, `offset_field`.
    assert_eq!(
        row(
            r#"rex "(?<tenchars>.{10})" offset_field=place | table tenchars place"#,
            [("_raw", "0123456789abc")]
        ),
        ["0123456789", "tenchars=0-9"]
    );
    assert_eq!(
        row(
            r#"rex "é(?<x>.b)" offset_field=place | table place"#,
            [("_raw", "éab")]
        ),
        ["x=1-2"]
    );
}

#[test]
fn sed_changes_the_field() {
    // Search Reference, rex, example 4.
    assert_eq!(
        row(
            r#"rex field=ccnumber mode=sed "s/(\d{4}-){3}/XXXX-XXXX-XXXX-/g" | table ccnumber"#,
            [("ccnumber", "1234-5678-9012-3456")]
        ),
        ["XXXX-XXXX-XXXX-3456"]
    );
    assert_eq!(
        row(
            r#"rex mode=sed field=f "y/ab/xy/" | table f"#,
            [("f", "aab"), ("f", "b")]
        ),
        ["xxy\ny"]
    );
    assert_eq!(row(r#"rex mode=sed field=g "s/^/x/" | table g"#, []), [""]);
}

#[test]
fn rex_and_regex_refuse_what_they_do_not_know() {
    for (text, place) in [
        ("* | regex a=b", "b"),
        ("* | regex", ""),
        ("* | regex NOT a=\"b\"", "N"),
        ("* | regex a=\"b\" c", "c"),
        ("* | regex a=\"(\"", "\"(\""),
        ("* | rex field=a (?<b>c)", "("),
        ("* | rex \"b\"", "\"b\""),
        ("* | rex", ""),
        ("* | rex max_matches=1 \"(?<a>b)\"", "max_matches"),
        ("* | rex max_match=-1 \"(?<a>b)\"", "-1"),
        ("* | rex mode=awk \"(?<a>b)\"", "awk"),
        ("* | rex mode=sed max_match=2 \"s/a/b/\"", "max_match"),
        ("* | rex \"(?<a>b)\" \"(?<c>d)\"", "\""),
        ("* | rex \"(?<a>b)(?<c>d)\" offset_field=e", "offset_field"),
    ] {
        let error = Search::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
    }
}

#[test]
fn a_limit_of_pcre_is_an_error_and_no_miss() {
    let slow = event([("f", &format!("{}b", "a".repeat(30)))]);
    for text in [
        r#"* | regex f="(a+)+$""#,
        r#"* | regex f!="(a+)+$""#,
        r#"* | rex field=f "(?<x>(a+)+$)""#,
        r#"* | rex field=f mode=sed "s/(a+)+$/x/""#,
    ] {
        let error = try_run(text, std::slice::from_ref(&slow)).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Limit(_)), "{text}: {error}");
        assert!(text[error.span.clone()].contains("(a+)+$"), "{text}");
    }
}
