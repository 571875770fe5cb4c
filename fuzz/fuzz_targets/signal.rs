//! A signal as JSON is refused with words, or becomes one that a filter can be asked about.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{Instant, SignalRecord, profile};

/// Of v0.3, with a field of each sort.
const PROFILE: &str = "profile: all\nfilter: \"sig.Labels.remediation == 'true' && not sig.Whitelisted or sig.Events_count > 5 \
    and sig.Source_ip in ['192.0.2.1'] or sig.Source_Latitude > 1\"\nremediation: {ban: true, captcha: true, duration: 4h}\n";

static PROFILES: LazyLock<Vec<profile::Profile>> =
    LazyLock::new(|| profile::parse(PROFILE, Path::new("profiles.yaml")).expect("a profile"));

fuzz_target!(|bytes: &[u8]| {
    let Ok(signal) = serde_json::from_slice::<SignalRecord>(bytes) else { return };
    for profile in &*PROFILES {
        let _ = profile.matches(&signal);
        assert_eq!(profile.bans(&signal, Instant::from_micros(0)).len(), 2);
    }
});
