//! The life of a command that uses backends: they are started, the command does its work, they are shut down, what was
//! done is reported, and the one table tells the exit code. A command cannot leave a step out.

mod asking;
mod changing;
mod enforcing;
mod exit;
mod streaming;

use crate::backends::{Backends, Mode, Outcome};
use crate::error::{Error, Exit, Kind, Result};
use crate::interrupt;
use crate::output::{self, Output};
use crate::session::Session;
use crate::ui::Ui;
pub use streaming::{Stored, StreamCounts};

/// Backends that a command uses, and what for.
#[derive(Clone, Copy)]
pub struct Use<'a> {
    /// Their names; none: all.
    pub named: &'a [String],
    /// What is done to them.
    pub mode: Mode,
}

/// What a command has to say when its backends are shut down.
pub trait Report {
    /// The exit code, if no backend failed.
    fn found(&self) -> Exit {
        Exit::Done
    }

    /// The words for people; not called when no backend did anything.
    fn say(&self, _ui: Ui) {}

    /// The document.
    ///
    /// # Errors
    /// When standard output cannot be written.
    fn print(&self, _output: Output) -> Result {
        Ok(())
    }
}

/// A command whose rows were printed as they came.
impl Report for Exit {
    fn found(&self) -> Exit {
        *self
    }
}

/// Runs a command on its backends: `ban sync` and `ban diff` use two groups of them, the others one.
///
/// # Errors
/// What `f` fails with, and what keeps the backends from being started; they are shut down all the same.
pub fn run<const N: usize, R: Report>(
    session: &Session,
    command: &'static str,
    uses: [Use<'_>; N],
    f: impl FnOnce(&mut [Backends; N]) -> anyhow::Result<R>,
) -> anyhow::Result<Exit> {
    if !session.output.is_human() {
        // Before anything is done that could then not be told.
        output::finished(output::is_open())?;
    }
    let checks = uses.iter().any(|one| one.mode == Mode::Check);
    let mut backends = match start(session, command, uses) {
        // Whether it is banned, nobody can say.
        Err(error) if checks && error.kind() == Kind::Backend => {
            session.ui.error(&error);
            return Ok(Exit::Partial);
        }
        started => started?,
    };
    let result = f(&mut backends);
    let outcome = outcome(&backends);
    let is_changed = backends.iter().any(Backends::is_changed);
    let note = if let [one] = &mut backends[..] { one.note() } else { None };
    drop(backends);
    let report = result?;
    if outcome.done > 0 || outcome.lost == 0 {
        report.say(session.ui);
        if let Some(note) = note {
            session.ui.say(note);
        }
    }
    if let Err(error) = report.print(session.output) {
        if is_changed {
            session.ui.error(&error.with_hint("the change was made, only its report is missing"));
            return Ok(Exit::Partial);
        }
        return Err(error.into());
    }
    let exit = exit::exit(outcome, report.found(), checks, interrupt::pressed());
    if exit == Exit::Interrupted {
        session.ui.error(&interrupt::interrupted());
    }
    Ok(exit)
}

/// How all of them did. Where none of those that were to be written did anything, those that were only read do not count.
fn outcome(backends: &[Backends]) -> Outcome {
    let outcomes = backends.iter().map(Backends::outcome);
    let sum =
        outcomes.fold(Outcome::default(), |a, b| Outcome { done: a.done + b.done, lost: a.lost + b.lost });
    let is_lost = |one: &Backends| one.mode.is_write() && one.outcome().is_failed();
    if backends.iter().any(is_lost) { Outcome { done: 0, ..sum } } else { sum }
}

/// Starts each group; with `--strict` all of them or none.
fn start<const N: usize>(session: &Session, command: &str, uses: [Use<'_>; N]) -> Result<[Backends; N]> {
    let mut started = Vec::with_capacity(N);
    for one in uses {
        let mut backends = Backends::start(&session.config, one.named, command, one.mode, session.ui)?;
        if session.strict {
            backends.require_usable()?;
        }
        started.push(backends);
    }
    // As many as there were.
    started.try_into().map_err(|_| Error::new(Kind::Backend, "no backend is usable"))
}
