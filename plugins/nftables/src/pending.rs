//! What is to be written and is not yet: from the first write to the flush, under the lock. Of the kernel's sets only
//! what a write needs is read.

use warden_plugin::{Inserted, Query, Result, Rows, Target};

use crate::command;
use crate::filter;
use crate::held::Held;
use crate::kernel::{Family, Kernel, Piece};
use crate::layout;
use crate::ledger::Ledger;
use crate::lock::Lock;
use crate::nft::{Kind, Refusal};
use crate::plan::{Before, Plan};
use crate::settings::Settings;

/// So many addresses are asked for one by one; for more, their sets are read.
const MOST_ASKED: u8 = 4;

/// Elements of one command. nft is slower with all in one than with thousands; for interval sets it is the reverse.
const MOST_AT_ONCE: usize = 10_000;

/// Elements of one transaction where the kernel refuses a long one: an unprivileged container may send 208 KiB, and
/// three commands for an element with a full comment are some 350 bytes.
const MOST_IN_PART: usize = 400;

/// The writes that wait for a flush.
pub struct Pending {
    ledger: Ledger,
    has_addresses: bool,
    asked: u8,
    pieces: Vec<(Family, Vec<Piece>)>,
    /// The families whose pieces held what warden had not cut.
    adopted: Vec<Family>,
    _lock: Lock,
}

