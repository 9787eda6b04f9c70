//! The conditions of a rule, read from its YAML: which fields it looks at, and
//! for what.

use serde_json::Value;

/// A rule for Sigma's evaluator, with its patterns rewritten.
///
/// The crate knows no modifier for the flags of a regular expression: they go
/// into the expression.
pub fn rule(yaml: &str, pattern: impl Fn(&str) -> String) -> sigma_rust::Rule {
    let mut rule: Value = serde_saphyr::from_str(yaml).unwrap();
    for (name, selection) in rule["detection"].as_object_mut().unwrap() {
        if name != "condition" {
            rewrite(selection, &pattern);
        }
    }
    // JSON is YAML.
    let rule = rule.to_string();
    sigma_rust::rule_from_yaml(&rule).unwrap_or_else(|error| panic!("{error}: {yaml}"))
}

fn rewrite(selection: &mut Value, pattern: &impl Fn(&str) -> String) {
    match selection {
        Value::Array(alternatives) => {
            for alternative in alternatives {
                rewrite(alternative, pattern);
            }
        }
        Value::Object(fields) => {
            let old = std::mem::take(fields);
            for (name, mut values) in old {
                let is_expression = name.split('|').any(|modifier| modifier == "re");
                let (name, flags) = match name.strip_suffix("|re|i") {
                    Some(field) => (format!("{field}|re"), "(?i)"),
                    None => (name, ""),
                };
                let values = match &mut values {
                    Value::Array(values) => values.as_mut_slice(),
                    value => std::slice::from_mut(value),
                };
                let values = values.iter().map(|value| match value {
                    Value::String(text) if is_expression => format!("{flags}{text}").into(),
                    Value::String(text) => pattern(text).into(),
                    other => other.clone(),
                });
                fields.insert(name, values.collect());
            }
        }
        other => panic!("a selection that is no list and no map: {other}"),
    }
}

/// A condition: a field, the modifiers of its name, and the values it may have.
#[derive(Debug)]
pub struct Condition {
    pub field: String,
    pub modifiers: Vec<String>,
    pub values: Vec<Value>,
}

impl Condition {
    pub fn has(&self, modifier: &str) -> bool {
        self.modifiers.iter().any(|own| own == modifier)
    }
}

/// All conditions of a rule, of all its selections.
pub fn conditions(yaml: &str) -> Vec<Condition> {
    let rule: Value = serde_saphyr::from_str(yaml).unwrap();
    let mut conditions = Vec::new();
    for (name, selection) in rule["detection"].as_object().unwrap() {
        if name != "condition" {
            collect(selection, &mut conditions);
        }
    }
    conditions
}

fn collect(selection: &Value, conditions: &mut Vec<Condition>) {
    match selection {
        Value::Array(alternatives) => {
            for alternative in alternatives {
                collect(alternative, conditions);
            }
        }
        Value::Object(fields) => {
            conditions.extend(fields.iter().map(|(name, value)| {
                let mut parts = name.split('|').map(str::to_owned);
                Condition {
                    field: parts.next().unwrap(),
                    modifiers: parts.collect(),
                    values: match value {
                        Value::Array(values) => values.clone(),
                        value => vec![value.clone()],
                    },
                }
            }));
        }
        other => panic!("a selection that is no list and no map: {other}"),
    }
}
