//! A program with more rights than whoever started it: set-user-ID, set-group-ID, or file capabilities (`AT_SECURE` of
//! getauxval(3)). What its caller put into the environment must not steer it.

use std::env;

/// What is kept of the environment: how to write on the terminal, and from where the caller is logged in, which only ever
/// forbids a ban.
const HARMLESS: [&str; 7] = ["TERM", "NO_COLOR", "COLUMNS", "LINES", "LANG", "SSH_CONNECTION", "SSH_CLIENT"];

/// Forgets what the caller of such a program put into the environment, for the program, its plugins and what they start.
/// Called once, at the start, before there is a second thread.
pub fn forget_environment() {
    for (name, _) in env::vars_os() {
        if !HARMLESS.iter().any(|harmless| name == *harmless) {
            // SAFETY: the caller promises that no other thread reads the environment.
            unsafe { env::remove_var(name) };
        }
    }
}
