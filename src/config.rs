//! The main configuration file: where it is, and what it says. `CrowdSec` v0.3's own file is accepted: of it only
//! `plugin:` is read. All that is warden's own stands under `warden:`.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use warden_plugin::{Kind, Target, flag};

use crate::duration::BanDuration;
use crate::error::{Error, Result};
use crate::trust;
use crate::ui::{ColorChoice, Ui, shown};
use crate::yaml::{self, Foreign, Key, Node, Shape};

/// The main file, read and checked.
#[derive(Debug)]
pub struct Config {
    /// The file.
    pub file: PathBuf,
    /// The folder of the backend files.
    pub backend_dir: PathBuf,
    /// What the main file puts into the configuration of the plugins that take it, over their own.
    pub overrides: Vec<(&'static str, String)>,
    /// Targets that are not to be banned by accident.
    allowlist: Vec<Target>,
    /// More of them, one a line.
    pub allowlist_file: Option<PathBuf>,
    /// When to use colour.
    pub color: Option<ColorChoice>,
    /// How long one call of a plugin may take.
    pub timeout: Option<Duration>,
    /// Actions that are known besides those of v0.3 and of the backends.
    pub actions: Vec<String>,
    /// Whether retention runs after a flush.
    pub retention_after_flush: bool,
    /// Whether a write restores an enforcer that lost what it had.
    pub heal: bool,
    /// Bans are applied by something that reads a store: by whom the file says, or by `CrowdSec`, whose own file it is.
    pub is_enforced_elsewhere: bool,
}

/// The most bytes of a configuration file or a secret.
pub const MAX_FILE: u64 = 1024 * 1024;

/// The most bytes of an allowlist.
const MAX_LIST: u64 = 64 * 1024 * 1024;

/// The keys of `plugin:` that override those of the backend files, as v0.3 did; they mean the same in both.
pub const OVERRIDES: [(&str, Kind); 4] = [
    ("debug", Kind::Flag),
    ("flush", Kind::Flag),
    ("max_records", Kind::Count),
    ("max_records_age", Kind::Duration),
];

const PLUGIN: &[Key] = &[
    Key { name: "backend", shape: Shape::Text(yaml::any) },
    Key { name: "debug", shape: Shape::Text(|text| of_kind(Kind::Flag, text)) },
    Key { name: "flush", shape: Shape::Text(|text| of_kind(Kind::Flag, text)) },
    Key { name: "max_records", shape: Shape::Text(|text| of_kind(Kind::Count, text)) },
    Key { name: "max_records_age", shape: Shape::Text(|text| of_kind(Kind::Duration, text)) },
];

const WARDEN: &[Key] = &[
    Key { name: "actions", shape: Shape::List(action) },
    Key { name: "allowlist", shape: Shape::List(target) },
    Key { name: "allowlist_file", shape: Shape::Text(yaml::any) },
    Key { name: "color", shape: Shape::Text(color) },
    Key { name: "enforced_by", shape: Shape::Text(yaml::any) },
    Key { name: "heal", shape: Shape::Text(|text| of_kind(Kind::Flag, text)) },
    Key { name: "retention_after_flush", shape: Shape::Text(|text| of_kind(Kind::Flag, text)) },
    Key { name: "timeout", shape: Shape::Text(age) },
];

/// What else `CrowdSec`'s own main file holds is left alone.
const MAIN: Shape = Shape::Keys(
    Foreign::LeftAlone,
    &[
        Key { name: "plugin", shape: Shape::Keys(Foreign::Refused, PLUGIN) },
        Key { name: "warden", shape: Shape::Keys(Foreign::Refused, WARDEN) },
    ],
);

impl Config {
    /// Finds and reads the main file.
    ///
    /// # Errors
    /// `Config` when there is none, when somebody else could change it, or when it is wrong.
    pub fn load(given: Option<&Path>) -> Result<Self> {
        // Relative paths start where the real file lies, not beside a link to it.
        let (file, text) = trust::read(&find(given)?, MAX_FILE)?;
        Self::parse(&text, &file)
    }

    /// Reads the text of the main file.
    ///
    /// # Errors
    /// `Config` when it is wrong.
    pub fn parse(text: &str, file: &Path) -> Result<Self> {
        let document = yaml::read(text, MAIN, file)?;
        let empty = Node::Map(Vec::new());
        let plugin = document.at("plugin").unwrap_or(&empty);
        let warden = document.at("warden").unwrap_or(&empty);
        let backend = plugin.text("backend").ok_or_else(|| {
            Error::config("`plugin: backend:` is missing")
                .in_file(file, None)
                .with_hint("set it to the folder of the backend files, for example `./plugins/backend`")
        })?;
        let dir = file.parent().unwrap_or(Path::new("/"));
        Ok(Self {
            backend_dir: under(dir, backend),
            overrides: overrides(plugin),
            allowlist: warden.list("allowlist").iter().filter_map(|t| Target::parse(t).ok()).collect(),
            allowlist_file: warden.text("allowlist_file").map(|path| under(dir, path)),
            color: warden.text("color").and_then(color_of),
            timeout: warden.text("timeout").and_then(age_of),
            actions: warden.list("actions").to_vec(),
            retention_after_flush: warden.text("retention_after_flush").and_then(flag) == Some(true),
            heal: warden.text("heal").and_then(flag) != Some(false),
            is_enforced_elsewhere: warden.text("enforced_by").is_some_and(|by| !by.is_empty())
                || document.keys().any(|key| !["plugin", "warden"].contains(&key)),
            file: file.to_owned(),
        })
    }

