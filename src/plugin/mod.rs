//! The host's side of the plugin ABI: a safe handle with the eight calls. The only `unsafe` of this package.
#![allow(unsafe_code, reason = "the border of the C ABI; each block says who promises what")]

mod apart;
mod calls;
mod crash;
mod failing;
mod gate;
mod host;
mod kept;
pub mod loader;

use std::ffi::CStr;
use std::time::Duration;

use warden_plugin::{Applied, Capabilities, Change, Config, Inserted, Query, Result, Row, Signal};

use crate::ui::Ui;
use apart::{Apart, Item};
use calls::Calls;
pub use failing::Failure;
pub use gate::is_breach;
use host::Desk;
pub use host::{By, cancel};
use kept::{Kept, KeptConfig};
pub use loader::Plugin;

/// A running plugin. It may be sent to another thread, and is used by one at a time.
pub struct Instance {
    plugin: Plugin,
    runs: Runs,
}

/// Where the calls are made.
enum Runs {
    /// On the caller's thread.
    Here(Calls),
    /// On a thread of the plugin's own, so that a call which does not return can be left behind.
    Apart(Apart),
}

impl Plugin {
    /// What the plugin can do.
    #[must_use]
    pub fn capabilities(self) -> Capabilities {
        Capabilities::from_bits(self.descriptor.capabilities)
    }

    /// Name, version, description and actions, as the plugin says them.
    #[must_use]
    pub fn words(self) -> [String; 4] {
        let d = self.descriptor;
        [d.name, d.version, d.description, d.actions].map(|text| {
            // SAFETY: constant data of a plugin that is never unloaded.
            let bytes = unsafe { text.bytes("descriptor") }.unwrap_or(b"?");
            String::from_utf8_lossy(bytes).into_owned()
        })
    }

    /// The actions that it can apply; empty: any.
    #[must_use]
    pub fn actions(self) -> Vec<String> {
        let [_, _, _, actions] = self.words();
        actions
            .split(',')
            .map(|action| action.trim().to_owned())
            .filter(|action| !action.is_empty())
            .collect()
    }

    /// The versions of the ABI that it is built for.
    #[must_use]
    pub fn abi(self) -> (u32, u32) {
        (self.descriptor.abi_major, self.descriptor.abi_minor)
    }
}

