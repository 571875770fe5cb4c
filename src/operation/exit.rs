//! The one table of exit codes of the commands that use backends; docs/src/usage.md has it for people.

use crate::backends::Outcome;
use crate::error::Exit;

/// `found`: the exit code if no backend failed. `checks`: a yes or no was asked for. `pressed`: Ctrl-C.
pub fn exit(outcome: Outcome, found: Exit, checks: bool, pressed: bool) -> Exit {
    match (outcome.lost, outcome.done) {
        (0, _) => found,
        _ if pressed => Exit::Interrupted,
        // Not even a part is known: the answer may be yes.
        (_, 0) if checks => Exit::Partial,
        (_, 0) => Exit::Failed,
        _ => Exit::Partial,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let exit = |done, lost, found, checks| exit(Outcome { done, lost }, found, checks, false);
        assert_eq!(exit(2, 0, Exit::Done, false), Exit::Done);
        assert_eq!(exit(2, 0, Exit::NoMatch, false), Exit::NoMatch);
        // A backend that did not answer may have what was not found.
        assert_eq!(exit(1, 1, Exit::NoMatch, false), Exit::Partial);
        assert_eq!(exit(1, 1, Exit::Done, true), Exit::Partial);
        assert_eq!(exit(0, 2, Exit::Done, false), Exit::Failed);
        assert_eq!(exit(0, 2, Exit::Done, true), Exit::Partial);
    }

    #[test]
    fn what_was_interrupted_is_said_to_be_so_unless_all_was_done_before() {
        assert_eq!(exit(Outcome { done: 1, lost: 1 }, Exit::Done, false, true), Exit::Interrupted);
        assert_eq!(exit(Outcome { done: 2, lost: 0 }, Exit::Done, false, true), Exit::Done);
    }
}
