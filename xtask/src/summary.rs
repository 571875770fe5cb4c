//! What came of the tests: passed, failed and skipped. libtest knows no test that skips itself, and counts it as passed;
//! here it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Result, Write};

/// The sums of all test binaries.
#[derive(Default)]
pub struct Summary {
    binaries: u64,
    passed: u64,
    failed: u64,
    /// Those that are not a part of another test, which runs them by itself.
    ignored: u64,
    /// Of the binary that runs.
    parts: u64,
    /// The names that libtest lists at the end of a binary; other indented lines do no harm.
    failures: BTreeSet<String>,
    /// Each test with what it lacks.
    skipped: BTreeMap<String, BTreeSet<String>>,
}

impl Summary {
    /// Copies what `cargo test` prints to `shown`, as it comes, and keeps the results.
    pub fn read(&mut self, output: &mut impl Read, shown: &mut impl Write) -> Result<()> {
        let (mut buffer, mut line) = ([0; 8192], Vec::new());
        loop {
            let length = output.read(&mut buffer)?;
            let Some(new) = buffer.get(..length).filter(|new| !new.is_empty()) else { return Ok(()) };
            shown.write_all(new)?;
            shown.flush()?;
            line.extend_from_slice(new);
            while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
                let rest = line.split_off(end + 1);
                self.line(String::from_utf8_lossy(&line).trim_end());
                line = rest;
            }
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("    ") {
            self.failures.insert(name.to_owned());
        } else if line.contains(" ... ignored, part of ") {
            self.parts += 1;
        } else if let Some((_, result)) = line.split_once("test result: ") {
            self.binaries += 1;
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            let parts = std::mem::take(&mut self.parts);
            self.ignored += number_before(result, " ignored").saturating_sub(parts);
        }
    }

    /// Takes the lines that the tests have written: a binary and a test, a tab, and what it lacks.
    pub fn skipped_tests(&mut self, lines: &str) {
        for (test, lacks) in lines.lines().filter_map(|line| line.split_once('\t')) {
            // A test of several parts may skip one and fail in another: then it has failed.
            let name = test.rsplit(' ').next().unwrap_or(test);
            if !self.failures.contains(name) {
                self.skipped.entry(test.to_owned()).or_default().insert(lacks.to_owned());
            }
        }
    }

    /// `N passed, N failed, N skipped`.
    fn counts(&self) -> String {
        let skipped = u64::try_from(self.skipped.len()).unwrap_or(u64::MAX);
        let passed = self.passed.saturating_sub(skipped);
        format!("{passed} passed, {} failed, {} skipped", self.failed, skipped + self.ignored)
    }

    /// Prints which tests were skipped and why, and the counts last.
    #[allow(clippy::print_stdout, reason = "a tool for developers")]
    pub fn print(&self) {
        if self.binaries == 0 {
            return;
        }
        let mut by_reason = BTreeMap::<String, Vec<&str>>::new();
        for (test, lacks) in &self.skipped {
            let lacks = lacks.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
            by_reason.entry(lacks).or_default().push(test);
        }
        for (lacks, tests) in &by_reason {
            println!("skipped, at least in part, for want of {lacks}:");
            for test in tests {
                println!("  {test}");
            }
        }
        if !self.skipped.is_empty() {
            println!("to run them too, as root on Debian: cargo xtask test --install-servers\n");
        }
        println!("{}", self.counts());
    }
}

/// The number in front of a word.
fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Summary;

    const OUTPUT: &str = "\
running 3 tests
test a::passes ... ok
test a::skips ... ok
test a::skips_and_fails ... FAILED

failures:

---- a::skips_and_fails stdout ----
thread panicked

failures:
    a::skips_and_fails

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

running 3 tests
test b::part ... ignored, part of another test
test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; 4 filtered out; finished in 0.00s
";

    #[test]
    fn a_skipped_test_is_neither_passed_nor_counted_twice() {
        let mut summary = Summary::default();
        let mut shown = Vec::new();
        summary.read(&mut OUTPUT.as_bytes(), &mut shown).expect("a slice can be read");
        assert_eq!(shown, OUTPUT.as_bytes());
        assert_eq!(summary.counts(), "3 passed, 1 failed, 1 skipped");
        summary.skipped_tests(
            "p main a::skips\tnft\np main a::skips\tmariadb-server\np main a::skips_and_fails\tnft\n",
        );
        assert_eq!(summary.counts(), "2 passed, 1 failed, 2 skipped");
    }
}
