//! Finds the events of event XML: `<Event …>` to `</Event>`, wherever the line
//! ends are, since a value may hold line breaks.
//!
//! Sources: Windows' rendering, <https://learn.microsoft.com/windows/win32/wes/eventschema-schema>;
//! Sysmon for Linux writes the same elements, and syslog puts its own prefix
//! before them. What may stand between events: white space, an XML
//! declaration, comments, the `<Events>` that exports wrap around them, the
//! `Record 1` that `evtx_dump` writes before each, and a syslog prefix; lines of
//! other programs, if they begin as those of syslog (RFC 3164, RFC 5424) and of
//! `journalctl` do, are counted (<https://man7.org/linux/man-pages/man1/journalctl.1.html>, "-o").
//! What rsyslog wrote as `#012` stays so: Splunk gets it like that, too.
//!
//! Nothing here parses XML. No writer of events lets a `<` of a value stand
//! (the schema has no CDATA), so the tags are found by search alone.

use memchr::memmem;

use crate::problem::ProblemKind;

const END: &[u8] = b"</Event>";

/// What surely stands before the further lines of a message: as much as a time
/// is long.
const INDENT: &[u8] = b"               ";

/// The longest prefix that syslog may put before an event.
const LONGEST_PREFIX: usize = 1024;

/// Where the events of a text are, in order.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Start and end of each event.
    pub(crate) events: Vec<(usize, usize)>,
    /// What was lost, and where it begins.
    pub(crate) problems: Vec<(usize, ProblemKind)>,
}

/// Whether the text holds the beginning of an event, or of a folder of events.
pub(crate) fn mentions_events(text: &[u8]) -> bool {
    first_start(text).is_some() || memmem::find(text, b"<Events").is_some()
}

/// Whether the text begins as event XML does: with an event, with what may stand
/// before one, or with what is left of one whose beginning is gone; or its first
/// event is in a line that Sysmon for Linux logged, whatever other programs' lines
/// look like. Prose, a page or a program in which the word stands does not.
pub(crate) fn begins_with_events(text: &[u8]) -> bool {
    let is_allowed = |to: usize, before_event: bool| {
        let between = Between::of(&text[..to], before_event);
        between.rest.is_empty()
    };
    let Some(start) = first_start(text) else {
        return memmem::find(text, b"<Events").is_some_and(|at| is_allowed(at, false));
    };
    if is_allowed(start, true) || is_logged_by_sysmon(&text[..start]) {
        return true;
    }
    let before = text[..start].trim_ascii();
    let ends_event = memmem::find(before, END).is_some() || END.ends_with(before);
    let content = memchr::memchr(b'>', &text[start..]).map(|at| &text[start + at + 1..]);
    ends_event && content.is_some_and(|content| content.trim_ascii_start().starts_with(b"<System"))
}

/// Whether a text ends with the tag that syslog and the journal give the messages
/// of Sysmon for Linux: `sysmon: `, or `sysmon[12]: `.
fn is_logged_by_sysmon(text: &[u8]) -> bool {
    let Some(tag) = text.strip_suffix(b": ") else {
        return false;
    };
    let tag = match tag.strip_suffix(b"]") {
        Some(numbered) => {
            let digits = numbered
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_digit());
            let name = &numbered[..numbered.len() - digits.count()];
            name.strip_suffix(b"[").unwrap_or_default()
        }
        None => tag,
    };
    tag.ends_with(b" sysmon")
}

/// The end of the last event that ends in the text.
pub(crate) fn last_end(text: &[u8]) -> Option<usize> {
    memmem::rfind(text, END).map(|at| at + END.len())
}

/// The first beginning of an event.
pub(crate) fn first_start(text: &[u8]) -> Option<usize> {
    let with_namespace = memmem::find(text, b"<Event ");
    let before = &text[..with_namespace.unwrap_or(text.len())];
    memmem::find(before, b"<Event>").or(with_namespace)
}

/// The last beginning of an event.
pub(crate) fn last_start(text: &[u8]) -> Option<usize> {
    memmem::rfind(text, b"<Event ").max(memmem::rfind(text, b"<Event>"))
}

