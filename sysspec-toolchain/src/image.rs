//! The image: all generated code and the border's glue as one shared object.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::border::Border;
use crate::compiler::{Compiler, CompilerError, Object, Unit};
use crate::csource::standard;
use crate::files::{self, FileError};
use crate::status::{self, State};
use crate::store::{self, Store, StoreError};
use crate::workers;
use crate::workspace::Workspace;

/// How an image is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// Optimised.
    Release,
    /// With the address and undefined-behaviour sanitizers.
    Address,
    /// With the thread sanitizer.
    Thread,
}

impl Flavour {
    /// The name that the command line uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Address => "address",
            Self::Thread => "thread",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["-O2", "-g", "-fPIC", "-fvisibility=hidden"],
            Self::Address => &[
                "-O1",
                "-g",
                "-fPIC",
                "-fvisibility=hidden",
                "-fno-omit-frame-pointer",
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=all",
            ],
            // Copies that the compiler expands in place are not watched for races.
            Self::Thread => &[
                "-O1",
                "-g",
                "-fPIC",
                "-fvisibility=hidden",
                "-fno-omit-frame-pointer",
                "-fno-builtin-memcpy",
                "-fno-builtin-memset",
                "-fsanitize=thread",
            ],
        }
    }

    fn link_flags(self) -> Vec<&'static str> {
        let mut flags = vec!["-shared", "-g", "-Wl,-Bsymbolic"];
        match self {
            Self::Release => {}
            Self::Address => flags.push("-fsanitize=address,undefined"),
            Self::Thread => flags.push("-fsanitize=thread"),
        }
        flags
    }
}

/// A built image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The shared object.
    pub path: PathBuf,
}

/// An image that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Some modules have no validated code.
    #[error("the image needs validated code of every module, and {} lack it:\n{}\nRun `sysspec generate` first.", .0.len(), listed(.0))]
    NotValidated(Vec<(String, State)>),
    /// The host's side wants functions that nobody guarantees.
    #[error("the image's table needs functions that no module of this workspace guarantees: {}", .0.join(", "))]
    NotGuaranteed(Vec<String>),
    /// The code does not compile or link.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

fn listed(modules: &[(String, State)]) -> String {
    let lines: Vec<_> =
        modules.iter().map(|(module, state)| format!("  {module}: {}", state.describe())).collect();
    lines.join("\n")
}

/// Builds the image of a workspace as the file `out`. A file that is there is replaced, never written into: a host may be running it.
pub fn build(ws: &Workspace, border: &Border, flavour: Flavour, out: &Path) -> Result<Image, BuildError> {
    let units = units(ws, border)?;
    let compiler = Compiler::open(&ws.root, &ws.model, border)?;
    let objects =
        workers::map(&units, workers::default_jobs(), |unit| compiler.object(unit, flavour.flags()));
    let objects: Vec<Arc<Object>> = objects.into_iter().collect::<Result<_, _>>()?;
    check_complete(&objects)?;
    let cached = cached(&compiler, flavour, &objects);
    if !cached.exists() {
        link(&compiler, flavour, &objects, &cached)?;
    }
    place(&cached, out)?;
    Ok(Image { path: out.to_owned() })
}

/// The glue last, and before it the code of every module.
fn units(ws: &Workspace, border: &Border) -> Result<Vec<Unit>, BuildError> {
    let store = Store::open(&ws.root)?;
    let (mut units, mut lacking) = (Vec::new(), Vec::new());
    for module in &ws.model.modules {
        let state = status::of(&store, &ws.model, module)?;
        match store.validated_code(module)?.filter(|_| state == State::Validated) {
            Some(code) => units.push(store::unit(module, code)),
            None => lacking.push((module.name.clone(), state)),
        }
    }
    if !lacking.is_empty() {
        return Err(BuildError::NotValidated(lacking));
    }
    units.push(Unit::new("image.c", border.glue.as_str()));
    Ok(units)
}

/// Refuses a table with entries that nobody fills: a shared object would link all the same, and fail when it is loaded.
fn check_complete(objects: &[Arc<Object>]) -> Result<(), BuildError> {
    let defined: BTreeSet<&String> = objects.iter().flat_map(|object| &object.defined).collect();
    let Some(glue) = objects.last() else { return Ok(()) };
    let open = glue.undefined.iter().filter(|name| !defined.contains(name) && !is_foreign(name));
    let open: Vec<String> = open.cloned().collect();
    if open.is_empty() { Ok(()) } else { Err(BuildError::NotGuaranteed(open)) }
}

/// Whether a symbol comes from the C library, the linker or a sanitizer.
fn is_foreign(name: &str) -> bool {
    name.starts_with('_') || standard::is_callable(name)
}

fn cached(compiler: &Compiler, flavour: Flavour, objects: &[Arc<Object>]) -> PathBuf {
    let names =
        objects.iter().map(|object| object.path.file_name().unwrap_or_default().to_str().unwrap_or_default());
    let key = files::digest([flavour.name()].into_iter().chain(names));
    compiler.build_folder().join("images").join(format!("{}.so", &key[..32]))
}

fn link(
    compiler: &Compiler,
    flavour: Flavour,
    objects: &[Arc<Object>],
    target: &Path,
) -> Result<(), BuildError> {
    let folder = target.parent().unwrap_or(compiler.build_folder());
    files::create_folder(folder)?;
    let failed = |source| FileError::new("write", target, source);
    let made =
        tempfile::Builder::new().prefix(".linking-").tempfile_in(folder).map_err(failed)?.into_temp_path();
    let paths: Vec<&Path> = objects.iter().map(|object| object.path.as_path()).collect();
    compiler.link(&paths, &flavour.link_flags(), &made)?;
    made.persist(target).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Puts the cached image where it is wanted, in one step.
fn place(cached: &Path, out: &Path) -> Result<(), FileError> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    files::create_folder(folder)?;
    let failed = |source| FileError::new("write", out, source);
    let copy =
        tempfile::Builder::new().prefix(".image-").tempfile_in(folder).map_err(failed)?.into_temp_path();
    fs::copy(cached, &copy).map_err(failed)?;
    copy.persist(out).map_err(|error| failed(error.error))
}
