//! What a run tells.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::judge::Judged;
use crate::{Kind, Mutant, Subject};

/// The figures of a run.
#[derive(Serialize)]
pub struct Report {
    mutants: usize,
    kinds: Vec<Row>,
    survivors: Vec<Survivor>,
}

/// What became of the mutants of one kind.
#[derive(Default, Serialize)]
struct Row {
    subject: &'static str,
    kind: &'static str,
    made: usize,
    /// By the rules of `sysspec check`.
    check: usize,
    /// By the code gate.
    flow: usize,
    /// By the compiler.
    compile: usize,
    /// Those that say what was said before; they count in no share.
    same: usize,
    survived: usize,
    /// How often each rule spoke.
    codes: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Survivor {
    kind: &'static str,
    path: String,
    line: usize,
    told: String,
}

/// The survivors of a run that was kept.
#[derive(Deserialize)]
pub struct Survivors {
    survivors: Vec<Kept>,
}

#[derive(Deserialize)]
struct Kept {
    path: String,
    line: usize,
    told: String,
}

impl Survivors {
    /// Reads what a run printed as JSON.
    pub fn read(path: &Path) -> Result<Survivors> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no run of mutants", path.display()))
    }

    /// Whether a mutant is one of them.
    pub fn have(&self, mutant: &Mutant) -> bool {
        let is_it =
            |kept: &Kept| kept.path == mutant.path && kept.line == mutant.line && kept.told == mutant.told;
        self.survivors.iter().any(is_it)
    }
}

impl Report {
    /// Counts.
    pub fn new(judged: &[(Mutant, Judged)]) -> Report {
        let mut rows: BTreeMap<Kind, Row> = BTreeMap::new();
        let mut survivors = Vec::new();
        for (mutant, judged) in judged {
            let kind = mutant.kind;
            let row = rows.entry(kind).or_insert_with(|| Row {
                subject: subject(kind.subject),
                kind: kind.name,
                ..Row::default()
            });
            row.made += 1;
            match judged {
                Judged::Check(code) => {
                    row.check += 1;
                    *row.codes.entry(code.as_str()).or_default() += 1;
                }
                Judged::Flow(code) => {
                    row.flow += 1;
                    *row.codes.entry(code.as_str()).or_default() += 1;
                }
                Judged::Compile => row.compile += 1,
                Judged::Same => row.same += 1,
                Judged::Survived => {
                    row.survived += 1;
                    survivors.push(Survivor {
                        kind: kind.name,
                        path: mutant.path.clone(),
                        line: mutant.line,
                        told: mutant.told.clone(),
                    });
                }
            }
        }
        Report { mutants: judged.len(), kinds: rows.into_values().collect(), survivors }
    }

    /// Prints Markdown.
    pub fn print(&self, lists_survivors: bool) {
        println!(
            "| in | mistake | made | check | code gate | compiler | says the same | survived | caught |"
        );
        println!("|---|---|---|---|---|---|---|---|---|");
        self.kinds.iter().for_each(Row::print);
        for subject in [Subject::Spec, Subject::LockOrLifetime, Subject::Logic].map(subject) {
            let mut all = Row { subject, kind: "**all**", ..Row::default() };
            self.kinds.iter().filter(|row| row.subject == subject).for_each(|row| all.add(row));
            if all.made > 0 {
                all.print();
            }
        }
        println!("\n{} mutants. Rules that spoke, by kind:", self.mutants);
        for row in &self.kinds {
            let codes: Vec<String> =
                row.codes.iter().map(|(code, number)| format!("{code} {number}")).collect();
            println!("- {}: {}", row.kind, if codes.is_empty() { "none".into() } else { codes.join(", ") });
        }
        if lists_survivors && !self.survivors.is_empty() {
            println!("\nSurvivors:");
            for Survivor { kind, path, line, told } in &self.survivors {
                println!("- {path}:{line}: {kind}: {told}");
            }
        }
    }
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.made += other.made;
        self.check += other.check;
        self.flow += other.flow;
        self.compile += other.compile;
        self.same += other.same;
        self.survived += other.survived;
    }

    fn print(&self) {
        let Row { subject, kind, made, check, flow, compile, same, survived, .. } = self;
        let meant = made - same;
        let share = if meant == 0 { 100.0 } else { 100.0 * (meant - survived) as f64 / meant as f64 };
        println!(
            "| {subject} | {kind} | {made} | {check} | {flow} | {compile} | {same} | {survived} | {share:.1} % |"
        );
    }
}

fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Spec => "specification",
        Subject::LockOrLifetime => "C, locks and lifetimes",
        Subject::Logic => "C, logic",
    }
}
