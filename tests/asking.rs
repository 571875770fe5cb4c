//! Questions before harm, on a real terminal.

use std::process::Output;

use crate::common::{Sandbox, available, has};

/// A sandbox with one ban, unless there is no way to a terminal.
fn banned() -> Option<Sandbox> {
    if !available(has("script"), "script (Debian: bsdutils)") {
        return None;
    }
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    Some(sandbox)
}

/// What the terminal shows, without colour.
fn screen(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.replace('\r', "").replace("\x1b[31m", "").replace("\x1b[0m", "")
}

fn bans(sandbox: &Sandbox) -> usize {
    sandbox.stdout(&["ban", "list", "-o", "raw"]).lines().count() - 1
}

#[test]
fn flush_asks_and_a_no_leaves_the_store_as_it_was() {
    let Some(sandbox) = banned() else { return };
    let before = sandbox.sql("select * from ban_applications");
    for answer in ["n\n", "\n", "", "yeah\n", "Yes please\n"] {
        let output = sandbox.terminal("ban flush", answer);
        assert_eq!(output.status.code(), Some(1), "{answer:?}");
        let shown = screen(&output);
        assert!(shown.contains("End all bans of every backend? [y/N] "), "{answer:?}: {shown}");
        assert!(shown.contains("error: nothing was done"), "{answer:?}: {shown}");
        assert_eq!(sandbox.sql("select * from ban_applications"), before, "{answer:?}");
    }
}

#[test]
fn flush_ends_all_after_a_yes() {
    for answer in ["y\n", "Y\n", "yes\n"] {
        let Some(sandbox) = banned() else { return };
        let output = sandbox.terminal("ban flush", answer);
        assert_eq!(output.status.code(), Some(0), "{answer:?}");
        // The terminal shows what is typed before or after the question.
        let shown = screen(&output);
        assert!(shown.contains("[y/N] ") && shown.ends_with("Ban DB flushed\n"), "{shown}");
        assert_eq!(bans(&sandbox), 0, "{answer:?}");
    }
}

#[test]
fn yes_on_the_command_line_is_not_asked_for() {
    let Some(sandbox) = banned() else { return };
    let output = sandbox.terminal("ban flush --yes", "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(screen(&output), "Ban DB flushed\n");
    assert_eq!(bans(&sandbox), 0);
}

#[test]
fn a_dangerous_ban_asks() {
    let Some(sandbox) = banned() else { return };
    let refused = sandbox.terminal("ban add ip 127.0.0.1 4h self", "n\n");
    assert_eq!(refused.status.code(), Some(1));
    let question = "banning 127.0.0.1 is dangerous: it covers loopback. Ban it? [y/N] ";
    assert!(screen(&refused).contains(question), "{}", screen(&refused));
    assert_eq!(bans(&sandbox), 1);
    assert_eq!(sandbox.terminal("ban add ip 127.0.0.1 4h self", "y\n").status.code(), Some(0));
    assert_eq!(bans(&sandbox), 2);
}

#[test]
fn a_dangerous_ban_with_yes_or_force_does_not_ask() {
    for flag in ["--yes", "-y", "--force"] {
        let Some(sandbox) = banned() else { return };
        let output = sandbox.terminal(&format!("ban add ip 127.0.0.1 4h self {flag}"), "");
        assert_eq!(output.status.code(), Some(0), "{flag}");
        assert!(!screen(&output).contains("[y/N]"), "{}", screen(&output));
        assert_eq!(bans(&sandbox), 2);
    }
}

#[test]
fn a_ban_that_harms_nobody_does_not_ask() {
    let Some(sandbox) = banned() else { return };
    let output = sandbox.terminal("ban add ip 203.0.113.8 4h scan", "");
    assert_eq!(output.status.code(), Some(0));
    assert!(!screen(&output).contains("[y/N]"), "{}", screen(&output));
}

#[test]
fn one_dangerous_target_of_several_and_none_is_banned_after_a_no() {
    let Some(sandbox) = banned() else { return };
    let line = "ban add ip -t 203.0.113.8 -t 127.0.0.1 --duration 4h both";
    assert_eq!(sandbox.terminal(line, "n\n").status.code(), Some(1));
    assert_eq!(bans(&sandbox), 1);
}

#[test]
fn without_a_terminal_flush_goes_ahead_as_in_v03() {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    assert_eq!(sandbox.warden("ban flush"), "--- stderr\nBan DB flushed\n--- exit 0\n");
    assert_eq!(bans(&sandbox), 0);
}

#[test]
fn a_terminal_gets_lines_drawn_and_colour() {
    let Some(sandbox) = banned() else { return };
    let output = sandbox.terminal("ban list", "");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains('┌') && shown.contains("\x1b["), "{shown}");
    let plain = String::from_utf8(sandbox.terminal("ban list --color never", "").stdout).unwrap();
    assert!(plain.contains('┌') && !plain.contains('\x1b'), "{plain}");
}

/// As `sudo` does, which leaves the login's variables out of the environment of what it starts.
#[test]
fn the_login_is_found_in_the_environment_of_an_ancestor() {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    let program = env!("CARGO_BIN_EXE_warden");
    let line = format!("env -u SSH_CONNECTION '{program}' ban add ip 203.0.113.9 4h x; exit $?");
    let mut login = sandbox.around("sh", &["-c", &line]);
    let output = login.env("SSH_CONNECTION", "203.0.113.9 50000 203.0.113.1 22").output().unwrap();
    assert_eq!(
        sandbox.show(&output),
        "--- stderr\nerror: banning 203.0.113.9 is dangerous: it covers 203.0.113.9, from where you are logged in\n\
         hint: --force bans it all the same\n--- exit 1\n"
    );
}
