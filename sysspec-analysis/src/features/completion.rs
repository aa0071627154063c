//! What may be written at an offset.

use std::ops::Range;

use crate::db::{Db, SourceFile};
use crate::index::index;
use crate::lower::{self, Section, SectionKind};
use crate::source::{self, FileKind};
use crate::symbols::{Role, SymbolName, declaration, role_of, summary};
use crate::workspace::{layout, visible};
use crate::{Code, SymbolKind, system};

use super::cursor::{code_span_at, functions_of, section_before, word_at};
use super::members::{members_of, path_before, type_of_path};
use super::search::score;

/// How many are offered at most; with more letters there are fewer.
const LIMIT: usize = 200;

/// What may be written.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Completions {
    /// The proposals, the likeliest first.
    pub items: Vec<Completion>,
    /// Whether there are more, which further letters would bring to light.
    pub is_incomplete: bool,
}

/// One proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// How it is shown.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words more.
    pub detail: Option<String>,
    /// What typed letters are compared with: it begins with the text that is replaced.
    pub filter: String,
    /// What it replaces, in bytes; ends at the offset.
    pub replace: Range<usize>,
    /// The new text.
    pub insert: String,
}

/// What a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A heading or a phase marker.
    Heading,
    /// The label of a contract's part, or the key of an attribute.
    Label,
    /// A symbol.
    Symbol(SymbolKind),
    /// A parameter.
    Parameter,
    /// A member of a structure.
    Member,
    /// A word of the language of contracts.
    Word,
    /// A header.
    Header,
    /// The code of a finding.
    Finding,
    /// A value of an attribute.
    Value,
}

const HEADINGS: [(&str, &str); 12] = [
    ("[MODULE]", "name, layer and level"),
    ("[INTENT]", "what the module is for"),
    ("[PROMPT]", "what is asked of a model"),
    ("[RELY]", "declarations that others guarantee"),
    ("[GUARANTEE]", "declarations that this module guarantees"),
    ("[SPECIFICATION]", "the contract"),
    ("[SPECIFICATION of ", "the lock contract of one function"),
    ("[INVARIANT]", "what always holds"),
    ("[OPTIMIZATION]", "how to change a module that is specified elsewhere"),
    ("[RECOMMENDATION]", "advice"),
    ("[PATCH]", "what a patch is for"),
    ("[NODES]", "the modules of a patch"),
];

const LABELS: [&str; 5] =
    ["**Pre-Condition**:", "**Post-Condition**:", "**Invariant**:", "**System Algorithm**:", "**Case 1**:"];

const WORDS: [(&str, &str); 8] = [
    ("result", "what the function returns"),
    ("old(", "the value before the call"),
    ("locked(", "whether the lock is owned"),
    ("fresh(", "whether it was allocated by the call"),
    ("min(", "the smaller of two"),
    ("max(", "the larger of two"),
    ("NULL", "the null pointer"),
    ("true", "always"),
];

/// What may be written at a byte offset.
pub fn completions(db: &dyn Db, file: SourceFile, offset: usize) -> Completions {
    let line = Line::new(db, file, offset);
    let mut found = match source::kind(file.path(db)) {
        _ if line.before.contains("sysspec: allow(") => codes(&line),
        FileKind::Header if line.number == 0 => include_tokens(db, file, &line),
        FileKind::Spec | FileKind::Patch => in_spec(db, file, &line),
        FileKind::Header | FileKind::Manifest | FileKind::Other => Vec::new(),
    };
    let is_incomplete = found.len() > LIMIT;
    found.truncate(LIMIT);
    Completions { items: found, is_incomplete }
}

/// The line that is written on.
struct Line {
    /// The text up to the offset.
    before: String,
    number: usize,
    offset: usize,
}

impl Line {
    fn new(db: &dyn Db, file: SourceFile, offset: usize) -> Line {
        let rope = file.text(db).rope();
        let offset = crate::text::floor_border(rope, offset);
        let number = rope.byte_to_line(offset);
        let start = rope.line_to_byte(number);
        Line { before: rope.byte_slice(start..offset).to_string(), number, offset }
    }

