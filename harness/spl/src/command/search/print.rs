//! A `search` as canonical text.

use super::filter::{Comparison, Filter, FilterKind, Literal, Test};
use crate::{print::Printer, wildcard::Case};

impl Filter {
    /// Writes the filter: AND is said, and whatever stands in an AND, an OR or
    /// a NOT and is one of the three itself stands in parentheses.
    pub(super) fn print(&self, out: &mut Printer<'_>) {
        match &self.kind {
            FilterKind::Any => out.word("*"),
            FilterKind::Subsearch(place) => out.filler(place),
            FilterKind::And(filters) => Self::print_parts(filters, "AND", out),
            FilterKind::Or(filters) => Self::print_parts(filters, "OR", out),
            FilterKind::Not(filter) => {
                out.word("NOT");
                filter.print_part(out);
            }
            FilterKind::Comparison(comparison) => comparison.print(out),
            FilterKind::Time(bound) => bound.print(out),
            FilterKind::EventType { said, .. } => said.print(out),
            FilterKind::Term { term, .. } => match term.directive() {
                None => out.quoted(&term.written()),
                Some(directive) => {
                    out.word(directive);
                    out.put("(");
                    out.value(&term.written());
                    out.put(")");
                }
            },
        }
    }

    fn print_parts(filters: &[Self], operator: &str, out: &mut Printer<'_>) {
        for (index, filter) in Self::in_text_order(filters).into_iter().enumerate() {
            if index > 0 {
                out.word(operator);
            }
            filter.print_part(out);
        }
    }

    fn print_part(&self, out: &mut Printer<'_>) {
        if matches!(
            self.kind,
            FilterKind::And(_) | FilterKind::Or(_) | FilterKind::Not(_)
        ) {
            out.word("(");
            self.print(out);
            out.put(")");
        } else {
            self.print(out);
        }
    }
}

impl Comparison {
    fn print(&self, out: &mut Printer<'_>) {
        out.field(self.field);
        match &self.test {
            Test::Equal(literal) => {
                out.put("=");
                literal.print(out);
            }
            Test::NotEqual(literal) => {
                out.put("!=");
                literal.print(out);
            }
            Test::In(literals) => {
                out.put(" IN (");
                out.list(literals, |out, literal| {
                    out.word("");
                    literal.print(out);
                });
                out.put(")");
            }
            Test::Order { relation, text, .. } => {
                out.put(relation.symbol());
                out.value(text);
            }
        }
    }
}

impl Literal {
    fn print(&self, out: &mut Printer<'_>) {
        match self.case {
            Case::Insensitive => out.value(&self.text),
            Case::Sensitive => {
                out.put("CASE(");
                out.value(&self.text);
                out.put(")");
            }
        }
    }
}
