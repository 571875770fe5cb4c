//! `cargo xtask gen`: what is made from the definition of the command line. It is committed, and checked by
//! `gen --check`.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::Shell;
use warden::{Cli, completions as script};

use crate::build::{self, Profile, root};

/// The shells, and the names of their files under `completions/`.
pub const COMPLETIONS: &[(Shell, &str)] =
    &[(Shell::Bash, "warden.bash"), (Shell::Zsh, "_warden"), (Shell::Fish, "warden.fish")];

pub fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for (path, text) in files()? {
        let full = root().join(&path);
        if fs::read(&full).ok().as_deref() == Some(text.as_bytes()) {
            continue;
        }
        if check {
            stale.push(path.display().to_string());
        } else {
            fs::create_dir_all(full.parent().context("a file without a folder")?)?;
            fs::write(&full, text)?;
        }
    }
    if !stale.is_empty() {
        bail!("not up to date, run `cargo xtask gen`: {}", stale.join(", "));
    }
    Ok(())
}

/// Every generated file.
fn files() -> Result<Vec<(PathBuf, String)>> {
    let mut all = Vec::new();
    for (shell, name) in COMPLETIONS {
        all.push((
            PathBuf::from("completions").join(name),
            String::from_utf8(script(*shell, Cli::command()))?,
        ));
    }
    let mut command = Cli::command();
    command.build();
    let mut reference = String::from("# Command-line reference\n\nMade by `cargo xtask gen`; do not edit.\n");
    visit(&command, "warden", &[], &mut all, &mut reference)?;
    all.push((PathBuf::from("docs/src/reference.md"), reference));
    build::all(Profile::Debug)?;
    for (plugin, page) in KEYS {
        all.push((page.into(), with_keys(plugin, page)?));
    }
    Ok(all)
}

/// The plugins whose keys are shown in the book, and where.
const KEYS: [(&str, &str); 3] = [
    ("database", "docs/src/configuration.md"),
    ("lapi", "docs/src/backends/lapi.md"),
    ("nftables", "docs/src/backends/nftables.md"),
];

/// A page with the table of keys that `plugin describe` shows, between its two marks.
fn with_keys(plugin: &str, page: &str) -> Result<String> {
    let folder = build::artifacts(Profile::Debug)?;
    let output = std::process::Command::new(folder.join("warden"))
        .args(["plugin", "describe", "-o", "json"])
        .arg(folder.join(format!("lib{plugin}.so")))
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let described: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let mut table = String::from("| key | kind | default | means |\n|---|---|---|---|\n");
    for key in described["keys"].as_array().context("no keys")? {
        let text = |field: &str| key[field].as_str().unwrap_or_default().replace('|', "\\|");
        let words: Vec<_> =
            key["choices"].as_array().into_iter().flatten().filter_map(|word| word.as_str()).collect();
        let words = if words.is_empty() { String::new() } else { format!(" (`{}`)", words.join("`, `")) };
        let (name, kind, preset, help) = (text("name"), text("kind"), text("default"), text("help"));
        writeln!(table, "| `{name}` | {kind} | {preset} | {help}{words} |")?;
    }
    let (from, to) =
        (format!("<!-- keys of {plugin}: made by `cargo xtask gen` -->\n"), "<!-- end of keys -->");
    let text = fs::read_to_string(root().join(page))?;
    let (before, rest) =
        text.split_once(&from).with_context(|| format!("{page} has no place for {plugin}"))?;
    let (_, after) = rest.split_once(to).with_context(|| format!("{page} does not end the table"))?;
    Ok(format!("{before}{from}{table}{to}{after}"))
}

/// A man page and a section for a command and those below it.
fn visit(
    command: &Command,
    path: &str,
    inherited: &[&str],
    all: &mut Vec<(PathBuf, String)>,
    reference: &mut String,
) -> Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    let name = format!("docs/man/{}.1", path.replace(' ', "-"));
    all.push((PathBuf::from(name), String::from_utf8(page)?));
    section(command, path, inherited, reference)?;
    let global = command.get_arguments().filter(|a| a.is_global_set()).map(|a| a.get_id().as_str());
    let inherited: Vec<_> = global.collect();
    for sub in command.get_subcommands().filter(|s| s.get_name() != "help" && !s.is_hide_set()) {
        visit(sub, &format!("{path} {}", sub.get_name()), &inherited, all, reference)?;
    }
    Ok(())
}

/// What a command takes besides what it inherits.
fn section(command: &Command, path: &str, inherited: &[&str], out: &mut String) -> Result<()> {
    writeln!(out, "\n## `{path}`\n")?;
    if let Some(about) = command.get_about() {
        writeln!(out, "{about}\n")?;
    }
    let usage = command.clone().render_usage().to_string();
    writeln!(out, "```text\n{}\n```", usage.trim_start_matches("Usage: ").trim())?;
    let own =
        |a: &&Arg| !a.is_hide_set() && a.get_id() != "help" && !inherited.contains(&a.get_id().as_str());
    let mut shown = command.get_arguments().filter(own).peekable();
    if shown.peek().is_some() {
        writeln!(out, "\n| | |\n|---|---|")?;
    }
    for arg in shown {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        writeln!(out, "| `{}` | {} |", signature(arg), help.replace('|', "\\|").replace('\n', " "))?;
    }
    Ok(())
}

/// An argument as it is typed.
fn signature(arg: &Arg) -> String {
    let value =
        arg.get_value_names().map(|names| names.join(" ")).filter(|_| arg.get_action().takes_values());
    let flags: Vec<String> = (arg.get_short().map(|s| format!("-{s}")).into_iter())
        .chain(arg.get_long().map(|l| format!("--{l}")))
        .collect();
    match (flags.is_empty(), value) {
        (true, value) => value.unwrap_or_else(|| arg.get_id().to_string()),
        (false, Some(value)) => format!("{} {value}", flags.join(", ")),
        (false, None) => flags.join(", "),
    }
}
