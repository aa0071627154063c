//! The last gate: the module's own C tests, linked with the code of all modules they need, under the sanitizers.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sysspec_analysis::{ModuleModel, Phase, SymbolKind, WorkspaceModel};

use crate::compiler::{Compiler, CompilerError, Object, Unit};
use crate::files::{self, FileError};
use crate::process::{self, Finished};
use crate::store;

/// How long one test program may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How long a test program that takes too long may take to tell where it is.
const GRACE: Duration = Duration::from_secs(5);

/// One way of building a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Build {
    /// The first phase of a two-phase module: address and undefined-behaviour sanitizers, locking replaced.
    Sequential,
    /// Address and undefined-behaviour sanitizers.
    Address,
    /// Thread sanitizer.
    Thread,
}

impl Build {
    /// What reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential, address and undefined-behaviour sanitizers",
            Self::Address => "address and undefined-behaviour sanitizers",
            Self::Thread => "thread sanitizer",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Sequential | Self::Address => &[
                "-g",
                "-O1",
                "-fno-omit-frame-pointer",
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=all",
            ],
            // Copies that the compiler expands in place are not watched for races.
            Self::Thread => &[
                "-g",
                "-O1",
                "-fno-omit-frame-pointer",
                "-fno-builtin-memcpy",
                "-fno-builtin-memset",
                "-fsanitize=thread",
            ],
        }
    }

    fn sanitizer_flag(self) -> &'static str {
        match self {
            Self::Sequential | Self::Address => "-fsanitize=address,undefined",
            Self::Thread => "-fsanitize=thread",
        }
    }
}

/// Why a test could not be run, through no fault of the code under test.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The compiler failed on something other than the code under test.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The workspace has tests, but none for this module.
    #[error("the module has no test: write {0}")]
    NoTest(String),
    /// The code of another module is missing.
    #[error("the test needs the code of {0}, which is not there yet")]
    MissingPart(String),
    /// The test program could not be started.
    #[error("the test program cannot be started: {0}")]
    Start(std::io::Error),
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFailure {
    /// What went wrong, for who mends the code.
    pub feedback: String,
    /// The words of the program's own report: functions and files that it names.
    pub words: BTreeSet<String>,
}

/// A module's test file.
#[derive(Debug, Clone)]
pub struct TestFile {
    unit: Unit,
    has_threads: bool,
}

/// Builds and runs module tests.
pub struct Bench {
    compiler: Arc<Compiler>,
    model: Arc<WorkspaceModel>,
    root: PathBuf,
    /// The folder of the tests and a digest of the files that tests share.
    support: Option<(PathBuf, String)>,
    sequential: Option<Unit>,
    provider: BTreeMap<String, String>,
    fixed_layout: AtomicBool,
}

impl Bench {
    /// A bench for the tests of a workspace.
    pub fn open(root: &Path, model: Arc<WorkspaceModel>, compiler: Arc<Compiler>) -> Result<Self, FileError> {
        let folder = root.join(&model.manifest.test.folder);
        let support = if folder.is_dir() { Some((folder.clone(), shared_digest(&folder)?)) } else { None };
        let sequential = match &model.manifest.test.sequential {
            Some(path) => Some(Unit::new(path.clone(), files::read(&root.join(path))?)),
            None => None,
        };
        let provider = model
            .modules
            .iter()
            .flat_map(|module| module.guarantees.iter().map(move |guarantee| (guarantee, module)))
            .filter(|(guarantee, _)| matches!(guarantee.kind, SymbolKind::Function | SymbolKind::Object))
            .map(|(guarantee, module)| (guarantee.name.clone(), module.name.clone()))
            .collect();
        let fixed_layout = AtomicBool::new(false);
        Ok(Self { compiler, model, root: root.to_owned(), support, sequential, provider, fixed_layout })
    }

