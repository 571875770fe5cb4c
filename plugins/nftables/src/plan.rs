//! From the ledger to nft's commands: what of each set must go and what must come. Pure: nothing is run here.
//!
//! An address stands in its set with its longest ban; its other bans are entries of the book-keeping set. All bans on
//! ranges are entries; the pieces in the interval sets are made of them.

use std::collections::{BTreeMap, HashSet};
use std::iter;

use warden_plugin::Target;

use crate::command;
use crate::comment;
use crate::held::Held;
use crate::kernel::{Family, Piece};
use crate::ledger::{Entry, Ledger};
use crate::pieces::{Span, pieces};
use crate::settings::Names;

#[cfg(test)]
mod tests;

/// As many pieces are changed one by one. nft needs the square of their number for deletes from an interval set, and
/// replaces all of it faster than that: 0.1 s for 10,000 pieces, against 3 s for 512 single changes.
const FEW: usize = 16;

/// In a set of more pieces than this even a single change is slower than replacing all.
const MANY: usize = 20_000;

/// What is to be written.
#[derive(Clone, Copy)]
pub struct Plan<'p> {
    /// The names of the table and its sets.
    pub names: &'p Names,
    /// The bans.
    pub ledger: &'p Ledger,
    /// The time that timeouts count from.
    pub now_us: i64,
}

/// The pieces that an interval set holds before.
#[derive(Clone, Copy, Debug)]
pub enum Before<'p> {
    /// These: when only a few differ, only those are written.
    Known(&'p [Piece]),
    /// They are not known for sure: all are replaced.
    Unknown,
}

/// One element that changes.
struct Change {
    key: String,
    /// Whether one of that key stands there, perhaps expired by the time that the batch arrives.
    stands: bool,
    element: Option<String>,
}

impl<'p> Plan<'p> {
    /// The commands, in steps of at most so many elements. All together are one transaction; where the kernel does not
    /// take so much at once, each step can be one.
    pub fn steps(&self, before: &[(Family, Before<'_>)], most: usize) -> Vec<String> {
        let mut steps = Vec::new();
        if self.ledger.is_cleared() {
            steps.push(self.flush_all());
        }
        for (set, changes) in self.changes() {
            steps.extend(changes.chunks(most).map(|part| self.replace(set, part)));
        }
        for (family, before) in before {
            steps.extend(self.pieces(*family, *before, most));
        }
        steps
    }

    /// The families whose ranges are changed.
    pub fn changed_ranges(&self) -> Vec<Family> {
        let changed: Vec<_> = self.ledger.changed().filter(|(target, _)| target.is_range()).collect();
        let is_changed = |family: &Family| changed.iter().any(|(target, _)| Family::of(*target) == *family);
        Family::ALL.into_iter().filter(is_changed).collect()
    }

    fn flush_all(&self) -> String {
        let sets = self.names.enforced().into_iter().chain([self.names.bans.as_str()]);
        sets.map(|set| command::flush_set(&self.names.table, set)).collect::<Vec<_>>().join(",")
    }

    /// The elements of the plain sets that change, set by set.
    fn changes(&self) -> BTreeMap<&'p str, Vec<Change>> {
        let mut changes: BTreeMap<&str, Vec<Change>> = BTreeMap::new();
        for (target, entry) in self.ledger.changed() {
            let mut bans = entry.ranked(self.now_us).into_iter();
            if target.is_address() {
                let set = Family::of(target).address_set(self.names);
                let change = self.change(command::address_key(target), entry.stands, bans.next());
                changes.entry(set).or_default().extend(change);
            }
            let entries = self.entries(target, entry, bans);
            changes.entry(&self.names.bans).or_default().extend(entries);
        }
        changes
    }

    /// The entries of one target, numbered from 0.
    fn entries<'h>(
        &self,
        target: Target,
        entry: &Entry,
        mut bans: impl ExactSizeIterator<Item = &'h Held>,
    ) -> Vec<Change> {
        let numbers = 0..u16::try_from(bans.len()).unwrap_or(u16::MAX);
        let leftover =
            entry.numbers.iter().copied().filter(|number| !numbers.contains(number)).collect::<Vec<_>>();
        let change = |number| {
            self.change(command::entry_key(target, number), entry.numbers.contains(&number), bans.next())
        };
        numbers.chain(leftover).filter_map(change).collect()
    }

