//! Findings before their places are joined.

use std::ops::Range;
use std::sync::Arc;

use crate::db::{Db, SourceFile};
use crate::lower::{self, Section, SectionKey};
use crate::span::Span;
use crate::symbols::{Role, SymbolName, declaration};
use crate::{Code, Diagnostic, Related, Severity};

/// A finding whose places do not move when text around them does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// The other sides.
    pub related: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
}

/// A place that is turned into bytes at the last layer only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A span of a section.
    Section(SourceFile, SectionKey, Span),
    /// The name in a declaration, wherever its section has it.
    Name(SourceFile, Role, SymbolName),
    /// The first line of a file.
    FirstLine(SourceFile),
    /// Bytes of a file; for files that have no sections.
    Bytes(SourceFile, Range<usize>),
}

impl Finding {
    /// A finding of the code's own severity.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, severity: code.severity(), place, message, related: Vec::new(), help: None }
    }

    /// The same with another severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same with another side.
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push((place, message.into()));
        self
    }

    /// The same with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Joins the places.
    pub fn resolve(&self, db: &dyn Db) -> Diagnostic {
        let related = self.related.iter().map(|(place, message)| {
            let (path, range) = place.resolve(db);
            Related { path, range, message: message.clone() }
        });
        Diagnostic {
            code: self.code,
            severity: self.severity,
            range: self.place.resolve(db).1,
            message: self.message.clone(),
            related: related.collect(),
            help: self.help.clone(),
        }
    }
}

impl Place {
    /// A span of a section.
    pub fn section(db: &dyn Db, section: Section<'_>, span: Span) -> Self {
        Self::Section(section.file(db), section.key(db).clone(), span)
    }

    fn resolve(&self, db: &dyn Db) -> (Arc<str>, Range<usize>) {
        match self {
            Self::Section(file, key, span) => {
                let offset = lower::find(db, *file, key).map_or(0, |section| section.offset(db));
                (file.path(db).clone(), span.at(offset))
            }
            Self::Name(file, role, symbol) => {
                let found = declaration(db, *file, *role, symbol);
                let range = found.map_or(0..0, |(section, found)| found.name_span.at(section.offset(db)));
                (file.path(db).clone(), range)
            }
            Self::FirstLine(file) => (file.path(db).clone(), first_line(db, *file)),
            Self::Bytes(file, range) => (file.path(db).clone(), range.clone()),
        }
    }
}

/// The first line that is not blank, without its end.
fn first_line(db: &dyn Db, file: SourceFile) -> Range<usize> {
    let mut start = 0;
    for line in file.text(db).rope().lines() {
        let text = line.to_string();
        if !text.trim().is_empty() {
            return start..start + text.trim_end().len();
        }
        start += text.len();
    }
    0..0
}
