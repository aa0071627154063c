//! NAM of prose: names in the conditions and algorithms of a contract.

use std::sync::Arc;

use crate::c::Type;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::formula::{self, Expression, Node, Unary};
use crate::index::{Provider, provider};
use crate::lower::{Section, SectionKind, lower};
use crate::patch::is_in_dialect;
use crate::prose::{CodeSpan, Part, code_spans, identifiers, introduced, lone_identifier};
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Role, Symbol, SymbolName, declaration, export};
use crate::workspace::{layout, visible};
use crate::{Applicability, Code, Phase};

use super::algorithm::{Used, used_in_algorithms};
use super::reliance::reliance;
use super::scope::{
    ContractScope, contract_scope, has_contracts, is_member, is_symbol, structure, visible_members,
};
use super::{misspelt, nearby};

/// Names of the contract language, and words that are written like code and are none.
const WORDS: &[&str] = &[
    "result", "old", "min", "max", "locked", "fresh", "true", "false", "TRUE", "FALSE", "NULL", "null",
    "nullptr", "void", "int", "char", "short", "long", "float", "double", "signed", "unsigned", "bool",
    "_Bool", "const", "struct", "union", "enum", "sizeof", "return", "if", "else", "for", "while", "do",
    "break", "continue", "goto", "switch", "case", "default", "static", "extern", "inline", "volatile",
    "restrict", "typedef", "and", "or", "not", "target", "errno", "self", "this", "ret", "retval", "success",
    "failure",
];

/// How long a name must be to be taken for a misspelling where it is not known to be an expression.
const GUESS_LENGTH_MIN: usize = 4;

/// What is wrong with the names in a section's conditions.
#[salsa::tracked]
pub fn check_names<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let (file, key) = (section.file(db), section.key(db));
    if key.kind != SectionKind::Specification || !has_contracts(db, file) {
        return Vec::new();
    }
    let layout = layout(db);
    let has_unknown = visible(db, file).is_none_or(|visible| visible.has_unknown);
    let names = Names {
        db,
        file,
        section,
        scope: contract_scope(db, file).clone(),
        subject: key.subject.as_deref().map(|subject| subject.trim_matches('`')),
        // A delta of the published dialect speaks of what it inherits.
        is_strict: layout.is_strict && !has_unknown && !is_in_dialect(db, file),
    };
    let mut out: Vec<Finding> = Vec::new();
    let spans = code_spans(db, section).iter().flat_map(|span| names.check(span));
    let mut all: Vec<Finding> = spans.chain(names.algorithms()).collect();
    all.sort_by_key(|found| match found.place {
        Place::Section(.., span) => span.start,
        _ => 0,
    });
    for found in all {
        match out.iter_mut().find(|first| first.code == found.code && first.message == found.message) {
            Some(first) => join_fixes(first, found),
            None => out.push(found),
        }
    }
    out
}

/// The same name is told once, where it occurs first; its fix mends the section.
fn join_fixes(first: &mut Finding, again: Finding) {
    for (remedy, more) in first.fixes.iter_mut().zip(again.fixes) {
        let is_new = |edit: &(Place, String)| !remedy.edits.contains(edit);
        let more: Vec<_> = more.edits.into_iter().filter(is_new).collect();
        remedy.edits.extend(more);
    }
}

struct Names<'db> {
    db: &'db dyn Db,
    file: SourceFile,
    section: Section<'db>,
    scope: Arc<ContractScope>,
    subject: Option<&'db str>,
    /// Whether all that can be declared is in the workspace.
    is_strict: bool,
}

