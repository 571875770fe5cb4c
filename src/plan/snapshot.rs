//! The bans that backends have now, as another one would be told of them: what `sync` and `diff` compare.

use warden_plugin::{Query, Row};

use super::spooled::push_row;
use crate::backends::{Backends, Question, Selection};
use crate::error::{Error, Kind, Result};
use crate::instant::Instant;
use crate::progress::Progress;
use crate::spool::{self, Sorted, Sorter};
use crate::ui::Ui;

/// Reads the bans of a backend that are wanted, sorted by target and source. Memory: the spool's.
///
/// # Errors
/// When it cannot be read to its end: a part must not be taken for the whole.
pub fn snapshot(
    backends: &mut Backends,
    name: &str,
    now: Instant,
    ui: Ui,
    wanted: &dyn Fn(&Row<'_>) -> bool,
) -> Result<Sorted> {
    let query = Query { at_us: now.micros(), ..Query::default() };
    let question = Question { query, selection: Selection { named: true, past: false } };
    let (mut sorter, mut value, mut failed) = (Sorter::default(), Vec::new(), None);
    let mut progress = Progress::new(ui, "reading", None);
    let complete = backends.read(&question, &mut |ban| {
        progress.add(1);
        if wanted(ban.row) {
            failed = push_row(ban.row, &mut sorter, &mut value).err();
        }
        failed.is_none()
    });
    drop(progress);
    match failed {
        Some(error) => Err(spool::failed(&error)),
        None if complete => sorter.finish().map_err(|e| spool::failed(&e)),
        None => {
            Err(Error::new(Kind::Backend, format!("backend \"{name}\" could not be read; nothing was done")))
        }
    }
}
