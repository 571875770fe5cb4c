//! Where the counts come from: the plugin's own, else its rows.

use warden_plugin::{Query, Result, Row, UNKNOWN_US, abi};

use super::counts::{Counts, Dimension};
use crate::instant::Instant;
use crate::plugin::Instance;

/// Counts the bans of one backend; `since`: only those that began then or later, which no plugin counts by itself.
pub fn read(instance: &mut Instance, query: &Query<'_>, since: Option<i64>, counts: &mut Counts) -> Result {
    if since.is_none() {
        let mut own = Counts::default();
        let applied = instance.summarise(query, &mut |kind, value, count| own.add(kind, value, count))?;
        let wanted = query.wanted() & !abi::Q_LIMIT;
        if applied.is_some_and(|applied| applied & wanted == wanted) {
            counts.absorb(own);
            return Ok(());
        }
    }
    instance.read(query, |row, _, applied| {
        let began = since.is_none_or(|since| row.start_us >= since);
        !began || !query.matches(row, applied) || count(row, counts)
    })
}

/// Counts one ban; answers whether more can be taken.
fn count(row: &Row<'_>, counts: &mut Counts) -> bool {
    for dimension in Dimension::ALL {
        let value = match dimension {
            Dimension::Reason => row.reason,
            Dimension::Country => row.country,
            Dimension::As => row.as_text,
            Dimension::Source => row.source,
            Dimension::Action => row.action,
        };
        counts.add(dimension.name(), value, 1);
    }
    for (kind, us) in [("start-hour", row.start_us), ("end-hour", row.until_us)] {
        if us != UNKNOWN_US && us != Instant::FOREVER.micros() {
            let seconds = us.div_euclid(3_600_000_000) * 3600;
            counts.add(kind, &seconds.to_string(), 1);
        }
    }
    counts.add("total", "", 1)
}
