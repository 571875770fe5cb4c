//! Counts without rows: one pass over the bans that hold.

use rusqlite::Connection;
use warden_plugin::{Buckets, Error, Query};

use super::question::{Question, Shape, bind};
use super::read::Halt;
use super::record::Counted;
use crate::common::counts::Counts;

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
