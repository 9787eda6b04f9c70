//! Writes a planned search as text again, in one canonical form: every value
//! in quotation marks, every operator said, one blank between words.
//!
//! Parsing what is written here gives the same search: that is how the parser
//! and the planner are tested. The text is for machines; what people wrote is
//! laid out by another module, which keeps their words.

use crate::{
    command::Command as _,
    cursor::is_name,
    error::Span,
    names::{Names, Slot},
    plan::Plan,
};

/// Text that grows command by command.
#[derive(Debug)]
pub(crate) struct Printer<'p> {
    plan: &'p Plan,
    text: String,
}

impl<'p> Printer<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            text: String::new(),
        }
    }

    pub(crate) fn names(&self) -> &'p Names {
        &self.plan.names
    }

    /// Writes the whole search.
    pub(crate) fn plan(&mut self) {
        let plan = self.plan;
        if let Some(base) = &plan.base {
            self.word("search");
            base.command.print(self);
        }
        for step in &plan.steps {
            self.word("|");
            self.word(step.name);
            step.command.print(self);
        }
    }

    /// Adds a subsearch in brackets.
    pub(crate) fn subsearch(&mut self, index: usize) {
        if let Some(plan) = self.plan.subsearches.get(index) {
            let mut inner = Printer::new(plan);
            inner.plan();
            self.word("[");
            self.put(&inner.into_text());
            self.put("]");
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Adds a subsearch whose rows become text, by the place of what is in the
    /// brackets.
    pub(crate) fn filler(&mut self, place: &Span) {
        let filler = self
            .plan
            .fillers
            .iter()
            .find(|filler| filler.place.start + 1 == place.start);
        if let Some(filler) = filler {
            let mut inner = Printer::new(&filler.plan);
            inner.plan();
            self.word("[");
            self.put(&inner.into_text());
            self.put("]");
        }
    }

    /// Adds text as it is.
    pub(crate) fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a word, with a blank before it where something stands there.
    pub(crate) fn word(&mut self, word: &str) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '(']) {
            self.text.push(' ');
        }
        self.text.push_str(word);
    }

    /// Adds a field as a word of a list: plain, or in double quotation marks.
    pub(crate) fn field(&mut self, slot: Slot) {
        let plan = self.plan;
        self.field_name(plan.names.name(slot));
    }

    /// As [`field`](Self::field), by name; the name may have wildcards.
    pub(crate) fn field_name(&mut self, name: &str) {
        let plain = !name.is_empty()
            && name
                .chars()
                .all(|c| is_name(c) || matches!(c, '*' | '.' | ':' | '{' | '}' | '@'));
        if plain {
            self.word(name);
        } else {
            self.quoted(name);
        }
    }

    /// Adds a field as expressions have it: plain, or in single quotation
    /// marks.
    pub(crate) fn expression_field(&mut self, slot: Slot) {
        let plan = self.plan;
        let name = plan.names.name(slot);
        self.word("");
        let keyword = [
            "true", "false", "null", "and", "or", "xor", "not", "in", "like",
        ]
        .iter()
        .any(|keyword| name.eq_ignore_ascii_case(keyword));
        if name.starts_with(|c: char| c.is_ascii_digit()) || keyword || !name.chars().all(is_name) {
            self.put("'");
            self.put(name);
            self.put("'");
        } else {
            self.put(name);
        }
    }

    /// Adds a word in double quotation marks: `\` and `"` are escaped, which
    /// arguments and expressions both understand.
    pub(crate) fn quoted(&mut self, text: &str) {
        self.word("");
        self.value(text);
    }

    /// Adds the name of a field in double quotation marks, right after what
    /// stands there.
    pub(crate) fn quoted_field(&mut self, slot: Slot) {
        let plan = self.plan;
        self.value(plan.names.name(slot));
    }

    /// As [`quoted`](Self::quoted), right after what stands there.
    pub(crate) fn value(&mut self, text: &str) {
        self.put("\"");
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(c);
        }
        self.text.push('"');
    }

    /// Adds an option with its value in quotation marks.
    pub(crate) fn option(&mut self, name: &str, value: &str) {
        self.word(name);
        self.put("=");
        self.value(value);
    }

    /// As [`option`](Self::option), with a field as the value.
    pub(crate) fn option_field(&mut self, name: &str, slot: Slot) {
        let plan = self.plan;
        self.option(name, plan.names.name(slot));
    }

    /// Adds the items with commas between them.
    pub(crate) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut print: impl FnMut(&mut Self, T),
    ) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.put(",");
            }
            print(self, item);
        }
    }
}
