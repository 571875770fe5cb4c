//! All plugins as one.
pub mod config;
