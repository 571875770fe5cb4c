//! The MySQL engine: MySQL, MariaDB with or without Galera, `TiDB`. Here is a session and its transactions; what happens
//! in one is in `read` and `write`.

mod connect;
mod errors;
mod question;
mod read;
mod retention;
mod schema;
mod time;
mod write;

use mysql::Conn;
use mysql::prelude::Queryable;

use self::errors::fault;
use self::schema::Schema;
use crate::housekeeping::Rules;
use crate::server::fault::Fault;
use crate::server::order::Order;
use crate::server::sink::Sink;
use crate::server::{Done, Driver, Proof, Session};
use crate::settings::{Address, Servers, Zone};

/// How MySQL is reached.
pub struct Mysql;

/// A connection.
pub struct MysqlSession {
    conn: Conn,
    zone: Zone,
    /// What the tables look like, once it was asked.
    schema: Option<Schema>,
}

/// Reads see one state; writers see what others committed, and lock no more than the rows that they change.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION";

impl Driver for Mysql {
    const ENGINE: &'static str = "mysql";
    type Session = MysqlSession;

    fn connect(&self, servers: &Servers, address: &Address) -> Result<MysqlSession, Fault> {
        let conn = connect::connect(servers, address, connect::ANSWER)?;
        Ok(MysqlSession { conn, zone: servers.zone, schema: None })
    }

    fn migrate(&self, servers: &Servers, address: &Address) -> Result<(), Fault> {
        let mut conn = connect::connect(servers, address, connect::LONG_ANSWER)?;
        schema::migrate(&mut conn, servers.busy_timeout)
    }
}

impl MysqlSession {
    fn schema(&mut self) -> Result<&Schema, Fault> {
        if self.schema.is_none() {
            self.schema = Some(Schema::of(&mut self.conn)?);
        }
        self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))
    }
}

impl Session for MysqlSession {
    fn begin(&mut self) -> Result<bool, Fault> {
        if !self.schema()?.is_fit_to_write()? {
            self.schema = None;
            return Ok(false);
        }
        self.conn.query_drop(BEGIN).map_err(|error| fault(&error))?;
        Ok(true)
    }

    fn apply(&mut self, order: &Order, now_us: i64, actor: &str) -> Result<Done, Fault> {
        let zone = self.zone;
        let schema = self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))?;
        write::Writer { conn: &mut self.conn, schema, zone, now_us, actor }.apply(order)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.conn.query_drop("COMMIT").map_err(|error| fault(&error))
    }

    fn rollback(&mut self) -> Result<(), Fault> {
        self.conn.query_drop("ROLLBACK").map_err(|error| fault(&error))
    }

    fn is_written(&mut self, proof: &Proof) -> Result<bool, Fault> {
        let zone = self.zone;
        let schema = self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))?;
        write::Writer { conn: &mut self.conn, schema, zone, now_us: 0, actor: "" }.is_written(proof)
    }

    fn tidy(&mut self, rules: &Rules) -> Result<bool, Fault> {
        let zone = self.zone;
        let schema = self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))?;
        let writer = &mut write::Writer { conn: &mut self.conn, schema, zone, now_us: 0, actor: "" };
        retention::tidy(writer, rules)
    }

    fn list(
        &mut self,
        query: &warden_plugin::Query<'_>,
        sink: &mut Sink<'_, '_>,
        keep: bool,
    ) -> Result<(), Fault> {
        let zone = self.zone;
        if !self.schema()?.is_fit_to_read()? {
            return Ok(());
        }
        let schema = self.schema.as_ref().ok_or_else(|| Fault::lost("no schema"))?;
        read::list(&mut self.conn, schema, zone, query, sink, keep)
    }
}