    fn change(&self, key: String, stands: bool, held: Option<&Held>) -> Option<Change> {
        let element = held.map(|held| command::element(&key, held, self.now_us));
        (stands || element.is_some()).then_some(Change { key, stands, element })
    }

    /// Replaces elements of a plain set. What may have expired since it was read is added before it is deleted: a
    /// delete of nothing would fail the whole transaction.
    fn replace(&self, set: &str, changes: &[Change]) -> String {
        let going: Vec<_> = changes.iter().filter(|change| change.stands).map(|change| &change.key).collect();
        let coming: Vec<_> = changes.iter().filter_map(|change| change.element.as_ref()).collect();
        let commands = [("add", going.as_slice()), ("delete", &going), ("add", &coming)];
        self.commands(set, commands)
    }

    /// Brings an interval set from the pieces before to those of the ledger.
    fn pieces(&self, family: Family, before: Before<'_>, most: usize) -> Vec<String> {
        let wanted = self.wanted(family);
        if let Before::Known(held) = before
            && held.len() <= MANY
            && let Some(few) = self.few_changes(family, held, &wanted)
        {
            return few;
        }
        let set = family.piece_set(self.names);
        let elements: Vec<_> = wanted.into_iter().map(|(_, element)| element).collect();
        let all = elements.chunks(most).map(|part| self.commands(set, [("add", part)]));
        iter::once(command::flush_set(&self.names.table, set)).chain(all).collect()
    }

    /// The one step that changes a few pieces; `None` if they are many.
    fn few_changes(&self, family: Family, held: &[Piece], wanted: &[(Piece, String)]) -> Option<Vec<String>> {
        let before: HashSet<&Piece> = held.iter().collect();
        let after: HashSet<&Piece> = wanted.iter().map(|(piece, _)| piece).collect();
        let going = before.difference(&after).map(|(span, _)| command::piece_key(family, *span));
        let coming =
            wanted.iter().filter(|(piece, _)| !before.contains(piece)).map(|(_, element)| element.clone());
        let going: Vec<_> = going.take(FEW + 1).collect();
        let coming: Vec<_> = coming.take(FEW + 1).collect();
        let commands =
            self.commands(family.piece_set(self.names), [("delete", going.as_slice()), ("add", &coming)]);
        let step = if commands.is_empty() { Vec::new() } else { vec![commands] };
        (going.len() + coming.len() <= FEW).then_some(step)
    }

    /// The pieces of one family, each with its element.
    fn wanted(&self, family: Family) -> Vec<(Piece, String)> {
        let of_family = |target: &Target| target.is_range() && Family::of(*target) == family;
        let mut bans: Vec<(Target, &Held)> = Vec::new();
        for (target, entry) in self.ledger.entries().filter(|(target, _)| of_family(target)) {
            bans.extend(entry.ranked(self.now_us).into_iter().map(|held| (target, held)));
        }
        bans.sort_by(|(a_target, a), (b_target, b)| a.rank(b).then(a_target.cmp(b_target)));
        let with_element = |(span, held): (Span, &Held)| {
            let element = command::element(&command::piece_key(family, span), held, self.now_us);
            ((span, comment::write(held)), element)
        };
        pieces(bans.into_iter().map(|(target, held)| (target.into(), held)))
            .into_iter()
            .map(with_element)
            .collect()
    }

    fn commands<T: AsRef<str>, const N: usize>(&self, set: &str, parts: [(&str, &[T]); N]) -> String {
        let parts = parts.into_iter().filter(|(_, elements)| !elements.is_empty());
        parts
            .map(|(verb, elements)| command::elements(verb, &self.names.table, set, elements))
            .collect::<Vec<_>>()
            .join(",")
    }
}
