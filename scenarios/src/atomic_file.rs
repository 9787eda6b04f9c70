//! Atomic Red Team's YAML, and its rules (`atomic_red_team/models.py`).
//!
//! Stricter than Atomic Red Team in two things: unknown keys are an error everywhere, and a test
//! must have its GUID, since signals and expectations are keyed by it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::argument::{self, Argument, ArgumentKind};
use crate::atomic::{Action, AtomicTest, Dependency, Platform};
use crate::document::{self, Entries, present};
use crate::error::{Error, Problem};
use crate::executor::Executor;
use crate::expectation::parse_guid;
use crate::place::Place;
use crate::signals::{Signals, parse_technique};
use crate::technique::TechniqueId;
use crate::words::UnknownWord;

const MANUAL: &str = "manual";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    attack_technique: Spanned<String>,
    display_name: Spanned<String>,
    atomic_tests: Spanned<Vec<RawTest>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTest {
    name: Spanned<String>,
    auto_generated_guid: Option<Spanned<String>>,
    description: Spanned<String>,
    supported_platforms: Spanned<Vec<Spanned<String>>>,
    #[serde(default, deserialize_with = "present")]
    input_arguments: Option<Spanned<Option<Entries<RawArgument>>>>,
    #[serde(default, deserialize_with = "present")]
    dependency_executor_name: Option<Spanned<Option<String>>>,
    #[serde(default)]
    dependencies: Option<Vec<RawDependency>>,
    executor: Spanned<RawExecutor>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArgument {
    description: String,
    r#type: Spanned<String>,
    default: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDependency {
    description: Spanned<String>,
    prereq_command: Spanned<String>,
    get_prereq_command: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExecutor {
    name: Spanned<String>,
    elevation_required: Option<Spanned<bool>>,
    command: Option<Spanned<String>>,
    cleanup_command: Option<Spanned<String>>,
    steps: Option<Spanned<String>>,
}

/// Reads the tests of one file, which stands in the folder of `technique`. Numbers across the
/// library and signals are for the library to fill in.
pub(crate) fn parse(
    text: &str,
    file: &str,
    technique: &TechniqueId,
    control: bool,
) -> Result<Vec<AtomicTest>, Error> {
    let raw: RawFile = document::parse(text, file)?;
    let reader = Reader { file };
    let found = parse_technique(&raw.attack_technique, file)?;
    if found != *technique {
        return Err(reader.error(
            raw.attack_technique.referenced,
            Problem::TechniqueMismatch {
                found: found.to_string(),
                folder: technique.to_string(),
            },
        ));
    }
    let technique_name = reader.text("display_name", raw.display_name, 5)?;
    if raw.atomic_tests.value.is_empty() {
        let key = "atomic_tests";
        return Err(reader.error(raw.atomic_tests.referenced, Problem::EmptyList { key }));
    }
    let mut tests = Vec::new();
    for (index, raw) in raw.atomic_tests.value.into_iter().enumerate() {
        let mut atomic = reader.test(raw, technique, &technique_name)?;
        atomic.test_number = index + 1;
        atomic.control = control;
        tests.push(atomic);
    }
    Ok(tests)
}

struct Reader<'a> {
    file: &'a str,
}

impl Reader<'_> {
    fn error(&self, location: Location, problem: Problem) -> Error {
        Error::new(Place::at(self.file, location), problem)
    }

    fn text(
        &self,
        key: &'static str,
        text: Spanned<String>,
        minimum: usize,
    ) -> Result<String, Error> {
        if text.value.chars().count() < minimum {
            return Err(self.error(text.referenced, Problem::TextTooShort { key, minimum }));
        }
        Ok(text.value)
    }

    fn word<T>(&self, text: &str, location: Location) -> Result<T, Error>
    where
        T: std::str::FromStr<Err = UnknownWord>,
    {
        text.parse()
            .map_err(|unknown: UnknownWord| self.error(location, unknown.into()))
    }

    fn test(
        &self,
        raw: RawTest,
        technique: &TechniqueId,
        technique_name: &str,
    ) -> Result<AtomicTest, Error> {
        let place = Place::at(self.file, raw.name.referenced);
        let executor_location = raw.executor.referenced;
        let elevation = raw.executor.value.elevation_required.clone();
        let uses = self.uses(&raw);

        let dependencies = raw
            .dependencies
            .unwrap_or_default()
            .into_iter()
            .map(|dependency| self.dependency(dependency))
            .collect::<Result<Vec<_>, _>>()?;
        let Some(guid) = &raw.auto_generated_guid else {
            let key = "auto_generated_guid";
            return Err(Error::new(place, Problem::MissingKey { key }));
        };
        let test = AtomicTest {
            guid: parse_guid(guid, self.file)?,
            number: 0,
            test_number: 0,
            name: self.text("name", raw.name, 1)?,
            description: self.text("description", raw.description, 1)?,
            technique: technique.clone(),
            technique_name: technique_name.to_owned(),
            supported_platforms: self.platforms(&raw.supported_platforms)?,
            arguments: self.arguments(raw.input_arguments, &uses)?,
            action: self.action(raw.executor.value, executor_location)?,
            elevation_required: elevation.as_ref().is_some_and(|required| required.value),
            dependency_executor: self
                .dependency_executor(raw.dependency_executor_name, &dependencies)?,
            dependencies,
            control: false,
            signals: Signals::default(),
            place,
        };
        if uses_undeclared_elevation(&test) {
            let location = elevation.map_or(executor_location, |required| required.referenced);
            return Err(self.error(location, Problem::ElevationRequiredButNotProvided));
        }
        Ok(test)
    }

    /// The names of the arguments used, each with the place of the first command that uses it.
    fn uses(&self, raw: &RawTest) -> BTreeMap<String, Place> {
        let executor = &raw.executor.value;
        let of_executor = [
            &executor.command,
            &executor.cleanup_command,
            &executor.steps,
        ];
        let of_dependencies = raw.dependencies.iter().flatten().flat_map(|dependency| {
            std::iter::once(&dependency.prereq_command).chain(&dependency.get_prereq_command)
        });
        let mut uses = BTreeMap::new();
        for command in of_executor.into_iter().flatten().chain(of_dependencies) {
            for name in argument::used(&command.value) {
                uses.entry(name.to_owned())
                    .or_insert_with(|| Place::at(self.file, command.referenced));
            }
        }
        uses
    }

    fn platforms(&self, raw: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Platform>, Error> {
        if raw.value.is_empty() {
            let key = "supported_platforms";
            return Err(self.error(raw.referenced, Problem::EmptyList { key }));
        }
        raw.value
            .iter()
            .map(|platform| self.word(&platform.value, platform.referenced))
            .collect()
    }

    fn arguments(
        &self,
        raw: Option<Spanned<Option<Entries<RawArgument>>>>,
        uses: &BTreeMap<String, Place>,
    ) -> Result<BTreeMap<String, Argument>, Error> {
        let mut arguments = BTreeMap::new();
        if let Some(raw) = raw {
            let Entries(entries) = raw.value.unwrap_or_default();
            if entries.is_empty() {
                return Err(self.error(raw.referenced, Problem::EmptyInputArguments));
            }
            for (name, argument) in entries {
                if !is_argument_name(&name.value) {
                    let found = name.value;
                    return Err(self.error(name.referenced, Problem::InvalidArgumentName { found }));
                }
                if !uses.contains_key(&name.value) {
                    let argument = name.value;
                    return Err(
                        self.error(name.referenced, Problem::UnusedInputArgument { argument })
                    );
                }
                let argument = self.argument(&name.value, argument)?;
                arguments.insert(name.value, argument);
            }
        }
        for (name, place) in uses {
            if !arguments.contains_key(name) {
                let argument = name.clone();
                return Err(Error::new(
                    place.clone(),
                    Problem::MissingInputArgument { argument },
                ));
            }
        }
        Ok(arguments)
    }

    fn argument(&self, name: &str, raw: RawArgument) -> Result<Argument, Error> {
        // Atomic Red Team writes types in lower case, and still knows the older `Url`, `String`.
        let word = raw.r#type.value.to_ascii_lowercase();
        let kind: ArgumentKind = self.word(&word, raw.r#type.referenced)?;
        let default = raw
            .default
            .map(|default| {
                // A default is not rounded: a fraction for a whole number is the author's slip.
                kind.normalise(&default.value)
                    .filter(|normal| *normal == default.value)
                    .ok_or_else(|| {
                        self.error(
                            default.referenced,
                            Problem::InvalidValue {
                                argument: name.to_owned(),
                                found: default.value.clone(),
                                kind,
                            },
                        )
                    })
            })
            .transpose()?;
        Ok(Argument {
            description: raw.description,
            kind,
            default,
        })
    }

    fn action(&self, raw: RawExecutor, location: Location) -> Result<Action, Error> {
        let missing = |key| self.error(location, Problem::MissingKey { key });
        let unknown = |key: &str, value: &Spanned<String>, known: &[&'static str]| {
            self.error(
                value.referenced,
                Problem::UnknownKey {
                    key: key.to_owned(),
                    known: known.to_vec(),
                },
            )
        };
        if raw.name.value == MANUAL {
            let known = ["name", "elevation_required", "steps"];
            if let Some(command) = &raw.command {
                return Err(unknown("command", command, &known));
            }
            if let Some(cleanup) = &raw.cleanup_command {
                return Err(unknown("cleanup_command", cleanup, &known));
            }
            let steps = raw.steps.ok_or_else(|| missing("steps"))?;
            return Ok(Action::Manual {
                steps: self.text("steps", steps, 10)?,
            });
        }
        let executor = raw.name.value.parse().map_err(|unknown: UnknownWord| {
            let mut known = unknown.known.to_vec();
            known.push(MANUAL);
            self.error(
                raw.name.referenced,
                Problem::UnknownWord {
                    kind: unknown.kind,
                    found: unknown.found,
                    known,
                },
            )
        })?;
        if let Some(steps) = &raw.steps {
            let known = ["name", "elevation_required", "command", "cleanup_command"];
            return Err(unknown("steps", steps, &known));
        }
        let command = raw.command.ok_or_else(|| missing("command"))?;
        Ok(Action::Command {
            executor,
            command: self.text("command", command, 1)?,
            cleanup_command: raw.cleanup_command.map(|cleanup| cleanup.value),
        })
    }

    fn dependency(&self, raw: RawDependency) -> Result<Dependency, Error> {
        Ok(Dependency {
            description: self.text("description", raw.description, 1)?,
            prereq_command: self.text("prereq_command", raw.prereq_command, 1)?,
            get_prereq_command: raw.get_prereq_command.map(|command| command.value),
        })
    }

    fn dependency_executor(
        &self,
        raw: Option<Spanned<Option<String>>>,
        dependencies: &[Dependency],
    ) -> Result<Option<Executor>, Error> {
        let Some(name) = raw else {
            return Ok(None);
        };
        let location = name.referenced;
        let name = name.value.unwrap_or_default();
        if name.is_empty() {
            return Err(self.error(location, Problem::EmptyDependencyExecutorName));
        }
        let executor = self.word(&name, location)?;
        if dependencies.is_empty() {
            return Err(self.error(location, Problem::InvalidDependencyExecutorName));
        }
        Ok(Some(executor))
    }
}

fn is_argument_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    name.chars().count() >= 2 && name.chars().all(allowed)
}

fn uses_undeclared_elevation(test: &AtomicTest) -> bool {
    let on_unix = test
        .supported_platforms
        .iter()
        .any(|platform| matches!(platform, Platform::Linux | Platform::Macos));
    let Action::Command {
        command,
        cleanup_command,
        ..
    } = &test.action
    else {
        return false;
    };
    on_unix
        && !test.elevation_required
        && std::iter::once(command)
            .chain(cleanup_command)
            .any(|command| command.contains("sudo"))
}
