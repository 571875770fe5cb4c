//! From the wanted bans to the calls of one backend: what is there already is left alone, and on request the bans that the
//! list does not name are ended.

use std::collections::BTreeSet;

use serde::Serialize;
use warden_plugin::{Ban, Inserted, IpRange, Result, Signal, Source};

use super::compare::{compare, is_same};
use super::existing::{Existing, look_up};
use super::spooled::{Group, Groups, SpooledBan, Wanted};
use crate::actor;
use crate::backends::matching;
use crate::clock;
use crate::instant::Instant;
use crate::interrupt;
use crate::plugin::Instance;
use crate::progress::Progress;
use crate::ui::number;

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCounts {
    pub added: u64,
    pub replaced: u64,
    pub unchanged: u64,
    pub removed: u64,
    #[serde(skip_serializing_if = "Skipped::is_none")]
    pub skipped: Skipped,
    /// Of the replaced, those that now end sooner.
    #[serde(skip)]
    pub sooner: u64,
}

/// What a backend left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Bans whose action it does not apply.
    pub action: u64,
    /// Those actions, the first ones.
    #[serde(skip)]
    actions: BTreeSet<String>,
}

/// More actions are not remembered by name.
const MOST_WORDS: usize = 8;

/// The source of what the nftables plugin finds and did not write itself: nobody's business here.
const BY_HAND: &str = "nft";

impl ChangeCounts {
    /// Counts what only the backend knew: that it replaces another ban, or leaves one out.
    fn correct(&mut self, inserted: Inserted, action: &str) {
        let replaced = inserted.replaced.min(inserted.inserted);
        (self.added, self.replaced) = (self.added.saturating_sub(replaced), self.replaced + replaced);
        if inserted.skipped_action > 0 {
            self.added = self.added.saturating_sub(inserted.skipped_action);
            self.skipped.note(action);
        }
    }

    /// Whether nothing was written.
    pub fn is_none(&self) -> bool {
        self.added + self.replaced + self.removed == 0
    }
}

impl Skipped {
    pub fn of(action: u64, word: &str) -> Self {
        let actions = (action > 0).then(|| word.to_owned()).into_iter().collect();
        Self { action, actions }
    }

    pub fn is_none(&self) -> bool {
        self.action == 0
    }

    fn note(&mut self, action: &str) {
        self.action += 1;
        if self.actions.len() < MOST_WORDS && !self.actions.contains(action) {
            self.actions.insert(action.to_owned());
        }
    }

    /// `skipped 3 (captcha, slow)`; empty when nothing was.
    pub fn words(&self) -> String {
        if self.action == 0 {
            return String::new();
        }
        let actions: Vec<_> = self.actions.iter().map(String::as_str).collect();
        format!("skipped {} ({})", number(self.action), actions.join(", "))
    }
}

impl Plan<'_> {
    /// Does it to one backend.
    pub fn apply(self, instance: &mut Instance, progress: &mut Progress) -> Result<ChangeCounts> {
        progress.restart();
        let existing = Existing::of(instance, self.wanted, self.read_all)?;
        let mut writer = Writer::new(self, instance, matches!(existing, Existing::Unknown));
        match &existing {
            Existing::All(all) => {
                compare(
                    self.wanted.bans,
                    all,
                    |e| matching::of_spool(&e),
                    |wanted, existing| {
                        match (wanted, existing) {
                            (Some(wanted), existing) => {
                                progress.add(1);
                                writer.ban(wanted.ban, existing)?;
                            }
                            (None, Some(unlisted)) => writer.end(&unlisted)?,
                            (None, None) => {}
                        }
                        Ok(true)
                    },
                )?;
            }
            Existing::Each | Existing::Unknown => {
                let mut wanted = Groups::of(self.wanted.bans).map_err(|e| matching::of_spool(&e))?;
                while let Some(Group { ban, .. }) = wanted.next().map_err(|e| matching::of_spool(&e))? {
                    let existing = match existing {
                        Existing::Each => look_up(writer.instance, ban.target, &ban.source, clock::now())?,
                        _ => None,
                    };
                    writer.ban(ban, existing)?;
                    progress.add(1);
                }
            }
        }
        writer.send()?;
        let counts = writer.counts;
        if counts.is_none() {
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
    /// The actions that the backend declares; none: any.
    actions: Vec<String>,
    /// The backend does not tell what it has.
    is_unknown: bool,
    batch: Vec<SpooledBan>,
    actor: String,
    counts: ChangeCounts,
}

impl<'w> Writer<'w> {
    fn new(plan: Plan<'w>, instance: &'w mut Instance, is_unknown: bool) -> Self {
        let (actions, counts) = (instance.plugin().actions(), ChangeCounts::default());
        Self { plan, instance, actions, is_unknown, batch: Vec::new(), actor: actor::name(), counts }
    }

    fn ban(&mut self, ban: SpooledBan, existing: Option<Group>) -> Result {
        if !self.actions.is_empty() && !self.actions.contains(&ban.action) && !self.is_unknown {
            self.counts.skipped.note(&ban.action);
            // The new ban stands in the place of an old one here, too, though it does nothing.
            return existing.map_or(Ok(()), |group| self.end_one(&group));
        }
        match existing {
            // Where there are several, the new one replaces them all: to leave them would leave two that differ.
            Some(group) if group.count == 1 && self.is_unchanged(&ban, &group.ban) => {
                self.counts.unchanged += 1;
            }
            Some(group) => {
                self.counts.replaced += 1;
                self.counts.sooner += u64::from(ban.until < group.ban.until);
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
    fn is_unchanged(&self, ban: &SpooledBan, existing: &SpooledBan) -> bool {
        if is_same(ban, existing) {
            return true;
        }
        let now = clock::now();
        self.plan.end_unlisted
            && ban.length > 0
            && ban.until != Instant::FOREVER
            && existing.until < ban.until
            && now.micros_until(existing.until) >= ban.length / 2
            && is_same(ban, &SpooledBan { until: ban.until, ..existing.clone() })
    }

    /// A ban that the list does not name.
    fn end(&mut self, unlisted: &Group) -> Result {
        if !self.plan.end_unlisted || unlisted.ban.source == BY_HAND {
            return Ok(());
        }
        self.counts.removed += 1;
        self.end_one(unlisted)
    }

    fn end_one(&mut self, group: &Group) -> Result {
        if self.plan.dry_run {
            return Ok(());
        }
        interrupt::check()?;
        matching::end_one(self.instance, group.ban.target, &group.ban.source, clock::now()).map(drop)
    }

    /// Writes a ban, together with those of the same reason that follow.
    fn add(&mut self, ban: SpooledBan) -> Result {
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
        let now = clock::now().micros();
        let source_ip = first.target.text();
        let texts: Vec<_> = self.batch.iter().map(|ban| ban.target.text()).collect();
        let bans = self.batch.iter().zip(&texts).map(|(ban, text)| to_abi(ban, text.as_str(), &self.actor));
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
            self.counts.correct(inserted, &first.action);
        }
        self.batch.clear();
        Ok(())
    }
}

fn to_abi<'b>(ban: &'b SpooledBan, text: &'b str, actor: &'b str) -> Ban<'b> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_lying_plugin_answers_is_no_overflow() {
        let mut counts = ChangeCounts { added: 1, ..ChangeCounts::default() };
        let most = u64::MAX;
        counts
            .correct(Inserted { inserted: 5, replaced: 7, skipped_action: most, ..Inserted::default() }, "x");
        assert_eq!((counts.added, counts.replaced, counts.skipped.action), (0, 5, 1));
    }
}
