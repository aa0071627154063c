//! Files: what they are, and their syntax trees.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use ropey::Rope;
use tree_sitter::{Parser, Tree};

use crate::db::{Db, SourceFile};
use crate::manifest::MANIFEST;
use crate::text::Text;

/// What a path says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A module.
    Spec,
    /// Shared declarations.
    Header,
    /// What a patch consists of.
    Patch,
    /// `sysspec.toml`
    Manifest,
    /// Nothing that is looked at.
    Other,
}

/// The kind of the file at `path`.
pub fn kind(path: &str) -> FileKind {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("spec") => FileKind::Spec,
        Some("header") => FileKind::Header,
        Some("patch") => FileKind::Patch,
        _ if path == MANIFEST => FileKind::Manifest,
        _ => FileKind::Other,
    }
}

/// The folder of a path; empty at the top.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The file name without its last extension.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether the path lies under a folder called `patches`.
pub fn is_in_patches(path: &str) -> bool {
    folder(path).split('/').any(|component| component == "patches")
}

/// A text and its syntax tree.
///
/// The tree is a function of the text, so equality of the text is equality of the tree. That also allows
/// to let go of it: only files that are being edited keep theirs, for the next incremental parse.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The text.
    pub text: Text,
    tree: Arc<Mutex<Option<Tree>>>,
    is_edited: bool,
}

impl PartialEq for Parsed {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Parsed {}

impl Parsed {
    /// The tree, parsed anew when it was let go of; `None` only if the grammar does not fit the runtime.
    pub fn tree(&self) -> Option<Tree> {
        let mut kept = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_edited {
            return kept.clone();
        }
        kept.take().or_else(|| parse_rope(self.text.rope(), None))
    }
}

/// The tree of a `.spec` or `.patch` file.
#[salsa::tracked]
pub fn parse(db: &dyn Db, file: SourceFile) -> Parsed {
    let text = file.text(db).clone();
    let hint = db.take_hint(file);
    let tree = parse_rope(text.rope(), hint.as_ref());
    Parsed { text, tree: Arc::new(Mutex::new(tree)), is_edited: hint.is_some() }
}

/// Parses a rope, with the edited tree of an earlier text as a hint.
pub fn parse_rope(rope: &Rope, hint: Option<&Tree>) -> Option<Tree> {
    thread_local! {
        static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
    }
    PARSER.with_borrow_mut(|parser| {
        if parser.language().is_none() {
            parser.set_language(&tree_sitter_sysspec::LANGUAGE.into()).ok()?;
        }
        match hint {
            // All of it is read: one piece costs less than going from chunk to chunk.
            None => parser.parse(String::from(rope), None),
            Some(_) => parser.parse_with_options(&mut |offset, _| chunk_from(rope, offset), hint, None),
        }
    })
}

/// The bytes from `offset` to the end of its chunk; none behind the end of the rope.
fn chunk_from(rope: &Rope, offset: usize) -> &[u8] {
    if offset >= rope.len_bytes() {
        return &[];
    }
    let (chunk, start, _, _) = rope.chunk_at_byte(offset);
    &chunk.as_bytes()[offset - start..]
}
