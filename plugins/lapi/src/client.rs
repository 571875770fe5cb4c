//! Talking to the server: login, token, one request after another. What is asked is not decided here.

mod agent;
mod bounds;
mod failure;
mod unix;

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufReader, Read};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use ureq::http::{Method, Request, Response};
use ureq::{Agent, Body};
use warden_plugin::{Error, Host, Result};
use zeroize::Zeroizing;

pub use failure::{Failure, Outcome, RequestContext, ServerState};

use self::bounds::{Bounded, Short};
use crate::settings::{Password, Settings};

/// A token holds for an hour; a new one is fetched a little before.
const TOKEN_LIFE: Duration = Duration::from_mins(55);

/// The connection of one machine to the Local API.
pub struct Client {
    agent: Agent,
    base: String,
    /// The server as the configuration names it.
    pub server: String,
    machine: String,
    password: Password,
    login_key: &'static str,
    token: Option<(Zeroizing<String>, Instant)>,
    host: Host,
    /// How long to try again while the server's database is locked.
    pub busy_timeout: Duration,
    /// Whether Ctrl-C ends a request.
    is_cancellable: bool,
}

/// An answer, to be read.
pub type Reader = Box<dyn Read>;

/// The server's answer when it says no.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    message: String,
}

/// Who logs in.
#[derive(Serialize)]
struct Account<'a> {
    machine_id: &'a str,
    password: &'a str,
    scenarios: [&'a str; 0],
}

#[derive(Deserialize)]
struct Login {
    token: String,
}

impl Client {
    /// # Errors
    /// `Config` when the authority's file is wrong. Nothing is connected yet.
    pub fn new(settings: Settings, host: Host) -> Result<Self> {
        let (agent, base) = agent::new(&settings)?;
        let Settings { address, machine, password, login_key, busy_timeout, .. } = settings;
        let server = address.to_string();
        Ok(Self {
            agent,
            base,
            server,
            machine,
            password,
            login_key,
            token: None,
            host,
            busy_timeout,
            is_cancellable: true,
        })
    }

    /// Asks.
    pub fn get(&mut self, path: &str) -> Outcome<Reader> {
        let answer = self.with_retries(|client| client.call(&Method::GET, path, None))?;
        // serde_json asks for one byte at a time.
        let answer = Bounded::new(answer.into_body().into_reader());
        Ok(Box::new(BufReader::with_capacity(1 << 16, answer)))
    }

    /// Ends what the path names.
    pub fn delete(&mut self, path: &str) -> Outcome {
        let answer = self.with_retries(|client| client.call(&Method::DELETE, path, None))?;
        // Read to its end, the connection serves the next request; if that is far away, it does not.
        let _ = io::copy(&mut Short::new(answer.into_body().into_reader()), &mut io::sink());
        Ok(())
    }

    /// Tries what does no harm when it is done twice: again while the server's database is locked, and once more when
    /// the connection breaks.
    fn with_retries<T>(&mut self, once: impl Fn(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let deadline = Instant::now() + self.busy_timeout;
        let mut retried = false;
        loop {
            match once(self) {
                Err(failure) if failure.state == ServerState::Locked && Instant::now() < deadline => pause(),
                Err(failure) if failure.state == ServerState::Disconnected && !retried => retried = true,
                result => return result,
            }
        }
    }

    /// Sends something new, once: whoever asks must look whether a failed request was done.
    pub fn post(&mut self, path: &str, body: &[u8]) -> Outcome<Reader> {
        Ok(Box::new(Short::new(self.call(&Method::POST, path, Some(body))?.into_body().into_reader())))
    }

    /// One request with a token. A token that the server does not take any more is replaced once.
    fn call(&mut self, method: &Method, path: &str, body: Option<&[u8]>) -> Outcome<Response<Body>> {
        if self.is_cancellable && self.host.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let fresh = self.log_in()?;
        let answer = self.send(method, path, body)?;
        if answer.status() == 401 && !fresh {
            self.token = None;
            self.log_in()?;
            let answer = self.send(method, path, body)?;
            return self.accepted(answer, method, path);
        }
        self.accepted(answer, method, path)
    }

    fn send(&self, method: &Method, path: &str, body: Option<&[u8]>) -> Outcome<Response<Body>> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some((token, _)) = &self.token {
            request = request.header("authorization", format!("Bearer {}", token.as_str()));
        }
        let sent = match body {
            Some(bytes) => {
                request = request.header("content-type", "application/json");
                request.body(bytes).map(|request| self.agent.run(request))
            }
            None => request.body(()).map(|request| self.agent.run(request)),
        };
        let what = described(method, path);
        let context = self.context(&what);
        let answer = sent.map_err(|e| context.unexpected(&e.to_string()))?;
        answer.map_err(|e| context.transport(&e))
    }

