//! Contracts: the labelled conditions of a section, item by item, in one form whatever way they are written.
//!
//! Everything is a plain value with spans that count from the start of the section; texts are read through
//! [`SectionContent::of`](super::SectionContent::of).

use crate::span::Span;

/// A labelled part: `**Pre-Condition**:`, `- POSTCONDITION: …`, `Invariant: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// What the label means.
    pub kind: ContractKind,
    /// The function named on the line above; without it, the section says whose contract it is.
    pub function: Option<Span>,
    /// The label with its marker, stars and colon.
    pub label: Span,
    /// The words of the label.
    pub name: Span,
    /// The label and all that it governs.
    pub whole: Span,
    /// Whether nothing follows the label. `None.` is something.
    pub is_empty: bool,
    /// What it says.
    pub items: Vec<Item>,
}

/// What a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContractKind {
    /// What must hold before a call.
    Pre,
    /// What holds after it.
    Post,
    /// What holds before and after.
    Invariant,
    /// What it is for.
    Intent,
    /// How it is done.
    Algorithm,
    /// What a step is to reach.
    Goal,
    /// What is done when something fails.
    ErrorHandling,
}

/// One thing that a contract says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// How it is written.
    pub form: Form,
    /// The item with its marker and all that hangs on it.
    pub whole: Span,
    /// Its own words, without marker, head and nested items; may reach over several lines. Of a case, its outcome.
    pub text: Span,
    /// The insides of the code spans in `text`.
    pub codes: Vec<Span>,
    /// The list marker: `-`, `3.`, `b)`.
    pub marker: Option<Span>,
    /// Counts the lists of the section: items with the same number are of one list.
    pub list: Option<u32>,
    /// The head of a case.
    pub case: Option<Box<Case>>,
    /// What hangs on it.
    pub items: Vec<Item>,
    /// The labelled parts that hang on it, as in the phases of an algorithm.
    pub contracts: Vec<Contract>,
}

/// How an item is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// In a list, with a dash or the like.
    Bullet,
    /// In a list, with a number or letter.
    Numbered,
    /// Without a marker: a sentence of a paragraph.
    Sentence,
    /// As a case: `**Case 2 (title)** guard: outcome`, `Success, return 0: outcome`.
    Case,
    /// As the head of an algorithm's phase: `**Phase 2: title**`; `text` is the head.
    Phase,
}

/// The head of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// All of the head, without the list marker.
    pub head: Span,
    /// Its number: `2`, `2a`, `1.2`.
    pub number: Option<Span>,
    /// Its title; of a case without a number, its label (`Success, return 0`).
    pub title: Option<Span>,
    /// Its guard.
    pub guard: Option<Span>,
}

impl ContractKind {
    /// The kind that a label in any of its spellings stands for.
    pub fn of(label: &str) -> Option<Self> {
        let letters = label.chars().filter(|letter| letter.is_ascii_alphabetic());
        let word: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        Some(match word.strip_suffix('s').unwrap_or(&word) {
            "precondition" => Self::Pre,
            "postcondition" => Self::Post,
            "invariant" => Self::Invariant,
            "intent" => Self::Intent,
            "systemalgorithm" | "algorithm" => Self::Algorithm,
            "goal" => Self::Goal,
            "errorhandling" => Self::ErrorHandling,
            _ => return None,
        })
    }

    /// How a label of the kind is written.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pre => "Pre-Condition",
            Self::Post => "Post-Condition",
            Self::Invariant => "Invariant",
            Self::Intent => "Intent",
            Self::Algorithm => "System Algorithm",
            Self::Goal => "Goal",
            Self::ErrorHandling => "Error Handling",
        }
    }
}

impl Item {
    /// The item and all that hangs on it, in the order of the text; not what its labelled parts hold.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Item)) {
        visit(self);
        self.items.iter().for_each(|item| item.walk(visit));
    }
}

impl Contract {
    /// The contract and every contract nested in its items.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Contract)) {
        visit(self);
        for item in &self.items {
            item.walk(&mut |item| item.contracts.iter().for_each(|nested| nested.walk_dyn(visit)));
        }
    }

    /// Breaks the recursion of closure types.
    fn walk_dyn<'a>(&'a self, visit: &mut dyn FnMut(&'a Contract)) {
        self.walk(&mut |contract| visit(contract));
    }
}

/// A condition for comparison: without emphasis, articles, invisible characters and the final stop, with single blanks
/// and, outside code spans, in lower case.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            // Blanks mean nothing in C either, but the case of letters does.
            out.push('`');
            out.extend(part.split_whitespace());
            out.push('`');
            continue;
        }
        for word in part.split_whitespace() {
            let word: String = word.chars().filter(|c| *c != '*' && !super::is_invisible(*c)).collect();
            let word = word.to_lowercase();
            if !matches!(word.as_str(), "" | "a" | "an" | "the") {
                out.push(' ');
                out += &word;
            }
        }
    }
    out.trim_matches([' ', '.', ';', ',']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_label_are_one_kind() {
        for label in
            ["Pre-Condition", "PRECONDITION", "Precondition", "pre conditions", "Pre\u{2060}-Condition"]
        {
            assert_eq!(ContractKind::of(label), Some(ContractKind::Pre), "{label}");
        }
        assert_eq!(ContractKind::of("System Algorithm"), Some(ContractKind::Algorithm));
        assert_eq!(ContractKind::of("Error Handling"), Some(ContractKind::ErrorHandling));
        assert_eq!(ContractKind::of("Remark"), None);
    }

    #[test]
    fn conditions_are_compared_without_their_dress() {
        let same = |left: &str, right: &str| assert_eq!(normalise(left), normalise(right));
        same("The lock of **cur** is owned.", "lock of cur  is\n  owned");
        same("`a  ==  b`", "`a == b`.");
        assert_ne!(normalise("`A == b`"), normalise("`a == b`"), "C distinguishes case");
        assert_ne!(normalise("x is owned"), normalise("x is not owned"));
    }
}
