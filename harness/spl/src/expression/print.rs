//! Expressions as canonical text: predicates in predicates stand in parentheses,
//! and operands where they need them. More of them would nest a deep expression
//! deeper than the parser goes.

use super::{
    Arithmetic, Call, Comparison, Expression, ExpressionKind, Operand, Predicate, PredicateKind,
};
use crate::{print::Printer, value::Number};

impl Expression {
    pub(crate) fn print(&self, out: &mut Printer<'_>) {
        match &self.kind {
            ExpressionKind::Null => out.word("null()"),
            ExpressionKind::Field(slot) => out.expression_field(*slot),
            ExpressionKind::Text(text) => out.quoted(text),
            ExpressionKind::Number(number) => out.word(&literal(*number)),
            ExpressionKind::Negative(inner) => {
                out.word("-");
                inner.print_operand(SIGN, out);
            }
            ExpressionKind::Arithmetic(operator, left, right) => {
                // Parsed from left to right, so that only what stands on the
                // right of its like needs parentheses.
                left.print_operand(operator.power(), out);
                out.word(operator.symbol());
                right.print_operand(operator.power() + 1, out);
            }
            ExpressionKind::Concatenation(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        out.word(".");
                    }
                    part.print_operand(CONCATENATION + 1, out);
                }
            }
            ExpressionKind::Call(_, _, call) => call.print(out),
            ExpressionKind::Subsearch(place) => out.filler(place),
        }
    }

    /// In parentheses unless it binds at least as tightly as `least`.
    fn print_operand(&self, least: u8, out: &mut Printer<'_>) {
        let power = match &self.kind {
            ExpressionKind::Negative(_) => SIGN,
            ExpressionKind::Arithmetic(operator, ..) => operator.power(),
            ExpressionKind::Concatenation(_) => CONCATENATION,
            ExpressionKind::Null
            | ExpressionKind::Field(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Call(..)
            | ExpressionKind::Subsearch(_) => u8::MAX,
        };
        parenthesised(out, power < least, |out| self.print(out));
    }
}

impl Predicate {
    pub(crate) fn print(&self, out: &mut Printer<'_>) {
        match &self.kind {
            PredicateKind::Constant(Some(true)) => out.word("true()"),
            PredicateKind::Constant(Some(false)) => out.word("false()"),
            PredicateKind::Constant(None) => out.word("null()"),
            PredicateKind::Not(inner) => {
                out.word("NOT");
                if matches!(inner.kind, PredicateKind::Not(_)) {
                    inner.print(out);
                } else {
                    inner.print_operand(out);
                }
            }
            PredicateKind::And(parts) => Self::print_parts(parts, "AND", out),
            PredicateKind::Or(parts) => Self::print_parts(parts, "OR", out),
            PredicateKind::Xor(left, right) => {
                if matches!(left.kind, PredicateKind::Xor(..)) {
                    left.print(out);
                } else {
                    left.print_operand(out);
                }
                out.word("XOR");
                right.print_operand(out);
            }
            PredicateKind::Comparison(comparison, left, right) => {
                left.print_operand(CONCATENATION, out);
                out.word(comparison.symbol());
                right.print_operand(CONCATENATION, out);
            }
            PredicateKind::Call(_, call) => call.print(out),
        }
    }

    fn print_parts(parts: &[Self], operator: &str, out: &mut Printer<'_>) {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.word(operator);
            }
            part.print_operand(out);
        }
    }

    fn print_operand(&self, out: &mut Printer<'_>) {
        let composite = !matches!(
            self.kind,
            PredicateKind::Constant(_) | PredicateKind::Call(..)
        );
        parenthesised(out, composite, |out| self.print(out));
    }
}

impl Call {
    fn print(&self, out: &mut Printer<'_>) {
        out.word(self.name);
        out.put("(");
        out.list(&self.arguments, |out, argument| match argument {
            Operand::Value(expression) => expression.print(out),
            Operand::Truth(predicate) => predicate.print(out),
        });
        out.put(")");
    }
}

/// A number as the parser reads it: infinity has no name there, but what is too
/// large for a double is it, and zero keeps its sign.
fn literal(number: Number) -> String {
    let value = number.value();
    if value.is_infinite() {
        return if value > 0.0 { "1e999" } else { "-1e999" }.to_owned();
    }
    let sign = if value == 0.0 && value.is_sign_negative() {
        "-"
    } else {
        ""
    };
    format!("{sign}{number}")
}

/// How tightly `.` and a sign bind, by the parser's scale.
const CONCATENATION: u8 = 6;
const SIGN: u8 = 9;

impl Arithmetic {
    fn power(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 7,
            Self::Multiply | Self::Divide | Self::Remainder => 8,
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

impl Comparison {
    fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

fn parenthesised<'n>(
    out: &mut Printer<'n>,
    parentheses: bool,
    print: impl FnOnce(&mut Printer<'n>),
) {
    if parentheses {
        out.word("(");
        print(out);
        out.put(")");
    } else {
        print(out);
    }
}
