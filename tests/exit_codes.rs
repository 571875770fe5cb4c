//! What a command says of its backends: every one that failed or was left out counts, whatever the command, and each is shut
//! down once.

use insta::assert_snapshot;
use serde_json::Value;

use crate::ban_history::remembering;
use crate::common::Sandbox;

/// When the last change of the remembering backend was made: now.
const NOW: &str = "1795489200";

/// Adds a remembering backend, of which a call fails.
fn remember(sandbox: &Sandbox, name: &str, fails: &str) {
    let plugin = remembering().display();
    let text = format!("name: {name}\npath: {plugin}\nconfig:\n  at: \"{NOW}\"\n  fails: {fails}\n");
    sandbox.write(&format!("backend/{name}.yaml"), text);
}

/// A remembering backend alone.
fn one(fails: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    remember(&sandbox, "one", fails);
    sandbox
}

/// Two of them, of which the second one is broken.
fn two(fails: &str) -> Sandbox {
    let sandbox = one("nothing");
    remember(&sandbox, "two", fails);
    sandbox
}

/// A database, and a backend that cannot be started.
fn with_discarded() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("backend/z.yaml", "name: z\npath: ./missing.so\n");
    sandbox
}

/// A document on standard output.
fn json(shown: &str) -> Value {
    let text = shown.strip_prefix("--- stdout\n").unwrap_or_else(|| panic!("{shown}"));
    let end = text.find("\n--- ").unwrap();
    serde_json::from_str(&text[..end]).unwrap()
}

fn exit(shown: &str) -> &str {
    shown.lines().last().unwrap()
}

#[test]
fn every_instance_is_shut_down_once_whatever_happens() {
    for line in [
        "ban undo --dry-run",
        "ban undo",
        "ban undo --yes",
        "ban list",
        "ban list -o json",
        "ban check 203.0.113.7",
        "ban history 203.0.113.7",
        "ban stats",
        "ban flush",
        "ban flush --dry-run",
        "ban del ip 203.0.113.7",
        "ban del ip 203.0.113.7 --dry-run",
        "ban del --source cli",
        "ban add ip 203.0.113.7 4h scan",
        "ban add ip 203.0.113.7 4h scan --dry-run",
        "ban add ip 203.0.113.7 4h scan --strict",
        "signal push",
        "config check",
        "plugin list",
    ] {
        for fails in ["nothing", "read", "flush", "undo", "changes", "probe"] {
            let shown = one(fails).warden(line);
            assert_eq!(shown.matches(": shutdown\n").count(), 1, "{line}, {fails} fails: {shown}");
        }
    }
    let sandbox = two("nothing");
    for line in ["ban sync --from one --to two", "ban diff one two", "ban sync --from one --to two --dry-run"]
    {
        let shown = sandbox.warden(line);
        assert_eq!(shown.matches(": shutdown\n").count(), 2, "{line}: {shown}");
    }
    // What the words alone can refuse starts no plugin.
    let refused = sandbox.warden("ban list --fields ip");
    assert!(refused.ends_with("--- exit 2\n") && !refused.contains("shutdown"), "{refused}");
}

#[test]
fn an_undo_that_fails_in_one_store_is_not_done_there() {
    let sandbox = two("undo");
    let shown = sandbox.warden("ban undo --yes -o json --error");
    let backends = &json(&shown)["backends"];
    assert_eq!((&backends[0]["ok"], &backends[1]["ok"]), (&true.into(), &false.into()), "{shown}");
    assert_eq!(backends[1]["hint"], "mend it");
    assert_eq!(exit(&shown), "--- exit 3");
    for line in ["ban undo --yes -o json --error", "ban undo --dry-run -o json --error"] {
        let shown = two("changes").warden(line);
        let backends = &json(&shown)["backends"];
        assert_eq!((&backends[0]["ok"], &backends[1]["ok"]), (&true.into(), &false.into()), "{shown}");
        assert_eq!(exit(&shown), "--- exit 3", "{line}");
    }
    assert_eq!(exit(&one("undo").warden("ban undo --yes")), "--- exit 1");
}

#[test]
fn a_broken_backend_is_found_even_when_nothing_is_to_be_written() {
    let sandbox = two("probe");
    sandbox.write("list", "127.0.0.1\n");
    for line in ["ban import list --error", "ban import list --error --dry-run"] {
        let shown = sandbox.warden(line);
        assert!(shown.contains("error: backend \"two\": it is broken (during import)\n"), "{shown}");
        assert_eq!(exit(&shown), "--- exit 3");
    }
}

