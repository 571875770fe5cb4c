//! From the time on a wall clock to an instant, where a zone may know two of them or none.

use chrono::{Duration, FixedOffset, NaiveDateTime, Offset, TimeZone, Timelike};

use super::Instant;

/// A local time that is not exactly one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unclear {
    /// The clock was set back: the earlier and the later instant.
    Twice(Instant, Instant),
    /// The clock was set forward: the last second before the gap and the first one behind it.
    Never(Instant, Instant),
}

/// The instant of a local time.
///
/// Asks the zone for the offset of an instant only, never for that of a local time: chrono 0.4.45's
/// `Local` reads the first second of a gap as the one behind it, and the first second after a repeated
/// hour as ambiguous.
pub(super) fn instant_of<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Result<Instant, Unclear> {
    let day = Duration::days(1);
    let offsets = [local - day, local, local + day].map(|utc| offset_at(utc, zone));
    let shows_local = |offset: &FixedOffset| offset_at(local - *offset, zone) == *offset;
    let instants = || offsets.into_iter().filter(shows_local).map(|offset| Instant::from_utc(local - offset));
    match (instants().min(), instants().max()) {
        (Some(first), Some(last)) if first == last => Ok(first),
        (Some(first), Some(last)) => Err(Unclear::Twice(first, last)),
        _ => Err(gap(local, zone)),
    }
}

fn offset_at<Z: TimeZone>(utc: NaiveDateTime, zone: &Z) -> FixedOffset {
    zone.offset_from_utc_datetime(&utc).fix()
}

/// Looks for the second in which the zone's clock jumps over `local`. No offset reaches a day, so the
/// clock is behind `local` at first and ahead of it at last.
fn gap<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Unclear {
    let local = local.with_nanosecond(0).unwrap_or(local);
    let second = |seconds: i64| local + Duration::seconds(seconds);
    let is_ahead = |utc: NaiveDateTime| utc + offset_at(utc, zone) > local;
    let (mut behind, mut ahead) = (-86_400, 86_400);
    while ahead - behind > 1 {
        let middle = i64::midpoint(behind, ahead);
        if is_ahead(second(middle)) { ahead = middle } else { behind = middle }
    }
    Unclear::Never(Instant::from_utc(second(behind)), Instant::from_utc(second(ahead)))
}
