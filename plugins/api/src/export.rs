//! From the trait to the table of C functions. Every exported function is one line of [`guard`]: nothing unwinds
//! across the border.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_void};
use std::mem::size_of;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::backend::{Applied, Backend, Rows};
use crate::convert::{Violation, read_sized, signal_of, size, with_query};
use crate::{
    Change, Config, Enforcement, Error, ErrorKind, Host, Key, Kind, Level, Query, Result, Row, Schema, abi,
};

/// Exports a [`Backend`] as the plugin of this library. A crate that denies `unsafe_code` may use it: the lint leaves what
/// another crate's macro writes alone.
#[macro_export]
macro_rules! export_backend {
    ($backend:ty) => {
        /// What the host reads before any call.
        #[unsafe(no_mangle)]
        #[allow(non_upper_case_globals, reason = "the symbol's name is the header's")]
        pub static warden_plugin_v1: $crate::abi::Plugin = {
            static BACKEND: $crate::abi::Backend = $crate::export::backend::<$backend>();
            static KEYS: [$crate::abi::Key; <$backend as $crate::Backend>::SCHEMA.keys().len()] =
                $crate::export::keys(<$backend as $crate::Backend>::SCHEMA);
            $crate::export::plugin::<$backend>(&BACKEND, &KEYS, env!("CARGO_PKG_VERSION"))
        };
    };
}

/// The descriptor of a backend; `package` is its Cargo package's version.
#[must_use]
pub const fn plugin<B: Backend>(
    backend: &'static abi::Backend,
    keys: &'static [abi::Key],
    package: &'static str,
) -> abi::Plugin {
    abi::Plugin {
        magic: abi::PLUGIN_MAGIC,
        struct_size: size::<abi::Plugin>(),
        abi_major: abi::ABI_MAJOR,
        abi_minor: abi::ABI_MINOR,
        capabilities: B::CAPABILITIES.bits(),
        name: abi::Str::new(B::NAME),
        version: abi::Str::new(if B::VERSION.is_empty() { package } else { B::VERSION }),
        description: abi::Str::new(B::DESCRIPTION),
        actions: abi::Str::new(B::ACTIONS),
        backend,
        schema: B::SCHEMA.code(),
        reserved: 0,
        keys: keys.as_ptr(),
        key_count: keys.len(),
        key_stride: size_of::<abi::Key>(),
    }
}

/// The table of a backend's keys.
///
/// # Panics
/// At compile time, when there are not `N`.
#[must_use]
pub const fn keys<const N: usize>(schema: Schema) -> [abi::Key; N] {
    const NONE: abi::Key = Key::new(Kind::Text, "", "").abi();
    let keys = schema.keys();
    assert!(keys.len() == N);
    let mut table = [NONE; N];
    let mut at = 0;
    while at < N {
        table[at] = keys[at].abi();
        at += 1;
    }
    table
}

/// The table of a backend's calls.
#[must_use]
pub const fn backend<B: Backend>() -> abi::Backend {
    abi::Backend {
        struct_size: size::<abi::Backend>(),
        reserved: 0,
        init: Some(init::<B>),
        probe: Some(probe::<B>),
        insert: Some(insert::<B>),
        read_at: Some(read_at::<B>),
        delete_target: Some(delete_target::<B>),
        delete_all: Some(delete_all::<B>),
        flush: Some(flush::<B>),
        discard: Some(discard::<B>),
        start_auto_commit: Some(start_auto_commit::<B>),
        shutdown: Some(shutdown::<B>),
        destroy: Some(destroy::<B>),
        get_extension: Some(get_extension::<B>),
    }
}

/// What `self` points to. `None` after a panic: the backend is never entered again, and dropped in `destroy`.
struct Instance<B> {
    backend: B,
    host: Host,
    poisoned: bool,
}

unsafe extern "C" fn init<B: Backend>(
    host: *const abi::Host,
    config: *const abi::Pair,
    config_count: usize,
    self_: *mut *mut c_void,
    err: *mut abi::Error,
) -> abi::Status {
    guard(err, || {
        note_panics();
        // SAFETY: the host promises a host that outlives the instance, and `config_count` pairs for this call.
        let (host, pairs) = unsafe { (Host::from_abi(host), pairs(config, config_count)?) };
        let host = host.ok_or_else(|| Error::invalid("the host's table is too short"))?;
        let backend = B::init(host, &Config::new(pairs))?;
        hosts().push(host);
        // SAFETY: the host promises a place for the pointer.
        unsafe { *self_ = Box::into_raw(Box::new(Instance { backend, host, poisoned: false })).cast() };
        Ok(())
    })
}

unsafe extern "C" fn probe<B: Backend>(self_: *mut c_void, err: *mut abi::Error) -> abi::Status {
    call::<B>(self_, err, B::probe)
}

