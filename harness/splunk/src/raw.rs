//! Reads values out of rendered event XML as the add-ons' regular expressions
//! do: by the text around them, without decoding anything.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};
use memchr::{memchr, memchr_iter};

/// A text to be found in many events.
#[derive(Debug)]
pub struct Needle {
    text: &'static str,
    finder: LazyLock<Finder<'static>>,
}

impl Needle {
    /// The text, and the search for it: see [`needle`].
    pub(crate) const fn new(text: &'static str, finder: fn() -> Finder<'static>) -> Self {
        Self {
            text,
            finder: LazyLock::new(finder),
        }
    }

    /// The text after the first occurrence.
    fn after<'a>(&self, text: &'a str) -> Option<&'a str> {
        let start = self.finder.find(text.as_bytes())?;
        Some(&text[start + self.text.len()..])
    }
}

/// A [`Needle`] for a literal, which a function cannot carry into its search.
macro_rules! needle {
    ($text:literal) => {
        $crate::raw::Needle::new($text, || memchr::memmem::Finder::new($text))
    };
}
pub(crate) use needle;

/// An element of the system block, by the start of its opening tag.
#[derive(Debug)]
pub struct Element(pub(crate) Needle);

impl Element {
    /// The start of its opening tag, as in `<EventID`.
    pub fn opening(&self) -> &'static str {
        self.0.text
    }

    /// The text between its opening tag and the next `<`. None where that is
    /// empty.
    pub(crate) fn of<'a>(&self, raw: &'a str) -> Option<&'a str> {
        self.split(raw).map(|(text, _)| text)
    }

    /// The same, with what stands after it.
    pub(crate) fn split<'a>(&self, raw: &'a str) -> Option<(&'a str, &'a str)> {
        let mut rest = raw;
        loop {
            rest = self.0.after(rest)?;
            let content = match rest.as_bytes().first()? {
                b'>' => &rest[1..],
                b' ' => {
                    let close = memchr(b'>', rest.as_bytes())?;
                    if rest[..close].ends_with('/') {
                        return None;
                    }
                    &rest[close + 1..]
                }
                // A longer name, such as `<EventIDs`.
                _ => continue,
            };
            let end = memchr(b'<', content.as_bytes())?;
            return (end > 0).then(|| content.split_at(end));
        }
    }
}

/// An attribute, by what stands before its opening quote.
#[derive(Debug)]
pub struct Attribute(pub(crate) Needle);

impl Attribute {
    /// What stands before its opening quote, as in `<TimeCreated SystemTime=`.
    pub fn opening(&self) -> &'static str {
        self.0.text
    }

    /// Its value. None where that is empty.
    pub(crate) fn of<'a>(&self, raw: &'a str, quote: u8) -> Option<&'a str> {
        let rest = self.0.after(raw)?;
        if rest.as_bytes().first() != Some(&quote) {
            return None;
        }
        let end = memchr(quote, &rest.as_bytes()[1..])?;
        Some(&rest[1..=end]).filter(|text| !text.is_empty())
    }
}

/// A digest in hexadecimal, wherever its name stands.
#[derive(Debug)]
pub struct Digest {
    pub(crate) name: Needle,
    pub(crate) digits: usize,
}

impl Digest {
    /// What stands before it, as in `MD5=`.
    pub fn name(&self) -> &'static str {
        self.name.text
    }

    pub(crate) fn of<'a>(&self, raw: &'a str) -> Option<&'a str> {
        let mut rest = raw;
        loop {
            rest = self.name.after(rest)?;
            let digits = rest.get(..self.digits);
            if let Some(digits) = digits.filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))
            {
                return Some(digits);
            }
        }
    }
}

/// How many data of an event are remembered: Sysmon's largest event has 23.
const REMEMBERED: usize = 32;

/// Longer names are no names; no provider has one of a hundredth of this.
const LONGEST_NAME: usize = u16::MAX as usize;

/// So many data are looked for one by one: a search for one text is faster than
/// reading all names, for one or two of them.
const ONE_BY_ONE: u8 = 2;

