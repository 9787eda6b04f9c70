//! The page that the terminal's report is written on: colours, and lines no
//! longer than the terminal is wide.

use anstyle::{AnsiColor, Style as Ansi};
use textwrap::{Options, WordSeparator, WordSplitter};

use super::Style;
use crate::outcome::{Class, Outcome};

/// Prose is hard to read in lines longer than this.
const WIDEST: usize = 120;
/// Nothing fits into less.
const NARROWEST: usize = 40;

const GOOD: Ansi = AnsiColor::Green.on_default();
const BAD: Ansi = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Ansi = AnsiColor::Yellow.on_default().bold();
const BOLD: Ansi = Ansi::new().bold();
const DIMMED: Ansi = Ansi::new().dimmed();

/// How a piece of text is shown. Colours repeat what the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Paint {
    Heading,
    Secondary,
    Good,
    Doubtful,
    Bad,
}

impl Paint {
    /// How good an outcome is.
    pub(in crate::report) const fn of(outcome: Outcome) -> Self {
        match outcome.class() {
            Class::AsExpected if outcome.is_known() => Self::Doubtful,
            Class::AsExpected => Self::Good,
            Class::Deviates => Self::Bad,
            Class::Inconclusive => Self::Doubtful,
        }
    }
}

/// The text as far as it is written.
pub(in crate::report) struct Page {
    text: String,
    style: Style,
}

impl Page {
    pub(in crate::report) const fn new(style: Style) -> Self {
        Self {
            text: String::new(),
            style,
        }
    }

    /// The text with its colours, where colours are wanted.
    pub(in crate::report) fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.style.colour {
            return text.to_owned();
        }
        let style = match paint {
            Paint::Heading => BOLD,
            Paint::Secondary => DIMMED,
            Paint::Good => GOOD,
            Paint::Doubtful => DOUBTFUL,
            Paint::Bad => BAD,
        };
        format!("{style}{text}{style:#}")
    }

    pub(in crate::report) fn blank(&mut self) {
        self.text.push('\n');
    }

    pub(in crate::report) fn heading(&mut self, text: &str) {
        self.blank();
        let heading = self.paint(Paint::Heading, text);
        self.item("", 0, &heading);
    }

    /// A paragraph that begins with `first`, its later lines indented by so
    /// many blanks. Words that are longer than a line are broken.
    pub(in crate::report) fn item(&mut self, first: &str, indent: usize, body: &str) {
        self.wrapped(first, indent, body, true);
    }

    /// The same, but for words that must stay in one piece, as a path that is
    /// to be copied.
    pub(in crate::report) fn unbroken(&mut self, first: &str, indent: usize, body: &str) {
        self.wrapped(first, indent, body, false);
    }

    /// A line that is as wide as its caller made it.
    pub(in crate::report) fn row(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.blank();
    }

    fn wrapped(&mut self, first: &str, indent: usize, body: &str, break_words: bool) {
        let indent = " ".repeat(indent);
        let options = Options::new(self.style.width.clamp(NARROWEST, WIDEST))
            .initial_indent(first)
            .subsequent_indent(&indent)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(break_words);
        for line in textwrap::wrap(body, options) {
            self.text.push_str(line.trim_end());
            self.blank();
        }
    }

    pub(in crate::report) fn finish(self) -> String {
        self.text
    }
}
