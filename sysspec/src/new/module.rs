//! `sysspec new module`

use std::path::{Path, PathBuf};

use sysspec_analysis::{SymbolKind, WorkspaceModel};
use sysspec_toolchain::workspace::{self, MANIFEST};

use super::{Skeleton, is_identifier, tell};
use crate::changes::{self, Change};
use crate::failure::Failure;
use crate::specs::Specs;

/// A spec with its sections, and its prototype in the header of its layer.
pub(super) fn run(path: &Path, relies: &[String]) -> Result<(), Failure> {
    let path = path.with_extension("spec");
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if !is_identifier(&name) {
        let what = "the name of a module is that of its function: letters, digits and _, no digit first";
        return Err(Failure::wrong_message(format!("{}: {what}", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    demand_workspace(folder)?;
    let specs = Specs::read(folder)?;
    let model = specs.workspace()?.model;
    let whole = specs.below().join(format!("{name}.spec"));
    let whole = whole.to_string_lossy();
    if let Some(other) = model.module(&name) {
        let what = "nothing was written";
        return Err(Failure::wrong_message(format!(
            "{} is a module called {name} already; {what}",
            other.path
        )));
    }
    let layer = layer(&model, &whole);
    let header = layer.and_then(|at| model.header(&model.manifest.layers[at].header));
    let promised = header.and_then(|header| {
        header.declarations.iter().find(|found| found.name == name && found.kind == SymbolKind::Function)
    });
    let prototype =
        promised.map_or_else(|| format!("int {name}(const char *name);"), |found| closed(&found.text));
    let relied = relies.iter().map(|symbol| relied(&model, symbol)).collect::<Result<Vec<String>, _>>()?;
    let module = Module {
        name: &name,
        layer: layer
            .map(|at| model.manifest.layers[at].folder.as_str())
            .filter(|_| !model.manifest.name.is_empty()),
        prototype: &prototype,
        is_promised: promised.is_some(),
        relies: relies.iter().map(String::as_str).zip(relied).collect(),
    };
    let mut skeleton = Skeleton::default();
    skeleton.add(path.clone(), module.text());
    // The header is the last to be touched: a spec alone is a finding that tells what to do.
    skeleton.write()?;
    match header.filter(|_| promised.is_none()) {
        Some(header) => declare(&specs, &header.path, &prototype),
        None => Ok(()),
    }
}

/// A module is begun in a folder of a workspace, or among specifications.
fn demand_workspace(folder: &Path) -> Result<(), Failure> {
    let (shown, nothing) = (folder.display(), "nothing was written");
    let standing =
        folder.ancestors().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let standing = standing.into_iter().find_map(|above| above.canonicalize().ok());
    let has_manifest = standing.as_deref().and_then(workspace::find_root).is_some();
    let has_specs = || workspace::read_bytes(folder).is_ok_and(|files| !files.is_empty());
    if folder.is_dir() && (has_manifest || has_specs()) {
        return Ok(());
    }
    let what = match has_manifest {
        true => format!("there is no folder {shown}: make it, and describe it as a layer in {MANIFEST}"),
        false => format!(
            "{shown} is in no workspace: there is no {MANIFEST} in it or above it; \
             `sysspec new workspace DIR` begins one, in which modules can be begun"
        ),
    };
    Err(Failure::wrong_message(format!("{what}; {nothing}")))
}

/// The innermost layer that holds a path.
fn layer(model: &WorkspaceModel, path: &str) -> Option<usize> {
    let layers = model.manifest.layers.iter().enumerate();
    let holding = layers.filter(|(_, layer)| Path::new(path).starts_with(&layer.folder));
    holding.max_by_key(|(_, layer)| layer.folder.len()).map(|(at, _)| at)
}

/// The declaration of what a module or a header gives.
fn relied(model: &WorkspaceModel, symbol: &str) -> Result<String, Failure> {
    let guarantees = model.modules.iter().flat_map(|module| &module.guarantees);
    let guaranteed = guarantees.filter(|found| found.name == symbol).map(|found| &found.declaration);
    let declarations = model.headers.iter().flat_map(|header| &header.declarations);
    let declared = declarations.filter(|found| found.name == symbol).map(|found| &found.text);
    guaranteed.chain(declared).next().map(|found| closed(found)).ok_or_else(|| {
        let what = "no module guarantees it and no header declares it; nothing was written";
        Failure::wrong_message(format!("--rely {symbol}: {what}"))
    })
}

/// With the semicolon that is no part of some declarations.
fn closed(declaration: &str) -> String {
    let declaration = declaration.trim();
    match declaration.ends_with(';') || declaration.starts_with('#') {
        true => declaration.to_owned(),
        false => format!("{declaration};"),
    }
}

/// Adds a prototype to the end of a header.
fn declare(specs: &Specs, header: &str, prototype: &str) -> Result<(), Failure> {
    let before = specs.text(header)?;
    let gap = if before.ends_with('\n') || before.is_empty() { "" } else { "\n" };
    let after = format!("{before}{gap}{prototype}\n");
    let path: PathBuf = specs.root.join(header);
    changes::write(&[Change { path: path.clone(), before, after }])?;
    tell("declared it in", &path);
    Ok(())
}

struct Module<'a> {
    name: &'a str,
    layer: Option<&'a str>,
    prototype: &'a str,
    /// Whether the header had the prototype: then nothing is known of the parameters.
    is_promised: bool,
    relies: Vec<(&'a str, String)>,
}

impl Module<'_> {
    fn text(&self) -> String {
        let name = self.name;
        let layer = self.layer.map(|layer| format!("layer: {layer}\n")).unwrap_or_default();
        let mut text = format!(
            "[MODULE]\nname: {name}\n{layer}level: 2\n\n[INTENT]\nSay in a sentence or two what `{name}` is for.\n\n"
        );
        if !self.relies.is_empty() {
            text += "[RELY]\n";
            for (_, declaration) in &self.relies {
                text += &format!("```c\n{declaration}\n```\n\n");
            }
        }
        text += &format!("[GUARANTEE]\n```c\n{}\n```\n\n[SPECIFICATION]\n", self.prototype);
        if self.is_promised {
            text += "**Pre-Condition**:\n- Say what must hold at the call.\n\n\
                     **Post-Condition**:\n- Say what holds on return.\n\n";
        } else {
            text += "**Pre-Condition**:\n- `name != NULL`\n\n**Post-Condition**:\n- `result == 0`\n\n";
        }
        text += "**System Algorithm**:\n1. Say the steps, where the order or the method matters.\n";
        for (at, (symbol, _)) in self.relies.iter().enumerate() {
            text += &format!("{}. Use `{symbol}`.\n", at + 2);
        }
        text
    }
}
