//! The calls themselves, made on the calling thread. What happens when one does not return is not here: see `worker`.

use std::ffi::{CStr, c_void};

use warden_plugin::convert::{Growing, read_sized, size};
use warden_plugin::{
    Applied, Change, Config, Enforcement, Error, ErrorKind, Inserted, Level, Query, Result, Row, Signal, abi,
};

use super::callbacks::{self, Callbacks};
use super::crash;
use super::host::HostContext;
use super::loader::Plugin;

/// A running plugin. It may be sent to another thread, and is used by one at a time.
pub struct Calls {
    plugin: Plugin,
    self_: *mut c_void,
    callbacks: &'static Callbacks,
    host: &'static HostContext,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// Only `destroy` is accepted now.
    Ended,
}

// SAFETY: the header: an instance may be called from different threads, never by two at once; `&mut self` sees to it.
unsafe impl Send for Calls {}

impl Calls {
    /// Init: starts the plugin.
    pub fn init(plugin: Plugin, config: &Config<'_>, host: &'static HostContext) -> Result<Self> {
        let callbacks = Callbacks::leaked(host.backend());
        let pairs: Vec<_> = (config.iter())
            .map(|(key, value)| abi::Pair { key: abi::Str::new(key), value: abi::Str::new(value) })
            .collect();
        let mut self_ = std::ptr::null_mut();
        let init = plugin.calls.init.ok_or_else(missing)?;
        let table = host.table();
        // SAFETY: the host's table is never freed; pairs and the place for the pointer outlive the call.
        let result = callbacks
            .call("init", |err| unsafe { init(table, pairs.as_ptr(), pairs.len(), &raw mut self_, err) });
        result.map_err(|e| host.masked(e))?;
        Ok(Self { plugin, self_, callbacks, host, state: State::Running })
    }

    /// Probe: is the storage fit for a write now?
    pub fn probe(&mut self) -> Result {
        self.simple("probe", self.plugin.calls.probe)
    }

