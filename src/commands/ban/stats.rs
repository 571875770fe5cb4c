//! `warden ban stats`.

mod counts;
mod print;
mod source;

use std::io::Write as _;
use std::time::Duration;

use clap::Args;

use super::at::AtFlag;
use super::scope::Scope;
use crate::backends::Selection;
use crate::clock;
use crate::commands::parse;
use crate::duration::BanDuration;
use crate::error::Exit;
use crate::filter::Filter;
use crate::instant::Instant;
use crate::output::{Look, Output, document, finished, stdout};
use crate::progress::Waiting;
use crate::session::Session;
use crate::spool;
use counts::{Counts, Dimension, Statistics, Window};

/// Count the bans by reason, country, autonomous system, source and action, and over time.
#[derive(Debug, Args)]
pub struct Stats {
    #[command(flatten)]
    when: AtFlag,
    /// Only these lists; may be given several times [default: all]
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    by: Vec<Dimension>,
    /// Only bans that began in this time before T; the timeline spans as much before T and after [default: 24h, all bans]
    #[arg(long, value_name = "DURATION", value_parser = since)]
    since: Option<Duration>,
    /// At most so many of each list
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    #[command(flatten)]
    filter: Filter,
}

const DAY: Duration = Duration::new(24 * 60 * 60, 0);

pub fn run(stats: &Stats, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let now = clock::now();
    let at = stats.when.resolve(now)?;
    let session = Session::open(scope.global)?;
    let mut backends = session.backends(scope.backends, "ban stats")?;
    let query = stats.filter.query(at, None);
    let selection = Selection { named: !scope.backends.is_empty(), past: at < now };
    let since = stats.since.map(|since| at.micros().saturating_sub(micros(since)));
    let mut counts = Counts::default();
    let waiting = Waiting::new(session.ui, "counting");
    let exit =
        backends.ask("stats", selection, |_, instance| source::read(instance, &query, since, &mut counts));
    backends.shutdown();
    drop(waiting);
    if exit == Exit::Failed {
        return Ok(exit);
    }
    let window = Window::around(at, micros(stats.since.unwrap_or(DAY)));
    let statistics = counts.finish(stats.top, window).map_err(|e| spool::failed(&e))?;
    print(stats, &statistics, at, scope.global.output, Look::of_stdout(session.color, false))?;
    Ok(exit)
}

fn print(stats: &Stats, found: &Statistics, at: Instant, output: Output, look: Look) -> crate::error::Result {
    let wanted = |dimension: &Dimension| stats.by.is_empty() || stats.by.contains(dimension);
    let dimensions: Vec<_> = Dimension::ALL.into_iter().filter(wanted).collect();
    let mut out = stdout();
    let written = match output {
        Output::Human => print::human(found, &dimensions, at, look, &mut out),
        Output::Raw => print::raw(found, &dimensions, &mut out),
        Output::Json | Output::Jsonl => return document(output, &print::json(found, &dimensions, at)),
    };
    finished(written.and_then(|()| out.flush()))
}

fn since(text: &str) -> Result<Duration, String> {
    match parse::duration(text)? {
        BanDuration::For(duration) => Ok(duration),
        BanDuration::Permanent => Err("a time must have an end".into()),
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
