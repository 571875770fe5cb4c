//! The table as the kernel holds it: reads only. Elements become bans here.

mod reading;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use rustix::io::Errno;
use warden_plugin::{FOREVER_US, Host, Query, Result, Target, UNKNOWN_US};

use crate::ban::StoredBan;
use crate::clock::Clock;
use crate::comment;
use crate::layout::{Inventory, is_displaced};
use crate::lock::Lock;
use crate::netlink::{Batch, Element, Fault, SetInfo, Socket, elements};
use crate::query;
use crate::refusal::refused;
use crate::sets::{Key, Set};
use crate::settings::{Names, Settings};

/// Who ordered what stands in a set without a comment of warden's: somebody with nft.
const FOREIGN: &str = "nft";

/// So many keys are asked for in one request: their answers fit into the socket's buffer.
const MOST_ASKED: usize = 64;

/// So many further bans are asked for at once, when there is one.
const NUMBERS: u16 = 4;

/// So often a reading is done again, when the sets changed under it.
const MOST_ROUNDS: usize = 16;

/// What the kernel holds of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The ban that the target's own set holds: the longest.
    pub longest: Option<StoredBan>,
    /// The further bans, with their numbers.
    pub further: Vec<(u16, StoredBan)>,
    /// Bans that stand in sets of another layout: they have no place of their own yet.
    pub displaced: Vec<StoredBan>,
}

/// Where a ban stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the target's own set: it is the longest.
    Own,
    /// Among the further bans, under this number.
    Further(u16),
    /// In a set of another layout.
    Displaced,
}

impl Stored {
    /// All bans, one of each source. What was carried over from a set that stays has its place already.
    pub fn bans(&self) -> impl Iterator<Item = &StoredBan> {
        let placed = || self.longest.iter().chain(self.further.iter().map(|(_, ban)| ban));
        let is_new = move |ban: &&StoredBan| !placed().any(|known| known.source == ban.source);
        placed().chain(self.displaced.iter().filter(is_new))
    }

    /// Whether nothing stands in any set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.longest.is_none() && self.further.is_empty() && self.displaced.is_empty()
    }

    /// Adds what one element says.
    pub fn add(&mut self, place: Place, ban: StoredBan) {
        match place {
            Place::Own => self.longest = Some(ban),
            Place::Further(number) => self.further.push((number, ban)),
            Place::Displaced => self.displaced.push(ban),
        }
    }
}

/// Who takes the bans of a reading.
pub type Take<'t> = &'t mut dyn FnMut(Target, Place, StoredBan) -> Result;

/// The table's reader.
pub struct Table {
    names: Names,
    clock: Clock,
    host: Host,
    socket: Option<Socket>,
    lock_path: PathBuf,
    lock_timeout: Duration,
    /// The lock while anybody in this process holds it: taken twice, it would wait for itself.
    lock: Weak<Lock>,
}

impl Table {
    /// A reader of the configured table. It connects when it is first asked.
    #[must_use]
    pub fn new(settings: &Settings, host: Host) -> Self {
        Self {
            names: settings.names.clone(),
            clock: Clock::new(host),
            host,
            socket: None,
            lock_path: settings.lock_path.clone(),
            lock_timeout: settings.lock_timeout,
            lock: Weak::new(),
        }
    }

    /// Keeps other wardens from writing until every part of the answer is dropped.
    ///
    /// # Errors
    /// When another warden holds the lock for too long, or its file cannot be opened.
    pub fn lock(&mut self) -> Result<Arc<Lock>> {
        self.lock_within(self.lock_timeout)
    }

    fn lock_within(&mut self, timeout: Duration) -> Result<Arc<Lock>> {
        if let Some(lock) = self.lock.upgrade() {
            return Ok(lock);
        }
        let lock = Arc::new(Lock::take(&self.lock_path, timeout, self.host)?);
        self.lock = Arc::downgrade(&lock);
        Ok(lock)
    }

