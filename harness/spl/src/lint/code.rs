//! What the lints look for: one table, from which the documentation is made.

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// See [`codes`].
    AlwaysTrue,
    /// See [`codes`].
    CanNeverMatch,
    /// See [`codes`].
    CaseMismatch,
    /// See [`codes`].
    ComparedAsText,
    /// See [`codes`].
    DefaultLimit,
    /// See [`codes`].
    DuplicateCondition,
    /// See [`codes`].
    EmptyColumn,
    /// See [`codes`].
    LeadingWildcard,
    /// See [`codes`].
    MixedOperators,
    /// See [`codes`].
    NoSuchField,
    /// See [`codes`].
    NotEqualNeedsField,
    /// See [`codes`].
    NullDropsRows,
    /// See [`codes`].
    NumberAsText,
    /// See [`codes`].
    OneSidedAnchor,
    /// See [`codes`].
    RegexInSearch,
    /// See [`codes`].
    RemovedField,
    /// See [`codes`].
    RenamedSourcetype,
    /// See [`codes`].
    SearchSyntaxInWhere,
    /// See [`codes`].
    TimeRangeInText,
    /// See [`codes`].
    UnanchoredPattern,
    /// See [`codes`].
    UnescapedDot,
    /// See [`codes`].
    UnreachableBranch,
    /// See [`codes`].
    ValueIsNoField,
    /// See [`codes`].
    WildcardInMiddle,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The search does something that its author should know.
    Note,
    /// The search probably does not do what is meant.
    Warning,
    /// A part of the search can never do anything.
    Error,
}

/// What is known about a code: its entry in the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Lint {
    /// The code.
    pub code: Code,
    /// Its name in kebab case, which stays the same.
    pub name: &'static str,
    /// How bad it usually is.
    pub severity: Severity,
    /// What is found.
    pub what: &'static str,
    /// Why it matters, with its source where Splunk documents it.
    pub why: &'static str,
    /// What to write instead.
    pub way_out: &'static str,
}

impl Code {
    /// The stable name of the code, in kebab case.
    pub fn name(self) -> &'static str {
        self.lint().name
    }

    /// The entry of the code.
    pub fn lint(self) -> &'static Lint {
        // The table is in the order of the codes, as a test holds.
        &LINTS[self as usize]
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// All codes with their explanations, sorted by name.
pub fn codes() -> impl Iterator<Item = &'static Lint> {
    LINTS.iter()
}

macro_rules! lints {
    ($($code:ident $name:literal $severity:ident, $what:literal, $why:literal, $way_out:literal;)*) => {
        static LINTS: &[Lint] = &[$(Lint {
            code: Code::$code,
            name: $name,
            severity: Severity::$severity,
            what: $what,
            why: $why,
            way_out: $way_out,
        },)*];
    };
}

