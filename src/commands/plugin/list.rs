//! `warden plugin list`: which plugins the configuration names, and what becomes of each.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use warden_plugin::{Capabilities, Config, abi};

use crate::actor;
use crate::backends::config::{BackendConfig, files};
use crate::error::{Error, Exit, Result};
use crate::global::Global;
use crate::output::{Output, document, finished, stdout};
use crate::plugin::{By, Instance, Plugin, loader};
use crate::session::Session;
use crate::ui::{Escaped, shown};

/// A configured backend.
struct ListedBackend {
    name: String,
    file: PathBuf,
    path: Option<PathBuf>,
    plugin: Option<Plugin>,
    extensions: Vec<String>,
    /// Why it is discarded.
    reason: Option<Error>,
}

pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let session = Session::open(global)?;
    let mut known = Vec::new();
    let mut lines = Vec::new();
    for file in files(&session.config)? {
        lines.push(line(&file, &session, &mut known));
    }
    match global.output {
        output @ (Output::Json | Output::Jsonl) => {
            document(output, &Value::Array(lines.iter().map(ListedBackend::json).collect()))?;
        }
        _ => finished(print(&lines, &mut stdout()))?,
    }
    Ok(match lines.iter().filter(|line| line.reason.is_some()).count() {
        0 => Exit::Done,
        n if n == lines.len() => Exit::Failed,
        _ => Exit::Partial,
    })
}

/// What becomes of one backend file; `known` are those before it.
fn line(file: &Path, session: &Session, known: &mut Vec<BackendConfig>) -> ListedBackend {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut line = ListedBackend {
        name: stem,
        file: file.into(),
        path: None,
        plugin: None,
        extensions: Vec::new(),
        reason: None,
    };
    let backend = match BackendConfig::load(file, &session.config, session.ui) {
        Ok(backend) => backend,
        Err(error) => return ListedBackend { reason: Some(error), ..line },
    };
    line.name.clone_from(&backend.name);
    line.path = Some(backend.path.clone());
    match backend.distinct_from(known) {
        Ok(backend) => {
            line.reason = start(&backend, session, &mut line).err();
            known.push(backend);
        }
        Err(error) => line.reason = Some(error),
    }
    line
}

/// Starts the plugin, to see whether it can be, and ends it.
fn start(backend: &BackendConfig, session: &Session, line: &mut ListedBackend) -> Result {
    let (plugin, path) = loader::load(&backend.path)?;
    (line.plugin, line.path) = (Some(plugin), Some(path));
    let pairs = backend.pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let by = By { actor: &actor::name(), command: "plugin list" };
    let said = |e: warden_plugin::Error| Error::config(e.message()).with_hint(e.hint());
    let limit = session.config.timeout;
    let mut instance =
        Instance::init(plugin, &Config::new(pairs), session.ui, &backend.name, by, limit).map_err(said)?;
    let offered = EXTENSIONS.iter().filter(|id| instance.offers(id));
    line.extensions = offered.map(|id| id.to_string_lossy().into_owned()).collect();
    instance.shutdown().map_err(said)
}

/// The extensions that this host knows.
const EXTENSIONS: [&std::ffi::CStr; 5] =
    [abi::EXT_QUERY, abi::EXT_SUMMARY, abi::EXT_DELETE_WHERE, abi::EXT_HISTORY, abi::EXT_UNDO];

/// The capabilities by name.
const CAPABILITIES: [(Capabilities, &str); 6] = [
    (Capabilities::STORE, "store"),
    (Capabilities::HISTORY, "history"),
    (Capabilities::ORDERED, "ordered"),
    (Capabilities::TRANSACTIONAL, "transactional"),
    (Capabilities::PERMANENT, "permanent"),
    (Capabilities::RANGES, "ranges"),
];

impl ListedBackend {
    fn state(&self) -> &'static str {
        if self.reason.is_some() { "discarded" } else { "usable" }
    }

    fn json(&self) -> Value {
        let words = self.plugin.map(Plugin::words);
        let word = |n: usize| words.as_ref().map(|w| w[n].clone());
        let can = |plugin: Plugin| {
            let can = CAPABILITIES.iter().filter(move |(c, _)| plugin.capabilities().has(*c));
            can.map(|(_, name)| *name).collect::<Vec<_>>()
        };
        json!({
            "name": self.name,
            "file": self.file.to_string_lossy(),
            "path": self.path.as_ref().map(|p| p.to_string_lossy()),
            "plugin": word(0),
            "version": word(1),
            "description": word(2),
            "actions": word(3),
            "abi": self.plugin.map(abi_of),
            "capabilities": self.plugin.map(can),
            "extensions": self.extensions,
            "state": self.state(),
            "reason": self.reason.as_ref().map(ToString::to_string),
        })
    }

    /// The cells of the table.
    fn cells(&self) -> [String; 6] {
        let [name, version, ..] = self.plugin.map(Plugin::words).unwrap_or_default();
        let plugin = format!("{name} {version}");
        [
            self.name.clone(),
            self.state().into(),
            plugin.trim().into(),
            self.plugin.map(abi_of).unwrap_or_default(),
            self.extensions.join(" "),
            self.path.as_deref().map(shown).unwrap_or_default(),
        ]
        .map(|cell| Escaped(&cell).to_string())
    }
}

fn abi_of(plugin: Plugin) -> String {
    let (major, minor) = plugin.abi();
    format!("{major}.{minor}")
}

const HEAD: [&str; 6] = ["NAME", "STATE", "PLUGIN", "ABI", "EXTENSIONS", "PATH"];

/// A line for each backend, its reason below it.
fn print(lines: &[ListedBackend], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<_> = lines.iter().map(ListedBackend::cells).collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    table_line(&HEAD.map(str::to_owned), &widths, out)?;
    for (row, line) in rows.iter().zip(lines) {
        table_line(row, &widths, out)?;
        if let Some(reason) = &line.reason {
            writeln!(out, "  {}", Escaped(&reason.to_string()))?;
        }
    }
    out.flush()
}

fn table_line(cells: &[String; 6], widths: &[usize; 6], out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        // Writing to a string does not fail.
        let _ = write!(line, "{cell:width$}  ");
    }
    writeln!(out, "{}", line.trim_end())
}
