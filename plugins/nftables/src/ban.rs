//! One ban as it stands in the kernel, without its target, which is the key that it stands under.

use std::cmp::Ordering;
use std::sync::Arc;

use warden_plugin::{FOREVER_US, IpRange, Result, Row, Rows, Target, UNKNOWN_US};

/// The one remediation that a packet filter has.
pub const ACTION: &str = "ban";

/// Above this (68 years) nft's own arithmetic ends: the element has no timeout, and its end stands in the comment alone.
const MAX_TIMEOUT_SECONDS: i64 = i32::MAX as i64;

const SECOND_US: i64 = 1_000_000;

/// A ban of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBan {
    /// Who ordered it. Shared, since a list of a million bans has one source.
    pub source: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
    /// From when it holds; `UNKNOWN_US` if nobody knows.
    pub start_us: i64,
    /// Until when.
    pub until_us: i64,
}

impl StoredBan {
    /// Whether it has begun by then and not ended.
    #[must_use]
    pub fn is_active(&self, at_us: i64) -> bool {
        self.start_us <= at_us && at_us < self.until_us
    }

    /// Whether it has not ended yet.
    #[must_use]
    pub fn is_due(&self, now_us: i64) -> bool {
        now_us < self.until_us
    }

    /// How long the kernel is to hold it: whole seconds, rounded up, so that no ban ends early and a listing is easy to
    /// read. `None`: without end.
    #[must_use]
    pub fn timeout_ms(&self, now_us: i64) -> Option<u64> {
        let left = self.until_us.saturating_sub(now_us);
        let seconds = (left / SECOND_US + i64::from(left % SECOND_US > 0)).max(1);
        let is_counted = self.until_us != FOREVER_US && seconds <= MAX_TIMEOUT_SECONDS;
        is_counted.then(|| seconds.unsigned_abs() * 1000)
    }

    /// Longest first, then by name, so that equal bans have one order.
    #[must_use]
    pub fn rank(&self, other: &Self) -> Ordering {
        (other.until_us, &self.source).cmp(&(self.until_us, &other.source))
    }

    /// Hands it over as a row of `target`.
    ///
    /// # Errors
    /// `Stopped` when the reader has enough.
    pub fn push(&self, target: Target, rows: &mut Rows<'_>) -> Result {
        rows.push(&Row {
            source: &self.source,
            target: target.text().as_str(),
            reason: &self.reason,
            action: ACTION,
            ban_count: 1,
            start_us: self.start_us,
            until_us: self.until_us,
            ended_us: UNKNOWN_US,
            range: Some(IpRange::from(target)),
            ..Row::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(until_us: i64) -> StoredBan {
        StoredBan { source: "cli".into(), reason: "".into(), start_us: 0, until_us }
    }

    #[test]
    fn a_timeout_is_rounded_up_to_a_second() {
        for (left_us, seconds) in
            [(1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (3_600_000_000, 3600)]
        {
            assert_eq!(until(5_000_000 + left_us).timeout_ms(5_000_000), Some(seconds * 1000), "{left_us}");
        }
    }

    #[test]
    fn what_is_over_still_has_a_timeout_that_the_kernel_takes() {
        assert_eq!(until(5).timeout_ms(10), Some(1000));
        assert_eq!(until(i64::MIN).timeout_ms(10), Some(1000));
    }

    #[test]
    fn what_is_too_long_for_nft_has_no_timeout() {
        assert_eq!(until(FOREVER_US).timeout_ms(0), None);
        assert_eq!(until((1 << 31) * SECOND_US).timeout_ms(0), None);
        assert_eq!(until(((1 << 31) - 1) * SECOND_US).timeout_ms(0), Some(2_147_483_647_000));
    }

    #[test]
    fn the_longest_ban_comes_first() {
        let other = StoredBan { source: "api".into(), ..until(5) };
        let mut all = [until(5), until(FOREVER_US), other.clone(), until(7)];
        all.sort_by(StoredBan::rank);
        assert_eq!(all, [until(FOREVER_US), until(7), other, until(5)]);
    }
}
