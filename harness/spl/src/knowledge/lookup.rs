//! Lookups: tables from CSV files, and what `transforms.conf` says of them.
//!
//! Source: `transforms.conf.spec`, "Lookup tables"; Knowledge Manager Manual,
//! "Configure CSV lookups" for what a file must be. An empty cell is a missing
//! value (practitioners' knowledge, not documented).

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::Arc,
};

use csv::{ReaderBuilder, StringRecord};

use super::conf::{self, Conf, ConfError, Stanza};
use crate::command::parse_boolean;

/// A header may have this many characters.
const MAX_HEADER: usize = 4096;

/// How many rows may match where the definition does not say.
const MAX_MATCHES: usize = 100;

/// How many rows a definition may let match.
const MAX_MAX_MATCHES: usize = 1000;

/// What is wrong with the file of a lookup, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {message}")]
pub struct LookupError {
    /// The name of the file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
}

/// The table of a lookup.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) file: String,
    pub(crate) columns: Vec<String>,
    /// The rows in the order of the file, as many cells in each as there are
    /// columns.
    rows: Vec<StringRecord>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} rows", self.file, self.rows.len())
    }
}

impl Table {
    /// Reads a CSV file.
    fn parse(file: &str, bytes: &[u8]) -> Result<Self, LookupError> {
        let error = |line: u64, message: String| LookupError {
            file: file.to_owned(),
            line,
            message,
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if !bytes.contains(&b'\n') && bytes.contains(&b'\r') {
            return Err(error(
                1,
                "its lines end with carriage returns only, which Splunk does not read".to_owned(),
            ));
        }
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut columns: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|problem| {
                let line = problem.position().map_or(1, csv::Position::line);
                let message = match problem.kind() {
                    csv::ErrorKind::Utf8 { err, .. } => {
                        format!("field {} is not UTF-8", err.field() + 1)
                    }
                    _ => problem.to_string(),
                };
                error(line, message)
            })?;
            let line = record.position().map_or(1, csv::Position::line);
            if columns.is_empty() {
                columns = header(&record).map_err(|message| error(line, message))?;
                continue;
            }
            if record.len() != columns.len() {
                return Err(error(
                    line,
                    format!(
                        "{} fields, where the header has {}",
                        record.len(),
                        columns.len()
                    ),
                ));
            }
            if let Some(column) = columns.iter().zip(&record).find_map(|(column, cell)| {
                (column.starts_with("__mv_") && !cell.is_empty()).then_some(column)
            }) {
                return Err(error(
                    line,
                    format!("multivalue cells (`{column}`) are not supported"),
                ));
            }
            rows.push(record);
        }
        if columns.is_empty() {
            return Err(error(1, "it has no header".to_owned()));
        }
        Ok(Self {
            file: file.to_owned(),
            columns,
            rows,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The index of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// What stands in a cell; nothing where it is empty.
    pub(crate) fn cell(&self, row: usize, column: usize) -> Option<&str> {
        self.rows
            .get(row)?
            .get(column)
            .filter(|cell| !cell.is_empty())
    }
}

fn header(record: &StringRecord) -> Result<Vec<String>, String> {
    if record.as_slice().chars().count() + record.len() > MAX_HEADER {
        return Err(format!(
            "its header has more than {MAX_HEADER} characters, which Splunk does not read"
        ));
    }
    let mut seen = HashSet::new();
    for (name, number) in record.iter().zip(1..) {
        if name.is_empty() {
            return Err(format!("column {number} has no name"));
        }
        if !seen.insert(name) {
            return Err(format!("two columns have the name `{name}`"));
        }
    }
    Ok(record.iter().map(str::to_owned).collect())
}

/// How a column of a lookup is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchType {
    Exact,
    /// The cells have `*` in them.
    Wildcard,
    /// The cells are subnets.
    Cidr,
}

/// What `transforms.conf` says of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    file: String,
    pub(crate) case_sensitive: bool,
    match_types: Vec<(String, MatchType)>,
    pub(crate) max_matches: usize,
    pub(crate) min_matches: usize,
    pub(crate) default_match: String,
    /// A setting that is not evaluated here.
    refused: Option<String>,
}

