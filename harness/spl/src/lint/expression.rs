//! Lints on the expressions of `eval` and `where`.

use super::{
    Code, Finding, Linter, Transform,
    pattern::{self, Written},
    place,
};
use crate::{
    address::Subnet,
    expression::{
        Call, Comparison, Expression, ExpressionKind, Operand, Predicate, PredicateKind, Prepared,
    },
    names::Slot,
    quoted::Escapes,
    value::parse_number,
};

impl<'a> Linter<'a> {
    /// Shows the predicate of a command that keeps the rows for which it is true.
    pub(crate) fn kept(&mut self, predicate: &'a Predicate) {
        self.predicate(predicate);
        let parts = match &predicate.kind {
            PredicateKind::And(parts) => parts.iter().collect(),
            _ => vec![predicate],
        };
        let never = parts.iter().find(|part| !self.truths(part).may_be_true());
        if let Some(part) = never {
            self.report(Finding::new(
                Code::CanNeverMatch,
                part.span.clone(),
                "this is never true: every row is dropped".to_owned(),
                "correct it, or remove it".to_owned(),
            ));
        } else {
            self.unequal_constants(&parts);
        }
        self.null_drops(predicate, &parts);
        for part in parts {
            self.learn(part);
        }
    }

    /// Shows a predicate of which the command counts how often it is true.
    pub(crate) fn counted(&mut self, predicate: &'a Predicate) {
        self.predicate(predicate);
        if !self.truths(predicate).may_be_true() {
            self.report(Finding::new(
                Code::CanNeverMatch,
                predicate.span.clone(),
                "this is never true: the count is always 0".to_owned(),
                "correct it, or remove it".to_owned(),
            ));
        }
    }

    /// Shows an expression whose value becomes a field.
    pub(crate) fn assigned(&mut self, slot: Slot, expression: &'a Expression) {
        self.value(expression);
        let copy = self.resolve(expression).filter(|(of, _)| *of != slot);
        let case = self.case_of(expression);
        self.known.forget(slot);
        self.known.in_case(slot, case);
        if let Some((of, transform)) = copy {
            self.known.copy(slot, of, transform);
        }
        self.assigned.insert(slot);
        self.computed.insert(slot);
    }

    /// The field that an expression is, and what it does to its case.
    pub(super) fn resolve(&self, expression: &Expression) -> Option<(Slot, Transform)> {
        match &expression.kind {
            ExpressionKind::Field(slot) => Some(self.subject(*slot)),
            ExpressionKind::Call(_, _, call) => {
                let outer = transform_of(call)?;
                let Some(Operand::Value(inner)) = call.arguments.first() else {
                    return None;
                };
                let (slot, inner) = self.resolve(inner)?;
                (inner == Transform::None || inner == outer).then_some((slot, outer))
            }
            _ => None,
        }
    }

    /// The field that a command matches a pattern on.
    pub(crate) fn subject(&self, slot: Slot) -> (Slot, Transform) {
        self.known.copied(slot).unwrap_or((slot, Transform::None))
    }

    /// In which case the text of a field is.
    pub(crate) fn case(&self, slot: Slot) -> Transform {
        self.known.case(slot)
    }

    /// In which case the text is that an expression gives.
    pub(super) fn case_of(&self, expression: &Expression) -> Transform {
        match &expression.kind {
            ExpressionKind::Field(slot) => self.known.case(*slot),
            ExpressionKind::Call(_, _, call) => transform_of(call).unwrap_or(Transform::None),
            _ => Transform::None,
        }
    }

    /// Shows an expression that gives a value.
    pub(crate) fn value(&mut self, expression: &'a Expression) {
        match &expression.kind {
            ExpressionKind::Negative(inner) => self.value(inner),
            ExpressionKind::Arithmetic(_, left, right) => {
                self.value(left);
                self.value(right);
            }
            ExpressionKind::Concatenation(parts) => {
                for part in parts {
                    self.value(part);
                }
            }
            ExpressionKind::Call(_, _, call) => self.call(call),
            _ => {}
        }
    }

