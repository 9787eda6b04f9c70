//! Searches in brackets, and the commands that take them.
//!
//! Sources: Search Manual, "About subsearches" and "Change the format of
//! subsearch results"; Search Reference, `append`, `appendcols`, `appendpipe`,
//! `join`, `format`, `return`.

use spl::{Environment, ErrorKind, Search};

use crate::support::{Made, cells, event, run, try_run};

fn events() -> Vec<Made> {
    vec![
        event([
            ("_time", "1"),
            ("kind", "start"),
            ("id", "1"),
            ("image", "curl"),
        ]),
        event([
            ("_time", "2"),
            ("kind", "start"),
            ("id", "2"),
            ("image", "wget"),
        ]),
        event([
            ("_time", "3"),
            ("kind", "net"),
            ("id", "1"),
            ("host", "a.workers.dev"),
        ]),
        event([
            ("_time", "4"),
            ("kind", "net"),
            ("id", "1"),
            ("host", "b.workers.dev"),
        ]),
        event([
            ("_time", "5"),
            ("kind", "net"),
            ("id", "3"),
            ("host", "c.example"),
        ]),
    ]
}

fn rows(text: &str) -> Vec<Vec<String>> {
    cells(&run(text, &events()))
}

#[test]
fn a_subsearch_becomes_a_filter() {
    assert_eq!(
        rows("kind=net [search kind=start | fields id] | table host"),
        [["b.workers.dev"], ["a.workers.dev"]]
    );
    // Not in: the negated filter also takes events without the field.
    assert_eq!(
        rows("kind=net NOT [search kind=start | fields id] | table host"),
        [["c.example"]]
    );
    // Anywhere in the pipeline, and in each other.
    assert_eq!(
        rows(
            "kind=net | search [search kind=start [search image=curl | fields image] | table id] \
             | table host"
        ),
        [["b.workers.dev"], ["a.workers.dev"]]
    );
}

#[test]
fn a_subsearch_without_rows_matches_nothing() {
    assert!(rows("kind=net [search kind=none | fields id]").is_empty());
    assert_eq!(rows("kind=net NOT [search kind=none | fields id]").len(), 3);
}

#[test]
fn fields_called_search_are_text() {
    assert_eq!(
        rows("[search image=curl | eval search=\"kind=net id=\".id | fields search] | table host"),
        [["b.workers.dev"], ["a.workers.dev"]]
    );
    assert_eq!(
        rows("kind=net [search kind=start | return 2 id] | table id"),
        [["1"], ["1"]]
    );
    assert_eq!(
        rows("[search image=curl | return $image] | table image"),
        Vec::<Vec<String>>::new(),
        "a bare term is looked for in _raw"
    );
}

#[test]
fn format_writes_the_filter() {
    // Search Reference, format, the default marks.
    assert_eq!(
        rows("kind=start | sort 0 id | fields id image | fields - _time | format"),
        [["( ( id=\"1\" AND image=\"curl\" ) OR ( id=\"2\" AND image=\"wget\" ) )"]]
    );
    assert_eq!(rows("kind=none | format"), [["NOT ( )"]]);
    assert!(rows("kind=net [search kind=none | format]").is_empty());
    assert_eq!(rows("kind=net NOT [search kind=none | format]").len(), 3);
    // Search Reference, format, the example with other marks.
    assert_eq!(
        rows(
            "kind=start | sort 0 id | table id image | format \"[\" \"[\" \"&&\" \"]\" \"||\" \"]\""
        ),
        [["[ [ id=\"1\" && image=\"curl\" ] || [ id=\"2\" && image=\"wget\" ] ]"]]
    );
    assert_eq!(
        rows("kind=start | sort 0 id | return 2 id $image"),
        [["(id=\"1\" curl) OR (id=\"2\" wget)"]]
    );
}

#[test]
fn a_subsearch_gives_a_value_to_an_expression() {
    // Search Reference, return, "into an expression".
    for (search, expected) in [
        (
            "| eval n=1 + [search image=wget | return $id] | head 1 | table n",
            "3",
        ),
        (
            "| where id > [search image=wget | return $id] | table id",
            "3",
        ),
        (
            "| eval n=if(id=[search image=curl | return $id], \"a\", \"b\") | head 1 | table n",
            "b",
        ),
    ] {
        assert_eq!(
            rows(&format!("kind=net {search}")),
            [[expected]],
            "{search}"
        );
    }
    let text = "kind=net | eval n=1 + [search kind=none | return $id]";
    let error = try_run(text, &events()).unwrap_err();
    assert!(text[error.span.clone()].starts_with("[search"), "{error}");
    for text in [
        "kind=net | eval n=1 + [search kind=start | table id]",
        "kind=net | where [search kind=start | return id]",
        "kind=net | where searchmatch(\"id=1 [search kind=start | return id]\")",
    ] {
        let error = try_run(text, &events()).unwrap_err();
        assert!(error.is_unsupported(), "{text}: {error}");
    }
}

