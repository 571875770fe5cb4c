//! What warden says is so: the kernel drops what the stores say is banned, after every write.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use crate::common::Sandbox;
use crate::enforcement::{Net, net};

const CLIENT: &str = "10.9.0.2";

fn nft(net: &Net, words: &str) {
    Net::on(&net.server, || {
        let done = Command::new("/usr/sbin/nft").args(words.split(' ')).output().unwrap();
        assert!(done.status.success(), "nft {words}: {}", String::from_utf8_lossy(&done.stderr));
    });
}

fn piped(net: &Net, args: &[&str], input: &str) -> String {
    Net::on(&net.server, || net.sandbox.piped(args, input.as_bytes()))
}

/// Without the kernel's backend, until [`enable`].
fn disable(net: &Net) {
    fs::rename(net.sandbox.path("backend/nftables.yaml"), net.sandbox.path("nftables.off")).unwrap();
}

fn enable(net: &Net) {
    fs::rename(net.sandbox.path("nftables.off"), net.sandbox.path("backend/nftables.yaml")).unwrap();
}

#[test]
fn an_undo_reaches_the_kernel() {
    let Some(net) = net("undo") else { return };
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    net.assert_reaches(false, "banned");
    let said = net.warden("ban undo --yes");
    assert!(said.contains("Taken back") && said.ends_with("--- exit 0\n"), "{said}");
    net.assert_reaches(true, "after undo of the add");
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    net.warden("ban flush");
    net.assert_reaches(true, "after flush");
    net.warden("ban undo --yes");
    net.assert_reaches(false, "after undo of the flush");
}

#[test]
fn what_the_kernel_lost_is_restored_by_the_next_write() {
    let Some(net) = net("heal") else { return };
    disable(&net);
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    net.assert_reaches(true, "no enforcer");
    enable(&net);
    let read = net.warden("ban list -o raw");
    assert!(read.ends_with("--- exit 0\n"), "{read}");
    net.assert_reaches(true, "a read restores nothing");
    let rehearsed = net.warden("ban add ip 192.0.2.9 1h other --dry-run");
    assert!(
        rehearsed.contains("nftables has lost its bans: a write restores those of database"),
        "{rehearsed}"
    );
    net.assert_reaches(true, "a dry run restores nothing");
    let said = net.warden("ban add ip 192.0.2.9 1h other");
    assert!(said.contains("nftables was empty: restored 1 ban from database"), "{said}");
    net.assert_reaches(false, "the write restored it");
    nft(&net, "flush ruleset");
    net.assert_reaches(true, "the ruleset is gone");
    let said = net.warden("ban del ip 192.0.2.9");
    assert!(said.contains("nftables was empty: restored 1 ban from database"), "{said}");
    net.assert_reaches(false, "also by a del of another one");
    let again = net.warden("ban add ip 192.0.2.9 1h other");
    assert!(!again.contains("restored"), "{again}");
}

#[test]
fn an_emptied_set_is_intent() {
    let Some(net) = net("intent") else { return };
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    let said = net.warden("ban flush --yes --backend nftables");
    assert!(said.contains("written to nftables only, not to database"), "{said}");
    let said = net.warden("ban add ip 192.0.2.9 1h other");
    assert!(!said.contains("restored"), "{said}");
    net.assert_reaches(true, "somebody emptied it");
    let said = net.warden(&format!("ban check {CLIENT}"));
    assert!(said.contains("backend \"nftables\" does not drop 10.9.0.2, which is banned"), "{said}");
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    net.warden("ban sync");
    net.assert_reaches(false, "after sync");
}

#[test]
fn healing_can_be_switched_off() {
    let Some(net) = net("noheal") else { return };
    net.sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  heal: false\n");
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    nft(&net, "flush ruleset");
    let said = net.warden("ban add ip 192.0.2.9 1h other");
    assert!(said.contains("has lost its bans, and they are not restored"), "{said}");
    net.assert_reaches(true, "only reported");
}

#[test]
fn an_action_in_any_spelling_is_applied() {
    let Some(net) = net("spelling") else { return };
    for action in ["BAN", "Ban", "DROP", "block", "deny", "reject"] {
        let said = piped(&net, &["ban", "import", "-"], &format!("ip,action\n{CLIENT},{action}\n"));
        assert!(said.contains("added 1") && said.ends_with("--- exit 0\n"), "{said}");
        net.assert_reaches(false, action);
        net.warden("ban flush");
    }
}

