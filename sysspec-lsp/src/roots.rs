//! The folders whose specifications belong together, and what is read from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sysspec_toolchain::workspace::{self, MANIFEST};
use tower_lsp_server::ls_types::Uri;

/// How far below an editor's folder a manifest is looked for.
const DEPTH: usize = 4;
const SKIPPED: [&str; 3] = ["build", "node_modules", "target"];
const SUFFIXES: [&str; 3] = ["spec", "header", "patch"];

/// How much below a root belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All folders.
    Workspace,
    /// The files directly in it: the surroundings of a file that was opened by itself.
    Folder,
    /// Nothing that is on disk: a document that was never saved.
    Nothing,
}

/// The roots of an editor's folders: for each the folder with a manifest that it is or lies in, else those with a
/// manifest that lie in it, else itself.
pub(crate) fn discover(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for folder in folders {
        match governing(folder) {
            Some(root) => roots.push(root),
            None => {
                let before = roots.len();
                collect_manifests(folder, DEPTH, &mut roots);
                if roots.len() == before {
                    roots.push(folder.clone());
                }
            }
        }
    }
    roots.sort();
    roots.dedup();
    roots
}

/// The root of a file outside all of the editor's folders.
pub(crate) fn of_stray_file(file: &Path) -> Option<(PathBuf, Extent)> {
    let folder = file.parent()?;
    if file.starts_with(UNSAVED) {
        return Some((folder.to_owned(), Extent::Nothing));
    }
    match governing(folder) {
        Some(root) => Some((root, Extent::Workspace)),
        None => Some((folder.to_owned(), Extent::Folder)),
    }
}

/// The sources of a root with their paths relative to it.
pub(crate) fn read(root: &Path, extent: Extent) -> Result<Vec<(String, String)>, String> {
    match extent {
        Extent::Workspace => workspace::read(root).map_err(|error| error.to_string()),
        Extent::Folder => {
            read_folder(root).map_err(|error| format!("cannot read {}: {error}", root.display()))
        }
        Extent::Nothing => Ok(Vec::new()),
    }
}

/// The folder, which is nowhere, of documents that were never saved.
const UNSAVED: &str = "/\u{0}unsaved";

/// The path by which a document is known: that of its file, or one of its own when it was never saved. `None` for
/// documents that are neither, such as those of a version control system.
pub(crate) fn path_of_document(uri: &Uri, language: &str) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("untitled") {
        return path_of(uri);
    }
    let suffix = if language == "sysspec-header" { "header" } else { "spec" };
    // Each in a folder of its own: documents that were never saved know nothing of each other.
    let name = uri.as_str().replace(['/', '.'], "_");
    Some(Path::new(UNSAVED).join(name).join(format!("unsaved.{suffix}")))
}

/// The path of a `file:` URI.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    let path = is_file.then(|| uri.to_file_path()).flatten()?;
    path.is_absolute().then(|| path.into_owned())
}

/// The folder or file that a command's argument names: a `file:` URI or an absolute path.
pub(crate) fn path_of_argument(argument: &str) -> Option<PathBuf> {
    if Path::new(argument).is_absolute() {
        return Some(PathBuf::from(argument));
    }
    path_of(&Uri::from_str(argument).ok()?)
}

/// The path of a file relative to a root, as the analysis names it.
pub(crate) fn relative(root: &Path, file: &Path) -> Option<String> {
    let relative = file.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("/"))
}

/// Unlike `workspace::find_root` this follows no symbolic links: the client knows files by the paths it gave.
fn governing(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| folder.join(MANIFEST).is_file()).map(Path::to_owned)
}

fn collect_manifests(folder: &Path, depth: usize, roots: &mut Vec<PathBuf>) {
    // A folder that cannot be read has no manifest that could be read.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let skipped = name.starts_with('.') || SKIPPED.contains(&name.as_ref());
        if skipped || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if entry.path().join(MANIFEST).is_file() {
            roots.push(entry.path());
        } else if depth > 1 {
            collect_manifests(&entry.path(), depth - 1, roots);
        }
    }
}

fn read_folder(folder: &Path) -> std::io::Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_source = path
            .extension()
            .and_then(|suffix| suffix.to_str())
            .is_some_and(|suffix| SUFFIXES.contains(&suffix));
        if let (true, true, Some(name)) = (is_source, path.is_file(), relative(folder, &path)) {
            texts.push((name, String::from_utf8_lossy(&fs::read(&path)?).into_owned()));
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_inside_a_workspace_belongs_to_the_workspace() {
        let folder = tree(&["sysspec.toml", "util/lock.spec"]);
        assert_eq!(discover(&[folder.path().join("util")]), [folder.path()]);
        assert_eq!(discover(&[folder.path().to_owned(), folder.path().join("util")]), [folder.path()]);
    }

    #[test]
    fn the_workspaces_below_a_folder_are_found_but_not_in_build_output() {
        let folder =
            tree(&["specs/sysspec.toml", "more/deep/sysspec.toml", "target/a/sysspec.toml", "x.spec"]);
        let expected = [folder.path().join("more/deep"), folder.path().join("specs")];
        assert_eq!(discover(&[folder.path().to_owned()]), expected);
    }

    #[test]
    fn a_folder_without_any_manifest_is_a_root_itself() {
        let folder = tree(&["a/x.spec"]);
        assert_eq!(discover(&[folder.path().to_owned()]), [folder.path()]);
    }

    #[test]
    fn a_file_by_itself_sees_its_own_folder_only() {
        let folder = tree(&["x.spec", "y.header", "notes.md", "below/z.spec"]);
        let (root, extent) = of_stray_file(&folder.path().join("x.spec")).unwrap();
        assert_eq!((root.as_path(), extent), (folder.path(), Extent::Folder));
        let mut names: Vec<String> = read(&root, extent).unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["x.spec", "y.header"]);
    }

    #[test]
    fn a_document_that_was_never_saved_is_alone() {
        let path = |uri: &str, language| path_of_document(&Uri::from_str(uri).unwrap(), language).unwrap();
        let one = path("untitled:Untitled-1", "sysspec");
        let two = path("untitled:Untitled-2", "sysspec-header");
        assert_eq!(one.extension().unwrap(), "spec");
        assert_eq!(two.extension().unwrap(), "header");
        assert_ne!(one.parent(), two.parent());
        let (root, extent) = of_stray_file(&one).unwrap();
        assert_eq!((root.as_path(), extent), (one.parent().unwrap(), Extent::Nothing));
        assert_eq!(read(&root, extent), Ok(Vec::new()));
    }

    #[test]
    fn only_file_uris_have_a_path() {
        let path = |uri: &str| Uri::from_str(uri).ok().as_ref().and_then(path_of);
        assert_eq!(path("file:///a%20b/%C3%A9.spec"), Some(PathBuf::from("/a b/é.spec")));
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(path("git:/a/b.spec"), None);
        assert_eq!(path("file:relative"), None);
        assert_eq!(path_of_argument("/mnt/fs"), Some(PathBuf::from("/mnt/fs")));
        assert_eq!(path_of_argument("file:///mnt/fs"), Some(PathBuf::from("/mnt/fs")));
        assert_eq!(path_of_argument("fs"), None);
    }

    #[test]
    fn paths_are_relative_to_their_root_with_slashes() {
        assert_eq!(relative(Path::new("/w"), Path::new("/w/util/lock.spec")), Some("util/lock.spec".into()));
        assert_eq!(relative(Path::new("/w"), Path::new("/w")), None);
        assert_eq!(relative(Path::new("/w"), Path::new("/web/x.spec")), None);
    }
}
