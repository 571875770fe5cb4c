//! A host for tests: its clock stands still, and what it hears is dropped.
#![allow(unsafe_code, reason = "a host of its own, as C would make one")]

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use warden_plugin::{Host, abi};

/// It lives as long as the program, as a host must outlive its instances.
pub struct TestHost {
    table: abi::Host,
    now: i64,
    cancelled: AtomicBool,
}

// SAFETY: the table is constant; its ctx points to the values beside it.
unsafe impl Sync for TestHost {}

impl TestHost {
    pub fn leak(now: i64) -> &'static Self {
        let table = abi::Host {
            struct_size: u32::try_from(size_of::<abi::Host>()).unwrap(),
            abi_major: abi::ABI_MAJOR,
            abi_minor: abi::ABI_MINOR,
            max_log_level: abi::LOG_TRACE,
            ctx: ptr::null_mut(),
            log: None,
            is_cancelled: Some(is_cancelled),
            get_extension: None,
            now_us: Some(now_us),
            actor: abi::Str::new("root (anna)"),
            command: abi::Str::new("ban add"),
        };
        let host = Box::leak(Box::new(Self { table, now, cancelled: AtomicBool::new(false) }));
        host.table.ctx = ptr::from_mut(host).cast();
        host
    }

    pub fn host(&'static self) -> Host {
        // SAFETY: the table is whole and never freed.
        unsafe { Host::from_abi(&raw const self.table) }.unwrap()
    }

    pub fn now(&self) -> i64 {
        self.now
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// # Safety
/// `ctx` is the one of [`TestHost::leak`].
unsafe fn host<'a>(ctx: *mut c_void) -> &'a TestHost {
    // SAFETY: the caller's promise.
    unsafe { &*ctx.cast::<TestHost>() }
}

unsafe extern "C" fn is_cancelled(ctx: *mut c_void) -> i32 {
    // SAFETY: the plugin passes the ctx of this table.
    i32::from(unsafe { host(ctx) }.cancelled.load(Ordering::Relaxed))
}

unsafe extern "C" fn now_us(ctx: *mut c_void) -> i64 {
    // SAFETY: the plugin passes the ctx of this table.
    unsafe { host(ctx) }.now()
}
