//! Functions that Splunk has and this engine does not evaluate, and why.

/// A function that is refused by name.
pub(in crate::expression) struct Refused {
    pub(in crate::expression) name: &'static str,
    /// What to do instead, or why it cannot be done here.
    pub(in crate::expression) help: &'static str,
}

const SPL2: &str = "it belongs to SPL2, the language of Splunk's pipelines";

/// All of them, sorted by name.
pub(in crate::expression) static REFUSED: &[Refused] = &[
    Refused {
        name: "array_to_mv",
        help: "write `json_array_to_mv(<array>)`",
    },
    Refused {
        name: "cluster",
        help: "it groups events by likeness, by rules that are not documented",
    },
    Refused {
        name: "filter",
        help: SPL2,
    },
    Refused {
        name: "getfields",
        help: "name the fields, or use `foreach`",
    },
    Refused {
        name: "lookup",
        help: "use the command `lookup`",
    },
    Refused {
        name: "map",
        help: SPL2,
    },
    Refused {
        name: "random",
        help: "its value differs from run to run, so that no result could be relied on",
    },
    Refused {
        name: "reduce",
        help: SPL2,
    },
];

/// Names of other languages for what SPL says otherwise, sorted, and how.
pub(in crate::expression) static FOREIGN: &[(&str, &str)] = &[
    ("concat", "join texts with `.`: `<text> . <text>`"),
    (
        "contains",
        "write `like(<text>, \"%...%\")` or `match(<text>, <regex>)`",
    ),
    ("endswith", "write `like(<text>, \"%...\")`"),
    ("iif", "write `if(<predicate>, <value>, <value>)`"),
    ("ifnull", "write `coalesce(<value>, <value>)`"),
    ("indexof", "write `len(mvindex(split(<text>, <part>), 0))`"),
    ("isempty", "write `isnull(<field>) OR <field>=\"\"`"),
    ("not", "write `NOT <predicate>`"),
    ("nvl", "write `coalesce(<value>, <value>)`"),
    ("regex", "write `match(<text>, <regex>)`"),
    ("regexmatch", "write `match(<text>, <regex>)`"),
    ("regex_match", "write `match(<text>, <regex>)`"),
    ("startswith", "write `like(<text>, \"...%\")`"),
    ("substring", "write `substr(<text>, <start>, <length>)`"),
    ("to_lower", "write `lower(<text>)`"),
    ("to_upper", "write `upper(<text>)`"),
    ("tolower", "write `lower(<text>)`"),
    ("toupper", "write `upper(<text>)`"),
];
