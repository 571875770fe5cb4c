//! `-o raw`: CSV with v0.3's header, quoted as RFC 4180 says. Lines end with a line feed alone, as v0.3's did.

use std::io::{self, Write};

use super::Format;
use crate::model::BanRow;

/// The format.
pub struct Raw;

/// v0.3's header.
const HEADER: &str = "source,ip,reason,bans,action,country,as,events_count,expiration\n";

impl Format for Raw {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(HEADER.as_bytes())
    }

    fn row(&mut self, ban: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()> {
        let row = ban.row;
        let mut number = itoa::Buffer::new();
        for field in [
            row.source,
            row.target,
            row.reason,
            number.format(row.ban_count),
            row.action,
            row.country,
            row.as_text,
        ] {
            value(out, field)?;
            out.write_all(b",")?;
        }
        writeln!(out, "{},{}", row.events_count, ban.time_left())
    }

    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A value, quoted when it must be.
fn value(out: &mut dyn Write, text: &str) -> io::Result<()> {
    if !text.bytes().any(|b| matches!(b, b',' | b'"' | b'\r' | b'\n')) {
        return out.write_all(text.as_bytes());
    }
    out.write_all(b"\"")?;
    for (i, part) in text.split('"').enumerate() {
        if i > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_it_must() {
        let mut out = Vec::new();
        for text in ["plain", "a, b", "say \"no\"", "two\nlines"] {
            value(&mut out, text).unwrap();
            out.push(b';');
        }
        assert_eq!(String::from_utf8(out).unwrap(), "plain;\"a, b\";\"say \"\"no\"\"\";\"two\nlines\";");
    }
}
