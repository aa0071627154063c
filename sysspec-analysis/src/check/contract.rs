//! SYN of contracts: labels that are repeated, empty or misspelt, and conditions that say the same.

use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower::{Contract, ContractKind, Form, Item, Section, SectionContent, SectionKind, normalise};
use crate::span::Span;
use crate::spelling::closest;
use crate::{Applicability, Code, Phase};

/// What is wrong with the contracts of a section.
pub fn check(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let checker = Checker { db, section, content: section.content(db) };
    checker.level(&checker.content.contracts, out);
    if section.key(db).kind != SectionKind::Preamble {
        checker.items(&checker.content.items, out);
    }
}

struct Checker<'db> {
    db: &'db dyn Db,
    section: Section<'db>,
    content: &'db SectionContent,
}

impl Checker<'_> {
    /// The contracts of a section, or of one phase of an algorithm.
    fn level(&self, contracts: &[Contract], out: &mut Vec<Finding>) {
        for (at, contract) in contracts.iter().enumerate() {
            let (before, behind) = (&contracts[..at], contracts.get(at + 1));
            out.extend(self.repeated(before, contract));
            out.extend(self.empty(contract, behind));
            out.extend(self.same(before, contract));
            out.extend(self.twice(contract));
            self.items(&contract.items, out);
        }
    }

    fn items(&self, items: &[Item], out: &mut Vec<Finding>) {
        for item in items {
            out.extend(self.misspelt(item));
            self.items(&item.items, out);
            self.level(&item.contracts, out);
        }
    }

    fn place(&self, span: Span) -> Place {
        Place::section(self.db, self.section, span)
    }

    fn is_of_same_function(&self, one: &Contract, other: &Contract) -> bool {
        one.function.map(|span| self.content.of(span)) == other.function.map(|span| self.content.of(span))
    }

    fn repeated(&self, before: &[Contract], contract: &Contract) -> Option<Finding> {
        if !matches!(contract.kind, ContractKind::Pre | ContractKind::Post) {
            return None;
        }
        let first = before
            .iter()
            .find(|first| first.kind == contract.kind && self.is_of_same_function(first, contract))?;
        // Words without a stop right above a label are its title: what is below it speaks of something else.
        let above = before.last().and_then(|above| above.items.last());
        let is_titled = above
            .is_some_and(|above| above.form == Form::Sentence && !self.content.of(above.text).ends_with('.'));
        let has_title = is_titled && before.last().is_some_and(|above| above.items.len() > 1);
        if has_title {
            return None;
        }
        let name = self.content.of(contract.name);
        let message = format!("`{name}` is given a second time");
        let finding = Finding::new(Code::DUPLICATE_CONTRACT, self.place(contract.name), message);
        Some(finding.related(self.place(first.name), "the first one is here").help("join the two"))
    }

    fn empty(&self, contract: &Contract, behind: Option<&Contract>) -> Option<Finding> {
        if !contract.is_empty {
            return None;
        }
        // An algorithm may consist of a goal and what it takes to reach it.
        let part = |next: &Contract| {
            matches!(next.kind, ContractKind::Goal | ContractKind::Algorithm | ContractKind::ErrorHandling)
        };
        if contract.kind == ContractKind::Algorithm && behind.is_some_and(part) {
            return None;
        }
        let name = self.content.of(contract.name);
        let finding =
            Finding::new(Code::EMPTY_CONTRACT, self.place(contract.name), format!("`{name}` says nothing"));
        let finding = finding.help("say what holds, or `None.` when there is nothing to say");
        let is_condition =
            matches!(contract.kind, ContractKind::Pre | ContractKind::Post | ContractKind::Invariant);
        if !is_condition {
            return Some(finding);
        }
        let end = Span { start: contract.label.end, end: contract.label.end };
        Some(finding.guess("write `None.`", self.place(end), " None."))
    }

    /// A post-condition that is its pre-condition says nothing of the call. Locks are held before and after by many
    /// a function, and the refine phase speaks of nothing else.
    fn same(&self, before: &[Contract], contract: &Contract) -> Option<Finding> {
        let key = self.section.key(self.db);
        if contract.kind != ContractKind::Post || key.phase != Phase::Functional || key.subject.is_some() {
            return None;
        }
        let pre = before
            .iter()
            .rev()
            .find(|pre| pre.kind == ContractKind::Pre && self.is_of_same_function(pre, contract))?;
        let (says, needs) = (self.conditions(contract)?, self.conditions(pre)?);
        let is_trivial = says.iter().all(|said| said == " none" || said == "none" || said.contains("lock"));
        if says != needs || is_trivial {
            return None;
        }
        let message = "the post-condition says just what the pre-condition says";
        Some(
            Finding::new(Code::SAME_CONDITIONS, self.place(contract.name), message)
                .related(self.place(pre.name), "the pre-condition is here")
                .help("say what the call changes, or what it returns"),
        )
    }

    /// The conditions of a contract in an order of their own; `None` when there are cases or nothing at all.
    fn conditions(&self, contract: &Contract) -> Option<Vec<String>> {
        let mut said = Vec::new();
        let mut has_cases = false;
        for item in &contract.items {
            item.walk(&mut |item| {
                has_cases |= item.form == Form::Case || !item.contracts.is_empty();
                said.push(normalise(self.content.of(item.text)));
            });
        }
        said.retain(|said| !said.is_empty());
        said.sort();
        (!has_cases && !said.is_empty()).then_some(said)
    }

    /// Items of one list that say the same.
    fn twice(&self, contract: &Contract) -> Vec<Finding> {
        let mut out = Vec::new();
        if !matches!(contract.kind, ContractKind::Pre | ContractKind::Post | ContractKind::Invariant) {
            return out;
        }
        let mut seen: Vec<(Option<u32>, String, Span)> = Vec::new();
        let is_plain = |item: &&Item| {
            matches!(item.form, Form::Bullet | Form::Numbered)
                && item.items.is_empty()
                && item.contracts.is_empty()
        };
        for item in contract.items.iter().filter(is_plain) {
            let said = normalise(self.content.of(item.text));
            if said.is_empty() {
                continue;
            }
            match seen.iter().find(|(list, known, _)| *list == item.list && *known == said) {
                Some((_, _, first)) => out.push(self.duplicate(item, *first)),
                None => seen.push((item.list, said, item.text)),
            }
        }
        out
    }

    fn duplicate(&self, item: &Item, first: Span) -> Finding {
        let finding =
            Finding::new(Code::DUPLICATE_CONDITION, self.place(item.text), "this condition is stated twice")
                .related(self.place(first), "it is stated here already");
        let start = self.content.text[..item.whole.start].rfind('\n').unwrap_or(item.whole.start);
        let line = Span { start, end: item.whole.end };
        // Without it, the numbers of a list would have a gap.
        let applicability =
            if item.form == Form::Bullet { Applicability::Safe } else { Applicability::Unsafe };
        finding.remedy("delete it", applicability, vec![(self.place(line), String::new())])
    }

    fn misspelt(&self, item: &Item) -> Option<Finding> {
        if !matches!(item.form, Form::Sentence | Form::Bullet) || !self.begins_line(item) {
            return None;
        }
        let word = label_word(self.content.of(item.text))?;
        let word = Span { start: item.text.start + word.start, end: item.text.start + word.end };
        let written = self.content.of(word);
        let kind = nearest_label(written)?;
        let meant = in_style_of(written, kind.label());
        let message = format!("unknown label `{written}`: did you mean `{meant}`?");
        Some(
            Finding::new(Code::MISSPELT_LABEL, self.place(word), message)
                .help("what stands below it is read as a part of what stands above it")
                .fix(format!("write `{meant}`"), self.place(word), meant),
        )
    }

    /// Whether nothing but a marker stands before the item's words on their line.
    fn begins_line(&self, item: &Item) -> bool {
        let start = item.marker.map_or(item.text.start, |marker| marker.start);
        let line = self.content.text[..start].rsplit('\n').next().unwrap_or_default();
        line.trim().is_empty()
    }
}

