//! `warden config check`: everything that a write would need, without a write.

use std::io::Write as _;

use serde_json::json;

use crate::error::Exit;
use crate::global::Global;
use crate::output::{Output, document, finished, stdout};
use crate::plugin::Instance;
use crate::session::Session;

pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let session = Session::open(global)?;
    session.config.allowlist()?;
    let mut backends = session.backends(&[], "config check")?;
    let answers = backends.each("probe", Instance::probe);
    let mut lines: Vec<(String, Option<String>)> = answers
        .into_iter()
        .map(|answer| (answer.backend, answer.result.err().map(|e| e.to_string())))
        .collect();
    lines.extend(backends.discarded().iter().map(|d| (d.name.clone(), Some(d.error.to_string()))));
    backends.shutdown();
    report(global.output, &lines)?;
    let broken = lines.iter().filter(|(_, error)| error.is_some()).count();
    Ok(match broken {
        0 => Exit::Done,
        n if n == lines.len() => Exit::Failed,
        _ => Exit::Partial,
    })
}

fn report(output: Output, lines: &[(String, Option<String>)]) -> anyhow::Result<()> {
    if output.is_json() {
        let backends: Vec<_> = lines
            .iter()
            .map(|(name, error)| json!({ "backend": name, "ok": error.is_none(), "error": error }))
            .collect();
        document(output, &json!({ "backends": backends }))?;
        return Ok(());
    }
    let mut out = stdout();
    for (name, error) in lines {
        // Why it is not usable stands on standard error already.
        let state = if error.is_none() { "usable" } else { "not usable" };
        finished(writeln!(out, "backend \"{name}\": {state}"))?;
    }
    finished(out.flush())?;
    Ok(())
}
