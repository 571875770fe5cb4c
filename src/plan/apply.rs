//! From the wanted bans to the calls of one backend: what is there already is left alone, and on request the bans that the
//! list does not name are ended.

use std::cmp::Ordering;

use serde::Serialize;
use warden_plugin::{Ban, Inserted, IpRange, Result, Signal, Source};

use super::existing::{Existing, ExistingBan, ExistingBans, ExistingGroup, look_up};
use super::wanted::{Wanted, WantedBan, WantedBans};
use crate::actor;
use crate::backends::matching;
use crate::instant::Instant;
use crate::interrupt;
use crate::operation::progress::Progress;
use crate::plugin::Instance;

/// Two ends that are this close are the same: a list may have been written in whole seconds, and the kernel counts in
/// them.
pub const SAME_END_US: u64 = 2_000_000;
/// So many bans of one reason travel in one signal: each signal is a call into the plugin, and in a database a statement.
const BATCH: usize = 256;

/// What is to be done to each backend.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Plan<'a> {
    pub wanted: Wanted<'a>,
    /// Bans of the store that are not wanted are ended.
    pub end_unlisted: bool,
    /// All bans of the store are read once, even where it could look each up.
    pub read_all: bool,
    /// Only counts.
    pub dry_run: bool,
    /// Each ban with a signal of its own, as `ban add` makes it.
    pub signal_per_ban: bool,
}

/// What was done to one backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCounts {
    pub added: u64,
    pub replaced: u64,
    pub unchanged: u64,
    pub removed: u64,
    /// Of the replaced, those that now end sooner.
    #[serde(skip)]
    pub sooner: u64,
}

impl ChangeCounts {
    /// Moves to the replaced what was counted as added, since only the backend knew that it replaces another ban.
    fn correct(&mut self, inserted: Inserted) {
        let replaced = inserted.replaced.min(inserted.inserted);
        (self.added, self.replaced) = (self.added.saturating_sub(replaced), self.replaced + replaced);
    }
}

impl Plan<'_> {
    /// Does it to one backend.
    pub fn apply(self, instance: &mut Instance, progress: &mut Progress) -> Result<ChangeCounts> {
        progress.restart();
        let existing = Existing::of(instance, self.wanted, self.read_all)?;
        let mut wanted = WantedBans::of(self.wanted.bans).map_err(|e| matching::of_spool(&e))?;
        let mut all = match &existing {
            Existing::All(sorted) => Some(ExistingBans::of(sorted)?),
            _ => None,
        };
        let actor = actor::name();
        let is_unknown = matches!(existing, Existing::Unknown);
        let (batch, counts) = (Vec::new(), ChangeCounts::default());
        let mut writer = Writer { plan: self, instance, is_unknown, batch, actor: &actor, counts };
        while let Some(ban) = wanted.next().map_err(|e| matching::of_spool(&e))? {
            let existing = match (&mut all, &existing) {
                (Some(all), _) => writer.advance(all, &ban)?,
                (None, Existing::Each) => look_up(writer.instance, ban.target, &ban.source, self.wanted.now)?,
                (None, _) => None,
            };
            writer.ban(ban, existing)?;
            progress.add(1);
        }
        if let Some(all) = &mut all {
            while let Some(unlisted) = all.take()? {
                writer.end(&unlisted)?;
            }
        }
        writer.send()?;
        let counts = writer.counts;
        if counts.added + counts.replaced + counts.removed == 0 {
            // Nothing would show that the backend is broken.
            instance.probe()?;
        }
        Ok(counts)
    }
}

/// Writes one backend's changes.
struct Writer<'w> {
    plan: Plan<'w>,
    instance: &'w mut Instance,
    /// The backend does not tell what it has.
    is_unknown: bool,
    batch: Vec<WantedBan>,
    actor: &'w str,
    counts: ChangeCounts,
}