impl Definition {
    /// That of a file that is looked into by its own name.
    fn of_file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            case_sensitive: true,
            match_types: Vec::new(),
            max_matches: MAX_MATCHES,
            min_matches: 0,
            default_match: String::new(),
            refused: None,
        }
    }

    pub(crate) fn match_type(&self, column: &str) -> MatchType {
        self.match_types
            .iter()
            .find(|(name, _)| name == column)
            .map_or(MatchType::Exact, |(_, match_type)| *match_type)
    }

    /// Reads the settings of a stanza, the common ones first; nothing where it
    /// defines no lookup.
    fn parse(stanza: &Stanza, common: Option<&Stanza>) -> Result<Option<Self>, ConfError> {
        let mut definition = Self::of_file("");
        let mut is_lookup = false;
        for setting in common
            .into_iter()
            .flat_map(|common| &common.settings)
            .chain(&stanza.settings)
        {
            let value = setting.value.as_str();
            let number = || {
                value.parse::<usize>().map_err(|_| {
                    conf::error(
                        setting.line,
                        format!("`{}` takes a whole number, not `{value}`", setting.name),
                    )
                })
            };
            match setting.name.as_str() {
                "filename" => {
                    is_lookup = true;
                    // Paths are stripped.
                    value
                        .rsplit(['/', '\\'])
                        .next()
                        .unwrap_or(value)
                        .clone_into(&mut definition.file);
                }
                "case_sensitive_match" => {
                    definition.case_sensitive = parse_boolean(value).ok_or_else(|| {
                        conf::error(
                            setting.line,
                            format!("`case_sensitive_match` is true or false, not `{value}`"),
                        )
                    })?;
                }
                "match_type" => {
                    definition.match_types =
                        match_types(value).map_err(|message| conf::error(setting.line, message))?;
                }
                "max_matches" => {
                    definition.max_matches = number()?;
                    if !(1..=MAX_MAX_MATCHES).contains(&definition.max_matches) {
                        return Err(conf::error(
                            setting.line,
                            format!("`max_matches` is between 1 and {MAX_MAX_MATCHES}"),
                        ));
                    }
                }
                "min_matches" => {
                    definition.min_matches = number()?;
                    if definition.min_matches > MAX_MAX_MATCHES {
                        return Err(conf::error(
                            setting.line,
                            format!("`min_matches` is at most {MAX_MAX_MATCHES}"),
                        ));
                    }
                }
                "default_match" => value.clone_into(&mut definition.default_match),
                "cidr_priority" if value == "first_match" => {}
                "time_field" | "time_format" | "max_offset_secs" | "min_offset_secs" | "filter"
                | "index_fields_list" | "cidr_priority" => {
                    definition
                        .refused
                        .get_or_insert_with(|| format!("the setting `{}`", setting.name));
                }
                "external_cmd" | "external_type" | "collection" => {
                    is_lookup = true;
                    definition.refused.get_or_insert_with(|| {
                        format!("a lookup that is no file (`{}`)", setting.name)
                    });
                }
                // They change speed or rights, or belong to what is no lookup.
                _ => {}
            }
        }
        Ok(is_lookup.then_some(definition))
    }
}

/// `WILDCARD(a), CIDR(b)`.
fn match_types(text: &str) -> Result<Vec<(String, MatchType)>, String> {
    let mut types = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (word, inside, after) = rest
            .split_once('(')
            .and_then(|(word, rest)| {
                let (inside, after) = rest.split_once(')')?;
                Some((word, inside, after))
            })
            .ok_or_else(|| {
                format!("`match_type` is `WILDCARD(field)`, `CIDR(field)` or `EXACT(field)`, not `{rest}`")
            })?;
        let match_type = match word.trim().to_ascii_uppercase().as_str() {
            "EXACT" => MatchType::Exact,
            "WILDCARD" => MatchType::Wildcard,
            "CIDR" => MatchType::Cidr,
            other => return Err(format!("there is no match type `{other}`")),
        };
        types.push((inside.trim().to_owned(), match_type));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Ok(types)
}

/// Lookups by the names by which searches call them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookups {
    files: BTreeMap<String, Arc<Table>>,
    definitions: BTreeMap<String, Definition>,
}

/// Why there is no such lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No definition and no file has the name.
    Lookup,
    /// The definition names a file that is not there.
    File(String),
    /// The definition has a part that is not evaluated here.
    Refused(String),
}

impl Lookups {
    pub(super) fn add_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), LookupError> {
        let table = Table::parse(name, bytes)?;
        self.files.insert(name.to_owned(), Arc::new(table));
        Ok(())
    }

    pub(super) fn add_transforms(&mut self, text: &str) -> Result<(), ConfError> {
        let conf = Conf::parse(text)?;
        let common = conf.get(conf::DEFAULT);
        for stanza in &conf.stanzas {
            if stanza.name == conf::DEFAULT {
                continue;
            }
            if let Some(definition) = Definition::parse(stanza, common)? {
                self.definitions.insert(stanza.name.clone(), definition);
            }
        }
        Ok(())
    }

    /// A lookup by the name of its stanza, or of its file.
    pub(crate) fn get(&self, name: &str) -> Result<(Definition, Arc<Table>), Missing> {
        if let Some(definition) = self.definitions.get(name) {
            if let Some(refused) = &definition.refused {
                return Err(Missing::Refused(refused.clone()));
            }
            return match self.files.get(&definition.file) {
                Some(table) => Ok((definition.clone(), Arc::clone(table))),
                None => Err(Missing::File(definition.file.clone())),
            };
        }
        self.files
            .get(name)
            .or_else(|| self.files.get(&format!("{name}.csv")))
            .map(|table| (Definition::of_file(&table.file), Arc::clone(table)))
            .ok_or(Missing::Lookup)
    }

    /// The names by which lookups can be called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions
            .keys()
            .chain(self.files.keys())
            .map(String::as_str)
    }
}
