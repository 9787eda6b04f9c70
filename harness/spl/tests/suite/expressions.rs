//! Expressions of `eval` and `where`: order, types, nulls, functions.

use crate::support::{Made, cells, evaluate, event, keeps, run, try_run};

fn on_nothing(expression: &str) -> Option<String> {
    evaluate(expression, &Made::default())
}

#[test]
fn null_is_neither_true_nor_false() {
    let none = Made::default();
    assert!(!keeps("* | where f!=\"x\"", &none));
    assert!(!keeps("* | where NOT f=\"x\"", &none));
    assert!(!keeps("* | where NOT like(f, \"%\")", &none));
    assert!(!keeps("* | where f=f", &none));
    assert!(keeps("* | where isnull(f)", &none));
    assert!(keeps("* | where isnull(f) OR f=1", &none));
    assert!(keeps("* | where f=1 OR isnull(f)", &none));
    assert!(!keeps("* | where f=1 AND 1=1", &none));
    assert!(keeps("* | where NOT (f=1 AND 1=2)", &none));
    assert!(!keeps("* | where f=1 XOR 1=1", &none));
    assert_eq!(
        on_nothing("if(f=1, \"yes\", \"no\")").as_deref(),
        Some("no")
    );
    assert_eq!(
        on_nothing("if(match(lower(f), \"x\"), 1, 0)").as_deref(),
        Some("0")
    );
    assert_eq!(on_nothing("f+1"), None);
    assert_eq!(on_nothing("f.\"x\""), None);
    assert_eq!(on_nothing("case(f=1, \"a\")"), None);
}

#[test]
fn order_of_the_logical_operators() {
    // NOT, AND, OR, XOR: each pair in an expression that tells them apart.
    let none = Made::default();
    for (text, kept) in [
        ("1=1 OR 1=1 AND 1=2", true),
        ("(1=1 OR 1=1) AND 1=2", false),
        ("1=1 XOR 1=1 OR 1=1", false),
        ("(1=1 XOR 1=1) OR 1=1", true),
        ("NOT 1=2 AND 1=2", false),
        ("NOT (1=2 AND 1=2)", true),
        ("not 1=2 and 1=1", true),
        ("!1=2", true),
    ] {
        assert_eq!(keeps(&format!("* | where {text}"), &none), kept, "{text}");
    }
}

#[test]
fn order_of_arithmetic() {
    for (text, value) in [
        ("1+2*3", "7"),
        ("(1+2)*3", "9"),
        ("10-2-3", "5"),
        ("100/10/2", "5"),
        ("7%4+1", "4"),
        ("-2*3", "-6"),
        ("2--3", "5"),
        ("1+2 . \"x\"", "3x"),
        ("\"a\" . 1 . \"b\"", "a1b"),
        ("10/3", "3.3333333333333335"),
    ] {
        assert_eq!(on_nothing(text).as_deref(), Some(value), "{text}");
    }
    assert_eq!(on_nothing("1/0"), None);
    assert_eq!(on_nothing("1%0"), None);
}

#[test]
fn text_that_looks_like_a_number_is_one() {
    let event = event([("n", "10"), ("s", "abc")]);
    assert!(keeps(
        "* | where n=10 AND n=\"10\" AND n=10.0 AND n>9",
        &event
    ));
    assert!(keeps("* | where s!=10", &event));
    assert!(keeps("* | where s=\"abc\" AND s!=\"ABC\"", &event));
    assert_eq!(evaluate("n+1", &event).as_deref(), Some("11"));
    assert_eq!(evaluate("s+\"d\"", &event).as_deref(), Some("abcd"));
    assert_eq!(evaluate("s+1", &event), None);
    assert_eq!(evaluate("s+n", &event), None);
    assert_eq!(evaluate("\"d\"+n", &event).as_deref(), Some("d10"));
    assert_eq!(evaluate("n+\"d\"+n", &event).as_deref(), Some("10d10"));
    assert_eq!(evaluate("\"d\"+missing", &event), None);
    assert_eq!(evaluate("n . 1", &event).as_deref(), Some("101"));
    assert_eq!(evaluate("\"1\"+\"2\"", &event).as_deref(), Some("12"));
}

