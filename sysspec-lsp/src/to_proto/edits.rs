//! Edits and what they are about, in the protocol's words.

use std::collections::{BTreeMap, HashMap};
use std::ops;
use std::sync::Arc;

use sysspec_analysis::{self as analysis, Cancellable};
use tower_lsp_server::ls_types::{
    CallHierarchyItem, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, RenameFile, ResourceOp, SymbolKind, TextDocumentEdit,
    TextEdit, Uri, WorkspaceEdit,
};

use super::{Converter, inside};

impl Converter<'_> {
    pub(crate) fn text_edit(&self, edit: &analysis::Edit) -> Cancellable<TextEdit> {
        Ok(TextEdit { range: self.range(&edit.path, &edit.range)?, new_text: edit.replacement.clone() })
    }

    /// Edits of several files and, after them, moves of files. They name the versions of open documents when the client
    /// can take that: then it refuses what was meant for another text.
    pub(crate) fn workspace_edit(
        &self,
        edits: &[analysis::Edit],
        moves: &[(Arc<str>, Arc<str>)],
    ) -> Cancellable<WorkspaceEdit> {
        let mut files: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
        for edit in edits {
            files.entry(&edit.path).or_default().push(self.text_edit(edit)?);
        }
        let files = files.into_iter().filter_map(|(path, edits)| Some((path, self.place.uri(path)?, edits)));
        if !self.abilities.versioned_edits {
            let changes: HashMap<Uri, Vec<TextEdit>> = files.map(|(_, uri, edits)| (uri, edits)).collect();
            return Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
        }
        let edits = files.map(|(path, uri, edits)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version: self.place.version(path) },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        });
        let changes = match moves {
            [] => DocumentChanges::Edits(edits.collect()),
            moves => {
                let moves = moves.iter().filter_map(|(from, to)| self.rename_file(from, to));
                let edits = edits.map(DocumentChangeOperation::Edit);
                DocumentChanges::Operations(edits.chain(moves).collect())
            }
        };
        Ok(WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() })
    }

    fn rename_file(&self, from: &str, to: &str) -> Option<DocumentChangeOperation> {
        let (old_uri, new_uri) = (self.place.uri(from)?, self.place.uri(to)?);
        let rename = RenameFile { old_uri, new_uri, options: None, annotation_id: None };
        Some(DocumentChangeOperation::Op(ResourceOp::Rename(rename)))
    }

    pub(crate) fn ranges(&self, path: &str, ranges: &[ops::Range<usize>]) -> Cancellable<Vec<Range>> {
        ranges.iter().map(|range| self.range(path, range)).collect()
    }

    /// A function that a module guarantees; `None` when its file has no URI.
    pub(crate) fn callable(&self, found: analysis::Callable) -> Cancellable<Option<CallHierarchyItem>> {
        let place = found.location;
        let Some(uri) = self.place.uri(&place.path) else { return Ok(None) };
        let range = self.range(&place.path, &place.range)?;
        let selection_range = inside(self.range(&place.path, &place.focus)?, range);
        Ok(Some(CallHierarchyItem {
            name: found.name,
            kind: SymbolKind::FUNCTION,
            tags: None,
            detail: Some(found.module),
            uri,
            range,
            selection_range,
            data: None,
        }))
    }
}
