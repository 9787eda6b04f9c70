//! Reads the statements of a script; the whole of it before any of it runs.
//!
//! The rules are those of `about_Language_Keywords`, `about_Parsing` and
//! `about_Pipelines` on Microsoft Learn.

use super::super::refusal::Refusal;
use super::cursor::{Cursor, is_name};
use super::syntax::{Arithmetic, Assign, Block, Expression, Head, Pipeline, Statement};
use super::{command, expression};

/// Keywords that are refused by name.
const REFUSED: [&str; 33] = [
    "begin",
    "catch",
    "class",
    "clean",
    "configuration",
    "data",
    "define",
    "do",
    "dynamicparam",
    "else",
    "elseif",
    "end",
    "enum",
    "exclude",
    "filter",
    "finally",
    "from",
    "function",
    "hidden",
    "in",
    "inlinescript",
    "parallel",
    "param",
    "process",
    "return",
    "sequence",
    "static",
    "switch",
    "throw",
    "trap",
    "until",
    "using",
    "workflow",
];

/// Reads a script.
pub(super) fn parse(text: &str) -> Result<Block, Refusal> {
    let mut cursor = Cursor::new(text);
    let block = statements(&mut cursor)?;
    match cursor.peek() {
        None => Ok(block),
        Some(_) => Err(cursor.unexpected("where a statement is expected")),
    }
}

/// Statements up to the end, or a `}` or `)` that closes what is around.
pub(super) fn statements(cursor: &mut Cursor) -> Result<Block, Refusal> {
    let mut block = Vec::new();
    loop {
        cursor.skip_separators()?;
        if matches!(cursor.peek(), None | Some('}' | ')')) {
            return Ok(block);
        }
        cursor.enter()?;
        let statement = statement(cursor)?;
        cursor.leave();
        cursor.skip_blanks()?;
        let closed = matches!(
            statement,
            Statement::If { .. }
                | Statement::While(..)
                | Statement::For { .. }
                | Statement::ForEach { .. }
                | Statement::Try { .. }
        );
        if !closed && !matches!(cursor.peek(), None | Some('}' | ')' | ';' | '\n' | '\r')) {
            return Err(after_statement(cursor));
        }
        block.push(statement);
    }
}

/// What it is that stands where a statement should have ended.
fn after_statement(cursor: &Cursor) -> Refusal {
    match cursor.peek() {
        Some('>') => cursor.refuse("a redirection, `>`"),
        Some('=') => cursor.refuse("an assignment to anything but a variable"),
        Some('&') => cursor.refuse("`&` or `&&` after a command"),
        Some('|') => cursor.refuse("`||`"),
        _ => cursor.unexpected("where the statement should end"),
    }
}

/// `{ statements }`
pub(super) fn braces(cursor: &mut Cursor) -> Result<Block, Refusal> {
    cursor.skip_lines()?;
    cursor.expect('{')?;
    let block = statements(cursor)?;
    cursor.expect('}')?;
    Ok(block)
}

fn statement(cursor: &mut Cursor) -> Result<Statement, Refusal> {
    if cursor.peek() == Some(':') {
        return Err(cursor.refuse("a label"));
    }
    let word = cursor.word_ahead();
    match word.as_str() {
        "if" => conditional(cursor),
        "while" => {
            cursor.skip(word.len());
            let condition = parenthesised(cursor)?;
            Ok(Statement::While(condition, braces(cursor)?))
        }
        "for" => counting_loop(cursor),
        "foreach" => for_each(cursor),
        "try" => attempt(cursor),
        "break" | "continue" => {
            let place = cursor.place();
            cursor.skip(word.len());
            cursor.skip_blanks()?;
            if cursor.peek().is_some_and(is_name) {
                return Err(Refusal::at(place, format!("`{word}` with a label")));
            }
            Ok(if word == "break" {
                Statement::Break
            } else {
                Statement::Continue
            })
        }
        "exit" => {
            cursor.skip(word.len());
            cursor.skip_blanks()?;
            let ends = matches!(cursor.peek(), None | Some('}' | ')' | ';' | '\n' | '\r'));
            Ok(Statement::Exit(if ends {
                None
            } else {
                Some(pipeline(cursor)?)
            }))
        }
        keyword if REFUSED.contains(&keyword) => Err(cursor.refuse(format!("`{keyword}`"))),
        _ => simple(cursor),
    }
}

/// An assignment or a pipeline.
pub(super) fn simple(cursor: &mut Cursor) -> Result<Statement, Refusal> {
    let start = cursor.position();
    if cursor.peek() == Some('$')
        && let Some(assign) = assignment(cursor)?
    {
        return Ok(Statement::Assign(assign));
    }
    cursor.rewind(start);
    Ok(Statement::Pipeline(pipeline(cursor)?))
}

