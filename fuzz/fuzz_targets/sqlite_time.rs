//! What another program left in a column of SQLite: a time is unknown, or is written as one that reads back as the same;
//! the JSON of who made a ban never panics.

#![no_main]

use database::fuzzing::{audit, sqlite_time};
use libfuzzer_sys::fuzz_target;
use rusqlite::types::ValueRef;

fuzz_target!(|input: (i64, &[u8])| {
    let (number, bytes) = input;
    for value in [ValueRef::Text(bytes), ValueRef::Integer(number), ValueRef::Blob(bytes), ValueRef::Null] {
        let us = sqlite_time::read(value);
        assert!(sqlite_time::read_end(value) >= us);
        if let Some(text) = sqlite_time::write(us) {
            assert_eq!(sqlite_time::parse(text.as_bytes()), Some(us));
        }
    }
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = (audit::actor(text), audit::ended_by(text), audit::was_replaced(text));
        assert_eq!(audit::actor(&audit::beginning(text)), text);
    }
});
