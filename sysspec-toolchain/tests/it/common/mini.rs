//! Temporary stand-in for the analysis.
use std::path::Path;
use sysspec_analysis::*;

fn decls(text: &str) -> Vec<Declaration> {
    let mut out = Vec::new();
    let mut chunk = String::new();
    let mut depth = 0i32;
    for line in text.lines() {
        if chunk.is_empty()
            && (line.trim().is_empty()
                || line.starts_with("/*")
                || line.starts_with("//")
                || line.starts_with(" *"))
        {
            continue;
        }
        chunk.push_str(line);
        chunk.push('\n');
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
        if depth == 0 && (line.starts_with("#define") || line.trim_end().ends_with(';')) {
            let d = std::mem::take(&mut chunk);
            let d = d.trim().to_owned();
            let (name, kind) = classify(&d);
            out.push(Declaration { name, kind, text: d, mentions: vec![] });
        }
    }
    out
}
fn word(s: &str) -> String {
    s.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
fn last_word(s: &str) -> String {
    let w: String = s.trim_end().chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    w.chars().rev().collect()
}
fn classify(d: &str) -> (String, SymbolKind) {
    if let Some(r) = d.strip_prefix("#define ") {
        return (word(r), SymbolKind::Macro);
    }
    if d.starts_with("typedef") {
        if let Some(i) = d.find("(*") {
            return (word(&d[i + 2..]), SymbolKind::Typedef);
        }
        return (last_word(d.trim_end_matches(';')), SymbolKind::Typedef);
    }
    if d.starts_with("struct ") && d.contains('{')
        || d.starts_with("struct ") && d.split_whitespace().count() == 2
    {
        return (word(&d[7..]), SymbolKind::Struct);
    }
    if let Some(i) = d.find('(') {
        return (last_word(&d[..i]), SymbolKind::Function);
    }
    (last_word(d.trim_end_matches(';')), SymbolKind::Object)
}

fn sections(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') && line.trim_end().ends_with(']') {
            out.push((line.trim().trim_matches(['[', ']']).to_owned(), String::new()));
        } else if let Some((_, body)) = out.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    out
}

fn fences(body: &str) -> Vec<(Option<String>, String)> {
    let (mut out, mut open, mut comment) = (Vec::new(), None::<String>, None);
    for line in body.lines() {
        if line.starts_with("```") {
            match open.take() {
                Some(t) => out.push((comment.take(), t)),
                None => open = Some(String::new()),
            }
        } else if let Some(t) = &mut open {
            t.push_str(line);
            t.push('\n');
        } else if let Some(c) = line.strip_prefix("// ") {
            comment = Some(c.to_owned());
        }
    }
    out
}

pub fn model(root: &Path) -> WorkspaceModel {
    let texts = sysspec_toolchain::workspace::read(root).unwrap();
    let mut manifest = Manifest::default();
    let mut headers = vec![];
    let mut raw = vec![];
    for (path, text) in &texts {
        let stem = path.rsplit('/').next().unwrap();
        if path == "sysspec.toml" {
            let v: toml::Table = text.parse().unwrap();
            manifest.toolchain.attempts = v["toolchain"]["attempts"].as_integer().unwrap() as u32;
            manifest.test.sequential = v["test"].get("sequential").map(|s| s.as_str().unwrap().to_owned());
        } else if let Some(stem) = stem.strip_suffix(".header") {
            let (first, rest) = text.split_once('\n').unwrap();
            headers.push(HeaderModel {
                path: path.clone(),
                stem: stem.into(),
                includes: first.split(',').map(|t| t.trim().to_owned()).collect(),
                text: rest.into(),
                external: path.starts_with("external"),
                declarations: decls(rest),
            });
        } else if let Some(stem) = stem.strip_suffix(".spec") {
            raw.push((path.clone(), stem.to_owned(), text.clone()));
        }
    }
    let mut modules = vec![];
    for (path, name, text) in &raw {
        let layer = path.split('/').next().unwrap().to_owned();
        let (functional, refine) = match text.split_once("## Refine Prompt") {
            Some((a, b)) => (a, Some(b)),
            None => (text.as_str(), None),
        };
        let f = sections(functional);
        let get = |n: &str| f.iter().find(|(s, _)| s == n).map(|(_, b)| b.clone()).unwrap_or_default();
        let mut relies = vec![];
        let provider_of = |n: &str| {
            if raw.iter().any(|(_, m, _)| m == n) {
                Provider::Module(n.into())
            } else {
                Provider::Header("x".into())
            }
        };
        let mut rely = |body: &str, phase: Phase| {
            for (comment, fence) in fences(body) {
                for d in decls(&fence) {
                    relies.push(Reliance {
                        provider: provider_of(&d.name),
                        name: d.name,
                        kind: d.kind,
                        declaration: d.text,
                        comment: comment.clone(),
                        phase,
                    });
                }
            }
        };
        rely(&get("RELY"), Phase::Functional);
        let r = refine.map(sections).unwrap_or_default();
        let rr = r.iter().find(|(s, _)| s == "RELY").map(|(_, b)| b.clone());
        if let Some(b) = &rr {
            rely(b, Phase::Refine);
        }
        let guarantees = fences(&get("GUARANTEE"))
            .into_iter()
            .flat_map(|(_, fence)| decls(&fence))
            .map(|d| Guarantee { name: d.name, kind: d.kind, declaration: d.text })
            .collect();
        let mut depends_on: Vec<String> = relies
            .iter()
            .filter_map(|r| match &r.provider {
                Provider::Module(m) => Some(m.clone()),
                _ => None,
            })
            .collect();
        depends_on.sort();
        depends_on.dedup();
        modules.push(ModuleModel {
            name: name.clone(),
            path: path.clone(),
            layer: layer.clone(),
            header: Some(format!("{layer}/{layer}.header")),
            level: None,
            intent: None,
            guarantees,
            relies,
            functional: f
                .iter()
                .filter(|(s, _)| s != "MODULE")
                .map(|(s, b)| format!("[{s}]\n{}\n", b.trim_end()))
                .collect::<Vec<_>>()
                .join("\n"),
            specification: get("SPECIFICATION").trim().to_owned(),
            lock_contract: r
                .iter()
                .find(|(s, _)| *s == format!("SPECIFICATION of {name}"))
                .map(|(_, b)| b.trim().to_owned()),
            refine: refine.map(|t| RefineModel { text: t.trim().to_owned(), has_rely: rr.is_some() }),
            depends_on,
        });
    }
    // leaf to root
    let mut ordered: Vec<ModuleModel> = vec![];
    while !modules.is_empty() {
        let at = modules
            .iter()
            .position(|m: &ModuleModel| {
                m.depends_on.iter().all(|d| {
                    *d == m.name
                        || ordered.iter().any(|o| o.name == *d)
                        || !modules.iter().any(|x| x.name == *d)
                })
            })
            .unwrap_or(0);
        ordered.push(modules.remove(at));
    }
    WorkspaceModel { manifest, modules: ordered, headers, error_count: 0 }
}
