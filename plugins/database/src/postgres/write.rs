//! What changes the store. Every statement here runs in a transaction that the caller began.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use warden_plugin::{Inserted, Target};

use super::schema::misspelt;
use super::time::{self, Instant};
use super::{ANSWER, PostgresSession};
use crate::common::audit::{self, Ended};
use crate::common::spelling::numbers;
use crate::server::change::{Found, canonical};
use crate::server::fault::Fault;
use crate::server::undo::undo;
use crate::server::writes::{ANY_TARGET, NewBan, NewEvent, NewSignal, Write, runs, slot};
use crate::server::{Done, Stamp};

/// Two keys: `ward` in ASCII, and the target's.
const LOCK: &str = "SELECT pg_advisory_xact_lock(2002875492, slot) FROM unnest($1) slot";

const INSERT_SIGNAL: &str = "INSERT INTO signal_occurences (created_at, updated_at, map_key, scenario, bucket_id, \
    alert_message, events_count, start_at, stop_at, source_ip, source_range, source_autonomous_system_number, \
    source_autonomous_system_organization, source_country, source_latitude, source_longitude, dest_ip, capacity, \
    leak_speed, reprocess) \
    VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) RETURNING id";

const INSERT_BANS: &str = "INSERT INTO ban_applications (created_at, updated_at, measure_source, measure_type, \
    measure_extra, until, start_ip, end_ip, target_cn, target_as, target_as_name, ip_text, reason, scenario, \
    signal_occurence_id, warden_made) \
    SELECT $1, $1, source, action, extra, until, start_ip, end_ip, country, as_number, as_name, ip_text, reason, \
      scenario, $2, $3 \
    FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) WITH ORDINALITY AS new \
      (source, action, extra, until, start_ip, end_ip, country, as_number, as_name, ip_text, reason, scenario, place) \
    ORDER BY place RETURNING id";

const INSERT_EVENTS: &str = "INSERT INTO event_sequences (created_at, updated_at, time, source_ip, source_range, \
    source_autonomous_system_number, source_autonomous_system_organization, source_country, signal_occurence_id, \
    serialized) \
    SELECT $1, $1, time, ip, range, as_number, as_name, country, $2, serialized \
    FROM unnest($3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY AS new \
      (time, ip, range, as_number, as_name, country, serialized, place) ORDER BY place";

/// Ends bans, and notes in `measure_extra` how, where that is warden's own note.
const END: &str = r#"UPDATE ban_applications SET deleted_at = $1, warden_ended = $3, measure_extra = CASE
  WHEN $2 = '' THEN measure_extra
  WHEN coalesce(measure_extra, '') = '' THEN '{' || $2 || '}'
  WHEN measure_extra LIKE '{"actor":%}' AND position('"ended' in measure_extra) = 0
    THEN left(measure_extra, -1) || ',' || $2 || '}'
  ELSE measure_extra END
  WHERE deleted_at IS NULL"#;

/// What a [`Found`] is read from.
pub const FOUND: &str =
    "SELECT id, coalesce(ip_text, ''), coalesce(measure_source, ''), until FROM ban_applications";

/// So many rows go into one statement.
pub const CHUNK: usize = 1000;

/// A parameter, with the type that spares a question for it.
pub type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// What the writes of one transaction need.
pub struct Writer<'w> {
    pub session: &'w PostgresSession,
    pub stamp: Stamp<'w>,
}

/// A row of a transaction. Ids are not given twice, and its time is exact to the microsecond.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The lock that the writer of the row held.
    slot: u16,
    table: Table,
    id: i64,
    target: String,
    created_us: i64,
}

/// Where it is.
#[derive(Clone, Copy, Debug)]
enum Table {
    Signals,
    Bans,
}

