//! What the cmd stand-in's grammar is made of.
//!
//! Texts keep references to `for` variables (`%i`), which are filled in when
//! the command runs; everything else is settled by then.

/// A command of any form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// `a & b`: one after the other.
    List(Vec<Command>),
    /// `a || b`: until one succeeds.
    Either(Vec<Command>),
    /// `a && b`: until one fails.
    Both(Vec<Command>),
    /// `( a )`, with what applies to all of it.
    Block(Box<Command>, Vec<Redirection>),
    /// `for /L %i in (start,step,end) do …`
    Loop(Loop),
    /// `if [not] … … [else …]`
    If(If),
    /// A builtin or a program.
    Simple(Action, Vec<Redirection>),
}

/// A counting loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loop {
    /// The variable's letter; cmd tells `%i` from `%I`.
    pub(super) variable: char,
    /// Start, step and end, as text, since an outer loop's variable may be in.
    pub(super) bounds: [String; 3],
    /// What is done.
    pub(super) body: Box<Command>,
}

/// A condition and its branches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct If {
    /// Whether `not` stands before the condition.
    pub(super) negated: bool,
    /// The condition.
    pub(super) condition: Condition,
    /// What is done where it holds.
    pub(super) then: Box<Command>,
    /// What is done where it doesn't.
    pub(super) otherwise: Option<Box<Command>>,
}

/// What an `if` asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// Is there this file or directory?
    Exist(String),
    /// Was the last exit code this high or higher?
    ErrorLevel(i32),
}

/// What a simple command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Writes a line.
    Echo(String),
    /// `rem`, `echo off`, or redirections alone: nothing.
    Nothing,
    /// Sets a variable for the programs that follow.
    Set {
        /// Its name.
        name: String,
        /// Its value; none removes it.
        value: String,
    },
    /// Deletes files.
    Delete(Vec<String>),
    /// Changes the current directory, or shows it.
    ChangeDirectory(Option<String>),
    /// Writes files to the output.
    Type(Vec<String>),
    /// Ends the interpreter with this code, or the last exit code.
    Exit(Option<i32>),
    /// Runs a program.
    Run {
        /// The program as it was called, without quotes.
        program: String,
        /// The whole command line, program included.
        line: String,
    },
}

/// One redirection; they apply from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redirection {
    /// The stream that is redirected.
    pub(super) stream: Stream,
    /// Where to.
    pub(super) target: Target,
}

/// One of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// `1`
    Output,
    /// `2`
    Error,
}

/// Where a stream is redirected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// `nul`
    Null,
    /// `&1` or `&2`: where that stream goes now.
    Stream(Stream),
    /// A file.
    File {
        /// Its path.
        path: String,
        /// Whether it is added to (`>>`).
        append: bool,
    },
}
