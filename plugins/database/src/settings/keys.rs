//! The keys of a backend file, for the host, which checks them, and for people.

use warden_plugin::{Key, Kind, Schema};

use super::{
    BUSY_TIMEOUT, DB_GROUP, DB_MODE, DB_PATH, DEBUG, FLUSH, JOURNAL_MODE, MAX_RECORDS, MAX_RECORDS_AGE,
    RETENTION_AFTER_FLUSH, TYPE, server,
};

/// Whichever the type, a file may carry the keys of the others along, as v0.3's did.
pub const SCHEMA: Schema = Schema::Closed(&[
    Key::choice(TYPE, "sqlite,mysql,postgres", "where the bans are kept; required"),
    Key::new(Kind::Flag, FLUSH, "end expired bans in long-running use; required, as in CrowdSec v0.3"),
    Key::new(Kind::Count, MAX_RECORDS, "of more bans than these, those that ended first are removed"),
    Key::new(Kind::Duration, MAX_RECORDS_AGE, "bans that ended longer ago are removed"),
    Key::new(Kind::Flag, RETENTION_AFTER_FLUSH, "do so after each write, too").preset("false"),
    Key::new(Kind::Flag, DEBUG, "accepted for CrowdSec's sake").preset("false"),
    Key::new(Kind::Duration, BUSY_TIMEOUT, "how long to wait for other writers").preset("10s"),
    Key::new(Kind::StoreFile, DB_PATH, "sqlite: the file, made with its folder on the first write; required"),
    Key::choice(JOURNAL_MODE, "wal,delete,truncate,persist", "sqlite: of a new file").preset("wal"),
    Key::new(Kind::Text, DB_MODE, "sqlite: the permissions of a new file, in octal; quote them").preset("0600"),
    Key::new(Kind::Text, DB_GROUP, "sqlite: the group of a new file, by name or number"),
    Key::new(Kind::Text, server::DB_HOST, "servers: hosts with commas between them, tried in this order: `db1`, `db1:3306`, `[::1]:3306`, `/path/of/a/socket`"),
    Key::new(Kind::Count, server::DB_PORT, "servers: of the hosts that name none").preset("3306, 5432"),
    Key::new(Kind::Socket, server::DB_SOCKET, "servers: a socket, tried before the hosts (PostgreSQL: the socket, or its folder)"),
    Key::new(Kind::Text, server::DB_USERNAME, "servers: the user; required"),
    Key::new(Kind::Secret, server::DB_PASSWORD, "servers: the user's password"),
    Key::new(Kind::Text, server::DB_NAME, "servers: the database; required"),
    Key::choice(server::TIMEZONE, "utc,local", "mysql: how DATETIME, which has no zone, is written and read; must be set for tables of CrowdSec v0.3").preset("utc"),
    Key::new(Kind::Duration, server::CONNECT_TIMEOUT, "servers: for each host").preset("5s"),
    Key::choice(server::TLS, "disable,prefer,require,verify-ca,verify-full", "servers: whether the connection is encrypted, and what is checked").preset("prefer"),
    Key::new(Kind::Path, server::TLS_CA, "servers: the authorities to trust, and no others").preset("the system's"),
    Key::new(Kind::Path, server::TLS_CERT, "servers: the certificate that says who the client is"),
    Key::new(Kind::SecretFile, server::TLS_KEY, "servers: its private key"),
]);