impl Instance {
    /// Init: starts the plugin. With a `limit`, a call that the plugin does not return from within it has failed, and
    /// so have all that follow.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn init(
        plugin: Plugin,
        config: &Config<'_>,
        ui: Ui,
        name: &str,
        by: By<'_>,
        limit: Option<Duration>,
    ) -> Result<Self> {
        let desk = Desk::leaked(ui, name, by, config);
        let runs = match limit {
            None => Runs::Here(Calls::init(plugin, config, desk)?),
            Some(limit) => Runs::Apart(Apart::init(plugin, KeptConfig::new(config), desk, limit)?),
        };
        Ok(Self { plugin, runs })
    }

    /// What the plugin is.
    #[must_use]
    pub fn plugin(&self) -> Plugin {
        self.plugin
    }

    /// Probe: is the storage fit for a write now?
    ///
    /// # Errors
    /// What the plugin says.
    pub fn probe(&mut self) -> Result {
        self.simple("probe", Calls::probe)
    }

    /// Insert.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        match &mut self.runs {
            Runs::Here(calls) => calls.insert(signal),
            Runs::Apart(apart) => {
                let kept = Kept::signal(signal);
                apart.call("insert", move |calls| calls.insert(kept.get()))
            }
        }
    }

    /// `ReadAT`, with the filters and the limit that the plugin offers to honour; answers which. `rows` is told whether
    /// a row's text had to be repaired, and says whether it wants more.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn read(
        &mut self,
        query: &Query<'_>,
        mut rows: impl FnMut(&Row<'_>, bool, Applied) -> bool,
    ) -> Result {
        match &mut self.runs {
            Runs::Here(calls) => calls.read(query, rows),
            Runs::Apart(apart) => {
                let kept = Kept::query(query);
                let job = move |calls: &mut Calls, hand: &mut dyn FnMut(Item) -> bool| {
                    calls.read(kept.get(), |row, repaired, applied| hand(Item::row(row, repaired, applied)))
                };
                apart.read("read_at", job, &mut |item| item.with_row(&mut rows))
            }
        }
    }

    /// Counts without rows; `None` when the plugin does not offer them. Answers which filters were honoured.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn summarise(
        &mut self,
        query: &Query<'_>,
        buckets: &mut dyn FnMut(&str, &str, u64) -> bool,
    ) -> Result<Option<Applied>> {
        match &mut self.runs {
            Runs::Here(calls) => calls.summarise(query, buckets),
            Runs::Apart(apart) => {
                let kept = Kept::query(query);
                let job = move |calls: &mut Calls, hand: &mut dyn FnMut(Item) -> bool| {
                    calls.summarise(kept.get(), &mut |dimension, value, count| {
                        hand(Item::Count(dimension.to_owned(), value.to_owned(), count))
                    })
                };
                apart.read("summarise", job, &mut |item| match item {
                    Item::Count(dimension, value, count) => buckets(&dimension, &value, count),
                    Item::Row(..) => true,
                })
            }
        }
    }

    /// Ends the active bans that a query matches; `None` when the plugin does not offer it.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn delete_where(&mut self, query: &Query<'_>) -> Result<Option<u64>> {
        match &mut self.runs {
            Runs::Here(calls) => calls.delete_where(query),
            Runs::Apart(apart) => {
                let kept = Kept::query(query);
                apart.call("delete_where", move |calls| calls.delete_where(kept.get()))
            }
        }
    }

    /// Every ban that a target ever had; `None` when the plugin does not offer it.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn history(
        &mut self,
        target: &str,
        rows: &mut dyn FnMut(&Row<'_>, bool) -> bool,
    ) -> Result<Option<()>> {
        match &mut self.runs {
            Runs::Here(calls) => calls.history(target, rows),
            Runs::Apart(apart) => {
                let target = target.to_owned();
                let job = move |calls: &mut Calls, hand: &mut dyn FnMut(Item) -> bool| {
                    calls.history(&target, &mut |row, repaired| hand(Item::row(row, repaired, 0)))
                };
                apart.read("history", job, &mut |item| {
                    item.with_row(&mut |row, repaired, _| rows(row, repaired))
                })
            }
        }
    }

    /// The last change that was not taken back; the outer `None` when the plugin does not offer undo.
    ///
    /// # Errors
    /// What the plugin says.
    #[allow(clippy::option_option, reason = "no undo, and nothing to undo, are two things")]
    pub fn last_change(&mut self) -> Result<Option<Option<Change>>> {
        self.simple("last", Calls::last_change)
    }

    /// Takes a change back.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn undo(&mut self, id: u64) -> Result {
        self.simple("undo", move |calls| calls.undo(id))
    }

    /// Whether an extension is offered.
    #[must_use]
    pub fn offers(&mut self, id: &'static CStr) -> bool {
        self.simple("get_extension", move |calls| Ok(calls.offers(id))).unwrap_or(false)
    }

    /// Delete: ends every active ban of the target; answers how many.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn delete(&mut self, target: &str) -> Result<u64> {
        match &mut self.runs {
            Runs::Here(calls) => calls.delete(target),
            Runs::Apart(apart) => {
                let target = target.to_owned();
                apart.call("delete_target", move |calls| calls.delete(&target))
            }
        }
    }

    /// `DeleteAll`: ends every active ban; answers how many.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn delete_all(&mut self) -> Result<u64> {
        self.simple("delete_all", Calls::delete_all)
    }

    /// Flush: makes what is pending so.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn flush(&mut self) -> Result {
        self.simple("flush", Calls::flush)
    }

    /// Drops what is pending.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn discard(&mut self) -> Result {
        self.simple("discard", Calls::discard)
    }

    /// `StartAutoCommit`.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn start_auto_commit(&mut self) -> Result {
        self.simple("start_auto_commit", Calls::start_auto_commit)
    }

    /// Shutdown; the instance accepts no other call after it.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn shutdown(&mut self) -> Result {
        match &self.runs {
            // What was not answered has been reported.
            Runs::Apart(apart) if apart.is_lost() => Ok(()),
            _ => self.simple("shutdown", Calls::shutdown),
        }
    }

    /// A call that borrows nothing.
    fn simple<T: Send + 'static>(
        &mut self,
        name: &'static str,
        f: impl FnOnce(&mut Calls) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &mut self.runs {
            Runs::Here(calls) => f(calls),
            Runs::Apart(apart) => apart.call(name, f),
        }
    }
}
