//! Where the caller is logged in from. `sudo` drops `SSH_CONNECTION`, so the environments of the ancestors are looked
//! at, then the login records.

use std::env;
use std::fs;
use std::net::IpAddr;

/// The remote addresses of the caller's session; empty: not known, or not remote.
pub fn ssh_addresses() -> Vec<IpAddr> {
    let own = env::var("SSH_CONNECTION").ok().or_else(|| env::var("SSH_CLIENT").ok());
    let found = own.as_deref().and_then(first_address).or_else(of_ancestors);
    match found {
        Some(address) => vec![address],
        None => terminal().map(|line| utmp_address(&line)).unwrap_or_default(),
    }
}

/// `SSH_CONNECTION` and `SSH_CLIENT` begin with the client's address (ssh(1), ENVIRONMENT).
fn first_address(value: &str) -> Option<IpAddr> {
    let address = value.split_whitespace().next()?;
    address.split('%').next()?.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

/// More generations than this are not looked at.
const GENERATIONS: usize = 32;

/// The first ancestor whose environment tells.
fn of_ancestors() -> Option<IpAddr> {
    let mut pid = parent_of("self")?;
    for _ in 0..GENERATIONS {
        if let Some(address) = of_environment(&pid) {
            return Some(address);
        }
        pid = parent_of(&pid).filter(|p| p != "0")?;
    }
    None
}

fn of_environment(pid: &str) -> Option<IpAddr> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    environment.split(|b| *b == 0).find_map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        let value = pair.strip_prefix("SSH_CONNECTION=").or_else(|| pair.strip_prefix("SSH_CLIENT="))?;
        first_address(value)
    })
}

fn parent_of(pid: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    Some(line.trim().to_owned())
}

/// The caller's terminal as the login records name it: `pts/0`.
fn terminal() -> Option<String> {
    let path = fs::read_link("/proc/self/fd/0").ok()?;
    Some(path.to_str()?.strip_prefix("/dev/")?.to_owned())
}

/// A record of utmp(5) as glibc lays it out on 64-bit Linux: its size, and where type, line and address lie.
const RECORD: usize = 384;
const USER_PROCESS: u8 = 7;

/// The remote addresses of the sessions on a terminal.
fn utmp_address(line: &str) -> Vec<IpAddr> {
    let records = fs::read("/run/utmp").or_else(|_| fs::read("/var/run/utmp")).unwrap_or_default();
    remotes(&records, line)
}

/// The remote addresses of the sessions on a terminal, among login records.
pub fn remotes(records: &[u8], line: &str) -> Vec<IpAddr> {
    records.chunks_exact(RECORD).filter_map(|record| remote_of(record, line)).collect()
}

fn remote_of(record: &[u8], line: &str) -> Option<IpAddr> {
    let on = record.get(8..40)?.split(|b| *b == 0).next()?;
    if record.first() != Some(&USER_PROCESS) || on != line.as_bytes() {
        return None;
    }
    let address: [u8; 16] = record.get(348..364)?.try_into().ok()?;
    match address {
        [0, ..] if address == [0; 16] => None,
        [a, b, c, d, rest @ ..] if rest == [0; 12] => Some(IpAddr::from([a, b, c, d])),
        all => Some(IpAddr::from(all).to_canonical()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: &str, address: &[u8]) -> Vec<u8> {
        let mut record = vec![0; RECORD];
        record[0] = USER_PROCESS;
        record[8..8 + line.len()].copy_from_slice(line.as_bytes());
        record[348..348 + address.len()].copy_from_slice(address);
        record
    }

    #[test]
    fn reads_the_address_of_a_session_on_this_terminal() {
        let four = record("pts/0", &[192, 0, 2, 7]);
        assert_eq!(remote_of(&four, "pts/0"), Some(IpAddr::from([192, 0, 2, 7])));
        assert_eq!(remote_of(&four, "pts/1"), None);
        let six = "2001:db8::7".parse::<std::net::Ipv6Addr>().unwrap();
        assert_eq!(remote_of(&record("pts/0", &six.octets()), "pts/0"), Some(six.into()));
        assert_eq!(remote_of(&record("pts/0", &[]), "pts/0"), None);
        assert_eq!(remote_of(&four[..100], "pts/0"), None);
    }

    #[test]
    fn reads_the_client_of_a_connection() {
        assert_eq!(first_address("192.0.2.7 52311 10.0.0.1 22"), Some(IpAddr::from([192, 0, 2, 7])));
        assert_eq!(first_address("::ffff:192.0.2.7 1 ::1 22"), Some(IpAddr::from([192, 0, 2, 7])));
        assert_eq!(first_address("fe80::1%eth0 1 fe80::2 22"), "fe80::1".parse().ok());
        assert_eq!(first_address("UNKNOWN"), None);
    }
}
