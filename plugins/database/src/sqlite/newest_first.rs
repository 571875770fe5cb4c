//! Newest first without a sort: rows come by the time of their record, and leave by the start of their ban.
//!
//! A ban starts at its signal's last event, at or a moment before its record is made. So no row that is still to come
//! starts after the record at hand, and whatever was held back and starts later may leave. A ban that starts after
//! its own record (some clock was wrong) is placed by its record.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use warden_plugin::UNKNOWN_US;

use super::record::Record;

/// Start, then id.
pub type Key = (i64, i64);

/// So many rows are held as a whole; beyond, only their keys, and the row is read again.
const WHOLE: usize = 1024;

/// The rows that are held back: those whose record is newer than the one at hand and whose start is older. Usually one
/// or two. Memory: 1,024 rows, and 24 bytes for each row beyond.
#[derive(Debug)]
pub struct NewestFirst {
    waiting: BinaryHeap<Waiting>,
    whole: usize,
    /// No row to come starts after this.
    bound: i64,
}

/// A row that waits for its turn.
#[derive(Debug)]
pub struct Waiting {
    /// Its place.
    pub key: Key,
    /// The row, unless there were too many.
    pub record: Option<Box<Record>>,
}

impl NewestFirst {
    /// An order that has seen no row yet.
    pub fn new() -> Self {
        Self { waiting: BinaryHeap::new(), whole: 0, bound: i64::MAX }
    }

    /// The place of the row that just came, as the rows come: newest record first, then the higher id.
    pub fn place(&mut self, record: &Record) -> Key {
        if record.span.created != UNKNOWN_US {
            self.bound = self.bound.min(record.span.created);
        }
        (record.span.start.min(self.bound), record.id)
    }

    /// The next row to hand over before the one of this key is handed over or held.
    pub fn due(&mut self, key: Key) -> Option<Waiting> {
        // What is to come with the same start has a lower id, once the row at hand starts with its record.
        let limit = if self.is_next(key) { key } else { (self.bound, i64::MAX) };
        if self.waiting.peek()?.key > limit { self.pop() } else { None }
    }

    /// Whether the row of this key can be handed over at once, after all that are due.
    pub fn is_next(&self, key: Key) -> bool {
        key.0 == self.bound
    }

    /// Holds a row back.
    pub fn hold(&mut self, key: Key, record: &mut Record) {
        let record = (self.whole < WHOLE).then(|| {
            self.whole += 1;
            Box::new(std::mem::take(record))
        });
        self.waiting.push(Waiting { key, record });
    }

    /// The next of the rows that are held back, when no more come.
    pub fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop()?;
        self.whole -= usize::from(waiting.record.is_some());
        Some(waiting)
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Waiting {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(id: i64, created: i64, start: i64) -> Record {
        let mut record = Record::default();
        (record.id, record.span.created, record.span.start) = (id, created, start);
        record
    }

    /// Hands rows of (created, start, id) over in the order of the index, and collects what leaves.
    fn through(mut rows: Vec<(i64, i64, i64)>) -> Vec<Key> {
        rows.sort_by_key(|(created, _, id)| std::cmp::Reverse((*created, *id)));
        let mut order = NewestFirst::new();
        let mut out = Vec::new();
        for (created, start, id) in rows {
            let mut record = record(id, created, start);
            let key = order.place(&record);
            while let Some(waiting) = order.due(key) {
                out.push(waiting.key);
            }
            if order.is_next(key) { out.push(key) } else { order.hold(key, &mut record) }
        }
        while let Some(waiting) = order.pop() {
            out.push(waiting.key);
        }
        out
    }

    #[test]
    fn a_row_that_starts_with_its_record_leaves_at_once() {
        let mut order = NewestFirst::new();
        let record = record(1, 5, 5);
        let key = order.place(&record);
        assert!(order.is_next(key) && order.due(key).is_none());
    }

    proptest! {
        #[test]
        fn rows_leave_newest_first(rows in proptest::collection::vec((0..40_i64, 0..10_i64), 0..60)) {
            let rows: Vec<_> = rows.iter().zip(1..).map(|((created, lag), id)| (*created, created - lag, id)).collect();
            let mut sorted: Vec<Key> = rows.iter().map(|(_, start, id)| (*start, *id)).collect();
            sorted.sort_by_key(|key| std::cmp::Reverse(*key));
            prop_assert_eq!(through(rows), sorted);
        }

        #[test]
        fn a_wrong_clock_loses_no_row(rows in proptest::collection::vec((0..40_i64, 0..80_i64), 0..60)) {
            let rows: Vec<_> = rows.iter().zip(1..).map(|((created, start), id)| (*created, *start, id)).collect();
            let mut ids: Vec<_> = through(rows.clone()).iter().map(|key| key.1).collect();
            ids.sort_unstable();
            prop_assert_eq!(ids, (1..=i64::try_from(rows.len()).unwrap()).collect::<Vec<_>>());
        }
    }
}
