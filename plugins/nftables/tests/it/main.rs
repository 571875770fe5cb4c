//! The backend against the real nft, in network namespaces of its own. Needs root and nft; without them every test is
//! skipped with a note, unless `CI=true`: then it fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a figure, or a note why a test was skipped")]
#![allow(missing_docs, reason = "tests say by their names what is true")]

mod by_hand;
mod host;
mod model;
mod namespace;
mod old_layout;
mod processes;
mod refusals;
mod sets;
mod traffic;
mod writers;
