//! What changes the store. Every statement here runs in a transaction that the caller began.

mod holds;

use mysql::{Conn, Row, Value};
use warden_plugin::{Inserted, Target};

use self::holds::Holds;
use super::answers;
use super::schema::Schema;
use super::time::Clock;
use crate::common::audit::{self, Ended};
use crate::common::spelling::numbers;
use crate::server::change::{Found, canonical};
use crate::server::fault::Fault;
use crate::server::undo::undo;
use crate::server::writes::{ANY_TARGET, NewBan, NewEvent, NewSignal, Write, runs, slot};
use crate::server::{Done, Stamp};

const LOCK: &str = "INSERT INTO warden_slots (slot, writers) VALUES ";

/// The marks are 16 digits each; `writers` holds 32 of them.
const KNOWN: &str = " ON DUPLICATE KEY UPDATE writers = LEFT(CONCAT(?, writers), 512)";

const WRITERS: &str = "SELECT writers FROM warden_slots WHERE slot = ? FOR UPDATE";

const INSERT_SIGNAL: &str = "INSERT INTO signal_occurences (created_at, updated_at, map_key, scenario, bucket_id, \
    alert_message, events_count, start_at, stop_at, source_ip, source_range, source_autonomous_system_number, \
    source_autonomous_system_organization, source_country, source_latitude, source_longitude, dest_ip, capacity, \
    leak_speed, reprocess) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const INSERT_BANS: &str = "INSERT INTO ban_applications (created_at, updated_at, measure_source, measure_type, \
    measure_extra, until, start_ip, end_ip, target_cn, target_as, target_as_name, ip_text, reason, scenario, \
    signal_occurence_id, warden_made) VALUES ";

/// How many columns that are.
const BAN_COLUMNS: usize = 16;

const INSERT_EVENTS: &str = "INSERT INTO event_sequences (created_at, updated_at, time, source_ip, source_range, \
    source_autonomous_system_number, source_autonomous_system_organization, source_country, signal_occurence_id, \
    serialized) VALUES ";

/// Ends bans, and notes in `measure_extra` how, where that is warden's own note and the column holds it.
const END: &str = r#"UPDATE ban_applications SET deleted_at = ?, warden_ended = ?, measure_extra = CASE
  WHEN ? = '' OR CHAR_LENGTH(COALESCE(measure_extra, '')) + CHAR_LENGTH(?) + 2 > ? THEN measure_extra
  WHEN COALESCE(measure_extra, '') = '' THEN CONCAT('{', ?, '}')
  WHEN measure_extra LIKE '{"actor":%}' AND LOCATE('"ended', measure_extra) = 0
    THEN CONCAT(LEFT(measure_extra, CHAR_LENGTH(measure_extra) - 1), ',', ?, '}')
  ELSE measure_extra END
  WHERE deleted_at IS NULL"#;

/// What a [`Found`] is read from.
pub const FOUND: &str =
    "SELECT id, COALESCE(ip_text, ''), COALESCE(measure_source, ''), until FROM ban_applications";

/// So many rows go into one statement.
pub const CHUNK: usize = 200;

/// What the writes of one transaction need.
pub struct Writer<'w> {
    pub conn: &'w mut Conn,
    pub schema: &'w Schema,
    pub stamp: Stamp<'w>,
}

/// What a transaction leaves in `warden_slots`.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub slot: u16,
    pub mark: u64,
}

