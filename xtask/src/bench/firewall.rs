//! warden on the kernel's packet filter, in network namespaces of its own, beside nft and ipset with the same elements.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::store::{configure, warden};
use crate::build::{self, Profile, succeed};

/// What the names of the cases begin with.
pub const CASES: &str = "nftables: ";

/// A network namespace with a ruleset, and a warden on it. Both go with the value.
pub struct Firewall {
    name: String,
    dir: PathBuf,
}

/// What a list holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Addresses,
    Ranges,
}

impl Kind {
    /// The n-th of them: addresses from 11.0.0.0 on, ranges of 256 addresses from 48.0.0.0 on.
    fn target(self, n: u32) -> String {
        match self {
            Self::Addresses => Ipv4Addr::from(0x0b00_0000 + n).to_string(),
            Self::Ranges => format!("{}/24", Ipv4Addr::from(0x3000_0000 + (n << 8))),
        }
    }
}

impl Firewall {
    /// Nothing is banned. With a store, a database stands beside it, and the addresses are divided among so many sets.
    pub fn new(name: &str, has_store: bool, shards: u16) -> Result<Self> {
        let firewall = Self {
            name: format!("warden-bench-{}-{name}", std::process::id()),
            dir: build::target()?.join("bench").join(format!("nftables-{name}")),
        };
        let _ = fs::remove_dir_all(&firewall.dir);
        configure(&firewall.dir, "type: sqlite\n  db_path: ./warden.db")?;
        if !has_store {
            fs::remove_file(firewall.dir.join("backend/database.yaml"))?;
        }
        let plugin = build::artifacts(Profile::Release)?.join("libnftables.so");
        let lock = firewall.dir.join("lock");
        let nft = find("nft")?;
        let keys =
            format!("nft_path: {}\n  lock_path: {}\n  shards: {shards}", nft.display(), lock.display());
        let backend = format!("name: nftables\npath: {}\nconfig:\n  {keys}\n", plugin.display());
        fs::write(firewall.dir.join("backend/nftables.yaml"), backend)?;
        succeed(Command::new("ip").args(["netns", "add", &firewall.name]))?;
        succeed(firewall.inside("ip").args(["link", "set", "lo", "up"]))?;
        Ok(firewall)
    }

    /// A program in the namespace.
    pub fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.name)).arg("--").arg(program);
        command
    }

    /// warden in the namespace.
    pub fn warden(&self, args: &[&str]) -> Command {
        let Ok(warden) = warden(&self.dir, args) else { return Command::new("false") };
        let mut command = self.inside(&warden.get_program().to_string_lossy());
        command.args(warden.get_args()).stdin(Stdio::null());
        command
    }

    /// The same, which must succeed.
    pub fn run(&self, args: &[&str]) -> Result<()> {
        succeed(self.warden(args).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    /// Bans so many targets of a kind for a day.
    pub fn fill(&self, kind: Kind, size: u32) -> Result<()> {
        let list = self.list(kind, size)?;
        self.run(&["ban", "import", &list, "--duration", "24h"])
    }

    /// Bans what these lines name.
    pub fn import_text(&self, lines: &[String]) -> Result<()> {
        let path = self.dir.join("lines.txt");
        fs::write(&path, lines.join("\n"))?;
        self.run(&["ban", "import", &path.to_string_lossy(), "--duration", "24h"])
    }

    /// Has nft read a script.
    pub fn nft(&self, script: &str) -> Result<()> {
        let path = self.dir.join("script.nft");
        fs::write(&path, script)?;
        succeed(self.inside("nft").arg("-f").arg(path))
    }

    /// A list of so many targets, in no order.
    pub fn list(&self, kind: Kind, size: u32) -> Result<String> {
        self.file("list.txt", kind, size, "", |target| target, "")
    }

    /// Forgets everything; the table is made again, with a set of the ranges' length in it.
    pub fn reset(&self) -> Result<()> {
        succeed(self.inside("nft").args(["flush", "ruleset"]))?;
        self.run(&["ban", "add", "range", "203.0.113.0/24", "1h", "first"])?;
        self.run(&["ban", "del", "range", "203.0.113.0/24"])
    }

    /// A table without warden, for the peers.
    pub fn reset_peer(&self) -> Result<()> {
        succeed(self.inside("nft").args(["flush", "ruleset"]))?;
        let _ = self.inside("ipset").arg("destroy").stderr(Stdio::null()).status()?;
        succeed(self.inside("nft").arg(
            "add table inet peer; \
             add set inet peer addresses { type ipv4_addr; flags timeout; }; \
             add set inet peer ranges { type ipv4_addr; flags interval, timeout; }",
        ))
    }

    /// nft that adds the same elements with the same comments.
    pub fn nft_restore(&self, kind: Kind, size: u32) -> Result<Command> {
        let set = if kind == Kind::Addresses { "addresses" } else { "ranges" };
        let begin = format!("add element inet peer {set} {{\n");
        let line = |target: String| format!("{target} timeout 1d comment \"{COMMENT}\",");
        let file = self.file("list.nft", kind, size, &begin, line, "}\n")?;
        let mut command = self.inside("nft");
        command.args(["-f", &file]);
        Ok(command)
    }

    /// ipset that adds the same elements with the same comments.
    pub fn ipset_restore(&self, kind: Kind, size: u32) -> Result<Command> {
        let hash = if kind == Kind::Addresses { "hash:ip" } else { "hash:net" };
        let begin = format!("create bench {hash} timeout 0 comment maxelem 2000000 hashsize 65536\n");
        let line = |target: String| format!("add bench {target} timeout 86400 comment \"{COMMENT}\"");
        let file = self.file("list.ipset", kind, size, &begin, line, "")?;
        let mut command = self.inside("ipset");
        command.arg("restore").stdin(File::open(file)?);
        Ok(command)
    }

    /// Writes a file of targets, unless it is there.
    fn file(
        &self,
        name: &str,
        kind: Kind,
        size: u32,
        begin: &str,
        line: impl Fn(String) -> String,
        end: &str,
    ) -> Result<String> {
        let kind_name = if kind == Kind::Addresses { "addresses" } else { "ranges" };
        let path = self.dir.join(format!("{kind_name}-{size}-{name}"));
        if !path.exists() {
            let mut text = begin.to_owned();
            for n in 0..size {
                // The factor is a prime that divides no size.
                let n = u32::try_from(u64::from(n) * 7_368_787 % u64::from(size))?;
                writeln!(text, "{}", line(kind.target(n)))?;
            }
            text.push_str(end);
            fs::write(&path, text)?;
        }
        Ok(path.to_string_lossy().into_owned())
    }
}

impl Drop for Firewall {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

/// As long as one of warden's.
const COMMENT: &str = "ban import 1722945690123456 1722949290123456 imported";

/// Whether the cases can be measured here.
pub fn is_able() -> Result<bool> {
    let is_root = fs::metadata("/proc/self").map(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0)?;
    Ok(is_root && ["nft", "ipset", "ip", "nsenter"].iter().all(|program| find(program).is_ok()))
}

fn find(program: &str) -> Result<PathBuf> {
    let found = crate::programs::find(program).with_context(|| format!("{program} is not installed"))?;
    ensure!(found.is_absolute(), "{} is not absolute", found.display());
    Ok(found)
}