    /// The test of a module; `None` when the workspace has no tests at all.
    pub fn test_of(&self, module: &ModuleModel) -> Result<Option<TestFile>, BenchError> {
        let Some((folder, digest)) = &self.support else { return Ok(None) };
        let path = format!("{}/{}/{}.c", self.model.manifest.test.folder, module.layer, module.name);
        let Some(text) = files::read_if_present(&self.root.join(&path))? else {
            return Err(BenchError::NoTest(path));
        };
        let has_threads = text.contains("pthread_create");
        let mut unit = Unit::new(path, text);
        unit.include = Some((folder.clone(), digest.clone()));
        Ok(Some(TestFile { unit, has_threads }))
    }

    /// The builds that code of `module` has to pass in `phase`.
    pub fn builds(&self, module: &ModuleModel, phase: Phase, test: &TestFile) -> Vec<Build> {
        let two_phases = store::has_second_phase(module);
        if two_phases && phase == Phase::Functional {
            vec![Build::Sequential]
        } else if two_phases || test.has_threads {
            vec![Build::Address, Build::Thread]
        } else {
            vec![Build::Address]
        }
    }

    /// A digest of all that judges code besides the code of other modules.
    pub fn fingerprint(&self, test: &TestFile) -> String {
        let support = test.unit.include.as_ref().map_or("", |(_, digest)| digest);
        let sequential = self.sequential.as_ref().map_or("", |unit| &unit.text);
        files::digest([&*test.unit.text, support, sequential, &self.compiler.fingerprint()])
    }

    /// The modules whose code is linked because `code` of `module` refers to them.
    pub fn needs_of_code(
        &self,
        module: &ModuleModel,
        code: &Arc<str>,
        build: Build,
    ) -> Result<BTreeSet<String>, CompilerError> {
        let object = self.compiler.object(&store::unit(module, code.clone()), build.flags())?;
        self.providers_of(&object, module, build)
    }

    /// The modules whose code is linked because the test of `module` refers to them.
    pub fn needs_of_test(
        &self,
        module: &ModuleModel,
        test: &TestFile,
        build: Build,
    ) -> Result<BTreeSet<String>, CompilerError> {
        let object = self.test_object(test, build)?;
        self.providers_of(&object, module, build)
    }

    fn providers_of(
        &self,
        object: &Object,
        module: &ModuleModel,
        build: Build,
    ) -> Result<BTreeSet<String>, CompilerError> {
        let replaced = self.replaced(build)?;
        let foreign = object.undefined.iter().filter(|symbol| !replaced.contains(*symbol));
        Ok(foreign
            .filter_map(|symbol| self.provider.get(symbol))
            .filter(|name| **name != module.name)
            .cloned()
            .collect())
    }

    /// The modules that the sequential world stands for.
    pub fn replaced_modules(&self) -> Result<BTreeSet<String>, CompilerError> {
        let replaced = self.replaced(Build::Sequential)?;
        Ok(replaced.iter().filter_map(|symbol| self.provider.get(symbol)).cloned().collect())
    }

    /// The symbols that the sequential world defines instead of modules.
    fn replaced(&self, build: Build) -> Result<BTreeSet<String>, CompilerError> {
        match (&self.sequential, build) {
            (Some(unit), Build::Sequential) => Ok(self.compiler.object(unit, build.flags())?.defined.clone()),
            _ => Ok(BTreeSet::new()),
        }
    }

    fn test_object(&self, test: &TestFile, build: Build) -> Result<Arc<Object>, CompilerError> {
        let mut flags = build.flags().to_vec();
        if build == Build::Sequential {
            flags.push("-DSEQUENTIAL=1");
        }
        self.compiler.object(&test.unit, &flags)
    }

    /// Runs the test of `module` against `code`, linked with those of `parts` that it needs.
    pub fn run(
        &self,
        module: &ModuleModel,
        code: &Arc<str>,
        test: &TestFile,
        build: Build,
        parts: &BTreeMap<String, Arc<str>>,
    ) -> Result<Result<(), TestFailure>, BenchError> {
        let objects = self.objects(module, code, test, build, parts)?;
        let folder = tempfile::tempdir_in(self.compiler.build_folder())
            .map_err(|source| FileError::new("create", self.compiler.build_folder(), source))?;
        let program = folder.path().join("test");
        let wraps = wrapped(&objects[0]);
        let mut flags = vec![build.sanitizer_flag()];
        flags.extend(wraps.iter().map(String::as_str));
        let paths: Vec<&Path> = objects.iter().map(|object| object.path.as_path()).collect();
        self.compiler.link(&paths, &flags, &program)?;
        let finished = self.start(&program, folder.path())?;
        if finished.succeeded() {
            return Ok(Ok(()));
        }
        Ok(Err(report::explain(&finished, build, &store::code_path(module), code, &test.unit)))
    }

