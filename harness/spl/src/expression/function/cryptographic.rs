//! Hashes of text, as lower-case hexadecimal digits.
//!
//! Source: Search Reference, "Cryptographic functions".

use std::fmt::Write;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::{Error, Value, expression::Call, table::Scope};

functions! {
    "Cryptographic functions";
    "md5" (1, 1), "md5(<text>)", "The MD5 hash of the text." => |arguments| {
        super::text(arguments, hash::<Md5>)
    };
    "sha1" (1, 1), "sha1(<text>)", "The SHA-1 hash of the text." => |arguments| {
        super::text(arguments, hash::<Sha1>)
    };
    "sha256" (1, 1), "sha256(<text>)", "The SHA-256 hash of the text." => |arguments| {
        super::text(arguments, hash::<Sha256>)
    };
    "sha512" (1, 1), "sha512(<text>)", "The SHA-512 hash of the text." => |arguments| {
        super::text(arguments, hash::<Sha512>)
    };
}

fn hash<'a, D: Digest>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<Value<'a>, Error> {
    let Some(text) = call.text(0, scope)? else {
        return Ok(Value::Null);
    };
    let mut digits = String::new();
    for byte in D::digest(text.as_bytes()) {
        // Writing to a text does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(Value::from(digits))
}
