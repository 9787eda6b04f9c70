//! From an atomic test to the commands of one run: the values of its arguments put in.

use std::collections::BTreeMap;

use crate::argument::{self, ArgumentKind};
use crate::atomic::{Action, AtomicTest, Dependency};
use crate::executor::Executor;

/// Values that one run gives to arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Values by the argument's name.
    pub values: BTreeMap<String, String>,
    /// Take the values of `realtime` in the test's signals, where `values` has none.
    pub realtime: bool,
}

impl Overrides {
    /// Gives an argument a value.
    #[must_use]
    pub fn with(mut self, argument: &str, value: impl Into<String>) -> Self {
        self.values.insert(argument.to_owned(), value.into());
        self
    }

    /// Keeps the field's pace.
    #[must_use]
    pub fn realtime(mut self) -> Self {
        self.realtime = true;
        self
    }
}

/// A test whose arguments have their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The value of each argument of the test.
    pub arguments: BTreeMap<String, String>,
    /// What runs the commands.
    pub executor: Executor,
    /// The command.
    pub command: String,
    /// The command that removes what the command left behind.
    pub cleanup_command: Option<String>,
    /// What must be there before.
    pub dependencies: Vec<Dependency>,
    /// What runs the commands of the dependencies.
    pub dependency_executor: Executor,
    /// The hosts of the arguments that are URLs: the names that the test asks for.
    pub hosts: Vec<String>,
    /// The arguments for which a value was given and which the test doesn't have.
    pub ignored: Vec<String>,
}

impl Resolved {
    /// The arguments, program first, with which the executor starts the command.
    pub fn invocation(&self) -> Vec<String> {
        self.executor.invocation(&self.command)
    }

    /// The arguments, program first, with which the executor starts the clean-up.
    pub fn cleanup_invocation(&self) -> Option<Vec<String>> {
        let command = self.cleanup_command.as_deref()?;
        Some(self.executor.invocation(command))
    }
}

/// Why a test can't be run with these values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The test is for a person to do.
    #[error("`{test}` is a manual test")]
    Manual {
        /// The test's name.
        test: String,
    },
    /// An argument has no default, and no value was given.
    #[error("the input argument `{argument}` has no default and needs a value")]
    MissingValue {
        /// The argument's name.
        argument: String,
    },
    /// A value isn't of the argument's type.
    #[error(
        "`{found}` is not a value of the input argument `{argument}`; expected {}",
        kind.description()
    )]
    InvalidValue {
        /// The argument's name.
        argument: String,
        /// The value.
        found: String,
        /// The argument's type.
        kind: ArgumentKind,
    },
}

impl AtomicTest {
    /// Gives each argument its value: that of `overrides`, else the field's (if asked for), else
    /// the default. A fraction given for a whole number is rounded up. A value for an argument
    /// that the test doesn't have is no error: one command line may drive many tests.
    pub fn resolve(&self, overrides: &Overrides) -> Result<Resolved, ResolveError> {
        let Action::Command {
            executor,
            command,
            cleanup_command,
        } = &self.action
        else {
            return Err(ResolveError::Manual {
                test: self.name.clone(),
            });
        };
        let mut arguments = BTreeMap::new();
        let mut hosts = Vec::new();
        for (name, argument) in &self.arguments {
            let realtime = self
                .signals
                .realtime
                .get(name)
                .filter(|_| overrides.realtime);
            let value = overrides
                .values
                .get(name)
                .or(realtime)
                .or(argument.default.as_ref())
                .ok_or_else(|| ResolveError::MissingValue {
                    argument: name.clone(),
                })?;
            let value =
                argument
                    .kind
                    .normalise(value)
                    .ok_or_else(|| ResolveError::InvalidValue {
                        argument: name.clone(),
                        found: value.clone(),
                        kind: argument.kind,
                    })?;
            if argument.kind == ArgumentKind::Url {
                hosts.extend(argument::host(&value));
            }
            arguments.insert(name.clone(), value);
        }
        hosts.sort();
        hosts.dedup();

        let put = |command: &str| argument::substitute(command, &arguments);
        let dependency = |dependency: &Dependency| Dependency {
            description: dependency.description.clone(),
            prereq_command: put(&dependency.prereq_command),
            get_prereq_command: dependency.get_prereq_command.as_deref().map(put),
        };
        let ignored = overrides
            .values
            .keys()
            .filter(|name| !self.arguments.contains_key(*name));
        Ok(Resolved {
            executor: *executor,
            command: put(command),
            cleanup_command: cleanup_command.as_deref().map(put),
            dependencies: self.dependencies.iter().map(dependency).collect(),
            dependency_executor: self.dependency_executor.unwrap_or(*executor),
            hosts,
            ignored: ignored.cloned().collect(),
            arguments,
        })
    }
}