impl Writer<'_> {
    /// Carries out a write.
    pub fn apply(&mut self, write: &Write) -> Result<Done<Proof>, Fault> {
        match write {
            Write::Insert(signal) => self.insert(signal),
            Write::Delete(text) => self.delete(text),
            Write::End(ids) => {
                self.lock(&[ANY_TARGET])?;
                let ended = self.end(ids, &audit::ending(Ended::Deleted, self.stamp.actor))?;
                Ok(Done { ended, ..Done::default() })
            }
            Write::DeleteAll => self.delete_all(),
            Write::Log => self.log(),
            Write::Undo(id) => undo(self, *id),
        }
    }

    /// Waits for whoever writes the row's target, then looks for the row.
    pub fn is_written(&self, proof: Option<&Proof>) -> Result<bool, Fault> {
        let Some(proof) = proof else { return Ok(false) };
        self.lock(&[proof.slot])?;
        let sql = match proof.table {
            Table::Signals => {
                "SELECT 1 FROM signal_occurences WHERE id = $1 AND source_ip = $2 AND created_at = $3"
            }
            Table::Bans => {
                "SELECT 1 FROM ban_applications WHERE id = $1 AND ip_text = $2 AND created_at = $3"
            }
        };
        let created = Instant::of(proof.created_us);
        let rows = self.query(
            sql,
            &[(&proof.id, Type::INT8), (&proof.target, Type::TEXT), (&created, Type::TIMESTAMPTZ)],
        )?;
        Ok(!rows.is_empty())
    }

    fn insert(&self, signal: &NewSignal) -> Result<Done<Proof>, Fault> {
        let mut done = Done::default();
        let slots = signal.slots();
        self.lock(&slots)?;
        let id = if signal.bans_only { None } else { Some(self.insert_signal(signal)?) };
        done.proof = id.map(|id| Proof {
            slot: slots[0],
            table: Table::Signals,
            id,
            target: signal.source_ip.clone(),
            created_us: signal.created_us,
        });
        for events in signal.events.chunks(CHUNK) {
            self.insert_events(events, id)?;
        }
        for bans in runs(&signal.bans, CHUNK) {
            self.replace(bans, &mut done.inserted)?;
            let first = self.insert_bans(bans, id)?;
            if id.is_none() {
                done.proof = Some(Proof {
                    slot: slot(&bans[0].text),
                    table: Table::Bans,
                    id: first,
                    target: bans[0].text.clone(),
                    created_us: self.stamp.now_us,
                });
            }
        }
        Ok(done)
    }

    fn delete(&self, text: &str) -> Result<Done<Proof>, Fault> {
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
        let ended = self.end(&ids, &audit::ending(Ended::Deleted, self.stamp.actor))?;
        Ok(Done { ended, ..Done::default() })
    }

    fn delete_all(&self) -> Result<Done<Proof>, Fault> {
        self.lock(&[ANY_TARGET])?;
        let tail = audit::ending(Ended::Deleted, self.stamp.actor);
        let now = Instant::of(self.stamp.now_us);
        let sql = format!("{END} AND (until > $1 OR until IS NULL)");
        let change = self.stamp.change();
        let ended =
            self.execute(&sql, &[(&now, Type::TIMESTAMPTZ), (&tail, Type::TEXT), (&change, Type::INT8)])?;
        Ok(Done { ended, ..Done::default() })
    }

    /// Takes locks, in one statement.
    pub fn lock(&self, slots: &[u16]) -> Result<(), Fault> {
        let slots: Vec<i32> = slots.iter().map(|slot| i32::from(*slot)).collect();
        self.query(LOCK, &[(&slots, Type::INT4_ARRAY)]).map(drop)
    }

    /// Ends the active bans of the same targets by the same sources.
    fn replace(&self, bans: &[NewBan], done: &mut Inserted) -> Result<(), Fault> {
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

    /// The bans of these texts that are not ended, and those in other spellings of any target.
    pub fn active(&self, texts: &[&str]) -> Result<Vec<Found>, Fault> {
        let sql = format!(
            "{FOUND} WHERE ip_text = ANY($1) AND deleted_at IS NULL \
             UNION {FOUND} WHERE ({}) AND deleted_at IS NULL",
            misspelt("ban_applications"),
        );
        self.found(&sql, &[(&texts, Type::TEXT_ARRAY)])
    }

    /// Bans, by a question that begins with [`FOUND`].
    pub fn found(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Found>, Fault> {
        Ok(self.query(sql, parameters)?.iter().map(found).collect())
    }

    /// Ends those of these bans that are not.
    pub fn end(&self, ids: &[i64], tail: &str) -> Result<u64, Fault> {
        if ids.is_empty() {
            return Ok(0);
        }
        let now = Instant::of(self.stamp.now_us);
        self.execute(
            &format!("{END} AND id = ANY($4)"),
            &[
                (&now, Type::TIMESTAMPTZ),
                (&tail, Type::TEXT),
                (&self.stamp.change(), Type::INT8),
                (&ids, Type::INT8_ARRAY),
            ],
        )
    }

    fn insert_signal(&self, signal: &NewSignal) -> Result<i64, Fault> {
        let [created, start, stop] = [signal.created_us, signal.start_us, signal.stop_us].map(Instant::of);
        let rows = self.query(
            INSERT_SIGNAL,
            &[
                (&created, Type::TIMESTAMPTZ),
                (&signal.map_key, Type::TEXT),
                (&signal.scenario, Type::TEXT),
                (&signal.bucket_id, Type::TEXT),
                (&signal.alert_message, Type::TEXT),
                (&signal.events_count, Type::INT4),
                (&start, Type::TIMESTAMPTZ),
                (&stop, Type::TIMESTAMPTZ),
                (&signal.source_ip, Type::TEXT),
                (&signal.source_range, Type::TEXT),
                (&signal.as_number, Type::TEXT),
                (&signal.as_name, Type::TEXT),
                (&signal.country, Type::TEXT),
                (&signal.latitude, Type::FLOAT8),
                (&signal.longitude, Type::FLOAT8),
                (&signal.dest_ip, Type::TEXT),
                (&signal.capacity, Type::INT4),
                (&signal.leak_speed_ns, Type::INT8),
                (&signal.reprocess, Type::BOOL),
            ],
        )?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }

    /// Answers the id of the first.
    fn insert_bans(&self, bans: &[NewBan], signal: Option<i64>) -> Result<i64, Fault> {
        let now = Instant::of(self.stamp.now_us);
        let texts = |of: fn(&NewBan) -> &str| bans.iter().map(of).collect::<Vec<_>>();
        let numbers: Vec<_> = bans.iter().map(|ban| numbers(&ban.target)).collect();
        let start_ips: Vec<Option<i64>> = numbers.iter().map(|(start, _)| start.map(i64::from)).collect();
        let end_ips: Vec<Option<i64>> = numbers.iter().map(|(_, end)| end.map(i64::from)).collect();
        let ends: Vec<_> = bans.iter().map(|ban| Instant::of_end(ban.until_us)).collect();
        let as_numbers: Vec<i32> = bans.iter().map(|ban| ban.as_number).collect();
        let rows = self.query(
            INSERT_BANS,
            &[
                (&now, Type::TIMESTAMPTZ),
                (&signal, Type::INT8),
                (&self.stamp.change(), Type::INT8),
                (&texts(|ban| &ban.source), Type::TEXT_ARRAY),
                (&texts(|ban| &ban.action), Type::TEXT_ARRAY),
                (&texts(|ban| &ban.extra), Type::TEXT_ARRAY),
                (&ends, Type::TIMESTAMPTZ_ARRAY),
                (&start_ips, Type::INT8_ARRAY),
                (&end_ips, Type::INT8_ARRAY),
                (&texts(|ban| &ban.country), Type::TEXT_ARRAY),
                (&as_numbers, Type::INT4_ARRAY),
                (&texts(|ban| &ban.as_name), Type::TEXT_ARRAY),
                (&texts(|ban| &ban.text), Type::TEXT_ARRAY),
                (&texts(|ban| &ban.reason), Type::TEXT_ARRAY),
                (&texts(|ban| &ban.scenario), Type::TEXT_ARRAY),
            ],
        )?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }

    fn insert_events(&self, events: &[NewEvent], signal: Option<i64>) -> Result<(), Fault> {
        let now = Instant::of(self.stamp.now_us);
        let texts = |of: fn(&NewEvent) -> &str| events.iter().map(of).collect::<Vec<_>>();
        let times: Vec<_> = events.iter().map(|event| Instant::of(event.time_us)).collect();
        self.execute(
            INSERT_EVENTS,
            &[
                (&now, Type::TIMESTAMPTZ),
                (&signal, Type::INT8),
                (&times, Type::TIMESTAMPTZ_ARRAY),
                (&texts(|event| &event.source_ip), Type::TEXT_ARRAY),
                (&texts(|event| &event.source_range), Type::TEXT_ARRAY),
                (&texts(|event| &event.as_number), Type::TEXT_ARRAY),
                (&texts(|event| &event.as_name), Type::TEXT_ARRAY),
                (&texts(|event| &event.country), Type::TEXT_ARRAY),
                (&texts(|event| &event.serialized), Type::TEXT_ARRAY),
            ],
        )
        .map(drop)
    }

    /// One round trip.
    pub fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Fault> {
        self.session.rows(sql, parameters.iter().map(|(value, kind)| (*value, kind.clone())))
    }

    /// The same; answers how many rows it changed.
    pub fn execute(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Fault> {
        self.session.wait(ANSWER, self.session.client.execute_typed(sql, parameters))
    }
}

fn found(row: &Row) -> Found {
    let until_us = time::read_end(row.get(3));
    Found { id: row.get(0), target: row.get(1), source: row.get(2), until_us }
}
