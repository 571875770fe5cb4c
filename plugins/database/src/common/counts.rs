//! Counts of bans without rows.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use warden_plugin::{Buckets, FOREVER_US, Row, UNKNOWN_US};

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
    pub fn add(&mut self, texts: [&str; 5], instants: [i64; 2]) {
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
