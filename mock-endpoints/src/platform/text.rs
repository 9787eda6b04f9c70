//! Header values and bodies with generated parts, such as the identifier of a
//! request.

use fastrand::Rng;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

/// A text, as the parts it is put together from.
pub type Text = &'static [Part];

/// One part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// These characters.
    Literal(&'static str),
    /// The time of the answer, as RFC 9110, section 5.6.7 writes it.
    Date,
    /// The identifier of the answer: the same text wherever an answer has it.
    RequestId,
    /// Random lower-case hexadecimal digits.
    Hex(usize),
    /// Random lower-case letters and digits.
    Alphanumeric(usize),
    /// Random characters of the URL-safe Base64 alphabet (RFC 4648, section 5).
    Base64Url(usize),
    /// Random characters of the Base64 alphabet, percent-encoded for a query.
    Base64Query(usize),
    /// A random UUID, version 4 (RFC 9562).
    Uuid,
    /// A ULID: 48 bits of time and 80 random bits in Crockford's Base32.
    Ulid,
    /// The time of the answer in seconds since 1970, as eight hexadecimal digits.
    SecondsHex,
    /// The time of the answer in milliseconds since 1970.
    Milliseconds,
    /// Base64 characters that depend on the requested path alone.
    Base64UrlOfPath(usize),
    /// Where the answer redirects to.
    Location,
    /// Where the answer redirects to, with `&` escaped for HTML.
    LocationHtml,
}

/// What the generated parts are made from: the time of the answer, the path
/// that was asked for, and a seed of the answer's own.
#[derive(Debug)]
pub(crate) struct Ids<'path> {
    now: Timestamp,
    path: &'path str,
    random: Rng,
}

impl<'path> Ids<'path> {
    pub(crate) fn new(seed: u64, now: Timestamp, path: &'path str) -> Self {
        Self {
            now,
            path,
            random: Rng::with_seed(seed),
        }
    }
}

/// What is written once and then repeated in an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) request_id: String,
    pub(crate) location: String,
}

impl Rendered {
    /// Writes a text out.
    pub(crate) fn render(&self, text: Text, ids: &mut Ids<'_>) -> String {
        let mut out = String::new();
        for part in text {
            self.render_part(*part, ids, &mut out);
        }
        out
    }

    fn render_part(&self, part: Part, ids: &mut Ids<'_>, out: &mut String) {
        let random = &mut ids.random;
        match part {
            Part::Literal(text) => out.push_str(text),
            Part::Date => out.push_str(&http_date(ids.now)),
            Part::RequestId => out.push_str(&self.request_id),
            Part::Hex(count) => draw(random, HEX, count, out),
            Part::Alphanumeric(count) => draw(random, ALPHANUMERIC, count, out),
            Part::Base64Url(count) => draw(random, BASE64URL, count, out),
            Part::Base64Query(count) => {
                let mut plain = String::new();
                draw(random, BASE64, count, &mut plain);
                out.push_str(&plain.replace('+', "%2B").replace('/', "%2F"));
            }
            Part::Uuid => {
                let bytes = random.u128(..).to_be_bytes();
                let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
                out.push_str(&uuid.to_string());
            }
            Part::Ulid => out.push_str(&ulid(ids.now, random.u128(..))),
            Part::SecondsHex => {
                let seconds = format!("{:08x}", ids.now.as_second());
                out.push_str(&seconds);
            }
            Part::Milliseconds => out.push_str(&ids.now.as_millisecond().to_string()),
            Part::Base64UrlOfPath(count) => {
                let mut of_path = Rng::with_seed(stable_hash(ids.path.as_bytes()));
                draw(&mut of_path, BASE64URL, count, out);
            }
            Part::Location => out.push_str(&self.location),
            Part::LocationHtml => out.push_str(&self.location.replace('&', "&amp;")),
        }
    }
}

const HEX: &[u8] = b"0123456789abcdef";
const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn draw(random: &mut Rng, alphabet: &[u8], count: usize, out: &mut String) {
    for _ in 0..count {
        out.push(char::from(alphabet[random.usize(..alphabet.len())]));
    }
}

/// The date of an HTTP header; before year 0 or after 9999, which no clock of
/// a lab shows, the epoch.
fn http_date(now: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}

fn ulid(now: Timestamp, random: u128) -> String {
    let milliseconds = u128::try_from(now.as_millisecond()).unwrap_or_default();
    let bits = (milliseconds << 80) | (random >> 48);
    (0..26)
        .rev()
        .map(|digit| usize::try_from((bits >> (5 * digit)) & 31).unwrap_or_default())
        .map(|value| char::from(CROCKFORD[value]))
        .collect()
}

/// FNV-1a, 64 bits: the same on every machine and in every version, which the
/// standard library's hasher does not promise.
pub(crate) fn stable_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
