//! A stream of signals: Insert by Insert, a Flush now and then. What is stored where is known only after the Flush.

use warden_plugin::Signal;

use crate::backends::{Backends, Discarded, Member};
use crate::error::Error;
use crate::plugin::Instance;

/// How many signals one backend has taken.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The backend's name.
    pub backend: String,
    /// So many are stored for good.
    pub stored: u64,
    /// So many were taken since the last Flush.
    pending: u64,
    /// The first thing that failed.
    pub error: Option<Error>,
}

/// What is stored of a stream, and what waits for the next Flush.
#[derive(Default)]
pub struct StreamCounts {
    /// The backends, discarded ones too.
    pub backends: Vec<Stored>,
    /// Signal and backend of each Insert that waits.
    pending: Vec<(u64, usize)>,
    /// Signals that lie in a backend at least.
    pub stored: u64,
}

impl Backends {
    /// `StartAutoCommit`.
    pub fn begin_stream(&mut self) -> StreamCounts {
        self.each("start_auto_commit", |_, instance| instance.start_auto_commit());
        let member =
            |m: &Member| Stored { backend: m.name.clone(), stored: 0, pending: 0, error: m.failed.clone() };
        let lost = |d: &Discarded| Stored {
            backend: d.name.clone(),
            stored: 0,
            pending: 0,
            error: Some(d.error.clone()),
        };
        let backends = self.members.iter().map(member).chain(self.discarded.iter().map(lost)).collect();
        StreamCounts { backends, ..StreamCounts::default() }
    }

    /// Inserts a signal, by its number, into the backends that are wanted; answers whether one was, and whether one took it.
    /// What fails is a warning: the next signal is tried again.
    pub fn insert(
        &mut self,
        number: u64,
        signal: &Signal<'_>,
        counts: &mut StreamCounts,
        wanted: &dyn Fn(&str) -> bool,
    ) -> (bool, bool) {
        let (mut meant, mut taken) = (false, false);
        let ui = self.ui;
        if counts.pending.is_empty() {
            self.begin_enforcing();
        }
        for (i, member) in self.members.iter_mut().enumerate().filter(|(_, m)| wanted(&m.name)) {
            meant = true;
            match member.instance.insert(signal) {
                Ok(_) => {
                    taken = true;
                    counts.backends[i].pending += 1;
                    counts.pending.push((number, i));
                }
                Err(error) => {
                    let error = member.failed("insert", &error);
                    ui.warn(&error);
                    counts.backends[i].error.get_or_insert(error);
                }
            }
        }
        (meant, taken)
    }

    /// Flush, on each backend; answers how many signals no backend has after all.
    pub fn flush(&mut self, counts: &mut StreamCounts) -> u64 {
        let mut is_flushed = Vec::with_capacity(self.members.len());
        let mut stored = None;
        for i in 0..self.members.len() {
            if self.members[i].is_lost && self.heals && stored.is_none() {
                // All stores are flushed by now.
                stored = self.stored_bans();
            }
            let (member, count) = (&mut self.members[i], &mut counts.backends[i]);
            member.is_locked = false;
            let pending = std::mem::take(&mut count.pending);
            let lost = stored.as_ref().filter(|_| std::mem::take(&mut member.is_lost));
            let restored = match lost {
                Some(stored) => stored.restore(&member.name, &mut member.instance, self.ui),
                None => Ok(None),
            };
            let flushed = restored.and_then(|line| Instance::flush(&mut member.instance).map(|()| line));
            let flushed = flushed.map(|line| line.iter().for_each(|line| self.ui.say(line)));
            is_flushed.push(flushed.is_ok());
            match flushed {
                Ok(()) => {
                    count.stored += pending;
                    member.changed |= pending > 0;
                    member.replied = true;
                }
                Err(error) => {
                    let error = member.failed("flush", &error);
                    self.ui.error(&error);
                    count.error.get_or_insert(error);
                }
            }
        }
        // The entries of a signal follow one another.
        let (mut all, mut stored) = (0, 0);
        for entries in counts.pending.chunk_by(|a, b| a.0 == b.0) {
            all += 1;
            stored += u64::from(entries.iter().any(|(_, backend)| is_flushed[*backend]));
        }
        counts.pending.clear();
        counts.stored += stored;
        all - stored
    }
}
