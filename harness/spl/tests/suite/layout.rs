//! Layout: what comes out, and that nothing but blanks changes.

use proptest::prelude::*;
use spl::{Search, layout};

use crate::detection::DETECTION;

#[track_caller]
fn laid_out(text: &str) -> String {
    layout(text).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span))
}

/// The text without the blanks that may change: those outside of quotation
/// marks, comments and macros.
fn solid(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\\' => {
                let next = rest[1..].chars().next().filter(|c| !c.is_whitespace());
                1 + next.map_or(0, char::len_utf8)
            }
            '"' => {
                let mut escaped = false;
                rest[1..]
                    .char_indices()
                    .find(|(_, c)| {
                        let closes = *c == '"' && !escaped;
                        escaped = *c == '\\' && !escaped;
                        closes
                    })
                    .map_or(rest.len(), |(end, _)| end + 2)
            }
            '`' if rest.starts_with("```") => {
                rest[3..].find("```").map_or(rest.len(), |end| end + 6)
            }
            '`' => macro_length(rest),
            c => c.len_utf8(),
        };
        let piece = &rest[..length];
        if !piece.trim().is_empty() {
            out.push_str(piece);
        }
        rest = &rest[length..];
    }
    out
}

/// How long the macro is that a text begins with; a backtick in quotation marks
/// does not end it.
fn macro_length(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes()
        .enumerate()
        .skip(1)
        .find(|(_, byte)| {
            let was_escaped = std::mem::take(&mut escaped);
            match byte {
                _ if was_escaped => {}
                b'\\' => escaped = true,
                b'"' => quoted = !quoted,
                _ => {}
            }
            !was_escaped && *byte == b'`' && !quoted
        })
        .map_or(text.len(), |(end, _)| end + 1)
}

/// What holds of every text that can be laid out.
fn assert_safe(text: &str) {
    let Ok(once) = layout(text) else {
        return;
    };
    assert_eq!(solid(&once), solid(text), "{text:?}\n{once}");
    assert_eq!(layout(&once).as_ref(), Ok(&once), "{text:?}");
    match (Search::parse(text), Search::parse(&once)) {
        (Ok(before), Ok(after)) => {
            assert_eq!(before.canonical(), after.canonical(), "{text:?}\n{once}");
        }
        (Err(before), Err(after)) => {
            assert_eq!(before.kind, after.kind, "{text:?}\n{once}");
        }
        (before, after) => panic!("{text:?}\n{once}\n{before:?}\n{after:?}"),
    }
}

/// Bugs once: laid out twice, these were another text.
#[test]
fn a_search_that_begins_with_an_operator_stays_as_it_is() {
    for text in [
        "```c``` OR [search | search ]| search",
        "```[search if(| eval x=!=| where )`m` OR <( AND .case(``` OR -`| search | eval x=[search 'd  e'  '```'d  e'",
        "OR a b | head 1",
    ] {
        assert_safe(text);
    }
    assert_eq!(laid_out("a   OR   b"), "a OR b\n");
}

#[test]
fn the_shipped_detection_is_laid_out() {
    assert_safe(DETECTION);
    assert_eq!(
        laid_out(DETECTION),
        r#"index=* sourcetype="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational" EventCode=3
    (
        DestinationHostname="*.workers.dev"
        OR DestinationHostname="*.pages.dev"
        OR DestinationHostname="*.cloudfunctions.net"
        OR DestinationHostname="*.execute-api.*.amazonaws.com"
        OR DestinationHostname="*.lambda-url.*.amazonaws.com"
        OR DestinationHostname="*.azurewebsites.net"
        OR DestinationHostname="*.azurecontainerapps.io"
        OR DestinationHostname="*.netlify.app"
        OR DestinationHostname="*.vercel.app"
        OR DestinationHostname="script.google.com"
    )
| eval is_browser=if(
        match(lower(Image), "chrome\.exe|firefox\.exe|msedge\.exe|iexplore\.exe|opera\.exe|brave\.exe|vivaldi\.exe"),
        1,
        0
    )
| where is_browser=0
| eval is_suspicious_process=if(
        match(lower(Image), "powershell\.exe|pwsh\.exe|cmd\.exe|wscript\.exe|cscript\.exe|mshta\.exe|rundll32\.exe|python.*\.exe|node\.exe|curl\.exe|wget\.exe|wmic\.exe|bitsadmin\.exe|regsvr32\.exe|msbuild\.exe"),
        1,
        0
    )
| eval serverless_platform=case(
        match(lower(DestinationHostname), "workers\.dev|pages\.dev"), "Cloudflare Workers",
        match(lower(DestinationHostname), "cloudfunctions\.net"), "Google Cloud Functions",
        match(lower(DestinationHostname), "execute-api|lambda-url"), "AWS Lambda",
        match(lower(DestinationHostname), "azurewebsites\.net|azurecontainerapps\.io"),
        "Azure Functions",
        match(lower(DestinationHostname), "netlify\.app"), "Netlify Functions",
        match(lower(DestinationHostname), "vercel\.app"), "Vercel Serverless",
        match(lower(DestinationHostname), "script\.google\.com"), "Google Apps Script",
        true(), "Other Serverless"
    )
| table _time, host, User, Image, CommandLine, ParentImage, ParentCommandLine, DestinationHostname,
    DestinationIp, DestinationPort, serverless_platform, is_suspicious_process
| sort - _time
"#
    );
}

