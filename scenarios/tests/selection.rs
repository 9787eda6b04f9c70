//! How users name tests, and give them values.

#![allow(clippy::unwrap_used)]

use scenarios::{Library, Overrides, ResolveError, SelectError};

mod common;

#[test]
fn a_test_has_many_names() {
    let library = Library::embedded().unwrap();
    for selector in [
        "4",
        " 4 ",
        "14b7a529-acce-49dd-9b66-9acd0e082906",
        "14B7A529-ACCE-49DD-9B66-9ACD0E082906",
        "14b7",
        "T1583.007-4",
        "cURL Beaconing to Google Cloud Function (Repeated Intervals)",
        "google cloud",
    ] {
        assert_eq!(
            library.find(selector).map(|test| test.number),
            Ok(4),
            "{selector}"
        );
    }
}

#[test]
fn no_test_is_guessed() {
    let library = Library::embedded().unwrap();
    for selector in ["", "0", "99", "14b", "T1583.007-5", "perl"] {
        assert_eq!(
            library.find(selector),
            Err(SelectError::NotFound {
                selector: selector.to_owned()
            })
        );
    }
    insta::assert_snapshot!(
        library.find("google").unwrap_err(),
        @"`google` may be 3 (WScript Invoking Google Apps Script Web App (BlackWater Technique)), or 4 (cURL Beaconing to Google Cloud Function (Repeated Intervals))"
    );
}

#[test]
fn a_whole_name_goes_before_a_part_of_one() {
    let files = common::edited("T1583.007.yaml", "Second Beacon", "Beacon");
    let library = common::load(&files).unwrap();
    assert_eq!(library.find("beacon").map(|test| test.number), Ok(2));
}

#[test]
fn values_come_from_the_user_the_field_or_the_default() {
    let library = Library::embedded().unwrap();
    let test = library.find("1").unwrap();
    let interval = |overrides: &Overrides| {
        let resolved = test.resolve(overrides).unwrap();
        (resolved.arguments["interval"].clone(), resolved.ignored)
    };
    let plain = Overrides::default();
    assert_eq!(interval(&plain), ("0.1".to_owned(), vec![]));
    assert_eq!(
        interval(&plain.clone().realtime()),
        ("60".to_owned(), vec![])
    );
    let given = plain.realtime().with("interval", "2.5").with("speed", "9");
    assert_eq!(
        interval(&given),
        ("2.5".to_owned(), vec!["speed".to_owned()])
    );
}

#[test]
fn values_stand_in_the_commands() {
    let library = Library::embedded().unwrap();
    let overrides = Overrides::default()
        .with("count", "2")
        .with("interval", "0.25");
    let resolved = library.find("1").unwrap().resolve(&overrides).unwrap();
    let expected = "\
& {1..2 | ForEach-Object {
  try {
    Invoke-WebRequest -Uri 'https://df00tech-sentinel-test.argustest.workers.dev/beacon' -UseBasicParsing -DisableKeepAlive -TimeoutSec 30 | Out-Null
  } catch {
  }
  Start-Sleep -Milliseconds (0.25 * 1000)
}}";
    assert_eq!(resolved.invocation(), ["powershell.exe", expected]);

    // timeout.exe takes whole seconds.
    let resolved = library.find("4").unwrap().resolve(&overrides).unwrap();
    assert_eq!(
        resolved.invocation(),
        [
            "cmd.exe",
            "/c",
            "for /L %i in (1,1,2) do (curl.exe -s --max-time 30 \"https://us-central1-df00tech-argus-test.cloudfunctions.net/beacon\" >nul & timeout.exe /t 1 /nobreak >nul 2>nul || ping.exe -n 1 127.0.0.1 >nul 2>nul)"
        ]
    );
}

#[test]
fn values_must_be_of_the_argument_s_type() {
    let library = Library::embedded().unwrap();
    let test = library.find("1").unwrap();
    for (argument, value) in [
        ("count", "many"),
        ("interval", "soon"),
        ("interval", "1; calc.exe"),
        ("url", "https://a.dev/' ; calc.exe"),
    ] {
        let error = test
            .resolve(&Overrides::default().with(argument, value))
            .unwrap_err();
        assert!(
            matches!(error, ResolveError::InvalidValue { .. }),
            "{error}"
        );
    }
}

#[test]
fn an_argument_without_default_needs_a_value() {
    let files = common::edited("T1583.007.yaml", "      default: 3\n", "");
    let library = common::load(&files).unwrap();
    let test = library.find("1").unwrap();
    assert_eq!(
        test.resolve(&Overrides::default()),
        Err(ResolveError::MissingValue {
            argument: "count".to_owned()
        })
    );
    assert!(
        test.resolve(&Overrides::default().with("count", "1"))
            .is_ok()
    );
}

#[test]
fn dependencies_get_their_values_too() {
    let library = common::load(&common::valid()).unwrap();
    let resolved = library
        .find("1")
        .unwrap()
        .resolve(&Overrides::default())
        .unwrap();
    assert_eq!(
        resolved.dependencies[0].prereq_command,
        "test https://a.workers.dev/\n"
    );
    assert_eq!(
        resolved.dependency_executor,
        scenarios::Executor::PowerShell
    );
    assert_eq!(resolved.hosts, ["a.workers.dev"]);
}
