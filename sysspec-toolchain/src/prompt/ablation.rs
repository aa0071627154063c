//! Prompts that tell less than a specification does: the baselines and ablations of the evaluation of accuracy (paper, 6.1 and 6.3).

use std::sync::Arc;

use sysspec_analysis::{ModuleModel, Phase, WorkspaceModel};

use super::{PromptError, header_of, preface, push_definitions, relied_functions, within};
use crate::definitions;
use crate::gates::LINE_BUDGET;

/// Role and rules where a module is described in words, not specified.
const FEW_SHOT: &str = "\
You write one C source file of a larger program from a description. Tools check, compile and test the file; nobody \
edits it afterwards. Examples of the same program come first.

# Rules

1. Answer with the whole C file in one block that begins with a line ```c and ends with a line ```. Give no second block.
2. Include the program's header that is named with the file, and the C standard or POSIX headers that the code needs; \
nothing else. The header declares everything under \"Definitions\" and \"Functions that may be called\": declare and \
define none of it again.
3. Define exactly the functions that are listed, with the same signatures. What else the file needs for itself is `static`. \
Define no `main`.
4. Call only the functions under \"Functions that may be called\", those that this file defines, and C or POSIX functions, \
except those that start programs or end the process.
5. The file must compile with `{command}` without any message. Every warning is an error, and the static analyzer \
follows every path: free what an error path leaves behind, and use no pointer that may be NULL.
6. Write short functions with early returns. Indent with tabs. At most {lines} lines. No attributes, pragmas or inline assembly.

";

/// What a description says of threads.
const CALLED_BY_THREADS: &str = "Several threads call it at once.\n\n";

/// Said where a specification is shown without its interfaces.
const WITHOUT_INTERFACES: &str = "\
The sections on what the module relies on and what it guarantees are not part of this specification: infer the signature \
and the functions to call.

# The file

";

/// A module with its right code, shown to a model as an example.
#[derive(Debug, Clone)]
pub struct Example<'a> {
    /// The module.
    pub module: &'a ModuleModel,
    /// Its validated code.
    pub code: Arc<str>,
}

/// The prompt of few-shot learning: what the module is for in words, the declarations it may use, and examples. With `known`, the code of
/// the modules it relies on as well: the paper's *normal* and *oracle* baselines.
pub fn few_shot(
    model: &WorkspaceModel,
    module: &ModuleModel,
    examples: &[Example<'_>],
    known: &[Example<'_>],
    budget: usize,
) -> Result<String, PromptError> {
    let mut prompt =
        FEW_SHOT.replace("{command}", &super::command(model)).replace("{lines}", &LINE_BUDGET.to_string());
    for example in examples {
        prompt.push_str(&format!("# Example: `{}`\n\n", example.module.name));
        prompt.push_str(&described(example.module)?);
        prompt.push_str(&fenced(&example.code));
    }
    push_definitions(&mut prompt, &definitions::needed(model, module, Phase::Refine));
    push_declarations(&mut prompt, module);
    for part in known {
        prompt.push_str(&format!("# The code of `{}`\n\n{}", part.module.name, fenced(&part.code)));
    }
    prompt.push_str(&format!("# Your file: `{}`\n\n{}", module.name, described(module)?));
    within(prompt, module, budget)
}

/// The prompt of the functional specification alone: nothing of what the module relies on, and no signature.
pub fn functionality(
    model: &WorkspaceModel,
    module: &ModuleModel,
    budget: usize,
) -> Result<String, PromptError> {
    let mut prompt = preface(model);
    prompt.push_str(&format!(
        "# The specification of `{}`\n\n{}\n\n{}",
        module.name,
        without_interfaces(&module.functional).trim(),
        WITHOUT_INTERFACES
    ));
    prompt.push_str(&file(module)?);
    within(prompt, module, budget)
}

/// The sections of a functional specification but those that say how modules fit together.
fn without_interfaces(functional: &str) -> String {
    let mut kept = String::with_capacity(functional.len());
    let mut skipping = false;
    for line in functional.lines() {
        if line.starts_with('[') {
            skipping = line.starts_with("[RELY") || line.starts_with("[GUARANTEE");
        }
        if !skipping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// What a module is for, as its author would tell a colleague, and the functions that it is to define.
fn described(module: &ModuleModel) -> Result<String, PromptError> {
    let mut said = String::new();
    if let Some(intent) = &module.intent {
        said.push_str(&format!("{}\n\n", intent.trim()));
    }
    if module.refine.is_some() {
        said.push_str(CALLED_BY_THREADS);
    }
    let declarations: Vec<&str> =
        module.guarantees.iter().map(|guarantee| guarantee.declaration.trim()).collect();
    said.push_str(&format!("It defines:\n{}", fenced(&declarations.join("\n"))));
    said.push_str(&file(module)?);
    said.push('\n');
    Ok(said)
}

fn file(module: &ModuleModel) -> Result<String, PromptError> {
    let header = header_of(module)?;
    Ok(format!(
        "The file is `{}.c`. The one header of the program that it includes is `\"{header}\"`.\n",
        module.name
    ))
}

fn push_declarations(prompt: &mut String, module: &ModuleModel) {
    let functions = relied_functions(module, Phase::Refine);
    if functions.is_empty() {
        return;
    }
    let declared: Vec<String> = functions
        .iter()
        .map(|relied| {
            let comment =
                relied.comment.as_ref().map(|comment| format!("// {comment}\n")).unwrap_or_default();
            format!("{comment}{}", relied.declaration.trim())
        })
        .collect();
    prompt.push_str(&format!("# Functions that may be called\n\n{}", fenced(&declared.join("\n"))));
}

fn fenced(code: &str) -> String {
    format!("```c\n{}\n```\n\n", code.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_modules_rely_on_and_guarantee_is_left_out_and_nothing_else() {
        let functional = "[INTENT]\nAdd.\n\n[RELY]\n```c\nint put(void);\n```\n\n[GUARANTEE]\n```c\nint add(void);\n```\n\n\
                          [SPECIFICATION]\n- `result == 0`\n";
        assert_eq!(without_interfaces(functional), "[INTENT]\nAdd.\n\n[SPECIFICATION]\n- `result == 0`\n");
    }
}
