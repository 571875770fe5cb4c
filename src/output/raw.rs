//! `-o raw`: CSV with v0.3's header, quoted as RFC 4180 says. Lines end with a line feed alone, as v0.3's did.

use std::io::{self, Write};

use super::Format;
use super::fields::{Field, RAW, Value};
use crate::ban_row::BanRow;
use crate::instant::Instant;

/// The format.
pub struct Raw<'f> {
    fields: &'f [Field],
}

impl<'f> Raw<'f> {
    /// With these fields, or with those that v0.3 prints.
    pub fn new(fields: Option<&'f [Field]>) -> Self {
        Self { fields: fields.unwrap_or(&RAW) }
    }
}

impl Format for Raw<'_> {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let names: Vec<_> = self.fields.iter().map(|field| field.name).collect();
        writeln!(out, "{}", names.join(","))
    }

    fn row(&mut self, ban: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut number = itoa::Buffer::new();
        for (i, field) in self.fields.iter().enumerate() {
            if i > 0 {
                out.write_all(b",")?;
            }
            match field.of(ban) {
                Value::Text(text) => value(out, text)?,
                Value::Number(n) => out.write_all(number.format(n).as_bytes())?,
                Value::TimeLeft => write!(out, "{}", ban.time_left())?,
                Value::Instant(instant) => {
                    let text = instant.map(Instant::rfc3339_utc);
                    out.write_all(text.as_ref().map_or("", |t| t.as_str()).as_bytes())?;
                }
            }
        }
        out.write_all(b"\n")
    }

    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A value, quoted when it must be.
pub fn value(out: &mut dyn Write, text: &str) -> io::Result<()> {
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
