//! What a plugin's call may reach back into: the place for its error, and the sink for its rows. A gate is never freed,
//! so a plugin that keeps a pointer and uses it after the call, or from another thread, meets a closed gate and not
//! freed memory.

use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use warden_plugin::convert::{Violation, size, with_row};
use warden_plugin::{Error, ErrorKind, Result, Row, abi};

use super::crash;

/// A reader of rows; it answers whether it wants more. Told, too, whether text had to be repaired.
pub type RowReader<'a> = &'a mut dyn FnMut(&Row<'_>, bool) -> bool;

/// A reader of counts.
pub type BucketReader<'a> = &'a mut dyn FnMut(&str, &str, u64) -> bool;

/// The gate of one instance.
pub struct Gate {
    backend: &'static str,
    /// The thread inside a call, by the address of its marker; 0: closed.
    inside: AtomicUsize,
    said: Mutex<Said>,
    lent: OnceLock<Lent>,
}

/// What a call lends to the plugin. It stands beside the gate and not on the stack, for a plugin that keeps the pointer.
struct Lent {
    error: abi::Error,
    sink: abi::Sink,
}

// SAFETY: constant once made; its pointer is to the gate, which is never freed.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

/// What a plugin said in the call that is under way, or in the last one.
#[derive(Default)]
struct Said {
    call: &'static str,
    error: Option<(String, String, String)>,
    words: Option<(String, String)>,
    /// A breach of the contract stays until it has been reported: it may come after its call.
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
}

/// How the report of a breach begins.
const BREACH: &str = "the plugin broke its contract";

/// The report of a breach.
pub fn breach(call: &str, what: impl std::fmt::Display) -> Error {
    Error::internal(format!("{BREACH} in `{call}`: {what}"))
}

/// Whether an error is the host's report that the plugin broke its contract.
#[must_use]
pub fn is_breach(error: &Error) -> bool {
    error.kind() == ErrorKind::Internal && error.message().starts_with(BREACH)
}

/// Longer messages of plugins are cut.
const MAX_MESSAGE: usize = 8 << 10;

impl Gate {
    /// A gate that lives as long as the program.
    pub fn leaked(backend: &'static str) -> &'static Self {
        let (inside, said, lent) = (AtomicUsize::new(0), Mutex::default(), OnceLock::new());
        Box::leak(Box::new(Self { backend, inside, said, lent }))
    }

    /// What every call lends.
    fn lent(&'static self) -> &'static Lent {
        let ctx = std::ptr::from_ref(self).cast_mut().cast();
        self.lent.get_or_init(|| Lent {
            error: abi::Error { struct_size: size::<abi::Error>(), reserved: 0, ctx, set: Some(set_error) },
            sink: abi::Sink { ctx, row: Some(take_row) },
        })
    }

    /// Makes a call that may report an error.
    pub fn call(&'static self, name: &'static str, f: impl FnOnce(*mut abi::Error) -> abi::Status) -> Result {
        {
            let mut said = self.said();
            *said = Said { call: name, violation: said.violation.take(), ..Said::default() };
        }
        let error = &raw const self.lent().error;
        self.inside.store(this_thread(), Ordering::SeqCst);
        let status = crash::during(self.backend, name, || f(error.cast_mut()));
        self.inside.store(0, Ordering::SeqCst);
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
        self.with_reader(name, reader, |err| f(&raw const self.lent().sink, err))
    }

    /// Makes a call that hands over counts.
    pub fn count(
        &'static self,
        name: &'static str,
        mut buckets: BucketReader<'_>,
        f: impl FnOnce(*mut c_void, abi::Bucket, *mut abi::Error) -> abi::Status,
    ) -> Result {
        let reader = Reader::Buckets((&raw mut buckets).cast());
        self.with_reader(name, reader, |err| f(self.lent().error.ctx, Some(take_bucket), err))
    }

    /// Makes a call that says who made a change with which command: command, actor.
    pub fn words(
        &'static self,
        name: &'static str,
        f: impl FnOnce(*mut c_void, abi::Words, *mut abi::Error) -> abi::Status,
    ) -> Result<(String, String)> {
        self.call(name, |err| f(self.lent().error.ctx, Some(take_words), err))?;
        Ok(self.said().words.take().unwrap_or_default())
    }

    /// A breach of the contract that no call has reported.
    pub fn breach(&self) -> Option<String> {
        self.said().violation.take()
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
        let panicked = self.said().panic.take();
        if let Some(payload) = panicked {
            panic::resume_unwind(payload);
        }
        result
    }

    /// What a call's status and words come to.
    fn answer(&self, status: abi::Status) -> Result {
        let mut said = self.said();
        // A panic outweighs all else: the instance is lost.
        if let Some(violation) = said.violation.take().filter(|_| status != abi::E_PANIC) {
            return Err(Error::internal(violation));
        }
        match (status, said.stopped) {
            (abi::OK, _) | (abi::STOPPED, true) => Ok(()),
            (abi::STOPPED, false) => Err(Error::internal("the plugin stopped without being asked to")),
            _ => Err(error_of(status, said.error.take())),
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a breach of the contract; the first one counts.
    fn violated(&self, what: impl std::fmt::Display) {
        let mut said = self.said();
        let call = said.call;
        said.violation.get_or_insert_with(|| format!("{BREACH} in `{call}`: {what}"));
    }

    /// Whether a call is under way on this very thread.
    fn is_open(&self, what: &str) -> bool {
        match self.inside.load(Ordering::SeqCst) {
            0 => {
                self.violated(format_args!("{what} after it had returned"));
                false
            }
            inside if inside != this_thread() => {
                self.violated(format_args!("{what} from another thread"));
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
fn error_of(status: abi::Status, words: Option<(String, String, String)>) -> Error {
    let kind = ErrorKind::from_status(status);
    let (message, key, hint) = words.unwrap_or_default();
    let message = if message.is_empty() { plain_words(kind, status) } else { message };
    Error::new(kind, message).with_key(key).with_hint(hint)
}

/// What to say of a plugin that did not say why.
fn plain_words(kind: ErrorKind, status: abi::Status) -> String {
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

/// The gate behind a pointer that came back from a plugin.
///
/// # Safety
/// `ctx` is what `Gate::ctx` handed out.
unsafe fn gate<'a>(ctx: *mut c_void) -> &'a Gate {
    // SAFETY: the caller's promise; a gate is never freed.
    unsafe { &*ctx.cast::<Gate>() }
}

unsafe extern "C" fn set_error(ctx: *mut c_void, message: abi::Str, key: abi::Str, hint: abi::Str) {
    // SAFETY: the plugin hands back our ctx, as the header says.
    let gate = unsafe { gate(ctx) };
    if gate.is_open("an error") {
        // SAFETY: the plugin promises the texts for the length of this call.
        let words = unsafe { (copied(message), copied(key), copied(hint)) };
        gate.said().error = Some(words);
    }
}

unsafe extern "C" fn take_words(ctx: *mut c_void, command: abi::Str, actor: abi::Str) {
    // SAFETY: the plugin hands back our ctx, as the header says.
    let gate = unsafe { gate(ctx) };
    if gate.is_open("words") {
        // SAFETY: the plugin promises the texts for the length of this call.
        let words = unsafe { (copied(command), copied(actor)) };
        gate.said().words = Some(words);
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
    let gate = unsafe { gate(ctx) };
    let Some(Reader::Rows(reader)) = reader(gate, "a row") else { return 1 };
    take(gate, || {
        // SAFETY: the plugin promises the row for the length of this call. The reader is that of the call under way on
        // this thread (`reader` has checked), so it is alive, and nobody else uses it.
        unsafe { with_row(row, |row, repaired| (*reader)(row, repaired)) }
    })
}

unsafe extern "C" fn take_bucket(ctx: *mut c_void, dimension: abi::Str, value: abi::Str, count: u64) -> i32 {
    // SAFETY: the plugin hands back our ctx, as the header says.
    let gate = unsafe { gate(ctx) };
    let Some(Reader::Buckets(reader)) = reader(gate, "a count") else { return 1 };
    take(gate, || {
        // SAFETY: the plugin promises the texts for the length of this call.
        let (dimension, value) = unsafe { (dimension.text("dimension")?, value.bytes("value")?) };
        // SAFETY: as in `take_row`.
        Ok(unsafe { (*reader)(dimension, &String::from_utf8_lossy(value), count) })
    })
}

/// The reader of the call that is under way on this thread, if the gate is open and nobody said stop.
fn reader(gate: &Gate, what: &str) -> Option<Reader> {
    if !gate.is_open(what) {
        return None;
    }
    if gate.said().stopped {
        gate.violated(format_args!("{what} after it was asked to stop"));
        return None;
    }
    let reader = READER.get();
    if reader.is_none() {
        gate.violated(format_args!("{what}, which it was not asked for"));
    }
    reader
}

/// Hands something to a reader; whatever happens, nothing unwinds into the plugin. 0: more; 1: enough.
fn take(gate: &Gate, f: impl FnOnce() -> Result<bool, Violation>) -> i32 {
    match panic::catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(true)) => return 0,
        Ok(Ok(false)) => {}
        Ok(Err(violation)) => gate.violated(violation),
        Err(payload) => gate.said().panic = Some(payload),
    }
    gate.said().stopped = true;
    1
}

#[cfg(test)]
mod tests;
