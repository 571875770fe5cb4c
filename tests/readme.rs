//! What the documents show is what happens: every `console` block of a page is run, in order, in one sandbox a page, and
//! its output compared. Comments on a page tell what a reader need not see:
//!
//! - `<!-- time: 2026-11-24T04:00:00Z -->`: from here on it is that time (at first [`NOW`](crate::common::NOW), in UTC);
//! - `<!-- file: backend/second.yaml -->`: the next block is the text of that file;
//! - `<!-- not run: why -->`: the next block is left out.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Sandbox, plugin_path};

#[test]
fn the_examples_of_the_readme_are_real() {
    assert!(run("README.md") >= 5);
}

#[test]
fn the_readme_states_the_rust_version_of_cargo_toml() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let stated = concat!("With Rust (", env!("CARGO_PKG_RUST_VERSION"), " or later)");
    assert!(text.contains(stated), "{stated}");
}

#[test]
fn the_examples_of_the_book_are_real() {
    let blocks: usize = pages().iter().map(|page| run(page)).sum();
    assert!(blocks >= 20, "{blocks}");
}

/// A block is as strict as its comparison: one that cannot fail shows nothing.
#[test]
#[should_panic(expected = "No local decisions")]
fn a_wrong_example_is_found() {
    run_text("```console\n$ warden ban list\n1 local decisions:\n```\n", "a page");
}

#[test]
fn the_summary_has_every_page_and_every_link_leads_somewhere() {
    let root = root();
    let summary = fs::read_to_string(root.join("docs/src/SUMMARY.md")).unwrap();
    for page in pages().iter().filter(|page| *page != "docs/src/SUMMARY.md") {
        let name = page.strip_prefix("docs/src/").unwrap();
        assert!(summary.contains(&format!("({name})")), "{name} is not in SUMMARY.md");
    }
    for page in pages().iter().map(String::as_str).chain(["README.md", "CONTRIBUTING.md"]) {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let here = root.join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { root.join(page) } else { here.join(file) };
            assert!(target.exists(), "{page}: {link}");
            assert!(anchor.is_empty() || has_heading(&target, anchor), "{page}: {link}");
        }
    }
}

/// Whether a page has the heading that mdBook and GitHub link to by this name.
fn has_heading(page: &Path, anchor: &str) -> bool {
    let text = fs::read_to_string(page).unwrap();
    let name = |heading: &str| -> String {
        let plain = heading.trim().to_lowercase();
        let kept = plain.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    text.lines().filter(|line| line.starts_with('#')).any(|line| name(line.trim_start_matches('#')) == anchor)
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The pages of the book, in the order of their names.
fn pages() -> Vec<String> {
    let mut found = Vec::new();
    collect(&root().join("docs/src"), &mut found);
    found.sort();
    found
}

fn collect(dir: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
}

fn run(page: &str) -> usize {
    run_text(&fs::read_to_string(root().join(page)).unwrap(), page)
}

/// Runs the blocks of a page; answers how many there were.
fn run_text(text: &str, page: &str) -> usize {
    let mut sandbox = Sandbox::new();
    let (mut count, mut file, mut skipped) = (0, None, false);
    for part in parts(text) {
        match part {
            Part::Comment(comment) => match comment.split_once(": ") {
                Some(("time", time)) => sandbox.set_now(time),
                Some(("file", name)) => file = Some(name),
                Some(("not run", _)) => skipped = true,
                _ => {}
            },
            Part::Block("console", block) if !skipped => {
                run_block(&sandbox, &block, page);
                count += 1;
            }
            Part::Block(_, block) => {
                if let Some(name) = file.take() {
                    sandbox.write(name, installed(&block));
                }
                skipped = false;
            }
        }
    }
    count
}

/// An example's text with the plugins where they are here.
fn installed(text: &str) -> String {
    let here = |line: &str| {
        let path = line.strip_prefix("path: ").map(Path::new);
        let name = path.and_then(Path::file_stem).filter(|name| *name == "database" || *name == "dummy");
        match name {
            Some(name) => format!("path: {}\n", plugin_path(name.to_str().unwrap()).display()),
            None => format!("{line}\n"),
        }
    };
    text.lines().map(here).collect()
}

/// What a page is made of, as far as it matters here.
enum Part<'a> {
    Comment(&'a str),
    Block(&'a str, String),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("<!-- ").and_then(|l| l.strip_suffix(" -->")) {
            parts.push(Part::Comment(comment));
        } else if let Some(kind) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n"));
            parts.push(Part::Block(kind, block.collect()));
        }
    }
    parts
}

