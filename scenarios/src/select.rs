//! Which test a user means.

use crate::atomic::AtomicTest;

/// The shortest beginning of a GUID that is taken for one.
const SHORTEST_PREFIX: usize = 4;

/// A selector that doesn't name one test.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// No test is meant.
    #[error("no scenario is named `{selector}`")]
    NotFound {
        /// What the user wrote.
        selector: String,
    },
    /// More than one test may be meant.
    #[error("`{selector}` may be {}", .candidates.join(", or "))]
    Ambiguous {
        /// What the user wrote.
        selector: String,
        /// The tests that may be meant, each as its number and name.
        candidates: Vec<String>,
    },
}

pub(crate) fn find<'a>(
    tests: &'a [AtomicTest],
    selector: &str,
) -> Result<&'a AtomicTest, SelectError> {
    let wanted = selector.trim().to_lowercase();
    let exact = tests.iter().find(|test| {
        wanted == test.guid.to_string()
            || wanted == test.number.to_string()
            || wanted == test.name.to_lowercase()
            || (!test.control && wanted == test_number(test))
    });
    if let Some(test) = exact {
        return Ok(test);
    }
    let candidates: Vec<&AtomicTest> = tests
        .iter()
        .filter(|test| {
            let begins_guid =
                wanted.len() >= SHORTEST_PREFIX && test.guid.to_string().starts_with(&wanted);
            let is_in_name = !wanted.is_empty() && test.name.to_lowercase().contains(&wanted);
            begins_guid || is_in_name
        })
        .collect();
    match candidates.as_slice() {
        [] => Err(SelectError::NotFound {
            selector: selector.to_owned(),
        }),
        [test] => Ok(test),
        several => Err(SelectError::Ambiguous {
            selector: selector.to_owned(),
            candidates: several
                .iter()
                .map(|test| format!("{} ({})", test.number, test.name))
                .collect(),
        }),
    }
}

/// The number that Atomic Red Team gives a test, in lower case: `t1583.007-1`.
fn test_number(test: &AtomicTest) -> String {
    format!("{}-{}", test.technique, test.test_number).to_lowercase()
}
