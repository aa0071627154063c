//! Fixes of what a module takes for granted of a function it calls: the module says what the provider says, or the
//! provider says what the module needs. Each changes what a specification means, so each is a guess.

use crate::Applicability;
use crate::Phase;
use crate::clause::{Clause, Guarded, Said, stated};
use crate::db::{Db, SourceFile};
use crate::english::Statement;
use crate::finding::{Finding, Place};
use crate::formula::{Binary, Expression, Node, Unary};
use crate::index::{Provider, definition, dependents, provider};
use crate::lower::{
    Contract, ContractKind, Form, Item, Section, SectionContent, SectionKind, find, lower, normalise,
};
use crate::obligation::{Kind, Obligation, Outcome, Verdicts, proofs, words_renamed};
use crate::span::Span;
use crate::symbols::{Declared, Role, Symbol, SymbolName, code, declaration};
use crate::vocabulary::{function_shape, parameter_names};

/// How many modules are asked for a comment of theirs that is proved: making their obligations is work.
const ASKED: usize = 8;

/// Adds to a finding what would mend it, the likeliest first. `conflict`: whether clauses of the provider contradict
/// what is restated, rather than leave it open.
pub fn with_fixes(
    db: &dyn Db,
    finding: Finding,
    owed: &Obligation<Place>,
    is_contradicted: bool,
    verdicts: &Verdicts,
) -> Finding {
    let Some(sides) = Sides::of(db, owed) else { return finding };
    match owed.kind {
        Kind::Comment => sides.comment(finding, owed, verdicts),
        Kind::CalleePre | Kind::Returned => sides.restated(finding),
        Kind::CalleePost if is_contradicted => sides.restated(finding),
        Kind::CalleePost => {
            let finding = sides.restated(finding);
            sides.strengthened(finding, owed)
        }
        Kind::Handled => {
            let finding = sides.missing_case(finding);
            sides.restated(finding)
        }
        _ => finding,
    }
}

/// A function, the section that takes something for granted of it, and its provider.
struct Sides<'db, 'a> {
    db: &'db dyn Db,
    function: &'a str,
    file: SourceFile,
    section: Section<'db>,
    provider: SourceFile,
    /// The names of its parameters in the module, and in its provider.
    ours: Vec<Option<String>>,
    theirs: Vec<Option<String>>,
}

impl<'db, 'a> Sides<'db, 'a> {
    fn of(db: &'db dyn Db, owed: &'a Obligation<Place>) -> Option<Self> {
        let Place::Section(file, key, _) = &owed.place else { return None };
        let section = find(db, *file, key)?;
        let symbol = Symbol::new(db, SymbolName::ordinary(&owed.function));
        let Provider::Module(provider) = provider(db, *file, symbol) else { return None };
        let names = |file| Some(parameter_names(&*function_shape(db, file, &owed.function)?));
        (provider != *file).then_some(())?;
        let (ours, theirs) = (names(*file)?, names(provider)?);
        Some(Self { db, function: &owed.function, file: *file, section, provider, ours, theirs })
    }

    /// Words of the provider in the module's names for the parameters.
    fn in_our_names(&self, text: &str) -> String {
        words_renamed(text, &|name| counterpart(name, &self.theirs, &self.ours))
    }

    /// Words of the module in the provider's names for the parameters.
    fn in_their_names(&self, text: &str) -> String {
        words_renamed(text, &|name| counterpart(name, &self.ours, &self.theirs))
    }

