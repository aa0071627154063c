//! Findings before their places are joined.

use std::ops::Range;
use std::sync::Arc;

use crate::db::{Db, SourceFile};
use crate::lower::{self, Section, SectionKey};
use crate::span::Span;
use crate::symbols::{Role, SymbolName, declaration};
use crate::{Applicability, Code, Diagnostic, Edit, Fix, Related, Severity};

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
    /// Edits that mend it, the likeliest first.
    pub fixes: Vec<Remedy>,
}

/// A fix before its places are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What it does, as an order.
    pub title: String,
    /// Whether it may be applied unseen.
    pub applicability: Applicability,
    /// What is replaced by what.
    pub edits: Vec<(Place, String)>,
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
    /// Behind the last character of a file.
    End(SourceFile),
    /// Bytes of a file; for files that have no sections.
    Bytes(SourceFile, Range<usize>),
}

impl Finding {
    /// A finding of the code's own severity.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            severity: code.severity(),
            place,
            message,
            related: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
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

    /// The same with a fix that replaces one place, and may be applied unseen.
    pub fn fix(self, title: impl Into<String>, place: Place, replacement: impl Into<String>) -> Self {
        self.remedy(title, Applicability::Safe, vec![(place, replacement.into())])
    }

    /// The same with a fix that is a guess or changes what the spec says.
    pub fn guess(self, title: impl Into<String>, place: Place, replacement: impl Into<String>) -> Self {
        self.remedy(title, Applicability::Unsafe, vec![(place, replacement.into())])
    }

    /// The same with a fix of several edits.
    pub fn remedy(
        mut self,
        title: impl Into<String>,
        applicability: Applicability,
        edits: Vec<(Place, String)>,
    ) -> Self {
        self.fixes.push(Remedy { title: title.into(), applicability, edits });
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
            fixes: self.fixes.iter().map(|remedy| remedy.resolve(db)).collect(),
        }
    }
}

impl Remedy {
    fn resolve(&self, db: &dyn Db) -> Fix {
        let edit = |(place, replacement): &(Place, String)| {
            let (path, range) = place.resolve(db);
            Edit { path, range, replacement: replacement.clone() }
        };
        let edits = self.edits.iter().map(edit).collect();
        Fix { title: self.title.clone(), applicability: self.applicability, edits }
    }
}

impl Place {
    /// A span of a section.
    pub fn section(db: &dyn Db, section: Section<'_>, span: Span) -> Self {
        Self::Section(section.file(db), section.key(db).clone(), span)
    }

    /// The file, and where in it.
    pub fn resolve(&self, db: &dyn Db) -> (Arc<str>, Range<usize>) {
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
            Self::End(file) => {
                let end = file.text(db).rope().len_bytes();
                (file.path(db).clone(), end..end)
            }
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