    fn predicate(&mut self, predicate: &'a Predicate) {
        match &predicate.kind {
            PredicateKind::Not(inner) => self.predicate(inner),
            PredicateKind::And(parts) => {
                for part in parts {
                    self.predicate(part);
                }
            }
            PredicateKind::Or(parts) => {
                self.mixture(parts);
                for part in parts {
                    self.predicate(part);
                }
            }
            PredicateKind::Xor(left, right) => {
                self.predicate(left);
                self.predicate(right);
            }
            PredicateKind::Comparison(comparison, left, right) => {
                self.value(left);
                self.value(right);
                if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
                    self.search_syntax(left, right);
                    self.search_syntax(right, left);
                    self.case_mismatch(*comparison == Comparison::Equal, left, right);
                }
            }
            PredicateKind::Call(_, call) => self.call(call),
            PredicateKind::Constant(_) => {}
        }
    }

    fn call(&mut self, call: &'a Call) {
        let is_case = call.name == "case";
        if is_case {
            self.branches(call);
        }
        let outer = std::mem::take(&mut self.earlier);
        for argument in &call.arguments {
            match argument {
                Operand::Value(expression) => self.value(expression),
                Operand::Truth(predicate) => {
                    self.predicate(predicate);
                    if is_case {
                        self.earlier.push(predicate);
                    }
                }
            }
        }
        self.earlier = outer;
        let Some(Operand::Value(subject)) = call.arguments.first() else {
            return;
        };
        match call.name {
            "match" => {
                if let Some(Operand::Value(Expression {
                    kind: ExpressionKind::Text(pattern),
                    span,
                })) = call.arguments.get(1)
                {
                    let case = self.case_of(subject);
                    let subject = self.resolve(subject);
                    self.pattern(Written {
                        case,
                        pattern,
                        place: span,
                        escapes: Escapes::Expression,
                        subject,
                    });
                }
            }
            "like" | "in" => {
                for argument in &call.arguments[1..] {
                    if let Operand::Value(text) = argument {
                        if call.name == "in" {
                            self.search_syntax(subject, text);
                        } else {
                            self.like_star(text);
                        }
                        self.case_mismatch(true, subject, text);
                    }
                }
            }
            _ => {}
        }
    }

    /// ANDs inside an OR without parentheses.
    fn mixture(&mut self, parts: &[Predicate]) {
        let mut mixed = parts.iter().filter(|part| {
            matches!(part.kind, PredicateKind::And(_))
                && !place::is_enclosed(&self.text[part.span.clone()])
        });
        let Some(first) = mixed.next() else {
            return;
        };
        let mut finding = Finding::new(
            Code::MixedOperators,
            first.span.clone(),
            "this AND comes before the OR beside it, other than in `search`".to_owned(),
            "put it in parentheses, or the ORs, if they are meant to come first".to_owned(),
        );
        for other in mixed {
            finding = finding.with_related(other.span.clone(), "and this one");
        }
        self.report(finding);
    }

    /// Text in one case that is compared with letters of the other.
    fn case_mismatch(&mut self, equal: bool, left: &Expression, right: &Expression) {
        for (subject, text) in [(left, right), (right, left)] {
            let transform = self.case_of(subject);
            let ExpressionKind::Text(literal) = &text.kind else {
                continue;
            };
            let case = match transform {
                Transform::None => continue,
                Transform::Lower => "lower",
                Transform::Upper => "upper",
            };
            if literal.contains(|c| pattern::is_other_case(c, transform)) {
                let truth = if equal { "never" } else { "always" };
                self.report(Finding::new(
                    Code::CaseMismatch,
                    text.span.clone(),
                    format!("this is {truth} true: the other side is in {case} case"),
                    format!("write `\"{}\"`", transform.apply(literal)),
                ));
            }
        }
    }

    /// A pattern of `like()` with the wildcards of `search`.
    fn like_star(&mut self, pattern: &Expression) {
        let ExpressionKind::Text(literal) = &pattern.kind else {
            return;
        };
        if literal.contains('*') && !literal.contains('%') {
            self.report(Finding::new(
                Code::SearchSyntaxInWhere,
                pattern.span.clone(),
                "`*` stands for itself here: the wildcards of `like()` are `%` and `_`".to_owned(),
                format!(
                    "write `{}`",
                    self.text[pattern.span.clone()].replace('*', "%")
                ),
            ));
        }
    }

    /// What only `search` understands.
    fn search_syntax(&mut self, subject: &Expression, text: &Expression) {
        let (Some((slot, _)), ExpressionKind::Text(literal)) = (self.resolve(subject), &text.kind)
        else {
            return;
        };
        // What an expression has made may well have a star in it.
        if self.computed.contains(&slot) {
            return;
        }
        let field = self.name(slot);
        let (message, help) = if literal.contains('*') {
            (
                "`*` stands for itself here: only `search` knows wildcards",
                format!(
                    "use `like({field}, {})`",
                    self.text[text.span.clone()].replace('*', "%")
                ),
            )
        } else if literal.contains('/') && Subnet::parse(literal).is_some() {
            (
                "this is compared as text: only `search` knows subnets",
                format!("use `cidrmatch(\"{literal}\", {field})`"),
            )
        } else {
            return;
        };
        self.report(Finding::new(
            Code::SearchSyntaxInWhere,
            text.span.clone(),
            message.to_owned(),
            help,
        ));
    }

    /// A field that must be two things at once.
    fn unequal_constants(&mut self, parts: &[&'a Predicate]) {
        let mut seen: Vec<(Slot, &str, &Predicate)> = Vec::new();
        for part in parts {
            let PredicateKind::Comparison(Comparison::Equal, left, right) = &part.kind else {
                continue;
            };
            let (slot, text) = match (&left.kind, &right.kind) {
                (ExpressionKind::Field(slot), ExpressionKind::Text(text))
                | (ExpressionKind::Text(text), ExpressionKind::Field(slot)) => (*slot, text),
                _ => continue,
            };
            let differs = |other: &str| match (parse_number(other), parse_number(text)) {
                // Numbers compare as numbers: `1` is `1.0`.
                (Some(_), Some(_)) => false,
                _ => other != text,
            };
            if let Some((.., earlier)) = seen
                .iter()
                .find(|(field, other, _)| *field == slot && differs(other))
                && self.single(slot)
            {
                let field = self.name(slot);
                let finding = Finding::new(
                    Code::CanNeverMatch,
                    part.span.clone(),
                    format!("this clause about `{field}` can never hold with the others"),
                    "join the two with OR, or correct one of them".to_owned(),
                )
                .with_related(earlier.span.clone(), "this clause must hold too");
                self.report(finding);
                return;
            }
            seen.push((slot, text, part));
        }
    }

    /// Negations that are null, and not true, where a field is missing.
    fn null_drops(&mut self, whole: &'a Predicate, parts: &[&'a Predicate]) {
        // Somebody has thought of missing fields.
        if asks_for_null(whole) {
            return;
        }
        let mut told: Vec<Slot> = Vec::new();
        for part in parts {
            let negated = match &part.kind {
                PredicateKind::Not(inner) => match &inner.kind {
                    PredicateKind::Comparison(..) => &**inner,
                    PredicateKind::Call(_, call)
                        if matches!(call.name, "like" | "match" | "in" | "cidrmatch") =>
                    {
                        &**inner
                    }
                    _ => continue,
                },
                PredicateKind::Comparison(Comparison::NotEqual, ..) => part,
                _ => continue,
            };
            let mut slots = Vec::new();
            fields(negated, &mut slots);
            let [slot] = slots[..] else {
                continue;
            };
            let field = self.name(slot);
            if self.reads_event(slot)
                && !told.contains(&slot)
                && !self.opaque
                && !self.known.is_present(slot)
                && !self.is_always(field)
                && self.missing(field).is_none()
            {
                told.push(slot);
                self.report(Finding::new(
                    Code::NullDropsRows,
                    part.span.clone(),
                    format!("this also drops rows without the field `{field}`"),
                    format!("add `OR isnull({field})` if they are meant to stay"),
                ));
            }
        }
    }

    /// What holds for the rows for which a predicate is true.
    fn learn(&mut self, predicate: &Predicate) {
        let strict = match &predicate.kind {
            PredicateKind::Comparison(_, left, right) => vec![&**left, &**right],
            PredicateKind::Call(_, call)
                if matches!(call.name, "isnotnull" | "match" | "like" | "in") =>
            {
                match call.arguments.first() {
                    Some(Operand::Value(subject)) => vec![subject],
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        };
        for expression in strict {
            if let Some((slot, _)) = self.resolve(expression) {
                self.known.exists(slot);
            }
        }
    }
}

/// What `lower()` and `upper()` do to case.
fn transform_of(call: &Call) -> Option<Transform> {
    match call.name {
        "lower" => Some(Transform::Lower),
        "upper" => Some(Transform::Upper),
        _ => None,
    }
}

/// The fields that a predicate reads, each once.
pub(super) fn fields(predicate: &Predicate, slots: &mut Vec<Slot>) {
    match &predicate.kind {
        PredicateKind::Constant(_) => {}
        PredicateKind::Not(inner) => fields(inner, slots),
        PredicateKind::And(parts) | PredicateKind::Or(parts) => {
            for part in parts {
                fields(part, slots);
            }
        }
        PredicateKind::Xor(left, right) => {
            fields(left, slots);
            fields(right, slots);
        }
        PredicateKind::Comparison(_, left, right) => {
            value_fields(left, slots);
            value_fields(right, slots);
        }
        PredicateKind::Call(_, call) => call_fields(call, slots),
    }
}

fn value_fields(expression: &Expression, slots: &mut Vec<Slot>) {
    match &expression.kind {
        ExpressionKind::Field(slot) => {
            if !slots.contains(slot) {
                slots.push(*slot);
            }
        }
        ExpressionKind::Negative(inner) => value_fields(inner, slots),
        ExpressionKind::Arithmetic(_, left, right) => {
            value_fields(left, slots);
            value_fields(right, slots);
        }
        ExpressionKind::Concatenation(parts) => {
            for part in parts {
                value_fields(part, slots);
            }
        }
        ExpressionKind::Call(_, _, call) => call_fields(call, slots),
        ExpressionKind::Null
        | ExpressionKind::Text(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::Subsearch(_) => {}
    }
}

fn call_fields(call: &Call, slots: &mut Vec<Slot>) {
    if let Prepared::Field(slot) = call.prepared
        && !slots.contains(&slot)
    {
        slots.push(slot);
    }
    for argument in &call.arguments {
        match argument {
            Operand::Value(expression) => value_fields(expression, slots),
            Operand::Truth(predicate) => fields(predicate, slots),
        }
    }
}

/// Whether a predicate asks anywhere whether something is null.
fn asks_for_null(predicate: &Predicate) -> bool {
    fn in_value(expression: &Expression) -> bool {
        match &expression.kind {
            ExpressionKind::Call(_, _, call) => in_call(call),
            ExpressionKind::Arithmetic(_, left, right) => in_value(left) || in_value(right),
            ExpressionKind::Negative(inner) => in_value(inner),
            ExpressionKind::Concatenation(parts) => parts.iter().any(in_value),
            _ => false,
        }
    }
    fn in_call(call: &Call) -> bool {
        matches!(
            call.name,
            "isnull" | "isnotnull" | "coalesce" | "if" | "case" | "validate"
        ) || call.arguments.iter().any(|argument| match argument {
            Operand::Value(expression) => in_value(expression),
            Operand::Truth(predicate) => asks_for_null(predicate),
        })
    }
    match &predicate.kind {
        PredicateKind::Constant(_) => false,
        PredicateKind::Not(inner) => asks_for_null(inner),
        PredicateKind::And(parts) | PredicateKind::Or(parts) => parts.iter().any(asks_for_null),
        PredicateKind::Xor(left, right) => asks_for_null(left) || asks_for_null(right),
        PredicateKind::Comparison(_, left, right) => in_value(left) || in_value(right),
        PredicateKind::Call(_, call) => in_call(call),
    }
}
