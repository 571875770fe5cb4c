//! Bytes that are read as a ban list of each format never panic, and no more records are bad than there are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{Format, Instant, digest};

fuzz_target!(|bytes: &[u8]| {
    for format in [None, Some(Format::Plain), Some(Format::Csv), Some(Format::Json), Some(Format::Jsonl)] {
        let (all, bad) = digest(bytes, format, Instant::from_micros(1_795_489_200_000_000));
        assert!(bad <= all + 1);
    }
});
