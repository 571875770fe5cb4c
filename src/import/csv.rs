//! CSV with a header, as strict as RFC 4180: a stray or unclosed quote is an error with its place, where a lenient
//! reader would swallow the rest of the file. (The csv crate has no strict mode.)

mod split;

use std::borrow::Cow;
use std::io::BufRead;

use super::fields::{Name, names};
use super::lines::{Lines, position};
use super::{Cell, Fault, Fields, Key, Position, RecordSink, Stop, shown};
use split::Splitter;

pub fn read(input: &mut dyn BufRead, sink: RecordSink<'_>) -> Result<(), Stop> {
    let mut lines = Lines::new(input, super::plain::LONGEST);
    let mut splitter = Splitter::default();
    let Some(columns) = header(&mut lines, &mut splitter)? else { return Ok(()) };
    loop {
        match splitter.next(&mut lines)? {
            None => return Ok(()),
            Some(Err(fault)) => sink(Err(fault))?,
            Some(Ok(())) if splitter.is_blank() => {}
            Some(Ok(())) => sink(record(&splitter, &columns))?,
        }
    }
}

/// The first line that is neither blank nor a comment.
fn header(lines: &mut Lines<'_>, splitter: &mut Splitter) -> Result<Option<Vec<Option<Key>>>, Stop> {
    loop {
        match splitter.next(lines)? {
            None => return Ok(None),
            Some(result) => result?,
        }
        let first = splitter.fields().next().map_or("", |(text, _)| text);
        if !splitter.is_blank() && !first.starts_with('#') {
            return Ok(Some(columns(splitter)?));
        }
    }
}

fn columns(splitter: &Splitter) -> Result<Vec<Option<Key>>, Fault> {
    let mut columns: Vec<Option<Key>> = Vec::new();
    for (name, at) in splitter.fields() {
        let name = name.trim();
        let key = match Name::find(name) {
            Name::Of(key) => Some(key),
            Name::Unused => None,
            _ if columns.is_empty() && !splitter.fields().any(|(n, _)| is_known(n)) => {
                return Err(no_header(at));
            }
            Name::Like(meant) => return Err(unknown(name, at).with_hint(format!("did you mean `{meant}`?"))),
            Name::Unknown => return Err(unknown(name, at).with_hint(format!("known are {}", names()))),
        };
        if key.is_some() && columns.contains(&key) {
            let message = format!("column `{}` stands for the same as one before it", shown(name));
            return Err(Fault::new(at, message).with_hint("remove one of the two"));
        }
        columns.push(key);
    }
    if columns.contains(&Some(Key::Target)) {
        return Ok(columns);
    }
    let at = splitter.fields().next().map_or_else(Position::default, |(_, at)| at);
    Err(Fault::new(at, "no column names the target").with_hint("call one `value`, `ip` or `range`"))
}

fn is_known(name: &str) -> bool {
    matches!(Name::find(name.trim()), Name::Of(_) | Name::Unused)
}

fn unknown(name: &str, at: Position) -> Fault {
    Fault::new(at, format!("unknown column `{}`", shown(name)))
}

fn no_header(at: Position) -> Fault {
    Fault::new(at, "the header is missing: the first line must name the columns")
        .with_hint("for example `value,duration,reason`")
}

fn record<'s>(splitter: &'s Splitter, columns: &[Option<Key>]) -> Result<Fields<'s>, Fault> {
    let count = splitter.fields().count();
    let at = splitter.fields().next().map_or_else(Position::default, |(_, at)| at);
    if count != columns.len() {
        let fields = if count == 1 { "field" } else { "fields" };
        let message = format!("{count} {fields}, where the header has {}", columns.len());
        return Err(Fault::new(position(at.line, ""), message));
    }
    let mut fields = Fields::new(at);
    for ((text, at), key) in splitter.fields().zip(columns) {
        if let Some(key) = key {
            fields.set(*key, Cell { text: Cow::Borrowed(text.trim()), at })?;
        }
    }
    Ok(fields)
}
