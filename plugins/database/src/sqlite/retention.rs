//! Housekeeping: bans whose time is over are ended, ended ones removed with their signals and events, some at a time.
//! Every statement here runs in a transaction that the caller began.

use rusqlite::{Connection, Result, params};
use warden_plugin::UNKNOWN_US;

use super::schema::micros;
use super::time;
use crate::common::span::ends_after;
use crate::rules::{BATCH, Rules};

/// What removals look up.
const INDEXES: &str = include_str!("../../migrations/sqlite/retention.sql");

/// Of a large table so many bans are looked at in one step: it must not hold up who writes.
const LOOK: i64 = 10_000;

/// One step; answers whether there is more to do.
pub fn tidy(connection: &Connection, rules: &Rules) -> Result<bool> {
    let mut more = false;
    if rules.sweeps {
        more |= sweep(connection, rules.now_us)?;
    }
    if rules.max_records.is_some() || rules.ended_before_us.is_some() {
        connection.execute_batch(INDEXES)?;
    }
    if let Some(instant) = rules.ended_before_us {
        let ids = ended(connection, Some(instant), BATCH.into())?;
        more |= remove(connection, &ids)?;
    }
    if let Some(most) = rules.max_records {
        let excess = count(connection)?.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX));
        let ids = ended(connection, None, excess.clamp(0, BATCH.into()))?;
        more |= remove(connection, &ids)?;
    }
    Ok(more)
}

/// Ends bans that are over: the oldest, and those in some other part of the table, which moves with time.
fn sweep(connection: &Connection, now: i64) -> Result<bool> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let first = number("SELECT coalesce(min(id), 0) FROM ban_applications WHERE deleted_at IS NULL")?;
    let span = number("SELECT coalesce(max(id), 0) FROM ban_applications")? - first;
    let mut ids = over(connection, now, first)?;
    if span >= LOOK {
        let elsewhere = (now / 1000).wrapping_mul(0x9e37_79b9).rem_euclid(span);
        ids.extend(over(connection, now, first + elsewhere)?);
    }
    ids.sort_unstable();
    ids.dedup();
    let text = time::write(now);
    let mut statement = connection
        .prepare_cached("UPDATE ban_applications SET deleted_at = ?1 WHERE id = ?2 AND deleted_at IS NULL")?;
    for id in &ids {
        statement.execute(params![text, id])?;
    }
    Ok(!ids.is_empty())
}

/// The bans from an id on whose time is over.
fn over(connection: &Connection, now: i64, from: i64) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, until FROM ban_applications WHERE id >= ?1 AND id < ?2 AND +deleted_at IS NULL ORDER BY id",
    )?;
    let mut rows = statement.query([from, from.saturating_add(LOOK)])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let until = time::read_end(row.get_ref(1)?);
        if until != UNKNOWN_US && !ends_after(until, now) {
            ids.push(row.get(0)?);
        }
        if ids.len() >= BATCH as usize {
            break;
        }
    }
    Ok(ids)
}

/// The bans that ended first; with an instant only those that ended at it or before.
fn ended(connection: &Connection, before: Option<i64>, most: i64) -> Result<Vec<i64>> {
    let micros = micros("ban_applications", "deleted_at");
    let sql = format!(
        "SELECT id FROM ban_applications WHERE deleted_at IS NOT NULL AND {micros} <= ?1 ORDER BY {micros} LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map([before.unwrap_or(i64::MAX), most], |row| row.get(0))?.collect()
}

fn count(connection: &Connection) -> Result<i64> {
    connection.query_row("SELECT count(*) FROM ban_applications", [], |row| row.get(0))
}

/// Removes ended bans, and signals that no ban is left of, with their events.
fn remove(connection: &Connection, ids: &[i64]) -> Result<bool> {
    let mut signal_of = connection.prepare_cached(
        "DELETE FROM ban_applications WHERE id = ?1 AND deleted_at IS NOT NULL RETURNING signal_occurence_id",
    )?;
    let mut has_bans = connection
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM ban_applications WHERE signal_occurence_id = ?1)")?;
    let mut remove_events =
        connection.prepare_cached("DELETE FROM event_sequences WHERE signal_occurence_id = ?1")?;
    let mut remove_signal = connection.prepare_cached("DELETE FROM signal_occurences WHERE id = ?1")?;
    for id in ids {
        let signals: Vec<Option<i64>> =
            signal_of.query_map([id], |row| row.get(0))?.collect::<Result<_>>()?;
        for signal in signals.into_iter().flatten() {
            if !has_bans.query_row([signal], |row| row.get::<_, bool>(0))? {
                remove_events.execute([signal])?;
                remove_signal.execute([signal])?;
            }
        }
    }
    Ok(!ids.is_empty())
}
