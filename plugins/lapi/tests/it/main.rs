//! The plugin against the real server. Without `crowdsec` each test is skipped; under `CI=true` it fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(missing_docs, reason = "tests say by their names what is true")]

mod answers;
mod bans;
mod common;
mod failures;
mod filters;
mod many;
mod transport;
