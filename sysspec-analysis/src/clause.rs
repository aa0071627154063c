//! What contracts state, clause by clause: formulas, controlled English, or neither.

mod outcome;

use std::sync::Arc;

use crate::Phase;
use crate::c::{Shape, Type};
use crate::db::{Db, SourceFile};
use crate::english::{self, Context, Statement};
use crate::formula::{self, Binary, Expression, Node};
use crate::lower::{Contract, ContractKind, Item, Section, SectionContent, lower};
use crate::span::Span;
use crate::spelling;
use crate::symbols::{Role, code, summary};
use crate::vocabulary::function_shape;

use outcome::Outcomes;
use rustc_hash::FxHashSet;

/// One clause: an item, or a part of one: a sentence, or what stands between semicolons.
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

/// The contract that a section states for the function it is about: of the restated one's name, or the module's own.
#[salsa::tracked]
pub fn stated<'db>(db: &'db dyn Db, section: Section<'db>) -> Arc<Stated> {
    if section.content(db).contracts.is_empty() {
        return Arc::default();
    }
    let about = about(db, section);
    let subject = section.key(db).subject.as_deref().or(about.function.as_deref());
    read_contracts(db, section, subject, about.returns_target, |contract| contract.function.is_none())
}

/// The contract that a section states for a function that is named above it, as the published deltas do.
#[salsa::tracked]
pub fn stated_for<'db>(db: &'db dyn Db, section: Section<'db>, function: String) -> Arc<Stated> {
    let content = section.content(db);
    let is_meant = |contract: &Contract| {
        contract.function.is_some_and(|name| content.of(name).trim_matches(['`', ' ', '*']) == function)
    };
    let shape = function_shape(db, section.file(db), &function);
    read_contracts(db, section, Some(&function), returns_target(shape.as_deref()), is_meant)
}

fn read_contracts<'db>(
    db: &'db dyn Db,
    section: Section<'db>,
    function: Option<&str>,
    returns_target: bool,
    is_meant: impl Fn(&Contract) -> bool,
) -> Arc<Stated> {
    let content = section.content(db);
    if content.contracts.is_empty() {
        return Arc::default();
    }
    let outcomes = outcome::outcomes(db, section, function);
    let reader =
        Reader { content, names: &about(db, section).names, function, returns_target, outcomes: &outcomes };
    let mut out = Stated::default();
    for contract in content.contracts.iter().filter(|contract| is_meant(contract)) {
        match contract.kind {
            ContractKind::Pre => {
                contract.items.iter().for_each(|item| reader.plain(item, &mut out.pre, When::Before));
            }
            ContractKind::Invariant => {
                contract.items.iter().for_each(|item| reader.plain(item, &mut out.invariant, When::Always));
            }
            ContractKind::Post => {
                for item in &contract.items {
                    // A very long contract must not keep a change waiting.
                    db.unwind_if_revision_cancelled();
                    out.post.push(reader.guarded(item));
                }
            }
            _ => {}
        }
    }
    reader.resolve_others(&mut out);
    Arc::new(out)
}

/// The one function that a module guarantees.
fn only_function(db: &dyn Db, file: SourceFile) -> Option<&str> {
    let own = summary(db, file).of_role(|role| role == Role::Guarantee);
    let mut functions = own.filter(|entry| entry.kind == crate::SymbolKind::Function);
    let first = functions.next()?;
    functions.next().is_none().then_some(first.symbol.name.as_str())
}

/// Whether `target` is what a function returns: it returns a pointer, and no parameter is called so.
fn returns_target(shape: Option<&Shape>) -> bool {
    let Some(Shape::Function(function, _)) = shape else { return false };
    let is_free = !function.names.0.iter().flatten().any(|name| name == "target");
    is_free && matches!(function.result, Type::Pointer(_))
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

/// What the file around a section says that its contracts are read with. Seldom another thing when a name elsewhere in
/// the file changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct About {
    /// The function that a section without a subject is about.
    function: Option<Box<str>>,
    /// Whether `target` is what the function returns.
    returns_target: bool,
    /// The names of the file that the section may say, sorted.
    names: Box<[Box<str>]>,
}

#[salsa::tracked]
fn about<'db>(db: &'db dyn Db, section: Section<'db>) -> About {
    let (file, subject) = (section.file(db), section.key(db).subject.as_deref());
    let function = if subject.is_none() { only_function(db, file) } else { None };
    let shape = subject.or(function).and_then(|function| function_shape(db, file, function));
    About {
        function: function.map(Into::into),
        returns_target: returns_target(shape.as_deref()),
        names: names_said(db, section),
    }
}

fn names_said(db: &dyn Db, section: Section<'_>) -> Box<[Box<str>]> {
    let text = spelling::visible(&section.content(db).text);
    let said = names(db, section.file(db)).iter().filter(|name| text.contains(name.as_str()));
    let mut said: Vec<Box<str>> = said.map(|name| name.as_str().into()).collect();
    // What means nothing is known everywhere.
    said.push("NULL".into());
    said.sort_unstable();
    said.dedup();
    said.into()
}

