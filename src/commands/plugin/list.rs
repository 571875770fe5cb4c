//! `warden plugin list`: which plugins the configuration names, and what becomes of each.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use crate::backends::{Inspected, Mode};
use crate::error::Exit;
use crate::global::Global;
use crate::operation::{self, Use};
use crate::output::{Document, print};
use crate::plugin::Plugin;
use crate::session::Session;
use crate::ui::Escaped;

pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let session = Session::open(global)?;
    let uses = Use { named: &[], mode: Mode::Inspect };
    operation::run(&session, "plugin list", [uses], |[backends]| {
        print(session.output, &PluginList(backends.inspect().iter().map(ListedBackend::of).collect()))?;
        Ok(Exit::Done)
    })
}

/// The configured backends.
#[derive(Serialize)]
struct PluginList(Vec<ListedBackend>);

/// One of them.
#[derive(Serialize)]
struct ListedBackend {
    name: String,
    file: String,
    path: Option<String>,
    plugin: Option<String>,
    version: Option<String>,
    description: Option<String>,
    actions: Option<String>,
    abi: Option<String>,
    #[serde(skip)]
    role: &'static str,
    capabilities: Option<Vec<&'static str>>,
    extensions: Vec<String>,
    state: &'static str,
    /// Why it is discarded.
    reason: Option<String>,
}

impl ListedBackend {
    fn of(backend: &Inspected<'_>) -> Self {
        let [plugin, version, description, actions] = match backend.plugin.map(Plugin::words) {
            Some(words) => words.map(Some),
            None => Default::default(),
        };
        let abi = |plugin: Plugin| {
            let (major, minor) = plugin.abi();
            format!("{major}.{minor}")
        };
        Self {
            name: backend.name.to_owned(),
            file: backend.file.to_string_lossy().into_owned(),
            path: backend.path.map(|path| path.to_string_lossy().into_owned()),
            plugin,
            version,
            description,
            actions,
            abi: backend.plugin.map(abi),
            role: backend.plugin.map_or("", Plugin::role),
            capabilities: backend.plugin.map(Plugin::capability_names),
            extensions: backend.extensions.clone(),
            state: if backend.error.is_some() { "discarded" } else { "usable" },
            reason: backend.error.map(ToString::to_string),
        }
    }

    /// The cells of the table.
    fn cells(&self) -> [String; 7] {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let plugin = format!("{} {}", text(&self.plugin), text(&self.version));
        let extensions = self.extensions.join(" ");
        [
            self.name.clone(),
            self.state.into(),
            self.role.into(),
            plugin.trim().into(),
            text(&self.abi),
            extensions,
            text(&self.path),
        ]
        .map(|cell| Escaped(&cell).to_string())
    }
}

const HEAD: [&str; 7] = ["NAME", "STATE", "ROLE", "PLUGIN", "ABI", "EXTENSIONS", "PATH"];

impl Document for PluginList {
    /// A line for each backend; why one is discarded stands on standard error.
    fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows: Vec<_> = self.0.iter().map(ListedBackend::cells).collect();
        let mut widths = HEAD.map(str::len);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        table_line(&HEAD.map(str::to_owned), &widths, out)?;
        rows.iter().try_for_each(|row| table_line(row, &widths, out))
    }
}

fn table_line(cells: &[String; 7], widths: &[usize; 7], out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        // Writing to a string does not fail.
        let _ = write!(line, "{cell:width$}  ");
    }
    writeln!(out, "{}", line.trim_end())
}
