//! Where a server's rows go: filtered, completed, counted, handed over.

use warden_plugin::{Error, ErrorKind, Host, Level, Rows};

use super::fault::Fault;
use super::record::{People, Record, Scratch, Selection};
use super::spellings::Spellings;

/// So many rows pass between two looks at Ctrl-C.
const CANCEL_CHECK: u64 = 1024;

/// The reader of one list.
pub struct Sink<'s, 'r> {
    selection: Selection<'s>,
    rows: &'s mut Rows<'r>,
    host: Host,
    now: i64,
    seen: u64,
    done: u64,
    stopped: bool,
    repaired: bool,
    scratch: Scratch,
}

impl<'s, 'r> Sink<'s, 'r> {
    /// A sink that has seen no row yet.
    pub fn new(selection: Selection<'s>, rows: &'s mut Rows<'r>, host: Host) -> Self {
        let scratch = Scratch::default();
        let now = host.now_us();
        Self { selection, rows, host, now, seen: 0, done: 0, stopped: false, repaired: false, scratch }
    }

    /// Whether a row was handed over.
    pub fn has_begun(&self) -> bool {
        self.done > 0
    }

    /// Whether the rows that are still to come are not wanted.
    pub fn has_enough(&self) -> bool {
        self.stopped || self.selection.query.limit.is_some_and(|limit| self.done >= limit)
    }

    /// Hands a row over if it is asked for.
    pub fn push(&mut self, record: &mut Record<'_>, spellings: &Spellings) -> Result<(), Fault> {
        if record.repaired {
            self.note_repair();
        }
        if self.seen.is_multiple_of(CANCEL_CHECK) && self.host.is_cancelled() {
            self.stopped = true;
            return Err(Fault::failed(ErrorKind::Unavailable, "interrupted"));
        }
        self.seen += 1;
        if !record.is_asked_for(self.selection, &mut self.scratch) {
            return Ok(());
        }
        spellings.complete(record);
        let people = People::of(&record.extra);
        self.done += 1;
        let row = record.row(self.now, &people, &mut self.scratch);
        self.rows.push(&row).map_err(|error: Error| {
            self.stopped = true;
            Fault::Stopped(error)
        })
    }

    /// Says, once, that some text was not UTF-8.
    fn note_repair(&mut self) {
        if !std::mem::replace(&mut self.repaired, true) {
            let text = "some text in the database is not UTF-8; it is shown with � in place of the bad bytes";
            self.host.log(Level::Warn, text);
        }
    }
}
