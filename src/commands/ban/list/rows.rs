//! Where a list's rows come from: the backends, each time anew, or a sorted copy.

use super::sorted::Sorted;
use super::totals;
use crate::backends::{Backends, Question};
use crate::error::{Exit, Result};
use crate::model::BanRow;
use crate::output::Totals;

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

    /// Counts the bans without reading them, if there is one backend that can; from then on only the first rows of those
    /// that are shown come. `api`: those from the API are shown too. The error: it failed, and has said so.
    pub fn count(&mut self, api: bool, limit: u64) -> Result<Option<Totals>, Exit> {
        let Self::Live(backends, question) = self else { return Ok(None) };
        let Some(totals) = totals::of(backends, question)? else { return Ok(None) };
        question.query.limit = Some(limit);
        if !api {
            question.query.not_source = Some("api");
        }
        Ok(Some(totals))
    }

    /// Whether a backend failed in the middle of its rows.
    pub fn are_cut(&self) -> bool {
        match self {
            Self::Live(backends, _) => backends.is_cut(),
            Self::Sorted(sorted) => sorted.is_cut,
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