#[test]
fn short_searches_have_one_command_per_line() {
    for (text, expected) in [
        (
            "  a=1   b=2|where  x=1|table a,b",
            "a=1 b=2\n| where x=1\n| table a, b\n",
        ),
        ("|tstats  count", "| tstats  count\n"),
        ("a NOT(b OR  ( c ) )", "a NOT (b OR (c))\n"),
        (
            "a | eval x=1 , y=f( 2,3 )",
            "a\n| eval x=1,\n    y=f(2, 3)\n",
        ),
        (
            "a | sort -b,+c | sort - b",
            "a\n| sort -b, +c\n| sort - b\n",
        ),
        ("a | stats max( a ) by  b", "a\n| stats max( a ) by b\n"),
        (
            "`sysmon`  `m(\"a  b\")` EventCode =3",
            "`sysmon` `m(\"a  b\")` EventCode =3\n",
        ),
        ("a | rex  field=b  x  y", "a\n| rex  field=b  x  y\n"),
        (
            "a | lookup  t  b   OUTPUT c",
            "a\n| lookup  t  b   OUTPUT c\n",
        ),
    ] {
        assert_eq!(laid_out(text), expected, "{text}");
        assert_safe(text);
    }
}

#[test]
fn comments_stay() {
    for (text, expected) in [
        (
            "a=1 ```why  not```  b=2\n```second\n  part```\n| head 5",
            "a=1 ```why  not``` b=2\n    ```second\n  part```\n| head 5\n",
        ),
        (
            "```first``` | tstats count",
            "```first```\n| tstats count\n",
        ),
        (
            "a | ```here``` where x=1 AND ```there```\ny=2",
            "a\n| ```here``` where x=1 AND ```there``` y=2\n",
        ),
    ] {
        assert_eq!(laid_out(text), expected, "{text}");
        assert_safe(text);
    }
}

#[test]
fn subsearches_are_indented() {
    let text = r#"index=a [search index=b|fields host] | join type=left host [ search index=c EventCode=1 | stats count by host ]|append[|inputlookup x.csv]|rex "[a|b]""#;
    assert_eq!(
        laid_out(text),
        r#"index=a
    [ search index=b
      | fields host ]
| join type=left host
    [ search index=c EventCode=1
      | stats count by host ]
| append[ | inputlookup x.csv ]
| rex "[a|b]"
"#
    );
    assert_safe(text);
    // A class of characters is no subsearch.
    assert_eq!(
        laid_out("a | regex b=[search]+"),
        "a\n| regex b=[search]+\n"
    );
}

#[test]
fn long_expressions_break_at_their_operators() {
    let part = |name: &str| format!("{name}=\"{}\"", "x".repeat(30));
    let text = format!("a | where {} OR {} AND {}", part("a"), part("b"), part("c"));
    assert_eq!(
        laid_out(&text),
        format!(
            "a\n| where {}\n    OR {} AND {}\n",
            part("a"),
            part("b"),
            part("c")
        )
    );
    assert_safe(&text);
    let text = format!("{} {} OR {} {}", part("a"), part("b"), part("c"), part("d"));
    assert_eq!(
        laid_out(&text),
        format!(
            "{}\n    {} OR {}\n    {}\n",
            part("a"),
            part("b"),
            part("c"),
            part("d")
        )
    );
    assert_safe(&text);
}