#[test]
fn a_discarded_backend_is_in_the_document_with_its_hint() {
    let sandbox = with_discarded();
    sandbox.write("backend/z.yaml", "name: z\npath: ./missing.so\nconfig:\n  password: ${NOT_SET}\n");
    let shown = sandbox.warden("ban add ip 203.0.113.7 4h scan -o json --error");
    let z = &json(&shown)["backends"][1];
    assert_eq!((&z["ok"], &z["backend"]), (&false.into(), &"z".into()));
    assert!(z["error"].as_str().unwrap().contains("NOT_SET"), "{shown}");
    assert_eq!(z["hint"], "write `$${` for a literal `${`");
    assert_eq!(exit(&shown), "--- exit 3");
}

#[test]
fn a_removal_stays_when_the_look_afterwards_fails() {
    let shown = one("read").warden("ban del ip 203.0.113.7");
    assert!(shown.contains("Deleted 1 entries"), "{shown}");
    assert!(shown.contains("error: backend \"one\": it is broken (during list)"), "{shown}");
    assert_eq!(exit(&shown), "--- exit 3");
}

#[test]
fn a_stream_says_what_is_stored_where_and_its_exit_code_knows_every_backend() {
    let signals = b"{\"scenario\":\"a\",\"source_ip\":\"198.18.0.1\"}\n{\"scenario\":\"b\",\"source_ip\":\"198.18.0.2\"}\n";
    let sandbox = Sandbox::new();
    remember(&sandbox, "other", "flush");
    let shown = sandbox.piped(&["signal", "push", "-o", "jsonl", "--info"], signals);
    let document = json(&shown);
    assert_eq!((&document["inserted"], &document["refused"]), (&2.into(), &0.into()), "{shown}");
    assert_eq!(document["backends"][0]["stored"], 2);
    assert_eq!(
        (&document["backends"][1]["stored"], &document["backends"][1]["ok"]),
        (&0.into(), &false.into())
    );
    assert!(shown.contains("backend \"database\": 2 stored\nbackend \"other\": 0 stored\n"), "{shown}");
    assert_eq!(exit(&shown), "--- exit 3");
    let none = one("flush").piped(&["signal", "push", "--error", "-o", "jsonl"], signals);
    assert_eq!((&json(&none)["inserted"], &json(&none)["refused"]), (&0.into(), &2.into()), "{none}");
    assert_eq!(exit(&none), "--- exit 1");
    assert_eq!(exit(&with_discarded().piped(&["signal", "push"], signals)), "--- exit 3");
}

#[test]
fn a_profile_that_names_no_backend_is_refused_before_the_first_signal() {
    let sandbox = Sandbox::new();
    sandbox.write("profiles.yaml", "profile: p\noutputs:\n  - plugin: databse\n");
    let signal = b"{\"scenario\":\"a\",\"source_ip\":\"198.18.0.1\"}\n";
    assert_snapshot!(sandbox.piped(&["signal", "push", "--profile", "profiles.yaml"], signal), @"
    --- stderr
    error: outputs: there is no backend `databse`
      in profiles.yaml
    hint: configured are database
    --- exit 1
    ");
}

/// A target that two sources ban, and a range around it that two sources ban.
fn banned_twice() -> Sandbox {
    let sandbox = Sandbox::new();
    for source in ["a", "b"] {
        sandbox.write("list", "203.0.113.7\n203.0.113.0/24\n");
        sandbox.warden(&format!("ban import list --source {source}"));
    }
    sandbox
}

#[test]
fn a_target_counts_once_however_it_is_named_and_a_backend_counts_bans() {
    let forms: [(&[&str], &str); 3] = [
        (&["ban", "del", "ip", "203.0.113.7"], ""),
        (&["ban", "del", "-"], "203.0.113.7\n"),
        (&["ban", "del", "--range", "203.0.113.7/32"], ""),
    ];
    for (args, input) in forms {
        for dry_run in [true, false] {
            let sandbox = banned_twice();
            let dry: &[&str] = if dry_run { &["--dry-run"] } else { &[] };
            let shown = sandbox.piped(&[args, &["-o", "json"], dry].concat(), input.as_bytes());
            let document = json(&shown);
            assert_eq!(document["deleted"], 1, "{args:?}: {shown}");
            assert_eq!(document["backends"][0]["deleted"], 2, "{args:?}: {shown}");
        }
    }
}

#[test]
fn targets_of_several_stores_are_counted_once() {
    let sandbox = Sandbox::new();
    sandbox.backend(
        "second",
        "database",
        &[("type", "sqlite"), ("db_path", "./second.db"), ("flush", "true")],
    );
    for (target, backend) in [("1", "database"), ("2", "second"), ("3", "database"), ("3", "second")] {
        sandbox.warden(&format!("ban add ip 203.0.113.{target} 4h scan --backend {backend}"));
    }
    for (args, input) in [
        (["ban", "del", "-"], "203.0.113.1\n203.0.113.2\n203.0.113.3\n"),
        (["ban", "del", "--reason=scan"], ""),
    ] {
        let shown = sandbox.piped(&[&args[..], &["--dry-run", "-o", "json"]].concat(), input.as_bytes());
        assert_eq!(json(&shown)["deleted"], 3, "{shown}");
    }
    assert!(sandbox.warden("ban del --reason scan").contains("Deleted 3 entries"));
}

#[test]
fn where_every_backend_failed_no_number_is_given() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "warden.db",
        "This is a letter, and not a database. It is longer than the head of a database is.".repeat(3),
    );
    for (line, keys) in [
        ("ban del ip 203.0.113.7", vec!["command", "enforced", "backends"]),
        ("ban del ip 203.0.113.7 --dry-run", vec!["command", "dry_run", "enforced", "backends"]),
        ("ban del --reason scan", vec!["command", "enforced", "backends"]),
        ("ban del --reason scan --dry-run", vec!["command", "dry_run", "enforced", "backends"]),
    ] {
        let shown = sandbox.warden(&format!("{line} -o json --error"));
        let document = json(&shown);
        assert_eq!(document.as_object().unwrap().keys().collect::<Vec<_>>(), keys, "{line}: {shown}");
        assert_eq!(exit(&shown), "--- exit 1");
    }
}

