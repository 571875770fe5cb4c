//! The host's side of the plugin ABI: a safe handle with the eight calls. The only `unsafe` of this package.
#![allow(unsafe_code, reason = "the border of the C ABI; each block says who promises what")]

mod callbacks;
mod calls;
mod crash;
mod failing;
mod host;
mod library_path;
pub mod loader;
mod rights;
mod startup;
mod worker;

use std::ffi::CStr;
use std::time::Duration;

use warden_plugin::pack::{OwnedConfig, OwnedQuery, OwnedSignal};
use warden_plugin::{
    Applied, Capabilities, Change, Config, Enforcement, Inserted, Query, Result, Row, Signal,
};

use crate::ui::Ui;
pub use callbacks::is_violation;
use calls::Calls;
pub use failing::Failure;
use host::HostContext;
pub use host::{By, cancel};
pub use loader::Plugin;
pub use rights::forget_environment;
pub use startup::stdout_is_closed;
use worker::{Item, Worker};

/// A running plugin. It may be sent to another thread, and is used by one at a time. The errors of its calls are what the
/// plugin says, or how it broke the contract.
pub struct Instance {
    plugin: Plugin,
    runner: Runner,
}

/// The thread on which the calls are made.
enum Runner {
    /// The caller's.
    Direct(Calls),
    /// The plugin's own, so that a call which does not return can be abandoned.
    Worker(Worker),
}

/// The capabilities by name.
const CAPABILITIES: [(Capabilities, &str); 8] = [
    (Capabilities::STORE, "store"),
    (Capabilities::HISTORY, "history"),
    (Capabilities::ORDERED, "ordered"),
    (Capabilities::TRANSACTIONAL, "transactional"),
    (Capabilities::PERMANENT, "permanent"),
    (Capabilities::RANGES, "ranges"),
    (Capabilities::DURABLE, "durable"),
    (Capabilities::ENFORCES, "enforces"),
];

impl Plugin {
    /// What the plugin can do, by name.
    pub fn capability_names(self) -> Vec<&'static str> {
        CAPABILITIES.iter().filter(|(c, _)| self.capabilities().has(*c)).map(|(_, name)| *name).collect()
    }

    /// Whether it keeps bans or applies them, in words.
    pub fn role(self) -> &'static str {
        let has = |capability| self.capabilities().has(capability);
        match (has(Capabilities::STORE), has(Capabilities::ENFORCES)) {
            (true, true) => "store, enforcer",
            (true, false) => "store",
            (false, true) => "enforcer",
            (false, false) => "none",
        }
    }

    /// What the plugin can do.
    pub fn capabilities(self) -> Capabilities {
        Capabilities::from_bits(self.descriptor.capabilities)
    }

    /// Name, version, description and actions, as the plugin says them.
    pub fn words(self) -> [String; 4] {
        let d = self.descriptor;
        [d.name, d.version, d.description, d.actions].map(|text| {
            // SAFETY: constant data of a plugin that is never unloaded.
            let bytes = unsafe { text.bytes("descriptor") }.unwrap_or(b"?");
            String::from_utf8_lossy(bytes).into_owned()
        })
    }

    /// The actions that it can apply; empty: any.
    pub fn actions(self) -> Vec<String> {
        let [_, _, _, actions] = self.words();
        actions
            .split(',')
            .map(|action| action.trim().to_owned())
            .filter(|action| !action.is_empty())
            .collect()
    }

    /// The versions of the ABI that it is built for.
    pub fn abi(self) -> (u32, u32) {
        (self.descriptor.abi_major, self.descriptor.abi_minor)
    }
}

impl Instance {
    /// Init: starts the plugin. With a `limit`, a call that the plugin does not return from within it has failed, and
    /// so have all that follow.
    pub fn init(
        plugin: Plugin,
        config: &Config<'_>,
        ui: Ui,
        name: &str,
        by: By<'_>,
        limit: Option<Duration>,
    ) -> Result<Self> {
        let host = HostContext::leaked(ui, name, by, config, plugin.schema);
        let runner = match limit {
            None => Runner::Direct(Calls::init(plugin, config, host)?),
            Some(limit) => Runner::Worker(Worker::init(plugin, OwnedConfig::new(config), host, limit)?),
        };
        Ok(Self { plugin, runner })
    }

    /// What the plugin is.
    pub fn plugin(&self) -> Plugin {
        self.plugin
    }

    /// Probe: is the storage fit for a write now?
    pub fn probe(&mut self) -> Result {
        self.simple("probe", Calls::probe)
    }

