//! What a C file refers to that it does not declare itself.

use std::collections::HashSet;

use tree_sitter::Node;

use super::declarations::{children, declared_name};
use super::{Source, line_of, visit};

/// A use of a name that the file does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// Whether it is called.
    pub called: bool,
    /// The line, counted from 1.
    pub line: usize,
}

impl Source {
    /// Uses of functions, objects and macros from elsewhere, in the order of the text.
    /// Names that a function declares itself (parameters, variables) hide those of the file.
    pub fn references(&self) -> Vec<Reference> {
        let own: HashSet<String> = self.items().into_iter().filter(is_own).map(|item| item.name).collect();
        let mut found = Vec::new();
        visit(self.root(), &mut |node| match node.kind() {
            "function_definition" => {
                self.body_references(node, &own, &mut found);
                false
            }
            "preproc_def" | "preproc_function_def" => {
                self.macro_references(node, &own, &mut found);
                false
            }
            "identifier" if !is_declaring(node) => {
                self.push(node, &own, &HashSet::new(), &mut found);
                true
            }
            _ => true,
        });
        found
    }

    fn body_references(&self, function: Node<'_>, own: &HashSet<String>, found: &mut Vec<Reference>) {
        let locals = self.declared_in(function);
        visit(function, &mut |node| {
            if node.kind() == "identifier" && !is_declaring(node) {
                self.push(node, own, &locals, found);
            }
            true
        });
    }

    fn push(
        &self,
        node: Node<'_>,
        own: &HashSet<String>,
        locals: &HashSet<String>,
        found: &mut Vec<Reference>,
    ) {
        let name = self.slice(node);
        if own.contains(name) || locals.contains(name) {
            return;
        }
        let called = node
            .parent()
            .filter(|parent| parent.kind() == "call_expression")
            .and_then(|parent| parent.child_by_field_name("function"))
            .is_some_and(|function| function == node);
        found.push(Reference { name: name.to_owned(), called, line: line_of(node) });
    }

    /// Parameters, local variables and local enumeration constants of a function.
    fn declared_in(&self, function: Node<'_>) -> HashSet<String> {
        let mut names = HashSet::new();
        visit(function, &mut |node| {
            if node.kind() == "identifier" && is_declaring(node) {
                names.insert(self.slice(node).to_owned());
            }
            true
        });
        names
    }

    /// A macro's replacement is raw text to the parser: its words are taken as they stand.
    fn macro_references(&self, node: Node<'_>, own: &HashSet<String>, found: &mut Vec<Reference>) {
        let Some(value) = node.child_by_field_name("value") else { return };
        let mut hidden: HashSet<String> = own.clone();
        for parameter in node.child_by_field_name("parameters").map(children).unwrap_or_default() {
            hidden.insert(self.slice(parameter).to_owned());
        }
        for (word, called) in words(self.slice(value)) {
            if !hidden.contains(word) && !is_keyword(word) {
                found.push(Reference { name: word.to_owned(), called, line: line_of(node) });
            }
        }
    }
}

/// Whether a file-scope item is the file's own, so that using it refers to nothing else.
fn is_own(item: &super::Item) -> bool {
    use super::ItemKind::{ExternObject, Function, Macro, Object, Prototype};
    match item.kind {
        Function(_) | Object(_) | Macro => true,
        Prototype => item.is_static,
        ExternObject => false,
        _ => false,
    }
}

/// Whether an identifier stands where it is declared, not where it is used.
fn is_declaring(node: Node<'_>) -> bool {
    let mut current = node;
    while let Some(parent) = current.parent() {
        match parent.kind() {
            "pointer_declarator"
            | "array_declarator"
            | "function_declarator"
            | "parenthesized_declarator" => {
                // The size of an array and the like are uses.
                let inner = parent.child_by_field_name("declarator");
                if parent.kind() != "parenthesized_declarator" && inner != Some(current) {
                    return false;
                }
            }
            "init_declarator" => return parent.child_by_field_name("declarator") == Some(current),
            "declaration" | "parameter_declaration" | "function_definition" | "type_definition" => {
                let mut cursor = parent.walk();
                return parent
                    .children_by_field_name("declarator", &mut cursor)
                    .any(|declarator| declared_name(declarator) == Some(node) || declarator == current);
            }
            "enumerator" | "preproc_def" | "preproc_function_def" => {
                return parent.child_by_field_name("name") == Some(current);
            }
            "preproc_params" | "preproc_ifdef" | "preproc_defined" => return true,
            _ => return false,
        }
        current = parent;
    }
    false
}

/// The identifiers of raw C text, and whether a parenthesis follows; strings, characters and
/// members (after `.` or `->`) are passed over.
fn words(text: &str) -> Vec<(&str, bool)> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'"' || byte == b'\'' {
            at = end_of_quoted(bytes, at);
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            let end = at + bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
            let member = text[..at].trim_end().ends_with('.') || text[..at].trim_end().ends_with("->");
            if !member {
                found.push((&text[at..end], text[end..].trim_start().starts_with('(')));
            }
            at = end;
        } else if byte.is_ascii_digit() {
            at += bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
        } else {
            at += 1;
        }
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn end_of_quoted(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != bytes[start] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: &str = "auto break case char const continue default do double else enum extern float for goto if \
                            inline int long register restrict return short signed sizeof static struct switch \
                            typedef union unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Generic \
                            defined";
    KEYWORDS.split_ascii_whitespace().any(|keyword| keyword == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(text: &str) -> Vec<(String, bool)> {
        Source::parse(text).references().into_iter().map(|found| (found.name, found.called)).collect()
    }

    #[test]
    fn calls_and_uses_of_foreign_names_are_found_and_own_ones_are_not() {
        let found = references(
            "static int twice(int x) { return 2 * x; }\n\
             int f(struct dir *dir, int (*fill)(int))\n{\n\tint count = dir_count(dir), size[LIMIT];\n\
             \tsize[0] = fill(count) + twice(volume.limit);\n\treturn size[0] + dir->count;\n}\n",
        );
        assert_eq!(found, [("dir_count".into(), true), ("LIMIT".into(), false), ("volume".into(), false)]);
    }

    #[test]
    fn a_variable_hides_a_function_of_the_same_name_in_its_function_only() {
        let found = references(
            "int f(void)\n{\n\tint now = 1;\n\treturn now;\n}\nint g(void)\n{\n\treturn now();\n}\n",
        );
        assert_eq!(found, [("now".into(), true)]);
    }

    #[test]
    fn a_macro_hides_no_call() {
        let found = references(
            "#define TAKE(n) (lock(n), (n)->lock, \"free(x)\")\nint f(int n) { return TAKE(n); }\n",
        );
        assert_eq!(found, [("lock".into(), true)]);
    }

    #[test]
    fn a_function_given_away_by_its_name_is_a_use() {
        let found = references("int f(void (*run)(void (*)(void)))\n{\n\trun(hidden);\n\treturn 0;\n}\n");
        assert_eq!(found, [("hidden".into(), false)]);
    }
}
