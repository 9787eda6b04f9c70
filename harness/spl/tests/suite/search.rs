//! `search`: order of operators, values, wildcards, escapes, missing fields.

use crate::support::{event, keeps, run};

#[test]
fn or_binds_tighter_than_and() {
    let text = "A=1 AND B=2 OR C=3";
    for (a, b, c, kept) in [
        ("1", "2", "0", true),
        ("1", "0", "3", true),
        ("0", "0", "3", false),
        ("0", "2", "3", false),
    ] {
        let event = event([("A", a), ("B", b), ("C", c)]);
        assert_eq!(keeps(text, &event), kept, "{event:?}");
        // AND need not be said.
        assert_eq!(keeps("A=1 B=2 OR C=3", &event), kept, "{event:?}");
        // `where` has the other order.
        let conventional = (a == "1" && b == "2") || c == "3";
        assert_eq!(keeps(&format!("* | where {text}"), &event), conventional);
    }
}

#[test]
fn not_applies_to_the_next_term() {
    let event = event([("_raw", "error 404")]);
    assert!(keeps("error NOT 403 OR 404", &event));
    assert!(!keeps("error NOT (403 OR 404)", &event));
    assert!(keeps("error NOT NOT 404", &event));
}

#[test]
fn operators_are_capital() {
    let event = event([("_raw", "cats or dogs"), ("a", "1")]);
    assert!(keeps("cats or dogs", &event));
    assert!(!keeps("cats or birds", &event));
    assert!(!keeps("a=1 and a=1", &event));
    assert!(keeps("a=1 AND a=1", &event));
}