    /// The letters of the name that is being written.
    fn prefix(&self) -> &str {
        let begun = word_at(&self.before, self.before.len());
        begun.map_or("", |word| &self.before[word.start..])
    }

    /// A proposal that replaces the last `typed` bytes.
    fn item(&self, typed: usize, label: &str, kind: CompletionKind, insert: String) -> Completion {
        let kept = &self.before[self.before.len() - typed..];
        let prefix = self.prefix();
        let head = kept.strip_suffix(prefix).filter(|_| !label.starts_with(kept)).unwrap_or_default();
        Completion {
            label: label.to_string(),
            kind,
            detail: None,
            filter: format!("{head}{label}"),
            replace: self.offset - typed..self.offset,
            insert,
        }
    }
}

impl Completion {
    fn detail(mut self, detail: impl Into<String>) -> Completion {
        self.detail = Some(detail.into());
        self
    }
}

fn in_spec(db: &dyn Db, file: SourceFile, line: &Line) -> Vec<Completion> {
    if let Some(written) = line.before.strip_prefix('[').filter(|rest| !rest.contains(']')) {
        return match written.to_ascii_lowercase().starts_with("specification of ") {
            true => subjects(db, file, line),
            false => headings(line),
        };
    }
    if line.before.starts_with('#') {
        return ["## First Prompt", "## Refine Prompt"]
            .map(|marker| line.item(line.before.len(), marker, CompletionKind::Heading, marker.into()))
            .to_vec();
    }
    if line.before.starts_with('*') && !line.before.get(2..).unwrap_or_default().contains("**") {
        return labels(line);
    }
    let Some(section) = section_before(db, file, line.offset) else { return Vec::new() };
    let content = section.content(db);
    let at = line.offset - section.offset(db);
    let in_code = content.codes.iter().any(|block| block.is_c && block.code.touches(at));
    match (section.key(db).kind, role_of(section.key(db))) {
        (SectionKind::Module, _) => attributes(db, file, line),
        (_, Some(role)) if in_code || line.before.trim() == line.prefix() => {
            declarations(db, file, line, role, in_code)
        }
        _ if code_span_at(&content.text, at).is_some() || is_open_span(&line.before) => {
            names(db, file, section, line)
        }
        _ => Vec::new(),
    }
}

/// Whether a backtick on the line waits for its other.
fn is_open_span(before: &str) -> bool {
    before.matches('`').count() % 2 == 1
}

fn headings(line: &Line) -> Vec<Completion> {
    let item = |(heading, detail): &(&str, &str)| {
        line.item(line.before.len(), heading, CompletionKind::Heading, (*heading).into()).detail(*detail)
    };
    HEADINGS.iter().map(item).collect()
}

fn subjects(db: &dyn Db, file: SourceFile, line: &Line) -> Vec<Completion> {
    let typed = line.before.len() - "[specification of ".len();
    let mut names: Vec<&str> = Vec::new();
    for entry in summary(db, file).entries.iter().filter(|entry| entry.kind == SymbolKind::Function) {
        if !names.contains(&entry.symbol.name.as_str()) {
            names.push(&entry.symbol.name);
        }
    }
    let kind = CompletionKind::Symbol(SymbolKind::Function);
    names.into_iter().map(|name| line.item(typed, name, kind, format!("{name}]"))).collect()
}

fn labels(line: &Line) -> Vec<Completion> {
    LABELS.map(|label| line.item(line.before.len(), label, CompletionKind::Label, label.into())).to_vec()
}

