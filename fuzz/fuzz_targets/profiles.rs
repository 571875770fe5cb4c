//! A file of profiles is refused with words, or its filters answer a signal.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{Instant, SignalRecord, profile};

fuzz_target!(|text: &str| {
    let profiles = match profile::parse(text, Path::new("profiles.yaml")) {
        Ok(profiles) => profiles,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let signal = SignalRecord::default();
    for profile in profiles {
        if let Err(words) = profile.matches(&signal) {
            assert!(!words.is_empty());
        }
        let _ = profile.bans(&signal, Instant::from_micros(0));
    }
});
