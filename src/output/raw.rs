//! `-o raw`: CSV with v0.3's header, quoted as RFC 4180 says. Lines end with a line feed alone, as v0.3's did.

use std::io::{self, IsTerminal as _, Write};

use std::borrow::Cow;
use std::sync::LazyLock;

use super::Format;
use super::fields::{Field, RAW, Value};
use crate::ban_row::BanRow;
use crate::instant::Instant;
use crate::ui::Escaped;

/// What is done to texts that somebody else chose, besides the quotes of RFC 4180.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Escapes {
    /// Write control characters as escapes such as `\n`, so that each ban is one line; for raw, and always on a terminal
    #[arg(long)]
    pub escape: bool,
    /// Put `'` before a text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`); for raw
    #[arg(long)]
    pub escape_formulas: bool,
}

/// The format.
pub struct Raw<'f> {
    fields: &'f [Field],
    escapes: Escapes,
}

impl<'f> Raw<'f> {
    /// With these fields, or with those that v0.3 prints.
    pub fn new(fields: Option<&'f [Field]>, escapes: Escapes) -> Self {
        Self { fields: fields.unwrap_or(&RAW), escapes }
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
                Value::Text(text) => escaped(out, text, self.escapes)?,
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
    escaped(out, text, Escapes::default())
}

fn escaped(out: &mut dyn Write, text: &str, escapes: Escapes) -> io::Result<()> {
    /// A terminal would do what the text says.
    static IS_TERMINAL: LazyLock<bool> = LazyLock::new(|| io::stdout().is_terminal());
    let mut text = Cow::Borrowed(text);
    if escapes.escape_formulas && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        text = format!("'{text}").into();
    }
    if escapes.escape || *IS_TERMINAL {
        text = Escaped(&text).to_string().into();
    }
    quoted(out, &text)
}

fn quoted(out: &mut dyn Write, text: &str) -> io::Result<()> {
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
    fn formulas_and_controls_are_escaped_when_it_is_asked_for() {
        let write = |text, escapes| {
            let mut out = Vec::new();
            escaped(&mut out, text, escapes).unwrap();
            String::from_utf8(out).unwrap()
        };
        let formulas = Escapes { escape: false, escape_formulas: true };
        for (text, written) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("=1,2", "\"'=1,2\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@a", "'@a"),
            ("\ta", "'\ta"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(write(text, formulas), written);
            assert!(write(text, Escapes::default()).trim_matches('"').starts_with(text));
        }
        let both = Escapes { escape: true, escape_formulas: true };
        assert_eq!(write("=a\n\x1b[2J,\u{9b}", both), "\"'=a\\n\\u{1b}[2J,\\u{9b}\"");
    }

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