/// Finds the events of a text that ends where an event or the input ends.
///
/// `lost` says that the text begins inside of something that was already
/// reported: what stands before the first event is then not reported again.
pub(crate) fn index(text: &[u8], mut lost: bool, limit: usize) -> Index {
    let mut index = Index::default();
    let mut open = None;
    let mut outside = 0;
    let too_long_or = |from: usize, to: usize, kind| {
        if to - from > limit {
            ProblemKind::TooLong { limit }
        } else {
            kind
        }
    };
    for tag in Tags::of(text) {
        match tag {
            Tag::Start(start) => {
                match open {
                    Some(from) => {
                        let kind = too_long_or(from, start, ProblemKind::CutOff);
                        index.problems.push((from, kind));
                    }
                    None if !lost => index.between(text, (outside, start), true, limit),
                    None => {}
                }
                open = Some(start);
            }
            Tag::End(end) => {
                match open.take() {
                    Some(from) if end - from > limit => {
                        index.problems.push((from, ProblemKind::TooLong { limit }));
                    }
                    Some(from) => index.events.push((from, end)),
                    None if !lost => index.between(text, (outside, end), false, limit),
                    None => {}
                }
                outside = end;
            }
        }
        lost = false;
    }
    match open {
        Some(from) => {
            let kind = too_long_or(from, text.len(), ProblemKind::CutOff);
            index.problems.push((from, kind));
        }
        None if !lost => index.between(text, (outside, text.len()), false, limit),
        None => {}
    }
    index
}

impl Index {
    /// Reports what stands between two events, unless it may stand there. Of
    /// what is longer than an event may be, the length is not known.
    fn between(
        &mut self,
        text: &[u8],
        (from, to): (usize, usize),
        before_event: bool,
        limit: usize,
    ) {
        let between = Between::of(&text[from..to], before_event);
        let rest = between.rest.trim_ascii_end();
        let length = rest.len().min(limit + 1) as u64;
        if length > 0 {
            let at = to - between.rest.len();
            self.problems.push((at, ProblemKind::NotAnEvent { length }));
        } else if between.other_lines > 0 {
            let lines = between.other_lines;
            self.problems
                .push((from, ProblemKind::OtherLines { lines }));
        }
    }
}

/// What stands between two events.
struct Between<'t> {
    /// Lines that other programs wrote to the same log.
    other_lines: u64,
    /// From where on it is nothing that may stand there.
    rest: &'t [u8],
}

impl<'t> Between<'t> {
    fn of(text: &'t [u8], before_event: bool) -> Self {
        let mut rest = text;
        let mut other_lines = 0;
        loop {
            rest = rest.trim_ascii_start();
            let after =
                |needle: &[u8]| memmem::find(rest, needle).map(|at| &rest[at + needle.len()..]);
            let next = if rest.is_empty() {
                None
            } else if rest.starts_with(b"<?") {
                after(b"?>")
            } else if rest.starts_with(b"<!--") {
                after(b"-->")
            } else if rest.starts_with(b"<Events") || rest.starts_with(b"</Events") {
                after(b">")
            } else if let Some(number) = rest.strip_prefix(b"Record ") {
                let digits = digits(number);
                (digits > 0).then(|| &number[digits..])
            } else if before_event && is_syslog_prefix(rest) {
                Some(&rest[rest.len()..])
            } else if is_syslog_line(rest) {
                other_lines += 1;
                Some(after_lines(rest))
            } else if is_journalctls_own(rest) {
                Some(after_line(rest))
            } else {
                None
            };
            match next {
                Some(next) => rest = next,
                None => return Self { other_lines, rest },
            }
        }
    }
}

/// How many digits a text begins with.
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// What follows a line.
fn after_line(text: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1);
    &text[end..]
}

/// What follows a line and those that are indented below it, as `journalctl`
/// shows a message of several.
fn after_lines(text: &[u8]) -> &[u8] {
    let mut rest = after_line(text);
    while rest.starts_with(INDENT) {
        rest = after_line(rest);
    }
    rest
}

