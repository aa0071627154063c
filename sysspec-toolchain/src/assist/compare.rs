//! What a refined specification must not change: the signature, and what others may rely on.

use std::collections::BTreeSet;

use sysspec_analysis::ModuleModel;

/// In which way the module is another one than it was.
pub fn identity_changes(
    before: &ModuleModel,
    after: &ModuleModel,
    may_change_guarantee: bool,
) -> Option<String> {
    if before.name != after.name {
        return Some(format!(
            "It is a specification of `{}`, and the one of `{}` was asked for.",
            after.name, before.name
        ));
    }
    // One that nobody could read yet is not relied on.
    if may_change_guarantee || before.guarantees.is_empty() {
        return None;
    }
    let signatures = |module: &ModuleModel| -> BTreeSet<String> {
        module.guarantees.iter().map(|guarantee| squeezed(&guarantee.declaration)).collect()
    };
    if signatures(before) != signatures(after) {
        let declared: Vec<&str> =
            before.guarantees.iter().map(|guarantee| guarantee.declaration.trim()).collect();
        return Some(format!(
            "Its section [GUARANTEE] differs. Other modules rely on it; it must stay exactly:\n{}",
            declared.join("\n")
        ));
    }
    None
}

/// In which ways a contract promises less, or demands more, than before: compared clause by clause, as text.
pub fn weaker(before: &ModuleModel, after: &ModuleModel) -> Vec<String> {
    let (before, after) = (clauses(before), clauses(after));
    let gone = before.difference(&after).filter(|clause| clause.kind != Kind::Pre);
    let gone = gone.map(|clause| format!("the {} no longer says: {}", clause.kind.name(), clause.text));
    let new = after.difference(&before).filter(|clause| clause.kind == Kind::Pre);
    gone.chain(new.map(|clause| format!("the pre-condition now demands: {}", clause.text))).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Pre,
    Post,
    Invariant,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Pre => "pre-condition",
            Self::Post => "post-condition",
            Self::Invariant => "invariant",
        }
    }

    /// What a bold label begins; the inner `None` is something that is not promised.
    fn of_label(line: &str) -> Option<Option<Kind>> {
        let label = line.trim().strip_prefix("**")?;
        let (label, rest) = label.split_once("**")?;
        let label: String = label.to_lowercase().chars().filter(|c| c.is_ascii_alphabetic()).collect();
        match label.as_str() {
            "precondition" => Some(Some(Self::Pre)),
            "postcondition" => Some(Some(Self::Post)),
            "invariant" => Some(Some(Self::Invariant)),
            _ if rest.trim_start().starts_with(':') && rest.trim() == ":" && label.contains("algorithm") => {
                Some(None)
            }
            _ => None,
        }
    }
}

/// A clause, by whose contract it belongs to and what it says in normalised words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Clause {
    section: String,
    kind: Kind,
    text: String,
}

fn clauses(module: &ModuleModel) -> BTreeSet<Clause> {
    let locks = module.refine.as_ref().map_or("", |refine| &refine.text);
    let mut out = BTreeSet::new();
    for (phase, text) in [("", module.functional.as_str()), ("refine ", locks)] {
        collect(phase, text, &mut out);
    }
    out
}

fn collect(phase: &str, text: &str, out: &mut BTreeSet<Clause>) {
    let (mut section, mut kind): (String, Option<Kind>) = (String::new(), None);
    let mut open: Option<Clause> = None;
    for line in text.lines() {
        let words = line.trim();
        let label = Kind::of_label(line);
        let continues = line.starts_with([' ', '\t']) && !words.starts_with(['-', '*']);
        if words.starts_with('[') && words.contains(']') {
            (section, kind) = (format!("{phase}{words}"), None);
        } else if let Some(found) = label {
            kind = found;
        } else if let (Some(clause), true) = (&mut open, continues && !words.is_empty()) {
            clause.text = format!("{} {words}", clause.text);
            continue;
        } else if let (Some(kind), false) = (kind, words.is_empty()) {
            let said = words.strip_prefix("- ").or(words.strip_prefix("* ")).unwrap_or(words);
            let clause = Clause { section: section.clone(), kind, text: normal(said) };
            out.extend(open.replace(clause));
            continue;
        }
        out.extend(open.take());
    }
    out.extend(open);
}

/// A clause without what does not count: the amount of white space, and the full stop.
fn normal(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != ';').collect()
}