#[test]
fn what_is_not_applied_is_not_counted_as_applied() {
    let Some(net) = net("captcha") else { return };
    let said = piped(&net, &["ban", "import", "-"], "ip,action\n192.0.2.7,captcha\n");
    assert!(
        said.contains("backend \"nftables\": added 0, replaced 0, unchanged 0, skipped 1 (captcha)"),
        "{said}"
    );
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    net.assert_reaches(false, "banned");
    let said = net.warden(&format!("ban add ip {CLIENT} 1h scan --remediation captcha"));
    assert!(
        said.contains("backend \"nftables\" does not apply captcha: 10.9.0.2 is not blocked there"),
        "{said}"
    );
    net.assert_reaches(true, "captcha is not a drop");
    let said = net.warden(&format!("ban check {CLIENT}"));
    assert!(said.contains("10.9.0.2 is banned: captcha by cli") && !said.contains("warning"), "{said}");
    let said = net.warden(&format!("ban add ip {CLIENT} 1h scan --remediation captcha --backend nftables"));
    assert!(
        said.contains("no backend knows what to do with `captcha`") && said.ends_with("--- exit 1\n"),
        "{said}"
    );
}

#[test]
fn sync_without_names_brings_the_kernel_in_step() {
    let Some(net) = net("step") else { return };
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    net.warden("ban add ip 192.0.2.9 1h other");
    net.warden(&format!("ban del ip {CLIENT} --backend database"));
    net.assert_reaches(false, "the kernel was not told");
    let said = net.warden("ban sync");
    assert!(said.contains("added 0, removed 1, unchanged 1"), "{said}");
    net.assert_reaches(true, "in step");
    let said = net.warden("ban sync");
    assert!(said.contains("added 0, removed 0, unchanged 1"), "{said}");
    net.warden("ban del ip 192.0.2.9 --backend database");
    let said = net.warden("ban sync");
    assert!(said.contains("removed 1"), "the last one is freed too: {said}");
}

#[test]
fn a_store_that_was_never_written_empties_nothing() {
    let Some(net) = net("never") else { return };
    net.warden(&format!("ban add ip {CLIENT} 1h scan"));
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(net.sandbox.path(&format!("warden.db{end}")));
    }
    let said = net.warden("ban sync");
    assert!(said.contains("holds no ban") && said.ends_with("--- exit 1\n"), "{said}");
    net.assert_reaches(false, "refused");
}

/// What a sync saw in the store before a del ended it must not come back into the kernel.
#[test]
fn a_sync_beside_a_del_brings_nothing_back() {
    let Some(net) = net("beside") else { return };
    let rounds = std::env::var("WARDEN_STEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    for round in 0..rounds {
        net.warden(&format!("ban add ip {CLIENT} 1h scan"));
        std::thread::scope(|scope| {
            let sync = scope.spawn(|| net.warden("ban sync --from database --to nftables"));
            std::thread::sleep(std::time::Duration::from_millis(round % 60));
            let said = net.warden(&format!("ban del ip {CLIENT}"));
            assert!(said.ends_with("--- exit 0\n"), "{said}");
            sync.join().unwrap();
        });
        let left = net.warden("ban list --backend nftables -o raw --fields ip");
        assert!(!left.contains(CLIENT), "round {round}: {left}");
    }
}

/// Long reasons and sources do not fit beside an element.
#[test]
fn a_sync_settles_and_diff_agrees() {
    let Some(net) = net("settle") else { return };
    let (source, reason) = ("list:".to_owned() + &"long".repeat(20), "why ".repeat(60));
    let list = format!(
        "ip,source,reason\n192.0.2.1,{source},{reason}\n192.0.2.1,{source}2,{reason}\n192.0.2.2,cli,short\n"
    );
    let said = piped(&net, &["ban", "import", "-"], &list);
    assert!(said.contains("added 3, replaced 0, unchanged 0"), "{said}");
    let said = piped(&net, &["ban", "import", "-"], &list);
    assert!(said.contains("backend \"nftables\": added 0, replaced 0, unchanged 3"), "{said}");
    let said = net.warden("ban sync");
    assert!(said.contains("added 0, removed 0, unchanged 3"), "{said}");
    assert!(net.warden("ban diff database nftables").ends_with("--- exit 0\n"));
}

#[test]
fn a_fresh_install_says_that_nothing_is_enforced() {
    let sandbox = Sandbox::new();
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\n");
    assert_snapshot!(sandbox.warden("ban add ip 203.0.113.7 4h scan"), @"
    --- stderr
    ban 203.0.113.7 for 4h (scan), until 2026-11-24 07:00:00 +00:00
    stored only: no configured backend drops packets
    --- exit 0
    ");
    let json = sandbox.stdout(&["ban", "add", "ip", "203.0.113.7", "4h", "scan", "-o", "json"]);
    assert!(json.contains("\"enforced\": false"), "{json}");
    sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\nwarden:\n  enforced_by: nginx\n");
    assert!(!sandbox.warden("ban flush --yes").contains("stored only"));
    // A main file of CrowdSec: its bouncers read the store.
    sandbox.write("warden.yaml", "working_dir: .\nplugin:\n  backend: ./backend\n");
    assert!(!sandbox.warden("ban add ip 203.0.113.7 4h scan").contains("stored only"));
}

#[test]
fn a_backend_file_with_another_ending_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("backend/nftables.yml", "name: nftables\n");
    let said = sandbox.warden("ban list -o raw");
    assert!(said.contains("[DIR]/backend/nftables.yml") && said.contains("ends with .yaml"), "{said}");
}

