//! DAG002 of headers: an include list that reaches into a layer which may not be relied on.

use crate::Code;
use crate::db::{Db, SourceFile, Workspace};
use crate::finding::{Finding, Place};
use crate::manifest::MANIFEST;
use crate::workspace::{layout, parsed_manifest};

use super::rely::place_in_base;

/// What is wrong with a header that includes another, if it is. Shared headers and those of code that is not generated
/// belong to no layer, and are free.
pub fn against_layers(db: &dyn Db, file: SourceFile, included: SourceFile, here: Place) -> Option<Finding> {
    let layout = layout(db);
    let (path, other_path) = (place_in_base(db, file)?, place_in_base(db, included)?);
    let is_free = layout.is_shared(other_path) || layout.is_external(other_path);
    let (own, other) = (layout.layer_of_header(path)?, layout.layer_of_header(other_path)?);
    if is_free || !layout.is_strict || own.folder == other.folder || own.relies_on.contains(&other.folder) {
        return None;
    }
    let message = format!(
        "layer `{}` may not rely on layer `{}`, whose header is included here",
        own.folder, other.folder
    );
    let finding = Finding::new(Code::AGAINST_LAYERS, here, message).help(format!(
        "do without it, or add \"{}\" to `relies_on` of the layer in sysspec.toml",
        other.folder
    ));
    Some(match place_in_manifest(db, &own.folder) {
        Some(place) => finding.related(place, format!("the layer `{}` is described here", own.folder)),
        None => finding,
    })
}

/// Where the manifest begins to describe a layer.
fn place_in_manifest(db: &dyn Db, folder: &str) -> Option<Place> {
    let parsed = parsed_manifest(db).as_ref()?;
    let at = parsed.manifest.layers.iter().position(|layer| layer.folder == folder)?;
    let manifest = *Workspace::get(db).files(db).get(MANIFEST)?;
    Some(Place::Bytes(manifest, parsed.folders.get(at)?.clone()))
}
