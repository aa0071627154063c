//! `sysspec new patch`

use std::path::Path;

use sysspec_analysis::{ModuleModel, WorkspaceModel};

use super::Skeleton;
use crate::failure::Failure;
use crate::specs::Specs;

/// A folder with the declaration of the patch, and the specs it replaces as they are now.
pub(super) fn run(name: &str, place: &Path, replaces: &[String]) -> Result<(), Failure> {
    let is_good = |letter: char| letter.is_alphanumeric() || ['-', '_'].contains(&letter);
    if name.is_empty() || !name.chars().all(is_good) {
        let what = "the name of a patch is that of its folder: letters, digits, - and _";
        return Err(Failure::wrong_message(format!("{name}: {what}")));
    }
    let specs = Specs::read(place)?;
    let model = specs.workspace()?.model;
    let nodes = replaces.iter().map(|module| node(&model, module)).collect::<Result<Vec<_>, _>>()?;
    let folder = specs.root.join("patches").join(name);
    if folder.symlink_metadata().is_ok() {
        let folder = folder.display();
        return Err(Failure::wrong_message(format!("{folder} exists already; nothing was written")));
    }
    let mut skeleton = Skeleton::default();
    skeleton.add(folder.join(format!("{name}.patch")), declaration(name, &nodes));
    for node in &nodes {
        skeleton.add(folder.join(&node.path), specs.text(&node.path)?);
    }
    skeleton.write()
}

fn node<'m>(model: &'m WorkspaceModel, module: &str) -> Result<&'m ModuleModel, Failure> {
    let what = "there is no such module; nothing was written";
    model.module(module).ok_or_else(|| Failure::wrong_message(format!("--replaces {module}: {what}")))
}

fn declaration(name: &str, nodes: &[&ModuleModel]) -> String {
    let mut text = format!("[PATCH]\nname: {name}\nintent: Say in a sentence what the patch is for.\n");
    if !nodes.is_empty() {
        text += "\n[NODES]\n";
    }
    for node in nodes {
        text += &format!("- {} ({}): replaces {}\n", node.name, kind(node, nodes), node.name);
    }
    text
}

/// What a node is follows from who relies on whom.
fn kind(node: &ModuleModel, nodes: &[&ModuleModel]) -> &'static str {
    let is_relied_on = nodes.iter().any(|other| other.depends_on.contains(&node.name));
    let relies = nodes.iter().any(|other| node.depends_on.contains(&other.name));
    match (is_relied_on, relies) {
        (false, _) => "root",
        (true, false) => "leaf",
        (true, true) => "intermediate",
    }
}
