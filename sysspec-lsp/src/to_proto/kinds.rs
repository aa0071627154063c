//! The kinds of things, in the protocol's words.

use sysspec_analysis::{self as analysis, Access, CompletionKind, OutlineKind, Severity};
use tower_lsp_server::ls_types::{CompletionItemKind, DiagnosticSeverity, DocumentHighlightKind, SymbolKind};

pub(super) fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Hint => DiagnosticSeverity::HINT,
    }
}

pub(super) fn outline_kind(kind: OutlineKind) -> SymbolKind {
    match kind {
        OutlineKind::Phase => SymbolKind::NAMESPACE,
        OutlineKind::Section => SymbolKind::MODULE,
        OutlineKind::Clause => SymbolKind::PROPERTY,
        OutlineKind::Declaration(kind) => declaration_kind(kind),
        OutlineKind::Table => SymbolKind::OBJECT,
    }
}

pub(crate) fn declaration_kind(kind: analysis::SymbolKind) -> SymbolKind {
    match kind {
        analysis::SymbolKind::Function => SymbolKind::FUNCTION,
        analysis::SymbolKind::Object => SymbolKind::VARIABLE,
        analysis::SymbolKind::Struct => SymbolKind::STRUCT,
        analysis::SymbolKind::Enum => SymbolKind::ENUM,
        analysis::SymbolKind::Typedef => SymbolKind::INTERFACE,
        analysis::SymbolKind::Macro => SymbolKind::CONSTANT,
    }
}

pub(crate) fn highlight_kind(access: Access) -> DocumentHighlightKind {
    match access {
        Access::Write => DocumentHighlightKind::WRITE,
        Access::Read => DocumentHighlightKind::READ,
        Access::Text => DocumentHighlightKind::TEXT,
    }
}

pub(crate) fn completion_kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Heading => CompletionItemKind::MODULE,
        CompletionKind::Label => CompletionItemKind::PROPERTY,
        CompletionKind::Parameter => CompletionItemKind::VARIABLE,
        CompletionKind::Member => CompletionItemKind::FIELD,
        CompletionKind::Word => CompletionItemKind::KEYWORD,
        CompletionKind::Header => CompletionItemKind::FILE,
        CompletionKind::Finding => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Value => CompletionItemKind::VALUE,
        CompletionKind::Symbol(analysis::SymbolKind::Function) => CompletionItemKind::FUNCTION,
        CompletionKind::Symbol(analysis::SymbolKind::Object) => CompletionItemKind::VARIABLE,
        CompletionKind::Symbol(analysis::SymbolKind::Struct) => CompletionItemKind::STRUCT,
        CompletionKind::Symbol(analysis::SymbolKind::Enum) => CompletionItemKind::ENUM,
        CompletionKind::Symbol(analysis::SymbolKind::Typedef) => CompletionItemKind::INTERFACE,
        CompletionKind::Symbol(analysis::SymbolKind::Macro) => CompletionItemKind::CONSTANT,
    }
}
