//! All plugins as one: loaded in file-name order, each tried, each reported. What a failed one means for the exit code
//! is decided here.

mod asking;
pub mod config;
pub mod matching;
mod reading;

use std::path::PathBuf;
use std::time::Duration;

use warden_plugin::{Capabilities, Error as PluginError, ErrorKind, Signal};

use crate::actor;
use crate::config::Config;
use crate::error::{Error, Exit, Kind, Result};
use crate::interrupt;
use crate::plugin::{By, Instance, loader};
use crate::ui::Ui;
use config::{BackendConfig, files};
pub use reading::{Question, Selection};

/// The running backends, and those that could not be started.
pub struct Backends {
    members: Vec<Member>,
    discarded: Vec<Discarded>,
    is_incomplete: bool,
    ui: Ui,
}

/// A running backend.
struct Member {
    name: String,
    file: PathBuf,
    instance: Instance,
    /// A call has failed and was reported: this command does not ask it again for what would only be good to know.
    failed: bool,
    /// It panicked: only its end is left.
    ended: bool,
}

/// A backend that was discarded.
#[derive(Debug)]
pub struct Discarded {
    /// Its name; the file's name when it has none.
    pub name: String,
    /// Why.
    pub error: Error,
}

/// What one backend answered to a write.
#[derive(Debug)]
pub struct Answer<T> {
    /// The backend's name.
    pub backend: String,
    /// What it did, or why not.
    pub result: Result<T>,
}

impl Backends {
    /// Starts the configured backends, or those of them that are named. One that cannot be started is reported and
    /// discarded.
    ///
    /// # Errors
    /// When none is left, or a named one is not configured.
    pub fn start(config: &Config, named: &[String], command: &str, ui: Ui) -> Result<Self> {
        let mut backends = Self { members: Vec::new(), discarded: Vec::new(), is_incomplete: false, ui };
        let mut known: Vec<BackendConfig> = Vec::new();
        for file in files(config)? {
            let loaded = BackendConfig::load(&file, config, ui).and_then(|new| new.distinct_from(&known));
            match loaded {
                Ok(backend) => known.push(backend),
                Err(error) => {
                    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    backends.discarded.push(Discarded { name: stem, error });
                }
            }
        }
        backends.choose(&mut known, named)?;
        let by = By { actor: &actor::name(), command };
        for backend in &known {
            match start(backend, by, ui, config.timeout) {
                Ok(instance) => {
                    let (name, file) = (backend.name.clone(), backend.file.clone());
                    backends.members.push(Member { name, file, instance, failed: false, ended: false });
                }
                Err(error) => backends.discarded.push(Discarded { name: backend.name.clone(), error }),
            }
        }
        for discarded in &backends.discarded {
            ui.warn(&discarded.error);
        }
        if backends.members.is_empty() {
            return Err(Error::new(Kind::Backend, "no backend is usable"));
        }
        Ok(backends)
    }

    /// Keeps the named backends only.
    fn choose(&mut self, known: &mut Vec<BackendConfig>, named: &[String]) -> Result {
        if named.is_empty() {
            return Ok(());
        }
        for name in named {
            if !known.iter().any(|b| b.name == *name) && !self.discarded.iter().any(|d| d.name == *name) {
                let names: Vec<_> = known.iter().map(|b| b.name.as_str()).collect();
                return Err(Error::config(format!("there is no backend `{name}`"))
                    .with_hint(format!("configured are {}", names.join(", "))));
            }
        }
        known.retain(|backend| named.contains(&backend.name));
        self.discarded.retain(|d| named.contains(&d.name));
        Ok(())
    }

    /// How many backends there are, discarded ones too.
    pub fn count(&self) -> usize {
        self.members.len() + self.discarded.len()
    }

    /// The actions that all of them can apply.
    pub fn applied_actions(&self) -> Actions {
        Actions(
            self.members.iter().map(|m| m.instance.plugin().actions()).filter(|a| !a.is_empty()).collect(),
        )
    }

    /// The backends that could not be started.
    pub fn discarded(&self) -> &[Discarded] {
        &self.discarded
    }

    /// `--strict`: every backend must have started.
    ///
    /// # Errors
    /// When one was discarded.
    pub fn require_started(&self) -> Result {
        self.discarded.first().map_or(Ok(()), |d| Err(unusable(&d.name)))
    }

    /// `--strict`: every backend must be fit for a write, before the first one.
    ///
    /// # Errors
    /// When one was discarded or does not pass its probe.
    pub fn require_usable(&mut self) -> Result {
        self.require_started()?;
        for answer in self.each("probe", Instance::probe) {
            answer.result.map_err(|_| unusable(&answer.backend))?;
        }
        Ok(())
    }