#[test]
fn append_adds_rows_and_appendcols_fields() {
    assert_eq!(
        rows("kind=start | stats count AS starts | append [search kind=net | stats count AS nets]"),
        [["2", ""], ["", "3"]]
    );
    assert_eq!(
        rows(
            "kind=start | stats count AS n | appendcols [search kind=net | stats count AS n dc(id) AS ids]"
        ),
        [["2", "2"]]
    );
    assert_eq!(
        rows(
            "kind=start | stats count AS n | appendcols override=t [search kind=net | stats count AS n]"
        ),
        [["3"]]
    );
    let cut = run(
        "kind=start | table id | append maxout=1 [search kind=net | table id]",
        &events(),
    );
    assert_eq!(cut.rows.len(), 3);
    assert_eq!(cut.notices.len(), 1, "a cut is said: {:?}", cut.notices);
}

#[test]
fn appendpipe_runs_on_a_copy() {
    assert_eq!(
        rows(
            "kind=net | stats count BY id | appendpipe [stats sum(count) AS count | eval id=\"all\"]"
        ),
        [["1", "2"], ["3", "1"], ["all", "3"]]
    );
    // What comes after still reads fields of the events.
    assert_eq!(
        rows("kind=start | appendpipe [eval image=\"x\" | where id=1] | table image"),
        [["wget"], ["curl"], ["x"]]
    );
}

#[test]
fn join_merges_rows_with_equal_values() {
    let by = |options: &str| {
        rows(&format!(
            "kind=net | sort 0 _time | join {options} id [search kind=start | fields id image] \
             | table id host image"
        ))
    };
    let joined = [
        ["1", "a.workers.dev", "curl"],
        ["1", "b.workers.dev", "curl"],
    ];
    assert_eq!(by(""), joined);
    assert_eq!(by("type=inner"), joined);
    assert_eq!(by("type=left").len(), 3);
    assert_eq!(by("type=outer")[2], ["3", "c.example", ""]);
    // One partner by default, all of them with max=0.
    let partners = |max: &str| {
        rows(&format!(
            "image=curl | join {max} id [search kind=net | fields id host] | table host"
        ))
    };
    assert_eq!(partners(""), [["b.workers.dev"]]);
    assert_eq!(partners("max=0"), [["b.workers.dev"], ["a.workers.dev"]]);
    // The right side overwrites, unless told not to.
    let kind = |overwrite: &str| {
        rows(&format!(
            "image=curl | join {overwrite} id [search kind=net | fields id kind] | table kind"
        ))
    };
    assert_eq!(kind(""), [["net"]]);
    assert_eq!(kind("overwrite=false"), [["start"]]);
}

#[test]
fn a_key_that_one_side_lacks_joins_nothing() {
    let join = "* | join image [search kind=start | fields image id] | table id";
    assert_eq!(rows(join), [["2"], ["1"]]);
    assert!(rows("* | join nothing [search kind=start | fields id] | table id").is_empty());
}

#[test]
fn what_is_wrong_in_brackets_has_its_place() {
    let text = "kind=net | append [search a=1 | tabel b] | table c";
    let error = Search::parse(text).unwrap_err();
    assert_eq!(&text[error.span], "tabel");
    let text = "kind=net | append [a=1]";
    let error = Search::parse(text).unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::UnknownCommand { .. }),
        "{error}"
    );
    for (text, at) in [
        ("a=1 | append", ""),
        ("a=1 | append x", "x"),
        ("a=1 | append maxout=x [search b=1]", "x"),
        ("a=1 | join usetime=true b [search c=1]", "usetime"),
        (
            "a=1 | join left=L right=R where L.a=R.a [search b=1]",
            "left",
        ),
        ("a=1 | append [search b=1", "["),
        ("a=1 | appendpipe [search]x", "x"),
    ] {
        let error = Search::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], at, "{text}: {error}");
    }
    let deep = format!("a=1 {}b{}", "[search x=1 ".repeat(50), "]".repeat(50));
    let error = Search::parse(&deep).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Limit(_)), "{error}");
}

#[test]
fn an_error_in_a_filled_search_leads_to_the_brackets() {
    let text = "kind=net [search image=curl | eval search=\"a=(\" | fields search]";
    let error = try_run(text, &events()).unwrap_err();
    assert!(text[error.span.clone()].starts_with("[search"), "{error}");
    let expansion = error.expansion.unwrap();
    assert_eq!(expansion.name, "subsearch");
    assert!(expansion.text.contains("a=("));
}

#[test]
fn an_explanation_runs_the_subsearches() {
    let search =
        Search::parse("kind=net [search kind=start | fields id] | join id [search image=curl]")
            .unwrap();
    let environment = Environment::at_epoch();
    let events = events();
    let explainer = search.explainer(&events[..], &environment).unwrap();
    assert!(explainer.explain(&events[2]).unwrap().is_kept());
    let dropped = explainer.explain(&events[4]).unwrap();
    let (stage, clauses) = dropped.dropped().unwrap();
    assert_eq!(stage.command, "search");
    assert!(search.text()[clauses[0].span.clone()].starts_with("[search kind=start"));
}
