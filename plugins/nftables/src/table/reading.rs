//! Reading everything: dumps of whole sets.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use rustix::io::Errno;
use warden_plugin::{Error, Result, Target};

use super::{MOST_ROUNDS, Place, Table, Take, ban_of};
use crate::comment;
use crate::layout::INTERVAL;
use crate::netlink::{Batch, Element, SetInfo, elements};
use crate::refusal::refused;
use crate::sets::{Family, Set, address};

/// How long a reader waits for a writer. A write takes less; who holds the lock for longer is not writing all the time.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

impl Table {
    /// Every ban, each once.
    ///
    /// The kernel sends a set in parts and counts from its beginning for each, so that a part misses elements when others
    /// went meanwhile. So unless nothing changed, the sets are read again for what is new, and no warden writes
    /// meanwhile. What else may change then is what the kernel sweeps, because its time is over: that moves no element
    /// back, so two readings never miss the same one.
    ///
    /// For a moment after many elements came, the kernel also moves them to a larger table, and a reading misses some though
    /// nobody writes (`nft_rhash_walk`: it begins anew and goes on counting). So what was read is compared with what the
    /// kernel counts; where it does not tell, or has more (what is over and not swept yet counts), the sets are read again.
    ///
    /// # Errors
    /// Whatever `take` says, or when the kernel is out of reach, or somebody never stops writing.
    pub fn all(&mut self, take: Take<'_>) -> Result {
        let (hasher, mut seen) = (RandomState::new(), HashSet::new());
        let mut lock = None;
        for round in 0..MOST_ROUNDS {
            let (generation, sets) = (self.generation()?, self.sets()?);
            let mut new = 0;
            self.read_sets(&sets, &mut |target, place, ban| {
                // A number of 64 bits in place of target and source: a million of them meet once in 10^7 readings.
                if seen.insert(hasher.hash_one((target, &ban.source))) {
                    new += 1;
                    take(target, place, ban)?;
                }
                Ok(())
            })?;
            let is_counted = lock.is_some() && sets.iter().all(|info| info.count.is_some());
            let is_quiet = self.generation()? == generation || is_counted;
            let is_still = is_quiet && self.sets()? == sets;
            let is_whole = counted(&sets).is_some_and(|count| seen.len() >= count) || (round > 0 && new == 0);
            if (is_still && is_whole) || (round > 1 && new == 0) {
                return Ok(());
            }
            if is_still {
                continue;
            }
            // Where the lock cannot be had, more readings have to do.
            lock = lock.or_else(|| self.lock_within(LOCK_TIMEOUT).ok());
        }
        Err(Error::unavailable("the sets change faster than they can be read").with_hint("try again"))
    }

    /// As many bans as there are, unless there are more than `most` elements; then answers that.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn all_of_few(&mut self, most: usize, take: Take<'_>) -> Result<bool> {
        let mut left = most;
        let read = self.all(&mut |target, place, ban| {
            left = left.checked_sub(1).ok_or_else(Error::stopped)?;
            take(target, place, ban)
        });
        match read {
            Err(error) if error == Error::stopped() => Ok(false),
            read => read.map(|()| true),
        }
    }

    fn read_sets(&mut self, sets: &[SetInfo], take: Take<'_>) -> Result {
        for info in sets {
            match Set::named(&info.name, &self.names) {
                // Nothing stands in an empty set.
                Some(_) if info.count == Some(0) => {}
                Some(set) => {
                    let now_us = self.now_us();
                    let is_used = set.is_used(&self.names);
                    self.dump(&info.name, &mut |element| match set.target(element.key) {
                        Some((target, number)) => {
                            let place = if is_used { Place::Own } else { Place::Displaced };
                            take(target, number.map_or(place, Place::Further), ban_of(element, now_us))
                        }
                        None => Ok(()),
                    })?;
                }
                None if info.flags & INTERVAL != 0 => self.read_intervals(&info.name, take)?,
                None => {}
            }
        }
        Ok(())
    }

    /// An interval set of the name that sets of ranges begin with: what somebody put there by hand, as the ranges that
    /// make it up. What has warden's comment was cut from bans that stand among the further ones.
    fn read_intervals(&mut self, name: &str, take: Take<'_>) -> Result {
        if !Family::ALL.iter().any(|family| family.ranges(&self.names) == name) {
            return Ok(());
        }
        let (mut ends, now_us) = (Vec::new(), self.now_us());
        self.dump(name, &mut |element| {
            let foreign = !element.is_end && element.comment.and_then(comment::read).is_none();
            if let Some(key) = address(element.key) {
                ends.push((key, foreign.then(|| ban_of(element, now_us))));
            }
            Ok(())
        })?;
        // Where one ends and another begins, the end comes first.
        ends.sort_by_key(|(key, ban)| (*key, ban.is_some()));
        for (index, (first, ban)) in ends.iter().enumerate() {
            let Some(ban) = ban else { continue };
            let last = ends.get(index + 1).map(|(next, _)| before(*next));
            for target in targets(*first, last.unwrap_or_else(|| last_of(*first))) {
                take(target, Place::Displaced, ban.clone())?;
            }
        }
        Ok(())
    }

    fn dump(&mut self, set: &str, take: &mut dyn FnMut(&Element<'_>) -> Result) -> Result {
        let (mut question, mut failed, host) = (Batch::questions(), None, self.host);
        question.dump(&self.names.table, set);
        let question = question.finish();
        let dumped = self.socket()?.dump(&question, &mut |message| {
            let mut all = elements(message.attributes());
            failed = match host.is_cancelled() {
                true => Some(Error::unavailable("given up while the sets were read")),
                false => all.try_for_each(|element| take(&element)).err(),
            };
            failed.is_none()
        });
        match (failed, dumped) {
            (Some(error), _) => Err(error),
            // A set that is gone has no elements.
            (None, Err(fault)) if fault.errno != Errno::NOENT => {
                Err(refused("cannot read the sets", fault, &question))
            }
            _ => Ok(()),
        }
    }
}

/// How many elements the sets have; `None` where the kernel does not tell.
fn counted(sets: &[SetInfo]) -> Option<usize> {
    sets.iter().map(|info| info.count.and_then(|count| usize::try_from(count).ok())).sum()
}

/// The address before another one.
fn before(addr: IpAddr) -> IpAddr {
    match addr {
        IpAddr::V4(addr) => IpAddr::from(addr.to_bits().saturating_sub(1).to_be_bytes()),
        IpAddr::V6(addr) => IpAddr::from(addr.to_bits().saturating_sub(1).to_be_bytes()),
    }
}

/// The last address of the family.
fn last_of(addr: IpAddr) -> IpAddr {
    if addr.is_ipv4() { IpAddr::from([0xff; 4]) } else { IpAddr::from([0xff; 16]) }
}

/// The targets that together are exactly the addresses from `first` to `last`: one, unless somebody put a span into a
/// set by hand that is no CIDR range.
fn targets(first: IpAddr, last: IpAddr) -> impl Iterator<Item = Target> {
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
