//! A plugin on a thread of its own: when a call does not return in time, the host goes on without it. What a call borrows
//! is copied first, since it may be looked at after the host has gone on; so are the rows that a read hands over, of
//! which no more than [`AHEAD`] wait to be read.

use std::mem::take;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use warden_plugin::{Applied, Error, Level, Result, Row};

use super::calls::Calls;
use super::host::Desk;
use super::kept::{KeptConfig, KeptRow};
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
    /// A row, whether its text was repaired, and the filters that the plugin honours.
    Row(KeptRow, bool, Applied),
    /// A count of a summary: dimension, value, count.
    Count(String, String, u64),
}

impl Item {
    /// A copy of a row.
    pub fn row(row: &Row<'_>, repaired: bool, applied: Applied) -> Self {
        Self::Row(KeptRow::new(row), repaired, applied)
    }

    /// Hands the row to a reader; answers whether it wants more.
    pub fn with_row(&self, rows: &mut dyn FnMut(&Row<'_>, bool, Applied) -> bool) -> bool {
        match self {
            Self::Row(row, repaired, applied) => rows(&row.get(), *repaired, *applied),
            Self::Count(..) => true,
        }
    }
}

/// How many items may wait to be read.
const AHEAD: usize = 1_024;
/// How many items are worth waking the host for.
const WORTH: usize = 256;
/// After how long fewer are.
const GLANCE: Duration = Duration::from_millis(5);

/// The talk between both threads during one call.
struct Talk<T> {
    said: Mutex<Said<T>>,
    to_host: Condvar,
    to_plugin: Condvar,
}

struct Said<T> {
    items: Vec<Item>,
    result: Option<Result<T>>,
    /// The host wants no more, or has gone on.
    enough: bool,
}

impl Apart {
    /// Starts the thread, and the plugin on it.
    pub fn init(plugin: Plugin, config: KeptConfig, desk: &'static Desk, limit: Duration) -> Result<Self> {
        let (jobs, to_do) = channel::<Job>();
        let (started, start) = channel();
        let (ended, end) = channel();
        let run = move || {
            let (running, result) = match Calls::init(plugin, &config.get(), desk) {
                Ok(calls) => (Some(calls), Ok(())),
                Err(error) => (None, Err(error)),
            };
            // A host that has gone on sends no job either.
            let _ = started.send(result);
            if let Some(mut calls) = running {
                for job in to_do {
                    job(&mut calls);
                }
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
            Err(_) => Err(apart.lost("init")),
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
        reader: &mut dyn FnMut(Item) -> bool,
    ) -> Result<T> {
        let talk = Arc::new(Talk::new());
        let theirs = Arc::clone(&talk);
        let job: Job = Box::new(move |calls| {
            let result = f(calls, &mut |item| theirs.hand(item));
            theirs.end(result);
        });
        let gone = || Error::unavailable("the plugin has not returned from an earlier call");
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        talk.listen(self.limit, reader).unwrap_or_else(|| Err(self.lost(name)))
    }

    /// Whether a call has not returned.
    pub fn is_lost(&self) -> bool {
        self.jobs.is_none()
    }

    /// Leaves a call behind that did not return.
    fn lost(&mut self, name: &str) -> Error {
        self.jobs = None;
        self.desk.give_up();
        Error::unavailable(format!("the plugin did not return from `{name}` within {:?}", self.limit))
            .with_hint("give it more time with --timeout")
    }
}

impl<T> Talk<T> {
    fn new() -> Self {
        let said = Mutex::new(Said { items: Vec::new(), result: None, enough: false });
        Self { said, to_host: Condvar::new(), to_plugin: Condvar::new() }
    }

    fn said(&self) -> MutexGuard<'_, Said<T>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plugin's side: leaves an item for the host; answers whether it wants more.
    fn hand(&self, item: Item) -> bool {
        let full = |said: &mut Said<T>| said.items.len() >= AHEAD && !said.enough;
        let mut said = self.to_plugin.wait_while(self.said(), full).unwrap_or_else(PoisonError::into_inner);
        said.items.push(item);
        if said.items.len() == WORTH {
            self.to_host.notify_one();
        }
        !said.enough
    }

    /// The plugin's side: the call has returned.
    fn end(&self, result: Result<T>) {
        self.said().result = Some(result);
        self.to_host.notify_one();
    }

    /// The host's side: reads what is handed over until the call returns; `None`: it did not within the limit.
    fn listen(&self, limit: Duration, reader: &mut dyn FnMut(Item) -> bool) -> Option<Result<T>> {
        let mut left = limit;
        loop {
            let since = Instant::now();
            let quiet = |said: &mut Said<T>| said.items.len() < WORTH && said.result.is_none();
            let (mut said, _) = self
                .to_host
                .wait_timeout_while(self.said(), GLANCE.min(left), quiet)
                .unwrap_or_else(PoisonError::into_inner);
            left = left.saturating_sub(since.elapsed());
            let (items, result, enough) = (take(&mut said.items), said.result.take(), said.enough);
            said.enough |= result.is_none() && left.is_zero();
            drop(said);
            self.to_plugin.notify_one();
            if !enough && !items.into_iter().all(&mut *reader) {
                self.said().enough = true;
            }
            if result.is_some() || left.is_zero() {
                return result;
            }
        }
    }
}

impl Drop for Apart {
    /// Destroy, as far as it returns in time.
    fn drop(&mut self) {
        if self.jobs.take().is_none() {
            return;
        }
        if let Err(RecvTimeoutError::Timeout) = self.end.recv_timeout(self.limit) {
            let words = format!("the plugin did not return from `destroy` within {:?}", self.limit);
            self.desk.say(Level::Warn, &words);
        }
    }
}
