//! What a plugin calls back during a call: to report its error, to hand over rows and counts. What these functions use is
//! never freed, so a plugin that keeps a pointer and uses it after the call, or from another thread, is refused and meets
//! no freed memory.

use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use warden_plugin::convert::{Violation, change_of, size, with_row};
use warden_plugin::{Change, Error, ErrorKind, Result, Row, abi};

use super::crash;

/// A reader of rows; it answers whether it wants more. Told, too, whether text had to be repaired.
pub type RowReader<'a> = &'a mut dyn FnMut(&Row<'_>, bool) -> bool;

/// A reader of counts.
pub type BucketReader<'a> = &'a mut dyn FnMut(&str, &str, u64) -> bool;

/// A reader of changes.
pub type ChangeReader<'a> = &'a mut dyn FnMut(Change) -> bool;

/// The callbacks of one instance.
pub struct Callbacks {
    backend: &'static str,
    /// The thread inside a call, by the address of its marker; 0: none.
    thread: AtomicUsize,
    reported: Mutex<Reported>,
    structs: OnceLock<Structs>,
}

/// What a call hands to the plugin. Not on the stack, for a plugin that keeps the pointer.
struct Structs {
    error: abi::Error,
    sink: abi::Sink,
}

// SAFETY: constant once made; its pointer is to the callbacks, which are never freed.
unsafe impl Send for Structs {}
// SAFETY: as above.
unsafe impl Sync for Structs {}

/// What a plugin reported in the call that is under way, or in the last one.
#[derive(Default)]
struct Reported {
    call: &'static str,
    error: Option<(String, String, String)>,
    /// A violation of the contract stays until it has been reported: it may come after its call.
    violation: Option<String>,
    panic: Option<Box<dyn Any + Send>>,
    stopped: bool,
}

thread_local! {
    /// Its address names the thread.
    static MARKER: u8 = const { 0 };
    /// The reader of the call that is under way on this thread.
    static READER: Cell<Option<Reader>> = const { Cell::new(None) };
}

/// The reader's address, with its lifetime taken away; it is only used while the call that made it is under way.
#[derive(Clone, Copy)]
enum Reader {
    Rows(*mut RowReader<'static>),
    Buckets(*mut BucketReader<'static>),
    Changes(*mut ChangeReader<'static>),
}

/// How the report of a violation begins.
const VIOLATION: &str = "the plugin broke its contract";

/// The report of a violation.
pub fn violation(call: &str, what: impl std::fmt::Display) -> Error {
    Error::internal(format!("{VIOLATION} in `{call}`: {what}"))
}

/// Whether an error is the host's report that the plugin broke its contract.
pub fn is_violation(error: &Error) -> bool {
    error.kind() == ErrorKind::Internal && error.message().starts_with(VIOLATION)
}

/// Longer messages of plugins are cut.
const MAX_MESSAGE: usize = 8 << 10;

impl Callbacks {
    /// Callbacks that live as long as the program.
    pub fn leaked(backend: &'static str) -> &'static Self {
        let (thread, reported, structs) = (AtomicUsize::new(0), Mutex::default(), OnceLock::new());
        Box::leak(Box::new(Self { backend, thread, reported, structs }))
    }

    /// What every call hands to the plugin.
    fn structs(&'static self) -> &'static Structs {
        let ctx = std::ptr::from_ref(self).cast_mut().cast();
        self.structs.get_or_init(|| Structs {
            error: abi::Error { struct_size: size::<abi::Error>(), reserved: 0, ctx, set: Some(set_error) },
            sink: abi::Sink { ctx, row: Some(take_row) },
        })
    }

    /// Makes a call that may report an error.
    pub fn call(&'static self, name: &'static str, f: impl FnOnce(*mut abi::Error) -> abi::Status) -> Result {
        {
            let mut reported = self.reported();
            let violation = reported.violation.take();
            *reported = Reported { call: name, violation, ..Reported::default() };
        }
        let error = &raw const self.structs().error;
        self.thread.store(this_thread(), Ordering::SeqCst);
        let status = crash::during(self.backend, name, || f(error.cast_mut()));
        self.thread.store(0, Ordering::SeqCst);
        self.answer(status)
    }

    /// Makes a call that hands over rows.
    pub fn read(
        &'static self,
        name: &'static str,
        mut rows: RowReader<'_>,
        f: impl FnOnce(*const abi::Sink, *mut abi::Error) -> abi::Status,
    ) -> Result {
        let reader = Reader::Rows((&raw mut rows).cast());
        self.with_reader(name, reader, |err| f(&raw const self.structs().sink, err))
    }

    /// Makes a call that hands over counts.
    pub fn count(
        &'static self,
        name: &'static str,
        mut buckets: BucketReader<'_>,
        f: impl FnOnce(*mut c_void, abi::Bucket, *mut abi::Error) -> abi::Status,
    ) -> Result {
        let reader = Reader::Buckets((&raw mut buckets).cast());
        self.with_reader(name, reader, |err| f(self.structs().error.ctx, Some(take_bucket), err))
    }

    /// Makes a call that hands over changes.
    pub fn changes(
        &'static self,
        name: &'static str,
        mut changes: ChangeReader<'_>,
        f: impl FnOnce(*mut c_void, abi::TakeChange, *mut abi::Error) -> abi::Status,
    ) -> Result {
        let reader = Reader::Changes((&raw mut changes).cast());
        self.with_reader(name, reader, |err| f(self.structs().error.ctx, Some(take_change), err))
    }

    /// A violation of the contract that no call has reported.
    pub fn take_violation(&self) -> Option<String> {
        self.reported().violation.take()
    }

    fn with_reader(
        &'static self,
        name: &'static str,
        reader: Reader,
        f: impl FnOnce(*mut abi::Error) -> abi::Status,
    ) -> Result {
        let outer = READER.replace(Some(reader));
        let result = self.call(name, f);
        READER.set(outer);
        let panicked = self.reported().panic.take();
        if let Some(payload) = panicked {
            panic::resume_unwind(payload);
        }
        result
    }

    /// What a call's status and error come to.
    fn answer(&self, status: abi::Status) -> Result {
        let mut reported = self.reported();
        // A panic outweighs all else: the instance is lost.
        if let Some(violation) = reported.violation.take().filter(|_| status != abi::E_PANIC) {
            return Err(Error::internal(violation));
        }
        match (status, reported.stopped) {
            (abi::STOPPED, false) => Err(Error::internal("the plugin stopped without being asked to")),
            // A success of a kind that a later minor knows is one.
            (abi::OK.., _) => Ok(()),
            _ => Err(error_of(status, reported.error.take())),
        }
    }

    fn reported(&self) -> MutexGuard<'_, Reported> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a violation of the contract; the first one counts.
    fn note_violation(&self, what: impl std::fmt::Display) {
        let mut reported = self.reported();
        let call = reported.call;
        reported.violation.get_or_insert_with(|| format!("{VIOLATION} in `{call}`: {what}"));
    }

    /// Whether a call is under way on this very thread.
    fn is_called_in_time(&self, what: &str) -> bool {
        match self.thread.load(Ordering::SeqCst) {
            0 => {
                self.note_violation(format_args!("{what} after it had returned"));
                false
            }
            thread if thread != this_thread() => {
                self.note_violation(format_args!("{what} from another thread"));
                false
            }
            _ => true,
        }
    }
}

fn this_thread() -> usize {
    MARKER.with(|marker| std::ptr::from_ref(marker).addr())
}

/// The error behind a status that is no success.
fn error_of(status: abi::Status, reported: Option<(String, String, String)>) -> Error {
    let kind = ErrorKind::from_status(status);
    let (message, key, hint) = reported.unwrap_or_default();
    let message = if message.is_empty() { default_message(kind, status) } else { message };
    Error::new(kind, message).with_key(key).with_hint(hint)
}

/// What to say of a plugin that did not say why.
fn default_message(kind: ErrorKind, status: abi::Status) -> String {
    match kind {
        ErrorKind::Config => "the configuration is wrong; the plugin does not say where".into(),
        ErrorKind::Unavailable => "the storage is out of reach; the plugin does not say why".into(),
        ErrorKind::Denied => "permission denied; the plugin does not say by whom".into(),
        ErrorKind::Invalid => "a value was refused; the plugin does not say which".into(),
        ErrorKind::Unsupported => "the plugin does not offer this".into(),
        ErrorKind::Panic => "the plugin panicked".into(),
        ErrorKind::Internal | ErrorKind::Stopped => format!("the plugin failed with status {status}"),
    }
}

/// The callbacks behind a pointer that came back from a plugin.
///
/// # Safety
/// `ctx` is that of [`Structs`].
unsafe fn callbacks<'a>(ctx: *mut c_void) -> &'a Callbacks {
    // SAFETY: the caller's promise; callbacks are never freed.
    unsafe { &*ctx.cast::<Callbacks>() }
}

unsafe extern "C" fn set_error(ctx: *mut c_void, message: abi::Str, key: abi::Str, hint: abi::Str) {
    // SAFETY: the plugin hands back our ctx, as the header says.
    let callbacks = unsafe { callbacks(ctx) };
    if callbacks.is_called_in_time("an error") {
        // SAFETY: the plugin promises the texts for the length of this call.
        let words = unsafe { (copied(message), copied(key), copied(hint)) };
        callbacks.reported().error = Some(words);
    }
}

/// Copies a plugin's words, as far as they can be read.
///
/// # Safety
/// A non-NULL `text` points to its `len` bytes.
unsafe fn copied(text: abi::Str) -> String {
    // SAFETY: the caller's promise.
    let bytes = unsafe { text.bytes("message") }.unwrap_or(b"(unreadable)");
    let cut = &bytes[..bytes.len().min(MAX_MESSAGE)];
    let mut copy = String::from_utf8_lossy(cut).into_owned();
    if cut.len() < bytes.len() {
        copy.push('…');
    }
    copy
}

unsafe extern "C" fn take_row(ctx: *mut c_void, row: *const abi::Row) -> i32 {
    // SAFETY: the plugin hands back our ctx, as the header says.
    let callbacks = unsafe { callbacks(ctx) };
    let Some(Reader::Rows(reader)) = reader(callbacks, "a row") else { return 1 };
    take(callbacks, || {
        // SAFETY: the plugin promises the row for the length of this call. The reader is that of the call under way on
        // this thread (`reader` has checked), so it is alive, and nobody else uses it.
        unsafe { with_row(row, |row, repaired| (*reader)(row, repaired)) }
    })
}

unsafe extern "C" fn take_bucket(ctx: *mut c_void, dimension: abi::Str, value: abi::Str, count: u64) -> i32 {
    // SAFETY: the plugin hands back our ctx, as the header says.
    let callbacks = unsafe { callbacks(ctx) };
    let Some(Reader::Buckets(reader)) = reader(callbacks, "a count") else { return 1 };
    take(callbacks, || {
        // SAFETY: the plugin promises the texts for the length of this call.
        let (dimension, value) = unsafe { (dimension.text("dimension")?, value.bytes("value")?) };
        // SAFETY: as in `take_row`.
        Ok(unsafe { (*reader)(dimension, &String::from_utf8_lossy(value), count) })
    })
}

unsafe extern "C" fn take_change(ctx: *mut c_void, change: *const abi::Change) -> i32 {
    // SAFETY: the plugin hands back our ctx, as the header says.
    let callbacks = unsafe { callbacks(ctx) };
    let Some(Reader::Changes(reader)) = reader(callbacks, "a change") else { return 1 };
    take(callbacks, || {
        // SAFETY: the plugin promises the change for the length of this call.
        let change = unsafe { change_of(change) }?;
        // SAFETY: as in `take_row`.
        Ok(unsafe { (*reader)(change) })
    })
}

/// The reader of the call that is under way on this thread, if it is this one's and nobody said stop.
fn reader(callbacks: &Callbacks, what: &str) -> Option<Reader> {
    if !callbacks.is_called_in_time(what) {
        return None;
    }
    if callbacks.reported().stopped {
        callbacks.note_violation(format_args!("{what} after it was asked to stop"));
        return None;
    }
    let reader = READER.get();
    if reader.is_none() {
        callbacks.note_violation(format_args!("{what}, which it was not asked for"));
    }
    reader
}

/// Hands something to a reader; whatever happens, nothing unwinds into the plugin. 0: more; 1: enough.
fn take(callbacks: &Callbacks, f: impl FnOnce() -> Result<bool, Violation>) -> i32 {
    match panic::catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(true)) => return 0,
        Ok(Ok(false)) => {}
        Ok(Err(violation)) => callbacks.note_violation(violation),
        Err(payload) => callbacks.reported().panic = Some(payload),
    }
    callbacks.reported().stopped = true;
    1
}

#[cfg(test)]
mod tests;
