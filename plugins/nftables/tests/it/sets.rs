//! What stands in the sets, and what the backend tells of it.

use warden_plugin::{Backend, Ban, FOREVER_US, Inserted, Query, Row, Rows, Signal, Target};

use crate::host::{logged, now_us};
use crate::namespace::{HOUR, SECOND, Warden, in_namespace, insert, nft, told};

#[test]
fn a_ban_is_told_as_it_was_given() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let (start_us, until_us) = (now_us() - 17, now_us() + HOUR + 23);
        let targets = ["1.2.3.4", "2001:db8::1", "10.0.0.0/8", "2001:db8::/32"];
        let ban = |target| Ban {
            source: "list:a b",
            action: "ban",
            target,
            reason: "say \"hi\"",
            until_us,
            ..Ban::default()
        };
        let signal = Signal { stop_us: start_us, bans: targets.map(ban).to_vec(), ..Signal::default() };
        assert_eq!(warden.backend.insert(&signal).unwrap().inserted, 4);
        warden.backend.flush().unwrap();

        let mut seen = 0;
        let mut sink = |row: &Row<'_>| {
            seen += 1;
            assert!(targets.contains(&row.target));
            assert_eq!((row.source, row.reason, row.action), ("list:a b", "say \"hi\"", "ban"));
            assert_eq!((row.start_us, row.until_us), (start_us, until_us));
            assert_eq!(row.range.unwrap().target().unwrap().to_string(), row.target);
            true
        };
        warden.backend.read_at(now_us(), &mut Rows::new(&mut sink)).unwrap();
        assert_eq!(seen, 4);
        assert!(told(&mut warden.backend, until_us).unwrap().is_empty());
        assert!(told(&mut warden.backend, start_us - 1).unwrap().is_empty());
        assert!(nft("list set inet warden set4").contains("ban list:a%20b"), "an admin reads who and why");
    });
}

#[test]
fn a_reader_that_has_enough_ends_the_reading() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.insert("1.2.3.4", HOUR);
        warden.ban("1.2.3.5", HOUR);
        let mut seen = 0;
        let mut sink = |_: &Row<'_>| {
            seen += 1;
            false
        };
        let ended = warden.backend.read_at(now_us(), &mut Rows::new(&mut sink)).unwrap_err();
        assert_eq!((seen, ended), (1, warden_plugin::Error::stopped()));
    });
}

#[test]
fn what_is_pending_is_told_before_the_flush() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        warden.ban("10.0.0.0/8", HOUR);
        warden.insert("1.2.3.5", HOUR);
        assert_eq!(warden.backend.delete("1.2.3.4").unwrap(), 1);
        assert_eq!(warden.told(), ["1.2.3.5 cli a test", "10.0.0.0/8 cli a test"]);
        warden.backend.discard().unwrap();
        assert_eq!(warden.told(), ["1.2.3.4 cli a test", "10.0.0.0/8 cli a test"]);
        warden.insert("1.2.3.6", HOUR);
        assert_eq!(warden.backend.delete_all().unwrap(), 3);
        assert_eq!(warden.told(), [""; 0]);
    });
}

#[test]
fn a_new_ban_of_the_same_source_renews_timeout_and_comment() {
    in_namespace(|_| {
        for target in ["1.2.3.4", "10.0.0.0/8"] {
            let mut warden = Warden::new();
            warden.ban(target, 5 * HOUR);
            let until_us = now_us() + HOUR;
            let done = insert(&mut warden.backend, target, "cli", until_us).unwrap();
            assert_eq!((done.inserted, done.replaced), (1, 1), "{target}");
            assert!((done.replaced_until_us - now_us() - 5 * HOUR).abs() < 60 * SECOND);
            warden.backend.flush().unwrap();
            let listing = nft("list table inet warden");
            assert!(listing.contains("timeout 1h") && !listing.contains("timeout 5h"), "{listing}");
            assert!(listing.contains(&until_us.to_string()), "{listing}");
            assert_eq!(warden.unban(target), 1);
        }
    });
}