    /// The section in which the provider states what the module restates.
    fn source(&self) -> Option<Section<'db>> {
        let says = |section: &Section<'db>| conditions(section.content(self.db)).next().is_some();
        let sections = || lower(self.db, self.provider).iter().copied().filter(says);
        let is_of = |section: &Section<'db>, phase, is_own: bool| {
            let key = section.key(self.db);
            key.kind == SectionKind::Specification
                && key.phase == phase
                && match &key.subject {
                    Some(subject) => subject.trim_matches('`') == self.function,
                    None => is_own,
                }
        };
        let functional = || sections().find(|section| is_of(section, Phase::Functional, true));
        match self.section.key(self.db).phase {
            Phase::Functional => functional(),
            Phase::Refine => {
                sections().find(|section| is_of(section, Phase::Refine, false)).or_else(functional)
            }
        }
    }

    /// Replaces the conditions that the module restates by those of the provider; whatever else it says stays.
    fn restated(&self, finding: Finding) -> Finding {
        let Some(edits) = self.restating() else { return finding };
        let title = format!("restate `{}` as `{}` states it", self.function, self.provider.path(self.db));
        finding.remedy(title, Applicability::Unsafe, edits)
    }

    fn restating(&self) -> Option<Vec<(Place, String)>> {
        let content = self.section.content(self.db);
        let source = self.source()?;
        let said = conditions(source.content(self.db));
        let said: Vec<&str> = said.map(|found| source.content(self.db).of(found.whole).trim_end()).collect();
        let text = self.in_our_names(&said.join("\n\n"));
        let mut spans: Vec<Span> = Vec::new();
        for contract in conditions(content) {
            let span = trimmed(content, contract.whole);
            match spans.last_mut() {
                Some(last) if content.text[last.end..span.start].trim().is_empty() => last.end = span.end,
                _ => spans.push(span),
            }
        }
        let place = |span: Span| Place::section(self.db, self.section, span);
        let (first, rest) = spans.split_first()?;
        let mut edits = vec![(place(*first), text)];
        edits.extend(rest.iter().map(|span| {
            let start = content.text[..span.start].trim_end().len();
            (place(Span { start, end: span.end }), String::new())
        }));
        Some(edits)
    }

    /// Adds the clause that the module takes for granted to what the provider promises.
    fn strengthened(&self, finding: Finding, owed: &Obligation<Place>) -> Finding {
        let Some((place, text)) = self.strengthening(owed) else { return finding };
        let path = self.provider.path(self.db);
        finding.guess(format!("let `{path}` promise it of `{}`", self.function), place, text)
    }

    fn strengthening(&self, owed: &Obligation<Place>) -> Option<(Place, String)> {
        let Place::Section(_, _, span) = &owed.place else { return None };
        let stated = stated(self.db, self.section);
        let is_it = |group: &&Guarded| group.clauses.iter().any(|clause| clause.span == *span);
        let group = stated.post.iter().find(is_it)?;
        let clause = group.clauses.iter().find(|clause| clause.span == *span)?;
        let content = self.section.content(self.db);
        let guard = group.guard.as_ref();
        let promise = self.in_their_names(&under(content, guard, clause)?);
        let source = self.source()?;
        let theirs = source.content(self.db);
        let post = conditions(theirs).find(|contract| contract.kind == ContractKind::Post)?;
        let last = post.items.last()?;
        let indent = match last.marker.is_some() {
            true => &theirs.text[line_start(&theirs.text, last.whole.start)..last.whole.start],
            false => "",
        };
        let indent = if indent.trim().is_empty() { indent } else { "" };
        let end = trimmed(theirs, post.whole).end;
        let place = Place::section(self.db, source, Span { start: end, end });
        Some((place, format!("\n{indent}- {promise}")))
    }

    /// Adds a case for what none of the restated ones is about: as the provider states it, or one to be filled in.
    fn missing_case(&self, finding: Finding) -> Finding {
        let content = self.section.content(self.db);
        let Some(post) = conditions(content).find(|contract| contract.kind == ContractKind::Post) else {
            return finding;
        };
        let cases: Vec<&Item> = post.items.iter().filter(|item| item.form == Form::Case).collect();
        let Some(last) = cases.last() else { return finding };
        let text = self.provided_cases(content, &cases).or_else(|| self.skeleton(content, cases.len()));
        let Some(text) = text else { return finding };
        let end = trimmed(content, last.whole).end;
        let place = Place::section(self.db, self.section, Span { start: end, end });
        finding.guess("add the missing case", place, format!("\n{text}"))
    }

    /// The cases of the provider's that have a guard which none of the module's has.
    fn provided_cases(&self, content: &SectionContent, cases: &[&Item]) -> Option<String> {
        let source = self.source()?;
        let theirs = source.content(self.db);
        let guard =
            |content: &SectionContent, item: &Item| Some(content.of(item.case.as_ref()?.guard?).to_owned());
        let known: Vec<String> =
            cases.iter().filter_map(|item| Some(normalise(&guard(content, item)?))).collect();
        let posts = conditions(theirs).filter(|contract| contract.kind == ContractKind::Post);
        let items = posts.flat_map(|contract| &contract.items).filter(|item| item.form == Form::Case);
        let is_missing = |item: &&Item| {
            guard(theirs, item).is_some_and(|guard| {
                guard.contains("result") && !known.contains(&normalise(&self.in_our_names(&guard)))
            })
        };
        let missing: Vec<&Item> = items.filter(is_missing).collect();
        // More cases of theirs than one may overlap with those that are here already.
        let [only] = missing.as_slice() else { return None };
        let number = only.case.as_ref()?.number?;
        let whole = trimmed(theirs, only.whole);
        let (before, after) =
            (Span { start: whole.start, end: number.start }, Span { start: number.end, end: whole.end });
        let next = cases.len() + 1;
        Some(self.in_our_names(&format!("{}{next}{}", theirs.of(before), theirs.of(after))))
    }

    /// A case with the guard that the others leave, and nothing said of it yet.
    fn skeleton(&self, content: &SectionContent, count: usize) -> Option<String> {
        let stated = stated(self.db, self.section);
        let groups = stated.post.iter().filter(|group| group.is_case);
        let guards: Option<Vec<Expression>> = groups.map(|group| formula(group.guard.as_ref()?)).collect();
        let rest = guards?.into_iter().map(negated).reduce(both)?;
        let is_bullet = content.text.contains("- **Case");
        let marker = if is_bullet { "- " } else { "" };
        Some(format!("{marker}**Case {} (not described yet)** `{rest}`: {GAP}", count + 1))
    }

    /// Replaces a comment by one that somebody else gives the function, and that is proved.
    fn comment(&self, finding: Finding, owed: &Obligation<Place>, verdicts: &Verdicts) -> Finding {
        let Place::Section(_, _, span) = &owed.place else { return finding };
        let Some(place) = self.comment_place(*span) else { return finding };
        let symbol = Symbol::new(self.db, SymbolName::ordinary(self.function));
        let others = dependents(self.db, symbol).iter().filter(|&&other| other != self.file);
        let proved =
            others.take(ASKED).find_map(|&other| Some((other, self.proved_comment(other, verdicts)?)));
        let Some((other, comment)) = proved.or_else(|| self.header_comment()) else { return finding };
        let title = format!("say what `{}` says of it", other.path(self.db));
        let lines: Vec<String> = comment.lines().map(|line| format!("// {}", line.trim())).collect();
        finding.guess(title, place, lines.join("\n"))
    }

    /// What the header that declares the function says of it. Nobody proves that.
    fn header_comment(&self) -> Option<(SourceFile, String)> {
        let symbol = Symbol::new(self.db, SymbolName::ordinary(self.function));
        let header = definition(self.db, self.file, symbol)?;
        let (_, found) = declaration(self.db, header, Role::Header, symbol.name(self.db))?;
        let names = parameter_names(&found.shape);
        let comment = found.comment.as_ref()?;
        Some((header, words_renamed(comment, &|name| counterpart(name, &names, &self.ours))))
    }

    /// What a module says of the function in a comment, if it is proved as far as it is understood.
    fn proved_comment(&self, other: SourceFile, verdicts: &Verdicts) -> Option<String> {
        let symbol = SymbolName::ordinary(self.function);
        let phases = [Phase::Functional, Phase::Refine];
        let (_, found) =
            phases.into_iter().find_map(|phase| declaration(self.db, other, Role::Rely(phase), &symbol))?;
        let comment = found.comment.clone()?;
        let names = parameter_names(&found.shape);
        let all = proofs(self.db, other, verdicts);
        let about = all.iter().filter(|proof| {
            proof.obligation.kind == Kind::Comment && proof.obligation.function == self.function
        });
        let mut is_proved = false;
        for proof in about {
            match proof.outcome.as_ref()? {
                Outcome::Proved(_) | Outcome::Textual => is_proved = true,
                Outcome::Informal => {}
                Outcome::Refuted { .. } | Outcome::Unknown(_) => return None,
            }
        }
        is_proved.then(|| words_renamed(&comment, &|name| counterpart(name, &names, &self.ours)))
    }

    /// The comment lines above a declaration, or above the fence that has nothing else in it.
    fn comment_place(&self, declared: Span) -> Option<Place> {
        let content = self.section.content(self.db);
        let text = &content.text;
        let is_around = |whole: Span| whole.start <= declared.start && declared.end <= whole.end;
        let block = content.codes.iter().find(|block| is_around(block.whole))?;
        let others = |found: &&Declared| is_around(block.whole) && found.span != declared;
        let beside = code(self.db, self.section).declarations.iter().filter(others);
        let is_alone = beside
            .filter(|found| block.whole.start <= found.span.start && found.span.end <= block.whole.end)
            .count()
            == 0;
        let inside = comment_above(text, line_start(text, declared.start));
        let above = || comment_above(text, line_start(text, block.whole.start)).filter(|_| is_alone);
        let span = inside.or_else(above)?;
        Some(Place::section(self.db, self.section, span))
    }
}

