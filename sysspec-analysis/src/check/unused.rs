//! NAM of what a module relies on and never speaks of.
//!
//! Prose may use a function without naming it ("look the entry up"), so words that resemble its name or its comment
//! count as a use, and what is left is a hint.

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::{FxHashSet, FxHasher};

use crate::c::{Shape, Type};
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{Provider, provider};
use crate::lower::{Section, SectionKind, lower};
use crate::patch::patch_of;
use crate::prose::{identifiers, prose_lines};
use crate::span::Span;
use crate::symbols::{Declared, Symbol, code, is_module};
use crate::workspace::layout;
use crate::{Applicability, Code, Severity, SymbolKind};

use super::removal::removal;

/// How many words a module must say before its silence on a name means anything.
const WORDS_MIN: usize = 12;

/// The words of a section outside of its declarations, as written and as stems, sorted.
///
/// Kept as fingerprints, a tenth of the words' size: should two words ever share one, a hint is not given.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Vocabulary {
    names: Box<[u32]>,
    stems: Box<[u32]>,
}

/// The words of a section that is no [RELY].
#[salsa::tracked]
fn vocabulary<'db>(db: &'db dyn Db, section: Section<'db>) -> Arc<Vocabulary> {
    let words = section.content(db).text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words = words.filter(|word| word.starts_with(|c: char| !c.is_ascii_digit()));
    let mut names: FxHashSet<u32> = FxHashSet::default();
    let mut stems: Vec<u32> = Vec::new();
    for word in words {
        if names.insert(fingerprint(word)) {
            stems.extend(parts(word).iter().map(|stem| fingerprint(stem)));
        }
    }
    Arc::new(Vocabulary { names: sorted(names.into_iter()), stems: sorted(stems.into_iter()) })
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SaidLine {
    /// The stems of its words.
    stems: Box<[u32]>,
    /// Its words that are put together as names are, with the stems that they are made of.
    names: Box<[(u32, Box<[u32]>)]>,
}

/// The stems of every line of a section outside of its declarations. Asked for only where a name itself is not said.
#[salsa::tracked]
fn said_lines<'db>(db: &'db dyn Db, section: Section<'db>) -> Arc<Vec<SaidLine>> {
    let content = section.content(db);
    let line = |line: Span| {
        let text = content.text[line.range()].replace(['\'', '"'], " ");
        let words = identifiers(&text).into_iter().map(|(word, _)| word);
        let (names, words): (Vec<&str>, Vec<&str>) = words.partition(|word| word.contains('_'));
        let stems = |word: &str| parts(word).iter().map(|stem| fingerprint(stem)).collect::<Vec<_>>();
        SaidLine {
            stems: sorted(words.into_iter().flat_map(stems)),
            names: names.iter().map(|name| (fingerprint(name), sorted(stems(name).into_iter()))).collect(),
        }
    };
    Arc::new(prose_lines(content).into_iter().map(line).collect())
}

impl SaidLine {
    /// Whether the line says a word, apart from what stands in the names of these functions: a line that names one
    /// function speaks of that one, and not of others that are called like it.
    fn says(&self, stem: u32, functions: &FxHashSet<u32>) -> bool {
        self.stems.binary_search(&stem).is_ok()
            || self
                .names
                .iter()
                .any(|(name, stems)| !functions.contains(name) && stems.binary_search(&stem).is_ok())
    }
}

fn sorted(fingerprints: impl Iterator<Item = u32>) -> Box<[u32]> {
    let mut all: Vec<u32> = fingerprints.collect();
    all.sort_unstable();
    all.dedup();
    all.into_boxed_slice()
}

fn fingerprint(word: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    // The upper half is the better mixed one.
    (hasher.finish() >> 32) as u32
}