#[test]
fn names_and_literals() {
    let event = event([("a.b", "dotted"), ("a", "1"), ("b", "2"), ("x-y", "minus")]);
    assert_eq!(evaluate("'a.b'", &event).as_deref(), Some("dotted"));
    assert_eq!(evaluate("a.b", &event).as_deref(), Some("12"));
    assert_eq!(evaluate("'x-y'", &event).as_deref(), Some("minus"));
    assert_eq!(evaluate("\"a\"", &event).as_deref(), Some("a"));
    assert_eq!(evaluate("1.50", &event).as_deref(), Some("1.50"));
    assert_eq!(
        evaluate(r#""say \"hi\" \d""#, &event).as_deref(),
        Some(r#"say "hi" \d"#)
    );
}

#[test]
fn a_literal_backslash_in_a_pattern_is_four() {
    let event = event([("p", r"C:\Temp\x.exe")]);
    assert!(keeps(r#"* | where match(p, "\\\\Temp\\\\")"#, &event));
    assert!(keeps(
        r#"* | where match(p, "^C:\\\\[^\\\\]+\\\\x\.exe$")"#,
        &event
    ));
    // Two make one, which PCRE takes with the T.
    assert!(try_run(r#"* | where match(p, "Temp\\")"#, &[]).is_err());
    assert!(!keeps(r#"* | where match(p, "\\.Temp")"#, &event));
}

#[test]
fn assignments_run_from_left_to_right() {
    let text = "* | eval a=1, b=a+1, a=b+1, gone=null() | table a b gone";
    let results = crate::support::run(text, &[event([("gone", "x")])]);
    assert_eq!(crate::support::cells(&results), [["3", "2", ""]]);
}

#[test]
fn a_name_can_be_computed() {
    let events = [
        event([("k", "x"), ("v", "1"), ("x", "old")]),
        event([("k", "y"), ("v", "2")]),
        event([("v", "3"), ("x", "kept")]),
    ];
    let results = run(
        "* | eval {k}=v, \"n_{k}_{v}\"=\"z\" | table x y n_x_1 n_y_2 k",
        &events,
    );
    assert_eq!(
        cells(&results),
        [
            ["1", "", "z", "", "x"],
            ["", "2", "", "z", "y"],
            ["kept", "", "", "", ""],
        ]
    );
    // All columns, where none are chosen.
    let results = run("* | eval p_{k}=v", &events[..1]);
    assert_eq!(results.columns().join(" "), "k p_x v x");
    let results = run("* | table k v | eval p_{k}=v", &events[..2]);
    assert_eq!(results.columns().join(" "), "k v p_x p_y");
    // The name of an array is a name.
    let results = run("* | eval 'a{}.b'=1 | table a{}.b", &events[..1]);
    assert_eq!(cells(&results), [["1"]]);
    // What would be replaced without end.
    let error = try_run("* | eval p=\"{p}\", v_{p}=p", &events[..1]).unwrap_err();
    assert_eq!(error.span, 18..23);
    let many: Vec<Made> = (0..2000)
        .map(|n| event([("k", n.to_string().as_str())]))
        .collect();
    let error = try_run("* | eval n_{k}=1", &many).unwrap_err();
    assert!(error.to_string().contains("limit"), "{error}");
}

#[test]
fn like_and_in() {
    let event = event([("ip", "198.51.100.7"), ("n", "404")]);
    assert!(keeps("* | where ip LIKE \"198.%\"", &event));
    assert!(keeps("* | where like(ip, \"%.7\")", &event));
    assert!(!keeps("* | where ip like \"51\"", &event));
    assert!(keeps("* | where n IN (403, 404)", &event));
    assert!(keeps("* | where in(n, \"404\")", &event));
    assert!(!keeps("* | where n in(\"4*\")", &event));
    assert!(!keeps("* | where NOT n IN (404)", &event));
    assert!(!keeps("* | where missing IN (404)", &event));
}

#[test]
fn choices() {
    let event = event([("a", "x"), ("b", "y")]);
    for (text, value) in [
        ("coalesce(none, b, a)", Some("y")),
        ("nullif(a, \"x\")", None),
        ("nullif(a, b)", Some("x")),
        ("case(a=\"y\", 1, b=\"y\", 2, true(), 3)", Some("2")),
        (
            "validate(a=\"x\", \"not x\", b=\"z\", \"not z\")",
            Some("not z"),
        ),
        ("validate(a=\"x\", \"not x\")", None),
        (
            "if(isnotnull(none) OR isnull(none), \"known\", \"not\")",
            Some("known"),
        ),
        ("if(case(a=\"x\", true()), 1, 2)", Some("1")),
        ("tostring(if(a=\"x\", b=\"y\", false()))", Some("True")),
    ] {
        assert_eq!(evaluate(text, &event).as_deref(), value, "{text}");
    }
}

#[test]
fn multivalue_fields() {
    let event = event([("m", "a"), ("m", "b"), ("m", "c"), ("one", "x")]);
    for (text, value) in [
        ("mvcount(m)", Some("3")),
        ("mvcount(one)", Some("1")),
        ("mvcount(none)", None),
        ("mvindex(m, 0)", Some("a")),
        ("mvindex(m, -1)", Some("c")),
        ("mvindex(m, 1, 2)", Some("b\nc")),
        ("mvindex(m, 3)", None),
        ("mvindex(split(\"a,b,c\", \",\"), 1)", Some("b")),
        ("mvcount(split(\"abc\", \",\"))", Some("1")),
        ("mvjoin(m, \"-\")", Some("a-b-c")),
        ("if(match(m, \"^c$\"), 1, 0)", Some("1")),
    ] {
        assert_eq!(evaluate(text, &event).as_deref(), value, "{text}");
    }
    for text in [
        "len(m)",
        "m . \"x\"",
        "if(m!=\"a\", 1, 0)",
        "if(m>1, 1, 0)",
        "m+1",
        "-m",
        "if(isnum(m), 1, 0)",
        "replace(m, \"a\", \"b\")",
    ] {
        let error =
            try_run(&format!("* | eval r={text}"), std::slice::from_ref(&event)).unwrap_err();
        assert!(error.is_unsupported(), "{text}: {error}");
        assert!(error.to_string().contains("multivalue"), "{text}: {error}");
        assert!(error.help.is_some(), "{text}");
    }
}

#[test]
fn one_value_that_is_equal_is_enough() {
    let event = event([("m", "a"), ("m", "2"), ("n", "2.0"), ("o", "b"), ("o", "a")]);
    for (text, kept) in [
        ("m=\"a\"", true),
        ("\"a\"=m", true),
        ("m=\"A\"", false),
        ("m=2", true),
        ("m=n", true),
        ("m=o", true),
        ("NOT m=\"a\"", false),
        ("NOT m=\"x\"", true),
        ("m=missing", false),
        ("NOT m=missing", false),
        ("m IN (\"x\", \"a\")", true),
        ("m IN (\"x\", \"y\")", false),
        ("\"a\" IN (m)", true),
        ("like(m, \"_\")", true),
        ("like(m, \"x%\")", false),
        ("match(m, \"^\\d$\")", true),
    ] {
        assert_eq!(keeps(&format!("* | where {text}"), &event), kept, "{text}");
    }
}

#[test]
fn now_is_what_the_environment_says() {
    assert_eq!(on_nothing("now()").as_deref(), Some("0"));
}

#[test]
fn a_pattern_can_come_from_the_event() {
    let event = event([("text", "abc"), ("re", "^a"), ("bad", "(")]);
    assert!(keeps("* | where match(text, re)", &event));
    let error = try_run("* | where match(text, bad)", &[event]).unwrap_err();
    assert_eq!(error.span, 22..25);
}