impl Pending {
    /// Reads the book-keeping: small, unless there are many ranges.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn begin(kernel: &Kernel, lock: Lock) -> Result<Self> {
        let mut ledger = Ledger::default();
        kernel.entries(|target, number, held| ledger.note_entry(target, number, held))?;
        Ok(Self {
            ledger,
            has_addresses: false,
            asked: 0,
            pieces: Vec::new(),
            adopted: Vec::new(),
            _lock: lock,
        })
    }

    /// A new ban.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn insert(&mut self, kernel: &Kernel, target: Target, held: Held) -> Result<Inserted> {
        self.look_up(kernel, target)?;
        Ok(self.ledger.insert(target, held, kernel.clock.now_us()))
    }

    /// The end of all bans on a target.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn delete(&mut self, kernel: &Kernel, target: Target) -> Result<u64> {
        self.look_up(kernel, target)?;
        Ok(self.ledger.delete(target, kernel.clock.now_us()))
    }

    /// The end of the bans that a query means.
    ///
    /// # Errors
    /// When the kernel is out of reach, or does not hold what the query asks about.
    pub fn delete_where(&mut self, kernel: &Kernel, query: &Query<'_>) -> Result<u64> {
        filter::refuse_unknown(query)?;
        match query.target {
            Some(target) => self.look_up(kernel, target)?,
            None => self.look_up_all(kernel)?,
        }
        let is_meant = |target, held: &Held| filter::matches(query, target, held);
        Ok(self.ledger.delete_where(kernel.clock.now_us(), is_meant))
    }

    /// The end of all bans.
    ///
    /// # Errors
    /// When the kernel is out of reach.
    pub fn delete_all(&mut self, kernel: &Kernel) -> Result<u64> {
        self.look_up_all(kernel)?;
        self.pieces.iter_mut().for_each(|(_, pieces)| pieces.clear());
        Ok(self.ledger.clear(kernel.clock.now_us()))
    }

    /// The bans active at an instant, as they will be after the flush.
    ///
    /// # Errors
    /// `Stopped` when the reader has enough, or when the kernel is out of reach.
    pub fn read_at(&mut self, kernel: &Kernel, at_us: i64, rows: &mut Rows<'_>) -> Result {
        self.look_up_all(kernel)?;
        for (target, entry) in self.ledger.entries() {
            entry
                .bans
                .iter()
                .filter(|held| held.is_active(at_us))
                .try_for_each(|held| held.push(target, rows))?;
        }
        Ok(())
    }

    /// Writes all of it, or nothing.
    ///
    /// # Errors
    /// What nft said against it.
    pub fn commit(mut self, kernel: &Kernel, settings: &Settings) -> Result {
        let layout = layout::commands(settings, &kernel.nft)?;
        match self.write(kernel, &layout, false) {
            Err(refusal) if refusal.is_conflict() && !self.pieces.is_empty() => {
                let families: Vec<_> = self.pieces.drain(..).map(|(family, _)| family).collect();
                families.into_iter().try_for_each(|family| self.look_up_pieces(kernel, family))?;
                Ok(self.write(kernel, &layout, true)?)
            }
            written => Ok(written?),
        }
    }

    fn plan<'p>(&'p self, kernel: &'p Kernel) -> Plan<'p> {
        Plan { names: &kernel.names, ledger: &self.ledger, now_us: kernel.clock.now_us() }
    }

    /// `anew`: what the interval sets hold is not trusted to be as it was read.
    fn write(&self, kernel: &Kernel, layout: &str, anew: bool) -> Result<(), Refusal> {
        let changed = self.plan(kernel).changed_ranges();
        let is_changed = |family| changed.contains(family) || self.adopted.contains(family);
        let before = self.pieces.iter().filter(|(family, _)| is_changed(family));
        let before = before
            .map(|(family, pieces)| (*family, if anew { Before::Unknown } else { Before::Known(pieces) }))
            .collect::<Vec<_>>();
        let steps = |most| {
            let mut steps = vec![layout.to_owned()];
            steps.extend(self.plan(kernel).steps(&before, most));
            steps
        };
        match kernel.nft.apply(&command::batch(steps(MOST_AT_ONCE).join(","))) {
            Err(refusal) if refusal.kind() == Kind::TooLong => in_parts(kernel, &steps(MOST_IN_PART)),
            applied => applied,
        }
    }

    /// Makes sure that the ledger knows a target.
    fn look_up(&mut self, kernel: &Kernel, target: Target) -> Result {
        if target.is_range() {
            return self.look_up_pieces(kernel, Family::of(target));
        }
        if self.has_addresses || self.ledger.entry(target).is_some_and(|entry| entry.is_changed) {
            return Ok(());
        }
        if self.asked < MOST_ASKED && self.ledger.entry(target).is_none() {
            self.asked += 1;
            if kernel.is_free(target)? {
                return Ok(());
            }
        }
        self.look_up_addresses(kernel)
    }

    fn look_up_all(&mut self, kernel: &Kernel) -> Result {
        self.look_up_addresses(kernel)?;
        Family::ALL.into_iter().try_for_each(|family| self.look_up_pieces(kernel, family))
    }

    fn look_up_addresses(&mut self, kernel: &Kernel) -> Result {
        if !self.has_addresses && !self.ledger.is_cleared() {
            kernel.addresses(|target, held| self.ledger.note_address(target, held))?;
        }
        self.has_addresses = true;
        Ok(())
    }

    /// Reads the pieces of a family, and takes over what somebody put between them by hand.
    fn look_up_pieces(&mut self, kernel: &Kernel, family: Family) -> Result {
        if self.pieces.iter().any(|(known, _)| *known == family) {
            return Ok(());
        }
        let (mut pieces, mut adopted) = (Vec::new(), Vec::new());
        if !self.ledger.is_cleared() {
            pieces = kernel.pieces(family, |target, held| adopted.push((target, held)))?;
        }
        self.pieces.push((family, pieces));
        self.adopted.extend((!adopted.is_empty()).then_some(family));
        for (target, held) in adopted {
            if target.is_address() {
                self.look_up_addresses(kernel)?;
            }
            self.ledger.adopt(target, held);
        }
        Ok(())
    }
}

/// One transaction a step, for a kernel that does not take all at once.
fn in_parts(kernel: &Kernel, steps: &[String]) -> Result<(), Refusal> {
    for (done, step) in steps.iter().enumerate() {
        kernel.nft.apply(&command::batch(step)).map_err(|refusal| refusal.after(done, steps.len()))?;
    }
    Ok(())
}
