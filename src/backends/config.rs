//! One backend's YAML file: strict, with the environment and the main file's overrides put in, and paths made absolute.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use warden_plugin::is_secret;

use crate::config::{Config, MAX_FILE, check_override, under, warn_if_readable};
use crate::error::{Error, Result};
use crate::trust;
use crate::ui::{Ui, shown};
use crate::yaml::{self, Key, Node, Shape};

/// What a backend file says.
#[derive(Debug)]
pub struct BackendConfig {
    /// The file.
    pub file: PathBuf,
    /// The backend's name.
    pub name: String,
    /// The plugin, absolute.
    pub path: PathBuf,
    /// What the plugin is configured with.
    pub pairs: Vec<(String, String)>,
}

impl BackendConfig {
    /// Refuses a name, or a database, that another backend has.
    ///
    /// # Errors
    /// `Config` when another has it.
    pub fn distinct_from(self, others: &[Self]) -> Result<Self> {
        for other in others {
            if other.name == self.name {
                return Err(self.clash(format!(
                    "the name `{}` is taken by {}",
                    self.name,
                    shown(&other.file)
                )));
            }
            if self.database().is_some() && self.database() == other.database() {
                let what =
                    format!("backend \"{}\": db_path is that of backend \"{}\"", self.name, other.name);
                return Err(self.clash(what).with_hint("two copies of SQLite must not open one file"));
            }
        }
        Ok(self)
    }

    fn clash(&self, message: String) -> Error {
        Error::config(message).in_file(&self.file, None)
    }

    /// The file that the backend keeps, whatever links lead there.
    fn database(&self) -> Option<PathBuf> {
        let value = |key: &str| self.pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        let path = PathBuf::from(value("db_path").filter(|_| value("type") == Some("sqlite"))?);
        let parent =
            path.parent()?.canonicalize().unwrap_or_else(|_| path.parent().unwrap_or(&path).to_owned());
        Some(path.canonicalize().unwrap_or_else(|_| parent.join(path.file_name().unwrap_or_default())))
    }

    /// The configuration with its secrets masked.
    pub(super) fn masked(&self) -> String {
        let mask = |(key, value): &(String, String)| match is_secret(key) {
            true => format!("{key}=***"),
            false => format!("{key}={value}"),
        };
        let pairs: Vec<_> = self.pairs.iter().map(mask).collect();
        format!("backend \"{}\": {} with {}", self.name, shown(&self.path), pairs.join(" "))
    }
}

const FILE: Shape = Shape::Keys(&[
    Key { name: "name", shape: Shape::Text(yaml::any) },
    Key { name: "path", shape: Shape::Text(yaml::any) },
    Key { name: "config", shape: Shape::Texts },
]);

/// The backend files, in the order of their names.
///
/// # Errors
/// `Config` when the folder cannot be read or holds none.
pub fn files(config: &Config) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let dir = match trust::is_strict() {
        true => {
            trust::check_or_missing(&config.backend_dir, None).map_err(|e| e.in_file(&config.file, None))?
        }
        false => config.backend_dir.clone(),
    };
    collect(&dir, &mut found, 0)
        .map_err(|(dir, e)| {
            Error::config(format!("cannot read the backend folder {}: {}", shown(&dir), trust::reason(&e)))
        })
        .map_err(|e| e.in_file(&config.file, None).with_hint("`plugin: backend:` names the folder"))?;
    found.sort();
    if found.is_empty() {
        return Err(Error::config(format!(
            "no backend is configured: no *.yaml in {}",
            shown(&config.backend_dir)
        ))
        .in_file(&config.file, None)
        .with_hint("copy one of the examples in config/plugins/backend there"));
    }
    Ok(found)
}

/// How deep folders in the backend folder may lie: a link in a circle ends here.
const DEPTH: usize = 8;