/// Whether `journalctl` says something itself.
fn is_journalctls_own(line: &[u8]) -> bool {
    [
        &b"-- Boot "[..],
        b"-- Reboot --",
        b"-- Journal begins at ",
        b"-- Logs begin at ",
        b"-- No entries --",
        b"-- cursor: ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

/// Where lines of other programs may be cut so that a whole line follows, if
/// the text is such.
pub(crate) fn last_line_start(text: &[u8]) -> Option<usize> {
    if !is_syslog_line(text.trim_ascii_start()) {
        return None;
    }
    let starts = memchr::memrchr_iter(b'\n', text).map(|at| at + 1);
    starts
        .filter(|&start| start < text.len())
        .find(|&start| text[start] != b' ')
}

/// Whether a line begins as syslog's do: with a priority, or with the time as
/// RFC 3164, RFC 3339 or `journalctl` has it.
pub(crate) fn is_syslog_line(line: &[u8]) -> bool {
    /// Whether it begins so, `0` standing for a digit or a space and `a` for a
    /// letter.
    fn is_like(line: &[u8], pattern: &[u8]) -> bool {
        line.len() >= pattern.len()
            && line
                .iter()
                .zip(pattern)
                .all(|(byte, expected)| match expected {
                    b'0' => byte.is_ascii_digit() || *byte == b' ',
                    b'a' => byte.is_ascii_alphabetic(),
                    _ => byte == expected,
                })
    }
    let line = match line {
        [b'<', rest @ ..] if (1..=3).contains(&digits(rest)) => match &rest[digits(rest)..] {
            [b'>', rest @ ..] => rest.strip_prefix(b"1 ").unwrap_or(rest),
            _ => return false,
        },
        _ => line,
    };
    [
        &b"aaa 00 00:00:00 "[..],
        b"aaa 00 00:00:00.000000 ",
        b"0000-00-00T00:00:00",
        b"aaa 0000-00-00 00:00:00 ",
    ]
    .iter()
    .any(|pattern| is_like(line, pattern))
}

/// The rest of a line before an event: `<14>Nov 24 02:33:24 host sysmon: ` of
/// RFC 3164, or `<14>1 2026-11-24T02:33:24Z host sysmon 1 - - ` of RFC 5424.
fn is_syslog_prefix(line: &[u8]) -> bool {
    line.len() <= LONGEST_PREFIX
        && !line.contains(&b'\n')
        && (line.trim_ascii_end().ends_with(b":") || is_syslog_line(line))
}

/// An event's first or last tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    /// Where `<Event …` begins.
    Start(usize),
    /// Where `</Event>` ends.
    End(usize),
}

/// The tags of a text in order. Two searches go over it side by side: one for
/// what `<Event>` and `</Event>` have in common, one for `<Event ` with a
/// namespace.
struct Tags<'t> {
    text: &'t [u8],
    bare: memmem::FindIter<'t, 'static>,
    with_namespace: memmem::FindIter<'t, 'static>,
    next_bare: Option<Tag>,
    next_with_namespace: Option<usize>,
}

impl<'t> Tags<'t> {
    fn of(text: &'t [u8]) -> Self {
        let mut tags = Self {
            text,
            bare: memmem::find_iter(text, "Event>"),
            with_namespace: memmem::find_iter(text, "<Event "),
            next_bare: None,
            next_with_namespace: None,
        };
        tags.next_bare = tags.find_bare();
        tags.next_with_namespace = tags.with_namespace.next();
        tags
    }

    fn find_bare(&mut self) -> Option<Tag> {
        let text = self.text;
        self.bare.find_map(|at| {
            let before = &text[..at];
            if before.ends_with(b"</") {
                Some(Tag::End(at + b"Event>".len()))
            } else if before.ends_with(b"<") {
                Some(Tag::Start(at - 1))
            } else {
                None
            }
        })
    }
}

