//! `warden plugin describe`: what a plugin says of itself, without starting it.

use std::io::{self, Write};
use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use warden_plugin::{Key, Schema};

use crate::error::Exit;
use crate::global::Global;
use crate::output::{self, Document};
use crate::plugin::{Plugin, loader};
use crate::ui::{Escaped, shown};

/// A plugin.
#[derive(Debug, clap::Args)]
pub struct Describe {
    /// A plugin's file, or the name of a backend whose plugin it is
    #[arg(value_name = "PATH|NAME")]
    plugin: String,
}

pub fn run(describe: &Describe, global: &Global) -> anyhow::Result<Exit> {
    let (plugin, path) = loader::load(&super::path_of(&describe.plugin, global)?)?;
    output::print(global.output, &Description { plugin, path: &path })?;
    Ok(Exit::Done)
}

/// A plugin, and where it lies.
struct Description<'p> {
    plugin: Plugin,
    path: &'p Path,
}

impl Serialize for Description<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        document_of(self.plugin, self.path).serialize(to)
    }
}

impl Document for Description<'_> {
    fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        print(self.plugin, self.path, out)
    }
}

fn document_of(plugin: Plugin, path: &Path) -> Value {
    let [name, version, description, _] = plugin.words();
    let (major, minor) = plugin.abi();
    json!({
        "plugin": name,
        "version": version,
        "description": description,
        "abi": format!("{major}.{minor}"),
        "path": path.to_string_lossy(),
        "role": plugin.role(),
        "capabilities": plugin.capability_names(),
        "actions": plugin.actions(),
        "schema": match plugin.schema {
            Schema::None => "none",
            Schema::Closed(_) => "closed",
            Schema::Open(_) => "open",
        },
        "keys": plugin.schema.keys().iter().map(key).collect::<Vec<_>>(),
    })
}

fn key(key: &Key) -> Value {
    json!({
        "name": key.name,
        "kind": key.kind.name(),
        "choices": choices(key).collect::<Vec<_>>(),
        "default": (!key.preset.is_empty()).then_some(key.preset),
        "help": key.help,
    })
}

/// Words with commas, or one that stands for none of them.
fn words_or(words: &[impl AsRef<str>], none: &str) -> String {
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    if words.is_empty() { none.into() } else { words.join(", ") }
}

fn choices(key: &Key) -> impl Iterator<Item = &'static str> {
    key.choices.split(',').filter(|choice| !choice.is_empty())
}

fn print(plugin: Plugin, path: &Path, out: &mut dyn Write) -> io::Result<()> {
    let [name, version, description, _] = plugin.words();
    let (major, minor) = plugin.abi();
    writeln!(
        out,
        "{} {} (ABI {major}.{minor}, {}): {}",
        Escaped(&name),
        Escaped(&version),
        shown(path),
        Escaped(&description)
    )?;
    writeln!(out, "role: {}", plugin.role())?;
    writeln!(out, "capabilities: {}", words_or(&plugin.capability_names(), "none"))?;
    writeln!(out, "actions: {}", Escaped(&words_or(&plugin.actions(), "any")))?;
    let keys = plugin.schema.keys();
    match plugin.schema {
        Schema::None => writeln!(out, "it does not say which keys it takes")?,
        Schema::Closed([]) => writeln!(out, "it takes no keys")?,
        Schema::Open(_) => writeln!(out, "it takes any keys")?,
        Schema::Closed(_) => {}
    }
    if keys.is_empty() {
        return out.flush();
    }
    let width = |head: &str, of: fn(&Key) -> &str| {
        keys.iter().map(|key| of(key).chars().count()).chain([head.len()]).max().unwrap_or_default()
    };
    let name = width("KEY", |key| key.name);
    let kind = width("KIND", |key| key.kind.name());
    let preset = width("DEFAULT", |key| key.preset);
    writeln!(out, "{:name$}  {:kind$}  {:preset$}  MEANING", "KEY", "KIND", "DEFAULT")?;
    for key in keys {
        let (shown_name, shown_preset) = (Escaped(key.name).to_string(), Escaped(key.preset).to_string());
        let words: Vec<_> = choices(key).collect();
        let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
        let help = Escaped(key.help);
        writeln!(
            out,
            "{shown_name:name$}  {:kind$}  {shown_preset:preset$}  {help}{}",
            key.kind.name(),
            Escaped(&words)
        )?;
    }
    out.flush()
}