    /// One write on every backend, then Flush. What fails is reported and dropped; the others are still tried.
    pub fn write<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&mut Instance) -> warden_plugin::Result<T>,
    ) -> Vec<Answer<T>> {
        self.write_named(what, |_, instance| f(instance))
    }

    /// The same, told each backend's name.
    pub fn write_named<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&str, &mut Instance) -> warden_plugin::Result<T>,
    ) -> Vec<Answer<T>> {
        let mut answers = self.each_named(what, |name, instance| {
            // The last moment at which Ctrl-C can still undo the write: after Flush it is done.
            let written = f(name, instance).and_then(|done| interrupt::check().map(|()| done));
            let written = written.and_then(|done| instance.flush().map(|()| done));
            if written.is_err() {
                // The first error is the one to report: that of Discard would hide it, and a poisoned instance refuses the call.
                let _ = instance.discard();
            }
            written
        });
        answers.extend(self.discarded_answers());
        answers
    }

    /// What a write would come to: a call on every backend, which changes nothing.
    pub fn rehearse<T>(
        &mut self,
        what: &str,
        f: impl FnMut(&mut Instance) -> warden_plugin::Result<T>,
    ) -> Vec<Answer<T>> {
        let mut answers = self.each(what, f);
        answers.extend(self.discarded_answers());
        answers
    }

    fn discarded_answers<T>(&self) -> impl Iterator<Item = Answer<T>> {
        self.discarded.iter().map(|discarded| {
            let error = Error::config(discarded.error.to_string());
            Answer { backend: discarded.name.clone(), result: Err(error) }
        })
    }

    /// Inserts a signal into the backends that are wanted, without Flush; answers whether none refused it. What fails is
    /// a warning.
    pub fn insert(&mut self, signal: &Signal<'_>, wanted: &dyn Fn(&str) -> bool) -> bool {
        let mut accepted = true;
        for member in self.members.iter_mut().filter(|m| wanted(&m.name)) {
            if let Err(error) = member.instance.insert(signal) {
                self.ui.warn(&member.failed("insert", &error));
                accepted = false;
            }
        }
        accepted
    }

    /// A call on every backend that has not failed; what fails is reported.
    pub fn each<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&mut Instance) -> warden_plugin::Result<T>,
    ) -> Vec<Answer<T>> {
        self.each_named(what, |_, instance| f(instance))
    }

    fn each_named<T>(
        &mut self,
        what: &str,
        mut f: impl FnMut(&str, &mut Instance) -> warden_plugin::Result<T>,
    ) -> Vec<Answer<T>> {
        let mut answers = Vec::with_capacity(self.count());
        for member in &mut self.members {
            let result = f(&member.name, &mut member.instance).map_err(|e| member.failed(what, &e));
            if let Err(error) = &result {
                self.ui.error(error);
            }
            answers.push(Answer { backend: member.name.clone(), result });
        }
        answers
    }

    /// Whether any backend keeps bans.
    pub fn has_store(&self) -> bool {
        self.members.iter().any(|m| m.has(Capabilities::STORE))
    }

    /// Shutdown, then destroy. What fails now is only reported: what was flushed is done.
    pub fn shutdown(mut self) {
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

fn unusable(name: &str) -> Error {
    Error::new(Kind::Backend, format!("backend \"{name}\" is not usable, so nothing was done"))
        .with_hint("without --strict the others would have done it")
}

impl Member {
    fn has(&self, capability: Capabilities) -> bool {
        self.instance.plugin().capabilities().has(capability)
    }

    /// A plugin's error as the user reads it.
    fn failed(&mut self, what: &str, error: &PluginError) -> Error {
        self.failed = true;
        self.ended |= error.kind() == ErrorKind::Panic;
        described(error, &self.name).in_file(&self.file, None).during(what)
    }
}

/// The members that a question goes to: those that the user named, else those that keep bans, and all when none does.
fn asked(members: &mut [Member], selection: Selection) -> impl Iterator<Item = &mut Member> {
    let store = |member: &Member| member.has(Capabilities::STORE);
    let all = selection.named || !members.iter().any(store);
    members.iter_mut().filter(move |member| all || store(member))
}

/// What a question comes to that so many backends failed, and so many answered.
fn answered(failed: usize, answered: usize) -> Exit {
    match (failed, answered) {
        (0, _) => Exit::Done,
        (_, 0) => Exit::Failed,
        _ => Exit::Partial,
    }
}

/// A plugin's error, with the backend's name.
fn described(error: &PluginError, name: &str) -> Error {
    let words = Error::new(Kind::Backend, error.message()).about(format_args!("backend \"{name}\""));
    match error.hint() {
        "" => words,
        hint => words.with_hint(hint),
    }
}

/// Loads and initialises one backend.
fn start(backend: &BackendConfig, by: By<'_>, ui: Ui, limit: Option<Duration>) -> Result<Instance> {
    let named = |e: Error| e.about(format_args!("backend \"{}\"", backend.name)).in_file(&backend.file, None);
    ui.log(warden_plugin::Level::Debug, backend.masked());
    let (plugin, _) = loader::load(&backend.path).map_err(named)?;
    let pairs = backend.pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let pairs = warden_plugin::Config::new(pairs);
    Instance::init(plugin, &pairs, ui, &backend.name, by, limit)
        .map_err(|error| described(&error, &backend.name).in_file(&backend.file, None))
}

/// What a write on several backends comes to.
pub fn outcome<T>(answers: &[Answer<T>]) -> Exit {
    match answers.iter().filter(|a| a.result.is_ok()).count() {
        0 => Exit::Failed,
        n if n < answers.len() => Exit::Partial,
        _ => Exit::Done,
    }
}
