//! What a name that does not exist may have been meant to be.

use crate::SymbolKind;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::index;
use crate::source;
use crate::spelling::{closest, nearest};
use crate::symbols::{Role, SymbolName};
use crate::system;
use crate::workspace::layout;

/// From which length on a name is compared with those of the C library.
const LIBC_LENGTH_MIN: usize = 6;

/// A symbol that may have been meant.
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
    match place {
        Some(place) => finding.related(place, format!("`{name}` is declared here")),
        None => finding,
    }
}

/// What may have been meant: the function of a module whose file bears the name, else the nearest spelling
/// among what modules guarantee, headers declare and the C library has. `with_own`: whether the file's own
/// guarantees count.
pub fn meant(db: &dyn Db, file: SourceFile, missing: &SymbolName, with_own: bool) -> Option<Meant> {
    renamed(db, file, missing).or_else(|| nearest_symbol(db, file, missing, with_own))
}

/// A module of that name that guarantees a function of another name: the function was renamed, the file was not.
fn renamed(db: &dyn Db, file: SourceFile, missing: &SymbolName) -> Option<Meant> {
    let layout = layout(db);
    let tree = layout.tree(file.path(db));
    let mut namesakes = index(db).modules.iter().filter(|(module, _)| {
        let path = module.path(db);
        *module != file && source::stem(path) == missing.name && layout.tree(path) == tree
    });
    let (module, summary) = namesakes.next().filter(|_| !missing.tag)?;
    let mut guaranteed = summary.of_role(|role| role == Role::Guarantee);
    let symbol = &guaranteed.find(|entry| entry.kind == SymbolKind::Function)?.symbol;
    let place = Place::Name(*module, Role::Guarantee, symbol.clone());
    Some(Meant { name: symbol.name.clone(), place: Some(place) })
}

fn nearest_symbol(db: &dyn Db, file: SourceFile, missing: &SymbolName, with_own: bool) -> Option<Meant> {
    let index = index(db);
    let declared =
        [(&index.guarantors, Role::Guarantee), (&index.headers, Role::Header)].map(|(names, role)| {
            let like = names.iter().filter(|(symbol, files)| {
                symbol.tag == missing.tag && (with_own || files.as_slice() != [file])
            });
            let (distance, name) = closest(&missing.name, like.map(|(symbol, _)| symbol.name.as_str()))?;
            let symbol = SymbolName { tag: missing.tag, name: name.into() };
            let declaring = *names.get(&symbol)?.iter().find(|&&other| with_own || other != file)?;
            Some((distance, Meant { name: name.into(), place: Some(Place::Name(declaring, role, symbol)) }))
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
