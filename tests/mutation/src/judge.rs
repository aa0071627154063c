//! What catches a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sysspec_analysis::obligation::{Kind as Owed, Outcome};
use sysspec_analysis::{Analysis, Code, Host, ModuleModel, Severity, WorkspaceModel};
use sysspec_toolchain::compiler::Compiler;
use sysspec_toolchain::{Border, flow, gates, store, workspace};

use crate::{Mutant, Subject};

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// `sysspec check` found it, by that rule.
    Check(Code),
    /// The code was held against the contracts, by that rule.
    Flow(Code),
    /// The compiler or its analyzer refused it.
    Compile,
    /// It says what was said before: both contracts imply each other.
    Same,
    /// Nothing found it.
    Survived,
}

/// A workspace in which nothing is wrong, and what holds it against mistakes.
pub struct Bench {
    texts: Vec<(String, String)>,
    codes: Vec<(String, String)>,
    model: Arc<WorkspaceModel>,
    compiler: Compiler,
    /// What the code gate leaves undecided of code that is right.
    known: BTreeMap<String, BTreeSet<Code>>,
}

impl Bench {
    /// Reads a workspace, and makes sure that nothing is wrong with it before.
    pub fn open(root: &Path) -> Result<Bench> {
        let texts = workspace::read(root)?;
        let host = host(&texts);
        let analysis = decided(&host)?;
        let wrong = told(&analysis)?;
        ensure!(wrong.is_empty(), "the specifications have findings before anything is mistaken: {wrong:?}");
        let model = analysis.model()?;
        let mut codes = Vec::new();
        for module in &model.modules {
            let path = store::code_path(module);
            let text = fs::read_to_string(root.join(&path)).with_context(|| format!("no code at {path}"))?;
            codes.push((path, text));
        }
        let border = Border::new("specfs_image.h", specfs_runtime::IMAGE_HEADER, specfs_runtime::IMAGE_GLUE);
        let compiler = Compiler::open(&root.canonicalize()?, &model, &border)?;
        let mut bench = Bench { texts, codes, model, compiler, known: BTreeMap::new() };
        for (module, (path, text)) in bench.model.modules.iter().zip(&bench.codes) {
            let found = flow::check_module(&analysis, &module.path, text, true)?.findings;
            let wrong: Vec<_> = found.iter().filter(|found| found.code != Code::CODE_NOT_DECIDED).collect();
            ensure!(wrong.is_empty(), "{path} has findings before anything is mistaken: {wrong:?}");
            bench.known.insert(path.clone(), found.iter().map(|found| found.code).collect());
        }
        Ok(bench)
    }

    /// The specifications and headers.
    pub fn specs(&self) -> &[(String, String)] {
        &self.texts
    }

    /// The code.
    pub fn code(&self) -> &[(String, String)] {
        &self.codes
    }

    /// Judges every mutant, in their order.
    pub fn judge(&self, mutants: Vec<Mutant>) -> Result<Vec<(Mutant, Judged)>> {
        let (number, done) = (mutants.len(), AtomicUsize::new(0));
        let hosts = thread_hosts(&self.texts);
        let one = |mutant: Mutant| {
            let judged = hosts.with(|host| match mutant.kind.subject {
                Subject::Spec => self.of_spec(host, &mutant),
                Subject::LockOrLifetime | Subject::Logic => self.of_code(host, &mutant),
            })?;
            let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
            if so_far.is_multiple_of(100) {
                eprintln!("{so_far} of {number}");
            }
            Ok((mutant, judged))
        };
        mutants.into_par_iter().map(one).collect()
    }

    fn of_spec(&self, host: &mut Host, mutant: &Mutant) -> Result<Judged> {
        host.set_file(&mutant.path, Some(&mutant.text));
        let judged = self.of_changed_spec(&decided(host)?, mutant);
        let (_, before) = self.texts.iter().find(|(path, _)| *path == mutant.path).context("no such file")?;
        host.set_file(&mutant.path, Some(before));
        match judged? {
            // Algorithms are no part of what is compared.
            Judged::Survived if !mutant.is_of_algorithm() && self.says_the_same(host, mutant)? => {
                Ok(Judged::Same)
            }
            judged => Ok(judged),
        }
    }

