//! Ends and durations: when a decision ends by our clock, and how long a new one is to hold.

use warden_plugin::{Error, FOREVER_US, Result};

const SECOND: i64 = 1_000_000;

/// The longest duration that the server takes, in whole seconds: Go counts nanoseconds in 64 bits. 292 years.
const LONGEST_US: i64 = (i64::MAX / 1000 / SECOND) * SECOND;

/// What has longer than this left is for ever: 250 years. Permanent bans read so until four decades after they were made.
const FOREVER_FROM_US: i64 = 250 * 365 * 86_400 * SECOND;

/// How long a decision holds from `start_us`, so that it ends at `until_us`.
pub fn duration(start_us: i64, until_us: i64) -> Result<i64> {
    if until_us == FOREVER_US {
        return Ok(LONGEST_US);
    }
    until_us.checked_sub(start_us).filter(|d| *d < FOREVER_FROM_US && *d > -FOREVER_FROM_US).ok_or_else(
        || {
            Error::invalid("a ban of more than 250 years cannot be told from one for ever")
                .with_hint("make it permanent")
        },
    )
}

/// When a decision ends. Durations are whole seconds from the alert's last event, nearly always: so the end is exact,
/// and the same each time it is read, though what is left was measured by another clock.
pub fn end(now_us: i64, left_us: i64, stop_us: Option<i64>) -> i64 {
    if left_us > FOREVER_FROM_US {
        return FOREVER_US;
    }
    let rough = now_us.saturating_add(left_us);
    let Some(stop_us) = stop_us else { return rough };
    let seconds = rough.saturating_sub(stop_us).saturating_add(SECOND / 2).div_euclid(SECOND);
    stop_us.saturating_add(seconds.saturating_mul(SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_493_543_123_456;

    #[test]
    fn an_end_comes_back_exactly() {
        let until = NOW + 3600 * SECOND;
        assert_eq!(duration(NOW, until).unwrap(), 3600 * SECOND);
        for late in [-400_000, -1, 0, 80_000, 400_000] {
            let answered = NOW + 10 * SECOND;
            assert_eq!(end(answered, 3590 * SECOND + late, Some(NOW)), until);
        }
    }

    #[test]
    fn without_a_start_the_end_is_as_measured() {
        assert_eq!(end(NOW, 5, None), NOW + 5);
    }

    #[test]
    fn for_ever_is_the_longest_and_comes_back() {
        let longest = duration(NOW, FOREVER_US).unwrap();
        assert_eq!(crate::wire::duration::text(longest), "2562047h47m16s");
        assert_eq!(end(NOW, longest, Some(NOW)), FOREVER_US);
        assert_eq!(end(NOW, longest - 40 * 365 * 86_400 * SECOND, Some(NOW)), FOREVER_US);
    }

    #[test]
    fn what_would_read_as_for_ever_is_refused() {
        assert!(duration(NOW, NOW + FOREVER_FROM_US).is_err());
        assert!(duration(i64::MIN, NOW).is_err());
        assert_eq!(duration(NOW, NOW - SECOND).unwrap(), -SECOND);
    }
}
