//! From the orders to the calls of one backend: what is there already is left alone, a synced list's bans that it names
//! no more are ended.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use warden_plugin::{Ban, Inserted, IpRange, Result, Signal, Source};

use super::existing::{Cursor, Existing, Held, look_up};
use super::orders::{Order, Orders};
use crate::actor;
use crate::backends::matching;
use crate::instant::Instant;
use crate::interrupt;
use crate::plugin::Instance;
use crate::progress::Progress;
use crate::spool::Sorted;

/// Two ends that are this close are the same: a list may have been written in whole seconds, and the kernel counts in
/// them.
pub const SAME_US: u64 = 2_000_000;
/// So many bans of one reason travel in one signal.
const BATCH: usize = 256;

/// What is to be done to each backend.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Apply<'a> {
    pub wanted: Wanted<'a>,
    /// Bans of the store that are not wanted are ended.
    pub sync: bool,
    /// All bans of the store are read once, even where it could look each up.
    pub whole: bool,
    /// Otherwise only counted.
    pub write: bool,
    /// Each ban with a signal of its own, as `ban add` makes it.
    pub signals: bool,
}

/// The bans that are to be there.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub orders: &'a Sorted,
    /// The sources that they name; `None`: all.
    pub sources: Option<&'a BTreeSet<String>>,
    pub now: Instant,
}

/// What was done to one backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub added: u64,
    pub replaced: u64,
    pub unchanged: u64,
    pub removed: u64,
    /// Of the replaced, those that now end sooner.
    pub sooner: u64,
}

impl Done {
    /// What only the backend knew: the bans that were counted as added and replace others.
    fn found_out(&mut self, inserted: Inserted, unknown: bool) {
        if unknown {
            let replaced = inserted.replaced.min(inserted.inserted);
            (self.added, self.replaced) = (self.added.saturating_sub(replaced), self.replaced + replaced);
        }
    }

    /// For the report.
    pub fn document(&self) -> Value {
        json!({ "added": self.added, "replaced": self.replaced, "unchanged": self.unchanged, "removed": self.removed })
    }
}

impl Apply<'_> {
    /// Does it.
    pub fn to(self, instance: &mut Instance, progress: &mut Progress) -> Result<Done> {
        progress.restart();
        let existing = Existing::of(instance, self.wanted, self.whole)?;
        let mut orders = Orders::of(self.wanted.orders).map_err(|e| matching::of_spool(&e))?;
        let mut cursor = match &existing {
            Existing::All(sorted) => Some(Cursor::of(sorted)?),
            _ => None,
        };
        let actor = actor::name();
        let unknown = matches!(existing, Existing::Unknown);
        let (batch, done) = (Vec::new(), Done::default());
        let mut work = Work { apply: self, instance, unknown, batch, actor: &actor, done };
        while let Some(order) = orders.next().map_err(|e| matching::of_spool(&e))? {
            let held = match (&mut cursor, &existing) {
                (Some(cursor), _) => work.advance(cursor, &order)?,
                (None, Existing::Each) => {
                    look_up(work.instance, order.target, &order.source, self.wanted.now)?
                }
                (None, _) => None,
            };
            work.order(order, held)?;
            progress.add(1);
        }
        if let Some(cursor) = &mut cursor {
            while let Some(gone) = cursor.take()? {
                work.end(&gone)?;
            }
        }
        work.send()?;
        Ok(work.done)
    }
}

/// One backend's work under way.
struct Work<'w> {
    apply: Apply<'w>,
    instance: &'w mut Instance,
    /// The backend does not tell what it has.
    unknown: bool,
    batch: Vec<Order>,
    actor: &'w str,
    done: Done,
}

