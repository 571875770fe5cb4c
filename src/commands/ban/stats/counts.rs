//! Counts by value, exact and in flat memory: a table of some megabytes, which is spilled into a spool when it is full.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;

use crate::instant::Instant;
use crate::spool::{Sorted, Sorter};

/// What bans are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Dimension {
    /// Why
    Reason,
    /// The two letters of the country
    Country,
    /// The autonomous system
    As,
    /// Who ordered
    Source,
    /// What the ban does
    Action,
}

impl Dimension {
    /// All, in the order in which they are printed.
    pub const ALL: [Self; 5] = [Self::Reason, Self::Country, Self::As, Self::Source, Self::Action];

    /// The name, as plugins and `--by` say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Country => "country",
            Self::As => "as",
            Self::Source => "source",
            Self::Action => "action",
        }
    }
}

/// What is held before it is spilled, about; the spool holds its own share besides.
const MEMORY: usize = 4 << 20;
/// What an entry of the table costs besides its text, about.
const ENTRY: usize = 64;

/// Counts in the making.
#[derive(Default)]
pub struct Counts {
    table: HashMap<Vec<u8>, u64>,
    size: usize,
    spool: Sorter,
    failed: Option<io::Error>,
}

/// What a count is of, the first byte of its key: the buckets of `warden.summary/1`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bucket {
    Dimension(Dimension),
    Total,
    Starts,
    Ends,
}

impl Bucket {
    const ALL: [Self; 8] = [
        Self::Dimension(Dimension::Reason),
        Self::Dimension(Dimension::Country),
        Self::Dimension(Dimension::As),
        Self::Dimension(Dimension::Source),
        Self::Dimension(Dimension::Action),
        Self::Total,
        Self::Starts,
        Self::Ends,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Dimension(dimension) => dimension.name(),
            Self::Total => "total",
            Self::Starts => "start-hour",
            Self::Ends => "end-hour",
        }
    }
}

impl Counts {
    /// Adds to the count of a value, whose kind has the name that `warden.summary/1` gives it; an unknown kind is
    /// ignored. Answers whether more can be taken.
    pub fn add(&mut self, kind: &str, value: &str, count: u64) -> bool {
        let Some(kind) = (0_u8..).zip(Bucket::ALL).find(|(_, k)| k.name() == kind).map(|(i, _)| i) else {
            return true;
        };
        // v0.3's empty AS is a space.
        let key = [&[kind], value.trim().as_bytes()].concat();
        let size = key.len() + ENTRY;
        let entry = self.table.entry(key);
        if matches!(entry, std::collections::hash_map::Entry::Vacant(_)) {
            self.size += size;
        }
        *entry.or_default() += count;
        if self.size > MEMORY {
            self.spill();
        }
        self.failed.is_none()
    }

    /// Adds what others have counted.
    pub fn absorb(&mut self, other: Self) {
        match other.sorted() {
            Err(error) => self.failed = Some(error),
            Ok(sorted) => {
                if let Err(error) = each(&sorted, &mut |key, count| {
                    if let Some((kind, value)) = key.split_first() {
                        let name = Bucket::ALL[usize::from(*kind)].name();
                        self.add(name, &String::from_utf8_lossy(value), count);
                    }
                }) {
                    self.failed = Some(error);
                }
            }
        }
    }

    fn spill(&mut self) {
        self.size = 0;
        for (key, count) in self.table.drain() {
            if let Err(error) = self.spool.push(&key, &count.to_le_bytes()) {
                self.failed = Some(error);
            }
        }
    }

    fn sorted(mut self) -> io::Result<Sorted> {
        self.spill();
        match self.failed {
            Some(error) => Err(error),
            None => self.spool.finish(),
        }
    }

    /// The end: the longest lists of `top`, and a timeline.
    pub fn finish(self, top: usize, window: Window) -> io::Result<Statistics> {
        let mut found = Statistics::new(top, window);
        each(&self.sorted()?, &mut |key, count| found.take(key, count))?;
        Ok(found)
    }
}

/// Each key once, with the sum of its counts.
fn each(sorted: &Sorted, f: &mut dyn FnMut(&[u8], u64)) -> io::Result<()> {
    let mut merge = sorted.read()?;
    let mut current: Option<(Vec<u8>, u64)> = None;
    while let Some((key, value)) = merge.next()? {
        let count = value.try_into().map_or(0, u64::from_le_bytes);
        match &mut current {
            Some((last, sum)) if last == key => *sum += count,
            _ => {
                if let Some((last, sum)) = current.replace((key.to_vec(), count)) {
                    f(&last, sum);
                }
            }
        }
    }
    if let Some((last, sum)) = current {
        f(&last, sum);
    }
    Ok(())
}

/// The hours that a timeline spans. Plugins count by whole hours, so its steps are whole hours.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The hour of T begins here: it is the last one of the starts and the first one of the ends. In microseconds.
    pub hour: i64,
    /// The length of a step.
    pub step: i64,
    /// So many steps there are, before T and after it.
    pub steps: usize,
}

/// In microseconds.
pub const HOUR: i64 = 3_600_000_000;
/// More steps a timeline does not have, before T and after it.
const STEPS: usize = 24;

impl Window {
    /// So much time before an instant and after it.
    pub fn around(at: Instant, span: i64) -> Self {
        let hours = (span / HOUR / 24 + i64::from(span % (24 * HOUR) > 0)).max(1);
        let step = hours * HOUR;
        let steps = span / step + i64::from(span % step > 0);
        let steps = usize::try_from(steps).unwrap_or(STEPS).clamp(1, STEPS);
        Self { hour: at.micros().div_euclid(HOUR) * HOUR, step, steps }
    }

