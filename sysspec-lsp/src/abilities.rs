//! What the client says it can do, as far as the server asks.

use tower_lsp_server::ls_types::{ClientCapabilities, MarkupKind};

use crate::position::Encoding;

/// The client's capabilities that change what the server sends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    pub(crate) encoding: Encoding,
    /// Shows Markdown in a hover.
    pub(crate) markdown: bool,
    /// Takes a link (with the whole item) as the answer to a definition request.
    pub(crate) definition_links: bool,
    /// Takes an outline as a tree.
    pub(crate) outline_tree: bool,
    /// Shows the progress of what the server does of its own accord.
    pub(crate) progress: bool,
    /// Watches files on the server's request.
    pub(crate) watches_files: bool,
}

impl Abilities {
    pub(crate) fn new(client: &ClientCapabilities) -> Abilities {
        let general = client.general.as_ref();
        let text = client.text_document.as_ref();
        let hover_formats =
            text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_ref());
        let links = text.and_then(|text| text.definition).and_then(|definition| definition.link_support);
        let tree = text
            .and_then(|text| text.document_symbol.as_ref())
            .and_then(|symbols| symbols.hierarchical_document_symbol_support);
        let progress = client.window.as_ref().and_then(|window| window.work_done_progress);
        let watches = client
            .workspace
            .as_ref()
            .and_then(|workspace| workspace.did_change_watched_files)
            .and_then(|watched| watched.dynamic_registration);
        Abilities {
            encoding: Encoding::negotiate(general.and_then(|general| general.position_encodings.as_deref())),
            // A client that does not say takes Markdown, as in the days before it could say.
            markdown: hover_formats.is_none_or(|formats| formats.contains(&MarkupKind::Markdown)),
            definition_links: links.unwrap_or(false),
            outline_tree: tree.unwrap_or(false),
            progress: progress.unwrap_or(false),
            watches_files: watches.unwrap_or(false),
        }
    }
}
