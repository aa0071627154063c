//! Prompts: the same workspace always gives the same prompt, ordered from what is stable to what changes.

pub mod ablation;
mod review;
mod spec;
mod text;

pub use review::{Clause, Evaluation, evaluation, evaluation_again};
pub use spec::{draft, draft_again, finer};

use sysspec_analysis::{ModuleModel, Phase, Provider, Reliance, SymbolKind, WorkspaceModel};

use crate::definitions::{self, Definition};
use crate::gates::{Gate, LINE_BUDGET};
use crate::headers;
use crate::promise;
use crate::store::has_second_phase;

/// The estimated tokens that a prompt may have, unless options say otherwise.
pub const TOKEN_BUDGET: usize = 30_000;

/// A prompt that cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PromptError {
    /// The module is too large for one prompt.
    #[error(
        "the prompt of `{module}` has about {estimate} tokens, and {budget} are allowed: split the module, or let it rely on less"
    )]
    TooLong {
        /// The module.
        module: String,
        /// The estimate.
        estimate: usize,
        /// The limit.
        budget: usize,
    },
    /// There is no header that the code could include.
    #[error(
        "`{module}` has no layer header: write {layer}/{layer}.header, or name the header of the layer in sysspec.toml"
    )]
    NoHeader {
        /// The module.
        module: String,
        /// Its layer.
        layer: String,
    },
}

/// The estimated number of tokens of a text.
pub fn tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

/// The prompt of the first phase: the functional specification and what it relies on.
pub fn functional(
    model: &WorkspaceModel,
    module: &ModuleModel,
    budget: usize,
) -> Result<String, PromptError> {
    let header = header_of(module)?;
    let mut prompt = preface(model);
    push_definitions(&mut prompt, &definitions::needed(model, module, Phase::Functional));
    let functions = relied_functions(module, Phase::Functional);
    push_functions(&mut prompt, &functions, |relied| contract(model, relied));
    prompt.push_str(&format!("# The specification of `{}`\n\n{}\n\n", module.name, module.functional.trim()));
    if has_second_phase(module) {
        prompt.push_str(text::SEQUENTIAL);
    } else if let Some(refine) = &module.refine {
        prompt.push_str(&format!("{}{}\n\n", text::LOCKS_OF_CALLERS, refine.text.trim()));
    }
    prompt.push_str(&format!(
        "# The file\n\nWrite `{}.c`. The one header of the program that it includes is `\"{header}\"`.\n",
        module.name
    ));
    within(prompt, module, budget)
}

/// The prompt of the second phase: the accepted sequential code and the concurrency specification.
pub fn refine(
    model: &WorkspaceModel,
    module: &ModuleModel,
    code: &str,
    budget: usize,
) -> Result<String, PromptError> {
    let header = header_of(module)?;
    let refine = module.refine.as_ref().map_or("", |refine| &refine.text);
    let mut prompt = preface(model);
    push_definitions(&mut prompt, &definitions::needed(model, module, Phase::Refine));
    push_functions(&mut prompt, &relied_functions(module, Phase::Refine), |relied| {
        lock_contract(model, relied, refine)
    });
    prompt.push_str(&format!("{}```c\n{}\n```\n\n", text::SEQUENTIAL_CODE, code.trim_end()));
    prompt.push_str(&format!(
        "# The concurrency specification of `{}`\n\n{}\n\n",
        module.name,
        refine.trim()
    ));
    prompt.push_str(&format!(
        "{}\nThe file is `{}.c`, and its header is `\"{header}\"`.\n",
        text::ADD_LOCKING,
        module.name
    ));
    within(prompt, module, budget)
}

/// A prompt that asks again: the original, the last answer, and what the gate said.
pub fn retry(original: &str, attempt: u32, answer: &str, gate: Gate, feedback: &str) -> String {
    format!(
        "{original}\n# Your answer to attempt {attempt}\n\n{}\n\
         # Why it was not accepted\n\nAsked for is {}; the answer is not that.\n\n{feedback}\n\n{}",
        fenced(answer, ""),
        gate.demand(),
        text::AGAIN
    )
}

/// A text between fences that nothing in it can close: they are longer than any row of back-ticks in it.
pub fn fenced(text: &str, language: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(4));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

