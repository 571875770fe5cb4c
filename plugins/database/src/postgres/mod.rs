//! The PostgreSQL engine: PostgreSQL and what speaks its language, `CockroachDB` among them. Here is a session and its
//! transactions; what happens in one is in `read` and `write`.

mod changes;
pub(crate) mod checked;
mod connect;
mod errors;
mod question;
mod read;
mod retention;
mod schema;
mod time;
mod undo;
mod write;

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::runtime::Runtime;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use warden_plugin::Change;

use self::connect::Connected;
use self::schema::Version;
use self::write::Proof;
use crate::rules::Rules;
use crate::server::bound::Bound;
use crate::server::fault::Fault;
use crate::server::record::Selection;
use crate::server::sink::Sink;
use crate::server::undo::last_change;
use crate::server::writes::Write;
use crate::server::{Done, Driver, Session, Stamp};
use crate::settings::{Address, Servers};

/// How PostgreSQL is reached.
pub struct Postgres;

/// A connection. Its own runtime works only while something is waited for, so that every wait can end.
pub struct PostgresSession {
    runtime: Option<Runtime>,
    client: Client,
    /// Why the connection ended, when it did.
    end: Arc<OnceLock<String>>,
    lock_timeout: Duration,
    /// What the tables are known as, once it was asked.
    version: Option<Version>,
}

/// So long a server may take for an answer.
const ANSWER: Duration = Duration::from_secs(30);

/// The same for building indexes over a large table.
const LONG_ANSWER: Duration = Duration::from_hours(1);

impl Driver for Postgres {
    const ENGINE: &'static str = "postgres";
    type Session = PostgresSession;

    fn connect(&self, servers: &Servers, address: &Address) -> Result<PostgresSession, Fault> {
        let Connected { runtime, client, end } = connect::connect(servers, address)?;
        let lock_timeout = servers.busy_timeout;
        Ok(PostgresSession { runtime: Some(runtime), client, end, lock_timeout, version: None })
    }

    fn migrate(&self, servers: &Servers, address: &Address) -> Result<(), Fault> {
        schema::migrate(&mut self.connect(servers, address)?)
    }
}

/// What is still on its way is not waited for.
impl Drop for PostgresSession {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl PostgresSession {
    /// Waits for an answer.
    fn wait<T>(
        &self,
        limit: Duration,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Fault> {
        let Some(runtime) = &self.runtime else { return Err(Fault::lost("no connection")) };
        match runtime.block_on(async { tokio::time::timeout(limit, answer).await }) {
            Ok(outcome) => outcome.map_err(|error| self.fault(&error)),
            Err(_) => Err(Fault::lost(format!("no answer within {limit:?}"))),
        }
    }

    /// All rows of an answer.
    fn rows<'p>(
        &self,
        sql: &str,
        parameters: impl IntoIterator<Item = (&'p (dyn ToSql + Sync), Type)>,
    ) -> Result<Vec<Row>, Fault> {
        let Some(runtime) = &self.runtime else { return Err(Fault::lost("no connection")) };
        let answer = async {
            let rows = self.client.query_typed_raw(sql, parameters).await;
            let mut rows = pin!(rows.map_err(|error| self.fault(&error))?);
            let (mut found, mut bound) = (Vec::new(), Bound::default());
            while let Some(row) = rows.try_next().await.map_err(|error| self.fault(&error))? {
                bound.add(row.raw_size_bytes())?;
                found.push(row);
            }
            Ok(found)
        };
        let timed = runtime.block_on(async { tokio::time::timeout(ANSWER, answer).await });
        timed.unwrap_or_else(|_| Err(Fault::lost(format!("no answer within {ANSWER:?}"))))
    }

    /// What a failure means.
    fn fault(&self, error: &tokio_postgres::Error) -> Fault {
        match self.end.get() {
            Some(why) if error.is_closed() => errors::lost(why),
            _ => errors::fault(error),
        }
    }

    /// Statements without parameters.
    fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.wait(ANSWER, self.client.batch_execute(sql))
    }

    fn version(&mut self) -> Result<Version, Fault> {
        match self.version {
            Some(version) => Ok(version),
            None => Ok(*self.version.insert(schema::version(self)?)),
        }
    }

    /// A transaction, with the session set for it alone: a pooler may give the connection to others behind it.
    fn open(&self, how: &str) -> Result<(), Fault> {
        let millis = self.lock_timeout.as_millis().max(1);
        self.batch(&format!("BEGIN {how}; SET LOCAL lock_timeout = {millis}; SET LOCAL jit = off"))
    }
}

impl Session for PostgresSession {
    type Proof = Proof;

    fn begin(&mut self) -> Result<bool, Fault> {
        if !self.version()?.is_fit_to_write()? {
            self.version = None;
            return Ok(false);
        }
        self.open("ISOLATION LEVEL READ COMMITTED")?;
        Ok(true)
    }

    fn apply(&mut self, write: &Write, stamp: Stamp<'_>) -> Result<Done<Proof>, Fault> {
        write::Writer { session: self, stamp }.apply(write)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.batch("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), Fault> {
        self.batch("ROLLBACK")
    }

    fn is_written(&mut self, mark: u64, proof: Option<&Proof>) -> Result<bool, Fault> {
        let writer = write::Writer { session: self, stamp: Stamp::default() };
        Ok(writer.is_logged(mark)? || writer.is_written(proof)?)
    }

    fn last_change(&mut self, now_us: i64) -> Result<Option<Change>, Fault> {
        last_change(&mut write::Writer { session: self, stamp: Stamp { now_us, ..Stamp::default() } })
    }

    fn tidy(&mut self, rules: &Rules) -> Result<bool, Fault> {
        let stamp = Stamp { now_us: rules.now_us, ..Stamp::default() };
        retention::tidy(&write::Writer { session: self, stamp }, rules)
    }

    fn list(&mut self, selection: Selection<'_>, sink: &mut Sink<'_, '_>, keep: bool) -> Result<(), Fault> {
        if selection.query.limit == Some(0) || !self.version()?.is_fit_to_read()? {
            return Ok(());
        }
        if keep {
            return read::list(self, selection, sink);
        }
        self.open("ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        read::list(self, selection, sink)?;
        if sink.has_enough() { Ok(()) } else { self.rollback() }
    }
}
