//! Reads expressions, by the order that `about_Operator_Precedence` on
//! Microsoft Learn gives: logical, comparison, additive, multiplicative,
//! range, comma, unary.

use super::super::refusal::{Place, Refusal};
use super::cursor::{Cursor, is_name};
use super::parser;
use super::syntax::{Arithmetic, Comparison, Expression, Logical, Operator, Property, Type};
use super::text;

/// Variables that PowerShell fills in, and that tell of the host, the session
/// or the last command. They are refused; `about_Automatic_Variables` lists
/// them.
const AUTOMATIC: [&str; 33] = [
    "args",
    "consolefilename",
    "enabledexperimentalfeatures",
    "error",
    "event",
    "eventargs",
    "eventsubscriber",
    "executioncontext",
    "foreach",
    "home",
    "host",
    "input",
    "iscoreclr",
    "islinux",
    "ismacos",
    "iswindows",
    "lastexitcode",
    "matches",
    "myinvocation",
    "nestedpromptlevel",
    "pid",
    "profile",
    "psboundparameters",
    "pscmdlet",
    "pscommandpath",
    "psculture",
    "pshome",
    "psscriptroot",
    "psuiculture",
    "psversiontable",
    "pwd",
    "sender",
    "shellid",
];

/// Whether what stands ahead is an expression and not a command.
pub(super) fn starts(cursor: &Cursor) -> bool {
    match cursor.peek() {
        Some('$' | '"' | '\'' | '(' | '[' | '{' | '@' | ',' | '!' | '+' | '-') => true,
        Some(character) => character.is_ascii_digit(),
        None => false,
    }
}

/// An expression.
pub(super) fn expression(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    cursor.enter()?;
    let expression = binary(cursor, comparison, |cursor| {
        Ok(match cursor.word_ahead().as_str() {
            "-and" => Some((Operator::Logical(Logical::And), "-and".len())),
            "-or" => Some((Operator::Logical(Logical::Or), "-or".len())),
            "-xor" => Some((Operator::Logical(Logical::ExclusiveOr), "-xor".len())),
            _ => None,
        })
    });
    cursor.leave();
    expression
}

/// An operator and its length in the text.
type Ahead = Option<(Operator, usize)>;

/// An operand, and then operators of one rank and operands, as long as there
/// are any. `operator` gives the one ahead.
fn binary(
    cursor: &mut Cursor,
    operand: fn(&mut Cursor) -> Result<Expression, Refusal>,
    operator: fn(&Cursor) -> Result<Ahead, Refusal>,
) -> Result<Expression, Refusal> {
    let first = operand(cursor)?;
    let mut rest = Vec::new();
    loop {
        cursor.skip_blanks()?;
        let place = cursor.place();
        let Some((operator, length)) = operator(cursor)? else {
            break;
        };
        cursor.skip(length);
        cursor.skip_lines()?;
        rest.push((operator, operand(cursor)?, place));
    }
    Ok(if rest.is_empty() {
        first
    } else {
        Expression::Binary(Box::new(first), rest)
    })
}

fn comparison(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    binary(cursor, additive, |cursor| {
        let word = cursor.word_ahead();
        let operator = match word.as_str() {
            "-eq" | "-ieq" => Comparison::Equal,
            "-ne" | "-ine" => Comparison::NotEqual,
            "-lt" | "-ilt" => Comparison::Less,
            "-le" | "-ile" => Comparison::LessOrEqual,
            "-gt" | "-igt" => Comparison::Greater,
            "-ge" | "-ige" => Comparison::GreaterOrEqual,
            "-and" | "-or" | "-xor" => return Ok(None),
            other if other.len() > 1 && other.starts_with('-') => {
                return Err(cursor.refuse(format!("the operator `{other}`")));
            }
            _ => return Ok(None),
        };
        Ok(Some((Operator::Comparison(operator), word.len())))
    })
}

fn additive(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    binary(cursor, multiplicative, |cursor| {
        let operator = match (cursor.peek(), cursor.peek_at(1)) {
            (Some('+' | '-'), Some('=')) => return Ok(None),
            (Some('+'), _) => Arithmetic::Add,
            // `-eq` is an operator of its own.
            (Some('-'), next) if !next.is_some_and(char::is_alphabetic) => Arithmetic::Subtract,
            _ => return Ok(None),
        };
        Ok(Some((Operator::Arithmetic(operator), 1)))
    })
}

fn multiplicative(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    binary(cursor, range, |cursor| {
        let operator = match (cursor.peek(), cursor.peek_at(1)) {
            (_, Some('=')) => return Ok(None),
            (Some('*'), _) => Arithmetic::Multiply,
            (Some('/'), _) => Arithmetic::Divide,
            (Some('%'), _) => Arithmetic::Remainder,
            _ => return Ok(None),
        };
        Ok(Some((Operator::Arithmetic(operator), 1)))
    })
}

