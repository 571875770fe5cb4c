//! One ban list for a fleet: many writers on the nodes of a MariaDB Galera cluster, one of which dies and comes back.

use std::collections::HashMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use warden_plugin::{Backend, ErrorKind, Result};

use crate::common::{HOUR, ban, signal};
use crate::shop::Shop;
use crate::stage::{Mariadb, free_port, mariadb_sql, wait_for};

const WRITERS: usize = 4;
const ADDS: usize = 500;

/// Three nodes in step.
struct Cluster {
    nodes: Vec<Mariadb>,
    ports: Vec<u16>,
    shop: Shop,
    doors: Vec<String>,
}

/// `None`: it is not installed.
fn cluster() -> Option<Cluster> {
    let mut nodes = (0..3).map(|_| Mariadb::node()).collect::<Option<Vec<_>>>()?;
    let ports: Vec<u16> = nodes.iter().map(|_| free_port()).collect();
    for (number, node) in nodes.iter_mut().enumerate() {
        node.join(number, &ports, number == 0);
    }
    let shop = Shop::on_mariadb(&nodes[0]);
    let doors = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
    for node in &nodes {
        // A database is made on one node, and comes to the others a moment later.
        wait_for("the database on each node", Duration::from_secs(30), || {
            let sql = format!("SHOW DATABASES LIKE '{}'", shop.name);
            mariadb_sql(node.port, None).query_first::<String, _>(sql).unwrap().is_some()
        });
    }
    Some(Cluster { nodes, ports, shop, doors })
}

#[test]
fn no_ban_is_lost_or_doubled_when_a_node_dies() {
    let Some(mut cluster) = cluster() else { return };
    let (shop, doors) = (&cluster.shop, &cluster.doors);
    let done = AtomicUsize::new(0);
    let together = Barrier::new(WRITERS);
    let bans: Vec<Vec<String>> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (shop, done, together) = (facing(shop, doors, writer), &done, &together);
                scope.spawn(move || write(&shop, writer, done, together))
            })
            .collect();
        // Where writers 1 and, as their next one, 0 are.
        reach(&done, 400);
        cluster.nodes[1].kill();
        reach(&done, 1200);
        cluster.nodes[1].join(1, &cluster.ports, false);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    for (number, node) in cluster.nodes.iter().enumerate() {
        wait_for("a node in step", Duration::from_mins(2), || count(node, &shop.name) == total(&bans));
        holds(node, &shop.name, &bans, number);
    }
}

#[test]
fn changes_of_all_nodes_are_taken_back_in_their_order_and_once() {
    let Some(cluster) = cluster() else { return };
    let doors: Vec<Shop> = (0..3).map(|node| facing(&cluster.shop, &cluster.doors, node)).collect();
    for number in 0..12 {
        doors[number % 3].add(&format!("10.0.0.{}", number / 2), "cli");
    }
    for number in (0..12).rev() {
        let id = doors[number % 2].open().last_change().unwrap().unwrap().id;
        // All at once, each on its own node.
        let together = Barrier::new(3);
        let outcomes: Vec<Result> = thread::scope(|scope| {
            let undoers: Vec<_> = doors
                .iter()
                .map(|door| {
                    let together = &together;
                    scope.spawn(move || {
                        let mut backend = door.open();
                        together.wait();
                        backend.undo(id)?;
                        backend.flush()
                    })
                })
                .collect();
            undoers.into_iter().map(|undoer| undoer.join().unwrap()).collect()
        });
        let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1, "{number} {refused:?}");
        assert!(
            refused.iter().all(|no| no.as_ref().unwrap_err().kind() == ErrorKind::Invalid),
            "{refused:?}"
        );
        assert_eq!(doors[2].targets().len(), number.div_ceil(2), "{number}");
    }
    assert_eq!(doors[0].open().last_change().unwrap(), None);
}

