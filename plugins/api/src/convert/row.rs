//! A row of a list.

use super::{Violation, bit, read_sized, size};
use crate::abi;
use crate::model::{EndKind, Row};

impl Row<'_> {
    /// The C form; it borrows from `self`.
    #[must_use]
    pub fn to_abi(&self) -> abi::Row {
        abi::Row {
            struct_size: size::<abi::Row>(),
            flags: bit(self.orphan, abi::ROW_ORPHAN) | bit(self.simulation, abi::ROW_SIMULATION),
            id: abi::Str::new(self.id),
            source: abi::Str::new(self.source),
            target: abi::Str::new(self.target),
            reason: abi::Str::new(self.reason),
            scenario: abi::Str::new(self.scenario),
            action: abi::Str::new(self.action),
            country: abi::Str::new(self.country),
            as_text: abi::Str::new(self.as_text),
            as_name: abi::Str::new(self.as_name),
            actor: abi::Str::new(self.actor),
            ended_by: abi::Str::new(self.ended_by),
            as_number: self.as_number,
            end_kind: self.end_kind.code(),
            ban_count: self.ban_count,
            events_count: self.events_count,
            start_us: self.start_us,
            until_us: self.until_us,
            ended_us: self.ended_us,
            range: self.range.into(),
        }
    }
}

/// How many texts a row has.
const TEXTS: usize = 11;

/// The texts of a row, in the order of the struct.
const ROW_TEXTS: [&str; TEXTS] = [
    "id", "source", "target", "reason", "scenario", "action", "country", "as_text", "as_name", "actor",
    "ended_by",
];

/// Hands a foreign row to `f` as safe Rust. Text that is not UTF-8 is repaired with U+FFFD; `f` is told.
///
/// # Safety
/// `row`, unless NULL, points to its `struct_size` bytes, and its texts live until this returns.
///
/// # Errors
/// When the row breaks the contract; `f` is not called then.
pub unsafe fn with_row<R>(row: *const abi::Row, f: impl FnOnce(&Row<'_>, bool) -> R) -> Result<R, Violation> {
    // SAFETY: the caller promises `struct_size` bytes.
    let raw = unsafe { read_sized(row) }?;
    let fields = [
        raw.id,
        raw.source,
        raw.target,
        raw.reason,
        raw.scenario,
        raw.action,
        raw.country,
        raw.as_text,
        raw.as_name,
        raw.actor,
        raw.ended_by,
    ];
    let mut bytes: [&[u8]; TEXTS] = [&[]; TEXTS];
    let mut texts: [&str; TEXTS] = [""; TEXTS];
    let mut valid = true;
    for (i, field) in fields.into_iter().enumerate() {
        // SAFETY: the caller promises that the texts live until we return; `bytes` does not outlive this function.
        bytes[i] = unsafe { field.bytes(ROW_TEXTS[i]) }?;
        match std::str::from_utf8(bytes[i]) {
            Ok(text) => texts[i] = text,
            Err(_) => valid = false,
        }
    }
    if valid {
        return Ok(f(&row_of(&raw, texts), false));
    }
    let repaired = bytes.map(String::from_utf8_lossy);
    for (text, repaired) in texts.iter_mut().zip(&repaired) {
        *text = repaired;
    }
    Ok(f(&row_of(&raw, texts), true))
}

/// The safe form of a row whose texts are checked.
fn row_of<'a>(raw: &abi::Row, texts: [&'a str; TEXTS]) -> Row<'a> {
    let [id, source, target, reason, scenario, action, country, as_text, as_name, actor, ended_by] = texts;
    Row {
        id,
        source,
        target,
        reason,
        scenario,
        action,
        country,
        as_text,
        as_name,
        actor,
        ended_by,
        as_number: raw.as_number,
        orphan: raw.flags & abi::ROW_ORPHAN != 0,
        simulation: raw.flags & abi::ROW_SIMULATION != 0,
        end_kind: EndKind::from_code(raw.end_kind),
        ban_count: raw.ban_count,
        events_count: raw.events_count,
        start_us: raw.start_us,
        until_us: raw.until_us,
        ended_us: raw.ended_us,
        range: raw.range.into(),
    }
}
