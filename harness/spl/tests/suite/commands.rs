//! `table`, `fields`, `rename`, `sort`, `head`.

use crate::support::{Made, cells, event, run, try_run};

fn events() -> Vec<Made> {
    vec![
        event([
            ("_time", "4"),
            ("_raw", "r"),
            ("a", "2"),
            ("b", "x"),
            ("ab", "q"),
        ]),
        event([("_time", "3"), ("_raw", "r"), ("a", "10"), ("b", "y")]),
        event([("_time", "2"), ("_raw", "r"), ("b", "x")]),
        event([("_time", "1"), ("_raw", "r"), ("a", "2"), ("b", "z")]),
    ]
}

#[test]
fn table_keeps_its_columns_in_order() {
    let results = run("* | table b, a none", &events());
    assert_eq!(results.columns(), ["b", "a", "none"]);
    assert_eq!(cells(&results)[2], ["x", "", ""]);
    // The rest is gone.
    assert!(
        run("* | table b | where isnotnull(a)", &events())
            .rows
            .is_empty()
    );
    assert_eq!(
        run("* | table b | where isnull(_raw)", &events())
            .rows
            .len(),
        4
    );
}

#[test]
fn table_knows_wildcards() {
    assert_eq!(run("* | table b a*", &events()).columns(), ["b", "a", "ab"]);
    assert_eq!(run("* | table *", &events()).columns(), ["a", "ab", "b"]);
    assert_eq!(run("* | table _*", &events()).columns(), ["_raw", "_time"]);
    assert_eq!(
        run("* | eval new=1 | table n*", &events()).columns(),
        ["new"]
    );
}

#[test]
fn fields_keeps_the_internal_ones() {
    assert_eq!(
        run("* | fields b a", &events()).columns(),
        ["b", "a", "_raw", "_time"]
    );
    assert_eq!(
        run("* | fields + b | fields - _raw", &events()).columns(),
        ["b", "_time"]
    );
    assert_eq!(
        run("* | fields - a* _time", &events()).columns(),
        ["_raw", "b"]
    );
    assert_eq!(run("* | table a b | fields b", &events()).columns(), ["b"]);
    assert_eq!(
        run("* | fields - *", &events()).columns(),
        ["_raw", "_time"]
    );
    assert!(
        run("* | fields - b | search b=*", &events())
            .rows
            .is_empty()
    );
}

#[test]
fn without_a_choice_all_fields_are_columns() {
    let results = run("b=x", &events());
    assert_eq!(results.columns(), ["_raw", "_time", "a", "ab", "b"]);
    assert_eq!(results.rows.len(), 2);
}

#[test]
fn rename_moves_values() {
    let results = run("* | table a b | rename a AS z, b as \"the b\"", &events());
    assert_eq!(results.columns(), ["z", "the b"]);
    assert_eq!(cells(&results)[0], ["2", "x"]);
    // To a name that exists.
    let results = run("* | table a b | rename a AS b", &events());
    assert_eq!(results.columns(), ["b"]);
    // From a field that is missing.
    let results = run("* | rename none AS b | table b", &events());
    assert_eq!(cells(&results), [[""], [""], [""], [""]]);
    assert_eq!(
        run("* | rename none AS b", &events()).columns(),
        ["_raw", "_time", "a", "ab"]
    );
    // The old name is free.
    assert_eq!(
        run("* | rename a AS z | where isnull(a)", &events())
            .rows
            .len(),
        4
    );
}

#[test]
fn one_field_has_one_new_name() {
    for text in ["a AS b, a AS c", "a* AS b*, a* AS c*"] {
        let error = try_run(&format!("* | rename {text}"), &[]).unwrap_err();
        assert!(!error.is_unsupported(), "{text}: {error}");
        assert!(error.to_string().contains("two new names"), "{error}");
    }
    // Two fields may get one name.
    let renamed = run("* | rename a AS c, b AS c | table c", &events());
    assert_eq!(cells(&renamed).len(), events().len());
}

#[test]
fn rename_knows_wildcards() {
    let processes = event([("Processes.user", "u"), ("Processes.dest", "d")]);
    let results = run(
        "* | rename \"Processes.*\" as * | table user dest",
        &[processes],
    );
    assert_eq!(cells(&results), [["u", "d"]]);
    assert!(try_run("* | rename a* AS b", &[]).is_err());
    // Internal fields are meant by a wildcard that starts as they do.
    let events = [event([("_time", "1"), ("a", "2")])];
    let times = |rename: &str| {
        cells(&run(
            &format!("* | rename {rename} | table _time x__time x_a"),
            &events,
        ))
    };
    assert_eq!(times("* AS x_*"), [["1", "", "2"]]);
    assert_eq!(times("_* AS x__*"), [["", "1", ""]]);
}

fn sorted(arguments: &str) -> Vec<Vec<String>> {
    cells(&run(
        &format!("* | table a b | sort {arguments}"),
        &events(),
    ))
}

#[test]
fn sort_compares_numbers_as_numbers_and_missing_comes_last() {
    assert_eq!(
        sorted("a"),
        [["2", "x"], ["2", "z"], ["10", "y"], ["", "x"]]
    );
    assert_eq!(
        sorted("-a"),
        [["10", "y"], ["2", "x"], ["2", "z"], ["", "x"]]
    );
    assert_eq!(sorted("str(a)")[0], ["10", "y"]);
    assert_eq!(sorted("num(a)")[0], ["2", "x"]);
}

#[test]
fn a_sign_with_a_blank_holds_for_the_rest() {
    assert_eq!(
        sorted("- a b"),
        [["10", "y"], ["2", "z"], ["2", "x"], ["", "x"]]
    );
    assert_eq!(
        sorted("-a b"),
        [["10", "y"], ["2", "x"], ["2", "z"], ["", "x"]]
    );
    assert_eq!(
        sorted("- a, +b"),
        [["10", "y"], ["2", "x"], ["2", "z"], ["", "x"]]
    );
    assert_eq!(sorted("a, b desc"), sorted("- a b"));
}

#[test]
fn sort_limits() {
    assert_eq!(sorted("2 - a").len(), 2);
    assert_eq!(sorted("limit=1 a"), [["2", "x"]]);
    let many: Vec<Made> = (0..10_001)
        .map(|n| event([("n", &n.to_string())]))
        .collect();
    assert_eq!(run("* | sort n", &many).rows.len(), 10_000);
    assert_eq!(run("* | sort 0 n", &many).rows.len(), 10_001);
}

#[test]
fn addresses_sort_as_addresses() {
    let events = [event([("ip", "10.0.0.10")]), event([("ip", "10.0.0.9")])];
    assert_eq!(
        cells(&run("* | table ip | sort ip", &events))[0],
        ["10.0.0.9"]
    );
    assert_eq!(
        cells(&run("* | table ip | sort str(ip)", &events))[0],
        ["10.0.0.10"]
    );
}

#[test]
fn head_keeps_the_first() {
    let many: Vec<Made> = (0..20)
        .map(|n| event([("_time", &n.to_string())]))
        .collect();
    assert_eq!(run("* | head", &many).rows.len(), 10);
    assert_eq!(run("* | head 3", &many).rows.len(), 3);
    assert_eq!(run("* | head limit=0", &many).rows.len(), 0);
    // The newest event came last.
    assert_eq!(run("* | head 1", &many).rows[0].event, Some(19));
}

#[test]
fn results_are_exported_as_text() {
    let results = run("* | eval n=1 | table n none | head 1", &events());
    assert_eq!(
        serde_json::to_string(&results.rows).unwrap(),
        r#"[{"n":"1"}]"#
    );
}