fn attributes(db: &dyn Db, file: SourceFile, line: &Line) -> Vec<Completion> {
    let path = file.path(db);
    let Some((key, value)) = line.before.split_once(':') else {
        let keys = ["name: ", "layer: ", "level: "];
        let item =
            |key: &str| line.item(line.before.len(), key.trim_end(), CompletionKind::Label, key.into());
        return keys.map(item).to_vec();
    };
    let typed = value.trim_start().len();
    let value = |value: &str, detail: &str| {
        line.item(typed, value, CompletionKind::Value, value.into()).detail(detail)
    };
    match key.trim().to_ascii_lowercase().as_str() {
        "name" => vec![value(source::stem(path), "as the file is called")],
        "layer" => {
            let layers = layout(db).manifest.layers.iter();
            layers.map(|layer| value(&layer.folder, "a layer of the workspace")).collect()
        }
        "level" => [("1", "a pure function"), ("2", "with state"), ("3", "with concurrency")]
            .map(|(level, detail)| value(level, detail))
            .to_vec(),
        _ => Vec::new(),
    }
}

fn codes(line: &Line) -> Vec<Completion> {
    let typed = line.prefix().len();
    let item = |code: &Code| {
        line.item(typed, code.as_str(), CompletionKind::Finding, code.as_str().into()).detail(code.title())
    };
    let query: Vec<char> = line.prefix().to_uppercase().chars().collect();
    Code::ALL.iter().filter(|code| score(code.as_str(), &query).is_some()).map(item).collect()
}

fn include_tokens(db: &dyn Db, file: SourceFile, line: &Line) -> Vec<Completion> {
    let typed = line.before.len() - line.before.rfind(',').map_or(0, |comma| comma + 1);
    let typed = line.before[line.before.len() - typed..].trim_start().len();
    let written: Vec<String> =
        lower::include_tokens(&line.before).into_iter().map(|(token, _)| token).collect();
    let own = layout(db).headers_seen(db, file);
    let item = |token: &str, detail: String| {
        line.item(typed, token, CompletionKind::Header, token.into()).detail(detail)
    };
    let mut items: Vec<Completion> =
        own.into_iter().map(|(stem, path)| item(&stem, path.to_string())).collect();
    items.extend(system::headers().map(|token| item(token, format!("<{token}.h>"))));
    items.retain(|item| !written.contains(&item.label) || line.before.ends_with(&item.label));
    items
}

/// What a section of a spec may declare: whole declarations, as their providers write them.
fn declarations(db: &dyn Db, file: SourceFile, line: &Line, role: Role, in_code: bool) -> Vec<Completion> {
    let query: Vec<char> = line.prefix().chars().collect();
    let typed = line.before.trim_start().len();
    let mut ranked: Vec<(i32, &SymbolName, SourceFile, Role)> = Vec::new();
    let candidates = match role {
        Role::Guarantee => unguaranteed(db, file),
        Role::Rely(_) | Role::Header => reliable(db, file),
    };
    let declared: Vec<&SymbolName> =
        summary(db, file).of_role(|own| own == role).map(|entry| &entry.symbol).collect();
    for (symbol, provider, role) in candidates {
        if let Some(score) = score(&symbol.name, &query).filter(|_| !declared.contains(&symbol)) {
            ranked.push((score, symbol, provider, role));
        }
    }
    ranked.sort_by(|left, right| (right.0, left.1).cmp(&(left.0, right.1)));
    ranked.truncate(LIMIT + 1);
    let item = |(_, symbol, provider, role): (i32, &SymbolName, SourceFile, Role)| {
        let (section, found) = declaration(db, provider, role, symbol)?;
        let text = &section.content(db).text[found.span.range()];
        let insert = if in_code { text.to_string() } else { format!("```c\n{text}\n```") };
        let kind = CompletionKind::Symbol(found.kind);
        Some(line.item(typed, &symbol.name, kind, insert).detail(provider.path(db).to_string()))
    };
    ranked.into_iter().filter_map(item).collect()
}

