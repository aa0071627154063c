//! Semantic tokens, as the protocol writes them: each by its distance from the one before.

use sysspec_analysis::{Cancellable, Token, TokenKind};
use tower_lsp_server::ls_types::{
    Range, SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens,
    SemanticTokensFullOptions, SemanticTokensLegend, SemanticTokensOptions, SemanticTokensServerCapabilities,
};

use crate::reads::{Texts, View};

/// The protocol's own types, which every theme knows, in the order of [`type_of`].
const TYPES: [SemanticTokenType; 12] = [
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::DECORATOR,
    SemanticTokenType::KEYWORD,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::MACRO,
    SemanticTokenType::TYPE,
    SemanticTokenType::NUMBER,
    SemanticTokenType::STRING,
    SemanticTokenType::COMMENT,
];

const MODIFIERS: [SemanticTokenModifier; 2] =
    [SemanticTokenModifier::DECLARATION, SemanticTokenModifier::DEFAULT_LIBRARY];

pub(crate) fn capability() -> SemanticTokensServerCapabilities {
    SemanticTokensServerCapabilities::SemanticTokensOptions(SemanticTokensOptions {
        legend: SemanticTokensLegend { token_types: TYPES.to_vec(), token_modifiers: MODIFIERS.to_vec() },
        range: Some(true),
        full: Some(SemanticTokensFullOptions::Bool(true)),
        ..SemanticTokensOptions::default()
    })
}

impl View {
    /// The tokens of the whole text, or of a part of it.
    pub(crate) fn tokens(&self, within: Option<Range>) -> Cancellable<Option<SemanticTokens>> {
        let texts = Texts::new(&self.analysis);
        let Some(lines) = texts.lines(&self.path)? else { return Ok(None) };
        let encoding = self.abilities.encoding;
        let within = within.map_or(0..usize::MAX, |range| lines.byte_range(range, encoding));
        let mut data = Vec::new();
        let (mut line, mut character) = (0, 0);
        for token in self.analysis.tokens(&self.path, &within)? {
            let range = lines.range(&token.range, encoding);
            let delta_line = range.start.line - line;
            let from = if delta_line == 0 { character } else { 0 };
            (line, character) = (range.start.line, range.start.character);
            data.push(SemanticToken {
                delta_line,
                delta_start: character - from,
                length: range.end.character - range.start.character,
                token_type: type_of(token.kind),
                token_modifiers_bitset: modifiers(&token),
            });
        }
        Ok(Some(SemanticTokens { result_id: None, data }))
    }
}

/// The position of a kind in [`TYPES`].
fn type_of(kind: TokenKind) -> u32 {
    match kind {
        TokenKind::Heading => 0,
        TokenKind::Label => 1,
        TokenKind::Keyword => 2,
        TokenKind::Function => 3,
        TokenKind::Parameter => 4,
        TokenKind::Member => 5,
        TokenKind::Variable => 6,
        TokenKind::Macro => 7,
        TokenKind::Type => 8,
        TokenKind::Number => 9,
        TokenKind::Text => 10,
        TokenKind::Comment => 11,
    }
}

fn modifiers(token: &Token) -> u32 {
    u32::from(token.is_declaration) | u32::from(token.is_standard) << 1
}
