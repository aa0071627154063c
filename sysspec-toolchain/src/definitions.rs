//! The header declarations that a module needs to know: what its C blocks mention, and what that mentions.

use std::collections::BTreeSet;

use sysspec_analysis::{Declaration, HeaderModel, ModuleModel, Phase, SymbolKind, WorkspaceModel};

use crate::headers;

/// A declaration of a header that a module's prompt shows and its code may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The C header that holds it.
    pub header: String,
    /// How C names it, such as `struct inode` or `FILE_BYTES_MAX`.
    pub label: String,
    /// The bare name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The declaration as written.
    pub text: String,
}

/// The definitions that a module needs in its phases up to `phase`, in the order of the headers.
///
/// A structure that is mentioned behind a pointer only is not needed; one that is relied on, or is a member
/// or a value, is.
pub fn needed(model: &WorkspaceModel, module: &ModuleModel, phase: Phase) -> Vec<Definition> {
    let headers = module.header.as_deref().map(|path| headers::reachable(model, path)).unwrap_or_default();
    let mut closure = Closure { headers: &headers, chosen: BTreeSet::new() };
    for reliance in module.relies.iter().filter(|reliance| reliance.phase <= phase) {
        closure.enter(&reliance.name, reliance.kind, &reliance.declaration);
    }
    for guarantee in &module.guarantees {
        closure.enter(&guarantee.name, guarantee.kind, &guarantee.declaration);
    }
    closure.into_definitions()
}

/// How C names a symbol.
pub fn label(name: &str, kind: SymbolKind) -> String {
    match kind {
        SymbolKind::Struct => format!("struct {name}"),
        SymbolKind::Enum => format!("enum {name}"),
        _ => name.to_owned(),
    }
}

struct Closure<'a> {
    headers: &'a [&'a HeaderModel],
    /// Header and declaration indices, so that the order is that of the headers.
    chosen: BTreeSet<(usize, usize)>,
}

impl Closure<'_> {
    /// Starts from a declaration of a spec.
    fn enter(&mut self, name: &str, kind: SymbolKind, declaration: &str) {
        if kind != SymbolKind::Function {
            self.choose(name, |other| other == kind || is_type(other) && is_type(kind));
        }
        self.follow(declaration, kind);
    }

    /// Follows what a declaration mentions by value.
    fn follow(&mut self, declaration: &str, kind: SymbolKind) {
        for mention in mentions(declaration) {
            match mention {
                Mention::Tag(name) => {
                    self.choose(&name, |kind| matches!(kind, SymbolKind::Struct | SymbolKind::Enum));
                }
                Mention::Word(name) if kind == SymbolKind::Macro => {
                    self.choose(&name, |kind| kind != SymbolKind::Function);
                }
                // Words of a prototype or a structure may also be parameters or members.
                Mention::Word(name) => {
                    self.choose(&name, |kind| matches!(kind, SymbolKind::Typedef | SymbolKind::Macro));
                }
            }
        }
    }

    fn choose(&mut self, name: &str, fits: impl Fn(SymbolKind) -> bool) {
        let mut best: Option<(usize, usize, &Declaration)> = None;
        for (at, header) in self.headers.iter().enumerate() {
            for (index, declaration) in header.declarations.iter().enumerate() {
                let better = best.is_none_or(|(_, _, found)| !found.text.contains('{'));
                if declaration.name == name && fits(declaration.kind) && better {
                    best = Some((at, index, declaration));
                }
            }
        }
        if let Some((at, index, declaration)) = best
            && self.chosen.insert((at, index))
        {
            let (text, kind) = (declaration.text.clone(), declaration.kind);
            self.follow(&text, kind);
        }
    }

    fn into_definitions(self) -> Vec<Definition> {
        let mut definitions: Vec<Definition> = Vec::new();
        for (at, index) in self.chosen {
            let (header, declaration) = (self.headers[at], &self.headers[at].declarations[index]);
            definitions.push(Definition {
                header: headers::file_name(&header.stem),
                label: label(&declaration.name, declaration.kind),
                name: declaration.name.clone(),
                kind: declaration.kind,
                text: declaration.text.trim().to_owned(),
            });
        }
        definitions
    }
}

fn is_type(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Struct | SymbolKind::Typedef | SymbolKind::Enum)
}

enum Mention {
    Tag(String),
    Word(String),
}

