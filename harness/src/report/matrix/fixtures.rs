//! A grid made by hand, with a cell of each kind.

use std::collections::BTreeMap;

use crate::matrix::Grid;
use crate::matrix::grid::{Alarm, Cell, Emptied, Kind, OfDetection, Row, SCHEMA_VERSION};
use crate::matrix::view::{View, ViewReport};
use crate::outcome::{Class, Outcome};
use crate::report::model::{DetectionSource, Dropped, Mismatch, Tool};

const VIEWS: [&str; 3] = ["reference", "provider", "provider+current"];

/// A cell without anything to say.
fn cell(scenario: usize, view: usize, kind: Kind, rows: usize, outcome: Outcome) -> Cell {
    Cell {
        host: None,
        executions: 1,
        scenario,
        view: VIEWS[view].to_owned(),
        kind,
        rows,
        expected: "exactly 5".to_owned(),
        outcome,
        reasons: vec![],
        dropped: vec![],
        emptied: None,
        mismatches: vec![],
        alarms: vec![],
        kept: vec![],
        because: None,
    }
}

fn missed(scenario: usize, view: usize, value: &str, reasons: &[&'static str]) -> Cell {
    let met = [("DestinationHostname".to_owned(), Some(value.to_owned()))];
    Cell {
        reasons: reasons.to_vec(),
        dropped: vec![Dropped {
            clause: "DestinationHostname=\"*.workers.dev\"".to_owned(),
            line: 2,
            column: 2,
            events: 5,
            met: BTreeMap::from(met),
        }],
        because: Some("reverse DNS does not give the tenant's name".to_owned()),
        ..cell(scenario, view, Kind::Misses, 0, Outcome::KnownMiss)
    }
}

/// A scenario of which a false alarm is known: as it is, with other rows, and
/// silent.
fn known_alarm() -> [Cell; 3] {
    let known = |view, kind, rows, outcome| Cell {
        because: Some("a deployment script asks as a beacon does".to_owned()),
        ..cell(3, view, kind, rows, outcome)
    };
    [
        known(0, Kind::FalseAlarm, 5, Outcome::KnownFalseAlarm),
        known(1, Kind::FalseAlarm, 2, Outcome::WrongCount),
        known(2, Kind::Silent, 0, Outcome::WrongCount),
    ]
}

/// Four scenarios, three views, two detections; one scenario did not run.
pub(super) fn grid() -> Grid {
    let row = |number, name: &str| Row {
        number,
        guid: format!("00000000-0000-4000-8000-{number:012}"),
        name: name.to_owned(),
        control: number > 2,
    };
    let alarm = Alarm {
        image: Some(r"C:\Program Files\nodejs\node.exe".to_owned()),
        name: Some("contoso|deploy.azurewebsites.net".to_owned()),
    };
    let both = ["reverse-dns", "sourcetype-renamed"];
    let first = vec![
        cell(1, 0, Kind::Fires, 5, Outcome::Detected),
        missed(1, 1, "-", &both[..1]),
        missed(1, 2, "-", &both),
        Cell {
            mismatches: vec![Mismatch {
                column: "serverless_platform".to_owned(),
                expected: "AWS Lambda".to_owned(),
                got: "Other Serverless".to_owned(),
                rows: 3,
            }],
            ..cell(2, 0, Kind::Fires, 3, Outcome::WrongValue)
        },
        Cell {
            outcome: Outcome::Missed,
            ..missed(2, 1, "ec2-192-0-2-1.compute.amazonaws.com", &both[..1])
        },
        missed(2, 2, "ec2-192-0-2-1.compute.amazonaws.com", &both),
        Cell {
            alarms: vec![alarm],
            ..cell(3, 0, Kind::FalseAlarm, 2, Outcome::Unexpected)
        },
        cell(3, 1, Kind::Silent, 0, Outcome::Silent),
        cell(3, 2, Kind::Silent, 0, Outcome::Silent),
    ];
    let mut second: Vec<Cell> = (0..3)
        .map(|view| Cell {
            emptied: Some(Emptied {
                command: "where count>=4".to_owned(),
                line: 9,
                column: 3,
                rows: view + 1,
            }),
            ..cell(1, view, Kind::Misses, 0, Outcome::KnownMiss)
        })
        .collect();
    second.extend((0..3).map(|view| Cell {
        because: Some("the endpoint did not accept curl.exe".to_owned()),
        ..cell(2, view, Kind::Inconclusive, 0, Outcome::LabError)
    }));
    second.extend(known_alarm());
    let of = |name: &str, cells| OfDetection {
        source: DetectionSource {
            name: name.to_owned(),
            file: None,
            hash: "sha256:00".to_owned(),
            origin: None,
        },
        cells,
    };
    Grid {
        earlier: vec![],
        recorded: None,
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "beaconlab",
            version: "0.1.0",
        },
        run_id: "20260301T093000Z-7f3a".to_owned(),
        started: "2026-03-01T09:30:00Z".parse().unwrap_or_default(),
        interrupted: true,
        outcome: Class::Inconclusive,
        exit_code: 4,
        behaviour: "serve".to_owned(),
        strict: false,
        troubles: vec![],
        views: VIEWS
            .iter()
            .filter_map(|name| View::parse(name).ok())
            .map(|view| ViewReport::from(&view))
            .collect(),
        scenarios: vec![
            row(1, "PowerShell Beaconing to Cloudflare Workers Endpoint"),
            row(2, "Python Script Polling AWS Lambda Function URL"),
            row(
                3,
                "Node.js\u{1b}[2J Deployment Script *Telling* Azure Function",
            ),
            row(4, "Not Run"),
        ],
        detections: vec![of("serverless", first), of("beaconing", second)],
    }
}
