//! Scripts generated from the grammar: whatever loops and names they use,
//! they must ask for what they say.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::powershell;

/// A script and the addresses it must ask for, built side by side.
#[derive(Debug, Clone)]
enum Tree {
    Request {
        path: String,
        alias: usize,
    },
    Block(Vec<Tree>),
    For {
        variable: usize,
        from: i64,
        to: i64,
        body: Box<Tree>,
    },
    ForEach {
        variable: usize,
        items: Vec<i64>,
        body: Box<Tree>,
    },
    Pipe {
        from: i64,
        to: i64,
        body: Box<Tree>,
    },
    While {
        variable: usize,
        times: i64,
        body: Box<Tree>,
    },
    Choice {
        value: i64,
        than: i64,
        then: Box<Tree>,
        otherwise: Box<Tree>,
    },
    Try(Box<Tree>),
}

impl Tree {
    /// Writes the script; `name` gives each variable a name.
    fn script(&self, name: &dyn Fn(usize) -> String, script: &mut String) {
        match self {
            Self::Request { path, alias } => {
                let command = [
                    "Invoke-WebRequest -UseBasicParsing",
                    "iwr",
                    "IWR -Method Get",
                ];
                let command = command[*alias];
                let mut url = path.clone();
                for variable in 0..3 {
                    url = url.replace(&format!("<{variable}>"), &format!("${}", name(variable)));
                }
                writeln!(
                    script,
                    "{command} -Uri \"https://a.example/{url}/\" | Out-Null"
                )
                .unwrap();
            }
            Self::Block(trees) => {
                for tree in trees {
                    tree.script(name, script);
                }
            }
            Self::For {
                variable,
                from,
                to,
                body,
            } => {
                let v = name(*variable);
                writeln!(script, "for (${v} = {from}; ${v} -le {to}; ${v}++) {{").unwrap();
                body.script(name, script);
                script.push_str("}; ");
            }
            Self::ForEach {
                variable,
                items,
                body,
            } => {
                let items: Vec<String> = items.iter().map(i64::to_string).collect();
                let v = name(*variable);
                write!(script, "foreach (${v} in @({})) {{ ", items.join(", ")).unwrap();
                body.script(name, script);
                script.push_str("}\n");
            }
            Self::Pipe { from, to, body } => {
                write!(script, "{from}..{to} | % {{ ").unwrap();
                body.script(name, script);
                script.push_str("}\n");
            }
            Self::While {
                variable,
                times,
                body,
            } => {
                let v = name(*variable);
                write!(script, "${v} = 0\nwhile (${v} -ne {times}) {{ ${v} += 1; ").unwrap();
                body.script(name, script);
                script.push_str("}\n");
            }
            Self::Choice {
                value,
                than,
                then,
                otherwise,
            } => {
                write!(script, "if ({value} -gt {than}) {{ ").unwrap();
                then.script(name, script);
                script.push_str("} else { ");
                otherwise.script(name, script);
                script.push_str("}\n");
            }
            Self::Try(body) => {
                script.push_str("try { ");
                body.script(name, script);
                script.push_str("} catch { Write-Host no }\n");
            }
        }
    }

    /// The addresses, by what the tree means.
    fn asked(&self, values: &mut [Option<i64>; 3], asked: &mut Vec<String>) {
        match self {
            Self::Request { path, .. } => {
                let mut url = format!("https://a.example/{path}/");
                for (variable, value) in values.iter().enumerate() {
                    let value = value.map(|value| value.to_string()).unwrap_or_default();
                    url = url.replace(&format!("<{variable}>"), &value);
                }
                asked.push(url);
            }
            Self::Block(trees) => trees.iter().for_each(|tree| tree.asked(values, asked)),
            Self::For {
                variable,
                from,
                to,
                body,
            } => {
                let items: Vec<i64> = (*from..=*to).collect();
                body.rounds(Some(*variable), &items, values, asked);
                values[*variable] = Some((*to + 1).max(*from));
            }
            Self::ForEach {
                variable,
                items,
                body,
            } => body.rounds(Some(*variable), items, values, asked),
            Self::Pipe { from, to, body } => {
                let count = usize::try_from(from.abs_diff(*to)).unwrap() + 1;
                body.rounds(None, &vec![0; count], values, asked);
            }
            Self::While {
                variable,
                times,
                body,
            } => {
                values[*variable] = Some(0);
                let items: Vec<i64> = (1..=*times).collect();
                body.rounds(Some(*variable), &items, values, asked);
            }
            Self::Choice {
                value,
                than,
                then,
                otherwise,
            } => {
                if value > than { then } else { otherwise }.asked(values, asked);
            }
            Self::Try(body) => body.asked(values, asked),
        }
    }

