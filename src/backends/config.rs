//! One backend's YAML file: checked by the plugin's table of keys, with the environment and the main file's overrides put
//! in, and paths made absolute.

use std::borrow::Cow;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use warden_plugin::{Kind, Schema};

use crate::config::{Config, MAX_FILE, OVERRIDES, under, warn_if_readable};
use crate::error::{Error, Result};
use crate::plugin::loader;
use crate::secret::{Zeroizing, forbid_core_dumps};
use crate::trust;
use crate::ui::{Ui, shown};
use crate::yaml::{self, Foreign, Key, Node, Shape};

/// What a backend file says of the plugin, which is not opened for it.
#[derive(Debug)]
pub struct Head {
    /// The file.
    pub file: PathBuf,
    /// The backend's name.
    pub name: String,
    /// The plugin, absolute.
    pub path: PathBuf,
    text: Zeroizing<String>,
}

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
    pub pairs: Vec<(String, Zeroizing<String>)>,
    /// The plugin's table of keys; none when it cannot be loaded.
    schema: Schema,
}

impl BackendConfig {
    /// Refuses a database that another backend has.
    ///
    /// # Errors
    /// `Config` when another has it.
    pub fn distinct_from(self, others: &[Self]) -> Result<Self> {
        let same = |other: &&Self| self.database().is_some() && self.database() == other.database();
        match others.iter().find(same) {
            None => Ok(self),
            Some(other) => {
                let what =
                    format!("backend \"{}\": db_path is that of backend \"{}\"", self.name, other.name);
                let error = Error::config(what).in_file(&self.file, None);
                Err(error.with_hint("two copies of SQLite must not open one file"))
            }
        }
    }

    /// The file that the backend keeps, whatever links lead there.
    fn database(&self) -> Option<PathBuf> {
        let value = |key: &str| self.pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        let path = PathBuf::from(value("db_path").filter(|_| value("type") == Some("sqlite"))?);
        let parent =
            path.parent()?.canonicalize().unwrap_or_else(|_| path.parent().unwrap_or(&path).to_owned());
        Some(path.canonicalize().unwrap_or_else(|_| parent.join(path.file_name().unwrap_or_default())))
    }

    /// The value of one of its keys, masked where it is a secret.
    pub fn shown<'v>(&self, key: &str, value: &'v str) -> Cow<'v, str> {
        self.schema.shown(key, value)
    }

    /// The configuration with its secrets masked.
    pub(super) fn masked(&self) -> String {
        let mask = |(key, value): &(String, Zeroizing<String>)| format!("{key}={}", self.shown(key, value));
        let pairs: Vec<_> = self.pairs.iter().map(mask).collect();
        format!("backend \"{}\": {} with {}", self.name, shown(&self.path), pairs.join(" "))
    }
}

/// Reads the text of a backend file; `check` says what is wrong with a pair of its `config:`.
fn read(text: &str, file: &Path, check: yaml::PairCheck<'_>) -> Result<Node> {
    let keys = [
        Key { name: "name", shape: Shape::Text(yaml::any) },
        Key { name: "path", shape: Shape::Text(yaml::any) },
        Key { name: "config", shape: Shape::Pairs(check) },
    ];
    yaml::read(text, Shape::Keys(Foreign::Refused, &keys), file)
}

/// The backend files, in the order of their names; `ignored` is told of each file that was probably meant to be one.
///
/// # Errors
/// `Config` when the folder cannot be read or holds none.
pub fn files(config: &Config, ignored: &mut dyn FnMut(&Path)) -> Result<Vec<PathBuf>> {
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
    found.retain(|file| {
        let is_used = file.extension().is_some_and(|e| e == "yaml");
        if !is_used {
            ignored(file);
        }
        is_used
    });
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

/// The words that the configured plugins declare as their actions. What cannot be read or loaded is told when it is to be
/// started.
pub fn declared_actions(config: &Config) -> Vec<String> {
    let words = |file: &Path| {
        let head = Head::read(file, config, &mut String::new()).ok()?;
        Some(loader::load(&head.path).ok()?.0.actions())
    };
    files(config, &mut |_| {}).unwrap_or_default().iter().filter_map(|file| words(file)).flatten().collect()
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
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            found.push(path);
        }
    }
    Ok(())
}

impl Head {
    /// Reads a backend file. `name` becomes the backend's own as soon as it is read.
    ///
    /// # Errors
    /// `Config` when it cannot be read or believed, or is no backend file.
    pub fn read(file: &Path, main: &Config, name: &mut String) -> Result<Self> {
        Self::of(Zeroizing::new(trust::read(file, MAX_FILE)?.1), file, main, name)
    }

