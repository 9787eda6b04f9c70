//! Entries of systemd's journal in its export format, as `journalctl -o export`
//! writes them, with Sysmon for Linux's events as messages.
//!
//! Source: <https://systemd.io/JOURNAL_EXPORT_FORMATS/>: a field is `NAME=value`
//! on a line; one with line breaks or other control characters is its name on a
//! line, the length of its value in eight bytes, the lowest first, the value, and
//! a line break. A blank line ends an entry. Fields whose names begin with two
//! underscores are the journal's own; `journalctl` writes `__CURSOR` first.
//!
//! An entry may hold a blank line in a value, so entries are gone through field by
//! field. Where that fails, the next blank line before a field of the journal's
//! own is taken for the end of what is damaged.
//!
//! What another program wrote is nothing that could have been an event, and left
//! out.

use memchr::memmem;

use crate::problem::ProblemKind;

/// The longest name of a field. Source: `systemd.journal-fields(7)` and
/// `sd_journal_sendv`, which takes no longer one.
const LONGEST_NAME: usize = 64;

/// What stands between two entries, and begins the second.
const BOUNDARY: &[u8] = b"\n\n__";

/// Whether a text begins as an export does.
pub(crate) fn is_export(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    [
        &b"__CURSOR="[..],
        b"__REALTIME_TIMESTAMP=",
        b"__MONOTONIC_TIMESTAMP=",
        b"__SEQNUM=",
        b"__SEQNUM_ID=",
    ]
    .iter()
    .any(|name| text.starts_with(name))
}

/// Whether a text begins as `journalctl -o verbose` does: with a line of the time
/// and the cursor, and fields that are indented below it.
pub(crate) fn is_verbose(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let Some(line) = memchr::memchr(b'\n', text) else {
        return false;
    };
    let (first, rest) = (&text[..line], &text[line + 1..]);
    let field = rest.trim_ascii_start();
    let name = name_length(field);
    memmem::find(first, b" [s=").is_some()
        && first.ends_with(b"]")
        && rest.starts_with(b"    ")
        && name > 0
        && field.get(name) == Some(&b'=')
}

/// Where in a message its event stands; none in what another program wrote.
pub(crate) fn event_in(message: &[u8]) -> Result<Option<(usize, usize)>, ProblemKind> {
    let event = message.trim_ascii();
    if !event.starts_with(b"<Event>") && !event.starts_with(b"<Event ") {
        return Ok(None);
    }
    if !event.ends_with(b"</Event>") {
        return Err(ProblemKind::CutOff);
    }
    let start = message.len() - message.trim_ascii_start().len();
    Ok(Some((start, start + event.len())))
}

/// What is held of an export, gone through from entry to entry.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// Where the messages are.
    pub(crate) messages: Vec<(usize, usize)>,
    /// What was lost, and where it begins.
    pub(crate) problems: Vec<(usize, ProblemKind)>,
    /// Up to where all is done with.
    pub(crate) done: usize,
    /// What follows is a part of what was lost.
    pub(crate) lost: bool,
}

/// What stands where an entry begins.
enum Entry {
    Whole {
        end: usize,
        message: Option<(usize, usize)>,
    },
    /// It goes on beyond what is held.
    Unended,
    /// The input ends in it.
    CutOff { message: Option<(usize, usize)> },
    /// It goes no further from there.
    Damaged { at: usize, kind: ProblemKind },
}

impl Entries {
    /// Goes through what is held. `lost` says that it begins inside of what was
    /// already reported, `ended` that nothing follows.
    pub(crate) fn of(held: &[u8], lost: bool, ended: bool, limit: usize) -> Self {
        let mut entries = Self {
            lost,
            ..Self::default()
        };
        loop {
            if entries.lost && !entries.find_next(held, ended) {
                return entries;
            }
            let start = entries.done + line_breaks(&held[entries.done..]);
            if start == held.len() {
                entries.done = start;
                return entries;
            }
            match entry(held, start, ended, limit) {
                Entry::Whole { end, message } => {
                    entries.messages.extend(message);
                    entries.done = end;
                }
                Entry::Unended => return entries,
                Entry::CutOff { message } => {
                    entries.messages.extend(message);
                    let at = message.map_or(start, |(_, end)| end);
                    entries.problems.push((at, ProblemKind::CutOff));
                    entries.done = held.len();
                    return entries;
                }
                Entry::Damaged { at, kind } => {
                    entries.problems.push((start, kind));
                    entries.done = at;
                    entries.lost = true;
                }
            }
        }
    }

    /// Goes on to the next entry after what is lost, if its beginning is held.
    fn find_next(&mut self, held: &[u8], ended: bool) -> bool {
        if let Some(at) = memmem::find(&held[self.done..], BOUNDARY) {
            self.done += at + 2;
            self.lost = false;
            return true;
        }
        // A part of the boundary may stand at the end.
        let kept = if ended { 0 } else { BOUNDARY.len() - 1 };
        self.done = self.done.max(held.len().saturating_sub(kept));
        false
    }
}

/// Reads the entry that begins there.
fn entry(held: &[u8], start: usize, ended: bool, limit: usize) -> Entry {
    // Whatever is looked at lies before this, so that it does not matter how much
    // more is held.
    let reach = start.saturating_add(limit);
    let mut at = start;
    let mut message = None;
    loop {
        let damaged = |kind| Entry::Damaged { at, kind };
        let unended = || {
            if ended {
                Entry::CutOff { message }
            } else {
                Entry::Unended
            }
        };
        if at > reach {
            return damaged(ProblemKind::TooLong { limit });
        }
        match held.get(at) {
            None if ended => return Entry::Whole { end: at, message },
            None => return Entry::Unended,
            Some(b'\n') => {
                let end = at + 1;
                return Entry::Whole { end, message };
            }
            Some(_) => {}
        }
        let name = at..at + name_length(&held[at..]);
        let value = match held.get(name.end) {
            _ if !(1..=LONGEST_NAME).contains(&name.len()) => {
                return damaged(ProblemKind::DamagedEntry);
            }
            None => return unended(),
            Some(b'=') => {
                let from = name.end + 1;
                let to = held.len().min(reach.saturating_add(1)).max(from);
                match memchr::memchr(b'\n', &held[from..to]) {
                    Some(length) => from..from + length,
                    None if held.len() > reach => return damaged(ProblemKind::TooLong { limit }),
                    None => return unended(),
                }
            }
            Some(b'\n') => {
                let from = name.end + 9;
                let Some(length) = held.get(name.end + 1..from) else {
                    return unended();
                };
                let length = length
                    .iter()
                    .rev()
                    .fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
                let Some(to) = usize::try_from(length)
                    .ok()
                    .and_then(|length| from.checked_add(length))
                    .filter(|to| *to <= reach)
                else {
                    return damaged(ProblemKind::TooLong { limit });
                };
                match held.get(to) {
                    Some(b'\n') => from..to,
                    Some(_) => return damaged(ProblemKind::DamagedEntry),
                    None => return unended(),
                }
            }
            Some(_) => return damaged(ProblemKind::DamagedEntry),
        };
        at = value.end + 1;
        if message.is_none() && &held[name] == b"MESSAGE" {
            message = Some((value.start, value.end));
        }
    }
}

/// How long the name of a field is that a text begins with, up to one more than
/// it may be.
fn name_length(text: &[u8]) -> usize {
    text.iter()
        .take(LONGEST_NAME + 1)
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_')
        .count()
}

/// How many line breaks a text begins with.
fn line_breaks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests;
