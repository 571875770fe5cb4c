//! A value of a plugin's settings is refused with words, or is read as one that is read as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_plugin::{Config, Kind, Schema};

const KINDS: [Kind; 12] = [
    Kind::Text,
    Kind::Flag,
    Kind::Count,
    Kind::Duration,
    Kind::Choice,
    Kind::Path,
    Kind::Program,
    Kind::Secret,
    Kind::SecretFile,
    Kind::StoreFile,
    Kind::Url,
    Kind::Socket,
];

fuzz_target!(|input: (&str, &str)| {
    let (name, value) = input;
    for kind in KINDS {
        match kind.read(value, "one two") {
            Ok(read) => assert_eq!(kind.read(&read, "one two").as_deref(), Ok(&*read), "{kind:?}"),
            Err(words) => assert!(!words.is_empty()),
        }
    }
    let shown = Schema::None.shown(name, value);
    assert!(!Schema::None.is_secret(name) || value.is_empty() || shown == "***");
    let config = Config::new(vec![(name, value)]);
    let _ = (config.duration(name), config.required(name));
});
