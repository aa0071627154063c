//! The contracts of functions as plain values, for those who hold code to them.

use std::sync::Arc;

use crate::c::{Shape, Token, Type, evaluate};
use crate::db::{Db, SourceFile};
use crate::denotation::{Denotation, Vocabulary, integer_range};
use crate::english::Statement;
use crate::finding::Place;
use crate::formula::{Expression, Node};
use crate::index::{Provider, occurrences, provider};
use crate::obligation::contract::{Contract, Group, Line, Part, contract};
use crate::symbols::{Role, Symbol, SymbolName, summary};
use crate::vocabulary::{FunctionVocabulary, function_shape, parameter_names};
use crate::{Analysis, Cancellable, Location, patch};

/// What one function promises, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionContract {
    /// The function.
    pub function: String,
    /// The spec that states the contract.
    pub path: Arc<str>,
    /// Its parameters, in order, as that spec declares them.
    pub parameters: Vec<Parameter>,
    /// Whether it returns nothing.
    pub is_void: bool,
    /// Whether it returns a pointer.
    pub is_pointer: bool,
    /// What it does.
    pub functional: ContractPart,
    /// Which locks it needs and leaves: its refine phase, or nothing.
    pub locks: ContractPart,
    /// What its functional clauses compare that is never negative, by its C type.
    pub naturals: Vec<Expression>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, when it has one.
    pub name: Option<String>,
    /// Whether it points to something.
    pub is_pointer: bool,
    /// Whether what it points to is constant.
    pub is_constant: bool,
    /// The lowest and the highest integer that its type holds, when it is an integer.
    pub range: Option<(i128, i128)>,
}

/// The clauses of one phase.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ContractPart {
    /// What holds before a call.
    pub pre: Vec<ContractLine>,
    /// What holds after it, case by case.
    pub post: Vec<ContractCase>,
    /// What holds before and after, and what the contract's words mean.
    pub invariant: Vec<ContractLine>,
}

/// Clauses that hold together, under a guard when they are a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractCase {
    /// The guard of a case.
    pub guard: Option<ContractLine>,
    /// Whether it is a case.
    pub is_case: bool,
    /// What holds.
    pub lines: Vec<ContractLine>,
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractLine {
    /// What it states; nothing when it is informal.
    pub statements: Vec<Statement>,
    /// Whether it is understood.
    pub is_understood: bool,
    /// Its words.
    pub text: String,
    /// Where it stands.
    pub place: Location,
}

impl ContractPart {
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.pre.is_empty() && self.post.is_empty()
    }

    /// Every line of it, guards included.
    pub fn lines(&self) -> impl Iterator<Item = &ContractLine> {
        let post = self.post.iter().flat_map(|case| case.guard.iter().chain(&case.lines));
        self.pre.iter().chain(post)
    }
}

impl Analysis {
    /// The spec that guarantees a function, whoever asks; `None` when none does. Patches that were given go before the
    /// base.
    pub fn guarantor(&self, function: &str) -> Cancellable<Option<Arc<str>>> {
        self.read(|db, _| {
            let name = SymbolName::ordinary(function);
            if let Some(file) = patch::laid_guarantor(db, &name) {
                return Some(file.path(db).clone());
            }
            let symbol = Symbol::new(db, name);
            let found = occurrences(db, symbol);
            let file = found.guarantors.first().or(found.overlays.first())?;
            Some(file.path(db).clone())
        })
    }

    /// The contract of a function as the spec at `path` has to take it: its own, the provider's, or, when nobody of
    /// the workspace provides the function, what the spec itself restates of it.
    pub fn function_contract(&self, path: &str, function: &str) -> Cancellable<Option<FunctionContract>> {
        Ok(self.on_file(path, |db, _, file| contract_for(db, file, function))?.flatten())
    }

    /// The values that macros and enumeration constants have for the spec at `path`, in the order asked for.
    pub fn constants(&self, path: &str, names: &[&str]) -> Cancellable<Vec<Option<i128>>> {
        let found = self.on_file(path, |db, _, file| {
            let vocabulary = FunctionVocabulary::new(db, file, "");
            let value = |name: &&str| laid_constant(db, name).or_else(|| vocabulary.constant(name));
            names.iter().map(value).collect()
        })?;
        Ok(found.unwrap_or_else(|| vec![None; names.len()]))
    }
}

