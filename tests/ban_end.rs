//! `ban del` by filter and from a list; `ban add` from a list.

use insta::assert_snapshot;

use crate::common::Sandbox;

/// Bans of three sources.
fn many() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "list",
        "value,source,reason,country\n203.0.113.1,a,scan of ports,FR\n203.0.113.2,a,flood,DE\n\
         203.0.113.2,b,flood,DE\n198.51.100.0/24,b,Scan,FR\n2001:db8::1,b,flood,\n",
    );
    sandbox.warden("ban import list");
    sandbox
}

fn left(sandbox: &Sandbox) -> String {
    let raw = sandbox.stdout(&["ban", "list", "-o", "raw", "--sort", "ip", "--fields", "ip,source"]);
    raw.lines().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn bans_end_by_what_they_are() {
    let sandbox = many();
    assert_snapshot!(sandbox.warden("ban del --reason scan --dry-run"), @"
    --- stderr
    dry run: would delete 2 entries: 198.51.100.0/24, 203.0.113.1
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del --reason scan"), @"
    --- stderr
    Deleted 2 entries: 198.51.100.0/24, 203.0.113.1
    --- exit 0
    ");
    assert_snapshot!(left(&sandbox), @"203.0.113.2,b 203.0.113.2,a 2001:db8::1,b");
    assert_snapshot!(sandbox.warden("ban del --range 203.0.113.0/24 --country fr"), @r"
    --- stderr
    Deleted 0 entries
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del --range 203.0.113.0/24 --country fr --must-exist"), @r"
    --- stderr
    Deleted 0 entries
    --- exit 4
    ");
    assert_snapshot!(sandbox.warden("ban del --range 203.0.113.0/24 -o json"), @r#"
    --- stdout
    {
      "command": "ban del",
      "deleted": 1,
      "targets": [
        {
          "target": "203.0.113.2",
          "deleted": true
        }
      ],
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "deleted": 2
        }
      ]
    }
    --- stderr
    Deleted 1 entries: 203.0.113.2
    --- exit 0
    "#);
    assert_snapshot!(left(&sandbox), @"2001:db8::1,b");
}

#[test]
fn bans_of_another_source_on_the_same_target_stay() {
    let sandbox = many();
    assert!(sandbox.warden("ban del --source a").contains("Deleted 2 entries"));
    assert_eq!(left(&sandbox), "198.51.100.0/24,b 203.0.113.2,b 2001:db8::1,b");
}

#[test]
fn nothing_said_is_not_everything() {
    let sandbox = many();
    let before = left(&sandbox);
    for line in
        ["ban del", "ban del --yes", "ban del --must-exist", "ban del foo", "ban del --range nonsense"]
    {
        let said = sandbox.warden(line);
        assert!(said.ends_with("exit 2\n"), "{said}");
    }
    assert_eq!(left(&sandbox), before);
}

#[test]
fn targets_are_read_from_standard_input() {
    let sandbox = many();
    assert_snapshot!(sandbox.piped(&["ban", "del", "-"], b"203.0.113.1\n# x\n203.0.113.1\n198.51.100.7/24\n192.0.2.1\n"), @"
    --- stderr
    Deleted 2 entries: 198.51.100.0/24, 203.0.113.1
    --- exit 0
    ");
    assert_snapshot!(left(&sandbox), @"203.0.113.2,b 203.0.113.2,a 2001:db8::1,b");
    let all = sandbox.stdout(&["ban", "list", "-o", "jsonl"]);
    assert_snapshot!(sandbox.piped(&["ban", "del", "-", "-o", "jsonl"], all.as_bytes()), @r#"
    --- stdout
    {"command":"ban del","read":3,"deleted":2,"targets":[{"target":"203.0.113.2","deleted":true},{"target":"2001:db8::1","deleted":true}],"enforced":true,"backends":[{"backend":"database","ok":true,"deleted":3}]}
    --- stderr
    Deleted 2 entries: 203.0.113.2, 2001:db8::1
    --- exit 0
    "#);
    assert_eq!(left(&sandbox), "");
}

#[test]
fn a_list_with_a_fault_ends_nothing() {
    let sandbox = many();
    let before = left(&sandbox);
    assert_snapshot!(sandbox.piped(&["ban", "del", "-"], b"203.0.113.1\n203.0.113.x\n"), @r"
    --- stderr
    error: `203.0.113.x` is not an address or a CIDR range: it is neither IPv4 nor IPv6
      in standard input:2:1
    error: the list is wrong, so nothing was done
    --- exit 1
    ");
    assert_eq!(left(&sandbox), before);
}

#[test]
fn a_list_is_banned_as_one_target_is() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.1 1h one");
    assert_snapshot!(sandbox.piped(&["ban", "add", "-", "4h", "port", "scan"], b"203.0.113.1\n203.0.113.2\n203.0.113.2\n"), @r"
    --- stderr
    read 3: added 1, replaced 1, unchanged 0, skipped 1 (1 duplicate), refused 0
    --- exit 0
    ");
    assert_snapshot!(sandbox.stdout(&["ban", "list", "-o", "raw", "--sort", "ip"]), @r"
    source,ip,reason,bans,action,country,as,events_count,expiration
    cli,203.0.113.1,port scan,2,ban,, ,2,4h0m0s
    cli,203.0.113.2,port scan,1,ban,, ,1,4h0m0s
    ");
    assert_snapshot!(sandbox.sql("select scenario, events_count, source_ip from signal_occurences order by id"), @r"
    one|1|203.0.113.1
    port scan|1|203.0.113.1
    port scan|1|203.0.113.2
    ");
}

#[test]
fn a_list_of_bans_is_refused_where_one_of_them_would_be() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.piped(&["ban", "add", "-", "4h", "scan"], b"203.0.113.1\n127.0.0.1\n"), @r"
    --- stderr
    error: banning 127.0.0.1 is dangerous: it covers loopback
      in standard input:2:1
    hint: --force bans it all the same
    error: 1 of 2 records is wrong, so nothing was done
    --- exit 1
    ");
    assert_snapshot!(sandbox.piped(&["ban", "add", "-"], b"203.0.113.1\n"), @r#"
    --- stderr
    error: DURATION is missing: for how long, such as `4h`
    hint: warden ban add ip 203.0.113.7 4h "ssh brute force"
    --- exit 2
    "#);
    assert_snapshot!(sandbox.piped(&["ban", "add", "ipp", "203.0.113.1", "4h", "x"], b""), @r"
    --- stderr
    error: `ipp` is none of `ip`, `range` and `-`
    hint: `warden ban add ip TARGET DURATION REASON`
    --- exit 2
    ");
    assert!(!sandbox.path("warden.db").exists());
}

#[test]
fn after_del_what_still_covers_the_target_is_said() {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "4h", "scan"]);
    sandbox.run(&["ban", "add", "range", "203.0.113.0/24", "8h", "all of it"]);
    assert_snapshot!(sandbox.warden("ban del ip 203.0.113.7 -o json"), @r#"
    --- stdout
    {
      "command": "ban del",
      "deleted": 1,
      "targets": [
        {
          "target": "203.0.113.7",
          "deleted": true,
          "still_covered_by": [
            "203.0.113.0/24"
          ]
        }
      ],
      "enforced": true,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "deleted": 1
        }
      ]
    }
    --- stderr
    Deleted 1 entries: 203.0.113.7
    203.0.113.7 is still banned by 203.0.113.0/24: ban by cli, 8h0m0s left (all of it)
    --- exit 0
    "#);
}

#[test]
fn what_still_covers_a_target_is_told_of_any_number_of_targets_and_bans() {
    let sandbox = Sandbox::new();
    let mut list = String::from("value,source\n");
    for source in 0..12 {
        list += &format!("203.0.113.0/24,list:{source}\n");
    }
    let said = sandbox.piped(&["ban", "import", "-"], list.as_bytes());
    assert!(said.contains("added 12"), "{said}");
    let mut args = vec!["ban".to_owned(), "del".into(), "ip".into(), "-o".into(), "json".into()];
    args.extend((0..150).map(|n| format!("203.0.113.{n}")));
    let output = sandbox.command(&args).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let targets = document["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 150);
    for target in targets {
        assert_eq!(target["still_covered_by"], serde_json::json!(["203.0.113.0/24"]));
    }
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("203.0.113.149 is still banned by 2 more bans\n"), "{said}");
}
