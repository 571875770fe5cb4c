//! `warden ban stats`.

mod counts;
mod report;
mod source;

use std::time::Duration;

use clap::Args;

use super::at::AtFlag;
use super::scope::Scope;
use crate::clock;
use crate::commands::parse;
use crate::duration::BanDuration;
use crate::error::Exit;
use crate::filter::Filter;
use crate::operation;
use crate::output::{Look, print};
use crate::session::Session;
use crate::spool;
use counts::{Counts, Dimension, Window};
use report::StatsReport;

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
    let query = stats.filter.query(at, None);
    let since = stats.since.map(|since| at.micros().saturating_sub(micros(since)));
    operation::run(&session, "ban stats", [scope.read()], |[backends]| {
        let mut counts = Counts::default();
        let complete = backends.ask("stats", scope.selection(at < now), |_, instance| {
            source::read(instance, &query, since, &mut counts)
        });
        if !backends.outcome().is_failed() {
            let window = Window::around(at, micros(stats.since.unwrap_or(DAY)));
            let found = counts.finish(stats.top, window).map_err(|e| spool::failed(&e))?;
            let wanted = |dimension: &Dimension| stats.by.is_empty() || stats.by.contains(dimension);
            let dimensions = Dimension::ALL.into_iter().filter(wanted).collect();
            let look = Look::of_stdout(session.color, false);
            print(session.output, &StatsReport::of(&found, dimensions, at, complete, look))?;
        }
        Ok(Exit::Done)
    })
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