/// What stands for an outcome that nobody has thought of yet; it is found as vague wording until it is replaced.
const GAP: &str = "to be decided.";

/// The pre- and post-conditions of the section's own function.
fn conditions(content: &SectionContent) -> impl Iterator<Item = &Contract> {
    let is_meant = |contract: &&Contract| {
        contract.function.is_none() && matches!(contract.kind, ContractKind::Pre | ContractKind::Post)
    };
    content.contracts.iter().filter(is_meant)
}

/// A span without the blanks at its end.
fn trimmed(content: &SectionContent, span: Span) -> Span {
    Span { start: span.start, end: span.start + content.of(span).trim_end().len() }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The `//` lines right above a line, without the end of the last.
fn comment_above(text: &str, line: usize) -> Option<Span> {
    let mut start = line;
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text[above..start].trim_start().starts_with("//") {
            break;
        }
        start = above;
    }
    (start < line).then(|| Span { start, end: line - 1 })
}

fn counterpart(name: &str, from: &[Option<String>], to: &[Option<String>]) -> Option<String> {
    let at = from.iter().position(|parameter| parameter.as_deref() == Some(name))?;
    to.get(at).cloned().flatten()
}

/// A clause with the guard that it holds under, as one sentence or formula.
fn under(content: &SectionContent, guard: Option<&Clause>, clause: &Clause) -> Option<String> {
    let said = |clause: &Clause| content.of(clause.span).trim().trim_end_matches(['.', ';', ':']).to_owned();
    let Some(guard) = guard else { return Some(said(clause)) };
    match (&guard.said, &clause.said) {
        (Said::Formula(condition), Said::Formula(outcome)) => {
            let implied =
                Node::Binary(Binary::Implies, Box::new(condition.clone()), Box::new(outcome.clone()));
            Some(format!("`{}`", Expression::new(implied, 0..0)))
        }
        (Said::Informal, _) | (_, Said::Informal) => None,
        _ => {
            let condition = formula(guard).map_or_else(|| said(guard), |condition| format!("`{condition}`"));
            Some(format!("If {condition}, {}.", uncapitalised(&said(clause))))
        }
    }
}

