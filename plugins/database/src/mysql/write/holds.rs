//! Whether the columns can hold a text: asked before anything changes, so that nothing is cut and the message says
//! what does not fit.

use warden_plugin::Error;

use super::super::schema::Schema;
use crate::server::fault::Fault;
use crate::server::writes::{NewBan, NewEvent, NewSignal};

/// The columns as they are.
pub struct Holds<'s>(pub &'s Schema);

const BANS: &str = "ban_applications";

impl Holds<'_> {
    /// Every text of a signal, its bans and its events.
    pub fn check(&self, signal: &NewSignal) -> Result<(), Fault> {
        let table = "signal_occurences";
        self.text(table, "scenario", "reason", &signal.scenario)?;
        self.text(table, "map_key", "map key", &signal.map_key)?;
        self.text(table, "bucket_id", "bucket's name", &signal.bucket_id)?;
        self.text(table, "alert_message", "alert's message", &signal.alert_message)?;
        self.text(table, "source_ip", "source", &signal.source_ip)?;
        self.text(table, "source_range", "source's range", &signal.source_range)?;
        self.text(table, "source_autonomous_system_number", "AS number", &signal.as_number)?;
        self.text(table, "source_autonomous_system_organization", "AS name", &signal.as_name)?;
        self.text(table, "source_country", "country", &signal.country)?;
        self.text(table, "dest_ip", "destination", &signal.dest_ip)?;
        signal.bans.iter().try_for_each(|ban| self.ban(ban))?;
        signal.events.iter().try_for_each(|event| self.event(event))
    }

    /// Whether warden's note about a ban fits into `measure_extra`, with what may be added to it.
    pub fn note(&self, text: &str) -> bool {
        self.text(BANS, "measure_extra", "note", text).is_ok()
    }

    /// How long the note may become, in characters.
    pub fn note_length(&self) -> u64 {
        self.0.column(BANS, "measure_extra").and_then(|column| column.length).unwrap_or(0)
    }

    fn ban(&self, ban: &NewBan) -> Result<(), Fault> {
        self.text(BANS, "reason", "reason", &ban.reason)?;
        self.text(BANS, "scenario", "scenario", &ban.scenario)?;
        self.text(BANS, "measure_source", "source", &ban.source)?;
        self.text(BANS, "measure_type", "action", &ban.action)?;
        self.text(BANS, "target_cn", "country", &ban.country)?;
        self.text(BANS, "target_as_name", "AS name", &ban.as_name)?;
        if ban.is_note { Ok(()) } else { self.text(BANS, "measure_extra", "action's text", &ban.extra) }
    }

    fn event(&self, event: &NewEvent) -> Result<(), Fault> {
        let table = "event_sequences";
        self.text(table, "serialized", "event", &event.serialized)?;
        self.text(table, "source_ip", "event's source", &event.source_ip)?;
        self.text(table, "source_range", "event's source range", &event.source_range)?;
        self.text(table, "source_autonomous_system_number", "event's AS number", &event.as_number)?;
        self.text(table, "source_autonomous_system_organization", "event's AS name", &event.as_name)?;
        self.text(table, "source_country", "event's country", &event.country)
    }

    fn text(&self, table: &str, column: &str, what: &str, text: &str) -> Result<(), Fault> {
        let Some(known) = self.0.column(table, column) else { return Ok(()) };
        let place = format!("the table's column {table}.{column}");
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        if let Some(most) = known.length.filter(|most| length > *most) {
            let why = format!("the {what} has {length} characters, {place} holds {most}");
            return Err(Fault::Failed(Error::invalid(why)));
        }
        match text.chars().find(|c| !can_hold(&known.charset, *c)) {
            Some(c) => Err(Fault::Failed(
                Error::invalid(format!(
                    "the {what} has a `{c}`, which {place} cannot hold: it is {}",
                    known.charset
                ))
                .with_hint("leave it out, or convert the table to utf8mb4"),
            )),
            None => Ok(()),
        }
    }
}

/// Whether a character set has a character. Those that are not known here are left to the server, which refuses what
/// it cannot hold.
fn can_hold(charset: &str, c: char) -> bool {
    /// What Windows-1252, MySQL's latin1, has besides ISO 8859-1.
    const MORE: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
    match charset {
        "latin1" => u32::from(c) < 0x80 || (0xa0..0x100).contains(&u32::from(c)) || MORE.contains(c),
        "utf8" | "utf8mb3" => u32::from(c) < 0x1_0000,
        "ascii" => c.is_ascii(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_set_holds_what_it_has() {
        for (charset, held, not) in [
            ("latin1", "aé€Ÿ", "ł🐝"),
            ("utf8mb3", "ałé", "🐝"),
            ("ascii", "a~", "é"),
            ("utf8mb4", "a🐝", ""),
        ] {
            assert!(held.chars().all(|c| can_hold(charset, c)), "{charset}");
            assert!(not.chars().all(|c| !can_hold(charset, c)), "{charset}");
        }
    }
}
