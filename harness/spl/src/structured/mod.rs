//! Structured data in the value of a field: JSON and XML, and paths into them.
//!
//! Source: Search Reference, `spath`.

pub(crate) mod json;
mod path;
pub(crate) mod xml;

use std::borrow::Cow;

use crate::{Error, error::Span};

pub(crate) use path::{Collected, Path};

/// The data breaks off, or is of no such format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A path leads to an XML element with elements in it, whose text is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nested;

impl Nested {
    pub(crate) fn refused(span: Span) -> Error {
        Error::unsupported("a path to an XML element with elements in it", span)
    }
}

/// What stands at a place in structured data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leaf<'t> {
    /// A value.
    Value(Cow<'t, str>),
    /// An object, an array or an element with elements in it: its text.
    Composite(&'t str),
}

/// Takes what stands at a place: the place's name, and which of several it is
/// at each step.
pub(crate) trait Visitor<'t>: FnMut(&str, &[usize], Leaf<'t>) {}

impl<'t, F: FnMut(&str, &[usize], Leaf<'t>)> Visitor<'t> for F {}

/// How deep data may be nested.
const MAX_DEPTH: usize = 128;