/// What a [RELY] declares and nothing in the module uses.
#[salsa::tracked]
pub fn check_unused<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let file = section.file(db);
    let is_looked_at = section.key(db).kind == SectionKind::Rely
        && layout(db).is_strict
        && is_module(db, file)
        && patch_of(db, file).is_none();
    if !is_looked_at {
        return Vec::new();
    }
    let uses = Uses::of(db, file);
    if uses.words < WORDS_MIN {
        return Vec::new();
    }
    let content = section.content(db);
    let declared = || code(db, section).declarations.iter().filter(|found| !found.broken);
    let is_unused_block = |found: &Declared| {
        // A group of macros or a type with its constants is restated as a whole.
        let block = content
            .codes
            .iter()
            .find(|block| block.whole.start <= found.span.start && found.span.end <= block.whole.end);
        let beside = declared().filter(|other| {
            other.span == found.span
                || (found.kind != SymbolKind::Function
                    && block.is_some_and(|block| {
                        block.whole.start <= other.span.start && other.span.end <= block.whole.end
                    }))
        });
        beside.into_iter().all(|other| !uses.uses(other))
    };
    // What nobody provides is told as that.
    let is_provided = |found: &Declared| {
        let provider = provider(db, file, Symbol::new(db, found.symbol.clone()));
        !matches!(provider, Provider::Nobody | Provider::PrototypeOnly(_))
            && !matches!(provider, Provider::Module(module) if module == file)
    };
    let unused =
        declared().filter(|found| !found.is_constant() && is_unused_block(found) && is_provided(found));
    unused.map(|found| finding(db, section, found)).collect()
}

fn finding(db: &dyn Db, section: Section<'_>, found: &Declared) -> Finding {
    let name = &found.symbol.name;
    let message = format!("nothing in this module speaks of `{name}`, which it relies on");
    let finding = Finding::new(Code::UNUSED_RELIANCE, Place::section(db, section, found.name_span), message)
        .severity(Severity::Hint)
        .help("remove it, or say in the specification what it is used for");
    let Some(whole) = removal(db, section, found) else { return finding };
    let restated = restated(db, section.file(db), found);
    let title = match restated.is_empty() {
        true => format!("remove `{name}` from [RELY]"),
        false => format!("remove `{name}` from [RELY], and what is restated of it"),
    };
    let mut edits = vec![(whole, String::new())];
    edits.extend(restated.into_iter().map(|place| (place, String::new())));
    finding.remedy(title, Applicability::Unsafe, edits)
}

/// The sections in which the module restates the contract of a function.
fn restated(db: &dyn Db, file: SourceFile, found: &Declared) -> Vec<Place> {
    let sections = lower(db, file).iter().filter(|section| is_restated(db, **section, &found.symbol.name));
    let whole =
        |section: &Section<'_>| Place::section(db, *section, Span::from(0..section.content(db).text.len()));
    sections.map(whole).collect()
}

fn is_restated(db: &dyn Db, section: Section<'_>, name: &str) -> bool {
    let key = section.key(db);
    key.kind == SectionKind::Specification
        && key.subject.as_deref().map(|subject| subject.trim_matches('`')) == Some(name)
}

/// All that a module says, apart from what it relies on.
struct Uses<'db> {
    db: &'db dyn Db,
    /// The sections that say something.
    sections: Vec<Section<'db>>,
    said: Vec<&'db Vocabulary>,
    relied: Vec<&'db Declared>,
    /// How many words its prose has.
    words: usize,
    /// The parts of names that belong to several functions, and tell none of them apart.
    common: FxHashSet<String>,
    /// The names of the functions that are declared.
    functions: FxHashSet<u32>,
    /// The stems of the names of what the module guarantees: what it is about itself.
    own: FxHashSet<u32>,
}

