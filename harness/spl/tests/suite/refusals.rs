//! What is not SPL, or not evaluated: refused by name, with its place.

use spl::{Error, ErrorKind, Search};

/// The error of a search, and the text at its place.
fn refused(text: &str) -> (Error, &str) {
    let error = Search::parse(text).expect_err(text);
    let place = text
        .get(error.span.clone())
        .unwrap_or_else(|| panic!("{text}: {:?} is no place", error.span));
    (error, place)
}

#[test]
fn a_misspelt_command_is_suggested() {
    let (error, place) = refused("a=1 | tabel a | head");
    assert_eq!(place, "tabel");
    assert_eq!(
        error.kind,
        ErrorKind::UnknownCommand {
            name: "tabel".to_owned(),
            suggestion: Some("table")
        }
    );
    assert_eq!(error.to_string(), "unknown command `tabel`");
    assert_eq!(error.help.as_deref(), Some("did you mean `table`?"));
    assert!(!error.is_unsupported());
}

#[test]
fn a_misspelt_function_is_suggested() {
    let (error, place) = refused("* | eval a=lowr(b)");
    assert_eq!(place, "lowr");
    assert_eq!(
        error.kind,
        ErrorKind::UnknownFunction {
            name: "lowr".to_owned(),
            suggestion: Some("lower")
        }
    );
    let (error, place) = refused("* | stats cuont(a)");
    assert_eq!(place, "cuont");
    assert_eq!(error.help.as_deref(), Some("did you mean `count`?"));
    let (error, _) = refused("* | eval a=frobnicate(b)");
    assert_eq!(error.help, None);
    for (text, suggestion) in [
        ("mvfiltr(a=1)", "mvfilter"),
        ("strptme(a, b)", "strptime"),
        ("json_extrct(a)", "json_extract"),
        ("isnotnul(a)", "isnotnull"),
        ("colaesce(a, b)", "coalesce"),
    ] {
        let search = format!("* | eval x={text}");
        let (error, _) = refused(&search);
        assert_eq!(
            error.help,
            Some(format!("did you mean `{suggestion}()`?")),
            "{text}"
        );
    }
}

#[test]
fn functions_of_other_languages_are_translated() {
    for (text, way_out) in [
        ("concat(a, b)", "`.`"),
        ("contains(a, \"x\")", "like("),
        ("toLower(a)", "lower("),
        ("substring(a, 1)", "substr("),
        ("nvl(a, b)", "coalesce("),
    ] {
        let search = format!("* | eval x={text}");
        let (error, _) = refused(&search);
        assert!(!error.is_unsupported(), "{text}");
        let help = error.help.expect(text);
        assert!(help.contains(way_out), "{text}: {help}");
    }
}

#[test]
fn a_refused_function_has_a_way_out() {
    let (error, place) = refused("* | eval x=random()");
    assert_eq!(place, "random");
    assert!(error.help.is_some());
}

#[test]
fn arguments_that_cannot_be_right_are_errors() {
    for (text, at) in [
        ("sum(1, 2, \"3\")", "\"3\""),
        ("avg(\"somedata\", 2, 3)", "\"somedata\""),
        ("tonumber(\"seven\")", "\"seven\""),
        ("printf(\"%d\")", "printf(\"%d\")"),
        ("printf(\"%d\", 1, 2)", "printf(\"%d\", 1, 2)"),
        ("printf(\"%n\", 1)", "\"%n\""),
        ("relative_time(now(), \"1x\")", "\"1x\""),
        ("json_extract(a, \"b{\")", "\"b{\""),
        ("json_object(\"a\")", "json_object(\"a\")"),
        (
            "json_set(a, \"b\", 1, \"c\")",
            "json_set(a, \"b\", 1, \"c\")",
        ),
        ("json_array_to_mv(a, 1)", "1"),
        ("mvfilter(a=b)", "a=b"),
        ("mvfilter(1=1)", "1=1"),
        ("mvmap(a.b, 1)", "a.b"),
        ("mvrange(1, 2, \"3x\")", "\"3x\""),
        ("if(searchmatch(\"a=(\"), 1, 2)", "\"a=(\""),
        ("pi(1)", "pi(1)"),
        ("bit_and(1)", "bit_and(1)"),
    ] {
        let search = format!("* | eval x={text}");
        let (error, place) = refused(&search);
        assert_eq!(place, at, "{text}: {error}");
    }
}

