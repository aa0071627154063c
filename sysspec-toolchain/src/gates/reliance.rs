//! The fourth gate: the code includes, calls and uses only what the module may, and stays within its budget of lines.

use sysspec_analysis::SymbolKind;

use super::{Gate, Passed, Rejection, Rules};
use crate::csource::{Fault, Reference, Source, standard};

/// Passes code that includes the layer's header and standard headers only, calls only what is relied on, itself and C
/// or POSIX, and uses only the objects and macros that its prompt shows.
pub fn check(source: &Source, rules: &Rules) -> Passed<()> {
    let lines = source.text().lines().count();
    if lines > rules.line_budget {
        return Err(Rejection::general(
            Gate::Reliance,
            format!(
                "The code has {lines} lines; at most {} are allowed. Make it simpler.",
                rules.line_budget
            ),
        ));
    }
    let mut faults = include_faults(source, rules);
    faults.extend(source.references().iter().filter_map(|reference| fault_of(reference, rules)));
    faults.dedup();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Rejection::at(Gate::Reliance, source.text(), &faults, &allowed(rules)))
    }
}

fn include_faults(source: &Source, rules: &Rules) -> Vec<Fault> {
    let includes = source.includes();
    let mut faults: Vec<Fault> = includes
        .iter()
        .filter(|include| {
            if include.system { !standard::is_header(&include.name) } else { include.name != rules.header }
        })
        .map(|include| Fault {
            line: include.line,
            message: format!("`{}` may not be included", include.name),
        })
        .collect();
    if !includes.iter().any(|include| !include.system && include.name == rules.header) {
        faults.push(Fault { line: 1, message: format!("`#include \"{}\"` is missing", rules.header) });
    }
    faults
}

fn fault_of(reference: &Reference, rules: &Rules) -> Option<Fault> {
    let name = reference.name.as_str();
    let message = if rules.functions.contains_key(name)
        || rules.callable.contains(name)
        || rules.usable.contains(name)
    {
        return None;
    } else if standard::is_lock_primitive(name) && !rules.lock_primitives {
        if rules.sequential {
            format!("`{name}` is a lock operation; this phase is sequential, locking comes in a later one")
        } else {
            format!(
                "`{name}` is a lock operation of the C library; lock by the functions that the module relies on"
            )
        }
    } else if let Some(kind) = rules.known.get(name) {
        match kind {
            SymbolKind::Struct | SymbolKind::Enum | SymbolKind::Typedef => return None,
            _ => format!(
                "the {} `{name}` is not among what this module relies on{}",
                kind.noun(),
                phase_of(rules)
            ),
        }
    } else if reference.called && !standard::is_callable(name) {
        format!(
            "`{name}` is neither relied on, nor defined here, nor a C or POSIX function that may be called"
        )
    } else {
        return None;
    };
    Some(Fault { line: reference.line, message })
}

fn phase_of(rules: &Rules) -> &'static str {
    if rules.sequential { " in this sequential phase" } else { "" }
}

