//! Expressions as canonical text: every operand that has an operator of its own
//! stands in parentheses.

use super::{
    Arithmetic, Call, Comparison, Expression, ExpressionKind, Operand, Predicate, PredicateKind,
};
use crate::print::Printer;

impl Expression {
    pub(crate) fn print(&self, out: &mut Printer<'_>) {
        match &self.kind {
            ExpressionKind::Null => out.word("null()"),
            ExpressionKind::Field(slot) => out.expression_field(*slot),
            ExpressionKind::Text(text) => out.quoted(text),
            ExpressionKind::Number(number) => out.word(&number.to_string()),
            ExpressionKind::Negative(inner) => {
                out.word("-");
                inner.print_operand(out);
            }
            ExpressionKind::Arithmetic(operator, left, right) => {
                left.print_operand(out);
                out.word(operator.symbol());
                right.print_operand(out);
            }
            ExpressionKind::Concatenation(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        out.word(".");
                    }
                    part.print_operand(out);
                }
            }
            ExpressionKind::Call(_, _, call) => call.print(out),
        }
    }

    fn print_operand(&self, out: &mut Printer<'_>) {
        let composite = match &self.kind {
            ExpressionKind::Negative(_)
            | ExpressionKind::Arithmetic(..)
            | ExpressionKind::Concatenation(_) => true,
            ExpressionKind::Null
            | ExpressionKind::Field(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Call(..) => false,
        };
        parenthesised(out, composite, |out| self.print(out));
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
                inner.print_operand(out);
            }
            PredicateKind::And(parts) => Self::print_parts(parts, "AND", out),
            PredicateKind::Or(parts) => Self::print_parts(parts, "OR", out),
            PredicateKind::Xor(left, right) => {
                left.print_operand(out);
                out.word("XOR");
                right.print_operand(out);
            }
            PredicateKind::Comparison(comparison, left, right) => {
                left.print_operand(out);
                out.word(comparison.symbol());
                right.print_operand(out);
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

impl Arithmetic {
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
