//! What the documents show is what happens: every `console` block is run, in order, and its output compared.

use std::path::Path;

use crate::common::Sandbox;

#[test]
fn the_examples_of_the_readme_are_real() {
    assert!(run_blocks("README.md") >= 5);
}

/// Runs the blocks of a document in one sandbox; answers how many there were.
fn run_blocks(document: &str) -> usize {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let sandbox = Sandbox::new();
    let blocks: Vec<&str> =
        text.split("```console\n").skip(1).map(|b| b.split("```").next().unwrap()).collect();
    for block in &blocks {
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ warden ").unwrap_or_else(|| panic!("{document}: {line}"));
            let mut expected = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected += &format!("{line}\n");
            }
            let output = sandbox.command(words(command)).output().unwrap();
            let shown = [output.stdout, output.stderr].concat();
            assert_eq!(String::from_utf8(shown).unwrap(), expected, "{document}: {line}");
        }
    }
    blocks.len()
}

/// The words of a line, where double quotes hold one together.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(i, part)| match i % 2 {
            0 => part.split_whitespace().map(Into::into).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}
