//! One ban as it is held in the kernel, apart from its target, which is the key that it stands under.

use std::cmp::Ordering;
use std::net::IpAddr;

use warden_plugin::{Ban, FOREVER_US, IpRange, Result, Row, Rows, Signal, Target, UNKNOWN_US};

use crate::comment;

/// The one remediation that a packet filter has.
pub const ACTION: &str = "ban";

/// Who ordered what stands in a set without a comment of warden's: somebody with nft.
const FOREIGN: &str = "nft";

/// Above this (68 years) nft's own arithmetic ends: the kernel holds the element until somebody removes it, and its
/// end stands in the comment alone.
const MAX_TIMEOUT_SECONDS: i64 = i32::MAX as i64;

const SECOND_US: i64 = 1_000_000;

/// One ban order that was given, without its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Who ordered it.
    pub source: String,
    /// Why.
    pub reason: String,
    /// From when it holds; `UNKNOWN_US` if nobody knows.
    pub start_us: i64,
    /// Until when.
    pub until_us: i64,
}

impl Held {
    /// What of a ban order fits into the kernel.
    #[must_use]
    pub fn of(ban: &Ban<'_>, signal: &Signal<'_>) -> Self {
        let reason = if ban.reason.is_empty() { signal.scenario } else { ban.reason };
        Self {
            source: comment::kept_source(ban.source),
            reason: reason.to_owned(),
            start_us: signal.stop_us,
            until_us: ban.until_us,
        }
    }

    /// What an element says: its comment, or what is left to say of one that warden did not write.
    #[must_use]
    pub fn of_element(text: Option<&str>, expires_seconds: Option<i64>, now_us: i64) -> Self {
        text.and_then(comment::read).unwrap_or_else(|| Self {
            source: FOREIGN.to_owned(),
            reason: text.unwrap_or_default().to_owned(),
            start_us: UNKNOWN_US,
            until_us: expires_seconds
                .map_or(FOREVER_US, |left| now_us.saturating_add((left + 1) * SECOND_US)),
        })
    }

    /// Whether it has begun by then and not ended.
    #[must_use]
    pub fn is_active(&self, at_us: i64) -> bool {
        self.start_us <= at_us && at_us < self.until_us
    }

    /// Whether it still has to be kept: it has not ended.
    #[must_use]
    pub fn is_due(&self, now_us: i64) -> bool {
        now_us < self.until_us
    }

    /// The seconds that the kernel keeps it: rounded up, so that no ban ends early. `None`: without end.
    #[must_use]
    pub fn timeout_seconds(&self, now_us: i64) -> Option<i64> {
        let left = self.until_us.saturating_sub(now_us);
        let seconds = (left / SECOND_US + i64::from(left % SECOND_US > 0)).max(1);
        (self.until_us != FOREVER_US && seconds <= MAX_TIMEOUT_SECONDS).then_some(seconds)
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

/// The targets that together are exactly the addresses from `first` to `last`: one, unless somebody put a span into a
/// set by hand that is no CIDR range.
pub fn targets(first: IpAddr, last: IpAddr) -> impl Iterator<Item = Target> {
    let (v4, v6) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (Some(ipnet::Ipv4Subnets::new(first, last, 0)), None),
        (IpAddr::V6(first), IpAddr::V6(last)) => (None, Some(ipnet::Ipv6Subnets::new(first, last, 0))),
        _ => (None, None),
    };
    let v4 = v4.into_iter().flatten().map(|net| Target::from(ipnet::IpNet::from(net)));
    v4.chain(v6.into_iter().flatten().map(|net| Target::from(ipnet::IpNet::from(net))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(until_us: i64) -> Held {
        Held { source: "cli".into(), reason: String::new(), start_us: 0, until_us }
    }

    #[test]
    fn a_timeout_is_rounded_up_to_a_second() {
        for (left_us, seconds) in
            [(1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (3_600_000_000, 3600)]
        {
            assert_eq!(until(5_000_000 + left_us).timeout_seconds(5_000_000), Some(seconds), "{left_us}");
        }
    }

    #[test]
    fn what_is_over_still_has_a_timeout_that_nft_takes() {
        assert_eq!(until(5).timeout_seconds(10), Some(1));
        assert_eq!(until(i64::MIN).timeout_seconds(10), Some(1));
    }

    #[test]
    fn what_is_too_long_for_nft_has_no_timeout() {
        assert_eq!(until(FOREVER_US).timeout_seconds(0), None);
        assert_eq!(until((1 << 31) * SECOND_US).timeout_seconds(0), None);
        assert_eq!(until(((1 << 31) - 1) * SECOND_US).timeout_seconds(0), Some(i32::MAX.into()));
    }

    #[test]
    fn the_longest_ban_comes_first() {
        let other = Held { source: "api".into(), ..until(5) };
        let mut all = [until(5), until(FOREVER_US), other.clone(), until(7)];
        all.sort_by(Held::rank);
        assert_eq!(all, [until(FOREVER_US), until(7), other, until(5)]);
    }

    #[test]
    fn a_span_by_hand_is_told_as_the_ranges_that_make_it_up() {
        let told = |first: &str, last: &str| {
            let all: Vec<_> = targets(first.parse().unwrap(), last.parse().unwrap()).collect();
            all.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(told("10.0.0.0", "10.0.0.255"), ["10.0.0.0/24"]);
        assert_eq!(told("10.0.0.3", "10.0.0.8"), ["10.0.0.3", "10.0.0.4/30", "10.0.0.8"]);
        assert_eq!(told("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ["::/0"]);
        assert_eq!(told("0.0.0.0", "255.255.255.255"), ["0.0.0.0/0"]);
        assert_eq!(told("10.0.0.3", "::1"), [""; 0]);
    }
}