/// How one renderer writes data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// The quote around names.
    pub(crate) quote: u8,
    /// Whether a value may go over several lines.
    pub(crate) lines: bool,
    /// Whether names may need cleaning: other names are no fields then.
    pub(crate) cleaned: bool,
}

impl Style {
    const fn opening(self) -> &'static str {
        if self.quote == b'"' {
            "<Data Name=\""
        } else {
            "<Data Name='"
        }
    }

    fn finder(self) -> &'static Finder<'static> {
        static SINGLE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("<Data Name='"));
        static DOUBLE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("<Data Name=\""));
        if self.quote == b'"' { &DOUBLE } else { &SINGLE }
    }
}

/// Where the data of one event stand, as far as they have been looked for.
///
/// The first names are looked for one by one. After them names are read in
/// order and remembered, and a search goes on where the last one stopped: so no
/// part of an event is read again and again, and none that nobody asks for.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    searches: u8,
    /// Where names start, and their lengths.
    names: [(u32, u16); REMEMBERED],
    count: u8,
    /// Where the text starts that has not been read.
    unread: usize,
}

/// One datum: its name and the text after it.
struct Datum<'a> {
    name_start: usize,
    name: &'a str,
    /// Where its value starts.
    value: usize,
}

impl Data {
    pub(crate) const fn new() -> Self {
        Self {
            searches: 0,
            names: [(0, 0); REMEMBERED],
            count: 0,
            unread: 0,
        }
    }

    /// The value of a datum. Of two with one name the first that has a value
    /// counts (`MV_ADD = false`), for an empty one makes no field
    /// (`KEEP_EMPTY_VALS = false`).
    pub(crate) fn find<'a>(&mut self, raw: &'a str, style: Style, name: &str) -> Option<&'a str> {
        if self.searches < ONE_BY_ONE {
            self.searches += 1;
            return find_one(raw, style, name);
        }
        for &(start, length) in &self.names[..usize::from(self.count)] {
            let start = start as usize;
            if usize::from(length) == name.len()
                && raw.as_bytes()[start..].starts_with(name.as_bytes())
                && let Some(value) = value(raw, style, start + name.len() + "'>".len())
            {
                return Some(value);
            }
        }
        let mut at = self.unread;
        while let Some(datum) = next(raw, style, at) {
            at = self.remember(&datum);
            if datum.name == name
                && let Some(value) = value(raw, style, datum.value)
            {
                return Some(value);
            }
        }
        self.finish(raw);
        None
    }

    /// Remembers a datum where there is room; gives the place after it.
    fn remember(&mut self, datum: &Datum<'_>) -> usize {
        if let Some(slot) = self.names.get_mut(usize::from(self.count))
            && let (Ok(start), Ok(length)) = (
                u32::try_from(datum.name_start),
                u16::try_from(datum.name.len()),
            )
        {
            *slot = (start, length);
            self.count += 1;
            self.unread = datum.value;
        }
        datum.value
    }

    /// Nothing is left to read, unless there was no room to remember.
    fn finish(&mut self, raw: &str) {
        if usize::from(self.count) < REMEMBERED && u32::try_from(raw.len()).is_ok() {
            self.unread = raw.len();
        }
    }
}

/// The first value of a datum, found by its name.
fn find_one<'a>(raw: &'a str, style: Style, name: &str) -> Option<&'a str> {
    const ROOM: usize = 64;
    let before = style.opening().strip_suffix(char::from(style.quote))?;
    // The name in quotes and a bracket: hardly anything else reads so.
    let mut quoted = [style.quote; ROOM];
    let length = name.len() + 3;
    let inner = quoted.get_mut(1..=name.len());
    let needle = match inner {
        Some(inner) if length <= ROOM => {
            inner.copy_from_slice(name.as_bytes());
            quoted[length - 1] = b'>';
            &quoted[..length]
        }
        _ => return find_in_order(raw, style, name),
    };
    memmem::find_iter(raw.as_bytes(), needle)
        .filter(|&at| raw.as_bytes()[..at].ends_with(before.as_bytes()))
        .find_map(|at| value(raw, style, at + length))
}

