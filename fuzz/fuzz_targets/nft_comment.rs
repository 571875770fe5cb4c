//! A comment of an element is none of warden's, or is a ban that is written as a comment that says the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nftables::comment::{read, stored_source, write};

fuzz_target!(|text: &str| {
    let Some(mut ban) = read(text) else { return };
    ban.source = (&*stored_source(&ban.source)).into();
    let written = write(&ban);
    assert!(written.len() <= 128 && !written.contains(['"', '\0']));
    let again = read(&written).expect("what was written is read");
    assert_eq!((&again.source, again.until_us), (&ban.source, ban.until_us));
    assert_eq!(read(&write(&again)), Some(again));
});
