//! NAM, TYP and DAG002 of what a module relies on.

use crate::c::{Shape, Storage};
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{Provider, definition, dependents, provider};
use crate::lower::{Section, lower};
use crate::source;
use crate::span::Span;
use crate::symbols::{
    Declared, Export, Role, Symbol, SymbolName, code, declaration, export, is_bare_tag, is_module, role_of,
};
use crate::workspace::{layout, visible};
use crate::{Code, Phase, SymbolKind, patch, system};

use super::removal::removal;
use super::{agreement, nearby};

/// How many others a finding shows that stands for all of them.
const RELATED_MAX: usize = 40;

/// What is wrong with what a module relies on, declaration by declaration.
#[salsa::tracked]
pub fn check_reliances(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let mut out = Vec::new();
    for &section in lower(db, file) {
        if !matches!(role_of(section.key(db)), Some(Role::Rely(_))) {
            continue;
        }
        let mut unknown: Option<Span> = None;
        for declared in code(db, section).declarations.iter().filter(|declared| !declared.is_constant()) {
            let Some(finding) = check(db, file, section, declared) else { continue };
            // `typedef struct x {…} x;` declares two names, and is missing once.
            let is_repeated =
                finding.code == Code::UNGUARANTEED && unknown.replace(declared.span) == Some(declared.span);
            if !is_repeated {
                out.push(finding);
            }
        }
    }
    out
}

fn check(db: &dyn Db, file: SourceFile, section: Section<'_>, declared: &Declared) -> Option<Finding> {
    let here = Place::section(db, section, declared.name_span);
    let symbol = Symbol::new(db, declared.symbol.clone());
    match provider(db, file, symbol) {
        Provider::Module(module) if module == file => {
            // Types and macros may be restated wherever they are used; a delta of the published dialect may name
            // in [RELY] what it changes.
            let is_given = matches!(declared.kind, SymbolKind::Function | SymbolKind::Object);
            (is_given && !patch::is_in_dialect(db, file)).then(|| itself(db, file, section, declared))
        }
        // What lies in another workspace beside this one is not known to be what is meant.
        Provider::Module(module) if is_elsewhere(db, module, file) => None,
        Provider::Module(module) => {
            let reliance = Reliance { db, file, section, here, declared };
            reliance.against_layers(module).or_else(|| reliance.on(module, Role::Guarantee))
        }
        Provider::Header(header) => {
            let reliance = Reliance { db, file, section, here, declared };
            reliance.against_header_layers(header).or_else(|| reliance.on(header, Role::Header))
        }
        Provider::Restated(other, _) if other == file => None,
        Provider::Restated(other, role) => Reliance { db, file, section, here, declared }.on(other, role),
        Provider::External(header) => Reliance { db, file, section, here, declared }.on(header, Role::Header),
        Provider::System(_) => against_standard(db, file, section, declared),
        Provider::PrototypeOnly(_) | Provider::Nobody if !is_unguaranteed(db, file, section, declared) => {
            None
        }
        Provider::PrototypeOnly(header) => Some(unguaranteed(db, file, here, declared, Some(header))),
        Provider::Nobody => missing(db, file, here, declared),
    }
}

/// Whether nobody gives what a section relies on, as far as that is certain.
pub fn is_unguaranteed(db: &dyn Db, file: SourceFile, section: Section<'_>, declared: &Declared) -> bool {
    match provider(db, file, Symbol::new(db, declared.symbol.clone())) {
        Provider::PrototypeOnly(_) => !patch::is_in_dialect(db, file),
        Provider::Nobody => must_exist(db, file, section, declared),
        _ => false,
    }
}