/// The tags and words of a declaration; tags that are mentioned behind a pointer only are left out.
fn mentions(declaration: &str) -> Vec<Mention> {
    let text = without_comments(declaration);
    let tokens = tokens(&text);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            continue;
        }
        let before = at.checked_sub(1).map_or("", |before| tokens[before]);
        let behind_pointer = tokens.get(at + 1).is_some_and(|next| matches!(*next, "*" | ";"));
        match before {
            "struct" | "union" if behind_pointer => {}
            "struct" | "union" | "enum" => found.push(Mention::Tag((*token).to_owned())),
            "." => {}
            _ => found.push(Mention::Word((*token).to_owned())),
        }
    }
    found
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = first.is_ascii_alphanumeric() || first == '_';
        let length = if word {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// C without its comments; each becomes one blank.
pub fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/*").into_iter().chain(rest.find("//")).min() {
        out.push_str(&rest[..at]);
        out.push(' ');
        let (end, skip) = if rest[at..].starts_with("//") { ("\n", 0) } else { ("*/", 2) };
        rest = rest[at + 2..].find(end).map_or("", |found| &rest[at + 2 + found + skip..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use sysspec_analysis::{Guarantee, Provider, Reliance};

    use super::*;

    fn declaration(name: &str, kind: SymbolKind, text: &str) -> Declaration {
        Declaration { name: name.into(), kind, text: text.into(), mentions: Vec::new() }
    }

    fn model() -> WorkspaceModel {
        use SymbolKind::{Function, Macro, Object, Struct, Typedef};
        let header = HeaderModel {
            path: "common.header".into(),
            stem: "common".into(),
            includes: vec!["stdint".into()],
            text: String::new(),
            external: false,
            declarations: vec![
                declaration("FANOUT", Macro, "#define FANOUT 64"),
                declaration("UNUSED", Macro, "#define UNUSED 1"),
                declaration("inode", Struct, "struct inode;"),
                declaration("map", Struct, "struct map {\n\tvoid *slot[FANOUT];\n};"),
                declaration("entry", Struct, "struct entry {\n\tstruct entry *next; /* UNUSED */\n};"),
                declaration("inode", Struct, "struct inode {\n\tstruct map map;\n\tstruct entry *first;\n};"),
                declaration("fill_fn", Typedef, "typedef int (*fill_fn)(const char *name);"),
                declaration("volume", Object, "extern struct volume volume;"),
                declaration("volume", Struct, "struct volume {\n\tstruct inode *root;\n};"),
                declaration("map_get", Function, "char *map_get(const struct map *map);"),
            ],
        };
        WorkspaceModel {
            manifest: Default::default(),
            modules: vec![],
            headers: vec![header],
            error_count: 0,
        }
    }

    fn labels(relies: &[(&str, SymbolKind, &str)], guarantee: &str) -> Vec<String> {
        let relies = relies
            .iter()
            .map(|(name, kind, text)| Reliance {
                name: (*name).into(),
                kind: *kind,
                declaration: (*text).into(),
                comment: None,
                phase: Phase::Functional,
                provider: Provider::Unresolved,
            })
            .collect();
        let module = ModuleModel {
            name: "m".into(),
            path: "m.spec".into(),
            layer: "m".into(),
            header: Some("common.header".into()),
            level: None,
            intent: None,
            guarantees: vec![Guarantee {
                name: "m".into(),
                kind: SymbolKind::Function,
                declaration: guarantee.into(),
            }],
            relies,
            functional: String::new(),
            specification: String::new(),
            lock_contract: None,
            refine: None,
            depends_on: vec![],
        };
        needed(&model(), &module, Phase::Functional).into_iter().map(|definition| definition.label).collect()
    }

    #[test]
    fn a_structure_behind_a_pointer_is_not_needed() {
        assert!(labels(&[], "int m(struct inode *node, const struct entry *entry);").is_empty());
    }

    #[test]
    fn a_relied_structure_brings_its_members_and_their_macros() {
        let partial = "struct inode {\n\t// ... other fields ...\n\tstruct map map;\n};";
        let found = labels(&[("inode", SymbolKind::Struct, partial)], "int m(struct inode *node);");
        assert_eq!(found, ["FANOUT", "struct map", "struct inode"]);
    }

    #[test]
    fn an_object_brings_its_type() {
        let found =
            labels(&[("volume", SymbolKind::Object, "extern struct volume volume;")], "void m(void);");
        assert_eq!(found, ["volume", "struct volume"]);
    }

    #[test]
    fn a_typedef_in_a_prototype_is_needed() {
        assert_eq!(labels(&[], "void m(fill_fn fill);"), ["fill_fn"]);
    }

    #[test]
    fn comments_mention_nothing() {
        assert_eq!(without_comments("a /* b */ c // d\ne"), "a   c  \ne");
        let entry = "struct entry {\n\tstruct entry *next; /* UNUSED */\n};";
        assert_eq!(labels(&[("entry", SymbolKind::Struct, entry)], "void m(void);"), ["struct entry"]);
    }
}
