//! From the changes to the kernel: one transaction, unless the process may not send that much at once.
//!
//! A few changes go with the generation in which the sets were read: when somebody wrote since, they are read again.
//! Many changes take so long that on a busy machine somebody always wrote since; for these, and when a few have failed
//! often, what was not there must still not be there.

use rustix::io::Errno;
use warden_plugin::{Enforcement, Error, Host, Level, Result, Target};

use crate::change::Change;
use crate::comment;
use crate::layout::{BANNED, Inventory, is_displaced, marker};
use crate::netlink::{Batch, Fault};
use crate::nft::Nft;
use crate::pending::Pending;
use crate::refusal::{is_conflict, refused};
use crate::sets::{Key, Set};
use crate::settings::Settings;
use crate::table::Table;

/// So many changes go with their generation.
const FEW: usize = 1024;

/// So often it is tried, when others write at the same time.
const MOST_TRIES: u32 = 64;

/// So often a few changes go with their generation. What others write is mostly none of warden's table.
const EXACT_TRIES: u32 = 32;

/// So often nft is run: somebody may remove at once what it made.
const MOST_SETUPS: u32 = 3;

/// So many targets are written together, set by set.
const CHUNK: usize = 256;

/// More than an element takes that is added and deleted, and one that is added with a full comment.
const GOING_SIZE: usize = 96;
const COMING_SIZE: usize = 208;
/// More than the heads of a chunk's messages take: three kinds for each of many sets.
const HEADS_SIZE: usize = 16 << 10;

/// The longest request that room is asked for.
const MOST_ROOM: usize = 1 << 30;

/// Writes the changes of one flush.
pub struct Writer<'w> {
    /// Where they go.
    pub table: &'w mut Table,
    /// What makes sets and rules.
    pub nft: &'w Nft,
    /// What is configured.
    pub settings: &'w Settings,
    /// Who hears of what the administrator has to do.
    pub host: Host,
}

/// What changes in the sets for some targets.
#[derive(Default)]
struct Elements {
    going: Vec<(Set, Key)>,
    coming: Vec<(Set, Key, Option<u64>, String)>,
}

