//! What a name that does not exist may have been meant to be.

use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::index;
use crate::spelling::nearest;
use crate::symbols::{Role, SymbolName, summary};

/// Adds the nearest spelling of `missing`, and where that symbol is declared, to a finding.
pub fn suggest(db: &dyn Db, file: SourceFile, missing: &SymbolName, finding: Finding) -> Finding {
    match nearest_symbol(db, file, missing) {
        Some((place, name)) => {
            let help = format!("did you mean `{name}`?");
            finding.help(help).related(place, format!("`{name}` is declared here"))
        }
        None => finding,
    }
}

/// The symbol of the base with the nearest spelling: of the file's own first, then what modules
/// guarantee, then what headers declare.
pub fn nearest_symbol(db: &dyn Db, file: SourceFile, missing: &SymbolName) -> Option<(Place, String)> {
    let own = summary(db, file)
        .entries
        .iter()
        .filter(|entry| entry.role == Role::Guarantee && entry.symbol.tag == missing.tag);
    if let Some(name) = nearest(&missing.name, own.map(|entry| entry.symbol.name.as_str())) {
        let symbol = SymbolName { tag: missing.tag, name: name.into() };
        return Some((Place::Name(file, Role::Guarantee, symbol), name.into()));
    }
    let index = index(db);
    for (names, role) in [(&index.guarantors, Role::Guarantee), (&index.headers, Role::Header)] {
        let like = names.keys().filter(|symbol| symbol.tag == missing.tag).map(|symbol| symbol.name.as_str());
        let Some(name) = nearest(&missing.name, like) else { continue };
        let symbol = SymbolName { tag: missing.tag, name: name.into() };
        let Some(&declaring) = names.get(&symbol).and_then(|files| files.first()) else { continue };
        return Some((Place::Name(declaring, role, symbol), name.into()));
    }
    None
}
