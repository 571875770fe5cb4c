//! A duration is refused with words, or prints as a text that reads back as the same duration.

#![no_main]

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{BanDuration, go_duration};

fuzz_target!(|text: &str| {
    match text.parse::<BanDuration>() {
        Ok(duration) => {
            assert!(duration.micros() > 0);
            assert_eq!(duration.to_string().parse(), Ok(duration));
            let _ = go_duration(duration.micros()).to_string();
            let _ = go_duration(-duration.micros()).to_string();
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let _ = error.hint();
        }
    }
});
