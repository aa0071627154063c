//! The C compiler: objects made once for equal contents, linking, and what went wrong in a readable form.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object::{Object as _, ObjectSymbol as _};
use sysspec_analysis::WorkspaceModel;

use crate::border::Border;
use crate::files::{self, FileError};
use crate::headers::{self, CHeaders, HeaderError};
use crate::process::{self, Finished};

/// How long one compilation may take; the static analyzer can be slow.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Why something could not be compiled at all, or did not compile.
#[derive(Debug, thiserror::Error)]
pub enum CompilerError {
    /// The compiler is not installed.
    #[error(
        "the C compiler `{0}` cannot be started: {1}; install it, or name another in sysspec.toml under [toolchain] compiler"
    )]
    Missing(String, io::Error),
    /// Source that should compile does not.
    #[error("{path} does not compile:\n{diagnostics}")]
    Source {
        /// The source.
        path: String,
        /// The compiler's words.
        diagnostics: String,
    },
    /// Objects that should link do not.
    #[error("{target} cannot be linked:\n{diagnostics}")]
    Link {
        /// What was to be made.
        target: String,
        /// The linker's words.
        diagnostics: String,
    },
    /// An object that cannot be read back.
    #[error("the object of {path} cannot be read: {message}")]
    Object {
        /// The source.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// The workspace's headers clash.
    #[error(transparent)]
    Headers(#[from] HeaderError),
    /// A file of the build could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A C file to compile.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The path that messages and debug information show, relative to the workspace.
    pub path: String,
    /// The text.
    pub text: Arc<str>,
    /// A folder of further headers, and a digest of what is in it.
    pub include: Option<(PathBuf, String)>,
}

impl Unit {
    /// A unit that sees the workspace's headers only.
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into(), include: None }
    }
}

/// A compiled unit.
#[derive(Debug)]
pub struct Object {
    /// The object file, in the cache.
    pub path: PathBuf,
    /// The external symbols that it defines.
    pub defined: BTreeSet<String>,
    /// The symbols that it needs from elsewhere.
    pub undefined: BTreeSet<String>,
}

/// A compiler with the headers of one workspace.
pub struct Compiler {
    command: String,
    flags: Vec<String>,
    identity: String,
    build: PathBuf,
    include: PathBuf,
    headers: CHeaders,
    objects: Mutex<HashMap<PathBuf, Arc<Object>>>,
}

impl Compiler {
    /// Prepares the compiler of the manifest for a workspace: its headers are written to the build folder.
    pub fn open(root: &Path, model: &WorkspaceModel, border: &Border) -> Result<Self, CompilerError> {
        let settings = &model.manifest.toolchain;
        let build = build_folder(root)?;
        let headers = headers::translate_all(model, border)?;
        let key = files::digest(headers.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]));
        let include = build.join("headers").join(&key[..16]);
        for (name, text) in &headers {
            let path = include.join(name);
            if !path.exists() {
                files::write_atomically(&path, text)?;
            }
        }
        Ok(Self {
            identity: identity(&settings.compiler)?,
            command: settings.compiler.clone(),
            flags: settings.flags.clone(),
            build,
            include,
            headers,
            objects: Mutex::default(),
        })
    }

    /// The folder for what can be made again.
    pub fn build_folder(&self) -> &Path {
        &self.build
    }

    /// A digest of the compiler and the flags that code is judged with.
    pub fn fingerprint(&self) -> String {
        let flags = self.flags.iter().map(String::as_str);
        files::digest([self.identity.as_str()].into_iter().chain(flags))
    }

    /// Compiles with every flag of the manifest and looks at nothing but the compiler's verdict: `Some` is what it
    /// complained about, or that it took too long.
    pub fn verdict(&self, unit: &Unit) -> Result<Option<String>, CompilerError> {
        let mut arguments = self.flags.clone();
        arguments.push("-O2".to_owned());
        let (_folder, finished, _object) = self.compile(unit, &arguments)?;
        Ok(match finished.status {
            Some(status) if status.success() => None,
            Some(_) => Some(finished.stderr),
            None => Some(format!("the compiler did not end within {} seconds", TIME_LIMIT.as_secs())),
        })
    }

    /// The object of `unit` compiled with `flags` and the dialect flags of the manifest, from the cache when it was
    /// made before.
    pub fn object(&self, unit: &Unit, flags: &[&str]) -> Result<Arc<Object>, CompilerError> {
        let arguments: Vec<String> =
            self.dialect().chain(flags.iter().map(|flag| (*flag).to_owned())).collect();
        let cached = self.build.join("objects").join(format!("{}.o", self.key(unit, &arguments)));
        if let Some(object) = self.objects.lock().unwrap_or_else(PoisonError::into_inner).get(&cached) {
            return Ok(object.clone());
        }
        if !cached.exists() {
            let (_folder, finished, made) = self.compile(unit, &arguments)?;
            if !finished.succeeded() {
                return Err(CompilerError::Source { path: unit.path.clone(), diagnostics: finished.stderr });
            }
            files::create_folder(&self.build.join("objects"))?;
            fs::rename(&made, &cached).map_err(|source| FileError::new("write", &cached, source))?;
        }
        let object = Arc::new(read_object(&unit.path, &cached)?);
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).insert(cached, object.clone());
        Ok(object)
    }

    /// Links objects into `target`.
    pub fn link(&self, objects: &[&Path], flags: &[&str], target: &Path) -> Result<(), CompilerError> {
        let mut command = Command::new(&self.command);
        command.env("LC_ALL", "C").args(objects).args(flags).arg("-o").arg(target).args(["-lpthread", "-lm"]);
        let finished = self.start(&mut command)?;
        if finished.succeeded() {
            return Ok(());
        }
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Err(CompilerError::Link { target: name, diagnostics: link_messages(&finished) })
    }

    /// The flags that choose the language and define macros; those for warnings and analysis are for the gate alone.
    fn dialect(&self) -> impl Iterator<Item = String> + '_ {
        self.flags.iter().filter(|flag| !flag.starts_with("-W") && *flag != "-fanalyzer").cloned()
    }

    fn compile(
        &self,
        unit: &Unit,
        arguments: &[String],
    ) -> Result<(tempfile::TempDir, Finished, PathBuf), CompilerError> {
        let work = self.build.join("work");
        files::create_folder(&work)?;
        let folder = tempfile::tempdir_in(&work).map_err(|source| FileError::new("create", &work, source))?;
        files::write_atomically(&folder.path().join(&unit.path), &unit.text)?;
        let object = folder.path().join("made.o");
        let mut command = Command::new(&self.command);
        command.current_dir(folder.path()).env("LC_ALL", "C").args(arguments);
        command
            .arg("-fdiagnostics-plain-output")
            .arg(format!("-ffile-prefix-map={}=.", folder.path().display()));
        command.arg(format!("-ffile-prefix-map={}=.", self.include.display()));
        command.arg("-I").arg(&self.include);
        if let Some((include, _)) = &unit.include {
            let name = include.file_name().unwrap_or_default().to_string_lossy();
            command.arg(format!("-ffile-prefix-map={}={name}", include.display())).arg("-I").arg(include);
        }
        command.arg("-c").arg(&unit.path).arg("-o").arg(&object);
        let mut finished = self.start(&mut command)?;
        finished.stderr = finished.stderr.replace(&format!("{}/", self.include.display()), "");
        if finished.status.is_none() {
            finished.stderr = format!("the compiler did not end within {} seconds", TIME_LIMIT.as_secs());
        }
        Ok((folder, finished, object))
    }

    fn start(&self, command: &mut Command) -> Result<Finished, CompilerError> {
        process::run(command, "", TIME_LIMIT)
            .map_err(|error| CompilerError::Missing(self.command.clone(), error))
    }

    fn key(&self, unit: &Unit, arguments: &[String]) -> String {
        let mut seen = BTreeSet::new();
        self.included(&unit.text, &mut seen);
        let headers = seen.iter().map(|name| self.headers[name].as_str());
        let include = unit.include.iter().map(|(_, digest)| digest.as_str());
        let fixed = [self.identity.as_str(), unit.path.as_str(), &unit.text];
        files::digest(
            fixed.into_iter().chain(include).chain(arguments.iter().map(String::as_str)).chain(headers),
        )
    }

    /// The workspace's headers that a text includes, directly or not.
    fn included(&self, text: &str, seen: &mut BTreeSet<String>) {
        for line in text.lines() {
            let Some(name) = line.trim().strip_prefix("#include \"").and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            if let Some(header) = self.headers.get(name)
                && seen.insert(name.to_owned())
            {
                self.included(header, seen);
            }
        }
    }
}

