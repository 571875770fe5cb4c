//! Skeleton.

pub mod duration;
