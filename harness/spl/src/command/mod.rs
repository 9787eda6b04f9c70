//! The commands: one module each, and one table of them.

mod accum;
mod addtotals;
mod append;
mod appendpipe;
mod bin;
mod convert;
mod dedup;
mod delta;
mod eval;
mod field_list;
mod fields;
mod filldown;
mod fillnull;
mod foreach;
pub(crate) mod format;
mod head;
mod inputlookup;
mod join;
mod known;
mod lookup;
mod makeresults;
mod multivalue;
mod option;
mod regex;
mod rename;
mod replace;
mod reverse;
mod rex;
pub(crate) mod search;
mod sort;
mod spath;
pub(crate) mod stats;
mod table;
mod tail;
mod timespan;
mod top_rare;
mod transaction;
mod where_;
mod xmlkv;

pub(crate) use option::parse_boolean;

use std::{any::Any, fmt::Debug};

use crate::{
    Environment, Error, ErrorKind,
    cursor::Cursor,
    explain::Clause,
    lint::Linter,
    pipeline::Segment,
    plan::{Planner, Step},
    print::Printer,
    reference::Entry,
    suggest,
    table::{Record, Scope, Table},
};

/// A planned command.
pub(crate) trait Command: Debug + Send + Sync {
    /// Does to the rows what the command does.
    ///
    /// # Errors
    ///
    /// What shows only at run time: limits, and values that the engine does not
    /// evaluate.
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error>;

    /// Writes the arguments of the command in canonical form: what
    /// [`Specification::parse`] makes the same command of.
    fn print(&self, out: &mut Printer<'_>);

    /// Whether it does to each row what it does, whatever other rows there are
    /// and in whatever order: Splunk calls such commands distributable
    /// streaming. They run on one batch of events after the other.
    fn streams(&self) -> bool {
        false
    }

    /// Why the command drops a row; nothing where it keeps it.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn explain<'a>(
        &'a self,
        _scope: Scope<'_, 'a>,
        _source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(Vec::new())
    }

    /// Whether it can take its rows batch by batch and in any order, and needs
    /// to keep less of them than the rows themselves.
    fn reduces(&self) -> bool {
        false
    }

    /// Where [`reduces`](Self::reduces): takes a batch of rows into a partial
    /// result, which starts as `None`.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn reduce(
        &self,
        _partial: &mut Partial,
        _table: &Table<'_>,
        _context: &Context<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Where [`reduces`](Self::reduces): takes the partial result of other
    /// batches into this one.
    fn merge(&self, _partial: &mut Partial, _other: Partial) {}

    /// Where [`reduces`](Self::reduces): turns the partial result into rows.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn finish(&self, _partial: Partial, _table: &mut Table<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Whether it must come first, by what its arguments say.
    fn must_be_first(&self) -> bool {
        false
    }

    /// Shows its expressions to the lints.
    fn lint<'a>(&'a self, _linter: &mut Linter<'a>) {}

    /// Whether the rows that come out are no longer the rows that went in.
    fn aggregates(&self) -> bool {
        false
    }
}

/// What a command has made of the batches so far.
pub(crate) type Partial = Option<Box<dyn Any + Send>>;

/// What a command runs with, beside its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'c> {
    pub(crate) environment: &'c Environment,
    /// The results of the subsearches of the search, which ran before it, by
    /// the index that the planner gave them.
    pub(crate) subsearches: &'c [Table<'static>],
}

impl<'c> Context<'c> {
    /// What an expression is evaluated on.
    pub(crate) fn scope<'r, 'a>(&self, record: &'r Record<'a>) -> Scope<'r, 'a>
    where
        'c: 'r,
    {
        Scope {
            record,
            environment: self.environment,
        }
    }
}

/// What an explanation quotes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'s> {
    pub(crate) text: &'s str,
    pub(crate) names: &'s crate::names::Names,
}

/// A command that this engine evaluates.
pub(crate) struct Specification {
    pub(crate) entry: Entry,
    generates: Generates,
    parse: Parse,
}

/// Whether a command makes rows of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generates {
    /// It needs rows.
    Never,
    /// It must come first, after a pipe.
    First,
    /// It may come first, and also elsewhere.
    Anywhere,
}

