//! NAM015: types that a header uses, and that are not visible where it is included.
//!
//! A module includes the header of its layer and nothing else, so that header must bring all that it names.

use rustc_hash::FxHashSet;

use crate::c::{Aggregate, Function, Shape, Storage, Type};
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{definition, dependents, occurrences};
use crate::lower::{Section, SectionKind, include_tokens, lower};
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Declared, Role, Symbol, SymbolName, code, export, is_bare_tag, summary};
use crate::workspace::{Visible, layout, visible};
use crate::{Applicability, Code, SymbolKind, patch, source, system};

/// Each type that a header uses without declaring or including it, at its first use.
pub fn invisible(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Vec<Finding> {
    let Some(visible) = visible(db, file).filter(|visible| !visible.has_unknown) else { return Vec::new() };
    let header = Header { db, file, visible };
    let mut seen = FxHashSet::default();
    let mut out = Vec::new();
    for declared in &code(db, section).declarations {
        let is_doubtful = declared.broken || declared.is_constant();
        for symbol in used(declared).into_iter().filter(|_| !is_doubtful) {
            if seen.insert(symbol.clone()) && !header.sees(&symbol) && !header.is_told_elsewhere(&symbol) {
                let Some((place, shown)) = place_of(db, section, declared, &symbol) else { continue };
                out.push(header.finding(&symbol, &shown, place));
            }
        }
    }
    out
}

// ---- what a declaration needs ----

/// The types whose declarations must stand before this one. `struct x *` needs none.
fn used(declared: &Declared) -> Vec<SymbolName> {
    let mut used = Vec::new();
    match declared.shape.as_ref() {
        Shape::Function(function, _) => of_function(function, &mut used),
        Shape::Object(ty, storage) => of_type(ty, *storage != Storage::Extern, &mut used),
        Shape::Struct(aggregate) => of_aggregate(aggregate, &mut used),
        Shape::Typedef(ty) => of_type(ty, false, &mut used),
        Shape::Enum(_) | Shape::Macro(_) | Shape::Constant(_) => {}
    }
    used
}

fn of_function(function: &Function, used: &mut Vec<SymbolName>) {
    of_type(&function.result, false, used);
    function.parameters.iter().for_each(|parameter| of_type(parameter, false, used));
}

fn of_aggregate(aggregate: &Aggregate, used: &mut Vec<SymbolName>) {
    aggregate.members.iter().flatten().for_each(|member| of_type(&member.ty, true, used));
}

/// `complete`: whether the size must be known, as that of a member (C11 6.7.2.1p3) or an element (6.7.6.2p1).
fn of_type(ty: &Type, complete: bool, used: &mut Vec<SymbolName>) {
    match ty {
        Type::Name(name) => used.push(SymbolName::ordinary(name)),
        // Of the arithmetic types only this one is a macro of a header (C11 7.18).
        Type::Basic("bool") => used.push(SymbolName::ordinary("bool")),
        Type::Struct(tag) | Type::Enum(tag) if complete => used.push(SymbolName::tag(tag)),
        Type::Anonymous(aggregate) => of_aggregate(aggregate, used),
        Type::Qualified(_, inner) => of_type(inner, complete, used),
        Type::Pointer(to) => of_type(to, false, used),
        Type::Array(element, _) => of_type(element, true, used),
        Type::Function(function) => of_function(function, used),
        _ => {}
    }
}

/// Where a declaration names a type, and how. `None`: it does not, since it says `_Bool`.
fn place_of(
    db: &dyn Db,
    section: Section<'_>,
    declared: &Declared,
    symbol: &SymbolName,
) -> Option<(Place, String)> {
    let text = &section.content(db).text[declared.span.range()];
    let at = find_word(text, &symbol.name)?;
    let place = Place::section(db, section, declared.span.nested(&(at..at + symbol.name.len())));
    let shown = match text[..at].split_whitespace().next_back() {
        Some(keyword) if symbol.tag => format!("{keyword} {}", symbol.name),
        _ => symbol.name.clone(),
    };
    Some((place, shown))
}

/// The first place of a word outside of comments.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let comment_end = if rest.starts_with("//") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else {
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            if &rest[..length] == word {
                return Some(at);
            }
            let step = rest.chars().next().map_or(1, char::len_utf8);
            at += length.max(step);
            continue;
        };
        at += comment_end?;
    }
    None
}

// ---- what is visible ----

struct Header<'db> {
    db: &'db dyn Db,
    file: SourceFile,
    visible: &'db Visible,
}

