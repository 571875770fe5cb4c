//! Bytes that should be a plugin's library are refused with words, or name a plugin and absolute folders.

#![no_main]

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::probe_library;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = probe_library(bytes) {
        assert!(!error.to_string().is_empty());
    }
});