impl Work<'_> {
    /// The bans of an order's key; those before it are gone from the list.
    fn advance(&mut self, cursor: &mut Cursor<'_>, order: &Order) -> Result<Option<(Held, u64)>> {
        let mut found: Option<(Held, u64)> = None;
        while let Some(next) = cursor.peek() {
            match (next.target, &next.source).cmp(&(order.target, &order.source)) {
                Ordering::Greater => break,
                Ordering::Less => {
                    if let Some(gone) = cursor.take()? {
                        self.end(&gone)?;
                    }
                }
                Ordering::Equal => {
                    let held = cursor.take()?;
                    found = match found {
                        Some((first, count)) => Some((first, count + 1)),
                        None => held.map(|held| (held, 1)),
                    };
                }
            }
        }
        Ok(found)
    }

    fn order(&mut self, order: Order, held: Option<(Held, u64)>) -> Result {
        match held {
            Some((held, 1)) if self.is_same(&order, &held) => self.done.unchanged += 1,
            Some((held, _)) => {
                self.done.replaced += 1;
                self.done.sooner += u64::from(order.until < held.until);
                self.add(order)?;
            }
            None => {
                self.done.added += 1;
                self.add(order)?;
            }
        }
        Ok(())
    }

    /// Whether a ban may stay as it is. That of a synced list, when the list says no more than how long bans hold, is
    /// renewed when half of that time is over: else each sync would write all of them anew.
    fn is_same(&self, order: &Order, held: &Held) -> bool {
        if (&order.action, &order.reason) != (&held.action, &held.reason) {
            return false;
        }
        let (new, old) = (order.until.micros(), held.until.micros());
        if new.abs_diff(old) <= SAME_US {
            return true;
        }
        let now = self.apply.wanted.now;
        self.apply.sync
            && order.length > 0
            && order.until != Instant::FOREVER
            && old < new
            && now.micros_until(held.until) >= order.length / 2
    }

    /// A ban that the list names no more.
    fn end(&mut self, gone: &Held) -> Result {
        if !self.apply.sync {
            return Ok(());
        }
        self.done.removed += 1;
        if self.apply.write {
            interrupt::check()?;
            matching::end_one(self.instance, gone.target, &gone.source, self.apply.wanted.now)?;
        }
        Ok(())
    }

    /// Writes a ban, together with those of the same reason that follow.
    fn add(&mut self, order: Order) -> Result {
        if !self.apply.write {
            return Ok(());
        }
        if self.unknown || self.apply.signals {
            // The backend alone knows what it replaces; or a signal has one ban.
            self.batch.push(order);
            return self.send();
        }
        if self.batch.len() == BATCH || self.batch.first().is_some_and(|first| first.reason != order.reason) {
            self.send()?;
        }
        self.batch.push(order);
        Ok(())
    }

    fn send(&mut self) -> Result {
        let Some(first) = self.batch.first() else { return Ok(()) };
        interrupt::check()?;
        let now = self.apply.wanted.now.micros();
        let source_ip = first.target.text();
        let texts: Vec<_> = self.batch.iter().map(|order| order.target.text()).collect();
        let bans = self.batch.iter().zip(&texts).map(|(order, text)| ban(order, text.as_str(), self.actor));
        let signal = Signal {
            scenario: &first.reason,
            source_ip: source_ip.as_str(),
            events_count: 1,
            created_us: now,
            start_us: now,
            stop_us: now,
            source: self.apply.signals.then(|| Source { ip: Some(first.target.into()), ..Source::default() }),
            bans_only: !self.apply.signals,
            bans: bans.collect(),
            ..Signal::default()
        };
        let done = self.instance.insert(&signal)?;
        self.done.found_out(done, self.unknown);
        self.batch.clear();
        Ok(())
    }
}

fn ban<'o>(order: &'o Order, text: &'o str, actor: &'o str) -> Ban<'o> {
    Ban {
        source: &order.source,
        action: &order.action,
        target: text,
        reason: &order.reason,
        country: &order.country,
        as_name: &order.as_name,
        as_number: order.as_number,
        actor,
        until_us: order.until.micros(),
        range: Some(IpRange::from(order.target)),
        ..Ban::default()
    }
}
