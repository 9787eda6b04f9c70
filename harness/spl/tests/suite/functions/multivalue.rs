//! Functions on multivalue fields.

use jiff::civil;

use super::{check, in_los_angeles, value};
use crate::support::{evaluate, event, try_run};

/// Search Reference, "Multivalue eval functions".
#[test]
fn multivalue() {
    let made = event([
        ("srcip", "203.0.113.0"),
        ("destip", "203.0.113.255"),
        ("email", "a@x.net"),
        ("email", "b@x.com"),
        ("email", "c@x.org"),
        ("err", "ok"),
        ("err", "err42"),
        ("results", "1"),
        ("results", "2"),
        ("results", "3"),
        ("threshold", "5"),
        ("hosts", "h1"),
        ("hosts", "h2"),
        ("ports", "80"),
        ("ports", "443"),
        ("ports", "22"),
        ("dup", "b"),
        ("dup", "a"),
        ("dup", "b"),
    ]);
    for (expression, result) in [
        (
            "mvappend(mvappend(\"localhost\", srcip), destip, missing, \"192.168.1.1\")",
            "localhost\n203.0.113.0\n203.0.113.255\n192.168.1.1",
        ),
        (
            r#"mvfilter(match(email, "\.net$") OR match(email, "\.org$"))"#,
            "a@x.net\nc@x.org",
        ),
        ("mvfilter(match(srcip, \"^203\"))", "203.0.113.0"),
        ("mvfilter(match(srcip, \"^204\"))", ""),
        ("mvfilter(missing=1)", ""),
        (r#"mvfind(err, "err\d+")"#, "1"),
        (r#"mvfind(err, "none")"#, ""),
        ("mvmap(results, results*10)", "10\n20\n30"),
        ("mvmap(results, results*threshold)", "5\n10\n15"),
        ("mvmap(mvindex(results, 1,2), results*threshold)", "10\n15"),
        ("mvmap(results, if(results=2, null(), results))", "1\n3"),
        ("mvmap(threshold, threshold+1)", "6"),
        ("mvmap(missing, 1)", ""),
        ("mvmap(dup, mvmap(dup, dup . \"x\"))", "bx\nax\nbx"),
        ("mvzip(hosts,ports)", "h1,80\nh2,443"),
        (
            "mvzip(mvzip(hosts,ports,\"|\"),results,\"|\")",
            "h1|80|1\nh2|443|2",
        ),
        ("mvdedup(dup)", "b\na"),
        ("mvsort(dup)", "a\nb\nb"),
        ("mvreverse(results)", "3\n2\n1"),
        ("lower(upper(hosts))", "h1\nh2"),
        ("upper(hosts)", "H1\nH2"),
        ("mvindex(results, 2, 1)", ""),
        ("mvindex(results, -2, -1)", "2\n3"),
    ] {
        assert_eq!(
            evaluate(expression, &made).unwrap_or_default(),
            result,
            "{expression}"
        );
    }
}

/// Search Reference, "Multivalue eval functions".
#[test]
fn values_that_are_made() {
    check(&[
        (
            "commands(\"search foo | stats count | sort count\")",
            "search\nstats\nsort",
        ),
        ("commands(\"foo | STATS count\")", "search\nstats"),
        ("commands(\"a | | b\")", ""),
        ("mvrange(1,11,2)", "1\n3\n5\n7\n9"),
        ("mvjoin(mvrange(1,6), \" OR \")", "1 OR 2 OR 3 OR 4 OR 5"),
        ("mvrange(5,5)", ""),
        (
            "mvsort(mvappend(\"10\", \"9\", \"70\", \"100\"))",
            "10\n100\n70\n9",
        ),
        ("split(\"abcd\", \"\")", "a\nb\nc\nd"),
        ("split(\"1a2b3c4def567890\", \"def\")", "1a2b3c4\n567890"),
        ("split(\"name::value\", \"::\")", "name\nvalue"),
        ("mvreverse(split(\"1,2,3\", \",\"))", "3\n2\n1"),
        (
            r#"mv_to_json_array(mvappend("\"Buttercup\"", "true", "null"), false())"#,
            r#"["\"Buttercup\"","true","null"]"#,
        ),
        (
            r#"mv_to_json_array(mvappend("\"Buttercup\"", "true", "null"), true())"#,
            r#"["Buttercup",true,null]"#,
        ),
        (
            "mv_to_json_array(mvappend(\"1\", \"x\"), true())",
            "[1,null]",
        ),
        ("mv_to_json_array(\"1\")", "[\"1\"]"),
    ]);
    let names = "split(\"alex,celestino,claudia,david,ikraam\", \",\")";
    assert_eq!(value(&format!("mvindex({names},2)")), "claudia");
    assert_eq!(
        value(&format!("mvjoin(mvindex({names},0,3), \",\")")),
        "alex,celestino,claudia,david"
    );
    // Across the night when the clocks went forward.
    assert_eq!(
        in_los_angeles(
            "mvrange(1514834731,1524134919,\"7d\")",
            civil::date(2018, 4, 10).at(12, 31, 3, 0)
        )
        .as_deref(),
        Some(
            "1514834731\n1515439531\n1516044331\n1516649131\n1517253931\n1517858731\n1518463531\n\
             1519068331\n1519673131\n1520277931\n1520879131\n1521483931\n1522088731\n1522693531\n\
             1523298331\n1523903131"
        )
    );
}

#[test]
fn a_range_may_be_long() {
    assert_eq!(value("mvcount(mvrange(0, 100000))"), "100000");
    assert_eq!(value("mvcount(mvrange(0, 50000, 0.5))"), "100000");
    // 3,000,000,000 seconds are 69,444 times twelve hours, and a rest.
    assert_eq!(value("mvcount(mvrange(0, 3000000000, \"12h\"))"), "69445");
}

#[test]
fn a_range_without_an_end_is_an_error() {
    for expression in [
        "mvrange(0, 1e12)",
        "mvrange(0, 1e300, 1e-300)",
        "mvrange(-1e999, 0)",
        "mvrange(0, 100001)",
        "mvrange(0, 1e12, \"7d\")",
        "mvrange(0, 1e999, \"1y\")",
    ] {
        let error = try_run(&format!("* | eval r={expression}"), &[event([])]).unwrap_err();
        assert!(error.to_string().contains("limit"), "{expression}: {error}");
    }
    for step in ["0", "-1"] {
        let made = event([("step", step)]);
        let error = try_run("* | eval r=mvrange(1, 5, step)", &[made]).unwrap_err();
        assert!(error.is_unsupported(), "{step}");
    }
}