#[test]
fn values_compare_as_text_without_case() {
    let event = event([("EventCode", "3"), ("Image", r"C:\Windows\cmd.exe")]);
    assert!(keeps("EventCode=3", &event));
    assert!(keeps("EventCode=\"3\"", &event));
    assert!(!keeps("EventCode=3.0", &event));
    assert!(!keeps("EventCode=03", &event));
    assert!(!keeps("eventcode=3", &event));
    assert!(keeps(r#"Image="c:\\WINDOWS\\*.EXE""#, &event));
    assert!(keeps(r"Image=*\\cmd.exe", &event));
    assert!(keeps(r"Image=*\cmd.exe", &event));
    assert!(!keeps(r"Image=cmd.exe", &event));
    assert!(keeps(r"Image=CASE(C:\\Windows\\cmd.exe)", &event));
    assert!(!keeps(r"Image=CASE(C:\\WINDOWS\\cmd.exe)", &event));
}

#[test]
fn order_is_numeric_if_both_are_numbers() {
    let event = event([("n", "10"), ("s", "b")]);
    assert!(keeps("n>9", &event));
    assert!(keeps("n>=10 n<=10 n<11", &event));
    assert!(!keeps("n<10", &event));
    assert!(!keeps("n>9a", &event));
    assert!(keeps("s>a s<c", &event));
    assert!(!keeps("missing<1", &event));
    assert!(!keeps("missing>=1", &event));
}

#[test]
fn not_equal_wants_the_field_and_not_does_not() {
    let has = event([("f", "other")]);
    let equal = event([("f", "v")]);
    let lacks = event([("g", "1")]);
    assert!(keeps("f!=v", &has));
    assert!(!keeps("f!=v", &equal));
    assert!(!keeps("f!=v", &lacks));
    assert!(keeps("NOT f=v", &has));
    assert!(!keeps("NOT f=v", &equal));
    assert!(keeps("NOT f=v", &lacks));
    assert!(keeps("f=*", &has));
    assert!(!keeps("f=*", &lacks));
    assert!(keeps("NOT f=*", &lacks));
}

#[test]
fn in_is_an_or_of_values() {
    let event = event([("Image", r"C:\tree.com"), ("code", "402")]);
    assert!(keeps(r#"Image IN ("*\\tree.com", "*\\WMIC.exe")"#, &event));
    assert!(!keeps(r#"Image IN ("*\\sc.exe", "tree.com")"#, &event));
    assert!(keeps("code IN(400, 40*)", &event));
    assert!(keeps("NOT code IN (400,401)", &event));
    assert!(!keeps("missing IN (1)", &event));
}

#[test]
fn a_subnet_matches_addresses() {
    let event = event([("ip", "10.10.10.77"), ("six", "2001:db8::5")]);
    assert!(keeps("ip=\"10.10.10.0/24\"", &event));
    assert!(keeps("ip=10.0.0.0/8", &event));
    assert!(!keeps("ip=10.10.11.0/24", &event));
    assert!(keeps("ip!=10.10.11.0/24", &event));
    assert!(keeps("six=2001:db8::/32", &event));
    assert!(keeps("ip IN (192.168.0.0/16, 10.10.10.0/24)", &event));
}

#[test]
fn any_index_means_any_that_is_not_internal() {
    let audit = event([("index", "_audit")]);
    assert!(!keeps("index=*", &audit));
    assert!(keeps("index=_*", &audit));
    assert!(keeps("index=*", &event([("index", "main")])));
}

#[test]
fn a_backslash_does_not_escape_a_star() {
    assert!(keeps(r#"f="a\\*c""#, &event([("f", r"a\bc")])));
    assert!(!keeps(r#"f="a\\*c""#, &event([("f", "a*c")])));
    assert!(keeps("f=\"a?c\"", &event([("f", "a?c")])));
    assert!(!keeps("f=\"a?c\"", &event([("f", "abc")])));
}

#[test]
fn escapes_in_values() {
    assert!(keeps(r#"f="say \"hi\"""#, &event([("f", "say \"hi\"")])));
    assert!(keeps(r"f=a\|b", &event([("f", "a|b")])));
    assert!(keeps(r#"f="a|b" | head 1"#, &event([("f", "a|b")])));
    assert!(keeps(r#"f="\s""#, &event([("f", r"\s")])));
    // The value with blanks, and the empty value.
    assert!(keeps("f = \"a b\"", &event([("f", "A B")])));
    assert!(keeps("f=\"\"", &event([("f", "")])));
    assert!(!keeps("f=\"\"", &event([])));
}

#[test]
fn fields_of_windows_are_no_modifiers() {
    let event = event([("EventType", "SetValue"), ("StartTime", "1")]);
    assert!(keeps("EventType=SetValue StartTime=1", &event));
}

#[test]
fn a_field_name_can_stand_in_quotation_marks() {
    assert!(keeps("\"Event Name\"=x", &event([("Event Name", "x")])));
}

#[test]
fn of_a_multivalue_field_one_value_is_enough() {
    let event = event([("a", "1"), ("a", "2")]);
    assert!(keeps("a=2", &event));
    assert!(keeps("a!=2", &event));
    assert!(!keeps("NOT a=2", &event));
    assert!(!keeps("a=3", &event));
}

#[test]
fn terms_are_looked_for_in_raw_text() {
    let event = event([("_raw", "<Data>GET /beacon HTTP/1.1</Data>")]);
    assert!(keeps("beacon", &event));
    assert!(keeps("\"get /beacon\"", &event));
    assert!(!keeps("beac", &event));
    assert!(keeps("beac* http", &event));
    assert!(!keeps("beacon | table x | search beacon", &event));
}

#[test]
fn search_works_later_too() {
    let events = [event([("a", "1")]), event([("a", "2")])];
    let results = run("a=* | eval b=a.\"x\" | search b=2X OR b=3x", &events);
    assert_eq!(results.rows.len(), 1);
    assert_eq!(results.rows[0].event, Some(1));
}

#[test]
fn comments_are_blanks() {
    let text = "a=1 ```all of | them``` | ```nothing``` head 5 ```end```";
    assert!(keeps(text, &event([("a", "1")])));
    assert!(keeps(
        "f=\"```no comment```\"",
        &event([("f", "```no comment```")])
    ));
}

#[test]
fn events_come_newest_first() {
    let events = [
        event([("_time", "1.5"), ("n", "old")]),
        event([("_time", "9"), ("n", "nine")]),
        event([("n", "timeless")]),
        event([("_time", "10"), ("n", "ten")]),
        event([("_time", "9.0"), ("n", "nine again")]),
    ];
    let order: Vec<_> = run("* | table n", &events)
        .rows
        .iter()
        .map(|row| row.event.unwrap())
        .collect();
    assert_eq!(order, [3, 4, 1, 0, 2]);
}
