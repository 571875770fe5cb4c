//! What a transaction did so far, kept so that it can be done again.

use std::hash::{BuildHasher, RandomState};

use super::Done;
use super::fault::Fault;
use super::writes::Write;

/// So many signals, bans and events are kept: some megabytes. A larger transaction cannot be done again; losing its
/// connection is an error then, and nothing of it is written.
const BOUND: usize = 20_000;

/// The writes of the pending transaction.
#[derive(Debug)]
pub struct Journal<P> {
    writes: Vec<Write>,
    weight: usize,
    state: State,
    proof: Option<P>,
    mark: Option<u64>,
    /// How many changes of it were logged.
    changes: u64,
    /// Bans were changed since.
    is_unlogged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is pending.
    Empty,
    /// All that is pending is here.
    Whole,
    /// More is pending than is kept.
    Cut,
    /// A write failed and took the rest with it: nothing of it must be committed.
    Spoilt,
}

impl<P> Default for Journal<P> {
    fn default() -> Self {
        Self {
            writes: Vec::new(),
            weight: 0,
            state: State::Empty,
            proof: None,
            mark: None,
            changes: 0,
            is_unlogged: false,
        }
    }
}

impl<P> Journal<P> {
    /// Something is pending.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Whole | State::Cut)
    }

    /// What is pending can be done again.
    pub fn is_whole(&self) -> bool {
        matches!(self.state, State::Empty | State::Whole)
    }

    /// A write failed.
    pub fn is_spoilt(&self) -> bool {
        self.state == State::Spoilt
    }

    /// A write failed: the rest is gone with it.
    pub fn spoil(&mut self) {
        self.clear();
        self.state = State::Spoilt;
    }

    /// Nothing is pending any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// What the change under way is known by in the store.
    pub fn mark(&mut self) -> u64 {
        self.first_mark().wrapping_add(self.changes)
    }

    /// The same of the transaction's first change.
    pub fn first_mark(&mut self) -> u64 {
        // The standard library's keys are the system's random numbers. The host takes 0 for no change.
        *self.mark.get_or_insert_with(|| RandomState::new().hash_one(std::process::id()).max(1))
    }

    /// Bans were changed, and no row of the log of changes says so.
    pub fn is_unlogged(&self) -> bool {
        self.is_unlogged
    }

    /// By what the transaction can be recognised.
    pub fn proof(&self) -> Option<&P> {
        self.proof.as_ref()
    }

    /// Keeps a write that was carried out.
    pub fn push(&mut self, write: Write, done: &mut Done<P>) {
        self.note(&write, done);
        self.weight += write.weight();
        if self.weight > BOUND {
            self.state = State::Cut;
            self.writes = Vec::new();
        } else {
            self.state = State::Whole;
            self.writes.push(write);
        }
    }

    /// Does it all again.
    pub fn replay(
        &mut self,
        mut apply: impl FnMut(&Write, u64) -> Result<Done<P>, Fault>,
    ) -> Result<(), Fault> {
        (self.changes, self.is_unlogged) = (0, false);
        let writes = std::mem::take(&mut self.writes);
        let outcome = writes.iter().try_for_each(|write| {
            let mut done = apply(write, self.mark())?;
            self.note(write, &mut done);
            Ok(())
        });
        self.writes = writes;
        outcome
    }

    fn note(&mut self, write: &Write, done: &mut Done<P>) {
        self.proof = done.proof.take().or(self.proof.take());
        self.changes += u64::from(done.is_logged);
        let ends_change = matches!(write, Write::Log | Write::Undo(_));
        self.is_unlogged = !ends_change && (self.is_unlogged || done.inserted.inserted > 0 || done.ended > 0);
    }
}
