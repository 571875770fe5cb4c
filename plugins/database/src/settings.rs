//! The plugin's configuration: every value is checked, whether the chosen store uses it or not. Which keys there are, and
//! what a value of each kind is, the host checks by [`SCHEMA`].

mod keys;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use warden_plugin::{Config, Error, Result};

pub use self::keys::SCHEMA;
pub use self::server::{Address, Servers, TIMEZONE, Tls, TlsMode, Zone};

/// What is configured.
#[derive(Debug)]
pub struct Settings {
    /// Where the bans are kept.
    pub store: Store,
    /// What is done to them when nobody asks.
    pub housekeeping: Housekeeping,
}

/// What v0.3's daemon did in the background, and warden's own `retention_after_flush`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Housekeeping {
    /// `flush`: bans whose time is over are ended.
    pub sweeps: bool,
    /// `max_records`: of more bans than these the oldest ended ones are removed.
    pub max_records: Option<u64>,
    /// `max_records_age`: bans that ended longer ago are removed.
    pub max_age: Option<Duration>,
    /// `retention_after_flush`: some of it after each write, where nothing runs in the background.
    pub after_flush: bool,
}

/// Where the bans are kept: `type`.
#[derive(Clone, Debug)]
pub enum Store {
    /// `sqlite`
    Sqlite(SqliteFile),
    /// `mysql`: MySQL, MariaDB, `TiDB`
    Mysql(Servers),
    /// `postgres`: PostgreSQL, `CockroachDB`
    Postgres(Servers),
}

/// The file of `type: sqlite`.
#[derive(Clone, Debug)]
pub struct SqliteFile {
    /// `db_path`, absolute.
    pub path: PathBuf,
    /// `busy_timeout`: how long to wait for another process's lock.
    pub busy_timeout: Duration,
    /// `journal_mode` of a file that is created.
    pub journal_mode: &'static str,
    /// `db_mode`: the permissions of a file that is created.
    pub mode: u32,
    /// `db_group`: the group of a file that is created, by name or number.
    pub group: Option<String>,
}

const TYPE: &str = "type";
const FLUSH: &str = "flush";
const DEBUG: &str = "debug";
const MAX_RECORDS: &str = "max_records";
const MAX_RECORDS_AGE: &str = "max_records_age";
const DB_PATH: &str = "db_path";
const BUSY_TIMEOUT: &str = "busy_timeout";
const JOURNAL_MODE: &str = "journal_mode";
const DB_MODE: &str = "db_mode";
const DB_GROUP: &str = "db_group";
const RETENTION_AFTER_FLUSH: &str = "retention_after_flush";

/// What leaves a crash survivable: `memory` and `off` do not.
const JOURNAL_MODES: [&str; 4] = ["wal", "delete", "truncate", "persist"];

impl Settings {
    /// Reads and checks the map of a backend file.
    ///
    /// # Errors
    /// `Config`, with the key at fault.
    pub fn read(config: &Config<'_>) -> Result<Self> {
        let housekeeping = housekeeping(config)?;
        let file = sqlite_file(config)?;
        let store = match config.required(TYPE)? {
            "sqlite" => {
                config.required(DB_PATH)?;
                Store::Sqlite(file)
            }
            "mysql" => Store::Mysql(Servers::read(config, 3306)?),
            "postgres" => Store::Postgres(Servers::read(config, 5432)?),
            other => {
                return Err(Error::config(TYPE, format!("{TYPE}: `{other}` is not known"))
                    .with_hint("set type: sqlite, mysql or postgres"));
            }
        };
        Ok(Self { store, housekeeping })
    }
}

/// Most commands do none of it, yet a wrong value is an error now, not on the day when somebody relies on it. `flush`
/// had to be there.
fn housekeeping(config: &Config<'_>) -> Result<Housekeeping> {
    config.required(FLUSH)?;
    config.flag(DEBUG, false)?;
    let max_records = config.get(MAX_RECORDS).map(|count| {
        count.parse().map_err(|_| {
            Error::config(MAX_RECORDS, format!("{MAX_RECORDS}: `{count}` is not a number of records"))
        })
    });
    Ok(Housekeeping {
        sweeps: config.flag(FLUSH, false)?,
        max_records: max_records.transpose()?,
        max_age: config.duration(MAX_RECORDS_AGE)?,
        after_flush: config.flag(RETENTION_AFTER_FLUSH, false)?,
    })
}

fn sqlite_file(config: &Config<'_>) -> Result<SqliteFile> {
    Ok(SqliteFile {
        path: PathBuf::from(config.get(DB_PATH).unwrap_or_default()),
        busy_timeout: busy_timeout(config)?,
        journal_mode: journal_mode(config.get(JOURNAL_MODE).unwrap_or("wal"))?,
        mode: mode(config.get(DB_MODE).unwrap_or("0600"))?,
        group: config.get(DB_GROUP).map(ToOwned::to_owned),
    })
}