#[test]
fn unknown_actions_are_refused_where_they_stand() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.warden("ban add ip 203.0.113.7 4h scan --remediation bna"), @"
    --- stderr
    error: `bna` is not an action
    hint: did you mean `ban`?
    --- exit 2
    ");
    assert_snapshot!(sandbox.piped(&["ban", "import", "-"], b"ip,action\n203.0.113.7,bna\n"), @"
    --- stderr
    error: `bna` is not an action
      in standard input:2:13
    hint: did you mean `ban`?
    error: 1 of 1 records is wrong, so nothing was done
    hint: --keep-going leaves them out and imports the rest
    --- exit 1
    ");
    assert_snapshot!(sandbox.warden("ban flush --yes --remediation captcha"), @"
    --- stderr
    error: --remediation captcha says what a new ban does
    hint: `ban del --action ACTION` takes the bans of an action back
    --- exit 2
    ");
    assert_snapshot!(sandbox.warden("ban del --source cli --remediation captcha"), @"
    --- stderr
    error: --remediation captcha says what a new ban does
    hint: --action takes the bans of an action back
    --- exit 2
    ");
    assert_eq!(sandbox.stdout(&["ban", "list", "-o", "json"]).trim(), "[]");
}

#[test]
fn del_by_address_frees_the_address_and_names_what_still_covers_it() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban add ip 203.0.113.7 4h scan");
    sandbox.warden("ban add range 203.0.113.0/24 4h net");
    assert_snapshot!(sandbox.warden("ban del --ip 203.0.113.7"), @"
    --- stderr
    Deleted 1 entries: 203.0.113.7
    203.0.113.7 is still banned by 203.0.113.0/24: ban by cli, 4h0m0s left (net)
    --- exit 0
    ");
    assert_snapshot!(sandbox.warden("ban del --ip 203.0.113.7 --covering"), @"
    --- stderr
    Deleted 1 entries: 203.0.113.0/24
    --- exit 0
    ");
    sandbox.warden("ban add range 203.0.113.0/24 4h net");
    sandbox.warden("ban add ip 203.0.113.7 4h scan");
    assert_snapshot!(sandbox.warden("ban del range 203.0.113.0/24"), @"
    --- stderr
    Deleted 1 entries: 203.0.113.0/24
    bans inside 203.0.113.0/24 stay: `warden ban del --range 203.0.113.0/24` takes them back
    --- exit 0
    ");
}

/// The addresses that must be dropped, by a plain model, after each of many random writes.
#[test]
fn the_kernel_drops_what_the_list_says_whatever_was_written() {
    let Some(mut net) = net("random") else { return };
    net.sandbox.write("warden.yaml", "plugin:\n  backend: ./backend\n");
    net.sandbox.run_clock();
    let steps = std::env::var("WARDEN_STEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let mut random = Random(std::process::id().into());
    println!("seed {}", random.0);
    for step in 0..steps {
        let host = |random: &mut Random| match random.below(4) {
            0 => format!("198.51.{}.0/24", random.below(4)),
            _ => format!("198.51.{}.{}", random.below(4), random.below(3)),
        };
        let one = host(&mut random);
        let verb = if one.contains('/') { "range" } else { "ip" };
        let line = match random.below(12) {
            0..4 => format!("ban add {verb} {one} 1h scan"),
            4 => format!("ban add {verb} {one} 1h scan --remediation captcha"),
            5 | 6 => format!("ban del {verb} {one}"),
            7 => "ban undo --yes".into(),
            8 => "ban sync".into(),
            9 => format!("ban add {verb} {one} 1s short"),
            10 => {
                nft(&net, "flush ruleset");
                format!("ban add {verb} {one} 1h after")
            }
            _ if random.below(4) == 0 => "ban flush --yes".into(),
            _ => {
                let list = format!("ip,action,source\n{one},ban,a\n{},captcha,a\n", host(&mut random));
                fs::write(net.sandbox.path("list"), list).unwrap();
                "ban import list".into()
            }
        };
        let said = net.warden(&line);
        if line.contains(" 1s ") {
            std::thread::sleep(std::time::Duration::from_millis(1100));
        }
        let targets = |line: &str| -> BTreeSet<String> {
            net.warden(line).lines().filter(|line| line.starts_with("198.")).map(ToOwned::to_owned).collect()
        };
        let listed = targets("ban list --action ban -o raw --fields ip");
        let dropped = targets("ban list --backend nftables -o raw --fields ip");
        assert_eq!(dropped, listed, "step {step}: {line}\n{said}");
    }
}

/// A generator of numbers, good enough to choose what to do next.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}
