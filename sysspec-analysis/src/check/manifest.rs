//! MAN: what is wrong with `sysspec.toml`.

use std::ops::Range;

use crate::db::{Db, SourceFile, Workspace};
use crate::finding::{Finding, Place};
use crate::manifest::ParsedManifest;
use crate::spelling::nearest;
use crate::workspace::{layout, parsed_manifest};
use crate::{Code, Layer, patch};

/// What is wrong with the manifest, in itself and beside the files there are.
#[salsa::tracked]
pub fn check_manifest(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let Some(parsed) = parsed_manifest(db) else { return Vec::new() };
    let at = |range: &Range<usize>| Place::Bytes(file, range.clone());
    let mut out: Vec<Finding> = Vec::new();
    out.extend(parsed.problems.iter().map(|problem| {
        let finding = Finding::new(problem.code, at(&problem.range), problem.message.clone());
        Finding { help: problem.help.clone(), ..finding }
    }));
    out.extend(missing_files(db, parsed, at));
    out.extend(layers(parsed, at));
    out.extend(missing_patches(db, parsed, at));
    out
}

fn missing_files(db: &dyn Db, parsed: &ParsedManifest, at: impl Fn(&Range<usize>) -> Place) -> Vec<Finding> {
    let files = Workspace::get(db).files(db);
    let missing = parsed.files.iter().filter(|named| layout(db).header(&named.name).is_none());
    let finding = |named: &crate::manifest::Named| {
        let headers = files.keys().filter(|path| path.ends_with(".header")).map(|path| path.as_ref());
        let help = match nearest(&named.name, headers) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "paths are relative to the folder of sysspec.toml, and headers end in `.header`".into(),
        };
        Finding::new(Code::MANIFEST_FILE, at(&named.range), format!("there is no header `{}`", named.name))
            .help(help)
    };
    missing.map(finding).collect()
}

fn missing_patches(
    db: &dyn Db,
    parsed: &ParsedManifest,
    at: impl Fn(&Range<usize>) -> Place,
) -> Vec<Finding> {
    let known = patch::patches(db);
    let missing = parsed.patches.iter().filter(|named| known.named(&named.name).is_none());
    let finding = |named: &crate::manifest::Named| {
        let help = match nearest(&named.name, known.all.iter().map(|patch| patch.name.as_str())) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "a patch is a folder in `patches/`, and is called as that folder is".into(),
        };
        Finding::new(Code::MANIFEST_FILE, at(&named.range), format!("there is no patch `{}`", named.name))
            .help(help)
    };
    missing.map(finding).collect()
}

fn layers(parsed: &ParsedManifest, at: impl Fn(&Range<usize>) -> Place) -> Vec<Finding> {
    let layers = &parsed.manifest.layers;
    let mut out = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        if let Some(first) = layers[..index].iter().position(|other| other.folder == layer.folder) {
            let message = format!("the layer `{}` is listed twice", layer.folder);
            let finding = Finding::new(Code::MANIFEST_LAYERS, at(&parsed.folders[index]), message);
            out.push(finding.related(at(&parsed.folders[first]), "it is listed here first"));
        }
    }
    for (layer, named) in &parsed.relies {
        let found = match layers.iter().any(|layer| layer.folder == named.name) {
            true => circle(layers, *layer, &named.name).map(|message| (message, None)),
            false => Some(no_such_layer(layers, &named.name)),
        };
        out.extend(found.map(|(message, help)| {
            let finding = Finding::new(Code::MANIFEST_LAYERS, at(&named.range), message);
            Finding { help, ..finding }
        }));
    }
    out
}

fn no_such_layer(layers: &[Layer], name: &str) -> (String, Option<String>) {
    let help = match nearest(name, layers.iter().map(|layer| layer.folder.as_str())) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "`relies_on` lists folders of other layers".into(),
    };
    (format!("there is no layer `{name}`"), Some(help))
}

/// The circle that a reliance of `layer` on `name` closes. Every edge of a circle closes it; it is told at
/// the one that the manifest lists last.
fn circle(layers: &[Layer], layer: usize, name: &str) -> Option<String> {
    let own = &layers[layer].folder;
    let way = way(layers, name, own)?;
    let position = |folder: &str| layers.iter().position(|layer| layer.folder == folder);
    let is_last =
        way.iter().map(String::as_str).chain([name]).filter_map(position).all(|other| other <= layer);
    let way: Vec<&str> = [own.as_str(), name].into_iter().chain(way.iter().map(String::as_str)).collect();
    is_last.then(|| format!("the layers rely on each other in a circle: {}", way.join(" → ")))
}

/// The layers on the way from one layer to another, without the first; `None` when there is no way.
fn way(layers: &[Layer], from: &str, to: &str) -> Option<Vec<String>> {
    let mut seen = vec![(from.to_string(), Vec::new())];
    let mut at = 0;
    while at < seen.len() {
        let (folder, path) = seen[at].clone();
        if folder == to {
            return Some(path);
        }
        at += 1;
        let Some(layer) = layers.iter().find(|layer| layer.folder == folder) else { continue };
        for next in &layer.relies_on {
            if !seen.iter().any(|(known, _)| known == next) {
                let longer: Vec<String> = path.iter().cloned().chain([next.clone()]).collect();
                seen.push((next.clone(), longer));
            }
        }
    }
    None
}
