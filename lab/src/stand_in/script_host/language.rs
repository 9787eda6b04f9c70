//! Looks for syntax that is newer than what Windows Script Host takes.
//!
//! The engine would run it, but Windows would not: an emulation that works
//! here and nowhere else helps nobody. The language of a `.js` file on Windows
//! is ECMAScript 3 with few additions ("[MS-ES3]: Internet Explorer ECMA-262
//! ECMAScript Language Specification Standards Support Document", Microsoft
//! Learn).

use super::super::refusal::{Place, Refusal};

/// Words that begin something newer where a name, or what is listed, follows.
const NEWER: [(&str, &str); 9] = [
    ("async", ""),
    ("await", ""),
    ("class", "{"),
    ("const", "{["),
    ("export", "{*"),
    ("import", "{*(\"'"),
    ("let", "{["),
    ("super", "(."),
    ("yield", ""),
];

/// Refuses the first construct that is newer.
pub(super) fn check(script: &str) -> Result<(), Refusal> {
    let text: Vec<char> = script.chars().collect();
    let mut scanner = Scanner {
        text: &text,
        at: 0,
        value_before: false,
    };
    while let Some(character) = scanner.peek(0) {
        scanner.token(character)?;
    }
    Ok(())
}

struct Scanner<'t> {
    text: &'t [char],
    at: usize,
    /// Whether the last token ends a value: then `/` divides, and otherwise it
    /// begins a regular expression.
    value_before: bool,
}

impl Scanner<'_> {
    fn peek(&self, offset: usize) -> Option<char> {
        self.text.get(self.at + offset).copied()
    }

    fn token(&mut self, character: char) -> Result<(), Refusal> {
        match (character, self.peek(1)) {
            ('/', Some('/')) => {
                self.skip_while(|character| !matches!(character, '\n' | '\r'));
                Ok(())
            }
            ('/', Some('*')) => {
                self.at += 2;
                while self.at < self.text.len()
                    && (self.peek(0), self.peek(1)) != (Some('*'), Some('/'))
                {
                    self.at += 1;
                }
                self.at += 2;
                Ok(())
            }
            ('/', _) if !self.value_before => {
                self.regular_expression();
                Ok(())
            }
            ('"' | '\'', _) => {
                self.quoted(character);
                Ok(())
            }
            ('`', _) => Err(self.refuse("a template literal")),
            ('=', Some('>')) => Err(self.refuse("an arrow function, `=>`")),
            ('.', Some('.')) => Err(self.refuse("`...`")),
            ('*', Some('*')) => Err(self.refuse("`**`")),
            ('?', Some('?')) => Err(self.refuse("`??`")),
            ('?', Some('.')) if !self.peek(2).is_some_and(|next| next.is_ascii_digit()) => {
                Err(self.refuse("`?.`"))
            }
            _ if is_name(character) => self.word(),
            _ if character.is_whitespace() => {
                self.at += 1;
                Ok(())
            }
            _ => {
                self.value_before = matches!(character, ')' | ']' | '}');
                self.at += 1;
                Ok(())
            }
        }
    }

    fn refuse(&self, what: &str) -> Refusal {
        let before = &self.text[..self.at];
        let line_start = before.iter().rposition(|&character| character == '\n');
        let place = Place {
            line: 1 + before
                .iter()
                .filter(|&&character| character == '\n')
                .count(),
            column: self.at - line_start.map_or(0, |newline| newline + 1) + 1,
        };
        Refusal::at(place, format!("{what}, which JScript does not have"))
    }

    fn skip_while(&mut self, condition: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&condition) {
            self.at += 1;
        }
    }

    fn quoted(&mut self, quote: char) {
        self.at += 1;
        while let Some(character) = self.peek(0) {
            self.at += if character == '\\' { 2 } else { 1 };
            // A line break ends what was never closed; the engine will say so.
            if character == quote || character == '\n' {
                break;
            }
        }
        self.value_before = true;
    }

    fn regular_expression(&mut self) {
        self.at += 1;
        let mut in_class = false;
        while let Some(character) = self.peek(0) {
            self.at += if character == '\\' { 2 } else { 1 };
            match character {
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => break,
                '\n' => break,
                _ => {}
            }
        }
        self.value_before = true;
    }

    fn word(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        let is_property = self.text[..start]
            .iter()
            .rev()
            .find(|character| !character.is_whitespace())
            .is_some_and(|&character| character == '.');
        self.skip_while(is_name);
        let word: String = self.text[start..self.at].iter().collect();
        let next = self.text[self.at..]
            .iter()
            .find(|character| !character.is_whitespace())
            .copied();
        let newer = NEWER.iter().find(|(newer, _)| *newer == word);
        if let (Some((_, listed)), Some(next), false) = (newer, next, is_property)
            && (is_name(next) || listed.contains(next))
        {
            self.at = start;
            return Err(self.refuse(&format!("`{word}`")));
        }
        // After these a `/` begins a regular expression.
        self.value_before = !matches!(
            word.as_str(),
            "case"
                | "delete"
                | "do"
                | "else"
                | "in"
                | "instanceof"
                | "new"
                | "return"
                | "throw"
                | "typeof"
                | "void"
        );
        Ok(())
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn newer_syntax_is_refused_where_it_stands() {
        for (script, what, line, column) in [
            ("let x = 1", "`let`", 1, 1),
            ("var a;\n  const B = 2", "`const`", 2, 3),
            ("class A { }", "`class`", 1, 1),
            ("var f = x => x", "an arrow function", 1, 11),
            ("var s = `a`", "a template literal", 1, 9),
            ("f(...a)", "`...`", 1, 3),
            ("a ** b", "`**`", 1, 3),
            ("a ?? b", "`??`", 1, 3),
            ("a?.b", "`?.`", 1, 2),
            ("async function f() { }", "`async`", 1, 1),
            ("let [a] = b", "`let`", 1, 1),
            ("var r = /[/]`/; let y", "`let`", 1, 17),
        ] {
            let refusal = check(script).unwrap_err();
            assert!(refusal.what.starts_with(what), "{script}: {refusal}");
            assert_eq!(refusal.place, Some(Place { line, column }), "{script}");
        }
    }

    #[test]
    fn what_jscript_has_is_not() {
        for script in [
            "var x = 'let y => `'; // const z\n/* a ** b */ x = \"class A\"",
            "var r = /`=>/g.test(x) ? .5 : 1 / 2 / 3;",
            "a = b / c; d = e / f // `\n",
            "x.class = o['let']; o = { async: 1, let: 2 }; y.let",
            "return /`/.exec(s)",
            "if (a) { } else /`/.test(b)",
            "var s = 'it\\'s `'; for (var i = 0, letter = 1; i < 3; i++) { }",
            "",
        ] {
            assert_eq!(check(script), Ok(()), "{script}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_text_ends_without_a_panic(text in r#"[/\\*'"`\n\[\].?= a1]{0,20}"#) {
            let _ = check(&text);
        }
    }
}
