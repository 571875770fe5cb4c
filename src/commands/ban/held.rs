//! The bans that one backend holds now, sorted by target and source: what `sync` and `diff` compare.

use warden_plugin::{Query, Row, Target};

use super::Scope;
use super::import::orders::Order;
use crate::backends::{Backends, Question};
use crate::error::{Error, Exit, Kind, Result};
use crate::instant::Instant;
use crate::interrupt;
use crate::progress::Progress;
use crate::spool::{self, Sorted, Sorter};
use crate::ui::Ui;

/// Refuses `--backend`, which names something else than the two backends of these commands.
pub fn refuse_backends(scope: Scope<'_>) -> Result {
    match scope.backends {
        [] => Ok(()),
        _ => Err(Error::usage("--backend does not go with this command: it names its two backends itself")),
    }
}

/// Reads what a backend holds, as far as the other one can hold it. Memory: the spool's.
///
/// # Errors
/// When it cannot be read to its end: a part must not be taken for the whole.
pub fn read(
    backends: &mut Backends,
    name: &str,
    (now, ui): (Instant, Ui),
    wanted: &dyn Fn(&Row<'_>) -> bool,
) -> Result<Sorted> {
    let query = Query { at_us: now.micros(), ..Query::default() };
    let question = Question { query, past: false, named: true };
    let (mut sorter, mut value, mut failed) = (Sorter::default(), Vec::new(), None);
    let mut progress = Progress::new(ui, "reading", None);
    let exit = backends.read(&question, &mut |ban| {
        progress.add(1);
        if wanted(ban.row) {
            failed = order(ban.row).and_then(|order| order.push(&mut sorter, &mut value).err());
        }
        failed.is_none() && !interrupt::pressed()
    });
    drop(progress);
    interrupt::check().map_err(|e| Error::new(Kind::Refused, e.to_string()))?;
    match failed {
        Some(error) => Err(spool::failed(&error)),
        None if exit == Exit::Done => sorter.finish().map_err(|e| spool::failed(&e)),
        None => {
            Err(Error::new(Kind::Backend, format!("backend \"{name}\" could not be read; nothing was done")))
        }
    }
}

/// A ban as another backend would be told of it; what is no target cannot be told.
fn order(row: &Row<'_>) -> Option<Order> {
    let text = |text: &str| text.to_owned();
    Some(Order {
        target: Target::of_stored(row.target)?,
        source: text(row.source),
        action: text(row.action),
        reason: text(row.reason),
        country: text(row.country),
        as_name: text(row.as_name),
        as_number: row.as_number,
        until: Instant::from_micros(row.until_us),
        length: 0,
    })
}