impl<'db> Uses<'db> {
    fn of(db: &'db dyn Db, file: SourceFile) -> Self {
        let mut uses = Uses {
            db,
            sections: Vec::new(),
            said: Vec::new(),
            relied: Vec::new(),
            words: 0,
            common: FxHashSet::default(),
            functions: FxHashSet::default(),
            own: FxHashSet::default(),
        };
        let mut seen = FxHashSet::default();
        for &section in lower(db, file) {
            let declared = &code(db, section).declarations;
            match section.key(db).kind {
                SectionKind::Rely => uses.relied.extend(declared),
                SectionKind::Module => {}
                kind => {
                    let said = vocabulary(db, section);
                    if kind == SectionKind::Guarantee {
                        uses.own.extend(declared.iter().flat_map(name_words));
                    }
                    uses.words += if kind == SectionKind::Guarantee { 0 } else { said.names.len() };
                    uses.said.push(said);
                    uses.sections.push(section);
                }
            }
            for found in declared {
                if found.kind == SymbolKind::Function {
                    uses.functions.insert(fingerprint(&found.symbol.name));
                }
                for part in parts(&found.symbol.name) {
                    if !seen.insert(part.clone()) {
                        uses.common.insert(part);
                    }
                }
            }
        }
        uses
    }

    fn uses(&self, found: &Declared) -> bool {
        match found.kind {
            SymbolKind::Function => self.names(&found.symbol.name) || self.paraphrases(found),
            _ => {
                self.names(&found.symbol.name)
                    || self.resembles(found)
                    || self.has_member(found)
                    || self.tells(found)
            }
        }
    }

    fn names(&self, name: &str) -> bool {
        let others = self.relied.iter().filter(|other| other.symbol.name != name);
        self.said_of_others(name).any(|(_, said)| contains(&said.names, name))
            || others.into_iter().any(|other| {
                let comment = other.comment.as_deref().unwrap_or_default();
                other.mentions.iter().any(|mention| mention == name)
                    || identifiers(comment).iter().any(|(word, _)| *word == name)
            })
    }

    /// What is said in the sections that do not just restate the contract of that function.
    fn said_of_others(&self, name: &str) -> impl Iterator<Item = (Section<'db>, &'db Vocabulary)> {
        let all = self.sections.iter().copied().zip(self.said.iter().copied());
        all.filter(move |(section, _)| !is_restated(self.db, *section, name))
    }

    /// Whether the prose has a word that only this name is made of.
    fn resembles(&self, found: &Declared) -> bool {
        let parts: Vec<String> =
            parts(&found.symbol.name).into_iter().filter(|part| !self.common.contains(part)).collect();
        parts.is_empty() || parts.iter().any(|part| self.is_said(part))
    }

    fn is_said(&self, stem: &str) -> bool {
        self.said.iter().any(|said| contains(&said.stems, stem))
    }

    /// Whether a line of the prose says all that a function's name is made of, or half of what its comment says, and
    /// speaks of no other function that the module relies on. Half a word of the name counts as a bit of the comment,
    /// since `dir_find` may be used to say that a `dir_has` holds.
    fn paraphrases(&self, found: &Declared) -> bool {
        let (name, comment) = (name_words(found), comment_words(found));
        let sections = self.said_of_others(&found.symbol.name).map(|(section, _)| section);
        let mut lines = sections.flat_map(|section| said_lines(self.db, section).iter());
        lines.any(|line| {
            let is_said = |word: &&u32| line.says(**word, &self.functions);
            let of_name = name.iter().filter(is_said).count();
            let of_comment = comment.iter().filter(is_said).count();
            let is_named = of_name == name.len() && (of_name > 1 || of_name == 1 && of_comment > 0);
            // A part of the name counts unless it is what the module itself is about. Half of many words is had by chance.
            let telling = name.iter().filter(|word| is_said(word) && !self.own.contains(word)).count();
            let is_about = of_comment > 1 || of_comment == 1 && telling > 0 && comment.len() < 3;
            let enough = comment.len() + usize::from(comment.len() > 3 && telling == 0 && name.len() > 1);
            let is_said_of_it = is_named || is_about && 2 * of_comment + telling.min(1) >= enough;
            is_said_of_it && !self.is_about_another(line, found, &name, &comment)
        })
    }