#[test]
fn long_lists_break_between_their_parts() {
    let text = format!(
        "a | stats values({0}) AS x, max({0}) AS y by {0}",
        "b".repeat(30)
    );
    assert_eq!(
        laid_out(&text),
        format!(
            "a\n| stats values({0}) AS x, max({0}) AS y\n    by {0}\n",
            "b".repeat(30)
        )
    );
    let text = format!("a | stats values({0}) AS x max({0}) AS y", "b".repeat(38));
    assert_eq!(
        laid_out(&text),
        format!(
            "a\n| stats values({0}) AS x\n    max({0}) AS y\n",
            "b".repeat(38)
        )
    );
    assert_safe(&text);
}

#[test]
fn a_count_does_not_become_a_name() {
    // `2 ,` is a count and a comma that cannot be there, `2,` the name of a field.
    assert_eq!(laid_out("a | dedup  2 ,b"), "a\n| dedup  2 ,b\n");
    assert_eq!(laid_out("a | dedup  2 b ,c"), "a\n| dedup 2 b, c\n");
    for text in ["a | dedup 2 ,b", "a | head 2 ,b=c", "a | dedup 2, b"] {
        assert_safe(text);
    }
}

#[test]
fn text_that_does_not_fall_into_commands_is_an_error_with_its_place() {
    for (text, place) in [
        ("a=\"b", 2..3),
        ("a | where [b", 10..11),
        ("a ```b", 2..5),
        ("a `b", 2..3),
        ("a | | b", 2..3),
    ] {
        let error = layout(text).unwrap_err();
        assert_eq!(error.span.start, place.start, "{text}: {error}");
    }
}

#[test]
fn the_rules_are_laid_out() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/sigma/spl");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} not present", folder.display());
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let out = laid_out(&text);
        assert_safe(&text);
        if std::env::var_os("SHOW_LAYOUT").is_some() {
            println!("== {}\n{out}", path.display());
        }
    }
}

#[test]
fn long_texts_end() {
    let start = std::time::Instant::now();
    for text in [
        "(a)".repeat(50_000),
        "a ".repeat(50_000),
        format!("a IN ({}b)", "b, ".repeat(50_000)),
        format!("a | eval x=case({}true(), 1)", "f(a), 1, ".repeat(20_000)),
        format!("{}a{}", "[search ".repeat(2_000), "]".repeat(2_000)),
        format!("a {}", "[search b]".repeat(20_000)),
        format!("{}a{}", "(".repeat(2_000), ")".repeat(2_000)),
        "a | head 1 ".repeat(20_000),
    ] {
        layout(&text).unwrap();
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b=1",
        "c=\"x  y\"",
        "'d  e'",
        "'",
        "\"",
        "\\",
        "\\\"",
        "=",
        "!=",
        "<",
        "(",
        ")",
        ",",
        "|",
        "| search ",
        "| where ",
        "| eval x=",
        "| table ",
        "| rex ",
        "| stats count by ",
        "| join h ",
        "[",
        "]",
        "[search ",
        " AND ",
        " OR ",
        " NOT ",
        " IN (",
        " and ",
        "NOT",
        "case(",
        "if(",
        "f(",
        "`m`",
        "`m(1)`",
        "```c```",
        "\n```d\ne```\n",
        "```",
        "`",
        " ",
        "  ",
        "\n",
        "\t",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "é",
        "*",
        "by",
        "-",
        ".",
    ]);
    prop::collection::vec(piece, 0..32).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn nothing_but_blanks_changes(text in pieces()) {
        assert_safe(&text);
        assert_safe(&format!("a | {text}"));
        assert_safe(&format!("a | eval x={text}"));
        assert_safe(&format!("a | where {text}"));
        assert_safe(&format!("a | stats {text}"));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        assert_safe(&text);
    }
}

#[test]
fn terms_in_parentheses_and_subsearches_in_expressions() {
    for text in [
        "TERM(user=a.b) OR CASE(Abc d) x",
        "(earliest=-1d@d a=1) OR (latest=now b=2)",
        "a=1 | eval n=1 + [search b=1 | return $c]",
        "a=1 | eval n=lookup(\"x.csv\", json_object(\"a\", b), json_array(\"c\"))",
    ] {
        let laid = laid_out(text);
        assert_eq!(solid(&laid), solid(text));
        if let Ok(search) = Search::parse(text) {
            let again = Search::parse(&laid).unwrap();
            assert_eq!(search.canonical(), again.canonical(), "{laid}");
        }
    }
}
