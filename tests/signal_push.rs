//! `signal push`: the daemon's half.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::Sandbox;

fn signals(count: u32) -> String {
    (0..count).fold(String::new(), |mut text, i| {
        let _ = writeln!(
            text,
            r#"{{"scenario":"ssh","source_ip":"198.18.{}.{}","events_count":6,"stop_at":"2026-11-24T02:59:00Z"}}"#,
            i / 256,
            i % 256
        );
        text
    })
}

#[test]
fn the_dummy_shows_its_configuration_then_each_call() {
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[("some_parameter", "some value"), ("token", "fooobarjajajajaja")]);
    sandbox.write(
        "warden.yaml",
        "plugin:\n  backend: ./backend\n  max_records: 10000\n  max_records_age: 720h\n",
    );
    sandbox.write("one.jsonl", signals(1));
    let shown = sandbox.warden("signal push one.jsonl");
    // The user who runs the tests; `sudo` is not in the sandbox's environment.
    let user = warden::actor();
    let user = user.split(" (").next().unwrap();
    let shown = shown.replace(&format!("actor: \"{user}\""), "actor: \"root\"");
    assert_snapshot!(shown, @r#"
    --- stderr
    warning: a file with a secret can be read by everyone
      in [DIR]/backend/dummy.yaml
    hint: chmod o-r it
    info: backend "dummy": pluginDummy config : map[max_records:10000 max_records_age:720h some_parameter:some value token:***]
    info: backend "dummy": start auto commit
    info: backend "dummy": insert signal : Signal { map_key: "", scenario: "ssh", bucket_id: "", alert_message: "", source_ip: "198.18.0.0", source_range: "", as_number: "", as_name: "", country: "", dest_ip: "", latitude: 0.0, longitude: 0.0, events_count: 6, created_us: 1795489200000000, start_us: 1795489140000000, stop_us: 1795489140000000, leak_speed_ns: 0, capacity: 0, whitelisted: false, simulation: false, reprocess: false, bans_only: false, source: None, labels: [], sources: [], bans: [Ban { source: "local", action: "ban", extra: "", target: "198.18.0.0", reason: "ssh", scenario: "", country: "", as_name: "", actor: "root", as_number: 0, until_us: 1795503540000000, range: Some(IpRange { first: 198.18.0.0, last: 198.18.0.0 }) }], events: [] }
    info: backend "dummy": flush
    info: backend "dummy": shutdown
    1 signal inserted, 0 refused
    --- exit 0
    "#);
}

