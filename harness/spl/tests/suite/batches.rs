//! A search gives the same whether its events come at once, in batches, or to
//! several collectors that are merged.

use spl::{Collector, Environment, Error, Scan, Search};

use crate::support::{Made, event};

/// Events that come in batches of so many, in turn to so many collectors.
struct Split<'e> {
    events: &'e [Made],
    size: usize,
    collectors: usize,
}

impl Scan for Split<'_> {
    fn scan(&self, collector: &mut Collector<'_, '_>) -> Result<(), Error> {
        let mut forks = (0..self.collectors)
            .map(|_| collector.fork())
            .collect::<Result<Vec<_>, _>>()?;
        for (index, batch) in self.events.chunks(self.size).enumerate() {
            forks[index % self.collectors].batch(index * self.size, batch)?;
        }
        // Whoever ends first is merged first.
        for fork in forks.into_iter().rev() {
            collector.merge(fork);
        }
        Ok(())
    }
}

fn events() -> Vec<Made> {
    let mut events = Vec::new();
    for number in 0_u32..23 {
        let mut made = event([
            // Some events have the same time, and one has none.
            ("_time", &(1_700_000_000 + number / 3 * 60).to_string()),
            ("_raw", &format!("event {number} kind={}", number % 4)),
            ("host", ["a", "b", "c"][number as usize % 3]),
            ("n", &number.to_string()),
            ("size", &(number * 37 % 11).to_string()),
        ]);
        if number % 4 == 1 {
            made = made.with("only", &format!("x{}", number % 5));
        }
        if number == 7 {
            made = made.without("_time");
        }
        if number == 9 {
            made.0.push(("many".to_owned(), "d".to_owned()));
            made.0.push(("many".to_owned(), "e".to_owned()));
        }
        events.push(made);
    }
    events
}

const SEARCHES: &[&str] = &[
    "*",
    "host=a OR n>20",
    "event NOT kind | table n",
    "* | where n > 3 AND isnotnull(host) | eval m=n*2, k=only.\"!\" | table n m k",
    "* | fields host n | rename host AS h",
    "* | fields - only",
    "* | table *",
    "* | fields n h*",
    "* | rename * AS x_*",
    "* | rex \"event (?<number>\\d+)\" | regex number!=\"^1\" | table number n",
    "* | makemv delim=\"x\" only | mvexpand only | table n only",
    "* | fillnull value=0 only | table n only",
    "* | fillnull | table n only",
    "* | replace a WITH z IN host | table host",
    "* | convert num(size) | table size",
    "* | bin span=5 n | table n",
    "n!=7 | bin span=2m _time | table _time n",
    "* | spath input=_raw path=a output=b | table n b",
    "* | stats count",
    "* | stats count dc(size) values(only) min(n) max(n) avg(size) BY host",
    "n!=7 | stats first(n) last(n) list(size) earliest(n) latest(n) BY host",
    "* | stats sum(*) AS s_* BY only",
    "* | eventstats avg(n) AS mean BY host | where n > mean | table n mean",
    "* | streamstats count sum(n) AS total BY host | table n count total",
    "* | stats count BY many",
    "many=e | mvexpand many | table n many",
    "* | dedup host sortby -n | table n host",
    "* | dedup 2 host consecutive=t | table n",
    "* | top 2 host",
    "* | rare size BY host",
    "* | head 5 | table n",
    "* | head (n > 15) null=t | table n",
    "* | tail 4 | table n",
    "* | reverse | table n",
    "* | sort - size, +n | table n size",
    "* | accum n AS a | delta n AS d | table n a d",
    "* | addtotals fieldname=t n size | table t",
    "* | addcoltotals n | table n",
    "* | filldown only | table n only",
    "n!=7 n!=9 | transaction host maxspan=5m | table host eventcount duration",
    "* | append [search host=a | stats count BY host] | table n host count",
    "* | join host [search only=* | fields host only] | table n host only",
    "* | appendpipe [stats sum(n) AS n] | table n",
    "[search n=22 | fields host] | table n",
    "* | mvcombine host | table n host",
    "host=a | stats count | eval x=1",
    "nothing=here | table a b",
    "nothing=here | stats count BY host",
    "nothing=here | stats count",
    "| makeresults count=3 | streamstats count",
];

#[test]
fn how_events_come_changes_nothing() {
    let events = events();
    let environment = Environment::at_epoch();
    for text in SEARCHES {
        let search = Search::parse(text).unwrap_or_else(|e| panic!("{text}: {e} at {:?}", e.span));
        let whole = search
            .run(&events, &environment)
            .unwrap_or_else(|e| panic!("{text}: {e} at {:?}", e.span))
            .into_owned();
        for (size, collectors) in [(1, 1), (3, 1), (1, 2), (4, 3), (100, 2)] {
            let split = Split {
                events: &events,
                size,
                collectors,
            };
            let results = search.run_over(&split, &environment).unwrap();
            assert_eq!(whole, results, "{text}, {size} events to {collectors}");
        }
    }
}

#[test]
fn an_error_of_one_batch_is_the_error_of_the_search() {
    let events = events();
    let split = Split {
        events: &events,
        size: 2,
        collectors: 2,
    };
    // A multivalue field, in one event only.
    let search = Search::parse("* | eval x=many+1 | table x").unwrap();
    let environment = Environment::at_epoch();
    let whole = search.run(&events, &environment).unwrap_err();
    assert_eq!(search.run_over(&split, &environment).unwrap_err(), whole);
}
