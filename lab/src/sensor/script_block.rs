//! Script blocks as PowerShell on Linux writes them to the system log: one
//! datagram of `syslog(3)` for each block, or for each part of a long one.
//!
//! ```text
//! <134>Jan 31 12:00:00 powershell[1402]: (7.4.6:1:80) [ScriptBlock_Compile_Detail:ExecuteCommand.Create.Verbose] Creating Scriptblock text (1 of 1):
//! Get-Date
//!
//! ScriptBlock ID: 4fd4b1a2-9d0a-4b5e-8c2f-0a1b2c3d4e5f
//! Path:
//! ```
//!
//! The message's own line breaks are in it as they are: `#012` and the like are the
//! work of the daemon that writes files. Those of the text are symbols, see
//! [`LINE_BREAK`]. A block of 20,000 characters or more comes in parts of 10,000 to
//! 20,000. What is not cut off ends with the id and the path.
//!
//! Source: `about_Logging_Non-Windows` on Microsoft Learn for the header; for
//! the rest PowerShell's source (`SysLogProvider.cs`, `CompiledScriptBlock.cs`,
//! and message 4104 of its manifest, from which `ResxGen` makes the text), its
//! `nativesyslog.cpp` (`openlog` with `LOG_PID`), and syslog(3). Not tried with a
//! real PowerShell here.

use thiserror::Error;
use uuid::Uuid;

/// What every script block's message has, and hardly another.
pub(crate) const MARK: &str = "[ScriptBlock_Compile_Detail:";

/// What PowerShell on Linux writes in a text in the place of each line feed and
/// each carriage return, since 7.0 (`FormatLogString` in `CompiledScriptBlock.cs`,
/// pull request 10616).
pub(crate) const LINE_BREAK: char = '\u{23CE}';

/// The name under which PowerShell logs, where its configuration gives no other.
const IDENTITY: &str = "powershell";

/// One script block, or one part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScriptBlock<'a> {
    /// The process that the message says it is from.
    pub(crate) process_id: u32,
    /// Which part it is, from 1 on.
    pub(crate) number: u32,
    /// How many parts there are.
    pub(crate) total: u32,
    /// The text, as it is logged.
    pub(crate) text: &'a str,
    /// The block's id, as it is written.
    pub(crate) id: &'a str,
    /// The file that it is from; empty if from none.
    pub(crate) path: &'a str,
}

/// A message that should be a script block, and cannot be read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Unread {
    /// The header of `syslog(3)` is not there.
    #[error("it does not begin as a message of `{IDENTITY}` to the system log")]
    Header,
    /// It does not say which part of how many it is.
    #[error("it does not say which part of how many it is")]
    Part,
    /// The end is missing, with the id.
    #[error("its end, with the id and the path, is missing")]
    End,
}

/// Reads one datagram. `None` if it is about something else than a script
/// block.
pub(crate) fn parse(datagram: &str) -> Result<Option<ScriptBlock<'_>>, Unread> {
    let (header, message) = datagram.split_once("]: ").ok_or(Unread::Header)?;
    let (before, process_id) = header.rsplit_once('[').ok_or(Unread::Header)?;
    let is_powershell = before
        .strip_suffix(IDENTITY)
        .is_some_and(|before| before.is_empty() || before.ends_with([' ', '>']));
    let process_id = number(process_id).filter(|_| is_powershell);
    let process_id = process_id.ok_or(Unread::Header)?;
    // The build, the thread and the channel, in parentheses; then the event.
    let Some((_, event)) = message
        .strip_prefix('(')
        .and_then(|message| message.split_once(") ["))
    else {
        return Ok(None);
    };
    let Some((_, message)) = event
        .strip_prefix(&MARK[1..])
        .and_then(|event| event.split_once("] "))
    else {
        return Ok(None);
    };
    let (part, total, line_break, rest) = parts(message).ok_or(Unread::Part)?;
    if (part, total) == (0, 0) {
        // No script block: why one could not be encrypted.
        return Ok(None);
    }
    if part == 0 || part > total {
        return Err(Unread::Part);
    }
    let (text, id, path) = end(rest, line_break).ok_or(Unread::End)?;
    Ok(Some(ScriptBlock {
        process_id,
        number: part,
        total,
        text,
        id,
        path,
    }))
}

/// Which part of how many, how the message breaks its lines (a text may have line
/// breaks of its own), and what follows that line.
fn parts(message: &str) -> Option<(u32, u32, &'static str, &str)> {
    let rest = message.strip_prefix("Creating Scriptblock text (")?;
    let (part, rest) = rest.split_once(" of ")?;
    let (total, rest) = rest.split_once("):")?;
    let (line_break, rest) = ["\n", "\r\n"]
        .into_iter()
        .find_map(|line_break| Some((line_break, rest.strip_prefix(line_break)?)))?;
    Some((number(part)?, number(total)?, line_break, rest))
}

/// The text, the id and the path. A text may itself hold what looks like an
/// end: the last one is it.
fn end<'a>(rest: &'a str, line_break: &str) -> Option<(&'a str, &'a str, &'a str)> {
    const ID: &str = "ScriptBlock ID: ";
    let (text, end) = rest.rsplit_once(ID)?;
    let text = text.strip_suffix(line_break)?.strip_suffix(line_break)?;
    let (id, path) = end.split_once(line_break)?;
    Uuid::try_parse(id).ok()?;
    let path = path.strip_prefix("Path:")?;
    let path = path.strip_prefix(' ').unwrap_or(path);
    Some((text, id, path.trim_end_matches(['\r', '\n', '\0'])))
}

