//! How the executors of Atomic Red Team start a test's command.

use crate::words::words;

words! {
    /// The program that runs a test's command.
    pub enum Executor, "executor" {
        /// Windows PowerShell.
        PowerShell = "powershell",
        /// The POSIX shell.
        Sh = "sh",
        /// The GNU shell.
        Bash = "bash",
        /// The Windows command processor.
        CommandPrompt = "command_prompt",
    }
}

impl Executor {
    /// The arguments, program first, with which `Invoke-AtomicTest` starts a command
    /// (`Private/Invoke-ExecuteCommand.ps1` of Invoke-AtomicRedTeam):
    ///
    /// | executor | arguments |
    /// |---|---|
    /// | `powershell` | `powershell.exe`, `& {COMMAND}` (what follows the options is the command) |
    /// | `command_prompt` | `cmd.exe`, `/c`, the lines joined by ` & ` |
    /// | `sh`, `bash` | `sh` or `bash`, `-c`, the lines joined by `; ` |
    ///
    /// In each, blanks around the whole command are cut.
    pub fn invocation(self, command: &str) -> Vec<String> {
        let command = command.trim();
        match self {
            Self::PowerShell => vec!["powershell.exe".to_owned(), format!("& {{{command}}}")],
            Self::CommandPrompt => vec![
                "cmd.exe".to_owned(),
                "/c".to_owned(),
                joined_by_ampersand(command),
            ],
            Self::Sh | Self::Bash => vec![
                self.as_str().to_owned(),
                "-c".to_owned(),
                joined_by_semicolon(command),
            ],
        }
    }

    /// The command line that Windows shows of such a process, as it is handed to
    /// `CreateProcess`: .NET quotes the program's name, the rest stays as it is. PowerShell's
    /// double quotes are written `\""`. The shells of other systems have none, so that theirs is
    /// the arguments joined by blanks.
    pub fn command_line(self, command: &str) -> String {
        let command = command.trim();
        match self {
            Self::PowerShell => {
                format!(
                    r#""powershell.exe" & {{{}}}"#,
                    command.replace('"', r#"\"""#)
                )
            }
            Self::CommandPrompt => format!(r#""cmd.exe" /c {}"#, joined_by_ampersand(command)),
            Self::Sh | Self::Bash => self.invocation(command).join(" "),
        }
    }
}

fn joined_by_ampersand(command: &str) -> String {
    command.replace('\n', " & ")
}

/// A line that ends in a semicolon already keeps its line break.
fn joined_by_semicolon(command: &str) -> String {
    let mut joined = String::with_capacity(command.len());
    for (index, line) in command.split('\n').enumerate() {
        if index > 0 {
            joined.push_str(if joined.ends_with(';') { "\n" } else { "; " });
        }
        joined.push_str(line);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_prompt_joins_the_lines() {
        let command = "echo a > f\ntype f\n";
        assert_eq!(
            Executor::CommandPrompt.invocation(command),
            ["cmd.exe", "/c", "echo a > f & type f"]
        );
        assert_eq!(
            Executor::CommandPrompt.command_line(command),
            r#""cmd.exe" /c echo a > f & type f"#
        );
    }

    #[test]
    fn powershell_keeps_the_lines_and_escapes_double_quotes_on_the_command_line() {
        let command = "\nWrite-Host \"a b\"\nexit\n";
        assert_eq!(
            Executor::PowerShell.invocation(command),
            ["powershell.exe", "& {Write-Host \"a b\"\nexit}"]
        );
        assert_eq!(
            Executor::PowerShell.command_line(command),
            "\"powershell.exe\" & {Write-Host \\\"\"a b\\\"\"\nexit}"
        );
    }

    #[test]
    fn shells_join_the_lines_but_not_after_a_semicolon() {
        assert_eq!(
            Executor::Bash.invocation("a\nb;\nc\n"),
            ["bash", "-c", "a; b;\nc"]
        );
        assert_eq!(Executor::Sh.invocation("a\n\nb"), ["sh", "-c", "a; ; b"]);
    }
}
