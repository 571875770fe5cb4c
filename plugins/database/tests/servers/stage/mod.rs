//! Private database servers: a data folder of their own, a free port on loopback, gone when the tests are.

mod certs;
mod mariadb;
mod postgresql;
mod proxy;

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::common::skip::available;

pub use certs::Certs;
pub use mariadb::{Mariadb, sql as mariadb_sql};
pub use postgresql::{Postgresql, sql as postgresql_sql};
pub use proxy::{Cut, Proxy};

/// Where programs are looked for besides PATH.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"];

/// A server's process. It is the child of a shell that ends it, and removes the folder, when the
/// test's end of a pipe is closed: by a drop, or by the end of the tests in whatever way.
pub struct Stage {
    shell: Child,
}

impl Stage {
    /// A new folder that belongs to the user of the server.
    pub fn folder(user: &str) -> PathBuf {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("warden-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        give_to(&folder, user);
        folder
    }

    /// Starts a server in its folder.
    pub fn run(folder: &Path, user: &str, program: &Path, args: &[String]) -> Self {
        let script = r#"folder=$1; shift; "$@" >>"$folder/out.log" 2>&1 </dev/null & server=$!
            read -r how
            [ "$how" = wait ] || kill -9 $server 2>/dev/null
            wait $server
            [ -n "$how" ] || rm -rf "$folder""#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(folder).args(prefix(user)).arg(program).args(args);
        let shell =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { shell }
    }

    /// Ends the server at once, as a loss of power would, and leaves its folder.
    pub fn kill(mut self) {
        self.tell("keep");
    }

    /// Waits for the end of a server that the test has ended itself, and leaves its folder.
    pub fn wait(mut self) {
        self.tell("wait");
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.shell.stdin.take().unwrap(), "{word}").unwrap();
        self.shell.wait().unwrap();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shell.stdin.take();
        let _ = self.shell.wait();
    }
}

/// A folder of a server's user on a small file system of its own.
pub struct Cramped(pub PathBuf);

impl Cramped {
    /// `None`, and the test is skipped, where there is no such user or mounting is not allowed.
    pub fn new(user: &str, megabytes: u32) -> Option<Self> {
        if !can_run_as(user) {
            return None;
        }
        let cramped = Self(Stage::folder(user));
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=0755"), "tmpfs"]).arg(&cramped.0);
        let is_mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        give_to(&cramped.0, user);
        available(is_mounted, "the right to mount").then_some(cramped)
    }
}

impl Drop for Cramped {
    fn drop(&mut self) {
        // Lazily: a server's last process may not have left yet.
        let _ = Command::new("umount").arg("-l").arg(&self.0).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Whether servers can be started as this user, as root does. The test is skipped where they cannot.
fn can_run_as(user: &str) -> bool {
    !crate::common::is_root() || available(has_user(user), &format!("a user named {user}"))
}

fn has_user(name: &str) -> bool {
    Command::new("id").args(["-u", name]).output().is_ok_and(|output| output.status.success())
}

/// Root starts a server as the server's own user.
fn prefix(user: &str) -> Vec<String> {
    if !crate::common::is_root() {
        return Vec::new();
    }
    let words = [
        "setpriv".to_owned(),
        format!("--reuid={user}"),
        format!("--regid={user}"),
        "--clear-groups".to_owned(),
    ];
    words.to_vec()
}

fn give_to(path: &Path, user: &str) {
    if crate::common::is_root() {
        assert!(Command::new("chown").arg(format!("{user}:")).arg(path).status().unwrap().success());
    }
}

/// Lets the servers' users into a folder of the test, and a user alone at each of its keys: PostgreSQL takes no other.
pub fn readable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if !crate::common::is_root() {
        return;
    }
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        let name = file.file_name().into_string().unwrap();
        let owner = ["mysql", "postgres"].into_iter().find(|user| name.starts_with(user) && has_user(user));
        let mode = if owner.is_some() { 0o600 } else { 0o644 };
        std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode)).unwrap();
        owner.inspect(|user| give_to(&file.path(), user));
    }
}

/// A command of the server's user that has to succeed.
pub fn succeed(user: &str, program: &Path, args: &[&str]) {
    let words = prefix(user);
    let mut command = match words.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    };
    let output = command.args(args).current_dir("/").output().unwrap();
    assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
}

/// A program on PATH or where servers are kept.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(FOLDERS.into_iter().map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// A port that nobody uses now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something is so.
pub fn wait_for(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
