//! A list: one question, streamed, in one state of the tables.

use std::borrow::Cow;

use mysql::prelude::Queryable;
use mysql::{Conn, Row, Value};

use super::answers;
use super::errors::fault;
use super::question::{Asker, Question};
use super::schema::Schema;
use super::time::Clock;
use crate::common::span::Span;
use crate::common::tally::Tally;
use crate::server::fault::Fault;
use crate::server::record::{Record, Selection};
use crate::server::sink::Sink;
use crate::server::spellings::{Spellings, TallyKind};

/// One state for all questions of a list, without a lock.
const BEGIN: [&str; 3] = [
    "ROLLBACK",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT",
];

/// So many texts go into one statement.
const CHUNK: usize = 200;

/// Hands over what the query asks for. With `keep` it runs in the transaction that is open, and reads to the end.
pub fn list(
    conn: &mut Conn,
    schema: &Schema,
    selection: Selection<'_>,
    sink: &mut Sink<'_, '_>,
    keep: bool,
) -> Result<(), Fault> {
    if selection.query.limit == Some(0) {
        return Ok(());
    }
    if !keep {
        for statement in BEGIN {
            answers::run(conn, statement)?;
        }
    }
    let clock = schema.clock("ban_applications");
    let asker = Asker { selection, schema, clock };
    let spellings = spellings(conn, &asker)?;
    stream(conn, asker.bans(), clock, &spellings, sink, keep)?;
    if keep || sink.has_enough() { Ok(()) } else { answers::run(conn, "ROLLBACK") }
}

fn stream(
    conn: &mut Conn,
    question: Question,
    clock: Clock,
    spellings: &Spellings,
    sink: &mut Sink<'_, '_>,
    keep: bool,
) -> Result<(), Fault> {
    let mut rows = conn.exec_iter(question.sql, question.values).map_err(|error| fault(&error))?;
    let mut outcome = Ok(());
    for row in rows.by_ref() {
        let row = row.map_err(|error| fault(&error))?;
        if outcome.is_ok() && !sink.has_enough() {
            outcome = sink.push(&mut record(&row, clock), spellings);
        }
        if (outcome.is_err() || sink.has_enough()) && !keep {
            // Dropping it would read every row that is still to come; the connection is dropped in place of that.
            std::mem::forget(rows);
            return outcome;
        }
    }
    outcome
}

/// What other spellings add to the counts.
fn spellings(conn: &mut Conn, asker: &Asker<'_>) -> Result<Spellings, Fault> {
    let mut spellings = Spellings::default();
    for (text, kind, tally) in counts(conn, asker.spellings())? {
        spellings.add(&text, kind, tally);
    }
    for texts in spellings.wanted().chunks(CHUNK) {
        for (text, kind, tally) in counts(conn, asker.canonical(texts))? {
            spellings.add_canonical(&text, kind, tally);
        }
    }
    Ok(spellings)
}

fn counts(conn: &mut Conn, question: Question) -> Result<Vec<(String, TallyKind, Tally)>, Fault> {
    let rows = answers::rows(conn, question.sql, question.values)?;
    Ok(rows.iter().map(count).collect())
}

fn count(row: &Row) -> (String, TallyKind, Tally) {
    let number = |index| row.as_ref(index).map_or(0, number_of);
    let kind = if number(0) == 0 { TallyKind::Signals } else { TallyKind::Bans };
    (text(row, 1).into_owned(), kind, Tally::of_server(number(2), number(3)))
}

/// Sums come as decimals, in text.
fn number_of(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        Value::UInt(number) => i64::try_from(*number).unwrap_or(i64::MAX),
        Value::Bytes(bytes) => str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).unwrap_or(0),
        _ => 0,
    }
}

fn record(row: &Row, clock: Clock) -> Record<'_> {
    let null = Value::NULL;
    let value = |index| row.as_ref(index).unwrap_or(&null);
    let ended = (value(4) != &null).then(|| clock.read(value(4)));
    let span = Span::new(clock.read(value(1)), clock.read(value(2)), clock.read_end(value(3)), ended);
    let is_repaired = |index| matches!(value(index), Value::Bytes(bytes) if str::from_utf8(bytes).is_err());
    Record {
        id: number_of(value(0)),
        span,
        orphan: value(5) == &null,
        target: text(row, 6),
        source: text(row, 7),
        action: text(row, 8),
        extra: text(row, 9),
        reason: text(row, 10),
        country: text(row, 11),
        as_number: text(row, 12),
        as_name: text(row, 13),
        tally: tally(&text(row, 14)),
        repaired: (6..14).any(is_repaired),
    }
}

/// Signals and events, with a space between them.
fn tally(text: &str) -> Tally {
    let (signals, events) = text.split_once(' ').unwrap_or((text, ""));
    Tally { signals: signals.parse().unwrap_or(0), events: events.parse().unwrap_or(0) }
}

fn text(row: &Row, index: usize) -> Cow<'_, str> {
    match row.as_ref(index) {
        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes),
        Some(Value::Int(number)) => number.to_string().into(),
        Some(Value::UInt(number)) => number.to_string().into(),
        _ => Cow::Borrowed(""),
    }
}
