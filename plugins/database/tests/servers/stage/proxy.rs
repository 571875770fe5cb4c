//! A server's door that can be shut in the middle of a talk.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// When to shut it, once: when the client says these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before the server hears them.
    Before(&'static str),
    /// When the server has had the time to do it, before the client hears the answer.
    After(&'static str),
}

/// A port behind which a server stands.
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    cut: Mutex<Option<Cut>>,
    was_cut: AtomicBool,
    trips: AtomicU32,
    was_answered: AtomicBool,
}

impl Proxy {
    /// A door to a port on loopback.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                    serve(client, server, &shared);
                }
            }
        });
        Self { port, state }
    }

    /// Shuts it when the time comes.
    pub fn cut(&self, cut: Cut) {
        *self.state.cut.lock().unwrap() = Some(cut);
        self.state.was_cut.store(false, Ordering::SeqCst);
    }

    /// Whether it was shut.
    pub fn was_cut(&self) -> bool {
        self.state.was_cut.load(Ordering::SeqCst)
    }

    /// How often the client waited for an answer since the last call of this.
    pub fn trips(&self) -> u32 {
        self.state.trips.swap(0, Ordering::SeqCst)
    }
}

fn serve(client: TcpStream, server: TcpStream, state: &Arc<State>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let answers = state.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = from_server.read(&mut buffer) {
            answers.was_answered.store(true, Ordering::SeqCst);
            if to_client.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let state = state.clone();
    std::thread::spawn(move || hear(client, server, &state));
}

fn hear(mut client: TcpStream, mut server: TcpStream, state: &State) {
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let said = &buffer[..count];
        // What comes in pieces is one question.
        if state.was_answered.swap(false, Ordering::SeqCst) {
            state.trips.fetch_add(1, Ordering::SeqCst);
        }
        let has = |words: &str| said.windows(words.len()).any(|window| window == words.as_bytes());
        let mut cut = state.cut.lock().unwrap();
        let now = cut.take_if(|(Cut::Before(words) | Cut::After(words))| has(words));
        drop(cut);
        if now.is_some() {
            state.was_cut.store(true, Ordering::SeqCst);
            // Before the server: the client must not hear the answer.
            let _ = client.shutdown(Shutdown::Both);
        }
        if matches!(now, Some(Cut::Before(_))) || server.write_all(said).is_err() {
            break;
        }
        if now.is_some() {
            std::thread::sleep(Duration::from_millis(300));
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}
