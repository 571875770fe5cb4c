//! A plugin that ends the program: the last line says which one, and in which call. Nothing more can be done for it: the
//! program ends as it would have, but never as if all were well.

use std::cell::Cell;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Once;

thread_local! {
    /// The call that is under way on this thread: the backend's name, the call's.
    static CURRENT_CALL: Cell<Option<(&'static str, &'static str)>> = const { Cell::new(None) };
}

/// What ends a program by a fault of its own.
const FATAL: [c_int; 5] = [libc::SIGABRT, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGSEGV];

/// From now on, a plugin that ends the program is reported.
pub fn install_handlers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in FATAL {
            // SAFETY: all zero is a valid sigaction; the handler does only what a handler may.
            unsafe {
                let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                action.sa_sigaction = on_signal as *const () as usize;
                // Once: what follows is the default, which ends the program.
                action.sa_flags = libc::SA_RESETHAND | libc::SA_NODEFER | libc::SA_ONSTACK;
                libc::sigaction(signal, &raw const action, ptr::null_mut());
            }
        }
        // SAFETY: the function takes nothing and does not unwind.
        unsafe { libc::atexit(on_exit) };
    });
}

/// Makes a call of a backend.
pub fn during<T>(backend: &'static str, call: &'static str, f: impl FnOnce() -> T) -> T {
    let outer = CURRENT_CALL.replace(Some((backend, call)));
    let result = f();
    CURRENT_CALL.set(outer);
    result
}

/// Says what happened in the call that is under way, if there is one. A handler may not allocate.
fn report(what: &str) -> bool {
    let Some((backend, call)) = CURRENT_CALL.take() else { return false };
    for part in ["error: backend \"", backend, "\": the plugin ", what, " the program in `", call, "`\n"] {
        // SAFETY: the bytes are those of a string. What cannot be written has no reader.
        unsafe { libc::write(libc::STDERR_FILENO, part.as_ptr().cast(), part.len()) };
    }
    true
}

extern "C" fn on_signal(signal: c_int) {
    report(if signal == libc::SIGABRT { "aborted" } else { "crashed" });
    // What raised the signal does so again, and now it ends the program.
}

extern "C" fn on_exit() {
    if report("ended") {
        // SAFETY: the program is ending already; what it has not done it does not pretend to have.
        unsafe { libc::_exit(1) };
    }
}
