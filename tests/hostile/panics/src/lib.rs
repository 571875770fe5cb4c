//! A plugin for the tests: it panics in the call that `at` names, with a payload that panics again when it is dropped if
//! `again` is set.

use std::panic::panic_any;
use std::thread;

use warden_plugin::{
    Backend, Capabilities, Config, Host, Inserted, Query, Result, Rows, Signal, export_backend,
};

struct Panics {
    at: String,
    again: bool,
}

/// A payload that panics when it is dropped.
struct Again;

impl Drop for Again {
    fn drop(&mut self) {
        panic!("and again");
    }
}

impl Panics {
    fn panic(&self, call: &str) {
        if self.at != call {
            return;
        }
        if self.again {
            panic_any(Again);
        }
        panic!("in {call}");
    }
}

impl Backend for Panics {
    const NAME: &'static str = "panics";
    const CAPABILITIES: Capabilities = Capabilities::STORE;
    const QUERIES: bool = true;

    fn init(_host: Host, config: &Config<'_>) -> Result<Self> {
        let plugin =
            Self { at: config.get("at").unwrap_or_default().into(), again: config.flag("again", false)? };
        plugin.panic("init");
        Ok(plugin)
    }

    fn probe(&mut self) -> Result {
        self.panic("probe");
        Ok(())
    }

    fn insert(&mut self, _signal: &Signal<'_>) -> Result<Inserted> {
        self.panic("insert");
        if self.at == "thread" {
            let panics = thread::spawn(|| panic!("in a thread"));
            // That the thread panicked is what is wanted.
            let _ = panics.join();
        }
        Ok(Inserted::default())
    }

    fn read_at(&mut self, _at_us: i64, _rows: &mut Rows<'_>) -> Result {
        self.panic("read_at");
        Ok(())
    }

    fn query(&mut self, _query: &Query<'_>, applied: &mut u32, rows: &mut Rows<'_>) -> Result {
        *applied = u32::MAX;
        self.read_at(0, rows)
    }

    fn delete(&mut self, _target: &str) -> Result<u64> {
        self.panic("delete_target");
        Ok(0)
    }

    fn delete_all(&mut self) -> Result<u64> {
        self.panic("delete_all");
        Ok(0)
    }

    fn flush(&mut self) -> Result {
        self.panic("flush");
        Ok(())
    }

    fn discard(&mut self) -> Result {
        self.panic("discard");
        Ok(())
    }

    fn shutdown(&mut self) -> Result {
        self.panic("shutdown");
        Ok(())
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        self.panic("destroy");
    }
}

export_backend!(Panics);
