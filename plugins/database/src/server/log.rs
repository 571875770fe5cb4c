//! What a transaction did so far, kept so that it can be done again.

use super::fault::Fault;
use super::order::Order;
use super::{Done, Proof};

/// So many signals, bans and events are kept: some megabytes. A larger transaction cannot be done again; losing its
/// connection is an error then, and nothing of it is written.
const BOUND: usize = 20_000;

/// The orders of the pending transaction.
#[derive(Debug, Default)]
pub struct Log {
    orders: Vec<Order>,
    weight: usize,
    state: State,
    proof: Option<Proof>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing is pending.
    #[default]
    Empty,
    /// All that is pending is here.
    Whole,
    /// More is pending than is kept.
    Cut,
    /// A write failed and took the rest with it: nothing of it must be committed.
    Spoilt,
}

impl Log {
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

    /// By which row the transaction can be recognised.
    pub fn proof(&self) -> Option<&Proof> {
        self.proof.as_ref()
    }

    /// Keeps an order that was carried out.
    pub fn push(&mut self, order: Order, proof: Option<Proof>) {
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
    pub fn replay(&mut self, mut apply: impl FnMut(&Order) -> Result<Done, Fault>) -> Result<(), Fault> {
        for order in &self.orders {
            let done = apply(order)?;
            self.proof = done.proof.or(self.proof.take());
        }
        Ok(())
    }
}
