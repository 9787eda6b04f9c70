//! `lookup` and `inputlookup`.

use std::{fmt::Write as _, sync::Arc, time::Instant};

use spl::{Environment, Error, ErrorKind, Knowledge, Results, Search};

use crate::support::{Made, cells, event};

fn looked_up(expression: &str) -> String {
    let text = format!("* | eval r={expression} | table r");
    let results = try_run(&text, &[event([("user", "ann"), ("host", "a.dev")])]).unwrap();
    cells(&results)[0][0].clone()
}

#[test]
fn a_lookup_as_a_function_gives_an_object() {
    // Search Reference, Comparison and Conditional functions, lookup().
    for (arguments, expected) in [
        (
            r#""usertogroup.csv", json_object("user", user), json_array("group")"#,
            r#"{"group":["admins","users"]}"#,
        ),
        (
            r#""groups", json_object("user", upper(user)), json_array("note", "group")"#,
            r#"{"note":"a, \"b\"","group":"admins"}"#,
        ),
        (
            r#""usertogroup.csv", json_object("user", user, "group", "users"), json_array("note")"#,
            r#"{"note":"x"}"#,
        ),
        (
            r#""names", json_object("name", host), json_array("kind")"#,
            r#"{"kind":"dev"}"#,
        ),
        (
            r#""default_group", json_object("user", "eve"), json_array("group")"#,
            r#"{"group":"nobody"}"#,
        ),
        (
            r#""groups", json_object("user", "eve"), json_array("group")"#,
            "",
        ),
        (
            r#""groups", json_object("user", none), json_array("group")"#,
            "",
        ),
        (
            r#""groups", json_object("user", "bob"), json_array("note")"#,
            "",
        ),
    ] {
        assert_eq!(
            looked_up(&format!("lookup({arguments})")),
            expected,
            "{arguments}"
        );
    }
    for (arguments, at) in [
        (
            r#"user, json_object("user", user), json_array("group")"#,
            "lookup",
        ),
        (r#""groups", json_object("user", user), "group""#, "lookup"),
        (r#""groups", json_object(), json_array("group")"#, "lookup"),
        (
            r#""groups", json_object("user", user), json_array(group)"#,
            "group",
        ),
        (
            r#""group", json_object("user", user), json_array("group")"#,
            "\"group\"",
        ),
        (
            r#""groups", json_object("usr", user), json_array("group")"#,
            "\"usr\"",
        ),
    ] {
        let text = format!("* | eval r=lookup({arguments})");
        let error = try_run(&text, &[]).unwrap_err();
        assert!(text[error.span.clone()].starts_with(at), "{text}: {error}");
    }
}

fn knowledge() -> Knowledge {
    let mut knowledge = Knowledge::default();
    for (file, text) in [
        (
            "usertogroup.csv",
            "\u{feff}user,group,note\r\nann,admins,\"a, \"\"b\"\"\"\r\nbob,users,\r\nann,users,x\r\n",
        ),
        (
            "names.csv",
            "name,kind\n*.workers.dev,cloudflare\n*.DEV,dev\nx.workers.dev,exact\n",
        ),
        (
            "nets.csv",
            "net,site\n10.0.0.0/8,all\n10.1.0.0/16,lab\n2001:db8::/32,six\n",
        ),
        ("two.csv", "a,b,c\n1,2,x\n12,,y\n1,3,z\n"),
    ] {
        knowledge.add_lookup_file(file, text.as_bytes()).unwrap();
    }
    knowledge
        .add_transforms(
            "[groups]\nfilename = lookups/usertogroup.csv\nmax_matches = 1\n\
             case_sensitive_match = false\n\
             [names]\nfilename = names.csv\nmatch_type = WILDCARD(name)\n\
             case_sensitive_match = 0\n\
             [names_case]\nfilename = names.csv\nmatch_type = WILDCARD(name)\n\
             [nets]\nfilename = nets.csv\nmatch_type = CIDR(net), EXACT(site)\n\
             [default_group]\nfilename = usertogroup.csv\nmin_matches = 1\n\
             default_match = nobody\n\
             [gone]\nfilename = gone.csv\n\
             [timed]\nfilename = two.csv\ntime_field = a\n\
             [kv]\nexternal_type = kvstore\ncollection = x\n\
             [an_extraction]\nREGEX = (a)\nFORMAT = b::$1\n",
        )
        .unwrap();
    knowledge
}

fn try_run(text: &str, events: &[Made]) -> Result<Results<'static>, Error> {
    Search::parse_with(text, &Arc::new(knowledge()))?
        .run(events, &Environment::at_epoch())
        .map(Results::into_owned)
}

fn rows(text: &str, events: &[Made]) -> Vec<Vec<String>> {
    cells(&try_run(text, events).unwrap_or_else(|error| panic!("{text}: {error}")))
}

/// The cells of what a search makes of one event.
fn row<const N: usize>(text: &str, fields: [(&str, &str); N]) -> Vec<String> {
    rows(&format!("* | {text}"), &[event(fields)]).remove(0)
}

#[test]
fn a_lookup_adds_fields() {
    // Search Reference, lookup, example 1: `AS` names the field of the event.
    assert_eq!(
        row(
            "lookup usertogroup user AS local_user OUTPUT group AS user_group \
             | table local_user user_group",
            [("local_user", "bob")]
        ),
        ["bob", "users"]
    );
    // A file name does, too, and quotation marks and commas change nothing.
    assert_eq!(
        row(
            r#"lookup local=true update=f "usertogroup.csv" "user" OUTPUT "group", note | table group note"#,
            [("user", "bob")]
        ),
        ["users", ""]
    );
}

#[test]
fn several_rows_make_multivalue_fields() {
    assert_eq!(
        row(
            "lookup usertogroup user OUTPUT group note | table group note",
            [("user", "ann")]
        ),
        ["admins\nusers", "a, \"b\"\nx"]
    );
    // Of a definition with `max_matches = 1` the first row of the file.
    assert_eq!(
        row(
            "lookup groups user OUTPUT group | table group",
            [("user", "ann")]
        ),
        ["admins"]
    );
}

#[test]
fn without_output_all_other_columns_are_copied() {
    assert_eq!(
        rows(
            "* | table user | lookup groups user",
            &[event([("user", "bob"), ("group", "old")])]
        ),
        [["bob", "users", ""]]
    );
}

#[test]
fn output_overwrites_and_clears() {
    let with = |user: &str, clause: &str| {
        row(
            &format!("lookup usertogroup user {clause} group | table group"),
            [("user", user), ("group", "old")],
        )
        .remove(0)
    };
    assert_eq!(with("bob", "OUTPUT"), "users");
    assert_eq!(with("carl", "OUTPUT"), "");
    assert_eq!(with("bob", "OUTPUTNEW"), "old");
    assert_eq!(with("carl", "OUTPUTNEW"), "old");
    // Without the field to match, nothing is looked up.
    assert_eq!(
        row(
            "lookup usertogroup user OUTPUT group | table group",
            [("group", "old")]
        ),
        ["old"]
    );
    assert_eq!(
        row(
            "lookup usertogroup user OUTPUTNEW group | table group",
            [("user", "bob")]
        ),
        ["users"]
    );
}

#[test]
fn case_matters_unless_the_definition_says_otherwise() {
    let group = |lookup: &str| {
        row(
            &format!("lookup {lookup} user OUTPUT group | table group"),
            [("user", "BOB")],
        )
        .remove(0)
    };
    assert_eq!(group("usertogroup.csv"), "");
    assert_eq!(group("groups"), "users");
}

#[test]
fn cells_can_be_wildcards_and_subnets() {
    let kind = |lookup: &str, name: &str| {
        row(
            &format!("lookup {lookup} name AS host OUTPUT kind | table kind"),
            [("host", name)],
        )
        .remove(0)
    };
    assert_eq!(kind("names", "X.workers.dev"), "cloudflare\ndev\nexact");
    assert_eq!(kind("names_case", "x.workers.dev"), "cloudflare\nexact");
    assert_eq!(kind("names_case", "x.workers.DEV"), "dev");
    assert_eq!(kind("names", "workers.example"), "");
    // A file that is called by its own name matches exactly.
    assert_eq!(kind("names.csv", "x.workers.dev"), "exact");
    let site = |address: &str| {
        row(
            "lookup nets net AS ip OUTPUT site | table site",
            [("ip", address)],
        )
        .remove(0)
    };
    assert_eq!(site("10.1.2.3"), "all\nlab");
    assert_eq!(site("10.2.2.3"), "all");
    assert_eq!(site("11.1.2.3"), "");
    assert_eq!(site("2001:db8::1"), "six");
}

#[test]
fn several_fields_match_together() {
    let c = |a: &str, b: &str| {
        row("lookup two a, b OUTPUT c | table c", [("a", a), ("b", b)]).remove(0)
    };
    assert_eq!(c("1", "2"), "x");
    assert_eq!(c("1", "3"), "z");
    assert_eq!(c("12", ""), "");
    assert_eq!(c("1", "23"), "");
    assert_eq!(c("2", "1"), "");
    assert_eq!(
        row(
            "lookup nets net AS ip site OUTPUT net AS found | table found",
            [("ip", "10.1.1.1"), ("site", "lab")]
        ),
        ["10.1.0.0/16"]
    );
}

#[test]
fn each_value_of_a_multivalue_field_is_looked_up() {
    assert_eq!(
        row(
            "lookup groups user OUTPUT group | table group",
            [("user", "bob"), ("user", "carl"), ("user", "ann")]
        ),
        ["users\nadmins"]
    );
}

#[test]
fn a_default_is_given_where_too_few_rows_match() {
    let group = |user: &str| {
        row(
            "lookup default_group user OUTPUT group | table group",
            [("user", user)],
        )
        .remove(0)
    };
    assert_eq!(group("bob"), "users");
    assert_eq!(group("carl"), "nobody");
}

#[test]
fn what_is_missing_is_said_with_its_place() {
    for (text, place, says) in [
        ("* | lookup nothing user", "nothing", "nothing.csv"),
        ("* | lookup group user", "group", "groups"),
        ("* | lookup gone user", "gone", "--lookups"),
        ("* | lookup groups usr OUTPUT group", "usr", "user"),
        (
            "* | lookup groups user OUTPUT color",
            "color",
            "user, group, note",
        ),
        ("| inputlookup nothing.csv", "nothing.csv", "nothing.csv"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::EnvironmentDependent(_)),
            "{text}: {error}"
        );
        assert_eq!(&text[error.span.clone()], place, "{text}");
        assert!(
            error.help.clone().unwrap().contains(says),
            "{text}: {error:?}"
        );
    }
    for (text, place) in [
        ("* | lookup timed a", "timed"),
        ("* | lookup kv a", "kv"),
        ("| inputlookup groups where earliest=-1h", "earliest=-1h"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Unsupported(_)),
            "{text}: {error}"
        );
        assert_eq!(&text[error.span.clone()], place, "{text}");
    }
    for (text, place) in [
        ("* | lookup groups", ""),
        ("* | lookup groups OUTPUT group", "O"),
        ("* | lookup groups user OUTPUT", ""),
        ("* | lookup remote=true groups user", "remote"),
        ("* | lookup local=maybe groups user", "maybe"),
        ("* | lookup", ""),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Syntax(_)),
            "{text}: {error}"
        );
        assert_eq!(&text[error.span.clone()], place, "{text}");
    }
}

