//! All plugins as one: stores before enforcers, each in file-name order, each tried, each reported, shut down in the end. What a failed one means
//! for the exit code is decided by `operation`.

pub mod config;
mod inspecting;
pub mod matching;
mod reading;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use warden_plugin::{Capabilities, Error as PluginError, ErrorKind};

use crate::actor;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::plugin::{By, Instance, Plugin, loader};
use crate::ui::Ui;
use config::{BackendConfig, Head, files};
pub use inspecting::Inspected;
pub use reading::{Question, Selection};

/// The running backends, those that could not be started, and how each of them did. To drop it is to shut them down: so
/// nothing that a command forgets leaves one without its end.
pub struct Backends {
    pub members: Vec<Member>,
    pub discarded: Vec<Discarded>,
    /// The names of all that are configured; `None`: a file could not be read, so that nobody knows them all.
    configured: Option<Vec<String>>,
    /// Whether an enforcer that lost what it had is restored.
    pub heals: bool,
    /// Bans are applied by something that reads a store.
    pub is_enforced_elsewhere: bool,
    is_incomplete: bool,
    pub mode: Mode,
    pub ui: Ui,
}

/// What a command does to its backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It only reads.
    Read,
    /// It looks at the backends themselves: those that cannot be used are part of the answer.
    Inspect,
    /// It reads to answer yes or no: when no backend answers, the answer is not known.
    Check,
    /// It writes: Ctrl-C discards.
    Write,
    /// It counts what a write would do.
    Rehearse,
    /// It writes what comes, until it is told to end: SIGTERM and Ctrl-C flush.
    Stream,
}

impl Mode {
    /// A write, or what it would come to.
    pub fn write(dry_run: bool) -> Self {
        if dry_run { Self::Rehearse } else { Self::Write }
    }

    /// Whether it is a write, or what one would come to.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Write | Self::Rehearse | Self::Stream)
    }
}

/// A running backend.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Member {
    pub name: String,
    file: PathBuf,
    path: PathBuf,
    pub instance: Instance,
    /// The first call that failed, which was reported: this command asks it nothing more that would only be good to know.
    pub failed: Option<Error>,
    /// It has answered.
    pub replied: bool,
    /// It has flushed a change: that stays, whatever fails afterwards.
    pub changed: bool,
    /// An enforcer whose lock is held.
    pub is_locked: bool,
    /// An enforcer that lost what it had.
    pub is_lost: bool,
    /// An enforcer to which nothing leads packets.
    pub is_unhooked: bool,
    /// It panicked: only its end is left.
    ended: bool,
}

/// A backend that was discarded.
pub struct Discarded {
    /// Its name; the file's name when it has none.
    pub name: String,
    file: PathBuf,
    /// Its plugin, as far as it was found.
    path: Option<PathBuf>,
    plugin: Option<Plugin>,
    /// Why.
    pub error: Error,
}

/// What one backend answered.
#[derive(Debug)]
pub struct Answer<T> {
    /// The backend's name.
    pub backend: String,
    /// What it did, or why not.
    pub result: Result<T>,
}

/// What all backends answered to a write.
#[derive(Debug)]
pub struct Answers<T> {
    /// Stores first.
    pub each: Vec<Answer<T>>,
    /// Whether bans are applied: packets dropped, requests refused; `None`: not known.
    pub enforced: Option<bool>,
}

impl<T> Deref for Answers<T> {
    type Target = [Answer<T>];

    fn deref(&self) -> &[Answer<T>] {
        &self.each
    }
}

/// How the backends of a command did, for the table of exit codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// So many did what they were asked, or at least the change.
    pub done: usize,
    /// So many failed, or were discarded.
    pub lost: usize,
}

impl Outcome {
    /// Whether none did anything.
    pub fn is_failed(self) -> bool {
        self.done == 0 && self.lost > 0
    }
}