/// The folder for what can be made again: `build` in the workspace, or a folder of the user's cache when the workspace
/// cannot be written to.
pub fn build_folder(root: &Path) -> Result<PathBuf, FileError> {
    let own = root.join("build");
    match prepare(&own) {
        Ok(()) => Ok(own),
        Err(error) => {
            let Some(cache) = user_cache() else { return Err(FileError::new("create", &own, error)) };
            let folder = cache.join("sysspec").join(&files::digest([&*root.to_string_lossy()])[..16]);
            prepare(&folder).map_err(|source| FileError::new("create", &folder, source))?;
            Ok(folder)
        }
    }
}

fn prepare(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let ignore = folder.join(".gitignore");
    if ignore.exists() { Ok(()) } else { fs::write(ignore, "*\n") }
}

fn user_cache() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    given.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
}

/// What tells one compiler from another: objects of one must not be taken for those of the other.
fn identity(compiler: &str) -> Result<String, CompilerError> {
    let mut command = Command::new(compiler);
    command.arg("--version");
    let finished = process::run(&mut command, "", TIME_LIMIT)
        .map_err(|error| CompilerError::Missing(compiler.to_owned(), error))?;
    Ok(finished.stdout)
}

fn read_object(source: &str, path: &Path) -> Result<Object, CompilerError> {
    let bad = |message: String| CompilerError::Object { path: source.to_owned(), message };
    let bytes = fs::read(path).map_err(|error| bad(error.to_string()))?;
    let file = object::File::parse(&*bytes).map_err(|error| bad(error.to_string()))?;
    let (mut defined, mut undefined) = (BTreeSet::new(), BTreeSet::new());
    for symbol in file.symbols().filter(object::ObjectSymbol::is_global) {
        if let Ok(name) = symbol.name() {
            let set = if symbol.is_undefined() { &mut undefined } else { &mut defined };
            set.insert(name.to_owned());
        }
    }
    undefined.remove("");
    Ok(Object { path: path.to_owned(), defined, undefined })
}

/// The linker's messages without the folders of this machine.
fn link_messages(finished: &Finished) -> String {
    let lines = finished.stderr.lines().filter(|line| !line.starts_with("collect2"));
    let mut messages: Vec<String> = lines
        .map(|line| {
            line.split_whitespace()
                .map(|word| word.rsplit_once("/objects/").map_or(word, |(_, name)| name))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    messages.dedup();
    messages.truncate(20);
    messages.join("\n")
}
