//! What the host offers to a plugin: log, clock, cancellation.

use std::borrow::Cow;
use std::ffi::{c_char, c_void};
use std::panic;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use warden_plugin::convert::size;
use warden_plugin::keys::user_in_url;
use warden_plugin::{Config, Error, Level, Schema, abi};

use crate::clock;
use crate::ui::Ui;

/// Whether the user wants the command to end.
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Asks every plugin to give up soon.
pub fn cancel() {
    CANCELLED.store(true, Ordering::SeqCst);
}

/// Who does what, for the records of the plugins.
#[derive(Clone, Copy, Debug, Default)]
pub struct By<'a> {
    /// The user, as [`crate::actor::name`] says it.
    pub actor: &'a str,
    /// The command: `ban add`.
    pub command: &'a str,
}

/// What a plugin's `ctx` points to: one for each instance, never freed, since a plugin's forgotten thread may still log.
pub struct HostContext {
    ui: Ui,
    backend: String,
    /// What must not be read in a log or an error.
    secrets: Vec<String>,
    actor: String,
    command: String,
    /// The host has given the instance up: a call did not return in time.
    given_up: AtomicBool,
    table: OnceLock<Table>,
}

/// What the plugin sees.
struct Table(abi::Host);

// SAFETY: constant once made; its pointers are to the context, which is never freed.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

/// A shorter secret is not looked for: the text around it would be lost.
const SHORTEST_SECRET: usize = 4;

impl HostContext {
    /// A context that lives as long as the program.
    pub fn leaked(ui: Ui, backend: &str, by: By<'_>, config: &Config<'_>, schema: Schema) -> &'static Self {
        let secrets = (config.iter())
            .filter_map(|(key, value)| match schema.is_secret(key) {
                true => Some(value),
                // Of a user with a password the password alone may turn up.
                false => {
                    user_in_url(value).map(|user| user.split_once(':').map_or(user, |(_, secret)| secret))
                }
            })
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .map(ToOwned::to_owned);
        Box::leak(Box::new(Self {
            ui,
            backend: backend.to_owned(),
            secrets: secrets.collect(),
            actor: by.actor.to_owned(),
            command: by.command.to_owned(),
            given_up: AtomicBool::new(false),
            table: OnceLock::new(),
        }))
    }

    /// The table for the plugin.
    pub fn table(&'static self) -> *const abi::Host {
        let made = self.table.get_or_init(|| {
            Table(abi::Host {
                struct_size: size::<abi::Host>(),
                abi_major: abi::ABI_MAJOR,
                abi_minor: abi::ABI_MINOR,
                max_log_level: self.ui.level() as i32,
                ctx: std::ptr::from_ref(self).cast_mut().cast(),
                log: Some(log),
                is_cancelled: Some(is_cancelled),
                get_extension: Some(extension),
                now_us: Some(now_us),
                actor: abi::Str::new(&self.actor),
                command: abi::Str::new(&self.command),
            })
        });
        &raw const made.0
    }

    /// The backend's name.
    pub fn backend(&'static self) -> &'static str {
        &self.backend
    }

    /// A line of the plugin's, in the user's log.
    pub fn log(&self, level: Level, text: &str) {
        self.ui.log(level, format_args!("backend \"{}\": {}", self.backend, self.without_secrets(text)));
    }

    /// The plugin's error without its secrets.
    pub fn masked(&self, error: Error) -> Error {
        if self.secrets.is_empty() {
            return error;
        }
        let [message, key, hint] =
            [error.message(), error.key(), error.hint()].map(|t| self.without_secrets(t));
        Error::new(error.kind(), message).with_key(key).with_hint(hint)
    }

    /// From now on the plugin is told to give up.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::SeqCst);
    }

    fn without_secrets<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.secrets.iter().fold(Cow::Borrowed(text), |text, secret| match text.contains(secret) {
            true => Cow::Owned(text.replace(secret, "***")),
            false => text,
        })
    }
}

/// The context behind a pointer that came back from a plugin.
///
/// # Safety
/// `ctx` is that of a context's table.
unsafe fn context<'a>(ctx: *mut c_void) -> &'a HostContext {
    // SAFETY: the caller's promise; a context is never freed.
    unsafe { &*ctx.cast::<HostContext>() }
}

unsafe extern "C" fn log(ctx: *mut c_void, level: i32, message: abi::Str) {
    let guarded = panic::catch_unwind(|| {
        // SAFETY: the plugin hands back our ctx and promises the text for this call.
        let (host, text) = unsafe { (context(ctx), message.bytes("message")) };
        host.log(level_of(level), &String::from_utf8_lossy(text.unwrap_or(b"(unreadable)")));
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

unsafe extern "C" fn is_cancelled(ctx: *mut c_void) -> i32 {
    // SAFETY: the plugin hands back our ctx.
    let given_up = &unsafe { context(ctx) }.given_up;
    i32::from(CANCELLED.load(Ordering::SeqCst) || given_up.load(Ordering::SeqCst))
}

unsafe extern "C" fn extension(_ctx: *mut c_void, _id: *const c_char) -> *const c_void {
    std::ptr::null()
}

unsafe extern "C" fn now_us(_ctx: *mut c_void) -> i64 {
    clock::now().micros()
}
