//! Ctrl-C. Before a change it ends the program as it would any other: nothing is written, and temporary files have no
//! name. While one is pending it discards; in a stream it asks for the last Flush.

use std::fmt::Write as _;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::{Error, Exit, Kind};
use crate::plugin;
use crate::ui::Ui;

static PRESSED: AtomicBool = AtomicBool::new(false);

/// What each backend has done.
static BACKENDS: Mutex<Vec<(String, ChangeState)>> = Mutex::new(Vec::new());

/// A call that does not return for so long after Ctrl-C is not waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// How far a backend is with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// Nothing is written, or it was discarded.
    NotDone,
    /// A call is under way.
    Unknown,
    /// It is flushed.
    Done,
}

/// From now on the first signal asks for an orderly end, with everything pending discarded; a second one, or a call that
/// does not return, ends at once.
pub fn watch(ui: Ui, backends: impl Iterator<Item = String>) {
    static ONCE: Once = Once::new();
    *locked() = backends.map(|name| (name, ChangeState::NotDone)).collect();
    ONCE.call_once(|| {
        // Without a watch the signal ends the program at once, which discards as well.
        let Ok(signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
        thread::spawn(move || wait(signals, ui));
    });
}

/// Set by SIGTERM and SIGINT, for a stream; the second one ends the program at once.
pub fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
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

/// A backend is so far.
pub fn change_is(backend: &str, state: ChangeState) {
    if let Some(one) = locked().iter_mut().find(|(name, _)| name == backend) {
        one.1 = state;
    }
}

/// What an interrupted change has come to: what is done, what is not, and what nobody knows.
pub fn interrupted() -> Error {
    let backends = locked();
    let mut text = "interrupted: ".to_owned();
    if backends.iter().all(|(_, state)| *state == ChangeState::NotDone) {
        text += "nothing was done";
    } else {
        let kinds = [
            (ChangeState::Done, "done"),
            (ChangeState::NotDone, "not done"),
            (ChangeState::Unknown, "unknown, no answer"),
        ];
        let mut lead = "";
        for (kind, words) in kinds {
            let names: Vec<_> =
                backends.iter().filter(|(_, p)| *p == kind).map(|(name, _)| format!("\"{name}\"")).collect();
            if !names.is_empty() {
                // Writing to a string does not fail.
                let _ = write!(text, "{lead}{words}: {}", names.join(", "));
                lead = "; ";
            }
        }
    }
    Error::new(Kind::Refused, text)
}

fn locked() -> std::sync::MutexGuard<'static, Vec<(String, ChangeState)>> {
    BACKENDS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait(mut signals: Signals, ui: Ui) {
    if signals.forever().next().is_none() {
        return;
    }
    PRESSED.store(true, Ordering::SeqCst);
    plugin::cancel();
    thread::spawn(move || {
        thread::sleep(ANSWER_WITHIN);
        give_up(ui);
    });
    if signals.forever().next().is_some() {
        give_up(ui);
    }
}

/// The call that is under way is not waited for.
fn give_up(ui: Ui) {
    ui.error(&interrupted());
    signal_hook::low_level::exit(i32::from(Exit::Interrupted.code()));
}
