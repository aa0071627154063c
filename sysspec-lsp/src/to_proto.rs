//! From the analysis to the protocol: the only place that knows the words of both.

mod edits;
mod kinds;

use std::ops;

use serde_json::json;
use sysspec_analysis::{self as analysis, Cancellable};
use tower_lsp_server::ls_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticTag, DocumentSymbol, Hover, HoverContents, Location,
    LocationLink, MarkupContent, MarkupKind, NumberOrString, Range, SymbolInformation,
};

pub(crate) use kinds::{completion_kind, declaration_kind, highlight_kind};
use kinds::{outline_kind, severity};

use crate::abilities::Abilities;
use crate::reads::{Place, Texts};

/// The name under which an editor shows who speaks.
const SOURCE: &str = "sysspec";

/// Turns values of one snapshot into those of the protocol.
pub(crate) struct Converter<'a> {
    pub(crate) texts: &'a Texts<'a>,
    pub(crate) place: &'a Place,
    pub(crate) abilities: Abilities,
}

impl Converter<'_> {
    pub(crate) fn diagnostic(&self, path: &str, finding: analysis::Diagnostic) -> Cancellable<Diagnostic> {
        let mut related = Vec::new();
        for other in finding.related {
            if let Some(location) = self.location(&other.path, &other.range)? {
                related.push(DiagnosticRelatedInformation { location, message: other.message });
            }
        }
        // The protocol has no place of its own for advice.
        let message = match finding.help {
            Some(help) => format!("{}\nhelp: {help}", finding.message),
            None => finding.message,
        };
        Ok(Diagnostic {
            range: self.range(path, &finding.range)?,
            severity: Some(severity(finding.severity)),
            code: Some(NumberOrString::String(finding.code.as_str().to_owned())),
            source: Some(SOURCE.to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            tags: is_unnecessary(finding.code).then(|| vec![DiagnosticTag::UNNECESSARY]),
            data: Some(json!({ "title": finding.code.title(), "explain": finding.code.as_str() })),
            ..Diagnostic::default()
        })
    }

    pub(crate) fn hover(&self, path: &str, hover: analysis::Hover) -> Cancellable<Hover> {
        let kind = if self.abilities.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
        let value = if self.abilities.markdown { hover.markdown } else { plain(&hover.markdown) };
        let contents = HoverContents::Markup(MarkupContent { kind, value });
        Ok(Hover { contents, range: Some(self.range(path, &hover.range)?) })
    }

    /// The names of the items found.
    pub(crate) fn locations(&self, found: &[analysis::Location]) -> Cancellable<Vec<Location>> {
        let mut locations = Vec::new();
        for place in found {
            locations.extend(self.location(&place.path, &place.focus)?);
        }
        Ok(locations)
    }

    /// The items found, with their names.
    pub(crate) fn links(&self, found: &[analysis::Location]) -> Cancellable<Vec<LocationLink>> {
        let mut links = Vec::new();
        for place in found {
            let Some(target_uri) = self.place.uri(&place.path) else { continue };
            let target_range = self.range(&place.path, &place.range)?;
            let target_selection_range = inside(self.range(&place.path, &place.focus)?, target_range);
            links.push(LocationLink {
                origin_selection_range: None,
                target_uri,
                target_range,
                target_selection_range,
            });
        }
        Ok(links)
    }

    pub(crate) fn outline(
        &self,
        path: &str,
        symbols: Vec<analysis::Symbol>,
    ) -> Cancellable<Vec<DocumentSymbol>> {
        symbols.into_iter().map(|symbol| self.symbol(path, symbol)).collect()
    }

    /// The outline for clients that know no trees: each entry names the one that it is in.
    pub(crate) fn flat_outline(
        &self,
        path: &str,
        symbols: Vec<analysis::Symbol>,
    ) -> Cancellable<Vec<SymbolInformation>> {
        let mut flat = Vec::new();
        self.flatten(path, symbols, None, &mut flat)?;
        Ok(flat)
    }

    #[expect(deprecated, reason = "the protocol's type cannot be made without its deprecated field")]
    fn symbol(&self, path: &str, symbol: analysis::Symbol) -> Cancellable<DocumentSymbol> {
        let range = self.range(path, &symbol.range)?;
        let selection_range = inside(self.range(path, &symbol.selection)?, range);
        let children = self.outline(path, symbol.children)?;
        Ok(DocumentSymbol {
            name: shown_name(symbol.name),
            detail: symbol.detail,
            kind: outline_kind(symbol.kind),
            tags: None,
            deprecated: None,
            range,
            selection_range,
            children: (!children.is_empty()).then_some(children),
        })
    }

    #[expect(deprecated, reason = "the protocol's type cannot be made without its deprecated field")]
    fn flatten(
        &self,
        path: &str,
        symbols: Vec<analysis::Symbol>,
        container: Option<&str>,
        flat: &mut Vec<SymbolInformation>,
    ) -> Cancellable<()> {
        for symbol in symbols {
            let Some(location) = self.location(path, &symbol.range)? else { continue };
            let name = shown_name(symbol.name);
            flat.push(SymbolInformation {
                name: name.clone(),
                kind: outline_kind(symbol.kind),
                tags: None,
                deprecated: None,
                location,
                container_name: container.map(str::to_owned),
            });
            self.flatten(path, symbol.children, Some(&name), flat)?;
        }
        Ok(())
    }

    pub(crate) fn location(&self, path: &str, range: &ops::Range<usize>) -> Cancellable<Option<Location>> {
        let Some(uri) = self.place.uri(path) else { return Ok(None) };
        Ok(Some(Location { uri, range: self.range(path, range)? }))
    }

    /// A range of a file; an empty one at its start when the file is gone.
    pub(crate) fn range(&self, path: &str, range: &ops::Range<usize>) -> Cancellable<Range> {
        let lines = self.texts.lines(path)?;
        Ok(lines.map(|lines| lines.range(range, self.abilities.encoding)).unwrap_or_default())
    }
}

/// Whether a finding is about text that could as well not be there.
fn is_unnecessary(code: analysis::Code) -> bool {
    matches!(code, analysis::Code::UNUSED_RELIANCE | analysis::Code::UNUSED_SUPPRESSION)
}

/// Markdown for those who see its marks: without fences, stars and backticks.
fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut in_code = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        match in_code {
            true => out += line,
            false => out += &line.replace("**", "").replace('`', ""),
        }
        out.push('\n');
    }
    out
}

/// Editors refuse an answer whole when a name is not inside its item.
fn inside(name: Range, item: Range) -> Range {
    if item.start <= name.start && name.end <= item.end { name } else { item }
}

/// Editors refuse an outline whole when a name is empty.
fn shown_name(name: String) -> String {
    if name.trim().is_empty() { "(no name)".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_hover_without_markdown_has_no_marks_but_keeps_its_code() {
        let page = "```c\nint *f(void); // `x` **\n```\nguaranteed by `f.spec`\n\n**Contract**\n- `a` is *b*";
        let expected = "int *f(void); // `x` **\nguaranteed by f.spec\n\nContract\n- a is *b*\n";
        assert_eq!(plain(page), expected);
    }
}