impl Backends {
    /// Starts the configured backends, or those of them that are named. One that cannot be started is reported and
    /// discarded.
    ///
    /// # Errors
    /// When none is left, or a named one is not configured.
    pub fn start(config: &Config, named: &[String], command: &str, mode: Mode, ui: Ui) -> Result<Self> {
        let mut backends = Self {
            members: Vec::new(),
            discarded: Vec::new(),
            configured: None,
            heals: config.heal,
            is_enforced_elsewhere: config.is_enforced_elsewhere,
            is_incomplete: false,
            mode,
            ui,
        };
        let mut heads: Vec<Head> = Vec::new();
        let mut ignored = |file: &Path| {
            let warning = Error::config("this file is not read: the name of a backend file ends with .yaml");
            ui.warn(&warning.in_file(file, None));
        };
        for file in files(config, &mut ignored)? {
            let mut name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match Head::read(&file, config, &mut name).and_then(|new| new.distinct_from(&heads)) {
                Ok(head) => heads.push(head),
                Err(error) => backends.discard(name, file, error),
            }
        }
        if backends.discarded.is_empty() {
            backends.configured = Some(heads.iter().map(|head| head.name.clone()).collect());
        }
        backends.choose(&mut heads, named)?;
        let mut known: Vec<BackendConfig> = Vec::new();
        for head in heads {
            let (name, file) = (head.name.clone(), head.file.clone());
            match BackendConfig::of(head, config, ui).and_then(|new| new.distinct_from(&known)) {
                Ok(backend) => known.push(backend),
                Err(error) => backends.discard(name, file, error),
            }
        }
        let by = By { actor: &actor::name(), command };
        for backend in known {
            backends.add(backend, by, config.timeout);
        }
        // What a store did not take, an enforcer may be told all the same; what a store says must be known before.
        backends.members.sort_by_key(Member::is_enforcer);
        for discarded in &backends.discarded {
            ui.warn(&discarded.error);
        }
        if backends.members.is_empty() && mode != Mode::Inspect {
            return Err(Error::new(Kind::Backend, "no backend is usable"));
        }
        Ok(backends)
    }

    fn discard(&mut self, name: String, file: PathBuf, error: Error) {
        self.discarded.push(Discarded { name, file, path: None, plugin: None, error });
    }

    /// Loads and starts one.
    fn add(&mut self, backend: BackendConfig, by: By<'_>, limit: Option<Duration>) {
        let (mut path, mut plugin) = (backend.path.clone(), None);
        let started = start(&backend, by, self.ui, limit, &mut path, &mut plugin);
        let BackendConfig { name, file, .. } = backend;
        match started {
            Ok(instance) => self.members.push(Member {
                name,
                file,
                path,
                instance,
                failed: None,
                replied: false,
                changed: false,
                is_locked: false,
                is_lost: false,
                is_unhooked: false,
                ended: false,
            }),
            Err(error) => self.discarded.push(Discarded { name, file, path: Some(path), plugin, error }),
        }
    }

    /// Keeps the named backends only.
    fn choose(&mut self, known: &mut Vec<Head>, named: &[String]) -> Result {
        if named.is_empty() {
            return Ok(());
        }
        for name in named {
            if !known.iter().any(|b| b.name == *name) && !self.discarded.iter().any(|d| d.name == *name) {
                let names: Vec<_> = known.iter().map(|b| b.name.clone()).collect();
                return Err(no_backend(name, &names));
            }
        }
        known.retain(|backend| named.contains(&backend.name));
        self.discarded.retain(|d| named.contains(&d.name));
        Ok(())
    }

    /// Refuses a name that no backend has.
    ///
    /// # Errors
    /// `Config` when all names are known, and this is none.
    pub fn require_configured(&self, name: &str) -> Result {
        match &self.configured {
            Some(names) if !names.iter().any(|known| known == name) => Err(no_backend(name, names)),
            _ => Ok(()),
        }
    }

    /// The actions that all of them can apply.
    pub fn applied_actions(&self) -> Actions {
        Actions(
            self.members.iter().map(|m| m.instance.plugin().actions()).filter(|a| !a.is_empty()).collect(),
        )
    }

    /// `--strict`: every backend must have started, and for a write be fit for it before the first one.
    ///
    /// # Errors
    /// When one was discarded, or does not pass its probe.
    pub fn require_usable(&mut self) -> Result {
        if let Some(discarded) = self.discarded.first() {
            return Err(unusable(&discarded.name));
        }
        if matches!(self.mode, Mode::Write | Mode::Stream) {
            let lost = self.probe().into_iter().find(|answer| answer.result.is_err());
            return lost.map_or(Ok(()), |answer| Err(unusable(&answer.backend)));
        }
        Ok(())
    }

