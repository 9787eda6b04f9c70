//! What a vector is: a search, the events it runs over, and what it must
//! print, as the documentation says. `tests/vectors/README.md` tells the form.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};
use spl::{Environment, Error, Knowledge, Macro, Results, Search, Value};

use crate::support::Made;

/// The values of one cell: none for an empty cell, more for a multivalue one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell(pub Vec<String>);

/// A row: the names of its columns with their cells.
pub type Cells = BTreeMap<String, Cell>;

/// Whether this can be the source of a rule: a page, Splunk's own description of
/// a command, or practice, of which no page is known.
pub fn is_source(text: &str) -> bool {
    text == "practice" || text.starts_with("searchbnf.conf, ") || text.starts_with("https://")
}

/// Events or rows: drawn as a table, or one object for each.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The columns of the table, in order; none where rows are objects.
    columns: Vec<String>,
    pub rows: Vec<Cells>,
}

/// What a search must give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The columns, in order. They are not compared where they are not given.
    pub columns: Option<Vec<String>>,
    pub rows: Option<Rows>,
    /// Numbers may differ by so much: the documentation prints few digits.
    #[serde(default)]
    pub within: f64,
    /// Splunk rejects the search. A refusal for want of support does not count.
    #[serde(default)]
    pub rejected: bool,
}

/// What stands around the events.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surroundings {
    /// What `now()` says.
    pub now: Option<String>,
    pub time_zone: Option<String>,
    #[serde(default)]
    pub macros: Vec<Definition>,
    /// CSV files by name.
    #[serde(default)]
    pub lookups: BTreeMap<String, String>,
    /// The text of a `transforms.conf`.
    pub transforms: Option<String>,
}

/// Not an untagged enum: that would read the name `n` as a Boolean.
impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor;

        impl<'de> Visitor<'de> for RowsVisitor {
            type Value = Rows;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table or a list of objects")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Rows, E> {
                Rows::from_table(text).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows, A::Error> {
                let mut rows = Rows::default();
                while let Some(row) = seq.next_element()? {
                    rows.rows.push(row);
                }
                Ok(rows)
            }
        }

        deserializer.deserialize_any(RowsVisitor)
    }
}

/// A macro.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    name: String,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(rename = "definition")]
    text: String,
    #[serde(default)]
    is_eval: bool,
    validation: Option<String>,
    error_message: Option<String>,
}

impl From<Vec<Cells>> for Rows {
    fn from(rows: Vec<Cells>) -> Self {
        Self {
            columns: Vec::new(),
            rows,
        }
    }
}

impl Rows {
    /// The first line names the columns; `|` parts cells, ` ~ ` the values of a
    /// multivalue cell, and `""` is the empty text.
    fn from_table(text: &str) -> Result<Self, String> {
        let mut lines = text
            .lines()
            .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let columns: Vec<String> = lines
            .next()
            .ok_or("a table without a line")?
            .into_iter()
            .map(str::to_owned)
            .collect();
        let rows = lines
            .map(|cells| {
                if cells.len() != columns.len() {
                    return Err(format!("{cells:?} are not {} cells", columns.len()));
                }
                Ok(columns
                    .iter()
                    .cloned()
                    .zip(cells.into_iter().map(Cell::from_table))
                    .collect())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { columns, rows })
    }

    pub fn events(&self) -> Vec<Made> {
        self.rows
            .iter()
            .map(|row| {
                Made(
                    row.iter()
                        .flat_map(|(name, cell)| {
                            cell.0.iter().map(|value| (name.clone(), value.clone()))
                        })
                        .collect(),
                )
            })
            .collect()
    }
}

impl Cell {
    fn from_table(text: &str) -> Self {
        match text {
            "" => Self::default(),
            "\"\"" => Self(vec![String::new()]),
            values => Self(values.split(" ~ ").map(str::to_owned).collect()),
        }
    }

    fn of(value: Option<&Value<'_>>) -> Self {
        Self(match value {
            None => Vec::new(),
            Some(Value::Multi(values)) => values.iter().map(|v| v.clone().into_owned()).collect(),
            Some(value) => value.text().map(Cow::into_owned).into_iter().collect(),
        })
    }

    fn is(&self, other: &Self, within: f64) -> bool {
        let near = |left: &str, right: &str| {
            let difference = left
                .parse::<f64>()
                .ok()
                .zip(right.parse::<f64>().ok())
                .map(|(left, right)| (left - right).abs());
            left == right || (within > 0.0 && difference.is_some_and(|d| d <= within))
        };
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|(left, right)| near(left, right))
    }
}

