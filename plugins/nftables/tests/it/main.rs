//! The backend against the real nft, in network namespaces of its own. Needs root and nft; without them every test is
//! skipped, unless `CI=true`: then it fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(missing_docs, reason = "tests say by their names what is true")]

mod by_hand;
mod host;
mod model;
mod namespace;
mod old_layout;
mod processes;
mod refusals;
mod sets;
#[path = "../../../../tests/common/skip.rs"]
mod skip;
mod state;
mod traffic;
mod writers;
