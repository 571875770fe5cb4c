//! A backend file is refused with words, or names a backend and an absolute path.

#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{BackendConfig, ColorChoice, Config, Ui};
use warden_plugin::Level;

/// A folder of this process alone: as root, warden checks who may write a file and the folders above it.
static FILE: LazyLock<std::path::PathBuf> = LazyLock::new(|| {
    let dir = std::env::temp_dir().join(format!("warden-fuzz-{}", std::process::id()));
    fs::create_dir_all(&dir).expect("a folder");
    dir.join("backend.yaml")
});

fuzz_target!(|text: &str| {
    let main = Config::parse("plugin:\n  backend: .\n  flush: true\n", Path::new("/etc/warden/warden.yaml"))
        .expect("a main file");
    fs::write(&*FILE, text).expect("a file");
    match BackendConfig::load(&FILE, &main, Ui::new(Level::Error, ColorChoice::Never), &mut String::new()) {
        Ok(backend) => {
            assert!(!backend.name.is_empty() && backend.path.is_absolute());
            assert!(backend.pairs.iter().any(|(key, value)| key == "flush" && value == "true"));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