/// A number in decimal digits and nothing else.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "4fd4b1a2-9d0a-4b5e-8c2f-0a1b2c3d4e5f";

    fn datagram(part: &str, text: &str, path: &str) -> String {
        format!(
            "<134>Jan 31 12:00:00 powershell[1402]: (7.4.6:1:80) \
             [ScriptBlock_Compile_Detail:ExecuteCommand.Create.Verbose] \
             Creating Scriptblock text ({part}):\n{text}\n\nScriptBlock ID: {ID}\nPath: {path}"
        )
    }

    #[test]
    fn a_script_block_is_read_with_its_part_id_and_path() {
        let text = datagram("2 of 3", "a;\n\nb", "/c/Users/analyst/x.ps1");
        assert_eq!(
            parse(&text),
            Ok(Some(ScriptBlock {
                process_id: 1402,
                number: 2,
                total: 3,
                text: "a;\n\nb",
                id: ID,
                path: "/c/Users/analyst/x.ps1",
            }))
        );
        // Windows' line breaks, and other builds' names and channels.
        let text = text.replace('\n', "\r\n");
        let text = text.replace("(7.4.6:1:80)", "(v6.1.0 SHA: ab12:A:10)");
        let block = parse(&text).unwrap().unwrap();
        assert_eq!((block.text, block.id), ("a;\r\n\r\nb", ID));
        assert_eq!(block.path, "/c/Users/analyst/x.ps1");
    }

    #[test]
    fn a_text_may_be_empty_end_in_line_breaks_and_quote_a_message() {
        let quoted = datagram("1 of 1", "inner", "");
        for text in ["", "\n", "a\n\n", "[x]: y", &quoted] {
            let datagram = datagram("1 of 1", text, "");
            let block = parse(&datagram).unwrap().unwrap();
            assert_eq!((block.text, block.path), (text, ""));
        }
        // syslog(3) has no blank at the end of an empty path to cut, and some
        // relays have.
        let whole = datagram("1 of 1", "a", "");
        assert_eq!(parse(whole.trim_end()).unwrap().unwrap().text, "a");
    }

    #[test]
    fn what_is_no_script_block_is_none() {
        for message in [
            "(7.4.6:1:10) [Perftrack_ConsoleStartupStart:PowershellConsoleStartup.WinStart.Informational] PowerShell console is starting up",
            "(7.4.6:1:10) [ScriptBlock_Invoke_Start_Detail:CommandStart.Create.Verbose] Started invocation of ScriptBlock ID: x",
            "something else",
            "(7.4.6:1:80) [ScriptBlock_Compile_Detail:ExecuteCommand.Create.Error] Creating Scriptblock text (0 of 0):\nno certificate\n\nScriptBlock ID: x\nPath: ",
        ] {
            let datagram = format!("<134>Jan 31 12:00:00 powershell[7]: {message}");
            assert_eq!(parse(&datagram), Ok(None), "{message}");
        }
    }

    #[test]
    fn what_is_cut_or_of_another_form_says_what_is_missing() {
        let whole = datagram("1 of 1", "Get-Date", "/x.ps1");
        let changed = |from: &str, to: &str| {
            assert!(whole.contains(from), "{from}");
            whole.replace(from, to)
        };
        for (datagram, unread) in [
            (changed("powershell[1402]", "powershell"), Unread::Header),
            (changed("[1402]", "[-1]"), Unread::Header),
            (changed("powershell[", "notpowershell["), Unread::Header),
            (changed("powershell[", "curl["), Unread::Header),
            (String::new(), Unread::Header),
            (changed("1 of 1", "2 of 1"), Unread::Part),
            (changed("1 of 1", "0 of 1"), Unread::Part),
            (changed("1 of 1", "+1 of 1"), Unread::Part),
            (changed("Creating", "Erstelle"), Unread::Part),
            (changed("\nPath: /x.ps1", ""), Unread::End),
            (changed("-4b5e-", "-"), Unread::End),
            (changed("Get-Date\n\n", "Get-Date\n"), Unread::End),
            (changed("ScriptBlock ID", "Script"), Unread::End),
        ] {
            assert_eq!(parse(&datagram), Err(unread), "{datagram}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&String::from_utf8_lossy(&bytes));
        }

        /// Wherever a datagram is cut, or whatever is put into it, there is an
        /// answer; and only the whole of it has the whole text.
        #[test]
        fn any_cut_and_any_insertion_is_read_without_a_panic(
            text in "[a-z\n\r\\]\\[():é]{0,40}",
            at in 0_usize..300,
            insertion in "[\\]\\[():\n 0-9]{0,6}",
        ) {
            let whole = datagram("1 of 1", &text, "/x");
            let block = parse(&whole).unwrap().unwrap();
            prop_assert_eq!(block.text, text.as_str());
            let at = whole.floor_char_boundary(at.min(whole.len()));
            let _ = parse(&whole[..at]);
            let _ = parse(&format!("{}{insertion}{}", &whole[..at], &whole[at..]));
        }
    }
}
