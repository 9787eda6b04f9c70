//! Any text as a regular expression of the commands and functions that take
//! one: it is refused, or it matches, or it meets a limit.

use std::sync::Arc;

use crate::search;

/// Any text as a pattern.
///
/// # Panics
///
/// Where something does not hold.
pub fn regexes(bytes: &[u8]) {
    let Ok(pattern) = str::from_utf8(bytes) else {
        return;
    };
    let knowledge = Arc::default();
    let quoted = pattern.replace('\\', "\\\\").replace('"', "\\\"");
    let of_function = search::check(
        &format!("* | where mvcount(a)=1 | where match(a, \"{quoted}\")"),
        &knowledge,
    );
    let of_command = search::check(
        &format!("* | where mvcount(a)=1 | regex a=\"{pattern}\""),
        &knowledge,
    );
    // Without these both read the pattern as it stands.
    if !pattern.contains(['\\', '"'])
        && let (Some(function), Some(command)) = (
            search::rows(of_function.as_ref()),
            search::rows(of_command.as_ref()),
        )
    {
        assert_eq!(function, command, "match() and regex do not agree");
    }
    for command in [
        format!("eval b=replace(b, \"{quoted}\", \"<\\1>\"), c=mvfilter(match(c, \"{quoted}\"))"),
        format!("rex max_match=0 \"{pattern}\""),
        format!("rex field=c offset_field=o \"(?<found>{pattern})\""),
        format!("rex field=a mode=sed \"s/{pattern}/x&\\1/g\""),
        format!("makemv tokenizer=\"({pattern})\" c"),
    ] {
        search::check(&format!("* | {command}"), &knowledge);
    }
}