impl Header<'_> {
    fn sees(&self, symbol: &SymbolName) -> bool {
        let key = Symbol::new(self.db, symbol.clone());
        let seen = &self.visible.headers;
        // Names with two underscores are the compiler's and the kernel's.
        symbol.name.starts_with("__")
            || occurrences(self.db, key)
                .headers
                .iter()
                .any(|it| seen.contains_key(it) && self.gives(*it, key))
            || seen.keys().any(|&header| self.brings(header, key))
    }

    /// Whether a header that declares a symbol says enough of it.
    fn gives<'db>(&'db self, header: SourceFile, symbol: Symbol<'db>) -> bool {
        let export = || export(self.db, header, Role::Header, symbol).as_ref();
        !symbol.name(self.db).tag || export().is_some_and(|export| !is_bare_tag(&export.shape))
    }

    /// Whether a header includes a standard one that may declare a type, or is one of a patch and declares it.
    fn brings<'db>(&'db self, header: SourceFile, symbol: Symbol<'db>) -> bool {
        let (summary, name) = (summary(self.db, header), symbol.name(self.db));
        let is_declared = || summary.entries.iter().any(|entry| entry.symbol == *name);
        summary.includes.iter().any(|token| system::may_bring(token, name))
            || summary.is_overlay && is_declared() && self.gives(header, symbol)
    }

    /// Whether a module guarantees the type and no header has it, or modules rely on it and nobody has it, or a patch
    /// of the published dialect declares it in a spec.
    fn is_told_elsewhere(&self, symbol: &SymbolName) -> bool {
        let key = Symbol::new(self.db, symbol.clone());
        if let Some(patch) = patch::patch_of(self.db, self.file)
            && patch::find(self.db, patch, key).is_some_and(|found| found.role != Role::Header)
        {
            return true;
        }
        let known = occurrences(self.db, key);
        let is_relied_on = || layout(self.db).is_strict && !dependents(self.db, key).is_empty();
        known.headers.is_empty()
            && (!known.guarantors.is_empty() || (system::header_of_type(symbol).is_none() && is_relied_on()))
    }

    // ---- what to do ----

    fn finding(&self, symbol: &SymbolName, shown: &str, place: Place) -> Finding {
        let message = format!("`{shown}` is used here, but this header neither declares nor includes it");
        let finding = Finding::new(Code::INVISIBLE_TYPE, place.clone(), message);
        let key = Symbol::new(self.db, symbol.clone());
        if let Some(other) = definition(self.db, self.file, key).filter(|&other| other != self.file) {
            return self.declared_in(other, symbol, finding);
        }
        if let Some(token) = system::header_of_type(symbol) {
            let finding = finding.help(format!("<{token}.h> declares it: include `{token}`, in line 1"));
            return self.including(finding, token, Applicability::Safe);
        }
        match self.near(symbol) {
            Some(near) => {
                let finding = finding.help(format!("did you mean `{near}`?"));
                finding.guess(format!("write `{near}`"), place, near)
            }
            None => finding.help("declare it here, or include the header that does"),
        }
    }

    fn declared_in(&self, other: SourceFile, symbol: &SymbolName, finding: Finding) -> Finding {
        let path = other.path(self.db);
        let there = Place::Name(other, Role::Header, symbol.clone());
        let finding = finding.related(there, format!("`{}` is declared here", symbol.name));
        let layout = layout(self.db);
        let is_circle = visible(self.db, other).is_some_and(|seen| seen.headers.contains_key(&self.file));
        let may_include =
            match (layout.layer_of_header(self.file.path(self.db)), layout.layer_of_header(path)) {
                (Some(own), Some(other)) => {
                    !layout.is_strict || own.folder == other.folder || own.relies_on.contains(&other.folder)
                }
                (_, other) => other.is_none(),
            };
        if is_circle || !may_include {
            return finding.help("declare it in a header that both may include");
        }
        let token = source::stem(path);
        self.including(finding.help(format!("include `{token}`, in line 1")), token, Applicability::Unsafe)
    }

    /// Adds the fix that puts a token at the end of the include list.
    fn including(&self, finding: Finding, token: &str, applicability: Applicability) -> Finding {
        let lines = lower(self.db, self.file).iter();
        let mut lists = lines.filter(|section| section.key(self.db).kind == SectionKind::Includes);
        let Some(&list) = lists.next() else { return finding };
        let line = &list.content(self.db).text;
        let before = if include_tokens(line).is_empty() { "" } else { ", " };
        let place = Place::section(self.db, list, Span::from(line.len()..line.len()));
        finding.remedy(format!("include `{token}`"), applicability, vec![(place, format!("{before}{token}"))])
    }

    fn near(&self, symbol: &SymbolName) -> Option<String> {
        let seen = self.visible.headers.keys().flat_map(|&header| &summary(self.db, header).entries);
        let types = seen.filter(|entry| entry.symbol.tag == symbol.tag && is_type(entry.kind));
        nearest(&symbol.name, types.map(|entry| entry.symbol.name.as_str())).map(str::to_owned)
    }
}

fn is_type(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Struct | SymbolKind::Enum | SymbolKind::Typedef)
}

#[cfg(test)]
mod tests {
    use super::find_word;

    #[test]
    fn words_are_found_outside_of_comments_only() {
        assert_eq!(find_word("int f(off_t o);", "off_t"), Some(6));
        assert_eq!(find_word("struct a { /* off_t */ my_off_t b; // off_t\n off_t c; }", "off_t"), Some(45));
        assert_eq!(find_word("int f(void); // off_t", "off_t"), None);
    }
}
