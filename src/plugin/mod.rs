//! The host's side of the plugin ABI: a safe handle with the eight calls. The only `unsafe` of this package.
#![allow(unsafe_code, reason = "the border of the C ABI; each block says who promises what")]

mod gate;
mod host;
pub mod loader;

use std::ffi::{CStr, c_void};

use warden_plugin::convert::size;
use warden_plugin::{
    Applied, Capabilities, Change, Config, Error, ErrorKind, Inserted, Query, Result, Row, Signal, abi,
};

use crate::ui::Ui;
use gate::Gate;
pub use host::{By, cancel};
pub use loader::Plugin;

/// A running plugin. It may be sent to another thread, and is used by one at a time.
pub struct Instance {
    plugin: Plugin,
    self_: *mut c_void,
    gate: &'static Gate,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// Only `destroy` is accepted now.
    Ended,
}

// SAFETY: the header: an instance may be called from different threads, never by two at once; `&mut self` sees to it.
unsafe impl Send for Instance {}

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
    pub fn applies(self, action: &str) -> bool {
        let [_, _, _, actions] = self.words();
        actions.is_empty() || actions.split(',').any(|a| a.trim() == action)
    }

    /// The versions of the ABI that it is built for.
    #[must_use]
    pub fn abi(self) -> (u32, u32) {
        (self.descriptor.abi_major, self.descriptor.abi_minor)
    }
}

