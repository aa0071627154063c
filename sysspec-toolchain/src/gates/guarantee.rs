//! The third gate: the code defines exactly what the module guarantees.

use std::collections::BTreeMap;

use sysspec_analysis::SymbolKind;

use super::rules::Guaranteed;
use super::{Gate, Passed, Rejection, Rules};
use crate::csource::{Fault, Item, ItemKind, Source, standard};

/// Passes code whose external definitions are the guaranteed ones, with their signatures, and that redefines nothing
/// it was given.
pub fn check(source: &Source, rules: &Rules) -> Passed<()> {
    let items = source.items();
    let mut faults: Vec<Fault> = items.iter().filter_map(|item| fault_of(item, rules)).collect();
    faults.extend(repeated(&items));
    let missing = missing(&items, rules);
    if faults.is_empty() && missing.is_empty() {
        return Ok(());
    }
    let mut rejection = Rejection::at(Gate::Guarantee, source.text(), &faults, &allowed(rules));
    if !missing.is_empty() {
        rejection.feedback.insert_str(0, &format!("{}\n", missing.join("\n")));
    }
    Err(rejection)
}

fn fault_of(item: &Item, rules: &Rules) -> Option<Fault> {
    let name = &item.name;
    let known = rules.known.get(name);
    let message = match &item.kind {
        ItemKind::Function(found) => function_fault(item, found, rules)?,
        ItemKind::Object(found) => object_fault(item, found, rules)?,
        ItemKind::Prototype if item.is_static => return None,
        ItemKind::Prototype if rules.functions.contains_key(name) => {
            format!("`{name}` is declared by \"{}\" already; remove this prototype", rules.header)
        }
        ItemKind::Prototype => format!(
            "this declares a function of another file; what may be called is declared by the headers. \
             Remove the prototype, or make `{name}` a static function"
        ),
        ItemKind::ExternObject => {
            format!("`{name}` may not be declared here; the headers declare all that may be used")
        }
        ItemKind::Tag if matches!(known, Some(SymbolKind::Struct | SymbolKind::Enum)) => {
            format!("`{name}` is defined by the headers; remove this definition")
        }
        ItemKind::Typedef | ItemKind::Macro if known.is_some() => {
            format!("`{name}` is defined by the headers; remove this definition")
        }
        ItemKind::Macro if standard::is_callable(name) => {
            format!("`{name}` is a C or POSIX name and may not be redefined")
        }
        ItemKind::Tag | ItemKind::Typedef | ItemKind::Macro => return None,
    };
    Some(Fault { line: item.line, message })
}

fn function_fault(item: &Item, found: &str, rules: &Rules) -> Option<String> {
    let name = &item.name;
    let Some(wanted) = rules.functions.get(name) else {
        return if name == "main" {
            Some("the module is part of a larger program: define no `main`".into())
        } else if rules.known.contains_key(name) {
            Some(format!(
                "`{name}` is another module's; call it when the module relies on it, but do not define it"
            ))
        } else if item.is_static {
            None
        } else {
            Some(format!("`{name}` is not guaranteed by this module; make it static, or remove it"))
        };
    };
    if item.is_static {
        return Some(format!("`{name}` is guaranteed to others and must not be static"));
    }
    differs(found, wanted)
        .then(|| format!("the signature must be exactly `{}`", one_line(&wanted.declaration)))
}

fn object_fault(item: &Item, found: &str, rules: &Rules) -> Option<String> {
    let name = &item.name;
    match rules.objects.get(name) {
        Some(_) if item.is_static => Some(format!("`{name}` is guaranteed to others and must not be static")),
        Some(wanted) => differs(found, wanted)
            .then(|| format!("the object must be defined as `{}`", one_line(&wanted.declaration))),
        None if item.is_static => None,
        None => Some(format!("`{name}` is not guaranteed by this module; make it static, or remove it")),
    }
}

fn differs(found: &str, wanted: &Guaranteed) -> bool {
    wanted.signature.as_deref().is_some_and(|wanted| wanted != found)
}

/// A second definition of the same name, as when an answer gives alternatives.
fn repeated(items: &[Item]) -> Vec<Fault> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for item in items.iter().filter(|item| matches!(item.kind, ItemKind::Function(_))) {
        match first.get(item.name.as_str()) {
            Some(line) => faults.push(Fault {
                line: item.line,
                message: format!("`{}` is defined twice, first in line {line}", item.name),
            }),
            None => drop(first.insert(&item.name, item.line)),
        }
    }
    faults
}

