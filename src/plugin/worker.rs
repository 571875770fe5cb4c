//! A plugin on a thread of its own: when a call does not return in time, the host goes on without it. What a call borrows
//! is copied first, since an abandoned call may still look at it; so are the rows that a read hands over, of which no
//! more than [`QUEUED`] wait to be read.

use std::mem::take;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use warden_plugin::pack::{OwnedConfig, OwnedRow};
use warden_plugin::{Applied, Change, Error, Level, Result, Row};

use super::calls::Calls;
use super::host::HostContext;
use super::loader::Plugin;

/// A plugin on a thread of its own.
pub struct Worker {
    /// `None` once a call was abandoned.
    jobs: Option<Sender<Job>>,
    /// Nothing is sent: it closes when the instance is destroyed.
    destroyed: Receiver<()>,
    host: &'static HostContext,
    timeout: Duration,
}

type Job = Box<dyn FnOnce(&mut Calls) + Send>;

/// What a read hands over.
pub enum Item {
    Row { row: OwnedRow, repaired: bool, applied: Applied },
    Count { dimension: String, value: String, count: u64 },
    Change(Change),
}

impl Item {
    /// A copy of a row.
    pub fn row(row: &Row<'_>, repaired: bool, applied: Applied) -> Self {
        Self::Row { row: OwnedRow::new(row), repaired, applied }
    }

    /// Hands the row to a reader; answers whether it wants more.
    pub fn with_row(&self, rows: &mut dyn FnMut(&Row<'_>, bool, Applied) -> bool) -> bool {
        match self {
            Self::Row { row, repaired, applied } => rows(&row.get(), *repaired, *applied),
            Self::Count { .. } | Self::Change(_) => true,
        }
    }
}

/// How many items may wait to be read.
const QUEUED: usize = 1_024;
/// The host is woken for so many items, and not for each: a thread's wake-up costs more than a row.
const BATCH: usize = 256;
/// After so long the host looks for fewer, so that a slow plugin's rows still appear as they come.
const BATCH_WAIT: Duration = Duration::from_millis(5);

/// What both threads share during one call.
struct Exchange<T> {
    state: Mutex<State<T>>,
    host_wakes: Condvar,
    plugin_wakes: Condvar,
}

struct State<T> {
    items: Vec<Item>,
    result: Option<Result<T>>,
    /// The host wants no more, or has gone on.
    stopped: bool,
}

impl Worker {
    /// Starts the thread, and the plugin on it.
    pub fn init(
        plugin: Plugin,
        config: OwnedConfig,
        host: &'static HostContext,
        timeout: Duration,
    ) -> Result<Self> {
        let (jobs, to_do) = channel::<Job>();
        let (report_init, init) = channel();
        let (alive, destroyed) = channel();
        let run = move || {
            let (running, result) = match Calls::init(plugin, &config.get(), host) {
                Ok(calls) => (Some(calls), Ok(())),
                Err(error) => (None, Err(error)),
            };
            // A host that has gone on sends no job either.
            let _ = report_init.send(result);
            if let Some(mut calls) = running {
                for job in to_do {
                    job(&mut calls);
                }
            }
            drop(alive);
        };
        thread::Builder::new()
            .name("plugin".into())
            .spawn(run)
            .map_err(|e| Error::unavailable(format!("cannot start a thread: {e}")))?;
        let mut worker = Self { jobs: Some(jobs), destroyed, host, timeout };
        match init.recv_timeout(timeout) {
            Ok(result) => result.map(|()| worker),
            Err(_) => Err(worker.abandon("init")),
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
        let exchange = Arc::new(Exchange::new());
        let plugin_side = Arc::clone(&exchange);
        let job: Job = Box::new(move |calls| {
            let result = f(calls, &mut |item| plugin_side.send(item));
            plugin_side.finish(result);
        });
        let gone = || Error::unavailable("the plugin has not returned from an earlier call");
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        exchange.receive(self.timeout, reader).unwrap_or_else(|| Err(self.abandon(name)))
    }

    /// Whether a call was abandoned.
    pub fn is_abandoned(&self) -> bool {
        self.jobs.is_none()
    }

    /// Goes on without a call that did not return. Its thread cannot be ended: it holds locks of the process and memory
    /// that nobody would free.
    fn abandon(&mut self, name: &str) -> Error {
        self.jobs = None;
        self.host.give_up();
        Error::unavailable(format!("the plugin did not return from `{name}` within {:?}", self.timeout))
            .with_hint("give it more time with --timeout")
    }
}

impl<T> Exchange<T> {
    fn new() -> Self {
        let state = Mutex::new(State { items: Vec::new(), result: None, stopped: false });
        Self { state, host_wakes: Condvar::new(), plugin_wakes: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plugin's side: leaves an item for the host; answers whether it wants more.
    fn send(&self, item: Item) -> bool {
        let full = |state: &mut State<T>| state.items.len() >= QUEUED && !state.stopped;
        let mut state =
            self.plugin_wakes.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        state.items.push(item);
        if state.items.len() == BATCH {
            self.host_wakes.notify_one();
        }
        !state.stopped
    }

    /// The plugin's side: the call has returned.
    fn finish(&self, result: Result<T>) {
        self.state().result = Some(result);
        self.host_wakes.notify_one();
    }

    /// The host's side: reads what is handed over until the call returns; `None`: it did not within the timeout.
    fn receive(&self, timeout: Duration, reader: &mut dyn FnMut(Item) -> bool) -> Option<Result<T>> {
        let mut left = timeout;
        loop {
            let since = Instant::now();
            let waits = |state: &mut State<T>| state.items.len() < BATCH && state.result.is_none();
            let (mut state, _) = self
                .host_wakes
                .wait_timeout_while(self.state(), BATCH_WAIT.min(left), waits)
                .unwrap_or_else(PoisonError::into_inner);
            left = left.saturating_sub(since.elapsed());
            let (items, result, stopped) = (take(&mut state.items), state.result.take(), state.stopped);
            state.stopped |= result.is_none() && left.is_zero();
            // The reader may take its time: the plugin goes on meanwhile.
            drop(state);
            self.plugin_wakes.notify_one();
            if !stopped && !items.into_iter().all(&mut *reader) {
                self.state().stopped = true;
            }
            if result.is_some() || left.is_zero() {
                return result;
            }
        }
    }
}

impl Drop for Worker {
    /// Destroy, as far as it returns in time.
    fn drop(&mut self) {
        if self.jobs.take().is_none() {
            return;
        }
        if let Err(RecvTimeoutError::Timeout) = self.destroyed.recv_timeout(self.timeout) {
            let message = format!("the plugin did not return from `destroy` within {:?}", self.timeout);
            self.host.log(Level::Warn, &message);
        }
    }
}
