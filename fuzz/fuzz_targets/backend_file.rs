//! A backend file is refused with words, or names a backend and an absolute path.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{BackendConfig, ColorChoice, Config, Ui};
use warden_plugin::{Key, Kind, Level, Schema};

static MAIN: LazyLock<Config> = LazyLock::new(|| {
    let text = "plugin:\n  backend: .\n  flush: true\n";
    Config::parse(text, Path::new("/etc/warden/warden.yaml")).expect("a main file")
});

/// No plugin is loaded: a key of each kind that names no file, of which there must be none while this runs.
const SCHEMA: Schema = Schema::Closed(&[
    Key::new(Kind::Text, "text", ""),
    Key::new(Kind::Flag, "flush", ""),
    Key::new(Kind::Count, "count", ""),
    Key::new(Kind::Duration, "max_records_age", ""),
    Key::new(Kind::Secret, "password", ""),
]);

fuzz_target!(|text: &str| {
    let ui = Ui::new(Level::Error, ColorChoice::Never);
    let file = Path::new("/etc/warden/plugins/backend/x.yaml");
    match BackendConfig::parse(text, file, &MAIN, ui, &mut String::new(), |_| SCHEMA) {
        Ok(backend) => {
            assert!(!backend.name.is_empty() && backend.path.is_absolute());
            assert!(backend.pairs.iter().any(|(key, value)| key == "flush" && value.as_str() == "true"));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