fn uncapitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}

/// What a clause states, when it is one formula.
fn formula(clause: &Clause) -> Option<Expression> {
    match clause.statements().as_slice() {
        [Statement::Holds(formula)] => Some(formula.clone()),
        _ => None,
    }
}

fn negated(formula: Expression) -> Expression {
    let opposite = |operator: Binary| {
        Some(match operator {
            Binary::Equal => Binary::NotEqual,
            Binary::NotEqual => Binary::Equal,
            Binary::Less => Binary::GreaterEqual,
            Binary::GreaterEqual => Binary::Less,
            Binary::Greater => Binary::LessEqual,
            Binary::LessEqual => Binary::Greater,
            _ => return None,
        })
    };
    let node = match formula.node {
        Node::Unary(Unary::Not, inner) => inner.node,
        Node::Binary(operator, left, right) => match (opposite(operator), operator) {
            (Some(opposite), _) => Node::Binary(opposite, left, right),
            (None, Binary::Or) => return both(negated(*left), negated(*right)),
            (None, _) => {
                let whole = Expression::new(Node::Binary(operator, left, right), 0..0);
                Node::Unary(Unary::Not, Box::new(whole))
            }
        },
        node => Node::Unary(Unary::Not, Box::new(Expression::new(node, 0..0))),
    };
    Expression::new(node, 0..0)
}

fn both(left: Expression, right: Expression) -> Expression {
    Expression::new(Node::Binary(Binary::And, Box::new(left), Box::new(right)), 0..0)
}
