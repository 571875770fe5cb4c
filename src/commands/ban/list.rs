//! `warden ban list`.

use std::io::{self, Write};

use chrono::Local;
use clap::Args;

use super::Scope;
use crate::backends::{Backends, Question};
use crate::clock;
use crate::error::{Error, Exit};
use crate::filter::Filter;
use crate::instant::{AtExpr, Instant};
use crate::model::BanRow;
use crate::output::{Format, Json, Long, Look, Output, Page, Raw, finished, stdout};
use crate::session::Session;

/// How many rows the table for people shows.
const DEFAULT_LIMIT: u64 = 50;

/// List the bans that hold, now or at another time.
#[derive(Debug, Args)]
pub struct List {
    /// At this time: `2026-11-24 02:00`, `02:00`, `2h ago`, RFC 3339 …; without a zone it is local time
    #[arg(long, value_name = "T", value_parser = at, allow_hyphen_values = true)]
    at: Option<AtExpr>,
    /// All bans, however many
    #[arg(short, long)]
    all: bool,
    /// Also those that came from the API
    #[arg(long)]
    api: bool,
    #[command(flatten)]
    filter: Filter,
    /// At most so many [default: 50 for the table, none for json and raw]
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

fn at(text: &str) -> Result<AtExpr, String> {
    text.parse().map_err(|e: crate::instant::AtError| match e.hint() {
        Some(hint) => format!("{e}\n\nhint: {hint}"),
        None => e.to_string(),
    })
}

/// # Errors
/// When the time does not exist, nothing can be read, or standard output cannot be written.
pub fn run(list: &List, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let now = clock::now();
    let at = list.at.as_ref().map_or(Ok(now), |at| at.resolve(now, &Local)).map_err(|e| {
        let error = Error::usage(e.to_string());
        e.hint().map_or_else(|| Error::usage(e.to_string()), |hint| error.with_hint(hint))
    })?;
    let session = Session::open(scope.global)?;
    let mut backends = session.backends(scope.backends, "ban list")?;
    let exit = list.print(&mut backends, &session, scope, (at, now))?;
    backends.shutdown();
    Ok(exit)
}

impl List {
    fn print(
        &self,
        backends: &mut Backends,
        session: &Session,
        scope: Scope<'_>,
        (at, now): (Instant, Instant),
    ) -> anyhow::Result<Exit> {
        let named = !scope.backends.is_empty();
        let human = scope.global.output == Output::Human;
        let limit = self.limit.filter(|_| !human && !self.all);
        let question = Question { query: self.filter.query(at, limit), past: at < now, named };
        match scope.global.output {
            Output::Human => {
                let look = Look::of_stdout(session.color, backends.readable(named) > 1);
                Ok(self.page(backends, &question, look)?)
            }
            Output::Json => Ok(stream(backends, &question, Json::default())?),
            Output::Raw => Ok(stream(backends, &question, Raw)?),
        }
    }

    /// A table for people.
    fn page(
        &self,
        backends: &mut Backends,
        question: &Question<'_>,
        look: Look,
    ) -> crate::error::Result<Exit> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let mut page = Page::new(look, self.api, (!self.all).then_some(limit));
        let exit = backends.read(question, &mut |ban| {
            page.add(ban);
            true
        });
        if exit == Exit::Failed {
            return Ok(exit);
        }
        let mut out = stdout();
        let written = match page.is_complete() {
            true => page.print(&mut out),
            false => long(backends, question, &page, &mut out),
        };
        finished(written.and_then(|()| out.flush()))?;
        Ok(exit)
    }
}

/// The second reading of a long list.
fn long(
    backends: &mut Backends,
    question: &Question<'_>,
    page: &Page,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut long = Long::begin(page, out)?;
    let mut written = Ok(());
    backends.read(question, &mut |ban| match long.row(ban, out) {
        Ok(more) => more,
        Err(error) => {
            written = Err(error);
            false
        }
    });
    written?;
    long.end(out)
}

/// Every row as it comes. When a backend fails the document stays without its end, so that no script takes a part for
/// the whole.
fn stream(
    backends: &mut Backends,
    question: &Question<'_>,
    mut format: impl Format,
) -> crate::error::Result<Exit> {
    let mut out = stdout();
    let mut written = format.begin(&mut out);
    let mut row = |ban: &BanRow<'_>| {
        written = format.row(ban, &mut out);
        written.is_ok()
    };
    let exit = backends.read(question, &mut row);
    if written.is_ok() && exit == Exit::Done {
        written = format.end(&mut out);
    }
    finished(written.and_then(|()| out.flush()))?;
    Ok(exit)
}
