//! A host for tests: its clock is set by hand, what it hears is kept.
#![allow(unsafe_code, reason = "a host of its own, as C would make one")]

use std::ffi::c_void;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use warden_plugin::{Host, abi};

/// It lives as long as the program, as a host must outlive its instances.
pub struct TestHost {
    table: abi::Host,
    now: AtomicI64,
    cancelled: AtomicBool,
    heard: Mutex<Vec<String>>,
}

// SAFETY: the table is constant; its ctx points to the atomics and the mutex beside it.
unsafe impl Sync for TestHost {}

impl TestHost {
    pub fn leak(now: i64) -> &'static Self {
        let table = abi::Host {
            struct_size: u32::try_from(size_of::<abi::Host>()).unwrap(),
            abi_major: abi::ABI_MAJOR,
            abi_minor: abi::ABI_MINOR,
            max_log_level: abi::LOG_TRACE,
            ctx: ptr::null_mut(),
            log: Some(log),
            is_cancelled: Some(is_cancelled),
            get_extension: None,
            now_us: Some(now_us),
            actor: abi::Str::new("root (anna)"),
            command: abi::Str::new("test"),
        };
        let host = Box::leak(Box::new(Self {
            table,
            now: AtomicI64::new(now),
            cancelled: AtomicBool::new(false),
            heard: Mutex::new(Vec::new()),
        }));
        host.table.ctx = ptr::from_mut(host).cast();
        host
    }

    pub fn host(&'static self) -> Host {
        // SAFETY: the table is whole and never freed.
        unsafe { Host::from_abi(&raw const self.table) }.unwrap()
    }

    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    pub fn set_now(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
    }

    pub fn pass(&self, time: i64) {
        self.now.fetch_add(time, Ordering::Relaxed);
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

/// # Safety
/// `ctx` is the one of [`TestHost::leak`].
unsafe fn host<'a>(ctx: *mut c_void) -> &'a TestHost {
    // SAFETY: the caller's promise.
    unsafe { &*ctx.cast::<TestHost>() }
}

unsafe extern "C" fn log(ctx: *mut c_void, _: i32, message: abi::Str) {
    // SAFETY: the plugin passes the ctx of this table and text that lives through the call.
    let (host, message) = unsafe { (host(ctx), message.text("message")) };
    host.heard.lock().unwrap().push(message.unwrap().to_owned());
}

unsafe extern "C" fn is_cancelled(ctx: *mut c_void) -> i32 {
    // SAFETY: the plugin passes the ctx of this table.
    i32::from(unsafe { host(ctx) }.cancelled.load(Ordering::Relaxed))
}

unsafe extern "C" fn now_us(ctx: *mut c_void) -> i64 {
    // SAFETY: the plugin passes the ctx of this table.
    unsafe { host(ctx) }.now()
}