impl Iterator for Tags<'_> {
    type Item = Tag;

    fn next(&mut self) -> Option<Tag> {
        let bare_at = self.next_bare.map(|tag| match tag {
            Tag::Start(at) | Tag::End(at) => at,
        });
        match (bare_at, self.next_with_namespace) {
            (Some(bare), Some(start)) if start < bare => {
                self.next_with_namespace = self.with_namespace.next();
                Some(Tag::Start(start))
            }
            (None, Some(start)) => {
                self.next_with_namespace = self.with_namespace.next();
                Some(Tag::Start(start))
            }
            (Some(_), _) => {
                let tag = self.next_bare;
                self.next_bare = self.find_bare();
                tag
            }
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LIMIT: usize = 1000;

    fn events(text: &str) -> Vec<&str> {
        let index = index(text.as_bytes(), false, LIMIT);
        assert!(index.problems.is_empty(), "{:?}", index.problems);
        index.events.iter().map(|&(a, b)| &text[a..b]).collect()
    }

    fn problems(text: &str) -> Vec<(usize, String)> {
        index(text.as_bytes(), false, LIMIT)
            .problems
            .into_iter()
            .map(|(at, kind)| (at, kind.to_string()))
            .collect()
    }

    #[test]
    fn finds_events_with_and_without_a_namespace() {
        let text = "<Event xmlns='n'><a/></Event>\n<Event><EventID>1</EventID></Event>";
        assert_eq!(
            events(text),
            [
                "<Event xmlns='n'><a/></Event>",
                "<Event><EventID>1</EventID></Event>"
            ]
        );
    }

    #[test]
    fn a_value_may_hold_line_breaks() {
        let text = "<Event><Data>a\r\n\r\nb</Data></Event><Event></Event>\r\n";
        assert_eq!(
            events(text),
            ["<Event><Data>a\r\n\r\nb</Data></Event>", "<Event></Event>"]
        );
    }

    #[test]
    fn what_may_stand_between_events_is_no_problem() {
        let text = "<?xml version=\"1.0\"?>\n<!-- a > b -->\n<Events xmlns='n'>\n<Event>1</Event>\n\
                    Record 2\n<?xml version=\"1.0\"?>\n<Event>2</Event></Events>\n";
        assert_eq!(events(text), ["<Event>1</Event>", "<Event>2</Event>"]);
    }

    #[test]
    fn a_syslog_prefix_is_no_part_of_the_event() {
        let text = "<14>Nov 24 02:33:24 sysmon: <Event>1</Event>\n\
                    <14>1 2026-11-24T02:33:24Z host sysmon 1 - - <Event>2</Event>\n\
                    Nov 24 02:33:24 host sysmon[12]: <Event>3</Event>\n";
        assert_eq!(
            events(text),
            ["<Event>1</Event>", "<Event>2</Event>", "<Event>3</Event>"]
        );
    }

    #[test]
    fn elements_with_longer_names_are_no_events() {
        let text =
            "<Event><UserData><MyEvent><EventXML a='b'></EventXML></MyEvent></UserData></Event>";
        assert_eq!(events(text), [text]);
    }

    #[test]
    fn other_text_between_events_is_reported() {
        assert_eq!(
            problems("<Event>1</Event>\nhello\n<Event>2</Event> x"),
            [
                (17, "5 bytes that are no event".to_owned()),
                (40, "1 bytes that are no event".to_owned())
            ]
        );
    }

    #[test]
    fn lines_of_other_programs_in_the_same_log_are_counted() {
        let text = "Nov  4 02:33:24 host sshd: hi\n<14>Nov 24 02:33:24 host kernel: <x>\n\
                    2026-11-24T02:33:24.1+01:00 host sysmon: <Event>1</Event>\n\
                    <14>1 2026-11-24T02:33:24Z host cron - - - x";
        assert_eq!(
            problems(text),
            [
                (0, "2 lines of other programs".to_owned()),
                (
                    text.find("\n<14>1").unwrap(),
                    "1 lines of other programs".to_owned()
                )
            ]
        );
        // But for a line that is none of such a log.
        let text = format!("{text}\nhello");
        assert_eq!(
            problems(&text)[1],
            (
                text.find("hello").unwrap(),
                "5 bytes that are no event".to_owned()
            )
        );
        assert_eq!(problems("Nov 24 hello\n<Event>1</Event>").len(), 1);
    }

    /// The forms of `journalctl -o short`, `short-precise`, `short-full` and
    /// `short-iso`, and RFC 5424's with the mark before a message in UTF-8.
    #[test]
    fn prefixes_of_journalctl_are_no_part_of_the_event() {
        let text = "-- Boot 0123456789abcdef --\n\
                    Nov 24 02:33:24.099949 host sysmon[12]: <Event>1</Event>\n\
                    Tue 2026-11-24 02:33:24 UTC host sysmon[12]: <Event>2</Event>\n\
                    2026-11-24T02:33:24+0000 host sysmon[12]: <Event>3</Event>\n\
                    <14>1 2026-11-24T02:33:24Z host sysmon 1 - - \u{FEFF}<Event>4</Event>\n\
                    -- Reboot --\n";
        assert_eq!(events(text).len(), 4);
    }

    #[test]
    fn a_message_of_several_lines_is_one_of_another_program() {
        let text = "Nov 24 02:33:24 host app[1]: first\n                             second\n\
                    Nov 24 02:33:24.000001 host app[1]: x\n\
                    Tue 2026-11-24 02:33:24 UTC host app[1]: x\n<Event>1</Event>";
        assert_eq!(
            problems(text),
            [(0, "3 lines of other programs".to_owned())]
        );
        // But for a line that is not indented.
        let text = text.replace("                             second", "second");
        assert!(problems(&text)[0].1.ends_with("bytes that are no event"));
    }

    #[test]
    fn an_event_without_its_end_costs_only_itself() {
        let text = "<Event>1<Event xmlns='n'>2</Event>\n<Event>3";
        let index = index(text.as_bytes(), false, LIMIT);
        assert_eq!(index.events, [(8, 34)]);
        assert_eq!(
            problems(text),
            [
                (0, "the event is cut off".to_owned()),
                (35, "the event is cut off".to_owned())
            ]
        );
    }

    #[test]
    fn an_end_without_a_beginning_is_reported() {
        assert_eq!(
            problems("1</Event>\n</Event><Event></Event>"),
            [
                (0, "9 bytes that are no event".to_owned()),
                (10, "8 bytes that are no event".to_owned())
            ]
        );
    }

    #[test]
    fn an_event_of_the_limit_is_read_and_a_longer_one_is_not() {
        let of = |length: usize| format!("<Event>{}</Event>", "x".repeat(length - 15));
        assert_eq!(events(&of(LIMIT)).len(), 1);
        assert_eq!(
            problems(&of(LIMIT + 1)),
            [(0, "the event is longer than 1000 bytes".to_owned())]
        );
    }

    #[test]
    fn what_was_already_reported_is_not_reported_again() {
        let text = b"rest of it</Event>\n<Event>1</Event>";
        assert!(index(text, true, LIMIT).problems.is_empty());
        assert_eq!(index(text, false, LIMIT).problems.len(), 1);
    }
}
