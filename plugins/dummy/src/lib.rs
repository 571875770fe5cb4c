//! The smallest backend: it logs each call and stores nothing. Copy it to begin a plugin of your own.

use warden_plugin::{
    Backend, Config, Host, Inserted, Level, Result, Rows, Schema, Signal, export_backend, is_secret,
};

/// What the plugin keeps between calls.
struct Dummy {
    host: Host,
}

impl Dummy {
    fn log(&self, message: impl std::fmt::Display) {
        self.host.log(Level::Info, message);
    }
}

impl Backend for Dummy {
    const NAME: &'static str = "dummy";
    const DESCRIPTION: &'static str = "logs each call and stores nothing";
    // It logs whatever it is given.
    const SCHEMA: Schema = Schema::Open(&[]);

    fn init(host: Host, config: &Config<'_>) -> Result<Self> {
        let dummy = Self { host };
        dummy.log(format_args!("pluginDummy config : map[{}]", shown(config)));
        Ok(dummy)
    }

    fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        self.log(format_args!("insert signal : {signal:?}"));
        Ok(Inserted::default())
    }

    fn read_at(&mut self, at_us: i64, _rows: &mut Rows<'_>) -> Result {
        self.log(format_args!("read at : {at_us}"));
        Ok(())
    }

    fn delete(&mut self, target: &str) -> Result<u64> {
        self.log(format_args!("delete : {target}"));
        Ok(0)
    }

    fn delete_all(&mut self) -> Result<u64> {
        self.log("delete all");
        Ok(0)
    }

    fn flush(&mut self) -> Result {
        self.log("flush");
        Ok(())
    }

    fn start_auto_commit(&mut self) -> Result {
        self.log("start auto commit");
        Ok(())
    }

    fn shutdown(&mut self) -> Result {
        self.log("shutdown");
        Ok(())
    }
}

/// The configuration in key order, as v0.3's log printed it, secrets masked.
fn shown(config: &Config<'_>) -> String {
    let mut pairs: Vec<_> = config.iter().collect();
    pairs.sort_unstable();
    let shown = pairs.into_iter().map(|(key, value)| match is_secret(key) {
        true => format!("{key}:***"),
        false => format!("{key}:{value}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}

export_backend!(Dummy);
