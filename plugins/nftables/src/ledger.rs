//! The bans as people gave them, target by target, and which elements of the kernel stand for them. Pure: nft is not
//! known here. One ban for each target and source; a new one replaces the old one of its own source alone.

use std::collections::HashMap;

use warden_plugin::{Inserted, Target};

use crate::held::Held;

/// All that is known of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The bans on it, in no order.
    pub bans: Vec<Held>,
    /// Whether the address stands in its set.
    pub stands: bool,
    /// The numbers of its entries in the book-keeping set.
    pub numbers: Vec<u16>,
    /// Whether its bans were changed, so that its elements must be written anew.
    pub is_changed: bool,
}

/// The bans of every target that was looked at.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: HashMap<Target, Entry>,
    is_cleared: bool,
}

impl Ledger {
    /// Notes a ban that the kernel holds as an address in its set.
    pub fn note_address(&mut self, target: Target, held: Held) {
        let entry = self.entries.entry(target).or_default();
        entry.stands = true;
        entry.note(held);
    }

    /// Notes a ban that the kernel holds in the book-keeping set.
    pub fn note_entry(&mut self, target: Target, number: u16, held: Held) {
        let entry = self.entries.entry(target).or_default();
        entry.numbers.push(number);
        entry.note(held);
    }

    /// Takes over a ban that stands among the pieces without an entry: somebody put it there with nft.
    pub fn adopt(&mut self, target: Target, held: Held) {
        let entry = self.entries.entry(target).or_default();
        if !entry.bans.iter().any(|each| each.source == held.source) {
            entry.bans.push(held);
        }
        entry.is_changed = true;
    }

    /// A ban that begins now. Ends the one of the same target and source.
    pub fn insert(&mut self, target: Target, held: Held, now_us: i64) -> Inserted {
        let entry = self.entries.entry(target).or_default();
        let replaced = |each: &Held| each.source == held.source && each.is_due(now_us);
        let ended = entry.bans.iter().filter(|each| replaced(each)).map(|each| each.until_us);
        let inserted = Inserted {
            inserted: held.is_due(now_us).into(),
            replaced: ended.clone().map(|_| 1).sum(),
            replaced_until_us: ended.max().unwrap_or(0),
        };
        entry.bans.retain(|each| each.source != held.source);
        entry.bans.extend(held.is_due(now_us).then_some(held));
        entry.is_changed = true;
        inserted
    }

    /// Ends every ban of a target; answers how many.
    pub fn delete(&mut self, target: Target, now_us: i64) -> u64 {
        let Some(entry) = self.entries.get_mut(&target) else { return 0 };
        entry.is_changed |= entry.stands || !entry.bans.is_empty();
        due(&std::mem::take(&mut entry.bans), now_us)
    }

    /// Ends the bans that `is_meant`; answers how many.
    pub fn delete_where(&mut self, now_us: i64, is_meant: impl Fn(Target, &Held) -> bool) -> u64 {
        let mut ended = 0;
        for (target, entry) in &mut self.entries {
            let (going, staying) = entry.bans.drain(..).partition(|held| is_meant(*target, held));
            entry.bans = staying;
            entry.is_changed |= !going.is_empty();
            ended += due(&going, now_us);
        }
        ended
    }

    /// Ends every ban; answers how many. The elements of the kernel are forgotten: they go all at once.
    pub fn clear(&mut self, now_us: i64) -> u64 {
        self.is_cleared = true;
        self.entries.drain().map(|(_, entry)| due(&entry.bans, now_us)).sum()
    }

    /// Whether everything in the kernel is to go.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.is_cleared
    }

    /// What is known of a target.
    #[must_use]
    pub fn entry(&self, target: Target) -> Option<&Entry> {
        self.entries.get(&target)
    }

    /// Every target, in no order.
    pub fn entries(&self) -> impl Iterator<Item = (Target, &Entry)> {
        self.entries.iter().map(|(target, entry)| (*target, entry))
    }

    /// The targets whose elements must be written anew.
    pub fn changed(&self) -> impl Iterator<Item = (Target, &Entry)> {
        self.entries().filter(|(_, entry)| entry.is_changed)
    }
}

impl Entry {
    /// A target that was changed before its elements were read keeps what was decided.
    fn note(&mut self, held: Held) {
        if !self.is_changed {
            self.bans.push(held);
        }
    }

