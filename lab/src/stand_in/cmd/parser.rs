//! Reads the whole command before any of it runs.
//!
//! The rules are those of cmd.exe for the command after `/c`: `&` separates,
//! `||` and `&&` bind tighter, the body of `for` and `if` is all that follows,
//! `)` ends a block wherever it stands unquoted, `^` takes the meaning off the
//! next character. Source: `cmd /?`, `for /?`, `if /?`, and "Command shell
//! overview" on Microsoft Learn.

use super::super::refusal::Refusal;
use super::builtin;
use super::expand::Located;
use super::syntax::{Action, Command, Condition, If, Loop};
use super::words::{Parser, Text, is_delimiter};

/// How deep blocks, loops and conditions may stand in each other.
const DEEPEST: usize = 32;

/// Reads a command from text whose variables have been expanded.
pub(super) fn parse(source: &[Located]) -> Result<Command, Refusal> {
    let mut parser = Parser {
        source,
        at: 0,
        depth: 0,
        blocks: 0,
        variables: Vec::new(),
    };
    let command = parser.list()?;
    match parser.peek() {
        None => Ok(command),
        Some(')') => Err(parser.refuse("`)` without `(`")),
        Some(_) => Err(parser.refuse("text after `)`")),
    }
}

impl Parser<'_> {
    /// `a & b & c`, up to the end or the `)` of a block around.
    fn list(&mut self) -> Result<Command, Refusal> {
        let mut commands = vec![self.either()?];
        loop {
            self.skip_blanks();
            if self.peek() != Some('&') {
                return Ok(one_or(commands, Command::List));
            }
            self.at += 1;
            self.skip_delimiters();
            // A last `&` with nothing behind it is allowed.
            if matches!(self.peek(), None | Some(')')) {
                return Ok(one_or(commands, Command::List));
            }
            commands.push(self.either()?);
        }
    }

    fn either(&mut self) -> Result<Command, Refusal> {
        let mut commands = vec![self.both()?];
        while self.operator('|') {
            commands.push(self.both()?);
        }
        if self.peek() == Some('|') {
            return Err(self.refuse("a pipe, `|`"));
        }
        Ok(one_or(commands, Command::Either))
    }

    fn both(&mut self) -> Result<Command, Refusal> {
        let mut commands = vec![self.command()?];
        while self.operator('&') {
            commands.push(self.command()?);
        }
        Ok(one_or(commands, Command::Both))
    }

    /// Takes `||` or `&&`.
    fn operator(&mut self, half: char) -> bool {
        self.skip_blanks();
        let found = self.peek() == Some(half) && self.peek_second() == Some(half);
        if found {
            self.at += 2;
        }
        found
    }

    fn command(&mut self) -> Result<Command, Refusal> {
        self.skip_delimiters();
        while self.peek() == Some('@') {
            self.at += 1;
            self.skip_delimiters();
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refuse(format!("nesting deeper than {DEEPEST} levels")));
        }
        let command = match self.peek() {
            Some('(') => self.block(),
            _ => match self.keyword().as_deref() {
                Some("for") => self.counting_loop(),
                Some("if") => self.condition(),
                Some("rem") => Ok(self.remark()),
                _ => self.simple(),
            },
        };
        self.depth -= 1;
        command
    }

    /// The word ahead, in lower case, if it may be one of the parser's own.
    fn keyword(&self) -> Option<String> {
        let word: String = self.source[self.at..]
            .iter()
            .map(|located| located.character)
            .take_while(char::is_ascii_alphabetic)
            .take(4)
            .collect();
        let after = self.source.get(self.at + word.len());
        let ends = after.is_none_or(|after| {
            is_delimiter(after.character) || matches!(after.character, '/' | '&' | '|' | ')')
        });
        ends.then(|| word.to_ascii_lowercase())
    }

    fn block(&mut self) -> Result<Command, Refusal> {
        let open = self.place();
        self.at += 1;
        self.blocks += 1;
        let body = self.list()?;
        if self.peek() != Some(')') {
            return Err(match self.peek() {
                None => Refusal::at(open, "`(` without `)`"),
                Some(_) => self.refuse("text after `)`"),
            });
        }
        self.at += 1;
        self.blocks -= 1;
        let mut redirections = Vec::new();
        loop {
            self.skip_blanks();
            match (self.peek(), self.peek_second()) {
                (Some('>' | '<'), _) => redirections.extend(self.redirection(None)?),
                (Some(digit), Some('>' | '<')) if digit.is_ascii_digit() => {
                    self.at += 1;
                    redirections.extend(self.redirection(Some(digit))?);
                }
                _ => return Ok(Command::Block(Box::new(body), redirections)),
            }
        }
    }

    /// `for /L %v in (start,step,end) do body`
    fn counting_loop(&mut self) -> Result<Command, Refusal> {
        let place = self.place();
        self.at += "for".len();
        self.skip_delimiters();
        let switch = self.word()?;
        if !switch.eq_ignore_ascii_case("/l") {
            let form = if switch.starts_with('/') {
                format!("`for {switch}`")
            } else {
                "`for` without `/L`".to_owned()
            };
            return Err(Refusal::at(place, form));
        }
        let at = self.place();
        let variable = match self.word()?.trim_start_matches('%').chars().as_str() {
            letter if letter.len() == 1 && letter.chars().all(|c| c.is_ascii_alphabetic()) => {
                letter.chars().next()
            }
            _ => None,
        };
        let Some(variable) = variable else {
            return Err(Refusal::at(
                at,
                "a loop variable that is not `%` and a letter",
            ));
        };
        self.expect_word("in")?;
        let bounds = self.bounds()?;
        self.expect_word("do")?;
        self.variables.push(variable);
        let body = self.list();
        self.variables.pop();
        Ok(Command::Loop(Loop {
            variable,
            bounds,
            body: Box::new(body?),
        }))
    }

    /// `(start,step,end)`; the numbers may hold an outer loop's variable.
    fn bounds(&mut self) -> Result<[String; 3], Refusal> {
        self.skip_blanks();
        let open = self.place();
        if self.peek() != Some('(') {
            return Err(self.refuse("`in` without `(`"));
        }
        let inside: String = self.source[self.at + 1..]
            .iter()
            .map(|located| located.character)
            .take_while(|&character| character != ')')
            .collect();
        self.at += inside.chars().count() + 1;
        if self.peek() != Some(')') {
            return Err(Refusal::at(open, "`(` without `)`"));
        }
        self.at += 1;
        let bounds: Vec<String> = inside
            .split(is_delimiter)
            .filter(|bound| !bound.is_empty())
            .map(str::to_owned)
            .collect();
        for bound in &bounds {
            let outer = self.variables.iter().any(|&v| has_variable(bound, v));
            if !outer && number(bound).is_none() {
                return Err(Refusal::at(
                    open,
                    format!("`for /L` with `{bound}` where a decimal number is expected"),
                ));
            }
        }
        let bounds: [String; 3] = bounds
            .try_into()
            .map_err(|_| Refusal::at(open, "`for /L` without start, step and end"))?;
        if number(&bounds[1]) == Some(0) {
            return Err(Refusal::at(
                open,
                "`for /L` with a step of 0, which never ends",
            ));
        }
        Ok(bounds)
    }

    /// `if [not] exist FILE …` or `if [not] errorlevel N …`
    fn condition(&mut self) -> Result<Command, Refusal> {
        self.at += "if".len();
        self.skip_delimiters();
        let mut place = self.place();
        let mut word = self.word()?;
        if word.eq_ignore_ascii_case("/i") {
            place = self.place();
            word = self.word()?;
        }
        let negated = word.eq_ignore_ascii_case("not");
        if negated {
            place = self.place();
            word = self.word()?;
        }
        let condition = match word.to_ascii_lowercase().as_str() {
            "exist" => {
                let place = self.place();
                let file = self.word()?.replace('"', "");
                if file.is_empty() || file.contains(['*', '?']) {
                    return Err(Refusal::at(place, "`if exist` without one file's name"));
                }
                Condition::Exist(file)
            }
            "errorlevel" => {
                let place = self.place();
                let level = self
                    .word()?
                    .parse()
                    .map_err(|_| Refusal::at(place, "`if errorlevel` without a decimal number"))?;
                Condition::ErrorLevel(level)
            }
            other => {
                return Err(Refusal::at(
                    place,
                    format!("`if {other}`: only `if exist` and `if errorlevel`"),
                ));
            }
        };
        let then = Box::new(self.list()?);
        let otherwise = if self.keyword().as_deref() == Some("else") {
            self.at += "else".len();
            Some(Box::new(self.list()?))
        } else {
            None
        };
        Ok(Command::If(If {
            negated,
            condition,
            then,
            otherwise,
        }))
    }

    /// `rem` with text takes all the rest of the line, `&` included; alone it
    /// ends where any command ends.
    fn remark(&mut self) -> Command {
        self.at += "rem".len();
        self.skip_blanks();
        if !matches!(self.peek(), Some('&' | '|' | ')')) {
            self.at = self.source.len();
        }
        Command::Simple(Action::Nothing, Vec::new())
    }

    /// A builtin or a program, with its redirections taken out.
    fn simple(&mut self) -> Result<Command, Refusal> {
        let mut text = Text::default();
        let mut redirections = Vec::new();
        let mut start = self.place();
        let mut quoted = false;
        while let Some(character) = self.peek() {
            match character {
                '\n' | '\r' => return Err(self.refuse("a line break")),
                '"' => quoted = !quoted,
                _ if quoted => {}
                '^' => {
                    self.escaped(&mut text)?;
                    continue;
                }
                '&' | '|' => break,
                ')' if self.blocks > 0 => break,
                '<' | '>' => {
                    let digit = text.take_handle();
                    redirections.extend(self.redirection(digit)?);
                    if text.text.is_empty() {
                        self.skip_delimiters();
                        start = self.place();
                    }
                    continue;
                }
                _ => {}
            }
            self.variable(character)?;
            text.push(character, quoted || character == '"');
            self.at += 1;
        }
        if text.text.trim_matches(is_delimiter).is_empty() && redirections.is_empty() {
            return Err(match self.peek() {
                Some(character) => {
                    self.refuse(format!("`{character}` where a command is expected"))
                }
                None => self.refuse("no command"),
            });
        }
        let action = builtin::classify(&text.text, start, !self.variables.is_empty())?;
        Ok(Command::Simple(action, redirections))
    }
}

fn one_or(mut commands: Vec<Command>, many: fn(Vec<Command>) -> Command) -> Command {
    if commands.len() == 1 {
        commands.remove(0)
    } else {
        many(commands)
    }
}

/// Whether a text refers to a loop's variable.
pub(super) fn has_variable(text: &str, variable: char) -> bool {
    text.contains(['%', variable].iter().collect::<String>().as_str())
}

/// A decimal number; cmd would read a leading 0 as octal.
pub(super) fn number(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    text.parse().ok()
}
