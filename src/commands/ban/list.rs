//! `warden ban list`.

mod rows;
mod sorted;
mod totals;

use std::io::{self, IsTerminal as _, Write};

use clap::Args;

use super::at::AtFlag;
use super::scope::Scope;
use crate::backends::{Backends, Question, Selection};
use crate::ban_row::BanRow;
use crate::clock;
use crate::error::{Error, Exit};
use crate::filter::Filter;
use crate::instant::Instant;
use crate::output::{Field, Format, Json, Jsonl, Long, Look, Output, Page, Raw, finished, stdout};
use crate::progress::Waiting;
use crate::session::Session;
use crate::ui::Ui;
use rows::Rows;
use sorted::{Sort, SortedRows};

/// How many rows the table for people shows.
const DEFAULT_LIMIT: u64 = 50;

/// A list of no more rows is held as it comes, when its counts are known.
const SHORT: u64 = 1000;

/// List the bans that hold, now or at another time.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    when: AtFlag,
    /// All bans, however many
    #[arg(short, long)]
    all: bool,
    /// Also those that came from the API
    #[arg(long)]
    api: bool,
    #[command(flatten)]
    filter: Filter,
    /// At most so many [default: 50 for the table, none for the other formats]
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only these fields, in this order: `ip,reason,until_at`; for raw, json and jsonl
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = Field::parse)]
    fields: Option<Vec<Field>>,
    /// In this order, instead of the newest first; up to 8 MiB of bans are held in memory, more in a temporary file
    #[arg(long, value_enum, value_name = "KEY")]
    sort: Option<Sort>,
}

pub fn run(list: &List, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let now = clock::now();
    let at = list.when.resolve(now)?;
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
        let output = scope.global.output;
        if output == Output::Human && self.fields.is_some() {
            return Err(Error::usage("--fields needs `-o raw`, `-o json` or `-o jsonl`").into());
        }
        let limit = self.limit.filter(|_| output != Output::Human && !self.all);
        let question =
            Question { query: self.filter.query(at, limit), selection: Selection { named, past: at < now } };
        let mut rows = match self.sort {
            None => Rows::Live(backends, question),
            Some(sort) => {
                let _waiting = Waiting::new(session.ui, "sorting");
                Rows::Sorted(SortedRows::read(backends, question, sort)?)
            }
        };
        let fields = self.fields.as_deref();
        Ok(match output {
            Output::Human => {
                let look = Look::of_stdout(session.color, rows.backends() > 1);
                self.page(&mut rows, look, session.ui)?
            }
            Output::Json => stream(&mut rows, Json::new(fields))?,
            Output::Jsonl => stream(&mut rows, Jsonl::new(fields))?,
            Output::Raw => stream(&mut rows, Raw::new(fields))?,
        })
    }

    /// A table for people.
    fn page(&self, rows: &mut Rows<'_, '_>, look: Look, ui: Ui) -> crate::error::Result<Exit> {
        // A pager would have the terminal by now.
        let waiting = io::stdout().is_terminal().then(|| Waiting::new(ui, "reading"));
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        // One more than is shown tells whether there are more.
        let is_short = !self.all && limit <= SHORT && rows.shorten(self.api, limit + 1);
        let (mut page, mut exit) = self.first_reading(rows, look, limit)?;
        if is_short && exit != Exit::Failed {
            let matched = page.matched();
            match rows.count(self.api, Some(matched).filter(|matched| *matched <= limit)) {
                Ok(Some(totals)) => page.count(totals),
                Ok(None) => (page, exit) = self.first_reading(rows, look, limit)?,
                Err(failed) => return Ok(failed),
            }
        }
        if exit == Exit::Failed {
            return Ok(exit);
        }
        drop(waiting);
        let mut out = stdout();
        let written = match page.is_complete() {
            true => page.print(&mut out),
            false => long(rows, &page, &mut out)?,
        };
        finished(written.and_then(|()| out.flush()))?;
        Ok(exit)
    }

    /// The rows that come, on a page.
    fn first_reading(
        &self,
        rows: &mut Rows<'_, '_>,
        look: Look,
        limit: u64,
    ) -> crate::error::Result<(Page, Exit)> {
        let mut page = Page::new(look, self.api, (!self.all).then_some(limit));
        let exit = rows.read(&mut |ban| {
            page.add(ban);
            true
        })?;
        Ok((page, exit))
    }
}

/// The second reading of a long list.
fn long(rows: &mut Rows<'_, '_>, page: &Page, out: &mut dyn Write) -> crate::error::Result<io::Result<()>> {
    let mut long = match Long::begin(page, out) {
        Ok(long) => long,
        Err(error) => return Ok(Err(error)),
    };
    let mut written = Ok(());
    rows.read(&mut |ban| match long.row(ban, out) {
        Ok(more) => more,
        Err(error) => {
            written = Err(error);
            false
        }
    })?;
    Ok(written.and_then(|()| long.end(out)))
}

/// Every row as it comes. When a backend fails in the middle the document stays without its end, so that no script takes a part for
/// the whole.
fn stream(rows: &mut Rows<'_, '_>, mut format: impl Format) -> crate::error::Result<Exit> {
    let mut out = stdout();
    let mut written = format.begin(&mut out);
    let mut row = |ban: &BanRow<'_>| {
        written = format.row(ban, &mut out);
        written.is_ok()
    };
    let exit = rows.read(&mut row)?;
    if written.is_ok() && !rows.are_incomplete() {
        written = format.end(&mut out);
    }
    finished(written.and_then(|()| out.flush()))?;
    Ok(exit)
}
