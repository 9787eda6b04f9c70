//! One Windows command line out of a program's arguments, and back.
//!
//! Windows starts a process with one text, not with a list of arguments, and
//! that text is what Sysmon's `CommandLine` holds. Most programs take it apart
//! by the rules of Microsoft's C runtime ("Parsing C command-line arguments",
//! Microsoft Learn; `CommandLineToArgvW` differs in corners only). cmd.exe
//! does not: what follows its `/c` is its own language.

/// Whether an argument separates others unless it is in quotes.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// Whether the program named by `argv[0]` is cmd.exe.
pub(crate) fn is_cmd(program: &str) -> bool {
    let name = program.rsplit(['\\', '/']).next().unwrap_or(program);
    name.eq_ignore_ascii_case("cmd.exe") || name.eq_ignore_ascii_case("cmd")
}

/// Whether an argument of cmd.exe says that a command follows.
pub(crate) fn introduces_command(switch: &str) -> bool {
    ["/c", "/k", "/r"]
        .iter()
        .any(|name| switch.eq_ignore_ascii_case(name))
}

/// The command line from which a program started with these arguments would
/// read them again; `argv[0]` is the program, as it was called.
///
/// For cmd.exe, the command after `/c` stands in plain double quotes and is
/// not touched: `cmd.exe /c "for /L %i in (1,1,4) do curl.exe -s https://…"`.
/// A double quote can't be part of a program's name and is left out of it.
pub fn join<S: AsRef<str>>(argv: &[S]) -> String {
    let mut arguments = argv.iter().map(AsRef::as_ref);
    let Some(program) = arguments.next() else {
        return String::new();
    };
    let mut line = program.replace('"', "");
    if line.is_empty() || line.contains(is_blank) {
        line = format!("\"{line}\"");
    }
    let cmd = is_cmd(program);
    while let Some(argument) = arguments.next() {
        line.push(' ');
        if cmd && introduces_command(argument) {
            line.push_str(argument);
            let command: Vec<&str> = arguments.by_ref().collect();
            if !command.is_empty() {
                line.push_str(" \"");
                line.push_str(&command.join(" "));
                line.push('"');
            }
        } else {
            push_argument(&mut line, argument);
        }
    }
    line
}

