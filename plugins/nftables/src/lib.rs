//! warden's nftables plugin: bans as drops in the kernel's packet filter, over netlink.
//!
//! Here the plugin's calls are mapped. [`table`] reads, [`pending`] holds what is to be written, [`write`] writes it;
//! [`layout`] says what the table has to look like, and [`nft`] makes it so.

pub mod ban;
mod change;
mod clock;
pub mod comment;
mod layout;
mod lock;
pub mod netlink;
mod nft;
mod pending;
mod query;
mod refusal;
mod sets;
mod settings;
mod table;
mod write;

use std::sync::Arc;

use warden_plugin::{
    Applied, Backend, Capabilities, Config, Enforcement, Error, Host, Inserted, Level, Query, Result, Rows,
    Schema, Signal, Target, abi, export_backend,
};

use ban::ACTION;
use lock::Lock;
use nft::Nft;
use pending::Pending;
use settings::Settings;
use table::Table;
use write::Writer;

/// The backend `nftables`.
pub struct Nftables {
    host: Host,
    settings: Settings,
    nft: Nft,
    table: Table,
    pending: Option<Pending>,
    /// From `begin` to the end of the write that it is for.
    lock: Option<Arc<Lock>>,
    has_noticed: bool,
}

export_backend!(Nftables);

impl Backend for Nftables {
    const NAME: &'static str = "nftables";
    const DESCRIPTION: &'static str = "drops packets of banned addresses and ranges in the kernel";
    const CAPABILITIES: Capabilities = Capabilities::ENFORCES
        .and(Capabilities::TRANSACTIONAL)
        .and(Capabilities::PERMANENT)
        .and(Capabilities::RANGES);
    const SCHEMA: Schema = settings::SCHEMA;
    const ACTIONS: &'static str = ACTION;
    const QUERIES: bool = true;
    const DELETES_WHERE: bool = true;
    const TELLS_STATE: bool = true;

    fn init(host: Host, config: &Config<'_>) -> Result<Self> {
        let settings = Settings::read(config)?;
        let nft = Nft::new(settings.nft_path.clone(), settings.timeout, host);
        let table = Table::new(&settings, host);
        Ok(Self { host, settings, nft, table, pending: None, lock: None, has_noticed: false })
    }

    fn probe(&mut self) -> Result {
        self.writer().probe()
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        if signal.simulation || signal.whitelisted {
            return Ok(self.skip(signal.bans.len() as u64));
        }
        let mut sum = Inserted::default();
        for ban in &signal.bans {
            let target = parsed(ban.target)?;
            let (pending, table) = self.writing()?;
            let one = match ban.action {
                ACTION => pending.insert(table, target, ban, signal)?,
                // What takes its place is nothing that a packet filter can do: so packets pass.
                _ => Inserted { skipped_action: 1, ..pending.end(table, target, ban.source)? },
            };
            sum.inserted += one.inserted;
            sum.replaced += one.replaced;
            sum.replaced_until_us = sum.replaced_until_us.max(one.replaced_until_us);
            sum.skipped_action += one.skipped_action;
        }
        Ok(sum)
    }

    fn read_at(&mut self, at_us: i64, rows: &mut Rows<'_>) -> Result {
        self.read(&Query { at_us, ..Query::default() }, rows)
    }

    /// Who asks for a target, or for what covers an address, gets the answer without a look at the other bans.
    fn query(&mut self, query: &Query<'_>, applied: &mut Applied, rows: &mut Rows<'_>) -> Result {
        // Country and autonomous system are not known here, and who wants no more rows says so.
        *applied = query.wanted() & !(abi::Q_COUNTRY | abi::Q_AS | abi::Q_LIMIT);
        self.read(query, rows)
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        let target = parsed(target)?;
        let (pending, table) = self.writing()?;
        pending.delete(table, target)
    }

    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64> {
        let (pending, table) = self.writing()?;
        pending.delete_where(table, query)
    }

    fn delete_all(&mut self) -> Result<u64> {
        let (pending, table) = self.writing()?;
        pending.delete_all(table)
    }

    fn flush(&mut self) -> Result {
        let flushed = self.write_pending();
        self.lock = None;
        flushed
    }

    fn discard(&mut self) -> Result {
        (self.pending, self.lock) = (None, None);
        Ok(())
    }

    fn shutdown(&mut self) -> Result {
        self.discard()
    }

    fn begin(&mut self) -> Result<Enforcement> {
        self.lock = Some(self.table.lock()?);
        let state = self.writer().state();
        if state.is_err() {
            self.lock = None;
        }
        state
    }

    fn look(&mut self) -> Result<Enforcement> {
        self.writer().state()
    }
}

impl Nftables {
    /// The writes that wait for the flush; the first one takes the lock.
    fn writing(&mut self) -> Result<(&mut Pending, &mut Table)> {
        let pending = match self.pending.take() {
            Some(pending) => pending,
            None => Pending::begin(&mut self.table)?,
        };
        Ok((self.pending.insert(pending), &mut self.table))
    }

    /// With nothing to write, what somebody removed of the table is put back all the same.
    fn write_pending(&mut self) -> Result {
        if self.pending.is_none() && self.writer().is_set_up()? {
            return Ok(());
        }
        self.writing()?;
        let Some(pending) = self.pending.take() else { return Ok(()) };
        self.writer().write(pending)
    }

    fn writer(&mut self) -> Writer<'_> {
        Writer { table: &mut self.table, nft: &self.nft, settings: &self.settings, host: self.host }
    }

    /// The bans that a query means and that are active at its instant, as they will be after the flush.
    fn read(&mut self, query: &Query<'_>, rows: &mut Rows<'_>) -> Result {
        let take: table::Take<'_> = &mut |target, _, ban| match ban.is_active(query.at_us) {
            true => ban.push(target, rows),
            false => Ok(()),
        };
        match &self.pending {
            Some(pending) => pending.matching(&mut self.table, query, take),
            None => self.table.matching(query, take),
        }
    }

    /// Leaves out the bans of a signal that is not meant to block anybody. Once it says that it does.
    fn skip(&mut self, bans: u64) -> Inserted {
        if bans > 0 && !self.has_noticed {
            self.has_noticed = true;
            let what = format_args!("orders of simulated or whitelisted signals are skipped");
            self.host.log(Level::Warn, what);
        }
        Inserted { skipped_other: bans, ..Inserted::default() }
    }
}

fn parsed(target: &str) -> Result<Target> {
    Target::parse(target).map_err(|e| Error::invalid(e.to_string()))
}
