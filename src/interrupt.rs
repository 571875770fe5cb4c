//! Ctrl-C while something is pending. Before that the signal ends the program as it would any other: nothing is
//! written, and temporary files have no name.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::Exit;
use crate::plugin;

static PRESSED: AtomicBool = AtomicBool::new(false);

/// From now on the first signal asks for an orderly end, with everything pending discarded; a second one ends at once.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without a watch the signal ends the program at once, which discards as well.
        let Ok(signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
        thread::spawn(|| wait(signals));
    });
}

/// Whether the user wants the command to end.
pub fn pressed() -> bool {
    PRESSED.load(Ordering::SeqCst)
}

/// # Errors
/// `Stopped` when the user wants the command to end: the caller's writes are then discarded.
pub fn check() -> warden_plugin::Result {
    match pressed() {
        true => Err(warden_plugin::Error::new(warden_plugin::ErrorKind::Unavailable, "interrupted")),
        false => Ok(()),
    }
}

fn wait(mut signals: Signals) {
    let mut signals = signals.forever();
    if signals.next().is_some() {
        PRESSED.store(true, Ordering::SeqCst);
        plugin::cancel();
    }
    if signals.next().is_some() {
        signal_hook::low_level::exit(i32::from(Exit::Interrupted.code()));
    }
}