    /// Whether a line speaks of another function that the module relies on: it says all that it says of this one also of
    /// that one, and names that one, or says more of it.
    fn is_about_another(
        &self,
        line: &SaidLine,
        found: &Declared,
        name: &FxHashSet<u32>,
        comment: &FxHashSet<u32>,
    ) -> bool {
        let said: FxHashSet<u32> =
            name.union(comment).copied().filter(|word| line.says(*word, &self.functions)).collect();
        let functions = self
            .relied
            .iter()
            .filter(|other| other.kind == SymbolKind::Function && other.symbol.name != found.symbol.name);
        functions.into_iter().any(|other| {
            let theirs: FxHashSet<u32> = &name_words(other) | &comment_words(other);
            if !said.is_subset(&theirs) {
                return false;
            }
            let named = fingerprint(&other.symbol.name);
            let is_named = line.names.iter().any(|(name, _)| *name == named);
            let of_theirs = theirs.iter().filter(|word| line.says(**word, &self.functions)).count();
            is_named || of_theirs > said.len() + 1
        })
    }

    fn has_member(&self, found: &Declared) -> bool {
        let aggregate = match found.shape.as_ref() {
            Shape::Struct(aggregate) => aggregate,
            Shape::Typedef(Type::Anonymous(aggregate)) => aggregate,
            _ => return false,
        };
        let mut members = aggregate.members.iter().flatten();
        members.any(|member| self.said.iter().any(|said| contains(&said.names, &member.name)))
    }

    /// Whether two words of its comment, or half of them, are said by the prose as well.
    fn tells(&self, found: &Declared) -> bool {
        let Some(comment) = &found.comment else { return false };
        let words: FxHashSet<String> = identifiers(comment)
            .into_iter()
            .flat_map(|(word, _)| parts(word))
            .filter(|word| word.len() > 3)
            .collect();
        let said = words.iter().filter(|word| self.is_said(word)).count();
        said > 1 || (!words.is_empty() && 2 * said >= words.len())
    }
}

fn name_words(found: &Declared) -> FxHashSet<u32> {
    parts(&found.symbol.name).iter().map(|part| fingerprint(part)).collect()
}

/// The words of a function's comment that tell what it is about.
fn comment_words(found: &Declared) -> FxHashSet<u32> {
    let comment = identifiers(found.comment.as_deref().unwrap_or_default());
    let words = comment.into_iter().map(|(word, _)| word).filter(|word| is_telling(word));
    words.flat_map(parts).map(|part| fingerprint(&part)).collect()
}

/// Whether a word of a comment tells what a function is about.
fn is_telling(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "when", "there", "that", "this", "with", "from", "into", "which", "whose", "where", "what", "none",
        "null", "does", "must", "have", "been", "they", "them", "their", "only", "also", "each", "every",
        "than", "then", "returns", "return", "gives", "given", "error", "nothing", "changed", "another",
        "other", "caller", "before", "after", "again", "such",
    ];
    word.len() > 3 && !COMMON.contains(&word.to_ascii_lowercase().as_str())
}

fn contains(sorted: &[u32], name: &str) -> bool {
    sorted.binary_search(&fingerprint(name)).is_ok()
}

/// The parts of a name or word in lower case, without the endings of plurals and verbs.
fn parts(name: &str) -> Vec<String> {
    let parts = name.split('_').filter(|part| part.len() > 2);
    parts.map(|part| stem(&part.to_ascii_lowercase()).to_string()).collect()
}

fn stem(word: &str) -> &str {
    let ends = ["ing", "ed", "es", "s", "d"];
    ends.iter()
        .find_map(|end| word.strip_suffix(end).filter(|stem| stem.len() > 2))
        .unwrap_or(word)
        .trim_end_matches('e')
}
