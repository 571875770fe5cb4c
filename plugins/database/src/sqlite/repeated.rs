//! How many active bans a target has: `bancount` of a ban without a signal. Mostly one, the ban itself; to look each
//! up would take longer than all the rest of a long list.

use std::collections::HashSet;

use rusqlite::{Connection, Result};

/// So many rows are looked up one by one before all targets are looked through at once: a short list ends sooner.
const ONE_BY_ONE: u32 = 1_000;

/// So many targets with several bans are remembered; with more of them, every row is looked up.
const MOST: i64 = 50_000;

/// Which targets have several bans that are not ended. Memory: at most 50,000 texts.
#[derive(Debug)]
pub enum Repeated {
    /// Nobody has looked; so many rows have asked.
    Asked(u32),
    /// The targets that have several.
    Known(HashSet<Vec<u8>>),
    /// There are too many of them.
    TooMany,
}

impl Repeated {
    /// Whether this text is known to stand on one ban alone that is not ended.
    pub fn is_single(&mut self, connection: &Connection, text: &str) -> Result<bool> {
        match self {
            Self::Asked(ONE_BY_ONE) => *self = Self::read(connection)?,
            Self::Asked(times) => *times += 1,
            Self::Known(_) | Self::TooMany => {}
        }
        Ok(matches!(self, Self::Known(several) if several.is_empty() || !several.contains(text.as_bytes())))
    }

    fn read(connection: &Connection) -> Result<Self> {
        let mut statement = connection.prepare(
            "SELECT ip_text FROM ban_applications INDEXED BY warden_bans_by_target WHERE deleted_at IS NULL \
             GROUP BY ip_text HAVING count(*) > 1 LIMIT ?1",
        )?;
        let mut rows = statement.query([MOST + 1])?;
        let mut several = HashSet::new();
        while let Some(row) = rows.next()? {
            several.insert(row.get_ref(0)?.as_bytes_or_null()?.unwrap_or_default().to_vec());
        }
        let are_too_many = i64::try_from(several.len()).is_ok_and(|count| count > MOST);
        Ok(if are_too_many { Self::TooMany } else { Self::Known(several) })
    }
}
