//! Semantic tokens, as the protocol writes them: each by its distance from the one before.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sysspec_analysis::{Cancellable, Token, TokenKind};
use tower_lsp_server::ls_types::{
    Range, SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensDelta,
    SemanticTokensEdit, SemanticTokensFullDeltaResult, SemanticTokensFullOptions, SemanticTokensLegend,
    SemanticTokensOptions, SemanticTokensServerCapabilities, Uri,
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
        full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
        ..SemanticTokensOptions::default()
    })
}

/// The tokens that the client has of each document, so that it can be told of changes only.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The number of the last answer.
    last: u64,
    by_document: HashMap<Uri, (String, Vec<SemanticToken>)>,
}

impl Told {
    /// Notes what the client is told of a document, under the id that is put into the answer.
    pub(crate) fn all(&self, document: Uri, mut tokens: SemanticTokens) -> SemanticTokens {
        let mut known = self.lock();
        known.last += 1;
        let id = known.last.to_string();
        tokens.result_id = Some(id.clone());
        known.by_document.insert(document, (id, tokens.data.clone()));
        tokens
    }

    /// What has changed since an answer; everything when that was not the last one.
    pub(crate) fn changes(
        &self,
        document: Uri,
        since: &str,
        tokens: SemanticTokens,
    ) -> SemanticTokensFullDeltaResult {
        let before = self.lock().by_document.remove(&document).filter(|(id, _)| id == since);
        let tokens = self.all(document, tokens);
        match before {
            None => SemanticTokensFullDeltaResult::Tokens(tokens),
            Some((_, before)) => SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta {
                result_id: tokens.result_id,
                edits: edit(&before, &tokens.data).into_iter().collect(),
            }),
        }
    }

    /// Nobody asks for the changes of a document that is closed.
    pub(crate) fn forget(&self, document: &Uri) {
        self.lock().by_document.remove(document);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one edit that makes a list of tokens into another. Positions count numbers, of which a token has five.
fn edit(before: &[SemanticToken], after: &[SemanticToken]) -> Option<SemanticTokensEdit> {
    let numbers = |tokens: usize| u32::try_from(5 * tokens).unwrap_or(u32::MAX);
    let start = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[start..], &after[start..]);
    let kept = before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count();
    let (gone, new) = (before.len() - kept, &after[..after.len() - kept]);
    (gone > 0 || !new.is_empty()).then(|| SemanticTokensEdit {
        start: numbers(start),
        delete_count: numbers(gone),
        data: (!new.is_empty()).then(|| new.to_vec()),
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
