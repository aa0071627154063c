//! The sixth gate: the code keeps its contract on every path, as far as that can be told without running it.

use sysspec_analysis::{Analysis, Cancellable, ModuleModel, Severity};

use super::{Gate, Passed, Rejection};
use crate::csource::Fault;
use crate::flow::{self, Finding};

/// Passes code in which no path is known to break the contract of the module or of a function that it calls. What is not
/// decided passes: the tests come after. In the sequential phase locks do not count.
pub fn check(
    analysis: &Analysis,
    module: &ModuleModel,
    code: &str,
    is_sequential: bool,
) -> Cancellable<Passed<()>> {
    let report = flow::check_module(analysis, &module.path, code, !is_sequential)?;
    let errors = report.findings.iter().filter(|finding| finding.code.severity() == Severity::Error);
    let faults: Vec<Fault> = errors.map(fault).collect();
    if faults.is_empty() {
        return Ok(Ok(()));
    }
    let allowed = "What each called function needs and leaves is told by its contract above; on every path through the \
                   code the module's own contract has to hold as well.";
    Ok(Err(Rejection::at(Gate::Contract, code, &faults, allowed)))
}

/// A finding, with the path that leads there and the clause that it breaks.
fn fault(finding: &Finding) -> Fault {
    let mut message = format!("{}: {}", finding.code, finding.message);
    if let Some(clause) = &finding.clause {
        message += &format!("\n  The contract of `{}` says: {}", clause.function, clause.text);
    }
    if !finding.path.is_empty() {
        message += "\n  The path that leads there:";
    }
    for step in &finding.path {
        message += &format!("\n    line {}: {}", step.line, step.text);
    }
    if let Some(help) = &finding.help {
        message += &format!("\n  To mend it: {help}.");
    }
    Fault { line: finding.line, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sysspec_analysis::Host;

    const SPEC: &str = "[RELY]\n```c\nvoid lock(struct box *box);\nvoid unlock(struct box *box);\n```\n\n\
        [GUARANTEE]\n```c\nint box_open(struct box *box);\n```\n\n[SPECIFICATION]\n**Pre-Condition**:\n- `box != NULL`\n\n\
        **Post-Condition**:\n- `result == 0 || result == -1`\n\n## Refine Prompt\n\n\
        [SPECIFICATION of lock]\n**Pre-Condition**:\n- `!locked(box)`\n\n**Post-Condition**:\n- `locked(box)`\n\n\
        [SPECIFICATION of unlock]\n**Pre-Condition**:\n- `locked(box)`\n\n**Post-Condition**:\n- `!locked(box)`\n\n\
        [SPECIFICATION of box_open]\n**Pre-Condition**:\n- No lock is owned.\n\n**Post-Condition**:\n- No lock is owned.\n";
    const LEFT: &str = "int box_open(struct box *box)\n{\n\tlock(box);\n\tif (box->shut)\n\t\treturn -1;\n\tunlock(box);\n\treturn 0;\n}\n";

    fn judge(code: &str, is_sequential: bool) -> Passed<()> {
        let mut host = Host::new();
        host.set_file("box_open.spec", Some(SPEC));
        let analysis = host.snapshot();
        let model = analysis.model().unwrap();
        check(&analysis, &model.modules[0], code, is_sequential).unwrap()
    }

    #[test]
    fn the_feedback_tells_the_path_and_the_clause() {
        let feedback = judge(LEFT, false).unwrap_err().feedback;
        assert!(
            feedback.starts_with("- line 5: `return -1;`\n  GEN001: the lock of `box` is held"),
            "{feedback}"
        );
        assert!(feedback.contains("The contract of `box_open` says: No lock is owned."), "{feedback}");
        assert!(feedback.contains("line 4: `box->shut` holds"), "{feedback}");
    }

    #[test]
    fn code_that_keeps_its_contract_passes() {
        let kept =
            LEFT.replace("\t\treturn -1;", "\t\tgoto out;").replace("\tunlock(box);", "out:\n\tunlock(box);");
        assert_eq!(judge(&kept, false), Ok(()));
    }

    #[test]
    fn locks_do_not_count_in_the_sequential_phase() {
        assert_eq!(judge(LEFT, true), Ok(()));
    }
}
