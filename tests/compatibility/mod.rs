//! What `CrowdSec` v0.3's `cscli ban` did and warden keeps, and what it did wrong and warden does right: the rows of
//! docs/src/compatibility.md that no other file shows. Here is what the files share, and the check of the page.

mod command_line;
mod lists;
mod plugins;
mod store;

use std::fs;

use crate::common::Sandbox;

/// A ban of a day, made at 03:00.
fn one_day() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["ban", "add", "ip", "203.0.113.7", "24h", "scan"]);
    sandbox
}

/// The rows of a raw list, without the header.
fn rows(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let args: Vec<_> = ["ban", "list", "-o", "raw"].into_iter().chain(line.split_whitespace()).collect();
    sandbox.stdout(&args).lines().skip(1).map(ToOwned::to_owned).collect()
}

/// The targets of a list.
fn targets(sandbox: &Sandbox, line: &str) -> Vec<String> {
    rows(sandbox, line).iter().map(|row| row.split(',').nth(1).unwrap().to_owned()).collect()
}

/// A row names what shows it: `<!-- test: ban_list::a_name -->`, where the first part is a file of tests/, or a path from
/// the top of the source tree.
#[test]
fn every_row_of_the_page_names_a_test_that_exists() {
    let page = fs::read_to_string(crate::readme::root().join("docs/src/compatibility.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| What | "));
    let mut count = 0;
    for row in rows {
        let marks: Vec<_> =
            row.split("<!-- test: ").skip(1).map(|rest| rest.split(" -->").next().unwrap()).collect();
        assert!(!marks.is_empty(), "no test: {row}");
        for mark in marks {
            assert!(is_test(mark), "there is no {mark}");
        }
        count += 1;
    }
    assert!(count >= 65, "{count} rows");
}

fn is_test(mark: &str) -> bool {
    let Some((file, name)) = mark.rsplit_once("::") else { return false };
    let top = crate::readme::root();
    let places = [top.join(format!("tests/{file}.rs")), top.join(file)];
    let text = places.iter().find_map(|place| fs::read_to_string(place).ok()).unwrap_or_default();
    let head = format!("fn {name}(");
    text.split("#[test]").skip(1).any(|test| test.trim_start().starts_with(&head))
}
