//! `warden plugin new`: a folder that builds and passes the check as it stands. What a plugin needs of warden lies in it,
//! so it builds without warden's sources.

mod template;

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Exit, Kind, Result};
use crate::global::Global;
use crate::trust::reason;
use crate::ui::{Ui, shown};
use template::File;

/// A new plugin.
#[derive(Debug, clap::Args)]
pub struct New {
    /// The plugin's name, and that of the new folder
    #[arg(value_parser = name)]
    name: String,
    /// The language to write it in
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

/// The languages that there is a beginning for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Rust, with the safe trait
    #[default]
    Rust,
    /// C11 or C++17, with the header alone
    C,
    /// Go, with CrowdSec v0.3's interface
    Go,
}

/// A name that a file, a Cargo package and a Go module can have.
fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match text.chars().next() {
        Some(first) if first.is_ascii_lowercase() && text.chars().all(plain) && text.len() <= 40 => {
            Ok(text.to_owned())
        }
        _ => Err("a name is lower-case letters, digits and `-`, a letter first, at most 40".into()),
    }
}

pub fn run(new: &New, global: &Global) -> anyhow::Result<Exit> {
    let ui = Ui::new(global.verbosity.level(), global.color.unwrap_or_default());
    let dir = PathBuf::from(&new.name);
    create(&dir).map_err(|e| failed(&dir, &e).with_hint("choose another name, or remove it"))?;
    for File { path, text } in template::files(new.lang) {
        let path = dir.join(filled(path, &new.name));
        write(&path, &filled(text, &new.name)).map_err(|e| failed(&path, &e))?;
    }
    ui.say(format_args!("a plugin in {} has been begun; build and check it:", shown(&dir)));
    ui.say(format_args!("  cd {} && make check", shown(&dir)));
    Ok(Exit::Done)
}

/// Creates a folder that is not there; not writable by others, whatever the umask, since warden would not load from it.
fn create(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    DirBuilder::new().mode(0o755).create(dir)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

/// Puts the plugin's name in. A Rust library's name has no `-`.
fn filled(text: &str, name: &str) -> String {
    text.replace("@NAME@", name)
        .replace("@LIB@", &name.replace('-', "_"))
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Output, format!("cannot write {}: {}", shown(path), reason(error)))
}
