//! The second reading of a long list: rows printed one by one, in the look of the table.

use std::io::{self, Write};

use comfy_table::LineStyle;
use unicode_width::UnicodeWidthStr;

use super::{COLUMNS, Page, cells};
use crate::ban_row::BanRow;
use crate::output::table::cut;

/// Prints rows under the widths that the first reading has found.
pub struct Long<'p> {
    page: &'p Page,
    widths: Vec<usize>,
    printed: u64,
}

impl<'p> Long<'p> {
    /// Prints what comes before the rows.
    pub fn begin(page: &'p Page, out: &mut dyn Write) -> io::Result<Self> {
        page.head(out)?;
        let mut widths = page.widths[..page.columns()].to_vec();
        shrink(&mut widths, page.look.width);
        let long = Self { page, widths, printed: 0 };
        let lines = page.look.borders();
        long.border(out, lines.top)?;
        long.line(out, COLUMNS.iter().map(|(name, _)| (*name, Side::Center)))?;
        long.border(out, lines.middle)?;
        Ok(long)
    }

    /// One row; answers whether more are wanted.
    pub fn row(&mut self, ban: &BanRow<'_>, out: &mut dyn Write) -> io::Result<bool> {
        if !self.page.api && ban.row.source == "api" {
            return Ok(true);
        }
        let cells = cells(ban);
        let side = |number| if number { Side::Right } else { Side::Left };
        self.line(out, cells.iter().zip(COLUMNS).map(|(text, (_, number))| (text.as_str(), side(number))))?;
        self.printed += 1;
        Ok(self.page.limit.is_none_or(|limit| self.printed < limit))
    }

    /// Prints what comes after the rows.
    pub fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        self.border(out, self.page.look.borders().bottom)?;
        self.page.tail(out)
    }

    fn border(&self, out: &mut dyn Write, style: LineStyle) -> io::Result<()> {
        let part = |part: Option<char>| part.unwrap_or(' ');
        for (i, width) in self.widths.iter().enumerate() {
            let start = part(if i == 0 { style.left } else { style.junction });
            write!(out, "{start}{}", part(style.fill).to_string().repeat(width + 2))?;
        }
        writeln!(out, "{}", part(style.right))
    }

    fn line<'c>(&self, out: &mut dyn Write, cells: impl Iterator<Item = (&'c str, Side)>) -> io::Result<()> {
        let bar = self.page.look.borders().bar;
        for ((text, side), width) in cells.zip(&self.widths) {
            let text = cut(text, *width);
            let space = width.saturating_sub(text.width());
            let left = match side {
                Side::Left => 0,
                Side::Center => space / 2,
                Side::Right => space,
            };
            write!(out, "{bar} {}{text}{} ", " ".repeat(left), " ".repeat(space - left))?;
        }
        writeln!(out, "{bar}")
    }
}

/// Where a cell's text stands.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Center,
    Right,
}

/// Makes the widest columns narrower until the table fits the terminal.
fn shrink(widths: &mut [usize], terminal: Option<u16>) {
    let Some(terminal) = terminal.map(usize::from) else { return };
    let frame = 3 * widths.len() + 1;
    while widths.iter().sum::<usize>() + frame > terminal {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 10 => *widest -= 1,
            _ => return,
        }
    }
}