/// When a clause is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
    Always,
}

struct Reader<'s> {
    content: &'s SectionContent,
    names: &'s [Box<str>],
    function: Option<&'s str>,
    returns_target: bool,
    outcomes: &'s Outcomes,
}

impl Reader<'_> {
    /// The clauses of an item and of all that hangs on it.
    fn plain(&self, item: &Item, out: &mut Vec<Clause>, when: When) {
        let text = self.content.of(item.text).trim();
        if item.items.is_empty() || !text.ends_with(':') {
            out.extend(self.clauses(item.text, when));
            return item.items.iter().for_each(|nested| self.plain(nested, out, when));
        }
        // The item introduces what hangs on it.
        let mut below = Vec::new();
        item.items.iter().for_each(|nested| self.plain(nested, &mut below, when));
        let is_known = |word: &str| self.is_known(word);
        let context = self.context(&is_known, when);
        if let Some(following) = english::read_following(text, &context) {
            out.push(Clause { span: item.whole, said: self.conditions(&following, item, &context) });
        } else if let Some(condition) = english::read_condition(text, &context) {
            out.extend(below.into_iter().map(|clause| under(&condition, clause)));
        } else if is_title(text) {
            out.extend(below);
        } else {
            // What is listed holds as far as the item says, which is not understood.
            out.extend(below.into_iter().map(|clause| Clause { said: Said::Informal, ..clause }));
        }
    }

    /// What holds if any of the listed conditions does, or all of them.
    fn conditions(&self, following: &english::Following, item: &Item, context: &Context<'_>) -> Said {
        let conditions = item.items.iter().map(|nested| {
            let text = self.content.of(nested.text).trim().trim_end_matches(['.', ';', ',']);
            nested.items.is_empty().then(|| english::read_condition(text, context))?
        });
        let Some(conditions) = conditions.collect::<Option<Vec<Expression>>>() else { return Said::Informal };
        let operator = if following.is_any { Binary::Or } else { Binary::And };
        let joined = conditions
            .into_iter()
            .reduce(|one, two| Expression::new(Node::Binary(operator, one.into(), two.into()), 0..0));
        joined.map_or(Said::Informal, |condition| {
            Said::English(vec![Statement::If(condition, following.statements.clone())])
        })
    }

    fn guarded(&self, item: &Item) -> Guarded {
        let mut clauses = Vec::new();
        self.plain(item, &mut clauses, When::After);
        let Some(case) = &item.case else {
            return Guarded { guard: None, head: item.whole, is_case: false, clauses };
        };
        let span = case.guard.or(case.title).unwrap_or(case.head);
        let said = match (case.guard, case.title) {
            (Some(guard), _) => self.guard(self.content.of(guard)),
            (None, Some(title)) => {
                self.outcomes.of_label(self.content.of(title)).map_or(Said::Informal, Said::Formula)
            }
            _ => Said::Informal,
        };
        Guarded { guard: Some(Clause { span, said }), head: case.head, is_case: true, clauses }
    }

    fn guard(&self, text: &str) -> Said {
        match code_span(text) {
            Some(inner) => self.formula(inner),
            None => {
                let is_known = |word: &str| self.is_known(word);
                let found = english::read_condition(
                    text.trim().trim_matches(['(', ')']),
                    &self.context(&is_known, When::After),
                );
                found.map_or(Said::Informal, Said::Formula)
            }
        }
    }

    /// The parts of a text between semicolons and full stops that stand outside of code spans.
    fn clauses(&self, whole: Span, when: When) -> Vec<Clause> {
        let text = self.content.of(whole);
        let mut out: Vec<Clause> = Vec::new();
        for part in parts(text) {
            let start = part.start + (text[part.clone()].len() - text[part.clone()].trim_start().len());
            let part = start..start + text[start..part.end].trim().len();
            let span = whole.nested(&part);
            let text = &text[part];
            if text.trim_matches(['.', '*', ' ']).is_empty()
                // "First acquire the lock on `root`" tells what to do about a pre-condition.
                || when == When::Before && !out.is_empty() && english::is_instruction(text)
            {
                continue;
            }
            let before = out.last().and_then(condition);
            out.push(Clause { span, said: self.said(text, when, before.as_ref(), &[]) });
        }
        out
    }

    fn said(&self, text: &str, when: When, before: Option<&Expression>, mentioned: &[Expression]) -> Said {
        let mut text = text.trim().trim_end_matches(['.', ':']).trim();
        if when == When::Always {
            text = without_name(text);
        }
        if let Some(inner) = code_span(text) {
            return self.formula(inner);
        }
        let is_known = |word: &str| self.is_known(word);
        let context = Context { before, mentioned, ..self.context(&is_known, when) };
        let Some(statements) = english::read(text, &context) else { return Said::Informal };
        Said::English(
            statements.iter().map(|statement| statement.map(&|formula| self.meant(formula))).collect(),
        )
    }

    fn formula(&self, text: &str) -> Said {
        formula::parse(text).map_or(Said::Informal, |formula| Said::Formula(self.meant(&formula)))
    }

    /// `target` is what is returned when nothing else is called so.
    fn meant(&self, formula: &Expression) -> Expression {
        match self.returns_target {
            true => formula.renamed(&|name| (name == "target").then(|| "result".to_owned())),
            false => formula.clone(),
        }
    }

    fn is_known(&self, word: &str) -> bool {
        self.names.binary_search_by(|name| (**name).cmp(word)).is_ok()
    }

    fn context<'c>(&'c self, is_known: &'c dyn Fn(&str) -> bool, when: When) -> Context<'c> {
        Context {
            is_before: when != When::After,
            function: self.function,
            returns_target: self.returns_target,
            success: self.outcomes.success.as_ref(),
            failure: self.outcomes.failure.as_ref(),
            ..Context::new(is_known)
        }
    }

    /// Reads anew what speaks of "other" locks, now that it is known which ones the clauses beside it name.
    fn resolve_others(&self, stated: &mut Stated) {
        let plain = stated.post.iter().filter(|group| group.guard.is_none());
        let in_any_case: Vec<Expression> = plain.flat_map(|group| held(&group.clauses)).collect();
        for group in &mut stated.post {
            let is_of_others = |clause: &Clause| self.content.of(clause.span).contains("other");
            if !group.clauses.iter().any(is_of_others) {
                continue;
            }
            let mentioned: Vec<Expression> =
                in_any_case.iter().cloned().chain(held(&group.clauses)).collect();
            for at in 0..group.clauses.len() {
                let clause = &group.clauses[at];
                if matches!(clause.said, Said::English(_)) && is_of_others(clause) {
                    let before = at.checked_sub(1).and_then(|at| condition(&group.clauses[at]));
                    let said =
                        self.said(self.content.of(clause.span), When::After, before.as_ref(), &mentioned);
                    group.clauses[at].said = said;
                }
            }
        }
    }
}