/// Runs the commands of a block, each against what stands below it. `echo $?` shows the exit code of the last one.
fn run_block(sandbox: &Sandbox, block: &str, page: &str) {
    let mut code = None;
    let mut lines = block.lines().peekable();
    while let Some(line) = lines.next() {
        let mut expected = String::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            expected += &format!("{line}\n");
        }
        let shown = if line == "$ echo $?" {
            format!("{}\n", code.unwrap())
        } else {
            let command = line.strip_prefix("$ warden ").unwrap_or_else(|| panic!("{page}: {line}"));
            let output = sandbox.command(words(command)).output().unwrap();
            code = output.status.code();
            let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            shown.replace(&format!("{}/", sandbox.path("").canonicalize().unwrap().display()), "/etc/warden/")
        };
        assert_eq!(shown, expected, "{page}: {line}");
    }
}

/// The words of a line, where quotes of either sort hold one together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == ' ' => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Each is written into a sandbox that has what the page speaks of, and checked as a user would.
#[test]
fn the_yaml_examples_of_the_book_are_loaded() {
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        let mut skipped = false;
        for part in parts(&text) {
            match part {
                Part::Comment(comment) => skipped = comment.starts_with("not run: "),
                Part::Block("yaml", block) if !skipped => {
                    load(&block, &page);
                    count += 1;
                }
                Part::Block(..) => skipped = false,
            }
        }
    }
    assert!(count >= 8, "{count}");
}

fn load(block: &str, page: &str) {
    let sandbox = Sandbox::empty();
    let root = sandbox.path("").canonicalize().unwrap().display().to_string();
    let text = installed(block)
        .replace("/etc/crowdsec/plugins/backend", "./backend")
        .replace("./plugins/backend\n", "./backend\n")
        .replace("../../var/lib", "./var/lib")
        .replace("/etc/warden/", "./")
        // A program that is there, whether nft is installed or not.
        .replace("/usr/sbin/nft", env!("CARGO_BIN_EXE_warden"))
        .replace("/var/lib/crowdsec", &format!("{root}/var/lib/crowdsec"))
        .replace("db_path: /var/lib/warden", &format!("db_path: {root}/var/lib/warden"));
    sandbox.write("allowlist", "# the office\n198.51.100.0/24\n");
    fs::create_dir(sandbox.path("secrets")).unwrap();
    for secret in ["token", "database"] {
        sandbox.write(&format!("secrets/{secret}"), "hunter2\n");
    }
    if block.lines().any(|line| line.starts_with("name: ")) {
        sandbox.write("backend/example.yaml", &text);
    } else {
        sandbox.backend("dummy", "dummy", &[]);
        sandbox.write("warden.yaml", &text);
    }
    // What needs a server or another plugin is only read.
    let here = !["mysql", "postgres"].iter().any(|engine| text.contains(&format!("type: {engine}")))
        && (text.contains("/libdatabase.so") || text.contains("/libdummy.so") || !text.contains("path: "));
    let verb = if here { "check" } else { "show" };
    let mut command = sandbox.command(["config", verb, "--warning"]);
    let shown = sandbox.show(&command.env("STATE_DIRECTORY", root).output().unwrap());
    assert!(shown.ends_with("\n--- exit 0\n"), "{page}: {block}\n{shown}");
    assert!(!here || shown.contains(": usable"), "{page}: {block}\n{shown}");
}
