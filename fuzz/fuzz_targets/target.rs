//! A target is refused, or has one text that reads back as the same target.

#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_plugin::{IpRange, Target};

fuzz_target!(|text: &str| {
    let Ok(noted) = Target::parse_noting(text) else {
        assert_eq!(Target::of_stored(text), None);
        return;
    };
    let target = noted.target;
    let shown = target.to_string();
    assert_eq!(Target::parse(&shown), Ok(target));
    assert!(Target::is_canonical(&shown));
    assert_eq!(target.text().as_str(), shown);
    assert!(target.contains(&target));
    assert_eq!(Target::from_range(target.first(), target.last()), Some(target));
    assert!(target.first() <= target.last());
    assert!(target.covering().all(|outer| outer.contains(&target)));
    assert_eq!(target.covering().count(), usize::from(target.prefix_len()) + 1);
    let range = IpRange::from(target);
    assert_eq!((range.first, range.last), (target.first(), target.last()));
});
