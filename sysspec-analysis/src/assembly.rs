//! From items to the [`WorkspaceModel`].

use std::sync::Arc;

use crate::check::diagnostics;
use crate::db::{Db, SourceFile, Workspace};
use crate::graph::module_graph;
use crate::index::{Provider as Found, provider};
use crate::lower::{Section, SectionKind, lower};
use crate::source::{self, FileKind};
use crate::suppression::without_suppressions;
use crate::symbols::{Role, Symbol, code, role_of, summary};
use crate::workspace::layout;
use crate::{
    Declaration, Guarantee, HeaderModel, ModuleModel, Phase, Provider, RefineModel, Reliance, Severity,
    WorkspaceModel, patch,
};

/// The whole workspace.
#[salsa::tracked]
pub fn workspace_model(db: &dyn Db) -> Arc<WorkspaceModel> {
    let files = Workspace::get(db).files(db);
    let is_header =
        |file: &SourceFile| source::kind(file.path(db)) == FileKind::Header && !summary(db, *file).is_overlay;
    // The base is what is built: a patch in the making does not stand in its way.
    let base = files.values().filter(|file| !patch::is_overlay(db, file.path(db)));
    let errors = base.flat_map(|&file| diagnostics(db, file).found.iter());
    Arc::new(WorkspaceModel {
        manifest: layout(db).manifest.clone(),
        modules: module_graph(db).order.iter().map(|&file| module_model(db, file).as_ref().clone()).collect(),
        headers: files
            .values()
            .copied()
            .filter(is_header)
            .map(|file| header_model(db, file).as_ref().clone())
            .collect(),
        error_count: errors.filter(|found| found.severity == Severity::Error).count(),
    })
}

/// One module.
#[salsa::tracked]
pub fn module_model(db: &dyn Db, file: SourceFile) -> Arc<ModuleModel> {
    let path = file.path(db);
    let layout = layout(db);
    let name = module_name(db, file);
    let sections = lower(db, file);
    let of = |kind, phase| {
        move |section: &&Section<'_>| section.key(db).kind == kind && section.key(db).phase == phase
    };
    let relies = relies(db, file);
    let mut depends_on: Vec<String> = relies
        .iter()
        .filter_map(|reliance| match &reliance.provider {
            Provider::Module(module) if *module != name => Some(module.clone()),
            _ => None,
        })
        .collect();
    depends_on.sort();
    depends_on.dedup();
    let specification = sections.iter().filter(of(SectionKind::Specification, Phase::Functional));
    let own =
        |section: &&Section<'_>| section.key(db).subject.as_deref().is_none_or(|subject| subject == name);
    let lock = sections.iter().filter(of(SectionKind::Specification, Phase::Refine));
    let lock = lock.filter(|section| section.key(db).subject.as_deref() == Some(name.as_str()));
    Arc::new(ModuleModel {
        path: path.to_string(),
        layer: layout
            .layer(path)
            .map_or_else(|| source::folder(path).to_string(), |layer| layer.folder.clone()),
        header: layout.layer_header(path).map(|header| header.path(db).to_string()),
        level: attribute(db, file, "level")
            .and_then(|level| level.parse().ok())
            .filter(|level| (1..=3).contains(level)),
        intent: joined(db, sections.iter().filter(|section| section.key(db).kind == SectionKind::Intent)),
        guarantees: guarantees(db, file),
        relies,
        functional: text(db, file, Phase::Functional),
        specification: joined(db, specification.filter(own)).unwrap_or_default(),
        lock_contract: joined(db, lock),
        refine: refine(db, file),
        depends_on,
        name,
    })
}

/// What a module is called: by `[MODULE]`, else by its file.
pub fn module_name(db: &dyn Db, file: SourceFile) -> String {
    attribute(db, file, "name").unwrap_or_else(|| source::stem(file.path(db)).into())
}

fn attribute(db: &dyn Db, file: SourceFile, key: &str) -> Option<String> {
    let modules = lower(db, file).iter().filter(|section| section.key(db).kind == SectionKind::Module);
    let mut attributes = modules.flat_map(|section| &section.content(db).attributes);
    attributes
        .find(|attribute| attribute.key == key && !attribute.value.is_empty())
        .map(|found| found.value.clone())
}

