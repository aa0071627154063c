//! What runs on a snapshot: it reads, and may be cancelled by a change.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use sysspec_analysis::{Analysis, Cancellable};
use tower_lsp_server::ls_types::{Diagnostic, DocumentSymbolResponse, Hover, Position, Uri};

use crate::abilities::Abilities;
use crate::position::Lines;
use crate::to_proto::Converter;

/// How the files of a root are known to the client.
pub(crate) struct Place {
    pub(crate) folder: Arc<PathBuf>,
    /// The open ones, by their path in the root.
    pub(crate) open: HashMap<String, (Uri, i32)>,
}

impl Place {
    /// The client's own URI of an open file, else one made from the path.
    pub(crate) fn uri(&self, path: &str) -> Option<Uri> {
        match self.open.get(path) {
            Some((uri, _)) => Some(uri.clone()),
            None => Uri::from_file_path(self.folder.join(path)),
        }
    }

    pub(crate) fn version(&self, path: &str) -> Option<i32> {
        self.open.get(path).map(|(_, version)| *version)
    }
}

/// One document in one state of its root.
pub(crate) struct View {
    pub(crate) analysis: Analysis,
    pub(crate) place: Place,
    pub(crate) path: Arc<str>,
    pub(crate) abilities: Abilities,
}

impl View {
    pub(crate) fn hover(&self, position: Position) -> Cancellable<Option<Hover>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let Some(hover) = self.analysis.hover(&self.path, offset)? else { return Ok(None) };
        Ok(Some(self.converter(&texts).hover(&self.path, hover)?))
    }

    pub(crate) fn outline(&self) -> Cancellable<Option<DocumentSymbolResponse>> {
        let texts = Texts::new(&self.analysis);
        let symbols = self.analysis.document_symbols(&self.path)?;
        let converter = self.converter(&texts);
        if self.abilities.outline_tree {
            Ok(Some(DocumentSymbolResponse::Nested(converter.outline(&self.path, symbols)?)))
        } else {
            Ok(Some(DocumentSymbolResponse::Flat(converter.flat_outline(&self.path, symbols)?)))
        }
    }

    /// The findings of any file of the root, in the protocol's words.
    pub(crate) fn diagnostics(
        &self,
        path: &str,
        found: Vec<sysspec_analysis::Diagnostic>,
    ) -> Cancellable<Vec<Diagnostic>> {
        let texts = Texts::new(&self.analysis);
        let converter = self.converter(&texts);
        found.into_iter().map(|finding| converter.diagnostic(path, finding)).collect()
    }

    pub(crate) fn offset(&self, texts: &Texts<'_>, position: Position) -> Cancellable<Option<usize>> {
        Ok(texts.lines(&self.path)?.map(|lines| lines.offset(position, self.abilities.encoding)))
    }

    pub(crate) fn converter<'a>(&'a self, texts: &'a Texts<'a>) -> Converter<'a> {
        Converter { texts, place: &self.place, abilities: self.abilities }
    }
}

/// The lines of the files that one answer touches, each counted once.
pub(crate) struct Texts<'a> {
    analysis: &'a Analysis,
    counted: RefCell<HashMap<Arc<str>, Rc<Lines>>>,
}

impl<'a> Texts<'a> {
    pub(crate) fn new(analysis: &'a Analysis) -> Texts<'a> {
        Texts { analysis, counted: RefCell::default() }
    }

    pub(crate) fn lines(&self, path: &str) -> Cancellable<Option<Rc<Lines>>> {
        if let Some(lines) = self.counted.borrow().get(path) {
            return Ok(Some(lines.clone()));
        }
        let Some(text) = self.analysis.text(path)? else { return Ok(None) };
        let lines = Rc::new(Lines::new(text));
        self.counted.borrow_mut().insert(path.into(), lines.clone());
        Ok(Some(lines))
    }
}
