//! Functions that choose, tell kinds apart and convert.

use super::check;
use crate::support::{evaluate, event, keeps};

/// Search Reference, "Comparison and Conditional functions".
#[test]
fn conditional() {
    let made = event([("_raw", "x=hi y=bye"), ("x", "hi"), ("y", "bye")]);
    let matched = |search: &str| {
        evaluate(
            &format!("if(searchmatch(\"{search}\"), \"yes\", \"no\")"),
            &made,
        )
    };
    assert_eq!(matched("x=hi y=*").as_deref(), Some("yes"));
    assert_eq!(matched("x=hi z=*").as_deref(), Some("no"));
    // As `search` has it: case does not matter, and OR is tighter than AND.
    assert_eq!(matched("x=HI").as_deref(), Some("yes"));
    assert_eq!(matched("x=no x=hi OR y=bye").as_deref(), Some("no"));
    assert_eq!(matched("bye").as_deref(), Some("yes"));
    assert!(keeps(
        "* | where \"203.0.113.255\" in(a, b)",
        &event([("b", "203.0.113.255")])
    ));
    assert!(!keeps(
        "* | where \"203.0.113.25\" in(a, b)",
        &event([("b", "203.0.113.255")])
    ));
    let port = |port: &str| {
        evaluate(
            "validate(isint(port), \"ERROR: Port is not an integer\", \
             port >= 1 AND port <= 65535, \"ERROR: Port is out of range\")",
            &event([("port", port)]),
        )
    };
    assert_eq!(port("80"), None);
    assert_eq!(
        port("http").as_deref(),
        Some("ERROR: Port is not an integer")
    );
    assert_eq!(
        port("70000").as_deref(),
        Some("ERROR: Port is out of range")
    );
    check(&[
        (
            "if(cidrmatch(\"192.0.2.0/24\", \"192.0.3.0\"), \"true\", \"false\")",
            "false",
        ),
        (
            "if(cidrmatch(\"2001:0db8:ffff:ffff:ffff:ffff:ffff:ff00/120\", \
             \"2001:0db8:ffff:ffff:ffff:ffff:ffff:ff99\"), \"true\", \"false\")",
            "true",
        ),
        ("if(match(\"\\\"yes\\\"\", \"\\\"yes\\\"\"), 1, 0)", "1"),
    ]);
}

/// Search Reference, "Conversion functions".
#[test]
fn conversion() {
    check(&[
        ("ipmask(\"255.255.255.0\", \"10.20.30.120\")", "10.20.30.0"),
        ("ipmask(\"0.255.0.224\", \"10.20.30.120\")", "0.20.0.96"),
        ("tonumber(\"0101\", 2)", "5"),
        ("tonumber(\"0A4\",16)", "164"),
        ("tostring(9, \"binary\")", "1001"),
        (
            "tostring(1==1) + \" \" + tostring(15, \"hex\") + \" \" + \
             tostring(12345.6789, \"commas\")",
            "True 0xF 12,345.68",
        ),
        ("toarray(split(\"1, 2, 3\", \",\"))", "[1,2,3]"),
        (
            r#"toarray("[\"carrots\", 1.00, \"potatoes\", 1.75]")"#,
            r#"["carrots",1,"potatoes",1.75]"#,
        ),
        (
            "if(isnull(toarray(\"somefield\")), \"True\", \"False\")",
            "True",
        ),
        ("todouble(\"number\")", ""),
        ("todouble(\"16.00\")", "16.00"),
        ("toint(\"24\")", "24"),
        ("toint(3.14)", "3"),
        ("toint(-3.14)", "-4"),
        (
            "mvjoin(tomv(json_array(\"Buttercup\", \"Rarity\")), \" \")",
            "\"Buttercup\" \"Rarity\"",
        ),
        (
            "mvjoin(tomv(json_array(\"dubois\", json_object(\"name\", \"patel\"))), \" \")",
            r#""dubois" {"name":"patel"}"#,
        ),
        (
            r#"toobject("{\"name\": \"maria\", \"age\": 25, \"status\": \"full-time\"}")"#,
            r#"{"name":"maria","age":25,"status":"full-time"}"#,
        ),
        ("toobject(\"[1]\")", ""),
        ("tonumber(trim(\" 7 \"))", "7"),
    ]);
    for (units, stock) in [
        ("12", "In"),
        ("0", "Not in"),
        ("true", "In"),
        ("False", "Not in"),
    ] {
        let made = event([("units", units)]);
        let result = evaluate("if(tobool(units), \"In\", \"Not in\")", &made);
        assert_eq!(result.as_deref(), Some(stock), "{units}");
    }
    assert_eq!(evaluate("tonumber(n)", &event([("n", " 7")])), None);
    assert_eq!(evaluate("tonumber(n)", &event([("n", "seven")])), None);
}

/// Search Reference, "Informational functions".
#[test]
fn informational() {
    check(&[
        ("if(isarray(\"[1, 2, 3]\"), \"True\", \"False\")", "True"),
        ("if(isarray(1), \"True\", \"False\")", "False"),
        ("if(isdouble(3.546), \"True\", \"False\")", "True"),
        ("if(isdouble(1000000), \"True\", \"False\")", "False"),
        (
            "if(ismv(split(\"1, 2, 3\", \",\")), \"True\", \"False\")",
            "True",
        ),
        ("if(ismv(\"1\"), \"True\", \"False\")", "False"),
        ("if(isobject(\"games\"), \"True\", \"False\")", "False"),
        (
            r#"if(isobject("{\"type\": \"competitive\", \"name\": \"Ticket to Ride\"}"), "True", "False")"#,
            "True",
        ),
        (
            r#"if(isobject("{cities: \"3\"}"), "is object", "is not object")"#,
            "is not object",
        ),
        (
            "typeof(12) + typeof(\"string\") + typeof(1==2) + typeof(badfield)",
            "NumberStringBoolInvalid",
        ),
        ("if(isnum(\"anystring\"), \"true\", \"false\")", "false"),
        ("if(isnum(\"NaN\"), \"true\", \"false\")", "false"),
        ("if(isstr(\"NaN\"), \"true\", \"false\")", "true"),
        ("if(isbool(1=1), 1, 0) . if(isbool(1), 1, 0)", "10"),
    ]);
    let made = event([
        ("nan", "NaN"),
        ("i", "12"),
        ("d", "1.5"),
        ("s", "x"),
        ("_time", "1"),
    ]);
    for (expression, result) in [
        ("if(isnum(nan), 1, 0) . if(isstr(nan), 1, 0)", "11"),
        (
            "if(isint(i), 1, 0) . if(isdouble(i), 1, 0) . if(isnum(i), 1, 0) . if(isstr(i), 1, 0)",
            "1010",
        ),
        (
            "if(isint(d), 1, 0) . if(isdouble(d), 1, 0) . if(isnum(d), 1, 0) . if(isstr(d), 1, 0)",
            "0110",
        ),
        (
            "if(isint(s), 1, 0) . if(isdouble(s), 1, 0) . if(isnum(s), 1, 0) . if(isstr(s), 1, 0)",
            "0001",
        ),
        (
            "if(isint(none), 1, 0) . if(isnum(none), 1, 0) . if(isstr(none), 1, 0)",
            "000",
        ),
        ("typeof(_time)", "Number"),
    ] {
        assert_eq!(
            evaluate(expression, &made).as_deref(),
            Some(result),
            "{expression}"
        );
    }
}
