//! What is written in bulk: a list to import, signals to push, and the rows that the peer imports.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::store::Store;

/// A store that is empty before each run, and what is to be written into it.
pub struct Bulk {
    store: Store,
    size: u64,
}

impl Bulk {
    /// So many addresses in no order, and signals of one neighbour after another.
    pub fn make(size: u64) -> Result<Self> {
        let bulk = Self { store: Store::named(&format!("bulk-{size}"), 0)?, size };
        let mut list = BufWriter::new(fs::File::create(bulk.list())?);
        let mut signals = BufWriter::new(fs::File::create(bulk.signals())?);
        for ip in addresses(size) {
            writeln!(list, "{ip}")?;
        }
        for n in 0..u32::try_from(size)? {
            let ip = std::net::Ipv4Addr::from(FIRST + n);
            writeln!(
                signals,
                r#"{{"scenario":"crowdsecurity/ssh-bf","source_ip":"{ip}","events_count":6}}"#
            )?;
        }
        drop((list, signals));
        bulk.store.sql("vacuum; pragma wal_checkpoint(truncate);")?;
        fs::copy(bulk.store.file(), bulk.empty())?;
        // The peer imports what warden made of the list.
        ensure!(bulk.import()?.status()?.success(), "warden could not import");
        let rows = fs::File::create(bulk.rows())?;
        let mut shell = bulk.store.sqlite(&["-csv"]);
        ensure!(
            shell.arg("select * from ban_applications order by id").stdout(rows).status()?.success(),
            "no rows"
        );
        Ok(bulk)
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Makes the store empty again.
    pub fn reset(&self) -> Result<()> {
        for end in ["-wal", "-shm"] {
            let mut name = self.store.file().into_os_string();
            name.push(end);
            let _ = fs::remove_file(name);
        }
        fs::copy(self.empty(), self.store.file())?;
        Ok(())
    }

    pub fn import(&self) -> Result<Command> {
        let mut command = self.store.warden(&["ban", "import"])?;
        command.arg(self.list());
        Ok(command)
    }

    pub fn sync(&self) -> Result<Command> {
        let mut command = self.store.warden(&["ban", "import", "--sync", "feed"])?;
        command.arg(self.list());
        Ok(command)
    }

    pub fn push(&self) -> Result<Command> {
        let mut command = self.store.warden(&["signal", "push"])?;
        command.arg(self.signals());
        Ok(command)
    }

    /// `.import` of the same rows into the same table and indexes, in one transaction.
    pub fn peer(&self) -> Command {
        let mut shell = self.store.sqlite(&[]);
        let import = format!(".import {} ban_applications", self.rows().display());
        shell.args(["begin", ".mode csv", &import, "commit"]);
        shell
    }

    fn list(&self) -> PathBuf {
        self.store.file().with_extension("txt")
    }

    fn signals(&self) -> PathBuf {
        self.store.file().with_extension("jsonl")
    }

    fn rows(&self) -> PathBuf {
        self.store.file().with_extension("csv")
    }

    fn empty(&self) -> PathBuf {
        self.store.file().with_extension("empty")
    }
}

/// 101.0.0.0.
const FIRST: u32 = 0x6500_0000;

/// So many addresses, each once, scattered.
fn addresses(size: u64) -> impl Iterator<Item = std::net::Ipv4Addr> {
    (0..size).map(move |i| {
        // The factor is a prime that divides no size.
        let n = u32::try_from(i * 7_368_787 % size).unwrap_or(0);
        std::net::Ipv4Addr::from(FIRST + n)
    })
}
