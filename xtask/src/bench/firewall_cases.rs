//! What is measured on the packet filter, with the ratio that must hold.

use std::cell::Cell;
use std::process::Command;
use std::rc::Rc;

use anyhow::Result;

use super::firewall::{Firewall, Kind};
use super::measure::Case;

/// The namespaces of one size.
pub struct Firewalls {
    size: u32,
    /// So many addresses and as many ranges.
    full: Firewall,
    /// Ten of each.
    few: Firewall,
    /// So many addresses, and a store with the same.
    synced: Firewall,
    /// Empty before each run.
    bulk: Firewall,
    /// The peers' own.
    peer: Firewall,
}

impl Firewalls {
    pub fn make(size: u64) -> Result<Self> {
        let size = u32::try_from(size)?;
        let [full, few, bulk, peer] =
            ["full", "few", "bulk", "peer"].map(|name| Firewall::new(&format!("{name}-{size}"), false, 1));
        let all = Self { size, full: full?, few: few?, bulk: bulk?, peer: peer?, synced: synced(size)? };
        for kind in [Kind::Addresses, Kind::Ranges] {
            all.full.fill(kind, size)?;
            all.few.fill(kind, 10)?;
        }
        all.peer.reset_peer()?;
        Ok(all)
    }
}

/// What is compared with a store as a whole is divided: the kernel's dump of a set takes the square of its size.
fn synced(size: u32) -> Result<Firewall> {
    let synced = Firewall::new(&format!("synced-{size}"), true, 64)?;
    synced.fill(Kind::Addresses, size)?;
    Ok(synced)
}

/// The cases in these namespaces.
pub fn all(walls: &Firewalls) -> Vec<Case<'_>> {
    let address = |n: u32| format!("198.18.{}.{}", n / 256, n % 256);
    let range = |n: u32| format!("10.{}.{}.0/24", n / 256, n % 256);
    let mut cases = vec![
        grows(walls, "nftables: add an address", address, &[], ADD_IP),
        grows(walls, "nftables: add a range", range, &[], ADD_RANGE),
        grows(walls, "nftables: ban an address again", |_| "11.0.0.5".into(), ADD_IP, ADD_IP),
        grows(walls, "nftables: ban a range again", |_| "48.0.5.0/24".into(), ADD_RANGE, ADD_RANGE),
        grows(walls, "nftables: del an address", |_| "11.0.0.6".into(), ADD_IP, DEL),
        grows(walls, "nftables: del a range", |_| "48.0.6.0/24".into(), ADD_RANGE, DEL),
        grows(walls, "nftables: check an address", |_| "11.0.0.7".into(), &[], &["ban", "check", "TARGET"]),
        grows(walls, "nftables: check a range", |_| "48.0.7.0/24".into(), &[], &["ban", "check", "TARGET"]),
        import(walls, "nftables: import addresses, beside `nft -f`", Kind::Addresses, Firewall::nft_restore),
        import(walls, "nftables: import ranges, beside `nft -f`", Kind::Ranges, Firewall::nft_restore),
        import(
            walls,
            "nftables: import addresses, beside `ipset restore`",
            Kind::Addresses,
            Firewall::ipset_restore,
        ),
        import(
            walls,
            "nftables: import ranges, beside `ipset restore`",
            Kind::Ranges,
            Firewall::ipset_restore,
        ),
        flush(walls),
        sync(walls),
    ];
    if walls.size <= 100_000 {
        // nft takes minutes for a million.
        cases.push(list(walls));
    }
    cases
}

const ADD_IP: &[&str] = &["ban", "add", "ip", "TARGET", "24h", "scan"];
const ADD_RANGE: &[&str] = &["ban", "add", "range", "TARGET", "24h", "scan"];
const DEL: &[&str] = &["ban", "del", "ip", "TARGET"];

