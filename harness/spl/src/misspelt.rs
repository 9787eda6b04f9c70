//! Fields whose names are probably misspelt: the events are known not to have
//! them, and to have others with nearly the same names.

use crate::{
    Search,
    error::Span,
    lint::{is_default, name_in},
    plan::AccessKind,
    suggest,
};

/// A field that is probably misspelt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelt<'k> {
    /// The name as written.
    pub name: String,
    /// Where it stands in the text, the first time.
    pub span: Span,
    /// The field that was probably meant.
    pub suggestion: &'k str,
}

/// Shorter names are near to too many others.
const SHORTEST: usize = 3;

impl Search {
    /// The fields that the search reads from events, that are not known, and
    /// whose names are near to known ones, in the order of the text.
    pub fn misspelt_fields<'k>(&self, known: &[&'k str]) -> Vec<Misspelt<'k>> {
        let plan = &self.plan;
        let Some(base) = &plan.base else {
            // The rows are no events.
            return Vec::new();
        };
        let spans = std::iter::once(&base.span).chain(plan.steps.iter().map(|step| &step.span));
        let mut found: Vec<Misspelt<'k>> = Vec::new();
        for (command, span) in spans.enumerate() {
            for access in plan.journal.of(command) {
                let name = plan.names.name(access.slot);
                if access.kind != AccessKind::ReadEvent
                    || name.chars().count() < SHORTEST
                    || is_default(name)
                    || known.contains(&name)
                    || found.iter().any(|misspelt| misspelt.name == name)
                {
                    continue;
                }
                let Some(suggestion) = suggest::nearest(name, known.iter().copied()) else {
                    continue;
                };
                let place = name_in(self.expanded(), span.clone(), name);
                found.push(Misspelt {
                    name: name.to_owned(),
                    span: self.source.place(&place.unwrap_or_else(|| span.clone())).0,
                    suggestion,
                });
            }
        }
        found.sort_by_key(|misspelt| misspelt.span.start);
        found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KNOWN: &[&str] = &["Image", "DestinationHostname", "EventCode", "User"];

    fn misspelt(text: &str) -> Vec<(String, &str)> {
        Search::parse(text)
            .unwrap()
            .misspelt_fields(KNOWN)
            .into_iter()
            .map(|misspelt| (text[misspelt.span].to_owned(), misspelt.suggestion))
            .collect()
    }

    #[test]
    fn fields_near_to_known_ones_are_found_wherever_they_are_read() {
        for (text, name, suggestion) in [
            ("Imgae=x", "Imgae", "Image"),
            ("search image=x", "image", "Image"),
            (
                "a=1 NOT DestinationHostnam=*",
                "DestinationHostnam",
                "DestinationHostname",
            ),
            ("* | where match(Imag, \"x\")", "Imag", "Image"),
            ("* | stats count BY Usre", "Usre", "User"),
            ("* | table EventCode Imagee", "Imagee", "Image"),
        ] {
            assert_eq!(misspelt(text), [(name.to_owned(), suggestion)], "{text}");
        }
        assert_eq!(misspelt("Imgae=1 Usre=2 | table Imgae").len(), 2);
    }

    #[test]
    fn other_names_are_not() {
        for text in [
            "Image=x EventCode=3 | table User",
            "CommandLine=x",
            "host=x sourcetype=y _time=1",
            "* | eval Imagee=1 | where Imagee=1",
            "* | rename Image AS Imagee | table Imagee",
            "Imgae",
            "x=Imgae",
            "| makeresults | table Imagee",
            "us=1",
        ] {
            assert_eq!(misspelt(text), [], "{text}");
        }
    }
}
