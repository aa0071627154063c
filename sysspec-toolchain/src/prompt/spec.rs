//! The prompts of SpecFine: a specification from a draft, and a better one of a specification that has a flaw.

use sysspec_analysis::{Layer, ModuleModel, SymbolKind, WorkspaceModel};

use super::{PromptError, fenced, text, tokens};
use crate::assist::Draft;

/// The prompt that makes a specification from a draft.
pub fn draft(model: &WorkspaceModel, draft: &Draft, budget: usize) -> Result<String, PromptError> {
    let mut prompt = text::SPEC.to_owned();
    push_surroundings(&mut prompt, model, &draft.layer, &draft.module);
    prompt.push_str(&format!(
        "# The draft\n\nIt is {}:\n\n{}\n# The task\n\nSpecify the module `{}` of the layer `{}`. {}",
        draft.kind.name(),
        fenced(&draft.text, ""),
        draft.module,
        draft.layer,
        text::SPEC_ANSWER
    ));
    within(prompt, &draft.module, budget)
}

/// The prompt that asks for a better specification than `spec`, with what is wrong with it.
pub fn finer(
    model: &WorkspaceModel,
    module: Option<&ModuleModel>,
    path: &str,
    spec: &str,
    diagnosis: &str,
    keeps_guarantee: bool,
    budget: usize,
) -> Result<String, PromptError> {
    let name = module.map_or(path, |module| &module.name);
    let layer = module.map_or("", |module| &module.layer);
    let mut prompt = text::SPEC.to_owned();
    push_surroundings(&mut prompt, model, layer, name);
    let keeps = if keeps_guarantee { text::KEEP_GUARANTEE } else { "" };
    prompt.push_str(&format!(
        "# The specification\n\n{}\n# What is wrong with it\n\n{}\n# The task\n\nMend the specification of `{name}`. {}{keeps}{}",
        fenced(spec, ""),
        fenced(diagnosis, ""),
        text::SPEC_MEND,
        text::SPEC_ANSWER
    ));
    within(prompt, name, budget)
}

/// A prompt that asks again, since the answer was no specification of the module.
pub fn draft_again(original: &str, why: &str) -> String {
    format!("{original}\n# Your last answer was not taken\n\n{why}\n\n{}", text::SPEC_ANSWER)
}

/// What the module may rely on: the headers that its code sees, and the functions that modules guarantee.
fn push_surroundings(prompt: &mut String, model: &WorkspaceModel, layer: &str, own: &str) {
    let own_layer = model.manifest.layers.iter().find(|other| other.folder == layer);
    let is_below = |folder: &str| {
        folder == layer || own_layer.is_some_and(|own| own.relies_on.iter().any(|below| below == folder))
    };
    let of_layers: Vec<&Layer> =
        model.manifest.layers.iter().filter(|layer| is_below(&layer.folder)).collect();
    let is_seen = |path: &str| {
        of_layers.iter().any(|layer| layer.header == path)
            || model.manifest.shared_headers.iter().any(|header| header == path)
    };
    prompt.push_str("# Headers\n\nThese are there; what they declare may be used.\n\n");
    for header in model.headers.iter().filter(|header| is_seen(&header.path)) {
        prompt.push_str(&format!("`{}`:\n{}\n", header.path, fenced(&header.text, "c")));
    }
    prompt.push_str("# Guarantees of other modules\n\n");
    for module in model.modules.iter().filter(|module| is_below(&module.layer) && module.name != own) {
        let functions = module.guarantees.iter().filter(|found| found.kind == SymbolKind::Function);
        for function in functions {
            let intent = module.intent.as_deref().and_then(|text| text.split_terminator(". ").next());
            let said = intent.map_or(String::new(), |intent| {
                let words: Vec<&str> = intent.split_whitespace().collect();
                format!(": {}", words.join(" ").replace('`', "'"))
            });
            let declaration: Vec<&str> = function.declaration.split_whitespace().collect();
            prompt.push_str(&format!("- `{}`{said}\n", declaration.join(" ")));
        }
    }
    prompt.push('\n');
}

fn within(prompt: String, module: &str, budget: usize) -> Result<String, PromptError> {
    let estimate = tokens(&prompt);
    if estimate <= budget {
        Ok(prompt)
    } else {
        Err(PromptError::TooLong { module: module.to_owned(), estimate, budget })
    }
}
