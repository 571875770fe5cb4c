//! nft is for set-up alone, and a process without privileges over the machine gets everything in.

use std::process::Command;

use warden_plugin::{Backend, Query, Rows, Target};

use crate::host::now_us;
use crate::namespace::{HOUR, Warden, in_namespace, insert, told};

#[test]
fn an_ordinary_command_runs_no_nft() {
    in_namespace(|_| {
        let mut warden = Warden::new();
        for target in ["1.2.3.4", "10.0.0.0/8", "2001:db8::/32"] {
            warden.ban(target, HOUR);
        }
        // What cannot be run is not run.
        let mut backend = warden.again(&[("nft_path", "/proc/self/environ")]);
        backend.probe().unwrap();
        for target in ["1.2.3.4", "5.6.7.8", "10.0.0.0/8", "11.0.0.0/8", "2001:db8::1", "2001:db9::/32"] {
            for source in ["cli", "api"] {
                insert(&mut backend, target, source, now_us() + 2 * HOUR).unwrap();
                backend.flush().unwrap();
            }
        }
        assert_eq!(told(&mut backend, now_us()).unwrap().len(), 13);
        let query =
            Query { ip: Some(Target::parse("10.1.2.3").unwrap()), at_us: now_us(), ..Query::default() };
        backend.query(&query, &mut 0, &mut Rows::new(&mut |_| true)).unwrap();
        assert_eq!(backend.delete("11.0.0.0/8").unwrap(), 2);
        backend.flush().unwrap();
        assert_eq!(backend.delete_all().unwrap(), 11);
        backend.flush().unwrap();
        backend.flush().unwrap();
    });
}

/// The name of the test below, which runs in a user namespace.
const INSIDE: &str = "processes::many_bans_inside_a_user_namespace";

#[test]
fn an_unprivileged_container_holds_a_hundred_thousand() {
    in_namespace(|_| {
        let this = std::env::current_exe().unwrap();
        let mut run = Command::new("unshare");
        run.args(["--map-root-user", "--net"]).arg(this).args(["--exact", INSIDE, "--ignored"]);
        let run = run.output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&run.stderr)
        );
    });
}

#[test]
#[ignore = "part of the test above, which runs it in a user namespace"]
fn many_bans_inside_a_user_namespace() {
    let mut warden = Warden::new();
    for n in 0..100_000_u32 {
        let target = match n % 2 {
            0 => std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).to_string(),
            _ => format!("{}/24", std::net::Ipv4Addr::from_bits(0x3000_0000 + (n << 8))),
        };
        warden.insert(&target, HOUR);
    }
    warden.backend.flush().unwrap();
    assert_eq!(warden.told().len(), 100_000);
    for n in 0..3000_u32 {
        warden.insert(&std::net::Ipv4Addr::from_bits(0x0a00_0000 + 2 * n).to_string(), 2 * HOUR);
    }
    warden.backend.flush().unwrap();
    assert_eq!(warden.told().len(), 100_000);
}
