//! Commands that make and unmake multivalue fields: `makemv`, `mvexpand`,
//! `mvcombine`, `nomv`.
//!
//! Source: Search Reference, the page of each.

pub(super) mod combine;
pub(super) mod expand;
pub(super) mod make;
pub(super) mod no;

use super::option;
use crate::{
    Error,
    cursor::{Cursor, Token},
    names,
};

/// Takes the name of the field, which must not be an internal one.
///
/// # Errors
///
/// Anything else.
fn field<'t>(cursor: &mut Cursor<'t>, command: &str) -> Result<Token<'t>, Error> {
    let token = option::field(cursor)?;
    if names::is_internal(&token.text) {
        return Err(Error::syntax(
            format!("`{command}` does not apply to internal fields"),
            token.span,
        ));
    }
    Ok(token)
}