    fn of(text: Zeroizing<String>, file: &Path, main: &Config, name: &mut String) -> Result<Self> {
        let node = Zeroizing::new(read(&text, file, &|_, _| Ok(()))?);
        let required = |key| {
            let missing = || Error::config(format!("`{key}` is missing")).in_file(file, None);
            node.text(key).ok_or_else(missing)
        };
        if *node == Node::Text(String::new()) || *node == Node::Map(Vec::new()) {
            return Err(Error::config("the file is empty").in_file(file, None));
        }
        required("name")?.clone_into(name);
        let path = under(main.dir(), required("path")?);
        Ok(Self { file: file.to_owned(), name: name.clone(), path, text })
    }

    /// Refuses a name that another backend has.
    ///
    /// # Errors
    /// `Config` when another has it.
    pub fn distinct_from(self, others: &[Self]) -> Result<Self> {
        match others.iter().find(|other| other.name == self.name) {
            None => Ok(self),
            Some(other) => {
                let what = format!("the name `{}` is taken by {}", self.name, shown(&other.file));
                Err(Error::config(what).in_file(&self.file, None))
            }
        }
    }
}

/// Whether a key holds a secret, or names a file with one.
fn holds_secret(schema: Schema, key: &str) -> bool {
    let is_file = || schema.key(key).is_some_and(|known| known.kind == Kind::SecretFile);
    schema.is_secret(key) || schema.secret_in_file(key).is_some() || is_file()
}

impl BackendConfig {
    /// Reads a backend file.
    ///
    /// # Errors
    /// `Config` when it cannot be read or believed, or is wrong.
    pub fn load(file: &Path, main: &Config, ui: Ui) -> Result<Self> {
        Self::of(Head::read(file, main, &mut String::new())?, main, ui)
    }

    /// Opens the plugin, and reads the rest of the file by its table of keys.
    ///
    /// # Errors
    /// `Config` when a key or its value is wrong, or a file that it names cannot be read or believed.
    pub fn of(head: Head, main: &Config, ui: Ui) -> Result<Self> {
        // Why it cannot be loaded is told when it is to be started.
        let schema = loader::load(&head.path).map_or(Schema::None, |(plugin, _)| plugin.schema);
        Self::by_schema(head, schema, main, ui)
    }

    /// Reads the text of a backend file; `schema` says which keys the plugin of a path takes.
    ///
    /// # Errors
    /// `Config` when it is wrong, or a file that it names cannot be read or believed.
    #[cfg(feature = "fuzzing")]
    pub fn parse(
        text: &str,
        file: &Path,
        main: &Config,
        ui: Ui,
        name: &mut String,
        schema: impl FnOnce(&Path) -> Schema,
    ) -> Result<Self> {
        let head = Head::of(Zeroizing::new(text.to_owned()), file, main, name)?;
        let schema = schema(&head.path);
        Self::by_schema(head, schema, main, ui)
    }

    fn by_schema(head: Head, schema: Schema, main: &Config, ui: Ui) -> Result<Self> {
        let Head { file, name, path, text } = head;
        let at = |e: Error| e.about(format_args!("backend \"{name}\"")).in_file(&file, None);
        let node = read(&text, &file, &|key, value| check(schema, &main.overrides, key, value));
        let node = node.map(Zeroizing::new).map_err(at)?;
        if node.texts("config").any(|(key, value)| !value.is_empty() && holds_secret(schema, key)) {
            forbid_core_dumps();
        }
        let is_secret =
            |(key, value): (&str, &str)| schema.is_secret(key) && !value.is_empty() && !value.contains("${");
        if node.texts("config").any(is_secret) {
            warn_if_readable(&file, ui);
        }
        let pairs = pairs(&node, schema, main, ui).map_err(at)?;
        Ok(Self { file, name, path, pairs, schema })
    }
}

/// Says what is wrong with what a plugin is configured with outside of any file.
///
/// # Errors
/// What is wrong with the first key that is, or with its value.
pub fn check_pairs(schema: Schema, pairs: &[(String, String)]) -> Result {
    pairs.iter().try_for_each(|(key, value)| {
        check(schema, &[], key, None)
            .and_then(|()| check(schema, &[], key, Some(value)).map_err(|what| format!("{key}: {what}")))
            .map_err(Error::config)
    })
}

/// Such pairs as the plugin receives them; paths are under the working directory.
///
/// # Errors
/// When a file is not there, or must not be believed.
pub fn finished_pairs(schema: Schema, pairs: &[(String, String)], ui: Ui) -> Result<Vec<(String, String)>> {
    let dir = env::current_dir().map_err(|e| Error::config(format!("no working directory: {e}")))?;
    let each = |(key, value): &(String, String)| {
        finished(schema, key, value.clone(), &dir, None, ui).map_err(|e| e.about(key))
    };
    pairs.iter().map(each).collect()
}