    /// Turns an answer that says no into a failure.
    fn accepted(&self, answer: Response<Body>, method: &Method, path: &str) -> Outcome<Response<Body>> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let what = described(method, path);
        Err(self.context(&what).refused(status.as_u16(), &self.message(answer)))
    }

    /// Sees to it that there is a token; answers whether it is a new one.
    pub fn log_in(&mut self) -> Outcome<bool> {
        if self.token.as_ref().is_some_and(|(_, since)| since.elapsed() < TOKEN_LIFE) {
            return Ok(false);
        }
        self.token = None;
        let asked = Account { machine_id: &self.machine, password: self.password.reveal(), scenarios: [] };
        let body = serde_json::to_vec(&asked).map_err(|e| self.context(LOGIN).json(e))?;
        let answer = self.send(&Method::POST, LOGIN, Some(&Zeroizing::new(body)))?;
        let what = described(&Method::POST, LOGIN);
        match answer.status().as_u16() {
            200 => {}
            401 | 403 => return Err(self.login_refused(answer)),
            status => return Err(self.context(&what).refused(status, &self.message(answer))),
        }
        let login: Result<Login, _> = serde_json::from_reader(Short::new(answer.into_body().into_reader()));
        let login = login.map_err(|e| self.context(&what).json(e))?;
        self.token = Some((Zeroizing::new(login.token), Instant::now()));
        Ok(true)
    }

    fn login_refused(&self, answer: Response<Body>) -> Failure {
        let message = self.message(answer);
        let text =
            format!("the LAPI at {} refuses the login of machine `{}`: {message}", self.server, self.machine);
        let hint =
            "on its machine, `cscli machines list` shows who may; `cscli machines add` sets a password";
        Failure::new(ServerState::NothingDone, Error::denied(text).with_key(self.login_key).with_hint(hint))
    }

    /// What the server says, in one line, without our secrets.
    fn message(&self, answer: Response<Body>) -> String {
        let mut text = Vec::new();
        // What broke off, or has no end, is shown as far as it came.
        let _ = Short::new(answer.into_body().into_reader()).read_to_end(&mut text);
        let said = serde_json::from_slice(&text)
            .map_or_else(|_| String::from_utf8_lossy(&text).into_owned(), |Refusal { message }| message);
        let line: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
        let token = self.token.as_ref().map_or("", |(token, _)| token.as_str());
        [self.password.reveal(), token]
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(line.trim().to_owned(), |line, secret| line.replace(secret, "***"))
    }

    /// What messages about a request speak of.
    pub fn context<'a>(&'a self, what: &'a str) -> RequestContext<'a> {
        RequestContext { server: &self.server, what }
    }

    /// From now on Ctrl-C is ignored: what was begun is being undone, and half of an undo is worse than none.
    pub fn ignore_cancellation(&mut self) {
        self.is_cancellable = false;
    }
}

/// The pauses between two tries, in milliseconds, by chance within: whoever else waits must not come back at the same
/// time.
const PAUSE_MS: std::ops::Range<u64> = 10..150;

/// Waits a little.
pub fn pause() {
    let chance = RandomState::new().hash_one(0_u8) % (PAUSE_MS.end - PAUSE_MS.start);
    thread::sleep(Duration::from_millis(PAUSE_MS.start + chance));
}

const LOGIN: &str = "/v1/watchers/login";

/// The request without its query.
pub fn described(method: &Method, path: &str) -> String {
    format!("{method} {}", path.split('?').next().unwrap_or(path))
}

impl RequestContext<'_> {
    /// An answer that could not be read as JSON: it broke off, or it is something else.
    pub fn json(self, error: serde_json::Error) -> Failure {
        match error.classify() {
            Category::Io | Category::Eof => self.io(&error.into()),
            Category::Syntax | Category::Data => self.unexpected(&error.to_string()),
        }
    }
}
