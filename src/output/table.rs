//! A small table for people: all of it is in memory, so whoever calls states the bound.

use comfy_table::{ContentArrangement, Table};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Look;

/// No column is wider: one text of 60,000 characters would widen every line.
pub(super) const WIDEST: usize = 200;

/// Lays a table out in the look of the list. The texts must be safe for a terminal; long ones are cut.
pub fn table(look: Look, header: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(look.borders().table());
    table.set_header(header);
    table.add_rows(rows.iter().map(|row| row.iter().map(|text| cut(text, WIDEST))));
    match look.width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.force_no_tty();
    table.to_string()
}

/// A text that fits, with an ellipsis where it was cut.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut short = String::new();
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        short.push(c);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_text_is_cut_to_the_width() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("漢字漢字", 4), "漢…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
