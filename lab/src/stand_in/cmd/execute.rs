//! Runs a command that has been read as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::super::refusal::Refusal;
use super::super::system::{Child, Output, System};
use super::super::{STEP_LIMIT, Stop};
use super::parser::number;
use super::syntax::{Action, Command, Condition, If, Loop, Redirection, Stream, Target};
use crate::command_line;

/// Runs a command and returns the exit code that cmd.exe would end with.
pub(super) fn execute(command: &Command, system: &mut System<'_>) -> Result<i32, Stop> {
    let mut interpreter = Interpreter {
        system,
        variables: Vec::new(),
        output: Destination::Output,
        error: Destination::Error,
        error_level: 0,
        steps: 0,
    };
    interpreter.command(command)?;
    Ok(interpreter.error_level)
}

/// Where one of the output streams goes now.
#[derive(Debug, Clone)]
enum Destination {
    Output,
    Error,
    Null,
    File(Rc<File>),
}

struct Interpreter<'s, 'a> {
    system: &'s mut System<'a>,
    /// The loops around, outermost first.
    variables: Vec<(char, i32)>,
    output: Destination,
    error: Destination,
    error_level: i32,
    steps: u64,
}

impl Interpreter<'_, '_> {
    /// Whether the command succeeded, which is what `&&` and `||` ask.
    fn command(&mut self, command: &Command) -> Result<bool, Stop> {
        self.steps += 1;
        if self.steps > STEP_LIMIT {
            return Err(Refusal::of(format!("more than {STEP_LIMIT} steps")).into());
        }
        match command {
            Command::List(commands) => {
                let mut succeeded = true;
                for command in commands {
                    succeeded = self.command(command)?;
                }
                Ok(succeeded)
            }
            Command::Either(commands) => {
                for command in commands {
                    if self.command(command)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Command::Both(commands) => {
                for command in commands {
                    if !self.command(command)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Command::Block(body, redirections) => {
                self.redirected(redirections, |interpreter| interpreter.command(body))
            }
            Command::Loop(counting) => self.counting_loop(counting),
            Command::If(condition) => self.condition(condition),
            Command::Simple(action, redirections) => {
                self.redirected(redirections, |interpreter| interpreter.action(action))
            }
        }
    }

    fn redirected(
        &mut self,
        redirections: &[Redirection],
        body: impl FnOnce(&mut Self) -> Result<bool, Stop>,
    ) -> Result<bool, Stop> {
        let before = (self.output.clone(), self.error.clone());
        let mut opened = true;
        for redirection in redirections {
            match self.destination(&redirection.target) {
                Ok(destination) => match redirection.stream {
                    Stream::Output => self.output = destination,
                    Stream::Error => self.error = destination,
                },
                Err(reason) => {
                    self.complain(&reason)?;
                    self.error_level = 1;
                    opened = false;
                    break;
                }
            }
        }
        let result = if opened { body(self) } else { Ok(false) };
        (self.output, self.error) = before;
        result
    }

    fn destination(&self, target: &Target) -> Result<Destination, String> {
        let (path, append) = match target {
            Target::Null => return Ok(Destination::Null),
            Target::Stream(Stream::Output) => return Ok(self.output.clone()),
            Target::Stream(Stream::Error) => return Ok(self.error.clone()),
            Target::File { path, append } => (self.substitute(path), *append),
        };
        let missing = || "The system cannot find the path specified.".to_owned();
        let host = self.system.host_path(&path).ok_or_else(missing)?;
        let mut options = OpenOptions::new();
        options.create(true);
        if append {
            options.append(true);
        } else {
            options.write(true).truncate(true);
        }
        let file = options.open(host).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing(),
            _ => "Access is denied.".to_owned(),
        })?;
        Ok(Destination::File(Rc::new(file)))
    }

    fn counting_loop(&mut self, counting: &Loop) -> Result<bool, Stop> {
        let mut bounds = [0; 3];
        for (bound, text) in bounds.iter_mut().zip(&counting.bounds) {
            let text = self.substitute(text);
            *bound = number(&text)
                .ok_or_else(|| Refusal::of(format!("`for /L` with the bound `{text}`")))?;
        }
        let [start, step, end] = bounds;
        if step == 0 {
            return Err(Refusal::of("`for /L` with a step of 0, which never ends").into());
        }
        let mut value = start;
        let mut succeeded = true;
        while if step > 0 { value <= end } else { value >= end } {
            self.variables.push((counting.variable, value));
            let result = self.command(&counting.body);
            self.variables.pop();
            succeeded = result?;
            match value.checked_add(step) {
                Some(next) => value = next,
                None => break,
            }
        }
        Ok(succeeded)
    }

    fn condition(&mut self, condition: &If) -> Result<bool, Stop> {
        let holds = match &condition.condition {
            Condition::Exist(file) => self
                .system
                .host_path(&self.substitute(file))
                .is_some_and(|host| host.exists()),
            Condition::ErrorLevel(level) => self.error_level >= *level,
        };
        if holds != condition.negated {
            self.command(&condition.then)
        } else if let Some(otherwise) = &condition.otherwise {
            self.command(otherwise)
        } else {
            Ok(true)
        }
    }

    fn action(&mut self, action: &Action) -> Result<bool, Stop> {
        match action {
            Action::Nothing => Ok(true),
            Action::Echo(text) => {
                let line = self.substitute(text) + "\r\n";
                self.write(line.as_bytes())?;
                Ok(true)
            }
            Action::Set { name, value } => {
                let (name, value) = (self.substitute(name), self.substitute(value));
                self.system.environment.set(&name, &value);
                Ok(true)
            }
            Action::Delete(files) => {
                for file in files {
                    self.delete(&self.substitute(file))?;
                }
                Ok(true)
            }
            Action::ChangeDirectory(path) => self.change_directory(path.as_deref()),
            Action::Type(files) => {
                let mut all = true;
                for file in files {
                    all &= self.type_file(&self.substitute(file))?;
                }
                Ok(all)
            }
            Action::Exit(code) => Err(Stop::Exit(code.unwrap_or(self.error_level))),
            Action::Run { program, line } => self.run(program, &self.substitute(line)),
        }
    }

    /// As in cmd.exe, a file that isn't there is said but is no failure.
    fn delete(&mut self, file: &str) -> Result<(), Stop> {
        let host = self.system.host_path(file);
        match host.as_deref().map(fs::remove_file) {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                self.complain("Access is denied.")
            }
            _ => {
                let shown =
                    host.map_or_else(|| file.to_owned(), |host| self.system.windows_path(&host));
                self.complain(&format!("Could Not Find {shown}"))
            }
        }
    }

    fn change_directory(&mut self, path: Option<&str>) -> Result<bool, Stop> {
        let Some(path) = path else {
            let line = self.system.windows_directory() + "\r\n";
            self.write(line.as_bytes())?;
            return Ok(true);
        };
        match self.system.host_path(&self.substitute(path)) {
            Some(host) if host.is_dir() => {
                self.system.current_directory = host;
                Ok(true)
            }
            _ => self.fail("The system cannot find the path specified."),
        }
    }

    fn type_file(&mut self, file: &str) -> Result<bool, Stop> {
        if file.eq_ignore_ascii_case("nul") {
            return Ok(true);
        }
        match self.system.host_path(file).map(fs::read) {
            Some(Ok(content)) => {
                self.write(&content)?;
                Ok(true)
            }
            _ => self.fail("The system cannot find the file specified."),
        }
    }

    fn run(&mut self, called: &str, line: &str) -> Result<bool, Stop> {
        let Some(program) = self.find(called) else {
            return self.fail(&format!(
                "'{called}' is not recognized as an internal or external command,\r\n\
                 operable program or batch file."
            ));
        };
        self.system.stdout.flush()?;
        let child = Child {
            program,
            argv: command_line::split(line),
            environment: self.system.environment.clone(),
            current_directory: self.system.current_directory.clone(),
            stdout: self.output.for_child()?,
            stderr: self.error.for_child()?,
        };
        match self.system.programs.run(child) {
            Ok(code) => {
                self.error_level = code;
                Ok(code == 0)
            }
            Err(error) => self.fail(&format!("'{called}' can't be started: {error}")),
        }
    }

    /// A program as cmd.exe looks for it: at its path, or in the current
    /// directory and then along `PATH`, with `.com` and `.exe` tried.
    fn find(&self, called: &str) -> Option<PathBuf> {
        if called.contains(['\\', '/', ':']) {
            return self.program_in(&self.system.current_directory, called);
        }
        self.program_in(&self.system.current_directory, called)
            .or_else(|| {
                search_path(self.system)
                    .iter()
                    .find_map(|directory| self.program_in(directory, called))
            })
    }

    fn program_in(&self, directory: &Path, called: &str) -> Option<PathBuf> {
        let complete = Path::new(called).extension().is_some_and(|extension| {
            extension.eq_ignore_ascii_case("exe") || extension.eq_ignore_ascii_case("com")
        });
        let extensions: &[&str] = if complete { &[""] } else { &[".com", ".exe"] };
        extensions.iter().find_map(|extension| {
            self.system
                .drive
                .host(&format!("{called}{extension}"), directory)
                .filter(|host| host.is_file())
        })
    }

    /// The text with the loops' variables in place, `%i` as well as `%%i`.
    fn substitute(&self, text: &str) -> String {
        if self.variables.is_empty() {
            return text.to_owned();
        }
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            result.push_str(&rest[..at]);
            let name = &rest[at..].trim_start_matches('%');
            let signs = rest.len() - at - name.len();
            let letter = name.chars().next();
            let value = self
                .variables
                .iter()
                .rev()
                .find(|&&(variable, _)| Some(variable) == letter);
            if let Some(&(variable, value)) = value {
                result.extend(std::iter::repeat_n('%', signs.saturating_sub(2)));
                result.push_str(&value.to_string());
                rest = &name[variable.len_utf8()..];
            } else {
                result.extend(std::iter::repeat_n('%', signs));
                rest = name;
            }
        }
        result.push_str(rest);
        result
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let destination = self.output.clone();
        destination.write(self.system, bytes)
    }

