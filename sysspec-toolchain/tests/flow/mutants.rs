//! The code of SpecFS with one fault put into it: most must be found, and nothing may hang or stop the checker.

use proptest::prelude::*;
use sysspec_toolchain::csource::Source;
use sysspec_toolchain::flow;

use crate::specfs::{analysis, code};

/// One line of a file left out, or changed.
struct Mutant {
    kind: &'static str,
    name: String,
    text: String,
}

/// A text without some lines.
fn without(text: &str, left_out: impl Fn(usize) -> bool) -> String {
    let kept = text.lines().enumerate().filter(|(at, _)| !left_out(*at));
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

fn mutants() -> Vec<Mutant> {
    let mut out = Vec::new();
    for (name, text) in code() {
        let lines: Vec<&str> = text.lines().collect();
        let mut push =
            |kind, at: usize, text| out.push(Mutant { kind, name: format!("{name}:{}", at + 1), text });
        for (at, line) in lines.iter().enumerate() {
            let trimmed = line.trim();
            let is_call = |name: &str| trimmed.starts_with(name) && trimmed.ends_with(';');
            if is_call("unlock(") || is_call("unlock_both(") {
                push("drop an unlock", at, without(&text, |line| line == at));
            }
            if is_call("lock(") {
                push("drop a lock", at, without(&text, |line| line == at));
                let mut moved = lines.clone();
                if at + 1 < lines.len() && lines[at + 1].trim().ends_with(';') {
                    moved.swap(at, at + 1);
                    push("lock after use", at, moved.join("\n") + "\n");
                }
                let mut twice = lines.clone();
                twice.insert(at, line);
                push("lock twice", at, twice.join("\n") + "\n");
            }
            if is_call("free(") || is_call("inode_dispose(") {
                if lines[at - 1].trim().ends_with(';') {
                    let mut early = lines.clone();
                    early.swap(at, at - 1);
                    push("free early", at, early.join("\n") + "\n");
                }
                push("drop a free", at, without(&text, |line| line == at));
                let mut twice = lines.clone();
                twice.insert(at, line);
                push("free twice", at, twice.join("\n") + "\n");
            }
            let is_null_test = trimmed.starts_with("if (") && trimmed.ends_with("== NULL)");
            if is_null_test && lines.get(at + 1).is_some_and(|next| next.trim().starts_with("return")) {
                push("forget a test for NULL", at, without(&text, |line| line == at || line == at + 1));
            }
            if is_null_test && lines.get(at + 1).is_none_or(|next| !next.trim().starts_with("return")) {
                let end = (at..lines.len()).find(|line| lines[*line].trim() == "}").unwrap_or(at);
                let is_block = trimmed.ends_with('{');
                if is_block {
                    push("forget a test for NULL", at, without(&text, |line| (at..=end).contains(&line)));
                }
            }
        }
    }
    // What does not parse is no fault that this checker is there for.
    out.retain(|mutant| Source::parse(&mutant.text).syntax_fault().is_none());
    out
}

/// Nine of ten faults in locks and lifetimes are found before anything runs.
#[test]
fn faults_put_into_specfs_are_found() {
    let analysis = analysis();
    let mut counts = std::collections::BTreeMap::<&str, (usize, usize)>::new();
    let mut survivors = Vec::new();
    for Mutant { kind, name, text } in mutants() {
        let report = flow::check(&analysis, &text).unwrap();
        let is_found = report
            .findings
            .iter()
            .any(|finding| finding.code.severity() == sysspec_analysis::Severity::Error);
        let (all, found) = counts.entry(kind).or_default();
        *all += 1;
        *found += usize::from(is_found);
        if !is_found {
            survivors.push(format!("{kind}: {name}"));
        }
    }
    for (kind, (all, found)) in &counts {
        println!("{kind}: {found} of {all}");
    }
    println!("not found:\n{}", survivors.join("\n"));
    // Memory of a structure that nobody frees is lost by what the contract says in prose.
    counts.remove("drop a free");
    let (all, found) = counts.values().fold((0, 0), |(all, found), (a, f)| (all + a, found + f));
    println!("{found} of {all}");
    assert!(all >= 60 && 10 * found >= 9 * all, "{found} of {all}\n{}", survivors.join("\n"));
}

/// Words of C, so that a soup of them looks like code here and there.
fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "int",
        "struct node",
        "*",
        "(",
        ")",
        "{",
        "}",
        ";",
        ",",
        "if",
        "else",
        "while",
        "for",
        "do",
        "switch",
        "case 1:",
        "default:",
        "break;",
        "continue;",
        "return",
        "goto out;",
        "out:",
        "x",
        "p",
        "->",
        ".",
        "next",
        "=",
        "==",
        "!=",
        "<",
        "&&",
        "||",
        "!",
        "&",
        "[",
        "]",
        "?",
        ":",
        "++",
        "--",
        "+=",
        "0",
        "1",
        "NULL",
        "lock(p);",
        "unlock(p);",
        "free(p);",
        "f_none",
        "sizeof",
        "\n",
        "#define A 1\n",
        "#if 1\n",
        "#endif\n",
        "'",
        "\"",
        "/*",
        "*/",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the text is, the checker comes to an end and says something of every function with a contract.
    #[test]
    fn any_text_is_taken(tokens in prop::collection::vec(token(), 0..120)) {
        let mut host = sysspec_analysis::Host::new();
        let spec = "[GUARANTEE]\n```c\nint f(struct node *p, int x);\n```\n\n[SPECIFICATION]\n**Pre-Condition**:\n- `locked(p)`\n\n**Post-Condition**:\n- `!locked(p)`\n";
        host.set_file("f.spec", Some(spec));
        let text = format!("int f(struct node *p, int x)\n{{\n{}\n}}\n", tokens.join(" "));
        let report = flow::check(&host.snapshot(), &text).unwrap();
        prop_assert!(report.decided.len() + report.undecided.len() <= 64);
    }

    /// Code of SpecFS with lines left out, doubled and moved comes to an end too.
    #[test]
    fn shuffled_code_is_taken(
        file in 0usize..1000,
        changes in prop::collection::vec((0usize..200, 0usize..200, 0u8..3), 1..6),
    ) {
        let files = code();
        let (_, text) = &files[file % files.len()];
        let mut lines: Vec<&str> = text.lines().collect();
        for (one, two, change) in changes {
            let (one, two) = (one % lines.len(), two % lines.len());
            match change {
                0 => lines.swap(one, two),
                1 => lines.insert(one, lines[two]),
                _ if lines.len() > 4 => _ = lines.remove(one),
                _ => {}
            }
        }
        thread_local!(static ANALYSIS: sysspec_analysis::Analysis = analysis());
        ANALYSIS.with(|analysis| _ = flow::check(analysis, &lines.join("\n")).unwrap());
    }
}
