//! Targets on standard input, for `del -` and `add -`.

use std::io::{self, IsTerminal};
use std::path::Path;

use crate::error::{Error, Kind, Result};
use crate::import::{self, Input, Stop};
use crate::progress::Progress;
use crate::session::Session;
use crate::spool::pack::target_key;
use crate::spool::{self, Sorted, Sorter};

/// More faults are not printed.
const MOST_FAULTS: u64 = 10;

/// Reads `-` for clap.
pub fn dash(text: &str) -> Result<(), String> {
    match text {
        "-" => Ok(()),
        _ => Err(format!("`{text}` is none of `ip`, `range` and `-`")),
    }
}

/// Standard input, unless it is a terminal.
pub fn input() -> Result<Input<'static>> {
    if io::stdin().is_terminal() {
        return Err(Error::usage("`-` reads standard input, which is a terminal here"));
    }
    Input::open(Path::new("-"))
}

/// The targets of a list in any format of `ban import`, sorted.
///
/// # Errors
/// `Input` when one of them is wrong.
pub fn targets(session: &Session) -> Result<Sorted> {
    let mut input = input()?;
    let place = Path::new("standard input");
    let format = input.detect().map_err(|fault| fault.in_file(place))?;
    let mut progress = Progress::new(session.ui, "reading", None);
    let (mut sorter, mut failed, mut faults) = (Sorter::default(), None, 0);
    let stopped = import::read(format, &mut input, &mut |fields| {
        progress.add(1);
        match fields.and_then(|fields| import::target(&fields)) {
            Ok(noted) => {
                failed = sorter.push(&target_key(&noted.target), &[]).err();
                if failed.is_some() { Err(Stop::Enough) } else { Ok(()) }
            }
            Err(fault) => {
                faults += 1;
                progress.suspend(|| session.ui.error(&fault.in_file(place)));
                if faults == MOST_FAULTS { Err(Stop::Enough) } else { Ok(()) }
            }
        }
    });
    match stopped {
        Err(Stop::Io(e)) => return Err(input.unreadable(&e)),
        Err(Stop::Fault(fault)) => return Err(fault.in_file(place).with_hint("nothing was done")),
        _ if faults > 0 => return Err(Error::new(Kind::Input, "the list is wrong, so nothing was done")),
        _ => {}
    }
    failed.map_or_else(|| sorter.finish(), Err).map_err(|e| spool::failed(&e))
}