    /// The test's object first, then the code's, then those of all modules that these need.
    fn objects(
        &self,
        module: &ModuleModel,
        code: &Arc<str>,
        test: &TestFile,
        build: Build,
        parts: &BTreeMap<String, Arc<str>>,
    ) -> Result<Vec<Arc<Object>>, BenchError> {
        let mut objects = vec![self.test_object(test, build)?];
        objects.push(self.compiler.object(&store::unit(module, code.clone()), build.flags())?);
        if let (Some(unit), Build::Sequential) = (&self.sequential, build) {
            objects.push(self.compiler.object(unit, build.flags())?);
        }
        let mut linked = BTreeSet::from([module.name.clone()]);
        let mut next = 0;
        while next < objects.len() {
            for name in self.providers_of(&objects[next], module, build)? {
                if !linked.insert(name.clone()) {
                    continue;
                }
                let part = parts.get(&name).zip(self.model.module(&name));
                let Some((text, provider)) = part else { return Err(BenchError::MissingPart(name)) };
                objects.push(self.compiler.object(&store::unit(provider, text.clone()), build.flags())?);
            }
            next += 1;
        }
        Ok(objects)
    }

    fn start(&self, program: &Path, folder: &Path) -> Result<Finished, BenchError> {
        let fixed = self.fixed_layout.load(Ordering::Relaxed);
        let finished = execute(program, folder, fixed).map_err(BenchError::Start)?;
        // Some kernels place programs where the thread sanitizer cannot shadow them.
        if !fixed && !finished.succeeded() && finished.stderr.contains("unexpected memory mapping") {
            self.fixed_layout.store(true, Ordering::Relaxed);
            return execute(program, folder, true).map_err(BenchError::Start);
        }
        Ok(finished)
    }
}

fn execute(program: &Path, folder: &Path, fixed_layout: bool) -> std::io::Result<Finished> {
    let mut command = if fixed_layout {
        let mut command = Command::new("setarch");
        command.arg("-R").arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir(folder)
        .env(
            "ASAN_OPTIONS",
            "detect_leaks=1:detect_stack_use_after_return=1:hard_rss_limit_mb=4096:handle_abort=1",
        )
        .env("UBSAN_OPTIONS", "print_stacktrace=1")
        .env("TSAN_OPTIONS", "detect_deadlocks=0:halt_on_error=1:handle_abort=1");
    process::run_with_last_words(&mut command, "", TIME_LIMIT, GRACE)
}

/// The linker flags for the functions that the test wraps, such as an allocator that fails on demand.
fn wrapped(test: &Object) -> Vec<String> {
    test.defined
        .iter()
        .filter_map(|name| name.strip_prefix("__wrap_"))
        .map(|name| format!("-Wl,--wrap={name}"))
        .collect()
}

/// A digest of the files that tests share: those that lie in the test folder itself, and headers anywhere below it.
fn shared_digest(folder: &Path) -> Result<String, FileError> {
    let mut texts = BTreeMap::new();
    collect_shared(folder, "", &mut texts)?;
    Ok(files::digest(texts.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()])))
}

fn collect_shared(
    folder: &Path,
    prefix: &str,
    texts: &mut BTreeMap<String, String>,
) -> Result<(), FileError> {
    let failed = |source| FileError::new("read", folder, source);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            collect_shared(&path, &format!("{name}/"), texts)?;
        } else if prefix.is_empty() || name.ends_with(".h") {
            let bytes = std::fs::read(&path).map_err(|source| FileError::new("read", &path, source))?;
            texts.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(())
}
