//! What the PowerShell stand-in's grammar is made of.

use super::super::refusal::Place;

/// Statements, one after the other.
pub(super) type Block = Vec<Statement>;

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement {
    /// `a | b | c`, or an expression alone.
    Pipeline(Pipeline),
    /// `$name = …`, `$name += …`
    Assign(Assign),
    /// `if () {} elseif () {} else {}`
    If {
        /// Conditions with what is done where they hold, in order.
        branches: Vec<(Pipeline, Block)>,
        /// What is done where none does.
        otherwise: Option<Block>,
    },
    /// `while () {}`
    While(Pipeline, Block),
    /// `for (;;) {}`
    For {
        /// Before the first round.
        first: Option<Box<Statement>>,
        /// Before each round.
        condition: Option<Pipeline>,
        /// After each round.
        step: Option<Box<Statement>>,
        /// The round.
        body: Block,
    },
    /// `foreach ($name in …) {}`
    ForEach {
        /// The variable's name.
        variable: String,
        /// What is gone through.
        items: Pipeline,
        /// The round.
        body: Block,
    },
    /// `try {} catch {} finally {}`
    Try {
        /// What is tried.
        body: Block,
        /// What is done with an error.
        catch: Option<Block>,
        /// What is done in any case.
        finally: Option<Block>,
    },
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `exit`, `exit 3`
    Exit(Option<Pipeline>),
}

/// An assignment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assign {
    /// The variable's name; none for `$null`, which takes and drops all.
    pub(super) variable: Option<String>,
    /// The operator of `+=` and its kin.
    pub(super) operator: Option<Arithmetic>,
    /// What is assigned.
    pub(super) value: Pipeline,
    /// Where the operator stands.
    pub(super) place: Place,
}

/// Commands whose output is the next one's input.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipeline {
    pub(super) head: Head,
    pub(super) rest: Vec<Command>,
}

/// What a pipeline begins with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Head {
    Expression(Expression),
    Command(Command),
}

/// A command with its parameters told apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    /// `& { … }`
    Call(Block),
    /// `ForEach-Object { … }`
    ForEachObject(Block),
    /// `Out-Null`
    OutNull,
    /// `Invoke-WebRequest`
    WebRequest(Box<WebRequest>),
    /// `Start-Sleep`
    Sleep(Interval),
    /// `Write-Host`
    WriteHost {
        values: Vec<Expression>,
        newline: bool,
    },
    /// `Write-Output`
    WriteOutput(Vec<Expression>),
}

/// The parameters of `Invoke-WebRequest`; those that change nothing here
/// (`-UseBasicParsing`, `-DisableKeepAlive`) are gone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WebRequest {
    pub(super) uri: Expression,
    pub(super) method: Option<Expression>,
    pub(super) headers: Option<Expression>,
    pub(super) user_agent: Option<Expression>,
    pub(super) timeout_seconds: Option<Expression>,
    pub(super) maximum_redirection: Option<Expression>,
    pub(super) place: Place,
}

/// How long `Start-Sleep` waits.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Interval {
    Seconds(Expression),
    Milliseconds(Expression),
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// `"… $name … $( … )"`
    Interpolated(Vec<Part>),
    /// `$name`
    Variable(String),
    /// `a, b`
    List(Vec<Expression>),
    /// `@( … )`
    Array(Block),
    /// `@{ name = value }`
    Map(Vec<(String, Expression)>),
    /// `( … )`
    Parenthesised(Box<Pipeline>),
    /// `$( … )`
    Subexpression(Block),
    /// `a..b`
    Range(Box<Expression>, Box<Expression>, Place),
    Negated(Box<Expression>),
    Not(Box<Expression>),
    /// Operators of one rank and their right operands, from left to right: a
    /// list, so that a long sum is no deep tree.
    Binary(Box<Expression>, Vec<(Operator, Expression, Place)>),
    /// `[int]a`
    Cast(Type, Box<Expression>),
    /// `a.Length`
    Property(Box<Expression>, Property),
    /// `a[0]`
    Index(Box<Expression>, Box<Expression>),
    /// `$i++`, `--$i`
    Step {
        variable: String,
        by: i64,
        /// Whether the value is the one before the step.
        postfix: bool,
    },
}

/// A piece of a text with variables in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    Variable(String),
    Subexpression(Block),
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Arithmetic(Arithmetic),
    Comparison(Comparison),
    Logical(Logical),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logical {
    And,
    Or,
    ExclusiveOr,
}

/// The types that a value may be cast to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Void,
    Integer,
    Text,
}

/// The properties that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Content,
    Count,
    Exception,
    Length,
    Message,
    StatusCode,
    StatusDescription,
}

impl Property {
    /// The property of this name, without case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "content" => Self::Content,
            "count" => Self::Count,
            "exception" => Self::Exception,
            "length" => Self::Length,
            "message" => Self::Message,
            "statuscode" => Self::StatusCode,
            "statusdescription" => Self::StatusDescription,
            _ => return None,
        })
    }
}