#[test]
fn what_splunk_has_and_the_engine_not_is_unsupported() {
    for (text, at, feature) in [
        ("| tstats count where index=*", "tstats", "`tstats`"),
        ("* | eval a=random()", "random", "random()"),
        (
            "* | eval a=lookup(\"t.csv\", json_object(\"b\", c), json_array(\"d\"))",
            "\"t.csv\"",
            "the lookup `t.csv`",
        ),
        ("* | eval a=strftime(_time, \"%x\")", "\"%x\"", "`%x`"),
        ("* | where searchmatch(a)", "searchmatch(a)", "computed"),
        ("* | eval a=printf(b, 1)", "printf(b, 1)", "computed"),
        ("a IN ([search b=2])", "[", "subsearch"),
        ("a=1 OR earliest=-1h", "earliest=-1h", "alternative"),
        ("EARLIEST=-1h OR a=1", "EARLIEST=-1h", "alternative"),
        ("NOT latest=now", "latest", "NOT"),
        ("NOT (a=1 (latest=now b=1))", "latest", "NOT"),
        (
            "* | search (latest=now)",
            "latest=now",
            "after the first command",
        ),
        (
            "* | where searchmatch(\"latest=now\")",
            "\"latest=now\"",
            "after the first command",
        ),
        (
            "* | search latest=now",
            "latest=now",
            "after the first command",
        ),
        ("_index_earliest=-1h", "_index_earliest", "_index_earliest="),
        ("starttime=1 a=1", "starttime", "starttime="),
        ("TERM(a b)", "a b", "major breaker"),
        ("CASE(a b*c)", "a b*c", "`*` inside"),
        ("host=TERM(a)", "TERM", "TERM()"),
        ("\"a b*c\"", "\"a b*c\"", "`*` inside"),
        ("a*=b", "a*", "wildcard in the name"),
        ("a=(1 OR 2)", "(", "group of values"),
        (
            "* | where match(a, \"x\")=1",
            "match(a, \"x\")",
            "comparison of Boolean",
        ),
        ("* | where a=true", "true", "bare word `true`"),
    ] {
        let (error, place) = refused(text);
        assert!(error.is_unsupported(), "{text}: {error}");
        assert_eq!(place, at, "{text}: {error}");
        assert!(error.to_string().contains(feature), "{text}: {error}");
    }
}

#[test]
fn what_stands_in_an_installation_depends_on_it() {
    for (text, at) in [
        ("`sysmon` EventCode=3", "`sysmon`"),
        (
            "a=1 | `drop_dm_object_name(\"Processes\")`",
            "`drop_dm_object_name(\"Processes\")`",
        ),
        ("eventtype=x", "eventtype"),
        ("a=1 tag=web", "tag"),
    ] {
        let (error, place) = refused(text);
        assert!(
            matches!(error.kind, ErrorKind::EnvironmentDependent(_)),
            "{text}: {error}"
        );
        assert!(error.is_unsupported());
        assert_eq!(place, at, "{text}");
    }
}

#[test]
fn types_are_checked_as_splunk_does() {
    for (text, at) in [
        ("* | eval x=match(a, \"b\")", "match(a, \"b\")"),
        ("* | eval x=true()", "true()"),
        ("* | eval x=(a=1)", "(a=1)"),
        (
            "* | eval x=if(a=1, true(), false())",
            "if(a=1, true(), false())",
        ),
        ("* | where a", "a"),
        ("* | head x", "x"),
        ("* | where lower(a)", "lower(a)"),
        ("* | where a=1 AND b", "b"),
        ("* | where NOT a", "a"),
        ("* | eval x=if(a, 1, 2)", "a"),
        ("* | eval x=\"a\"*2", "\"a\"*2"),
        ("* | eval x=-\"a\"", "\"a\""),
        ("* | where 1=\"a\"", "1=\"a\""),
        ("* | eval x=1+\"a\"", "1+\"a\""),
        ("* | eval x=lower(isnull(a))", "isnull(a)"),
    ] {
        let (error, place) = refused(text);
        assert!(matches!(error.kind, ErrorKind::Type(_)), "{text}: {error}");
        assert_eq!(place, at, "{text}: {error}");
    }
}

