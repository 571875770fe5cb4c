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
use crate::operation;
use crate::output::{
    Escapes, Field, Format, Long, Look, Output, Page, finished, row_format, stdout, stdout_of,
};
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
    /// At most so many, 0 for all [default: 50 for the table, all for the other formats]
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only these fields, in this order: `ip,reason,until_at`; for raw, json and jsonl
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = Field::parse)]
    fields: Option<Vec<Field>>,
    #[command(flatten)]
    escapes: Escapes,
    /// In this order, instead of the newest first; up to 8 MiB of bans are held in memory, more in a temporary file
    #[arg(long, value_enum, value_name = "KEY")]
    sort: Option<Sort>,
}

pub fn run(list: &List, scope: Scope<'_>) -> anyhow::Result<Exit> {
    let now = clock::now();
    let at = list.when.resolve(now)?;
    if scope.global.output.is_human() && list.fields.is_some() {
        return Err(Error::usage("--fields needs `-o raw`, `-o json` or `-o jsonl`").into());
    }
    if scope.global.output != Output::Raw && list.escapes != Escapes::default() {
        return Err(Error::usage("--escape and --escape-formulas need `-o raw`").into());
    }
    let session = Session::open(scope.global)?;
    operation::run(&session, "ban list", [scope.read()], |[backends]| {
        list.print(backends, &session, scope.selection(at < now), at)?;
        Ok(Exit::Done)
    })
}

impl List {
    /// The most bans that are wanted; `None`: all.
    fn limit(&self, default: Option<u64>) -> Option<u64> {
        self.limit.or(default).filter(|limit| *limit > 0 && !self.all)
    }

    /// Whether the bans from the API are shown.
    fn shows_api(&self) -> bool {
        self.api || self.filter.source.as_deref() == Some("api")
    }

    fn print(
        &self,
        backends: &mut Backends,
        session: &Session,
        selection: Selection,
        at: Instant,
    ) -> crate::error::Result {
        let format = row_format(session.output, self.fields.as_deref(), self.escapes);
        let limit = if format.is_some() { self.limit(None) } else { None };
        let question = Question { query: self.filter.query(at, limit), selection };
        let mut rows = match self.sort {
            None => Rows::Live(backends, question),
            Some(sort) => {
                let _waiting = Waiting::new(session.ui, "sorting");
                Rows::Sorted(SortedRows::read(backends, question, sort)?)
            }
        };
        if let Some(mut format) = format {
            return stream(&mut rows, &mut *format, session.output);
        }
        let look = Look::of_stdout(session.color, rows.backends() > 1);
        self.page(&mut rows, look, session.ui)
    }

    /// A table for people.
    fn page(&self, rows: &mut Rows<'_, '_>, look: Look, ui: Ui) -> crate::error::Result {
        // A pager would have the terminal by now.
        let waiting = io::stdout().is_terminal().then(|| Waiting::new(ui, "reading"));
        let limit = self.limit(Some(DEFAULT_LIMIT));
        let api = self.shows_api();
        // One more than is shown tells whether there are more.
        let is_short = limit.is_some_and(|limit| limit <= SHORT && rows.shorten(api, limit + 1));
        let mut page = self.first_reading(rows, look, limit)?;
        if is_short && !rows.have_failed() {
            let matched = page.matched();
            match rows.count(api, Some(matched).filter(|matched| Some(*matched) <= limit)) {
                Some(totals) => page.count(totals),
                None if rows.have_failed() => {}
                None => page = self.first_reading(rows, look, limit)?,
            }
        }
        if rows.have_failed() {
            return Ok(());
        }
        drop(waiting);
        let mut out = stdout();
        let written = match page.is_complete() {
            true => page.print(&mut out),
            false => long(rows, &page, &mut out)?,
        };
        finished(written.and_then(|()| out.flush()))
    }

    /// The rows that come, on a page.
    fn first_reading(
        &self,
        rows: &mut Rows<'_, '_>,
        look: Look,
        limit: Option<u64>,
    ) -> crate::error::Result<Page> {
        let mut page = Page::new(look, self.shows_api(), limit);
        rows.read(&mut |ban| {
            page.add(ban);
            true
        })?;
        Ok(page)
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
fn stream(rows: &mut Rows<'_, '_>, format: &mut dyn Format, output: Output) -> crate::error::Result {
    let mut out = stdout_of(output);
    let mut written = format.begin(&mut out);
    let mut row = |ban: &BanRow<'_>| {
        written = format.row(ban, &mut out);
        written.is_ok()
    };
    rows.read(&mut row)?;
    if written.is_ok() && !rows.are_incomplete() {
        written = format.end(&mut out);
    }
    finished(written.and_then(|()| out.flush()))
}