/// The first value of a datum, found by reading all names.
fn find_in_order<'a>(raw: &'a str, style: Style, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(datum) = next(raw, style, from) {
        from = datum.value;
        if datum.name == name
            && let Some(value) = value(raw, style, datum.value)
        {
            return Some(value);
        }
    }
    None
}

/// The datum that starts at or after a place.
fn next(raw: &str, style: Style, from: usize) -> Option<Datum<'_>> {
    const CLOSING: &str = "</Data>";
    let opening = style.opening();
    let mut from = from;
    loop {
        let bytes = raw.as_bytes().get(from..)?;
        // Mostly one datum follows another at once: its value, its closing
        // tag, the next opening tag.
        let name_start = from
            + match after_value(bytes, CLOSING, opening) {
                Some(length) => length,
                None => style.finder().find(bytes)? + opening.len(),
            };
        let length = memchr(style.quote, &raw.as_bytes()[name_start..])?;
        let name_end = name_start + length;
        let name = &raw[name_start..name_end];
        if raw.as_bytes().get(name_end + 1) == Some(&b'>')
            && length <= LONGEST_NAME
            && memchr(b'<', name.as_bytes()).is_none()
        {
            return Some(Datum {
                name_start,
                name,
                value: name_end + 2,
            });
        }
        // `<Data Name='x'/>`, which has no value, or no name at all.
        from = name_start;
    }
}

/// How far a name is away if the text is a value, closed, and a datum follows.
fn after_value(bytes: &[u8], closing: &str, opening: &str) -> Option<usize> {
    let end = memchr(b'<', bytes)?;
    let rest = bytes.get(end..)?;
    let rest = match rest.strip_prefix(closing.as_bytes()) {
        Some(rest) => rest,
        None => rest,
    };
    let rest = rest.strip_prefix(opening.as_bytes())?;
    Some(bytes.len() - rest.len())
}

/// The value that starts at a place.
fn value(raw: &str, style: Style, start: usize) -> Option<&str> {
    let rest = raw.get(start..)?;
    let end = memchr(b'<', rest.as_bytes())?;
    let value = &rest[..end];
    (end > 0 && (style.lines || memchr(b'\n', value.as_bytes()).is_none())).then_some(value)
}

/// The names of all data that have a value, as Splunk cleans them, in order.
pub(crate) fn names(raw: &str, style: Style) -> impl Iterator<Item = Cow<'_, str>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let datum = next(raw, style, from)?;
            from = datum.value;
            if value(raw, style, datum.value).is_some()
                && (style.cleaned || is_clean(datum.name))
                && let Some(name) = clean(datum.name)
            {
                return Some(name);
            }
        }
    })
}

/// The value of the first datum with a value whose name, cleaned, is the one
/// asked for.
///
/// Source: `CLEAN_KEYS` in `transforms.conf.spec`, true unless it is set: what
/// is not a letter or a digit becomes `_`, and `_` and digits in front go.
pub(crate) fn find_cleaned<'a>(raw: &'a str, style: Style, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(datum) = next(raw, style, from) {
        from = datum.value;
        if clean(datum.name).is_some_and(|cleaned| cleaned == name)
            && let Some(value) = value(raw, style, datum.value)
        {
            return Some(value);
        }
    }
    None
}

/// A key as Splunk cleans it; none where nothing is left.
fn clean(key: &str) -> Option<Cow<'_, str>> {
    if is_clean(key) {
        return Some(Cow::Borrowed(key));
    }
    let cleaned: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let cleaned = cleaned.trim_start_matches(|c: char| c == '_' || c.is_ascii_digit());
    (!cleaned.is_empty()).then(|| Cow::Owned(cleaned.to_owned()))
}

/// Whether cleaning leaves a key as it is: only then a field has its name.
pub(crate) fn is_clean(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The number of lines of an event.
pub(crate) fn line_count(raw: &str) -> usize {
    memchr_iter(b'\n', raw.trim_end_matches('\n').as_bytes()).count() + 1
}