#[test]
fn what_writes_is_refused_with_the_reason() {
    let text = "* | outputlookup groups | head";
    let error = try_run(text, &[]).unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(&text[error.span.clone()], "outputlookup");
    assert!(
        error.to_string().contains("writes outside the search"),
        "{error}"
    );
}

#[test]
fn many_values_over_a_long_table_of_wildcards_are_found_once_each() {
    let mut text = "name,n\n".to_owned();
    for n in 0..10_000 {
        writeln!(text, "*.{n}.example,{n}").unwrap();
    }
    let mut knowledge = Knowledge::default();
    knowledge
        .add_lookup_file("long.csv", text.as_bytes())
        .unwrap();
    knowledge
        .add_transforms("[long]\nfilename=long.csv\nmatch_type=WILDCARD(name)")
        .unwrap();
    let events: Vec<Made> = (0..20_000)
        .map(|n| event([("host", &format!("www.{}.example", n % 50))]))
        .collect();
    let search = Search::parse_with(
        "* | lookup long name AS host OUTPUT n | stats dc(n) count(n)",
        &Arc::new(knowledge),
    )
    .unwrap();
    let started = Instant::now();
    let results = search.run(&events, &Environment::at_epoch()).unwrap();
    assert_eq!(cells(&results), [["50", "20000"]]);
    // Without a memory these are 200 million comparisons.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn inputlookup_gives_the_rows_of_a_table() {
    assert_eq!(
        rows("| inputlookup usertogroup.csv", &[]),
        [
            ["ann", "admins", "a, \"b\""],
            ["bob", "users", ""],
            ["ann", "users", "x"]
        ]
    );
    assert_eq!(
        rows("| inputlookup start=1 max=1 groups", &[]),
        [["bob", "users", ""]]
    );
    // `where` is an expression of `search`: it does not mind case.
    assert_eq!(
        rows(
            "| inputlookup groups where user=A* note=* group!=ADMINS",
            &[]
        ),
        [["ann", "users", "x"]]
    );
    assert_eq!(
        rows(
            "| inputlookup groups | where isnull(note) | table user",
            &[]
        ),
        [["bob"]]
    );
}

