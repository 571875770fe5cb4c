//! Every spelling of a target that a store can hold is found by value.

use proptest::prelude::*;
use warden_plugin::{Query, Target};

use crate::common::{NOW, Store};

prop_compose! {
    /// Groups are often zero, so that runs of them are met; sometimes IPv4 in IPv6.
    fn target()(
        kind in 0..4_u8, v4: u32, groups: [u16; 8], zero: u8, small: u8, length in 0..=128_u8, whole: bool,
    ) -> Target {
        let group = |index: usize| match (zero >> index & 1, small >> index & 1) {
            (0, _) => 0,
            (_, 0) => groups[index] & 0xf,
            _ => groups[index],
        };
        let text = match kind {
            0 => std::net::Ipv4Addr::from(v4).to_string(),
            1 => format!("::ffff:{}", std::net::Ipv4Addr::from(v4)),
            _ => std::net::Ipv6Addr::from(std::array::from_fn::<u16, 8, _>(group)).to_string(),
        };
        let max = if kind == 0 { 32 } else { 128 };
        let text = if whole { text } else { format!("{text}/{}", length % (max + 1)) };
        Target::parse(&text).unwrap()
    }
}

/// One of the many ways to write a target.
fn spelled(target: &Target, way: u16, bits: u128) -> String {
    let shift =
        u32::from(if target.is_ipv6() { 128 - target.prefix_len() } else { 32 - target.prefix_len() });
    let host = if shift >= 128 { bits } else { bits & ((1 << shift) - 1) };
    let host = if way & 1 == 0 { 0 } else { host };
    let slash =
        |length: u8| if target.is_range() || way & 2 != 0 { format!("/{length}") } else { String::new() };
    match target.addr() {
        std::net::IpAddr::V4(addr) => {
            let addr = std::net::Ipv4Addr::from(addr.to_bits() | u32::try_from(host & 0xffff_ffff).unwrap());
            match way >> 2 & 3 {
                0 | 1 => format!("{addr}{}", slash(target.prefix_len())),
                2 => format!("::ffff:{addr}{}", slash(target.prefix_len() + 96)),
                _ => v6(addr.to_ipv6_mapped().segments(), way) + &slash(target.prefix_len() + 96),
            }
        }
        std::net::IpAddr::V6(addr) => {
            v6(std::net::Ipv6Addr::from(addr.to_bits() | host).segments(), way) + &slash(target.prefix_len())
        }
    }
}