/// Compares what is restated of libc with what the C standard or POSIX says of it.
pub fn against_standard(
    db: &dyn Db,
    file: SourceFile,
    section: Section<'_>,
    declared: &Declared,
) -> Option<Finding> {
    let here = Place::section(db, section, declared.name_span);
    let name = &declared.symbol.name;
    let standard = system::prototype(name).filter(|_| !declared.symbol.tag && !declared.broken)?;
    let found = agreement::compare(db, file, &declared.shape, &standard.shape, declared.kind)?;
    let message =
        format!("`{name}` is declared otherwise than <{}> does: {}", standard.header, found.difference);
    let finding = Finding::new(found.code, here, message).severity(found.severity);
    let whole = Place::section(db, section, declared.span);
    let title = format!("write what <{}> declares", standard.header);
    Some(finding.help(format!("the standard says `{}`", standard.text)).fix(title, whole, standard.text))
}

/// Where a file stands in the base, or would stand when the patch that it belongs to is laid over it.
pub fn place_in_base(db: &dyn Db, file: SourceFile) -> Option<&str> {
    match patch::patch_of(db, file) {
        Some(_) => patch::home(db, file).as_deref(),
        None => Some(file.path(db)),
    }
}

fn itself(db: &dyn Db, file: SourceFile, section: Section<'_>, declared: &Declared) -> Finding {
    let here = Place::section(db, section, declared.name_span);
    let name = &declared.symbol.name;
    let message = format!("the module relies on `{name}`, which it guarantees itself");
    let finding = Finding::new(Code::RELIES_ON_ITSELF, here, message)
        .related(
            Place::Name(file, Role::Guarantee, declared.symbol.clone()),
            format!("`{name}` is guaranteed here"),
        )
        .help(match source::stem(file.path(db)) == name {
            true => "remove it from [RELY]; a function may call itself without relying on itself",
            false => "remove it from [RELY], or guarantee it in another module",
        });
    match removal(db, section, declared) {
        Some(whole) => finding.fix(format!("remove `{name}` from [RELY]"), whole, ""),
        None => finding,
    }
}

/// Whether a module lies in another workspace beside that of a file.
fn is_elsewhere(db: &dyn Db, module: SourceFile, file: SourceFile) -> bool {
    let layout = layout(db);
    // What a patch sees has been chosen from its own base.
    patch::patch_of(db, file).is_none() && layout.tree(module.path(db)) != layout.tree(file.path(db))
}

/// Whether a symbol that nobody declares is certainly missing.
fn must_exist(db: &dyn Db, file: SourceFile, section: Section<'_>, declared: &Declared) -> bool {
    let is_in_dialect = patch::is_in_dialect(db, file);
    if layout(db).is_strict && !is_in_dialect {
        // A tag alone says only that there is such a type.
        return !is_bare_tag(&declared.shape);
    }
    // Without a manifest, types may be the module's own, and functions may come from C that is not here.
    let comes_from_elsewhere = match visible(db, file) {
        Some(visible) if visible.has_unknown => true,
        Some(_) if !is_in_dialect => false,
        Some(_) | None => names_an_origin(db, section),
    };
    let is_function = declared.kind == SymbolKind::Function;
    is_function
        && (!comes_from_elsewhere
            || nearby::meant(db, file, &declared.symbol, false).is_some_and(|meant| meant.place.is_some()))
}

/// Whether a [RELY] says that its declarations are those of some file, or exist already.
fn names_an_origin(db: &dyn Db, section: Section<'_>) -> bool {
    let content = section.content(db);
    let has_trailing_text = !content.text.lines().next().unwrap_or_default().trim_end().ends_with(']');
    has_trailing_text
        || !content.labels.is_empty()
        || content.text.contains(".h")
        || content.text.contains(".c\n")
}

fn unguaranteed(
    db: &dyn Db,
    file: SourceFile,
    here: Place,
    declared: &Declared,
    prototype: Option<SourceFile>,
) -> Finding {
    let name = &declared.symbol.name;
    let message = match declared.kind {
        SymbolKind::Function => format!("no module guarantees `{name}`"),
        kind => format!("no header declares the {} `{name}`", kind.noun()),
    };
    let finding = Finding::new(Code::UNGUARANTEED, here, message);
    let finding = nearby::suggest(db, file, &declared.symbol, finding, false);
    match prototype {
        Some(header) => finding.related(
            Place::Name(header, Role::Header, declared.symbol.clone()),
            "this header has its prototype, but no module guarantees it",
        ),
        None => finding,
    }
}