impl Writer<'_> {
    /// Carries out a write.
    pub fn apply(&mut self, write: &Write) -> Result<Done<Mark>, Fault> {
        match write {
            Write::Insert(signal) => self.insert(signal),
            Write::Delete(text) => self.delete(text),
            Write::End(ids) => {
                self.lock(&[ANY_TARGET])?;
                let tail = audit::ending(Ended::Deleted, self.stamp.actor);
                Ok(Done { ended: self.end(ids, &tail)?, ..Done::default() })
            }
            Write::DeleteAll => self.delete_all(),
            Write::Log => self.log(),
            Write::Undo(id) => undo(self, *id),
        }
    }

    /// Waits for whoever writes the row's target, then looks for the transaction's mark. The row itself will not do:
    /// a node that died may have taken its id, and another gives it away again.
    pub fn is_written(&mut self, proof: Option<&Mark>) -> Result<bool, Fault> {
        let Some(proof) = proof else { return Ok(false) };
        let writers: Option<String> = answers::first(self.conn, WRITERS, (proof.slot,))?;
        Ok(writers.is_some_and(|writers| writers.contains(&mark(proof.mark))))
    }

    fn insert(&mut self, signal: &NewSignal) -> Result<Done<Mark>, Fault> {
        Holds(self.schema).check(signal)?;
        let mut done = Done::default();
        let slots = signal.slots();
        self.lock(&slots)?;
        let id = if signal.bans_only { None } else { Some(self.insert_signal(signal)?) };
        done.proof = Some(Mark { slot: slots[0], mark: self.stamp.mark });
        for events in signal.events.chunks(CHUNK) {
            self.insert_events(events, id)?;
        }
        for bans in runs(&signal.bans, CHUNK) {
            self.replace(bans, &mut done.inserted)?;
            self.insert_bans(bans, id)?;
        }
        Ok(done)
    }

    fn delete(&mut self, text: &str) -> Result<Done<Mark>, Fault> {
        let (target, canonical) = (Target::of_stored(text), canonical(text));
        self.lock(&[slot(&canonical)])?;
        let mut ids = Vec::new();
        for active in self.active(&[&canonical])? {
            let is_meant = match target {
                Some(target) => Target::of_stored(&active.target) == Some(target),
                None => active.target == text,
            };
            if is_meant && active.ends_after(self.stamp.now_us) {
                ids.push(active.id);
            }
        }
        let tail = audit::ending(Ended::Deleted, self.stamp.actor);
        Ok(Done { ended: self.end(&ids, &tail)?, ..Done::default() })
    }

    fn delete_all(&mut self) -> Result<Done<Mark>, Fault> {
        self.lock(&[ANY_TARGET])?;
        let tail = audit::ending(Ended::Deleted, self.stamp.actor);
        let mut values = self.ending(&tail);
        values.push(self.clock("ban_applications").exact(self.stamp.now_us));
        let ended = self.execute(&format!("{END} AND (until > ? OR until IS NULL)"), values)?;
        Ok(Done { ended, ..Done::default() })
    }

    /// Takes locks, in one statement.
    pub fn lock(&mut self, slots: &[u16]) -> Result<(), Fault> {
        if slots.is_empty() {
            return Ok(());
        }
        let mark = mark(self.stamp.mark);
        let mut values: Vec<Value> =
            slots.iter().flat_map(|slot| [slot.into(), mark.as_str().into()]).collect();
        values.push(mark.as_str().into());
        self.execute(&format!("{LOCK}{}{KNOWN}", rows(slots.len(), 2)), values).map(drop)
    }

    /// Ends the active bans of the same targets by the same sources.
    fn replace(&mut self, bans: &[NewBan], done: &mut Inserted) -> Result<(), Fault> {
        let texts: Vec<&str> = bans.iter().map(|ban| ban.text.as_str()).collect();
        let found = self.active(&texts)?;
        let mut ends: Vec<(&str, Vec<i64>)> = Vec::new();
        for active in found.iter().filter(|active| active.ends_after(self.stamp.now_us)) {
            let target = Target::of_stored(&active.target);
            let newer = |ban: &&NewBan| target == Some(ban.target) && active.source == ban.source;
            let Some(ban) = bans.iter().find(newer) else { continue };
            done.replaced_until_us = done.replaced_until_us.max(active.until_us);
            match ends.iter_mut().find(|(actor, _)| *actor == ban.actor) {
                Some((_, ids)) => ids.push(active.id),
                None => ends.push((&ban.actor, vec![active.id])),
            }
        }
        for (actor, ids) in ends {
            done.replaced += self.end(&ids, &audit::ending(Ended::Replaced, actor))?;
        }
        done.inserted += u64::try_from(bans.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// The bans of these texts that are not ended, and those in other spellings of any target. The index is named: with
    /// many texts, and statistics from the middle of a bulk write, a server reads the whole table for each statement.
    pub fn active<T: AsRef<str>>(&mut self, texts: &[T]) -> Result<Vec<Found>, Fault> {
        let sql = format!(
            "{FOUND} {} WHERE ip_text IN ({}) AND deleted_at IS NULL \
             UNION {FOUND} {} WHERE {} AND deleted_at IS NULL",
            self.schema.by("warden_bans_by_target"),
            marks(texts.len()),
            self.schema.by("warden_bans_misspelt"),
            self.schema.misspelt("ban_applications"),
        );
        self.found(&sql, texts.iter().map(|text| text.as_ref().into()).collect())
    }

    /// Bans, by a question that begins with [`FOUND`].
    pub fn found(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Found>, Fault> {
        let clock = self.clock("ban_applications");
        let rows = answers::rows(self.conn, sql, values)?;
        Ok(rows.into_iter().filter_map(|row| found(row, clock)).collect())
    }

    /// Ends those of these bans that are not.
    pub fn end(&mut self, ids: &[i64], tail: &str) -> Result<u64, Fault> {
        let mut ended = 0;
        for ids in ids.chunks(CHUNK) {
            let mut values = self.ending(tail);
            values.extend(ids.iter().map(Value::from));
            ended += self.execute(&format!("{END} AND id IN ({})", marks(ids.len())), values)?;
        }
        Ok(ended)
    }

    /// The values of [`END`].
    fn ending(&self, tail: &str) -> Vec<Value> {
        let holds = Holds(self.schema);
        let tail = if holds.note(tail) { tail } else { "" };
        let now = self.clock("ban_applications").write(self.stamp.now_us);
        let length = holds.note_length();
        let change = self.stamp.change();
        vec![now, change.into(), tail.into(), tail.into(), length.into(), tail.into(), tail.into()]
    }

    fn insert_signal(&mut self, signal: &NewSignal) -> Result<u64, Fault> {
        let clock = self.clock("signal_occurences");
        let created = clock.write(signal.created_us);
        let values: Vec<Value> = vec![
            created.clone(),
            created,
            signal.map_key.as_str().into(),
            signal.scenario.as_str().into(),
            signal.bucket_id.as_str().into(),
            signal.alert_message.as_str().into(),
            signal.events_count.into(),
            clock.write(signal.start_us),
            clock.write(signal.stop_us),
            signal.source_ip.as_str().into(),
            signal.source_range.as_str().into(),
            signal.as_number.as_str().into(),
            signal.as_name.as_str().into(),
            signal.country.as_str().into(),
            signal.latitude.into(),
            signal.longitude.into(),
            signal.dest_ip.as_str().into(),
            signal.capacity.into(),
            signal.leak_speed_ns.into(),
            signal.reprocess.into(),
        ];
        self.execute(INSERT_SIGNAL, values)?;
        Ok(self.conn.last_insert_id())
    }

    fn insert_bans(&mut self, bans: &[NewBan], signal: Option<u64>) -> Result<(), Fault> {
        let clock = self.clock("ban_applications");
        let now = clock.write(self.stamp.now_us);
        let holds = Holds(self.schema);
        let mut values = Vec::with_capacity(bans.len() * BAN_COLUMNS);
        for ban in bans {
            let (start_ip, end_ip) = numbers(&ban.target);
            let extra = if ban.is_note && !holds.note(&ban.extra) { "" } else { &ban.extra };
            values.extend([
                now.clone(),
                now.clone(),
                ban.source.as_str().into(),
                ban.action.as_str().into(),
                extra.into(),
                clock.write_end(ban.until_us),
                start_ip.into(),
                end_ip.into(),
                ban.country.as_str().into(),
                ban.as_number.into(),
                ban.as_name.as_str().into(),
                ban.text.as_str().into(),
                ban.reason.as_str().into(),
                ban.scenario.as_str().into(),
                signal.into(),
                self.stamp.change().into(),
            ]);
        }
        self.execute(&format!("{INSERT_BANS}{}", rows(bans.len(), BAN_COLUMNS)), values).map(drop)
    }

    fn insert_events(&mut self, events: &[NewEvent], signal: Option<u64>) -> Result<(), Fault> {
        let clock = self.clock("event_sequences");
        let now = clock.write(self.stamp.now_us);
        let mut values = Vec::with_capacity(events.len() * 10);
        for event in events {
            values.extend([
                now.clone(),
                now.clone(),
                clock.write(event.time_us),
                event.source_ip.as_str().into(),
                event.source_range.as_str().into(),
                event.as_number.as_str().into(),
                event.as_name.as_str().into(),
                event.country.as_str().into(),
                signal.into(),
                event.serialized.as_str().into(),
            ]);
        }
        self.execute(&format!("{INSERT_EVENTS}{}", rows(events.len(), 10)), values).map(drop)
    }

    /// How a table holds time.
    pub fn clock(&self, table: &str) -> Clock {
        self.schema.clock(table)
    }

    /// Rows of an id and what it refers to.
    pub fn pairs(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<(u64, Option<u64>)>, Fault> {
        Ok(answers::rows(self.conn, sql, values)?
            .into_iter()
            .filter_map(|row| mysql::from_row_opt(row).ok())
            .collect())
    }

    /// A count.
    pub fn number(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, Fault> {
        Ok(answers::first(self.conn, sql, values)?.unwrap_or(0))
    }

    /// Answers how many rows it changed.
    pub fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, Fault> {
        answers::execute(self.conn, sql, values)
    }
}

fn mark(mark: u64) -> String {
    format!("{mark:016x}")
}

fn found(row: Row, clock: Clock) -> Option<Found> {
    let (id, target, source, until): (i64, Vec<u8>, Vec<u8>, Value) = mysql::from_row_opt(row).ok()?;
    let [target, source] = [target, source].map(|text| String::from_utf8_lossy(&text).into_owned());
    Some(Found { id, target, source, until_us: clock.read_end(&until) })
}

/// `?,?,?`
pub fn marks(count: usize) -> String {
    let mut marks = "?,".repeat(count);
    marks.pop();
    marks
}

/// `(?,?),(?,?)`
fn rows(count: usize, width: usize) -> String {
    let mut rows = format!("({}),", marks(width)).repeat(count);
    rows.pop();
    rows
}
