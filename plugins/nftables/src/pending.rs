//! What is to be written and is not yet: from the first write to the flush, under the lock. Of the kernel's sets only
//! what a write needs is read.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use warden_plugin::{Ban, Inserted, Query, Result, Signal, Target};

use crate::ban::StoredBan;
use crate::change::Change;
use crate::comment::stored_source;
use crate::lock::Lock;
use crate::query;
use crate::sets::Set;
use crate::settings::Names;
use crate::table::{Place, Stored, Table, Take};

/// After so many targets were asked for one by one, all bans are read at once, when they are few.
const MOST_ASKED: usize = 256;

/// So many are few: a dump of more takes longer than the gets of a long list, since its cost grows with their square.
const FEW: usize = 20_000;

/// The writes that wait for a flush.
pub struct Pending {
    changes: HashMap<Target, Change>,
    is_cleared: bool,
    known: Known,
    /// The ruleset's before anything was read.
    generation: u32,
    texts: HashSet<Arc<str>>,
    _lock: Arc<Lock>,
}

/// How what the kernel holds is found out.
enum Known {
    /// So many targets were asked for, each by itself.
    Asked(usize),
    /// All that there is was read.
    All(HashMap<Target, Stored>),
    /// There is too much to read all of it.
    TooMany,
}

impl Pending {
    /// Nothing yet.
    ///
    /// # Errors
    /// When another warden holds the lock, or the kernel is out of reach.
    pub fn begin(table: &mut Table) -> Result<Self> {
        let lock = table.lock()?;
        let generation = table.generation()?;
        // What stands elsewhere than it should is found by no key.
        let known = match table.has_displaced()? {
            true => Known::All(read_all(table)?),
            false => Known::Asked(0),
        };
        Ok(Self {
            changes: HashMap::new(),
            is_cleared: false,
            known,
            generation,
            texts: HashSet::new(),
            _lock: lock,
        })
    }