#[test]
fn signals_without_bans_get_one_and_bad_lines_are_warnings() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "in.jsonl",
        format!(
            "{}nonsense\n{{\"scenario\":\"x\",\"stop_at\":\"soon\"}}\n{{\"scenario\":\"no target\"}}\n",
            signals(2)
        ),
    );
    assert_snapshot!(sandbox.warden("signal push in.jsonl --remediation captcha --duration 7d"), @"
    --- stderr
    warning: expected ident (column 2)
      in in.jsonl:3
    warning: `soon` is not a time as RFC 3339 writes it (column 33)
      in in.jsonl:4
    warning: the signal has neither a ban nor a source_ip
      in in.jsonl:5
    2 signals inserted, 3 refused
    --- exit 3
    ");
    assert_snapshot!(sandbox.warden("ban list -o raw"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    local,198.18.0.1,ssh,1,captcha,, ,6,167h59m0s
    local,198.18.0.0,ssh,1,captcha,, ,6,167h59m0s
    --- exit 0
    ");
}

#[test]
fn a_profile_says_what_is_done_and_who_is_told() {
    let sandbox = Sandbox::new();
    sandbox.backend("dummy", "dummy", &[]);
    sandbox.write(
        "profiles.yaml",
        "profile: default_remediation\nfilter: \"sig.Events_count > 5 && not sig.Whitelisted\"\nremediation:\n  ban: true\n  \
         captcha: true\n  duration: 4h\noutputs:\n  - plugin: database\n  - plugin: dummy\n    store: false\n",
    );
    sandbox.write(
        "in.jsonl",
        "{\"scenario\":\"few\",\"events_count\":2,\"source_ip\":\"198.18.0.9\"}\n".to_owned() + &signals(1),
    );
    assert_snapshot!(sandbox.warden("signal push in.jsonl --profile profiles.yaml"), @r#"
    --- stderr
    info: backend "dummy": pluginDummy config : map[]
    info: backend "dummy": start auto commit
    info: backend "dummy": flush
    info: backend "dummy": shutdown
    1 signal inserted, 1 in no profile, 0 refused
    backend "database": 1 stored
    backend "dummy": 0 stored
    --- exit 0
    "#);
    assert_snapshot!(sandbox.warden("ban list -o raw --backend database"), @"
    --- stdout
    source,ip,reason,bans,action,country,as,events_count,expiration
    local,198.18.0.0,ssh,1,ban,, ,6,3h59m0s
    --- exit 0
    ");
    let text = fs::read_to_string(sandbox.path("profiles.yaml")).unwrap();
    sandbox.write("profiles.yaml", text.replace("Events_count", "Events_cuont"));
    assert_snapshot!(sandbox.warden("signal push in.jsonl --profile profiles.yaml"), @"
    --- stderr
    error: filter: `sig.Events_cuont` is not known
      in profiles.yaml:2
    --- exit 1
    ");
}

#[test]
fn a_simulation_is_marked() {
    let sandbox = Sandbox::new();
    sandbox.write("in.jsonl", signals(1));
    sandbox.stdout(&["signal", "push", "in.jsonl", "--simulation"]);
    assert_eq!(sandbox.sql("select measure_type from ban_applications"), "simulation:ban\n");
}

fn start(sandbox: &Sandbox, args: &[&str]) -> Child {
    sandbox.command(args).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn terminate(child: &Child) {
    kill_process(Pid::from_child(child), Signal::TERM).unwrap();
}

/// Waits until so many bans are in the store.
fn wait_for(sandbox: &Sandbox, bans: usize) {
    let end = Instant::now() + Duration::from_secs(20);
    while sandbox.stdout(&["ban", "list", "-o", "raw", "--error"]).lines().count() <= bans {
        assert!(Instant::now() < end, "the bans did not come");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn sigterm_flushes_and_ends_well() {
    let sandbox = Sandbox::new();
    let mut child = start(&sandbox, &["signal", "push"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(signals(10).as_bytes()).unwrap();
    input.flush().unwrap();
    // Fewer than a flush takes: they come by time.
    wait_for(&sandbox, 10);
    terminate(&child);
    let output = child.wait_with_output().unwrap();
    assert_snapshot!(sandbox.show(&output), @"
    --- stderr
    10 signals inserted, 0 refused
    --- exit 0
    ");
}

#[test]
fn sigterm_in_the_middle_loses_nothing_that_was_flushed() {
    let sandbox = Sandbox::new();
    sandbox.write("in.jsonl", signals(60_000));
    let child = start(&sandbox, &["signal", "push", "in.jsonl"]);
    wait_for(&sandbox, 200);
    terminate(&child);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let inserted: u64 = said.split_whitespace().next().unwrap().parse().unwrap();
    assert_eq!(sandbox.sql("select count(*) from ban_applications"), format!("{inserted}\n"));
    assert!(inserted < 60_000, "it was too fast to be stopped");
}

#[test]
fn a_file_that_grows_is_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("in.jsonl", signals(3));
    let child = start(&sandbox, &["signal", "push", "in.jsonl", "--follow"]);
    wait_for(&sandbox, 3);
    let mut file = OpenOptions::new().append(true).open(sandbox.path("in.jsonl")).unwrap();
    file.write_all(b"{\"scenario\":\"late\",\"source_ip\":\"203.0.1").unwrap();
    sleep(Duration::from_millis(150));
    file.write_all(b"13.7\",\"stop_at\":\"2026-11-24T02:59:00Z\"}\n").unwrap();
    wait_for(&sandbox, 4);
    terminate(&child);
    assert!(child.wait_with_output().unwrap().status.success());
}
