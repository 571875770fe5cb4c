//! A plugin on a thread of its own: when a call does not return in time, the host goes on without it. What a call borrows
//! is copied first, since it may be looked at after the host has gone on; rows are lent one by one, the plugin's thread
//! waiting while one is read.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use warden_plugin::{Applied, Error, Level, Result, Row};

use super::calls::Calls;
use super::host::Desk;
use super::kept::KeptConfig;
use super::loader::Plugin;

/// A plugin on a thread of its own.
pub struct Apart {
    /// `None` once a call has not returned.
    jobs: Option<Sender<Job>>,
    /// Nothing is sent: it closes when the instance is destroyed.
    end: Receiver<()>,
    desk: &'static Desk,
    limit: Duration,
}

type Job = Box<dyn FnOnce(&mut Calls) + Send>;

/// What a read hands over.
pub enum Item {
    /// A row.
    Row(LentRow),
    /// A count of a summary: dimension, value, count.
    Count(String, String, u64),
}

/// A row of the plugin's thread, which waits until the row has been read.
pub struct LentRow {
    row: *const Row<'static>,
    repaired: bool,
    applied: Applied,
}

// SAFETY: the row is read while the thread that owns it waits for the answer (`Apart::read`), so nobody else uses it.
unsafe impl Send for LentRow {}

impl Item {
    /// Lends a row to another thread. Whoever calls it waits before the row dies: see `Apart::read`.
    pub fn row(row: &Row<'_>, repaired: bool, applied: Applied) -> Self {
        Self::Row(LentRow { row: std::ptr::from_ref(row).cast(), repaired, applied })
    }

    /// Hands the row to a reader; answers whether it wants more.
    pub fn with_row(&self, rows: &mut dyn FnMut(&Row<'_>, bool, Applied) -> bool) -> bool {
        match self {
            // SAFETY: the plugin's thread keeps the row alive until it has the answer to this item.
            Self::Row(lent) => rows(unsafe { &*lent.row }, lent.repaired, lent.applied),
            Self::Count(..) => true,
        }
    }
}

/// What the plugin's thread says during a call.
enum Word<T> {
    Item(Item),
    Done(Result<T>),
}

impl Apart {
    /// Starts the thread, and the plugin on it.
    pub fn init(plugin: Plugin, config: KeptConfig, desk: &'static Desk, limit: Duration) -> Result<Self> {
        let (jobs, to_do) = channel::<Job>();
        let (started, start) = sync_channel(1);
        let (ended, end) = channel();
        let run = move || {
            let calls = Calls::init(plugin, &config.get(), desk);
            let (running, result) = match calls {
                Ok(calls) => (Some(calls), Ok(())),
                Err(error) => (None, Err(error)),
            };
            // Nobody may listen any more: then there is no job either.
            let _ = started.send(result);
            if let Some(mut calls) = running {
                to_do.into_iter().for_each(|job| job(&mut calls));
            }
            drop(ended);
        };
        thread::Builder::new()
            .name("plugin".into())
            .spawn(run)
            .map_err(|e| Error::unavailable(format!("cannot start a thread: {e}")))?;
        let mut apart = Self { jobs: Some(jobs), end, desk, limit };
        match start.recv_timeout(limit) {
            Ok(result) => result.map(|()| apart),
            Err(why) => Err(apart.lost("init", why)),
        }
    }

    /// A call that hands nothing over.
    pub fn call<T: Send + 'static>(
        &mut self,
        name: &'static str,
        f: impl FnOnce(&mut Calls) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.read(name, move |calls, _| f(calls), &mut |_| true)
    }

    /// A call that hands over items. The time that the reader takes for them does not count.
    pub fn read<T: Send + 'static>(
        &mut self,
        name: &'static str,
        f: impl FnOnce(&mut Calls, &mut dyn FnMut(Item) -> bool) -> Result<T> + Send + 'static,
        take: &mut dyn FnMut(Item) -> bool,
    ) -> Result<T> {
        let (say, said) = sync_channel(1);
        let (answer, answered) = sync_channel::<bool>(1);
        let job: Job = Box::new(move |calls| converse(calls, f, &say, &answered));
        let gone = || Error::unavailable("the plugin has not returned from an earlier call");
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        let mut left = self.limit;
        loop {
            let since = Instant::now();
            match said.recv_timeout(left) {
                Ok(Word::Item(item)) => {
                    left = left.saturating_sub(since.elapsed());
                    // The plugin's thread waits for this answer, so it is there to hear it.
                    let _ = answer.send(take(item));
                }
                Ok(Word::Done(result)) => return result,
                Err(why) => return Err(self.lost(name, why)),
            }
        }
    }

    /// Leaves a call behind that did not return.
    fn lost(&mut self, name: &str, why: RecvTimeoutError) -> Error {
        self.jobs = None;
        self.desk.give_up();
        match why {
            RecvTimeoutError::Timeout => {
                let limit = self.limit;
                Error::unavailable(format!("the plugin did not return from `{name}` within {limit:?}"))
                    .with_hint("give it more time with --timeout")
            }
            RecvTimeoutError::Disconnected => {
                Error::internal(format!("the plugin's thread ended during `{name}`"))
            }
        }
    }
}

/// The plugin's side of a call: each item waits for its answer; a host that has gone on wants no more.
fn converse<T>(
    calls: &mut Calls,
    f: impl FnOnce(&mut Calls, &mut dyn FnMut(Item) -> bool) -> Result<T>,
    say: &SyncSender<Word<T>>,
    answered: &Receiver<bool>,
) {
    let mut hand =
        |item| say.send(Word::Item(item)).is_ok() && answered.recv().is_ok_and(|wants_more| wants_more);
    let result = f(calls, &mut hand);
    // A host that has gone on does not want to know.
    let _ = say.send(Word::Done(result));
}

impl Drop for Apart {
    /// Destroy, as far as it returns in time.
    fn drop(&mut self) {
        if self.jobs.take().is_some() {
            if let Err(RecvTimeoutError::Timeout) = self.end.recv_timeout(self.limit) {
                let limit = self.limit;
                self.desk
                    .say(Level::Warn, &format!("the plugin did not return from `destroy` within {limit:?}"));
            }
        }
    }
}