/// A command among many bans, beside the same among ten. Some other command is run before each.
fn grows<'a>(
    walls: &'a Firewalls,
    name: &'static str,
    target: impl Fn(u32) -> String + Clone + 'a,
    before: &'static [&'static str],
    command: &'static [&'static str],
) -> Case<'a> {
    let count = Rc::new(Cell::new(0));
    let (counted, other) = (count.clone(), target.clone());
    let words = |args: &[&str], target: &str| -> Vec<String> {
        args.iter().map(|word| word.replace("TARGET", target)).collect()
    };
    let run = move |wall: &Firewall, target: &str| {
        let words = words(command, target);
        wall.warden(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let before_target = target.clone();
    let before_count = count.clone();
    Case {
        name,
        limit: 1.5,
        before: Box::new(move || {
            before_count.set(before_count.get() + 1);
            let words = words(before, &before_target(before_count.get()));
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            if words.is_empty() {
                Ok(())
            } else {
                walls.full.run(&words).and_then(|()| walls.few.run(&words))
            }
        }),
        warden: Box::new(move || run(&walls.full, &target(counted.get()))),
        peer: Box::new(move || run(&walls.few, &other(count.get()))),
    }
}

/// A list in one flush, beside a program that adds the same elements.
fn import<'a>(
    walls: &'a Firewalls,
    name: &'static str,
    kind: Kind,
    peer: fn(&Firewall, Kind, u32) -> Result<Command>,
) -> Case<'a> {
    Case {
        name,
        // How much faster ipset is or is not at this is for information.
        limit: if name.ends_with("`nft -f`") { 1.0 } else { 3.0 },
        before: Box::new(|| walls.bulk.reset().and_then(|()| walls.peer.reset_peer())),
        warden: Box::new(move || {
            let list = walls.bulk.list(kind, walls.size).unwrap_or_default();
            walls.bulk.warden(&["ban", "import", &list, "--duration", "24h"])
        }),
        peer: Box::new(move || peer(&walls.peer, kind, walls.size).unwrap_or_else(|_| Command::new("false"))),
    }
}

/// The end of all bans, beside nft that empties a set of as many addresses.
fn flush(walls: &Firewalls) -> Case<'_> {
    Case {
        name: "nftables: flush addresses, beside `nft flush set`",
        limit: 1.5,
        before: Box::new(|| {
            walls.bulk.reset()?;
            walls.bulk.fill(Kind::Addresses, walls.size)?;
            walls.peer.reset_peer()?;
            crate::build::succeed(&mut walls.peer.nft_restore(Kind::Addresses, walls.size)?)
        }),
        warden: Box::new(|| walls.bulk.warden(&["ban", "flush", "--yes"])),
        peer: Box::new(|| {
            let mut nft = walls.peer.inside("nft");
            nft.arg("flush set inet peer addresses");
            nft
        }),
    }
}

/// The whole list as JSON, beside nft that prints its own.
fn list(walls: &Firewalls) -> Case<'_> {
    Case {
        name: "nftables: list addresses and ranges as JSON, beside `nft -j list set` of each",
        limit: 1.0,
        before: Box::new(|| Ok(())),
        warden: Box::new(|| walls.full.warden(&["ban", "list", "--all", "--api", "-o", "json"])),
        peer: Box::new(|| {
            let mut nft = walls.full.inside("sh");
            nft.args(["-c", "nft -j list set inet warden set4; nft -j list set inet warden net4_24"]);
            nft
        }),
    }
}

/// A store and the kernel that hold the same, beside 0.6 s for each 100,000.
fn sync(walls: &Firewalls) -> Case<'_> {
    Case {
        name: "nftables: sync with nothing to do, in 64 shards, beside 0.6 s for 100,000",
        limit: 1.0,
        before: Box::new(|| Ok(())),
        warden: Box::new(|| walls.synced.warden(&["ban", "sync", "--from", "database", "--to", "nftables"])),
        peer: Box::new(|| {
            let mut sleep = Command::new("sleep");
            sleep.arg(format!("{:.3}", f64::from(walls.size) * 0.6 / 100_000.0));
            sleep
        }),
    }
}
