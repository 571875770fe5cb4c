//! Every ban that a target ever had.

use rusqlite::{Connection, named_params};
use warden_plugin::{Host, Rows, Target};

use super::read::Halt;
use super::record::{COLUMNS, Record};
use super::schema::{Layout, condition};

/// Hands over the bans of a target, whatever their spelling, newest first. The caller has begun a transaction.
pub fn history(
    connection: &Connection,
    layout: Layout,
    host: Host,
    target: &str,
    rows: &mut Rows<'_>,
) -> Result<(), Halt> {
    // Text that is no target stands for itself.
    let text = Target::of_stored(target).map_or_else(|| target.to_owned(), |target| target.to_string());
    let mut statement = connection.prepare(&sql(layout))?;
    let mut cursor = statement.query(named_params! { ":text": text })?;
    let mut record = Record::default();
    let now = host.now_us();
    while let Some(row) = cursor.next()? {
        record.load(row)?;
        rows.push(&record.row(now)).map_err(Halt::Reader)?;
    }
    Ok(())
}

/// By index, where there is one. SQLite sorts, and spills to disk.
pub fn sql(layout: Layout) -> String {
    let which = match layout {
        Layout::Indexed => format!(
            "b.id IN (SELECT id FROM ban_applications INDEXED BY warden_bans_by_target WHERE ip_text = :text \
             UNION ALL SELECT id FROM ban_applications INDEXED BY warden_bans_misspelt WHERE ({}) \
               AND warden_target(ip_text) = :text)",
            condition("warden_bans_misspelt")
        ),
        _ => "warden_target(b.ip_text) = :text".to_owned(),
    };
    format!(
        "SELECT {COLUMNS}, NULL FROM ban_applications b \
         LEFT JOIN signal_occurences s ON s.id = b.signal_occurence_id \
         WHERE {which} ORDER BY warden_start(b.created_at, s.stop_at) DESC, b.id DESC"
    )
}