/// Says what is wrong with a key, or with its value, as far as the text alone shows.
fn check(schema: Schema, overrides: &[(&str, String)], key: &str, value: Option<&str>) -> Result<(), String> {
    let known = schema.key(key);
    let Some(value) = value else {
        let takes = known.is_some() || schema.takes_any() || schema.secret_in_file(key).is_some();
        return if takes {
            Ok(())
        } else {
            Err(yaml::unknown(key, schema.keys().iter().map(|key| key.name)))
        };
    };
    // A variable that is not set is told later, with what to do.
    let value = match expanded(value) {
        Ok(value) if !value.is_empty() => value,
        _ => return Ok(()),
    };
    // A wrong value is told even where that of the main file counts.
    let overridden = || {
        OVERRIDES.into_iter().find(|(name, _)| *name == key && overrides.iter().any(|(set, _)| *set == key))
    };
    let read = match (known, overridden()) {
        (Some(known), _) => known.kind.read(&value, known.choices),
        (None, Some((_, kind))) => kind.read(&value, ""),
        (None, None) => return Ok(()),
    };
    // The reader says which key it is.
    read.map(drop)
}

/// What the plugin is configured with: the pairs of its file, and what the main file puts in.
fn pairs(node: &Node, schema: Schema, main: &Config, ui: Ui) -> Result<Vec<(String, Zeroizing<String>)>> {
    let group = node.texts("config").find(|(key, _)| *key == "db_group");
    let group = group.and_then(|(_, value)| trust::group_id(value));
    let mut pairs = Vec::new();
    for (key, value) in node.texts("config") {
        let value = expanded(value).map_err(|e| e.about(key))?;
        let (key, value) = finished(schema, key, value, main.dir(), group, ui).map_err(|e| e.about(key))?;
        pairs.push((key, Zeroizing::new(value)));
    }
    let mut put = |key: &str, value: &str| match pairs.iter_mut().find(|(k, _)| k == key) {
        Some((_, own)) => *own = Zeroizing::new(value.to_owned()),
        None => pairs.push((key.to_owned(), Zeroizing::new(value.to_owned()))),
    };
    for (key, value) in &main.overrides {
        if schema.takes_any() || schema.key(key).is_some() {
            put(key, value);
        }
    }
    // It is none of v0.3's, so nobody expects it who does not say so.
    if main.retention_after_flush && schema.key("retention_after_flush").is_some() {
        put("retention_after_flush", "true");
    }
    Ok(pairs)
}

/// A pair as the plugin receives it: paths are absolute, a secret is read from its file, and who could change what the
/// plugin is to believe is checked. `group`: the one that the store is shared with.
fn finished(
    schema: Schema,
    key: &str,
    value: String,
    dir: &Path,
    group: Option<u32>,
    ui: Ui,
) -> Result<(String, String)> {
    if value.is_empty() {
        return Ok((key.to_owned(), value));
    }
    let path = || under(dir, &value);
    if let Some(secret) = schema.secret_in_file(key) {
        let text = Zeroizing::new(trust::read(&path(), MAX_FILE)?.1);
        return Ok((secret.to_owned(), text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let kind = match schema.key(key) {
        Some(known) => known.kind,
        // Of a path that only its name shows, nothing is known that could be checked.
        None if key.ends_with("_path") || key.ends_with("_file") => Kind::Socket,
        None => Kind::Text,
    };
    let strict = trust::is_strict();
    let path = match kind {
        // It is started by the path that was checked: a link on the way could lead elsewhere by then.
        Kind::Program => trust::check(&path())?,
        Kind::SecretFile => existing_secret(path(), ui)?,
        Kind::Path if strict => trust::check_or_missing(&path(), None)?,
        Kind::StoreFile if strict => trust::check_or_missing(&path(), group)?,
        Kind::Path | Kind::StoreFile | Kind::Socket => path(),
        Kind::Url if value.starts_with('/') => path(),
        kind => {
            let value = kind.read(&value, schema.key(key).map_or("", |known| known.choices));
            return Ok((key.to_owned(), value.map_err(Error::config)?.into_owned()));
        }
    };
    Ok((key.to_owned(), path.to_string_lossy().into_owned()))
}

/// A file with a secret, which must be there.
fn existing_secret(path: PathBuf, ui: Ui) -> Result<PathBuf> {
    let path = if trust::is_strict() { trust::check(&path)? } else { path };
    fs::metadata(&path)
        .map_err(|e| Error::config(format!("cannot open {}: {}", shown(&path), trust::reason(&e))))?;
    warn_if_readable(&path, ui);
    Ok(path)
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
