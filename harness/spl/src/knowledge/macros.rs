//! Search macros, as `macros.conf` defines them.
//!
//! Source: `macros.conf.spec`. A macro is found by its name and its number of
//! arguments; `$argument$` is replaced wherever it stands in the definition,
//! also inside quotation marks.

use std::{collections::BTreeMap, sync::Arc};

use super::conf::{self, Conf, ConfError, Stanza};
use crate::{
    Environment, Error, Knowledge, Value,
    command::Context,
    cursor::Cursor,
    expression::{Operand, Parser},
    plan::Planner,
    table::Record,
};

/// The definition of a macro.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Macro {
    /// The names of its arguments.
    pub arguments: Vec<String>,
    /// What it stands for: text, or where [`is_eval`](Self::is_eval) an
    /// expression that gives the text.
    pub definition: String,
    /// Whether the definition is an expression of `eval`.
    pub is_eval: bool,
    /// An expression of `eval` over the arguments. They are rejected where it
    /// is false or null, or gives a text, which then says why.
    pub validation: Option<String>,
    /// What to say where a Boolean validation fails.
    pub error_message: Option<String>,
}

/// Why a macro gives no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MacroError {
    /// Its validation failed.
    #[error("{0}")]
    Rejected(String),
    /// Its definition or validation is not an expression, or fails. Places are
    /// those in the expression with the arguments replaced.
    #[error("{0}")]
    Expression(Box<Error>),
}

impl Macro {
    /// The text that it stands for with these arguments, in order.
    ///
    /// # Errors
    ///
    /// Arguments that its validation rejects, and expressions that cannot be
    /// evaluated.
    pub(crate) fn substitute(&self, arguments: &[String]) -> Result<String, MacroError> {
        if let Some(validation) = &self.validation {
            self.validate(&self.replaced(validation, arguments))?;
        }
        let text = self.replaced(&self.definition, arguments);
        if !self.is_eval {
            return Ok(text);
        }
        match evaluate(&text)? {
            Evaluated::Text(text) => Ok(text),
            Evaluated::Null | Evaluated::Truth(_) => Err(MacroError::Expression(Box::new(
                Error::types("its expression gives no text", 0..text.len()),
            ))),
        }
    }

    fn validate(&self, expression: &str) -> Result<(), MacroError> {
        let message = || {
            self.error_message
                .clone()
                .unwrap_or_else(|| "its validation failed".to_owned())
        };
        match evaluate(expression)? {
            // `validate()` gives null where all is well.
            Evaluated::Truth(Some(true)) | Evaluated::Null => Ok(()),
            Evaluated::Truth(_) => Err(MacroError::Rejected(message())),
            Evaluated::Text(text) => Err(MacroError::Rejected(text)),
        }
    }

    /// The text with every `$argument$` replaced, all at once.
    fn replaced(&self, text: &str, arguments: &[String]) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('$') {
            let (before, from) = rest.split_at(start);
            replaced.push_str(before);
            let after = &from[1..];
            let argument = after.find('$').and_then(|end| {
                let index = self.arguments.iter().position(|a| *a == after[..end])?;
                Some((arguments.get(index)?, end))
            });
            rest = if let Some((argument, end)) = argument {
                replaced.push_str(argument);
                &after[end + 1..]
            } else {
                replaced.push('$');
                after
            };
        }
        replaced.push_str(rest);
        replaced
    }
}

/// The name and definition of the macro that a stanza defines: `[name]`, or
/// `[name(2)]` for one with two arguments.
fn from_stanza(stanza: &Stanza) -> Result<(&str, Macro), ConfError> {
    let wrong = |line, message: String| ConfError { line, message };
    let text = |name| stanza.get(name).map(|setting| setting.value.clone());
    let (name, arity) = match stanza.name.split_once('(') {
        None => (stanza.name.trim(), 0),
        Some((name, rest)) => {
            let arity = rest
                .strip_suffix(')')
                .and_then(|number| number.trim().parse::<usize>().ok())
                .ok_or_else(|| {
                    wrong(
                        stanza.line,
                        format!("expected `[name(number)]`, found `[{}]`", stanza.name),
                    )
                })?;
            (name.trim(), arity)
        }
    };
    let arguments: Vec<String> = stanza
        .get("args")
        .map(|setting| {
            setting
                .value
                .split(',')
                .map(|argument| argument.trim().to_owned())
                .filter(|argument| !argument.is_empty())
                .collect()
        })
        .unwrap_or_default();
    if arguments.len() != arity {
        return Err(wrong(
            stanza.line,
            format!(
                "macro `{name}` has {arity} arguments by its name, and {} in `args`",
                arguments.len()
            ),
        ));
    }
    let Some(definition) = text("definition") else {
        return Err(wrong(
            stanza.line,
            format!("macro `{name}` has no definition"),
        ));
    };
    let is_eval = match stanza.get("iseval") {
        None => false,
        Some(setting) => match &*setting.value.to_ascii_lowercase() {
            "true" | "t" | "1" | "yes" | "y" => true,
            "false" | "f" | "0" | "no" | "n" | "" => false,
            _ => {
                return Err(wrong(
                    setting.line,
                    format!("expected true or false, found `{}`", setting.value),
                ));
            }
        },
    };
    Ok((
        name,
        Macro {
            arguments,
            definition,
            is_eval,
            validation: text("validation").filter(|text| !text.is_empty()),
            error_message: text("errormsg").filter(|text| !text.is_empty()),
        },
    ))
}

/// What an expression without fields gives.
enum Evaluated {
    Null,
    Text(String),
    Truth(Option<bool>),
}

