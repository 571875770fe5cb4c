//! Packets: two namespaces joined by a cable, TCP from one to the other through the ruleset of the second.

use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use warden_plugin::Backend;

use crate::namespace::{HOUR, Namespace, SECOND, Warden, in_namespace, ip, nft};

/// The other end of the cable, with the addresses 10.9.0.2 to 10.9.0.4 and `fd09::2`.
struct Client(Namespace);

impl Client {
    /// Lays the cable from this thread's namespace.
    fn new(server: &Namespace) -> Self {
        let client = Namespace::new();
        let (here, there) = (server.name(), client.name());
        ip(&format!("-n {here} link add cable type veth peer name cable netns {there}"));
        for (name, addresses) in [
            (here, ["10.9.0.1/24", "fd09::1/64"].as_slice()),
            (there, &["10.9.0.2/24", "10.9.0.3/24", "10.9.0.4/24", "fd09::2/64"]),
        ] {
            for address in addresses {
                let nodad = if address.contains(':') { " nodad" } else { "" };
                ip(&format!("-n {name} addr add {address} dev cable{nodad}"));
            }
            ip(&format!("-n {name} link set cable up"));
        }
        thread::sleep(Duration::from_millis(100));
        Self(client)
    }

    /// Whether the server, in this thread's namespace, can be reached from one of the client's addresses.
    fn reaches(&self, from: &str) -> bool {
        let from: IpAddr = from.parse().unwrap();
        let server: IpAddr = if from.is_ipv4() { "10.9.0.1" } else { "fd09::1" }.parse().unwrap();
        let listener = TcpListener::bind(SocketAddr::new(server, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        thread::scope(|scope| scope.spawn(|| self.connects(from, at)).join().unwrap())
    }

    /// Waits until the server can be reached, within reason.
    fn reaches_in_the_end(&self, from: &str) -> bool {
        (0..20).any(|_| self.reaches(from))
    }

    fn connects(&self, from: IpAddr, to: SocketAddr) -> bool {
        self.0.enter();
        if from.is_ipv4() {
            ip(&format!("route replace {}/32 dev cable src {from}", to.ip()));
        }
        let connected = TcpStream::connect_timeout(&to, Duration::from_millis(700));
        if let Ok(stream) = &connected {
            assert_eq!(stream.local_addr().unwrap().ip(), from);
        }
        connected.is_ok()
    }
}

#[test]
fn a_banned_address_cannot_connect() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::new());
        assert!(client.reaches("10.9.0.2"));
        warden.ban("10.9.0.2", HOUR);
        assert!(!client.reaches("10.9.0.2"));
        assert_eq!(warden.unban("10.9.0.2"), 1);
        assert!(client.reaches("10.9.0.2"));
    });
}

#[test]
fn a_banned_address_of_a_divided_set_cannot_connect() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::with(&[("shards", "4")]));
        warden.ban("10.9.0.3", HOUR);
        assert!(client.reaches("10.9.0.2") && !client.reaches("10.9.0.3"));
        warden.ban("10.9.0.2/31", HOUR);
        assert_eq!(warden.unban("10.9.0.3"), 1);
        assert!(!client.reaches("10.9.0.2"));
    });
}

#[test]
fn what_is_not_flushed_does_nothing() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::new());
        warden.insert("10.9.0.2", HOUR);
        assert!(client.reaches("10.9.0.2"));
        warden.backend.discard().unwrap();
        warden.backend.flush().unwrap();
        assert!(client.reaches("10.9.0.2"));
    });
}

#[test]
fn a_banned_range_cannot_connect() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::new());
        warden.ban("10.9.0.2/31", HOUR);
        assert!(!client.reaches("10.9.0.2") && !client.reaches("10.9.0.3"));
        warden.ban("10.9.0.3", HOUR);
        warden.unban("10.9.0.2/31");
        assert!(client.reaches("10.9.0.2") && !client.reaches("10.9.0.3"));
    });
}

#[test]
fn ipv6_cannot_connect_either() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::new());
        for target in ["fd09::2", "fd09::/64"] {
            assert!(client.reaches("fd09::2"));
            warden.ban(target, HOUR);
            assert!(!client.reaches("fd09::2"), "{target}");
            assert_eq!(warden.unban(target), 1);
        }
        assert!(client.reaches("fd09::2"));
    });
}

#[test]
fn a_ban_ends_by_itself() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::new());
        warden.ban("10.9.0.2", 2 * SECOND);
        warden.ban("fd09::/64", 2 * SECOND);
        assert!(!client.reaches("10.9.0.2"));
        assert!(client.reaches_in_the_end("10.9.0.2") && client.reaches_in_the_end("fd09::2"));
        assert_eq!(warden.told(), [""; 0]);
    });
}

#[test]
fn a_long_ban_outlives_the_short_one_around_it() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::new());
        warden.ban("10.9.0.2/31", 24 * HOUR);
        warden.ban("10.9.0.0/24", 2 * SECOND);
        assert!(!client.reaches("10.9.0.4"));
        assert!(client.reaches_in_the_end("10.9.0.4"));
        assert!(!client.reaches("10.9.0.2"));
        assert_eq!(warden.told(), ["10.9.0.2/31 cli a test"]);
    });
}

#[test]
fn the_drop_rules_come_back_with_the_next_flush() {
    in_namespace(|server| {
        let (client, mut warden) = (Client::new(server), Warden::new());
        warden.ban("10.9.0.2", HOUR);
        nft("flush table inet warden");
        assert!(client.reaches("10.9.0.2"));
        warden.backend.flush().unwrap();
        assert!(!client.reaches("10.9.0.2"));
    });
}
