//! The backend on database servers: private ones on loopback, started and stopped by the tests.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(missing_docs, reason = "tests say by their names what is true")]

#[allow(dead_code, unused_imports, reason = "shared with the SQLite tests, which use the rest")]
#[path = "../it/common/mod.rs"]
mod common;
mod failover;
mod fleet;
mod lying;
mod messages;
mod retention;
mod schema;
mod shop;
mod spellings;
mod stage;
mod story;
mod tls;
mod undo;
mod v03;