impl Names<'_> {
    fn check(&self, found: &CodeSpan) -> Vec<Finding> {
        let text = &self.section.content(self.db).text[found.span.range()];
        let mut out = Vec::new();
        if lone_identifier(text).is_none()
            && let Ok(expression) = formula::parse(text)
        {
            self.expression(&expression, found, &mut out);
        } else {
            let certain =
                identifiers(text).into_iter().filter(|(name, at)| self.is_misspelt(text, name, *at));
            out.extend(
                certain.map(|(name, at)| self.unknown(name, found.span.nested(&(at..at + name.len())))),
            );
        }
        out
    }

    // ---- formal spans ----

    fn expression(&self, expression: &Expression, within: &CodeSpan, out: &mut Vec<Finding>) {
        let place = || within.span.nested(&expression.range);
        match &expression.node {
            Node::Name(name) if !self.is_known(name) => {
                let is_local = within.part == Part::Algorithm || within.part == Part::Free;
                let near = self.near(name).filter(|near| is_slip(name, near));
                let is_told = near.as_ref().is_some_and(|near| self.is_told_at_rely(near));
                if ((self.is_strict && !is_local) || near.is_some()) && !is_told {
                    out.push(self.unknown(name, place()));
                }
            }
            Node::Member(of, name, _) => out.extend(self.member(of, name, expression, within)),
            Node::Call(name, arguments) => {
                let name_span =
                    within.span.nested(&(expression.range.start..expression.range.start + name.len()));
                out.extend(self.call(name, Some(arguments.len()), name_span));
            }
            _ => {}
        }
        for operand in expression.operands() {
            self.expression(operand, within, out);
        }
    }

    /// A member that the structure before it does not have.
    fn member(&self, of: &Expression, name: &str, whole: &Expression, within: &CodeSpan) -> Option<Finding> {
        let span = within.span.nested(&(whole.range.end - name.len()..whole.range.end));
        let structure = structure(self.db, self.file, &self.type_of(of)?)?;
        if structure.member(name).is_some() {
            return None;
        }
        let message = format!("`{}` has no member `{name}`", structure.name);
        let there = Place::Name(structure.header, Role::Header, structure.symbol.clone());
        let finding = Finding::new(Code::UNKNOWN_NAME, Place::section(self.db, self.section, span), message)
            .related(there, format!("`{}` is defined here", structure.name));
        let names = structure.names();
        Some(self.suggest(finding, nearest(name, names.iter().map(String::as_str)), span))
    }

    // ---- what is used ----

    /// Functions that the algorithms of the module itself use, without being written as calls.
    fn algorithms(&self) -> Vec<Finding> {
        if self.subject.is_some_and(|subject| !self.scope.own.iter().any(|own| own == subject)) {
            return Vec::new();
        }
        let used = used_in_algorithms(self.db, self.section).iter();
        used.filter_map(|Used { name, span, arguments }| self.call(name, *arguments, *span)).collect()
    }

    /// A function of another module that this one does not rely on; with so many arguments, when they are written down.
    fn call(&self, name: &str, arguments: Option<usize>, span: Span) -> Option<Finding> {
        if is_in_dialect(self.db, self.file)
            || self.scope.declares(name)
            || WORDS.contains(&name)
            || self.is_local(name, arguments)
        {
            return None;
        }
        let symbol = Symbol::new(self.db, SymbolName::ordinary(name));
        let Provider::Module(module) = provider(self.db, self.file, symbol) else { return None };
        let layout = layout(self.db);
        let export = export(self.db, module, Role::Guarantee, symbol).as_ref()?;
        let takes_so_many = match export.shape.as_ref() {
            crate::c::Shape::Function(function, _) => {
                arguments.is_none_or(|number| function.parameters.len() == number)
            }
            _ => false,
        };
        if !takes_so_many || layout.tree(module.path(self.db)) != layout.tree(self.file.path(self.db)) {
            return None;
        }
        if misspelt::is_meant(self.db, self.file, name) {
            // Told where [RELY] misspells it.
            return None;
        }
        let place = Place::section(self.db, self.section, span);
        let message = format!("`{name}` is used here, but the module does not rely on it");
        let there = Place::Name(module, Role::Guarantee, SymbolName::ordinary(name));
        let finding = Finding::new(Code::NOT_RELIED_ON, place, message)
            .related(there, format!("`{name}` is guaranteed here"));
        Some(self.rely(finding, module, name, &export.text))
    }

    /// Whether a name may be that of something the text introduces. An algorithm mentions all of its names without
    /// ceremony, so there a name in several words that is used as a function is one.
    fn is_local(&self, name: &str, arguments: Option<usize>) -> bool {
        self.is_introduced(name) && (arguments.is_some() || !name.contains('_'))
    }

    /// Adds the fix that relies on the function, in the phase that speaks of it.
    fn rely(&self, finding: Finding, module: SourceFile, name: &str, declaration: &str) -> Finding {
        let phase = self.section.key(self.db).phase;
        match reliance(self.db, self.file, phase, module, name, declaration) {
            Some(edits) => finding.remedy(format!("rely on `{name}`"), Applicability::Unsafe, edits),
            None => finding.help(format!("declare `{declaration}` in [RELY]")),
        }
    }

    fn type_of(&self, expression: &Expression) -> Option<Type> {
        match &expression.node {
            Node::Name(name) => self.scope.parameter(self.subject, name).cloned(),
            Node::Result => match self.subject {
                Some(subject) => self.scope.result(subject).cloned(),
                None => match self.scope.own.as_slice() {
                    [own] => self.scope.result(own).cloned(),
                    _ => None,
                },
            },
            Node::Old(inner) => self.type_of(inner),
            Node::Call(name, _) => self.scope.result(name).cloned(),
            Node::Member(of, name, _) => structure(self.db, self.file, &self.type_of(of)?)?.member(name),
            Node::Index(of, _) => pointee(self.type_of(of)?),
            Node::Unary(Unary::Dereference, of) => pointee(self.type_of(of)?),
            Node::Unary(Unary::AddressOf, of) => Some(Type::Pointer(Box::new(self.type_of(of)?))),
            _ => None,
        }
    }

    // ---- names ----

    fn is_known(&self, name: &str) -> bool {
        name.len() < 2
            || WORDS.contains(&name)
            || self.scope.declares(name)
            || self.scope.parameters.iter().any(|parameter| parameter.name == name)
            || self.is_introduced(name)
            || is_member(self.db, self.file, name)
            || is_symbol(self.db, self.file, name)
    }

    fn is_introduced(&self, name: &str) -> bool {
        let sections = lower(self.db, self.file).iter();
        let mut speaking = sections.filter(|section| !section.key(self.db).kind.declares());
        speaking.any(|&section| {
            introduced(self.db, section).binary_search_by(|known| known.as_str().cmp(name)).is_ok()
        })
    }

    /// Whether a name outside of any expression is certainly a slip: it is nearly one that the module declares,
    /// and nothing else.
    fn is_misspelt(&self, text: &str, name: &str, at: usize) -> bool {
        let is_word = text[..at].ends_with([' ', '\t']) && text[at + name.len()..].starts_with([' ', '\t']);
        name.len() >= GUESS_LENGTH_MIN
            && !is_word
            && !text.contains(['/', '"', '\''])
            && !text[at + name.len()..].starts_with(['.', '('])
            && self.near(name).is_some_and(|near| is_slip(name, &near) && !self.is_told_at_rely(&near))
            && !self.is_known(name)
    }

    /// Whether a name is misspelt in [RELY], so that the text may well be right.
    fn is_told_at_rely(&self, name: &str) -> bool {
        !self.scope.own.iter().any(|own| own == name) && misspelt::is_misspelling(self.db, self.file, name)
    }

    /// The nearest of the names that a contract is likely to speak of.
    fn near(&self, name: &str) -> Option<String> {
        let scope = &self.scope;
        let of_subject = scope.parameters.iter().filter(|parameter| match self.subject {
            Some(subject) => parameter.function == subject,
            None => scope.own.contains(&parameter.function),
        });
        let local = of_subject.map(|parameter| parameter.name.as_str());
        let local = local.chain(scope.declared.iter().map(String::as_str));
        let local = local.chain(scope.members.iter().map(String::as_str));
        nearest(name, local.filter(|known| known.len() > 1)).map(str::to_string)
    }

    fn unknown(&self, name: &str, span: Span) -> Finding {
        let place = Place::section(self.db, self.section, span);
        let message =
            format!("`{name}` is no parameter, member or symbol, and the text does not introduce it");
        let finding = Finding::new(Code::UNKNOWN_NAME, place, message);
        let near = self.near(name).or_else(|| {
            let members = visible_members(self.db, self.file);
            nearest(name, members.iter().map(String::as_str)).map(str::to_string)
        });
        let Some(near) = near else {
            let finding = nearby::suggest(self.db, self.file, &SymbolName::ordinary(name), finding, true);
            return match finding.help {
                Some(_) => finding,
                None => finding.help("declare it, or say in the text what it stands for"),
            };
        };
        let finding = match self.place_of(&near) {
            Some(place) => finding.related(place, format!("`{near}` is declared here")),
            None => finding,
        };
        self.suggest(finding, Some(&near), span)
    }

    /// Where the module declares a symbol.
    fn place_of(&self, name: &str) -> Option<Place> {
        let roles = [Role::Guarantee, Role::Rely(Phase::Functional), Role::Rely(Phase::Refine)];
        let symbols = [SymbolName::ordinary(name), SymbolName::tag(name)];
        let mut pairs = roles.into_iter().flat_map(|role| symbols.clone().map(|symbol| (role, symbol)));
        pairs
            .find(|(role, symbol)| declaration(self.db, self.file, *role, symbol).is_some())
            .map(|(role, symbol)| Place::Name(self.file, role, symbol))
    }

    fn suggest(&self, finding: Finding, near: Option<&str>, span: Span) -> Finding {
        let Some(near) = near else { return finding };
        let place = Place::section(self.db, self.section, span);
        finding.help(format!("did you mean `{near}`?")).guess(format!("write `{near}`"), place, near)
    }
}

fn pointee(ty: Type) -> Option<Type> {
    match ty.unqualified() {
        Type::Pointer(to) | Type::Array(to, _) => Some(*to),
        _ => None,
    }
}

/// Whether one name is a slip of the finger for the other, and no relative of it: not its plural, not one of a row.
fn is_slip(name: &str, near: &str) -> bool {
    let is_ending = |longer: &str, shorter: &str| {
        longer.strip_prefix(shorter).is_some_and(|end| {
            matches!(end, "s" | "es" | "ed" | "d" | "r" | "er" | "ing" | "_")
                || end.chars().all(|c| c.is_ascii_digit())
        })
    };
    let letters = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_string();
    let limit = if name.len() < 8 { 1 } else { 2 };
    name.len() >= GUESS_LENGTH_MIN
        && !name.eq_ignore_ascii_case(near)
        && letters(name) != letters(near)
        && !is_ending(name, near)
        && !is_ending(near, name)
        && strsim::damerau_levenshtein(name, near) <= limit
}
