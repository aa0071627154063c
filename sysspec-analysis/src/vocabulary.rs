//! What the names in a function's formulas stand for, as the file sees them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::c::{Member, Scope, Shape, Type, evaluate};
use crate::check::FileScope;
use crate::db::{Db, SourceFile, depends_on_edits};
use crate::denotation::{Declared, Vocabulary};
use crate::index::definition;
use crate::lower::lower;
use crate::symbols::{Role, Symbol, SymbolName, code, declaration, export, role_of, summary};
use crate::system;
use crate::workspace::layout;

/// The names that one function's contract may use.
pub struct FunctionVocabulary<'db> {
    db: &'db dyn Db,
    file: SourceFile,
    scope: FileScope<'db>,
    function: Option<Arc<Shape>>,
    /// The names of the parameters that the contract uses, when they are not those of the declaration.
    parameters: Option<Vec<Option<String>>>,
}

impl<'db> FunctionVocabulary<'db> {
    /// The vocabulary of the function of that name, as `file` guarantees it or relies on it.
    pub fn new(db: &'db dyn Db, file: SourceFile, function: &str) -> Self {
        let shape = function_shape(db, file, function);
        Self { db, file, scope: FileScope::new(db, file), function: shape, parameters: None }
    }

    /// The same with other names for the parameters, in their order.
    pub fn with_parameters(self, names: Vec<Option<String>>) -> Self {
        Self { parameters: Some(names), ..self }
    }

    fn parameter(&self, name: &str) -> Option<Type> {
        let Shape::Function(function, _) = self.function.as_deref()? else { return None };
        let names = self.parameters.as_deref().unwrap_or(&function.names.0);
        let at = names.iter().position(|parameter| parameter.as_deref() == Some(name))?;
        function.parameters.get(at).cloned()
    }
}

/// The declaration of a function in a file, in whatever role.
pub fn function_shape(db: &dyn Db, file: SourceFile, function: &str) -> Option<Arc<Shape>> {
    let symbol = SymbolName::ordinary(function);
    let roles =
        summary(db, file).entries.iter().filter(|entry| entry.symbol == symbol).map(|entry| entry.role);
    let mut shapes = roles.filter_map(|role| declaration(db, file, role, &symbol));
    let is_function = |shape: &Shape| matches!(shape, Shape::Function(..));
    shapes.find_map(|(_, found)| is_function(&found.shape).then(|| found.shape.clone()))
}

/// The names of a function's parameters, as a file declares it.
pub fn parameter_names(shape: &Shape) -> Vec<Option<String>> {
    match shape {
        Shape::Function(function, _) => function.names.0.clone(),
        _ => Vec::new(),
    }
}

impl Vocabulary for FunctionVocabulary<'_> {
    fn declared(&self, name: &str) -> Option<Declared> {
        if let Some(ty) = self.parameter(name) {
            return Some(Declared::Parameter(ty));
        }
        let own = function_or_object(self.db, self.file, name);
        own.as_deref().or(self.scope.shape(name).as_deref()).and_then(Declared::of)
    }

    fn constant(&self, name: &str) -> Option<i128> {
        let tokens = self.scope.constant(name);
        let named = |name: &str| self.scope.constant(name);
        tokens.and_then(|tokens| evaluate(&tokens, &named)).or_else(|| system::value(name))
    }

    fn typedef(&self, name: &str) -> Option<Type> {
        self.scope.typedef(name)
    }

    fn member(&self, tag: &str, member: &str) -> Option<Type> {
        let symbol = Symbol::new(self.db, SymbolName::tag(tag));
        let header = definition(self.db, self.file, symbol);
        let shape = match header {
            Some(header) => {
                export(self.db, header, Role::Header, symbol).as_ref().map(|found| found.shape.clone())
            }
            None => restated(self.db, self.file, symbol.name(self.db)),
        };
        members(shape.as_deref()?).find(|found| found.name == member).map(|found| found.ty.clone())
    }

    fn any_member(&self, member: &str) -> Option<Type> {
        any_members(self.db).get(member).cloned().flatten()
    }

    fn result(&self) -> Option<Type> {
        match self.function.as_deref()? {
            Shape::Function(function, _) => Some(function.result.clone()),
            _ => None,
        }
    }
}

fn function_or_object(db: &dyn Db, file: SourceFile, name: &str) -> Option<Arc<Shape>> {
    restated(db, file, &SymbolName::ordinary(name))
}

/// What the file itself declares under a name.
fn restated(db: &dyn Db, file: SourceFile, symbol: &SymbolName) -> Option<Arc<Shape>> {
    let role = summary(db, file).entries.iter().find(|entry| entry.symbol == *symbol)?.role;
    declaration(db, file, role, symbol).map(|(_, found)| found.shape.clone())
}

fn members(shape: &Shape) -> impl Iterator<Item = &Member> {
    let members = match shape {
        Shape::Struct(aggregate) => aggregate.members.as_deref(),
        _ => None,
    };
    members.unwrap_or_default().iter()
}

/// The types of the members of all structures in headers; `None` when two structures disagree.
#[salsa::tracked]
fn any_members(db: &dyn Db) -> Arc<FxHashMap<String, Option<Type>>> {
    depends_on_edits(db);
    let headers = layout(db).headers().filter(|&header| !summary(db, header).is_overlay);
    let mut types: FxHashMap<String, Option<Type>> = FxHashMap::default();
    for header in headers {
        for (name, ty) in member_types(db, header).iter() {
            let known = types.entry(name.clone()).or_insert_with(|| Some(ty.clone()));
            if known.as_ref().is_some_and(|known| known != ty) {
                *known = None;
            }
        }
    }
    Arc::new(types)
}

/// The members of the structures of one header, with their types.
#[salsa::tracked]
fn member_types(db: &dyn Db, header: SourceFile) -> Arc<Vec<(String, Type)>> {
    let sections = lower(db, header).iter().copied();
    let declaring = sections.filter(|section| role_of(section.key(db)) == Some(Role::Header));
    let declared = declaring.flat_map(|section| &code(db, section).declarations);
    let members = declared.flat_map(|found| members(&found.shape));
    Arc::new(members.map(|member| (member.name.clone(), member.ty.clone())).collect())
}
