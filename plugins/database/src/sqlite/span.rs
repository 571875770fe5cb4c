//! From when to when a ban holds, as its columns say.

use rusqlite::types::ValueRef;

use super::time;
use crate::common::span::Span;

/// From `created_at`, the signal's `stop_at`, `until` and `deleted_at`.
pub fn read(
    created_at: ValueRef<'_>,
    stop_at: ValueRef<'_>,
    until: ValueRef<'_>,
    deleted_at: ValueRef<'_>,
) -> Span {
    let created = time::read(created_at);
    // What warden writes starts with its record: most texts need be read once.
    let stop = if stop_at == created_at { created } else { time::read(stop_at) };
    let ended = (deleted_at != ValueRef::Null).then(|| time::read(deleted_at));
    Span::new(created, stop, time::read_end(until), ended)
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
        assert_eq!(hours(read(NINE, ValueRef::Null, ELEVEN, ValueRef::Null)), [9, 10]);
        assert_eq!(hours(read(ELEVEN, NINE, ELEVEN, ValueRef::Null)), [9, 10]);
        assert_eq!(hours(read(NINE, ValueRef::Null, ELEVEN, TEN)), [9]);
    }

    #[test]
    fn what_cannot_be_read_counts_for_the_ban() {
        assert_eq!(hours(read(JUNK, JUNK, ELEVEN, ValueRef::Null)), [8, 9, 10]);
        assert_eq!(hours(read(NINE, JUNK, JUNK, ValueRef::Null)), [9, 10, 11, 12]);
        assert_eq!(hours(read(NINE, NINE, ELEVEN, JUNK)), [0; 0]);
    }
}
