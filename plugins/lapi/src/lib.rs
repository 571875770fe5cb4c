//! warden's LAPI plugin: bans as decisions of `CrowdSec`'s Local API, 1.4.6 to today, which its bouncers enforce. Here
//! the plugin's calls are mapped onto a [`Store`](store::Store); what they mean in requests is the store's.

mod client;
mod clock;
mod intern;
mod settings;
mod source;
mod span;
mod store;
mod wire;

use warden_plugin::{
    Applied, Backend, Capabilities, Config, FILTERS, Host, Inserted, Query, Result, Rows, Schema, Signal,
    export_backend,
};

use settings::Settings;
use store::Store;

/// What the fuzz targets read texts with.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    pub use crate::settings::credentials::Credentials;
    pub use crate::wire::{duration, list, time};
}

/// The backend `lapi`.
pub struct Lapi(Store);

export_backend!(Lapi);

impl Backend for Lapi {
    const NAME: &'static str = "lapi";
    const DESCRIPTION: &'static str = "bans as decisions of CrowdSec's Local API";
    const SCHEMA: Schema = settings::SCHEMA;
    // Not transactional: what waits is sent in several requests, and a server that dies between two of them cannot be
    // made to forget the first.
    const CAPABILITIES: Capabilities = Capabilities::STORE
        .and(Capabilities::PERMANENT)
        .and(Capabilities::RANGES)
        .and(Capabilities::DURABLE)
        .and(Capabilities::ENFORCES);
    const QUERIES: bool = true;

    fn init(host: Host, config: &Config<'_>) -> Result<Self> {
        let settings = Settings::read(config)?;
        Ok(Self(Store::new(host, settings)?))
    }

    fn probe(&mut self) -> Result {
        self.0.probe()
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        self.0.insert(signal)
    }

    fn read_at(&mut self, at_us: i64, rows: &mut Rows<'_>) -> Result {
        self.0.read(&Query { at_us, ..Query::default() }, rows)
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        self.0.delete(target)
    }

    fn delete_all(&mut self) -> Result<u64> {
        self.0.delete_all()
    }

    fn flush(&mut self) -> Result {
        self.0.flush()
    }

    fn discard(&mut self) -> Result {
        self.0.discard();
        Ok(())
    }

    fn shutdown(&mut self) -> Result {
        self.0.discard();
        Ok(())
    }

    fn query(&mut self, query: &Query<'_>, applied: &mut Applied, rows: &mut Rows<'_>) -> Result {
        *applied = FILTERS;
        self.0.read(query, rows)
    }
}
