//! Where a list's rows come from: the backends, each time anew, or a sorted copy.

use super::sorted::SortedRows;
use super::totals;
use crate::backends::{Backends, Question};
use crate::ban_row::BanRow;
use crate::error::Result;
use crate::output::Totals;

/// The rows of a list, which may be read twice.
pub enum Rows<'b, 'q> {
    Live(&'b mut Backends, Question<'q>),
    Sorted(SortedRows),
}

impl Rows<'_, '_> {
    /// Hands each row on.
    ///
    /// # Errors
    /// When the sorted copy cannot be read.
    pub fn read(&mut self, row: &mut dyn FnMut(&BanRow<'_>) -> bool) -> Result {
        match self {
            Self::Live(backends, question) => {
                backends.read(question, row);
                Ok(())
            }
            Self::Sorted(sorted) => sorted.replay(row),
        }
    }

    /// From now on only so many rows come, of those that are shown, if there is one backend that can count the others.
    /// `api`: those from the API are shown, too.
    pub fn shorten(&mut self, api: bool, limit: u64) -> bool {
        let Self::Live(backends, question) = self else { return false };
        if !totals::can_be_had(backends, question) {
            return false;
        }
        question.query.limit = Some(limit);
        if !api {
            question.query.not_source = Some("api");
        }
        true
    }

    /// Counts the bans without reading them; from now on all rows come again. `local`: how many of those that are shown
    /// there are, where that is known. `None`: it failed and has said so, or it cannot count.
    pub fn count(&mut self, api: bool, local: Option<u64>) -> Option<Totals> {
        let Self::Live(backends, question) = self else { return None };
        (question.query.limit, question.query.not_source) = (None, None);
        totals::of(backends, question, api, local)
    }

    /// Whether no backend gave any.
    pub fn have_failed(&self) -> bool {
        match self {
            Self::Live(backends, _) => backends.outcome().is_failed(),
            Self::Sorted(sorted) => sorted.has_failed,
        }
    }

    /// Whether a backend failed in the middle of its rows.
    pub fn are_incomplete(&self) -> bool {
        match self {
            Self::Live(backends, _) => backends.is_incomplete(),
            Self::Sorted(sorted) => sorted.is_incomplete,
        }
    }

    /// How many backends they come from.
    pub fn backends(&self) -> usize {
        match self {
            Self::Live(backends, question) => backends.selected(question.selection),
            Self::Sorted(sorted) => sorted.backends,
        }
    }
}
