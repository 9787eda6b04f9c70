//! What can be wrong with a library: a problem, and the place where it stands.
//!
//! The codes are the names that the field knows: those of Atomic Red Team's own validation
//! (`atomic_red_team/models.py`) and of the validation library it uses, where they have one.

use std::fmt;

use crate::place::Place;

/// A problem at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Where the problem stands.
    pub place: Place,
    /// What the problem is.
    pub problem: Box<Problem>,
}

impl Error {
    pub(crate) fn new(place: Place, problem: Problem) -> Self {
        Self {
            place,
            problem: Box::new(problem),
        }
    }

    /// The problem's name, as in [`Problem::code`].
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// What was expected instead, as in [`Problem::expected`].
    pub fn expected(&self) -> Option<String> {
        self.problem.expected()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)?;
        match self.expected() {
            Some(expected) => write!(f, "; expected {expected}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// What is wrong. The text says what was found; [`Problem::expected`] what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A file or folder can't be read.
    #[error("can't be read: {reason}")]
    Unreadable {
        /// The system's message.
        reason: String,
    },
    /// The text isn't YAML, or uses a part of YAML that isn't allowed here.
    #[error("invalid YAML: {reason}")]
    InvalidYaml {
        /// The parser's message.
        reason: String,
    },
    /// A value has another shape than it must have.
    #[error("wrong type")]
    WrongType {
        /// The shape it must have.
        expected: String,
    },
    /// A key isn't known here.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys known here.
        known: Vec<&'static str>,
    },
    /// A key is missing.
    #[error("`{key}` is missing")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A key stands twice in one mapping.
    #[error("`{key}` stands here a second time")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A word isn't one of the words known here.
    #[error("unknown {kind} `{found}`")]
    UnknownWord {
        /// What the word stands for.
        kind: &'static str,
        /// The word.
        found: String,
        /// The words known here.
        known: Vec<&'static str>,
    },
    /// A technique id isn't one.
    #[error("`{found}` is not a technique id")]
    InvalidTechnique {
        /// What was found.
        found: String,
    },
    /// A technique id is not the one of the folder.
    #[error("technique {found} in the folder of {folder}")]
    TechniqueMismatch {
        /// The technique named in the file.
        found: String,
        /// The technique that the folder is named for.
        folder: String,
    },
    /// A text is shorter than it must be.
    #[error("`{key}` is too short")]
    TextTooShort {
        /// The text's key.
        key: &'static str,
        /// The shortest length in characters.
        minimum: usize,
    },
    /// A list is empty that must not be.
    #[error("`{key}` is empty")]
    EmptyList {
        /// The list's key.
        key: &'static str,
    },
    /// A GUID isn't one.
    #[error("`{found}` is not a GUID")]
    InvalidGuid {
        /// What was found.
        found: String,
    },
    /// A GUID is used by two tests.
    #[error("GUID {guid} is already that of the test at {first}")]
    ReusedGuid {
        /// The GUID.
        guid: uuid::Uuid,
        /// Where it was used first.
        first: Place,
    },
    /// No test has this GUID.
    #[error("no test has the GUID {guid}")]
    UnknownGuid {
        /// The GUID.
        guid: uuid::Uuid,
    },
    /// `input_arguments` is there, and empty.
    #[error("`input_arguments` is empty")]
    EmptyInputArguments,
    /// The name of an input argument has characters that it can't have, or is too short.
    #[error("`{found}` can't be the name of an input argument")]
    InvalidArgumentName {
        /// The name.
        found: String,
    },
    /// A value isn't of the argument's type.
    #[error("`{found}` is not a value of the input argument `{argument}`")]
    InvalidValue {
        /// The argument's name.
        argument: String,
        /// The value.
        found: String,
        /// What the argument takes.
        kind: crate::ArgumentKind,
    },
    /// An input argument occurs in no command.
    #[error("the input argument `{argument}` is not used in any of the commands")]
    UnusedInputArgument {
        /// The argument's name.
        argument: String,
    },
    /// A command uses an input argument that isn't declared.
    #[error("`#{{{argument}}}` is used but not declared in `input_arguments`")]
    MissingInputArgument {
        /// The argument's name.
        argument: String,
    },
    /// `dependency_executor_name` is there, and empty.
    #[error("`dependency_executor_name` is empty")]
    EmptyDependencyExecutorName,
    /// `dependency_executor_name` is there, and there are no dependencies.
    #[error("`dependency_executor_name` without `dependencies`")]
    InvalidDependencyExecutorName,
    /// A command for Linux or macOS uses sudo, and the test says that it needs no elevation.
    #[error("`sudo` is used, but `elevation_required` is not true")]
    ElevationRequiredButNotProvided,
    /// A file has the extension `.yml`.
    #[error("the extension is `.yml`")]
    InvalidExtension,
    /// A technique's folder has a folder in it that it can't have.
    #[error("unknown folder `{found}`")]
    UnexpectedFolder {
        /// The folder's name.
        found: String,
    },
    /// There is no folder of a technique.
    #[error("no folder of a technique is there")]
    NoTechniques,
    /// A technique's folder holds no atomic test.
    #[error("no atomic test is there")]
    NoTests,
    /// A file that another one needs is missing.
    #[error("the file {file} is missing")]
    MissingFile {
        /// The file that is missing.
        file: String,
    },
    /// An expectation names an argument that the test doesn't have.
    #[error("the test has no input argument `{argument}`")]
    UnknownArgument {
        /// The argument's name.
        argument: String,
    },
    /// A count refers to an argument that isn't a whole number.
    #[error("the input argument `{argument}` is not an integer, so that it can't be a count")]
    ArgumentNotCountable {
        /// The argument's name.
        argument: String,
    },
    /// A count isn't one.
    #[error("`{found}` is not a count")]
    InvalidCount {
        /// What was found.
        found: String,
    },
    /// An expectation doesn't say how many.
    #[error("the expectation does not say how many")]
    MissingBound,
    /// `exactly` stands beside `at_least` or `at_most`.
    #[error("`exactly` beside `{other}`")]
    ConflictingBounds {
        /// The other bound.
        other: &'static str,
    },
    /// `at_least` is more than `at_most`.
    #[error("at least {at_least} and at most {at_most} can't be")]
    ImpossibleBounds {
        /// The lower bound.
        at_least: u64,
        /// The upper bound.
        at_most: u64,
    },
    /// A known miss or a false alarm that doesn't say why.
    #[error("`{key}` without a reason")]
    MissingReason {
        /// Which of both.
        key: &'static str,
    },
    /// A known miss whose bound nothing limits from above.
    #[error("a known miss that has no upper bound")]
    UnboundedMiss,
    /// A false alarm of no rows.
    #[error("a false alarm that has no rows")]
    SilentFalseAlarm,
    /// A known miss that is a false alarm, too.
    #[error("`known_miss` beside `false_alarm`")]
    MissAndFalseAlarm,
    /// A file of expectations that mentions no test.
    #[error("no test is mentioned")]
    NoExpectations,
    /// Two expectations of one test that apply under the same condition.
    #[error("this expectation and the one at {first} both apply under {condition}")]
    OverlappingExpectations {
        /// Where the other one stands.
        first: Place,
        /// A condition under which both apply.
        condition: crate::Condition,
    },
    /// An image is declared that no command runs.
    #[error("the image {image} is not used in any of the commands")]
    UnusedImage {
        /// The image's Windows path.
        image: String,
    },
    /// A host is declared that no command and no argument names.
    #[error("the host `{host}` is named by no command and no argument")]
    UnusedHost {
        /// The host's name.
        host: String,
    },
    /// An argument is to have a host, and is no URL.
    #[error("the input argument `{argument}` is not a url, so that it has no host")]
    ArgumentNotUrl {
        /// The argument's name.
        argument: String,
    },
}

impl Problem {
    /// The problem's stable name: Atomic Red Team's where it has one.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::InvalidYaml { .. } => "invalid_yaml",
            Self::WrongType { .. } => "wrong_type",
            Self::UnknownKey { .. } => "extra_forbidden",
            Self::MissingKey { .. } => "missing",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::UnknownWord { .. } => "literal_error",
            Self::InvalidTechnique { .. } => "string_pattern_mismatch",
            Self::TechniqueMismatch { .. } => "technique_mismatch",
            Self::TextTooShort { .. } => "string_too_short",
            Self::EmptyList { .. } => "too_short",
            Self::InvalidGuid { .. } => "uuid_parsing",
            Self::ReusedGuid { .. } => "reused_guid",
            Self::UnknownGuid { .. } => "unknown_guid",
            Self::EmptyInputArguments => "empty_input_arguments",
            Self::InvalidArgumentName { .. } => "invalid_argument_name",
            Self::InvalidValue { .. } => "invalid_value",
            Self::UnusedInputArgument { .. } => "unused_input_argument",
            Self::MissingInputArgument { .. } => "missing_input_argument",
            Self::EmptyDependencyExecutorName => "empty_dependency_executor_name",
            Self::InvalidDependencyExecutorName => "invalid_dependency_executor_name",
            Self::ElevationRequiredButNotProvided => "elevation_required_but_not_provided",
            Self::InvalidExtension => "invalid_extension",
            Self::UnexpectedFolder { .. } => "unexpected_folder",
            Self::NoTechniques => "no_techniques",
            Self::NoTests => "no_tests",
            Self::MissingFile { .. } => "missing_file",
            Self::UnknownArgument { .. } => "unknown_argument",
            Self::ArgumentNotCountable { .. } => "argument_not_countable",
            Self::InvalidCount { .. } => "invalid_count",
            Self::MissingBound => "missing_bound",
            Self::ConflictingBounds { .. } => "conflicting_bounds",
            Self::ImpossibleBounds { .. } => "impossible_bounds",
            Self::MissingReason { .. } => "missing_reason",
            Self::UnboundedMiss => "unbounded_miss",
            Self::SilentFalseAlarm => "silent_false_alarm",
            Self::MissAndFalseAlarm => "miss_and_false_alarm",
            Self::NoExpectations => "no_expectations",
            Self::OverlappingExpectations { .. } => "overlapping_expectations",
            Self::UnusedImage { .. } => "unused_image",
            Self::UnusedHost { .. } => "unused_host",
            Self::ArgumentNotUrl { .. } => "argument_not_url",
        }
    }

    /// What was expected instead, for a message that says both; nothing where the problem says it.
    pub fn expected(&self) -> Option<String> {
        let expected = match self {
            Self::Unreadable { .. }
            | Self::InvalidYaml { .. }
            | Self::DuplicateKey { .. }
            | Self::UnknownGuid { .. }
            | Self::UnknownArgument { .. }
            | Self::MissingFile { .. }
            | Self::ImpossibleBounds { .. } => return None,
            Self::WrongType { expected } => expected.clone(),
            Self::UnknownKey { known, .. } | Self::UnknownWord { known, .. } => one_of(known),
            Self::MissingKey { key } => format!("the key `{key}`"),
            Self::InvalidTechnique { .. } => "the form T1234 or T1234.001".to_owned(),
            Self::TechniqueMismatch { folder, .. } => folder.clone(),
            Self::TextTooShort { minimum: 1, .. } => "some text".to_owned(),
            Self::TextTooShort { minimum, .. } => format!("at least {minimum} characters"),
            Self::EmptyList { .. } => "at least one entry".to_owned(),
            Self::InvalidGuid { .. } => "the form 01234567-89ab-4cde-8f01-23456789abcd".to_owned(),
            Self::ReusedGuid { .. } => "a GUID of its own for each test".to_owned(),
            Self::EmptyInputArguments => "an argument, or no such key".to_owned(),
            Self::InvalidArgumentName { .. } => {
                "two or more letters, digits, `_` or `-`".to_owned()
            }
            Self::InvalidValue { kind, .. } => kind.description().to_owned(),
            Self::UnusedInputArgument { argument } => {
                format!("`#{{{argument}}}` in a command, or no such argument")
            }
            Self::MissingInputArgument { argument } => {
                format!("an input argument named `{argument}`")
            }
            Self::EmptyDependencyExecutorName => {
                format!("{}, or no such key", one_of(&crate::Executor::NAMES))
            }
            Self::InvalidDependencyExecutorName => "dependencies, or no such key".to_owned(),
            Self::ElevationRequiredButNotProvided => "`elevation_required: true`".to_owned(),
            Self::InvalidExtension => "`.yaml`".to_owned(),
            Self::UnexpectedFolder { .. } => one_of(&["bin", "detections", "src"]),
            Self::NoTechniques => "a folder named as a technique, such as T1583.007".to_owned(),
            Self::NoTests => "a YAML file with `atomic_tests`".to_owned(),
            Self::ArgumentNotCountable { .. } => "an argument of type integer".to_owned(),
            Self::InvalidCount { .. } => {
                "a whole number, or an argument such as '#{count}'".to_owned()
            }
            Self::MissingBound => {
                "`at_least`, `at_most` or `exactly` (an argument in quotes: '#{count}')".to_owned()
            }
            Self::ConflictingBounds { .. } => {
                "`exactly` alone, or `at_least`, `at_most` or both".to_owned()
            }
            Self::MissingReason { key } => format!("`because` beside `{key}`"),
            Self::UnboundedMiss => "`exactly` or `at_most`".to_owned(),
            Self::SilentFalseAlarm => "a number of rows above 0".to_owned(),
            Self::MissAndFalseAlarm => "one of both: it ought to fire, or to be silent".to_owned(),
            Self::NoExpectations => {
                "what the detection must say of a test, by the test's GUID".to_owned()
            }
            Self::OverlappingExpectations { .. } => {
                "a `when` for each that excludes the other".to_owned()
            }
            Self::UnusedImage { .. } => "a path that a command runs".to_owned(),
            Self::UnusedHost { .. } => "a name that a command or an argument has".to_owned(),
            Self::ArgumentNotUrl { .. } => "an argument of type url".to_owned(),
        };
        Some(expected)
    }
}

/// `a`, `a or b`, `one of a, b, c`.
pub(crate) fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => format!("`{only}`"),
        [first, second] => format!("`{first}` or `{second}`"),
        more => format!("one of `{}`", more.join("`, `")),
    }
}
