//! What happens to the bans of one target, told so that it holds whatever the kernel turns out to hold by the time of
//! the flush. Pure.

use std::sync::Arc;

use warden_plugin::Inserted;

use crate::ban::StoredBan;
use crate::table::Stored;

/// The changes to one target. Most are one ban where the kernel held none: a million of these have to fit into memory.
#[derive(Clone, Debug, Default)]
pub struct Change {
    only: Option<StoredBan>,
    mixed: Option<Box<Mixed>>,
}

/// Changes to a target that the kernel holds bans of, or several changes.
#[derive(Clone, Debug, Default)]
struct Mixed {
    /// What the kernel held when it was asked.
    stored: Stored,
    /// Whether everything that it held ends.
    ends_all: bool,
    /// What the bans of these sources become.
    sources: Vec<(Arc<str>, Option<StoredBan>)>,
}

impl Change {
    /// No change yet of a target that the kernel holds this of.
    #[must_use]
    pub fn none(stored: Stored) -> Self {
        let mixed = (!stored.is_empty()).then(|| Box::new(Mixed { stored, ..Mixed::default() }));
        Self { only: None, mixed }
    }

    /// What the kernel held when it was asked.
    #[must_use]
    pub fn stored(&self) -> Stored {
        self.mixed.as_ref().map(|mixed| mixed.stored.clone()).unwrap_or_default()
    }

    /// The kernel was asked again, by keys: what has none stands where it stood.
    pub fn refresh_keyed(&mut self, mut stored: Stored) {
        stored.displaced = self.stored().displaced;
        self.refresh(stored);
    }

    /// Everything was read again.
    pub fn refresh(&mut self, stored: Stored) {
        if self.mixed.is_some() || !stored.is_empty() {
            self.mixed().stored = stored;
        }
    }

    /// The bans that there will be, in no order.
    #[must_use]
    pub fn bans(&self) -> Vec<&StoredBan> {
        let mut bans: Vec<_> = self.only.iter().collect();
        if let Some(mixed) = &self.mixed {
            let is_changed = |source: &str| mixed.sources.iter().any(|(changed, _)| **changed == *source);
            let stays = |ban: &&StoredBan| !mixed.ends_all && !is_changed(&ban.source);
            bans.extend(mixed.stored.bans().filter(stays));
            bans.extend(mixed.sources.iter().filter_map(|(_, ban)| ban.as_ref()));
        }
        bans
    }

    /// The bans that there will be and that have not ended, longest first.
    #[must_use]
    pub fn ranked(&self, now_us: i64) -> Vec<&StoredBan> {
        let mut due = self.bans();
        due.retain(|ban| ban.is_due(now_us));
        due.sort_by(|a, b| a.rank(b));
        due
    }

    /// A ban that begins now. Ends the one of the same source.
    pub fn insert(&mut self, ban: StoredBan, now_us: i64) -> Inserted {
        let ended = self.end(&ban.source, now_us);
        let inserted = Inserted { inserted: ban.is_due(now_us).into(), ..ended };
        if ban.is_due(now_us) {
            if self.only.is_none() && self.mixed.is_none() {
                self.only = Some(ban);
            } else {
                self.mixed().set(&ban.source.clone(), Some(ban));
            }
        }
        inserted
    }

    /// Ends the bans of a source; answers what a ban in their place would have replaced.
    pub fn end(&mut self, source: &Arc<str>, now_us: i64) -> Inserted {
        let of_source: Vec<_> = self.bans().into_iter().filter(|ban| ban.source == *source).collect();
        let due = || of_source.iter().filter(|ban| ban.is_due(now_us));
        let ended = Inserted {
            replaced: due().count() as u64,
            replaced_until_us: due().map(|ban| ban.until_us).max().unwrap_or(0),
            ..Inserted::default()
        };
        if !of_source.is_empty() {
            self.mixed().set(source, None);
        }
        ended
    }

    /// Ends every ban; answers how many.
    pub fn end_all(&mut self, now_us: i64) -> u64 {
        let ended = self.bans().iter().filter(|ban| ban.is_due(now_us)).count() as u64;
        let mixed = self.mixed();
        mixed.ends_all = true;
        mixed.sources.clear();
        ended
    }

    fn mixed(&mut self) -> &mut Mixed {
        let only = self.only.take();
        self.mixed.get_or_insert_with(|| {
            let sources = only.into_iter().map(|ban| (ban.source.clone(), Some(ban))).collect();
            Box::new(Mixed { sources, ..Mixed::default() })
        })
    }
}

impl Mixed {
    fn set(&mut self, source: &Arc<str>, ban: Option<StoredBan>) {
        self.sources.retain(|(changed, _)| changed != source);
        self.sources.push((source.clone(), ban));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 100;

    fn ban(source: &str, until_us: i64) -> StoredBan {
        StoredBan { source: source.into(), reason: "".into(), start_us: NOW, until_us }
    }

    fn nothing() -> Change {
        Change::none(Stored::default())
    }

    fn stored(longest: StoredBan, further: &[StoredBan]) -> Stored {
        let further = (0..).zip(further.iter().cloned()).collect();
        Stored { longest: Some(longest), further, ..Stored::default() }
    }

    #[test]
    fn a_ban_of_the_same_source_replaces_the_old_one() {
        let mut change = nothing();
        assert_eq!(change.insert(ban("cli", 500), NOW), Inserted { inserted: 1, ..Inserted::default() });
        let replaced = Inserted { inserted: 1, replaced: 1, replaced_until_us: 500, ..Inserted::default() };
        assert_eq!(change.insert(ban("cli", 300), NOW), replaced);
        assert_eq!(change.bans(), [&ban("cli", 300)]);
    }

    #[test]
    fn a_ban_of_another_source_stands_beside_it() {
        let mut change = Change::none(stored(ban("cli", 500), &[]));
        assert_eq!(change.insert(ban("api", 900), NOW).replaced, 0);
        assert_eq!(change.ranked(NOW), [&ban("api", 900), &ban("cli", 500)]);
        assert_eq!(change.end_all(NOW), 2);
    }

    #[test]
    fn a_ban_that_is_over_ends_the_old_one_and_does_not_stand() {
        let mut change = Change::none(stored(ban("cli", 500), &[]));
        let inserted = change.insert(ban("cli", NOW), NOW);
        assert_eq!(
            inserted,
            Inserted { inserted: 0, replaced: 1, replaced_until_us: 500, ..Inserted::default() }
        );
        assert!(change.bans().is_empty());
    }

    #[test]
    fn what_has_ended_is_not_counted() {
        let mut change = Change::none(stored(ban("cli", NOW), &[ban("api", 300)]));
        assert_eq!(change.end_all(NOW), 1);
    }

    #[test]
    fn a_change_holds_whatever_was_stored_meanwhile() {
        let mut change = Change::none(stored(ban("cli", 500), &[ban("api", 400)]));
        change.insert(ban("cli", 700), NOW);
        change.end(&"api".into(), NOW);
        change.refresh(stored(ban("api", 900), &[ban("list", 800), ban("cli", 1)]));
        assert_eq!(change.ranked(NOW), [&ban("list", 800), &ban("cli", 700)]);
        let mut ended = nothing();
        ended.insert(ban("cli", 500), NOW);
        ended.end_all(NOW);
        ended.refresh(stored(ban("api", 900), &[]));
        assert!(ended.ranked(NOW).is_empty());
    }
}
