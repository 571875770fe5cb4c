//! The backend as a host drives it, on real SQLite files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(missing_docs, reason = "tests say by their names what is true")]

mod common;
mod filtered;
mod history;
mod hostile;
mod interrupt;
mod model;
mod semantics;
mod spelling;
mod together;
mod trouble;
mod undo;
mod v03;