fn collect(dir: &Path, found: &mut Vec<PathBuf>, depth: usize) -> Result<(), (PathBuf, std::io::Error)> {
    let at = |e| (dir.to_owned(), e);
    for entry in fs::read_dir(dir).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.is_dir() {
            if depth < DEPTH {
                collect(&path, found, depth + 1)?;
            }
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
    Ok(())
}

impl BackendConfig {
    /// Reads a backend file.
    ///
    /// # Errors
    /// `Config` when it cannot be read or believed, or is wrong.
    pub fn load(file: &Path, main: &Config, ui: Ui) -> Result<Self> {
        let (_, text) = trust::read(file, MAX_FILE)?;
        let node = yaml::read(&text, FILE, file)?;
        let backend = Self::from_node(&node, file, main)?;
        if node
            .texts("config")
            .any(|(key, value)| is_secret(key) && !value.is_empty() && !value.contains("${"))
        {
            warn_if_readable(file, ui);
        }
        Ok(backend)
    }

    fn from_node(node: &Node, file: &Path, main: &Config) -> Result<Self> {
        let required = |key| {
            let missing = || Error::config(format!("`{key}` is missing")).in_file(file, None);
            node.text(key).ok_or_else(missing)
        };
        if node == &Node::Text(String::new()) || node == &Node::Map(Vec::new()) {
            return Err(Error::config("the file is empty").in_file(file, None));
        }
        let name = required("name")?.to_owned();
        let at = |e: Error| e.about(format_args!("backend \"{name}\"")).in_file(file, None);
        let path = under(main.dir(), required("path")?);
        let group = node.texts("config").find(|(key, _)| *key == "db_group");
        let group = group.and_then(|(_, value)| trust::group_id(value));
        let mut pairs = Vec::new();
        for (key, value) in node.texts("config") {
            let value = expanded(value).map_err(|e| at(e.about(key)))?;
            pairs.push(finished(key, value, main, group).map_err(at)?);
        }
        for (key, value) in &main.overrides {
            if let Some((_, own)) = pairs.iter_mut().find(|(k, _)| k == key) {
                // A wrong value is told even where another one counts.
                check_override(key, own).map_err(|words| at(Error::config(words).about(key)))?;
                own.clone_from(value);
            } else {
                pairs.push(((*key).to_owned(), value.clone()));
            }
        }
        if main.retention_after_flush {
            pairs.push(("retention_after_flush".into(), "true".into()));
        }
        Ok(Self { file: file.to_owned(), name, path, pairs })
    }
}

/// Makes a path absolute, reads a secret from its file, and checks who could change what the plugin is to believe.
/// `group`: the one that the store is shared with.
fn finished(key: &str, value: String, main: &Config, group: Option<u32>) -> Result<(String, String)> {
    let Some(kind) = PathKind::of(key, &value) else { return Ok((key.to_owned(), value)) };
    let path = under(main.dir(), &value);
    let about = |e: Error| e.about(key);
    let path = match kind {
        PathKind::Secret(secret) => {
            let (_, text) = trust::read(&path, MAX_FILE).map_err(about)?;
            return Ok((secret.to_owned(), text.trim_end_matches(['\r', '\n']).to_owned()));
        }
        // It is started by the path that was checked: a link on the way could lead elsewhere by then.
        PathKind::Program => trust::check(&path).map_err(about)?,
        PathKind::Believed if trust::is_strict() => trust::check_or_missing(&path, None).map_err(about)?,
        PathKind::Store if trust::is_strict() => trust::check_or_missing(&path, group).map_err(about)?,
        PathKind::Believed | PathKind::Store | PathKind::Other => path,
    };
    Ok((key.to_owned(), path.to_string_lossy().into_owned()))
}

/// What a path in a plugin's configuration leads to.
enum PathKind<'a> {
    /// A secret, which the plugin gets under this key.
    Secret(&'a str),
    /// A program that the plugin starts.
    Program,
    /// What the plugin takes for true.
    Believed,
    /// What the plugin keeps.
    Store,
    Other,
}

impl<'a> PathKind<'a> {
    /// What the value of a plugin's key leads to; `None`: it is no path.
    fn of(key: &'a str, value: &str) -> Option<Self> {
        let secret = key.strip_suffix("_file").filter(|secret| is_secret(secret));
        match key {
            _ if value.is_empty() => None,
            "nft_path" => Some(Self::Program),
            "credentials_path" | "tls_ca" | "tls_cert" | "tls_key" => Some(Self::Believed),
            "db_path" => Some(Self::Store),
            _ if secret.is_some() => secret.map(Self::Secret),
            "db_socket" => Some(Self::Other),
            _ => (key.ends_with("_path") || key.ends_with("_file")).then_some(Self::Other),
        }
    }
}

/// Replaces `${VAR}` from the environment; `$${` stands for `${`.
fn expanded(value: &str) -> Result<String> {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find("${") {
        if let Some(before) = rest[..at].strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}').ok_or_else(|| Error::config("`${` without `}`"))? + at;
        let name = &rest[at + 2..end];
        let text = env::var(name).map_err(|_| {
            Error::config(format!("the environment variable `{name}` is not set"))
                .with_hint("write `$${` for a literal `${`")
        })?;
        out.push_str(&text);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_dollar_is_a_literal() {
        assert_eq!(expanded("a$${HOME}b$c").unwrap(), "a${HOME}b$c");
    }

    #[test]
    fn an_unset_variable_is_an_error() {
        let error = expanded("${WARDEN_NO_SUCH_VARIABLE}").unwrap_err();
        assert_eq!(error.to_string(), "the environment variable `WARDEN_NO_SUCH_VARIABLE` is not set");
    }
}
