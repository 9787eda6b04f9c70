//! Expressions of `eval` and `where`.
//!
//! They are checked while they are parsed: a [`Predicate`] gives true, false or
//! null, an [`Expression`] gives a value, and neither stands where the other
//! belongs. Splunk rejects the same mixtures when it checks types.
//!
//! Source: Search Reference, `eval` and `where`, "Evaluation functions"; Search
//! Manual, "Types of expressions" and "Predicate expressions".

mod check;
mod evaluate;
mod explain;
pub(crate) mod function;
mod parse;
mod print;

use crate::{
    command::search::Search,
    error::Span,
    names::Slot,
    regex::Pattern,
    time::{format::TimeFormat, modifier::TimeModifier},
    value::Number,
};

pub(crate) use parse::{Parser, predicate};

/// What gives a value.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) kind: ExpressionKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum ExpressionKind {
    Null,
    Field(Slot),
    Text(String),
    Number(Number),
    Negative(Box<Expression>),
    Arithmetic(Arithmetic, Box<Expression>, Box<Expression>),
    /// Values joined by `.`, as text.
    Concatenation(Vec<Expression>),
    Call(Type, function::Value, Box<Call>),
    /// A subsearch whose value has not become text yet: the place of what is
    /// inside the brackets.
    Subsearch(Span),
}

/// What gives true, false or null.
#[derive(Debug)]
pub(crate) struct Predicate {
    pub(crate) kind: PredicateKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum PredicateKind {
    /// `true()`, `false()`, and a null where a predicate belongs.
    Constant(Option<bool>),
    Not(Box<Predicate>),
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Xor(Box<Predicate>, Box<Predicate>),
    Comparison(Comparison, Box<Expression>, Box<Expression>),
    Call(function::Truth, Box<Call>),
}

/// Either of the two.
#[derive(Debug)]
pub(crate) enum Operand {
    Value(Expression),
    Truth(Predicate),
}

/// A function with its arguments.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) arguments: Vec<Operand>,
    /// What a constant argument was compiled to.
    pub(crate) prepared: Prepared,
    pub(crate) span: Span,
}

/// Constant arguments that are compiled once.
#[derive(Debug)]
pub(crate) enum Prepared {
    Nothing,
    Pattern(Pattern),
    /// A format of `printf()`.
    Format(function::Format),
    TimeFormat(TimeFormat),
    TimeModifier(TimeModifier),
    /// The search of `searchmatch()`.
    Search(Box<Search>),
    /// The table of `lookup()`.
    Lookup(Box<function::Lookup>),
    /// The field whose values a function goes over one by one.
    Field(Slot),
    /// An argument that must be `true()` or `false()`.
    Flag(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is known about the type of a value before any event is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Number,
    Text,
    /// A field, or a function that gives what it is given.
    Any,
}

impl Expression {
    pub(crate) fn static_type(&self) -> Type {
        match &self.kind {
            ExpressionKind::Text(_) | ExpressionKind::Concatenation(_) => Type::Text,
            // A number added gives a number, a text a text, or else null.
            ExpressionKind::Arithmetic(Arithmetic::Add, left, right) => {
                match (left.static_type(), right.static_type()) {
                    (Type::Any, other) | (other, _) => other,
                }
            }
            ExpressionKind::Number(_)
            | ExpressionKind::Negative(_)
            | ExpressionKind::Arithmetic(..) => Type::Number,
            ExpressionKind::Call(returns, ..) => *returns,
            ExpressionKind::Null | ExpressionKind::Field(_) | ExpressionKind::Subsearch(_) => {
                Type::Any
            }
        }
    }
}

impl Operand {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Value(expression) => expression.span.clone(),
            Self::Truth(predicate) => predicate.span.clone(),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(
            self,
            Self::Value(Expression {
                kind: ExpressionKind::Null,
                ..
            })
        )
    }
}
