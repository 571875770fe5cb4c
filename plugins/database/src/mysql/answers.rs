//! Answers that are read to their end: what the driver does for them has no bound, and a server may send rows for ever.

use mysql::prelude::{FromRow, Protocol, Queryable};
use mysql::{Conn, Params, QueryResult, Row, Value};

use super::errors::fault;
use crate::server::bound::Bound;
use crate::server::fault::Fault;

/// All rows.
pub fn rows(conn: &mut Conn, sql: impl AsRef<str>, values: impl Into<Params>) -> Result<Vec<Row>, Fault> {
    let mut found = Vec::new();
    each(conn.exec_iter(sql.as_ref(), values.into()).map_err(|error| fault(&error))?, |row| found.push(row))?;
    Ok(found)
}

/// The first row of a question that has no more.
pub fn first<T: FromRow>(
    conn: &mut Conn,
    sql: impl AsRef<str>,
    values: impl Into<Params>,
) -> Result<Option<T>, Fault> {
    let row = rows(conn, sql, values)?.into_iter().next();
    row.map(mysql::from_row_opt).transpose().map_err(|error| fault(&error.into()))
}

/// Answers how many rows it changed.
pub fn execute(conn: &mut Conn, sql: &str, values: impl Into<Params>) -> Result<u64, Fault> {
    each(conn.exec_iter(sql, values.into()).map_err(|error| fault(&error))?, drop)?;
    Ok(conn.affected_rows())
}

/// A statement without parameters, one alone: the driver says nothing of what fails behind the first.
pub fn run(conn: &mut Conn, statement: &str) -> Result<(), Fault> {
    each(conn.query_iter(statement).map_err(|error| fault(&error))?, drop)
}

fn each<P: Protocol>(mut rows: QueryResult<'_, '_, '_, P>, mut take: impl FnMut(Row)) -> Result<(), Fault> {
    let mut bound = Bound::default();
    while let Some(row) = rows.next() {
        let row = row.map_err(|error| fault(&error))?;
        if let Err(fault) = bound.add(size(&row)) {
            // Dropping it would read the rest; the connection is dropped in place of that.
            std::mem::forget(rows);
            return Err(fault);
        }
        take(row);
    }
    Ok(())
}

fn size(row: &Row) -> usize {
    let value = |index| match row.as_ref(index) {
        Some(Value::Bytes(bytes)) => bytes.len(),
        _ => 0,
    };
    (0..row.len()).map(|index| value(index) + size_of::<Value>()).sum()
}
