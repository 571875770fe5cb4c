//! The pages about plugins: what they tell a reader to write and to run is written and run here, word for word.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Sandbox, artifacts, available, compile, has, plugin_path};

fn page(name: &str) -> String {
    fs::read_to_string(compile::source("docs/src/plugins").join(name)).unwrap()
}

/// A block of a page.
enum Block {
    /// A file of this name.
    File(String, String),
    /// Commands for a shell.
    Commands(String),
}

/// The blocks of a part of a page. A file's block follows a line that names it: "`src/lib.rs`:".
fn blocks(part: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut name = None;
    let mut lines = part.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body = lines.by_ref().take_while(|l| *l != "```").flat_map(|l| [l, "\n"]).collect::<String>();
            found.push(match (language, name.take()) {
                ("sh", _) => Block::Commands(body),
                (_, Some(name)) => Block::File(name, body),
                (language, None) => panic!("a block of {language} without a file's name"),
            });
        } else if let Some(file) = line.strip_prefix('`').and_then(|l| l.strip_suffix("`:")) {
            name = Some(file.to_owned());
        }
    }
    found
}

/// The part of a page under a heading of the second level.
fn part<'p>(page: &'p str, heading: &str) -> &'p str {
    let from = page.find(&format!("\n## {heading}\n")).unwrap() + 1;
    let to = page[from + 3..].find("\n## ").map_or(page.len(), |end| from + 3 + end);
    &page[from..to]
}

/// A reader in a shell, who goes where the commands go.
struct Reader {
    dir: PathBuf,
    said: String,
}

impl Reader {
    fn follow(&mut self, text: &str) {
        for block in blocks(text) {
            match block {
                Block::File(name, body) => {
                    let path = self.dir.join(name);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, body).unwrap();
                }
                Block::Commands(commands) => self.run(&commands),
            }
        }
    }

    fn run(&mut self, commands: &str) {
        let commands = commands.replace("/tmp/bans.txt", "bans.txt");
        let path = format!("{}:{}", artifacts().display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("sh");
        shell.arg("-ec").arg(format!("{commands}\npwd")).current_dir(&self.dir).env("PATH", path);
        shell.env_remove("WARDEN_CONFIG");
        let output = compile::offline(&mut shell).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{commands}\n{said}{}", String::from_utf8_lossy(&output.stderr));
        let lines = said.trim_end();
        let (said, dir) = lines.rsplit_once('\n').unwrap_or(("", lines));
        self.said += said;
        self.dir = PathBuf::from(dir);
    }
}

/// Follows the page for one language, to the end.
fn first_plugin(language: &str) {
    let sandbox = Sandbox::empty();
    let page = page("writing.md");
    let mut reader = Reader { dir: sandbox.path(""), said: String::new() };
    reader.follow(part(&page, language));
    assert!(reader.said.contains(" 10 passed, 21 skipped, 0 failed"), "{}", reader.said);
    reader.follow(&part(&page, "Running it").replace("/tmp/bans.txt", "./bans.txt"));
    assert!(reader.said.ends_with("ban 192.0.2.1 by cli: trying it out"), "{}", reader.said);
}

#[test]
fn a_first_plugin_in_rust_works_as_the_page_says() {
    first_plugin("Rust");
}

#[test]
fn a_first_plugin_in_c_works_as_the_page_says() {
    if available(has("make"), "make") {
        first_plugin("C");
    }
}

#[test]
fn a_first_plugin_in_go_works_as_the_page_says() {
    if available(has("make"), "make") && available(has("go"), "go") {
        first_plugin("Go");
    }
}

#[test]
fn what_is_shown_in_c_is_valid_cpp_too() {
    let page = page("writing.md");
    let Some(Block::File(_, body)) =
        blocks(part(&page, "C")).into_iter().find(|b| matches!(b, Block::File(..)))
    else {
        panic!("no file")
    };
    let source = compile::out("banlog-page.c");
    fs::write(&source, body).unwrap();
    compile::c(&source, "banlog-page.so", &[]);
    compile::cpp(&source, "banlog-page-cpp.so");
}

#[test]
fn using_plugins_works_as_the_page_says() {
    let sandbox = Sandbox::empty();
    for name in ["dummy", "database"] {
        symlink(plugin_path(name), sandbox.path(&format!("{name}.so"))).unwrap();
    }
    let mut reader = Reader { dir: sandbox.path(""), said: String::new() };
    reader.follow(&page("using.md"));
    assert!(reader.said.contains("dummy  usable"), "{}", reader.said);
    assert!(reader.said.contains("1 passed, 0 skipped, 0 failed"), "{}", reader.said);
}

#[test]
fn the_function_of_the_page_about_the_abi_compiles() {
    let page = page("abi.md");
    let (_, code) = page.split_once("```c\n").unwrap();
    let source = compile::out("take-page.c");
    fs::write(&source, code.split_once("```").unwrap().0).unwrap();
    compile::c(&source, "take-page.so", &[]);
    compile::cpp(&source, "take-page-cpp.so");
    assert_eq!(page.matches("```c\n").count(), 1);
}

#[test]
fn the_page_about_the_abi_knows_this_version() {
    let header = fs::read_to_string(compile::source("plugins/api/include/warden_plugin.h")).unwrap();
    let number = |name: &str| {
        let (_, rest) = header.split_once(&format!("#define {name} ")).unwrap();
        rest.split_once('u').unwrap().0.to_owned()
    };
    let version = format!("\n### {}.{}\n", number("WARDEN_ABI_MAJOR"), number("WARDEN_ABI_MINOR"));
    assert!(page("abi.md").contains(&version), "{version}");
    assert!(Path::new(&compile::source("plugins/examples/memory.c")).exists());
}
