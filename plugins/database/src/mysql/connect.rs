//! Connecting to MySQL: in bounded time, with the TLS that is asked for, with the session set as the SQL here expects.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use mysql::{ClientIdentity, Conn, DriverError, Error as MysqlError, Opts, OptsBuilder, SslOpts};
use warden_plugin::{Error, ErrorKind};

use super::answers;
use super::errors::{cause, fault};
use crate::server::fault::Fault;
use crate::server::tls;
use crate::settings::{Address, Servers, Tls, TlsMode};

/// So long a server may take until the first byte of an answer.
pub const ANSWER: Duration = Duration::from_secs(30);

/// The same for building indexes over a large table.
pub const LONG_ANSWER: Duration = Duration::from_hours(1);

/// So many statements stay prepared: more than one command has.
const STATEMENTS: usize = 32;

/// The largest packet that MySQL's protocol and every server's limit allow for, whatever the server's own limit is.
const PACKET: usize = 16 * 1024 * 1024;

/// Connects, and sets the session.
pub fn connect(servers: &Servers, address: &Address, answer: Duration) -> Result<Conn, Fault> {
    let mode = servers.tls.mode;
    let wants_tls = mode != TlsMode::Disable && matches!(address, Address::Tcp(..));
    if wants_tls {
        // The driver does not say which of its files it cannot use.
        tls::config(&servers.tls)?;
    }
    let mut conn = match bounded(options(servers, address, answer, wants_tls), servers.connect_timeout) {
        Err(Trouble::NoTls) if mode == TlsMode::Prefer => {
            bounded(options(servers, address, answer, false), servers.connect_timeout)
        }
        other => other,
    }
    .map_err(Trouble::into_fault)?;
    answers::run(&mut conn, &session(servers.busy_timeout))?;
    Ok(conn)
}

/// One statement: the driver says nothing of what fails behind the first. No statement commits by itself. Writers see
/// what others committed, and lock no more than the rows that they change; for tables that somebody holds, servers would
/// wait a day. `wsrep_sync_wait` makes a node of a cluster see what any node committed before.
fn session(busy_timeout: Duration) -> String {
    let seconds = busy_timeout.as_secs().max(1);
    format!(
        "SET NAMES utf8mb4, autocommit = 0, sql_mode = 'TRADITIONAL,ONLY_FULL_GROUP_BY', \
         innodb_lock_wait_timeout = {seconds}, \
         lock_wait_timeout = {seconds} \
         /*M! , tx_isolation = 'READ-COMMITTED', wsrep_sync_wait = 7 */ \
         /*!80000 , transaction_isolation = 'READ-COMMITTED' */"
    )
}

/// Why there is no connection.
enum Trouble {
    /// The server has no TLS.
    NoTls,
    /// Anything else.
    Other(Fault),
}

impl Trouble {
    fn into_fault(self) -> Fault {
        match self {
            Self::NoTls => Fault::Failed(
                Error::new(ErrorKind::Unavailable, "the server does not offer TLS")
                    .with_key("tls")
                    .with_hint("set up TLS on the server, or set tls: disable"),
            ),
            Self::Other(fault) => fault,
        }
    }
}

/// The driver bounds the connecting alone; a server that accepts and says nothing would hold it. So it is waited for
/// from outside, and a connection that comes too late is dropped by its thread.
fn bounded(options: Opts, limit: Duration) -> Result<Conn, Trouble> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let _ = sender.send(Conn::new(options));
    });
    match receiver.recv_timeout(limit) {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(error)) => Err(explained(&error)),
        Err(_) => Err(Trouble::Other(Fault::lost(format!("no answer within {limit:?}")))),
    }
}

fn explained(error: &MysqlError) -> Trouble {
    match error {
        MysqlError::DriverError(DriverError::TlsNotSupported) => Trouble::NoTls,
        MysqlError::DriverError(DriverError::ConnectTimeout) => Trouble::Other(Fault::lost("no answer")),
        MysqlError::DriverError(DriverError::CouldNotConnect(Some((_, why, _)))) => {
            Trouble::Other(Fault::lost(why.to_lowercase()))
        }
        MysqlError::DriverError(DriverError::CleartextPluginDisabled) => {
            Trouble::Other(refused_login("mysql_clear_password"))
        }
        MysqlError::DriverError(DriverError::OldMysqlPasswordDisabled) => {
            Trouble::Other(refused_login("mysql_old_password"))
        }
        MysqlError::DriverError(DriverError::UnknownAuthPlugin(name)) => Trouble::Other(refused_login(name)),
        MysqlError::TlsError(_) => Trouble::Other(untrusted(error)),
        MysqlError::DriverError(_) | MysqlError::IoError(_) | MysqlError::CodecError(_) => {
            // rustls's words about a certificate, its own or the server's about the client's.
            let is_about_trust =
                ["peer certificate", "fatal alert"].iter().any(|words| cause(error).contains(words));
            Trouble::Other(if is_about_trust { untrusted(error) } else { Fault::lost(cause(error)) })
        }
        _ => Trouble::Other(fault(error)),
    }
}

fn refused_login(plugin: &str) -> Fault {
    Fault::Failed(
        Error::denied(format!("the server asks for the password with `{plugin}`, which is refused"))
            .with_key("db_username")
            .with_hint(
                "on the server, identify the user with caching_sha2_password or mysql_native_password",
            ),
    )
}

fn untrusted(error: &MysqlError) -> Fault {
    Fault::Failed(
        Error::new(ErrorKind::Denied, format!("the server cannot be trusted: {}", cause(error)))
            .with_key("tls")
            .with_hint("check tls_ca and the name in db_host against the server's certificate"),
    )
}

fn options(servers: &Servers, address: &Address, answer: Duration, wants_tls: bool) -> Opts {
    let (host, port, socket) = match address {
        Address::Tcp(host, port) => (Some(host.clone()), *port, None),
        Address::Socket(path, _) => (None, 0, Some(path.to_string_lossy().into_owned())),
    };
    OptsBuilder::new()
        .ip_or_hostname(host)
        .tcp_port(port)
        .socket(socket)
        // Left alone, the driver looks for a socket behind a loopback address.
        .prefer_socket(false)
        .user(Some(&servers.user))
        .pass(servers.password.as_ref().map(|password| password.as_str()))
        .db_name(Some(&servers.name))
        .tcp_connect_timeout(Some(servers.connect_timeout))
        .read_timeout(Some(answer))
        .write_timeout(Some(ANSWER))
        .tcp_keepalive_time_ms(Some(5000))
        .tcp_keepalive_probe_interval_secs(Some(2))
        .tcp_keepalive_probe_count(Some(3))
        .max_allowed_packet(Some(PACKET))
        .stmt_cache_size(STATEMENTS)
        .ssl_opts(wants_tls.then(|| trust(&servers.tls)))
        .into()
}

fn trust(tls: &Tls) -> SslOpts {
    let identity = tls.identity.clone().map(|(cert, key)| ClientIdentity::new(cert, key));
    let options = SslOpts::default().with_client_identity(identity);
    match tls.mode {
        TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => {
            options.with_danger_accept_invalid_certs(true)
        }
        TlsMode::VerifyCa => {
            options.with_root_cert_path(tls.authorities.clone()).with_danger_skip_domain_validation(true)
        }
        TlsMode::VerifyFull => options.with_root_cert_path(tls.authorities.clone()),
    }
}
