//! `warden ban import`: what a list comes to in the store, and what is said of a bad one.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use crate::common::{Sandbox, available, is_root, sqlite};
use crate::stage::Cramped;

/// Imports a list; the whole of what a user sees.
fn import(sandbox: &Sandbox, list: impl AsRef<[u8]>, args: &[&str]) -> String {
    sandbox.write("list", list);
    sandbox.run(&[&["ban", "import", "list"], args].concat())
}

/// With a database that is there and empty.
fn empty() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.warden("ban flush");
    sandbox
}

/// The bans that hold, a line each, in order of their targets.
fn bans(sandbox: &Sandbox) -> String {
    let fields = "ip,source,reason,action,country,expiration";
    let raw = sandbox.stdout(&["ban", "list", "-o", "raw", "--sort", "ip", "--fields", fields]);
    raw.lines().skip(1).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plain_list_takes_its_defaults_from_the_command_line() {
    let sandbox = empty();
    insta::assert_snapshot!(import(&sandbox, "# of today\n203.0.113.7\n\n2001:DB8::1 # six\n203.0.113.9/24\n", &[]), @r"
    --- stderr
    1 target had host bits set: its range is banned
    read 3: added 3, replaced 0, unchanged 0, skipped 0, refused 0
    --- exit 0
    ");
    insta::assert_snapshot!(bans(&sandbox), @r"
    203.0.113.0/24,import,imported,ban,,4h0m0s
    203.0.113.7,import,imported,ban,,4h0m0s
    2001:db8::1,import,imported,ban,,4h0m0s
    ");
    import(
        &sandbox,
        "192.0.2.1\n",
        &["--duration", "2d", "--reason", "my list", "--source", "me", "--remediation", "captcha"],
    );
    insta::assert_snapshot!(bans(&sandbox).lines().next().unwrap(), @"192.0.2.1,me,my list,captcha,,48h0m0s");
}

#[test]
fn every_record_is_accounted_for() {
    let sandbox = Sandbox::new();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  allowlist: [198.51.100.0/24]\n");
    import(&sandbox, "value,duration\n203.0.113.1,4h\n203.0.113.2,4h\n203.0.113.3,8h\n", &[]);
    let list = "value,duration,until,reason\n203.0.113.1,4h,,\n203.0.113.2,5h,,\n203.0.113.3,7h,,\n\
                203.0.113.4,,,\n203.0.113.4,,,\n198.51.100.7,,,\n127.0.0.1,,,\n203.0.113.5,,-1h,\n203.0.113.x,,,\n";
    insta::assert_snapshot!(import(&sandbox, list, &["--keep-going"]), @"
    --- stderr
    warning: 127.0.0.1 is left out: it covers loopback
    error: `203.0.113.x` is not an address or a CIDR range: it is neither IPv4 nor IPv6
      in list:10:1
    read 9: added 1, replaced 2, unchanged 1, skipped 4 (1 duplicate, 1 allowlisted, 1 protected, 1 expired), refused 1
    1 of the replaced bans held longer than its new one
    stored only: no configured backend drops packets
    --- exit 3
    ");
    insta::assert_snapshot!(import(&sandbox, list, &["--keep-going", "-o", "json", "--force"]), @r#"
    --- stdout
    {
      "command": "ban import",
      "file": "list",
      "format": "csv",
      "sync": null,
      "dry_run": false,
      "read": 9,
      "added": 2,
      "replaced": 0,
      "unchanged": 4,
      "removed": 0,
      "skipped": 2,
      "refused": 1,
      "skipped_by_reason": {
        "duplicate": 1,
        "allowlisted": 0,
        "protected": 0,
        "expired": 1,
        "simulated": 0
      },
      "enforced": false,
      "backends": [
        {
          "backend": "database",
          "ok": true,
          "added": 2,
          "replaced": 0,
          "unchanged": 4,
          "removed": 0
        }
      ]
    }
    --- stderr
    error: `203.0.113.x` is not an address or a CIDR range: it is neither IPv4 nor IPv6
      in list:10:1
    read 9: added 2, replaced 0, unchanged 4, skipped 2 (1 duplicate, 1 expired), refused 1
    stored only: no configured backend drops packets
    --- exit 3
    "#);
}

#[test]
fn one_bad_line_among_many_is_named_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let mut list = String::new();
    for i in 0..20_000_u32 {
        list.extend([std::net::Ipv4Addr::from(0x0b00_0000 + i).to_string().as_str(), "\n"]);
    }
    insta::assert_snapshot!(import(&sandbox, format!("{list}11.0.0.300\n"), &[]), @r"
    --- stderr
    error: `11.0.0.300` is not an address or a CIDR range: it is neither IPv4 nor IPv6
      in list:20001:1
    error: 1 of 20,001 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1
    ");
    assert!(!sandbox.path("warden.db").exists(), "nothing is written, not even a file");
}

#[test]
fn more_than_ten_bad_lines_are_not_all_printed() {
    let sandbox = Sandbox::new();
    let said = import(&sandbox, "x\n".repeat(30), &[]);
    assert_eq!(said.matches("`x` is not").count(), 10, "{said}");
    assert!(said.contains("more than 10 of 11 records are wrong, so nothing was done"), "{said}");
    let said = import(&sandbox, "x\n".repeat(30), &["--keep-going"]);
    assert!(said.contains("refused 30") && said.contains("exit 3"), "{said}");
}

/// Lists that are wrong.
const BAD: [(&str, &[u8]); 12] = [
    ("gzip", b"\x1f\x8b\x08\x00\x00"),
    ("binary", b"\x7fELF\x02\x01\x01\x00\x00\n"),
    ("utf-16", b"\xff\xfe1\x00.\x00"),
    ("invalid utf-8", b"203.0.113.2\n203.0.113.\xff\n"),
    ("long line", &[b'1'; 10 << 20]),
    ("cut json", b"[{\"value\": \"203.0.113.2\"},\n {\"val"),
    ("no header", b"203.0.113.2,4h\n"),
    ("doubled column", b"value,duration,value\n203.0.113.2,4h,x\n"),
    ("no target column", b"duration,reason\n4h,x\n"),
    ("stray quote", b"value,reason\n203.0.113.2,\"open\n203.0.113.3,x\n"),
    ("bad duration", b"value,duration\n203.0.113.2,1M\n"),
    ("bad date", b"value,until_at\n203.0.113.2,2026-02-30\n"),
];

#[test]
fn bad_input_leaves_the_store_as_it_was() {
    let sandbox = Sandbox::new();
    import(&sandbox, "203.0.113.1\n", &[]);
    let before = sandbox.dump();
    let mut said = Vec::new();
    for (name, bytes) in BAD {
        said.push(format!("{name}: {}", import(&sandbox, bytes, &[])));
    }
    said.push(sandbox.run(&["ban", "import", "."]));
    said.push(sandbox.run(&["ban", "import", "missing"]));
    insta::assert_snapshot!(said.join("\n"), @r"
    gzip: --- stderr
    error: this is compressed by gzip, not text
      in list:1:1
    hint: unpack it first, for example `zcat FILE | warden ban import -`
    --- exit 1

    binary: --- stderr
    error: `\u{7f}ELF\u{2}\u{1}\u{1}\u{0}\u{0}` is not an address or a CIDR range: it is neither IPv4 nor IPv6
      in list:1:1
    error: 1 of 1 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1

    utf-16: --- stderr
    error: this is UTF-16, not UTF-8
      in list:1:1
    hint: convert it first: `iconv -f UTF-16 -t UTF-8 FILE | warden ban import -`
    --- exit 1

    invalid utf-8: --- stderr
    error: this is not UTF-8 text
      in list:2:11
    error: 1 of 2 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1

    long line: --- stderr
    error: the line is longer than 65536 bytes
      in list:1:1
    error: 1 of 1 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1

    cut json: --- stderr
    error: the document is cut off: it ends in the middle
      in list:2:6
    hint: fetch the list again
    error: the list is not understood to its end, so nothing was done
    --- exit 1

    no header: --- stderr
    error: the header is missing: the first line must name the columns
      in list:1:1
    hint: for example `value,duration,reason`
    error: the list is not understood to its end, so nothing was done
    --- exit 1

    doubled column: --- stderr
    error: column `value` stands for the same as one before it
      in list:1:16
    hint: remove one of the two
    error: the list is not understood to its end, so nothing was done
    --- exit 1

    no target column: --- stderr
    error: no column names the target
      in list:1:1
    hint: call one `value`, `ip` or `range`
    error: the list is not understood to its end, so nothing was done
    --- exit 1

    stray quote: --- stderr
    error: the quote that opens here is never closed
      in list:2:13
    error: 1 of 2 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1

    bad duration: --- stderr
    error: `1M` may mean minutes or months
      in list:2:13
    hint: write `1m` for minutes or `1month` for months
    error: 1 of 1 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1

    bad date: --- stderr
    error: `2026-02-30` names a day or a time of day that does not exist
      in list:2:13
    error: 1 of 1 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1

    --- stderr
    error: . is a directory
    --- exit 1

    --- stderr
    error: cannot read missing: no such file or directory
    --- exit 1
    ");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_document_that_is_cut_is_refused_with_keep_going_too() {
    let sandbox = Sandbox::new();
    let said = import(&sandbox, "[{\"value\": \"203.0.113.2\"}", &["--keep-going"]);
    assert!(said.contains("cut off") && said.contains("exit 1"), "{said}");
}

#[test]
fn an_empty_list_is_nothing_to_do() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!(import(&sandbox, "", &[]), @r"
    --- stderr
    warning: list is empty
    read 0: added 0, replaced 0, unchanged 0, skipped 0, refused 0
    --- exit 0
    ");
    insta::assert_snapshot!(import(&sandbox, "[]", &[]), @r"
    --- stderr
    read 0: added 0, replaced 0, unchanged 0, skipped 0, refused 0
    --- exit 0
    ");
    insta::assert_snapshot!(import(&sandbox, "null\n", &[]), @r"
    --- stderr
    read 0: added 0, replaced 0, unchanged 0, skipped 0, refused 0
    --- exit 0
    ");
}

#[test]
fn standard_input_and_a_fifo_are_read_to_their_end() {
    let sandbox = Sandbox::new();
    let said = sandbox.piped(&["ban", "import", "-"], b"\xef\xbb\xbfvalue,duration\r\n203.0.113.1,1h\r\n");
    assert!(said.contains("added 1,"), "{said}");
    let fifo = sandbox.path("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut child = sandbox.command(["ban", "import", "fifo"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut writer = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
    writer.write_all(b"203.0.113.2\n").unwrap();
    std::thread::sleep(Duration::from_millis(50));
    writer.write_all(b"203.0.113.3\n").unwrap();
    drop(writer);
    let said = sandbox.show(&child.wait().map(|_| child.wait_with_output().unwrap()).unwrap());
    assert!(said.contains("added 2,"), "{said}");
}

#[test]
fn a_file_that_grows_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("list", "203.0.113.1\n".repeat(400_000));
    let path = sandbox.path("list");
    let grow = std::thread::spawn(move || {
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        for _ in 0..400 {
            file.write_all(b"203.0.113.2\n").unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let said = sandbox.warden("ban import list");
    grow.join().unwrap();
    insta::assert_snapshot!(said, @r"
    --- stderr
    error: list changed while it was read, so nothing was done
    hint: write the list to another file, then rename it
    --- exit 1
    ");
    assert!(!sandbox.path("warden.db").exists());
}

#[test]
fn a_list_of_wardens_comes_back_unchanged() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.1 4h a, \"quoted\" reason");
    sandbox.warden("ban add range 198.51.100.0/24 permanent for ever");
    import(&sandbox, "value,reason,cn,as,action\n2001:db8::1,x y,FR,16276 OVH SAS,slow\n", &[]);
    for format in ["json", "raw"] {
        let list = sandbox.stdout(&["ban", "list", "-o", format]);
        let said = sandbox.piped(&["ban", "import"], list.as_bytes());
        assert!(said.contains("read 3: added 0, replaced 0, unchanged 3,"), "{format}: {said}");
        let other = Sandbox::new();
        let said = other.piped(&["ban", "import"], list.as_bytes());
        assert!(said.contains("read 3: added 3,"), "{format}: {said}");
        assert_eq!(bans(&other), bans(&sandbox), "{format}");
    }
}

#[test]
fn a_thousand_and_more_are_compared_with_the_store_in_one_reading() {
    let sandbox = Sandbox::new();
    let list = |n: u32| {
        (0..n).map(|i| std::net::Ipv4Addr::from(0x0b00_0000 + i).to_string() + "\n").collect::<String>()
    };
    sandbox.warden("ban add ip 11.0.0.1 4h by hand");
    let said = import(&sandbox, list(2500), &[]);
    assert!(said.contains("added 2,500,"), "{said}");
    let said = import(&sandbox, list(3000), &[]);
    assert!(said.contains("added 500, replaced 0, unchanged 2,500,"), "{said}");
    let said = import(&sandbox, list(1500), &[]);
    assert!(said.contains("added 0, replaced 0, unchanged 1,500,"), "{said}");
    assert_eq!(sandbox.sql("select count(*) from ban_applications where deleted_at is null").trim(), "3001");
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = empty();
    insta::assert_snapshot!(import(&sandbox, "203.0.113.1\n", &["--dry-run"]), @r"
    --- stderr
    dry run, nothing was written: read 1: added 1, replaced 0, unchanged 0, skipped 0, refused 0
    --- exit 0
    ");
    assert_eq!(bans(&sandbox), "");
}

#[test]
fn a_synced_list_is_ended_where_it_is_gone_and_left_where_it_stays() {
    let mut sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.2 4h by hand");
    let sync = |sandbox: &Sandbox, list: &str, more: &[&str]| {
        import(sandbox, list, &[&["--sync", "bad"], more].concat())
    };
    let mut said = vec![
        sync(&sandbox, "203.0.113.1\n203.0.113.2\n203.0.113.3\n", &[]),
        sync(&sandbox, "203.0.113.2\n203.0.113.4\n", &["--dry-run"]),
        sync(&sandbox, "203.0.113.2\n203.0.113.4\n", &[]),
    ];
    sandbox.set_now("2026-11-25T03:00:00Z");
    said.push(sync(&sandbox, "203.0.113.2\n203.0.113.4\n", &[]));
    insta::assert_snapshot!(said.join("\n"), @r"
    --- stderr
    read 3: added 3, removed 0, unchanged 0, skipped 0, refused 0
    --- exit 0

    --- stderr
    dry run, nothing was written: read 2: added 1, removed 2, unchanged 1, skipped 0, refused 0
    --- exit 0

    --- stderr
    read 2: added 1, removed 2, unchanged 1, skipped 0, refused 0
    --- exit 0

    --- stderr
    read 2: added 0, removed 0, unchanged 2, skipped 0, refused 0
    --- exit 0
    ");
    insta::assert_snapshot!(bans(&sandbox), @r"
    203.0.113.2,list:bad,list bad,ban,,2562047h47m16s
    203.0.113.4,list:bad,list bad,ban,,2562047h47m16s
    ");
}

#[test]
fn a_sync_with_an_empty_list_needs_yes() {
    let sandbox = Sandbox::new();
    import(&sandbox, "203.0.113.1\n", &["--sync", "bad"]);
    insta::assert_snapshot!(import(&sandbox, "# all gone\n", &["--sync", "bad"]), @r"
    --- stderr
    error: the list is empty: to sync with it ends every ban of `list:bad`; nothing was done
    hint: --yes does it
    --- exit 1
    ");
    insta::assert_snapshot!(import(&sandbox, "# all gone\n", &["--sync", "bad", "--yes"]), @r"
    --- stderr
    read 0: added 0, removed 1, unchanged 0, skipped 0, refused 0
    --- exit 0
    ");
    assert_eq!(bans(&sandbox), "");
}

#[test]
fn a_synced_list_of_durations_is_renewed_when_half_of_them_is_over() {
    let mut sandbox = Sandbox::new();
    let sync = |sandbox: &Sandbox| import(sandbox, "203.0.113.1\n", &["--sync", "bad", "--duration", "48h"]);
    sync(&sandbox);
    sandbox.set_now("2026-11-24T15:00:00Z");
    assert!(sync(&sandbox).contains("unchanged 1"));
    sandbox.set_now("2026-11-25T15:00:00Z");
    assert!(sync(&sandbox).contains("replaced 1"));
    insta::assert_snapshot!(bans(&sandbox), @"203.0.113.1,list:bad,list bad,ban,,48h0m0s");
}

#[test]
fn crowdsecs_decisions_are_taken_over() {
    let sandbox = Sandbox::new();
    let alerts = r#"[{"decisions":[{"duration":"3h59m59.2s","origin":"cscli","scenario":"manual","scope":"Ip","simulated":false,"type":"ban","value":"203.0.113.1"},
      {"duration":"1h","origin":"cscli","scope":"Range","scenario":"r","type":"captcha","value":"198.51.100.0/24"}],
      "source":{"as_name":"OVH","as_number":"16276","cn":"FR","value":"203.0.113.1"}}]"#;
    let said = import(&sandbox, alerts, &[]);
    assert!(said.contains("added 2,"), "{said}");
    insta::assert_snapshot!(bans(&sandbox), @r"
    198.51.100.0/24,cscli,r,captcha,,1h0m0s
    203.0.113.1,cscli,manual,ban,FR,3h59m59s
    ");
}

#[test]
fn without_room_for_the_temporary_file_nothing_is_done() {
    let sandbox = Sandbox::new();
    let list: String =
        (0..120_000_u32).map(|i| std::net::Ipv4Addr::from(0x0b00_0000 + i).to_string() + "\n").collect();
    sandbox.write("list", list);
    let output = sandbox.command(["ban", "import", "list"]).env("TMPDIR", "/nowhere").output().unwrap();
    insta::assert_snapshot!(sandbox.show(&output), @r"
    --- stderr
    error: cannot keep a temporary file in /nowhere: no such file or directory
    hint: TMPDIR names another folder
    --- exit 1
    ");
    assert!(!sandbox.path("warden.db").exists());
}

#[test]
fn a_disk_that_fills_in_the_middle_leaves_the_store_as_it_was() {
    let Some(disk) = Cramped::new("root", 8) else { return };
    let folder = disk.0.clone();
    let file = folder.join("warden.db");
    let sandbox = Sandbox::empty();
    let place = [("type", "sqlite"), ("db_path", file.to_str().unwrap()), ("flush", "true")];
    sandbox.backend("database", "database", &place);
    sandbox.warden("ban add ip 203.0.113.1 4h scan");
    let list = |bans: u32| -> String {
        (0..bans).map(|i| std::net::Ipv4Addr::from(0x0b00_0000 + i).to_string() + "\n").collect()
    };
    let said = import(&sandbox, list(100_000), &[]);
    assert!(said.contains("the disk is full") && said.contains("--- exit 1\n"), "{said}");
    assert!(said.contains(file.to_str().unwrap()) && !said.contains("added"), "{said}");
    assert_eq!(
        sqlite(&file, "pragma integrity_check; select ip_text from ban_applications"),
        "ok\n203.0.113.1\n"
    );
    // Nor is there room for the list itself, which waits in a temporary file.
    sandbox.write("list", list(400_000));
    let output = sandbox.command(["ban", "import", "list"]).env("TMPDIR", &folder).output().unwrap();
    let said = sandbox.show(&output);
    assert!(said.contains("temporary file") && said.contains("--- exit 1\n"), "{said}");
    assert!(import(&sandbox, list(100), &[]).contains("added 100,"));
}

#[test]
fn an_end_within_two_seconds_is_the_same() {
    let sandbox = empty();
    let until =
        |end: &str| import(&sandbox, format!("value,until_at\n203.0.113.1,2026-11-24T07:00:{end}Z\n"), &[]);
    assert!(until("00").contains("added 1"));
    assert!(until("00.9").contains("unchanged 1"));
    assert!(until("03").contains("replaced 1"));
}

/// As a user who called sudo sees it.
fn import_for(sandbox: &Sandbox, uid: &str, args: &[&str]) -> String {
    let mut command = sandbox.command([&["ban", "import"], args].concat());
    sandbox.show(&command.env("SUDO_UID", uid).env("SUDO_GID", uid).output().unwrap())
}

#[test]
fn what_a_user_cannot_read_is_not_quoted_to_them_by_root() {
    if !available(is_root(), "root") {
        return;
    }
    let sandbox = empty();
    sandbox.open_to_all();
    sandbox.write("shadow", "root:$6$secret:1:2:3:::\n");
    fs::set_permissions(sandbox.path("shadow"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("shadow", sandbox.path("link")).unwrap();
    insta::assert_snapshot!(import_for(&sandbox, "65534", &["link"]), @"
    --- stderr
    error: this is not understood
      in link:1:1
    hint: who called sudo cannot read this file, so it is not quoted
    error: 1 of 1 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1
    ");
    for format in ["plain", "csv", "json", "jsonl"] {
        let shown = import_for(&sandbox, "65534", &["link", "--format", format]);
        assert!(!shown.contains("secret") && shown.contains("link:1:"), "{shown}");
    }
    for uid in ["0", "x"] {
        assert!(import_for(&sandbox, uid, &["link"]).contains("`root:$6$secret:1:2:3:::`"));
    }
    // The folders on the way count, too.
    fs::set_permissions(sandbox.path("shadow"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(import_for(&sandbox, "65534", &["link"]).contains("secret"));
    fs::set_permissions(sandbox.path("."), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(!import_for(&sandbox, "65534", &["link"]).contains("secret"));
}

#[test]
fn no_more_than_forty_characters_of_a_line_are_quoted() {
    let line = "x".repeat(39) + "yz";
    let shown = import(&empty(), &line, &[]);
    assert!(shown.contains(&format!("`{}y…`", "x".repeat(39))) && !shown.contains('z'), "{shown}");
    let list = format!("value,duration,until_at,asnum,scope\n203.0.113.1,{line},,,\n203.0.113.1,,{line},,\n");
    assert!(!import(&empty(), &list, &[]).contains("yz"));
}

#[test]
fn a_reason_of_more_than_a_thousand_characters_is_refused_with_its_line() {
    let list = |length: usize| format!("value,reason\n203.0.113.1,a\n203.0.113.2,{}\n", "ä".repeat(length));
    assert!(import(&empty(), list(1000), &[]).contains("added 2"));
    insta::assert_snapshot!(import(&empty(), list(1001), &[]), @"
    --- stderr
    error: the reason has 1,001 characters, more than 1,000
      in list:3:13
    error: 1 of 2 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1
    ");
}
