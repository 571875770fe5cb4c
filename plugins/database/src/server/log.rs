//! What a transaction did so far, kept so that it can be done again.

use std::hash::{BuildHasher, RandomState};

use super::Done;
use super::fault::Fault;
use super::order::Order;

/// So many signals, bans and events are kept: some megabytes. A larger transaction cannot be done again; losing its
/// connection is an error then, and nothing of it is written.
const BOUND: usize = 20_000;

/// The orders of the pending transaction.
#[derive(Debug)]
pub struct Log<P> {
    orders: Vec<Order>,
    weight: usize,
    state: State,
    proof: Option<P>,
    mark: Option<u64>,
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

impl<P> Default for Log<P> {
    fn default() -> Self {
        Self { orders: Vec::new(), weight: 0, state: State::Empty, proof: None, mark: None }
    }
}

impl<P> Log<P> {
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

    /// What the transaction is known by in the store.
    pub fn mark(&mut self) -> u64 {
        // The standard library's keys are the system's random numbers.
        *self.mark.get_or_insert_with(|| RandomState::new().hash_one(std::process::id()))
    }

    /// By what the transaction can be recognised.
    pub fn proof(&self) -> Option<&P> {
        self.proof.as_ref()
    }

    /// Keeps an order that was carried out.
    pub fn push(&mut self, order: Order, proof: Option<P>) {
        self.proof = proof.or(self.proof.take());
        self.weight += order.weight();
        if self.weight > BOUND {
            self.state = State::Cut;
            self.orders = Vec::new();
        } else {
            self.state = State::Whole;
            self.orders.push(order);
        }
    }

    /// Does it all again.
    pub fn replay(&mut self, mut apply: impl FnMut(&Order) -> Result<Done<P>, Fault>) -> Result<(), Fault> {
        for order in &self.orders {
            let done = apply(order)?;
            self.proof = done.proof.or(self.proof.take());
        }
        Ok(())
    }
}
