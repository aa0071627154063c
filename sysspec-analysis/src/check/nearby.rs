//! What a name that does not exist may have been meant to be.

use crate::SymbolKind;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{Standing, closest_name, declaring, specs_called};
use crate::spelling::nearest;
use crate::symbols::{Role, Symbol, SymbolName, is_module, summary};
use crate::system;
use crate::workspace::layout;

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
    match place {
        Some(place) => finding.related(place, format!("`{name}` is declared here")),
        None => finding,
    }
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
