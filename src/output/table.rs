//! A small table for people: all of it is in memory, so whoever calls states the bound.

use comfy_table::{ContentArrangement, Table};

use super::Look;

/// Lays a table out in the look of the list. The texts must be safe for a terminal.
pub fn table(look: Look, header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(look.borders().table());
    table.set_header(header);
    table.add_rows(rows);
    match look.width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.force_no_tty();
    table.to_string()
}
