//! What the kernel holds, as the rest of the plugin sees it: bans, addresses, pieces. Reads only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use warden_plugin::{Error, Result, Rows, Target};

use crate::clock::Clock;
use crate::command;
use crate::comment;
use crate::held::{Held, targets};
use crate::listing::{self, Element, Key, Take};
use crate::nft::{Kind, Nft, Refusal};
use crate::pieces::{Span, number};
use crate::settings::Names;

/// IPv4 or IPv6: each has its own sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

impl Family {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The family of a target.
    #[must_use]
    pub fn of(target: Target) -> Self {
        if target.is_ipv6() { Self::V6 } else { Self::V4 }
    }

    /// The set of its single addresses.
    #[must_use]
    pub fn address_set(self, names: &Names) -> &str {
        match self {
            Self::V4 => &names.set4,
            Self::V6 => &names.set6,
        }
    }

    /// The set of its pieces of ranges.
    #[must_use]
    pub fn piece_set(self, names: &Names) -> &str {
        match self {
            Self::V4 => &names.net4,
            Self::V6 => &names.net6,
        }
    }

    /// The address behind a number.
    #[must_use]
    pub fn address(self, number: u128) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX)).into(),
            Self::V6 => Ipv6Addr::from_bits(number).into(),
        }
    }
}

/// A piece of a range as an interval set holds it: its addresses and its comment.
pub type Piece = (Span, String);

/// The table's readers.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The names of the table and its sets.
    pub names: Names,
    /// The program that is asked.
    pub nft: Nft,
    /// What time it is.
    pub clock: Clock,
}

impl Kernel {
    /// The bans that are active at an instant: addresses from their sets, all others from the book-keeping, and what
    /// somebody put between the pieces by hand. One listing, so one state of the kernel.
    ///
    /// # Errors
    /// `Stopped` from [`Rows::push`], or what went wrong.
    pub fn read_at(&self, at_us: i64, rows: &mut Rows<'_>) -> Result {
        let now_us = self.clock.now_us();
        self.list(&["table", "inet", &self.names.table], &mut |set, element| {
            if !self.is_derived(set, &element) {
                let held = Held::of_element(element.comment.as_deref(), element.expires_seconds, now_us);
                for target in element.key.targets().filter(|_| held.is_active(at_us)) {
                    held.push(target, rows)?;
                }
            }
            Ok(())
        })
    }

    /// Whether an element tells nothing of its own: a piece that warden cut, or another's set in the table.
    fn is_derived(&self, set: &str, element: &Element) -> bool {
        let is_piece = Family::ALL.iter().any(|family| family.piece_set(&self.names) == set);
        let is_ours = is_piece || set == self.names.bans || self.names.enforced().contains(&set);
        !is_ours || (is_piece && element.comment.as_deref().and_then(comment::read).is_some())
    }

    /// The bans of the book-keeping set: target, number, ban.
    ///
    /// # Errors
    /// What went wrong.
    pub fn entries(&self, mut take: impl FnMut(Target, u16, Held)) -> Result {
        let now_us = self.clock.now_us();
        self.list_set(&self.names.bans, &mut |_, element| {
            if let Key::Entry(target, number) = element.key {
                let held = Held::of_element(element.comment.as_deref(), element.expires_seconds, now_us);
                take(target, number, held);
            }
            Ok(())
        })
    }

    /// The single addresses of both families.
    ///
    /// # Errors
    /// What went wrong.
    pub fn addresses(&self, mut take: impl FnMut(Target, Held)) -> Result {
        let now_us = self.clock.now_us();
        for family in Family::ALL {
            self.list_set(family.address_set(&self.names), &mut |_, element| {
                let held = Held::of_element(element.comment.as_deref(), element.expires_seconds, now_us);
                element.key.targets().for_each(|target| take(target, held.clone()));
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The pieces of one family; `adopt` gets those that warden did not cut.
    ///
    /// # Errors
    /// What went wrong.
    pub fn pieces(&self, family: Family, mut adopt: impl FnMut(Target, Held)) -> Result<Vec<Piece>> {
        let (mut pieces, now_us) = (Vec::new(), self.clock.now_us());
        self.list_set(family.piece_set(&self.names), &mut |_, element| {
            let Key::Span(first, last) = element.key else { return Ok(()) };
            let text = element.comment.unwrap_or_default();
            if comment::read(&text).is_none() {
                let held = Held::of_element(Some(&text), element.expires_seconds, now_us);
                targets(first, last).for_each(|target| adopt(target, held.clone()));
            }
            pieces.push((Span { first: number(first), last: number(last) }, text));
            Ok(())
        })?;
        Ok(pieces)
    }

    /// Whether an address stands in no set of its family. Takes as long in a full set as in an empty one, which no
    /// listing and no `get element` of nft does: both fetch the whole set.
    ///
    /// # Errors
    /// What went wrong.
    pub fn is_free(&self, target: Target) -> Result<bool> {
        let set = Family::of(target).address_set(&self.names);
        let key = command::address_key(target);
        let create = command::elements("create", &self.names.table, set, &[key]);
        match self.nft.check(&command::batch(create)) {
            Ok(()) => Ok(true),
            Err(refusal) if refusal.kind() == Kind::Exists => Ok(false),
            Err(refusal) => missing_is(refusal, true),
        }
    }

    fn list_set(&self, set: &str, take: Take<'_>) -> Result {
        self.list(&["set", "inet", &self.names.table, set], take)
    }

    /// A table or set that is not there has no elements.
    fn list(&self, what: &[&str], take: Take<'_>) -> Result {
        let mut process = self.nft.list(what)?;
        let read = listing::read(&mut process, take);
        if read.as_ref().is_err_and(|e| *e == Error::stopped()) {
            return read;
        }
        match process.finish() {
            Ok(()) => read,
            Err(refusal) => missing_is(refusal, ()),
        }
    }
}

fn missing_is<T>(refusal: Refusal, answer: T) -> Result<T> {
    if refusal.kind() == Kind::Missing { Ok(answer) } else { Err(refusal.into()) }
}

impl Key {
    /// The targets that it names: one, unless it is a span that no CIDR range is.
    pub fn targets(self) -> impl Iterator<Item = Target> {
        let (span, entry) = match self {
            Self::Span(first, last) => (Some((first, last)), None),
            Self::Entry(target, _) => (None, Some(target)),
        };
        span.into_iter().flat_map(|(first, last)| targets(first, last)).chain(entry)
    }
}
