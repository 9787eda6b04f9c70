//! Any text as an expression of `eval` and `where`.

use std::sync::Arc;

use crate::search;

/// Any text as an expression: on its own row, over events, and as a condition,
/// which keeps what `if` takes for true.
///
/// # Panics
///
/// Where something does not hold.
pub fn expressions(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let knowledge = Arc::default();
    search::check(&format!("| makeresults | eval x={text}"), &knowledge);
    search::check(&format!("* | eval a={text}"), &knowledge);
    let kept = search::check(&format!("* | where {text}"), &knowledge);
    // Nothing but a condition.
    if kept.is_some() && !text.contains(['|', '[', '`']) {
        let counted = search::check(
            &format!("* | eval kept=if({text}\n, 1, 0) | search kept=1"),
            &knowledge,
        );
        if let (Some(kept), Some(counted)) =
            (search::rows(kept.as_ref()), search::rows(counted.as_ref()))
        {
            assert_eq!(kept, counted, "where and if do not agree");
        }
    }
}
