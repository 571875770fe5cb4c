//! Durations, times and the credentials' file of CrowdSec are refused, or mean something that is written as they are.

#![no_main]

use lapi::fuzzing::{Credentials, duration, time};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(micros) = duration::parse(text) {
        assert_eq!(duration::parse(&duration::text(micros)), Some(micros), "{text}");
    }
    if let Some(micros) = time::parse(text) {
        let written = time::text(micros);
        assert_eq!(time::parse(&written), Some(micros), "{text}");
    }
    // The plugin reads 16 KiB of it.
    if text.len() <= 16 * 1024 {
        let _ = Credentials::parse(text);
    }
});