/// What the module promises; both phases may say it, and it counts once.
fn guarantees(db: &dyn Db, file: SourceFile) -> Vec<Guarantee> {
    let mut out: Vec<Guarantee> = Vec::new();
    for &section in lower(db, file).iter().filter(|section| role_of(section.key(db)) == Some(Role::Guarantee))
    {
        let content = section.content(db);
        for found in code(db, section).declarations.iter().filter(|found| !found.is_constant()) {
            if !out.iter().any(|known| known.name == found.symbol.name && known.kind == found.kind) {
                let declaration = content.text[found.span.range()].into();
                out.push(Guarantee { name: found.symbol.name.clone(), kind: found.kind, declaration });
            }
        }
    }
    out
}

fn relies(db: &dyn Db, file: SourceFile) -> Vec<Reliance> {
    let mut out = Vec::new();
    for &section in lower(db, file) {
        let Some(Role::Rely(phase)) = role_of(section.key(db)) else { continue };
        let content = section.content(db);
        for found in code(db, section).declarations.iter().filter(|found| !found.is_constant()) {
            let provider = match provider(db, file, Symbol::new(db, found.symbol.clone())) {
                Found::Module(module) => Provider::Module(module_name(db, module)),
                Found::Header(header) | Found::Restated(header, _) => {
                    Provider::Header(header.path(db).to_string())
                }
                Found::External(header) => Provider::External(header.path(db).to_string()),
                Found::System(header) => Provider::External(format!("<{header}>")),
                Found::PrototypeOnly(_) | Found::Nobody => Provider::Unresolved,
            };
            out.push(Reliance {
                name: found.symbol.name.clone(),
                kind: found.kind,
                declaration: content.text[found.span.range()].into(),
                comment: found.comment.clone(),
                phase,
                provider,
            });
        }
    }
    out
}

fn refine(db: &dyn Db, file: SourceFile) -> Option<RefineModel> {
    let text = text(db, file, Phase::Refine);
    let relies = |section: &Section<'_>| role_of(section.key(db)) == Some(Role::Rely(Phase::Refine));
    (!text.is_empty()).then(|| RefineModel { text, has_rely: lower(db, file).iter().any(relies) })
}

/// The sections of a phase that say something to whoever writes the code.
fn text(db: &dyn Db, file: SourceFile, phase: Phase) -> String {
    let counts = |section: &&Section<'_>| {
        let key = section.key(db);
        let is_said = matches!(
            key.kind,
            SectionKind::Intent
                | SectionKind::Rely
                | SectionKind::Guarantee
                | SectionKind::Specification
                | SectionKind::Optimization
                | SectionKind::Recommendation
                | SectionKind::Invariant
        );
        key.phase == phase && is_said
    };
    let sections = lower(db, file).iter().filter(counts);
    let texts: Vec<String> = sections.map(|section| normalised(&section.content(db).text)).collect();
    texts.join("\n\n")
}

fn joined<'s, 'db: 's>(db: &'db dyn Db, sections: impl Iterator<Item = &'s Section<'db>>) -> Option<String> {
    let bodies: Vec<String> = sections.map(|section| normalised(section.content(db).body())).collect();
    (!bodies.is_empty()).then(|| bodies.join("\n\n"))
}

/// The text without suppressions, without blanks at line ends, and without more than one empty line in a row.
fn normalised(text: &str) -> String {
    let text = &without_suppressions(text);
    let mut out = String::with_capacity(text.len());
    let mut was_empty = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() && was_empty {
            continue;
        }
        was_empty = line.is_empty();
        out += line;
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// One header.
#[salsa::tracked]
pub fn header_model(db: &dyn Db, file: SourceFile) -> Arc<HeaderModel> {
    let path = file.path(db);
    let sections = lower(db, file).iter().filter(|section| role_of(section.key(db)) == Some(Role::Header));
    let declarations = sections.flat_map(|&section| {
        let content = section.content(db);
        code(db, section).declarations.iter().filter(|found| !found.is_constant()).map(|found| Declaration {
            name: found.symbol.name.clone(),
            kind: found.kind,
            text: content.text[found.span.range()].into(),
            mentions: found.mentions.clone(),
        })
    });
    let declarations = declarations.collect();
    let text = file.text(db).rope().to_string();
    Arc::new(HeaderModel {
        path: path.to_string(),
        stem: source::stem(path).into(),
        includes: summary(db, file).includes.clone(),
        text: text.split_once('\n').map_or(String::new(), |(_, body)| body.into()),
        external: layout(db).is_external(path),
        declarations,
    })
}
