//! warden's nftables plugin: bans as drops in the kernel's packet filter, through `nft -j`.
//!
//! Here the plugin's calls are mapped; [`ledger`] holds the bans, [`plan`] makes commands of them, [`nft`] runs them.

mod clock;
mod command;
mod comment;
mod filter;
mod held;
mod kernel;
mod layout;
mod ledger;
mod listing;
mod lock;
mod nft;
mod pending;
mod pieces;
mod plan;
mod settings;

use warden_plugin::{
    Backend, Ban, Capabilities, Config, Error, Host, Inserted, Level, Query, Result, Rows, Signal, Target,
    export_backend,
};

use clock::Clock;
use held::{ACTION, Held};
use kernel::Kernel;
use lock::Lock;
use nft::Nft;
use pending::Pending;
use settings::Settings;

/// The backend `nftables`.
pub struct Nftables {
    host: Host,
    settings: Settings,
    kernel: Kernel,
    pending: Option<Pending>,
    has_noticed: bool,
}

export_backend!(Nftables);

impl Backend for Nftables {
    const NAME: &'static str = "nftables";
    const DESCRIPTION: &'static str = "drops packets of banned addresses and ranges in the kernel";
    const CAPABILITIES: Capabilities =
        Capabilities::TRANSACTIONAL.and(Capabilities::PERMANENT).and(Capabilities::RANGES);
    const ACTIONS: &'static str = ACTION;
    const DELETES_WHERE: bool = true;

    fn init(host: Host, config: &Config<'_>) -> Result<Self> {
        let settings = Settings::read(config)?;
        let nft = Nft::new(settings.nft_path.clone(), settings.timeout, host);
        let kernel = Kernel { names: settings.names.clone(), nft, clock: Clock::new(host) };
        Ok(Self { host, settings, kernel, pending: None, has_noticed: false })
    }

    fn probe(&mut self) -> Result {
        let layout = layout::commands(&self.settings, &self.kernel.nft)?;
        Ok(self.kernel.nft.check(&command::batch(layout))?)
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        let mut sum = Inserted::default();
        for ban in self.enforceable(signal) {
            let target = parsed(ban.target)?;
            let (pending, kernel) = self.writing()?;
            let one = pending.insert(kernel, target, Held::of(ban, signal))?;
            sum.inserted += one.inserted;
            sum.replaced += one.replaced;
            sum.replaced_until_us = sum.replaced_until_us.max(one.replaced_until_us);
        }
        Ok(sum)
    }

    fn read_at(&mut self, at_us: i64, rows: &mut Rows<'_>) -> Result {
        match &mut self.pending {
            Some(pending) => pending.read_at(&self.kernel, at_us, rows),
            None => self.kernel.read_at(at_us, rows),
        }
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        let target = parsed(target)?;
        let (pending, kernel) = self.writing()?;
        pending.delete(kernel, target)
    }

    fn delete_where(&mut self, query: &Query<'_>) -> Result<u64> {
        let (pending, kernel) = self.writing()?;
        pending.delete_where(kernel, query)
    }

    fn delete_all(&mut self) -> Result<u64> {
        let (pending, kernel) = self.writing()?;
        pending.delete_all(kernel)
    }

    /// With nothing to write, what somebody removed of the table is put back all the same.
    fn flush(&mut self) -> Result {
        if let Some(pending) = self.pending.take() {
            return pending.commit(&self.kernel, &self.settings);
        }
        let layout = layout::commands(&self.settings, &self.kernel.nft)?;
        Ok(self.kernel.nft.apply(&command::batch(layout))?)
    }

    fn discard(&mut self) -> Result {
        self.pending = None;
        Ok(())
    }

    fn shutdown(&mut self) -> Result {
        self.discard()
    }
}

impl Nftables {
    /// The writes that wait for the flush; the first one takes the lock.
    fn writing(&mut self) -> Result<(&mut Pending, &Kernel)> {
        let pending = match self.pending.take() {
            Some(pending) => pending,
            None => self.begin()?,
        };
        Ok((self.pending.insert(pending), &self.kernel))
    }

    fn begin(&self) -> Result<Pending> {
        let lock = Lock::take(&self.settings.lock_path, self.settings.lock_timeout, self.host)?;
        Pending::begin(&self.kernel, lock)
    }

    /// The bans of a signal that a packet filter can apply. Once it says that it skips others.
    fn enforceable<'s, 'a>(&mut self, signal: &'s Signal<'a>) -> Vec<&'s Ban<'a>> {
        let is_real = !signal.simulation && !signal.whitelisted;
        let (kept, skipped): (Vec<_>, Vec<_>) =
            signal.bans.iter().partition(|ban| is_real && ban.action == ACTION);
        if let Some(ban) = skipped.first().filter(|_| !self.has_noticed) {
            self.has_noticed = true;
            let what = if is_real { ban.action } else { "simulated or whitelisted" };
            self.host.log(Level::Warn, format_args!("nftables can only `ban`: `{what}` orders are skipped"));
        }
        kept
    }
}

fn parsed(target: &str) -> Result<Target> {
    Target::parse(target).map_err(|e| Error::invalid(e.to_string()))
}
