//! A main file is refused with words, or says where the backend files are.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::Config;

fuzz_target!(|text: &str| {
    match Config::parse(text, Path::new("/etc/warden/warden.yaml")) {
        Ok(config) => assert!(config.backend_dir.is_absolute()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