/// What is missing altogether is told once, at the first of those who rely on it.
fn missing(db: &dyn Db, file: SourceFile, here: Place, declared: &Declared) -> Option<Finding> {
    let finding = unguaranteed(db, file, here, declared, None);
    let is_renamed = declared.kind == SymbolKind::Function && !finding.fixes.is_empty();
    if is_renamed || !layout(db).is_strict || patch::patch_of(db, file).is_some() {
        // Each of them has to be mended.
        return Some(finding);
    }
    let symbol = Symbol::new(db, declared.symbol.clone());
    let mut users = dependents(db, symbol).iter().copied().filter(|&user| is_module(db, user));
    if users.next() != Some(file) {
        return None;
    }
    let name = &declared.symbol.name;
    Some(users.take(RELATED_MAX).fold(finding, |finding, user| {
        let roles = [Role::Rely(Phase::Functional), Role::Rely(Phase::Refine)];
        let role = roles.into_iter().find(|&role| declaration(db, user, role, &declared.symbol).is_some());
        match role {
            Some(role) => finding.related(
                Place::Name(user, role, declared.symbol.clone()),
                format!("`{name}` is relied on here, too"),
            ),
            None => finding,
        }
    }))
}

struct Reliance<'a> {
    db: &'a dyn Db,
    file: SourceFile,
    section: Section<'a>,
    here: Place,
    declared: &'a Declared,
}