#[test]
fn a_range_that_covers_a_target_is_named_once() {
    for line in [
        "ban del ip 203.0.113.7",
        "ban del ip 203.0.113.7 --backend database",
        "ban del ip 203.0.113.7 --dry-run",
    ] {
        let shown = banned_twice().warden(&format!("{line} -o json --error"));
        assert_eq!(
            json(&shown)["targets"][0]["still_covered_by"],
            serde_json::json!(["203.0.113.0/24"]),
            "{shown}"
        );
    }
}

#[test]
fn a_list_of_the_api_is_shown_to_people() {
    let sandbox = Sandbox::new();
    sandbox.write("list", "203.0.113.7\n");
    sandbox.warden("ban import list --source api");
    let shown = sandbox.warden("ban list --source api");
    assert!(shown.contains("| api    | 203.0.113.7 |"), "{shown}");
}

#[test]
fn a_limit_of_nothing_is_no_limit() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip -t 203.0.113.7 -t 203.0.113.8 --duration 4h scan");
    let all = sandbox.stdout(&["ban", "list", "-o", "json", "--limit", "0"]);
    assert_eq!(serde_json::from_str::<Value>(&all).unwrap().as_array().unwrap().len(), 2);
    assert_eq!(sandbox.warden("ban list --limit 0"), sandbox.warden("ban list"));
}

#[test]
fn an_end_that_has_no_text_is_none() {
    let mut sandbox = Sandbox::new();
    sandbox.set_now("9999-12-30T12:00:00Z");
    let shown = sandbox.warden("ban add ip 203.0.113.7 24h late -o json");
    assert_eq!(json(&shown)["until_at"], Value::Null, "{shown}");
    assert!(shown.contains("ban 203.0.113.7 permanently (late)"), "{shown}");
    let listed = sandbox.stdout(&["ban", "list", "-o", "jsonl", "--fields", "until_at"]);
    assert_eq!(listed, "{\"until_at\":null}\n");
}

#[test]
fn what_is_done_to_the_target_is_said_in_its_own_word() {
    let shown = Sandbox::new().warden("ban add ip 203.0.113.7 4h scan --remediation slow");
    assert!(shown.contains("slow 203.0.113.7 for 4h (scan), until"), "{shown}");
}

#[test]
fn a_timeline_is_as_long_as_was_asked() {
    let sandbox = Sandbox::new();
    for (since, steps, seconds) in [("6h", 6, 3600), ("24h", 24, 3600), ("36h", 18, 7200), ("90m", 2, 3600)] {
        let shown = sandbox.stdout(&["ban", "stats", "-o", "json", "--since", since]);
        let timeline = &serde_json::from_str::<Value>(&shown).unwrap()["timeline"];
        assert_eq!(timeline["step_seconds"], seconds, "{since}");
        for half in ["starts", "ends"] {
            assert_eq!(timeline[half].as_array().unwrap().len(), steps, "{since}");
        }
    }
}

/// Runs a shell's line with our program as `$0`.
fn shell(sandbox: &Sandbox, line: &str) -> String {
    sandbox.show(&sandbox.around("sh", &["-c", line, env!("CARGO_BIN_EXE_warden")]).output().unwrap())
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.7 4h scan");
    for line in [
        "\"$0\" --help >/dev/full",
        "\"$0\" ban --help >/dev/full",
        "\"$0\" --version >/dev/full",
        "\"$0\" ban list >/dev/full",
        "\"$0\" ban list >&-",
        "\"$0\" ban list -o json >&-",
        "\"$0\" --help >&-",
        "ulimit -f 0; \"$0\" completions bash >out",
    ] {
        let shown = shell(&sandbox, line);
        assert!(shown.contains("error: cannot write to standard output: "), "{line}: {shown}");
        assert!(shown.ends_with("--- exit 1\n"), "{line}: {shown}");
    }
    assert!(shell(&sandbox, "\"$0\" ban list >/dev/null").ends_with("--- exit 0\n"));
    assert!(shell(&sandbox, "\"$0\" ban list 1<>/dev/null").ends_with("--- exit 0\n"));
}

