//! What the host offers to a plugin: log, clock, cancellation.

use std::ffi::{c_char, c_void};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use warden_plugin::convert::size;
use warden_plugin::{Level, abi};

use crate::clock;
use crate::ui::Ui;

/// Whether the user wants the command to end.
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Asks every plugin to give up soon.
pub fn cancel() {
    CANCELLED.store(true, Ordering::SeqCst);
}

/// What a plugin's `ctx` points to.
struct Context {
    ui: Ui,
    backend: String,
}

/// Who does what, for the records of the plugins.
#[derive(Clone, Copy, Debug, Default)]
pub struct By<'a> {
    /// The user, as [`crate::actor::name`] says it.
    pub actor: &'a str,
    /// The command: `ban add`.
    pub command: &'a str,
}

/// The table for one instance. It is never freed: a plugin's forgotten thread may still log.
pub fn table(ui: Ui, backend: &str, by: By<'_>) -> &'static abi::Host {
    let leaked = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let context: &'static Context = Box::leak(Box::new(Context { ui, backend: backend.to_owned() }));
    Box::leak(Box::new(abi::Host {
        struct_size: size::<abi::Host>(),
        abi_major: abi::ABI_MAJOR,
        abi_minor: abi::ABI_MINOR,
        max_log_level: ui.level() as i32,
        ctx: std::ptr::from_ref(context).cast_mut().cast(),
        log: Some(log),
        is_cancelled: Some(is_cancelled),
        get_extension: Some(extension),
        now_us: Some(now_us),
        actor: abi::Str::new(leaked(by.actor)),
        command: abi::Str::new(leaked(by.command)),
    }))
}

unsafe extern "C" fn log(ctx: *mut c_void, level: i32, message: abi::Str) {
    let guarded = panic::catch_unwind(|| {
        // SAFETY: the plugin hands back our ctx, which is never freed, and promises the text for this call.
        let (context, text) = unsafe { (&*ctx.cast::<Context>(), message.bytes("message")) };
        let text = String::from_utf8_lossy(text.unwrap_or(b"(unreadable)"));
        context.ui.log(level_of(level), format_args!("backend \"{}\": {text}", context.backend));
    });
    // Printing does not panic; should it, the plugin is not to know.
    drop(guarded);
}

/// A level that is not known counts as the nearest.
fn level_of(level: i32) -> Level {
    match level {
        ..=abi::LOG_ERROR => Level::Error,
        abi::LOG_WARN => Level::Warn,
        abi::LOG_INFO => Level::Info,
        abi::LOG_DEBUG => Level::Debug,
        _ => Level::Trace,
    }
}

unsafe extern "C" fn is_cancelled(_ctx: *mut c_void) -> i32 {
    i32::from(CANCELLED.load(Ordering::SeqCst))
}

unsafe extern "C" fn extension(_ctx: *mut c_void, _id: *const c_char) -> *const c_void {
    std::ptr::null()
}

unsafe extern "C" fn now_us(_ctx: *mut c_void) -> i64 {
    clock::now().micros()
}