fn range(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let left = list(cursor)?;
    cursor.skip_blanks()?;
    let place = cursor.place();
    if !cursor.take("..") {
        return Ok(left);
    }
    cursor.skip_lines()?;
    let right = list(cursor)?;
    Ok(Expression::Range(Box::new(left), Box::new(right), place))
}

fn list(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    if cursor.peek() == Some(',') {
        return Err(cursor.refuse("a comma before a single value"));
    }
    let first = unary(cursor)?;
    let mut items = vec![first];
    loop {
        cursor.skip_blanks()?;
        if cursor.peek() != Some(',') {
            break;
        }
        cursor.skip(1);
        cursor.skip_lines()?;
        items.push(unary(cursor)?);
    }
    Ok(match items.len() {
        1 => items.remove(0),
        _ => Expression::List(items),
    })
}

fn unary(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    cursor.enter()?;
    let place = cursor.place();
    let operand = match (cursor.peek(), cursor.peek_at(1)) {
        (Some('+'), Some('+')) => step_before(cursor, 1),
        (Some('-'), Some('-')) => step_before(cursor, -1),
        (Some('!'), _) => {
            cursor.skip(1);
            cursor.skip_blanks()?;
            Ok(Expression::Not(Box::new(unary(cursor)?)))
        }
        (Some('-'), Some(next)) if next.is_alphabetic() => {
            let word = cursor.word_ahead();
            if word != "-not" {
                return Err(cursor.refuse(format!("the operator `{word}`")));
            }
            cursor.skip(word.len());
            cursor.skip_blanks()?;
            Ok(Expression::Not(Box::new(unary(cursor)?)))
        }
        (Some('-'), _) => {
            cursor.skip(1);
            cursor.skip_blanks()?;
            Ok(Expression::Negated(Box::new(unary(cursor)?)))
        }
        (Some('+'), _) => {
            cursor.skip(1);
            cursor.skip_blanks()?;
            // What `+` does to a text, `0 +` does too.
            let add = Operator::Arithmetic(Arithmetic::Add);
            Ok(Expression::Binary(
                Box::new(Expression::Integer(0)),
                vec![(add, unary(cursor)?, place)],
            ))
        }
        (Some('['), _) => cast(cursor),
        _ => primary(cursor),
    };
    cursor.leave();
    operand
}

fn step_before(cursor: &mut Cursor, by: i64) -> Result<Expression, Refusal> {
    let place = cursor.place();
    cursor.skip(2);
    cursor.skip_blanks()?;
    match primary(cursor)? {
        Expression::Variable(variable) => Ok(Expression::Step {
            variable,
            by,
            postfix: false,
        }),
        _ => Err(Refusal::at(
            place,
            "`++` or `--` of anything but a variable",
        )),
    }
}

fn cast(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let place = cursor.place();
    cursor.skip(1);
    let name = cursor.take_while(|character| !matches!(character, ']' | '\n' | '\r'));
    cursor.expect(']')?;
    if cursor.starts_with("::") {
        return Err(Refusal::at(place, format!("a static member of `[{name}]`")));
    }
    let target = match name.trim().to_ascii_lowercase().as_str() {
        "void" => Type::Void,
        "int" | "int32" => Type::Integer,
        "string" => Type::Text,
        _ => return Err(Refusal::at(place, format!("the type `[{name}]`"))),
    };
    cursor.skip_blanks()?;
    if target == Type::Void && !starts(cursor) {
        return Err(cursor.refuse("`[void]` of a command without parentheses"));
    }
    Ok(Expression::Cast(target, Box::new(unary(cursor)?)))
}

