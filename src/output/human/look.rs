//! The lines of the table: v0.3's in ASCII, box-drawing characters on a terminal.

use std::io::IsTerminal;

use comfy_table::{ContentLineStyle, LineStyle, TableStyle};

use crate::ui::ColorChoice;

/// What the stream can show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Colour is wanted.
    pub color: bool,
    /// The width of the terminal in columns; `None`: not a terminal.
    pub width: Option<u16>,
    /// Several backends are read: name each row's.
    pub backends: bool,
}

impl Look {
    /// What standard output can show.
    pub fn of_stdout(color: ColorChoice, backends: bool) -> Self {
        let stdout = std::io::stdout();
        let width =
            stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).map_or(80, |s| s.ws_col));
        Self { color: color.on(&stdout), width: width.map(|w| if w == 0 { 80 } else { w }), backends }
    }

    pub(in crate::output) fn borders(self) -> &'static Borders {
        if self.width.is_some() { &BOXES } else { &ASCII }
    }
}

/// Three horizontal lines, and the bar between columns.
pub(in crate::output) struct Borders {
    pub top: LineStyle,
    pub middle: LineStyle,
    pub bottom: LineStyle,
    pub bar: char,
}

const PLAIN: LineStyle = LineStyle::new('+', '-', '+', '+');
const ASCII: Borders = Borders { top: PLAIN, middle: PLAIN, bottom: PLAIN, bar: '|' };

const BOXES: Borders = Borders {
    top: LineStyle::new('┌', '─', '┬', '┐'),
    middle: LineStyle::new('├', '─', '┼', '┤'),
    bottom: LineStyle::new('└', '─', '┴', '┘'),
    bar: '│',
};

impl Borders {
    /// The style for comfy-table.
    pub fn table(&self) -> TableStyle {
        let content = ContentLineStyle::new(self.bar, self.bar, self.bar);
        TableStyle::new()
            .top_border(self.top)
            .header_lines(content)
            .header_separator(self.middle)
            .content_lines(content)
            .bottom_border(self.bottom)
    }
}
