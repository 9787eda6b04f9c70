//! Finds the rows of a lookup table that match: by a hash of the columns that
//! match exactly, then one by one by the others.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use crate::{
    address::Subnet,
    knowledge::{Definition, MatchType, Table},
    wildcard::{Case, Wildcard},
};

/// The rows of a table by what stands in the columns that are looked at.
pub(crate) struct Finder {
    case_sensitive: bool,
    max_matches: usize,
    /// Which of the values looked for match exactly.
    exact: Vec<usize>,
    /// The rows in the order of the file, by the values of those columns, one
    /// for each.
    buckets: HashMap<Box<str>, Vec<Row>>,
}

struct Row {
    row: usize,
    others: Vec<Matcher>,
}

/// What a cell says that need not be the value itself.
struct Matcher {
    /// Which of the values looked for it is for.
    value: usize,
    kind: Kind,
}

enum Kind {
    Wildcard(Wildcard),
    Subnet(Subnet),
    /// A cell that is no subnet, where one belongs.
    Address(Box<str>),
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Finder of {} keys", self.buckets.len())
    }
}

impl Finder {
    /// Prepares to look into the columns.
    pub(crate) fn new(table: &Arc<Table>, definition: &Definition, columns: &[usize]) -> Self {
        let case_sensitive = definition.case_sensitive;
        let types: Vec<MatchType> = columns
            .iter()
            .map(|column| definition.match_type(&table.columns[*column]))
            .collect();
        let exact: Vec<usize> = (0..columns.len())
            .filter(|value| types[*value] == MatchType::Exact)
            .collect();
        let mut buckets: HashMap<Box<str>, Vec<Row>> = HashMap::new();
        'rows: for row in 0..table.len() {
            let mut cells = Vec::with_capacity(columns.len());
            for column in columns {
                // A missing value matches nothing.
                match table.cell(row, *column) {
                    Some(cell) => cells.push(Cow::Borrowed(cell)),
                    None => continue 'rows,
                }
            }
            let others = types
                .iter()
                .enumerate()
                .filter_map(|(value, match_type)| {
                    let cell = &cells[value];
                    let kind = match match_type {
                        MatchType::Exact => return None,
                        MatchType::Wildcard => Kind::Wildcard(Wildcard::new(
                            cell,
                            if case_sensitive {
                                Case::Sensitive
                            } else {
                                Case::Insensitive
                            },
                        )),
                        MatchType::Cidr => match Subnet::parse(cell) {
                            Some(subnet) => Kind::Subnet(subnet),
                            None => Kind::Address(cell.as_ref().into()),
                        },
                    };
                    Some(Matcher { value, kind })
                })
                .collect();
            let key = key(&exact, &cells, case_sensitive);
            let row = Row { row, others };
            match buckets.get_mut(key.as_ref()) {
                Some(rows) => rows.push(row),
                None => {
                    buckets.insert(key.into(), vec![row]);
                }
            }
        }
        Self {
            case_sensitive,
            max_matches: definition.max_matches,
            exact,
            buckets,
        }
    }

    /// The rows that match, in the order of the file, and no more than the
    /// definition lets match.
    pub(crate) fn find(&self, values: &[Cow<'_, str>], seen: &mut Seen) -> Vec<usize> {
        let Some(rows) = self
            .buckets
            .get(key(&self.exact, values, self.case_sensitive).as_ref())
        else {
            return Vec::new();
        };
        if self.exact.len() == values.len() {
            return rows
                .iter()
                .map(|row| row.row)
                .take(self.max_matches)
                .collect();
        }
        let looked_for: Vec<&str> = values.iter().map(Cow::as_ref).collect();
        let looked_for = looked_for.join("\0");
        // A join is clear where no value has the mark in it.
        let clear = !values.iter().any(|value| value.contains('\0'));
        if let Some(found) = seen.rows.get(&looked_for).filter(|_| clear) {
            return found.clone();
        }
        let found: Vec<usize> = rows
            .iter()
            .filter(|row| row.matches(values))
            .map(|row| row.row)
            .take(self.max_matches)
            .collect();
        if clear && seen.rows.len() < CACHE_SIZE {
            seen.rows.insert(looked_for, found.clone());
        }
        found
    }
}

/// What was found for values that have to be looked for row by row.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    rows: HashMap<String, Vec<usize>>,
}

/// How many are kept: `cache_size`.
const CACHE_SIZE: usize = 10_000;

impl Row {
    fn matches(&self, values: &[Cow<'_, str>]) -> bool {
        self.others.iter().all(|matcher| {
            let value = &values[matcher.value];
            match &matcher.kind {
                Kind::Wildcard(wildcard) => wildcard.matches(value),
                Kind::Subnet(subnet) => subnet.contains(value),
                Kind::Address(address) => **address == **value,
            }
        })
    }
}

/// One text for the values that match exactly, which no other values give.
fn key<'v>(exact: &[usize], values: &'v [Cow<'_, str>], case_sensitive: bool) -> Cow<'v, str> {
    let folded = |value: &'v str| {
        if case_sensitive {
            Cow::Borrowed(value)
        } else {
            Cow::Owned(value.to_lowercase())
        }
    };
    match exact {
        [one] => folded(&values[*one]),
        several => {
            let mut key = String::new();
            for value in several {
                let value = folded(&values[*value]);
                key.push_str(&value.len().to_string());
                key.push(':');
                key.push_str(&value);
            }
            Cow::Owned(key)
        }
    }
}
