//! What must hold of every platform's data.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;

use super::{answer::Filled, *};

fn id_of(text: &str) -> Option<PlatformId> {
    PlatformId::of(&text.parse().unwrap())
}

fn all() -> impl Iterator<Item = &'static Platform> {
    PlatformId::ALL
        .iter()
        .map(|id| id.platform())
        .chain([hosting()])
}

fn answers(platform: &'static Platform) -> Vec<&'static Answer> {
    let mut answers: Vec<_> = platform.routes.iter().map(|route| &route.answer).collect();
    answers.extend([&platform.unknown_host, &platform.error]);
    if let PlainHttp::Redirect(answer) = &platform.plain_http {
        answers.push(answer);
    }
    answers
}

fn fill(platform: &Platform, answer: &Answer, seed: u64, path: &str) -> Filled {
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let protocol = Protocol::Http1 { keep_alive: true };
    let mut ids = Ids::new(seed, now, path);
    answer.fill(
        platform.request_id,
        "https://x/".to_owned(),
        protocol,
        &mut ids,
    )
}

#[test]
fn each_name_of_the_detection_has_its_platform() {
    let expected = [
        (
            "df00tech-sentinel-test.argustest.workers.dev",
            PlatformId::CloudflareWorkers,
        ),
        ("beacon.pages.dev", PlatformId::CloudflarePages),
        (
            "us-central1-df00tech-argus-test.cloudfunctions.net",
            PlatformId::GoogleCloudFunctions,
        ),
        ("beacon-a1b2c3d4e5-uc.a.run.app", PlatformId::GoogleCloudRun),
        (
            "beacon-123456789012.europe-west1.run.app",
            PlatformId::GoogleCloudRun,
        ),
        (
            "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            PlatformId::AwsApiGateway,
        ),
        (
            "abcde12345fghij.lambda-url.us-east-1.amazonaws.com",
            PlatformId::AwsLambdaUrl,
        ),
        (
            "abcde12345fghij.lambda-url.us-east-1.on.aws",
            PlatformId::AwsLambdaUrl,
        ),
        ("beacon.azurewebsites.net", PlatformId::AzureFunctions),
        (
            "app.env-1a2b.westeurope.azurecontainerapps.io",
            PlatformId::AzureContainerApps,
        ),
        ("beacon.netlify.app", PlatformId::Netlify),
        ("beacon.vercel.app", PlatformId::Vercel),
        ("script.google.com", PlatformId::GoogleAppsScript),
        (
            "script.googleusercontent.com",
            PlatformId::GoogleAppsScriptContent,
        ),
    ];
    for (name, id) in expected {
        assert_eq!(id_of(name), Some(id), "{name}");
    }
    let seen: BTreeSet<_> = expected.iter().map(|(_, id)| id).collect();
    assert_eq!(seen.len(), PlatformId::ALL.len());
}

#[test]
fn look_alikes_have_none() {
    for name in [
        "x.notworkers.dev",
        "notworkers.dev",
        "workers.dev",
        "x.workers.dev.example.com",
        "x.execute-api.amazonaws.com",
        "ec2.us-east-1.amazonaws.com",
        "docs.google.com",
        "x.script.google.com",
        "xscript.google.com",
        "vercel.com",
        "a.run.app",
        "x.notrun.app",
    ] {
        assert_eq!(id_of(name), None, "{name}");
    }
}

#[test]
fn every_answer_can_be_sent() {
    for platform in all() {
        for answer in answers(platform) {
            let filled = fill(platform, answer, 7, "/macros/s/abc/exec");
            assert!(StatusCode::from_u16(filled.status).is_ok());
            for (name, value) in filled.headers {
                assert!(HeaderName::try_from(name).is_ok(), "{name}");
                assert!(HeaderValue::try_from(&value).is_ok(), "{name}: {value}");
                assert!(!value.is_empty(), "{}: {name}", platform.label);
            }
        }
    }
}

#[test]
fn every_request_has_a_route() {
    for platform in all() {
        let last = platform.routes.last().unwrap();
        assert_eq!((last.methods, last.path), (Methods::Any, PathPattern::Any));
    }
}

#[test]
fn an_error_is_a_5xx_and_an_unknown_name_a_4xx() {
    for platform in all() {
        assert!(
            (500..600).contains(&platform.error.status),
            "{}",
            platform.label
        );
        assert!(
            (400..500).contains(&platform.unknown_host.status),
            "{}",
            platform.label
        );
    }
}

#[test]
fn a_platform_spells_a_name_in_one_way() {
    for platform in all() {
        let mut spellings = BTreeMap::<String, BTreeSet<&str>>::new();
        for name in platform.header_names().into_keys() {
            spellings
                .entry(name.to_ascii_lowercase())
                .or_default()
                .insert(name);
        }
        for (name, spellings) in spellings {
            assert_eq!(spellings.len(), 1, "{}: {name}", platform.label);
        }
    }
}

#[test]
fn the_seed_makes_the_identifiers() {
    let vercel = PlatformId::Vercel.platform();
    let answer = &vercel.unknown_host;
    assert_eq!(fill(vercel, answer, 1, "/"), fill(vercel, answer, 1, "/"));
    assert_ne!(fill(vercel, answer, 1, "/"), fill(vercel, answer, 2, "/"));
}

#[test]
fn an_identifier_is_the_same_in_header_and_body() {
    let netlify = PlatformId::Netlify.platform();
    let filled = fill(netlify, &netlify.unknown_host, 3, "/");
    let id = filled
        .body
        .strip_prefix("Not Found - Request ID: ")
        .unwrap();
    assert_eq!(id.len(), 26);
    // 2026-03-01T12:00:00Z is 1772366400000 ms, in Crockford's Base32:
    assert!(id.starts_with("01KJMMA2G0"), "{id}");
    assert!(filled.headers.contains(&("X-Nf-Request-Id", id.to_owned())));
}

#[test]
fn a_script_keeps_its_library_and_changes_its_key() {
    let platform = PlatformId::GoogleAppsScript.platform();
    let answer = &platform.routes[0].answer;
    let location = |seed, path| {
        let filled = fill(platform, answer, seed, path);
        let location = filled.headers.iter().find(|(name, _)| *name == "Location");
        location.unwrap().1.clone()
    };
    let first = location(1, "/macros/s/a/exec");
    let second = location(2, "/macros/s/a/exec");
    let other = location(1, "/macros/s/b/exec");
    let library = |url: &str| url.split_once("&lib=").unwrap().1.to_owned();
    assert_ne!(first, second);
    assert_eq!(library(&first), library(&second));
    assert_ne!(library(&first), library(&other));
    assert_eq!(library(&first).len(), 33);
    let key = first
        .strip_prefix("https://script.googleusercontent.com/macros/echo?user_content_key=")
        .and_then(|rest| rest.split_once('&'))
        .unwrap()
        .0;
    assert_eq!(key.len(), 290);
}

#[test]
fn captured_lengths_of_bodies_hold() {
    let length = |answer: &Answer, platform: &Platform| fill(platform, answer, 1, "/").body.len();
    for (id, expected) in [
        (PlatformId::CloudflareWorkers, 16),
        (PlatformId::GoogleCloudFunctions, 36),
        (PlatformId::AwsLambdaUrl, 21),
        (PlatformId::AwsApiGateway, 36),
    ] {
        let platform = id.platform();
        assert_eq!(length(&platform.error, platform), expected, "{id}");
    }
}