/// The objects that clauses say are locked.
fn held(clauses: &[Clause]) -> Vec<Expression> {
    let mut out = Vec::new();
    for statement in clauses.iter().flat_map(Clause::statements) {
        match statement {
            Statement::Holds(formula) => {
                if let Node::Call(name, objects) = formula.node
                    && name == "locked"
                {
                    out.extend(objects);
                }
            }
            Statement::OnlyLocked(objects) => out.extend(objects),
            _ => {}
        }
    }
    out
}

/// The condition of a clause, for the "otherwise" behind it.
fn condition(clause: &Clause) -> Option<Expression> {
    match &clause.said {
        Said::English(statements) => match statements.as_slice() {
            [.., Statement::If(condition, _)] => Some(condition.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn under(condition: &Expression, clause: Clause) -> Clause {
    let said = match clause.said {
        Said::Formula(formula) => {
            Said::English(vec![Statement::If(condition.clone(), vec![Statement::Holds(formula)])])
        }
        Said::English(statements) => Said::English(vec![Statement::If(condition.clone(), statements)]),
        Said::Informal => Said::Informal,
    };
    Clause { said, ..clause }
}

/// The text of a clause that is one code span.
fn code_span(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix('`')?.strip_suffix('`')?;
    (!inner.contains('`')).then_some(inner)
}

/// Where the parts of a text stand: they end in a semicolon, or in a full stop before a blank.
fn parts(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let (mut start, mut is_code) = (0, false);
    for (at, c) in text.char_indices() {
        is_code ^= c == '`';
        let is_end = match c {
            ';' => true,
            '.' => text[at + 1..].starts_with(char::is_whitespace),
            _ => false,
        };
        if is_end && !is_code {
            out.push(start..at);
            start = at + 1;
        }
    }
    out.push(start..text.len());
    out
}

/// A text without the bold name that invariants have: "**Height**: …".
fn without_name(text: &str) -> &str {
    let named = text.strip_prefix("**").and_then(|rest| rest.split_once("**"));
    match named.and_then(|(_, rest)| rest.trim_start().strip_prefix(':')) {
        Some(rest) => rest.trim(),
        None => text,
    }
}

/// Whether a text that introduces a list is just its title: bold, and no condition.
fn is_title(text: &str) -> bool {
    const CONDITIONS: &[&str] = &[
        "if",
        "when",
        "case",
        "on",
        "upon",
        "unless",
        "otherwise",
        "else",
        "success",
        "failure",
        "error",
        "while",
        "for",
    ];
    let text = text.trim_end_matches(':').trim();
    let Some(inner) = text.strip_prefix("**").and_then(|rest| rest.strip_suffix("**")) else { return false };
    let mut words = inner.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    !inner.contains('*') && words.all(|word| !CONDITIONS.contains(&word.as_str()))
}

/// The functional sections of a file that speak of a function.
fn functional_sections<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    function: &'db str,
) -> impl Iterator<Item = Section<'db>> {
    lower(db, file).iter().copied().filter(move |section| {
        let key = section.key(db);
        key.phase == Phase::Functional && key.subject.as_deref().is_none_or(|subject| subject == function)
    })
}
