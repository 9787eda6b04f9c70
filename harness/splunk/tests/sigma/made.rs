//! Events made for a rule: recorded ones meet few of its conditions, and those
//! that nearly meet one are the telling ones.
//!
//! Every field that the rule looks at gets a value made of what the rule looks
//! for, whole or damaged, in another case, none, or something else. The same
//! rule always gets the same events.

use std::fmt::Write as _;

use fastrand::Rng;
use proptest::{
    strategy::{Strategy, ValueTree},
    string::string_regex,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

use crate::{
    data::Rule,
    event::Recorded,
    logsource::event_ids,
    selection::{Condition, conditions},
};

/// So many events for a rule.
pub fn events(rule: &Rule, count: usize) -> Vec<Recorded> {
    let conditions = conditions(&rule.yaml);
    let fields = rule.fields();
    let ids = event_ids(rule.sigma.logsource.category.as_deref().unwrap());
    let mut maker = Maker::new(&rule.name);
    (0..count)
        .map(|index| {
            let id = ids[maker.rng.usize(..ids.len())];
            let mut data = String::new();
            for field in fields.iter().filter(|field| *field != "EventID") {
                let of_field: Vec<&Condition> = conditions
                    .iter()
                    .filter(|condition| &condition.field == field)
                    .collect();
                if let Some(value) = maker.value(&of_field) {
                    let value = escaped(&value);
                    write!(data, "<Data Name='{field}'>{value}</Data>").unwrap();
                }
            }
            let raw = format!(
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
                 <Provider Name='Microsoft-Windows-Sysmon'/><EventID>{id}</EventID>\
                 <Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
                 <Computer>WS01</Computer></System><EventData>{data}</EventData></Event>"
            );
            Recorded::new("made".to_owned(), index, raw, &fields)
        })
        .collect()
}

/// As Windows renders text.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}

struct Maker {
    rng: Rng,
    runner: TestRunner,
}

impl Maker {
    fn new(name: &str) -> Self {
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            rng: Rng::with_seed(seed),
            runner: TestRunner::new_with_rng(
                Config::default(),
                TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
            ),
        }
    }

    /// A value for a field of which these conditions speak; none where the
    /// event is not to have it.
    fn value(&mut self, conditions: &[&Condition]) -> Option<String> {
        let value = match self.rng.u8(..100) {
            0..10 => return None,
            10..13 => String::new(),
            13..18 => self.filler().to_owned(),
            _ => self.met(conditions),
        };
        Some(match self.rng.u8(..100) {
            0..20 => self.in_another_case(&value),
            20..35 => self.damaged(value),
            _ => value,
        })
    }

    /// A value that meets some of the conditions, where they can be met
    /// together.
    fn met(&mut self, conditions: &[&Condition]) -> String {
        // What another field is compared to.
        const REFERENCE: &str = r"C:\x\a.exe";
        if conditions.iter().all(|condition| condition.has("fieldref")) {
            return REFERENCE.to_owned();
        }
        let (mut start, mut middle, mut end) = (String::new(), String::new(), String::new());
        for _ in 0..self.rng.usize(1..=4) {
            let condition = conditions[self.rng.usize(..conditions.len())];
            let has = |modifier| condition.has(modifier);
            let every = has("all") || self.rng.u8(..8) == 0;
            let first = self.rng.usize(..condition.values.len());
            let count = if every {
                condition.values.len().min(6)
            } else {
                1
            };
            let picked = condition.values.iter().cycle().skip(first).take(count);
            for value in picked {
                let text = match value {
                    Value::Null => return String::new(),
                    Value::String(text) => text.clone(),
                    value => value.to_string(),
                };
                let text = if has("re") {
                    self.matching(&text)
                } else if has("cidr") {
                    return self.address(&text);
                } else {
                    self.literal(&text)
                };
                if has("startswith") {
                    start = text;
                } else if has("endswith") {
                    end = text;
                } else if has("contains") || has("re") {
                    if self.rng.bool() {
                        middle.push_str(self.filler());
                    }
                    middle.push_str(&text);
                } else {
                    return text;
                }
            }
        }
        if start.is_empty() && self.rng.bool() {
            start.push_str(self.filler());
        }
        if end.is_empty() && self.rng.bool() {
            end.push_str(self.filler());
        }
        start + &middle + &end
    }

    fn filler(&mut self) -> &'static str {
        const FILLERS: [&str; 8] = [
            " ",
            "x",
            r"C:\Windows\",
            r"C:\Program Files\x\",
            " -a ",
            "\"",
            "<1>&2",
            "10.1.2.3",
        ];
        FILLERS[self.rng.usize(..FILLERS.len())]
    }

    /// A value of Sigma without what is special in it: stars and question marks
    /// stand for something, a backslash before them or before another takes
    /// itself away.
    fn literal(&mut self, pattern: &str) -> String {
        let mut text = String::new();
        let mut rest = pattern.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\\' => text.push(rest.next_if(|c| r"\*?".contains(*c)).unwrap_or('\\')),
                '*' => {
                    if self.rng.bool() {
                        text.push_str(self.filler());
                    }
                }
                // None or two would not do for Sigma.
                '?' => text.push_str(["a", "7", "", "bc"][self.rng.usize(..4)]),
                c => text.push(c),
            }
        }
        text
    }

    /// A text that a regular expression finds something in.
    fn matching(&mut self, pattern: &str) -> String {
        let pattern = pattern.trim_start_matches("(?i)").trim_start_matches('^');
        let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
        // Ends of words cannot be made, and most characters of a class are none
        // that an event would have.
        let mut pattern = pattern.replace('.', "[ -~]").replace(r"\[ -~]", r"\.");
        for (class, made) in [
            (r"\b", ""),
            (r"\d", "[0-9]"),
            (r"\w", "[a-z0-9_]"),
            (r"\s", "[ ]"),
        ] {
            pattern = pattern.replace(class, made);
        }
        let Ok(strategy) = string_regex(&pattern) else {
            return self.filler().to_owned();
        };
        let text = strategy.new_tree(&mut self.runner).unwrap().current();
        text.chars()
            .map(|c| if c.is_ascii_graphic() { c } else { ' ' })
            .collect()
    }

    /// An address in a network, or beside it.
    fn address(&mut self, network: &str) -> String {
        let (first, _) = network.split_once('/').unwrap();
        if let Some((start, _)) = first.split_once("::") {
            return format!("{start}::{:x}", self.rng.u16(1..));
        }
        if first.contains(':') {
            return first.to_owned();
        }
        let mut bytes: Vec<u8> = first.split('.').map(|byte| byte.parse().unwrap()).collect();
        bytes[3] = self.rng.u8(..);
        let at = self.rng.usize(1..3);
        bytes[at] ^= 1 << self.rng.u8(..8);
        bytes
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(".")
    }

    fn in_another_case(&mut self, value: &str) -> String {
        match self.rng.u8(..3) {
            0 => value.to_ascii_uppercase(),
            1 => value.to_ascii_lowercase(),
            _ => value
                .chars()
                .map(|c| {
                    if self.rng.bool() {
                        c.to_ascii_uppercase()
                    } else {
                        c.to_ascii_lowercase()
                    }
                })
                .collect(),
        }
    }

    fn damaged(&mut self, mut value: String) -> String {
        let at = self.rng.usize(..=value.len());
        let place = (0..=at)
            .rev()
            .find(|&at| value.is_char_boundary(at))
            .unwrap();
        match self.rng.u8(..4) {
            0 if place < value.len() => {
                value.remove(place);
            }
            1 => value.insert(place, '\\'),
            2 => value.insert(place, ['x', ' ', '*', '?', '"', '>'][self.rng.usize(..6)]),
            _ => value.push('x'),
        }
        value
    }
}
