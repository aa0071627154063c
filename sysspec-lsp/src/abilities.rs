//! What the client says it can do, as far as the server asks.

use tower_lsp_server::ls_types::{ClientCapabilities, GotoCapability, MarkupKind, ResourceOperationKind};

use crate::position::Encoding;

/// The client's capabilities that change what the server sends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    pub(crate) encoding: Encoding,
    /// Shows Markdown in a hover.
    pub(crate) markdown: bool,
    /// Takes a link (with the whole item) as the answer to a definition request.
    pub(crate) definition_links: bool,
    /// The same for requests of declarations, types and implementations.
    pub(crate) other_links: bool,
    /// Takes an outline as a tree.
    pub(crate) outline_tree: bool,
    /// Shows the progress of what the server does of its own accord.
    pub(crate) progress: bool,
    /// Watches files on the server's request.
    pub(crate) watches_files: bool,
    /// Asks for diagnostics by itself; then none are sent unasked.
    pub(crate) pulls_diagnostics: bool,
    /// Takes, with the diagnostics of one document, those of others that it changes.
    pub(crate) related_diagnostics: bool,
    /// Asks for all diagnostics anew when the server says so.
    pub(crate) refreshes_diagnostics: bool,
    /// Takes edits with the version of the document that they are meant for.
    pub(crate) versioned_edits: bool,
    /// Moves files as part of an edit.
    pub(crate) moves_files: bool,
    /// Asks for the edits of an action when it is chosen.
    pub(crate) resolves_edits: bool,
    /// Folds whole lines only.
    pub(crate) folds_lines: bool,
    /// Takes `sysspec/moduleStatus`.
    pub(crate) module_status: bool,
}

impl Abilities {
    pub(crate) fn new(client: &ClientCapabilities) -> Abilities {
        let general = client.general.as_ref();
        let text = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let hover_formats =
            text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_ref());
        let has_links = |goto: Option<GotoCapability>| goto.and_then(|goto| goto.link_support) == Some(true);
        let tree = text
            .and_then(|text| text.document_symbol.as_ref())
            .and_then(|symbols| symbols.hierarchical_document_symbol_support);
        let progress = client.window.as_ref().and_then(|window| window.work_done_progress);
        let watches = workspace
            .and_then(|workspace| workspace.did_change_watched_files)
            .and_then(|watched| watched.dynamic_registration);
        let refreshes = workspace
            .and_then(|workspace| workspace.diagnostics.as_ref())
            .and_then(|diagnostics| diagnostics.refresh_support);
        let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let operations = edits.and_then(|edits| edits.resource_operations.as_deref()).unwrap_or_default();
        // Operations come among versioned edits, so that a client which takes the ones takes the others.
        let versioned = edits.and_then(|edits| edits.document_changes).unwrap_or(!operations.is_empty());
        let resolved = text
            .and_then(|text| text.code_action.as_ref())
            .and_then(|actions| actions.resolve_support.as_ref())
            .is_some_and(|resolved| resolved.properties.iter().any(|property| property == "edit"));
        let folds_lines =
            text.and_then(|text| text.folding_range.as_ref()).and_then(|folding| folding.line_folding_only);
        let status = client.experimental.as_ref().and_then(|ours| ours.get("moduleStatus"));
        Abilities {
            encoding: Encoding::negotiate(general.and_then(|general| general.position_encodings.as_deref())),
            // A client that does not say takes Markdown, as in the days before it could say.
            markdown: hover_formats.is_none_or(|formats| formats.contains(&MarkupKind::Markdown)),
            definition_links: text.is_some_and(|text| has_links(text.definition)),
            other_links: text.is_some_and(|text| {
                has_links(text.declaration)
                    && has_links(text.type_definition)
                    && has_links(text.implementation)
            }),
            outline_tree: tree.unwrap_or(false),
            progress: progress.unwrap_or(false),
            watches_files: watches.unwrap_or(false),
            pulls_diagnostics: text.is_some_and(|text| text.diagnostic.is_some()),
            related_diagnostics: text
                .and_then(|text| text.diagnostic.as_ref())
                .is_some_and(|diagnostic| diagnostic.related_document_support == Some(true)),
            refreshes_diagnostics: refreshes.unwrap_or(false),
            versioned_edits: versioned,
            moves_files: versioned && operations.contains(&ResourceOperationKind::Rename),
            resolves_edits: resolved,
            folds_lines: folds_lines.unwrap_or(false),
            module_status: status.and_then(serde_json::Value::as_bool).unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_edits(edits: serde_json::Value) -> Abilities {
        let client = serde_json::json!({ "workspace": { "workspaceEdit": edits } });
        Abilities::new(&serde_json::from_value(client).unwrap_or_default())
    }

    /// LSP 3.17, WorkspaceEdit: plain edits are for clients that support neither. Neovim names its operations only.
    #[test]
    fn a_client_that_moves_files_takes_versioned_edits() {
        let neovim = of_edits(serde_json::json!({ "resourceOperations": ["rename", "create", "delete"] }));
        assert!(neovim.versioned_edits && neovim.moves_files);
        let careful = of_edits(serde_json::json!({ "documentChanges": true }));
        assert!(careful.versioned_edits && !careful.moves_files);
        let plain = of_edits(serde_json::json!({}));
        assert!(!plain.versioned_edits && !plain.moves_files);
    }
}
