//! `ban add`.

use insta::assert_snapshot;

use crate::common::Sandbox;

fn dummy() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[]);
    sandbox
}

#[test]
fn what_would_lock_the_caller_out_needs_force() {
    let sandbox = dummy();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  allowlist: [198.51.100.0/24]\n");
    let ssh = |args: &[&str]| {
        let output =
            sandbox.command(args).env("SSH_CONNECTION", "192.0.2.9 50000 192.0.2.1 22").output().unwrap();
        sandbox.show(&output)
    };
    assert_snapshot!(ssh(&["ban", "add", "ip", "192.0.2.9", "4h", "x"]), @"
    --- stderr
    error: banning 192.0.2.9 is dangerous: it covers 192.0.2.9, from where you are logged in
    hint: --force bans it all the same
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban add ip 127.0.0.1 4h x"), @"
    --- stderr
    error: banning 127.0.0.1 is dangerous: it covers loopback
    hint: --force bans it all the same
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban add ip 198.51.100.7 4h x"), @"
    --- stderr
    error: banning 198.51.100.7 is dangerous: the allowlist has 198.51.100.0/24
    hint: --force bans it all the same
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban add range 16.0.0.0/7 4h x"), @"
    --- stderr
    error: banning 16.0.0.0/7 is dangerous: it is wider than an IPv4 /8
    hint: --force bans it all the same
    --- exit 1
    ");
    let forced = sandbox.warden("ban add ip 198.51.100.7 4h x --force --warning");
    assert_eq!(forced, "--- exit 0\n");
}