/// Appends one argument, in quotes where it needs them.
fn push_argument(line: &mut String, argument: &str) {
    let bare = !argument.is_empty()
        && !argument.contains(|character: char| character.is_whitespace() || character == '"');
    if bare {
        line.push_str(argument);
        return;
    }
    line.push('"');
    let mut backslashes = 0;
    for character in argument.chars() {
        match character {
            '\\' => backslashes += 1,
            '"' => {
                // Backslashes are literal unless a quote follows them.
                line.extend(std::iter::repeat_n('\\', backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        line.push(character);
    }
    line.extend(std::iter::repeat_n('\\', backslashes));
    line.push('"');
}

/// The arguments that a program reads from its command line; the first is the
/// program. The command after the `/c` of cmd.exe is one argument, without
/// the quotes that cmd.exe itself would take away (`cmd /?` states that rule).
pub fn split(line: &str) -> Vec<String> {
    let line = line.trim_start_matches(is_blank);
    if line.is_empty() {
        return Vec::new();
    }
    let (program, mut rest) = split_program(line);
    let cmd = is_cmd(&program);
    let mut argv = vec![program];
    loop {
        rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() {
            return argv;
        }
        let (argument, after) = split_argument(rest);
        let command_follows = cmd && introduces_command(&argument);
        argv.push(argument);
        rest = after;
        if command_follows {
            let command = rest.trim_start_matches(is_blank);
            if !command.is_empty() {
                argv.push(without_outer_quotes(command));
            }
            return argv;
        }
    }
}

/// Takes the program off the front: no backslash escapes in it, quotes only
/// keep blanks together.
fn split_program(line: &str) -> (String, &str) {
    let mut program = String::new();
    let mut quoted = false;
    for (at, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            blank if is_blank(blank) && !quoted => return (program, &line[at..]),
            other => program.push(other),
        }
    }
    (program, "")
}

/// Takes one argument off the front of a text that begins with it.
fn split_argument(text: &str) -> (String, &str) {
    let mut argument = String::new();
    let mut quoted = false;
    let mut backslashes = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            backslashes += 1;
            continue;
        }
        if character == '"' {
            argument.extend(std::iter::repeat_n('\\', backslashes / 2));
            if backslashes % 2 == 1 {
                argument.push('"');
            } else if quoted && characters.next_if(|&(_, next)| next == '"').is_some() {
                // Two quotes within quotes are one that belongs to the text.
                argument.push('"');
            } else {
                quoted = !quoted;
            }
            backslashes = 0;
            continue;
        }
        argument.extend(std::iter::repeat_n('\\', backslashes));
        backslashes = 0;
        if is_blank(character) && !quoted {
            return (argument, &text[at..]);
        }
        argument.push(character);
    }
    argument.extend(std::iter::repeat_n('\\', backslashes));
    (argument, "")
}

/// The command without its first and last quote, if it begins with one;
/// `"C:\Program Files\a.exe" -s` (two quotes around a name with blanks, and
/// none of cmd's special characters) keeps them.
fn without_outer_quotes(command: &str) -> String {
    let Some(inner) = command.strip_prefix('"') else {
        return command.to_owned();
    };
    let Some(last) = inner.rfind('"') else {
        return inner.to_owned();
    };
    let (quoted, after) = (&inner[..last], &inner[last + 1..]);
    let names_a_program = !after.trim_matches(is_blank).is_empty()
        && quoted.contains(is_blank)
        && !quoted.contains(['"', '&', '<', '>', '(', ')', '@', '^', '|']);
    if names_a_program {
        command.to_owned()
    } else {
        format!("{quoted}{after}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The table of results in "Parsing C command-line arguments".
    #[test]
    fn arguments_are_read_as_the_documentation_says() {
        for (tail, expected) in [
            (r#""a b c" d e"#, ["a b c", "d", "e"]),
            (r#""ab\"c" "\\" d"#, ["ab\"c", r"\", "d"]),
            (r#"a\\\b d"e f"g h"#, [r"a\\\b", "de fg", "h"]),
            (r#"a\\\"b c d"#, [r#"a\"b"#, "c", "d"]),
            (r#"a\\\\"b c" d e"#, [r"a\\b c", "d", "e"]),
        ] {
            let mut argv = split(&format!("x.exe {tail}"));
            argv.remove(0);
            assert_eq!(argv, expected, "{tail}");
        }
        assert_eq!(split(r#"x.exe a"b"" c d"#), ["x.exe", r#"ab" c d"#]);
    }

    #[test]
    fn quotes_are_used_only_where_they_are_needed() {
        assert_eq!(
            join(&["curl.exe", "-s", "https://a.workers.dev/"]),
            "curl.exe -s https://a.workers.dev/"
        );
        assert_eq!(
            join(&["python.exe", "-c", r#"print("a b")"#]),
            r#"python.exe -c "print(\"a b\")""#
        );
        assert_eq!(join(&["x.exe", "", r"a b\"]), r#"x.exe "" "a b\\""#);
        assert_eq!(
            join(&[r"C:\Program Files\a.exe", "b"]),
            r#""C:\Program Files\a.exe" b"#
        );
        assert_eq!(join::<&str>(&[]), "");
    }

    #[test]
    fn the_command_of_cmd_stays_as_it_is() {
        let command = r#"for /L %i in (1,1,4) do curl.exe -H "A: b\" https://x >nul"#;
        assert_eq!(
            join(&["cmd.exe", "/d", "/c", command]),
            format!("cmd.exe /d /c \"{command}\"")
        );
        assert_eq!(
            join(&[r"C:\Windows\System32\CMD.EXE", "/C", "echo a  b"]),
            r#"C:\Windows\System32\CMD.EXE /C "echo a  b""#
        );
        // Another program with the same operands follows the common rules.
        assert_eq!(
            join(&["notcmd.exe", "/c", "a\"b"]),
            r#"notcmd.exe /c "a\"b""#
        );
    }

    #[test]
    fn cmd_takes_its_outer_quotes_away() {
        for (line, command) in [
            ("cmd /c echo hi & echo there", "echo hi & echo there"),
            (r#"cmd.exe /c "echo "hi"""#, r#"echo "hi""#),
            (r#"cmd.exe /c "echo hi" > x"#, r#""echo hi" > x"#),
            (r#"cmd.exe /c "(echo hi)" > x"#, "(echo hi) > x"),
            (
                r#"cmd.exe /c "C:\Program Files\a.exe" -s"#,
                r#""C:\Program Files\a.exe" -s"#,
            ),
            (r#"cmd.exe /c "unclosed"#, "unclosed"),
        ] {
            assert_eq!(
                split(line).last().map(String::as_str),
                Some(command),
                "{line}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn arguments_survive_the_round_trip(
            program in r"[a-z .\\]{1,8}x\.exe",
            arguments in prop::collection::vec(r#"[a\\" \t\n&é]{0,7}"#, 0..5),
        ) {
            let mut argv = vec![program];
            argv.extend(arguments);
            prop_assert_eq!(split(&join(&argv)), argv);
        }

        #[test]
        fn a_command_of_cmd_survives_the_round_trip(command in r#"[a\\" \t&%()^|>]{0,12}"#) {
            let argv = ["cmd.exe".to_owned(), "/c".to_owned(), command];
            prop_assert_eq!(split(&join(&argv)), argv);
        }

        #[test]
        fn any_text_splits_and_its_arguments_join_to_the_same(line in ".{0,40}") {
            let argv = split(&line);
            // A command of cmd without quotes around it may gain them.
            if !argv.first().is_some_and(|program| is_cmd(program)) {
                prop_assert_eq!(split(&join(&argv)), argv);
            }
        }
    }
}
