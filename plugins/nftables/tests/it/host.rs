//! A host for one test thread: its clock, its log, and whether the user gave up.
#![allow(unsafe_code, reason = "a host of its own, as C would make one")]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::time::{SystemTime, UNIX_EPOCH};

use warden_plugin::{Host, abi};

thread_local! {
    static CANCELLED: Cell<bool> = const { Cell::new(false) };
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The host of every test: what it answers is the calling thread's own.
pub fn host() -> Host {
    let table = abi::Host {
        struct_size: u32::try_from(size_of::<abi::Host>()).unwrap(),
        abi_major: abi::ABI_MAJOR,
        abi_minor: abi::ABI_MINOR,
        max_log_level: abi::LOG_INFO,
        ctx: std::ptr::null_mut(),
        log: Some(log),
        is_cancelled: Some(is_cancelled),
        get_extension: None,
        now_us: Some(real_now),
        actor: abi::Str::new("test"),
        command: abi::Str::new("test"),
    };
    // SAFETY: the table is as the header says, and leaked, so it outlives every instance.
    unsafe { Host::from_abi(Box::leak(Box::new(table))) }.unwrap()
}

/// Now, in microseconds since the epoch.
pub fn now_us() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// Has the user press Ctrl-C, or takes it back.
pub fn cancel(pressed: bool) {
    CANCELLED.set(pressed);
}

/// What was logged since the last look.
pub fn logged() -> Vec<String> {
    LOG.take()
}

extern "C" fn real_now(_ctx: *mut c_void) -> i64 {
    now_us()
}

extern "C" fn is_cancelled(_ctx: *mut c_void) -> i32 {
    CANCELLED.get().into()
}

extern "C" fn log(_ctx: *mut c_void, _level: i32, message: abi::Str) {
    // SAFETY: the plugin hands over text that lives through the call.
    let text = unsafe { message.text("message") }.unwrap().to_owned();
    LOG.with_borrow_mut(|log| log.push(text));
}
