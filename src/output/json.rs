//! `-o json`: v0.3's array, ten keys of strings in its order, then warden's own.

use std::io::{self, Write};

use super::Format;
use crate::instant::Instant;
use crate::model::BanRow;

/// The format; it knows whether a row went before.
#[derive(Default)]
pub struct Json {
    begun: bool,
}

impl Format for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn row(&mut self, row: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b",\n {\n" } else { b"\n {\n" })?;
        self.begun = true;
        object(row, out)?;
        out.write_all(b"\n }")
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"]\n" })
    }
}

/// The members of one ban.
fn object(ban: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()> {
    let row = ban.row;
    let mut number = itoa::Buffer::new();
    text(out, "action", row.action)?;
    next(out, "as", row.as_text)?;
    if row.orphan {
        next(out, "asnum", number.format(row.as_number))?;
    }
    next(out, "bancount", number.format(row.ban_count))?;
    next(out, "cn", row.country)?;
    next(out, "events_count", number.format(row.events_count))?;
    next(out, "iptext", row.target)?;
    next(out, "reason", row.reason)?;
    next(out, "scenario", if row.orphan { "?" } else { row.scenario })?;
    next(out, "source", row.source)?;
    write!(out, ",\n  \"until\": \"{}\"", ban.time_left())?;
    instant(out, "start_at", ban.start())?;
    instant(out, "until_at", ban.until())?;
    next(out, "backend", ban.backend)
}

fn next(out: &mut dyn Write, key: &str, value: &str) -> io::Result<()> {
    out.write_all(b",\n")?;
    text(out, key, value)
}

fn text(mut out: &mut dyn Write, key: &str, value: &str) -> io::Result<()> {
    out.write_all(b"  \"")?;
    out.write_all(key.as_bytes())?;
    out.write_all(b"\": ")?;
    serde_json::to_writer(&mut out, value).map_err(io::Error::from)
}

/// RFC 3339 in UTC, or null.
fn instant(out: &mut dyn Write, key: &str, value: Option<Instant>) -> io::Result<()> {
    match value {
        Some(instant) => next(out, key, instant.rfc3339_utc().as_str()),
        None => write!(out, ",\n  \"{key}\": null"),
    }
}
