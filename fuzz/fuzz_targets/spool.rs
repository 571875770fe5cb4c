//! Records come out of the spool sorted, equal keys in the order in which they came; foreign bytes are unpacked without
//! a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{Sorter, pack};

fuzz_target!(|records: Vec<(&[u8], &[u8])>| {
    let mut sorter = Sorter::default();
    for (key, value) in &records {
        sorter.push(key, value).expect("it fits memory");
    }
    let sorted = sorter.finish().expect("it fits memory");
    let mut expected = records.clone();
    expected.sort_by_key(|(key, _)| *key);
    let mut merge = sorted.read().expect("it fits memory");
    for (key, value) in expected {
        let record = merge.next().expect("it fits memory");
        assert_eq!(record, Some((key, value)));
        let _ = pack::key_target(key);
        let mut rest = pack::Unpack(value);
        let _ = (rest.number(), rest.text(), rest.count(), rest.text());
    }
    assert!(merge.next().expect("it fits memory").is_none());
});