    /// The names of the table and its sets.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What time it is.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        self.clock.now_us()
    }

    /// The connection to the kernel.
    ///
    /// # Errors
    /// When the kernel has no packet filter.
    pub fn socket(&mut self) -> Result<&mut Socket> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => Socket::open().map_err(|fault| refused("cannot speak to nf_tables", fault, &[]))?,
        };
        Ok(self.socket.insert(socket))
    }

    /// The number that every write to the ruleset raises, whoever writes.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn generation(&mut self) -> Result<u32> {
        self.socket()?.generation().map_err(|fault| refused("cannot read the ruleset", fault, &[]))
    }

    /// The sets, chains and rules of the table, all of one generation unless somebody never stops writing.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn inventory(&mut self) -> Result<Inventory> {
        let table = self.names.table.clone();
        let cannot = |fault| refused("cannot read the ruleset", fault, &[]);
        let mut generation = self.generation()?;
        let mut left = MOST_ROUNDS;
        loop {
            let socket = self.socket()?;
            let inventory = Inventory {
                generation,
                sets: socket.sets(&table).map_err(cannot)?,
                chains: socket.chains(&table).map_err(cannot)?,
                rules: socket.rules(&table).map_err(cannot)?,
            };
            (generation, left) = (self.generation()?, left - 1);
            if generation == inventory.generation || left == 0 {
                return Ok(inventory);
            }
        }
    }

    /// What the kernel holds of these targets, in their order. Takes as long in a full set as in an empty one.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn look_up(&mut self, targets: &[Target]) -> Result<Vec<Stored>> {
        let keys: Vec<_> = targets
            .iter()
            .flat_map(|target| {
                [(Set::of(*target, &self.names), Key::of(*target)), (Set::Further, Key::further(*target, 0))]
            })
            .collect();
        let mut found = self.get(&keys)?.into_iter();
        let mut all = Vec::with_capacity(targets.len());
        for target in targets {
            let mut stored = Stored { longest: found.next().flatten(), ..Stored::default() };
            if let Some(first) = found.next().flatten() {
                stored.further.push((0, first));
                self.further(*target, &mut stored)?;
            }
            all.push(stored);
        }
        Ok(all)
    }

    /// The further bans of a target behind the first.
    fn further(&mut self, target: Target, stored: &mut Stored) -> Result {
        let mut first = 1;
        loop {
            let numbers = first..first + NUMBERS;
            let keys: Vec<_> = numbers.clone().map(|n| (Set::Further, Key::further(target, n))).collect();
            let found = self.get(&keys)?;
            let is_last = found.last().is_none_or(Option::is_none) || first > u16::MAX - 2 * NUMBERS;
            stored.further.extend(numbers.zip(found).filter_map(|(number, ban)| Some((number, ban?))));
            if is_last {
                return Ok(());
            }
            first += NUMBERS;
        }
    }

    /// The bans that a query means; all of them are handed over whose target fits, without regard to the instant.
    ///
    /// # Errors
    /// Whatever `take` says, or when the kernel is out of reach.
    pub fn matching(&mut self, query: &Query<'_>, take: Take<'_>) -> Result {
        let mut take = |target, place, ban: StoredBan| match query::matches(query, target, &ban) {
            true => take(target, place, ban),
            false => Ok(()),
        };
        let sets = self.sets()?;
        let used: HashSet<Set> = sets.iter().filter_map(|info| Set::named(&info.name, &self.names)).collect();
        let asked = match (query.target, query.ip) {
            // What stands elsewhere than it should is found by no key.
            _ if sets.iter().any(|info| is_displaced(info, &self.names)) => return self.all(&mut take),
            (Some(target), _) => vec![target],
            (None, Some(ip)) => {
                ip.covering().filter(|target| used.contains(&Set::of(*target, &self.names))).collect()
            }
            (None, None) => return self.all(&mut take),
        };
        for (target, stored) in asked.iter().zip(self.look_up_unchanged(&asked)?) {
            stored.longest.into_iter().try_for_each(|ban| take(*target, Place::Own, ban))?;
            stored.further.into_iter().try_for_each(|(n, ban)| take(*target, Place::Further(n), ban))?;
        }
        Ok(())
    }

    /// Whether bans stand elsewhere than today's layout has them.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn has_displaced(&mut self) -> Result<bool> {
        Ok(self.sets()?.iter().any(|info| is_displaced(info, &self.names)))
    }

    fn sets(&mut self) -> Result<Vec<SetInfo>> {
        let table = self.names.table.clone();
        self.socket()?.sets(&table).map_err(|fault| refused("cannot read the ruleset", fault, &[]))
    }

    /// As [`look_up`](Self::look_up), of one generation: a ban that moves between two sets is not missed.
    fn look_up_unchanged(&mut self, targets: &[Target]) -> Result<Vec<Stored>> {
        let mut generation = self.generation()?;
        let mut stored = self.look_up(targets)?;
        for _ in 1..MOST_ROUNDS {
            let now = self.generation()?;
            if now == generation {
                break;
            }
            generation = now;
            stored = self.look_up(targets)?;
        }
        Ok(stored)
    }

    /// The bans under these keys, in their order.
    fn get(&mut self, keys: &[(Set, Key)]) -> Result<Vec<Option<StoredBan>>> {
        let mut found = Vec::with_capacity(keys.len());
        let now_us = self.now_us();
        for part in keys.chunks(MOST_ASKED) {
            let (mut question, names, start) = (Batch::questions(), &self.names, found.len());
            let mut first = None;
            for (set, key) in part {
                let number = question.get(&names.table, &set.name(names), key.bytes());
                first = first.or(Some(number));
            }
            let (question, first) = (question.finish(), first.unwrap_or_default());
            found.resize(start + part.len(), None);
            let (mut failed, mut answers): (Option<Fault>, usize) = (None, 0);
            let asked = self.socket()?.ask(&question, &mut |message| {
                answers += 1;
                failed = failed.or(message.fault().filter(|fault| fault.errno != Errno::NOENT));
                let index = message.sequence.checked_sub(first).and_then(|n| usize::try_from(n).ok());
                let place = index.and_then(|index| found.get_mut(start + index));
                if let (Some(place), Some(element)) = (place, elements(message.attributes()).next()) {
                    *place = Some(ban_of(&element, now_us));
                }
            });
            let unanswered = (answers < part.len()).then_some(Fault::whole(Errno::PROTO));
            if let Some(fault) = asked.err().or(failed).or(unanswered) {
                return Err(refused("cannot read the sets", fault, &question));
            }
        }
        Ok(found)
    }
}

/// What an element says: its comment, or what is left to say of one that warden did not write.
fn ban_of(element: &Element<'_>, now_us: i64) -> StoredBan {
    element.comment.and_then(comment::read).unwrap_or_else(|| {
        let seconds = |ms: u64| i64::try_from(ms / 1000 + 1).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        StoredBan {
            source: FOREIGN.into(),
            reason: element.comment.unwrap_or_default().into(),
            start_us: UNKNOWN_US,
            until_us: element.timeout_ms.map_or(FOREVER_US, |ms| now_us.saturating_add(seconds(ms))),
        }
    })
}
