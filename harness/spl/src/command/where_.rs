//! `where`: keeps the rows for which an expression is true.
//!
//! Source: Search Reference, `where`.

use crate::{
    Error,
    command::{Command, Context, Source},
    cursor::Cursor,
    explain::Clause,
    expression::{self, Predicate},
    lint::Linter,
    plan::Planner,
    print::Printer,
    table::{Scope, Table},
};

/// A planned `where`.
#[derive(Debug)]
pub(crate) struct Where {
    predicate: Predicate,
}

/// Parses the arguments of `where`.
///
/// # Errors
///
/// What is not an expression, or not a Boolean one.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Where, Error> {
    let predicate = expression::predicate(cursor, planner)?;
    cursor.expect_end()?;
    Ok(Where { predicate })
}

impl Command for Where {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let mut failed = None;
        table.records.retain(
            |record| match self.predicate.evaluate(context.scope(record)) {
                Ok(truth) => truth == Some(true),
                Err(error) => {
                    failed.get_or_insert(error);
                    false
                }
            },
        );
        failed.map_or(Ok(()), Err)
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        self.predicate.print(out);
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        linter.kept(&self.predicate);
    }

    fn chosen<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        let mut clauses = Vec::new();
        self.predicate.chosen(scope, source, &mut clauses)?;
        Ok(clauses)
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        let mut clauses = Vec::new();
        self.predicate.explain(scope, source, &mut clauses)?;
        Ok(clauses)
    }
}