#[test]
fn what_is_not_spl_is_a_syntax_error_at_its_place() {
    for (text, at) in [
        ("a=", ""),
        ("a=1 |", "|"),
        ("(a=1", ""),
        ("a=1)", ")"),
        ("a=\"b", "\""),
        ("country=IN", "IN"),
        ("a==b", "=b"),
        ("a=1 OR", "OR"),
        ("AND a=1", "AND"),
        ("a IN (1 2)", "2"),
        ("Image=*\\\"x\"y\"", "\""),
        ("a=foo(bar)", "("),
        ("* | where", ""),
        ("* | where a=", ""),
        ("* | where a==1 b", "b"),
        ("* | eval", ""),
        ("* | eval a", ""),
        ("* | eval a=1 b=2", "b"),
        ("* | eval a=1b", "1b"),
        ("* | eval a='b", "'"),
        ("* | eval {a=1", "{a"),
        ("* | eval a=case(b=1)", "case(b=1)"),
        ("* | eval a=case(b=1, 2, 3)", "case(b=1, 2, 3)"),
        ("* | eval a=if(b=1, 2)", "if(b=1, 2)"),
        ("* | eval a=cidrmatch(\"x\", b)", "\"x\""),
        ("* | table", ""),
        ("* | table a | ", "|"),
        ("* | rename a b", "b"),
        ("* | sort", ""),
        ("* | sort foo(a)", "foo"),
        ("* | head 5 6", "6"),
        ("* | stats", ""),
        ("* | stats count(eval(a=1))", "count(eval(a=1))"),
        ("* | stats count by a*", "a*"),
        ("| where a=1", "where"),
        ("* | =5", "="),
        ("```never closed", "```"),
    ] {
        let (error, place) = refused(text);
        assert!(
            matches!(error.kind, ErrorKind::Syntax(_)),
            "{text}: {error}"
        );
        assert_eq!(place, at, "{text}: {error}");
        assert!(!error.is_unsupported());
    }
}

#[test]
fn a_pattern_that_does_not_compile_has_its_place() {
    let (error, place) = refused("* | where match(a, \"x(\") | table b");
    assert!(matches!(error.kind, ErrorKind::Regex(_)));
    assert_eq!(place, "\"x(\"");
}

#[test]
fn the_first_error_in_the_text_counts() {
    let (_, place) = refused("a=1 | evall b=1 | tabel c | frob d");
    assert_eq!(place, "evall");
}

#[test]
fn deep_nesting_is_an_error() {
    for text in [
        format!("{}a=1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("{} a=1", "NOT ".repeat(100_000)),
        format!(
            "* | where {}a=1{}",
            "(".repeat(100_000),
            ")".repeat(100_000)
        ),
        format!("* | where {} a=1", "NOT ".repeat(100_000)),
        format!("* | eval a={}1", "- ".repeat(100_000)),
        format!(
            "* | eval a={}b{}",
            "lower(".repeat(100_000),
            ")".repeat(100_000)
        ),
        format!("* | eval a=1{}", "+b".repeat(100_000)),
        format!("* | where a=1{}", " XOR a=1".repeat(100_000)),
    ] {
        let error = Search::parse(&text).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Limit(_)), "{error}");
    }
}

#[test]
fn long_and_flat_is_fine() {
    for text in [
        format!("a=1{}", " OR a=1".repeat(5_000)),
        format!("a=1{}", " a=1".repeat(5_000)),
        format!("* | where a=1{}", " OR a=1".repeat(5_000)),
        format!("* | where a=1{}", " AND a=1".repeat(5_000)),
        format!("* | eval a=1{}", ". b".repeat(5_000)),
    ] {
        assert!(Search::parse(&text).is_ok());
    }
}
