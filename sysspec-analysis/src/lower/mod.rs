//! From text to items: the sections of a file, with offsets relative to the section.

mod contract;
mod header;
mod parts;
mod sentence;
mod spec;

use std::sync::Arc;

use crate::Phase;
use crate::db::{Db, SourceFile};
use crate::source::{self, FileKind};
use crate::span::Span;

pub use contract::{Case, Contract, ContractKind, Form, Item, normalise};
pub use header::include_tokens;
pub use spec::vocabulary;

/// A section of a file. What it says and where it stands are apart: only the last layer reads `offset`.
#[salsa::tracked(debug)]
pub struct Section<'db> {
    /// The file it is a section of.
    #[returns(copy)]
    pub file: SourceFile,
    /// Which section of its file this is.
    #[returns(ref)]
    pub key: SectionKey,
    /// What it says.
    #[tracked]
    #[returns(ref)]
    pub content: Arc<SectionContent>,
    /// Where it begins in the file, in bytes.
    #[tracked]
    #[returns(copy)]
    pub offset: usize,
}

/// What tells the sections of a file apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SectionKey {
    /// The heading.
    pub kind: SectionKind,
    /// The phase it stands in.
    pub phase: Phase,
    /// The function of a `[SPECIFICATION of f]`.
    pub subject: Option<String>,
    /// Counts the sections that are equal in all else.
    pub ordinal: usize,
}

/// The kinds of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SectionKind {
    /// Text before the first heading, or between a phase marker and the next heading.
    Preamble,
    /// `[MODULE]`
    Module,
    /// `[INTENT]`
    Intent,
    /// `[PROMPT]`
    Prompt,
    /// `[RELY]`
    Rely,
    /// `[GUARANTEE]`
    Guarantee,
    /// `[SPECIFICATION]`, or `[SPECIFICATION of f]` when there is a subject
    Specification,
    /// `[OPTIMIZATION]`
    Optimization,
    /// `[RECOMMENDATION]`
    Recommendation,
    /// `[INVARIANT]`
    Invariant,
    /// `[PATCH]`
    Patch,
    /// `[NODES]`
    Nodes,
    /// `## Refine Prompt` and its like
    PhaseMarker,
    /// A heading that is none of the above
    Unknown,
    /// Line 1 of a header
    Includes,
    /// The rest of a header
    Declarations,
}

/// What a section says; all spans count from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionContent {
    /// The whole text, heading included.
    pub text: String,
    /// The heading line.
    pub heading: Span,
    /// The word in the brackets of the heading.
    pub name: Span,
    /// The function of a `[SPECIFICATION of f]`.
    pub subject: Option<Span>,
    /// Where the body begins: behind the heading's brackets.
    pub body: usize,
    /// Whether the heading is spelt as no known heading is.
    pub misspelt: bool,
    /// Whether nothing follows the heading.
    pub is_empty: bool,
    /// The blocks of code.
    pub codes: Vec<Code>,
    /// The `key: value` lines.
    pub attributes: Vec<Attribute>,
    /// The labelled parts, in the order of the text.
    pub labels: Vec<Label>,
    /// The nodes that a [NODES] lists.
    pub nodes: Vec<NodeLine>,
    /// The contracts, in the order of the text; those that hang on items of others are found there.
    pub contracts: Vec<Contract>,
    /// What stands outside of contracts.
    pub items: Vec<Item>,
    /// What is out of balance in its text.
    pub slips: Slips,
}

/// Slips of the pen that reading gets over.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Slips {
    /// Labels with stars that do not match: the stars before and behind, of which one may be empty.
    pub labels: Vec<(Span, Span)>,
    /// Runs of stars without a partner.
    pub stars: Vec<Span>,
    /// Backticks without a partner.
    pub ticks: Vec<Span>,
    /// What stands behind a closing fence on its line.
    pub behind_fences: Vec<Span>,
}

/// A block of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code itself.
    pub code: Span,
    /// The block with its fences.
    pub whole: Span,
    /// Whether it is C, going by its fence.
    pub is_c: bool,
    /// Whether its fence is closed.
    pub is_closed: bool,
    /// What the `//` lines right before it say.
    pub comment: Option<String>,
    /// What its opening fence says of it, if it has one that says something.
    pub info: Option<Span>,
    /// The lone fence further down that would have closed it, had not a label broken it off.
    pub stray: Option<Span>,
}

/// A `key: value` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value; empty when there is none.
    pub value: String,
    /// Where the value stands, or the key when there is none.
    pub value_span: Span,
}

/// A labelled part, such as a pre-condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The label as written.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The whole part.
    pub whole: Span,
}

/// A line of [NODES]: `- name (kind): replaces other`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLine {
    /// The whole line.
    pub whole: Span,
    /// Its first word, unless the line is no node at all.
    pub name: Option<Word>,
    /// What stands in the parentheses.
    pub kind: Option<Word>,
    /// What stands behind the colon.
    pub action: Option<Word>,
    /// What stands behind the action.
    pub target: Option<Word>,
}

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, without blanks around it.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl SectionContent {
    /// A section that says nothing.
    fn blank(text: String) -> Self {
        let start = Span { start: 0, end: 0 };
        Self {
            text,
            heading: start,
            name: start,
            subject: None,
            body: 0,
            misspelt: false,
            is_empty: true,
            codes: Vec::new(),
            attributes: Vec::new(),
            labels: Vec::new(),
            nodes: Vec::new(),
            contracts: Vec::new(),
            items: Vec::new(),
            slips: Slips::default(),
        }
    }

    /// The text of a span.
    pub fn of(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The text below the heading, without blanks around it.
    pub fn body(&self) -> &str {
        self.text[self.body.min(self.text.len())..]
            .trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
    }
}

/// Whether the grammar reads over a character: zero width space, word joiner, byte order mark.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

impl SectionKind {
    /// Whether the fences of the section hold declarations.
    pub fn declares(self) -> bool {
        matches!(self, Self::Rely | Self::Guarantee | Self::Declarations)
    }
}

/// A section that has been read and not been entered into the database yet.
struct Lowered {
    kind: SectionKind,
    phase: Phase,
    subject: Option<String>,
    content: SectionContent,
    offset: usize,
}

/// The sections of a file, in the order of the text.
#[salsa::tracked]
pub fn lower<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<Section<'db>> {
    let sections = match source::kind(file.path(db)) {
        FileKind::Spec | FileKind::Patch => spec::sections(source::parse(db, file)),
        FileKind::Header => header::sections(file.text(db)),
        FileKind::Manifest | FileKind::Other => Vec::new(),
    };
    let mut keys: Vec<SectionKey> = Vec::with_capacity(sections.len());
    let enter = |lowered: Lowered| {
        let Lowered { kind, phase, subject, content, offset } = lowered;
        let like = |key: &&SectionKey| key.kind == kind && key.phase == phase && key.subject == subject;
        let ordinal = keys.iter().filter(like).count();
        let key = SectionKey { kind, phase, subject, ordinal };
        keys.push(key.clone());
        Section::new(db, file, key, Arc::new(content), offset)
    };
    sections.into_iter().map(enter).collect()
}

/// The section of a file with that key.
pub fn find<'db>(db: &'db dyn Db, file: SourceFile, key: &SectionKey) -> Option<Section<'db>> {
    lower(db, file).iter().copied().find(|section| section.key(db) == key)
}
