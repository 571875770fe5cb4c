//! From ranges that overlap to pieces that do not: nft refuses overlaps, and its auto-merge swallows the smaller one.
//!
//! The longest ban takes its whole range; each shorter one takes what is left of its own. So a piece belongs to the
//! longest ban over it, ends with it, and no address is free before the last ban over it is.

use std::collections::BTreeMap;
use std::net::IpAddr;

use warden_plugin::Target;

/// Addresses of one family as numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The lowest.
    pub first: u128,
    /// The highest.
    pub last: u128,
}

impl From<Target> for Span {
    fn from(target: Target) -> Self {
        Self { first: number(target.first()), last: number(target.last()) }
    }
}

/// An address as a number.
#[must_use]
pub fn number(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(addr) => addr.to_bits().into(),
        IpAddr::V6(addr) => addr.to_bits(),
    }
}

/// The pieces of spans that come longest ban first, in the order of their addresses.
pub fn pieces<T: Copy>(longest_first: impl IntoIterator<Item = (Span, T)>) -> Vec<(Span, T)> {
    let mut taken: BTreeMap<u128, (u128, T)> = BTreeMap::new();
    for (span, owner) in longest_first {
        for gap in gaps(&taken, span) {
            taken.insert(gap.first, (gap.last, owner));
        }
    }
    taken.into_iter().map(|(first, (last, owner))| (Span { first, last }, owner)).collect()
}

/// What nobody has taken of a span yet.
fn gaps<T>(taken: &BTreeMap<u128, (u128, T)>, span: Span) -> Vec<Span> {
    let mut gaps = Vec::new();
    let before = taken.range(..span.first).next_back().map(|(_, (last, _))| *last);
    let mut next = match before.filter(|last| *last >= span.first) {
        Some(last) => last.checked_add(1),
        None => Some(span.first),
    };
    for (&first, &(last, _)) in taken.range(span.first..=span.last) {
        if let Some(start) = next.filter(|start| *start < first) {
            gaps.push(Span { first: start, last: first - 1 });
        }
        next = last.checked_add(1);
    }
    gaps.extend(next.filter(|start| *start <= span.last).map(|first| Span { first, last: span.last }));
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Span = Span { first: 0, last: u128::MAX };

    fn span(first: u128, last: u128) -> Span {
        Span { first, last }
    }

    #[test]
    fn the_longest_ban_keeps_its_range_whole() {
        assert_eq!(
            pieces([(span(16, 31), "a day"), (span(0, 255), "an hour")]),
            [(span(0, 15), "an hour"), (span(16, 31), "a day"), (span(32, 255), "an hour")]
        );
    }

    #[test]
    fn a_shorter_ban_inside_a_longer_one_takes_nothing() {
        assert_eq!(pieces([(span(0, 255), "a day"), (span(16, 31), "an hour")]), [(span(0, 255), "a day")]);
    }

    #[test]
    fn the_ends_of_the_numbers_are_addresses_too() {
        assert_eq!(pieces([(ALL, 1), (span(0, 7), 2), (span(u128::MAX, u128::MAX), 3)]), [(ALL, 1)]);
        let ends = [(span(0, 0), 1), (span(u128::MAX, u128::MAX), 2), (ALL, 3)];
        assert_eq!(pieces(ends), [ends[0], (span(1, u128::MAX - 1), 3), ends[1]]);
    }

    #[test]
    fn neighbours_stay_two() {
        let two = [(span(0, 7), 1), (span(8, 15), 2)];
        assert_eq!(pieces(two), two);
    }
}
