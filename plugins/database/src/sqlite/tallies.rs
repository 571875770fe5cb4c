//! `bancount` and `events_count` by target: what the question counted by spelling is completed here.

use rusqlite::{Connection, Result};

use super::functions::read_tally;
use super::record::Record;
use super::repeated::Repeated;
use super::spelling::Aliases;
use crate::common::spelling::is_canonical;
use crate::common::tally::Tally;

/// The counts of one list, on a file with warden's indexes.
pub struct Tallies<'t> {
    connection: &'t Connection,
    at: i64,
    /// Bans that are ended count too, where they held.
    past: bool,
    aliases: Aliases,
    repeated: Repeated,
}

impl<'t> Tallies<'t> {
    /// Counts up to an instant.
    pub fn new(connection: &'t Connection, at: i64, past: bool) -> Result<Self> {
        Ok(Self {
            connection,
            at,
            past,
            aliases: Aliases::read(connection, at)?,
            repeated: Repeated::Asked(0),
        })
    }

    /// The tally of the record is that of its own spelling, and an orphan has none yet.
    pub fn complete(&mut self, record: &mut Record) -> Result<()> {
        let misspelt = record.target.filter(|target| !is_canonical(record.spelling(), target));
        let canonical = misspelt.map(|target| target.text());
        let text = canonical.as_ref().map_or(record.spelling(), AsRef::as_ref);
        let tally = match misspelt {
            _ if record.orphan => self.active_bans(text, misspelt.is_none())?,
            Some(_) => self.signals(text)?,
            None => record.tally,
        };
        record.tally = match record.target {
            Some(target) => tally.plus(self.aliases.tally_of(&target, record.orphan)),
            None => tally,
        };
        Ok(())
    }

    /// `is_listed`: a ban of this very text is at hand, so there is one at least.
    fn active_bans(&mut self, text: &str, is_listed: bool) -> Result<Tally> {
        if is_listed && !self.past && self.repeated.is_single(self.connection, text)? {
            return Ok(Tally { signals: 1, events: 0 });
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) FROM ban_applications INDEXED BY warden_bans_by_target WHERE ip_text = ?1 \
             AND warden_holds(created_at, NULL, until, deleted_at, ?2)",
        )?;
        let bans: i64 = statement.query_row((text, self.at), |row| row.get(0))?;
        // A text that is not UTF-8 is not found again; the ban at hand is there all the same.
        let bans = u64::try_from(bans).unwrap_or(0).max(u64::from(is_listed));
        Ok(Tally { signals: bans, events: 0 })
    }

    fn signals(&self, text: &str) -> Result<Tally> {
        let mut statement = self.connection.prepare_cached(
            "SELECT warden_tally(stop_at, events_count, ?2) FROM signal_occurences INDEXED BY warden_signals_by_target WHERE source_ip = ?1",
        )?;
        statement.query_row((text, self.at), |row| Ok(read_tally(row.get_ref(0)?)))
    }
}
