//! The MySQL engine: MySQL, MariaDB with or without Galera, `TiDB`. Here is a session and its transactions; what happens
//! in one is in `read` and `write`.

mod answers;
mod changes;
mod connect;
mod errors;
mod question;
mod read;
mod retention;
mod schema;
mod time;
mod undo;
mod write;
mod zone;

use mysql::Conn;
use warden_plugin::{Change, Host};

use self::schema::Schema;
use self::write::Mark;
use crate::rules::Rules;
use crate::server::fault::Fault;
use crate::server::record::Selection;
use crate::server::sink::Sink;
use crate::server::undo::last_change;
use crate::server::writes::Write;
use crate::server::{Done, Driver, Session, Stamp};
use crate::settings::{Address, Servers, Zone};

/// How MySQL is reached.
pub struct Mysql {
    pub host: Host,
}

/// A connection.
pub struct MysqlSession {
    conn: Conn,
    host: Host,
    /// `timezone`, where it is set.
    zone: Option<Zone>,
    /// What the tables look like, once it was asked.
    schema: Option<Schema>,
}

/// Begins a transaction, and marks its beginning.
const SAVEPOINT: &str = "SAVEPOINT warden";

/// Fails when the transaction is not the one that began. Galera takes a transaction back when another node was faster;
/// MariaDB says so in the answer to the next statement, but not when that one is prepared: then the rest of the
/// transaction would stand alone.
const IS_WHOLE: &str = "RELEASE SAVEPOINT warden";

impl Driver for Mysql {
    const ENGINE: &'static str = "mysql";
    type Session = MysqlSession;

    fn connect(&self, servers: &Servers, address: &Address) -> Result<MysqlSession, Fault> {
        let conn = connect::connect(servers, address, connect::ANSWER)?;
        Ok(MysqlSession { conn, host: self.host, zone: servers.zone, schema: None })
    }

    fn migrate(&self, servers: &Servers, address: &Address) -> Result<(), Fault> {
        let mut conn = connect::connect(servers, address, connect::LONG_ANSWER)?;
        schema::migrate(&mut conn, servers.busy_timeout)
    }
}

impl MysqlSession {
    fn run(&mut self, statement: &str) -> Result<(), Fault> {
        answers::run(&mut self.conn, statement)
    }

    fn schema(&mut self) -> Result<&Schema, Fault> {
        if self.schema.is_none() {
            self.schema = Some(Schema::of(&mut self.conn, self.zone, self.host)?);
        }
        self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))
    }
}

impl MysqlSession {
    fn writer<'w>(&'w mut self, stamp: Stamp<'w>) -> Result<write::Writer<'w>, Fault> {
        let schema = self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))?;
        Ok(write::Writer { conn: &mut self.conn, schema, stamp })
    }
}

impl Session for MysqlSession {
    type Proof = Mark;

    fn probe(&mut self) -> Result<(), Fault> {
        self.begin()?;
        self.schema()?;
        let Some(schema) = self.schema.as_ref().filter(|schema| schema.is_readable()) else { return Ok(()) };
        zone::compare(&mut self.conn, schema, self.host)
    }

    fn begin(&mut self) -> Result<bool, Fault> {
        if !self.schema()?.is_fit_to_write()? {
            self.schema = None;
            // What was looked at must not keep the tables from being changed.
            self.run("ROLLBACK")?;
            return Ok(false);
        }
        self.run(SAVEPOINT)?;
        Ok(true)
    }

    fn apply(&mut self, write: &Write, stamp: Stamp<'_>) -> Result<Done<Mark>, Fault> {
        self.writer(stamp)?.apply(write)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.run(IS_WHOLE)?;
        self.run("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), Fault> {
        self.run("ROLLBACK")
    }

    fn is_written(&mut self, mark: u64, proof: Option<&Mark>) -> Result<bool, Fault> {
        let mut writer = self.writer(Stamp::default())?;
        Ok(writer.is_logged(mark)? || writer.is_written(proof)?)
    }

    fn last_change(&mut self, now_us: i64) -> Result<Option<Change>, Fault> {
        last_change(&mut self.writer(Stamp { now_us, ..Stamp::default() })?)
    }

    fn tidy(&mut self, rules: &Rules) -> Result<bool, Fault> {
        retention::tidy(&mut self.writer(Stamp { now_us: rules.now_us, ..Stamp::default() })?, rules)
    }

    fn list(&mut self, selection: Selection<'_>, sink: &mut Sink<'_, '_>, keep: bool) -> Result<(), Fault> {
        if !self.schema()?.is_fit_to_read()? {
            return Ok(());
        }
        let schema = self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))?;
        read::list(&mut self.conn, schema, selection, sink, keep)
    }
}
