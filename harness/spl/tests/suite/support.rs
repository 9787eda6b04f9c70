//! Hand-made events, and short ways to run a search over them.

use std::borrow::Cow;

use spl::{Environment, Error, Event, Results, Search, Value};

/// An event from names and values; a name that comes twice is multivalue.
#[derive(Clone, Debug, Default)]
pub struct Made(pub Vec<(String, String)>);

impl Made {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self
    }
}

impl Event for Made {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        self.0
            .iter()
            .map(|(name, _)| Cow::Borrowed(name.as_str()))
            .collect()
    }

    fn value(&self, name: &str) -> Value<'_> {
        let mut values: Vec<Cow<'_, str>> = self
            .0
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| Cow::Borrowed(value.as_str()))
            .collect();
        match values.len() {
            0 => Value::Null,
            1 => values.pop().map_or(Value::Null, Value::Text),
            _ => Value::Multi(values),
        }
    }
}

/// An event of these fields.
pub fn event<const N: usize>(fields: [(&str, &str); N]) -> Made {
    Made(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    )
}

pub fn parse(text: &str) -> Search {
    Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span))
}

pub fn try_run(text: &str, events: &[Made]) -> Result<Results<'static>, Error> {
    Search::parse(text)?
        .run(events, &Environment::at_epoch())
        .map(Results::into_owned)
}

pub fn run(text: &str, events: &[Made]) -> Results<'static> {
    try_run(text, events).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span))
}

/// Whether a search keeps a single event.
pub fn keeps(text: &str, event: &Made) -> bool {
    run(text, std::slice::from_ref(event)).rows.len() == 1
}

/// The cells of the results, empty ones as empty text.
pub fn cells(results: &Results<'_>) -> Vec<Vec<String>> {
    results
        .rows
        .iter()
        .map(|row| {
            row.values()
                .iter()
                .map(|value| value.text().unwrap_or_default().into_owned())
                .collect()
        })
        .collect()
}

/// What an expression gives on an event; `None` for null.
pub fn evaluate(expression: &str, event: &Made) -> Option<String> {
    let results = run(
        &format!("* | eval result={expression} | table result"),
        std::slice::from_ref(event),
    );
    results.rows[0].text("result").map(Cow::into_owned)
}