#[test]
fn a_target_is_banned_while_any_source_bans_it() {
    in_namespace(|_| {
        for target in ["1.2.3.4", "2001:db8::1", "10.0.0.0/8"] {
            let mut warden = Warden::new();
            for (source, hours) in [("cli", 2), ("api", 5), ("list:x", 1)] {
                let done = insert(&mut warden.backend, target, source, now_us() + hours * HOUR).unwrap();
                assert_eq!(done, Inserted { inserted: 1, ..Inserted::default() });
                warden.backend.flush().unwrap();
            }
            let all = ["api", "cli", "list:x"].map(|source| format!("{target} {source} a test"));
            assert_eq!(warden.told(), all);
            assert!(nft("list table inet warden").contains("timeout 5h"));
            insert(&mut warden.backend, target, "api", now_us() + SECOND).unwrap();
            warden.backend.flush().unwrap();
            assert_eq!(told(&mut warden.backend, now_us() + 90 * 60 * SECOND).unwrap(), all[1..2]);
            assert_eq!(warden.unban(target), 3);
            assert_eq!(warden.told(), [""; 0]);
        }
    });
}

#[test]
fn a_ban_without_end_and_one_that_is_too_long_have_no_timeout() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let ages = 200 * 365 * 24 * HOUR;
        for (target, until_us) in
            [("1.2.3.4", FOREVER_US), ("10.0.0.0/8", FOREVER_US), ("1.2.3.5", now_us() + ages)]
        {
            insert(&mut warden.backend, target, "cli", until_us).unwrap();
        }
        warden.backend.flush().unwrap();
        assert!(!nft("list table inet warden").contains("timeout 1"));
        assert_eq!(
            told(&mut warden.backend, FOREVER_US - 1).unwrap(),
            ["1.2.3.4 cli a test", "10.0.0.0/8 cli a test"]
        );
        assert_eq!(warden.told().len(), 3);
        warden.ban("1.2.3.6", 60 * 365 * 24 * HOUR);
        assert!(nft("list set inet warden set4").contains("timeout 21900d"));
    });
}

#[test]
fn delete_all_empties_the_sets_and_keeps_the_rules() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.insert("10.0.0.0/8", HOUR);
        warden.insert("2001:db8::1", HOUR);
        warden.ban("1.2.3.4", HOUR);
        assert_eq!(warden.backend.delete_all().unwrap(), 3);
        warden.insert("10.1.0.0/16", HOUR);
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["10.1.0.0/16 cli a test"]);
        let rules = nft("list chain inet warden banned4");
        assert!(rules.contains("@set4") && rules.contains("@net4_16"), "{rules}");
    });
}

#[test]
fn one_source_can_take_its_own_bans_back() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for (target, source) in
            [("1.2.3.4", "cli"), ("1.2.3.4", "api"), ("10.0.0.0/8", "api"), ("1.2.3.5", "cli")]
        {
            insert(&mut warden.backend, target, source, now_us() + HOUR).unwrap();
        }
        warden.backend.flush().unwrap();
        let address = Target::parse("1.2.3.4").unwrap();
        let query = Query { source: Some("cli"), target: Some(address), ..Query::default() };
        assert_eq!(warden.backend.delete_where(&query).unwrap(), 1);
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["1.2.3.4 api a test", "1.2.3.5 cli a test", "10.0.0.0/8 api a test"]);
        let query = Query { source: Some("api"), ..Query::default() };
        assert_eq!(warden.backend.delete_where(&query).unwrap(), 2);
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["1.2.3.5 cli a test"]);
        let query = Query { country: Some("FR"), ..Query::default() };
        assert!(warden.backend.delete_where(&query).is_err());
    });
}