fn v6(groups: [u16; 8], way: u16) -> String {
    let group = |group: u16| match way >> 4 & 3 {
        0 => format!("{group:x}"),
        1 => format!("{group:X}"),
        2 => format!("{group:04x}"),
        _ => format!("{group:02x}"),
    };
    // Some run of zeros, not always the longest, perhaps of one group, perhaps none.
    let start = usize::from(way >> 6 & 7);
    let length = usize::from(way >> 9 & 7);
    let end = (start + length).min(8);
    let texts = groups.map(group);
    if start < end && groups[start..end].iter().all(|group| *group == 0) {
        format!("{}::{}", texts[..start].join(":"), texts[end..].join(":"))
    } else {
        texts.join(":")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn a_target_is_found_in_any_spelling(spellings in proptest::collection::vec((target(), any::<u16>(), any::<u128>()), 60)) {
        let store = Store::new();
        store.add("192.0.2.1", "cli");
        store.delete("192.0.2.1");
        let sql = store.sql();
        sql.execute_batch("BEGIN").unwrap();
        for (target, way, bits) in &spellings {
            let text = spelled(target, *way, *bits);
            prop_assert_eq!(Target::of_stored(&text), Some(*target), "{}", text);
            sql.execute(
                "INSERT INTO signal_occurences (source_ip, stop_at, events_count) VALUES (?1, '2026-11-24 02:00:00+00:00', 1)",
                [&text],
            )
            .unwrap();
            sql.execute(
                "INSERT INTO ban_applications (ip_text, created_at, until, signal_occurence_id) \
                 VALUES (?1, '2026-11-24 02:00:00+00:00', '2026-11-24 04:00:00+00:00', last_insert_rowid())",
                [&text],
            )
            .unwrap();
        }
        sql.execute_batch("COMMIT").unwrap();
        let same = |target: &Target| spellings.iter().filter(|(other, ..)| other == target).count();
        for row in store.list() {
            let target = Target::of_stored(&row.target).unwrap();
            prop_assert_eq!(row.bans, u64::try_from(same(&target)).unwrap(), "{}", row.target);
        }
        let mut left = spellings.len();
        for (target, ..) in &spellings {
            let query = Query { at_us: NOW, ip: Some(*target), ..Query::default() };
            prop_assert!(store.list().len() == left);
            let around = store.query(&query).iter().filter(|row| Target::of_stored(&row.target) == Some(*target)).count();
            let ended = usize::try_from(store.delete(&target.to_string())).unwrap();
            prop_assert!(ended == around && (ended == same(target) || ended == 0), "{}", target);
            left -= ended;
        }
        prop_assert_eq!(left, 0);
    }
}

#[test]
fn each_way_to_misspell_a_target_is_found() {
    let store = Store::new();
    store.add("192.0.2.1", "cli");
    store.delete("192.0.2.1");
    for (canonical, text) in [
        ("1.2.3.4", "1.2.3.4/32"),
        ("1.2.3.4", "::ffff:1.2.3.4"),
        ("1.2.3.4", "::ffff:102:304"),
        ("1.2.3.0/24", "::ffff:102:300/120"),
        ("1.2.3.0/24", "1.2.3.77/24"),
        ("1.2.0.0/20", "1.2.3.0/20"),
        ("0.0.0.0/0", "1.0.0.0/0"),
        ("2001:db8::2", "2001:DB8::2"),
        ("2001:db8::2", "2001:0db8::2"),
        ("db8::2", "0db8::2"),
        ("2001:db8::2", "2001:db8::0002"),
        ("2001:db8::2", "2001:db8:0:0:0:0:0:2"),
        ("::2", "0:0:0:0:0:0:0:2"),
        ("::3:4:5:6:7:8", "0:0:3:4:5:6:7:8"),
        ("::2", "0::2"),
        ("1::2", "1:0::2"),
        ("1::2", "1::0:2"),
        ("1:0:3:4:5:6:7:8", "1::3:4:5:6:7:8"),
        ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7::"),
        ("::102:304", "::1.2.3.4"),
        ("2001:db8::2", "2001:db8::2/128"),
        ("2001:db8::", "2001:db8::/128"),
        ("2001:db8::/33", "2001:db8::1/33"),
        ("2001:db8::/33", "2001:db8:4000::/33"),
        ("2001:db8::/32", "2001:db8:1::/32"),
        ("::/0", "1::/0"),
        ("2001:db8:1::/48", "2001:db8:1:0:0:0:0:0/48"),
    ] {
        // The number that v0.3 might have written, its host bits not cut.
        let first = text.split('/').next().unwrap().parse::<std::net::Ipv4Addr>();
        let number = first.map_or("NULL".to_owned(), |addr| addr.to_bits().to_string());
        let sql = format!(
            "INSERT INTO signal_occurences (source_ip, stop_at, events_count) VALUES ('{text}', '2026-11-24 02:00:00+00:00', 1); \
             INSERT INTO ban_applications (ip_text, start_ip, created_at, until, signal_occurence_id) VALUES \
             ('{text}', {number}, '2026-11-24 02:00:00+00:00', '2026-11-24 04:00:00+00:00', last_insert_rowid())"
        );
        store.sql().execute_batch(&sql).unwrap();
        assert_eq!(store.list()[0].bans, 1, "{text}");
        let query = Query { at_us: NOW, target: Target::of_stored(canonical), ..Query::default() };
        assert_eq!(store.query(&query).len(), 1, "{text}");
        assert_eq!(store.delete(canonical), 1, "{text}");
        store.sql().execute_batch("DELETE FROM signal_occurences").unwrap();
    }
}
