//! A failed test in words that help to mend the code.

use std::collections::BTreeSet;

use super::{Build, TIME_LIMIT, TestFailure};
use crate::compiler::Unit;
use crate::process::Finished;

/// How many lines of a report are shown.
const LINES_SHOWN: usize = 45;

/// How many lines of the failing test are shown.
const TEST_LINES_SHOWN: usize = 60;

/// What went wrong: the program's words, the lines of the code they point at, and the test that failed.
pub fn explain(finished: &Finished, build: Build, code_path: &str, code: &str, test: &Unit) -> TestFailure {
    let report = scrubbed(&finished.stderr);
    let mut out = format!("The module's test, built with {}, failed{}\n", build.name(), ending(finished));
    if !report.trim().is_empty() {
        out.push_str(&format!("\n```\n{}\n```\n", first_lines(&report, LINES_SHOWN)));
    }
    let lines = places(&report, code_path);
    if !lines.is_empty() {
        out.push_str("\nLines of your code in this report:\n");
        for line in lines {
            if let Some(text) = code.lines().nth(line - 1) {
                out.push_str(&format!("- line {line}: `{}`\n", text.trim()));
            }
        }
    }
    if let Some(case) = places(&report, &test.path).first().and_then(|line| enclosing(&test.text, *line)) {
        out.push_str(&format!(
            "\nThe test that failed:\n```c\n{}\n```\n",
            first_lines(&case, TEST_LINES_SHOWN)
        ));
    }
    TestFailure { feedback: out.trim_end().to_owned(), words: words(&report, &test.path) }
}

/// The words of a report, without those of the test's own file name.
fn words(report: &str, test_path: &str) -> BTreeSet<String> {
    let rest = report.replace(test_path, "");
    let words = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn ending(finished: &Finished) -> String {
    use std::os::unix::process::ExitStatusExt;
    let Some(status) = finished.status else {
        return format!(
            ": it did not end within {} seconds. An endless loop, or a lock that is never released or is taken twice.",
            TIME_LIMIT.as_secs()
        );
    };
    match status.signal() {
        Some(11) => ": it accessed memory that is not its own (SIGSEGV).".to_owned(),
        Some(6) => ": it aborted (SIGABRT).".to_owned(),
        Some(signal) => format!(": it was ended by signal {signal}."),
        None => ".".to_owned(),
    }
}

/// A report without what differs from run to run and from machine to machine: process numbers, addresses, folders,
/// and frames of the sanitizers themselves.
fn scrubbed(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let foreign_frame = is_foreign_frame(line.trim());
        let end = line.starts_with("SUMMARY:") || line.contains("Shadow bytes around");
        if line.starts_with("=====") && !line.contains("ERROR") || foreign_frame {
            continue;
        }
        if end && line.contains("Shadow bytes") {
            break;
        }
        let words: Vec<String> = line.split(' ').filter_map(scrub_word).collect();
        out.push_str(words.join(" ").trim_end());
        out.push('\n');
    }
    out
}

/// Whether a line of a stack belongs to the C library, the start of the program or a sanitizer.
fn is_foreign_frame(line: &str) -> bool {
    line.starts_with('#') && (line.contains(" ../") || line.contains(" in _start") || line.contains(" nptl/"))
}

fn scrub_word(word: &str) -> Option<String> {
    let bare = word.trim_matches(|c: char| "()[],:=.".contains(c));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if bare.strip_prefix("0x").is_some_and(number)
        || bare.strip_prefix("pid=").or(bare.strip_prefix("tid=")).is_some_and(number)
    {
        return None;
    }
    if bare.starts_with("BuildId:") {
        return None;
    }
    let word = match word.strip_prefix("==").and_then(|rest| rest.split_once("==")) {
        Some((pid, rest)) if number(pid) => rest,
        _ => word,
    };
    let module_offset = word.starts_with('(') && word.contains("+0x");
    if module_offset { None } else { Some(word.trim_start_matches("./").to_owned()) }
}

/// The line numbers with which `path` is mentioned, each once, in order.
fn places(report: &str, path: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (at, _) in report.match_indices(path) {
        let rest = report[at + path.len()..].strip_prefix(':').unwrap_or_default();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if let Ok(line @ 1..) = rest[..digits].parse()
            && !lines.contains(&line)
        {
            lines.push(line);
        }
    }
    lines.truncate(8);
    lines
}

/// The block at file scope that a line lies in: from the nearest line above that begins one to the closing brace.
fn enclosing(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let starts = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    let last = line.min(lines.len());
    let start = lines[..last].iter().rposition(|text| starts(text))?;
    let length = lines[start..].iter().position(|text| *text == "}")?;
    (start + length + 1 >= line).then(|| lines[start..=start + length].join("\n"))
}

fn first_lines(text: &str, count: usize) -> String {
    let mut lines: Vec<&str> = text.trim_matches('\n').lines().take(count + 1).collect();
    if lines.len() > count {
        lines[count] = "[…]";
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_from_run_to_run_is_left_out() {
        let report = "=================================================================\n\
                      ==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x5581 bp 0x7ffc\n\
                      READ of size 4 at 0x602000000010 thread T0\n    #0 0x55d in step generated/path/step.c:12\n\
                      \x20   #1 0x7f1 in free ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:52\n\
                      \x20   #2 0x7f2 in main (/tmp/x/test+0x1234)\n\
                      SUMMARY: AddressSanitizer: heap-use-after-free generated/path/step.c:12 in step\n\
                      Shadow bytes around the buggy address:\n  0x0c047fff7fb0: 00\n";
        assert_eq!(
            scrubbed(report),
            "ERROR: AddressSanitizer: heap-use-after-free on address at pc bp\nREAD of size 4 at thread T0\n    \
             #0 in step generated/path/step.c:12\n    #2 in main\n\
             SUMMARY: AddressSanitizer: heap-use-after-free generated/path/step.c:12 in step\n"
        );
    }

    #[test]
    fn the_test_around_a_line_is_found() {
        let text = "TEST(first)\n{\n\tCHECK(1);\n}\n\nTEST(second)\n{\n\tif (1) {\n\t\tCHECK(0);\n\t}\n}\n";
        assert_eq!(enclosing(text, 9).unwrap(), "TEST(second)\n{\n\tif (1) {\n\t\tCHECK(0);\n\t}\n}");
        assert_eq!(enclosing(text, 5), None);
    }

    #[test]
    fn lines_of_the_code_are_found_in_a_report() {
        let report = "#0 in f generated/a/f.c:12:3\n#1 in g generated/a/f.c:7\n#2 in f generated/a/f.c:12";
        assert_eq!(places(report, "generated/a/f.c"), [12, 7]);
    }
}