fn assignment(cursor: &mut Cursor) -> Result<Option<Assign>, Refusal> {
    if cursor.starts_with("$(") {
        return Ok(None);
    }
    let start = cursor.place();
    let target = expression::variable(cursor)?;
    cursor.skip_blanks()?;
    let place = cursor.place();
    let operator = match (cursor.peek(), cursor.peek_at(1)) {
        (Some('='), _) => None,
        (Some('+'), Some('=')) => Some(Arithmetic::Add),
        (Some('-'), Some('=')) => Some(Arithmetic::Subtract),
        (Some('*'), Some('=')) => Some(Arithmetic::Multiply),
        (Some('/'), Some('=')) => Some(Arithmetic::Divide),
        (Some('%'), Some('=')) => Some(Arithmetic::Remainder),
        _ => return Ok(None),
    };
    cursor.skip(if operator.is_some() { 2 } else { 1 });
    let variable = match target {
        Expression::Variable(name) => Some(name),
        Expression::Null if operator.is_none() => None,
        _ => return Err(Refusal::at(start, "an assignment to a constant")),
    };
    cursor.skip_lines()?;
    let word = cursor.word_ahead();
    if ["if", "for", "foreach", "while", "try"].contains(&word.as_str()) {
        return Err(cursor.refuse(format!("`{word}` as a value")));
    }
    Ok(Some(Assign {
        variable,
        operator,
        value: pipeline(cursor)?,
        place,
    }))
}

/// `a | b | c`
pub(super) fn pipeline(cursor: &mut Cursor) -> Result<Pipeline, Refusal> {
    let head = if expression::starts(cursor) {
        Head::Expression(expression::expression(cursor)?)
    } else {
        Head::Command(command::command(cursor, false)?)
    };
    let mut rest = Vec::new();
    loop {
        cursor.skip_blanks()?;
        if cursor.peek() != Some('|') || cursor.peek_at(1) == Some('|') {
            return Ok(Pipeline { head, rest });
        }
        cursor.skip(1);
        cursor.skip_lines()?;
        if expression::starts(cursor) {
            return Err(cursor.refuse("an expression after `|`"));
        }
        rest.push(command::command(cursor, true)?);
    }
}

/// `( pipeline )` after a keyword
fn parenthesised(cursor: &mut Cursor) -> Result<Pipeline, Refusal> {
    cursor.skip_lines()?;
    cursor.expect('(')?;
    cursor.skip_lines()?;
    let pipeline = pipeline(cursor)?;
    cursor.skip_lines()?;
    cursor.expect(')')?;
    Ok(pipeline)
}

/// Takes a keyword, on this line or a later one.
fn keyword(cursor: &mut Cursor, expected: &str) -> Result<bool, Refusal> {
    let start = cursor.position();
    cursor.skip_lines()?;
    if cursor.word_ahead() == expected {
        cursor.skip(expected.len());
        return Ok(true);
    }
    cursor.rewind(start);
    Ok(false)
}

fn conditional(cursor: &mut Cursor) -> Result<Statement, Refusal> {
    cursor.skip("if".len());
    let mut branches = vec![(parenthesised(cursor)?, braces(cursor)?)];
    while keyword(cursor, "elseif")? {
        branches.push((parenthesised(cursor)?, braces(cursor)?));
    }
    let otherwise = if keyword(cursor, "else")? {
        Some(braces(cursor)?)
    } else {
        None
    };
    Ok(Statement::If {
        branches,
        otherwise,
    })
}

fn counting_loop(cursor: &mut Cursor) -> Result<Statement, Refusal> {
    cursor.skip("for".len());
    cursor.skip_lines()?;
    cursor.expect('(')?;
    cursor.skip_lines()?;
    let first = if cursor.peek() == Some(';') {
        None
    } else {
        Some(Box::new(simple(cursor)?))
    };
    cursor.skip_lines()?;
    cursor.expect(';')?;
    cursor.skip_lines()?;
    let condition = if cursor.peek() == Some(';') {
        None
    } else {
        Some(pipeline(cursor)?)
    };
    cursor.skip_lines()?;
    cursor.expect(';')?;
    cursor.skip_lines()?;
    let step = if cursor.peek() == Some(')') {
        None
    } else {
        Some(Box::new(simple(cursor)?))
    };
    cursor.skip_lines()?;
    cursor.expect(')')?;
    Ok(Statement::For {
        first,
        condition,
        step,
        body: braces(cursor)?,
    })
}

fn for_each(cursor: &mut Cursor) -> Result<Statement, Refusal> {
    cursor.skip("foreach".len());
    cursor.skip_lines()?;
    cursor.expect('(')?;
    cursor.skip_lines()?;
    let place = cursor.place();
    if cursor.peek() != Some('$') {
        return Err(cursor.unexpected("where a variable is expected"));
    }
    let Expression::Variable(variable) = expression::variable(cursor)? else {
        return Err(Refusal::at(place, "an assignment to a constant"));
    };
    if !keyword(cursor, "in")? {
        return Err(cursor.unexpected("where `in` is expected"));
    }
    cursor.skip_lines()?;
    let items = pipeline(cursor)?;
    cursor.skip_lines()?;
    cursor.expect(')')?;
    Ok(Statement::ForEach {
        variable,
        items,
        body: braces(cursor)?,
    })
}

fn attempt(cursor: &mut Cursor) -> Result<Statement, Refusal> {
    let place = cursor.place();
    cursor.skip("try".len());
    let body = braces(cursor)?;
    let catch = if keyword(cursor, "catch")? {
        cursor.skip_lines()?;
        if cursor.peek() == Some('[') {
            return Err(cursor.refuse("`catch` of a type"));
        }
        Some(braces(cursor)?)
    } else {
        None
    };
    let finally = if keyword(cursor, "finally")? {
        Some(braces(cursor)?)
    } else {
        None
    };
    if catch.is_none() && finally.is_none() {
        return Err(Refusal::at(place, "`try` without `catch` or `finally`"));
    }
    Ok(Statement::Try {
        body,
        catch,
        finally,
    })
}
