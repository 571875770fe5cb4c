//! The flush: what waits goes to the server. New bans first, all of them or none; then what they replace and what was
//! to end. A failure says exactly what is so now.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

use ureq::http::Method;
use warden_plugin::{Error, Result};

use super::body;
use super::listing::{self, Ask, encoded};
use super::pending::Pending;
use super::plan::{self, Group};
use super::progress::Progress;
use crate::client::{Client, Failure, Known, Outcome, described};
use crate::clock::Clock;
use crate::source;
use crate::wire::list::{self, Reading};

const ALERTS: &str = "/v1/alerts";
const DECISIONS: &str = "/v1/decisions";

/// For more bans than this the left-overs of a failed request are not looked for: each costs a request.
const SWEEP: usize = 100;

/// The pauses between two tries on a locked database, in milliseconds, by chance within: whoever else waits must not
/// come back at the same time.
const PAUSE_MS: std::ops::Range<u64> = 10..150;

/// One flush.
pub struct Sender<'s> {
    pub client: &'s mut Client,
    pub clock: &'s Clock,
    pub busy_timeout: Duration,
}

/// A request that failed, and whether its bans may be stored nevertheless.
struct Unsent {
    failure: Failure,
    unsure: bool,
}

impl Sender<'_> {
    /// Sends everything.
    ///
    /// # Errors
    /// What went wrong, and what is done nevertheless.
    pub fn send(&mut self, pending: &Pending) -> Result {
        let mut progress = Progress::of(pending);
        self.steps(pending, &mut progress).map_err(|failure| progress.explain(&failure.error))
    }

    fn steps(&mut self, pending: &Pending, progress: &mut Progress) -> Outcome {
        if let Some(scopes) = &pending.everything {
            let scopes: BTreeSet<&str> = scopes.iter().map(|scope| &**scope).chain(["Ip", "Range"]).collect();
            for scope in scopes {
                self.end(&format!("{DECISIONS}?scopes={}", encoded(scope)))?;
                progress.all_ended = true;
            }
        }
        self.add(pending, progress)?;
        for id in &pending.replaced {
            self.end(&format!("{DECISIONS}/{id}"))?;
            progress.ended += 1;
        }
        for end in &pending.ends {
            // By its value the server also ends what its lists do not show; a ban that was just added must stay.
            if pending.adds_to(end.target) {
                for id in &end.ids {
                    self.end(&format!("{DECISIONS}/{id}"))?;
                }
            } else {
                for (scope, value) in &end.spelled {
                    let (scope, value) = (encoded(scope), encoded(value));
                    self.end(&format!("{DECISIONS}?scopes={scope}&value={value}"))?;
                }
            }
            progress.ended += end.ids.len();
        }
        Ok(())
    }

    /// Adds all new bans; when that fails, takes back those that were added.
    fn add(&mut self, pending: &Pending, progress: &mut Progress) -> Outcome {
        let mut sent = Vec::new();
        for request in plan::requests(pending.adds(), self.clock.command_us()) {
            let bans = request.iter().map(|group| group.adds.len()).sum();
            match self.post(&request) {
                Ok(alerts) => {
                    sent.extend(alerts);
                    progress.stored += bans;
                }
                Err(Unsent { failure, unsure }) => {
                    progress.unsure = if unsure { bans } else { 0 };
                    self.client.see_it_through();
                    progress.stored -= self.take_back(&sent).min(progress.stored);
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// Sends one request, again while the server's database is locked; answers the alerts' ids.
    fn post(&mut self, request: &[Group<'_>]) -> Result<Vec<u64>, Unsent> {
        let mark = body::mark(self.clock.command_us());
        let bytes = body::of(request, &mark, self.clock.command_us());
        let deadline = Instant::now() + self.busy_timeout;
        let mut broken = false;
        loop {
            let failure = match self.post_once(&bytes) {
                Ok(alerts) => return Ok(alerts),
                Err(failure) if failure.known == Known::NothingDone => {
                    return Err(Unsent { failure, unsure: false });
                }
                Err(failure) => failure,
            };
            let Ok(stored) = self.marked(request, &mark) else {
                return Err(Unsent { failure, unsure: true });
            };
            if stored.len() == request.len() {
                return Ok(stored);
            }
            if failure.known == Known::Silent {
                return Err(Unsent { failure, unsure: true });
            }
            self.take_back(&stored);
            self.sweep(request);
            let again = match failure.known {
                Known::Locked => Instant::now() < deadline,
                Known::Broken => !std::mem::replace(&mut broken, true),
                _ => false,
            };
            if !again {
                return Err(Unsent { failure, unsure: false });
            }
            pause();
        }
    }

    fn post_once(&mut self, bytes: &[u8]) -> Outcome<Vec<u64>> {
        let answer = self.client.post(ALERTS, bytes)?;
        let what = described(&Method::POST, ALERTS);
        let asked = self.client.asked(&what);
        let ids: Vec<String> = serde_json::from_reader(answer).map_err(|e| asked.json(e))?;
        ids.iter().map(|id| id.parse().map_err(|_| asked.garbage("an alert's id is no number"))).collect()
    }

    /// The alerts of a request whose answer was no or was lost: the server may have stored them.
    fn marked(&mut self, request: &[Group<'_>], mark: &str) -> Outcome<Vec<u64>> {
        let ask = match request {
            [Group { adds, .. }] if !adds.is_empty() => Ask::covering(adds[0].target, None),
            _ => Ask::all(),
        };
        let mut stored = BTreeSet::new();
        listing::read(self.client, self.clock, &ask, &|_| true, &mut |found| {
            if found.alert.mark == mark {
                stored.insert(found.alert.id);
            }
            Ok(())
        })?;
        Ok(stored.into_iter().collect())
    }

    /// Ends the decisions of alerts; answers how many it could.
    fn take_back(&mut self, alerts: &[u64]) -> usize {
        let mut ended = 0;
        for alert in alerts {
            let Ok(ids) = self.decisions_of(*alert) else { continue };
            for id in ids {
                ended += usize::from(self.end(&format!("{DECISIONS}/{id}")).is_ok());
            }
        }
        ended
    }

    fn decisions_of(&mut self, alert: u64) -> Outcome<Vec<u64>> {
        let path = format!("{ALERTS}/{alert}");
        let answer = self.client.get(&path)?;
        let mut ids = Vec::new();
        let mut each = |_: &list::Alert, decisions: &[list::Decision]| {
            ids.extend(decisions.iter().map(|decision| decision.id));
            Ok(())
        };
        let done = list::read_one(answer, Reading { wanted: &|_| true, each: &mut each });
        done.map_err(|fault| self.client.fault(fault, &path))?;
        Ok(ids)
    }

    /// Ends what a failed request left behind: decisions without an alert, which bouncers see and no list shows. They
    /// can be told from others by value and origin alone, so what stands for a ban that is being replaced is spared.
    fn sweep(&mut self, request: &[Group<'_>]) {
        let adds = || request.iter().flat_map(|group| &group.adds);
        if adds().count() > SWEEP {
            return;
        }
        for add in adds().filter(|add| !add.replaces) {
            let (scope, value) = (body::scope(add.target), add.target.text());
            let origin = source::origin(&add.source);
            let path = format!(
                "{DECISIONS}?scopes={scope}&value={}&origin={}",
                encoded(value.as_str()),
                encoded(&origin)
            );
            // Without it they end when their time is over.
            let _ = self.end(&path);
        }
    }

    /// Ends what a path names, again while the server's database is locked; what is gone is ended.
    fn end(&mut self, path: &str) -> Outcome {
        let deadline = Instant::now() + self.busy_timeout;
        let mut broken = false;
        loop {
            let failure = match self.client.delete(path) {
                Ok(mut answer) => {
                    // Read to its end, the connection serves the next request.
                    let _ = answer.read_to_end(&mut Vec::new());
                    return Ok(());
                }
                Err(failure) => failure,
            };
            match failure.known {
                Known::Gone => return Ok(()),
                Known::Locked if Instant::now() < deadline => pause(),
                Known::Broken if !broken => broken = true,
                _ => return Err(failure),
            }
        }
    }
}

fn pause() {
    let chance = RandomState::new().hash_one(0_u8) % (PAUSE_MS.end - PAUSE_MS.start);
    thread::sleep(Duration::from_millis(PAUSE_MS.start + chance));
}

/// `Error` with other words.
pub fn reworded(error: &Error, message: String) -> Error {
    Error::new(error.kind(), message).with_key(error.key()).with_hint(error.hint())
}