impl Reliance<'_> {
    fn against_layers(&self, module: SourceFile) -> Option<Finding> {
        let (own, other) = (place_in_base(self.db, self.file)?, place_in_base(self.db, module)?);
        let layout = layout(self.db);
        if layout.may_rely(own, other) {
            return None;
        }
        let folder = |path| layout.layer(path).map_or("", |layer| layer.folder.as_str());
        let name = &self.declared.symbol.name;
        let message =
            format!("layer `{}` may not rely on layer `{}`, where `{name}` is", folder(own), folder(other));
        let there = Place::Name(module, Role::Guarantee, self.declared.symbol.clone());
        Some(
            Finding::new(Code::AGAINST_LAYERS, self.here.clone(), message)
                .related(there, format!("`{name}` is guaranteed here"))
                .help(format!(
                    "add \"{}\" to `relies_on` of the layer in sysspec.toml, or move one of the modules",
                    folder(other)
                )),
        )
    }

    fn against_header_layers(&self, header: SourceFile) -> Option<Finding> {
        let layout = layout(self.db);
        let (path, file) = (place_in_base(self.db, header)?, place_in_base(self.db, self.file)?);
        let is_free = layout.is_shared(path) || layout.layer_of_header(path).is_none();
        if is_free || layout.may_rely(file, path) {
            return None;
        }
        let folder = |path| layout.layer(path).map_or("", |layer| layer.folder.as_str());
        let name = &self.declared.symbol.name;
        let (own, other) = (folder(file), folder(path));
        let message =
            format!("layer `{own}` may not rely on layer `{other}`, whose header declares `{name}`");
        let there = Place::Name(header, Role::Header, self.declared.symbol.clone());
        Some(
            Finding::new(Code::AGAINST_LAYERS, self.here.clone(), message)
                .related(there, format!("`{name}` is declared here"))
                .help("declare it in a shared header, or in one of a layer that may be relied on"),
        )
    }

    /// Compares with what `provider` says of the symbol.
    fn on(&self, provider: SourceFile, role: Role) -> Option<Finding> {
        let symbol = Symbol::new(self.db, self.declared.symbol.clone());
        let there = export(self.db, provider, role, symbol).as_ref()?;
        if self.declared.broken || there.broken {
            return None;
        }
        if let Shape::Function(_, Storage::Static) = *there.shape {
            return Some(self.private(provider, role));
        }
        let Some(found) =
            agreement::compare(self.db, self.file, &self.declared.shape, &there.shape, self.declared.kind)
        else {
            return self.swapped(provider, role, there);
        };
        let SymbolName { tag, name } = &self.declared.symbol;
        let shown = if *tag { format!("{} {name}", self.declared.kind.noun()) } else { name.clone() };
        let place = Place::Name(provider, role, self.declared.symbol.clone());
        let path = provider.path(self.db);
        let authority = match role {
            Role::Guarantee => format!("`{path}` guarantees"),
            Role::Header => format!("`{path}` declares"),
            Role::Rely(_) => format!("`{path}`, of the same patch, declares"),
        };
        let message = format!("`{shown}` is relied on otherwise than {authority} it: {}", found.difference);
        let mut finding = Finding::new(found.code, self.here.clone(), message)
            .severity(found.severity)
            .related(place, format!("{authority} `{}`", there.text));
        // When the header is of another mind than the module, both are shown.
        if let Some(header) = definition(self.db, self.file, symbol).filter(|_| role == Role::Guarantee)
            && let Some(declared) = export(self.db, header, Role::Header, symbol)
        {
            let place = Place::Name(header, Role::Header, self.declared.symbol.clone());
            finding =
                finding.related(place, format!("`{}` declares `{}`", header.path(self.db), declared.text));
        }
        Some(self.replaced(finding, provider, there))
    }

    /// C does not compare the names of parameters, but contracts speak of them.
    fn swapped(&self, provider: SourceFile, role: Role, there: &Export) -> Option<Finding> {
        let (Shape::Function(mine, _), Shape::Function(theirs, _)) =
            (self.declared.shape.as_ref(), there.shape.as_ref())
        else {
            return None;
        };
        let (first, second) = mine.swapped_names(theirs)?;
        let name = &self.declared.symbol.name;
        let path = provider.path(self.db);
        let message = format!(
            "the parameters `{first}` and `{second}` of `{name}` have changed places: `{path}` has `{second}` first"
        );
        let place = Place::Name(provider, role, self.declared.symbol.clone());
        let finding = Finding::new(Code::SWAPPED_PARAMETERS, self.here.clone(), message)
            .related(place, format!("`{path}` has `{}`", there.text));
        Some(self.replaced(finding, provider, there))
    }

    /// Adds the fix that restates what the provider says.
    fn replaced(&self, finding: Finding, provider: SourceFile, there: &Export) -> Finding {
        let declared = code(self.db, self.section).declarations.iter();
        let sharing = declared.filter(|other| other.span == self.declared.span && !other.is_constant());
        if sharing.count() > 1 || !there.text.ends_with(';') && self.declared.kind != SymbolKind::Macro {
            return finding;
        }
        let text = match self.declared.kind {
            SymbolKind::Struct => {
                there.text.replace("{ ", "{\n\t").replace("; ", ";\n\t").replace("\n\t}", "\n}")
            }
            _ => there.text.clone(),
        };
        let whole = Place::section(self.db, self.section, self.declared.span);
        finding.guess(format!("write what `{}` says", provider.path(self.db)), whole, text)
    }

    fn private(&self, provider: SourceFile, role: Role) -> Finding {
        let name = &self.declared.symbol.name;
        let message = format!(
            "`{name}` is `static` in `{}`: it cannot be called from another file",
            provider.path(self.db)
        );
        let place = Place::Name(provider, role, self.declared.symbol.clone());
        Finding::new(Code::STATIC_GUARANTEE, self.here.clone(), message)
            .related(place, format!("`{name}` is declared here"))
            .help("drop `static` there, or do not rely on it")
    }
}