unsafe extern "C" fn insert<B: Backend>(
    self_: *mut c_void,
    signal: *const abi::Signal,
    inserted: *mut abi::Inserted,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        // SAFETY: the host promises a signal that lives for this call.
        let done = backend.insert(&unsafe { signal_of(signal) }?)?;
        // SAFETY: the host promises a place that is at least as long as the first version; no later field is set.
        if let Some(out) = unsafe { inserted.as_mut() } {
            out.inserted = done.inserted;
            out.replaced = done.replaced;
            out.replaced_until_us = done.replaced_until_us;
            out.skipped_action = done.skipped_action;
            out.skipped_other = done.skipped_other;
        }
        Ok(())
    })
}

unsafe extern "C" fn read_at<B: Backend>(
    self_: *mut c_void,
    at_us: i64,
    sink: *const abi::Sink,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| with_rows(sink, |rows| backend.read_at(at_us, rows)))
}

unsafe extern "C" fn delete_target<B: Backend>(
    self_: *mut c_void,
    target: abi::Str,
    deleted: *mut u64,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        // SAFETY: the host promises the text for this call, and a place for the count.
        put(deleted, backend.delete(unsafe { target.text("target") }?)?);
        Ok(())
    })
}

unsafe extern "C" fn delete_all<B: Backend>(
    self_: *mut c_void,
    deleted: *mut u64,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        put(deleted, backend.delete_all()?);
        Ok(())
    })
}

unsafe extern "C" fn flush<B: Backend>(self_: *mut c_void, err: *mut abi::Error) -> abi::Status {
    call::<B>(self_, err, B::flush)
}

unsafe extern "C" fn discard<B: Backend>(self_: *mut c_void, err: *mut abi::Error) -> abi::Status {
    call::<B>(self_, err, B::discard)
}

unsafe extern "C" fn start_auto_commit<B: Backend>(self_: *mut c_void, err: *mut abi::Error) -> abi::Status {
    call::<B>(self_, err, B::start_auto_commit)
}

unsafe extern "C" fn shutdown<B: Backend>(self_: *mut c_void, err: *mut abi::Error) -> abi::Status {
    call::<B>(self_, err, B::shutdown)
}

unsafe extern "C" fn destroy<B: Backend>(self_: *mut c_void) {
    if self_.is_null() {
        return;
    }
    // SAFETY: made by `init`, and the host calls `destroy` once, last.
    let Instance { backend, host, .. } = *unsafe { Box::from_raw(self_.cast::<Instance<B>>()) };
    let dropped = caught(|| {
        drop(backend);
        Ok(())
    });
    if let Err(error) = dropped {
        host.log(Level::Error, format_args!("{error} (during destroy)"));
    }
    let mut hosts = hosts();
    let at = hosts.iter().position(|h| *h == host);
    at.map(|at| hosts.swap_remove(at));
}

unsafe extern "C" fn get_extension<B: Backend>(_self: *mut c_void, id: *const c_char) -> *const c_void {
    const fn pointer<T>(offered: bool, table: &'static T) -> *const c_void {
        if offered { std::ptr::from_ref(table).cast() } else { std::ptr::null() }
    }
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: the header: `id` ends with NUL.
    match unsafe { CStr::from_ptr(id) } {
        id if id == abi::EXT_QUERY => pointer(B::QUERIES, &Tables::<B>::QUERY),
        id if id == abi::EXT_SUMMARY => pointer(B::SUMMARISES, &Tables::<B>::SUMMARY),
        id if id == abi::EXT_DELETE_WHERE => pointer(B::DELETES_WHERE, &Tables::<B>::DELETE_WHERE),
        id if id == abi::EXT_HISTORY => pointer(B::KEEPS_HISTORY, &Tables::<B>::HISTORY),
        id if id == abi::EXT_UNDO => pointer(B::UNDOES, &Tables::<B>::UNDO),
        id if id == abi::EXT_ENFORCE => pointer(B::TELLS_STATE, &Tables::<B>::ENFORCE),
        _ => std::ptr::null(),
    }
}

/// The tables of the extensions.
struct Tables<B>(std::marker::PhantomData<B>);

