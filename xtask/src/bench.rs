//! `cargo xtask bench`: warden beside a peer, in turn, in one run: the ratio of the medians and the peak memory. The
//! peers' questions are frozen in `xtask/bench`.

mod bulk;
mod cases;
mod firewall;
mod firewall_cases;
mod measure;
mod packets;
mod servers;
mod store;

use anyhow::{Result, bail};
use clap::Args;

use crate::build::{self, Profile};
use bulk::Bulk;
use cases::Stores;
use firewall_cases::Firewalls;
pub use measure::print_peak;
use packets::Packets;
use servers::Server;
use store::Store;

/// What to measure.
#[derive(Args)]
pub struct Bench {
    /// How many bans are in the store; may be given several times
    #[arg(long, value_name = "N", default_values_t = [100_000, 1_000_000])]
    size: Vec<u64>,
    /// How many pairs of runs are counted
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Only the cases whose name contains this
    #[arg(long, default_value = "")]
    only: String,
}

/// Measures, prints a table in Markdown, and fails when a limit does not hold.
pub fn run(bench: &Bench) -> Result<()> {
    build::all(Profile::Release)?;
    say(&format!("{}, {} pairs of runs, medians\n", machine(), bench.runs));
    say("| | bans | warden | peer | ratio | limit | peak memory |");
    say("|---|---|---|---|---|---|---|");
    let mut broken = Vec::new();
    for size in bench.size.iter().filter(|_| !bench.only.starts_with(firewall::CASES)) {
        let stores = Stores {
            full: Store::make(*size)?,
            empty: Store::make(0)?,
            api: Store::from_api(*size)?,
            bulk: Bulk::make(*size)?,
            servers: Server::all(*size, |case| case.contains(&bench.only))?,
        };
        for case in cases::all(&stores).iter().filter(|c| c.name.contains(&bench.only)) {
            let line = measure::pair(case, bench.runs)?;
            say(&line.row(case, *size));
            if line.ratio > case.limit || line.peak_kib > cases::PEAK_KIB {
                broken.push(format!("{} at {size}", case.name));
            }
        }
    }
    let is_firewall = bench.only.starts_with(firewall::CASES) || bench.only.is_empty();
    for size in bench.size.iter().filter(|_| is_firewall) {
        if !firewall::is_able()? {
            say("\nnftables is not measured: needs root, nft, ipset, ip and nsenter");
            break;
        }
        let (walls, packets) = (Firewalls::make(*size)?, Packets::make()?);
        let cases = firewall_cases::all(&walls).into_iter().chain(packets::all(&packets));
        for case in &cases.filter(|c| c.name.contains(&bench.only)).collect::<Vec<_>>() {
            let line = measure::pair(case, bench.runs)?;
            say(&line.row(case, *size));
            // What an import writes is one transaction, and so is in memory at once.
            let is_large = line.peak_kib > cases::PEAK_KIB && !case.name.contains("import");
            if line.ratio > case.limit || is_large {
                broken.push(format!("{} at {size}", case.name));
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { bail!("over the limit: {}", broken.join(", ")) }
}

/// Sends packets to this machine itself, and prints what one takes.
pub fn flood(family: u8, packets: u32) -> Result<()> {
    say(&format!("{} ns", packets::flood(family, packets)?));
    Ok(())
}

/// The machine in a few words.
fn machine() -> String {
    let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cpus} cores, {}", model.map_or("unknown processor", |(_, name)| name))
}

#[allow(clippy::print_stdout, reason = "a tool for developers")]
fn say(line: &str) {
    println!("{line}");
}