/// The word of what is written like a label: up to three words, with a colon behind them, or alone between stars.
fn label_word(text: &str) -> Option<Span> {
    let line = text.lines().next()?;
    let is_dress = |c: char| c == '*' || c == ' ';
    let start = line.len() - line.trim_start_matches(is_dress).len();
    let length = line[start..]
        .find(|c: char| !(c.is_alphabetic() || c == '-' || c == ' ' || crate::lower::is_invisible(c)))
        .unwrap_or(line.len() - start);
    let end = start + line[start..start + length].trim_end().len();
    let behind = line[end..].trim_matches(is_dress);
    let is_starred = start >= 2 && line[end..].trim_start().starts_with('*');
    let is_label = behind.starts_with(':') || (is_starred && behind.is_empty());
    (is_label && line[start..end].split_whitespace().count() <= 3).then_some(Span { start, end })
}

/// The label that a word is a slip of. Short labels resemble too many words to tell.
fn nearest_label(written: &str) -> Option<ContractKind> {
    const LABELS: &[&str] = &[
        "precondition",
        "preconditions",
        "postcondition",
        "postconditions",
        "invariant",
        "invariants",
        "systemalgorithm",
        "errorhandling",
    ];
    let letters = written.chars().filter(char::is_ascii_alphabetic);
    let word: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    let (distance, near) = closest(&word, LABELS.iter().copied())?;
    let limit = if near.len() > 10 { 2 } else { 1 };
    ContractKind::of(near).filter(|_| distance <= limit)
}

/// The label in the letters, and with the joint, of what was written.
fn in_style_of(written: &str, label: &str) -> String {
    let is_upper = !written.chars().any(char::is_lowercase);
    let is_joined = !written.contains(['-', ' ']);
    let label = if is_joined { label.replace('-', "") } else { label.to_owned() };
    match (is_upper, is_joined) {
        (true, _) => label.to_uppercase(),
        (false, true) => {
            let mut letters = label.chars();
            let first = letters.next().map(String::from).unwrap_or_default();
            first + &letters.as_str().to_lowercase()
        }
        (false, false) => label,
    }
}
