//! Examples with printed results from Splunk's documentation, each with its
//! page. The texts are Splunk's examples only in what they compute.

use crate::support::{Made, cells, evaluate, event, keeps, run};

fn value(expression: &str) -> String {
    evaluate(expression, &Made::default()).unwrap_or_default()
}

/// Search Reference, "Text functions".
#[test]
fn text_functions() {
    assert_eq!(value(r#"trim(" ZZZZabcZZ ", " Z")"#), "abc");
    assert_eq!(value(r#"rtrim(" ZZZZabcZZ ", " Z")"#), " ZZZZabc");
    assert_eq!(value(r#"ltrim(" ZZZabcZZ ", " Z")"#), "abcZZ ");
    assert_eq!(
        value(r#"substr("string", 1, 3) . substr("string", -3)"#),
        "string"
    );
    assert_eq!(
        evaluate(
            r#"replace(date, "^(\d{1,2})/(\d{1,2})/", "\2/\1/")"#,
            &event([("date", "1/14/2023")])
        )
        .as_deref(),
        Some("14/1/2023")
    );
    assert_eq!(value("len(\"buttercup\")"), "9");
    assert_eq!(value("length(\"rarity\")"), "6");
}

/// Search Reference, "Conversion functions".
#[test]
fn conversion_functions() {
    assert_eq!(value("tonumber(\"0A4\", 16)"), "164");
    assert_eq!(
        value(
            "tostring(1==1) . \" \" . tostring(15, \"hex\") . \" \" . tostring(12345.6789, \"commas\")"
        ),
        "True 0xF 12,345.68"
    );
    assert_eq!(value("tostring(615, \"duration\")"), "00:10:15");
}

/// Search Reference, "Mathematical functions".
#[test]
fn mathematical_functions() {
    assert_eq!(value("round(3.5)"), "4");
    assert_eq!(value("round(2.555, 2)"), "2.56");
    assert_eq!(value("abs(-10.95)"), "10.95");
}

/// Search Reference, "Comparison and Conditional functions".
#[test]
fn conditional_functions() {
    let description = |status: &str| {
        evaluate(
            r#"case(status == 200, "OK", status == 404, "Not found", status == 500, "Internal Server Error")"#,
            &event([("status", status)]),
        )
    };
    assert_eq!(description("200").as_deref(), Some("OK"));
    assert_eq!(description("404").as_deref(), Some("Not found"));
    assert_eq!(description("406"), None);
    let local = |ip: &str| {
        evaluate(
            r#"if(cidrmatch("123.132.32.0/25", ip), "local", "not local")"#,
            &event([("ip", ip)]),
        )
    };
    assert_eq!(local("123.132.32.5").as_deref(), Some("local"));
    assert_eq!(local("123.132.32.200").as_deref(), Some("not local"));
}

/// Search Manual, "Types of expressions".
#[test]
fn string_literals() {
    assert_eq!(value(r#""C:\\windows\temp""#), "C:\\windows\temp");
    assert_eq!(value(r#""C:\\windows\\temp""#), r"C:\windows\temp");
}

/// Search Manual, "Boolean expressions with logical operators".
#[test]
fn boolean_expressions() {
    let raw = |text: &str| event([("_raw", text)]);
    assert!(keeps("error NOT 403 OR 404", &raw("error 500")));
    assert!(!keeps("error NOT 403 OR 404", &raw("error 403")));
    assert!(keeps("error NOT 403 OR 404", &raw("error 403 404")));
    assert!(!keeps("error NOT 403 OR 404", &raw("404")));
}

/// SPL2 Search Reference, "sort command: Overview, syntax, and usage".
#[test]
fn sort_order() {
    let order = |text: &str, values: &[&str]| -> Vec<String> {
        let events: Vec<_> = values.iter().map(|value| event([("v", value)])).collect();
        cells(&run(text, &events)).into_iter().flatten().collect()
    };
    assert_eq!(
        order("* | table v | sort - v", &["9.1", "10.1"]),
        ["10.1", "9.1"]
    );
    assert_eq!(
        order("* | table v | sort - v", &["10.1.a", "9.1.a"]),
        ["9.1.a", "10.1.a"]
    );
    // SPL2 Search Manual, "Lexicographical order".
    assert_eq!(
        order("* | table v | sort str(v)", &["10", "9", "70", "100"]),
        ["10", "100", "70", "9"]
    );
    assert_eq!(
        order(
            "* | table v | sort v",
            &[
                "SF-01", "pz-05", "BS-09", "MB-07", "DC-02", "PZ-05", "mb-07"
            ]
        ),
        [
            "BS-09", "DC-02", "MB-07", "PZ-05", "SF-01", "mb-07", "pz-05"
        ]
    );
}