    /// A new ban.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn insert(
        &mut self,
        table: &mut Table,
        target: Target,
        ban: &Ban<'_>,
        signal: &Signal<'_>,
    ) -> Result<Inserted> {
        let reason = if ban.reason.is_empty() { signal.scenario } else { ban.reason };
        let ban = StoredBan {
            source: self.shared(&stored_source(ban.source)),
            reason: self.shared(reason),
            start_us: signal.stop_us,
            until_us: ban.until_us,
        };
        let now_us = table.now_us();
        Ok(self.change(table, target)?.insert(ban, now_us))
    }

    /// The end of a source's ban on a target.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn end(&mut self, table: &mut Table, target: Target, source: &str) -> Result<Inserted> {
        let now_us = table.now_us();
        let source = self.shared(&stored_source(source));
        Ok(self.change(table, target)?.end(&source, now_us))
    }

    /// The end of all bans on a target.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn delete(&mut self, table: &mut Table, target: Target) -> Result<u64> {
        let now_us = table.now_us();
        Ok(self.change(table, target)?.end_all(now_us))
    }

    /// The end of the bans that a query means.
    ///
    /// # Errors
    /// When the kernel is out of reach, or does not hold what the query asks about.
    pub fn delete_where(&mut self, table: &mut Table, query: &Query<'_>) -> Result<u64> {
        query::refuse_unknown(query)?;
        let mut meant = HashSet::new();
        self.matching(table, query, &mut |target, _, _| {
            meant.insert(target);
            Ok(())
        })?;
        let (now_us, mut ended) = (table.now_us(), 0);
        for target in meant {
            let change = self.change(table, target)?;
            let matches = |ban: &&StoredBan| query::matches(query, target, ban);
            let sources: Vec<_> =
                change.bans().into_iter().filter(matches).map(|ban| ban.source.clone()).collect();
            ended += sources.iter().map(|source| change.end(source, now_us).replaced).sum::<u64>();
        }
        Ok(ended)
    }

    /// The end of all bans. How many that are is what the kernel counts, where it does and nothing was changed before.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn delete_all(&mut self, table: &mut Table) -> Result<u64> {
        let is_untouched = self.changes.is_empty() && !self.is_cleared;
        let counted = if is_untouched { table.inventory()?.count(table.names()) } else { None };
        let ended = counted.map_or_else(|| self.count(table), Ok)?;
        self.changes.clear();
        (self.is_cleared, self.known) = (true, Known::All(HashMap::new()));
        Ok(ended)
    }

    /// How many bans have not ended, one by one.
    fn count(&self, table: &mut Table) -> Result<u64> {
        let (now_us, mut due) = (table.now_us(), 0);
        self.matching(table, &Query::default(), &mut |_, _, ban| {
            due += u64::from(ban.is_due(now_us));
            Ok(())
        })?;
        Ok(due)
    }

    /// The bans that a query means, as they will be after the flush, without regard to the instant.
    ///
    /// # Errors
    /// Whatever `take` says, or when the kernel is out of reach.
    pub fn matching(&self, table: &mut Table, query: &Query<'_>, take: Take<'_>) -> Result {
        if !self.is_cleared {
            table.matching(query, &mut |target, place, ban| match self.changes.contains_key(&target) {
                true => Ok(()),
                false => take(target, place, ban),
            })?;
        }
        for (target, change) in &self.changes {
            for ban in change.bans().into_iter().filter(|ban| query::matches(query, *target, ban)) {
                take(*target, Place::Own, ban.clone())?;
            }
        }
        Ok(())
    }

    /// Whether everything in the kernel is to go.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.is_cleared
    }

    /// How many targets are changed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes, in no order.
    pub fn changes(&self) -> impl Iterator<Item = (Target, &Change)> {
        self.changes.iter().map(|(target, change)| (*target, change))
    }

    /// The sets that the bans will stand in.
    #[must_use]
    pub fn sets(&self, names: &Names, now_us: i64) -> BTreeSet<Set> {
        let has_bans = |change: &Change| change.bans().iter().any(|ban| ban.is_due(now_us));
        self.changes()
            .filter(|(_, change)| has_bans(change))
            .map(|(target, _)| Set::of(target, names))
            .collect()
    }

    /// The generation in which the kernel held what the changes were made for.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Asks anew what the kernel holds of the changed targets, in this generation.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn refresh(&mut self, table: &mut Table, generation: u32) -> Result {
        self.generation = generation;
        if self.is_cleared {
            return Ok(());
        }
        let targets: Vec<_> = self.changes.keys().copied().collect();
        for part in targets.chunks(MOST_ASKED) {
            for (target, stored) in part.iter().zip(table.look_up(part)?) {
                if let Some(change) = self.changes.get_mut(target) {
                    change.refresh_keyed(stored);
                }
            }
        }
        Ok(())
    }

    /// Has every ban written as today's layout has it.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn carry_over(&mut self, table: &mut Table) -> Result {
        if self.is_cleared {
            return Ok(());
        }
        let mut all = read_all(table)?;
        for (target, change) in &mut self.changes {
            change.refresh(all.remove(target).unwrap_or_default());
        }
        self.changes.extend(all.into_iter().map(|(target, stored)| (target, Change::none(stored))));
        Ok(())
    }

    /// The change of a target, perhaps none yet.
    fn change(&mut self, table: &mut Table, target: Target) -> Result<&mut Change> {
        if !self.changes.contains_key(&target) {
            let stored = self.stored(table, target)?;
            self.changes.insert(target, Change::none(stored));
        }
        Ok(self.changes.entry(target).or_insert_with(|| Change::none(Stored::default())))
    }

    fn stored(&mut self, table: &mut Table, target: Target) -> Result<Stored> {
        if matches!(self.known, Known::Asked(MOST_ASKED)) {
            self.known = read_few(table)?;
        }
        if let Known::Asked(asked) = &mut self.known {
            *asked += 1;
        }
        match &mut self.known {
            Known::All(all) => Ok(all.remove(&target).unwrap_or_default()),
            _ => Ok(table.look_up(&[target])?.pop().unwrap_or_default()),
        }
    }

    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }
}

fn read_few(table: &mut Table) -> Result<Known> {
    let mut all: HashMap<Target, Stored> = HashMap::new();
    let is_whole = table.all_of_few(FEW, &mut |target, place, ban| {
        all.entry(target).or_default().add(place, ban);
        Ok(())
    })?;
    Ok(if is_whole { Known::All(all) } else { Known::TooMany })
}

fn read_all(table: &mut Table) -> Result<HashMap<Target, Stored>> {
    let mut all: HashMap<Target, Stored> = HashMap::new();
    table.all(&mut |target, place, ban| {
        all.entry(target).or_default().add(place, ban);
        Ok(())
    })?;
    Ok(all)
}
