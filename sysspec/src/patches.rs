//! Patches that are laid over a workspace for one call: `--patch DIR`.

use std::path::{Path, PathBuf};

use sysspec_analysis::Patch;
use sysspec_toolchain::workspace;

use crate::failure::Failure;

/// A patch that is laid over a workspace.
pub(crate) struct LaidPatch {
    /// What it is called, and its folder relative to the workspace: one outside of it begins with `../`.
    pub(crate) patch: Patch,
    /// Its folder, from the root and without links.
    pub(crate) folder: PathBuf,
}

/// The patches in these folders, to be laid over the workspace at `root` in that order.
pub(crate) fn find(root: &Path, folders: &[PathBuf]) -> Result<Vec<LaidPatch>, Failure> {
    let mut patches: Vec<LaidPatch> = Vec::new();
    for named in folders {
        let laid = LaidPatch::find(root, named)?;
        if patches.iter().any(|known| known.folder == laid.folder) {
            return Err(wrong(named, "it is given twice"));
        }
        patches.push(laid);
    }
    Ok(patches)
}

fn wrong(named: &Path, what: &str) -> Failure {
    Failure::wrong_message(format!("--patch {}: {what}", named.display()))
}

impl LaidPatch {
    fn find(root: &Path, named: &Path) -> Result<LaidPatch, Failure> {
        let folder =
            named.canonicalize().map_err(|error| wrong(named, &format!("cannot read it: {error}")))?;
        if !folder.is_dir() {
            return Err(wrong(named, "it is no folder; name the folder that holds the patch"));
        }
        if root.starts_with(&folder) {
            let what = "it holds the workspace itself; name a folder that holds nothing but the patch";
            return Err(wrong(named, what));
        }
        let prefix = from_root(root, &folder);
        let name =
            folder.file_name().map_or_else(|| prefix.clone(), |name| name.to_string_lossy().into_owned());
        Ok(LaidPatch { patch: Patch { name, folder: prefix }, folder })
    }

    /// Its files with paths relative to the workspace.
    pub(crate) fn read(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let files = workspace::read_bytes(&self.folder).map_err(Failure::wrong)?;
        let files = files.into_iter().filter(|(path, _)| path != workspace::MANIFEST);
        let files: Vec<_> =
            files.map(|(path, bytes)| (format!("{}/{path}", self.patch.folder), bytes)).collect();
        match files.is_empty() {
            true => Err(wrong(&self.folder, "there is no .spec, .header or .patch file in it")),
            false => Ok(files),
        }
    }
}

/// The way from one folder to another, with `/` between components. Both are whole paths without links.
fn from_root(root: &Path, folder: &Path) -> String {
    let common = root.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = root.components().skip(common).map(|_| "..".to_owned());
    let down = folder.components().skip(common);
    let down = down.map(|component| component.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_from_the_root() {
        let way = |folder: &str| from_root(Path::new("/w/specs"), Path::new(folder));
        assert_eq!(way("/w/specs/patches/extent"), "patches/extent");
        assert_eq!(way("/w/extent"), "../extent");
        assert_eq!(way("/x"), "../../x");
    }
}
