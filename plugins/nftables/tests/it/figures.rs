//! How long things take. Nothing is asserted: run them by hand, in a release build.
//! `cargo test --release -p warden-nftables --test it figures -- --ignored --nocapture`

use std::time::Instant;

use warden_plugin::Backend;

use crate::namespace::{HOUR, Warden, in_namespace};

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    println!("{what}: {:.3} s", began.elapsed().as_secs_f64());
    done
}

fn address(n: u32) -> String {
    std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).to_string()
}

fn range(n: u32) -> String {
    format!("{}/28", std::net::Ipv4Addr::from_bits(0x1400_0000 + 64 * n))
}

fn all(warden: &mut Warden, count: u32, target: fn(u32) -> String) {
    for n in 0..count {
        warden.insert(&target(n), HOUR);
    }
    warden.backend.flush().unwrap();
}

#[test]
#[ignore = "prints figures"]
fn addresses() {
    for count in [10_000, 100_000] {
        in_namespace(|_| {
            let mut warden = Warden::new();
            timed("one address into an empty set", || warden.ban("192.0.2.1", HOUR));
            timed(&format!("{count} addresses"), || all(&mut warden, count, address));
            timed("one more", || warden.ban("192.0.2.2", HOUR));
            timed("the same again", || warden.ban("192.0.2.2", HOUR));
            timed("its end", || warden.unban("192.0.2.2"));
            timed("the end of one that is not banned", || warden.unban("192.0.2.3"));
            timed("all read", || warden.told());
            timed(&format!("{count} addresses again"), || all(&mut warden, count, address));
            timed("all deleted", || (warden.backend.delete_all().unwrap(), warden.backend.flush().unwrap()));
        });
    }
}

#[test]
#[ignore = "prints figures"]
fn ranges() {
    for count in [1_000, 10_000, 100_000] {
        in_namespace(|_| {
            let mut warden = Warden::new();
            timed(&format!("{count} ranges"), || all(&mut warden, count, range));
            timed("one more", || warden.ban("192.0.2.0/24", HOUR));
            timed("one over all", || warden.ban("0.0.0.0/1", HOUR / 2));
            timed("its end", || warden.unban("0.0.0.0/1"));
            timed("all read", || warden.told());
        });
    }
}
