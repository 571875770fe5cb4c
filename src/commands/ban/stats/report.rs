//! The statistics as people and scripts read them.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use unicode_width::UnicodeWidthStr;

use super::counts::{Dimension, HOUR, Statistics};
use crate::instant::Instant;
use crate::output::{Document, Look, csv_value, local_second};
use crate::ui::{Escaped, counted, number};

/// The length of the longest bar.
const BAR: u64 = 30;
/// No value takes more columns than this.
const WIDEST: usize = 40;

/// What was counted.
#[derive(Serialize)]
pub struct StatsReport {
    #[serde(serialize_with = "rfc3339")]
    at: Instant,
    /// Whether every backend answered.
    complete: bool,
    total: u64,
    #[serde(serialize_with = "by_name")]
    by: Vec<(Dimension, Values)>,
    timeline: Timeline,
    #[serde(skip)]
    look: Look,
}

/// The values of a dimension.
#[derive(Serialize)]
struct Values {
    distinct: u64,
    /// The most frequent ones.
    top: Vec<Count>,
}

#[derive(Serialize)]
struct Count {
    value: String,
    count: u64,
}

/// When bans began and end.
#[derive(Serialize)]
struct Timeline {
    step_seconds: i64,
    starts: Vec<Step>,
    ends: Vec<Step>,
}

/// The bans of a step, with its first instant.
#[derive(Serialize)]
struct Step {
    #[serde(serialize_with = "rfc3339")]
    at: Instant,
    count: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn rfc3339<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(at.rfc3339_utc().as_str())
}

fn by_name<S: Serializer>(by: &[(Dimension, Values)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(by.iter().map(|(dimension, values)| (dimension.name(), values)))
}

impl StatsReport {
    pub fn of(
        found: &Statistics,
        dimensions: Vec<Dimension>,
        at: Instant,
        complete: bool,
        look: Look,
    ) -> Self {
        let values = |dimension| {
            let list = found.list(dimension);
            let top = list.values().into_iter().map(|(value, count)| Count { value, count }).collect();
            (dimension, Values { distinct: list.distinct, top })
        };
        let by = dimensions.into_iter().map(values).collect();
        Self { at, complete, total: found.total, by, timeline: Timeline::of(found), look }
    }
}

impl Timeline {
    /// The steps in order of time.
    fn of(found: &Statistics) -> Self {
        let (hour, step, steps) = (found.window.hour, found.window.step, found.window.steps);
        let offset = |i: usize| step.saturating_mul(i64::try_from(i).unwrap_or(0));
        let before = |i: usize| Instant::from_micros((hour + HOUR).saturating_sub(offset(i + 1)));
        let after = |i: usize| Instant::from_micros(hour.saturating_add(offset(i)));
        Self {
            step_seconds: step / 1_000_000,
            starts: (0..steps).rev().map(|i| Step { at: before(i), count: found.starts[i] }).collect(),
            ends: (0..steps).map(|i| Step { at: after(i), count: found.ends[i] }).collect(),
        }
    }

    fn step(&self) -> String {
        match self.step_seconds / 3600 {
            1 => "the hour".to_owned(),
            n => format!("{n} hours"),
        }
    }
}

impl Document for StatsReport {
    /// A list with bars for each dimension, then the timeline.
    fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        let part = if self.complete { "" } else { ", in the backends that answered" };
        writeln!(out, "{} at {}{part}", counted(self.total, "ban"), local_second(self.at))?;
        for (dimension, values) in &self.by {
            writeln!(out, "\nby {} ({})", dimension.name(), number(values.distinct))?;
            let shown: Vec<_> = values.top.iter().map(|one| (cut(&one.value), one.count)).collect();
            bars(&shown, self.total, self.look, out)?;
            let rest = values.distinct.saturating_sub(values.top.len() as u64);
            if rest > 0 {
                let count = self.total.saturating_sub(values.top.iter().map(|one| one.count).sum());
                writeln!(out, "  {} more not shown, with {}", number(rest), counted(count, "ban"))?;
            }
        }
        for (name, steps) in [("began", &self.timeline.starts), ("end", &self.timeline.ends)] {
            let shown: Vec<_> = steps
                .iter()
                .filter(|step| step.count > 0)
                .map(|step| (local_second(step.at).to_string(), step.count))
                .collect();
            if !shown.is_empty() {
                writeln!(out, "\n{name}, by {}", self.timeline.step())?;
                bars(&shown, self.total, self.look, out)?;
            }
        }
        Ok(())
    }

    /// The dimension, the value, the count.
    fn raw(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "by,value,count\ntotal,,{}", self.total)?;
        for (dimension, values) in &self.by {
            for Count { value, count } in &values.top {
                write!(out, "{},", dimension.name())?;
                csv_value(out, value)?;
                writeln!(out, ",{count}")?;
            }
        }
        for (name, steps) in [("start", &self.timeline.starts), ("end", &self.timeline.ends)] {
            for step in steps {
                writeln!(out, "{name},{},{}", step.at.rfc3339_utc().as_str(), step.count)?;
            }
        }
        Ok(())
    }
}

/// One line a value.
fn bars(values: &[(String, u64)], total: u64, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let width = values.iter().map(|(value, _)| value.width()).max().unwrap_or(0);
    let most = values.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let digits = number(most).len();
    for (value, n) in values {
        let space = " ".repeat(width - value.width());
        let percent = n.saturating_mul(100).checked_div(total).unwrap_or(0);
        writeln!(out, "  {value}{space}  {:>digits$}  {percent:>3}%  {}", number(*n), bar(*n, most, look))?;
    }
    Ok(())
}

/// A bar in eighths of a character on a terminal, in whole ones elsewhere.
fn bar(n: u64, most: u64, look: Look) -> String {
    let eighths = n.saturating_mul(BAR * 8).checked_div(most).unwrap_or(0).max(u64::from(n > 0));
    let (whole, rest) =
        (usize::try_from(eighths / 8).unwrap_or(0), usize::try_from(eighths % 8).unwrap_or(0));
    if look.width.is_none() {
        return "#".repeat((whole + usize::from(rest >= 4)).max(1));
    }
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest];
    format!("{}{part}", "█".repeat(whole))
}

/// A value that is safe for a terminal and not too long; `(none)` for an empty one.
fn cut(value: &str) -> String {
    let shown = Escaped(value.trim()).to_string();
    match shown.char_indices().nth(WIDEST) {
        _ if shown.is_empty() => "(none)".to_owned(),
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}
