//! What a user sees: rows, exit code, standard output and error, and what is in the store afterwards. One binary; a
//! file a subcommand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::format_push_string, reason = "texts written line by line")]

mod common;

mod backends;
mod ban_add;
mod ban_del;
mod ban_list;
mod configuration;
mod durability;
mod readme;
mod signal_push;
mod usage;