    /// Says something on standard error.
    fn complain(&mut self, message: &str) -> Result<(), Stop> {
        let destination = self.error.clone();
        destination.write(self.system, format!("{message}\r\n").as_bytes())
    }

    fn fail(&mut self, message: &str) -> Result<bool, Stop> {
        self.complain(message)?;
        self.error_level = 1;
        Ok(false)
    }
}

impl Destination {
    fn write(&self, system: &mut System<'_>, bytes: &[u8]) -> Result<(), Stop> {
        match self {
            Self::Output => system.stdout.write_all(bytes)?,
            Self::Error => system.stderr.write_all(bytes)?,
            Self::Null => {}
            Self::File(file) => (&**file).write_all(bytes)?,
        }
        Ok(())
    }

    fn for_child(&self) -> io::Result<Output> {
        Ok(match self {
            Self::Output => Output::Stdout,
            Self::Error => Output::Stderr,
            Self::Null => Output::Null,
            Self::File(file) => Output::File(file.try_clone()?),
        })
    }
}

/// The directories of `PATH` that lie in the drive: in Windows' form
/// (`C:\Windows\System32;…`) or the host's (`/c/Windows/System32:…`).
fn search_path(system: &System<'_>) -> Vec<PathBuf> {
    let path = system.environment.get("PATH").unwrap_or_default();
    let root = system.drive.root();
    if path.starts_with('/') {
        return path
            .split(':')
            .map(PathBuf::from)
            .filter(|directory| directory.starts_with(root))
            .collect();
    }
    path.split(';')
        .filter_map(|directory| system.drive.host(directory.trim_matches('"'), root))
        .collect()
}
