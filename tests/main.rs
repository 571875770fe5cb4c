//! What a user sees: rows, exit code, standard output and error, and what is in the store afterwards. One binary; a
//! file a subcommand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::format_push_string, clippy::format_collect, reason = "texts written line by line")]

mod common;
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the tests of the database plugin, which use the rest"
)]
#[path = "../plugins/database/tests/servers/stage/mod.rs"]
mod stage;

mod asking;
mod backends;
mod ban_add;
mod ban_check;
mod ban_del;
mod ban_dry_run;
mod ban_end;
mod ban_history;
mod ban_import;
mod ban_list;
mod ban_list_formats;
mod ban_stats;
mod ban_sync;
mod ban_undo;
mod compatibility;
mod configuration;
mod database_servers;
mod durability;
mod enforcement;
mod exit_codes;
mod hostile;
mod in_step;
mod interrupt;
mod library_path;
mod minors;
mod plugin_check;
mod plugin_describe;
mod plugin_docs;
mod plugin_go;
mod plugin_list;
mod plugin_new;
mod readme;
mod schemas;
mod secrets;
mod signal_push;
mod trust;
mod trust_links;
mod usage;
