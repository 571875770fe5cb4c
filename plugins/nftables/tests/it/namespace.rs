//! Network namespaces: a ruleset of a test's own, never the machine's. With it what most tests do to a backend.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use nftables::Nftables;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tempfile::TempDir;
use warden_plugin::{Backend, Ban, Config, Inserted, Result, Rows, Signal};

use crate::host::{host, now_us};
use crate::skip;

pub const SECOND: i64 = 1_000_000;
pub const HOUR: i64 = 3600 * SECOND;

/// A network namespace that goes with the value.
pub struct Namespace(String);

impl Namespace {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let namespace = Self(format!("warden-test-{}-{number}", std::process::id()));
        ip(&format!("netns add {}", namespace.0));
        ip(&format!("-n {} link set lo up", namespace.0));
        namespace
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// Moves this thread, and what it starts, into the namespace.
    pub fn enter(&self) {
        let file = File::open(format!("/run/netns/{}", self.0)).unwrap();
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}

/// Runs a test in a thread inside a namespace of its own; where that cannot be, the test is skipped.
pub fn in_namespace(test: impl FnOnce(&Namespace) + Send) {
    let is_able = rustix::process::geteuid().is_root()
        && Path::new("/usr/sbin/nft").exists()
        && Command::new("ip").arg("-V").output().is_ok();
    if !skip::available(is_able, "root, nft and ip") {
        return;
    }
    let namespace = Namespace::new();
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            namespace.enter();
            test(&namespace);
        });
        run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// Runs `ip` with words.
pub fn ip(words: &str) {
    let done = Command::new("ip").args(words.split(' ')).output().unwrap();
    assert!(done.status.success(), "ip {words}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Runs nft in this thread's namespace with a command of its own language.
pub fn nft(command: &str) -> String {
    run_nft(&[command])
}

/// What nft lists, as JSON.
pub fn nft_json(command: &str) -> String {
    run_nft(&["-j", command])
}

fn run_nft(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new("/usr/sbin/nft").args(arguments).output().unwrap();
    assert!(status.success(), "nft {arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// A backend with a lock of its own.
pub struct Warden {
    pub backend: Nftables,
    lock: TempDir,
}

impl Warden {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(config: &[(&str, &str)]) -> Self {
        let lock = tempfile::tempdir().unwrap();
        let backend = start(lock.path(), config).unwrap();
        Self { backend, lock }
    }

    /// Another run of the same warden.
    pub fn again(&self, config: &[(&str, &str)]) -> Nftables {
        start(self.lock.path(), config).unwrap()
    }

    pub fn insert(&mut self, target: &str, length_us: i64) -> Inserted {
        insert(&mut self.backend, target, "cli", now_us() + length_us).unwrap()
    }

    /// Bans and writes.
    pub fn ban(&mut self, target: &str, length_us: i64) {
        self.insert(target, length_us);
        self.backend.flush().unwrap();
    }

    /// Unbans and writes; answers how many bans ended.
    pub fn unban(&mut self, target: &str) -> u64 {
        let ended = self.backend.delete(target).unwrap();
        self.backend.flush().unwrap();
        ended
    }

    pub fn told(&mut self) -> Vec<String> {
        told(&mut self.backend, now_us()).unwrap()
    }
}

pub fn start(folder: &Path, config: &[(&str, &str)]) -> Result<Nftables> {
    let lock = folder.join("lock");
    let default = [("lock_path", lock.to_str().unwrap())];
    let kept = default.into_iter().filter(|(key, _)| !config.iter().any(|(set, _)| set == key));
    Nftables::init(host(), &Config::new(kept.chain(config.iter().copied()).collect()))
}

pub fn insert(backend: &mut Nftables, target: &str, source: &str, until_us: i64) -> Result<Inserted> {
    let ban = Ban { source, target, action: "ban", reason: "a test", until_us, ..Ban::default() };
    backend.insert(&Signal { stop_us: now_us(), bans: vec![ban], ..Signal::default() })
}

/// The bans at an instant, `target source reason`, sorted.
pub fn told(backend: &mut Nftables, at_us: i64) -> Result<Vec<String>> {
    let mut told = Vec::new();
    let mut sink = |row: &warden_plugin::Row<'_>| {
        told.push(format!("{} {} {}", row.target, row.source, row.reason));
        true
    };
    backend.read_at(at_us, &mut Rows::new(&mut sink))?;
    told.sort_unstable();
    Ok(told)
}
