//! `signals.yaml`: what a test must leave behind, and what Atomic YAML has no place for.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;
use uuid::Uuid;

use crate::document::{self, Entries};
use crate::error::{Error, Problem};
use crate::expectation::{Expectation, RawExpectation, parse_guid};
use crate::host::Host;
use crate::place::Place;
use crate::technique::TechniqueId;
use crate::words::{UnknownWord, words};

words! {
    /// Which runs a test is part of.
    #[derive(Default)]
    pub enum Suite, "suite" {
        /// Those in which nobody named a test.
        #[default]
        Core = "core",
        /// Those that ask for it.
        Extended = "extended",
    }
}

/// What is known of a test beside its Atomic YAML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// The events that the test must leave behind, or must not.
    pub telemetry: Vec<Expectation>,
    /// The values of the test's arguments that keep the field's pace.
    pub realtime: BTreeMap<String, String>,
    /// Programs that the test runs under a path that isn't theirs: the Windows path, and the
    /// name of the program that must be there (`curl`).
    pub images: BTreeMap<String, String>,
    /// The ATT&CK techniques that the test's events can show, beside the one it is filed under.
    pub techniques: Vec<TechniqueId>,
    /// Which runs the test is part of.
    pub suite: Suite,
    /// What the test is there for, beside the terms of a detection that no other test meets.
    pub purpose: Option<String>,
    /// What names are that the test asks for, where the name itself does not tell.
    pub hosts: BTreeMap<String, Host>,
    /// Arguments whose value is an address of the run: that of the host in another argument.
    pub addresses: BTreeMap<String, String>,
}

/// The signals of one test, with the places that the checks against the test need.
#[derive(Debug)]
pub(crate) struct PlacedSignals {
    pub(crate) place: Place,
    pub(crate) signals: Signals,
    pub(crate) realtime: Vec<(Place, String, String)>,
    pub(crate) images: Vec<(Place, String)>,
    pub(crate) hosts: Vec<(Place, String)>,
    pub(crate) addresses: Vec<(Place, String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSignals {
    #[serde(default)]
    telemetry: Vec<Spanned<RawExpectation>>,
    #[serde(default)]
    realtime: Entries<String>,
    #[serde(default)]
    images: Entries<String>,
    #[serde(default)]
    techniques: Vec<Spanned<String>>,
    suite: Option<Spanned<String>>,
    #[serde(rename = "for")]
    purpose: Option<String>,
    #[serde(default)]
    hosts: Entries<Host>,
    #[serde(default)]
    addresses: Entries<String>,
}

pub(crate) fn parse(text: &str, file: &str) -> Result<BTreeMap<Uuid, PlacedSignals>, Error> {
    let Entries(entries) = document::parse_own::<Entries<RawSignals>>(text, file)?;
    let mut by_test = BTreeMap::new();
    for (key, raw) in entries {
        let place = Place::at(file, key.referenced);
        let guid = parse_guid(&key, file)?;
        let signals = placed(raw, place.clone(), file)?;
        if by_test.insert(guid, signals).is_some() {
            // The same GUID in capitals, which YAML takes for another key.
            return Err(Error::new(place, Problem::DuplicateKey { key: key.value }));
        }
    }
    Ok(by_test)
}

fn placed(raw: RawSignals, place: Place, file: &str) -> Result<PlacedSignals, Error> {
    let telemetry = raw
        .telemetry
        .into_iter()
        .map(|expectation| Expectation::from_raw(expectation, file))
        .collect::<Result<_, _>>()?;
    let techniques = raw
        .techniques
        .into_iter()
        .map(|technique| parse_technique(&technique, file))
        .collect::<Result<_, _>>()?;
    let suite = raw
        .suite
        .map(|suite| {
            let place = Place::at(file, suite.referenced);
            let parsed = suite.value.parse();
            parsed.map_err(|unknown: UnknownWord| Error::new(place, unknown.into()))
        })
        .transpose()?;
    let at = |key: &Spanned<String>| Place::at(file, key.referenced);
    Ok(PlacedSignals {
        place,
        realtime: raw
            .realtime
            .0
            .iter()
            .map(|(key, value)| (at(key), key.value.clone(), value.clone()))
            .collect(),
        images: raw
            .images
            .0
            .iter()
            .map(|(key, _)| (at(key), key.value.clone()))
            .collect(),
        hosts: raw
            .hosts
            .0
            .iter()
            .map(|(key, _)| (at(key), key.value.clone()))
            .collect(),
        addresses: raw
            .addresses
            .0
            .iter()
            .map(|(key, of)| (at(key), key.value.clone(), of.clone()))
            .collect(),
        signals: Signals {
            telemetry,
            realtime: BTreeMap::new(),
            images: raw
                .images
                .0
                .into_iter()
                .map(|(key, program)| (key.value, program))
                .collect(),
            techniques,
            suite: suite.unwrap_or_default(),
            purpose: raw.purpose,
            hosts: raw
                .hosts
                .0
                .into_iter()
                .map(|(key, host)| (key.value.to_ascii_lowercase(), host))
                .collect(),
            addresses: raw
                .addresses
                .0
                .into_iter()
                .map(|(key, of)| (key.value, of))
                .collect(),
        },
    })
}

pub(crate) fn parse_technique(text: &Spanned<String>, file: &str) -> Result<TechniqueId, Error> {
    text.value.parse().map_err(|_| {
        Error::new(
            Place::at(file, text.referenced),
            Problem::InvalidTechnique {
                found: text.value.clone(),
            },
        )
    })
}
