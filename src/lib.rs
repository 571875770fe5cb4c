//! warden: who is banned, ban these, unban that. The command line of the program, as a library so that its own tools and
//! tests reach the definition.
//!
//! Arrows point down: `commands` use `backends`, `output` and the leaf types; `backends` use `plugin`; nothing points up.

pub mod backends;
pub mod clock;
pub mod config;
pub mod duration;
pub mod error;
pub mod instant;
pub mod plugin;
pub mod trust;
pub mod ui;
pub mod yaml;