/// The writers begin at different nodes.
fn facing(shop: &Shop, doors: &[String], writer: usize) -> Shop {
    let mut doors = doors.to_vec();
    doors.rotate_left(writer % 3);
    shop.with(&[("db_host", &doors.join(","))])
}

/// Each add is a command of its own; answers the targets whose command succeeded.
fn write(shop: &Shop, writer: usize, done: &AtomicUsize, together: &Barrier) -> Vec<String> {
    let (mut banned, mut failed) = (Vec::new(), Vec::new());
    for number in 0..ADDS {
        // One in ten is what all writers ban at once: the same target and source.
        let shared = number % 10 == 0;
        let target = if shared {
            format!("10.9.{}.{}", number / 250, number % 250)
        } else {
            format!("10.{writer}.{}.{}", number / 250, number % 250)
        };
        if shared {
            together.wait();
        }
        let start = Instant::now();
        match add(shop, &target) {
            _ if start.elapsed() > Duration::from_secs(30) => failed.push(format!("{target}: too slow")),
            Ok(()) => banned.push(target.clone()),
            Err(error) => failed.push(format!("{target}: {}", error.message())),
        }
        done.fetch_add(1, Ordering::SeqCst);
    }
    assert_eq!(failed, [""; 0]);
    banned
}

fn add(shop: &Shop, target: &str) -> Result {
    let now = shop.host.now();
    let mut backend = shop.open();
    backend.insert(&signal(now, &[ban(target, "cli", now + HOUR)]))?;
    backend.flush()
}

fn reach(done: &AtomicUsize, count: usize) {
    wait_for("the writers", Duration::from_mins(2), || done.load(Ordering::SeqCst) >= count);
}

/// Distinct targets.
fn total(bans: &[Vec<String>]) -> usize {
    bans.iter().flatten().collect::<std::collections::HashSet<_>>().len()
}

fn count(node: &Mariadb, name: &str) -> usize {
    let sql = "SELECT COUNT(DISTINCT ip_text) FROM ban_applications WHERE deleted_at IS NULL";
    mariadb_sql(node.port, Some(name)).query_first(sql).unwrap().unwrap()
}

/// Every ban is active once, and every command wrote one signal.
fn holds(node: &Mariadb, name: &str, bans: &[Vec<String>], number: usize) {
    let mut conn = mariadb_sql(node.port, Some(name));
    let active: Vec<(String, usize)> = conn
        .query("SELECT ip_text, COUNT(*) FROM ban_applications WHERE deleted_at IS NULL GROUP BY ip_text")
        .unwrap();
    let active: HashMap<_, _> = active.into_iter().collect();
    let signals: Vec<(String, usize)> =
        conn.query("SELECT source_ip, COUNT(*) FROM signal_occurences GROUP BY source_ip").unwrap();
    let signals: HashMap<_, _> = signals.into_iter().collect();
    let mut expected: HashMap<&str, usize> = HashMap::new();
    for target in bans.iter().flatten() {
        *expected.entry(target).or_default() += 1;
    }
    for (target, commands) in &expected {
        assert_eq!(active.get(*target), Some(&1), "node {number}: {target}");
        assert_eq!(signals.get(*target), Some(commands), "node {number}: {target}");
    }
    assert_eq!(active.len(), expected.len(), "node {number}");
}

#[test]
fn writers_who_meet_at_one_target_leave_one_ban() {
    for shop in Shop::all() {
        shop.add("9.9.9.9", "cli");
        let together = Barrier::new(WRITERS);
        thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    for number in 0..25 {
                        together.wait();
                        add(&shop, &format!("10.0.0.{number}")).unwrap();
                    }
                });
            }
        });
        let engine = shop.engine();
        assert_eq!(shop.list().len(), 26, "{engine}");
        assert_eq!(
            shop.number("SELECT count(*) FROM ban_applications WHERE deleted_at IS NULL"),
            26,
            "{engine}"
        );
        assert_eq!(shop.number("SELECT count(*) FROM ban_applications"), 101, "{engine}");
    }
}
