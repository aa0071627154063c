//! Paths as a reader sees them.

use std::path::{Component, Path, PathBuf};

/// The working directory without links; `/` when there is none any more.
pub(crate) fn working_directory() -> PathBuf {
    let directory = std::env::current_dir().and_then(|directory| directory.canonicalize());
    directory.unwrap_or_else(|_| PathBuf::from("/"))
}

/// A path without `..` after a folder's name: `/w/specs/../patch` is `/w/patch`. Right for paths without links.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        if component != Component::ParentDir || !tidy.pop() {
            tidy.push(component);
        }
    }
    tidy
}

/// A path as seen from a folder, when that is shorter than the whole path.
pub(crate) fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.iter().zip(from.iter()).take_while(|(one, other)| one == other).count();
    let up = from.iter().count() - common;
    let mut relative: PathBuf = std::iter::repeat_n("..", up).collect();
    relative.extend(path.iter().skip(common));
    if relative.as_os_str().is_empty() {
        return PathBuf::from(".");
    }
    if relative.as_os_str().len() < path.as_os_str().len() { relative } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_of_a_folder_takes_that_folder_away() {
        assert_eq!(tidy(Path::new("/w/specs/../extent/a.spec")), Path::new("/w/extent/a.spec"));
        assert_eq!(tidy(Path::new("/w/specs/a.spec")), Path::new("/w/specs/a.spec"));
    }

    #[test]
    fn paths_are_shown_from_the_working_directory_when_that_is_shorter() {
        let shown = |path: &str, from: &str| relative(Path::new(path), Path::new(from)).display().to_string();
        assert_eq!(shown("/w/specs/a.spec", "/w"), "specs/a.spec");
        assert_eq!(shown("/w/specs/a.spec", "/w/specs/util"), "../a.spec");
        assert_eq!(shown("/w/a.spec", "/very/deep/folder"), "/w/a.spec");
        assert_eq!(shown("/w", "/w"), ".");
    }
}
