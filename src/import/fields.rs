//! What a record is made of, under the names that warden, `CrowdSec` and people use for it.

use std::borrow::Cow;

use super::{Fault, Position};

/// A member of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// What is banned.
    Target,
    /// For how long, from now.
    Duration,
    /// Until when: the time left, or a time.
    Until,
    /// Until when, as a time.
    UntilAt,
    /// Why.
    Reason,
    /// What `CrowdSec` calls the reason.
    Scenario,
    /// `Ip` or `Range`; anything else cannot be banned here.
    Scope,
    /// What the ban does.
    Action,
    /// Who ordered it.
    Source,
    /// The country's two letters.
    Country,
    /// Number and name of the autonomous system.
    As,
    /// Its number.
    AsNumber,
    /// Its name.
    AsName,
    /// Whether it is only a simulation.
    Simulated,
}

/// How many keys there are.
const COUNT: usize = 14;

/// The names of each key.
const NAMES: [(Key, &[&str]); COUNT] = [
    (Key::Target, &["value", "ip", "range", "target", "iptext", "ip_text"]),
    (Key::Duration, &["duration"]),
    (Key::Until, &["until", "expiration"]),
    (Key::UntilAt, &["until_at"]),
    (Key::Reason, &["reason"]),
    (Key::Scenario, &["scenario"]),
    (Key::Scope, &["scope"]),
    (Key::Action, &["action", "type", "remediation"]),
    (Key::Source, &["source", "origin"]),
    (Key::Country, &["country", "cn"]),
    (Key::As, &["as"]),
    (Key::AsNumber, &["asnum", "as_number"]),
    (Key::AsName, &["as_name"]),
    (Key::Simulated, &["simulated", "simulation"]),
];

/// What other programs say of a ban and an import has no use for.
const UNUSED: &[&str] = &[
    "id",
    "uuid",
    "alert_id",
    "bans",
    "bancount",
    "events",
    "events_count",
    "backend",
    "start",
    "start_at",
    "stop_at",
    "created_at",
    "updated_at",
    "deleted_at",
    "machine_id",
    "message",
    "capacity",
    "leakspeed",
    "labels",
    "meta",
    "scenario_hash",
    "scenario_version",
    "kind",
    "start_ip",
    "end_ip",
    "actor",
    "decisions",
    "latitude",
    "longitude",
];

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// A member of a record.
    Of(Key),
    /// Known, and not read.
    Unused,
    /// Not known, and like one that is.
    Like(&'static str),
    /// Not known.
    Unknown,
}

impl Name {
    /// Looks a name up, without regard to ASCII case.
    pub fn find(name: &str) -> Self {
        let known = |all: &[&str]| all.iter().any(|n| n.eq_ignore_ascii_case(name));
        if let Some((key, _)) = NAMES.iter().find(|(_, names)| known(names)) {
            return Self::Of(*key);
        }
        if known(UNUSED) {
            return Self::Unused;
        }
        let like = |n: &&&str| strsim::damerau_levenshtein(n, &name.to_ascii_lowercase()) == 1 && n.len() > 3;
        NAMES.iter().flat_map(|(_, names)| *names).find(like).map_or(Self::Unknown, |n| Self::Like(n))
    }
}

/// The names that a header may use, for a hint.
pub fn names() -> String {
    let first: Vec<_> = NAMES.iter().map(|(_, names)| names[0]).collect();
    first.join(", ")
}

/// A text of the input, and where it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// Where it starts.
    pub at: Position,
}

/// A record as it was written. An empty text counts as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    cells: [Option<Cell<'a>>; COUNT],
    /// Where it starts.
    pub at: Position,
    /// It stands among the decisions of an alert, whose duration is the time left.
    pub in_alert: bool,
}

impl<'a> Fields<'a> {
    /// An empty record.
    pub fn new(at: Position) -> Self {
        Self { at, ..Self::default() }
    }

    /// What was written for a key.
    pub fn cell(&self, key: Key) -> Option<&Cell<'a>> {
        self.cells[key as usize].as_ref().filter(|cell| !cell.text.is_empty())
    }

    /// The text of a key; empty: none.
    pub fn text(&self, key: Key) -> &str {
        self.cell(key).map_or("", |cell| &cell.text)
    }

    /// Sets a key.
    ///
    /// # Errors
    /// When it is set already.
    pub fn set(&mut self, key: Key, cell: Cell<'a>) -> Result<(), Fault> {
        let place = &mut self.cells[key as usize];
        if place.as_ref().is_some_and(|old| !old.text.is_empty()) && !cell.text.is_empty() {
            let name = NAMES[key as usize].1[0];
            return Err(Fault::new(cell.at, format!("`{name}` is given twice")));
        }
        if !cell.text.is_empty() {
            *place = Some(cell);
        }
        Ok(())
    }

    /// A record that borrows nothing.
    pub fn into_owned(self) -> Fields<'static> {
        let owned = |cell: Cell<'_>| Cell { text: Cow::Owned(cell.text.into_owned()), at: cell.at };
        let cells = self.cells.map(|cell| cell.map(owned));
        Fields { cells, at: self.at, in_alert: self.in_alert }
    }

    /// It stands on that line.
    pub fn move_to_line(&mut self, line: u64) {
        self.at.line = line;
        for cell in self.cells.iter_mut().flatten() {
            cell.at.line = line;
        }
    }

    /// Takes from another record what is not set.
    pub fn fill(&mut self, other: &Fields<'a>, keys: &[Key]) {
        for key in keys {
            if self.cell(*key).is_none() {
                self.cells[*key as usize].clone_from(&other.cells[*key as usize]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_keys() {
        for (i, (key, _)) in NAMES.iter().enumerate() {
            assert_eq!(*key as usize, i);
        }
    }

    #[test]
    fn a_mistyped_name_is_not_overlooked() {
        assert_eq!(Name::find("Duration"), Name::Of(Key::Duration));
        assert_eq!(Name::find("duraton"), Name::Like("duration"));
        assert_eq!(Name::find("alert_id"), Name::Unused);
        assert_eq!(Name::find("colour"), Name::Unknown);
    }
}
