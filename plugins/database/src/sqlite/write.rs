//! What a transaction shares, and what adds to the store; what ends bans is in `ending`. Every statement here runs in a
//! transaction that the caller began.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::{Connection, Result, params};
use warden_plugin::{Ban, Event, Inserted, Signal, Target, UNKNOWN_US};

use super::changes::{Author, NewChange};
use super::{spelling, time};
use crate::common::audit::{self, Ended};
use crate::common::span::ends_after;
use crate::common::spelling::{numbers, spelled};

const INSERT_SIGNAL: &str = "INSERT INTO signal_occurences (created_at, updated_at, map_key, scenario, bucket_id, \
    alert_message, events_count, start_at, stop_at, source_ip, source_range, source_autonomous_system_number, \
    source_autonomous_system_organization, source_country, source_latitude, source_longitude, dest_ip, capacity, \
    leak_speed, reprocess) VALUES (?, ?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const INSERT_BAN: &str = "INSERT INTO ban_applications (created_at, updated_at, measure_source, measure_type, \
    measure_extra, until, start_ip, end_ip, target_cn, target_as, target_as_name, ip_text, reason, scenario, \
    signal_occurence_id) VALUES (?, ?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const INSERT_EVENT: &str = "INSERT INTO event_sequences (created_at, updated_at, time, source_ip, source_range, \
    source_autonomous_system_number, source_autonomous_system_organization, source_country, signal_occurence_id, \
    serialized) VALUES (?, ?1, ?, ?, ?, ?, ?, ?, ?, ?)";

/// The bans of a text and a source, or of all sources, that are not ended.
pub const ACTIVE: &str = "SELECT id, until FROM ban_applications INDEXED BY warden_bans_by_target \
    WHERE ip_text = ?1 AND deleted_at IS NULL AND (?2 IS NULL OR coalesce(measure_source, '') = ?2)";

/// The same for one row.
const ACTIVE_ROW: &str = "SELECT id, until FROM ban_applications \
    WHERE id = ?1 AND deleted_at IS NULL AND (?2 IS NULL OR coalesce(measure_source, '') = ?2)";

/// v0.3's API pull wrote its bans so.
const NO_SIGNAL: i64 = 0;

/// What the calls of one transaction share.
pub struct Pending {
    now_us: i64,
    now: String,
    author: Author,
    change: NewChange,
    /// Bans in other spellings. Read once: nothing that warden writes adds to them.
    misspelt: Option<Misspelt>,
}

/// Bans in other spellings than warden's, by target: those that were not ended when they were read.
pub type Misspelt = HashMap<Target, Vec<i64>>;

impl Pending {
    /// A transaction of these; `misspelt`: as the last one of this connection read them, if nobody else wrote since.
    pub fn new(author: Author, misspelt: Option<Misspelt>) -> Self {
        Self { now_us: UNKNOWN_US, now: String::new(), author, change: NewChange::default(), misspelt }
    }

    /// What was read of the bans in other spellings.
    pub fn into_misspelt(self) -> Option<Misspelt> {
        self.misspelt
    }

    /// Who writes.
    pub fn actor(&self) -> &str {
        &self.author.actor
    }

    /// The instant at which things happen.
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// From here on things happen at this instant.
    pub fn set_now(&mut self, now_us: i64) {
        if self.now_us != now_us {
            self.now_us = now_us;
            self.now = time::write(now_us).unwrap_or_default();
        }
    }

    /// Writes a signal, its events and its bans, or its bans alone; `targets` are the bans' own.
    pub fn insert(
        &mut self,
        connection: &Connection,
        signal: &Signal<'_>,
        targets: &[Target],
    ) -> Result<Inserted> {
        let mut done = Inserted::default();
        let id = if signal.bans_only { NO_SIGNAL } else { self.insert_signal(connection, signal)? };
        for event in signal.events.iter().filter(|_| !signal.bans_only) {
            self.insert_event(connection, event, id)?;
        }
        for (ban, target) in signal.bans.iter().zip(targets) {
            self.replace(connection, ban, target, &mut done)?;
            self.insert_ban(connection, ban, target, id)?;
            done.inserted += 1;
        }
        Ok(done)
    }

    /// The `deleted_at` of what ends now.
    pub fn ended_at(&mut self, connection: &Connection) -> Result<String> {
        let is_logged = self.author.logged && !self.now.is_empty();
        if is_logged { self.change.ended_at(connection, self.now_us) } else { Ok(self.now.clone()) }
    }

    /// So many bans were ended.
    pub fn note_ended(&mut self, count: u64) {
        self.begin_change().ended += count;
    }

    /// So many bans hold again.
    pub fn note_restored(&mut self, count: u64) {
        self.begin_change().added += count;
    }

    fn note_added(&mut self, id: i64) {
        let change = self.begin_change();
        change.first.get_or_insert(id);
        change.added += 1;
    }

    fn begin_change(&mut self) -> &mut NewChange {
        self.change.at_us.get_or_insert(self.now_us);
        &mut self.change
    }

    /// Logs what was done so far as one change.
    pub fn close(&mut self, connection: &Connection) -> Result<()> {
        let change = std::mem::take(&mut self.change);
        if self.author.logged { change.write(connection, &self.author, None) } else { Ok(()) }
    }

    /// Logs that a change was taken back.
    pub fn close_undo(&mut self, connection: &Connection, undone: i64) -> Result<()> {
        self.begin_change();
        std::mem::take(&mut self.change).write(connection, &self.author, Some(undone))
    }

    /// Ends the active bans of the target by the same source.
    fn replace(
        &mut self,
        connection: &Connection,
        ban: &Ban<'_>,
        target: &Target,
        done: &mut Inserted,
    ) -> Result<()> {
        let mut found = Vec::new();
        let mut note = |id, until| found.push((id, until));
        self.collect_active(connection, target.text().as_str(), Some(ban.source), &mut note)?;
        self.collect_misspelt(connection, target, Some(ban.source), note)?;
        for (id, until) in found {
            let actor = self.actor_of(ban).to_owned();
            done.replaced += self.end(connection, id, Ended::Replaced, &actor)?;
            done.replaced_until_us = done.replaced_until_us.max(until);
        }
        Ok(())
    }

    /// Calls `found` with the id and the end of every active ban of that very text.
    pub fn collect_active(
        &self,
        connection: &Connection,
        text: &str,
        source: Option<&str>,
        mut found: impl FnMut(i64, i64),
    ) -> Result<()> {
        let mut statement = connection.prepare_cached(ACTIVE)?;
        let mut rows = statement.query(params![text, source])?;
        while let Some(row) = rows.next()? {
            self.note_active(row, &mut found)?;
        }
        Ok(())
    }

    /// As [`Self::collect_active`], for all other spellings of a target.
    pub fn collect_misspelt(
        &mut self,
        connection: &Connection,
        target: &Target,
        source: Option<&str>,
        mut found: impl FnMut(i64, i64),
    ) -> Result<()> {
        if self.misspelt.is_none() {
            self.misspelt = Some(spelling::bans(connection)?);
        }
        for id in self.misspelt.iter().filter_map(|bans| bans.get(target)).flatten() {
            let mut statement = connection.prepare_cached(ACTIVE_ROW)?;
            let mut rows = statement.query(params![id, source])?;
            while let Some(row) = rows.next()? {
                self.note_active(row, &mut found)?;
            }
        }
        Ok(())
    }

    /// A ban that is over stays as it is.
    fn note_active(&self, row: &rusqlite::Row<'_>, found: &mut impl FnMut(i64, i64)) -> Result<()> {
        let until = time::read_end(row.get_ref(1)?);
        if ends_after(until, self.now_us) {
            found(row.get(0)?, until);
        }
        Ok(())
    }

    fn insert_signal(&self, connection: &Connection, signal: &Signal<'_>) -> Result<i64> {
        let created = if signal.created_us == 0 { self.now_us } else { signal.created_us };
        connection.prepare_cached(INSERT_SIGNAL)?.insert(params![
            self.text(created),
            signal.map_key,
            signal.scenario,
            signal.bucket_id,
            signal.alert_message,
            i64::try_from(signal.events_count).unwrap_or(i64::MAX),
            self.text(signal.start_us),
            self.text(signal.stop_us),
            signal.source_ip,
            signal.source_range,
            signal.as_number,
            signal.as_name,
            signal.country,
            signal.latitude,
            signal.longitude,
            signal.dest_ip,
            signal.capacity,
            signal.leak_speed_ns,
            signal.reprocess,
        ])
    }

    fn insert_ban(
        &mut self,
        connection: &Connection,
        ban: &Ban<'_>,
        target: &Target,
        signal: i64,
    ) -> Result<()> {
        let (start_ip, end_ip) = numbers(target);
        let id = connection.prepare_cached(INSERT_BAN)?.insert(params![
            self.now,
            ban.source,
            ban.action,
            self.extra(ban),
            time::write_end(ban.until_us),
            start_ip,
            end_ip,
            ban.country,
            ban.as_number,
            ban.as_name,
            target.text().as_str(),
            ban.reason,
            ban.scenario,
            signal,
        ])?;
        self.note_added(id);
        Ok(())
    }

    fn insert_event(&self, connection: &Connection, event: &Event<'_>, signal: i64) -> Result<()> {
        let source = event.source.clone().unwrap_or_default();
        connection.prepare_cached(INSERT_EVENT)?.execute(params![
            self.now,
            self.text(event.time_us),
            source.ip.map_or_else(String::new, spelled),
            source.range.map_or_else(String::new, spelled),
            source.as_number,
            source.as_name,
            source.country,
            signal,
            event.serialized,
        ])?;
        Ok(())
    }

    /// Text beside the action stays as it was given; else it says who did it.
    fn extra<'a>(&self, ban: &'a Ban<'_>) -> Cow<'a, str> {
        if ban.extra.is_empty() { audit::beginning(self.actor_of(ban)).into() } else { ban.extra.into() }
    }

    fn actor_of<'a>(&'a self, ban: &'a Ban<'_>) -> &'a str {
        if ban.actor.is_empty() { &self.author.actor } else { ban.actor }
    }

    /// Most times of a command are its own.
    fn text(&self, us: i64) -> Option<Cow<'_, str>> {
        if us == self.now_us { Some(self.now.as_str().into()) } else { time::write(us).map(Cow::from) }
    }
}

/// How many rows a statement changed.
pub fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
