//! Bans that bite: a TCP connection between two network namespaces, and the command that stops it.

use std::fs::File;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::common::{Sandbox, available, has};

/// A network namespace that goes with the value.
pub struct Namespace(String);

impl Namespace {
    fn new(name: &str) -> Self {
        let namespace = Self(format!("warden-cli-{}-{name}", std::process::id()));
        ip(&format!("netns add {}", namespace.0));
        ip(&format!("-n {} link set lo up", namespace.0));
        namespace
    }

    /// Moves this thread, and what it starts, into the namespace.
    fn enter(&self) {
        let file = File::open(format!("/run/netns/{}", self.0)).unwrap();
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}

fn ip(words: &str) {
    let done = Command::new("ip").args(words.split(' ')).output().unwrap();
    assert!(done.status.success(), "ip {words}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A server and a client, joined by a cable, and a warden on the server.
pub struct Net {
    pub server: Namespace,
    pub client: Namespace,
    pub sandbox: Sandbox,
}

const SERVER: [&str; 2] = ["10.9.0.1", "fd09::1"];
const CLIENT: [&str; 2] = ["10.9.0.2", "fd09::2"];

impl Net {
    fn new(name: &str) -> Self {
        let (server, client) = (Namespace::new(&format!("{name}-s")), Namespace::new(&format!("{name}-c")));
        ip(&format!("-n {} link add cable type veth peer name cable netns {}", server.0, client.0));
        for (namespace, [four, six]) in [(&server, SERVER), (&client, CLIENT)] {
            ip(&format!("-n {} addr add {four}/24 dev cable", namespace.0));
            ip(&format!("-n {} addr add {six}/64 dev cable nodad", namespace.0));
            ip(&format!("-n {} link set cable up", namespace.0));
        }
        let mut sandbox = Sandbox::new();
        sandbox.run_clock();
        sandbox.backend("nftables", "nftables", &[("lock_path", "./nft.lock")]);
        Self { server, client, sandbox }
    }

    /// Runs a command on the server.
    pub fn warden(&self, line: &str) -> String {
        Self::on(&self.server, || self.sandbox.warden(line))
    }

    pub fn on<T: Send>(namespace: &Namespace, f: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let run = scope.spawn(|| {
                namespace.enter();
                f()
            });
            run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Whether the client reaches the server, by IPv4 or by IPv6.
    pub fn reaches(&self, family: usize) -> bool {
        let address: IpAddr = SERVER[family].parse().unwrap();
        let listener = Self::on(&self.server, || TcpListener::bind(SocketAddr::new(address, 0)).unwrap());
        let at = listener.local_addr().unwrap();
        Self::on(&self.client, || TcpStream::connect_timeout(&at, Duration::from_millis(500)).is_ok())
    }

    pub fn assert_reaches(&self, yes: bool, when: &str) {
        assert_eq!(self.reaches(0), yes, "IPv4, {when}");
    }
}

/// As root, with nft and ip.
pub fn net(name: &str) -> Option<Net> {
    let able = rustix::process::geteuid().is_root()
        && Path::new("/usr/sbin/nft").exists()
        && (has("ip") || Path::new("/sbin/ip").exists());
    available(able, "root, nft and ip").then(|| Net::new(name))
}

#[test]
fn a_ban_stops_a_connection_and_its_end_lets_it_through() {
    let Some(net) = net("ban") else { return };
    net.assert_reaches(true, "at first");
    let shown = net.warden("ban add ip 10.9.0.2 1h scan");
    assert!(shown.ends_with("--- exit 0\n"), "{shown}");
    net.assert_reaches(false, "banned");
    assert!(net.warden("ban del ip 10.9.0.2").contains("Deleted 1 entries"));
    net.assert_reaches(true, "after del");
    net.warden("ban add range 10.9.0.2/31 1h scan");
    net.assert_reaches(false, "its range is banned");
    net.warden("ban flush");
    net.assert_reaches(true, "after flush");
    net.warden("ban add ip fd09::2 1h scan");
    assert!(!net.reaches(1) && net.reaches(0));
    net.warden("ban flush");
    net.warden("ban add ip 10.9.0.2 2s scan");
    net.assert_reaches(false, "for two seconds");
    assert!((0..20).any(|_| net.reaches(0)), "the ban did not end by itself");
}

#[test]
fn after_a_restart_sync_brings_the_bans_back() {
    let Some(net) = net("sync") else { return };
    net.warden("ban add ip 10.9.0.2 1h scan");
    net.warden("ban add range 198.51.100.0/24 permanent spam");
    let listed = net.warden("ban list -o raw");
    assert_eq!(listed.lines().filter(|line| line.starts_with("cli,")).count(), 2, "{listed}");
    assert!(net.warden("ban diff database nftables").ends_with("--- exit 0\n"));
    Net::on(&net.server, || {
        assert!(Command::new("/usr/sbin/nft").args(["flush", "ruleset"]).status().unwrap().success());
    });
    net.assert_reaches(true, "the kernel has forgotten");
    let shown = net.warden("ban sync --from database --to nftables");
    assert!(shown.contains("added 2, removed 0, unchanged 0"), "{shown}");
    net.assert_reaches(false, "after sync");
    let again = net.warden("ban sync --from database --to nftables");
    assert!(again.contains("added 0, removed 0, unchanged 2"), "{again}");
    let listed = net.warden("ban list --backend nftables -o raw");
    assert!(listed.contains("cli,10.9.0.2,scan"), "{listed}");
}

/// Housekeeping of stores means nothing to it, and must not keep it from starting.
#[test]
fn what_the_main_file_says_of_stores_does_not_concern_it() {
    let Some(net) = net("stores") else { return };
    let main = "plugin:\n  backend: ./backend\n";
    let stores = "  flush: true\n  max_records: 7\nwarden:\n  retention_after_flush: true\n";
    net.sandbox.write("warden.yaml", format!("{main}{stores}"));
    let shown = net.warden("ban add ip 10.9.0.2 1h scan");
    assert!(!shown.contains("warning") && shown.ends_with("--- exit 0\n"), "{shown}");
    net.assert_reaches(false, "banned");
}

#[test]
fn an_ordinary_command_starts_no_process() {
    let Some(net) = net("exec") else { return };
    if !available(has("strace"), "strace") {
        return;
    }
    for target in ["ip 10.1.2.3", "range 10.2.0.0/16", "range 2001:db8::/32"] {
        net.warden(&format!("ban add {target} 1h first"));
    }
    for line in [
        "ban add ip 10.1.2.4 1h scan",
        "ban add ip 10.1.2.3 2h again",
        "ban add range 10.3.0.0/16 1h scan",
        "ban add range 2001:db9::/32 1h scan",
        "ban check 10.1.2.4",
        "ban check 10.3.4.5 --backend nftables",
        "ban list --backend nftables -o json",
        "ban sync --from database --to nftables",
        "ban del ip 10.1.2.4",
        "ban del range 10.3.0.0/16",
        "ban del --reason again --yes",
        "ban flush --yes",
    ] {
        let trace = net.sandbox.path("trace").to_string_lossy().into_owned();
        let strace = ["-f", "-qq", "-e", "trace=execve,execveat", "-o", &trace, env!("CARGO_BIN_EXE_warden")];
        let args: Vec<_> = strace.into_iter().chain(line.split(' ')).collect();
        let output = Net::on(&net.server, || net.sandbox.around("strace", &args).output().unwrap());
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let traced = std::fs::read_to_string(trace).unwrap();
        assert_eq!(traced.matches("execve").count(), 1, "{line}: {traced}");
    }
}