fn evaluate(text: &str) -> Result<Evaluated, MacroError> {
    let evaluate = || -> Result<Evaluated, Error> {
        let mut planner = Planner::new(Arc::<Knowledge>::default());
        let mut cursor = Cursor::new(text, 0..text.len());
        let operand = Parser::new(&mut cursor, &mut planner).operand()?;
        cursor.expect_end()?;
        // Macros are expanded before there is a clock to ask.
        let environment = Environment::at_epoch();
        let context = Context {
            environment: &environment,
            subsearches: &[],
        };
        let record = Record::default();
        let scope = context.scope(&record);
        Ok(match &operand {
            Operand::Truth(predicate) => Evaluated::Truth(predicate.evaluate(scope)?),
            Operand::Value(expression) => match expression.evaluate(scope)? {
                Value::Null => Evaluated::Null,
                value => value
                    .text()
                    .map_or(Evaluated::Null, |text| Evaluated::Text(text.into_owned())),
            },
        })
    };
    evaluate().map_err(|error| MacroError::Expression(Box::new(error)))
}

/// Macros by name and number of arguments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Macros(BTreeMap<String, BTreeMap<usize, Macro>>);

impl Macros {
    /// Takes the definitions of a `macros.conf`.
    pub(super) fn add_conf(&mut self, text: &str) -> Result<usize, ConfError> {
        let mut added = 0;
        for stanza in Conf::parse(text)?.stanzas {
            if stanza.name == conf::DEFAULT {
                continue;
            }
            let (name, definition) = from_stanza(&stanza)?;
            self.insert(name, definition);
            added += 1;
        }
        Ok(added)
    }

    pub(super) fn insert(&mut self, name: &str, definition: Macro) {
        self.0
            .entry(name.to_owned())
            .or_default()
            .insert(definition.arguments.len(), definition);
    }

    /// The macro of a name and number of arguments, and its name as kept here.
    pub(crate) fn find(&self, name: &str, arguments: usize) -> Option<(&str, &Macro)> {
        let (name, by_arity) = self.0.get_key_value(name)?;
        Some((name, by_arity.get(&arguments)?))
    }

    /// With how many arguments a name is defined.
    pub(crate) fn arities(&self, name: &str) -> Vec<usize> {
        self.0
            .get(name)
            .map(|by_arity| by_arity.keys().copied().collect())
            .unwrap_or_default()
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn substitute(definition: &Macro, arguments: &[&str]) -> Result<String, MacroError> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        definition.substitute(&arguments)
    }

    #[test]
    fn arguments_are_replaced_everywhere_at_once() {
        let definition = Macro {
            arguments: vec!["a".to_owned(), "b".to_owned()],
            definition: "x=$a$ y=\"$b$$a$\" $c$ $".to_owned(),
            ..Macro::default()
        };
        assert_eq!(
            substitute(&definition, &["$b$", "2"]).unwrap(),
            "x=$b$ y=\"2$b$\" $c$ $"
        );
    }

    #[test]
    fn an_eval_macro_computes_its_text() {
        // macros.conf.spec, `iseval`.
        let definition = Macro {
            arguments: vec!["n".to_owned()],
            definition: "\"head \" . ($n$ + 1)".to_owned(),
            is_eval: true,
            ..Macro::default()
        };
        assert_eq!(substitute(&definition, &["4"]).unwrap(), "head 5");
    }

    #[test]
    fn a_conf_file_defines_macros() {
        let mut macros = Macros::default();
        macros
            .add_conf(
                "# comment\n[sysmon]\ndefinition = sourcetype=a \\\n  OR sourcetype=b\n\
                 [drop(1)]\nargs = object\ndefinition = rename \"$object$.*\" as *\n\
                 [both(2)]\nargs = a, b\ndefinition = \"$a$\" . \"$b$\"\niseval = true\n",
            )
            .unwrap();
        let (_, sysmon) = macros.find("sysmon", 0).unwrap();
        assert_eq!(
            sysmon.definition.split_whitespace().collect::<Vec<_>>(),
            ["sourcetype=a", "OR", "sourcetype=b"]
        );
        assert_eq!(macros.find("drop", 1).unwrap().1.arguments, ["object"]);
        assert!(macros.find("both", 2).unwrap().1.is_eval);
        for (text, line) in [
            ("[a(1)]\ndefinition = x\n", 1),
            ("\n[a(x)]\ndefinition = x\n", 2),
            ("[a]\n", 1),
            ("[a]\ndefinition = x\niseval = maybe\n", 3),
            ("[a\n", 1),
        ] {
            assert_eq!(
                Macros::default().add_conf(text).unwrap_err().line,
                line,
                "{text}"
            );
        }
    }

    #[test]
    fn a_validation_rejects_arguments() {
        let mut definition = Macro {
            arguments: vec!["n".to_owned()],
            definition: "head $n$".to_owned(),
            validation: Some("match(\"$n$\", \"^\\d+$\")".to_owned()),
            error_message: Some("n must be a number".to_owned()),
            ..Macro::default()
        };
        assert_eq!(substitute(&definition, &["4"]).unwrap(), "head 4");
        assert_eq!(
            substitute(&definition, &["x"]).unwrap_err(),
            MacroError::Rejected("n must be a number".to_owned())
        );
        definition.validation = Some("validate($n$ > 3, \"too small\")".to_owned());
        assert_eq!(substitute(&definition, &["4"]).unwrap(), "head 4");
        assert_eq!(
            substitute(&definition, &["3"]).unwrap_err(),
            MacroError::Rejected("too small".to_owned())
        );
    }
}
