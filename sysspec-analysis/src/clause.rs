//! What contracts state, clause by clause: formulas, controlled English, or neither.

use std::sync::Arc;

use crate::c::Shape;
use crate::db::{Db, SourceFile};
use crate::english::{self, Statement};
use crate::formula::{self, Expression};
use crate::lower::{ContractKind, Item, Section, SectionContent, lower};
use crate::span::Span;
use crate::symbols::code;

use rustc_hash::FxHashSet;

/// One clause: an item, or a part of one between semicolons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Where it stands in its section.
    pub span: Span,
    /// What it states.
    pub said: Said,
}

/// What a clause states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A formula: the clause is one code span.
    Formula(Expression),
    /// Controlled English.
    English(Vec<Statement>),
    /// Something that is not understood.
    Informal,
}

/// Clauses that hold together, under a guard when they belong to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// The case's guard. One that is informal guards all the same.
    pub guard: Option<Clause>,
    /// The head of the case, or the item.
    pub head: Span,
    /// Whether it is a case.
    pub is_case: bool,
    /// What holds.
    pub clauses: Vec<Clause>,
}

/// The contract that a section states.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Stated {
    /// Before a call.
    pub pre: Vec<Clause>,
    /// After it.
    pub post: Vec<Guarded>,
    /// Before and after.
    pub invariant: Vec<Clause>,
}

impl Clause {
    /// What it states, as statements.
    pub fn statements(&self) -> Vec<Statement> {
        match &self.said {
            Said::Formula(formula) => vec![Statement::Holds(formula.clone())],
            Said::English(statements) => statements.clone(),
            Said::Informal => Vec::new(),
        }
    }
}

/// The contract that a section states.
#[salsa::tracked]
pub fn stated<'db>(db: &'db dyn Db, section: Section<'db>) -> Arc<Stated> {
    let content = section.content(db);
    if content.contracts.is_empty() {
        return Arc::default();
    }
    let names = names(db, section.file(db));
    let reader = Reader { content, names };
    let mut out = Stated::default();
    for contract in content.contracts.iter().filter(|contract| contract.function.is_none()) {
        match contract.kind {
            ContractKind::Pre => contract.items.iter().for_each(|item| reader.plain(item, &mut out.pre)),
            ContractKind::Invariant => {
                contract.items.iter().for_each(|item| reader.plain(item, &mut out.invariant))
            }
            ContractKind::Post => {
                out.post.extend(contract.items.iter().flat_map(|item| reader.guarded(item)))
            }
            _ => {}
        }
    }
    Arc::new(out)
}

/// The bare words that are names in a file: what it declares, and its parameters.
#[salsa::tracked]
fn names(db: &dyn Db, file: SourceFile) -> Arc<FxHashSet<String>> {
    let mut names = FxHashSet::default();
    names.insert("NULL".to_owned());
    for &section in lower(db, file) {
        for declared in &code(db, section).declarations {
            names.insert(declared.symbol.name.clone());
            if let Shape::Function(function, _) = &*declared.shape {
                // A word of the language is one even when a parameter is called so.
                names.extend(function.names.0.iter().flatten().filter(|name| name.len() > 1).cloned());
            }
        }
    }
    Arc::new(names)
}

struct Reader<'s> {
    content: &'s SectionContent,
    names: &'s FxHashSet<String>,
}

impl Reader<'_> {
    /// The clauses of an item and of all that hangs on it.
    fn plain(&self, item: &Item, out: &mut Vec<Clause>) {
        out.extend(self.clauses(item.text));
        item.items.iter().for_each(|nested| self.plain(nested, out));
    }

    fn guarded(&self, item: &Item) -> Vec<Guarded> {
        let Some(case) = &item.case else {
            let mut clauses = Vec::new();
            self.plain(item, &mut clauses);
            return vec![Guarded { guard: None, head: item.whole, is_case: false, clauses }];
        };
        let span = case.guard.or(case.title).unwrap_or(case.head);
        let said = match (case.guard, case.title) {
            (Some(guard), _) => self.said(guard),
            (None, Some(title)) => self.outcome(title),
            _ => Said::Informal,
        };
        let mut clauses = Vec::new();
        self.plain(item, &mut clauses);
        vec![Guarded { guard: Some(Clause { span, said }), head: case.head, is_case: true, clauses }]
    }

    /// "Success, return 0": a label that gives a value is a test of the result.
    fn outcome(&self, title: Span) -> Said {
        let text = self.content.of(title);
        let lower = text.to_ascii_lowercase();
        let said =
            lower.find("return").map_or(Said::Informal, |at| self.read(text[at..].trim_end_matches(')')));
        if matches!(&said, Said::English(statements) if matches!(statements.as_slice(), [Statement::Holds(_)]))
        {
            return said;
        }
        Said::Informal
    }

    /// The parts of a text between semicolons that stand outside of code spans.
    fn clauses(&self, whole: Span) -> Vec<Clause> {
        let text = self.content.of(whole);
        let mut out = Vec::new();
        let (mut start, mut is_code) = (0, false);
        let ends = text.char_indices().filter_map(|(at, c)| {
            is_code ^= c == '`';
            (c == ';' && !is_code).then_some(at)
        });
        for end in ends.chain([text.len()]).collect::<Vec<_>>() {
            let part = &text[start..end];
            let from = start + (part.len() - part.trim_start().len());
            let span = whole.nested(&(from..from + part.trim().len()));
            if !part.trim().is_empty() {
                out.push(Clause { span, said: self.said(span) });
            }
            start = (end + 1).min(text.len());
        }
        out
    }

    fn said(&self, span: Span) -> Said {
        self.read(self.content.of(span))
    }

    fn read(&self, text: &str) -> Said {
        let text = text.trim().trim_end_matches(['.', ':']).trim();
        if let Some(inner) = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'))
            && !inner.contains('`')
        {
            return formula::parse(inner).map_or(Said::Informal, Said::Formula);
        }
        let is_known = |word: &str| self.names.contains(word);
        english::read(text, &is_known).map_or(Said::Informal, Said::English)
    }
}