#[test]
fn a_wrong_command_line_cannot_steer_the_terminal_nor_end_the_program() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    let wrong: [&[u8]; 4] = [b"\x1b[2J", b"--\x1b[2J", b"\xff", b"--bogus=\x1b]0;x\x07"];
    for words in
        [&["ban", "check"][..], &["ban", "list", "--ip"], &["ban"], &[], &["--bogus"], &["ban", "add", "ip"]]
    {
        for bad in wrong {
            let args = words.iter().map(OsStr::new).chain([OsStr::from_bytes(bad)]);
            let output = sandbox.command(args).output().unwrap();
            let shown = sandbox.show(&output);
            assert_eq!(output.status.code(), Some(2), "{words:?} {bad:?}: {shown}");
            assert!(!shown.contains(['\x1b', '\x07']), "{words:?} {bad:?}: {shown}");
        }
    }
}

#[test]
fn a_change_whose_report_cannot_be_printed_is_said_to_be_made() {
    let sandbox = Sandbox::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = sandbox.command(["ban", "add", "ip", "203.0.113.7", "4h", "x", "-o", "json"]);
    let said = sandbox.show(&command.stdout(full).output().unwrap());
    assert!(said.contains("hint: the change was made, only its report is missing\n"), "{said}");
    assert!(said.ends_with("--- exit 3\n"), "{said}");
    assert!(sandbox.warden("ban check 203.0.113.7").ends_with("--- exit 0\n"));
}

/// A sandbox with a store `a` that works and one `b`, of another file name, that is no database.
fn with_a_broken_store() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.backend("a", "database", &[("type", "sqlite"), ("db_path", "./a.db"), ("flush", "true")]);
    sandbox.backend("b", "database", &[("type", "sqlite"), ("db_path", "./b.db"), ("flush", "true")]);
    sandbox.write("b.db", vec![b'x'; 4096]);
    sandbox
}

#[test]
fn a_sync_whose_destination_fails_did_nothing() {
    let sandbox = with_a_broken_store();
    sandbox.warden("ban add ip 203.0.113.7 4h x --backend a");
    for line in ["ban sync --from a --to b", "ban sync --from a --to b --dry-run"] {
        let said = sandbox.warden(line);
        assert!(said.ends_with("--- exit 1\n"), "{line}: {said}");
    }
}

#[test]
fn statistics_of_a_part_say_that_they_are_one() {
    let sandbox = with_a_broken_store();
    let said = sandbox.warden("ban stats");
    assert!(said.contains("0 bans at 2026-11-24 03:00:00 +00:00, in the backends that answered\n"), "{said}");
    let output = sandbox.command(["ban", "stats", "-o", "json"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["complete"], output.status.code()), (&false.into(), Some(3)));
}

#[test]
fn a_backend_that_is_left_out_has_the_name_that_it_gives_itself() {
    let sandbox = Sandbox::new();
    let text = std::fs::read_to_string(sandbox.path("backend/database.yaml")).unwrap();
    let wrong = text.replace("name: database", "name: second").replace("flush:", "flsh:");
    sandbox.write("backend/10-file.yaml", wrong.replace("warden.db", "second.db"));
    let said = sandbox.warden("ban add ip 203.0.113.7 4h x -o json");
    assert!(said.contains("\"backend\": \"second\"") && !said.contains("\"10-file\""), "{said}");
    let said = sandbox.warden("ban list --backend second");
    assert!(said.contains("unknown key `flsh`") && !said.contains("there is no backend"), "{said}");
}

#[test]
fn a_value_that_only_its_raw_bytes_make_wrong_is_escaped_too() {
    let said = Sandbox::new().run(&["ban", "import", "-", "--sync", "a\u{1b}[31m\u{9b}\u{202e}b"]);
    assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said}");
    assert!(said.contains("no white space and no control characters"), "{said}");
    assert!(said.ends_with("--- exit 2\n"), "{said}");
}

#[test]
fn a_store_that_is_no_file_is_refused_at_once() {
    let sandbox = Sandbox::new();
    let made = rustix::fs::mknodat(
        rustix::fs::CWD,
        sandbox.path("warden.db"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    );
    made.unwrap();
    for line in ["ban list", "ban add ip 203.0.113.7 4h x"] {
        let said = sandbox.warden(line);
        assert!(said.contains("it is not a regular file") && said.ends_with("--- exit 1\n"), "{said}");
    }
}
