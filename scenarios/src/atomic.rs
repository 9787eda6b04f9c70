//! An atomic test: a scenario, in the terms of Atomic Red Team.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::argument::Argument;
use crate::executor::Executor;
use crate::place::Place;
use crate::signals::Signals;
use crate::technique::TechniqueId;
use crate::words::words;

words! {
    /// A platform that a test runs on.
    pub enum Platform, "platform" {
        /// Windows.
        Windows = "windows",
        /// macOS.
        Macos = "macos",
        /// Linux.
        Linux = "linux",
        /// Office 365.
        Office365 = "office-365",
        /// Azure AD.
        AzureAd = "azure-ad",
        /// Google Workspace.
        GoogleWorkspace = "google-workspace",
        /// Software as a service.
        Saas = "saas",
        /// Infrastructure as a service.
        Iaas = "iaas",
        /// Containers.
        Containers = "containers",
        /// Google Cloud.
        IaasGcp = "iaas:gcp",
        /// Azure.
        IaasAzure = "iaas:azure",
        /// AWS.
        IaasAws = "iaas:aws",
        /// `ESXi`.
        Esxi = "esxi",
    }
}

/// An atomic test, with the signals that it must leave behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtomicTest {
    /// Its stable id.
    pub guid: Uuid,
    /// Its number in the library, counted from 1.
    pub number: usize,
    /// Its number in its file, counted from 1, as in `T1583.007-1`.
    pub test_number: usize,
    /// Its name.
    pub name: String,
    /// What it does, in Markdown.
    pub description: String,
    /// The technique that it is filed under.
    pub technique: TechniqueId,
    /// The technique's name.
    pub technique_name: String,
    /// The platforms that it runs on.
    pub supported_platforms: Vec<Platform>,
    /// Its input arguments, by name.
    pub arguments: BTreeMap<String, Argument>,
    /// What it does.
    pub action: Action,
    /// Whether it needs elevated rights.
    pub elevation_required: bool,
    /// What must be there before it is run.
    pub dependencies: Vec<Dependency>,
    /// What runs the commands of the dependencies, where that isn't the test's own executor.
    pub dependency_executor: Option<Executor>,
    /// It stands in another file than the technique's own: it is there to tell a detection that
    /// is right from one that fires too often or not often enough.
    pub control: bool,
    /// What it must leave behind.
    pub signals: Signals,
    /// Where it stands.
    pub place: Place,
}

/// What a test does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// An executor runs a command.
    Command {
        /// The executor.
        executor: Executor,
        /// The command, with `#{argument}` for the values of arguments.
        command: String,
        /// The command that removes what the command left behind.
        cleanup_command: Option<String>,
    },
    /// A person follows steps.
    Manual {
        /// The steps.
        steps: String,
    },
}

/// What must be there before a test is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What must be there.
    pub description: String,
    /// The command that succeeds if it is there.
    pub prereq_command: String,
    /// The command that gets it.
    pub get_prereq_command: Option<String>,
}

impl AtomicTest {
    /// The commands in which arguments may stand.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match &self.action {
            Action::Command {
                command,
                cleanup_command,
                ..
            } => (command, cleanup_command.as_deref()),
            Action::Manual { steps } => (steps, None),
        };
        let dependencies = self.dependencies.iter().flat_map(|dependency| {
            std::iter::once(dependency.prereq_command.as_str())
                .chain(dependency.get_prereq_command.as_deref())
        });
        std::iter::once(first.as_str())
            .chain(second)
            .chain(dependencies)
    }
}
