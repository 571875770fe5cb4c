//! What stands between the plugin and the server in tests: a wire that can be cut, and peers that are no LAPI.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// What happens to a request.
pub enum Fate {
    /// It goes to the server, and its answer comes back.
    Passed,
    /// The connection ends before the server hears of it.
    Cut,
    /// The server does it, but its answer is lost.
    Unanswered,
    /// So many bytes of the answer come back.
    AnsweredUpTo(usize),
}

/// A wire to the server at `port`, which asks `fate` about each request by its first line. Answers its own port.
pub fn wire(port: u16, mut fate: impl FnMut(&str) -> Fate + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            carry(client.unwrap(), server, &mut fate);
        }
    });
    own
}

/// One connection, until an end of it closes.
fn carry(mut client: TcpStream, mut server: TcpStream, fate: &mut impl FnMut(&str) -> Fate) {
    let limit = Arc::new(AtomicUsize::new(usize::MAX));
    let back = way_back(&server, &client, Arc::clone(&limit));
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = client.read(&mut bytes) {
        let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
        if let Some(line) = text.lines().next().filter(|line| line.ends_with("HTTP/1.1")) {
            match fate(line) {
                Fate::Passed => {}
                Fate::Cut => break,
                Fate::Unanswered => limit.store(0, Ordering::SeqCst),
                Fate::AnsweredUpTo(bytes) => limit.store(bytes, Ordering::SeqCst),
            }
        }
        if server.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
    let _ = back.join();
}

/// Carries answers, of which `limit` bytes may still pass.
fn way_back(server: &TcpStream, client: &TcpStream, limit: Arc<AtomicUsize>) -> JoinHandle<()> {
    let (mut server, mut client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read @ 1..) = server.read(&mut bytes) {
            let left = limit.load(Ordering::SeqCst);
            let some = read.min(left);
            limit.store(if left == usize::MAX { left } else { left - some }, Ordering::SeqCst);
            if client.write_all(&bytes[..some]).is_err() || some < read {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
    })
}

/// A unix socket that leads to the server.
pub fn socket(path: &Path, port: u16) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            pump(client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || copy(server, client));
        }
    });
}

fn pump(client: UnixStream, server: TcpStream) {
    thread::spawn(move || {
        let (mut from, mut to) = (client, server);
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
}

fn copy(mut server: TcpStream, mut client: UnixStream) {
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
}

/// Something that is no LAPI: it answers every request with the same bytes; with none it is silent.
pub fn stranger(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            thread::spawn(move || {
                let mut bytes = [0; 1 << 14];
                while let Ok(1..) = client.read(&mut bytes) {
                    if client.write_all(answer).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// The same, and behind the answer to the last request of this many, the same bytes over and over: as long as anybody
/// reads them, and no longer than 1 GiB.
pub fn endless(first: &'static [&'static str], start: &'static str, again: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut first = first.iter();
        for client in listener.incoming() {
            let mut client = client.unwrap();
            while has_asked(&mut client) {
                if let Some(answer) = first.next() {
                    client.write_all(answer.as_bytes()).unwrap();
                    continue;
                }
                let block = again.repeat((1 << 20) / again.len());
                let _ = client.write_all(start.as_bytes());
                let is_read = (0..1024).all(|_| client.write_all(block.as_bytes()).is_ok());
                assert!(!is_read, "all of it was read");
                break;
            }
        }
    });
    port
}

/// Reads one request whole, however its head and its body come; false at the end of the connection.
fn has_asked(client: &mut TcpStream) -> bool {
    let (mut request, mut bytes) = (Vec::new(), [0; 1 << 14]);
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return true;
            }
        }
        match client.read(&mut bytes) {
            Ok(read @ 1..) => request.extend(&bytes[..read]),
            _ => return false,
        }
    }
}
