//! What a test does that lacks something on this machine: it is skipped, by name. Shared by the tests of every package.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Whether what a test needs is there. Where it is not, the test is skipped.
pub fn available(there: bool, what: &str) -> bool {
    if !there {
        skip(what);
    }
    there
}

/// Says that the test that calls this is skipped, or a part of it, for want of `what`. With CI=true that is a failure.
///
/// libtest knows no test that skips itself: it counts this one as passed, and `cargo xtask test` corrects the count by
/// the file that `WARDEN_SKIPPED_TESTS` names.
pub fn skip(what: &str) {
    let thread = std::thread::current();
    // libtest names a test's thread after the test.
    let test = thread.name().unwrap_or("a thread without a name");
    let binary = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_CRATE_NAME"));
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{test} needs {what}, and with CI=true nothing is skipped"
    );
    if let Some(file) = std::env::var_os("WARDEN_SKIPPED_TESTS") {
        let line = format!("{binary} {test}\t{what}\n");
        let list = OpenOptions::new().append(true).open(file);
        list.and_then(|mut list| list.write_all(line.as_bytes())).expect("the list of skipped tests");
    } else {
        // Past libtest's capture, which hides what a passed test prints.
        let _ = writeln!(std::io::stderr(), "skipped: {binary} {test}: needs {what}");
    }
}
