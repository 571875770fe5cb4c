//! The commands: a folder a noun, a file a verb with its flags, help and behaviour.

pub mod ban;
pub mod completions;
pub mod config;
mod parse;
pub mod plugin;
pub mod signal;
