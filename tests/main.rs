//! What a user sees: rows, exit code, standard output and error, and what is in the store afterwards. One binary; a
//! file a subcommand.

mod common;

mod ban_add;
mod configuration;
mod usage;
