//! What a name that does not exist may have been meant to be.

use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{Standing, closest_name, declaring, specs_called};
use crate::lower::{SectionContent, lower};
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Role, Symbol, SymbolName, is_module, summary};
use crate::system;
use crate::workspace::layout;
use crate::{Applicability, SymbolKind};

/// From which length on a name is compared with those of the C library.
const LIBC_LENGTH_MIN: usize = 6;

/// A symbol that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// How it is called.
    pub name: String,
    /// Where it is declared; names of the C library have no place.
    pub place: Option<Place>,
}

/// Adds what may have been meant by `missing`, and where that is declared, to a finding.
pub fn suggest(
    db: &dyn Db,
    file: SourceFile,
    missing: &SymbolName,
    finding: Finding,
    with_own: bool,
) -> Finding {
    let Some(Meant { name, place }) = meant(db, file, missing, with_own) else { return finding };
    let here = finding.place.clone();
    let finding = finding.help(format!("did you mean `{name}`?"));
    let finding = finding.guess(format!("write `{name}`"), here, name.clone());
    let finding = everywhere(db, file, missing, &name, finding);
    match place {
        Some(place) => finding.related(place, format!("`{name}` is declared here")),
        None => finding,
    }
}

/// Adds the fix that corrects a name wherever the file has it, when that is more than once.
fn everywhere(db: &dyn Db, file: SourceFile, missing: &SymbolName, name: &str, finding: Finding) -> Finding {
    let mut edits: Vec<(Place, String)> = Vec::new();
    for &section in lower(db, file) {
        let content = section.content(db);
        for span in words(&content.text, &missing.name).into_iter().filter(|span| is_name(content, *span)) {
            edits.push((Place::section(db, section, span), name.to_owned()));
        }
    }
    match edits.len() {
        0 | 1 => finding,
        count => {
            let title = format!("write `{name}` in all {count} places of this file");
            finding.remedy(title, Applicability::Unsafe, edits)
        }
    }
}

/// Whether a word stands where names do, and is not one of the prose: in C, in backticks, or in a heading.
fn is_name(content: &SectionContent, span: Span) -> bool {
    let is_in = |whole: Span| whole.start <= span.start && span.end <= whole.end;
    let line = content.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &content.text[line..span.start];
    let code = content.codes.iter().find(|block| is_in(block.code));
    let is_quoted = before.matches('`').count() % 2 == 1;
    code.map_or(is_quoted, |_| !before.contains("//")) || content.subject.is_some_and(is_in)
}

/// Where a word stands in a text, as a whole.
fn words(text: &str, word: &str) -> Vec<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |at: usize| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    };
    let found = text.match_indices(word).map(|(at, _)| at).filter(|at| !word.is_empty() && whole(*at));
    found.map(|start| Span { start, end: start + word.len() }).collect()
}

/// What may have been meant: the function of a module whose file bears the name, else the nearest spelling
/// among what modules guarantee, headers declare and the C library has. `with_own`: whether the file's own
/// guarantees count.
pub fn meant(db: &dyn Db, file: SourceFile, missing: &SymbolName, with_own: bool) -> Option<Meant> {
    renamed(db, file, missing)
        .or_else(|| nearest_symbol(db, file, Symbol::new(db, missing.clone()), with_own).clone())
}

/// A module of that name that guarantees a function of another name: the function was renamed, the file was not.
fn renamed(db: &dyn Db, file: SourceFile, missing: &SymbolName) -> Option<Meant> {
    if missing.tag {
        return None;
    }
    let layout = layout(db);
    let tree = layout.tree(file.path(db));
    let mut namesakes = specs_called(db, &missing.name)
        .iter()
        .filter(|&&spec| spec != file && layout.tree(spec.path(db)) == tree && is_module(db, spec));
    let module = *namesakes.next()?;
    let mut guaranteed = summary(db, module).of_role(|role| role == Role::Guarantee);
    let symbol = &guaranteed.find(|entry| entry.kind == SymbolKind::Function)?.symbol;
    let place = Place::Name(module, Role::Guarantee, symbol.clone());
    Some(Meant { name: symbol.name.clone(), place: Some(place) })
}

/// Asked for by every check that comes upon the name.
#[salsa::tracked]
fn nearest_symbol<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    missing: Symbol<'db>,
    with_own: bool,
) -> Option<Meant> {
    let missing = missing.name(db);
    let but = (!with_own).then_some(file);
    let roles = [(Standing::Guarantee, Role::Guarantee), (Standing::Header, Role::Header)];
    let declared = roles.map(|(standing, role)| {
        let (distance, symbol) = closest_name(db, missing, standing, but)?;
        let declaring = *declaring(db, symbol, standing).iter().find(|&&other| Some(other) != but)?;
        let symbol = symbol.name(db).clone();
        let name = symbol.name.clone();
        Some((distance, Meant { name, place: Some(Place::Name(declaring, role, symbol)) }))
    });
    // Of equally near names, one that a module guarantees goes first, and any of the workspace before libc.
    let declared =
        declared.into_iter().flatten().min_by_key(|(distance, _)| *distance).map(|(_, meant)| meant);
    declared.or_else(|| {
        // libc has so many short names that every short word is near one.
        let is_long = missing.name.len() >= LIBC_LENGTH_MIN;
        let name = nearest(&missing.name, system::names(missing.tag)).filter(|_| is_long)?;
        Some(Meant { name: name.into(), place: None })
    })
}
