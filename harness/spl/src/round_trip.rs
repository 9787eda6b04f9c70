//! Tests: the canonical text of a search parses to the same search.

#![cfg(test)]
#![allow(clippy::unwrap_used)]

use regex::Regex;

use std::sync::Arc;

use crate::{Knowledge, Search, plan::Plan};

/// The plan without places: they are the only thing in which the two may
/// differ.
fn tree(plan: &Plan) -> String {
    let places = Regex::new(r"\b\d+\.\.\d+\b").unwrap();
    places.replace_all(&format!("{plan:#?}"), "_").into_owned()
}

#[track_caller]
pub(crate) fn round_trip(text: &str) {
    let Ok(search) = Search::parse(text) else {
        return;
    };
    let canonical = search.canonical();
    let again = Search::parse(&canonical)
        .unwrap_or_else(|error| panic!("{text}\n{canonical}\n{error} at {:?}", error.span));
    assert_eq!(tree(&search.plan), tree(&again.plan), "{text}\n{canonical}");
    assert_eq!(canonical, again.canonical());
}

#[test]
fn canonical_text_is_the_same_search() {
    for text in [
        r#"a=1 b!="x y" OR c>=5 NOT (d IN (1,"2",w*) AND NOT e="\\x\"") foo "bar baz" *qux"#,
        "a=1 (b=2 c=3) OR d=CASE(Abc) | where NOT (a=1 OR b=2) AND c=3 XOR d=4",
        r#"* | eval 'a b'="x\"\\y", c=-a+2*(b-3)/4%5 . "z" . (1 . 2) | table a* c "x y""#,
        "* | eval {a}=1, 'x y_{b c}'=2, \"q{a}\"=3, d{}=4",
        // Found by fuzzing: names that must be quoted, before `IN` and `=`.
        "a\u{0}b IN (4*, 5) e%c NOT \"IN\" \"f g\" IN(1) \"phrase\" in",
        r#"* | eval "a\\|b *"=1, 2c=3, "true"=4, true=5"#,
        "* | where a LIKE \"%x\" AND b IN (1,\"2\") OR NOT NOT isnull(c)",
        "* | stats count, dc(a) AS x count(eval(b=1)) AS y max(z) BY a b | sort - x, +num(y) | head 3",
        "* | rename a AS b, c* AS d*, \"e f\" AS g | fields - _raw | fields a, b | sort 0 a desc",
        r#"* | regex "a\\|b\"\\d" | regex 'x'!="c" | regex "a b"="c\\\\d" | regex a != "^(?i)x$""#,
        r#"* | rex "(?<a>\w+)" | rex field="a b" max_match=0 "x(?<c>y)(?P<d>z)?" | rex "x(?<c>y)" offset_field=e"#,
        r#"* | regex "a\\|b\"\\d" | regex x!="c" | regex "a b"="c\\\\d" | regex a != "^(?i)x$""#,
        r#"* | rex "(?<a>\w+)" | rex field="a b" max_match=0 "x(?<c>y)(?P<d>z)?""#,
        r#"* | rex field=a "x(?<c>y)" offset_field=e | rex mode=sed field=b "s/\\\\/\//g y/a/b/""#,
        "| makeresults count=3 | mvcombine delim=\",\" a | nomv a",
        "| makeresults | mvcombine a | nomv a | mvcombine delim=x a | eval b=1 | nomv a",
        "| makeresults format=csv data=\"a,b\n1,\\\"2\\\"\"",
        r#"| makeresults format=json data="[{\"a\": [1, \"\\\\\"]}]""#,
        r#"* | makemv delim="\\" a | makemv tokenizer="(\w+)\|" allowempty=t "b c" | mvexpand a limit=3"#,
        r#"* | replace a WITH "b c", "*\"" WITH "x*" | replace "*d" WITH e IN f g*"#,
        "* | foreach a* \"b c\" [eval x='<<FIELD>>' | rex field=x \"(?<y>[a-z])\"] | xmlkv | xmlkv \"b c\"",
        "* | convert timeformat=\"%Y \\\"\" ctime(a) AS b, none(c*) rmunit(*) auto(\"d e\")",
        "* | spath | spath input=a b{}.c{1} | spath output=x path=a.b{@c}",
        "| makeresults | stats count",
        "* | stats allnum=t partitions=2 sum(v), perc99.9(v) AS p p5(\"a b\") by k, \"l m\" dedup_splitvals=t",
        "* | dedup 2 a, b keepevents=t keepempty=t consecutive=t sortby -a +num(b)",
        "* | dedup keepempty=t a",
        "* | top 3 showperc=f useother=t otherstr=\"the rest\" a b BY c",
        "* | rare limit=0 countfield=n percentfield=\"of all\" a",
        "* | bin span=5m _time AS t | bin _time span=250ms aligntime=0.5 | bucket x span=10",
        "* | bin x span=2log5 | discretize x bins=20 start=0 end=1000 | bin _time span=2mon",
        "* | fillnull | fillnull value=\"a b\" x, y | filldown | filldown x a*",
        "* | head 3 (a<5) null=t keeplast=t | head (b=1) | tail 2 | tail | reverse",
        "* | transaction a, b maxspan=5m maxpause=30 maxevents=3 keepevicted=t | transaction",
        r#"* | transaction startswith=eval(a="x") endswith="b=\"y z\"" | transaction a startswith=(c (d OR e)) endswith=f"#,
        "* | accum a AS b | accum a | delta a p=3 | delta a AS b",
        "* | addtotals | addtotals row=f col=t labelfield=a label=\"all of them\" fieldname=s b* c",
        "* | addcoltotals labelfield=a b",
        "* | stats avg, sum() AS s_* BY k",
        "* | eventstats allnum=t sum(v) AS s, count BY k",
        "* | streamstats current=f window=3 global=f sum(v) AS s time_window=90m BY k",
        r#"* | streamstats reset_on_change=t reset_before="("a==\"b\"")" reset_after=(s>3) sum(v) AS s"#,
        "* | stats values(*) AS *, avg(x*) dc(eval(lower(a) . b)) AS d count(eval(if(a=1, b, null()))) AS e",
        "search index=* \"quoted field\"=1",
        "(earliest=-1d latest=now) OR (a=1 earliest=0) b=2",
        "a=1 [search b=1 | return 2 c\\\\\\\\d=e f $\\\\\\\\g \"h i\"=\"j k\"]",
        "TERM(a=b.C*) CASE(\"Ab c\") NOT f*o.b",
        "a=1 | eval n=1+[search a=1 | return $b] | stats mean(n) AS a avg(n) AS b",
        "earliest=-1d@d a=1 latest=now (b=2 OR c=3) | where a=1",
        "latest=now",
        "* | eval a=b-(c-d)-e*(f+g)/(h%i)*-j . (k . l), m=-(n+o), p=- - -q, r=(s . t)+u",
        "* | where NOT NOT a=1 XOR (b=2 XOR c=3) XOR d=4 AND -e<f+1",
        // Found by fuzzing: numbers that print as words, or without their sign.
        "* | eval x=11e803, y=-1e999, z=-0-0, w=-0.00-b, v=mvrange(-1e400, a)",
        // Found by fuzzing: names that must be quoted.
        r#"* | return 2 "a|b"=c d="e \"f" "g\\h", "$i j" $k"#,
        // Two names of one function, which is no renaming of it.
        "* | stats mean(a) avg(a) c count(b) avg BY d",
        "a=1 [search b=2 | fields c] NOT [search d=1 | return 3 $x y=z e] | join max=0 type=left c d [search e=1 | stats count BY c] | append maxout=5 [search f=1] | appendcols override=t [search g=1]",
        "a=1 | stats count BY b | appendpipe [stats sum(count) AS count | eval b=\"all\"] | format mvsep=\"x\" \"(\" \"(\" \"&&\" \")\" \"||\" \")\" emptystr=\"\"",
    ] {
        if let Err(error) = Search::parse(text) {
            panic!("{text}: {error} at {:?}", error.span);
        }
        round_trip(text);
    }
}