    /// Asks each backend whether it is fit for a write.
    pub fn probe(&mut self) -> Vec<Answer<()>> {
        self.each("probe", |_, instance| instance.probe())
    }

    /// The configured backends that this command leaves alone.
    pub fn left_alone(&self) -> Vec<&str> {
        let is_used = |name: &str| {
            self.members.iter().any(|m| m.name == name) || self.discarded.iter().any(|d| d.name == name)
        };
        self.configured.iter().flatten().map(String::as_str).filter(|name| !is_used(name)).collect()
    }

    /// Whether all that are configured are used, and running.
    pub fn is_whole(&self) -> bool {
        self.discarded.is_empty() && self.configured.is_some() && self.left_alone().is_empty()
    }

    /// How they did.
    pub fn outcome(&self) -> Outcome {
        let done = |member: &&Member| member.changed || member.replied && member.failed.is_none();
        let failed = self.members.iter().filter(|member| member.failed.is_some()).count();
        Outcome { done: self.members.iter().filter(done).count(), lost: failed + self.discarded.len() }
    }

    /// Whether a change was flushed.
    pub fn is_changed(&self) -> bool {
        self.members.iter().any(|member| member.changed)
    }

    /// Whether any backend keeps bans.
    pub fn has_store(&self) -> bool {
        self.members.iter().any(|m| m.has(Capabilities::STORE))
    }
}

/// Shutdown; then each instance is destroyed. What fails now is only reported: what was flushed is done.
impl Drop for Backends {
    fn drop(&mut self) {
        for member in self.members.iter_mut().filter(|m| !m.ended) {
            if let Err(error) = member.instance.shutdown() {
                self.ui.warn(&member.failed("shutdown", &error));
            }
        }
    }
}

/// What several backends can apply.
#[derive(Clone, Debug, Default)]
pub struct Actions(Vec<Vec<String>>);

impl Actions {
    /// Whether each of them can apply an action.
    pub fn has(&self, action: &str) -> bool {
        self.0.iter().all(|one| one.iter().any(|known| known == action))
    }
}

fn no_backend(name: &str, configured: &[String]) -> Error {
    Error::config(format!("there is no backend `{name}`"))
        .with_hint(format!("configured are {}", configured.join(", ")))
}

fn unusable(name: &str) -> Error {
    Error::new(Kind::Backend, format!("backend \"{name}\" is not usable, so nothing was done"))
        .with_hint("without --strict the others would have done it")
}

impl Member {
    pub fn has(&self, capability: Capabilities) -> bool {
        self.instance.plugin().capabilities().has(capability)
    }

    /// A plugin's error as the user reads it.
    pub fn failed(&mut self, what: &str, error: &PluginError) -> Error {
        self.ended |= error.kind() == ErrorKind::Panic;
        let error = described(error, &self.name).in_file(&self.file, None).during(what);
        self.failed.get_or_insert_with(|| error.clone());
        error
    }
}

/// The members that a question goes to: those that the user named, else those that keep bans, and all when none does.
pub fn asked(members: &mut [Member], selection: Selection) -> impl Iterator<Item = &mut Member> {
    let store = |member: &Member| member.has(Capabilities::STORE);
    let all = selection.named || !members.iter().any(store);
    members.iter_mut().filter(move |member| all || store(member))
}

/// A plugin's error, with the backend's name.
fn described(error: &PluginError, name: &str) -> Error {
    let words = Error::new(Kind::Backend, error.message()).about(format_args!("backend \"{name}\""));
    match error.hint() {
        "" => words,
        hint => words.with_hint(hint),
    }
}

/// Loads and initialises one backend; tells what it found on the way.
fn start(
    backend: &BackendConfig,
    by: By<'_>,
    ui: Ui,
    limit: Option<Duration>,
    path: &mut PathBuf,
    found: &mut Option<Plugin>,
) -> Result<Instance> {
    let named = |e: Error| e.about(format_args!("backend \"{}\"", backend.name)).in_file(&backend.file, None);
    ui.log(warden_plugin::Level::Debug, backend.masked());
    let (plugin, real) = loader::load(&backend.path).map_err(named)?;
    (*path, *found) = (real, Some(plugin));
    let pairs = backend.pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let pairs = warden_plugin::Config::new(pairs);
    Instance::init(plugin, &pairs, ui, &backend.name, by, limit)
        .map_err(|error| described(&error, &backend.name).in_file(&backend.file, None))
}
