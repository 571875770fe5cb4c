//! Skeleton.

pub mod duration;
pub mod instant;
