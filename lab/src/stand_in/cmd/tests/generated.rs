//! Commands generated from the grammar: whatever loops and blocks they use,
//! they must start what they say.

use proptest::prelude::*;

use super::cmd;

/// A command line and the arguments that its `curl.exe` must see, in order;
/// the second comes from the tree, not from the text.
#[derive(Debug, Clone)]
enum Tree {
    Curl(String),
    List(Vec<Tree>),
    Block(Box<Tree>),
    Loop(char, i32, i32, i32, Box<Tree>),
}

impl Tree {
    fn text(&self, batch: bool) -> String {
        match self {
            Self::Curl(path) => format!("curl.exe -s https://a.example/{path}"),
            Self::List(trees) => {
                let texts: Vec<String> = trees.iter().map(|tree| tree.text(batch)).collect();
                format!("({})", texts.join(" & "))
            }
            Self::Block(tree) => format!("( {} ) > nul 2>&1", tree.text(batch)),
            Self::Loop(variable, start, step, end, body) => format!(
                "(for /L {}{variable} in ({start}, {step}, {end}) do {} & echo %{variable})",
                if batch { "%%" } else { "%" },
                body.text(batch)
            ),
        }
    }

    fn asked(&self, variables: &mut Vec<(char, i32)>, asked: &mut Vec<String>) {
        match self {
            Self::Curl(path) => {
                let mut url = format!("https://a.example/{path}");
                for (variable, value) in variables.iter() {
                    url = url.replace(&format!("%{variable}"), &value.to_string());
                }
                asked.push(url);
            }
            Self::List(trees) => trees.iter().for_each(|tree| tree.asked(variables, asked)),
            Self::Block(tree) => tree.asked(variables, asked),
            Self::Loop(variable, start, step, end, body) => {
                let mut value = *start;
                while (*step > 0 && value <= *end) || (*step < 0 && value >= *end) {
                    variables.push((*variable, value));
                    body.asked(variables, asked);
                    variables.pop();
                    value += step;
                }
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = "[a-z]{0,4}(%[pqr])?/[a-z0-9]{0,3}".prop_map(Tree::Curl);
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::List),
            inner.clone().prop_map(|tree| Tree::Block(Box::new(tree))),
            (
                prop::sample::select(vec!['p', 'q', 'r']),
                -3..4i32,
                prop::sample::select(vec![-2, -1, 1, 2]),
                -3..4i32,
                inner
            )
                .prop_map(|(v, start, step, end, body)| Tree::Loop(
                    v,
                    start,
                    step,
                    end,
                    Box::new(body)
                )),
        ]
    })
}

/// Whether a loop stands in another of the same letter, which would hide it.
fn hides(tree: &Tree, around: &mut Vec<char>) -> bool {
    match tree {
        Tree::Curl(_) => false,
        Tree::List(trees) => trees.iter().any(|tree| hides(tree, around)),
        Tree::Block(tree) => hides(tree, around),
        Tree::Loop(variable, .., body) => {
            if around.contains(variable) {
                return true;
            }
            around.push(*variable);
            let hidden = hides(body, around);
            around.pop();
            hidden
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn generated_commands_start_what_they_say(tree in tree(), batch: bool) {
        prop_assume!(!hides(&tree, &mut Vec::new()));
        let (code, world) = cmd(&tree.text(batch));
        prop_assert_eq!(code, 0, "{}: {}", tree.text(batch), world.complained());
        let mut expected = Vec::new();
        tree.asked(&mut Vec::new(), &mut expected);
        let asked: Vec<&str> = world.started().iter().map(|argv| argv[2]).collect();
        prop_assert_eq!(asked, expected);
    }
}
