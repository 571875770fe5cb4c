//! A time is refused with words, or is an instant that prints as a text that reads back as the same instant.

#![no_main]

use chrono::{FixedOffset, Local, TimeZone};
use libfuzzer_sys::fuzz_target;
use warden::fuzzing::{AtExpr, Instant};

fuzz_target!(|input: (i64, i32, &str)| {
    let (now, offset, text) = input;
    let now = Instant::from_micros(now);
    let Ok(at) = text.parse::<AtExpr>().inspect_err(|e| assert!(!e.to_string().is_empty())) else { return };
    let zone = FixedOffset::east_opt(offset % 86_400).expect("less than a day");
    resolve(&at, now, &zone);
    resolve(&at, now, &Local);
});

fn resolve<Z: TimeZone>(at: &AtExpr, now: Instant, zone: &Z) {
    match at.resolve(now, zone) {
        Ok(instant) => {
            let read = |text: &str| text.parse::<AtExpr>().and_then(|at| at.resolve(now, zone));
            assert_eq!(read(instant.rfc3339_utc().as_str()), Ok(instant));
            assert_eq!(read(instant.local(zone).as_str()), Ok(instant));
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let _ = error.hint();
        }
    }
}
