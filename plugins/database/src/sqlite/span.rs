//! From when to when a ban holds.

use rusqlite::types::ValueRef;
use warden_plugin::UNKNOWN_US;

use super::time;

/// The instants of one ban. What cannot be read counts for the ban: a start as long past, an end as not yet come, so
/// that nobody takes a banned target for free. A deletion that cannot be read has happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// When the record was made; bounds `start` from above unless a clock was wrong.
    pub created: i64,
    /// The signal's last event, else `created`.
    pub start: i64,
    /// `FOREVER_US`: without end.
    pub until: i64,
    /// When it was ended; `None`: it was not.
    pub ended: Option<i64>,
}

impl Span {
    /// From `created_at`, the signal's `stop_at`, `until` and `deleted_at`.
    pub fn read(
        created_at: ValueRef<'_>,
        stop_at: ValueRef<'_>,
        until: ValueRef<'_>,
        deleted_at: ValueRef<'_>,
    ) -> Self {
        let created = time::read(created_at);
        // What warden writes starts with its record.
        let stop = if stop_at == created_at { created } else { time::read(stop_at) };
        Self {
            created,
            start: if stop == UNKNOWN_US { created } else { stop },
            until: time::read_end(until),
            ended: (deleted_at != ValueRef::Null).then(|| time::read(deleted_at)),
        }
    }

    /// start <= at < until, and not ended at or before it.
    pub fn holds_at(&self, at: i64) -> bool {
        self.start <= at && self.ends_after(at) && self.ended.is_none_or(|ended| at < ended)
    }

    /// Whether its own end lies behind an instant.
    pub fn ends_after(&self, at: i64) -> bool {
        self.until == UNKNOWN_US || at < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NINE: ValueRef<'_> = ValueRef::Text(b"2026-11-24 09:00:00+00:00");
    const TEN: ValueRef<'_> = ValueRef::Text(b"2026-11-24 05:00:00-05:00");
    const ELEVEN: ValueRef<'_> = ValueRef::Text(b"2026-11-24 16:30:00+05:30");
    const JUNK: ValueRef<'_> = ValueRef::Text(b"junk");

    fn at(hour: i64) -> i64 {
        time::parse(b"2026-11-24").unwrap() + hour * 3_600_000_000
    }

    fn hours(span: Span) -> Vec<i64> {
        (8..=12).filter(|hour| span.holds_at(at(*hour))).collect()
    }

    #[test]
    fn it_holds_from_its_start_to_before_its_end() {
        assert_eq!(hours(Span::read(NINE, ValueRef::Null, ELEVEN, ValueRef::Null)), [9, 10]);
        assert_eq!(hours(Span::read(ELEVEN, NINE, ELEVEN, ValueRef::Null)), [9, 10]);
        assert_eq!(hours(Span::read(NINE, ValueRef::Null, ELEVEN, TEN)), [9]);
    }

    #[test]
    fn what_cannot_be_read_counts_for_the_ban() {
        assert_eq!(hours(Span::read(JUNK, JUNK, ELEVEN, ValueRef::Null)), [8, 9, 10]);
        assert_eq!(hours(Span::read(NINE, JUNK, JUNK, ValueRef::Null)), [9, 10, 11, 12]);
        assert_eq!(hours(Span::read(NINE, NINE, ELEVEN, JUNK)), [0; 0]);
    }
}