impl<B: Backend> Tables<B> {
    const QUERY: abi::ExtQuery =
        abi::ExtQuery { struct_size: size::<abi::ExtQuery>(), reserved: 0, read: Some(query::<B>) };
    const SUMMARY: abi::ExtSummary = abi::ExtSummary {
        struct_size: size::<abi::ExtSummary>(),
        reserved: 0,
        summarise: Some(summarise::<B>),
    };
    const DELETE_WHERE: abi::ExtDeleteWhere = abi::ExtDeleteWhere {
        struct_size: size::<abi::ExtDeleteWhere>(),
        reserved: 0,
        delete_where: Some(delete_where::<B>),
    };
    const HISTORY: abi::ExtHistory =
        abi::ExtHistory { struct_size: size::<abi::ExtHistory>(), reserved: 0, read: Some(history::<B>) };
    const UNDO: abi::ExtUndo = abi::ExtUndo {
        struct_size: size::<abi::ExtUndo>(),
        reserved: 0,
        changes: Some(changes::<B>),
        undo: Some(undo::<B>),
    };
    const ENFORCE: abi::ExtEnforce = abi::ExtEnforce {
        struct_size: size::<abi::ExtEnforce>(),
        reserved: 0,
        begin: Some(begin::<B>),
        look: Some(look::<B>),
    };
}

unsafe extern "C" fn query<B: Backend>(
    self_: *mut c_void,
    query: *const abi::Query,
    applied: *mut Applied,
    sink: *const abi::Sink,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        // SAFETY: the host promises a place for the bits.
        let applied = unsafe { place(applied) }?;
        // SAFETY: the host promises a query for this call.
        unsafe { with_query(query, |query| with_rows(sink, |rows| backend.query(query, applied, rows))) }?
    })
}

unsafe extern "C" fn summarise<B: Backend>(
    self_: *mut c_void,
    query: *const abi::Query,
    applied: *mut Applied,
    ctx: *mut c_void,
    bucket: abi::Bucket,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        // SAFETY: the host promises a place for the bits.
        let applied = unsafe { place(applied) }?;
        let bucket = bucket.ok_or(Violation::Null("bucket"))?;
        // SAFETY: the function and its ctx come from the host; the texts live through the call.
        let mut put = |dimension: &str, value: &str, count| unsafe {
            bucket(ctx, abi::Str::new(dimension), abi::Str::new(value), count) == 0
        };
        // SAFETY: the host promises a query for this call.
        unsafe { with_query(query, |query| backend.summarise(query, applied, &mut put)) }?
    })
}

unsafe extern "C" fn delete_where<B: Backend>(
    self_: *mut c_void,
    query: *const abi::Query,
    deleted: *mut u64,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        // SAFETY: the host promises a query for this call.
        let wanted = unsafe { read_sized(query) }?.wanted;
        let delete = |query: &Query<'_>| match query.wanted() == wanted {
            true => backend.delete_where(query),
            false => Err(Error::unsupported("a filter is not known here")),
        };
        // SAFETY: as above.
        put(deleted, unsafe { with_query(query, delete) }??);
        Ok(())
    })
}

unsafe extern "C" fn history<B: Backend>(
    self_: *mut c_void,
    target: abi::Str,
    sink: *const abi::Sink,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        // SAFETY: the host promises the text for this call.
        let target = unsafe { target.text("target") }?;
        with_rows(sink, |rows| backend.history(target, rows))
    })
}

unsafe extern "C" fn changes<B: Backend>(
    self_: *mut c_void,
    limit: u64,
    ctx: *mut c_void,
    change: abi::TakeChange,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| {
        let take = change.ok_or(Violation::Null("change"))?;
        // SAFETY: the function and its ctx come from the host; the change and its texts live through the call.
        backend.changes(limit, &mut |change: Change| unsafe { take(ctx, &change.to_abi()) == 0 })
    })
}

unsafe extern "C" fn undo<B: Backend>(self_: *mut c_void, id: u64, err: *mut abi::Error) -> abi::Status {
    call::<B>(self_, err, |backend| backend.undo(id))
}

unsafe extern "C" fn begin<B: Backend>(
    self_: *mut c_void,
    enforcement: *mut abi::Enforcement,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| tell(enforcement, backend.begin()?))
}

unsafe extern "C" fn look<B: Backend>(
    self_: *mut c_void,
    enforcement: *mut abi::Enforcement,
    err: *mut abi::Error,
) -> abi::Status {
    call::<B>(self_, err, |backend| tell(enforcement, backend.look()?))
}

/// Answers an enforcer's state.
fn tell(out: *mut abi::Enforcement, state: Enforcement) -> Result {
    // SAFETY: the host promises a place that is at least as long as the first version; no later field is set.
    let out = unsafe { place(out) }?;
    out.flags = state.flags();
    out.dropped_packets = state.dropped_packets.unwrap_or(0);
    Ok(())
}

