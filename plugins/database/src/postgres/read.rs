//! A list: one question, streamed, in one state of the tables.

use std::borrow::Cow;
use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::question::{self, Question};
use super::time;
use super::{ANSWER, PostgresSession};
use crate::common::span::Span;
use crate::common::tally::Tally;
use crate::server::fault::Fault;
use crate::server::record::{Record, Selection};
use crate::server::sink::Sink;
use crate::server::spellings::{Spellings, TallyKind};

/// Hands over what the query asks for, in the transaction that is open.
pub fn list(
    session: &PostgresSession,
    selection: Selection<'_>,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Fault> {
    let spellings = spellings(session, selection.query.at_us)?;
    let question = question::bans(selection);
    let Some(runtime) = &session.runtime else { return Err(Fault::lost("no connection")) };
    runtime.block_on(stream(session, &question, &spellings, sink))
}

/// The driver reads on only when rows are taken.
async fn stream(
    session: &PostgresSession,
    question: &Question,
    spellings: &Spellings,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Fault> {
    let rows = session.client.query_typed_raw(&question.sql, parameters(question));
    let answer = tokio::time::timeout(ANSWER, rows).await.map_err(|_| silent())?;
    let mut rows = pin!(answer.map_err(|error| session.fault(&error))?);
    loop {
        let next = tokio::time::timeout(ANSWER, rows.try_next()).await.map_err(|_| silent())?;
        let Some(row) = next.map_err(|error| session.fault(&error))? else { return Ok(()) };
        sink.push(&mut record(&row), spellings)?;
        if sink.has_enough() {
            return Ok(());
        }
    }
}

fn silent() -> Fault {
    Fault::lost(format!("no answer within {ANSWER:?}"))
}

fn parameters(question: &Question) -> impl Iterator<Item = (&(dyn ToSql + Sync), Type)> {
    question.values.iter().map(|(value, kind)| (&**value, kind.clone()))
}

/// What other spellings add to the counts.
fn spellings(session: &PostgresSession, at_us: i64) -> Result<Spellings, Fault> {
    let mut spellings = Spellings::default();
    for (text, kind, tally) in counts(session, &question::spellings(at_us))? {
        spellings.add(&text, kind, tally);
    }
    let wanted = spellings.wanted();
    if !wanted.is_empty() {
        for (text, kind, tally) in counts(session, &question::canonical(at_us, wanted))? {
            spellings.add_canonical(&text, kind, tally);
        }
    }
    Ok(spellings)
}

fn counts(session: &PostgresSession, question: &Question) -> Result<Vec<(String, TallyKind, Tally)>, Fault> {
    let rows = session.rows(&question.sql, parameters(question))?;
    Ok(rows.iter().map(count).collect())
}

fn count(row: &Row) -> (String, TallyKind, Tally) {
    let kind = if row.get::<_, i32>(0) == 0 { TallyKind::Signals } else { TallyKind::Bans };
    (text(row, 1).into_owned(), kind, Tally::of_server(row.get(2), row.get(3)))
}

fn record(row: &Row) -> Record<'_> {
    let ended: Option<time::Instant> = row.get(4);
    Record {
        id: row.get(0),
        span: Span::new(
            time::read(row.get(1)),
            time::read(row.get(2)),
            time::read_end(row.get(3)),
            ended.map(|ended| time::read(Some(ended))),
        ),
        orphan: row.get::<_, Option<i64>>(5).is_none(),
        target: text(row, 6),
        source: text(row, 7),
        action: text(row, 8),
        extra: text(row, 9),
        reason: text(row, 10),
        country: text(row, 11),
        as_number: text(row, 12),
        as_name: text(row, 13),
        tally: Tally::of_server(row.get(15), row.get(16)),
        // The server takes and gives nothing but UTF-8.
        repaired: false,
    }
}

fn text(row: &Row, index: usize) -> Cow<'_, str> {
    Cow::Borrowed(row.get::<_, Option<&str>>(index).unwrap_or_default())
}