fn contract_for(db: &dyn Db, file: SourceFile, function: &str) -> Option<FunctionContract> {
    let symbol = SymbolName::ordinary(function);
    let is_own =
        summary(db, file).entries.iter().any(|entry| entry.role == Role::Guarantee && entry.symbol == symbol);
    let provider = match patch::laid_guarantor(db, &symbol) {
        _ if is_own => file,
        Some(module) => module,
        None => match provider(db, file, Symbol::new(db, symbol)) {
            Provider::Module(module) => module,
            _ => file,
        },
    };
    let shape = function_shape(db, provider, function)?;
    let Shape::Function(declared, _) = &*shape else { return None };
    let vocabulary = FunctionVocabulary::new(db, provider, function);
    let parameters = declared.parameters.iter().enumerate().map(|(at, ty)| Parameter {
        name: declared.names.0.get(at).cloned().flatten(),
        is_pointer: pointee(ty).is_some(),
        is_constant: pointee(ty).is_some_and(is_constant),
        range: integer_range(&vocabulary, ty),
    });
    let (functional, locks) = parts(db, provider, &shape, function);
    let naturals = naturals(db, provider, function, &functional);
    Some(FunctionContract {
        function: function.to_owned(),
        path: provider.path(db).clone(),
        parameters: parameters.collect(),
        is_pointer: pointee(&declared.result).is_some(),
        is_void: declared.result == Type::Basic("void"),
        functional,
        locks,
        naturals,
    })
}

/// What a spec says of a function. A delta that says nothing itself leaves in force what was said before, in the names
/// that it gives the parameters.
fn parts(db: &dyn Db, file: SourceFile, shape: &Shape, function: &str) -> (ContractPart, ContractPart) {
    let ours = parameter_names(shape);
    let (mut at, mut seen) = (file, Vec::new());
    loop {
        let there = function_shape(db, at, function).filter(|_| at != file);
        let theirs = there.map(|shape| parameter_names(&shape)).unwrap_or_default();
        let rename = |name: &str| {
            let position = theirs.iter().position(|parameter| parameter.as_deref() == Some(name))?;
            ours.get(position).cloned().flatten()
        };
        let part = |part| resolve(db, contract(db, at, function, part, &rename));
        let (functional, locks) = (part(Part::Functional), part(Part::Locks));
        seen.push(at);
        let states =
            |other: &&SourceFile| !seen.contains(other) && function_shape(db, **other, function).is_some();
        match patch::inherits_from(db, at).iter().find(states) {
            Some(&before) if functional.is_empty() && locks.is_empty() => at = before,
            _ => return (functional, locks),
        }
    }
}

/// The value that a macro or enumeration constant has under the patches that were given.
fn laid_constant(db: &dyn Db, name: &str) -> Option<i128> {
    let tokens = |name: &str| {
        let (symbol, found) = patch::laid(db, &SymbolName::ordinary(name))?;
        found.export(db, symbol)?.shape.constant().map(<[Token]>::to_vec)
    };
    evaluate(&tokens(name)?, &tokens)
}

/// The operands of comparisons whose C type has no negative values.
fn naturals(db: &dyn Db, file: SourceFile, function: &str, part: &ContractPart) -> Vec<Expression> {
    fn collect<'e>(formula: &'e Expression, out: &mut Vec<&'e Expression>) {
        if let Node::Binary(operator, left, right) = &formula.node
            && operator.is_comparison()
        {
            out.extend([&**left, &**right]);
        }
        formula.operands().into_iter().for_each(|operand| collect(operand, out));
    }
    let formulas: Vec<&Expression> =
        part.lines().flat_map(|line| crate::obligation::formulas(&line.statements)).collect();
    let vocabulary = FunctionVocabulary::new(db, file, function);
    let denotation = Denotation::of(&vocabulary, formulas.iter().copied());
    let mut compared = Vec::new();
    formulas.into_iter().for_each(|formula| collect(formula, &mut compared));
    let mut out: Vec<Expression> = Vec::new();
    for operand in compared {
        let operand = match &operand.node {
            Node::Old(inner) => inner,
            _ => operand,
        };
        if !out.contains(operand) && denotation.is_unsigned(operand) {
            out.push(operand.clone());
        }
    }
    out
}

fn pointee(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Pointer(inner) | Type::Array(inner, _) => Some(inner),
        Type::Qualified(_, inner) => pointee(inner),
        _ => None,
    }
}

fn is_constant(ty: &Type) -> bool {
    matches!(ty, Type::Qualified(qualifiers, _) if qualifiers.constant)
}

fn resolve(db: &dyn Db, contract: Contract) -> ContractPart {
    let location = |place: &Place| {
        let (path, range) = place.resolve(db);
        Location { path, focus: range.clone(), range }
    };
    let line = |line: Line| ContractLine {
        place: location(&line.place),
        statements: line.statements,
        is_understood: line.is_understood,
        text: line.text,
    };
    let case = |group: Group| ContractCase {
        guard: group.guard.map(line),
        is_case: group.is_case,
        lines: group.lines.into_iter().map(line).collect(),
    };
    ContractPart {
        pre: contract.pre.into_iter().map(line).collect(),
        post: contract.post.into_iter().map(case).collect(),
        invariant: contract.invariant.into_iter().map(line).collect(),
    }
}
