//! The prompt of SpecEval: a specification clause by clause, and code to hold against it.

use sysspec_analysis::{ModuleModel, Phase, WorkspaceModel};

use super::{
    PromptError, contract, fenced, lock_contract, push_definitions, push_functions, relied_functions, text,
    within,
};
use crate::definitions;
use crate::store::has_second_phase;

/// One clause of a specification, by the name under which SpecEval speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its name, such as `C3`.
    pub name: String,
    /// Its words.
    pub text: String,
}

/// A prompt of SpecEval, and the clauses that its answer may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The prompt.
    pub prompt: String,
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// The prompt that asks whether `code` of `module` is what its specification asks for in `phase`.
pub fn evaluation(
    model: &WorkspaceModel,
    module: &ModuleModel,
    phase: Phase,
    code: &str,
    budget: usize,
) -> Result<Evaluation, PromptError> {
    let mut prompt = text::REVIEW.to_owned();
    push_definitions(&mut prompt, &definitions::needed(model, module, phase));
    let refine = module.refine.as_ref().map_or("", |refine| &refine.text);
    push_functions(&mut prompt, &relied_functions(module, phase), |relied| {
        let locks = if phase == Phase::Refine { lock_contract(model, relied, refine) } else { String::new() };
        let promised = format!("{}\n\n{locks}", contract(model, relied).trim());
        if promised.trim().is_empty() { String::new() } else { fenced(promised.trim(), "") }
    });
    let mut clauses = Vec::new();
    let functional = numbered(&module.functional, &mut clauses);
    prompt.push_str(&format!("# The specification of `{}`\n\n{}", module.name, fenced(&functional, "")));
    match phase {
        Phase::Functional if has_second_phase(module) => prompt.push_str(text::REVIEW_SEQUENTIAL),
        Phase::Functional => {}
        Phase::Refine => {
            let locks = numbered(refine, &mut clauses);
            prompt.push_str(&format!("\nIts concurrency specification:\n\n{}", fenced(&locks, "")));
        }
    }
    prompt.push_str(&format!(
        "\n# The code\n\n{}\n{}",
        fenced(&with_line_numbers(code), ""),
        text::REVIEW_TASK
    ));
    Ok(Evaluation { prompt: within(prompt, module, budget)?, clauses })
}

/// A prompt that asks SpecEval again, since its answer could not be used.
pub fn evaluation_again(original: &str, answer: &str, why: &str) -> String {
    let shown: String = answer.chars().take(text::ANSWER_SHOWN_CHARS).collect();
    format!(
        "{original}\n# Your last answer\n\n{}\n# Why it cannot be used\n\n{why}\n\n{}",
        fenced(&shown, ""),
        text::REVIEW_AGAIN
    )
}

/// The text of a section in which every clause has a name. A clause is a list item, a paragraph, or a line of its own below a bold label; what
/// a list item continues belongs to it.
fn numbered(section: &str, clauses: &mut Vec<Clause>) -> String {
    let (mut out, mut in_code, mut in_contract, mut is_open) = (String::new(), false, false, false);
    for line in section.trim().lines() {
        let words = line.trim();
        if words.starts_with("```") {
            in_code = !in_code;
        }
        let is_heading = words.starts_with('[') || words.starts_with('#');
        let is_label = words.starts_with("**") && words.trim_end_matches([':', ' ']).ends_with("**");
        if is_heading && !in_code {
            in_contract = words.to_ascii_uppercase().starts_with("[SPECIFICATION");
        }
        let is_said = in_contract && !in_code && !words.is_empty() && !is_heading && !is_label;
        let continues = is_open && line.starts_with([' ', '\t']) && !begins_item(words);
        match clauses.last_mut() {
            Some(clause) if is_said && continues => clause.text = format!("{} {words}", clause.text),
            _ if is_said => {
                let name = format!("C{}", clauses.len() + 1);
                out.push_str(&format!("{name} "));
                clauses.push(Clause { name, text: without_marker(words).to_owned() });
            }
            _ => {}
        }
        is_open = is_said;
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn without_marker(words: &str) -> &str {
    words.strip_prefix("- ").or(words.strip_prefix("* ")).map_or(words, str::trim_start)
}

fn begins_item(words: &str) -> bool {
    let digits = words.trim_start_matches(|c: char| c.is_ascii_digit());
    words.starts_with(['-', '*']) || digits.len() < words.len() && digits.starts_with(['.', ')'])
}

fn with_line_numbers(code: &str) -> String {
    code.lines().enumerate().map(|(index, line)| format!("{:>4}  {line}\n", index + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_are_the_items_of_contracts_and_nothing_else() {
        let section = "[RELY]\n- `f`\n\n[SPECIFICATION]\n**Pre-Condition**:\n- `p != NULL`\n\n**Post-Condition**:\n\
                       - **Case 1** `n == 0`:\n  `result == 0`\n- The rest\n  stays.\n\n**System Algorithm**:\n1. Look.\n";
        let mut clauses = Vec::new();
        let text = numbered(section, &mut clauses);
        let texts: Vec<_> =
            clauses.iter().map(|clause| (clause.name.as_str(), clause.text.as_str())).collect();
        assert_eq!(
            texts,
            [
                ("C1", "`p != NULL`"),
                ("C2", "**Case 1** `n == 0`: `result == 0`"),
                ("C3", "The rest stays."),
                ("C4", "1. Look."),
            ]
        );
        assert!(text.contains("\n**Pre-Condition**:\nC1 - `p != NULL`\n"), "{text}");
        assert!(text.starts_with("[RELY]\n- `f`\n"), "{text}");
    }
}