impl Writer<'_> {
    /// Whether a flush would work, without a trace.
    ///
    /// # Errors
    /// Why it would not.
    pub fn probe(&mut self) -> Result {
        let inventory = self.table.inventory()?;
        inventory.refuse_foreign(&self.settings.names)?;
        match inventory.missing(self.settings, &[].into()) {
            script if script.is_empty() => Ok(()),
            script => Ok(self.nft.check(&script)?),
        }
    }

    /// Whether the table is as it should be, and a flush of nothing has nothing to do.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn is_set_up(&mut self) -> Result<bool> {
        let (inventory, names) = (self.table.inventory()?, &self.settings.names);
        Ok(inventory.is_marked(&marker())
            && inventory.missing(self.settings, &[].into()).is_empty()
            && inventory.displaced(names).all(|info| inventory.is_used_by_others(&info.name, names))
            && inventory.old_rules(names).next().is_none())
    }

    /// What became of the table since the last flush.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn state(&mut self) -> Result<Enforcement> {
        let inventory = self.table.inventory()?;
        let lost = !inventory.is_marked(&marker());
        // The flush that fills it again makes the chains, too, where they are warden's to make.
        let is_remade = lost && self.settings.create_rules;
        Ok(Enforcement {
            lost,
            unhooked: !(inventory.is_reached() || is_remade),
            dropped_packets: Some(inventory.dropped_packets()),
        })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// What the kernel or nft said against it.
    pub fn write(&mut self, mut pending: Pending) -> Result {
        let (mut setups, mut is_carried) = (0, false);
        for attempt in 1..=MOST_TRIES {
            let inventory = self.table.inventory()?;
            inventory.refuse_foreign(&self.settings.names)?;
            let script =
                inventory.missing(self.settings, &pending.sets(&self.settings.names, self.table.now_us()));
            if !script.is_empty() && setups < MOST_SETUPS {
                self.nft.apply(&script)?;
                setups += 1;
                continue;
            }
            if inventory.displaced(&self.settings.names).next().is_some() && !is_carried {
                is_carried = true;
                pending.carry_over(self.table)?;
                continue;
            }
            if inventory.generation != pending.generation() && pending.len() <= FEW {
                pending.refresh(self.table, inventory.generation)?;
            }
            match self.send(&pending, &inventory, (attempt <= EXACT_TRIES, setups > 0))? {
                None => {
                    self.advise(&inventory);
                    return Ok(());
                }
                Some((error, fault)) => {
                    if !is_conflict(fault) || attempt == MOST_TRIES {
                        return Err(error);
                    }
                    if fault.errno != Errno::RESTART {
                        let generation = self.table.generation()?;
                        pending.refresh(self.table, generation)?;
                    }
                }
            }
        }
        Err(Error::unavailable("somebody keeps removing what warden needs in the table"))
    }

    /// Sends everything; answers what the kernel said against it.
    fn send(
        &mut self,
        pending: &Pending,
        inventory: &Inventory,
        (may_be_exact, is_setup): (bool, bool),
    ) -> Result<Option<(Error, Fault)>> {
        let limit = self.table.socket()?.room(MOST_ROOM);
        let is_exact = may_be_exact && pending.len() <= FEW;
        let guard = is_exact.then_some(inventory.generation);
        let mut parts = Parts { batch: Batch::transaction(guard), done: 0 };
        if pending.is_cleared() {
            self.empty_all(inventory, &mut parts.batch);
        }
        let changes: Vec<(Target, &Change)> = pending.changes().collect();
        for chunk in changes.chunks(CHUNK) {
            let mut elements = self.elements(chunk);
            if parts.batch.size() + elements.size() > limit
                && !parts.batch.is_empty()
                && let Some(refusal) = parts.send(self.table)?
            {
                return Ok(Some(refusal));
            }
            self.encode(&mut elements, &mut parts.batch);
        }
        self.tidy(pending, inventory, is_setup && is_exact, &mut parts.batch);
        self.mark(inventory, &mut parts.batch);
        if parts.batch.is_empty() { Ok(None) } else { parts.send(self.table) }
    }

    /// What of each set must go and what must come, so that the longest ban of each target stands in its own set.
    fn elements(&self, chunk: &[(Target, &Change)]) -> Elements {
        let (mut elements, now_us) = (Elements::default(), self.table.now_us());
        for (target, change) in chunk {
            let stored = change.stored();
            let wanted = change.ranked(now_us);
            let place = |index: usize| match index.checked_sub(1).map(u16::try_from) {
                None => Some((Set::of(*target, &self.settings.names), Key::of(*target))),
                Some(number) => number.ok().map(|number| (Set::Further, Key::further(*target, number))),
            };
            let mut unchanged = vec![false; wanted.len()];
            let longest = stored.longest.iter().map(|ban| (0, ban));
            let further = stored.further.iter().map(|(number, ban)| (usize::from(*number) + 1, ban));
            for (index, ban) in longest.chain(further) {
                if wanted.get(index) == Some(&ban) {
                    unchanged[index] = true;
                } else {
                    elements.going.extend(place(index));
                }
            }
            for (index, ban) in wanted.iter().enumerate().filter(|(index, _)| !unchanged[*index]) {
                let Some((set, key)) = place(index) else { continue };
                elements.coming.push((set, key, ban.timeout_ms(now_us), comment::write(ban)));
            }
        }
        elements
    }

    /// What may have expired since it was read is added before it is deleted: a delete of nothing would fail the whole
    /// transaction, and only kernels from 6.3 on have a delete that does not mind.
    fn encode(&self, elements: &mut Elements, batch: &mut Batch) {
        elements.going.sort_unstable();
        elements.coming.sort_unstable_by_key(|(set, key, ..)| (*set, *key));
        let names = &self.settings.names;
        for (set, key) in &elements.going {
            batch.add((&names.table, &set.name(names)), (key.bytes(), false), None, None);
        }
        for (set, key) in &elements.going {
            batch.delete((&names.table, &set.name(names)), key.bytes());
        }
        for (set, key, timeout_ms, comment) in &elements.coming {
            let place = (names.table.as_str(), &*set.name(names));
            batch.add(place, (key.bytes(), true), *timeout_ms, Some(comment));
        }
    }

    /// Empties every set of warden's, of whatever layout.
    fn empty_all(&self, inventory: &Inventory, batch: &mut Batch) {
        let names = &self.settings.names;
        for info in &inventory.sets {
            if Set::named(&info.name, names).is_some() || is_displaced(info, names) {
                batch.empty(&names.table, &info.name);
            }
        }
    }

    /// Gives back what is used no more: what an older warden made, and sets of ranges that stand empty, with their
    /// rules. Each of these costs every packet a look, but making one anew costs a run of nft: so only a flush of
    /// everything and a run of nft for something else give back.
    fn tidy(&self, pending: &Pending, inventory: &Inventory, is_setup: bool, batch: &mut Batch) {
        let (names, table) = (&self.settings.names, &self.settings.names.table);
        for rule in inventory.old_rules(names) {
            batch.delete_rule(table, &rule.chain, rule.handle);
        }
        for rule in inventory.displaced_rules(names) {
            batch.delete_rule(table, &rule.chain, rule.handle);
        }
        for info in inventory.displaced(names).chain(inventory.old_maps(names)) {
            if !inventory.is_used_by_others(&info.name, names) {
                batch.delete_set(table, &info.name);
            }
        }
        for chain in inventory.old_chains(names) {
            batch.delete_chain(table, chain);
        }
        let used = pending.sets(names, self.table.now_us());
        for (set, info) in inventory.ours(names) {
            let is_empty = pending.is_cleared() || (is_setup && info.count == Some(0));
            let is_range = matches!(set, Set::Ranges(..));
            if is_range && is_empty && !used.contains(&set) && !inventory.is_used_by_others(&info.name, names)
            {
                for rule in inventory.rules_of(set, names) {
                    batch.delete_rule(table, &rule.chain, rule.handle);
                }
                batch.delete_set(table, &info.name);
            }
        }
    }

    /// Has the marker stand from the instant on in which the bans do.
    fn mark(&self, inventory: &Inventory, batch: &mut Batch) {
        let (marker, table) = (marker(), &self.settings.names.table);
        for old in inventory.old_markers(&marker) {
            batch.delete_chain(table, old);
        }
        if !inventory.is_marked(&marker) {
            batch.add_chain(table, &marker);
        }
    }

    /// Says what only the administrator can do.
    fn advise(&self, inventory: &Inventory) {
        let names = &self.settings.names;
        if !self.settings.create_rules && !inventory.is_reached() {
            let table = &names.table;
            self.host.log(
                Level::Warn,
                format_args!("no rule of table `{table}` jumps to its chain `{BANNED}`: bans have no effect"),
            );
        }
        for info in inventory.displaced(names) {
            if inventory.is_used_by_others(&info.name, names) {
                let name = &info.name;
                self.host.log(
                    Level::Warn,
                    format_args!(
                        "a rule looks into `{name}`, which warden fills no more: let it jump to `{BANNED}`"
                    ),
                );
            }
        }
    }
}

impl Elements {
    /// More bytes than they take.
    fn size(&self) -> usize {
        HEADS_SIZE + self.going.len() * GOING_SIZE + self.coming.len() * COMING_SIZE
    }
}

/// The transactions of one write.
struct Parts {
    batch: Batch,
    done: usize,
}

impl Parts {
    /// Sends what there is, and begins the next. Only the first goes with a generation: it raises it itself.
    fn send(&mut self, table: &mut Table) -> Result<Option<(Error, Fault)>> {
        let request = std::mem::replace(&mut self.batch, Batch::transaction(None)).finish();
        let Err(fault) = table.socket()?.commit(&request) else {
            self.done += 1;
            return Ok(None);
        };
        let what = match self.done {
            0 => "cannot write the sets".to_owned(),
            done => format!("cannot write the sets to the end ({done} parts are written)"),
        };
        Ok(Some((refused(&what, fault, &request), fault)))
    }
}
