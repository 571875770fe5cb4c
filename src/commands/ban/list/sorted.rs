//! `--sort`: the rows in another order than the stores', through a spool.

use warden_plugin::pack::{Pack, Unpack};
use warden_plugin::{Query, Target};

use crate::backends::{Backends, Question};
use crate::ban_row::BanRow;
use crate::error::Result;
use crate::instant::Instant;
use crate::spool::pack::target_key;
use crate::spool::{self, Sorter};

/// What a list is sorted by; equal ones stay newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// What ends first
    Until,
    /// What began last
    Start,
    /// Addresses from low to high, IPv4 before IPv6
    Ip,
    /// What has the most events
    Events,
}

/// Rows that were read and sorted.
pub struct SortedRows {
    spool: spool::Sorted,
    /// How many backends they were read from.
    pub backends: usize,
    /// A backend failed in the middle of its rows.
    pub is_incomplete: bool,
    at: Instant,
    limit: Option<u64>,
    /// No backend gave any row.
    pub has_failed: bool,
}

impl SortedRows {
    /// Reads all rows.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn read(backends: &mut Backends, question: Question<'_>, sort: Sort) -> Result<Self> {
        let Question { query, .. } = question;
        let unlimited = Question { query: Query { limit: None, ..query }, ..question };
        let (mut sorter, mut value, mut failed) = (Sorter::default(), Vec::new(), None);
        backends.read(&unlimited, &mut |ban| {
            value.clear();
            ban.backend.pack(&mut value);
            ban.row.pack(&mut value);
            failed = sorter.push(&sort.key(ban), &value).err();
            failed.is_none()
        });
        let sorted = failed.map_or_else(|| sorter.finish(), Err);
        Ok(Self {
            spool: sorted.map_err(|e| spool::failed(&e))?,
            backends: backends.selected(question.selection),
            is_incomplete: backends.is_incomplete(),
            at: Instant::from_micros(query.at_us),
            limit: query.limit,
            has_failed: backends.outcome().is_failed(),
        })
    }

    /// Hands the rows on in their order.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn replay(&self, rows: &mut dyn FnMut(&BanRow<'_>) -> bool) -> Result {
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut merge = self.spool.read().map_err(|e| spool::failed(&e))?;
        while let Some((_, value)) = merge.next().map_err(|e| spool::failed(&e))? {
            if left == 0 {
                break;
            }
            left -= 1;
            let (backend, row) = Pack::unpack(&mut Unpack(value));
            if !rows(&BanRow { row: &row, backend, at: self.at }) {
                break;
            }
        }
        Ok(())
    }
}

impl Sort {
    fn key(self, ban: &BanRow<'_>) -> Vec<u8> {
        let row = ban.row;
        match self {
            Self::Until => ascending(row.until_us).to_vec(),
            Self::Start => ascending(row.start_us).map(|byte| !byte).to_vec(),
            Self::Events => row.events_count.to_be_bytes().map(|byte| !byte).to_vec(),
            Self::Ip => match Target::of_stored(row.target) {
                Some(target) => target_key(&target).to_vec(),
                // What is no target comes last, by its text.
                None => [b"\xff", row.target.as_bytes()].concat(),
            },
        }
    }
}

/// Bytes that sort as the number does.
fn ascending(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}
