//! `warden config check`: everything that a write would need, without a write.

use std::io::{self, Write};

use serde::Serialize;

use crate::backends::Mode;
use crate::error::Exit;
use crate::global::Global;
use crate::operation::{self, Use};
use crate::output::{Document, print};
use crate::session::Session;
use crate::ui::Escaped;

pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let session = Session::open(global)?;
    session.config.allowlist()?;
    let uses = Use { named: &[], mode: Mode::Inspect };
    operation::run(&session, "config check", [uses], |[backends]| {
        let answers = backends.probe();
        let role = |name: &str| {
            let running = backends.members.iter().find(|member| member.name == name);
            running.map(|member| member.instance.plugin().role())
        };
        let checked = answers.into_iter().map(|answer| {
            let error = answer.result.err().map(|error| error.to_string());
            Checked { role: role(&answer.backend), backend: answer.backend, ok: error.is_none(), error }
        });
        print(session.output, &ConfigReport { backends: checked.collect() })?;
        Ok(Exit::Done)
    })
}

#[derive(Serialize)]
struct ConfigReport {
    backends: Vec<Checked>,
}

/// Whether a backend is usable.
#[derive(Serialize)]
struct Checked {
    backend: String,
    /// Whether it keeps bans, applies them, or both; null: it cannot be started.
    role: Option<&'static str>,
    ok: bool,
    error: Option<String>,
}

impl Document for ConfigReport {
    fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        for one in &self.backends {
            // Why it is not usable stands on standard error already.
            let state = if one.ok { "usable" } else { "not usable" };
            let role = one.role.map(|role| format!(" ({role})")).unwrap_or_default();
            writeln!(out, "backend \"{}\": {state}{role}", Escaped(&one.backend))?;
        }
        Ok(())
    }
}