fn missing(items: &[Item], rules: &Rules) -> Vec<String> {
    let defines = |name: &str, function: bool| {
        items.iter().any(|item| {
            item.name == name
                && match item.kind {
                    ItemKind::Function(_) => function,
                    ItemKind::Object(_) => !function,
                    _ => false,
                }
        })
    };
    let functions = rules.functions.iter().filter(|(name, _)| !defines(name, true));
    let objects = rules.objects.iter().filter(|(name, _)| !defines(name, false));
    functions
        .chain(objects)
        .map(|(name, wanted)| {
            format!("- `{name}` is not defined: `{}` is missing", one_line(&wanted.declaration))
        })
        .collect()
}

fn allowed(rules: &Rules) -> String {
    let names: Vec<_> =
        rules.functions.keys().chain(rules.objects.keys()).map(|name| format!("`{name}`")).collect();
    format!(
        "Define exactly {} for others to use; everything else that the file needs for itself must be static.",
        names.join(", ")
    )
}

fn one_line(declaration: &str) -> String {
    declaration.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::reliance::tests::rules;
    use super::*;

    fn feedback(code: &str) -> String {
        check(&Source::parse(code), &rules()).unwrap_err().feedback
    }

    const GOOD: &str = "#include \"shelf.h\"\n\nstatic int heavier(const struct box *a, const struct box *b)\n{\n\
                        \treturn a->weight > b->weight;\n}\n\nstruct box *shelf_find(const char *name)\n{\n\
                        \treturn heavier(NULL, NULL) ? NULL : NULL;\n}\n";

    #[test]
    fn the_guaranteed_function_with_static_parts_passes() {
        assert_eq!(check(&Source::parse(GOOD), &rules()), Ok(()));
    }

    #[test]
    fn parameter_names_are_free_types_are_not() {
        let good = GOOD.replace("const char *name", "char const *wanted");
        assert_eq!(check(&Source::parse(&good), &rules()), Ok(()));
        let text = feedback(&GOOD.replace("const char *name", "char *name"));
        assert!(text.contains("line 8: `struct box *shelf_find(char *name)`"), "{text}");
        assert!(
            text.contains("the signature must be exactly `struct box *shelf_find(const char *label);`"),
            "{text}"
        );
    }

    #[test]
    fn what_is_missing_is_named_with_its_declaration() {
        let text = feedback("static int f(void) { return 0; }\n");
        assert!(text.contains(
            "`shelf_find` is not defined: `struct box *shelf_find(const char *label);` is missing"
        ));
    }

    #[test]
    fn other_external_definitions_are_refused() {
        assert!(
            feedback(&GOOD.replace("static int heavier", "int heavier"))
                .contains("`heavier` is not guaranteed")
        );
        assert!(feedback(&format!("{GOOD}int calls = 0;\n")).contains("`calls` is not guaranteed"));
        assert!(feedback(&format!("{GOOD}int main(void) {{ return 0; }}\n")).contains("define no `main`"));
        assert!(
            feedback(&format!("{GOOD}static struct box *box_next(struct box *b) {{ return b; }}\n"))
                .contains("`box_next` is another module's")
        );
    }

    #[test]
    fn a_static_guarantee_and_a_second_definition_are_refused() {
        assert!(
            feedback(&GOOD.replace("struct box *shelf_find", "static struct box *shelf_find"))
                .contains("must not be static")
        );
        let twice = format!("{GOOD}struct box *shelf_find(const char *label) {{ return NULL; }}\n");
        assert!(feedback(&twice).contains("defined twice, first in line 8"));
    }

    #[test]
    fn given_structures_and_macros_may_not_be_redefined_nor_foreign_functions_declared() {
        assert!(
            feedback(&format!("struct box {{ int weight; }};\n{GOOD}"))
                .contains("`box` is defined by the headers")
        );
        assert!(
            feedback(&format!("#define LABEL_MAX 3\n{GOOD}"))
                .contains("`LABEL_MAX` is defined by the headers")
        );
        assert!(
            feedback(&format!("#define malloc(n) NULL\n{GOOD}")).contains("`malloc` is a C or POSIX name")
        );
        assert!(feedback(&format!("int secret(void);\n{GOOD}")).contains("a function of another file"));
        assert!(feedback(&format!("extern int far;\n{GOOD}")).contains("`far` may not be declared here"));
    }
}