/// Reads the arguments of a command up to its end.
type Parse = fn(&mut Cursor<'_>, &mut Planner) -> Result<Box<dyn Command>, Error>;

/// All commands that this engine evaluates, sorted by name.
pub(crate) static COMMANDS: &[Specification] = &[
    Specification {
        entry: Entry {
            name: "accum",
            syntax: "accum <field> [AS <field>]",
            summary: "Adds up a field from row to row.",
            source: "Search Reference, accum",
            unconfirmed: Some("Sums of fractions have the digits of doubles."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(accum::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "addcoltotals",
            syntax: "addcoltotals [labelfield=<field>] [label=<text>] [<field-list>]",
            summary: "Adds a row with the sums of the columns.",
            source: "Search Reference, addcoltotals",
            unconfirmed: Some("Columns without any number get no sum."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(addtotals::parse(cursor, planner, true)?)),
    },
    Specification {
        entry: Entry {
            name: "addtotals",
            syntax: "addtotals [row=<bool>] [col=<bool>] [labelfield=<field>] \
                     [label=<text>] [fieldname=<field>] [<field-list>]",
            summary: "Adds the sum of each row, and a row with the sums of the columns.",
            source: "Search Reference, addtotals",
            unconfirmed: Some(
                "A row without any number has the sum 0; sums of fractions have the digits of doubles.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(addtotals::parse(cursor, planner, false)?)),
    },
    Specification {
        entry: Entry {
            name: "append",
            syntax: "append [maxout=<count>] <subsearch>",
            summary: "Adds the rows of a subsearch after the rows at hand, 50,000 at most.",
            source: "Search Reference, append; limits.conf.spec",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(append::rows(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "appendcols",
            syntax: "appendcols [override=<bool>] [maxout=<count>] <subsearch>",
            summary: "Adds the fields of a subsearch's rows to the rows at hand, one by one.",
            source: "Search Reference, appendcols",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(append::columns(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "appendpipe",
            syntax: "appendpipe [<command> | <command>...]",
            summary: "Runs commands on a copy of the rows, and adds what they give.",
            source: "Search Reference, appendpipe",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(appendpipe::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "bin",
            syntax: "bin [span=<span>] [bins=<count>] [start=<number>] [end=<number>] \
                     [aligntime=<time>] <field> [AS <field>]",
            summary: "Puts numbers and times into sets of equal size.",
            source: "Search Reference, bin",
            unconfirmed: Some(
                "Days, weeks and longer spans follow the time zone, spans of several \
                 days or weeks counted from 1970-01-01; other numbers become the text \
                 of their range.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(bin::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "bucket",
            syntax: "bucket <arguments of bin>",
            summary: "The same as bin.",
            source: "Search Reference, bin",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(bin::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "convert",
            syntax: "convert [timeformat=<text>] <function>(<field>) [AS <field>] ...",
            summary: "Makes numbers of texts, and times of numbers and back.",
            source: "Search Reference, convert",
            unconfirmed: Some("Values that cannot be converted stay as they are, but for `num()`."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(convert::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "dedup",
            syntax: "dedup [<count>] <field-list> [keepevents=<bool>] [keepempty=<bool>] \
                     [consecutive=<bool>] [sortby [+|-] <field>...]",
            summary: "Keeps the first rows of each combination of values, and drops rows \
                      that lack one.",
            source: "Search Reference, dedup",
            unconfirmed: Some(
                "With `keepevents`, rows that lack a field are dropped all the same.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(dedup::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "delta",
            syntax: "delta <field> [AS <field>] [p=<count>]",
            summary: "The difference between a field and the same field some rows before.",
            source: "Search Reference, delta",
            unconfirmed: Some("The difference of fractions has the digits of doubles."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(delta::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "discretize",
            syntax: "discretize <arguments of bin>",
            summary: "The same as bin.",
            source: "Search Reference, bin",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(bin::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "eval",
            syntax: "eval <field>=<expression> [, <field>=<expression>]...",
            summary: "Computes fields, from left to right; a null result removes the field.",
            source: "Search Reference, eval",
            unconfirmed: Some(
                "Of `{name}`, which stands for the value of a field, nothing is set where that \
                 is null; `name{}` is a name as any other.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(eval::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "eventstats",
            syntax: "eventstats [allnum=<bool>] <function>[(<field>)] [AS <field>] ... \
                     [BY <field-list>]",
            summary: "Adds to each row what `stats` computes over all rows, or over its group.",
            source: "Search Reference, eventstats",
            unconfirmed: Some("A row that lacks a BY field gets nothing added."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(stats::eventstats::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "fields",
            syntax: "fields [+|-] <field-list>",
            summary: "Keeps or removes fields; `_time` and `_raw` stay unless removed by name.",
            source: "Search Reference, fields",
            unconfirmed: Some(
                "Wildcards mean internal fields only if they start with an underscore.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(fields::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "filldown",
            syntax: "filldown [<field-list>]",
            summary: "Gives missing fields the last value that a row before had.",
            source: "Search Reference, filldown",
            unconfirmed: Some("Without a list, internal fields are left out."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(filldown::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "fillnull",
            syntax: "fillnull [value=<text>] [<field-list>]",
            summary: "Gives missing fields a value: 0, or what it says.",
            source: "Search Reference, fillnull",
            unconfirmed: Some("Without a list, internal fields are left out."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(fillnull::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "foreach",
            syntax: "foreach [mode=multifield] <field-list> [<commands with <<FIELD>>>]",
            summary: "Runs commands for each of many fields.",
            source: "Search Reference, foreach",
            unconfirmed: Some("A field that is named without a wildcard need not be there."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(foreach::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "format",
            syntax: "format [mvsep=<text>] [maxresults=<count>] [<six texts>] [emptystr=<text>]",
            summary: "Makes one row of all rows: the text of a search for them.",
            source: "Search Reference, format",
            unconfirmed: Some("Backslashes and quotation marks in values are escaped."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(format::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "head",
            syntax: "head [<count> | limit=<count>] [(<predicate>)] [null=<bool>] \
                     [keeplast=<bool>]",
            summary: "Keeps the first rows: 10, or as many as it says, or as long as a \
                      condition holds.",
            source: "Search Reference, head",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(head::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "inputlookup",
            syntax: "inputlookup [append=<bool>] [strict=<bool>] [start=<count>] [max=<count>] \
                     <lookup> [where <logical-expression>]",
            summary: "Takes rows from the table of a lookup.",
            source: "Search Reference, inputlookup",
            unconfirmed: Some(
                "An empty cell is a missing value; `start` and `max` count before `where` does.",
            ),
        },
        generates: Generates::Anywhere,
        parse: |cursor, planner| Ok(Box::new(inputlookup::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "join",
            syntax: "join [type=inner|left|outer] [overwrite=<bool>] [max=<count>] [<field-list>] <subsearch>",
            summary: "Merges each row with the first rows of a subsearch that have the same values, of 50,000 at most.",
            source: "Search Reference, join; limits.conf.spec",
            unconfirmed: Some(
                "Values are compared as text with their case; a row that lacks a field joins nothing.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(join::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "lookup",
            syntax: "lookup [local=<bool>] [update=<bool>] <lookup> <column> [AS <field>], ... \
                     [OUTPUT|OUTPUTNEW <column> [AS <field>], ...]",
            summary: "Adds fields from the rows of a table that match.",
            source: "Search Reference, lookup; transforms.conf.spec",
            unconfirmed: Some(
                "An empty cell is a missing value; each value of a multivalue field is looked up \
                 for itself; a row that matches with an empty cell clears the field under OUTPUT.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(lookup::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "makemv",
            syntax: "makemv [delim=\"<text>\" | tokenizer=\"<regular-expression>\"] [allowempty=<bool>] <field>",
            summary: "Splits a field into several values.",
            source: "Search Reference, makemv",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(multivalue::make::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "makeresults",
            syntax: "makeresults [count=<count>] [format=csv|json data=\"<text>\"]",
            summary: "Makes rows with a time, or from data in the text.",
            source: "Search Reference, makeresults",
            unconfirmed: Some(
                "Data in JSON come with `_raw` and `_time`, in CSV without; blanks in CSV stay.",
            ),
        },
        generates: Generates::First,
        parse: |cursor, planner| Ok(Box::new(makeresults::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "mvcombine",
            syntax: "mvcombine [delim=\"<text>\"] <field>",
            summary: "Makes one row of rows that differ in one field only.",
            source: "Search Reference, mvcombine",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(multivalue::combine::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "mvexpand",
            syntax: "mvexpand <field> [limit=<count>]",
            summary: "Makes a row of each value of a multivalue field.",
            source: "Search Reference, mvexpand",
            unconfirmed: Some("A row without the field stays as it is."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(multivalue::expand::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "nomv",
            syntax: "nomv <field>",
            summary: "Makes one value of the values of a multivalue field.",
            source: "Search Reference, nomv",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(multivalue::no::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "rare",
            syntax: "rare [<count>] [<options of top>] <field-list> [BY <field-list>]",
            summary: "The least frequent combinations of values.",
            source: "Search Reference, rare",
            unconfirmed: Some("Of values that are equally frequent the lower text comes first."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| {
            Ok(Box::new(top_rare::parse(
                cursor,
                planner,
                top_rare::End::Rare,
            )?))
        },
    },
    Specification {
        entry: Entry {
            name: "regex",
            syntax: "regex [<field>=|<field>!=]\"<regular-expression>\"",
            summary: "Keeps the rows that match, or with `!=` those that do not.",
            source: "Search Reference, regex; Search Manual, SPL and regular expressions",
            unconfirmed: Some(
                "`!=` keeps rows without the field; a multivalue field matches by one of its \
                 values.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(regex::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "rename",
            syntax: "rename <field> AS <field> [, <field> AS <field>]...",
            summary: "Renames fields, with `*` also many at once.",
            source: "Search Reference, rename",
            unconfirmed: Some(
                "Renaming a missing field clears the new name; wildcards mean internal \
                 fields only if they start with an underscore.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(rename::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "replace",
            syntax: "replace <value> WITH <value>... [IN <field-list>]",
            summary: "Gives values other values, with `*` for any text.",
            source: "Search Reference, replace",
            unconfirmed: Some("Case matters."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(replace::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "return",
            syntax: "return [<count>] [<alias>=]<field> | $<field>...",
            summary: "Makes one row of the first rows, as the text of a search.",
            source: "Search Reference, return",
            unconfirmed: Some("Backslashes and quotation marks in values are escaped."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(format::parse_return(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "reverse",
            syntax: "reverse",
            summary: "Turns the order of the rows around.",
            source: "Search Reference, reverse",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, _| Ok(Box::new(reverse::parse(cursor)?)),
    },
    Specification {
        entry: Entry {
            name: "rex",
            syntax: "rex [field=<field>] (\"<regular-expression>\" [max_match=<count>] \
                     [offset_field=<field>] | mode=sed \"<sed-expression>\")",
            summary: "Takes fields out of a text by named groups, or changes the text.",
            source: "Search Reference, rex; Search Manual, SPL and regular expressions",
            unconfirmed: Some(
                "Each value of a multivalue field is matched for itself; a group that takes no \
                 part in the match leaves its field alone; in a sed replacement `\\n` is a line \
                 break, and `&` only itself.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(rex::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "search",
            syntax: "[search] <logical-expression>",
            summary: "Keeps events by field values and by terms in their raw text; OR binds \
                      tighter than AND.",
            source: "Search Reference, search; Search Manual, Boolean expressions",
            unconfirmed: Some(
                "A multivalue field passes if one of its values does, for `!=` too; \
                 `index=*` leaves out internal indexes.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(search::parse_later(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "sort",
            syntax: "sort [<count>] [+|-] <field> [, [+|-] <field>]... [desc]",
            summary: "Sorts rows, and keeps the first 10,000 or as many as it says (0: all).",
            source: "Search Reference, sort",
            unconfirmed: Some("A missing value comes last, whichever the direction."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(sort::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "spath",
            syntax: "spath [input=<field>] [output=<field>] [[path=]<path>]",
            summary: "Takes fields out of JSON and XML.",
            source: "Search Reference, spath",
            unconfirmed: Some(
                "What is extracted takes the place of a field of that name; null is the text `null`; a path to an object or array gives its text.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(spath::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "stats",
            syntax: "stats [allnum=<bool>] [partitions=<count>] <function>[(<field>)] [AS <field>] ... \
                     [BY <field-list> [dedup_splitvals=<bool>]]",
            summary: "Aggregates: one row, or one for each tuple of values of the BY fields.",
            source: "Search Reference, stats",
            unconfirmed: Some(
                "Rows are sorted by the BY fields as text; a wildcard means the fields that some \
                 row has, but for those of BY; `allnum` looks at the rows of each group.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(stats::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "streamstats",
            syntax: "streamstats [current=<bool>] [window=<count>] [time_window=<span>] \
                     [global=<bool>] [reset_on_change=<bool>] [reset_before=(<predicate>)] \
                     [reset_after=(<predicate>)] [allnum=<bool>] \
                     <function>[(<field>)] [AS <field>] ... [BY <field-list>]",
            summary: "Adds to each row what `stats` computes over the rows up to it.",
            source: "Search Reference, streamstats",
            unconfirmed: Some(
                "Without a window all rows before count; a window of time has the rows that are \
                 less than its span away; a row that lacks a BY field is in no window.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(stats::streamstats::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "table",
            syntax: "table <field-list>",
            summary: "Keeps exactly these columns, in this order.",
            source: "Search Reference, table",
            unconfirmed: Some(
                "Wildcards mean internal fields only if they start with an underscore.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(table::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "tail",
            syntax: "tail [<count>]",
            summary: "Keeps the last rows, the last of them first: 10, or as many as it \
                      says.",
            source: "Search Reference, tail",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, _| Ok(Box::new(tail::parse(cursor)?)),
    },
    Specification {
        entry: Entry {
            name: "top",
            syntax: "top [<count>] [limit=<count>] [countfield=<field>] \
                     [percentfield=<field>] [showcount=<bool>] [showperc=<bool>] \
                     [useother=<bool>] [otherstr=<text>] <field-list> [BY <field-list>]",
            summary: "The most frequent combinations of values.",
            source: "Search Reference, top",
            unconfirmed: None,
        },
        generates: Generates::Never,
        parse: |cursor, planner| {
            Ok(Box::new(top_rare::parse(
                cursor,
                planner,
                top_rare::End::Top,
            )?))
        },
    },
    Specification {
        entry: Entry {
            name: "transaction",
            syntax: "transaction [<field-list>] [maxspan=<span>] [maxpause=<span>] \
                     [maxevents=<count>] [startswith=<filter>] [endswith=<filter>] \
                     [keepevicted=<bool>]",
            summary: "Makes one row of rows that belong together.",
            source: "Search Reference, transaction",
            unconfirmed: Some(
                "What a limit cuts off before it comes to the start that `startswith` asks for \
                 counts as evicted; rows without the fields are in no transaction.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(transaction::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "where",
            syntax: "where <predicate>",
            summary: "Keeps the rows for which the expression is true.",
            source: "Search Reference, where",
            unconfirmed: Some(
                "Comparisons are numeric if both sides are numbers or look like numbers; \
                 NOT of null is null, AND and OR are three-valued.",
            ),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(where_::parse(cursor, planner)?)),
    },
    Specification {
        entry: Entry {
            name: "xmlkv",
            syntax: "xmlkv [<field>] [maxinputs=<count>]",
            summary: "Takes the elements of XML in a text as fields.",
            source: "Search Reference, xmlkv",
            unconfirmed: Some("Attributes are passed over; entities stay as they are written."),
        },
        generates: Generates::Never,
        parse: |cursor, planner| Ok(Box::new(xmlkv::parse(cursor, planner)?)),
    },
];

/// Parses a command that says its name.
///
/// # Errors
///
/// A command that is not known, or known and not evaluated here; and whatever
/// is wrong with its arguments.
pub(crate) fn parse(
    text: &str,
    segment: &Segment,
    first: bool,
    planner: &mut Planner,
) -> Result<Step<Box<dyn Command>>, Error> {
    let name = &text[segment.name.clone()];
    if name.is_empty() {
        let cursor = Cursor::new(text, segment.span.clone());
        return Err(cursor.unexpected("the name of a command"));
    }
    let lower = name.to_ascii_lowercase();
    let Some(specification) = COMMANDS.iter().find(|s| s.entry.name == lower) else {
        return Err(unknown(name, &lower, segment));
    };
    match (specification.generates, first) {
        (Generates::Never, true) => {
            return Err(Error::syntax(
                format!("`{}` does not make events", specification.entry.name),
                segment.name.clone(),
            )
            .with_help("start with a search, without `|`"));
        }
        (Generates::First, false) => {
            return Err(must_be_first(specification.entry.name, segment));
        }
        _ => {}
    }
    // `table(a)` or `eval-x=1` is no call of the command.
    let mut cursor = Cursor::new(text, segment.arguments.clone());
    if cursor
        .peek()
        .is_some_and(|c| !c.is_whitespace() && !matches!(c, '(' | '"' | '\'' | '+' | '-'))
    {
        return Err(cursor.unexpected("a blank after the name of the command"));
    }
    // A command that makes no use of it leaves nothing to the next.
    if specification.entry.name != "nomv" {
        planner.take_combined();
    }
    let command = (specification.parse)(&mut cursor, planner)?;
    if command.must_be_first() && !first {
        return Err(must_be_first(specification.entry.name, segment)
            .with_help("with `append=true` it adds its rows to those that are there"));
    }
    Ok(Step {
        command,
        name: specification.entry.name,
        span: segment.span.clone(),
    })
}

fn must_be_first(name: &str, segment: &Segment) -> Error {
    Error::syntax(
        format!("`{name}` must be the first command"),
        segment.name.clone(),
    )
}

/// Whether Splunk has a command of this name, in lower case.
pub(crate) fn is_name(name: &str) -> bool {
    COMMANDS.iter().any(|s| s.entry.name == name) || known::COMMANDS.contains(&name)
}

fn unknown(name: &str, lower: &str, segment: &Segment) -> Error {
    let span = segment.name.clone();
    if known::WRITING.contains(&lower) {
        return Error::unsupported(
            format!("the command `{lower}`, which writes outside the search,"),
            span,
        )
        .with_help("leave the command out to see what it would write");
    }
    if known::COMMANDS.contains(&lower) {
        return Error::unsupported(format!("the command `{lower}`"), span);
    }
    let suggestion = suggest::nearest(
        lower,
        COMMANDS
            .iter()
            .map(|s| s.entry.name)
            .chain(known::COMMANDS.iter().copied()),
    );
    let error = Error::new(
        ErrorKind::UnknownCommand {
            name: name.to_owned(),
            suggestion,
        },
        span,
    );
    match suggestion {
        Some(suggestion) => error.with_help(format!("did you mean `{suggestion}`?")),
        None => error,
    }
}

/// Takes a whole number, if one comes next that is a word of its own.
///
/// # Errors
///
/// A number that is too large.
fn count(cursor: &mut Cursor<'_>) -> Result<Option<usize>, Error> {
    cursor.skip_blanks();
    let mut ahead = cursor.clone();
    let span = ahead.take_while(|c| c.is_ascii_digit());
    if span.is_empty() || ahead.peek().is_some_and(|c| !c.is_whitespace()) {
        return Ok(None);
    }
    let Ok(count) = cursor.slice(span.clone()).parse() else {
        return Err(Error::syntax("the number is too large", span));
    };
    *cursor = ahead;
    Ok(Some(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_apart() {
        assert!(COMMANDS.is_sorted_by_key(|s| s.entry.name));
        assert!(known::COMMANDS.is_sorted());
        assert!(known::WRITING.is_sorted());
        for name in known::WRITING {
            assert!(known::COMMANDS.contains(name), "{name}");
        }
        for specification in COMMANDS {
            assert!(!known::COMMANDS.contains(&specification.entry.name));
        }
    }
}