    /// The step of an hour in which bans began, counted away from T.
    fn start_step(self, hour: i64) -> Option<usize> {
        self.step_at((self.hour + HOUR - 1).saturating_sub(hour))
    }

    /// The step of an hour in which bans end, counted away from T.
    fn end_step(self, hour: i64) -> Option<usize> {
        self.step_at(hour.saturating_sub(self.hour))
    }

    fn step_at(self, distance: i64) -> Option<usize> {
        usize::try_from(distance.div_euclid(self.step)).ok().filter(|step| *step < self.steps)
    }
}

/// What was counted.
pub struct Statistics {
    pub total: u64,
    /// In the order of [`Dimension::ALL`].
    lists: [TopValues; Dimension::ALL.len()],
    pub window: Window,
    /// Counted away from the middle: the first one is the last step before T.
    pub starts: [u64; STEPS],
    /// The first one is the first step after T.
    pub ends: [u64; STEPS],
}

/// The longest counts of a dimension.
#[derive(Clone, Default)]
pub struct TopValues {
    heap: BinaryHeap<(Reverse<u64>, Vec<u8>)>,
    top: usize,
    /// How many values there are.
    pub distinct: u64,
}

impl TopValues {
    fn take(&mut self, value: &[u8], count: u64) {
        self.distinct += 1;
        self.heap.push((Reverse(count), value.to_vec()));
        if self.heap.len() > self.top {
            self.heap.pop();
        }
    }

    /// The values, the most frequent first.
    pub fn values(&self) -> Vec<(String, u64)> {
        let all = self.heap.clone().into_sorted_vec();
        all.into_iter().map(|(Reverse(n), value)| (String::from_utf8_lossy(&value).into_owned(), n)).collect()
    }
}

impl Statistics {
    fn new(top: usize, window: Window) -> Self {
        let list = TopValues { top, ..TopValues::default() };
        let lists = [const { None }; 5].map(|_: Option<()>| list.clone());
        Self { total: 0, lists, window, starts: [0; STEPS], ends: [0; STEPS] }
    }

    /// The list of a dimension.
    pub fn list(&self, dimension: Dimension) -> &TopValues {
        &self.lists[dimension as usize]
    }

    fn take(&mut self, key: &[u8], count: u64) {
        let Some((kind, value)) = key.split_first() else { return };
        match Bucket::ALL[usize::from(*kind)] {
            Bucket::Dimension(dimension) => self.lists[dimension as usize].take(value, count),
            Bucket::Total => self.total += count,
            Bucket::Starts => {
                if let Some(step) = micros_of(value).and_then(|hour| self.window.start_step(hour)) {
                    self.starts[step] += count;
                }
            }
            Bucket::Ends => {
                if let Some(step) = micros_of(value).and_then(|hour| self.window.end_step(hour)) {
                    self.ends[step] += count;
                }
            }
        }
    }
}

/// An hour as plugins send it: its first second since the epoch.
fn micros_of(value: &[u8]) -> Option<i64> {
    str::from_utf8(value).ok()?.parse::<i64>().ok()?.checked_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(counts: &[(&str, &str, u64)], top: usize) -> Statistics {
        let mut all = Counts::default();
        for (kind, value, count) in counts {
            all.add(kind, value, *count);
        }
        all.finish(top, Window::around(Instant::from_micros(100 * HOUR), 24 * HOUR)).unwrap()
    }

    #[test]
    fn the_most_frequent_come_first_and_the_rest_is_counted() {
        let found = statistics(
            &[("reason", "b", 1), ("reason", "a", 1), ("reason", "c", 3), ("reason", "b", 4), ("x", "y", 9)],
            2,
        );
        let list = found.list(Dimension::Reason);
        assert_eq!(list.values(), [("b".to_owned(), 5), ("c".to_owned(), 3)]);
        assert_eq!(list.distinct, 3);
    }

    #[test]
    fn more_than_memory_holds_is_counted_right() {
        let mut counts = Counts::default();
        for round in 0..3_u64 {
            for i in 0..60_000_u64 {
                counts.add("reason", &i.to_string(), 1 + u64::from(i == 7) * round);
            }
        }
        let found = counts.finish(1, Window::around(Instant::from_micros(0), HOUR)).unwrap();
        let list = found.list(Dimension::Reason);
        assert_eq!((list.distinct, list.values()), (60_000, vec![("7".to_owned(), 6)]));
    }

    #[test]
    fn hours_fall_into_the_steps_around_the_middle() {
        let hour = |n: i64| (n * 3600).to_string();
        let [h100, h99, h77, h76, h101] = [100, 99, 77, 76, 101].map(hour);
        let found = statistics(
            &[
                ("start-hour", &h100, 1),
                ("start-hour", &h99, 2),
                ("start-hour", &h77, 4),
                ("start-hour", &h76, 8),
                ("end-hour", &h100, 1),
                ("end-hour", &h101, 2),
                ("end-hour", "9223372036854775807", 1),
            ],
            1,
        );
        assert_eq!((found.starts[0], found.starts[1], found.starts[23]), (1, 2, 4));
        assert_eq!((found.starts.iter().sum::<u64>(), found.ends[0], found.ends[1]), (7, 1, 2));
    }

    #[test]
    fn what_another_backend_counted_is_added() {
        let (mut one, mut two) = (Counts::default(), Counts::default());
        one.add("total", "", 3);
        two.add("total", "", 4);
        one.absorb(two);
        assert_eq!(one.finish(1, Window::around(Instant::from_micros(0), HOUR)).unwrap().total, 7);
    }
}