#[test]
fn a_ban_with_another_action_ends_the_one_of_its_source() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for (target, source) in [("1.2.3.4", "cli"), ("1.2.3.4", "api"), ("10.0.0.0/8", "cli")] {
            insert(&mut warden.backend, target, source, now_us() + HOUR).unwrap();
        }
        warden.backend.flush().unwrap();
        let order = |warden: &mut Warden, action, target| {
            let ban = Ban { source: "cli", action, target, until_us: FOREVER_US, ..Ban::default() };
            let signal = Signal { bans: vec![ban], ..Signal::default() };
            warden.backend.insert(&signal).unwrap()
        };
        let skipped = Inserted { skipped_action: 1, ..Inserted::default() };
        for (action, target) in [("captcha", "1.2.3.4"), ("slow", "10.0.0.0/8")] {
            let first = order(&mut warden, action, target);
            assert!(first.replaced_until_us > now_us(), "{first:?}");
            assert_eq!(Inserted { replaced_until_us: 0, ..first }, Inserted { replaced: 1, ..skipped });
            assert_eq!(order(&mut warden, action, target), skipped, "it is over already");
        }
        assert_eq!(order(&mut warden, "captcha", "9.9.9.9"), skipped);
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["1.2.3.4 api a test"]);
        assert_eq!(logged(), [""; 0], "the host tells what was skipped");
    });
}

#[test]
fn a_simulation_blocks_nobody_and_frees_nobody() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        warden.ban("1.2.3.4", HOUR);
        for (action, target) in [("ban", "1.2.3.5"), ("captcha", "1.2.3.4")] {
            let ban = Ban { source: "cli", action, target, until_us: FOREVER_US, ..Ban::default() };
            let signal = Signal { simulation: true, bans: vec![ban], ..Signal::default() };
            let skipped = Inserted { skipped_other: 1, ..Inserted::default() };
            assert_eq!(warden.backend.insert(&signal).unwrap(), skipped);
        }
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), ["1.2.3.4 cli a test"]);
        assert_eq!(logged(), ["orders of simulated or whitelisted signals are skipped"]);
    });
}

#[test]
fn many_bans_go_in_one_flush_and_come_out_again() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for round in 0..2 {
            for n in 0..12_000 {
                let done = warden.insert(&format!("10.1.{}.{}", n / 256, n % 256), HOUR);
                assert_eq!(done.replaced, round);
            }
            for n in 0..300 {
                warden.insert(&format!("10.{}.{}.0/25", 2 + n / 256, n % 256), HOUR);
            }
            warden.backend.flush().unwrap();
            assert_eq!(warden.told().len(), 12_300);
        }
        assert_eq!(warden.backend.delete_all().unwrap(), 12_300);
    });
}

#[test]
fn a_prefix_length_that_is_not_used_any_more_is_given_back() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let lengths = || nft("list sets inet").matches("set net4_").count();
        warden.ban("10.0.0.0/8", HOUR);
        warden.ban("10.0.0.0/9", HOUR);
        warden.unban("10.0.0.0/8");
        assert_eq!(lengths(), 2, "an ordinary command leaves the set");
        warden.ban("10.0.0.0/10", HOUR);
        assert_eq!(lengths(), 2, "nft had to be run for another length");
        assert!(!nft("list chain inet warden banned4").contains("net4_8"));
        warden.backend.delete_all().unwrap();
        warden.backend.flush().unwrap();
        assert_eq!(lengths(), 0);
        assert_eq!(nft("list chain inet warden banned4").matches("drop").count(), 1);
    });
}

#[test]
fn every_length_of_both_families_has_its_set() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let targets: Vec<Target> = ["203.0.113.7", "2001:db8::ff00:42:8329"]
            .iter()
            .flat_map(|text| Target::parse(text).unwrap().covering())
            .collect();
        for target in &targets {
            warden.insert(&target.to_string(), HOUR);
        }
        warden.backend.flush().unwrap();
        let mut all: Vec<_> = targets.iter().map(|target| format!("{target} cli a test")).collect();
        all.sort_unstable();
        assert_eq!(warden.told(), all);
        let saved = nft("list ruleset");
        nft("flush ruleset");
        nft(&saved);
        assert_eq!(warden.told(), all, "nft reads its own listing back");
        for target in &targets {
            assert_eq!(warden.backend.delete(&target.to_string()).unwrap(), 1, "{target}");
        }
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), [""; 0]);
    });
}