    /// Insert.
    pub fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        match &mut self.runner {
            Runner::Direct(calls) => calls.insert(signal),
            Runner::Worker(worker) => {
                let signal = OwnedSignal::new(signal);
                worker.call("insert", move |calls| calls.insert(&signal.get()))
            }
        }
    }

    /// `ReadAT`, with the filters and the limit that the plugin offers to honour; answers which. `rows` is told whether
    /// a row's text had to be repaired, and says whether it wants more.
    pub fn read(
        &mut self,
        query: &Query<'_>,
        mut rows: impl FnMut(&Row<'_>, bool, Applied) -> bool,
    ) -> Result {
        match &mut self.runner {
            Runner::Direct(calls) => calls.read(query, rows),
            Runner::Worker(worker) => {
                let query = OwnedQuery::new(query);
                let job = move |calls: &mut Calls, hand: &mut dyn FnMut(Item) -> bool| {
                    calls.read(&query.get(), |row, repaired, applied| hand(Item::row(row, repaired, applied)))
                };
                worker.read("read_at", job, &mut |item| item.with_row(&mut rows))
            }
        }
    }

    /// Counts without rows; `None` when the plugin does not offer them. Answers which filters were honoured.
    pub fn summarise(
        &mut self,
        query: &Query<'_>,
        buckets: &mut dyn FnMut(&str, &str, u64) -> bool,
    ) -> Result<Option<Applied>> {
        match &mut self.runner {
            Runner::Direct(calls) => calls.summarise(query, buckets),
            Runner::Worker(worker) => {
                let query = OwnedQuery::new(query);
                let job = move |calls: &mut Calls, hand: &mut dyn FnMut(Item) -> bool| {
                    calls.summarise(&query.get(), &mut |dimension, value, count| {
                        let (dimension, value) = (dimension.to_owned(), value.to_owned());
                        hand(Item::Count { dimension, value, count })
                    })
                };
                worker.read("summarise", job, &mut |item| match item {
                    Item::Count { dimension, value, count } => buckets(&dimension, &value, count),
                    Item::Row { .. } | Item::Change(_) => true,
                })
            }
        }
    }

    /// Ends the active bans that a query matches; `None` when the plugin does not offer it.
    pub fn delete_where(&mut self, query: &Query<'_>) -> Result<Option<u64>> {
        match &mut self.runner {
            Runner::Direct(calls) => calls.delete_where(query),
            Runner::Worker(worker) => {
                let query = OwnedQuery::new(query);
                worker.call("delete_where", move |calls| calls.delete_where(&query.get()))
            }
        }
    }

    /// Every ban that a target ever had; `None` when the plugin does not offer it.
    pub fn history(
        &mut self,
        target: &str,
        rows: &mut dyn FnMut(&Row<'_>, bool) -> bool,
    ) -> Result<Option<()>> {
        match &mut self.runner {
            Runner::Direct(calls) => calls.history(target, rows),
            Runner::Worker(worker) => {
                let target = target.to_owned();
                let job = move |calls: &mut Calls, hand: &mut dyn FnMut(Item) -> bool| {
                    calls.history(&target, &mut |row, repaired| hand(Item::row(row, repaired, 0)))
                };
                worker.read("history", job, &mut |item| {
                    item.with_row(&mut |row, repaired, _| rows(row, repaired))
                })
            }
        }
    }

    /// The changes that commands made, newest first, those that are undone too, at most `limit`; `None` when the plugin
    /// does not offer undo.
    pub fn changes(&mut self, limit: u64, changes: &mut dyn FnMut(Change) -> bool) -> Result<Option<()>> {
        match &mut self.runner {
            Runner::Direct(calls) => calls.changes(limit, changes),
            Runner::Worker(worker) => {
                let job = move |calls: &mut Calls, hand: &mut dyn FnMut(Item) -> bool| {
                    calls.changes(limit, &mut |change| hand(Item::Change(change)))
                };
                worker.read("changes", job, &mut |item| match item {
                    Item::Change(change) => changes(change),
                    Item::Row { .. } | Item::Count { .. } => true,
                })
            }
        }
    }

    /// The last change that is not undone; the outer `None` when the plugin does not offer undo.
    #[allow(clippy::option_option, reason = "no undo, and nothing to undo, are two things")]
    pub fn last_change(&mut self) -> Result<Option<Option<Change>>> {
        let mut last = None;
        let offered = self.changes(u64::MAX, &mut |change| {
            last = Some(change).filter(|change| !change.undone);
            last.is_none()
        })?;
        Ok(offered.map(|()| last))
    }

    /// Takes the enforcer's lock until flush, discard or shutdown, and tells its state; `None` when the plugin has none.
    pub fn begin(&mut self) -> Result<Option<Enforcement>> {
        self.simple("begin", Calls::begin)
    }

    /// The enforcer's state; `None` when the plugin has none.
    pub fn look(&mut self) -> Result<Option<Enforcement>> {
        self.simple("look", Calls::look)
    }

    /// Undoes a change.
    pub fn undo(&mut self, id: u64) -> Result {
        self.simple("undo", move |calls| calls.undo(id))
    }

    /// Whether an extension is offered.
    pub fn offers(&mut self, id: &'static CStr) -> bool {
        self.simple("get_extension", move |calls| Ok(calls.offers(id))).unwrap_or(false)
    }

    /// Delete: ends every active ban of the target; answers how many.
    pub fn delete(&mut self, target: &str) -> Result<u64> {
        match &mut self.runner {
            Runner::Direct(calls) => calls.delete(target),
            Runner::Worker(worker) => {
                let target = target.to_owned();
                worker.call("delete_target", move |calls| calls.delete(&target))
            }
        }
    }

    /// `DeleteAll`: ends every active ban; answers how many.
    pub fn delete_all(&mut self) -> Result<u64> {
        self.simple("delete_all", Calls::delete_all)
    }

    /// Flush: makes what is pending so.
    pub fn flush(&mut self) -> Result {
        self.simple("flush", Calls::flush)
    }

    /// Drops what is pending.
    pub fn discard(&mut self) -> Result {
        self.simple("discard", Calls::discard)
    }

    /// `StartAutoCommit`.
    pub fn start_auto_commit(&mut self) -> Result {
        self.simple("start_auto_commit", Calls::start_auto_commit)
    }

    /// Shutdown; the instance accepts no other call after it.
    pub fn shutdown(&mut self) -> Result {
        match &self.runner {
            // What was not answered has been reported.
            Runner::Worker(worker) if worker.is_abandoned() => Ok(()),
            _ => self.simple("shutdown", Calls::shutdown),
        }
    }

    /// A call that borrows nothing.
    fn simple<T: Send + 'static>(
        &mut self,
        name: &'static str,
        f: impl FnOnce(&mut Calls) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &mut self.runner {
            Runner::Direct(calls) => f(calls),
            Runner::Worker(worker) => worker.call(name, f),
        }
    }
}
