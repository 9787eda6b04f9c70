//! Finds the objects that stand for events in a stream of JSON, however it
//! comes: without parsing, and each byte once.
//!
//! What is between objects (white space, commas, the brackets of an array, the
//! `Record 1` that `evtx_dump` writes, and what is around Splunk's `results` and
//! Elasticsearch's `hits`)
//! is skipped. An object without its end is given up where a line begins with
//! the next one, and where a string holds a line end, which JSON forbids.

use memchr::{memchr, memchr2};

use crate::problem::ProblemKind;

/// Goes over what is held of the input. Positions are those in what is held.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// How far it went.
    at: usize,
    state: State,
    /// Within Splunk's `results`, or Elasticsearch's `hits`.
    results: bool,
    limit: usize,
    pub(crate) objects: Vec<(usize, usize)>,
    pub(crate) problems: Vec<(usize, ProblemKind)>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Between objects.
    Between,
    /// In an object.
    Object(Object),
    /// In a line that is none.
    Other { start: usize },
    /// Past the end of what was too long, or of Splunk's `results`: up to a
    /// line that begins with an object. A line may begin right here.
    Lost { line: bool },
}

#[derive(Debug, Clone, Copy)]
struct Object {
    start: usize,
    /// How many brackets are open, of both kinds.
    depth: usize,
    /// Where the string began that it is in.
    string: Option<usize>,
    /// The last string directly in the object.
    name: (usize, usize),
}

impl Scanner {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            at: 0,
            state: State::Between,
            results: false,
            limit,
            objects: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// How much of what is held is done with.
    pub(crate) fn done(&self) -> usize {
        match self.state {
            State::Object(Object { start, .. }) | State::Other { start } => start,
            State::Between | State::Lost { .. } => self.at,
        }
    }

    /// What is done with was taken away.
    pub(crate) fn taken(&mut self, length: usize) {
        self.at -= length;
        match &mut self.state {
            State::Object(object) => {
                object.start -= length;
                object.string = object.string.map(|at| at - length);
                object.name = (
                    object.name.0.saturating_sub(length),
                    object.name.1.saturating_sub(length),
                );
            }
            State::Other { start } => *start -= length,
            State::Between | State::Lost { .. } => {}
        }
        self.objects.clear();
        self.problems.clear();
    }

    /// Goes on to the end of what is held; `ended` says that nothing follows.
    pub(crate) fn scan(&mut self, held: &[u8], ended: bool) {
        while self.at < held.len() {
            match self.state {
                State::Between => self.between(held),
                State::Object(object) => self.object(held, object),
                State::Other { start } => self.other(held, start),
                State::Lost { line } => self.lost(held, line),
            }
        }
        if ended {
            match self.state {
                State::Object(Object { start, .. }) => {
                    self.problems.push((start, ProblemKind::CutOff));
                }
                State::Other { start } => self.end_other(held, start, held.len()),
                State::Between | State::Lost { .. } => {}
            }
            self.state = State::Between;
        }
    }

    fn between(&mut self, held: &[u8]) {
        let start = self.at;
        match held[start] {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' => self.at += 1,
            b']' => {
                self.at += 1;
                if self.results {
                    // What follows describes the results.
                    self.results = false;
                    self.state = State::Lost { line: false };
                }
            }
            b'{' => {
                self.state = State::Object(Object {
                    start,
                    depth: 0,
                    string: None,
                    name: (start, start),
                });
            }
            _ => self.state = State::Other { start },
        }
    }

    fn other(&mut self, held: &[u8], start: usize) {
        let line_end = memchr(b'\n', &held[self.at..]).map(|length| self.at + length);
        self.at = line_end.unwrap_or(held.len());
        if self.at - start > self.limit {
            let length = self.limit as u64 + 1;
            let kind = ProblemKind::NotAnEvent { length };
            self.problems.push((start, kind));
            self.state = State::Lost { line: false };
        } else if line_end.is_some() {
            self.end_other(held, start, self.at);
            self.state = State::Between;
        }
    }

    fn end_other(&mut self, held: &[u8], start: usize, end: usize) {
        let line = held[start..end].trim_ascii_end();
        let number = line.strip_prefix(b"Record ");
        if number.is_none_or(|number| !number.iter().all(u8::is_ascii_digit)) {
            let length = line.len() as u64;
            self.problems
                .push((start, ProblemKind::NotAnEvent { length }));
        }
    }

    fn lost(&mut self, held: &[u8], line: bool) {
        if line && held[self.at] == b'{' {
            self.state = State::Between;
            return;
        }
        let line_end = memchr(b'\n', &held[self.at..]);
        self.at = line_end.map_or(held.len(), |length| self.at + length + 1);
        self.state = State::Lost {
            line: line_end.is_some(),
        };
    }