fn header_of(module: &ModuleModel) -> Result<String, PromptError> {
    let path = module.header.as_deref().and_then(|path| path.rsplit('/').next());
    match path {
        Some(file) => Ok(headers::file_name(file.trim_end_matches(".header"))),
        None => Err(PromptError::NoHeader { module: module.name.clone(), layer: module.layer.clone() }),
    }
}

fn within(prompt: String, module: &ModuleModel, budget: usize) -> Result<String, PromptError> {
    let estimate = tokens(&prompt);
    if estimate <= budget {
        Ok(prompt)
    } else {
        Err(PromptError::TooLong { module: module.name.clone(), estimate, budget })
    }
}

/// The part that all prompts of a workspace share.
fn preface(model: &WorkspaceModel) -> String {
    text::PREFACE.replace("{command}", &command(model)).replace("{lines}", &LINE_BUDGET.to_string())
}

/// How the compiler is called.
fn command(model: &WorkspaceModel) -> String {
    let settings = &model.manifest.toolchain;
    format!("{} {}", settings.compiler, settings.flags.join(" "))
}

fn push_definitions(prompt: &mut String, definitions: &[Definition]) {
    if definitions.is_empty() {
        return;
    }
    prompt.push_str("# Definitions\n\n");
    let mut rest = definitions;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|definition| definition.header == first.header).count();
        let mut texts: Vec<&str> = rest[..count].iter().map(|definition| definition.text.as_str()).collect();
        texts.dedup();
        prompt.push_str(&format!("From `{}`:\n```c\n{}\n```\n\n", first.header, texts.join("\n\n")));
        rest = &rest[count..];
    }
}

/// The functions relied on in the phases up to `phase`, each once.
fn relied_functions(module: &ModuleModel, phase: Phase) -> Vec<&Reliance> {
    let mut functions: Vec<&Reliance> = Vec::new();
    for relied in &module.relies {
        let wanted = relied.kind == SymbolKind::Function && relied.phase <= phase;
        if wanted && !functions.iter().any(|other| other.name == relied.name) {
            functions.push(relied);
        }
    }
    functions
}

fn push_functions(prompt: &mut String, functions: &[&Reliance], contract: impl Fn(&Reliance) -> String) {
    if functions.is_empty() {
        prompt.push_str(
            "# Functions that may be called\n\nNone of the program's own; C and POSIX functions may be.\n\n",
        );
        return;
    }
    prompt.push_str("# Functions that may be called\n\n");
    for relied in functions {
        prompt.push_str(&format!("## `{}`\n\n```c\n{}\n```\n\n", relied.name, relied.declaration.trim()));
        let contract = contract(relied);
        if !contract.is_empty() {
            prompt.push_str(&format!("{}\n\n", contract.trim()));
        }
    }
}

/// What the provider of a function promises, or the comment beside it where there is no provider's specification.
fn contract(model: &WorkspaceModel, relied: &Reliance) -> String {
    match provider(model, relied) {
        Some(module) => promise::of(&module.specification),
        None => relied.comment.clone().unwrap_or_default(),
    }
}

/// The lock contract of a function, unless the concurrency specification restates it; the whole contract of one that
/// the second phase brings.
fn lock_contract(model: &WorkspaceModel, relied: &Reliance, refine: &str) -> String {
    let restated = refine.contains(&format!("[SPECIFICATION of {}]", relied.name));
    let locks = match provider(model, relied).and_then(|module| module.lock_contract.as_ref()) {
        Some(_) if restated => "Its lock contract is part of the concurrency specification below.".to_owned(),
        Some(contract) => format!("Its lock contract:\n\n{}", promise::of(contract)),
        None if restated || relied.phase == Phase::Refine => String::new(),
        None => "It neither needs nor changes a lock.".to_owned(),
    };
    if relied.phase == Phase::Refine {
        format!("{}\n\n{locks}", contract(model, relied).trim())
    } else {
        locks
    }
}

fn provider<'a>(model: &'a WorkspaceModel, relied: &Reliance) -> Option<&'a ModuleModel> {
    match &relied.provider {
        Provider::Module(name) => model.module(name),
        _ => None,
    }
}
