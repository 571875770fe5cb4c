//! Plugins in C, C++ and Go, built for the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use super::{available, has};

/// A file or folder of this repository.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where what the tests build lies; a folder for each run, since an earlier run's library may be in use.
pub fn out(name: &str) -> PathBuf {
    static CLEAN: Once = Once::new();
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    CLEAN.call_once(|| remove_left(all));
    let dir = all.join(format!("plugins-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    dir.join(name)
}

/// Removes what runs that have ended left behind.
fn remove_left(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let run = name.to_str().and_then(|name| name.strip_prefix("plugins-"));
        if run.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // Another run may remove it at the same time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Runs a build, which must succeed.
pub fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = [output.stdout, output.stderr].map(|o| String::from_utf8_lossy(&o).into_owned()).concat();
    assert!(output.status.success(), "{command:?}\n{said}");
}

const STRICT: [&str; 7] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-shared", "-fPIC"];

/// Builds a plugin from C11, with every warning an error.
pub fn c(source: &Path, name: &str, options: &[&str]) -> PathBuf {
    c_with(&self::source("plugins/api/include"), source, name, options)
}

/// The same with another header.
pub fn c_with(include: &Path, source: &Path, name: &str, options: &[&str]) -> PathBuf {
    let out = out(name);
    let mut cc = Command::new("cc");
    run(cc.arg("-std=c11").args(STRICT).args(options).arg("-I").arg(include).arg("-o").arg(&out).arg(source));
    out
}

/// Builds a plugin from C++17; `None` without a compiler.
pub fn cpp(source: &Path, name: &str) -> Option<PathBuf> {
    if !available(has("c++"), "c++") {
        return None;
    }
    let (out, include) = (out(name), self::source("plugins/api/include"));
    let mut cpp = Command::new("c++");
    run(cpp
        .args(["-x", "c++", "-std=c++17"])
        .args(STRICT)
        .arg("-I")
        .arg(include)
        .arg("-o")
        .arg(&out)
        .arg(source));
    Some(out)
}

/// Builds a Go module's folder; `None` without Go.
pub fn go(dir: &Path, name: &str) -> Option<PathBuf> {
    if !available(has("go"), "go") {
        return None;
    }
    let out = out(name);
    let mut go = Command::new("go");
    run(offline(&mut go).args(["build", "-buildmode=c-shared", "-o"]).arg(&out).current_dir(dir));
    Some(out)
}

/// Keeps Go and Cargo away from the network, and builds where the author would look for it.
pub fn offline(command: &mut Command) -> &mut Command {
    command
        .env_remove("CARGO_TARGET_DIR")
        .env("GOFLAGS", "-mod=mod")
        .env("GOPROXY", "off")
        .env("GOTOOLCHAIN", "local")
        .env("CARGO_NET_OFFLINE", "true")
}
