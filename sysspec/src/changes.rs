//! Changes of files: shown as a diff, or written so that nothing is lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use similar::TextDiff;
use sysspec_analysis::Edit;

use crate::failure::Failure;
use crate::paths;

/// New contents for a file that was read.
pub(crate) struct Change {
    /// From the root of the file system.
    pub(crate) path: PathBuf,
    /// What was read.
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Change {
    /// As a unified diff that `patch -p1` takes, with the path as seen from a folder.
    pub(crate) fn diff(&self, from: &Path) -> String {
        let shown = paths::relative(&self.path, from);
        let shown = shown.to_string_lossy();
        let shown = shown.trim_start_matches('/');
        let diff = TextDiff::from_lines(&self.before, &self.after);
        diff.unified_diff().header(&format!("a/{shown}"), &format!("b/{shown}")).to_string()
    }
}

/// Writes all changes, or none when a file is no longer as it was read or may not be written.
pub(crate) fn write(changes: &[Change]) -> Result<(), Failure> {
    let targets = changes.iter().map(|change| Target::of(&change.path, &change.before));
    let targets: Vec<Target> = targets.collect::<Result<_, _>>()?;
    for (target, change) in targets.iter().zip(changes) {
        target.replace(&change.after)?;
    }
    Ok(())
}

/// The text with all edits made. They do not overlap.
pub(crate) fn edited<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        result += &text[done..edit.range.start];
        result += &edit.replacement;
        done = edit.range.end;
    }
    result += &text[done..];
    result
}

/// A file that may be replaced.
struct Target {
    /// Without links, so that a link stays one.
    path: PathBuf,
    /// Held open for its rights and owner.
    old: File,
}

impl Target {
    fn of(path: &Path, before: &str) -> Result<Target, Failure> {
        let failed = |error: io::Error| failed("write", path, &error);
        let whole = path.canonicalize().map_err(failed)?;
        // A rename does not ask whether the file itself may be written.
        let old = OpenOptions::new().read(true).write(true).open(&whole).map_err(failed)?;
        if fs::read(&whole).map_err(failed)? != before.as_bytes() {
            let path = path.display();
            return Err(Failure::wrong_message(format!(
                "{path} changed on disk meanwhile; nothing was written"
            )));
        }
        Ok(Target { path: whole, old })
    }

    /// Readers see the old contents or the new, never a part.
    fn replace(&self, text: &str) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            let folder = self.path.parent().unwrap_or(Path::new("/"));
            let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder)?;
            file.write_all(text.as_bytes())?;
            let old = self.old.metadata()?;
            // Only root may give files away. Others keep their own, which is what they had.
            let _ = fchown(file.as_file(), Some(old.uid()), Some(old.gid()));
            file.as_file().set_permissions(old.permissions())?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error| failed("write", &self.path, &error))
    }
}

fn failed(action: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::wrong_message(format!("cannot {action} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn change(path: &Path, before: &str, after: &str) -> Change {
        Change { path: path.to_owned(), before: before.to_owned(), after: after.to_owned() }
    }

    #[test]
    fn a_file_that_changed_meanwhile_stops_all_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        fs::write(&one, "a").unwrap();
        fs::write(&other, "changed").unwrap();
        let refused = write(&[change(&one, "a", "b"), change(&other, "a", "b")]).unwrap_err();
        assert!(refused.to_string().contains("other changed on disk"), "{refused}");
        assert_eq!((fs::read_to_string(&one).unwrap().as_str(), refused.code), ("a", 2));
    }

    #[test]
    fn rights_and_links_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "a").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        write(&[change(&link, "a", "b")]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    }

    #[test]
    fn edits_are_made_in_the_order_of_the_text() {
        let edit = |range, text: &str| Edit { path: "p".into(), range, replacement: text.to_owned() };
        let edits = [edit(4..5, "E"), edit(0..0, ">"), edit(1..2, "")];
        assert_eq!(edited("abcde", &edits), ">acdE");
        assert_eq!(edited("abc", &[]), "abc");
    }

    #[test]
    fn a_diff_names_the_file_and_shows_the_lines() {
        let shown = change(Path::new("/w/a.spec"), "one\ntwo\n", "one\n2\n").diff(Path::new("/w"));
        assert_eq!(shown, "--- a/a.spec\n+++ b/a.spec\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
    }
}
