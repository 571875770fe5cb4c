//! `cargo xtask fuzz`: every fuzz target, one after another, for so many seconds each. Needs cargo-fuzz.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::build::root;

/// Fuzzes the targets of these names, or all of them.
pub fn run(seconds: u32, names: &[String]) -> Result<()> {
    let all = targets(&root().join("fuzz/fuzz_targets"))?;
    for name in names {
        ensure!(all.contains(name), "no fuzz target is called `{name}`; there are {}", all.join(", "));
    }
    let wanted: Vec<_> = all.iter().filter(|name| names.is_empty() || names.contains(name)).collect();
    let mut failed = Vec::new();
    for name in wanted {
        // A target that fails must not keep the others from being run.
        if !fuzz(name, seconds)? {
            failed.push(name.as_str());
        }
    }
    ensure!(failed.is_empty(), "found by {}: the input lies in fuzz/artifacts", failed.join(", "));
    Ok(())
}

/// The names of the targets, sorted.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Whether a target found nothing in so many seconds.
fn fuzz(name: &str, seconds: u32) -> Result<bool> {
    let folder = root().join("fuzz");
    fs::create_dir_all(folder.join("corpus").join(name))?;
    let mut cargo = Command::new("cargo");
    if has_nightly() {
        cargo.arg("+nightly");
    } else {
        // The sanitizer and the counters are a nightly compiler's options, which the stable one has, too.
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
    // `cargo xtask` has set the compiler and its folders for this workspace.
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("CARGO_") || variable == "RUSTUP_TOOLCHAIN" {
            cargo.env_remove(variable);
        }
    }
    cargo.current_dir(root()).args(["fuzz", "run", name]);
    for kind in ["corpus", "seeds"] {
        let inputs = folder.join(kind).join(name);
        if inputs.exists() {
            cargo.arg(inputs);
        }
    }
    let time = format!("-max_total_time={seconds}");
    cargo.args(["--", &time, "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    Ok(cargo.status().context("cargo fuzz")?.success())
}

fn has_nightly() -> bool {
    Command::new("cargo").args(["+nightly", "--version"]).output().is_ok_and(|output| output.status.success())
}
