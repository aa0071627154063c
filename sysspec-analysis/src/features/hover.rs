//! What a symbol promises, for whoever looks at it.

use std::fmt::Write;
use std::ops::Range;

use crate::assembly::{module_model, module_name};
use crate::c::{Shape, evaluate};
use crate::db::{Db, SourceFile};
use crate::index::{Provider, definition, dependents, provider};
use crate::lower::{SectionKind, include_tokens, lower};
use crate::obligation::Verdicts;
use crate::symbols::{Role, Symbol, SymbolName, declaration, is_module, summary};
use crate::system;
use crate::workspace::{Include, layout};
use crate::{Code, Phase, SymbolKind};

use super::Hover;
use super::cursor::{Context, context, section_at, symbol_at, word_at};
use super::members::{path_before, type_of_path};
use super::navigation::{node_at, shape_of};
use super::proof::{counted, owed};

/// How many names are listed before the rest is counted.
const NAMES_SHOWN: usize = 12;

/// What is known of what stands at an offset: of a symbol its provider's whole guarantee (declaration, contract, lock
/// contract, who relies on it), of a parameter or member its type, of an include token or node its file, of the code of
/// a finding what it means.
///
/// In a clause, what became of its obligations is told as well; at the name of a function that a module guarantees, how
/// many of the module's ended how.
pub fn hover(db: &dyn Db, file: SourceFile, offset: usize, verdicts: &Verdicts) -> Option<Hover> {
    let named = finding_code(db, file, offset)
        .or_else(|| named_file(db, file, offset))
        .or_else(|| of_symbol(db, file, offset, verdicts))
        .or_else(|| of_local(db, file, offset));
    let Some(owed) = owed(db, file, offset, verdicts) else { return named };
    Some(match named {
        Some(hover) => Hover { markdown: format!("{}\n\n---\n{}", hover.markdown, owed.markdown), ..hover },
        None => owed,
    })
}