#[test]
fn a_question_about_an_address_finds_what_covers_it() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for (target, source) in [
            ("10.0.0.7", "cli"),
            ("10.0.0.0/8", "cli"),
            ("10.0.0.0/8", "api"),
            ("10.0.0.0/8", "list:x"),
            ("10.0.0.4/30", "cli"),
            ("10.0.0.8/29", "cli"),
            ("10.0.0.8", "cli"),
            ("::/0", "cli"),
        ] {
            insert(&mut warden.backend, target, source, now_us() + HOUR).unwrap();
        }
        for _ in 0..2 {
            let ask = |backend: &mut nftables::Nftables, query: Query<'_>| {
                let (mut rows, mut applied) = (Vec::new(), 0);
                let mut sink = |row: &Row<'_>| {
                    rows.push(format!("{} {}", row.target, row.source));
                    true
                };
                let query = Query { at_us: now_us(), ..query };
                backend.query(&query, &mut applied, &mut Rows::new(&mut sink)).unwrap();
                assert_eq!(applied, query.wanted());
                rows.sort_unstable();
                rows
            };
            let target = |text| Some(Target::parse(text).unwrap());
            let covering = ask(&mut warden.backend, Query { ip: target("10.0.0.7"), ..Query::default() });
            let wide = ["10.0.0.0/8 api", "10.0.0.0/8 cli", "10.0.0.0/8 list:x"];
            assert_eq!(covering, [wide.as_slice(), &["10.0.0.4/30 cli", "10.0.0.7 cli"]].concat());
            let one = Query { target: target("10.0.0.0/8"), source: Some("api"), ..Query::default() };
            assert_eq!(ask(&mut warden.backend, one), ["10.0.0.0/8 api"]);
            let inside = Query { range: target("10.0.0.8/29"), ..Query::default() };
            assert_eq!(ask(&mut warden.backend, inside), ["10.0.0.8 cli", "10.0.0.8/29 cli"]);
            let six = Query { ip: target("2001:db8::/32"), ..Query::default() };
            assert_eq!(ask(&mut warden.backend, six), ["::/0 cli"]);
            // The same before the flush and after it.
            warden.backend.flush().unwrap();
        }
    });
}

#[test]
fn addresses_move_when_they_are_divided_otherwise() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        let mut all: Vec<_> =
            (0..600_u32).map(|n| std::net::Ipv4Addr::from_bits(0x0a00_0000 + n * 7).to_string()).collect();
        for target in &all {
            warden.insert(target, HOUR);
        }
        insert(&mut warden.backend, &all[0], "api", now_us() + 2 * HOUR).unwrap();
        warden.ban("10.0.0.0/8", HOUR);
        all.sort_unstable();
        let told = warden.told();
        assert_eq!(told.len(), 602);
        for shards in ["16", "4", "256", "1"] {
            warden.backend = warden.again(&[("shards", shards)]);
            assert_eq!(warden.told(), told, "to {shards}");
            let gone = &all[7];
            assert_eq!(warden.backend.delete(gone).unwrap(), 1, "to {shards}");
            warden.ban(gone, HOUR);
            assert_eq!(warden.told(), told, "{shards}");
            let number: usize = shards.parse().unwrap();
            let sets = nft("list sets inet");
            assert_eq!(sets.matches("set set4").count(), number, "{sets}");
            let chains = nft("list chains inet").matches("chain banned4_").count();
            assert_eq!(chains, if number == 1 { 0 } else { number });
            let maps = nft("list maps inet").matches("map set4_map_").count();
            assert_eq!(maps, usize::from(number > 1));
            let query = Query { ip: Some(Target::parse(gone).unwrap()), at_us: now_us(), ..Query::default() };
            let mut found = 0;
            let mut sink = |_: &Row<'_>| {
                found += 1;
                true
            };
            warden.backend.query(&query, &mut 0, &mut Rows::new(&mut sink)).unwrap();
            assert_eq!(found, 2, "the address and the range");
        }
        assert_eq!(warden.backend.delete_all().unwrap(), 602);
        warden.backend.flush().unwrap();
        assert_eq!(warden.told(), [""; 0]);
    });
}