    /// The bans that have not ended, longest first.
    #[must_use]
    pub fn ranked(&self, now_us: i64) -> Vec<&Held> {
        let mut due: Vec<_> = self.bans.iter().filter(|held| held.is_due(now_us)).collect();
        due.sort_by(|a, b| a.rank(b));
        due
    }
}

fn due(bans: &[Held], now_us: i64) -> u64 {
    bans.iter().filter(|held| held.is_due(now_us)).map(|_| 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 100;

    fn held(source: &str, until_us: i64) -> Held {
        Held { source: source.into(), reason: String::new(), start_us: NOW, until_us }
    }

    fn target() -> Target {
        Target::parse("1.2.3.4").unwrap()
    }

    #[test]
    fn a_ban_of_the_same_source_replaces_the_old_one() {
        let mut ledger = Ledger::default();
        assert_eq!(
            ledger.insert(target(), held("cli", 500), NOW),
            Inserted { inserted: 1, ..Inserted::default() }
        );
        assert_eq!(
            ledger.insert(target(), held("cli", 300), NOW),
            Inserted { inserted: 1, replaced: 1, replaced_until_us: 500 }
        );
        assert_eq!(ledger.entry(target()).unwrap().bans, [held("cli", 300)]);
    }

    #[test]
    fn a_ban_of_another_source_stands_beside_it() {
        let mut ledger = Ledger::default();
        ledger.insert(target(), held("cli", 500), NOW);
        assert_eq!(ledger.insert(target(), held("api", 900), NOW).replaced, 0);
        assert_eq!(ledger.entry(target()).unwrap().ranked(NOW), [&held("api", 900), &held("cli", 500)]);
        assert_eq!(ledger.delete(target(), NOW), 2);
    }

    #[test]
    fn a_ban_that_is_over_ends_the_old_one_and_is_not_kept() {
        let mut ledger = Ledger::default();
        ledger.insert(target(), held("cli", 500), NOW);
        let inserted = ledger.insert(target(), held("cli", NOW), NOW);
        assert_eq!(inserted, Inserted { inserted: 0, replaced: 1, replaced_until_us: 500 });
        assert_eq!(ledger.entry(target()).unwrap().bans, []);
    }

    #[test]
    fn what_has_ended_is_not_counted() {
        let mut ledger = Ledger::default();
        ledger.note_address(target(), held("cli", NOW));
        assert_eq!(ledger.delete(target(), NOW), 0);
        assert_eq!(ledger.changed().count(), 1, "the kernel may hold it for a part of a second yet");
    }

    #[test]
    fn what_nobody_banned_is_not_changed_by_a_delete() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.delete(target(), NOW), 0);
        assert_eq!(ledger.changed().count(), 0);
    }

    #[test]
    fn only_the_bans_that_are_meant_end() {
        let mut ledger = Ledger::default();
        ledger.note_address(target(), held("cli", 500));
        ledger.note_entry(target(), 0, held("api", 400));
        ledger.note_entry(Target::parse("10.0.0.0/8").unwrap(), 0, held("cli", 500));
        assert_eq!(ledger.delete_where(NOW, |_, held| held.source == "api"), 1);
        assert_eq!(ledger.changed().map(|(target, _)| target).collect::<Vec<_>>(), [target()]);
        assert_eq!(ledger.entry(target()).unwrap().bans, [held("cli", 500)]);
    }

    #[test]
    fn what_was_decided_is_not_undone_by_a_late_reading() {
        let mut ledger = Ledger::default();
        ledger.insert(target(), held("cli", 500), NOW);
        ledger.note_address(target(), held("api", 900));
        let entry = ledger.entry(target()).unwrap();
        assert_eq!((entry.bans.as_slice(), entry.stands), ([held("cli", 500)].as_slice(), true));
    }

    #[test]
    fn clearing_forgets_what_the_kernel_holds() {
        let mut ledger = Ledger::default();
        ledger.note_entry(target(), 3, held("cli", 500));
        assert_eq!(ledger.clear(NOW), 1);
        ledger.insert(target(), held("api", 900), NOW);
        assert!(ledger.is_cleared());
        assert_eq!(ledger.entry(target()).unwrap().numbers, [0_u16; 0]);
    }
}
