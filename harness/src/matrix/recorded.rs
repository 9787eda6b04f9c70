//! A scenario that somebody recorded: views are made of the events' own texts,
//! as far as the recording says what they would be.
//!
//! What a view would have that was not recorded is not made up: without event 22
//! no view that has it, and no provider's reverse name of an address that is in
//! none of the ranges known here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use mock_endpoints::ProviderName;
use scenarios::{Addon, AtomicTest, Behaviour, Ptr, Queries};
use spl::Environment;
use splunk::Metadata;
use sysmon::{RecordedEvent, with_datum};

use super::seen::{Seen, Shown, Unseen};
use super::view::UNNAMED;
use crate::judge::chain::Break;
use crate::verify::{Asked, Observed};

impl Seen for Observed<'_> {
    fn test(&self) -> &AtomicTest {
        self.test()
    }

    fn arguments(&self) -> &BTreeMap<String, String> {
        self.arguments()
    }

    fn host(&self) -> Option<&str> {
        Some(self.host())
    }

    fn behaviour(&self) -> Behaviour {
        self.behaviour()
    }

    fn broken(&self) -> Option<&Break> {
        self.broken()
    }

    fn environment(&self) -> Environment {
        self.environment()
    }

    fn metadata(&self, addon: Addon) -> Result<Metadata, Unseen> {
        let recorded = self.condition().addon;
        let of_linux = |addon| addon == Addon::Linux;
        if of_linux(recorded) != of_linux(addon) {
            return Err(if of_linux(recorded) {
                format!(
                    "{} runs Linux, whose events the add-on for Windows does not have; the \
                     condition `linux` has them",
                    self.host()
                )
            } else {
                format!("{} does not run Linux", self.host())
            });
        }
        if addon != recorded && self.events().any(|event| event.raw.is_none()) {
            return Err(fields_alone());
        }
        Ok(Self::metadata(addon))
    }

    fn shown(&self, ptr: Ptr, queries: Queries) -> Result<Vec<Shown>, Unseen> {
        let recorded = self.condition();
        if queries == Queries::Logged && recorded.queries == Queries::Off {
            return Err(format!(
                "{} logs no event 22, and what it would say is not known",
                self.host()
            ));
        }
        let asked = self.asked();
        self.events()
            .filter(|of| queries == Queries::Logged || of.said.id != Some(22))
            .map(|of| {
                let Some(raw) = of.raw else {
                    return if ptr == recorded.ptr {
                        let fields = of.fields.to_vec();
                        let raw = String::new();
                        Ok(Shown { raw, fields })
                    } else {
                        Err(fields_alone())
                    };
                };
                if ptr == recorded.ptr || of.said.id != Some(3) {
                    return Ok(Shown::rendered(raw.to_owned()));
                }
                let names = names(of.said, ptr, &asked)?;
                let text = names
                    .into_iter()
                    .fold(Cow::Borrowed(raw), |text, (field, name)| {
                        match with_datum(&text, field, &name) {
                            Some(changed) => Cow::Owned(changed),
                            // Older versions lack fields.
                            None => text,
                        }
                    });
                Ok(Shown::rendered(text.into_owned()))
            })
            .collect()
    }
}

fn fields_alone() -> Unseen {
    "the recording has fields without the events' texts, of which no other view can be made"
        .to_owned()
}

/// The fields of an event 3 that reverse lookups decide, with their values under
/// other ones.
fn names(
    event: &RecordedEvent,
    ptr: Ptr,
    asked: &Asked<'_>,
) -> Result<Vec<(&'static str, String)>, Unseen> {
    let nothing = || "-".to_owned();
    let own = || event.computer.clone().unwrap_or_else(nothing);
    let destination = match ptr {
        Ptr::Off => return Ok(UNNAMED.map(|field| (field, nothing())).into()),
        Ptr::None => nothing(),
        // Where no name was asked for, none comes back.
        Ptr::Lab => asked.name(event).map_or_else(nothing, str::to_owned),
        Ptr::Provider => provider(event)?,
    };
    let source = if ptr == Ptr::None { nothing() } else { own() };
    Ok(vec![
        ("SourceHostname", source),
        ("DestinationHostname", destination),
    ])
}

/// What a provider's reverse zone has for the destination of an event 3.
fn provider(event: &RecordedEvent) -> Result<String, Unseen> {
    let text = event.said("DestinationIp").unwrap_or_default();
    let address: Option<IpAddr> = text.parse().ok();
    address
        .and_then(|address| ProviderName::of(address.to_canonical()).known())
        .map(|name| name.map_or_else(|| "-".to_owned(), |name| name.to_string()))
        .ok_or_else(|| format!("what reverse DNS has for `{text}` is not known"))
}
