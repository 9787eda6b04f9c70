//! `spath` and `xmlkv`.

use spl::Search;

use crate::support::{cells, event, run, try_run};

fn row(text: &str, raw: &str) -> Vec<String> {
    cells(&run(&format!("* | {text}"), &[event([("_raw", raw)])])).remove(0)
}

const COMMITS: &str = r#"{"commits": [{"author": {"name": "ann"}, "files": ["x", "y"]}, {"author": {"name": "bob"}, "files": []}], "size": 2.50}"#;

const PRODUCTS: &str = "<vendorProductSet><product><desc><locDesc locale=\"en\">one</locDesc>\
    <locDesc locale=\"fr\">un</locDesc></desc></product></vendorProductSet>";

#[test]
fn a_path_leads_to_values() {
    // Search Reference, spath, examples 1 to 3.
    assert_eq!(
        row(
            "spath output=myfield path=server.name | table myfield",
            r#"{"server": {"name": "a"}}"#
        ),
        ["a"]
    );
    assert_eq!(
        row(
            "spath output=author path=commits{}.author.name | table author",
            COMMITS
        ),
        ["ann\nbob"]
    );
    assert_eq!(
        row(
            "spath output=locale path=vendorProductSet.product.desc.locDesc{@locale} | table locale",
            PRODUCTS
        ),
        ["en\nfr"]
    );
}

#[test]
fn indexes_count_from_0_in_json_and_from_1_in_xml() {
    assert_eq!(
        row(
            "spath commits{1}.author.name | spath commits{0}.files{1} | table commits*",
            COMMITS
        ),
        ["y", "bob"]
    );
    assert_eq!(
        row(
            "spath output=x path=vendorProductSet.product.desc.locDesc{2} | table x",
            PRODUCTS
        ),
        ["un"]
    );
    assert_eq!(
        row("spath output=x path=commits{0}.files | table x", COMMITS),
        [r#"["x", "y"]"#]
    );
}

#[test]
fn without_a_path_all_fields_are_extracted() {
    assert_eq!(
        row("spath | fields - _raw | table *", COMMITS),
        ["ann\nbob", "x\ny", "2.50"]
    );
    let results = run(
        "* | spath | fields - _raw | table *",
        &[event([("_raw", PRODUCTS)])],
    );
    assert_eq!(
        results.columns(),
        [
            "vendorProductSet.product.desc.locDesc",
            "vendorProductSet.product.desc.locDesc{@locale}"
        ]
    );
    assert_eq!(cells(&results), [["one\nun", "en\nfr"]]);
    // Later commands see the fields.
    assert_eq!(
        row(
            "spath | where size=2.5 | table commits{}.author.name",
            COMMITS
        ),
        ["ann\nbob"]
    );
    assert_eq!(
        cells(&run(
            "* | spath input=j | search j.a=1 | table b",
            &[
                event([("j", r#"{"j": {"a": 1}, "b": true}"#)]),
                event([("b", "x")])
            ]
        )),
        [["true"]]
    );
}

#[test]
fn only_the_first_bytes_are_looked_at_without_a_path() {
    let long = format!(r#"{{"a": 1, "b": "{}", "c": 2}}"#, "é".repeat(2600));
    // limits.conf.spec, [spath], `extraction_cutoff`.
    assert_eq!(row("spath | table a c", &long), ["1", ""]);
    assert_eq!(row("spath c | table c", &long), ["2"]);
}

#[test]
fn what_is_not_found_changes_nothing() {
    let text = "* | spath path=x output=y | table y";
    for raw in ["{\"x\"", "no data", "", "<x/>", "<a><x>1</x></a>"] {
        let events = [event([("_raw", raw), ("y", "old")])];
        assert_eq!(cells(&run(text, &events)), [["old"]], "{raw}");
    }
    // What breaks off gives what comes before.
    let events = [event([("_raw", "{\"x\": 1, "), ("y", "old")])];
    assert_eq!(cells(&run(text, &events)), [["1"]]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, place) in [
        ("* | spath output=a", "output"),
        ("* | spath path=a{", "a{"),
        ("* | spath a b", "b"),
        ("* | spath inptu=a", "inptu"),
    ] {
        let error = Search::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
    }
    let error = try_run(
        "* | spath output=x path=vendorProductSet.product",
        &[event([("_raw", PRODUCTS)])],
    )
    .unwrap_err();
    assert!(error.is_unsupported());
}

#[test]
fn xmlkv_takes_elements_as_fields() {
    let task = "<Exec a=\"1\">\n <Command>cmd.exe</Command><Arguments x='y'>/c &lt;x&gt;</Arguments>\
                <Empty></Empty><Broken>z</Other></Exec>";
    assert_eq!(
        row("xmlkv | fields - _raw | table *", task),
        ["/c &lt;x&gt;", "cmd.exe"]
    );
    assert_eq!(
        cells(&run(
            "* | xmlkv maxinputs=10 t | where Command=\"cmd.exe\" | table Command",
            &[event([("t", task)]), event([("t", "<Command>x</Command>")])]
        )),
        [["cmd.exe"]]
    );
    let twice = [event([("_raw", "<a>1</a><a>2</a>")])];
    assert!(try_run("* | xmlkv", &twice).unwrap_err().is_unsupported());
    for (text, place) in [("* | xmlkv a b", "b"), ("* | xmlkv maxinput=1", "maxinput")] {
        let error = Search::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
    }
}
