//! Functions on text.

use super::check;
use crate::support::{evaluate, event, try_run};

/// Search Reference, "Conversion functions", `printf()`.
#[test]
fn printf() {
    check(&[
        ("printf(\"%.3A\",pi())", "0X1.922P+1"),
        ("printf(\"%c,%c\",65,\"Foo\")", "A,F"),
        ("printf(\"%d,%i,%d\",-2,+4,30)", "-2,4,30"),
        ("printf(\"%.2e\",5139)", "5.14e+03"),
        ("printf(\"%.2f\",pi())", "3.14"),
        ("printf(\"%.2g,%.2g\",pi(),123)", "3.1,1.2e+02"),
        ("printf(\"%o\",255)", "377"),
        ("printf(\"%s%z\", \"foo\", \"bar\")", "foobar"),
        ("printf(\"%u\",99)", "99"),
        ("printf(\"%x,%X,%p\",10,10,10)", "a,A,A"),
        ("printf(\"100%%\")", "100%"),
        ("printf(\"%'d\",12345)", "12,345"),
        ("printf(\"%-4d\",1)", "1   "),
        ("printf(\"%04d\",1)", "0001"),
        ("printf(\"%+4d\",1)", "  +1"),
        ("printf(\"% -4d\",1)", " 1  "),
        ("printf(\"%#x\", 1)", "0x1"),
        ("printf(\"%*d\", 5, 123)", "  123"),
        ("printf(\"%.*f\", 1, 1.23)", "1.2"),
        ("printf(\"%*.*e\", 9, 2, pi())", " 3.14e+00"),
        // What sprintf of C says.
        ("printf(\"%04.4f %-6s|\", 1.5, \"a\")", "1.5000 a     |"),
        ("printf(\"%08.3f\", -1.5)", "-001.500"),
        (
            "printf(\"%5s|%-5s|%.2s\", \"abc\", \"abc\", \"abc\")",
            "  abc|abc  |ab",
        ),
        ("printf(\"%.3d\", 7)", "007"),
        ("printf(\"%#o %#X %#.0f\", 8, 255, 1)", "010 0XFF 1."),
        (
            "printf(\"%g %g %g\", 100000, 1000000, 0.0001)",
            "100000 1e+06 0.0001",
        ),
        ("printf(\"%#g\", 1)", "1.00000"),
        (
            "printf(\"%.0a %.1a %a %.2a\", 3, 1.97, 0.1, 0)",
            "0x2p+1 0x2.0p+0 0x1.999999999999ap-4 0x0.00p+0",
        ),
        (
            "printf(\"%.0e %#.0e %e\", 15, 15, 0)",
            "2e+01 2.e+01 0.000000e+00",
        ),
        (
            "printf(\"%.0d|%+.3d|%-8.2f|%#o\", 0, 5, -1.5, 0)",
            "|+005|-1.50   |0",
        ),
        ("printf(\"%d\", 3.9)", "3"),
        ("printf(\"%d\", missing)", ""),
    ]);
}

/// Search Reference, "Cryptographic functions"; the hashes are those of RFC
/// 1321 and FIPS 180-4.
#[test]
fn cryptographic() {
    check(&[
        ("md5(\"abc\")", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1(\"abc\")", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "sha256(\"abc\")",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "sha512(\"abc\")",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        ("md5(missing)", ""),
    ]);
}

/// Search Reference, "Text functions".
#[test]
fn text() {
    check(&[
        (
            "urldecode(\"http%3A%2F%2Fwww.splunk.com%2Fdownload%3Fr%3Dheader\")",
            "http://www.splunk.com/download?r=header",
        ),
        (
            "substr(\"string\", 1, 3) + substr(\"string\", -3)",
            "string",
        ),
        ("ltrim(\"   ZZZZabcZZ \", \" Z\")", "abcZZ "),
        ("rtrim(\"   ZZZZabcZZ \", \" Z\")", "   ZZZZabc"),
        ("trim(\"   ZZZZabcZZ \", \" Z\")", "abc"),
        (
            "replace(\"54.81.233.206:443:X1\", \":.*\", \"\")",
            "54.81.233.206",
        ),
    ]);
    let tweet = event([(
        "_raw",
        r#"{"entities": {"hashtags": [{"text": "a"}, {"text": "b"}], "n": 1.0}, "empty": null}"#,
    )]);
    for (path, result) in [
        ("entities.hashtags{}.text", "a\nb"),
        ("entities.hashtags{1}.text", "b"),
        ("entities.hashtags{2}.text", ""),
        ("entities.n", "1.0"),
        ("entities.hashtags", r#"[{"text": "a"}, {"text": "b"}]"#),
        ("empty", "null"),
        ("none", ""),
    ] {
        let found = evaluate(&format!("spath(_raw, \"{path}\")"), &tweet);
        assert_eq!(found.unwrap_or_default(), result, "{path}");
    }
    let xml = event([("_raw", "<a><b>1</b><b>2</b></a>")]);
    assert_eq!(
        evaluate("spath(_raw, \"a.b\")", &xml).as_deref(),
        Some("1\n2")
    );
    assert_eq!(
        evaluate("spath(_raw, \"a.b{2}\")", &xml).as_deref(),
        Some("2")
    );
    let error = try_run("* | eval r=spath(_raw, \"a\")", &[xml]).unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(error.span, 23..26);
}