/// A text, a list of texts, or `null`. A number without quotation marks is an
/// error: its digits would be lost.
impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CellVisitor;

        impl<'de> Visitor<'de> for CellVisitor {
            type Value = Cell;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a list of texts, or null")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell(vec![text.to_owned()]))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
                Ok(Cell::default())
            }

            fn visit_none<E: de::Error>(self) -> Result<Cell, E> {
                Ok(Cell::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Cell(values))
            }
        }

        deserializer.deserialize_any(CellVisitor)
    }
}

impl Surroundings {
    fn environment(&self) -> Result<Environment, String> {
        let mut environment = Environment::at_epoch();
        if let Some(now) = &self.now {
            environment.now = now.parse().map_err(|error| format!("{now}: {error}"))?;
        }
        if let Some(zone) = &self.time_zone {
            environment.time_zone =
                jiff::tz::TimeZone::get(zone).map_err(|error| error.to_string())?;
        }
        Ok(environment)
    }

    fn knowledge(&self) -> Result<Knowledge, String> {
        let mut knowledge = Knowledge::default();
        for (name, text) in &self.lookups {
            knowledge
                .add_lookup_file(name, text.as_bytes())
                .map_err(|error| error.to_string())?;
        }
        if let Some(text) = &self.transforms {
            knowledge
                .add_transforms(text)
                .map_err(|error| format!("{name}: {error}", name = "transforms.conf"))?;
        }
        for definition in self.macros.clone() {
            knowledge.define(
                &definition.name,
                Macro {
                    arguments: definition.arguments,
                    definition: definition.text,
                    is_eval: definition.is_eval,
                    validation: definition.validation,
                    error_message: definition.error_message,
                },
            );
        }
        for (name, text) in &self.lookups {
            knowledge
                .add_lookup_file(name, text.as_bytes())
                .map_err(|error| error.to_string())?;
        }
        if let Some(text) = &self.transforms {
            knowledge
                .add_transforms(text)
                .map_err(|error| error.to_string())?;
        }
        Ok(knowledge)
    }

    /// Runs a search here; `Err` where the harness itself cannot.
    pub fn run(
        &self,
        search: &str,
        events: &[Made],
    ) -> Result<Result<Results<'static>, Error>, String> {
        let environment = self.environment()?;
        let knowledge = Arc::new(self.knowledge()?);
        let outcome = Search::parse_with(search, &knowledge)
            .and_then(|search| search.run(events, &environment).map(Results::into_owned));
        Ok(outcome)
    }
}

impl Expected {
    /// What is different from what was expected.
    pub fn check(&self, outcome: &Result<Results<'_>, Error>) -> Result<(), String> {
        let results = match outcome {
            Err(error) if self.rejected && !error.is_unsupported() => return Ok(()),
            Err(error) => return Err(format!("{error} at {:?}", error.span)),
            Ok(_) if self.rejected => return Err("Splunk rejects this search".to_owned()),
            Ok(results) => results,
        };
        if let Some(columns) = &self.columns
            && columns != results.columns()
        {
            return Err(format!(
                "columns {:?} instead of {columns:?}",
                results.columns()
            ));
        }
        let Some(expected) = &self.rows else {
            return Ok(());
        };
        let names: Vec<&String> = if expected.columns.is_empty() {
            expected.rows.iter().flat_map(Cells::keys).collect()
        } else {
            expected.columns.iter().collect()
        };
        let got: Vec<Vec<Cell>> = results
            .rows
            .iter()
            .map(|row| names.iter().map(|name| Cell::of(row.get(name))).collect())
            .collect();
        let want: Vec<Vec<Cell>> = expected
            .rows
            .iter()
            .map(|row| {
                names
                    .iter()
                    .map(|name| row.get(*name).cloned().unwrap_or_default())
                    .collect()
            })
            .collect();
        let same = got.len() == want.len()
            && got
                .iter()
                .flatten()
                .zip(want.iter().flatten())
                .all(|(got, want)| got.is(want, self.within));
        if same {
            Ok(())
        } else {
            Err(format!(
                "gives {} instead of {}",
                printed(&got),
                printed(&want)
            ))
        }
    }
}

fn printed(rows: &[Vec<Cell>]) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| cell.0.join(" ~ "))
                .collect::<Vec<_>>()
                .join(" | ")
        })
        .collect();
    format!("{} rows {rows:?}", rows.len())
}
