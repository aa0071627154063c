//! Requests that propose changes of texts.

use serde_json::json;
use sysspec_analysis::{self as analysis, ActionKind, Cancellable};
use tower_lsp_server::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionTriggerKind, CompletionItem,
    CompletionList, CompletionResponse, CompletionTextEdit, FoldingRange, FoldingRangeKind, Position,
    PrepareRenameResponse, Range, SelectionRange, TextEdit, WorkspaceEdit,
};

use crate::reads::{Texts, View};
use crate::to_proto;

/// The fixes of a whole file, as editors name them when a file is saved.
pub(crate) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.sysspec");

/// From how many edits on an action is sent without them, to a client that asks for them later.
const EDITS_SENT_LATER: usize = 20;

impl View {
    pub(crate) fn completions(&self, position: Position) -> Cancellable<Option<CompletionResponse>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let converter = self.converter(&texts);
        let found = self.analysis.completions(&self.path, offset)?;
        let mut items = Vec::with_capacity(found.items.len());
        for (at, item) in found.items.into_iter().enumerate() {
            let range = converter.range(&self.path, &item.replace)?;
            items.push(CompletionItem {
                label: item.label,
                kind: Some(to_proto::completion_kind(item.kind)),
                detail: item.detail,
                filter_text: Some(item.filter),
                // Editors sort by the label unless they are told otherwise.
                sort_text: Some(format!("{at:04}")),
                text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: item.insert })),
                ..CompletionItem::default()
            });
        }
        let list = CompletionList { is_incomplete: found.is_incomplete, items };
        Ok(Some(CompletionResponse::List(list)))
    }

    /// What can be renamed; an error's text when nothing can be.
    pub(crate) fn prepare_rename(
        &self,
        position: Position,
    ) -> Cancellable<Option<Result<PrepareRenameResponse, String>>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let Some(prepared) = self.analysis.prepare_rename(&self.path, offset)? else { return Ok(None) };
        Ok(Some(match prepared {
            Ok(range) => {
                let text = self.analysis.text(&self.path)?;
                let placeholder = text.and_then(|text| Some(text.get_byte_slice(range.clone())?.to_string()));
                let range = self.converter(&texts).range(&self.path, &range)?;
                let placeholder = placeholder.unwrap_or_default();
                Ok(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder })
            }
            Err(why) => Err(why),
        }))
    }

    /// The edits of a renaming; an error's text when the name cannot be had.
    pub(crate) fn rename(
        &self,
        position: Position,
        name: &str,
    ) -> Cancellable<Option<Result<WorkspaceEdit, String>>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let renamed = self.analysis.rename(&self.path, offset, name, self.abilities.moves_files)?;
        Ok(match renamed {
            Some(Ok(renaming)) => {
                Some(Ok(self.converter(&texts).workspace_edit(&renaming.edits, &renaming.moves)?))
            }
            Some(Err(why)) => Some(Err(why)),
            None => None,
        })
    }

    /// The edits that put a file, or what lies in a range of it, into its form; `None` for files that are not formatted.
    pub(crate) fn format(&self, part: Option<Range>) -> Cancellable<Option<Vec<TextEdit>>> {
        let texts = Texts::new(&self.analysis);
        let Some(mut edits) = self.analysis.format(&self.path)? else { return Ok(None) };
        if let (Some(part), Some(lines)) = (part, texts.lines(&self.path)?) {
            let part = lines.byte_range(part, self.abilities.encoding);
            edits.retain(|edit| part.start <= edit.range.start && edit.range.end <= part.end);
        }
        let converter = self.converter(&texts);
        edits.iter().map(|edit| converter.text_edit(edit)).collect::<Cancellable<Vec<_>>>().map(Some)
    }

    pub(crate) fn actions(&self, asked: &CodeActionParams) -> Cancellable<Option<Vec<CodeActionOrCommand>>> {
        let texts = Texts::new(&self.analysis);
        let Some(lines) = texts.lines(&self.path)? else { return Ok(None) };
        let range = lines.byte_range(asked.range, self.abilities.encoding);
        let wants = |kind: &CodeActionKind| wants(asked, kind);
        let mut found = Vec::new();
        if wants(&CodeActionKind::QUICKFIX) {
            found = self.analysis.actions(&self.path, range)?;
            // Unasked, a lamp for what silences findings would be everywhere.
            if asked.context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC) {
                found.retain(|action| action.kind == ActionKind::Fix);
            }
        }
        if wants(&FIX_ALL) {
            found.extend(self.analysis.fix_all(&self.path)?);
        }
        let found = found.into_iter().map(|action| self.action(&texts, action));
        found
            .map(|action| action.map(CodeActionOrCommand::CodeAction))
            .collect::<Cancellable<Vec<_>>>()
            .map(Some)
    }

    /// The edits of an action that was sent without them.
    pub(crate) fn resolve(&self, action: &CodeAction) -> Cancellable<Option<CodeAction>> {
        let texts = Texts::new(&self.analysis);
        let found = self.analysis.fix_all(&self.path)?;
        let edit = found.map(|found| self.converter(&texts).workspace_edit(&found.edits, &[])).transpose()?;
        Ok(Some(CodeAction { edit: edit.or_else(|| Some(WorkspaceEdit::default())), ..action.clone() }))
    }

    fn action(&self, texts: &Texts<'_>, action: analysis::Action) -> Cancellable<CodeAction> {
        let converter = self.converter(texts);
        let (kind, is_all) = match action.kind {
            ActionKind::Fix | ActionKind::Suppress => (CodeActionKind::QUICKFIX, false),
            ActionKind::FixAll => (FIX_ALL, true),
        };
        let later = is_all && self.abilities.resolves_edits && action.edits.len() > EDITS_SENT_LATER;
        let edit = (!later).then(|| converter.workspace_edit(&action.edits, &[])).transpose()?;
        let data = later.then(|| json!({ "uri": self.place.uri(&self.path) }));
        let about = action.diagnostic.map(|found| converter.diagnostic(&self.path, found)).transpose()?;
        Ok(CodeAction {
            title: action.title,
            kind: Some(kind),
            diagnostics: about.map(|diagnostic| vec![diagnostic]),
            edit,
            is_preferred: action.is_preferred.then_some(true),
            data,
            ..CodeAction::default()
        })
    }

    pub(crate) fn folds(&self) -> Cancellable<Option<Vec<FoldingRange>>> {
        let texts = Texts::new(&self.analysis);
        let converter = self.converter(&texts);
        let mut folds = Vec::new();
        for fold in self.analysis.folds(&self.path)? {
            let range = converter.range(&self.path, &fold.range)?;
            let inside = !self.abilities.folds_lines;
            folds.push(FoldingRange {
                start_line: range.start.line,
                start_character: None,
                end_line: range.end.line,
                end_character: inside.then_some(range.end.character),
                kind: Some(if fold.is_comment {
                    FoldingRangeKind::Comment
                } else {
                    FoldingRangeKind::Region
                }),
                collapsed_text: None,
            });
        }
        Ok(Some(folds))
    }

    pub(crate) fn selections(&self, positions: &[Position]) -> Cancellable<Option<Vec<SelectionRange>>> {
        let texts = Texts::new(&self.analysis);
        let converter = self.converter(&texts);
        let mut out = Vec::with_capacity(positions.len());
        for &position in positions {
            let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
            let mut grown: Option<SelectionRange> = None;
            for range in self.analysis.selections(&self.path, offset)?.iter().rev() {
                let range = converter.range(&self.path, range)?;
                grown = Some(SelectionRange { range, parent: grown.map(Box::new) });
            }
            let nothing = || SelectionRange { range: Range::new(position, position), parent: None };
            out.push(grown.unwrap_or_else(nothing));
        }
        Ok(Some(out))
    }
}

/// Whether a client that asks for some kinds of actions only asks for this one: a kind holds those below it.
fn wants(asked: &CodeActionParams, kind: &CodeActionKind) -> bool {
    let Some(only) = &asked.context.only else {
        // What is made for saving a file is not offered unless it is asked for by hand.
        return *kind != FIX_ALL || asked.context.trigger_kind != Some(CodeActionTriggerKind::AUTOMATIC);
    };
    only.iter().any(|wanted| {
        let wanted = wanted.as_str();
        let rest = kind.as_str().strip_prefix(wanted);
        wanted.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}
