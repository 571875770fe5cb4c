//! Housekeeping: bans whose time is over are ended, ended ones removed with their signals and events, some at a time.
//! Every statement here runs in a transaction that the caller began.

use mysql::Value;

use super::write::{Writer, marks};
use crate::rules::{BATCH, Rules};
use crate::server::fault::Fault;

const SWEEP: &str = "UPDATE ban_applications SET deleted_at = ? \
    WHERE deleted_at IS NULL AND until <= ? ORDER BY until LIMIT ?";

const TOO_OLD: &str = "SELECT id, signal_occurence_id FROM ban_applications \
    WHERE deleted_at IS NOT NULL AND deleted_at <= ? ORDER BY deleted_at LIMIT ?";

const OLDEST: &str = "SELECT id, signal_occurence_id FROM ban_applications \
    WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT ?";

/// Counts no further than it has to.
const COUNT: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM ban_applications LIMIT ?) x";

/// One step; answers whether there is more to do.
pub fn tidy(writer: &mut Writer<'_>, rules: &Rules) -> Result<bool, Fault> {
    let clock = writer.clock("ban_applications");
    let batch = Value::from(BATCH);
    let mut more = false;
    if rules.sweeps {
        let values = vec![clock.write(rules.now_us), clock.passed(rules.now_us), batch.clone()];
        more |= writer.execute(SWEEP, values)? > 0;
    }
    if let Some(instant) = rules.ended_before_us {
        let found = writer.pairs(TOO_OLD, vec![clock.passed(instant), batch.clone()])?;
        more |= remove(writer, &found)?;
    }
    if let Some(most) = rules.max_records {
        let limit = most.saturating_add(BATCH.into());
        let excess = writer.number(COUNT, vec![limit.into()])?.saturating_sub(most);
        let found = if excess > 0 { writer.pairs(OLDEST, vec![excess.into()])? } else { Vec::new() };
        more |= remove(writer, &found)?;
    }
    Ok(more)
}

/// Removes ended bans, given with their signals, and of these the ones that no ban is left of, with their events.
fn remove(writer: &mut Writer<'_>, found: &[(u64, Option<u64>)]) -> Result<bool, Fault> {
    if found.is_empty() {
        return Ok(false);
    }
    let bans: Vec<Value> = found.iter().map(|(ban, _)| ban.into()).collect();
    let sql = format!(
        "DELETE FROM ban_applications WHERE deleted_at IS NOT NULL AND id IN ({})",
        marks(bans.len())
    );
    writer.execute(&sql, bans)?;
    let signals: Vec<Value> = found.iter().filter_map(|(_, signal)| *signal).map(Value::from).collect();
    if signals.is_empty() {
        return Ok(true);
    }
    let sql = format!(
        "SELECT s.id, s.id FROM signal_occurences s WHERE s.id IN ({}) \
         AND NOT EXISTS (SELECT 1 FROM ban_applications b WHERE b.signal_occurence_id = s.id)",
        marks(signals.len())
    );
    let left: Vec<Value> =
        writer.pairs(&sql, signals)?.into_iter().map(|(signal, _)| signal.into()).collect();
    if !left.is_empty() {
        let marks = marks(left.len());
        let events = format!("DELETE FROM event_sequences WHERE signal_occurence_id IN ({marks})");
        writer.execute(&events, left.clone())?;
        writer.execute(&format!("DELETE FROM signal_occurences WHERE id IN ({marks})"), left)?;
    }
    Ok(true)
}
