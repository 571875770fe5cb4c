//! What a packet pays: UDP over loopback, from addresses at random, through warden's layout beside an interval set of
//! 10,000 ranges.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use super::firewall::Firewall;
use super::measure::Case;
use crate::build::succeed;

/// So many packets a run.
const PACKETS: &str = "200000";
/// From so many addresses.
const SENDERS: u16 = 500;
/// Then each packet gets a sender at random, between and in the ranges: few senders' way through an interval set would
/// soon be known to the processor.
const SENDERS_AT_RANDOM: &str = "
table ip senders {
  chain output {
    type filter hook output priority 0;
    ip saddr set numgen random mod 5120000 offset 805306368
  }
}
table ip6 senders {
  chain output {
    type filter hook output priority 0;
    @nh,64,32 set numgen random mod 40 offset 536940544
    @nh,96,32 set numgen random mod 4000000000
  }
}
";

/// In so many rounds, each shorter than the time that a busy machine gives to somebody else.
const ROUNDS: u32 = 400;

/// Namespaces with as many elements in sets of four lengths, and in one interval set.
pub struct Packets {
    warden: Firewall,
    interval: Firewall,
}

impl Packets {
    pub fn make() -> Result<Self> {
        let [warden, interval] = ["lengths", "interval"].map(|name| Firewall::new(name, false, 1));
        let all = Self { warden: warden?, interval: interval? };
        all.warden.import_text(&ranges(4))?;
        let interval: Vec<String> = ranges(1);
        let [v4, v6]: [Vec<_>; 2] = [false, true]
            .map(|six| interval.iter().filter(|range| range.contains(':') == six).cloned().collect());
        let script = format!(
            "table inet peer {{
               set v4 {{ type ipv4_addr; flags interval, timeout; elements = {{ {} }} }}
               set v6 {{ type ipv6_addr; flags interval, timeout; elements = {{ {} }} }}
               chain input {{ type filter hook input priority -10; ip saddr @v4 counter drop; ip6 saddr @v6 counter drop; }}
             }}",
            v4.join(", "),
            v6.join(", ")
        );
        all.interval.nft(&script)?;
        for wall in [&all.warden, &all.interval] {
            wall.nft(SENDERS_AT_RANDOM)?;
            // Any address may send there.
            succeed(wall.inside("ip").args(["route", "add", "local", "198.18.0.0/15", "dev", "lo"]))?;
            succeed(wall.inside("ip").args(["-6", "route", "add", "local", "2001:db8:f::/48", "dev", "lo"]))?;
            succeed(wall.inside("sysctl").args(["-q", "net.ipv6.ip_nonlocal_bind=1"]))?;
        }
        Ok(all)
    }
}

/// 10,000 ranges of each family, of so many lengths, that lie apart.
fn ranges(lengths: u32) -> Vec<String> {
    let four = (0..10_000_u32)
        .map(move |n| format!("{}/{}", std::net::Ipv4Addr::from(0x3000_0000 + (n << 9)), 24 + n % lengths));
    let six = (0..10_000_u32)
        .map(move |n| format!("2001:{:x}:{:x}::/{}", 0x1000 + n / 250, n % 250 * 16, 48 + n % lengths));
    four.chain(six).collect()
}

/// IPv4 and IPv6.
pub fn all(packets: &Packets) -> [Case<'_>; 2] {
    [
        case(packets, "nftables: packets of IPv4, 4 lengths, beside an interval set", "4"),
        case(packets, "nftables: packets of IPv6, 4 lengths, beside an interval set", "6"),
    ]
}

fn case<'a>(packets: &'a Packets, name: &'static str, family: &'static str) -> Case<'a> {
    let flood = move |wall: &Firewall| {
        let Ok(this) = std::env::current_exe() else { return Command::new("false") };
        let mut command = wall.inside(&this.to_string_lossy());
        command.args(["flood", family, PACKETS]);
        command
    };
    Case {
        name,
        // Of a packet's whole way; what the sets take of it is a fourth.
        limit: 1.1,
        before: Box::new(|| Ok(())),
        warden: Box::new(move || flood(&packets.warden)),
        peer: Box::new(move || flood(&packets.interval)),
    }
}

/// Sends packets to a socket that takes them, or not when it is full; answers the nanoseconds of one in the best
/// round.
pub fn flood(family: u8, packets: u32) -> Result<u128> {
    let receiver = UdpSocket::bind(if family == 4 { "198.18.0.1:0" } else { "[2001:db8:f::1]:0" })?;
    let to = receiver.local_addr()?;
    let sender = |n: u16| {
        let [high, low] = n.to_be_bytes();
        let from = match family {
            4 => IpAddr::from([198, 18, high + 1, low]),
            _ => IpAddr::from([0x2001, 0xdb8, 0xf, 0, 0, 0, 1, n]),
        };
        UdpSocket::bind(SocketAddr::new(from, 0))
    };
    let senders = (0..SENDERS).map(sender).collect::<std::io::Result<Vec<_>>>()?;
    let mut best = u128::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for sender in senders.iter().cycle().take(usize::try_from(packets / ROUNDS)?) {
            sender.send_to(b"x", to)?;
        }
        best = best.min(start.elapsed().as_nanos() / u128::from(packets / ROUNDS));
    }
    Ok(best)
}
