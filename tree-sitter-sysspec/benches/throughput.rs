//! How fast specifications are parsed, beside C of the same size with tree-sitter-c in the same run.
//!
//! Measured is the time of the processor, since other work on the machine would blur the ratio.
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::path::{Path, PathBuf};

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tree_sitter::{InputEdit, Language, Parser, Point, Tree};

/// The time that this thread has kept a processor busy.
struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `now` is valid for writes, and the clock exists on every system that the specifications are for.
        #[allow(unsafe_code)]
        let outcome = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
        assert_eq!(outcome, 0, "there is a clock for threads");
        Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// The files below `folder` with the extension, in the order of their paths.
fn files(folder: &Path, extension: &str) -> Vec<String> {
    let mut folders = vec![folder.to_path_buf()];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn specs() -> Vec<String> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../specfs-specs"), "spec")
}

/// As many texts of the same sizes, cut at lines from C that is said over and over.
fn c_of_the_same_sizes(specs: &[String]) -> Vec<String> {
    let sources =
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../specfs-specs/generated"), "c").concat();
    let mut lines = sources.split_inclusive('\n').cycle();
    let mut behind = 0;
    specs
        .iter()
        .map(|spec| {
            let mut text = String::new();
            while text.len() + behind < spec.len() {
                text.push_str(lines.next().unwrap());
            }
            behind = text.len() + behind - spec.len();
            text
        })
        .collect()
}

fn parser(language: impl Into<Language>) -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&language.into()).unwrap();
    parser
}

fn bytes(texts: &[String]) -> Throughput {
    Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum())
}

fn fresh(criterion: &mut Criterion<ProcessorTime>) {
    let specs = specs();
    let sources = c_of_the_same_sizes(&specs);
    let mut group = criterion.benchmark_group("fresh");
    for (name, language, texts) in [
        ("spec", tree_sitter_sysspec::LANGUAGE, &specs),
        ("c", tree_sitter_c::LANGUAGE, &sources),
        ("spec, one file", tree_sitter_sysspec::LANGUAGE, &vec![specs.concat()]),
        ("c, one file", tree_sitter_c::LANGUAGE, &vec![sources.concat()]),
    ] {
        let mut parser = parser(language);
        group.throughput(bytes(texts));
        group.bench_function(name, |bencher| {
            bencher.iter(|| texts.iter().filter_map(|text| parser.parse(text, None)).count());
        });
    }
    group.finish();
}

/// The edit that replaces `removed` bytes at `start` by `added`, all on one line.
fn edit_in_line(text: &str, start: usize, removed: usize, added: usize) -> InputEdit {
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let row = before.matches('\n').count();
    let point = |byte: usize| Point { row, column: byte - line_start };
    InputEdit {
        start_byte: start,
        old_end_byte: start + removed,
        new_end_byte: start + added,
        start_position: point(start),
        old_end_position: point(start + removed),
        new_end_position: point(start + added),
    }
}

/// A letter typed into prose in the midst of a text, and taken back: two parses.
fn edited(criterion: &mut Criterion<ProcessorTime>) {
    let specs = specs();
    let longest = specs.iter().max_by_key(|spec| spec.len()).unwrap();
    let mut group = criterion.benchmark_group("edit in prose");
    for (name, text) in [("longest spec", longest.clone()), ("all specs as one file", specs.concat())] {
        let contract = text.len() / 2 + text[text.len() / 2..].find("Post-Condition**:\n").unwrap();
        let place = contract + "Post-Condition**:\n".len() + 10;
        assert!(text.is_char_boundary(place), "the place is in plain prose");
        let typed = [&text[..place], "x", &text[place..]].concat();
        let typing = edit_in_line(&text, place, 0, 1);
        let taking_back = edit_in_line(&typed, place, 1, 0);
        let mut parser = parser(tree_sitter_sysspec::LANGUAGE);
        let parse = |parser: &mut Parser, text: &str, old: &mut Tree, edit: &InputEdit| {
            old.edit(edit);
            *old = parser.parse(text, Some(old)).unwrap();
        };
        let mut tree = parser.parse(&text, None).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                parse(&mut parser, &typed, &mut tree, &typing);
                parse(&mut parser, &text, &mut tree, &taking_back);
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime);
    targets = fresh, edited
}
criterion_main!(benches);
