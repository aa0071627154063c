//! Requests that lead from one place to others.

use std::path::Path;

use sysspec_analysis::{self as analysis, Cancellable, ModuleModel};
use sysspec_toolchain::csource::{ItemKind, Source};
use sysspec_toolchain::status::{self, State};
use sysspec_toolchain::store::{self, Store};
use tower_lsp_server::ls_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, DocumentHighlight, DocumentLink,
    GotoDefinitionResponse, Location, LocationLink, Position, Range, Uri, WorkspaceLocation, WorkspaceSymbol,
};
use tower_lsp_server::ls_types::{LSPAny, OneOf};

use crate::position::Lines;
use crate::reads::{Texts, View};
use crate::to_proto;

/// How many symbols of a workspace are shown at most.
const SYMBOLS_MAX: usize = 200;

/// Which place of a symbol is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// The guarantee.
    Definition,
    /// The prototype in a header.
    Declaration,
    /// The type.
    Type,
}

/// Where generated code implements a symbol, and what is to be said of that code.
pub(crate) type Implementation = (Option<GotoDefinitionResponse>, Option<String>);

impl View {
    pub(crate) fn goto(
        &self,
        position: Position,
        wanted: Wanted,
    ) -> Cancellable<Option<GotoDefinitionResponse>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let (found, links) = match wanted {
            Wanted::Definition => {
                (self.analysis.definition(&self.path, offset)?, self.abilities.definition_links)
            }
            Wanted::Declaration => {
                (self.analysis.declaration(&self.path, offset)?, self.abilities.other_links)
            }
            Wanted::Type => (self.analysis.type_definition(&self.path, offset)?, self.abilities.other_links),
        };
        let converter = self.converter(&texts);
        Ok(Some(match links {
            true => GotoDefinitionResponse::Link(converter.links(&found)?),
            false => GotoDefinitionResponse::Array(converter.locations(&found)?),
        }))
    }

    /// The definition in the generated code, which is read from disk.
    pub(crate) fn implementation(&self, position: Position) -> Cancellable<Option<Implementation>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let Some((module, name)) = self.analysis.implementation(&self.path, offset)? else { return Ok(None) };
        let file = self.place.folder.join(store::code_path(&module));
        let note = self.state_of_code(&module)?;
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(Some((None, note))) };
        let found = Uri::from_file_path(&file).zip(self.definition_in(&text, &name));
        let answer = found.map(|(target_uri, range)| match self.abilities.other_links {
            true => GotoDefinitionResponse::Link(vec![LocationLink {
                origin_selection_range: None,
                target_uri,
                target_range: range,
                target_selection_range: range,
            }]),
            false => GotoDefinitionResponse::Array(vec![Location { uri: target_uri, range }]),
        });
        Ok(Some((answer, note)))
    }

    /// The name where C code defines it.
    fn definition_in(&self, text: &str, name: &str) -> Option<Range> {
        let items = Source::parse(text).items();
        let defines =
            |kind: &ItemKind| matches!(kind, ItemKind::Function(_) | ItemKind::Object(_) | ItemKind::Tag);
        let item = items.iter().find(|item| item.name == name && defines(&item.kind))?;
        let start: usize = text.split_inclusive('\n').take(item.line.checked_sub(1)?).map(str::len).sum();
        let at = start + text.get(start..)?.find(name)?;
        Some(Lines::new(text.into()).range(&(at..at + name.len()), self.abilities.encoding))
    }

    /// What the user should know of a module's code before reading it; nothing when it is valid.
    fn state_of_code(&self, module: &ModuleModel) -> Cancellable<Option<String>> {
        let model = self.analysis.model()?;
        let folder: &Path = &self.place.folder;
        let state = Store::open(folder).and_then(|store| status::of(&store, &model, module));
        Ok(match state {
            Ok(State::Validated) => None,
            Ok(state) => Some(format!("{}: {}", store::code_path(module), state.describe())),
            Err(error) => Some(error.to_string()),
        })
    }

    pub(crate) fn references(
        &self,
        position: Position,
        with_declaration: bool,
    ) -> Cancellable<Option<Vec<Location>>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let found = self.analysis.references(&self.path, offset)?;
        let found: Vec<analysis::Location> = found
            .into_iter()
            .filter(|reference| with_declaration || !reference.declares)
            .map(|reference| reference.location)
            .collect();
        Ok(Some(self.converter(&texts).locations(&found)?))
    }

    pub(crate) fn highlights(&self, position: Position) -> Cancellable<Option<Vec<DocumentHighlight>>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let converter = self.converter(&texts);
        let found = self.analysis.highlights(&self.path, offset)?.into_iter().map(|found| {
            let range = converter.range(&self.path, &found.range)?;
            Ok(DocumentHighlight { range, kind: Some(to_proto::highlight_kind(found.access)) })
        });
        found.collect::<Cancellable<Vec<_>>>().map(Some)
    }

    pub(crate) fn links(&self) -> Cancellable<Option<Vec<DocumentLink>>> {
        let texts = Texts::new(&self.analysis);
        let converter = self.converter(&texts);
        let found = self.analysis.links(&self.path)?.into_iter().map(|link| {
            let range = converter.range(&self.path, &link.range)?;
            let tooltip = Some(link.target.to_string());
            Ok(DocumentLink { range, target: self.place.uri(&link.target), tooltip, data: None })
        });
        found.collect::<Cancellable<Vec<_>>>().map(Some)
    }

    /// The function at a position, for a hierarchy of who relies on whom.
    pub(crate) fn callable(&self, position: Position) -> Cancellable<Option<Vec<CallHierarchyItem>>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, position)? else { return Ok(None) };
        let Some(found) = self.analysis.callable(&self.path, offset)? else { return Ok(None) };
        Ok(self.converter(&texts).callable(found)?.map(|item| vec![item]))
    }

    pub(crate) fn callers(&self, at: Position) -> Cancellable<Option<Vec<CallHierarchyIncomingCall>>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, at)? else { return Ok(None) };
        let converter = self.converter(&texts);
        let mut calls = Vec::new();
        for call in self.analysis.callers(&self.path, offset)? {
            let path = call.other.location.path.clone();
            let from_ranges = converter.ranges(&path, &call.ranges)?;
            let Some(from) = converter.callable(call.other)? else { continue };
            calls.push(CallHierarchyIncomingCall { from, from_ranges });
        }
        Ok(Some(calls))
    }

    pub(crate) fn callees(&self, at: Position) -> Cancellable<Option<Vec<CallHierarchyOutgoingCall>>> {
        let texts = Texts::new(&self.analysis);
        let Some(offset) = self.offset(&texts, at)? else { return Ok(None) };
        let converter = self.converter(&texts);
        let mut calls = Vec::new();
        for call in self.analysis.callees(&self.path, offset)? {
            let from_ranges = converter.ranges(&self.path, &call.ranges)?;
            let Some(to) = converter.callable(call.other)? else { continue };
            calls.push(CallHierarchyOutgoingCall { to, from_ranges });
        }
        Ok(Some(calls))
    }
}

/// The symbols of all roots that fit a query, the best first.
pub(crate) fn workspace_symbols(views: &[View], query: &str) -> Cancellable<Vec<WorkspaceSymbol>> {
    let mut found: Vec<(i32, WorkspaceSymbol)> = Vec::new();
    for view in views {
        let texts = Texts::new(&view.analysis);
        let converter = view.converter(&texts);
        for symbol in view.analysis.workspace_symbols(query, SYMBOLS_MAX)? {
            let Some(location) = converter.locations(std::slice::from_ref(&symbol.location))?.pop() else {
                continue;
            };
            let location: OneOf<Location, WorkspaceLocation> = OneOf::Left(location);
            let item = WorkspaceSymbol {
                name: symbol.name,
                kind: to_proto::declaration_kind(symbol.kind),
                tags: None,
                container_name: Some(symbol.location.path.to_string()),
                location,
                data: None::<LSPAny>,
            };
            found.push((symbol.score, item));
        }
    }
    // Stable: within a root the order is the analysis' own.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.truncate(SYMBOLS_MAX);
    Ok(found.into_iter().map(|(_, item)| item).collect())
}
