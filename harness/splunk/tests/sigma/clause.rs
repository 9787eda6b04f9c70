//! The base search of a rule, taken apart and put together again with all its
//! parentheses: so that another reading of the text can be written down as text.

/// A search clause.
#[derive(Debug, Clone)]
pub enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Not(Box<Clause>),
    /// A comparison, as it was written.
    Term(String),
}

/// Which operator binds first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// OR, as in `search`.
    Splunk,
    /// AND, as nearly everywhere else.
    Usual,
}

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Or,
    Not,
    Term(String),
}

impl Clause {
    /// Takes a text apart in which terms are side by side, as pySigma writes it.
    pub fn parse(text: &str, order: Order) -> Self {
        let tokens = tokens(text);
        let mut rest = tokens.as_slice();
        let clause = level(&mut rest, order);
        assert!(rest.is_empty(), "{text}");
        clause
    }

    /// Changes every clause, the inner ones first.
    pub fn map(self, change: &impl Fn(Self) -> Self) -> Self {
        let all = |clauses: Vec<Self>| clauses.into_iter().map(|inner| inner.map(change)).collect();
        change(match self {
            Self::All(clauses) => Self::All(all(clauses)),
            Self::Any(clauses) => Self::Any(all(clauses)),
            Self::Not(clause) => Self::Not(Box::new(clause.map(change))),
            Self::Term(text) => Self::Term(text),
        })
    }

    /// The fields of its terms.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::All(clauses) | Self::Any(clauses) => {
                clauses.iter().flat_map(Self::fields).collect()
            }
            Self::Not(clause) => clause.fields(),
            Self::Term(text) => vec![text.split(['=', ' ']).next().unwrap()],
        }
    }

    /// The text, with all parentheses.
    pub fn text(&self) -> String {
        let join = |clauses: &[Self], with| {
            let texts: Vec<_> = clauses.iter().map(Self::text).collect();
            format!("({})", texts.join(with))
        };
        match self {
            Self::All(clauses) => join(clauses, " "),
            Self::Any(clauses) => join(clauses, " OR "),
            Self::Not(clause) => format!("(NOT {})", clause.text()),
            Self::Term(text) => text.clone(),
        }
    }
}

fn level(rest: &mut &[Token], order: Order) -> Clause {
    // Terms by rows: those of a row have an OR between them.
    let mut rows: Vec<Vec<Clause>> = Vec::new();
    let mut or = false;
    while let Some(token) = rest.first() {
        match token {
            Token::Close => break,
            Token::Or => {
                *rest = &rest[1..];
                or = true;
            }
            _ => {
                let clause = operand(rest, order);
                match rows.last_mut() {
                    Some(row) if or == (order == Order::Splunk) => row.push(clause),
                    _ => rows.push(vec![clause]),
                }
                or = false;
            }
        }
    }
    let (inner, outer): (fn(_) -> _, fn(_) -> _) = match order {
        Order::Splunk => (Clause::Any, Clause::All),
        Order::Usual => (Clause::All, Clause::Any),
    };
    outer(rows.into_iter().map(inner).collect())
}

fn operand(rest: &mut &[Token], order: Order) -> Clause {
    let (token, after) = rest.split_first().unwrap();
    *rest = after;
    match token {
        Token::Not => Clause::Not(Box::new(operand(rest, order))),
        Token::Open => {
            let clause = level(rest, order);
            *rest = rest.strip_prefix(&[Token::Close]).unwrap();
            clause
        }
        Token::Term(text) => Clause::Term(text.clone()),
        other => panic!("{other:?}"),
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let length = match rest.as_bytes()[0] {
            b'(' | b')' => 1,
            _ => term(rest),
        };
        tokens.push(match &rest[..length] {
            "(" => Token::Open,
            ")" => Token::Close,
            "OR" => Token::Or,
            "NOT" => Token::Not,
            term => Token::Term(term.to_owned()),
        });
        rest = rest[length..].trim_start();
    }
    tokens
}

/// How long the term is with which a text begins: `f="v"`, or `f IN ("v")`.
fn term(text: &str) -> usize {
    let end = until(text, |c| c.is_whitespace() || c == '(' || c == ')');
    match text[end..].strip_prefix(" IN (") {
        Some(list) => end + " IN (".len() + until(list, |c| c == ')') + 1,
        None => end,
    }
}

/// Where a character stands that is not in quotes.
fn until(text: &str, is_end: impl Fn(char) -> bool) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == '"' {
            quoted = true;
        } else if is_end(c) {
            return at;
        }
    }
    text.len()
}

/// Changes what stands in the quotes of a term.
pub fn change_quoted(term: &str, change: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = term;
    while let Some(open) = rest.find('"') {
        let inside = &rest[open + 1..];
        // To the end of the quotes: as if they had begun before.
        let end = open + until(&rest[open..], |_| true) - 1;
        text.push_str(&rest[..=open]);
        text.push_str(&change(&inside[..end - open - 1]));
        text.push('"');
        rest = &rest[end + 1..];
    }
    text + rest
}

#[test]
fn texts_are_taken_apart_by_the_order_asked_for() {
    let text = r#"a="x y" OR b IN ("1)", "2") c="\"(" NOT (d=1 OR NOT e=2 f=3)"#;
    assert_eq!(
        Clause::parse(text, Order::Splunk).text(),
        r#"((a="x y" OR b IN ("1)", "2")) (c="\"(") ((NOT ((d=1 OR (NOT e=2)) (f=3)))))"#
    );
    assert_eq!(
        Clause::parse(text, Order::Usual).text(),
        r#"((a="x y") OR (b IN ("1)", "2") c="\"(" (NOT ((d=1) OR ((NOT e=2) f=3)))))"#
    );
    assert_eq!(
        change_quoted(r#"a IN ("x\"y", "z\\")"#, |value| format!("<{value}>")),
        r#"a IN ("<x\"y>", "<z\\>")"#
    );
}
