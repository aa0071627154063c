//! The names that the contracts of a module may speak of.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::c::{Aggregate, Scope, Shape, Storage, Type};
use crate::db::{Db, SourceFile};
use crate::index::{definition, occurrences};
use crate::lower::lower;
use crate::patch::{self, patch_of};
use crate::symbols::{Role, Symbol, SymbolName, code, export, is_module, role_of};
use crate::system;
use crate::workspace::visible;

use super::agreement::FileScope;

/// A parameter of a function that a module declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The function.
    pub function: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// What a module declares, as far as its contracts speak of it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ContractScope {
    /// The functions it guarantees, in the order of the text.
    pub own: Vec<String>,
    /// Every function with the type of what it returns.
    pub results: Vec<(String, Type)>,
    /// The parameters of its functions, and of those it relies on.
    pub parameters: Vec<Parameter>,
    /// All names that it declares, tags included, sorted.
    pub declared: Vec<String>,
    /// The members of the structures it declares, sorted.
    pub members: Vec<String>,
}

impl ContractScope {
    /// Whether the module itself declares a name.
    pub fn declares(&self, name: &str) -> bool {
        self.declared.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// The type of a parameter; those of `subject` go first, then the module's own.
    pub fn parameter(&self, subject: Option<&str>, name: &str) -> Option<&Type> {
        let of = |function: &str| {
            self.parameters.iter().find(|known| known.function == function && known.name == name)
        };
        let found = match subject {
            Some(subject) => of(subject),
            None => self.own.iter().find_map(|own| of(own)),
        };
        found.map(|found| &found.ty)
    }

    /// What a function returns.
    pub fn result(&self, function: &str) -> Option<&Type> {
        self.results.iter().find(|(name, _)| name == function).map(|(_, ty)| ty)
    }
}

/// Whether the contracts of a file are those of a module: of the base, or of a patch.
pub fn has_contracts(db: &dyn Db, file: SourceFile) -> bool {
    is_module(db, file) || patch_of(db, file).is_some()
}

/// The scope of a module's contracts. Changes with its declarations, never with its prose.
#[salsa::tracked]
pub fn contract_scope(db: &dyn Db, file: SourceFile) -> Arc<ContractScope> {
    let mut scope = ContractScope::default();
    for &section in lower(db, file) {
        let Some(role) = role_of(section.key(db)) else { continue };
        for found in &code(db, section).declarations {
            let name = &found.symbol.name;
            scope.declared.push(name.clone());
            match found.shape.as_ref() {
                Shape::Function(function, storage) => {
                    if role == Role::Guarantee && *storage != Storage::Static {
                        scope.own.push(name.clone());
                    }
                    scope.results.push((name.clone(), function.result.clone()));
                    let named = function.names.0.iter().zip(&function.parameters);
                    let named = named.filter_map(|(name, ty)| Some((name.clone()?, ty.clone())));
                    let parameters = named.map(|(parameter, ty)| Parameter {
                        function: name.clone(),
                        name: parameter,
                        ty,
                    });
                    scope.parameters.extend(parameters);
                }
                Shape::Struct(aggregate) => collect_members(aggregate, &mut scope.members),
                Shape::Typedef(Type::Anonymous(aggregate)) => {
                    collect_members(aggregate, &mut scope.members);
                }
                _ => {}
            }
        }
    }
    scope.declared.sort();
    scope.members.sort();
    Arc::new(scope)
}

fn collect_members(aggregate: &Aggregate, out: &mut Vec<String>) {
    for member in aggregate.members.iter().flatten() {
        if !member.name.is_empty() {
            out.push(member.name.clone());
        }
        if let Type::Anonymous(inner) = &member.ty {
            collect_members(inner, out);
        }
    }
}

/// The members of all structures that a header declares.
#[salsa::tracked]
fn members_of_header(db: &dyn Db, header: SourceFile) -> Arc<FxHashSet<String>> {
    let mut names = Vec::new();
    for &section in lower(db, header) {
        for found in &code(db, section).declarations {
            match found.shape.as_ref() {
                Shape::Struct(aggregate) => collect_members(aggregate, &mut names),
                Shape::Typedef(Type::Anonymous(aggregate)) => collect_members(aggregate, &mut names),
                _ => {}
            }
        }
    }
    Arc::new(names.into_iter().collect())
}

/// Whether some structure that a module sees has a member of that name.
pub fn is_member(db: &dyn Db, file: SourceFile, name: &str) -> bool {
    contract_scope(db, file).members.iter().any(|member| member == name)
        || visible(db, file).is_some_and(|visible| {
            visible.headers.keys().any(|&header| members_of_header(db, header).contains(name))
        })
}

/// The members that the headers a module sees declare, sorted.
pub fn visible_members(db: &dyn Db, file: SourceFile) -> Vec<String> {
    let headers = visible(db, file).into_iter().flat_map(|visible| visible.headers.keys());
    let mut names: Vec<String> =
        headers.flat_map(|&header| members_of_header(db, header).iter().cloned()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether a name is declared anywhere in the workspace, in the patch of the file, or by libc.
pub fn is_symbol(db: &dyn Db, file: SourceFile, name: &str) -> bool {
    let is_declared = |symbol: SymbolName| {
        let symbol = Symbol::new(db, symbol);
        let found = occurrences(db, symbol);
        !(found.guarantors.is_empty() && found.overlays.is_empty() && found.headers.is_empty())
            || patch_of(db, file).is_some_and(|patch| patch::find(db, patch, symbol).is_some())
    };
    system::ordinary(name).is_some()
        || system::tag(name).is_some()
        || is_declared(SymbolName::ordinary(name))
        || is_declared(SymbolName::tag(name))
}

/// A structure whose members are all known.
pub struct WholeStruct {
    /// Its tag or typedef name.
    pub name: String,
    /// The header that defines it.
    pub header: SourceFile,
    /// The symbol it is defined under.
    pub symbol: SymbolName,
    shape: Arc<Shape>,
}

impl WholeStruct {
    fn members(&self) -> Option<&Aggregate> {
        match self.shape.as_ref() {
            Shape::Struct(aggregate) => Some(aggregate),
            Shape::Typedef(Type::Anonymous(aggregate)) => Some(aggregate),
            _ => None,
        }
    }

    /// The names of its members.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(aggregate) = self.members() {
            collect_members(aggregate, &mut names);
        }
        names
    }

    /// The type of a member.
    pub fn member(&self, name: &str) -> Option<Type> {
        fn find(aggregate: &Aggregate, name: &str) -> Option<Type> {
            let members = aggregate.members.iter().flatten();
            members.into_iter().find_map(|member| match &member.ty {
                ty if member.name == name => Some(ty.clone()),
                Type::Anonymous(inner) if member.name.is_empty() => find(inner, name),
                _ => None,
            })
        }
        find(self.members()?, name)
    }
}

/// The structure that a type is or points to, when a header defines all of it.
pub fn structure(db: &dyn Db, file: SourceFile, ty: &Type) -> Option<WholeStruct> {
    let scope = FileScope { db, file };
    let mut ty = ty.clone().unqualified();
    for _ in 0..8 {
        ty = match ty {
            Type::Pointer(to) | Type::Array(to, _) => to.unqualified(),
            Type::Name(name) => match scope.typedef(&name) {
                Some(Type::Anonymous(_)) => return defined(db, file, SymbolName::ordinary(&name)),
                Some(other) => other.unqualified(),
                None => return defined(db, file, SymbolName::tag(&name)),
            },
            Type::Struct(tag) => return defined(db, file, SymbolName::tag(&tag)),
            _ => return None,
        };
    }
    None
}

fn defined(db: &dyn Db, file: SourceFile, symbol: SymbolName) -> Option<WholeStruct> {
    let key = Symbol::new(db, symbol.clone());
    let header = definition(db, file, key)?;
    let found = export(db, header, Role::Header, key).as_ref().filter(|found| !found.broken)?;
    let shape = found.shape.clone();
    let whole = WholeStruct { name: symbol.name.clone(), header, symbol, shape };
    let is_whole = whole.members().is_some_and(|found| found.members.is_some() && !found.partial);
    is_whole.then_some(whole)
}
