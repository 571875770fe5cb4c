//! `warden config show`.

use std::io::Write as _;

use serde_json::{Value, json};
use warden_plugin::is_secret;

use crate::backends::config::{BackendConfig, files};
use crate::cli::Global;
use crate::error::Exit;
use crate::output::{Output, document, finished, stdout};
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
    if global.output == Output::Json {
        document(&json!({
            "file": config.file,
            "backend_dir": config.backend_dir,
            "overrides": config.overrides.iter().map(|(k, v)| (*k, v.as_str())).collect::<std::collections::BTreeMap<_, _>>(),
            "allowlist": allowlist.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "backends": backends.iter().map(as_json).collect::<Vec<_>>(),
        }))?;
        return Ok(exit);
    }
    let mut text =
        format!("file: {}\nbackend_dir: {}\n", config.file.display(), config.backend_dir.display());
    for (key, value) in &config.overrides {
        text += &format!("override: {key}: {value}\n");
    }
    for target in allowlist {
        text += &format!("allowlist: {target}\n");
    }
    for backend in &backends {
        text += &as_text(backend);
    }
    let mut out = stdout();
    let shown: String = text.lines().map(|line| format!("{}\n", Escaped(line))).collect();
    finished(out.write_all(shown.as_bytes()).and_then(|()| out.flush()))?;
    Ok(exit)
}

fn as_text(backend: &BackendConfig) -> String {
    let mut text = format!(
        "backend \"{}\":\n  file: {}\n  path: {}\n",
        backend.name,
        backend.file.display(),
        backend.path.display()
    );
    for (key, value) in &backend.pairs {
        text += &format!("  {key}: {}\n", masked(key, value));
    }
    text
}

fn as_json(backend: &BackendConfig) -> Value {
    let pairs: serde_json::Map<_, _> =
        backend.pairs.iter().map(|(key, value)| (key.clone(), masked(key, value).into())).collect();
    json!({ "name": backend.name, "file": backend.file, "path": backend.path, "config": pairs })
}

fn masked<'a>(key: &str, value: &'a str) -> &'a str {
    if is_secret(key) && !value.is_empty() { "***" } else { value }
}
