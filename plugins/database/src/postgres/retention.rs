//! Housekeeping: bans whose time is over are ended, ended ones removed with their signals and events, some at a time.
//! Every statement here runs in a transaction that the caller began.

use tokio_postgres::types::Type;

use super::time::Instant;
use super::write::Writer;
use crate::rules::{BATCH, Rules};
use crate::server::fault::Fault;

const SWEEP: &str = "UPDATE ban_applications SET deleted_at = $1 WHERE id IN \
    (SELECT id FROM ban_applications WHERE deleted_at IS NULL AND until <= $1 ORDER BY until LIMIT $2) \
    AND deleted_at IS NULL";

const TOO_OLD: &str = "DELETE FROM ban_applications WHERE deleted_at IS NOT NULL AND id IN \
    (SELECT id FROM ban_applications WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT $2) \
    RETURNING signal_occurence_id";

const OLDEST: &str = "DELETE FROM ban_applications WHERE deleted_at IS NOT NULL AND id IN \
    (SELECT id FROM ban_applications WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1) \
    RETURNING signal_occurence_id";

/// Counts no further than it has to.
const COUNT: &str = "SELECT count(*) FROM (SELECT 1 FROM ban_applications LIMIT $1) x";

/// Signals that no ban is left of, and their events.
const SIGNALS: &str = "WITH removed AS (DELETE FROM signal_occurences s WHERE s.id = ANY($1) \
      AND NOT EXISTS (SELECT 1 FROM ban_applications b WHERE b.signal_occurence_id = s.id) RETURNING s.id) \
    DELETE FROM event_sequences WHERE signal_occurence_id IN (SELECT id FROM removed)";

/// One step; answers whether there is more to do.
pub fn tidy(writer: &Writer<'_>, rules: &Rules) -> Result<bool, Fault> {
    let batch = i64::from(BATCH);
    let mut more = false;
    if rules.sweeps {
        let now = Instant::of(rules.now_us);
        more |= writer.execute(SWEEP, &[(&now, Type::TIMESTAMPTZ), (&batch, Type::INT8)])? > 0;
    }
    if let Some(instant) = rules.ended_before_us {
        let instant = Instant::of(instant);
        let rows = writer.query(TOO_OLD, &[(&instant, Type::TIMESTAMPTZ), (&batch, Type::INT8)])?;
        more |= remove_signals(writer, &rows)?;
    }
    if let Some(most) = rules.max_records {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let limit = most.saturating_add(batch);
        let rows = writer.query(COUNT, &[(&limit, Type::INT8)])?;
        let excess = rows.first().map_or(0, |row| row.get::<_, i64>(0)).saturating_sub(most);
        if excess > 0 {
            let rows = writer.query(OLDEST, &[(&excess, Type::INT8)])?;
            more |= remove_signals(writer, &rows)?;
        }
    }
    Ok(more)
}

/// Of bans that were removed, given by their signals.
fn remove_signals(writer: &Writer<'_>, rows: &[tokio_postgres::Row]) -> Result<bool, Fault> {
    let signals: Vec<i64> = rows.iter().filter_map(|row| row.get(0)).collect();
    if !signals.is_empty() {
        writer.execute(SIGNALS, &[(&signals, Type::INT8_ARRAY)])?;
    }
    Ok(!rows.is_empty())
}