fn of_symbol(db: &dyn Db, file: SourceFile, offset: usize, verdicts: &Verdicts) -> Option<Hover> {
    let pointed = symbol_at(db, file, offset)?;
    let symbol = &pointed.symbol;
    let markdown = match provider(db, file, Symbol::new(db, symbol.clone())) {
        Provider::Module(module) => {
            guarantee(db, module, symbol).map(|page| page + &counted(db, module, verdicts))
        }
        Provider::Header(header) => declared(db, header, symbol, "declared"),
        Provider::Restated(spec, role) => declaration(db, spec, role, symbol).map(|(section, found)| {
            let text = code_block(&section.content(db).text[found.span.range()]);
            format!("{text}defined anew in `{}`", spec.path(db))
        }),
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

/// A parameter, or a member that a path of C leads to.
fn of_local(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Hover> {
    let section = section_at(db, file, offset)?;
    let text = &section.content(db).text;
    let start = section.offset(db);
    let word = word_at(text, offset - start)?;
    if context(db, section, &word) != Context::Span {
        return None;
    }
    let path = path_before(text, word.end)?;
    let ty = type_of_path(db, file, section, &path)?;
    let (name, what) = match path.as_slice() {
        [only] if only == "result" => (only, "what the function returns".to_string()),
        [only] => (only, "parameter".to_string()),
        [.., name] => (name, format!("member, by `{}`", &text[path_start(text, &word, &path)..word.end])),
        [] => return None,
    };
    let markdown = format!("{}{what}", code_block(&ty.declare(name)));
    Some(Hover { range: word.start + start..word.end + start, markdown })
}

/// Where the member path that ends with a word begins.
fn path_start(text: &str, word: &Range<usize>, path: &[String]) -> usize {
    path.first().and_then(|first| text[..word.end].rfind(first.as_str())).unwrap_or(word.start)
}

/// The code of a finding in a comment that allows it.
fn finding_code(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Hover> {
    let rope = file.text(db).rope();
    let offset = crate::text::floor_border(rope, offset);
    let start = rope.line_to_byte(rope.byte_to_line(offset));
    let line = rope.line(rope.byte_to_line(offset)).to_string();
    if !line.contains("sysspec: allow(") {
        return None;
    }
    let word = word_at(&line, offset - start)?;
    let code: Code = Code::ALL.iter().copied().find(|code| code.as_str() == &line[word.clone()])?;
    let explanation = code.explanation().trim();
    let said = explanation.split("\n**").next().unwrap_or(explanation).trim();
    let markdown = format!("**{code}**: {}\n\n{said}", code.title());
    Some(Hover { range: word.start + start..word.end + start, markdown })
}

/// A header in an include list, or a module among the nodes of a patch.
fn named_file(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Hover> {
    let section = section_at(db, file, offset)?;
    let start = section.offset(db);
    let text = &section.content(db).text;
    if section.key(db).kind == SectionKind::Includes {
        let tokens = include_tokens(text);
        let (token, span) = tokens.into_iter().find(|(_, span)| span.touches(offset - start))?;
        let markdown = match layout(db).include(db, &token, file.path(db)) {
            Include::Header(header) => header_page(db, header),
            Include::System => format!("`<{token}.h>`: a header of the C library or the system"),
            Include::Unknown => format!("`{token}`: no header of that name"),
        };
        return Some(Hover { range: span.at(start), markdown });
    }
    let module = node_at(db, file, offset)?;
    let word = word_at(text, offset - start)?;
    let range = word.start + start..word.end + start;
    let model = module_model(db, module);
    let mut markdown = String::new();
    for guarantee in &model.guarantees {
        markdown += &code_block(&guarantee.declaration);
    }
    _ = write!(markdown, "module `{}`{}", module.path(db), in_layer(db, module));
    if let Some(intent) = &model.intent {
        _ = write!(markdown, "\n\n---\n**Intent**\n\n{intent}");
    }
    Some(Hover { range, markdown })
}

/// What a header declares, by kinds.
fn header_page(db: &dyn Db, header: SourceFile) -> String {
    let layout = layout(db);
    let path = header.path(db);
    let whose = match layout.layer_of_header(path) {
        Some(layer) => format!("the header of layer `{}`", layer.folder),
        None if layout.is_external(path) => "a header of external code".into(),
        None => "a shared header".into(),
    };
    let mut page = format!("`{path}`: {whose}");
    for kind in [
        SymbolKind::Struct,
        SymbolKind::Enum,
        SymbolKind::Typedef,
        SymbolKind::Function,
        SymbolKind::Object,
        SymbolKind::Macro,
    ] {
        let names: Vec<String> = summary(db, header)
            .entries
            .iter()
            .filter(|entry| entry.kind == kind)
            .map(|entry| format!("`{}`", entry.symbol.name))
            .collect();
        if !names.is_empty() {
            let plural = if names.len() > 1 { "s" } else { "" };
            _ = write!(page, "\n\n{} {}{plural}: {}", names.len(), kind.noun(), few(names));
        }
    }
    page
}

fn in_layer(db: &dyn Db, file: SourceFile) -> String {
    let layer = layout(db).layer(file.path(db));
    layer.map(|layer| format!(", layer `{}`", layer.folder)).unwrap_or_default()
}

fn guarantee(db: &dyn Db, module: SourceFile, symbol: &SymbolName) -> Option<String> {
    let model = module_model(db, module);
    let (section, found) = declaration(db, module, Role::Guarantee, symbol)?;
    let mut page = code_block(&section.content(db).text[found.span.range()]);
    _ = write!(page, "guaranteed by `{}`{}", module.path(db), in_layer(db, module));
    let header = definition(db, module, Symbol::new(db, symbol.clone()));
    if let Some(header) = header.filter(|&header| header != module) {
        _ = write!(page, ", declared in `{}`", header.path(db));
    }
    if let Some(comment) = &found.comment {
        _ = write!(page, "\n\n{comment}");
    }
    if let Some(line) = crate::locks::effect_line(db, module, symbol) {
        _ = write!(page, "\n\nLocks: {line}");
    }
    let mut part = |title: &str, body: Option<&str>| {
        if let Some(body) = body.filter(|body| !body.is_empty()) {
            _ = write!(page, "\n\n---\n**{title}**\n\n{body}");
        }
    };
    part("Intent", model.intent.as_deref());
    part("Contract", Some(&contract(db, module, symbol, &model.specification)));
    part("Lock contract", model.lock_contract.as_deref());
    Some(page + &dependents_line(db, symbol))
}

/// The contract of a symbol: of a module that guarantees several, the part with its name when there is one.
fn contract(db: &dyn Db, module: SourceFile, symbol: &SymbolName, whole: &str) -> String {
    let sections = lower(db, module).iter();
    let mut own = sections.filter(|section| {
        let key = section.key(db);
        key.kind == SectionKind::Specification
            && key.phase == Phase::Functional
            && key.subject.as_deref() == Some(symbol.name.as_str())
    });
    own.next().map_or_else(|| whole.to_string(), |section| section.content(db).body().to_string())
}

fn declared(db: &dyn Db, header: SourceFile, symbol: &SymbolName, how: &str) -> Option<String> {
    let (section, found) = declaration(db, header, Role::Header, symbol)?;
    let page = code_block(&section.content(db).text[found.span.range()]);
    let layer = layout(db).layer_of_header(header.path(db));
    let layer = layer.map(|layer| format!(", layer `{}`", layer.folder)).unwrap_or_default();
    let value = value(db, header, &found.shape, &section.content(db).text[found.span.range()]);
    let comment = found.comment.as_ref().map(|comment| format!("\n\n{comment}")).unwrap_or_default();
    Some(format!("{page}{how} in `{}`{layer}{value}{comment}", header.path(db)))
}

/// The value of a macro that is a constant and does not say it itself.
fn value(db: &dyn Db, header: SourceFile, shape: &Shape, written: &str) -> String {
    let Shape::Macro(definition) = shape else { return String::new() };
    if definition.parameters.is_some() || definition.body.len() < 2 {
        return String::new();
    }
    let named = |name: &str| match shape_of(db, header, &SymbolName::ordinary(name))? {
        Shape::Macro(other) if other.parameters.is_none() => Some(other.body),
        Shape::Constant(tokens) => Some(tokens),
        _ => None,
    };
    match evaluate(&definition.body, &named) {
        Some(value) if !written.ends_with(&format!(" {value}")) => format!(", value `{value}`"),
        _ => String::new(),
    }
}

fn of_system(symbol: &SymbolName, header: &str) -> String {
    let known = if symbol.tag { system::tag(&symbol.name) } else { system::ordinary(&symbol.name) };
    let noun = known
        .map_or("symbol", |known| if symbol.tag { SymbolKind::Struct.noun() } else { known.kind.noun() });
    format!("`{}`: {noun} of `<{header}>`", symbol.name)
}

fn code_block(text: &str) -> String {
    format!("```c\n{text}\n```\n")
}

fn dependents_line(db: &dyn Db, symbol: &SymbolName) -> String {
    let all = dependents(db, Symbol::new(db, symbol.clone()));
    let names: Vec<String> = all
        .iter()
        .filter(|&&file| is_module(db, file))
        .map(|&file| format!("`{}`", module_name(db, file)))
        .collect();
    if names.is_empty() {
        return "\n\n---\nno module relies on it".into();
    }
    let count = match names.len() {
        1 => String::new(),
        several => format!("{several} modules: "),
    };
    format!("\n\n---\nrelied on by {count}{}", few(names))
}

/// The first of a list, and how many more there are.
fn few(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMES_SHOWN);
    names.truncate(NAMES_SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", names.join(", "))
}
