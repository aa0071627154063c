//! What a symbol promises, for whoever looks at it.

use std::fmt::Write;

use crate::SymbolKind;
use crate::assembly::{module_model, module_name};
use crate::db::{Db, SourceFile};
use crate::index::{Provider, dependents, provider};
use crate::symbols::{Role, Symbol, SymbolName, declaration, is_module};
use crate::system;
use crate::workspace::layout;

use super::Hover;
use super::cursor::symbol_at;

/// How many modules are named before the rest is counted.
const DEPENDENTS_SHOWN: usize = 12;

/// The provider's whole guarantee for the symbol at an offset: declaration, contract, lock contract, who relies on it.
pub fn hover(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Hover> {
    let pointed = symbol_at(db, file, offset)?;
    let symbol = &pointed.symbol;
    let markdown = match provider(db, file, Symbol::new(db, symbol.clone())) {
        Provider::Module(module) => guarantee(db, module, symbol),
        Provider::Header(header) => declared(db, header, symbol, "declared"),
        Provider::Restated(spec, role) => text(db, spec, role, symbol)
            .map(|text| format!("{}defined anew in `{}`", code_block(&text), spec.path(db))),
        Provider::External(header) => declared(db, header, symbol, "external code, declared"),
        Provider::PrototypeOnly(header) => {
            declared(db, header, symbol, "**no module guarantees it**; its prototype is")
                .map(|page| page + &dependents_line(db, symbol))
        }
        Provider::System(header) => Some(of_system(symbol, header)),
        Provider::Nobody => {
            Some(format!("`{}`: no module guarantees it, and no header declares it", symbol.name))
        }
    }?;
    Some(Hover { range: pointed.range, markdown })
}

fn guarantee(db: &dyn Db, module: SourceFile, symbol: &SymbolName) -> Option<String> {
    let model = module_model(db, module);
    let mut page = code_block(&text(db, module, Role::Guarantee, symbol)?);
    let layer = layout(db).layer(module.path(db)).map(|layer| format!(", layer `{}`", layer.folder));
    _ = write!(page, "guaranteed by `{}`{}", module.path(db), layer.unwrap_or_default());
    let mut part = |title: &str, body: Option<&str>| {
        if let Some(body) = body.filter(|body| !body.is_empty()) {
            _ = write!(page, "\n\n---\n**{title}**\n\n{body}");
        }
    };
    part("Intent", model.intent.as_deref());
    part("Contract", Some(&model.specification));
    part("Lock contract", model.lock_contract.as_deref());
    Some(page + &dependents_line(db, symbol))
}

fn declared(db: &dyn Db, header: SourceFile, symbol: &SymbolName, how: &str) -> Option<String> {
    let page = code_block(&text(db, header, Role::Header, symbol)?);
    Some(format!("{page}{how} in `{}`", header.path(db)))
}

fn of_system(symbol: &SymbolName, header: &str) -> String {
    let known = if symbol.tag { system::tag(&symbol.name) } else { system::ordinary(&symbol.name) };
    let noun = known
        .map_or("symbol", |known| if symbol.tag { SymbolKind::Struct.noun() } else { known.kind.noun() });
    format!("`{}`: {noun} of `<{header}>`", symbol.name)
}

/// The declaration as written, with its comments.
fn text(db: &dyn Db, file: SourceFile, role: Role, symbol: &SymbolName) -> Option<String> {
    let (section, found) = declaration(db, file, role, symbol)?;
    Some(section.content(db).text[found.span.range()].to_string())
}

fn code_block(text: &str) -> String {
    format!("```c\n{text}\n```\n")
}

fn dependents_line(db: &dyn Db, symbol: &SymbolName) -> String {
    let all = dependents(db, Symbol::new(db, symbol.clone()));
    let mut names: Vec<String> = all
        .iter()
        .filter(|&&file| is_module(db, file))
        .map(|&file| format!("`{}`", module_name(db, file)))
        .collect();
    if names.is_empty() {
        return "\n\n---\nno module relies on it".into();
    }
    let more = names.len().saturating_sub(DEPENDENTS_SHOWN);
    names.truncate(DEPENDENTS_SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("\n\n---\nrelied on by {}{rest}", names.join(", "))
}
