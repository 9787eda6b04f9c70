//! Finds the value of an expression.

use std::rc::Rc;

use super::super::refusal::{Place, Refusal};
use super::execute::{Interpreter, Interruption};
use super::output::Collected;
use super::syntax::{Block, Expression, Head, Logical, Operator, Part, Pipeline, Type};
use super::value::{Fault, LONGEST_LIST, Value, joined};

impl Interpreter<'_, '_> {
    /// What a pipeline is worth where one value is expected.
    pub(super) fn value(&mut self, pipeline: &Pipeline) -> Result<Value, Interruption> {
        if let (Head::Expression(expression), []) = (&pipeline.head, pipeline.rest.as_slice()) {
            return self.expression(expression);
        }
        let mut collected = Collected(Vec::new());
        self.pipeline(pipeline, &mut collected)?;
        Ok(unwrapped(collected.0)?)
    }

    fn collected(&mut self, block: &Block) -> Result<Vec<Value>, Interruption> {
        let mut collected = Collected(Vec::new());
        self.block(block, &mut collected)?;
        Ok(collected.0)
    }

    pub(super) fn expression(&mut self, expression: &Expression) -> Result<Value, Interruption> {
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Boolean(value) => Value::Boolean(*value),
            Expression::Integer(number) => Value::Integer(*number),
            Expression::Float(number) => Value::Float(*number),
            Expression::Text(text) => Value::text(text),
            Expression::Interpolated(parts) => self.interpolated(parts)?,
            Expression::Variable(name) => self.variable(name),
            Expression::List(items) => {
                let mut values = Vec::new();
                for item in items {
                    values.push(self.expression(item)?);
                }
                Value::list(values)?
            }
            Expression::Array(block) => Value::list(self.collected(block)?)?,
            Expression::Map(entries) => {
                let mut values = Vec::new();
                for (name, entry) in entries {
                    let value = self.expression(entry)?;
                    if matches!(value, Value::List(_) | Value::Map(_)) {
                        return Err(Refusal::of("a list or table in a table").into());
                    }
                    values.push((name.clone(), value));
                }
                Value::Map(Rc::new(values))
            }
            Expression::Parenthesised(pipeline) => self.value(pipeline)?,
            Expression::Subexpression(block) => unwrapped(self.collected(block)?)?,
            Expression::Range(first, last, place) => {
                let first = self.expression(first)?.to_integer()?;
                let last = self.expression(last)?.to_integer()?;
                range(first, last, *place)?
            }
            Expression::Negated(operand) => self.expression(operand)?.negated()?,
            Expression::Not(operand) => Value::Boolean(!self.expression(operand)?.is_true()),
            Expression::Binary(first, rest) => self.binary(first, rest)?,
            Expression::Cast(target, operand) => {
                let value = self.expression(operand)?;
                match target {
                    Type::Void => Value::Null,
                    Type::Integer => Value::Integer(value.to_integer()?),
                    Type::Text => Value::text(value.to_text()),
                }
            }
            Expression::Property(value, property) => self.expression(value)?.property(*property),
            Expression::Index(value, index) => {
                let value = self.expression(value)?;
                value.index(&self.expression(index)?)?
            }
            Expression::Step {
                variable,
                by,
                postfix,
            } => {
                let before = self.variable(variable);
                let after = Value::Integer(before.to_integer()?.saturating_add(*by));
                self.variables.insert(variable.clone(), after.clone());
                if *postfix { before } else { after }
            }
        })
    }

    fn binary(
        &mut self,
        first: &Expression,
        rest: &[(Operator, Expression, Place)],
    ) -> Result<Value, Interruption> {
        let mut left = self.expression(first)?;
        for (operator, right, place) in rest {
            left = match operator {
                // These two look at the right side only where they have to.
                Operator::Logical(Logical::And) => {
                    Value::Boolean(left.is_true() && self.expression(right)?.is_true())
                }
                Operator::Logical(Logical::Or) => {
                    Value::Boolean(left.is_true() || self.expression(right)?.is_true())
                }
                Operator::Logical(Logical::ExclusiveOr) => {
                    Value::Boolean(left.is_true() != self.expression(right)?.is_true())
                }
                Operator::Arithmetic(operator) => {
                    let right = self.expression(right)?;
                    left.arithmetic(*operator, &right)
                        .map_err(|fault| located(fault, *place))?
                }
                Operator::Comparison(operator) => {
                    let right = self.expression(right)?;
                    left.comparison(*operator, &right)
                        .map_err(|fault| located(fault, *place))?
                }
            };
        }
        Ok(left)
    }

    fn interpolated(&mut self, parts: &[Part]) -> Result<Value, Interruption> {
        let mut texts = Vec::new();
        for part in parts {
            texts.push(match part {
                Part::Text(text) => text.clone(),
                Part::Variable(name) => self.variable(name).to_text(),
                Part::Subexpression(block) => unwrapped(self.collected(block)?)?.to_text(),
            });
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Ok(joined(&texts)?)
    }
}

/// Gives a limit that was met the place where it was.
pub(super) fn located(fault: Fault, place: Place) -> Fault {
    match fault {
        Fault::Refusal(Refusal { what, place: None }) => Refusal::at(place, what).into(),
        other => other,
    }
}

fn range(first: i64, last: i64, place: Place) -> Result<Value, Fault> {
    let limit = i64::try_from(LONGEST_LIST).unwrap_or(i64::MAX);
    if first.abs_diff(last) >= limit.unsigned_abs() {
        let what = format!("a range of more than {LONGEST_LIST} numbers");
        return Err(Refusal::at(place, what).into());
    }
    Value::list(if first <= last {
        (first..=last).map(Value::Integer).collect()
    } else {
        (last..=first).rev().map(Value::Integer).collect()
    })
}

/// What is assigned where a pipeline put these out.
fn unwrapped(mut values: Vec<Value>) -> Result<Value, Fault> {
    match values.len() {
        0 => Ok(Value::Null),
        1 => Ok(values.remove(0)),
        _ => Value::list(values),
    }
}
