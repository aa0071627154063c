//! From a name to the places that say what it is.

use crate::c::{Function, Shape, Type};
use crate::db::{Db, SourceFile, Workspace};
use crate::index::{self, Provider, provider};
use crate::lower::{Section, SectionKind, include_tokens};
use crate::source;
use crate::span::Span;
use crate::symbols::{Role, Symbol, SymbolName, declaration, export, summary};
use crate::workspace::{Include, layout};

use super::Location;
use super::cursor::{self, symbol_at};

/// Where the symbol at an offset is defined: the guarantee of a module, or the declaration of a header.
pub fn definition(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Location> {
    if let Some(named) = include_at(db, file, offset).or_else(|| node_at(db, file, offset)) {
        return vec![Location { path: named.path(db).clone(), range: 0..0, focus: 0..0 }];
    }
    let Some(pointed) = symbol_at(db, file, offset) else { return Vec::new() };
    definition_of(db, file, &pointed.symbol).into_iter().collect()
}

/// Where a symbol is defined, as `file` sees it.
pub fn definition_of(db: &dyn Db, file: SourceFile, symbol: &SymbolName) -> Option<Location> {
    let found = match provider(db, file, Symbol::new(db, symbol.clone())) {
        Provider::Module(module) => place(db, module, Role::Guarantee, symbol),
        Provider::Header(header) | Provider::External(header) | Provider::PrototypeOnly(header) => {
            place(db, header, Role::Header, symbol)
        }
        Provider::Restated(spec, role) => place(db, spec, role, symbol),
        Provider::System(_) => return None,
        Provider::Nobody => None,
    };
    // What nobody provides is at least declared where the module relies on it.
    found.or_else(|| {
        let own = summary(db, file).entries.iter().filter(|entry| entry.symbol == *symbol);
        own.map(|entry| entry.role).find_map(|role| place(db, file, role, symbol))
    })
}

/// Where the symbol at an offset is declared for others: in a header, else where it is defined.
pub fn declaration_at(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Location> {
    let Some(pointed) = symbol_at(db, file, offset) else { return definition(db, file, offset) };
    let header = index::definition(db, file, Symbol::new(db, pointed.symbol.clone()));
    match header.and_then(|header| place(db, header, Role::Header, &pointed.symbol)) {
        Some(declared) => vec![declared],
        None => definition(db, file, offset),
    }
}

/// Where the type of the symbol at an offset is defined: what a function returns, the type of an object.
pub fn type_definition(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Location> {
    let Some(pointed) = symbol_at(db, file, offset) else { return Vec::new() };
    let Some(shape) = shape_of(db, file, &pointed.symbol) else { return Vec::new() };
    let named = match &shape {
        Shape::Function(Function { result, .. }, _) => base_name(result),
        Shape::Object(ty, _) | Shape::Typedef(ty) => base_name(ty),
        Shape::Struct(_) | Shape::Enum(_) => return definition(db, file, offset),
        Shape::Macro(_) | Shape::Constant(_) => None,
    };
    named.and_then(|symbol| definition_of(db, file, &symbol)).into_iter().collect()
}

/// The module whose generated code defines the function or object at an offset, and the name there.
pub fn implementation(db: &dyn Db, file: SourceFile, offset: usize) -> Option<(SourceFile, String)> {
    let symbol = symbol_at(db, file, offset)?.symbol;
    match provider(db, file, Symbol::new(db, symbol.clone())) {
        Provider::Module(module) => Some((module, symbol.name)),
        _ => None,
    }
}

/// The shape that a symbol has where it is defined.
pub fn shape_of(db: &dyn Db, file: SourceFile, symbol: &SymbolName) -> Option<Shape> {
    let key = Symbol::new(db, symbol.clone());
    let export = match provider(db, file, key) {
        Provider::Module(module) => export(db, module, Role::Guarantee, key),
        Provider::Header(header) | Provider::External(header) | Provider::PrototypeOnly(header) => {
            export(db, header, Role::Header, key)
        }
        Provider::Restated(spec, role) => export(db, spec, role, key),
        Provider::System(_) | Provider::Nobody => return None,
    };
    export.as_ref().map(|export| export.shape.as_ref().clone())
}

/// The name at the bottom of a type, behind pointers, arrays and qualifiers.
fn base_name(ty: &Type) -> Option<SymbolName> {
    match ty {
        Type::Name(name) => Some(SymbolName::ordinary(name)),
        Type::Struct(name) | Type::Enum(name) => Some(SymbolName::tag(name)),
        Type::Qualified(_, of) | Type::Pointer(of) | Type::Array(of, _) => base_name(of),
        Type::Function(function) => base_name(&function.result),
        Type::Basic(_) | Type::Anonymous(_) | Type::AnonymousEnum(_) | Type::Other(_) => None,
    }
}

/// The declaration of a symbol in a role of a file.
pub fn place(db: &dyn Db, file: SourceFile, role: Role, symbol: &SymbolName) -> Option<Location> {
    let (section, found) = declaration(db, file, role, symbol)?;
    let offset = section.offset(db);
    Some(Location {
        path: file.path(db).clone(),
        range: found.span.at(offset),
        focus: found.name_span.at(offset),
    })
}

/// The header that an include token stands for.
pub fn include_at(db: &dyn Db, file: SourceFile, offset: usize) -> Option<SourceFile> {
    let section = cursor::section_at(db, file, offset)?;
    if section.key(db).kind != SectionKind::Includes {
        return None;
    }
    let tokens = include_tokens(&section.content(db).text);
    let (token, _) = tokens.into_iter().find(|(_, span)| span.touches(offset - section.offset(db)))?;
    match layout(db).include(db, &token, file.path(db)) {
        Include::Header(header) => Some(header),
        Include::System | Include::Unknown => None,
    }
}

/// The module that a node of a patch names: one of the patch's own, else one of the base; what it replaces is in the base.
pub fn node_at(db: &dyn Db, file: SourceFile, offset: usize) -> Option<SourceFile> {
    let section = cursor::section_at(db, file, offset)?;
    let at = offset - section.offset(db);
    let nodes = node_files(db, file, section);
    nodes.into_iter().find(|(span, _)| span.touches(at)).map(|(_, module)| module)
}

/// The names in the nodes of a patch, with the modules that they mean.
pub fn node_files(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Vec<(Span, SourceFile)> {
    let mut found = Vec::new();
    for node in &section.content(db).nodes {
        for (word, in_base) in [(&node.name, false), (&node.target, true)] {
            let Some(word) = word else { continue };
            found.extend(module_named(db, file, &word.text, in_base).map(|module| (word.span, module)));
        }
    }
    found
}

/// The module of a name that a patch means.
fn module_named(db: &dyn Db, patch: SourceFile, name: &str, in_base: bool) -> Option<SourceFile> {
    let folder = source::folder(patch.path(db));
    let files = Workspace::get(db).files(db);
    let own = || files.get(format!("{folder}/{name}.spec").trim_start_matches('/')).copied();
    let base = || {
        let key = Symbol::new(db, SymbolName::ordinary(name));
        index::occurrences(db, key).guarantors.first().copied()
    };
    if in_base { base() } else { own().or_else(base) }
}
