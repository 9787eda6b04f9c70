//! The first thing that cmd.exe does to a line: `%NAME%` becomes the
//! variable's value, before anything else is looked at.
//!
//! So a variable that the line itself sets is not seen in it, and a value may
//! bring its own `&`. After `/c` (unlike in a batch file) a variable that is
//! not set leaves the text as it is.

use super::super::refusal::{Place, Refusal};
use super::super::system::Environment;

/// A character, and where the text that was given has it, or the variable
/// that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) character: char,
    pub(super) place: Place,
}

/// Variables that cmd.exe works out itself and the stand-in does not.
const COMPUTED: [&str; 6] = [
    "CMDCMDLINE",
    "CMDEXTVERSION",
    "DATE",
    "HIGHESTNUMANODENUMBER",
    "RANDOM",
    "TIME",
];

/// The text with its variables replaced.
pub(super) fn expand(
    text: &str,
    environment: &Environment,
    current_directory: &str,
) -> Result<Vec<Located>, Refusal> {
    let source = locate(text);
    let mut expanded = Vec::with_capacity(source.len());
    let mut at = 0;
    while let Some(&located) = source.get(at) {
        if located.character == '%'
            && let Some((name, after)) = name_at(&source, at)
            && let Some(value) = value_of(&name, located.place, environment, current_directory)?
        {
            expanded.extend(value.chars().map(|character| Located {
                character,
                place: located.place,
            }));
            at = after;
        } else {
            expanded.push(located);
            at += 1;
        }
    }
    Ok(expanded)
}

fn locate(text: &str) -> Vec<Located> {
    let mut place = Place { line: 1, column: 1 };
    text.chars()
        .map(|character| {
            let located = Located { character, place };
            if character == '\n' {
                place.line += 1;
                place.column = 1;
            } else {
                place.column += 1;
            }
            located
        })
        .collect()
}

/// No name of a variable is longer: bounds the search for the closing `%`.
const LONGEST_NAME: usize = 1024;

/// The name between a `%` and the next, and the index after both.
fn name_at(source: &[Located], at: usize) -> Option<(String, usize)> {
    let rest = &source[at + 1..];
    let length = rest
        .iter()
        .take(LONGEST_NAME)
        .position(|located| located.character == '%')?;
    let name = rest[..length].iter().map(|located| located.character);
    (length > 0).then(|| (name.collect(), at + length + 2))
}

fn value_of(
    name: &str,
    place: Place,
    environment: &Environment,
    current_directory: &str,
) -> Result<Option<String>, Refusal> {
    if let Some(value) = environment.get(name) {
        return Ok(Some(value.to_owned()));
    }
    let known = |name: &str| {
        environment.get(name).is_some()
            || ["CD", "ERRORLEVEL"]
                .iter()
                .chain(&COMPUTED)
                .any(|computed| computed.eq_ignore_ascii_case(name))
    };
    if let Some((base, _)) = name.split_once(':')
        && known(base)
    {
        return Err(Refusal::at(
            place,
            format!("part of a variable or replacement in it, `%{name}%`"),
        ));
    }
    if !known(name) {
        return Ok(None);
    }
    match name.to_ascii_uppercase().as_str() {
        "CD" => Ok(Some(current_directory.to_owned())),
        // Nothing has run when the line is expanded.
        "ERRORLEVEL" => Ok(Some("0".to_owned())),
        _ => Err(Refusal::at(
            place,
            format!("a variable that cmd.exe computes, `%{name}%`"),
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn expanded(text: &str) -> Result<String, Refusal> {
        let mut environment = Environment::default();
        environment.set("TEMP", r"C:\Temp");
        let located = expand(text, &environment, r"C:\Users")?;
        Ok(located.iter().map(|located| located.character).collect())
    }

    #[test]
    fn variables_that_are_set_are_replaced_without_case() {
        assert_eq!(expanded(r"del %temp%\a.js").unwrap(), r"del C:\Temp\a.js");
        assert_eq!(
            expanded("echo %CD% %ErrorLevel%").unwrap(),
            r"echo C:\Users 0"
        );
    }

    #[test]
    fn variables_that_are_not_set_stay() {
        for text in [
            "echo %NOSUCH% 100%",
            "for /L %i in (1,1,4) do echo %i",
            "for /L %%i in (1,1,4) do curl https://a/%%i",
            "%",
            "%%",
        ] {
            assert_eq!(expanded(text).unwrap(), text);
        }
        // The second sign may open a name that is set.
        assert_eq!(expanded("100% of %TEMP%").unwrap(), r"100% of C:\Temp");
    }

    #[test]
    fn what_cmd_computes_is_refused_where_it_stands() {
        for (text, column) in [
            ("echo %RANDOM%", 6),
            ("x %TEMP:~0,3%", 3),
            ("%time:~0,2%", 1),
        ] {
            let refusal = expanded(text).unwrap_err();
            assert_eq!(refusal.place, Some(Place { line: 1, column }), "{text}");
        }
    }

    #[test]
    fn characters_keep_the_place_of_their_variable() {
        let mut environment = Environment::default();
        environment.set("A", "xyz");
        let located = expand("1%A%2", &environment, "").unwrap();
        let columns: Vec<usize> = located.iter().map(|located| located.place.column).collect();
        assert_eq!(columns, [1, 2, 2, 2, 5]);
    }
}
