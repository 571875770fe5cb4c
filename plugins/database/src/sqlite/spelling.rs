//! Targets in other spellings than warden's: `2001:DB8:0:0:0:0:0:2`, `1.2.3.77/24`. The canonical one is looked up by
//! index; the others stand in two partial indexes, which are empty in most stores, and are read here as a whole.

use std::collections::HashMap;

use rusqlite::{Connection, Result};
use warden_plugin::Target;

use super::functions::{count_signal, target};
use super::schema::condition;
use crate::common::spelling::is_canonical;
use crate::common::tally::Tally;

/// The bans that are not ended, by target, for all that are spelled in another way.
///
/// Memory: a few words for each such ban; warden writes none.
pub fn bans(connection: &Connection) -> Result<HashMap<Target, Vec<i64>>> {
    let sql = format!(
        "SELECT ip_text, id FROM ban_applications INDEXED BY warden_bans_misspelt \
         WHERE ({}) AND deleted_at IS NULL",
        condition("warden_bans_misspelt")
    );
    let mut found = HashMap::<_, Vec<_>>::new();
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(target) = misspelt(row)? {
            found.entry(target).or_default().push(row.get(1)?);
        }
    }
    Ok(found)
}

/// The bans, ended ones too, whose target is spelled in another way and contains `inner`.
pub fn bans_around(connection: &Connection, inner: &Target) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT ip_text, id FROM ban_applications INDEXED BY warden_bans_misspelt WHERE ({})",
        condition("warden_bans_misspelt")
    );
    let mut found = Vec::new();
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if misspelt(row)?.is_some_and(|outer| outer.contains(inner)) {
            found.push(row.get(1)?);
        }
    }
    Ok(found)
}

/// What other spellings add to the counts of a target.
///
/// Memory: a few words for each target that is spelled in another way.
#[derive(Debug, Default)]
pub struct Aliases {
    signals: HashMap<Target, Tally>,
    bans: HashMap<Target, u64>,
}

impl Aliases {
    /// Reads them, up to an instant.
    pub fn read(connection: &Connection, at: i64) -> Result<Self> {
        let mut aliases = Self::default();
        aliases.read_signals(connection, at)?;
        aliases.read_bans(connection, at)?;
        Ok(aliases)
    }

    /// What to add to the tally of a target's canonical spelling.
    pub fn tally_of(&self, target: &Target, orphan: bool) -> Tally {
        if orphan {
            Tally { signals: self.bans.get(target).copied().unwrap_or_default(), events: 0 }
        } else {
            self.signals.get(target).copied().unwrap_or_default()
        }
    }

    fn read_signals(&mut self, connection: &Connection, at: i64) -> Result<()> {
        let sql = format!(
            "SELECT source_ip, stop_at, events_count FROM signal_occurences INDEXED BY warden_signals_misspelt \
             WHERE ({})",
            condition("warden_signals_misspelt")
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(target) = misspelt(row)? {
                let tally = self.signals.entry(target).or_default();
                count_signal(tally, row.get_ref(1)?, row.get_ref(2)?, at);
            }
        }
        Ok(())
    }

    fn read_bans(&mut self, connection: &Connection, at: i64) -> Result<()> {
        let sql = format!(
            "SELECT ip_text FROM ban_applications INDEXED BY warden_bans_misspelt WHERE ({}) \
             AND warden_holds(created_at, NULL, until, deleted_at, ?1)",
            condition("warden_bans_misspelt")
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([at])?;
        while let Some(row) = rows.next()? {
            if let Some(target) = misspelt(row)? {
                *self.bans.entry(target).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// The target in the first column, unless that is its canonical text: the indexes hold more than they need to.
fn misspelt(row: &rusqlite::Row<'_>) -> Result<Option<Target>> {
    let value = row.get_ref(0)?;
    Ok(target(value).filter(|target| value.as_str().is_ok_and(|text| !is_canonical(text, target))))
}