#[test]
fn inputlookup_appends_where_it_is_told_to() {
    let events = [event([("user", "zoe"), ("group", "g")])];
    assert_eq!(
        rows(
            "* | table user | inputlookup append=t groups where user=bob",
            &events
        ),
        [["zoe", "", ""], ["bob", "users", ""]]
    );
    let text = "* | inputlookup groups";
    let error = try_run(text, &events).unwrap_err();
    assert_eq!(&text[error.span.clone()], "inputlookup");
    assert!(try_run("* | append [ | inputlookup groups ]", &events).is_ok());
}

#[test]
fn files_that_splunk_does_not_read_are_refused_with_their_line() {
    for (bytes, line, says) in [
        (&b""[..], 1, "no header"),
        (b"a,b\n1,2\n1,2,3\n", 3, "3 fields"),
        (b"a,b\n1\n", 2, "1 field"),
        (b"a,a\n1,2\n", 1, "two columns"),
        (b"a,,b\n", 1, "column 2"),
        (b"a,b\r1,2\r", 1, "carriage return"),
        (b"a,b\n\n\"x\ny\",2\n1,\xff\n", 5, "not UTF-8"),
        (b"a,__mv_a\n1,$1$;$2$\n", 2, "multivalue"),
    ] {
        let error = Knowledge::default()
            .add_lookup_file("x.csv", bytes)
            .unwrap_err();
        assert_eq!(
            (error.line, error.file.as_str()),
            (line, "x.csv"),
            "{error}"
        );
        assert!(error.to_string().contains(says), "{error}");
    }
    let long = format!("a,{}\n", "b".repeat(4095));
    assert!(
        Knowledge::default()
            .add_lookup_file("x.csv", long.as_bytes())
            .is_err()
    );
}