#[test]
fn lookups_round_trip() {
    let mut knowledge = Knowledge::default();
    knowledge.add_lookup_file("x.csv", b"a,b c\n1,2\n").unwrap();
    let knowledge = Arc::new(knowledge);
    for text in [
        "* | lookup x a AS d, \"b c\" OUTPUT \"b c\" AS e | lookup local=t x.csv a OUTPUTNEW a",
        "* | lookup x.csv a AS \"f g\"",
        "| inputlookup start=1 max=2 x where a=1 OR NOT \"b c\"=\"x*\"",
        "* | inputlookup append=t x",
        "* | eval c=lookup(\"x.csv\", json_object(\"a\", lower(d)), json_array(\"b c\"))",
    ] {
        let search = Search::parse_with(text, &knowledge).unwrap();
        let canonical = search.canonical();
        let again = Search::parse_with(&canonical, &knowledge).unwrap();
        assert_eq!(tree(&search.plan), tree(&again.plan), "{text}\n{canonical}");
    }
}

#[test]
fn the_rules_round_trip() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/sigma/spl");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} not present", folder.display());
        return;
    };
    for entry in entries {
        round_trip(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn what_is_as_deep_as_can_be_round_trips() {
    for text in [
        format!("* | eval x={}abs(a)", "-".repeat(60)),
        format!("* | eval x=a{}", "-b".repeat(60)),
        format!("* | where {}a=1", "NOT ".repeat(60)),
        format!("* | where a=1{}", " XOR b=2".repeat(60)),
    ] {
        assert!(Search::parse(&text).is_ok(), "{text}");
        round_trip(&text);
    }
}
