//! Functions on JSON.

use super::check;
use crate::support::{evaluate, event};

const CITIES: &str = r#"[
    {"name": "London", "Bridges": [
        {"name": "Tower Bridge", "length": 801},
        {"name": "Millennium Bridge", "length": 1066}]},
    {"name": "Venice", "Bridges": [
        {"name": "Rialto Bridge", "length": 157},
        {"name": "Ponte della Paglia"}]},
    {"name": "San Francisco", "Bridges": [
        {"name": "Golden Gate Bridge", "length": 8981},
        {"name": "Bay Bridge", "length": 23556}]}]"#;

/// Search Reference, "JSON functions". The page prints blanks that Splunk does
/// not; its examples of `json_extract()` are of the array of cities.
#[test]
fn json() {
    check(&[
        ("json_object(\"name\", \"maria\")", r#"{"name":"maria"}"#),
        (
            "json_object(\"name\", json_array(\"maria\", \"arun\"))",
            r#"{"name":["maria","arun"]}"#,
        ),
        (
            "json_array(\"dubois\", json_object(\"name\", \"patel\"))",
            r#"["dubois",{"name":"patel"}]"#,
        ),
        (
            "json(json_object(\"animal\", \"pony\"))",
            r#"{"animal":"pony"}"#,
        ),
        ("json(\"Golden Gate Bridge\")", ""),
        (
            "json_append(json_object(\"ponylist\", json_array(\"Minty\")), \"ponylist\", \"Fluttershy\")",
            r#"{"ponylist":["Minty","Fluttershy"]}"#,
        ),
        (
            "json_append(json_object(\"Fluttershy\", json_object(\"ponySkills\", \
             json_array(\"running\", \"jumping\"))), \"Fluttershy.ponySkills\", \"codebreaking\")",
            r#"{"Fluttershy":{"ponySkills":["running","jumping","codebreaking"]}}"#,
        ),
        (
            "json_append(json_object(\"a\", json_array(\"a\")), \"a\", json_array(\"d\", \"e\"))",
            r#"{"a":["a",["d","e"]]}"#,
        ),
        (
            "json_append(json_object(\"a\", 1), \"a\", 2)",
            r#"{"a":[1,2]}"#,
        ),
        ("json_append(json_object(\"a\", 1), \"b\", 2)", r#"{"a":1}"#),
        ("json_append(\"x\", \"b\", 2)", ""),
        (
            "mvjoin(json_array_to_mv(json_array(\"Buttercup\", \"Rarity\")), \" \")",
            "Buttercup Rarity",
        ),
        (
            "mvjoin(json_array_to_mv(json_array(\"Buttercup\", \"Rarity\"), true()), \" \")",
            "\"Buttercup\" \"Rarity\"",
        ),
        ("json_array_to_mv(\"x\")", ""),
        (
            r#"json_delete("{\"name\":\"Wei Zhang\", \"SSN\":\"123-45-6789\", \"city\":\"Seattle\", \"accounts\":[\"Hagal Quartz\"]}", "SSN", "accounts")"#,
            r#"{"name":"Wei Zhang","city":"Seattle"}"#,
        ),
        (
            r#"json_delete("{\"name\":\"x\", \"addresses\": {\"email\":\"e\", \"office\":\"o\"}}", "addresses.email")"#,
            r#"{"name":"x","addresses":{"office":"o"}}"#,
        ),
        (
            r#"json_entries("{\"a\": 1, \"b\": 2}")"#,
            r#"[{"key":"a","value":1},{"key":"b","value":2}]"#,
        ),
        (
            "json_extend(json_object(\"l\", json_array(\"a\", \"b\")), \"l\", json_array(\"d\", \"e\"))",
            r#"{"l":["a","b","d","e"]}"#,
        ),
        (
            "json_extend(json_object(\"l\", json_array(\"wizard\")), \"l\", \
             json_array(json_object(\"artifact\", \"deck\")))",
            r#"{"l":["wizard",{"artifact":"deck"}]}"#,
        ),
    ]);
}

/// Search Reference, "JSON functions".
#[test]
fn members_of_documents() {
    check(&[
        (
            r#"json_extract_exact("{\"system.splunk.path\":\"/opt/splunk/\"}", "system.splunk.path")"#,
            "/opt/splunk/",
        ),
        (
            r#"json_extract("{\"system.splunk.path\":\"/opt/splunk/\"}", "system.splunk.path")"#,
            "",
        ),
        (
            "if(json_has_key_exact(json_object(\"name\", \"charlie\"), \"name\"), \"has key\", \"no\")",
            "has key",
        ),
        (
            r#"if(json_has_key_exact("{\"charlie.garcia\":10}", "charlie.garcia"), "has key", "no")"#,
            "has key",
        ),
        (
            r#"if(json_has_key_exact("{\"a\":10}", "b"), "has key", "no")"#,
            "no",
        ),
        (
            r#"json_keys("{\"name\": \"Clifton\", \"length\": 1352, \"city\": \"Bristol\"}")"#,
            r#"["name","length","city"]"#,
        ),
        ("json_keys(\"[1]\")", ""),
        (
            "json_set_exact(json_object(), \"system.splunk.path\", \"/opt/splunk\")",
            r#"{"system.splunk.path":"/opt/splunk"}"#,
        ),
        (
            "json_set(json_object(), \"system.splunk.path\", \"/opt/splunk\")",
            r#"{"system":{"splunk":{"path":"/opt/splunk"}}}"#,
        ),
        (
            "json_set(json_object(\"a\", \"b\"), \"a.c\", \"d\")",
            r#"{"a":"b"}"#,
        ),
        (
            "json_set(json_object(\"a\", 1), \"a\", true())",
            r#"{"a":true}"#,
        ),
        (
            r#"if(json_valid("{ \"names\": [\"maria\", \"arun\"] }"), "true", "false")"#,
            "true",
        ),
        ("if(json_valid(\"{names}\"), \"true\", \"false\")", "false"),
        (
            "json_object(\"t\", true(), \"n\", null(), \"i\", 25, \"d\", 1.50)",
            r#"{"t":true,"n":null,"i":25,"d":1.5}"#,
        ),
    ]);
}

/// Search Reference, "JSON functions", `json_set()`.
#[test]
fn json_set() {
    let games = "json_set(games, \"category.boardgames.competitive{}.available\", true())";
    let made = event([(
        "games",
        r#"{"category":{"boardgames":{"competitive":[{"name":"Catan"},{"name":"Mars"}]}}}"#,
    )]);
    assert_eq!(
        evaluate(games, &made).as_deref(),
        Some(
            r#"{"category":{"boardgames":{"competitive":[{"name":"Catan","available":true},{"name":"Mars","available":true}]}}}"#
        )
    );
    assert_eq!(
        evaluate(
            "json_set(games, \"category.boardgames.competitive{1}\", 7)",
            &made
        )
        .as_deref(),
        Some(r#"{"category":{"boardgames":{"competitive":[{"name":"Catan"},7]}}}"#)
    );
}

/// Search Reference, "JSON functions", `json_extract()`.
#[test]
fn json_extract() {
    let made = event([("cities", CITIES), ("object", r#"{"cities": [1]}"#)]);
    for (expression, result) in [
        ("json_extract(object, \"{}\")", r#"{"cities":[1]}"#),
        (
            "json_extract(cities, \"{0}\")",
            r#"{"name":"London","Bridges":[{"name":"Tower Bridge","length":801},{"name":"Millennium Bridge","length":1066}]}"#,
        ),
        (
            "json_extract(cities, \"{}.name\")",
            r#"["London","Venice","San Francisco"]"#,
        ),
        (
            "json_extract(cities, \"{}.Bridges{}.name\")",
            r#"["Tower Bridge","Millennium Bridge","Rialto Bridge","Ponte della Paglia","Golden Gate Bridge","Bay Bridge"]"#,
        ),
        (
            "json_extract(cities, \"{2}.Bridges{0}\")",
            r#"{"name":"Golden Gate Bridge","length":8981}"#,
        ),
        ("json_extract(cities, \"{2}.Bridges{0}.length\")", "8981"),
        (
            "json_extract(cities, \"{2}.Bridges{0}.length\") + 1",
            "8982",
        ),
        ("json_extract(cities, \"{9}\")", ""),
        (
            "json_extract(cities, \"{0}.name\", \"{9}\")",
            r#"["London",null]"#,
        ),
        ("json_extract(\"\\\"text\\\"\")", "text"),
        ("json_extract(\"null\")", ""),
        ("json_extract(\"not json\", \"a\")", ""),
    ] {
        assert_eq!(
            evaluate(expression, &made).unwrap_or_default(),
            result,
            "{expression}"
        );
    }
}
