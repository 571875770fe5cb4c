//! What can be seen only before Rust's own start, which opens `/dev/null` in place of a closed stream: whether standard
//! output is closed. It stands here since it needs `unsafe`.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

// SAFETY: functions in this section are called once, before `main`, by a single thread, as C functions.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    // SAFETY: asks the kernel for a flag of a descriptor, which need not be open.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
    CLOSED.store(flags == -1, Ordering::Relaxed);
}

/// Whether standard output was closed when the program was started.
pub fn stdout_is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}
