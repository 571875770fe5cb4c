//! Where a list's rows come from: the backends, each time anew, or a sorted copy.

use super::sorted::Sorted;
use crate::backends::{Backends, Question};
use crate::error::{Exit, Result};
use crate::model::BanRow;

/// The rows of a list, which may be read twice.
pub enum Rows<'b, 'q> {
    Live(&'b mut Backends, Question<'q>),
    Sorted(Sorted),
}

impl Rows<'_, '_> {
    /// Hands each row on; says how the backends did.
    ///
    /// # Errors
    /// When the sorted copy cannot be read.
    pub fn read(&mut self, row: &mut dyn FnMut(&BanRow<'_>) -> bool) -> Result<Exit> {
        match self {
            Self::Live(backends, question) => Ok(backends.read(question, row)),
            Self::Sorted(sorted) => sorted.replay(row),
        }
    }

    /// How many backends they come from.
    pub fn backends(&self) -> usize {
        match self {
            Self::Live(backends, question) => backends.readable(question.named),
            Self::Sorted(sorted) => sorted.backends,
        }
    }
}
