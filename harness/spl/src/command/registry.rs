//! The table of all commands that this engine evaluates.

use super::{
    Generates, Specification, accum, addtotals, append, appendpipe, bin, convert, dedup, delta,
    eval, fields, filldown, fillnull, foreach, format, head, inputlookup, join, lookup,
    makeresults, multivalue, regex, rename, replace, reverse, rex, search, sort, spath, stats,
    table, tail, top_rare, transaction, where_, xmlkv,
};
use crate::reference::{Entry, at_most_one};

macro_rules! commands {
    ($($name:literal $generates:ident, $syntax:literal, $summary:literal, $source:literal,
       $(unconfirmed $unconfirmed:literal,)? |$cursor:ident, $planner:pat_param| $parse:expr;)*) => {
        /// All commands that this engine evaluates, sorted by name.
        pub(crate) static COMMANDS: &[Specification] = &[$(Specification {
            entry: Entry {
                name: $name,
                syntax: $syntax,
                summary: $summary,
                source: $source,
                unconfirmed: at_most_one(&[$($unconfirmed)?]),
            },
            generates: Generates::$generates,
            parse: |$cursor, $planner| Ok(Box::new($parse?)),
        },)*];
    };
}

commands! {
    "accum" Never, "accum <field> [AS <field>]",
        "Adds up a field from row to row.",
        "Search Reference, accum",
        unconfirmed "Sums of fractions have the digits of doubles.",
        |cursor, planner| accum::parse(cursor, planner);

    "addcoltotals" Never, "addcoltotals [labelfield=<field>] [label=<text>] [<field-list>]",
        "Adds a row with the sums of the columns.",
        "Search Reference, addcoltotals",
        unconfirmed "Columns without any number get no sum.",
        |cursor, planner| addtotals::parse(cursor, planner, true);

    "addtotals" Never, "addtotals [row=<bool>] [col=<bool>] [labelfield=<field>] \
                     [label=<text>] [fieldname=<field>] [<field-list>]",
        "Adds the sum of each row, and a row with the sums of the columns.",
        "Search Reference, addtotals",
        unconfirmed "A row without any number has the sum 0; sums of fractions have the digits of doubles.",
        |cursor, planner| addtotals::parse(cursor, planner, false);

    "append" Never, "append [maxout=<count>] <subsearch>",
        "Adds the rows of a subsearch after the rows at hand, 50,000 at most.",
        "Search Reference, append; limits.conf.spec",
        |cursor, planner| append::rows(cursor, planner);

    "appendcols" Never, "appendcols [override=<bool>] [maxout=<count>] <subsearch>",
        "Adds the fields of a subsearch's rows to the rows at hand, one by one.",
        "Search Reference, appendcols",
        |cursor, planner| append::columns(cursor, planner);

    "appendpipe" Never, "appendpipe [<command> | <command>...]",
        "Runs commands on a copy of the rows, and adds what they give.",
        "Search Reference, appendpipe",
        |cursor, planner| appendpipe::parse(cursor, planner);

    "bin" Never, "bin [span=<span>] [bins=<count>] [start=<number>] [end=<number>] \
                     [aligntime=<time>] <field> [AS <field>]",
        "Puts numbers and times into sets of equal size.",
        "Search Reference, bin",
        unconfirmed "Days, weeks and longer spans follow the time zone, spans of several \
                 days or weeks counted from 1970-01-01; other numbers become the text \
                 of their range.",
        |cursor, planner| bin::parse(cursor, planner);

    "bucket" Never, "bucket <arguments of bin>",
        "The same as bin.",
        "Search Reference, bin",
        |cursor, planner| bin::parse(cursor, planner);

    "convert" Never, "convert [timeformat=<text>] <function>(<field>) [AS <field>] ...",
        "Makes numbers of texts, and times of numbers and back.",
        "Search Reference, convert",
        unconfirmed "Values that cannot be converted stay as they are, but for `num()`.",
        |cursor, planner| convert::parse(cursor, planner);

    "dedup" Never, "dedup [<count>] <field-list> [keepevents=<bool>] [keepempty=<bool>] \
                     [consecutive=<bool>] [sortby [+|-] <field>...]",
        "Keeps the first rows of each combination of values, and drops rows \
                      that lack one.",
        "Search Reference, dedup",
        unconfirmed "With `keepevents`, rows that lack a field are dropped all the same.",
        |cursor, planner| dedup::parse(cursor, planner);

    "delta" Never, "delta <field> [AS <field>] [p=<count>]",
        "The difference between a field and the same field some rows before.",
        "Search Reference, delta",
        unconfirmed "The difference of fractions has the digits of doubles.",
        |cursor, planner| delta::parse(cursor, planner);

    "discretize" Never, "discretize <arguments of bin>",
        "The same as bin.",
        "Search Reference, bin",
        |cursor, planner| bin::parse(cursor, planner);

    "eval" Never, "eval <field>=<expression> [, <field>=<expression>]...",
        "Computes fields, from left to right; a null result removes the field.",
        "Search Reference, eval",
        unconfirmed "Of `{name}`, which stands for the value of a field, nothing is set where that \
                 is null; `name{}` is a name as any other.",
        |cursor, planner| eval::parse(cursor, planner);

    "eventstats" Never, "eventstats [allnum=<bool>] <function>[(<field>)] [AS <field>] ... \
                     [BY <field-list>]",
        "Adds to each row what `stats` computes over all rows, or over its group.",
        "Search Reference, eventstats",
        unconfirmed "A row that lacks a BY field gets nothing added.",
        |cursor, planner| stats::eventstats::parse(cursor, planner);

    "fields" Never, "fields [+|-] <field-list>",
        "Keeps or removes fields; `_time` and `_raw` stay unless removed by name.",
        "Search Reference, fields",
        unconfirmed "Wildcards mean internal fields only if they start with an underscore.",
        |cursor, planner| fields::parse(cursor, planner);

    "filldown" Never, "filldown [<field-list>]",
        "Gives missing fields the last value that a row before had.",
        "Search Reference, filldown",
        unconfirmed "Without a list, internal fields are left out.",
        |cursor, planner| filldown::parse(cursor, planner);

    "fillnull" Never, "fillnull [value=<text>] [<field-list>]",
        "Gives missing fields a value: 0, or what it says.",
        "Search Reference, fillnull",
        unconfirmed "Without a list, internal fields are left out.",
        |cursor, planner| fillnull::parse(cursor, planner);

    "foreach" Never, "foreach [mode=multifield] <field-list> [<commands with <<FIELD>>>]",
        "Runs commands for each of many fields.",
        "Search Reference, foreach",
        unconfirmed "A field that is named without a wildcard need not be there.",
        |cursor, planner| foreach::parse(cursor, planner);

    "format" Never, "format [mvsep=<text>] [maxresults=<count>] [<six texts>] [emptystr=<text>]",
        "Makes one row of all rows: the text of a search for them.",
        "Search Reference, format",
        unconfirmed "Backslashes and quotation marks in values are escaped.",
        |cursor, planner| format::parse(cursor, planner);

    "head" Never, "head [<count> | limit=<count>] [(<predicate>)] [null=<bool>] \
                     [keeplast=<bool>]",
        "Keeps the first rows: 10, or as many as it says, or as long as a \
                      condition holds.",
        "Search Reference, head",
        |cursor, planner| head::parse(cursor, planner);

    "inputlookup" Anywhere, "inputlookup [append=<bool>] [strict=<bool>] [start=<count>] [max=<count>] \
                     <lookup> [where <logical-expression>]",
        "Takes rows from the table of a lookup.",
        "Search Reference, inputlookup",
        unconfirmed "An empty cell is a missing value; `start` and `max` count before `where` does.",
        |cursor, planner| inputlookup::parse(cursor, planner);

    "join" Never, "join [type=inner|left|outer] [overwrite=<bool>] [max=<count>] [<field-list>] <subsearch>",
        "Merges each row with the first rows of a subsearch that have the same values, of 50,000 at most.",
        "Search Reference, join; limits.conf.spec",
        unconfirmed "Values are compared as text with their case; a row that lacks a field joins nothing.",
        |cursor, planner| join::parse(cursor, planner);

    "lookup" Never, "lookup [local=<bool>] [update=<bool>] <lookup> <column> [AS <field>], ... \
                     [OUTPUT|OUTPUTNEW <column> [AS <field>], ...]",
        "Adds fields from the rows of a table that match.",
        "Search Reference, lookup; transforms.conf.spec",
        unconfirmed "An empty cell is a missing value; each value of a multivalue field is looked up \
                 for itself; a row that matches with an empty cell clears the field under OUTPUT.",
        |cursor, planner| lookup::parse(cursor, planner);

    "makemv" Never, "makemv [delim=\"<text>\" | tokenizer=\"<regular-expression>\"] [allowempty=<bool>] <field>",
        "Splits a field into several values.",
        "Search Reference, makemv",
        |cursor, planner| multivalue::make::parse(cursor, planner);

    "makeresults" First, "makeresults [count=<count>] [format=csv|json data=\"<text>\"]",
        "Makes rows with a time, or from data in the text.",
        "Search Reference, makeresults",
        unconfirmed "Data in JSON come with `_raw` and `_time`, in CSV without; blanks in CSV stay.",
        |cursor, planner| makeresults::parse(cursor, planner);

    "mvcombine" Never, "mvcombine [delim=\"<text>\"] <field>",
        "Makes one row of rows that differ in one field only.",
        "Search Reference, mvcombine",
        |cursor, planner| multivalue::combine::parse(cursor, planner);

    "mvexpand" Never, "mvexpand <field> [limit=<count>]",
        "Makes a row of each value of a multivalue field.",
        "Search Reference, mvexpand",
        unconfirmed "A row without the field stays as it is.",
        |cursor, planner| multivalue::expand::parse(cursor, planner);

    "nomv" Never, "nomv <field>",
        "Makes one value of the values of a multivalue field.",
        "Search Reference, nomv",
        |cursor, planner| multivalue::no::parse(cursor, planner);

    "rare" Never, "rare [<count>] [<options of top>] <field-list> [BY <field-list>]",
        "The least frequent combinations of values.",
        "Search Reference, rare",
        unconfirmed "Of values that are equally frequent the lower text comes first.",
        |cursor, planner| top_rare::parse(cursor, planner, top_rare::End::Rare);

    "regex" Never, "regex [<field>=|<field>!=]\"<regular-expression>\"",
        "Keeps the rows that match, or with `!=` those that do not.",
        "Search Reference, regex; Search Manual, SPL and regular expressions",
        unconfirmed "`!=` keeps rows without the field; a multivalue field matches by one of its \
                 values.",
        |cursor, planner| regex::parse(cursor, planner);

    "rename" Never, "rename <field> AS <field> [, <field> AS <field>]...",
        "Renames fields, with `*` also many at once.",
        "Search Reference, rename",
        unconfirmed "Renaming a missing field clears the new name; wildcards mean internal \
                 fields only if they start with an underscore.",
        |cursor, planner| rename::parse(cursor, planner);

    "replace" Never, "replace <value> WITH <value>... [IN <field-list>]",
        "Gives values other values, with `*` for any text.",
        "Search Reference, replace",
        unconfirmed "Case matters.",
        |cursor, planner| replace::parse(cursor, planner);

    "return" Never, "return [<count>] [<alias>=]<field> | $<field>...",
        "Makes one row of the first rows, as the text of a search.",
        "Search Reference, return",
        unconfirmed "Backslashes in values are escaped.",
        |cursor, planner| format::parse_return(cursor, planner);

    "reverse" Never, "reverse",
        "Turns the order of the rows around.",
        "Search Reference, reverse",
        |cursor, _| reverse::parse(cursor);

    "rex" Never, "rex [field=<field>] (\"<regular-expression>\" [max_match=<count>] \
                     [offset_field=<field>] | mode=sed \"<sed-expression>\")",
        "Takes fields out of a text by named groups, or changes the text.",
        "Search Reference, rex; Search Manual, SPL and regular expressions",
        unconfirmed "Each value of a multivalue field is matched for itself; a group that takes no \
                 part in the match leaves its field alone; in a sed replacement `\\n` is a line \
                 break, and `&` only itself.",
        |cursor, planner| rex::parse(cursor, planner);

    "search" Never, "[search] <logical-expression>",
        "Keeps events by field values and by terms in their raw text; OR binds \
                      tighter than AND.",
        "Search Reference, search; Search Manual, Boolean expressions",
        unconfirmed "A multivalue field passes if one of its values does, for `!=` too; \
                 `index=*` leaves out internal indexes.",
        |cursor, planner| search::parse_later(cursor, planner);

    "sort" Never, "sort [<count>] [+|-] <field> [, [+|-] <field>]... [desc]",
        "Sorts rows, and keeps the first 10,000 or as many as it says (0: all).",
        "Search Reference, sort",
        unconfirmed "A missing value comes last, whichever the direction.",
        |cursor, planner| sort::parse(cursor, planner);

    "spath" Never, "spath [input=<field>] [output=<field>] [[path=]<path>]",
        "Takes fields out of JSON and XML.",
        "Search Reference, spath",
        unconfirmed "What is extracted takes the place of a field of that name; null is the text `null`; a path to an object or array gives its text.",
        |cursor, planner| spath::parse(cursor, planner);

    "stats" Never, "stats [allnum=<bool>] [partitions=<count>] <function>[(<field>)] [AS <field>] ... \
                     [BY <field-list> [dedup_splitvals=<bool>]]",
        "Aggregates: one row, or one for each tuple of values of the BY fields.",
        "Search Reference, stats",
        unconfirmed "Rows are sorted by the BY fields as text; a wildcard means the fields that some \
                 row has, but for those of BY; `allnum` looks at the rows of each group.",
        |cursor, planner| stats::parse(cursor, planner);

    "streamstats" Never, "streamstats [current=<bool>] [window=<count>] [time_window=<span>] \
                     [global=<bool>] [reset_on_change=<bool>] [reset_before=(<predicate>)] \
                     [reset_after=(<predicate>)] [allnum=<bool>] \
                     <function>[(<field>)] [AS <field>] ... [BY <field-list>]",
        "Adds to each row what `stats` computes over the rows up to it.",
        "Search Reference, streamstats",
        unconfirmed "Without a window all rows before count; a window of time has the rows that are \
                 less than its span away; a row that lacks a BY field is in no window.",
        |cursor, planner| stats::streamstats::parse(cursor, planner);

    "table" Never, "table <field-list>",
        "Keeps exactly these columns, in this order.",
        "Search Reference, table",
        unconfirmed "Wildcards mean internal fields only if they start with an underscore.",
        |cursor, planner| table::parse(cursor, planner);

    "tail" Never, "tail [<count>]",
        "Keeps the last rows, the last of them first: 10, or as many as it \
                      says.",
        "Search Reference, tail",
        |cursor, _| tail::parse(cursor);

    "top" Never, "top [<count>] [limit=<count>] [countfield=<field>] \
                     [percentfield=<field>] [showcount=<bool>] [showperc=<bool>] \
                     [useother=<bool>] [otherstr=<text>] <field-list> [BY <field-list>]",
        "The most frequent combinations of values.",
        "Search Reference, top",
        |cursor, planner| top_rare::parse(cursor, planner, top_rare::End::Top);

    "transaction" Never, "transaction [<field-list>] [maxspan=<span>] [maxpause=<span>] \
                     [maxevents=<count>] [startswith=<filter>] [endswith=<filter>] \
                     [keepevicted=<bool>]",
        "Makes one row of rows that belong together.",
        "Search Reference, transaction",
        unconfirmed "What a limit cuts off before it comes to the start that `startswith` asks for \
                 counts as evicted; rows without the fields are in no transaction.",
        |cursor, planner| transaction::parse(cursor, planner);

    "where" Never, "where <predicate>",
        "Keeps the rows for which the expression is true.",
        "Search Reference, where",
        unconfirmed "Comparisons are numeric if both sides are numbers or look like numbers; \
                 NOT of null is null, AND and OR are three-valued.",
        |cursor, planner| where_::parse(cursor, planner);

    "xmlkv" Never, "xmlkv [<field>] [maxinputs=<count>]",
        "Takes the elements of XML in a text as fields.",
        "Search Reference, xmlkv",
        unconfirmed "Attributes are passed over; entities stay as they are written.",
        |cursor, planner| xmlkv::parse(cursor, planner);
}