/// A value with what is attached to it: `.Property`, `[index]`, `++`.
pub(super) fn primary(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let place = cursor.place();
    let mut value = match (cursor.peek(), cursor.peek_at(1)) {
        (Some('$'), Some('(')) => {
            cursor.skip(2);
            let block = parser::statements(cursor)?;
            cursor.expect(')')?;
            Expression::Subexpression(block)
        }
        (Some('$'), _) => variable(cursor)?,
        (Some('"'), _) => text::expandable(cursor)?,
        (Some('\''), _) => text::verbatim(cursor)?,
        (Some('('), _) => {
            cursor.skip(1);
            cursor.skip_lines()?;
            let pipeline = parser::pipeline(cursor)?;
            cursor.skip_lines()?;
            cursor.expect(')')?;
            Expression::Parenthesised(Box::new(pipeline))
        }
        (Some('@'), Some('(')) => {
            cursor.skip(2);
            let block = parser::statements(cursor)?;
            cursor.expect(')')?;
            Expression::Array(block)
        }
        (Some('@'), Some('{')) => map(cursor)?,
        (Some('@'), Some('"' | '\'')) => return Err(cursor.refuse("a here-string")),
        (Some('@'), _) => return Err(cursor.refuse("splatting, `@`")),
        (Some('{'), _) => return Err(cursor.refuse("a script block as a value")),
        (Some(digit), _) if digit.is_ascii_digit() => cursor.number()?,
        _ => return Err(cursor.unexpected("where a value is expected")),
    };
    let mut attached = 0;
    loop {
        match (cursor.peek(), cursor.peek_at(1)) {
            (Some('.'), Some(next)) if next != '.' => {
                cursor.skip(1);
                value = Expression::Property(Box::new(value), property(cursor)?);
            }
            (Some('['), _) => {
                cursor.skip(1);
                cursor.skip_lines()?;
                let index = expression(cursor)?;
                cursor.skip_lines()?;
                cursor.expect(']')?;
                value = Expression::Index(Box::new(value), Box::new(index));
            }
            (Some(sign @ ('+' | '-')), Some(same)) if sign == same => {
                return step_after(cursor, value, place, if sign == '+' { 1 } else { -1 });
            }
            (Some(':'), Some(':')) => return Err(cursor.refuse("a static member")),
            _ => return Ok(value),
        }
        attached += 1;
        if attached > 16 {
            return Err(cursor.refuse("more than 16 properties and indices of one value"));
        }
    }
}

fn step_after(
    cursor: &mut Cursor,
    value: Expression,
    place: Place,
    by: i64,
) -> Result<Expression, Refusal> {
    cursor.skip(2);
    match value {
        Expression::Variable(variable) => Ok(Expression::Step {
            variable,
            by,
            postfix: true,
        }),
        _ => Err(Refusal::at(
            place,
            "`++` or `--` of anything but a variable",
        )),
    }
}

fn property(cursor: &mut Cursor) -> Result<Property, Refusal> {
    let place = cursor.place();
    let name = cursor.take_while(is_name);
    if cursor.peek() == Some('(') {
        return Err(Refusal::at(place, format!("the method `{name}`")));
    }
    Property::named(&name).ok_or_else(|| Refusal::at(place, format!("the property `{name}`")))
}

/// `@{ name = value; … }`
fn map(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    cursor.skip(2);
    let mut entries = Vec::new();
    loop {
        cursor.skip_separators()?;
        if cursor.peek() == Some('}') {
            cursor.skip(1);
            return Ok(Expression::Map(entries));
        }
        let place = cursor.place();
        let name = match cursor.peek() {
            Some('\'') => text::verbatim(cursor)?,
            Some('"') => text::expandable(cursor)?,
            _ => Expression::Text(cursor.take_while(|c| is_name(c) || c == '-')),
        };
        let name = match name {
            Expression::Text(name) if !name.is_empty() => name,
            _ => return Err(Refusal::at(place, "a key that is not plain text")),
        };
        cursor.skip_blanks()?;
        cursor.expect('=')?;
        cursor.skip_lines()?;
        entries.push((name, expression(cursor)?));
        cursor.skip_blanks()?;
        if !matches!(cursor.peek(), Some('}' | ';' | '\n' | '\r')) {
            return Err(cursor.unexpected("where an entry should end"));
        }
    }
}

/// `$name` or `${name}`: a variable, or one of the constants.
pub(super) fn variable(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let place = cursor.place();
    cursor.skip(1);
    let braced = cursor.take("{");
    let name = cursor.take_while(is_name);
    let refuse = |what: String| Err(Refusal::at(place, what));
    if name.is_empty() {
        return match cursor.peek() {
            Some(character @ ('?' | '^' | '$')) => refuse(format!("the variable `${character}`")),
            _ => refuse("`$` without a variable's name".to_owned()),
        };
    }
    if cursor.peek() == Some(':') && cursor.peek_at(1) != Some(':') {
        return refuse(format!("a variable of a scope or drive, `${name}:`"));
    }
    if braced && !cursor.take("}") {
        return refuse("a variable's name with special characters".to_owned());
    }
    let name = name.to_lowercase();
    match name.as_str() {
        "null" => Ok(Expression::Null),
        "true" => Ok(Expression::Boolean(true)),
        "false" => Ok(Expression::Boolean(false)),
        "psitem" => Ok(Expression::Variable("_".to_owned())),
        _ if AUTOMATIC.contains(&name.as_str()) => refuse(format!("the variable `${name}`")),
        _ => Ok(Expression::Variable(name)),
    }
}
