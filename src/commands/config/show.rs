//! `warden config show`.

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::backends::config::{BackendConfig, files};
use crate::error::Exit;
use crate::global::Global;
use crate::output::{document, finished, stdout};
use crate::session::Session;
use crate::ui::Escaped;

pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let session = Session::open(global)?;
    let config = &session.config;
    let mut exit = Exit::Done;
    let mut backends = Vec::new();
    for file in files(config)? {
        match BackendConfig::load(&file, config, session.ui) {
            Ok(backend) => backends.push(backend),
            Err(error) => {
                session.ui.warn(&error);
                exit = Exit::Partial;
            }
        }
    }
    let allowlist = config.allowlist()?;
    if global.output.is_json() {
        let all = json!({
            "file": config.file,
            "backend_dir": config.backend_dir,
            "overrides": config.overrides.iter().map(|(k, v)| (*k, v.as_str())).collect::<std::collections::BTreeMap<_, _>>(),
            "allowlist": allowlist.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "backends": backends.iter().map(as_json).collect::<Vec<_>>(),
        });
        document(global.output, &all)?;
        return Ok(exit);
    }
    let mut text = String::new();
    writeln!(text, "file: {}\nbackend_dir: {}", config.file.display(), config.backend_dir.display())?;
    for (key, value) in &config.overrides {
        writeln!(text, "override: {key}: {value}")?;
    }
    for target in allowlist {
        writeln!(text, "allowlist: {target}")?;
    }
    for backend in &backends {
        describe(backend, &mut text)?;
    }
    let mut out = stdout();
    let written = text.lines().try_for_each(|line| writeln!(out, "{}", Escaped(line)));
    finished(written.and_then(|()| out.flush()))?;
    Ok(exit)
}

fn describe(backend: &BackendConfig, text: &mut String) -> std::fmt::Result {
    writeln!(text, "backend \"{}\":", backend.name)?;
    writeln!(text, "  file: {}\n  path: {}", backend.file.display(), backend.path.display())?;
    backend.pairs.iter().try_for_each(|(key, value)| writeln!(text, "  {key}: {}", backend.shown(key, value)))
}

fn as_json(backend: &BackendConfig) -> Value {
    let pairs: serde_json::Map<_, _> =
        backend.pairs.iter().map(|(key, value)| (key.clone(), backend.shown(key, value).into())).collect();
    json!({ "name": backend.name, "file": backend.file, "path": backend.path, "config": pairs })
}
