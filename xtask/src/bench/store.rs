//! A store of a given size, made by plain SQL: half addresses, some ranges, some IPv6, from three sources.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::build::{self, Profile};

/// A configuration and a database.
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// A store of `size` bans under the target folder.
    pub fn make(size: u64) -> Result<Self> {
        Self::named(&size.to_string(), size)
    }

    /// The same, all but one in ten thousand from the API.
    pub fn from_api(size: u64) -> Result<Self> {
        let store = Self::named(&format!("api-{size}"), size)?;
        store.sql(
            "update ban_applications set measure_source = iif(id % 10000 = 0, 'cli', 'api'); \
             pragma wal_checkpoint(truncate);",
        )?;
        Ok(store)
    }

    /// The same, in a folder of this name.
    pub fn named(name: &str, size: u64) -> Result<Self> {
        let store = Self { dir: build::target()?.join("bench").join(name) };
        let _ = fs::remove_dir_all(&store.dir);
        configure(&store.dir, "type: sqlite\n  db_path: ./warden.db")?;
        // warden makes its own tables and indexes.
        let made = store.warden(&["ban", "add", "ip", "203.0.113.1", "1h", "first"])?.status()?;
        ensure!(made.success(), "warden could not make {}", store.dir.display());
        store.fill(size)?;
        Ok(store)
    }

    /// warden on this store.
    pub fn warden(&self, args: &[&str]) -> Result<Command> {
        warden(&self.dir, args)
    }

    /// The sqlite3 shell on this store's file.
    pub fn sqlite(&self, args: &[&str]) -> Command {
        let mut command = Command::new("sqlite3");
        command.args(args).arg(self.file()).stdin(Stdio::null());
        command
    }

    pub fn file(&self) -> PathBuf {
        self.dir.join("warden.db")
    }

    /// Runs SQL.
    pub fn sql(&self, text: &str) -> Result<()> {
        let mut shell =
            Command::new("sqlite3").arg(self.file()).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        shell.stdin.take().context("no pipe")?.write_all(text.as_bytes())?;
        ensure!(shell.wait()?.success(), "sqlite3 failed");
        Ok(())
    }

    fn fill(&self, size: u64) -> Result<()> {
        self.sql(&format!(
            "delete from ban_applications; delete from signal_occurences; delete from warden_changes;
             begin;
             create temp table n as with recursive n(i) as (select 1 union all select i + 1 from n where i < {size})
               select i, 1694498816 + i as low, 0 as high, printf('%d.%d.%d.%d', 101 + (i >> 24), i >> 16 & 255, i >> 8 & 255, i & 255) as ip
               from n where {size} > 0;
             update n set low = null, ip = printf('2001:db8:%x:%x::7', i >> 16, i & 65535 | 1) where i % 20 = 0;
             update n set low = ((11 + (i >> 16) % 90) << 24) + ((i & 65535) << 8), high = 255,
               ip = printf('%d.%d.%d.0/24', 11 + (i >> 16) % 90, i >> 8 & 255, i & 255) where i % 50 = 1;
             insert into signal_occurences select i, '2026-11-24 01:00:00+00:00', '2026-11-24 01:00:00+00:00', null, '',
               'crowdsecurity/ssh-bf', '', '', 1 + i % 7, '2026-11-24 01:00:00+00:00', '2026-11-24 01:00:00+00:00', ip, '',
               '16276', 'OVH SAS', 'FR', 0, 0, '', 0, 0, 0 from n;
             insert into ban_applications select i, '2026-11-24 01:00:00+00:00', '2026-11-24 01:00:00+00:00', null,
               case i % 3 when 0 then 'api' when 1 then 'local' else 'cli' end, 'ban', '', '2036-11-24 01:00:00+00:00', low, low + high,
               'FR', 16276, 'OVH SAS', ip, 'crowdsecurity/ssh-bf', '', i from n;
             commit; pragma wal_checkpoint(truncate);"
        ))
    }
}

/// Writes a configuration with the database backend, as `engine` says.
pub fn configure(dir: &Path, engine: &str) -> Result<()> {
    fs::create_dir_all(dir.join("backend"))?;
    fs::write(dir.join("warden.yaml"), "plugin:\n  backend: ./backend\n")?;
    let plugin = build::artifacts(Profile::Release)?.join("libdatabase.so");
    let backend = format!("name: database\npath: {}\nconfig:\n  flush: true\n  {engine}\n", plugin.display());
    Ok(fs::write(dir.join("backend/database.yaml"), backend)?)
}

/// warden on a configuration.
pub fn warden(dir: &Path, args: &[&str]) -> Result<Command> {
    let mut command = Command::new(build::artifacts(Profile::Release)?.join("warden"));
    command.arg("-c").arg(dir.join("warden.yaml")).args(args).stdin(Stdio::null());
    Ok(command)
}