lints! {
    AlwaysTrue "always-true" Warning,
        "A clause that every event passes.",
        "It decides nothing: either it is left over, or something else is meant.",
        "Remove it, or write what is meant.";
    CanNeverMatch "can-never-match" Error,
        "A clause, a value or an alternative that no event passes.",
        "Other clauses that must hold as well exclude it, so that it finds nothing.",
        "Remove it, or correct the clause that excludes it.";
    CaseMismatch "case-mismatch" Error,
        "Text in lower (or upper) case is compared with text that has letters of the other case.",
        "`eval` and `where` mind case, so that the two are never the same \
         (Search Reference, \"where\").",
        "Write the text in the case of the other side.";
    ComparedAsText "compared-as-text" Warning,
        "`<`, `<=`, `>` or `>=` with a value that is no number.",
        "Values are compared as text where one of them is no number: `9` is then greater than \
         `10` (Search Reference, \"search\").",
        "Compare with a number.";
    DefaultLimit "default-limit" Note,
        "A command leaves out rows although the text names no limit.",
        "`sort` keeps 10,000 rows unless it says otherwise, and later commands see only these \
         (Search Reference, \"sort\"); `join` takes one row of its subsearch for each row \
         (Search Reference, \"join\").",
        "Write `sort 0` to keep all rows, and `max=0` in `join` to take all.";
    DuplicateCondition "duplicate-condition" Error,
        "A branch of `case()` with the condition of an earlier branch.",
        "`case()` takes the first branch that is true, so that this one is never taken.",
        "Remove the branch, or correct its condition.";
    EmptyColumn "empty-column" Warning,
        "A column that no event of this kind fills.",
        "The events that the search takes do not have the field: the column is always empty.",
        "Remove the column, or take it from events that have it.";
    LeadingWildcard "leading-wildcard" Note,
        "A term of the base search that starts with `*`.",
        "The index cannot be used for it: every event has to be read (Search Manual, \
         \"Wildcards\").",
        "Name the field, or write the start of the term.";
    MixedOperators "mixed-operators" Warning,
        "AND and OR side by side without parentheses.",
        "`search` takes OR first, `where` and `eval` take AND first (Search Manual, \"Boolean \
         expressions with logical operators\"): one of two readers is wrong.",
        "Put what belongs together in parentheses.";
    NoSuchField "no-such-field" Error,
        "A field that no event of this kind has.",
        "Names of fields mind case, and each kind of event has its own fields. A comparison with \
         a missing field is never true, and `stats ... by` it leaves no row.",
        "Take the field that the events have.";
    NotEqualNeedsField "not-equal-needs-field" Note,
        "`!=` in `search` on a field that may be missing.",
        "It finds only events that have the field (Search Manual, \"Difference between != and \
         NOT\").",
        "Write `NOT field=value` if events without the field are meant too.";
    NullDropsRows "null-drops-rows" Note,
        "`where` with a negation on a field that may be missing.",
        "An expression with a missing field is null, and its negation too: `where` drops the row.",
        "Add `OR isnull(field)` if rows without the field are meant too.";
    NumberAsText "number-as-text" Error,
        "A numeric field is compared with text that no such number is written as.",
        "`=` in `search` compares text: `03` and `3.0` are not `3` (Search Reference, \
         \"search\").",
        "Write the number as events have it.";
    OneSidedAnchor "one-sided-anchor" Warning,
        "An anchor that holds for the first or the last alternative of a pattern only.",
        "`|` binds weakest: `^a|b` is `^a`, or `b` anywhere.",
        "Put the alternatives in a group: `^(?:a|b)`.";
    RegexInSearch "regex-in-search" Warning,
        "A value of `search` with the syntax of a regular expression.",
        "Only `*` is special there; everything else stands for itself (Search Manual, \
         \"Wildcards\").",
        "Use `| regex field=\"...\"`, or `*`.";
    RemovedField "removed-field" Error,
        "A field is read that an earlier command took away.",
        "After `table`, `fields` or `stats` no other field is left: the field is null.",
        "Let the earlier command keep it, or read it before.";
    RenamedSourcetype "renamed-sourcetype" Warning,
        "A source type that add-ons of today rename.",
        "Splunk renames it at search time: a search must name the new one (props.conf, \
         `rename`), and this one finds nothing.",
        "Compare `source`, which stays the same.";
    SearchSyntaxInWhere "search-syntax-in-where" Warning,
        "A wildcard or a subnet in text that `where` or `eval` compares.",
        "Only `search` knows them: in an expression `*` stands for itself, and `10.0.0.0/8` is \
         text (Search Reference, \"where\").",
        "Use `like(field, \"%...%\")` or `cidrmatch(\"...\", field)`, or `| search`.";
    TimeRangeInText "time-range-in-text" Note,
        "A time range in the text of the search.",
        "`earliest` and `latest` in the text hold whatever range is asked for: events outside of \
         it are never seen (Search Manual, \"Specify time modifiers in your search\").",
        "Leave the time range to whoever runs the search, unless it belongs to the detection.";
    UnanchoredPattern "unanchored-pattern" Warning,
        "A pattern on a path or host name that part of another name matches.",
        "Patterns match anywhere in the text: `chrome\\.exe` is found in `notchrome.exe`.",
        "Anchor the pattern at both ends of the name.";
    UnescapedDot "unescaped-dot" Warning,
        "A `.` without a backslash in what looks like the name of a file or host.",
        "It matches any character: `a.exe` is found in `alexe`.",
        "Write `\\.`.";
    UnreachableBranch "unreachable-branch" Warning,
        "A branch of `case()` that no row reaches.",
        "Earlier branches take every row: one of them is always true, or together they take every \
         value that the search admits.",
        "Remove the branch, or narrow the earlier ones.";
    ValueIsNoField "value-is-no-field" Warning,
        "A value of `search` that is the name of a field.",
        "The right side is always a value: two fields cannot be compared there (Search \
         Reference, \"search\").",
        "Use `| where left=right`, or put the value in quotation marks.";
    WildcardInMiddle "wildcard-in-middle" Note,
        "A `*` in the middle of a value with punctuation.",
        "Splunk's index splits values at punctuation, so that such a search can give inconsistent \
         results (Search Manual, \"Wildcards\").",
        "List the values, or filter with `| regex` or `| where like()` later.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_codes() {
        assert!(LINTS.is_sorted_by_key(|lint| lint.name));
        for (index, lint) in LINTS.iter().enumerate() {
            assert_eq!(lint.code as usize, index, "{}", lint.name);
            assert_eq!(lint.code.name(), lint.name);
            let json = serde_json::to_string(&lint.code).unwrap_or_default();
            assert_eq!(json, format!("\"{}\"", lint.name));
        }
    }
}