impl Instance {
    /// Init: starts the plugin.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn init(plugin: Plugin, config: &Config<'_>, ui: Ui, name: &str, by: By<'_>) -> Result<Self> {
        let host = host::table(ui, name, by);
        let gate = Gate::leaked();
        let pairs: Vec<_> = (config.iter())
            .map(|(key, value)| abi::Pair { key: abi::Str::new(key), value: abi::Str::new(value) })
            .collect();
        let mut self_ = std::ptr::null_mut();
        let init = plugin.calls.init.ok_or_else(missing)?;
        // SAFETY: the host's table is never freed; pairs and the place for the pointer outlive the call.
        gate.call(|err| unsafe { init(host, pairs.as_ptr(), pairs.len(), &raw mut self_, err) })?;
        Ok(Self { plugin, self_, gate, state: State::Running })
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
        self.simple(self.plugin.calls.probe)
    }

    /// Insert.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn insert(&mut self, signal: &Signal<'_>) -> Result<Inserted> {
        let insert = self.plugin.calls.insert.ok_or_else(missing)?;
        let mut done = abi::Inserted {
            struct_size: size::<abi::Inserted>(),
            reserved: 0,
            inserted: 0,
            replaced: 0,
            replaced_until_us: 0,
        };
        signal.with_abi(|signal| {
            self.call(|self_, err| {
                // SAFETY: an instance that `init` made; the signal and the place for the answer outlive the call.
                unsafe { insert(self_, signal, &raw mut done, err) }
            })
        })?;
        Ok(Inserted {
            inserted: done.inserted,
            replaced: done.replaced,
            replaced_until_us: done.replaced_until_us,
        })
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
        let mut applied: Applied = 0;
        let place = &raw mut applied;
        // SAFETY: the plugin sets the bits before its first row, on this thread; nobody else writes them.
        let mut take = |row: &Row<'_>, repaired: bool| rows(row, repaired, unsafe { *place });
        if let Some(ext) = self.extension::<abi::ExtQuery>(abi::EXT_QUERY) {
            if let Some(read) = ext.read {
                let query = query.to_abi();
                return self.with_rows(&mut take, |self_, sink, err| {
                    // SAFETY: an instance that `init` made; query, sink and the place for the bits outlive the call.
                    unsafe { read(self_, &raw const query, place, sink, err) }
                });
            }
        }
        let read_at = self.plugin.calls.read_at.ok_or_else(missing)?;
        self.with_rows(&mut take, |self_, sink, err| {
            // SAFETY: an instance that `init` made; the sink outlives the call.
            unsafe { read_at(self_, query.at_us, sink, err) }
        })
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
        let summarise = self.extension::<abi::ExtSummary>(abi::EXT_SUMMARY).and_then(|ext| ext.summarise);
        let Some(summarise) = summarise else { return Ok(None) };
        let query = query.to_abi();
        let mut applied: Applied = 0;
        let (gate, self_) = (self.gate, self.running()?);
        let result = gate.count(buckets, |ctx, bucket, err| {
            // SAFETY: an instance that `init` made; query and the place for the bits outlive the call.
            unsafe { summarise(self_, &raw const query, &raw mut applied, ctx, bucket, err) }
        });
        self.noted(result)?;
        Ok(Some(applied))
    }

    /// Ends the active bans that a query matches; `None` when the plugin does not offer it.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn delete_where(&mut self, query: &Query<'_>) -> Result<Option<u64>> {
        let ext = self.extension::<abi::ExtDeleteWhere>(abi::EXT_DELETE_WHERE);
        let Some(delete) = ext.and_then(|ext| ext.delete_where) else { return Ok(None) };
        let (query, mut deleted) = (query.to_abi(), 0);
        // SAFETY: an instance that `init` made; query and the place for the count outlive the call.
        self.call(|self_, err| unsafe { delete(self_, &raw const query, &raw mut deleted, err) })?;
        Ok(Some(deleted))
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
        let ext = self.extension::<abi::ExtHistory>(abi::EXT_HISTORY);
        let Some(read) = ext.and_then(|ext| ext.read) else { return Ok(None) };
        let target = abi::Str::new(target);
        self.with_rows(rows, |self_, sink, err| {
            // SAFETY: an instance that `init` made; text and sink outlive the call.
            unsafe { read(self_, target, sink, err) }
        })?;
        Ok(Some(()))
    }

    /// The last change that was not taken back; the outer `None` when the plugin does not offer undo.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn last_change(&mut self) -> Result<Option<Option<Change>>> {
        let ext = self.extension::<abi::ExtUndo>(abi::EXT_UNDO);
        let Some(last) = ext.and_then(|ext| ext.last) else { return Ok(None) };
        let mut raw = abi::Change {
            struct_size: size::<abi::Change>(),
            reserved: 0,
            id: 0,
            at_us: 0,
            added: 0,
            ended: 0,
        };
        let mut words = (String::new(), String::new());
        let ctx = (&raw mut words).cast();
        // SAFETY: an instance that `init` made; the places for the answer outlive the call.
        self.call(|self_, err| unsafe { last(self_, &raw mut raw, ctx, Some(take_words), err) })?;
        let (command, actor) = words;
        let change =
            Change { id: raw.id, at_us: raw.at_us, added: raw.added, ended: raw.ended, command, actor };
        Ok(Some((raw.id != 0).then_some(change)))
    }

    /// Takes a change back.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn undo(&mut self, id: u64) -> Result {
        let ext = self.extension::<abi::ExtUndo>(abi::EXT_UNDO);
        let undo = ext.and_then(|ext| ext.undo).ok_or_else(missing)?;
        // SAFETY: an instance that `init` made.
        self.call(|self_, err| unsafe { undo(self_, id, err) })
    }

    /// Whether an extension is offered.
    #[must_use]
    pub fn offers(&mut self, id: &CStr) -> bool {
        !self.extension_pointer(id).is_null()
    }

    /// Delete: ends every active ban of the target; answers how many.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn delete(&mut self, target: &str) -> Result<u64> {
        let delete = self.plugin.calls.delete_target.ok_or_else(missing)?;
        let mut deleted = 0;
        let target = abi::Str::new(target);
        // SAFETY: an instance that `init` made; the text and the place for the count outlive the call.
        self.call(|self_, err| unsafe { delete(self_, target, &raw mut deleted, err) })?;
        Ok(deleted)
    }

    /// `DeleteAll`: ends every active ban; answers how many.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn delete_all(&mut self) -> Result<u64> {
        let delete_all = self.plugin.calls.delete_all.ok_or_else(missing)?;
        let mut deleted = 0;
        // SAFETY: an instance that `init` made; the place for the count outlives the call.
        self.call(|self_, err| unsafe { delete_all(self_, &raw mut deleted, err) })?;
        Ok(deleted)
    }

    /// Flush: makes what is pending so.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn flush(&mut self) -> Result {
        self.simple(self.plugin.calls.flush)
    }

    /// Drops what is pending.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn discard(&mut self) -> Result {
        self.simple(self.plugin.calls.discard)
    }

    /// `StartAutoCommit`.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn start_auto_commit(&mut self) -> Result {
        self.simple(self.plugin.calls.start_auto_commit)
    }

    /// Shutdown; the instance accepts no other call after it.
    ///
    /// # Errors
    /// What the plugin says.
    pub fn shutdown(&mut self) -> Result {
        if self.state == State::Ended {
            return Ok(());
        }
        let result = self.simple(self.plugin.calls.shutdown);
        self.state = State::Ended;
        result
    }

    fn simple(&mut self, call: abi::Call) -> Result {
        let call = call.ok_or_else(missing)?;
        // SAFETY: an instance that `init` made.
        self.call(|self_, err| unsafe { call(self_, err) })
    }

    /// One call into the plugin.
    fn call(&mut self, f: impl FnOnce(*mut c_void, *mut abi::Error) -> abi::Status) -> Result {
        let self_ = self.running()?;
        let result = self.gate.call(|err| f(self_, err));
        self.noted(result)
    }

    fn with_rows(
        &mut self,
        take: gate::RowReader<'_>,
        f: impl FnOnce(*mut c_void, *const abi::Sink, *mut abi::Error) -> abi::Status,
    ) -> Result {
        let self_ = self.running()?;
        let result = self.gate.read(take, |sink, err| f(self_, sink, err));
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

    /// Closes a poisoned instance.
    fn noted(&mut self, result: Result) -> Result {
        if result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Panic) {
            self.state = State::Ended;
        }
        result
    }

    /// The table of an extension, if it is offered and as long as its first version.
    fn extension<T: Extension>(&mut self, id: &CStr) -> Option<&'static T> {
        let table = self.extension_pointer(id).cast::<T>();
        // SAFETY: a table of this id starts with its size and is constant for as long as the instance lives (header);
        // plugins are never unloaded.
        let size = unsafe { table.cast::<u32>().as_ref() }?;
        // SAFETY: as long as ours, as just checked.
        (*size as usize >= size_of::<T>()).then(|| unsafe { &*table })
    }

    fn extension_pointer(&mut self, id: &CStr) -> *const c_void {
        match (self.plugin.calls.get_extension, self.running()) {
            // SAFETY: an instance that `init` made; `id` ends with NUL.
            (Some(extension), Ok(self_)) => unsafe { extension(self_, id.as_ptr()) },
            _ => std::ptr::null(),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.plugin.calls.destroy {
            // SAFETY: an instance that `init` made; nothing uses it any more.
            unsafe { destroy(self.self_) }
        }
    }
}

/// Only tables of extensions are looked up by id.
trait Extension: 'static {}
impl Extension for abi::ExtQuery {}
impl Extension for abi::ExtSummary {}
impl Extension for abi::ExtDeleteWhere {}
impl Extension for abi::ExtHistory {}
impl Extension for abi::ExtUndo {}

/// Copies the words of a change.
unsafe extern "C" fn take_words(ctx: *mut c_void, command: abi::Str, actor: abi::Str) {
    // SAFETY: the plugin hands back our ctx during the call that lent it, and promises the texts for this call.
    let (place, command, actor) =
        unsafe { (&mut *ctx.cast::<(String, String)>(), command.bytes("command"), actor.bytes("actor")) };
    let copied = |bytes: Result<&[u8], _>| String::from_utf8_lossy(bytes.unwrap_or(b"?")).into_owned();
    *place = (copied(command), copied(actor));
}

/// The loader has checked that every call is there.
fn missing() -> Error {
    Error::internal("the plugin lacks a call")
}