fn allowed(rules: &Rules) -> String {
    let callable: Vec<_> = rules.callable.iter().map(|name| format!("`{name}`")).collect();
    let functions = if callable.is_empty() {
        "no function of the workspace".to_owned()
    } else {
        format!("the functions {}", callable.join(", "))
    };
    format!(
        "Allowed: `#include \"{}\"` and standard C or POSIX headers; {functions}; static functions of this file; C and POSIX \
         functions, except those that start programs or end the process.",
        rules.header
    )
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::super::rules::Guaranteed;
    use super::*;
    use crate::csource::signature;

    /// The rules of a module `shelf_find` that relies on `box_next`, `shelf_head` and `struct box`.
    pub fn rules() -> Rules {
        let declaration = "struct box *shelf_find(const char *label);";
        let wanted = Guaranteed { declaration: declaration.into(), signature: signature(declaration) };
        let known = [
            ("shelf_find", SymbolKind::Function),
            ("box_next", SymbolKind::Function),
            ("box_take", SymbolKind::Function),
            ("lock", SymbolKind::Function),
            ("shelf_head", SymbolKind::Object),
            ("shelf_tail", SymbolKind::Object),
            ("box", SymbolKind::Struct),
            ("LABEL_MAX", SymbolKind::Macro),
            ("SHELF_MAX", SymbolKind::Macro),
        ];
        Rules {
            module: "shelf_find".into(),
            functions: BTreeMap::from([("shelf_find".to_owned(), wanted)]),
            objects: BTreeMap::new(),
            header: "shelf.h".into(),
            callable: ["box_next".to_owned()].into(),
            usable: ["shelf_head".to_owned(), "LABEL_MAX".to_owned(), "box".to_owned()].into(),
            known: known.map(|(name, kind)| (name.to_owned(), kind)).into(),
            lock_primitives: false,
            sequential: true,
            line_budget: 500,
        }
    }

    fn judge(body: &str) -> Passed<()> {
        let code = format!(
            "#include \"shelf.h\"\n#include <string.h>\n\nstruct box *shelf_find(const char *label)\n{{\n{body}\treturn NULL;\n}}\n"
        );
        check(&Source::parse(&code), &rules())
    }

    fn feedback(body: &str) -> String {
        judge(body).unwrap_err().feedback
    }

    #[test]
    fn relied_functions_objects_macros_and_the_c_library_pass() {
        let body = "\tfor (struct box *box = shelf_head; box; box = box_next(box))\n\
                    \t\tif (strncmp(box->label, label, LABEL_MAX) == 0)\n\t\t\treturn box;\n\
                    \tif (!label)\n\t\treturn shelf_find(\"\");\n";
        assert_eq!(judge(body), Ok(()));
    }

    #[test]
    fn a_workspace_function_that_is_not_relied_on_is_refused_called_or_not() {
        let text = feedback("\tbox_take(NULL);\n");
        assert!(
            text.starts_with("- line 6: `box_take(NULL);`\n  the function `box_take` is not among"),
            "{text}"
        );
        assert!(text.contains("the functions `box_next`"), "{text}");
        assert!(feedback("\tvoid *p = box_take;\n\t(void)p;\n").contains("`box_take`"));
    }

    #[test]
    fn objects_and_macros_that_were_not_shown_are_refused() {
        assert!(feedback("\tif (shelf_tail)\n\t\treturn NULL;\n").contains("the object `shelf_tail`"));
        assert!(
            feedback("\tif (strlen(label) > SHELF_MAX)\n\t\treturn NULL;\n")
                .contains("the macro `SHELF_MAX`")
        );
    }

    #[test]
    fn unknown_functions_and_those_that_start_programs_are_refused() {
        assert!(feedback("\tmagic();\n").contains("`magic` is neither relied on"));
        assert!(feedback("\tsystem(label);\n").contains("`system` is neither relied on"));
    }

    #[test]
    fn the_sequential_phase_takes_no_lock_by_any_name() {
        assert!(feedback("\tlock(NULL);\n").contains("in this sequential phase"));
        assert!(feedback("\tpthread_mutex_lock(NULL);\n").contains("locking comes in a later one"));
    }

    #[test]
    fn a_member_or_a_variable_of_a_forbidden_name_is_no_use() {
        assert_eq!(judge("\tint lock = 1;\n\tlock += shelf_head->lock;\n\t(void)lock;\n"), Ok(()));
    }

    #[test]
    fn only_the_layer_header_and_standard_headers_are_included() {
        let text = "#include \"shelf.h\"\n#include \"common.h\"\n#include <linux/fs.h>\n";
        let found = check(&Source::parse(text), &rules()).unwrap_err().feedback;
        assert!(
            found.contains("`common.h` may not be included") && found.contains("`linux/fs.h` may not"),
            "{found}"
        );
        let none = check(&Source::parse("#include <string.h>\n"), &rules()).unwrap_err().feedback;
        assert!(none.contains("`#include \"shelf.h\"` is missing"), "{none}");
    }

    #[test]
    fn code_over_its_budget_of_lines_is_refused() {
        let found = judge(&"\t(void)label;\n".repeat(500)).unwrap_err().feedback;
        assert_eq!(found, "The code has 507 lines; at most 500 are allowed. Make it simpler.");
    }
}