/// What a module may rely on: guarantees of the layers below, and what its headers declare besides functions.
fn reliable(db: &dyn Db, file: SourceFile) -> Vec<(&SymbolName, SourceFile, Role)> {
    let (index, layout, seen) = (index(db), layout(db), visible(db, file));
    let path = file.path(db);
    let mut out = Vec::new();
    for (symbol, modules) in &index.guarantors {
        let Some(&module) = modules.first().filter(|&&module| module != file) else { continue };
        if layout.may_rely(path, module.path(db)) && layout.tree(path) == layout.tree(module.path(db)) {
            out.push((symbol, module, Role::Guarantee));
        }
    }
    for (symbol, headers) in &index.headers {
        let is_seen = |header: &&SourceFile| seen.is_none_or(|seen| seen.headers.contains_key(*header));
        let Some(&header) = headers.iter().find(is_seen) else { continue };
        if !index.guarantors.contains_key(symbol) {
            out.push((symbol, header, Role::Header));
        }
    }
    out
}

/// What the layer's header declares and no module guarantees yet.
fn unguaranteed(db: &dyn Db, file: SourceFile) -> Vec<(&SymbolName, SourceFile, Role)> {
    let index = index(db);
    let Some(header) = layout(db).layer_header(file.path(db)) else { return Vec::new() };
    let functions = summary(db, header).entries.iter().filter(|entry| entry.kind == SymbolKind::Function);
    let open = functions.filter(|entry| !index.guarantors.contains_key(&entry.symbol));
    open.map(|entry| (&entry.symbol, header, Role::Header)).collect()
}

/// The names that a code span may hold.
fn names(db: &dyn Db, file: SourceFile, section: Section<'_>, line: &Line) -> Vec<Completion> {
    let typed = line.prefix().len();
    let behind = &line.before[..line.before.len() - typed];
    if behind.ends_with("->") || behind.ends_with('.') {
        return members(db, file, section, line);
    }
    let item = |name: &str, kind| line.item(typed, name, kind, name.into());
    let mut items: Vec<Completion> = Vec::new();
    for function in functions_of(db, file, section) {
        for (name, ty) in function.names.0.iter().zip(&function.parameters) {
            if let Some(name) = name {
                items.push(item(name, CompletionKind::Parameter).detail(ty.to_string()));
            }
        }
    }
    for entry in &summary(db, file).entries {
        items.push(item(&entry.symbol.name, CompletionKind::Symbol(entry.kind)).detail(entry.kind.noun()));
    }
    items.extend(WORDS.iter().map(|(word, detail)| item(word, CompletionKind::Word).detail(*detail)));
    items.extend(constants(db, file).into_iter().map(|(name, header)| {
        item(name, CompletionKind::Symbol(SymbolKind::Macro)).detail(header.path(db).to_string())
    }));
    let mut seen = Vec::new();
    items.retain(|item| {
        let is_new = !seen.contains(&item.label);
        seen.push(item.label.clone());
        is_new
    });
    items
}

/// The macros of the headers that a module sees.
fn constants(db: &dyn Db, file: SourceFile) -> Vec<(&str, SourceFile)> {
    let Some(seen) = visible(db, file) else { return Vec::new() };
    let mut headers: Vec<(&SourceFile, &usize)> = seen.headers.iter().collect();
    headers.sort_by_key(|(_, distance)| **distance);
    let macros = headers.into_iter().flat_map(|(&header, _)| {
        let entries = summary(db, header).entries.iter().filter(|entry| entry.kind == SymbolKind::Macro);
        entries.map(move |entry| (entry.symbol.name.as_str(), header))
    });
    macros.collect()
}

fn members(db: &dyn Db, file: SourceFile, section: Section<'_>, line: &Line) -> Vec<Completion> {
    let Some(mut path) = path_before(&line.before, line.before.len()) else { return Vec::new() };
    path.pop();
    let ty = type_of_path(db, file, section, &path);
    let members = ty.and_then(|ty| members_of(db, file, &ty)).unwrap_or_default();
    let typed = line.prefix().len();
    let item = |member: crate::c::Member| {
        let insert = member.name.clone();
        line.item(typed, &member.name, CompletionKind::Member, insert).detail(member.ty.to_string())
    };
    members.into_iter().filter(|member| !member.name.is_empty()).map(item).collect()
}