/// How long to wait for whoever else writes, on every engine.
fn busy_timeout(config: &Config<'_>) -> Result<Duration> {
    Ok(config.duration(BUSY_TIMEOUT)?.unwrap_or(Duration::from_secs(10)))
}

fn journal_mode(text: &str) -> Result<&'static str> {
    JOURNAL_MODES.into_iter().find(|mode| *mode == text).ok_or_else(|| {
        Error::config(
            JOURNAL_MODE,
            format!("{JOURNAL_MODE}: `{text}` is not one of {}", JOURNAL_MODES.join(", ")),
        )
    })
}

/// Permissions in octal, of which the owner must be able to read and write.
fn mode(text: &str) -> Result<u32> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| text.len() <= 4 && mode & !0o666 == 0);
    match mode {
        Some(mode) if mode & 0o600 == 0o600 => Ok(mode),
        _ => Err(Error::config(DB_MODE, format!("{DB_MODE}: `{text}` is not the mode of a file"))
            .with_hint("octal digits such as 0600 or 0640; the owner must be able to read and write")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &'static str)]) -> Result<SqliteFile> {
        let all = [(TYPE, "sqlite"), (FLUSH, "true"), (DB_PATH, "/x.db")];
        let kept = all.into_iter().filter(|(key, _)| !pairs.iter().any(|(other, _)| other == key));
        match Settings::read(&Config::new(kept.chain(pairs.iter().copied()).collect()))?.store {
            Store::Sqlite(file) => Ok(file),
            other => panic!("{other:?}"),
        }
    }

    fn fault(pairs: &[(&'static str, &'static str)]) -> (String, String) {
        let error = read(pairs).unwrap_err();
        assert_eq!(error.kind(), warden_plugin::ErrorKind::Config);
        (error.key().to_owned(), error.message().to_owned())
    }

    #[test]
    fn what_is_not_set_has_a_default() {
        let file = read(&[]).unwrap();
        assert_eq!(file.path, PathBuf::from("/x.db"));
        assert_eq!(file.busy_timeout, Duration::from_secs(10));
        assert_eq!((file.journal_mode, file.mode, file.group), ("wal", 0o600, None));
    }

    #[test]
    fn what_is_set_counts() {
        let file = read(&[
            ("busy_timeout", "1m30s"),
            ("journal_mode", "delete"),
            ("db_mode", "0660"),
            ("db_group", "adm"),
            ("debug", "false"),
            ("max_records", "10000"),
            ("max_records_age", "720h"),
            ("db_host", ""),
            ("db_username", "u"),
            ("db_password", "p"),
            ("db_name", "n"),
        ])
        .unwrap();
        assert_eq!(file.busy_timeout, Duration::from_secs(90));
        assert_eq!((file.journal_mode, file.mode, file.group.as_deref()), ("delete", 0o660, Some("adm")));
    }

    #[test]
    fn what_must_be_set_is_missed_by_name() {
        for key in [TYPE, FLUSH, DB_PATH] {
            assert_eq!(fault(&[(key, "")]), (key.to_owned(), format!("{key} is missing")));
        }
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_key() {
        for (key, value) in [
            (TYPE, "oracle"),
            (FLUSH, "maybe"),
            (DEBUG, "2"),
            (MAX_RECORDS, "many"),
            (MAX_RECORDS, "-1"),
            (MAX_RECORDS_AGE, "1M"),
            (BUSY_TIMEOUT, "10"),
            (JOURNAL_MODE, "off"),
            (DB_MODE, "600 "),
            (DB_MODE, "0400"),
            (DB_MODE, "0777"),
            (DB_MODE, "rw"),
            (DB_MODE, "00600"),
        ] {
            let (at, message) = fault(&[(key, value)]);
            assert_eq!(at, key);
            assert!(message.contains(value), "{message}");
        }
    }

    #[test]
    fn a_value_is_checked_before_the_type() {
        assert_eq!(fault(&[(TYPE, "mysql"), (BUSY_TIMEOUT, "soon")]).0, BUSY_TIMEOUT);
    }

    /// The table tells people what counts when a key is not set; here it does count.
    #[test]
    fn the_presets_of_the_table_are_what_counts() {
        let presets = SCHEMA.keys().iter().filter(|key| !key.preset.is_empty());
        let of_sqlite = presets.filter(|key| !key.help.starts_with("servers:"));
        let set: Vec<_> = of_sqlite.map(|key| (key.name, key.preset)).collect();
        assert_eq!(format!("{:?}", read(&set).unwrap()), format!("{:?}", read(&[]).unwrap()));
    }
}
