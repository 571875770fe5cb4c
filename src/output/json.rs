//! `-o json`: v0.3's array, ten keys of strings in its order, then warden's own. `-o jsonl`: the same keys, an object a
//! line.

use std::io::{self, Write};

use super::Format;
use super::fields::{Field, JSON, Value};
use crate::ban_row::BanRow;

/// An array; it knows whether a row went before.
pub struct Json {
    members: Members,
    begun: bool,
    /// One object: the stream is called once a row.
    line: Vec<u8>,
}

/// An object a line.
pub struct Jsonl {
    members: Members,
    line: Vec<u8>,
}

impl Json {
    /// With these fields, or with all that v0.3 and warden print.
    pub fn new(fields: Option<&[Field]>) -> Self {
        Self { members: Members::new(fields, ",\n  ", ": "), begun: false, line: Vec::new() }
    }
}

impl Jsonl {
    /// With these fields, or with all that v0.3 and warden print.
    pub fn new(fields: Option<&[Field]>) -> Self {
        Self { members: Members::new(fields, ",", ":"), line: Vec::new() }
    }
}

impl Format for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn row(&mut self, row: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.line.clear();
        self.line.extend(if self.begun { b",\n {\n  ".as_slice() } else { b"\n {\n  " });
        self.begun = true;
        self.members.write(row, &mut self.line)?;
        self.line.extend(b"\n }");
        out.write_all(&self.line)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"]\n" })
    }
}

impl Format for Jsonl {
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.line.clear();
        self.line.push(b'{');
        self.members.write(row, &mut self.line)?;
        self.line.extend(b"}\n");
        out.write_all(&self.line)
    }

    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Objects inside a document of a command.
pub struct Objects {
    members: Members,
}

impl Default for Objects {
    fn default() -> Self {
        Self { members: Members::new(None, ",", ":") }
    }
}

impl Objects {
    /// A ban with the keys that a list has.
    pub fn row(&self, ban: &BanRow<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut object = vec![b'{'];
        self.members.write(ban, &mut object)?;
        object.push(b'}');
        out.write_all(&object)
    }
}

/// The members of an object.
struct Members {
    fields: Vec<Member>,
}

struct Member {
    /// What stands before the value: a comma, unless it is the first one, and the key.
    lead: String,
    field: Field,
    /// Left out unless the ban is an orphan.
    of_orphans: bool,
}

impl Members {
    fn new(fields: Option<&[Field]>, comma: &str, colon: &str) -> Self {
        let all = fields.unwrap_or(&JSON);
        let members = all.iter().enumerate().map(|(i, field)| Member {
            lead: format!("{}\"{}\"{colon}", if i == 0 { "" } else { comma }, field.name),
            field: *field,
            of_orphans: fields.is_none() && field.is_of_orphans(),
        });
        Self { fields: members.collect() }
    }

    /// Appends them.
    fn write(&self, ban: &BanRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        let mut number = itoa::Buffer::new();
        for member in self.fields.iter().filter(|m| !m.of_orphans || ban.row.orphan) {
            out.extend(member.lead.as_bytes());
            match member.field.of(ban) {
                Value::Text(text) => serde_json::to_writer(&mut *out, text)?,
                Value::Number(n) => quoted(number.format(n), out),
                Value::TimeLeft => write!(out, "\"{}\"", ban.time_left())?,
                Value::Instant(Some(instant)) => quoted(instant.rfc3339_utc().as_str(), out),
                Value::Instant(None) => out.extend(b"null"),
            }
        }
        Ok(())
    }
}

/// A text that needs no escapes.
fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend(text.as_bytes());
    out.push(b'"');
}