#[test]
fn settings_that_take_no_such_value_are_refused_with_their_line() {
    for text in [
        "\n[a]\nfilename=x\nmax_matches=0",
        "\n[a]\nfilename=x\nmax_matches=1001",
        "\n[a]\nfilename=x\nmin_matches=some",
        "\n[a]\nfilename=x\ncase_sensitive_match=maybe",
        "\n[a]\nfilename=x\nmatch_type=FUZZY(a)",
        "\n[a]\nfilename=x\nmatch_type=WILDCARD",
        "\n[a]\nfilename=x\nnothing",
    ] {
        let error = Knowledge::default().add_transforms(text).unwrap_err();
        assert_eq!(error.line, 4, "{text}: {error}");
    }
    // Settings of `[default]` hold for all stanzas.
    let mut knowledge = knowledge();
    knowledge
        .add_transforms("[default]\ncase_sensitive_match=false\n[g]\nfilename=usertogroup.csv")
        .unwrap();
    let search =
        Search::parse_with("* | lookup g user | table group", &Arc::new(knowledge)).unwrap();
    let events = [event([("user", "BOB")])];
    let results = search.run(&events, &Environment::at_epoch()).unwrap();
    assert_eq!(cells(&results), [["users"]]);
}

proptest::proptest! {
    #[test]
    fn any_file_and_any_settings_are_answered(
        bytes in proptest::collection::vec(
            proptest::sample::select(b"ab,\"\r\n\xff*".to_vec()), 0..40),
        text in "(\\[a\\]|\n|=|filename|x|max_matches|match_type|WILDCARD\\(|\\)|,|1){0,20}",
    ) {
        let mut knowledge = Knowledge::default();
        let _ = knowledge.add_lookup_file("x", &bytes);
        let _ = knowledge.add_transforms(&text);
        if let Ok(search) = Search::parse_with("| inputlookup a", &Arc::new(knowledge)) {
            let _ = search.run::<Made>(&[], &Environment::at_epoch());
        }
    }
}