    fn of_changed_spec(&self, analysis: &Analysis, mutant: &Mutant) -> Result<Judged> {
        if let Some(code) = told(analysis)?.into_iter().next() {
            return Ok(Judged::Check(code));
        }
        // The code that fitted the specification is held against what it says now, and so is that of its callers.
        let model = analysis.model()?;
        let Some(mistaken) = model.modules.iter().find(|module| module.path == mutant.path) else {
            return Ok(Judged::Survived);
        };
        let relies = |module: &&ModuleModel| {
            module.depends_on.contains(&mistaken.name) || module.path == mistaken.path
        };
        for module in model.modules.iter().filter(relies) {
            if let Some(code) = self.flow(analysis, module, None)? {
                return Ok(Judged::Flow(code));
            }
        }
        Ok(Judged::Survived)
    }

    /// Whether the mistaken module could take the place of the right one as the root of a patch, with every clause
    /// decided: both contracts imply each other.
    fn says_the_same(&self, host: &mut Host, mutant: &Mutant) -> Result<bool> {
        let module = self.model.modules.iter().find(|module| module.path == mutant.path);
        let Some(module) = module else { return Ok(false) };
        let node = format!("patches/mutant/{}", mutant.path);
        let nodes = format!(
            "[PATCH]\nintent: Nothing changes.\n\n[NODES]\n- {} (root): replaces {}\n",
            module.name, module.name
        );
        host.set_file("patches/mutant/mutant.patch", Some(&nodes));
        host.set_file(&node, Some(&mutant.text));
        let proofs = decided(host)?.proofs(&node)?;
        host.set_file(&node, None);
        host.set_file("patches/mutant/mutant.patch", None);
        let mut roots =
            proofs.iter().filter(|proof| matches!(proof.obligation.kind, Owed::RootPre | Owed::RootPost));
        let is_same =
            |outcome: &Option<Outcome>| matches!(outcome, Some(Outcome::Proved(_) | Outcome::Textual));
        let has_roots = roots.clone().next().is_some();
        Ok(has_roots && roots.all(|proof| is_same(&proof.outcome)))
    }

    fn of_code(&self, host: &Host, mutant: &Mutant) -> Result<Judged> {
        let at = self.codes.iter().position(|(path, _)| *path == mutant.path).context("no such code")?;
        let module = &self.model.modules[at];
        if let Some(code) = self.flow(&host.snapshot(), module, Some(&mutant.text))? {
            return Ok(Judged::Flow(code));
        }
        let unit = store::unit(module, mutant.text.as_str());
        Ok(match gates::compiles::check(&self.compiler, &unit)? {
            Ok(()) => Judged::Survived,
            Err(_) => Judged::Compile,
        })
    }

    /// The first thing that the code gate finds in code; as it is, or with a mistake in it.
    fn flow(&self, analysis: &Analysis, module: &ModuleModel, text: Option<&str>) -> Result<Option<Code>> {
        let path = store::code_path(module);
        let code = self.codes.iter().find(|(known, _)| *known == path);
        let Some(text) = text.or(code.map(|(_, text)| text.as_str())) else { return Ok(None) };
        let found = flow::check_module(analysis, &module.path, text, true)?.findings;
        let known = self.known.get(&path);
        let is_news = |code: &Code| known.is_none_or(|known| !known.contains(code));
        // That something is not decided any more is not a mistake found.
        let mut codes = found.iter().map(|found| found.code).filter(is_news);
        Ok(codes.find(|code| *code != Code::CODE_NOT_DECIDED))
    }
}

/// A host for each thread, with all files.
fn thread_hosts(texts: &[(String, String)]) -> Hosts {
    let hosts = (0..rayon::current_num_threads()).map(|_| host(texts));
    Hosts(std::sync::Mutex::new(hosts.collect()))
}

struct Hosts(std::sync::Mutex<Vec<Host>>);

impl Hosts {
    /// Lends a host, which comes back as it was.
    fn with<T>(&self, work: impl FnOnce(&mut Host) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut host = lock().pop().unwrap_or_default();
        let done = work(&mut host);
        lock().push(host);
        done
    }
}

fn host(texts: &[(String, String)]) -> Host {
    let mut host = Host::new();
    for (path, text) in texts {
        host.set_file(path, Some(text));
    }
    host
}

fn decided(host: &Host) -> Result<Analysis> {
    let analysis = host.snapshot();
    analysis.prepare()?;
    sysspec_solver::answer(&analysis, &analysis.files()?, sysspec_solver::LIMIT)?;
    Ok(analysis)
}

/// The rules that speak, errors before warnings; hints are no objection.
fn told(analysis: &Analysis) -> Result<Vec<Code>> {
    let all = analysis.all_diagnostics()?;
    let mut found: Vec<_> = all.into_iter().flat_map(|(_, found)| found).collect();
    found.retain(|found| found.severity != Severity::Hint);
    found.sort_by_key(|found| found.severity != Severity::Error);
    Ok(found.into_iter().map(|found| found.code).collect())
}