impl Writer<'_> {
    /// The bans of a wanted one's target and source; those before it are not in the list.
    fn advance(&mut self, all: &mut ExistingBans<'_>, ban: &WantedBan) -> Result<Option<ExistingGroup>> {
        let mut found: Option<ExistingGroup> = None;
        while let Some(next) = all.peek() {
            match (next.target, &next.source).cmp(&(ban.target, &ban.source)) {
                Ordering::Greater => break,
                Ordering::Less => {
                    if let Some(unlisted) = all.take()? {
                        self.end(&unlisted)?;
                    }
                }
                Ordering::Equal => {
                    let next = all.take()?;
                    match &mut found {
                        Some(group) => group.count += 1,
                        none => *none = next.map(ExistingGroup::of),
                    }
                }
            }
        }
        Ok(found)
    }

    fn ban(&mut self, ban: WantedBan, existing: Option<ExistingGroup>) -> Result {
        match existing {
            // Where there are several, the new one replaces them all: to leave them would leave two that differ.
            Some(group) if group.count == 1 && self.is_same(&ban, &group.first) => self.counts.unchanged += 1,
            Some(group) => {
                self.counts.replaced += 1;
                self.counts.sooner += u64::from(ban.until < group.first.until);
                self.add(ban)?;
            }
            None => {
                self.counts.added += 1;
                self.add(ban)?;
            }
        }
        Ok(())
    }

    /// Whether a ban may stay as it is. That of a synced list, when the list says no more than how long bans hold, is
    /// renewed when half of that time is over: else each sync would write all of them anew.
    fn is_same(&self, ban: &WantedBan, existing: &ExistingBan) -> bool {
        if (&ban.action, &ban.reason) != (&existing.action, &existing.reason) {
            return false;
        }
        let (new, old) = (ban.until.micros(), existing.until.micros());
        if new.abs_diff(old) <= SAME_END_US {
            return true;
        }
        let now = self.plan.wanted.now;
        self.plan.end_unlisted
            && ban.length > 0
            && ban.until != Instant::FOREVER
            && old < new
            && now.micros_until(existing.until) >= ban.length / 2
    }

    /// A ban that the list does not name.
    fn end(&mut self, unlisted: &ExistingBan) -> Result {
        if !self.plan.end_unlisted {
            return Ok(());
        }
        self.counts.removed += 1;
        if !self.plan.dry_run {
            interrupt::check()?;
            matching::end_one(self.instance, unlisted.target, &unlisted.source, self.plan.wanted.now)?;
        }
        Ok(())
    }

    /// Writes a ban, together with those of the same reason that follow.
    fn add(&mut self, ban: WantedBan) -> Result {
        if self.plan.dry_run {
            return Ok(());
        }
        if self.is_unknown || self.plan.signal_per_ban {
            // Where the backend alone knows what it replaces, each ban is sent by itself: of a batch the answer is a sum.
            self.batch.push(ban);
            return self.send();
        }
        if self.batch.len() == BATCH || self.batch.first().is_some_and(|first| first.reason != ban.reason) {
            self.send()?;
        }
        self.batch.push(ban);
        Ok(())
    }

    fn send(&mut self) -> Result {
        let Some(first) = self.batch.first() else { return Ok(()) };
        interrupt::check()?;
        let now = self.plan.wanted.now.micros();
        let source_ip = first.target.text();
        let texts: Vec<_> = self.batch.iter().map(|ban| ban.target.text()).collect();
        let bans = self.batch.iter().zip(&texts).map(|(ban, text)| to_abi(ban, text.as_str(), self.actor));
        let signal = Signal {
            scenario: &first.reason,
            source_ip: source_ip.as_str(),
            events_count: 1,
            created_us: now,
            start_us: now,
            stop_us: now,
            source: self
                .plan
                .signal_per_ban
                .then(|| Source { ip: Some(first.target.into()), ..Source::default() }),
            bans_only: !self.plan.signal_per_ban,
            bans: bans.collect(),
            ..Signal::default()
        };
        let inserted = self.instance.insert(&signal)?;
        if self.is_unknown {
            self.counts.correct(inserted);
        }
        self.batch.clear();
        Ok(())
    }
}

fn to_abi<'b>(ban: &'b WantedBan, text: &'b str, actor: &'b str) -> Ban<'b> {
    Ban {
        source: &ban.source,
        action: &ban.action,
        target: text,
        reason: &ban.reason,
        country: &ban.country,
        as_name: &ban.as_name,
        as_number: ban.as_number,
        actor,
        until_us: ban.until.micros(),
        range: Some(IpRange::from(ban.target)),
        ..Ban::default()
    }
}
