//! Counts without rows: one pass over the bans that hold.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::Connection;
use warden_plugin::{Buckets, Error, FOREVER_US, Query, Row, UNKNOWN_US};

use super::question::{Question, Shape, bind};
use super::read::Halt;
use super::record::Counted;

const HOUR: i64 = 3_600_000_000;

/// The counts of one dimension. Memory: each distinct value once. Neighbours are often alike: a value is looked up only
/// where another one follows.
#[derive(Default)]
struct Dimension<V> {
    counts: HashMap<V, u64>,
    last: V,
    run: u64,
}

/// All dimensions of `warden.summary/1`.
pub struct Counts {
    total: u64,
    texts: [(&'static str, Dimension<String>); 5],
    hours: [(&'static str, Dimension<i64>); 2],
}

/// Counts what the query asks for. The caller has begun a transaction.
pub fn summarise(connection: &Connection, query: &Query<'_>, put: Buckets<'_>) -> Result<(), Halt> {
    let question = Question::new(query);
    let mut statement = connection.prepare(&question.sql(Shape::Counted))?;
    bind(&mut statement, &question.parameters())?;
    let mut cursor = statement.raw_query();
    let mut record = Counted::default();
    let mut counts = Counts::new();
    while let Some(row) = cursor.next()? {
        record.load(row)?;
        if record.span.holds_at(query.at_us) {
            counts.add(record.texts(), [record.span.start, record.span.until]);
        }
    }
    if counts.hand_over(put) { Ok(()) } else { Err(Halt::Reader(Error::stopped())) }
}

impl Counts {
    /// Nothing was counted yet.
    pub fn new() -> Self {
        Self {
            total: 0,
            texts: ["source", "reason", "country", "as", "action"].map(|name| (name, Dimension::default())),
            hours: ["start-hour", "end-hour"].map(|name| (name, Dimension::default())),
        }
    }

    /// Counts a row.
    pub fn add_row(&mut self, row: &Row<'_>) {
        let texts = [row.source, row.reason, row.country, row.as_text, row.action];
        self.add(texts, [row.start_us, row.until_us]);
    }

    /// Counts a ban by its source, reason, country, autonomous system and action, its start and its end.
    fn add(&mut self, texts: [&str; 5], instants: [i64; 2]) {
        self.total += 1;
        for ((_, dimension), value) in self.texts.iter_mut().zip(texts) {
            dimension.add(value);
        }
        for ((_, hours), instant) in self.hours.iter_mut().zip(instants) {
            if instant != UNKNOWN_US && instant != FOREVER_US {
                hours.add(&instant.div_euclid(HOUR));
            }
        }
    }

    /// Whether the receiver wanted all of it.
    pub fn hand_over(mut self, put: Buckets<'_>) -> bool {
        put("total", "", self.total)
            && self.texts.iter_mut().all(|(name, values)| {
                values.end_run();
                values.counts.iter().all(|(value, count)| put(name, value, *count))
            })
            && self.hours.iter_mut().all(|(name, hours)| {
                hours.end_run();
                let mut each = hours.counts.iter();
                each.all(|(hour, count)| put(name, &(hour * (HOUR / 1_000_000)).to_string(), *count))
            })
    }
}

impl<V: Eq + Hash + Clone> Dimension<V> {
    fn add<T: ?Sized + PartialEq + ToOwned<Owned = V>>(&mut self, value: &T)
    where
        V: Borrow<T>,
    {
        if self.last.borrow() != value {
            self.end_run();
            value.clone_into(&mut self.last);
        }
        self.run += 1;
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        if let Some(count) = self.counts.get_mut(&self.last) {
            *count += run;
        } else if run > 0 {
            self.counts.insert(self.last.clone(), run);
        }
    }
}
