//! Counts without rows: one pass over the bans that hold.

use std::collections::HashMap;

use rusqlite::Connection;
use warden_plugin::{Buckets, Error, FOREVER_US, Host, Query, Row, UNKNOWN_US};

use super::connection::Failure;
use super::question::{Question, Shape, bind};
use super::read::{BREATH, Halt};
use super::record::Record;

const HOUR: i64 = 3_600_000_000;

/// The counts of one dimension. Memory: each distinct value once; of an hour, a number.
#[derive(Default)]
struct Dimension(HashMap<String, u64>);

/// All dimensions of `warden.summary/1`.
pub struct Counts {
    total: u64,
    texts: [(&'static str, Dimension); 5],
    hours: [(&'static str, HashMap<i64, u64>); 2],
}

/// Counts what the query asks for. The caller has begun a transaction.
pub fn summarise(
    connection: &Connection,
    host: Host,
    query: &Query<'_>,
    put: Buckets<'_>,
) -> Result<(), Halt> {
    let question = Question::new(query);
    let mut statement = connection.prepare(&question.sql(Shape::Counted))?;
    bind(&mut statement, &question.parameters())?;
    let mut cursor = statement.raw_query();
    let mut record = Record::default();
    let mut counts = Counts::new();
    while let Some(row) = cursor.next()? {
        record.load(row)?;
        if record.span.holds_at(query.at_us) {
            counts.add(&record.row(query.at_us));
        }
        if counts.total.is_multiple_of(BREATH) && host.is_cancelled() {
            return Err(Halt::Failed(Failure::Cancelled));
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
            hours: ["start-hour", "end-hour"].map(|name| (name, HashMap::new())),
        }
    }

    /// Counts a row.
    pub fn add(&mut self, row: &Row<'_>) {
        self.total += 1;
        let texts = [row.source, row.reason, row.country, row.as_text, row.action];
        for ((_, dimension), value) in self.texts.iter_mut().zip(texts) {
            dimension.add(value);
        }
        for ((_, hours), instant) in self.hours.iter_mut().zip([row.start_us, row.until_us]) {
            if instant != UNKNOWN_US && instant != FOREVER_US {
                *hours.entry(instant.div_euclid(HOUR)).or_default() += 1;
            }
        }
    }

    /// Whether the receiver wanted all of it.
    pub fn hand_over(&self, put: Buckets<'_>) -> bool {
        put("total", "", self.total)
            && self
                .texts
                .iter()
                .all(|(name, values)| values.0.iter().all(|(value, count)| put(name, value, *count)))
            && self.hours.iter().all(|(name, hours)| {
                hours.iter().all(|(hour, count)| put(name, &(hour * (HOUR / 1_000_000)).to_string(), *count))
            })
    }
}

impl Dimension {
    fn add(&mut self, value: &str) {
        if let Some(count) = self.0.get_mut(value) {
            *count += 1;
        } else {
            self.0.insert(value.to_owned(), 1);
        }
    }
}
