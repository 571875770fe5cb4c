//! What an undo has to know, whatever the server: the change, and the bans that it made or ended.

use std::collections::HashSet;

use warden_plugin::{Change, Target};

use super::writes::{SLOTS, slots};
use crate::common::span::ends_after;

/// A change as it was logged.
#[derive(Debug)]
pub struct Logged {
    pub id: i64,
    pub at_us: i64,
    pub command: String,
    pub actor: String,
    /// What the bans carry that it made, and those that it ended. For the host it is the change's number: that of its row
    /// is another one when its transaction is done again.
    pub mark: i64,
    /// No ban had a higher id when it was done.
    pub last_ban: i64,
}

/// A ban, as far as a writer looks at it.
#[derive(Debug)]
pub struct Found {
    pub id: i64,
    pub target: String,
    pub source: String,
    pub until_us: i64,
}

impl Logged {
    /// Its number for the host.
    pub fn number(&self) -> u64 {
        self.mark.cast_unsigned()
    }

    /// As it would be taken back now.
    pub fn change(self, added: u64, ended: u64) -> Change {
        let id = self.number();
        Change {
            id,
            at_us: self.at_us,
            added,
            ended,
            undone: false,
            command: self.command,
            actor: self.actor,
        }
    }

    /// Of bans that it ended, by their ids, those that are to hold again: not one in whose place another of its source
    /// stands by now. Such a ban was made after this change, by somebody who logs nothing: a daemon, an older warden, or
    /// v0.3.7.
    pub fn to_restore(&self, ended: &[Found], standing: &[Found], now_us: i64) -> Vec<i64> {
        let newer = standing.iter().filter(|ban| ban.id > self.last_ban && ban.ends_after(now_us));
        let taken: HashSet<_> = newer.map(Found::place).collect();
        let again = ended.iter().filter(|ban| ban.ends_after(now_us) && !taken.contains(&ban.place()));
        again.map(|ban| ban.id).collect()
    }
}

impl Found {
    /// A ban that is over stays as it is.
    pub fn ends_after(&self, now_us: i64) -> bool {
        ends_after(self.until_us, now_us)
    }

    /// Of one place and source one ban holds, however it is spelled.
    fn place(&self) -> (String, &str) {
        (canonical(&self.target), &self.source)
    }
}

/// The canonical text of a stored target; what is no target stands for itself.
pub fn canonical(text: &str) -> String {
    Target::of_stored(text).map_or_else(|| text.to_owned(), |target| target.to_string())
}

/// Of more targets than these, the locks are not looked for one by one.
pub const FEW: usize = 1000;

/// The locks of the targets that an undo changes, of which at most [`FEW`] and one more were read.
pub fn locks(texts: &[String]) -> Vec<u16> {
    if texts.len() > FEW { (0..SLOTS).collect() } else { slots(texts.iter().map(|text| canonical(text))) }
}
