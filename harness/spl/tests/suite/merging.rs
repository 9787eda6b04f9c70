//! Whether events are aggregated at once or in parts that are merged, the result
//! is the same.

use proptest::prelude::*;
use spl::{Collector, Environment, Error, Scan};

use crate::support::{Made, cells, parse};

/// Events that come in parts, each part to a collector of its own; the parts
/// are merged from the last.
struct Parts<'e> {
    events: &'e [Made],
    size: usize,
}

impl Scan for Parts<'_> {
    fn scan(&self, collector: &mut Collector<'_, '_>) -> Result<(), Error> {
        let mut forks = Vec::new();
        for (index, part) in self.events.chunks(self.size).enumerate() {
            let mut fork = collector.fork()?;
            fork.batch(index * self.size, part)?;
            forks.push(fork);
        }
        for fork in forks.into_iter().rev() {
            collector.merge(fork);
        }
        Ok(())
    }
}

/// Events with few different times and values, so that there are ties.
fn made() -> impl Strategy<Value = Vec<Made>> {
    let value = prop::sample::select(vec![
        "1",
        "1.0",
        "2",
        "-3",
        "0.1",
        "0.2",
        "0.7",
        "1e3",
        "x",
        "y",
        "",
        "9007199254740993",
    ]);
    let fields = prop::collection::vec(
        (prop::sample::select(vec!["v", "w", "k", "l"]), value),
        0..6,
    );
    prop::collection::vec(("[0-3]", fields), 0..30).prop_map(|events| {
        events
            .into_iter()
            .map(|(time, fields)| {
                let mut made = Made::default().with("_time", &time);
                for (name, value) in fields {
                    made.0.push((name.to_owned(), value.to_owned()));
                }
                made
            })
            .collect()
    })
}

const FUNCTIONS: &[&str] = &[
    "count, c(v) dc(v) estdc(v) values(v) sum(v) avg(v) sumsq(v) min(v) max(v) range(v)",
    "var(v) varp(v) stdev(v) stdevp(v) median(v) perc90(v) exactperc10(v) upperperc50(v)",
    "earliest(v) latest(v) earliest_time(v) latest_time(v) rate(v)",
    "count(eval(v>0.5)) AS n",
    "allnum=t sum(v) avg(v)",
    "first(v) last(v) list(v) count",
    "max(*) AS *",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn merged_parts_equal_one_pass(events in made(), size in 1..8usize) {
        let environment = Environment::at_epoch();
        let searches = FUNCTIONS
            .iter()
            .flat_map(|functions| {
                ["", " BY k", " BY k l", " BY k dedup_splitvals=t"]
                    .map(|by| format!("stats {functions}{by}"))
            })
            .chain(["top v", "top 2 useother=t v w BY k", "rare limit=1 v"].map(str::to_owned));
        for search in searches {
            let parts = Parts { events: &events, size };
            let search = parse(&format!("* | {search}"));
            // What is refused in one pass is refused in parts.
            let whole = search.run(&events, &environment).ok();
            let merged = search.run_over(&parts, &environment).ok();
            prop_assert_eq!(
                whole.as_ref().map(|results| (results.columns(), cells(results))),
                merged.as_ref().map(|results| (results.columns(), cells(results))),
                "{}",
                search.text()
            );
        }
    }
}
