//! Login records never panic, and tell of no more sessions than there are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::remotes;

fuzz_target!(|bytes: &[u8]| {
    for terminal in ["pts/0", ""] {
        assert!(remotes(bytes, terminal).len() <= bytes.len() / 384);
    }
});