    /// Insert.
    pub fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        let insert = self.plugin.calls.insert.ok_or_else(missing)?;
        let mut done = abi::Inserted {
            struct_size: size::<abi::Inserted>(),
            reserved: 0,
            inserted: 0,
            replaced: 0,
            replaced_until_us: 0,
            skipped_action: 0,
            skipped_other: 0,
        };
        signal.with_abi(|signal| {
            self.call("insert", |self_, err| {
                // SAFETY: an instance that `init` made; the signal and the place for the answer outlive the call.
                unsafe { insert(self_, signal, &raw mut done, err) }
            })
        })?;
        Ok(Inserted {
            inserted: plausible("insert", done.inserted)?,
            replaced: plausible("insert", done.replaced)?,
            // No honest end lies before the epoch.
            replaced_until_us: done.replaced_until_us.max(0),
            skipped_action: plausible("insert", done.skipped_action)?,
            skipped_other: plausible("insert", done.skipped_other)?,
        })
    }

    /// `ReadAT`, with the filters and the limit that the plugin offers to honour; answers which. `rows` is told whether
    /// a row's text had to be repaired, and says whether it wants more.
    pub fn read(
        &mut self,
        query: &Query<'_>,
        mut rows: impl FnMut(&Row<'_>, bool, Applied) -> bool,
    ) -> Result {
        let mut applied: Applied = 0;
        let place = &raw mut applied;
        // SAFETY: the plugin sets the bits before its first row, on this thread; nobody else writes them.
        let mut take = |row: &Row<'_>, repaired: bool| rows(row, repaired, unsafe { *place });
        if let Some(read) = self.extension::<abi::ExtQuery>(abi::EXT_QUERY).and_then(|ext| ext.read) {
            return query.with_abi(|query| {
                self.with_rows("read", &mut take, |self_, sink, err| {
                    // SAFETY: an instance that `init` made; query, sink and the place for the bits outlive the call.
                    unsafe { read(self_, query, place, sink, err) }
                })
            });
        }
        let read_at = self.plugin.calls.read_at.ok_or_else(missing)?;
        self.with_rows("read_at", &mut take, |self_, sink, err| {
            // SAFETY: an instance that `init` made; the sink outlives the call.
            unsafe { read_at(self_, query.at_us, sink, err) }
        })
    }

    /// Counts without rows; `None` when the plugin does not offer them. Answers which filters were honoured.
    pub fn summarise(
        &mut self,
        query: &Query<'_>,
        buckets: &mut dyn FnMut(&str, &str, u64) -> bool,
    ) -> Result<Option<Applied>> {
        let summarise = self.extension::<abi::ExtSummary>(abi::EXT_SUMMARY).and_then(|ext| ext.summarise);
        let Some(summarise) = summarise else { return Ok(None) };
        let mut applied: Applied = 0;
        let (callbacks, self_) = (self.callbacks, self.running()?);
        let result = query.with_abi(|query| {
            callbacks.count("summarise", buckets, |ctx, bucket, err| {
                // SAFETY: an instance that `init` made; query and the place for the bits outlive the call.
                unsafe { summarise(self_, query, &raw mut applied, ctx, bucket, err) }
            })
        });
        self.noted(result)?;
        Ok(Some(applied))
    }

    /// Ends the active bans that a query matches; `None` when the plugin does not offer it.
    pub fn delete_where(&mut self, query: &Query<'_>) -> Result<Option<u64>> {
        let ext = self.extension::<abi::ExtDeleteWhere>(abi::EXT_DELETE_WHERE);
        let Some(delete) = ext.and_then(|ext| ext.delete_where) else { return Ok(None) };
        let mut deleted = 0;
        let ended = query.with_abi(|query| {
            self.call("delete_where", |self_, err| {
                // SAFETY: an instance that `init` made; query and the place for the count outlive the call.
                unsafe { delete(self_, query, &raw mut deleted, err) }
            })
        });
        match offered(ended)? {
            Some(()) => plausible("delete_where", deleted).map(Some),
            None => Ok(None),
        }
    }

    /// Every ban that a target ever had; `None` when the plugin does not offer it.
    pub fn history(
        &mut self,
        target: &str,
        rows: &mut dyn FnMut(&Row<'_>, bool) -> bool,
    ) -> Result<Option<()>> {
        let ext = self.extension::<abi::ExtHistory>(abi::EXT_HISTORY);
        let Some(read) = ext.and_then(|ext| ext.read) else { return Ok(None) };
        let target = abi::Str::new(target);
        offered(self.with_rows("history", rows, |self_, sink, err| {
            // SAFETY: an instance that `init` made; text and sink outlive the call.
            unsafe { read(self_, target, sink, err) }
        }))
    }

    /// The changes that commands made, newest first, at most `limit`; `None` when the plugin does not offer undo.
    pub fn changes(&mut self, limit: u64, changes: &mut dyn FnMut(Change) -> bool) -> Result<Option<()>> {
        let ext = self.extension::<abi::ExtUndo>(abi::EXT_UNDO);
        let Some(list) = ext.and_then(|ext| ext.changes) else { return Ok(None) };
        let (callbacks, self_) = (self.callbacks, self.running()?);
        let result = callbacks.changes("changes", changes, |ctx, change, err| {
            // SAFETY: an instance that `init` made.
            unsafe { list(self_, limit, ctx, change, err) }
        });
        offered(self.noted(result))
    }

    /// Undoes a change.
    pub fn undo(&mut self, id: u64) -> Result {
        let ext = self.extension::<abi::ExtUndo>(abi::EXT_UNDO);
        let undo = ext.and_then(|ext| ext.undo).ok_or_else(missing)?;
        // SAFETY: an instance that `init` made.
        self.call("undo", |self_, err| unsafe { undo(self_, id, err) })
    }

    /// Takes the enforcer's lock until flush, discard or shutdown, and tells its state; `None` when the plugin has none.
    pub fn begin(&mut self) -> Result<Option<Enforcement>> {
        self.state_by("begin", |ext| ext.begin)
    }

    /// The enforcer's state; `None` when the plugin has none.
    pub fn look(&mut self) -> Result<Option<Enforcement>> {
        self.state_by("look", |ext| ext.look)
    }

    fn state_by(
        &mut self,
        name: &'static str,
        function: fn(abi::ExtEnforce) -> abi::TellState,
    ) -> Result<Option<Enforcement>> {
        let Some(tell) = self.extension(abi::EXT_ENFORCE).and_then(function) else { return Ok(None) };
        let mut state =
            abi::Enforcement { struct_size: size::<abi::Enforcement>(), flags: 0, dropped_packets: 0 };
        // SAFETY: an instance that `init` made; the place for the answer outlives the call.
        let told = self.call(name, |self_, err| unsafe { tell(self_, &raw mut state, err) });
        Ok(offered(told)?.map(|()| Enforcement::from_abi(&state)))
    }

    /// Whether an extension is offered.
    pub fn offers(&mut self, id: &CStr) -> bool {
        !self.extension_pointer(id).is_null()
    }

    /// Delete: ends every active ban of the target; answers how many.
    pub fn delete(&mut self, target: &str) -> Result<u64> {
        let delete = self.plugin.calls.delete_target.ok_or_else(missing)?;
        let mut deleted = 0;
        let target = abi::Str::new(target);
        // SAFETY: an instance that `init` made; the text and the place for the count outlive the call.
        self.call("delete_target", |self_, err| unsafe { delete(self_, target, &raw mut deleted, err) })?;
        plausible("delete_target", deleted)
    }

    /// `DeleteAll`: ends every active ban; answers how many.
    pub fn delete_all(&mut self) -> Result<u64> {
        let delete_all = self.plugin.calls.delete_all.ok_or_else(missing)?;
        let mut deleted = 0;
        // SAFETY: an instance that `init` made; the place for the count outlives the call.
        self.call("delete_all", |self_, err| unsafe { delete_all(self_, &raw mut deleted, err) })?;
        plausible("delete_all", deleted)
    }

    /// Flush: makes what is pending so.
    pub fn flush(&mut self) -> Result {
        self.simple("flush", self.plugin.calls.flush)
    }

    /// Drops what is pending.
    pub fn discard(&mut self) -> Result {
        self.simple("discard", self.plugin.calls.discard)
    }

    /// `StartAutoCommit`.
    pub fn start_auto_commit(&mut self) -> Result {
        self.simple("start_auto_commit", self.plugin.calls.start_auto_commit)
    }

    /// Shutdown; the instance accepts no other call after it.
    pub fn shutdown(&mut self) -> Result {
        if self.state == State::Ended {
            return Ok(());
        }
        let result = self.simple("shutdown", self.plugin.calls.shutdown);
        self.state = State::Ended;
        result
    }

    fn simple(&mut self, name: &'static str, call: abi::Call) -> Result {
        let call = call.ok_or_else(missing)?;
        // SAFETY: an instance that `init` made.
        self.call(name, |self_, err| unsafe { call(self_, err) })
    }

    /// One call into the plugin.
    fn call(
        &mut self,
        name: &'static str,
        f: impl FnOnce(*mut c_void, *mut abi::Error) -> abi::Status,
    ) -> Result {
        let self_ = self.running()?;
        let result = self.callbacks.call(name, |err| f(self_, err));
        self.noted(result)
    }

    fn with_rows(
        &mut self,
        name: &'static str,
        take: callbacks::RowReader<'_>,
        f: impl FnOnce(*mut c_void, *const abi::Sink, *mut abi::Error) -> abi::Status,
    ) -> Result {
        let self_ = self.running()?;
        let result = self.callbacks.read(name, take, |sink, err| f(self_, sink, err));
        self.noted(result)
    }

    /// The plugin's own pointer, while it accepts calls.
    fn running(&self) -> Result<*mut c_void> {
        match self.state {
            State::Running => Ok(self.self_),
            State::Ended => {
                Err(Error::new(ErrorKind::Panic, "the plugin has ended after an earlier failure"))
            }
        }
    }

    /// Closes a poisoned instance, and keeps secrets out of what the plugin says.
    fn noted<T>(&mut self, result: Result<T>) -> Result<T> {
        if result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Panic) {
            self.state = State::Ended;
        }
        result.map_err(|e| self.host.masked(e))
    }

    /// The table of an extension, if it is offered and as long as its first version.
    fn extension<T: Extension>(&mut self, id: &CStr) -> Option<T> {
        let table = self.extension_pointer(id).cast::<T>();
        // SAFETY: a table of this id starts with its size, and is constant data of a library that is never unloaded
        // (header).
        unsafe { read_sized(table) }.ok()
    }

    fn extension_pointer(&mut self, id: &CStr) -> *const c_void {
        match (self.plugin.calls.get_extension, self.running()) {
            // SAFETY: an instance that `init` made; `id` ends with NUL.
            (Some(extension), Ok(self_)) => crash::during(self.host.backend(), "get_extension", || unsafe {
                extension(self_, id.as_ptr())
            }),
            _ => std::ptr::null(),
        }
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        if let Some(destroy) = self.plugin.calls.destroy {
            // SAFETY: an instance that `init` made; nothing uses it any more.
            crash::during(self.host.backend(), "destroy", || unsafe { destroy(self.self_) });
        }
        // What nobody hears of otherwise: no call follows that could fail with it.
        if let Some(violation) = self.callbacks.take_violation() {
            self.host.log(Level::Warn, &violation);
        }
    }
}

/// Only tables of extensions are looked up by id.
trait Extension: Growing {}
impl Extension for abi::ExtQuery {}
impl Extension for abi::ExtSummary {}
impl Extension for abi::ExtDeleteWhere {}
impl Extension for abi::ExtHistory {}
impl Extension for abi::ExtUndo {}
impl Extension for abi::ExtEnforce {}

/// A count that an honest plugin may answer: sums of such counts do not overflow.
fn plausible(call: &str, count: u64) -> Result<u64> {
    match count {
        0..=0xffff_ffff_ffff => Ok(count),
        _ => Err(callbacks::violation(call, format_args!("{count} is no honest count"))),
    }
}

/// The loader has checked that every call is there.
fn missing() -> Error {
    Error::internal("the plugin lacks a call")
}

/// A call of an extension that answers `Unsupported`, as one of several storages behind a plugin may, is not offered.
fn offered<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}