    fn object(&mut self, held: &[u8], mut object: Object) {
        let rest = &held[self.at..];
        let next = match object.string {
            Some(_) => memchr2(b'"', b'\n', rest),
            None => rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')),
        };
        let at = next.map_or(held.len(), |length| self.at + length);
        if at - object.start > self.limit {
            return self.too_long(held, object.start, at);
        }
        if next.is_none() {
            self.at = at;
            self.state = State::Object(object);
            return;
        }
        self.at = at + 1;
        if let Some(start) = object.string {
            if held[at] == b'\n' {
                return self.cut_off(object.start, at);
            }
            let before = &held[start + 1..at];
            let text = memrchr_not(b'\\', before).map_or(0, |last| last + 1);
            // A quote after an odd number of backslashes is part of the text.
            if (before.len() - text).is_multiple_of(2) {
                object.string = None;
                if object.depth == 1 {
                    object.name = (start + 1, at);
                }
            }
            self.state = State::Object(object);
            return;
        }
        match held[at] {
            b'"' => object.string = Some(at),
            b'{' if object.depth > 0 && held[at - 1] == b'\n' => {
                return self.cut_off(object.start, at);
            }
            b'[' if is_list(&held[object.name.0..object.name.1], object.depth) => {
                self.results = true;
                self.state = State::Between;
                return;
            }
            b'{' | b'[' => object.depth += 1,
            _ => object.depth -= 1,
        }
        self.state = State::Object(object);
        if object.depth == 0 && object.string.is_none() {
            if self.at - object.start > self.limit {
                return self.too_long(held, object.start, self.at);
            }
            self.objects.push((object.start, self.at));
            self.state = State::Between;
        }
    }

    fn cut_off(&mut self, start: usize, at: usize) {
        self.problems.push((start, ProblemKind::CutOff));
        self.at = at;
        self.state = State::Between;
    }

    fn too_long(&mut self, held: &[u8], start: usize, at: usize) {
        let limit = self.limit;
        self.problems.push((start, ProblemKind::TooLong { limit }));
        self.at = at;
        self.state = State::Lost {
            line: held[..at].ends_with(b"\n"),
        };
    }
}

/// The last place at which another byte stands.
fn memrchr_not(byte: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|&other| other != byte)
}

/// Whether an array stands for a list of objects: that of the member `results`,
/// or that within the member `hits`.
fn is_list(name: &[u8], depth: usize) -> bool {
    matches!((name, depth), (b"results", 1) | (b"hits", 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> (Vec<&str>, Vec<(usize, String)>) {
        let mut scanner = Scanner::new(60);
        scanner.scan(text.as_bytes(), true);
        let problems = std::mem::take(&mut scanner.problems);
        (
            scanner.objects.iter().map(|&(a, b)| &text[a..b]).collect(),
            problems
                .into_iter()
                .map(|(at, kind)| (at, kind.to_string()))
                .collect(),
        )
    }

    fn objects(text: &str) -> Vec<&str> {
        let (objects, problems) = scanned(text);
        assert_eq!(problems, []);
        objects
    }

    #[test]
    fn objects_a_line_each_or_not() {
        assert_eq!(
            objects("{\"a\":1}\n{\"b\":{}}{}"),
            ["{\"a\":1}", "{\"b\":{}}", "{}"]
        );
        assert_eq!(
            objects("Record 1\n{\n  \"a\": {\n  }\n}\nRecord 2\n{}\n"),
            ["{\n  \"a\": {\n  }\n}", "{}"]
        );
        assert_eq!(
            objects("[\n{\"a\":[1,{}]},\n{}\n]\n"),
            ["{\"a\":[1,{}]}", "{}"]
        );
    }

    #[test]
    fn brackets_and_quotes_in_strings_are_text() {
        let text = r#"{"a":"}{\""}{"b":"\\"}"#;
        assert_eq!(objects(text), [r#"{"a":"}{\""}"#, r#"{"b":"\\"}"#]);
    }

    #[test]
    fn the_rows_of_results_are_objects_of_their_own() {
        let text = "{\"preview\":false,\"fields\":[{\"name\":\"x\"}],\"results\":[{\"x\":\"1\"},\
                    {\"x\":[\"2\",\"3\"]}],\"highlighted\":{}}\n";
        assert_eq!(objects(text), ["{\"x\":\"1\"}", "{\"x\":[\"2\",\"3\"]}"]);
    }

    #[test]
    fn an_object_without_its_end_costs_only_itself() {
        let cut = |at: usize| (at, "the event is cut off".to_owned());
        assert_eq!(
            scanned("{\"a\":{\n{}\n{"),
            (vec!["{}"], vec![cut(0), cut(10)])
        );
        assert_eq!(scanned("{\"a\":\"b\n{}"), (vec!["{}"], vec![cut(0)]));
    }

    #[test]
    fn an_object_that_is_too_long_costs_only_itself() {
        let text = format!("{{\"a\":\"{}\"}}\n{{}}", "x".repeat(60));
        let (found, problems) = scanned(&text);
        assert_eq!(found, ["{}"]);
        assert_eq!(
            problems,
            [(0, "the event is longer than 60 bytes".to_owned())]
        );
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(60 - 8));
        assert_eq!(text.len(), 60);
        assert_eq!(objects(&text), [text.as_str()]);
    }

    #[test]
    fn other_lines_are_reported() {
        let (found, problems) = scanned("{}\nhello\n{}");
        assert_eq!(found, ["{}", "{}"]);
        assert_eq!(problems, [(3, "5 bytes that are no event".to_owned())]);
    }
}
