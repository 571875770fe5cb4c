//! What a LAPI answers as a list of alerts is refused with words, or has decisions that still hold.

#![no_main]

use lapi::fuzzing::list::{self, Reading};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut each = |_: &list::Alert, decisions: &[list::Decision]| {
        assert!(decisions.iter().all(|decision| decision.left_us > 0));
        Ok(())
    };
    let reading = Reading { wanted: &|_| true, each: &mut each };
    if let Err(list::Fault::Json(error)) = list::read(bytes, reading) {
        assert!(!error.to_string().is_empty());
    }
});