    /// The folder that relative paths start from.
    pub fn dir(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }

    /// The allowlist with that of its file.
    ///
    /// # Errors
    /// `Config` when the file is missing or a line is no target.
    pub fn allowlist(&self) -> Result<Vec<Target>> {
        let mut all = self.allowlist.clone();
        if let Some(file) = &self.allowlist_file {
            let (_, text) = trust::read(file, MAX_LIST).map_err(|e| e.about("allowlist_file"))?;
            for (number, line) in text.lines().enumerate() {
                let line = line.split('#').next().unwrap_or_default().trim();
                if !line.is_empty() {
                    let target = Target::parse(line)
                        .map_err(|e| Error::config(e.to_string()).in_file(file, Some(number + 1)))?;
                    all.push(target);
                }
            }
        }
        Ok(all)
    }
}

/// Where the main file is looked for, in this order.
pub fn candidates(root: bool) -> Vec<PathBuf> {
    let mut places = Vec::new();
    if !root {
        let home = env::var_os("HOME").map(|home| Path::new(&home).join(".config"));
        let xdg = env::var_os("XDG_CONFIG_HOME").filter(|v| !v.is_empty()).map(PathBuf::from);
        places.extend(xdg.or(home).map(|dir| dir.join("warden/warden.yaml")));
    }
    let beside =
        env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("etc/warden/warden.yaml")));
    places.extend(beside);
    places.push(PathBuf::from("/etc/warden/warden.yaml"));
    places
}

/// The main file, absolute: the one given, or the first candidate that is there.
fn find(given: Option<&Path>) -> Result<PathBuf> {
    let absolute = |path: &Path| {
        std::path::absolute(path)
            .map_err(|e| Error::config(format!("{}: {}", shown(path), trust::reason(&e))))
    };
    if let Some(path) = given {
        return absolute(path);
    }
    if let Some(path) = env::var_os("WARDEN_CONFIG").filter(|v| !v.is_empty()) {
        return absolute(Path::new(&path));
    }
    let places = candidates(rustix::process::geteuid().is_root());
    places.iter().find(|p| p.exists()).cloned().ok_or_else(|| {
        let looked: Vec<_> = places.iter().map(|p| shown(p)).collect();
        Error::config("there is no configuration file")
            .with_hint(format!("name one with -c or WARDEN_CONFIG; looked for {}", looked.join(", ")))
    })
}

/// A path of a configuration file, absolute and without `./`.
pub fn under(dir: &Path, path: &str) -> PathBuf {
    let joined = dir.join(path);
    std::path::absolute(&joined).unwrap_or(joined)
}

/// Warns when a file with a secret can be read by others.
pub fn warn_if_readable(file: &Path, ui: Ui) {
    use std::os::unix::fs::MetadataExt;
    if file.metadata().is_ok_and(|meta| meta.mode() & 0o004 != 0) {
        let warning = Error::config("a file with a secret can be read by everyone");
        ui.warn(&warning.in_file(file, None).with_hint("chmod o-r it"));
    }
}

/// The overrides that the file sets, as plugins receive them.
fn overrides(plugin: &Node) -> Vec<(&'static str, String)> {
    let value = |(key, kind): (&'static str, Kind)| {
        let value = kind.read(plugin.text(key)?, "").ok()?;
        Some((key, value.into_owned()))
    };
    OVERRIDES.into_iter().filter_map(value).collect()
}

/// Accepts what a backend file would take too.
fn of_kind(kind: Kind, text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { kind.read(text, "").map(drop) }
}

fn age(text: &str) -> Result<(), String> {
    age_of(text).map(|_| ()).ok_or_else(|| format!("`{text}` is not a duration such as `720h` or `30d`"))
}

fn age_of(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(BanDuration::For(duration)) => Some(duration),
        _ => None,
    }
}

fn target(text: &str) -> Result<(), String> {
    Target::parse(text).map(|_| ()).map_err(|e| e.to_string())
}

/// A word that can stand in a table and in a list.
fn action(text: &str) -> Result<(), String> {
    match text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',') {
        true => Err(format!("`{text}` is not one word")),
        false => Ok(()),
    }
}

fn color(text: &str) -> Result<(), String> {
    color_of(text).map(|_| ()).ok_or_else(|| format!("`{text}` is none of `auto`, `always`, `never`"))
}

fn color_of(text: &str) -> Option<ColorChoice> {
    clap::ValueEnum::from_str(text, false).ok()
}
