//! Secrets in memory: what is held of them is overwritten when it is dropped, and no core dump holds them.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
pub use zeroize::{Zeroize, Zeroizing};

/// From now on no core dump of this program is written, nor of what it starts, and no other program of its user can read
/// its memory (ptrace(2), `/proc/PID/mem`).
pub fn forbid_core_dumps() {
    // Neither fails for a process that only gives up rights of its own; if one did, the secret is still needed.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