/// One call into an instance: refuses a poisoned one, and poisons it when the call panics.
fn call<B: Backend>(
    self_: *mut c_void,
    err: *mut abi::Error,
    f: impl FnOnce(&mut B) -> Result,
) -> abi::Status {
    // SAFETY: made by `init`; the host never enters an instance twice at once (the header).
    let instance = unsafe { self_.cast::<Instance<B>>().as_mut() };
    let Some(instance) = instance.filter(|i| !i.poisoned) else {
        report(err, &Error::new(ErrorKind::Panic, "the instance panicked before"));
        return abi::E_PANIC;
    };
    let status = guard(err, || f(&mut instance.backend));
    instance.poisoned = status == abi::E_PANIC;
    status
}

/// Runs `f`, reports its error and catches its panic.
fn guard(err: *mut abi::Error, f: impl FnOnce() -> Result) -> abi::Status {
    let Err(error) = caught(f) else { return abi::OK };
    if error.kind() != ErrorKind::Stopped {
        report(err, &error);
    }
    error.kind().status()
}

/// Runs `f`; a panic is an error too.
fn caught(f: impl FnOnce() -> Result) -> Result {
    GUARDS.set(GUARDS.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    GUARDS.set(GUARDS.get() - 1);
    result.unwrap_or_else(|payload| Err(Error::new(ErrorKind::Panic, panic_message(payload))))
}

/// Hands an error to the host, which copies it.
fn report(err: *mut abi::Error, error: &Error) {
    // SAFETY: the host promises an error struct for this call, or NULL.
    let Some(err) = (unsafe { err.as_ref() }) else { return };
    if let Some(set) = err.set {
        let [message, key, hint] = [error.message(), error.key(), error.hint()].map(abi::Str::new);
        // SAFETY: the function and its ctx come from the host; the texts live through the call.
        unsafe { set(err.ctx, message, key, hint) }
    }
}

thread_local! {
    /// What the last panic of this thread said, and where.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
    /// How many guards this thread is in: none in a thread of the plugin's own.
    static GUARDS: Cell<u32> = const { Cell::new(0) };
}

/// The hosts of the instances that live.
fn hosts() -> MutexGuard<'static, Vec<Host>> {
    static HOSTS: Mutex<Vec<Host>> = Mutex::new(Vec::new());
    HOSTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a panic's words and place for `guard` in place of printing them; those of a thread that no guard watches go to
/// the host's log. The hook is this library's own: a cdylib carries its own standard library.
fn note_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let said = info.payload_as_str().unwrap_or("no message");
            let text = match info.location() {
                Some(at) => format!("panicked at {}:{}: {said}", at.file(), at.line()),
                None => format!("panicked: {said}"),
            };
            if GUARDS.get() > 0 {
                PANIC.with_borrow_mut(|last| *last = text);
            } else if let Some(host) = hosts().last() {
                host.log(Level::Error, format_args!("a thread {text}"));
            }
        }));
    });
}

/// The words of the panic that was just caught. Dropping its payload may panic again: that is caught too.
fn panic_message(payload: Box<dyn Any + Send>) -> String {
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
    let text = PANIC.take();
    if text.is_empty() { "panicked".into() } else { text }
}

/// Makes a foreign sink safe for the length of a call.
fn with_rows(sink: *const abi::Sink, f: impl FnOnce(&mut Rows<'_>) -> Result) -> Result {
    // SAFETY: the host promises a sink for this call.
    let sink = unsafe { sink.as_ref() }.ok_or(Violation::Null("sink"))?;
    let row = sink.row.ok_or(Violation::Null("sink.row"))?;
    // SAFETY: the function and its ctx come from the host; the row lives through the call.
    let mut push = |r: &Row<'_>| unsafe { row(sink.ctx, &r.to_abi()) == 0 };
    f(&mut Rows::new(&mut push))
}

/// The pairs of a configuration.
///
/// # Safety
/// `first` points to `count` pairs whose texts live for `'a`.
unsafe fn pairs<'a>(first: *const abi::Pair, count: usize) -> Result<Vec<(&'a str, &'a str)>> {
    if count > 0 && first.is_null() {
        return Err(Violation::Null("config").into());
    }
    const { assert!(size_of::<abi::Pair>() == 4 * size_of::<usize>()) };
    (0..count)
        .map(|i| {
            // SAFETY: inside the array that the caller promises.
            let pair = unsafe { *first.add(i) };
            // SAFETY: the caller promises the texts.
            unsafe { Ok((pair.key.text("config key")?, pair.value.text("config value")?)) }
        })
        .collect()
}

/// A place that the host provides.
///
/// # Safety
/// `place`, unless NULL, is valid for this call and nobody else uses it.
unsafe fn place<'a, T>(place: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller's promise.
    unsafe { place.as_mut() }.ok_or_else(|| Violation::Null("place for the answer").into())
}

/// Answers a count.
fn put(place: *mut u64, count: u64) {
    // SAFETY: the host promises a place for the count, or NULL.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = count;
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::invalid(violation.to_string())
    }
}
