//! `sysspec new`: skeletons that check clean. Nothing is ever overwritten.

mod module;
mod patch;
mod workspace;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::EXIT_OK;
use crate::cli::New;
use crate::console;
use crate::failure::Failure;
use crate::paths;

pub(crate) fn run(what: &New) -> Result<u8, Failure> {
    match what {
        New::Workspace { folder } => workspace::run(folder)?,
        New::Module { path, relies } => module::run(path, relies)?,
        New::Patch { name, specs, replaces } => patch::run(name, specs, replaces)?,
    }
    Ok(EXIT_OK)
}

/// Files to be written, none of which may exist.
#[derive(Default)]
struct Skeleton(Vec<(PathBuf, String)>);

impl Skeleton {
    fn add(&mut self, path: PathBuf, text: String) {
        self.0.push((path, text));
    }

    /// Says no before anything is written.
    fn demand_room(&self) -> Result<(), Failure> {
        match self.0.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
            Some((path, _)) => {
                let path = path.display();
                Err(Failure::wrong_message(format!("{path} exists already; nothing was written")))
            }
            None => Ok(()),
        }
    }

    fn write(&self) -> Result<(), Failure> {
        self.demand_room()?;
        self.0.iter().try_for_each(|(path, text)| create(path, text))
    }
}

/// Writes a file that must not exist, and the folders above it.
fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let created = || -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
    };
    created()
        .map_err(|error| Failure::wrong_message(format!("cannot create {}: {error}", path.display())))?;
    tell("created", path);
    Ok(())
}

fn tell(done: &str, path: &Path) {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let shown = paths::relative(&whole, &paths::working_directory());
    console::line(format_args!("{done} {}", shown.display()));
}

/// Whether C takes it for the name of a function.
fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_created_over_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        create(&path, "first").unwrap();
        let refused = create(&path, "second").unwrap_err().to_string();
        assert!(refused.starts_with("cannot create ") && refused.contains("a/b"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    }

    #[test]
    fn names_of_functions_are_those_of_c() {
        assert!(is_identifier("dir_find2") && is_identifier("_x"));
        assert!(!is_identifier("2x") && !is_identifier("") && !is_identifier("a-b"));
    }
}
