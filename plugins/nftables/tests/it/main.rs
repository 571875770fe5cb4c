//! The backend against the real nft, in network namespaces of its own. Needs root and nft; without them every test is
//! skipped with a note, unless `CI=true`: then it fails.

mod by_hand;
mod figures;
mod host;
mod namespace;
mod overlaps;
mod refusals;
mod sets;
mod traffic;
