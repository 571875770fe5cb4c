//! Several writers and readers at the same time: nothing is lost, and a list is whole.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nftables::Nftables;
use nftables::netlink::{Batch, Socket};
use warden_plugin::{Backend, Query, Row, Rows, Target};

use crate::host::now_us;
use crate::namespace::{HOUR, Namespace, Warden, in_namespace, insert, nft, told};

/// What somebody else writes all the time: another table's set.
pub struct Noise(AtomicBool);

impl Noise {
    /// Runs something beside a writer that changes a table of its own every millisecond.
    pub fn around<T>(namespace: &Namespace, f: impl FnOnce() -> T) -> T {
        nft("add table inet other; add set inet other noise { type ipv4_addr; }");
        let noise = Self(AtomicBool::new(true));
        thread::scope(|scope| {
            scope.spawn(|| {
                namespace.enter();
                noise.make();
            });
            let _quiet = Quiet(&noise);
            f()
        })
    }

    fn make(&self) {
        let mut socket = Socket::open().unwrap();
        while self.0.load(Ordering::Relaxed) {
            for is_there in [false, true] {
                let mut batch = Batch::transaction(None);
                match is_there {
                    false => batch.add(("other", "noise"), (&[9, 9, 9, 9], true), None, None),
                    true => batch.delete(("other", "noise"), &[9, 9, 9, 9]),
                }
                socket.commit(&batch.finish()).unwrap();
                thread::sleep(Duration::from_micros(500));
            }
        }
    }
}

/// Ends the noise also when what it was made around fails.
struct Quiet<'n>(&'n Noise);

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

/// 500 writes: bans of targets of its own, and of targets that both ban.
fn write_many(namespace: &Namespace, backend: &mut Nftables, source: &'static str, own: u8) {
    namespace.enter();
    for n in 0..250_u16 {
        let [high, low] = n.to_be_bytes();
        for target in [format!("10.{own}.{high}.{low}"), format!("192.0.2.{}/30", n % 16 * 4)] {
            insert(backend, &target, source, now_us() + HOUR).unwrap();
            backend.flush().unwrap();
        }
    }
}

fn two_write(config: &[(&str, &str)]) {
    in_namespace(|namespace| {
        let mut warden = Warden::new();
        warden.backend.flush().unwrap();
        let mut other = warden.again(config);
        Noise::around(namespace, || {
            thread::scope(|scope| {
                scope.spawn(|| write_many(namespace, &mut warden.backend, "cli", 1));
                scope.spawn(|| write_many(namespace, &mut other, "api", 2));
            });
        });
        let told = warden.told();
        assert_eq!(told.len(), 2 * 250 + 2 * 16);
        assert_eq!(told.iter().filter(|line| line.contains("192.0.2.4/30")).count(), 2);
    });
}

#[test]
fn two_wardens_lose_nothing() {
    two_write(&[]);
}

#[test]
fn two_wardens_without_a_lock_in_common_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    two_write(&[("lock_path", folder.path().join("other").to_str().unwrap())]);
}

#[test]
fn a_list_is_whole_beside_a_writer() {
    in_namespace(|namespace| {
        let mut warden = Warden::new();
        for n in 0..3000_u16 {
            let [high, low] = n.to_be_bytes();
            warden.insert(&format!("10.1.{high}.{low}"), HOUR);
        }
        warden.backend.flush().unwrap();
        let mut other = warden.again(&[]);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                namespace.enter();
                for n in (0..=255_u8).cycle().take_while(|_| !is_over.load(Ordering::Relaxed)) {
                    let target = format!("10.2.0.{n}");
                    insert(&mut other, &target, "api", now_us() + HOUR).unwrap();
                    other.flush().unwrap();
                    other.delete(&target).unwrap();
                    other.flush().unwrap();
                }
            });
            for _ in 0..20 {
                let told = warden.told();
                let mine = told.iter().filter(|line| line.starts_with("10.1.")).count();
                is_over.store(mine != 3000, Ordering::Relaxed);
                assert_eq!(mine, 3000);
            }
            is_over.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn a_question_beside_a_writer_misses_no_ban_that_moves() {
    in_namespace(|namespace| {
        let mut warden = Warden::new();
        warden.ban("10.0.0.0/8", 2 * HOUR);
        let mut other = warden.again(&[]);
        let is_over = AtomicBool::new(false);
        let query =
            Query { ip: Some(Target::parse("10.1.2.3").unwrap()), source: Some("cli"), ..Query::default() };
        thread::scope(|scope| {
            scope.spawn(|| {
                namespace.enter();
                // The longer ban takes the place of the other, which moves to the further bans and back.
                for hours in [1, 3].into_iter().cycle().take_while(|_| !is_over.load(Ordering::Relaxed)) {
                    insert(&mut other, "10.0.0.0/8", "api", now_us() + hours * HOUR).unwrap();
                    other.flush().unwrap();
                }
            });
            for _ in 0..2000 {
                let mut found = 0;
                let mut sink = |_: &Row<'_>| {
                    found += 1;
                    true
                };
                let query = Query { at_us: now_us(), ..query };
                warden.backend.query(&query, &mut 0, &mut Rows::new(&mut sink)).unwrap();
                is_over.store(found != 1, Ordering::Relaxed);
                assert_eq!(found, 1);
            }
            is_over.store(true, Ordering::Relaxed);
        });
        assert_eq!(told(&mut warden.backend, now_us()).unwrap().len(), 2);
    });
}
