//! `-o human`: a table for people. Up to [`BUFFERED`] rows are buffered and laid out by comfy-table; a longer list is counted
//! in a first reading and printed row by row in a second ([`Long`]), in the same look.

mod long;
pub(super) mod look;

use std::collections::HashSet;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

use crate::ban_row::BanRow;
use crate::output::table::{WIDEST, cut};
use crate::ui::Escaped;
pub use long::Long;
pub use look::Look;

/// No more rows than this are held in memory: about a megabyte.
const BUFFERED: usize = 1000;

/// The columns, with whether they hold numbers.
const COLUMNS: [(&str, bool); 10] = [
    ("SOURCE", false),
    ("IP", false),
    ("REASON", false),
    ("BANS", true),
    ("ACTION", false),
    ("COUNTRY", false),
    ("AS", false),
    ("EVENTS", true),
    ("EXPIRATION", false),
    ("BACKEND", false),
];

const IP: usize = 1;
const ACTION: usize = 4;
const EXPIRATION: usize = 8;

/// The counts of a list, known without its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bans that are not from the API.
    pub local: u64,
    /// Bans from the API.
    pub from_api: u64,
    /// The autonomous systems of those.
    pub systems: usize,
    /// The countries of those.
    pub countries: usize,
}

/// A list for people, first read, then printed.
pub struct Page {
    look: Look,
    api: bool,
    limit: Option<u64>,
    rows: Vec<[String; COLUMNS.len()]>,
    widths: [usize; COLUMNS.len()],
    local: u64,
    from_api: u64,
    systems: HashSet<String>,
    countries: HashSet<String>,
    /// Not counted from the rows.
    totals: Option<Totals>,
}

impl Page {
    /// An empty page. `api`: show the bans from the API too, which are otherwise only counted.
    pub fn new(look: Look, api: bool, limit: Option<u64>) -> Self {
        Self {
            look,
            api,
            limit,
            rows: Vec::new(),
            widths: COLUMNS.map(|(name, _)| name.len()),
            local: 0,
            from_api: 0,
            systems: HashSet::new(),
            countries: HashSet::new(),
            totals: None,
        }
    }

    /// The first reading.
    pub fn add(&mut self, ban: &BanRow<'_>) {
        if ban.row.source == "api" {
            self.from_api += 1;
            if !self.api {
                note(&mut self.systems, ban.row.as_text);
                note(&mut self.countries, ban.row.country);
                return;
            }
        } else {
            self.local += 1;
        }
        if self.limit.is_none_or(|limit| self.matched() <= limit) {
            self.push(cells(ban));
        }
    }

    /// The counts, where not all rows came.
    pub fn count(&mut self, totals: Totals) {
        (self.local, self.from_api) = (totals.local, totals.from_api);
        self.totals = Some(totals);
    }

    fn push(&mut self, cells: [String; COLUMNS.len()]) {
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.width());
        }
        if self.rows.len() <= BUFFERED {
            self.rows.push(cells);
        }
    }

    /// Whether all that is to be shown is held; otherwise a second reading must print it.
    pub fn is_complete(&self) -> bool {
        self.rows.len() <= BUFFERED
    }

    /// Prints a complete page.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        if !self.rows.is_empty() {
            writeln!(out, "{}", self.table())?;
        }
        self.tail(out)
    }

    /// How many bans are to be shown, were there no limit.
    pub fn matched(&self) -> u64 {
        if self.api { self.local + self.from_api } else { self.local }
    }

    /// The first line.
    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        match (self.api, self.matched()) {
            (false, 0) => writeln!(out, "No local decisions"),
            (false, n) => writeln!(out, "{n} local decisions:"),
            (true, 0) => writeln!(out, "No local decisions\nNo API decisions"),
            (true, _) => writeln!(out, "{} local decisions, {} API decisions:", self.local, self.from_api),
        }
    }

    /// The last lines: what is not shown.
    fn tail(&self, out: &mut dyn Write) -> io::Result<()> {
        let shown = self.limit.map_or(self.matched(), |limit| limit.min(self.matched()));
        if shown < self.matched() {
            writeln!(out, "{} more not shown (--all shows them)", self.matched() - shown)?;
        }
        if self.api {
            return Ok(());
        }
        let (systems, countries) = match self.totals {
            Some(totals) => (totals.systems, totals.countries),
            None => (self.systems.len(), self.countries.len()),
        };
        writeln!(
            out,
            "And {} records from API, {systems} distinct AS, {countries} distinct countries",
            self.from_api
        )
    }

    fn columns(&self) -> usize {
        if self.look.backends { COLUMNS.len() } else { COLUMNS.len() - 1 }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(self.look.borders().table());
        table.set_header(COLUMNS[..self.columns()].iter().map(|(name, _)| self.heading(name)));
        for row in &self.rows {
            table.add_row(row[..self.columns()].iter().enumerate().map(|(i, text)| self.cell(i, text)));
        }
        // What is copied from the table must not be broken over lines.
        for column in [IP, EXPIRATION] {
            if let Some(column) = table.column_mut(column) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        match self.look.width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        if self.look.color {
            table.enforce_styling()
        } else {
            table.force_no_tty()
        };
        table
    }

    fn heading(&self, name: &str) -> Cell {
        let cell = Cell::new(name).set_alignment(CellAlignment::Center);
        if self.look.color { cell.add_attribute(Attribute::Bold) } else { cell }
    }

    fn cell(&self, column: usize, text: &str) -> Cell {
        let cell = Cell::new(text);
        let cell = if COLUMNS[column].1 { cell.set_alignment(CellAlignment::Right) } else { cell };
        match text {
            "ban" if self.look.color && column == ACTION => cell.fg(Color::Red),
            "captcha" | "slow" if self.look.color && column == ACTION => cell.fg(Color::Yellow),
            _ => cell,
        }
    }
}

/// The texts of a row, safe for a terminal, and cut where they would widen the table.
fn cells(ban: &BanRow<'_>) -> [String; COLUMNS.len()] {
    let row = ban.row;
    let shown = |text| cut(&Escaped(text).to_string(), WIDEST);
    [
        shown(row.source),
        shown(row.target),
        shown(row.reason),
        row.ban_count.to_string(),
        shown(row.action),
        shown(row.country),
        shown(row.as_text.trim()),
        row.events_count.to_string(),
        if ban.is_permanent() { "permanent".into() } else { ban.time_left().to_string() },
        shown(ban.backend),
    ]
}

/// Counts a value once, without keeping what is there already.
fn note(seen: &mut HashSet<String>, value: &str) {
    if !seen.contains(value) {
        seen.insert(value.to_owned());
    }
}
