//! What the server says it can do.

use tower_lsp_server::ls_types::*;

use crate::abilities::Abilities;
use crate::{commands, diagnostics, editing, tokens};

/// What makes editors ask for completions besides letters: the beginnings of headings, labels, code spans and members.
const TRIGGERS: [&str; 6] = ["[", "*", "`", ">", ".", ","];

/// The files that editors tell of when they make, move or delete them.
const FILES: [&str; 2] = ["**/*.{spec,header,patch}", "**/sysspec.toml"];

pub(crate) fn of_server(abilities: Abilities) -> ServerCapabilities {
    let synchronization = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(abilities.encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(synchronization)),
        diagnostic_provider: abilities.pulls_diagnostics.then(diagnostics::capability),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        implementation_provider: Some(ImplementationProviderCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        semantic_tokens_provider: Some(tokens::capability()),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(TRIGGERS.map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, editing::FIX_ALL]),
            resolve_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::NAMES.map(str::to_owned).to_vec(),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        workspace: Some(workspace()),
        ..ServerCapabilities::default()
    }
}

fn workspace() -> WorkspaceServerCapabilities {
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(OneOf::Left(true)),
    };
    let operations = WorkspaceFileOperationsServerCapabilities {
        did_create: Some(files()),
        did_rename: Some(files()),
        did_delete: Some(files()),
        ..WorkspaceFileOperationsServerCapabilities::default()
    };
    WorkspaceServerCapabilities { workspace_folders: Some(folders), file_operations: Some(operations) }
}

/// The files that are read, and any folder, since they may lie in it.
fn files() -> FileOperationRegistrationOptions {
    let filter = |glob: &str, matches| FileOperationFilter {
        scheme: Some("file".to_owned()),
        pattern: FileOperationPattern { glob: glob.to_owned(), matches: Some(matches), options: None },
    };
    let files = FILES.iter().map(|glob| filter(glob, FileOperationPatternKind::File));
    let folders = std::iter::once(filter("**", FileOperationPatternKind::Folder));
    FileOperationRegistrationOptions { filters: files.chain(folders).collect() }
}