    /// What a loop around this tree asks for.
    fn rounds(
        &self,
        variable: Option<usize>,
        items: &[i64],
        values: &mut [Option<i64>; 3],
        asked: &mut Vec<String>,
    ) {
        for item in items {
            if let Some(variable) = variable {
                values[variable] = Some(*item);
            }
            self.asked(values, asked);
        }
    }

    /// Whether a loop's body changes the variable that the loop counts with.
    fn interferes(&self, around: &mut Vec<usize>) -> bool {
        let mut inside = |variable: Option<usize>, body: &Tree| {
            if variable.is_some_and(|variable| around.contains(&variable)) {
                return true;
            }
            around.extend(variable);
            let found = body.interferes(around);
            if variable.is_some() {
                around.pop();
            }
            found
        };
        match self {
            Self::Request { .. } => false,
            Self::Block(trees) => trees.iter().any(|tree| tree.interferes(around)),
            Self::For { variable, body, .. }
            | Self::ForEach { variable, body, .. }
            | Self::While { variable, body, .. } => inside(Some(*variable), body),
            Self::Pipe { body, .. } | Self::Try(body) => inside(None, body),
            Self::Choice {
                then, otherwise, ..
            } => then.interferes(around) || otherwise.interferes(around),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = ("[a-z]{1,3}(-<[012]>)?", 0..3usize)
        .prop_map(|(path, alias)| Tree::Request { path, alias });
    leaf.prop_recursive(4, 12, 3, |inner| {
        let body = inner.clone().prop_map(Box::new);
        prop_oneof![
            prop::collection::vec(inner, 1..4).prop_map(Tree::Block),
            (0..3usize, -2..3i64, -2..3i64, body.clone()).prop_map(|(variable, from, to, body)| {
                Tree::For {
                    variable,
                    from,
                    to,
                    body,
                }
            }),
            (
                0..3usize,
                prop::collection::vec(-5..5i64, 0..4),
                body.clone()
            )
                .prop_map(|(variable, items, body)| Tree::ForEach {
                    variable,
                    items,
                    body
                }),
            (0..4i64, 0..4i64, body.clone()).prop_map(|(from, to, body)| Tree::Pipe {
                from,
                to,
                body
            }),
            (0..3usize, 0..4i64, body.clone()).prop_map(|(variable, times, body)| Tree::While {
                variable,
                times,
                body
            }),
            (0..3i64, 0..3i64, body.clone(), body.clone()).prop_map(
                |(value, than, then, otherwise)| Tree::Choice {
                    value,
                    than,
                    then,
                    otherwise
                }
            ),
            body.prop_map(Tree::Try),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn generated_scripts_ask_for_what_they_say(tree in tree(), prefix in "[a-z]{2,5}") {
        prop_assume!(!tree.interferes(&mut Vec::new()));
        let mut script = String::new();
        tree.script(&|variable| format!("{prefix}_{variable}"), &mut script);
        let (code, world) = powershell(&script);
        prop_assert_eq!((code, world.complained()), (0, ""), "{}", script);
        let mut expected = Vec::new();
        tree.asked(&mut [None; 3], &mut expected);
        prop_assert_eq!(world.requested(), expected, "{}", script);
    }
}
