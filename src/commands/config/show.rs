//! `warden config show`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::{Serialize, Serializer};

use crate::backends::config::{BackendConfig, files};
use crate::error::Exit;
use crate::global::Global;
use crate::output::{Document, print};
use crate::session::Session;
use crate::ui::{Escaped, shown};

pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let session = Session::open(global)?;
    let config = &session.config;
    let mut exit = Exit::Done;
    let mut backends = Vec::new();
    for file in files(config, &mut |_| {})? {
        match BackendConfig::load(&file, config, session.ui) {
            Ok(backend) => backends.push(backend),
            Err(error) => {
                session.ui.warn(&error);
                exit = Exit::Partial;
            }
        }
    }
    let shown = ConfigShown {
        file: &config.file,
        backend_dir: &config.backend_dir,
        overrides: config.overrides.iter().map(|(k, v)| (*k, v.as_str())).collect(),
        allowlist: config.allowlist()?.iter().map(ToString::to_string).collect(),
        backends: backends.iter().map(BackendShown::of).collect(),
    };
    print(session.output, &shown)?;
    Ok(exit)
}

/// What is in force.
#[derive(Serialize)]
struct ConfigShown<'c> {
    file: &'c Path,
    backend_dir: &'c Path,
    overrides: BTreeMap<&'c str, &'c str>,
    allowlist: Vec<String>,
    backends: Vec<BackendShown<'c>>,
}

/// One backend, its secrets masked.
#[derive(Serialize)]
struct BackendShown<'c> {
    name: &'c str,
    file: &'c Path,
    path: &'c Path,
    #[serde(serialize_with = "map")]
    config: Vec<(&'c str, Cow<'c, str>)>,
}

fn map<S: Serializer>(pairs: &[(&str, Cow<'_, str>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

impl<'c> BackendShown<'c> {
    fn of(backend: &'c BackendConfig) -> Self {
        let pairs = backend.pairs.iter().map(|(key, value)| (key.as_str(), backend.shown(key, value)));
        Self { name: &backend.name, file: &backend.file, path: &backend.path, config: pairs.collect() }
    }
}

impl Document for ConfigShown<'_> {
    fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "file: {}\nbackend_dir: {}", shown(self.file), shown(self.backend_dir))?;
        for (key, value) in &self.overrides {
            writeln!(out, "override: {key}: {}", Escaped(value))?;
        }
        for target in &self.allowlist {
            writeln!(out, "allowlist: {target}")?;
        }
        for backend in &self.backends {
            writeln!(out, "backend \"{}\":", Escaped(backend.name))?;
            writeln!(out, "  file: {}\n  path: {}", shown(backend.file), shown(backend.path))?;
            for (key, value) in &backend.config {
                writeln!(out, "  {}: {}", Escaped(key), Escaped(value))?;
            }
        }
        Ok(())
    }
}
