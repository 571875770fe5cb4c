//! The statistics as text, CSV and JSON.

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::counts::{Dimension, HOUR, STEPS, Statistics};
use crate::instant::Instant;
use crate::output::{Look, csv_value, local_second};
use crate::ui::{Escaped, number};

/// The length of the longest bar.
const BAR: u64 = 30;
/// No value takes more columns than this.
const WIDEST: usize = 40;

/// For people: a list with bars for each dimension, then the timeline.
pub fn human(
    found: &Statistics,
    dimensions: &[Dimension],
    at: Instant,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{} bans at {}", number(found.total), local_second(at))?;
    for dimension in dimensions {
        let list = found.list(*dimension);
        writeln!(out, "\nby {} ({})", dimension.name(), number(list.distinct))?;
        let values = list.values();
        let shown: Vec<_> = values.iter().map(|(value, n)| (cut(value), *n)).collect();
        bars(&shown, found.total, look, out)?;
        let rest = list.distinct.saturating_sub(values.len() as u64);
        if rest > 0 {
            let count = found.total.saturating_sub(values.iter().map(|(_, n)| n).sum());
            writeln!(out, "  {} more not shown, with {} bans", number(rest), number(count))?;
        }
    }
    let (starts, ends) = timeline(found);
    for (name, steps) in [("began", starts), ("end", ends)] {
        let shown: Vec<_> =
            steps.iter().filter(|(_, n)| *n > 0).map(|(at, n)| (local_second(*at).to_string(), *n)).collect();
        if !shown.is_empty() {
            writeln!(out, "\n{name}, by {}", hours(found))?;
            bars(&shown, found.total, look, out)?;
        }
    }
    Ok(())
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

/// Half a timeline.
type Steps = [(Instant, u64); STEPS];

/// The steps of the timeline with their first instants, in order of time.
fn timeline(found: &Statistics) -> (Steps, Steps) {
    let (hour, step) = (found.window.hour, found.window.step);
    let offset = |i: usize| step.saturating_mul(i64::try_from(i).unwrap_or(0));
    let before = |i: usize| Instant::from_micros((hour + HOUR).saturating_sub(offset(STEPS - i)));
    let after = |i: usize| Instant::from_micros(hour.saturating_add(offset(i)));
    (
        std::array::from_fn(|i| (before(i), found.starts[STEPS - 1 - i])),
        std::array::from_fn(|i| (after(i), found.ends[i])),
    )
}

fn hours(found: &Statistics) -> String {
    match found.window.step / HOUR {
        1 => "the hour".to_owned(),
        n => format!("{n} hours"),
    }
}

/// One document.
pub fn json(found: &Statistics, dimensions: &[Dimension], at: Instant) -> Value {
    let mut by = Map::new();
    for dimension in dimensions {
        let list = found.list(*dimension);
        let top: Vec<_> =
            list.values().iter().map(|(value, n)| json!({ "value": value, "count": n })).collect();
        by.insert(dimension.name().into(), json!({ "distinct": list.distinct, "top": top }));
    }
    let (starts, ends) = timeline(found);
    let steps = |steps: &[(Instant, u64)]| -> Vec<Value> {
        steps.iter().map(|(at, n)| json!({ "at": at.rfc3339_utc().as_str(), "count": n })).collect()
    };
    json!({
        "at": at.rfc3339_utc().as_str(),
        "total": found.total,
        "by": by,
        "timeline": { "step_seconds": found.window.step / 1_000_000, "starts": steps(&starts), "ends": steps(&ends) },
    })
}

/// CSV: the dimension, the value, the count.
pub fn raw(found: &Statistics, dimensions: &[Dimension], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "by,value,count\ntotal,,{}", found.total)?;
    for dimension in dimensions {
        for (value, n) in found.list(*dimension).values() {
            write!(out, "{},", dimension.name())?;
            csv_value(out, &value)?;
            writeln!(out, ",{n}")?;
        }
    }
    let (starts, ends) = timeline(found);
    for (name, steps) in [("start", starts), ("end", ends)] {
        for (at, n) in steps {
            writeln!(out, "{name},{},{n}", at.rfc3339_utc().as_str())?;
        }
    }
    Ok(())
}
