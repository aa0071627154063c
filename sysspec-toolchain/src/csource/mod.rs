//! C source as the gates look at it: what a file defines, includes and refers to.

mod declarations;
mod references;
pub mod standard;

pub use declarations::{Item, ItemKind, signature};
pub use references::Reference;

use tree_sitter::{Node, Parser, Tree};

/// A parsed C file.
pub struct Source {
    text: String,
    tree: Tree,
}

/// An `#include` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The header's name without quotes or angle brackets.
    pub name: String,
    /// Whether it stands in angle brackets.
    pub system: bool,
    /// The line, counted from 1.
    pub line: usize,
}

/// A place in a file, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Source {
    /// Parses C. Never fails: text that is no C gives a tree with errors, see [`Source::syntax_fault`].
    pub fn parse(text: &str) -> Self {
        let mut parser = Parser::new();
        // The grammar is linked in at a version this parser supports; a mismatch cannot happen at run time.
        parser.set_language(&tree_sitter_c::LANGUAGE.into()).expect("the C grammar fits the parser");
        let tree = parser.parse(text, None).expect("parsing without a time limit always ends with a tree");
        Self { text: text.to_owned(), tree }
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    fn slice(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }

    /// The first place that is no C, if there is one.
    pub fn syntax_fault(&self) -> Option<Fault> {
        let node = first_error(self.root())?;
        let message = if node.is_missing() {
            format!("a `{}` is missing here", node.kind())
        } else {
            let excerpt = self.slice(node).lines().next().unwrap_or_default().trim();
            format!("this is no C that can be parsed, from `{}` on", shorten(excerpt, 60))
        };
        Some(Fault { line: line_of(node), message })
    }

    /// The headers that the file includes, in order.
    pub fn includes(&self) -> Vec<Include> {
        let mut includes = Vec::new();
        visit(self.root(), &mut |node| {
            if node.kind() == "preproc_include"
                && let Some(path) = node.child_by_field_name("path")
            {
                let text = self.slice(path);
                includes.push(Include {
                    name: text.trim_matches(['"', '<', '>']).to_owned(),
                    system: text.starts_with('<'),
                    line: line_of(node),
                });
            }
            true
        });
        includes
    }

    /// Constructs that could silence a gate: pragmas, attributes, inline assembly.
    pub fn unwanted_constructs(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        visit(self.root(), &mut |node| {
            let what = match node.kind() {
                "gnu_asm_expression" => "inline assembly",
                "attribute_specifier" | "attribute_declaration" | "ms_declspec_modifier" => "an attribute",
                "preproc_call" => "a directive other than #include, #define and #if",
                "linkage_specification" => "a linkage specification",
                _ => return true,
            };
            faults.push(Fault { line: line_of(node), message: format!("{what} may not be used") });
            false
        });
        faults
    }
}

/// The line of a node, counted from 1.
fn line_of(node: Node<'_>) -> usize {
    node.start_position().row + 1
}

/// Calls `enter` for every node, parents first; where it returns false, the children are left out.
fn visit<'tree>(node: Node<'tree>, enter: &mut dyn FnMut(Node<'tree>) -> bool) {
    if !enter(node) {
        return;
    }
    let mut cursor = node.walk();
    let children: Vec<_> = node.children(&mut cursor).collect();
    for child in children {
        visit(child, enter);
    }
}

fn first_error(node: Node<'_>) -> Option<Node<'_>> {
    if !node.has_error() {
        return None;
    }
    if node.is_error() || node.is_missing() {
        return Some(node);
    }
    let mut cursor = node.walk();
    let children: Vec<_> = node.children(&mut cursor).collect();
    children.into_iter().find_map(first_error)
}

/// At most `limit` characters of `text`, with an ellipsis where it was cut.
fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_as_models_write_it_parses() {
        let source = Source::parse(
            "#include \"util.h\"\n#include <stdarg.h>\n\
             static_assert(sizeof(uint64_t) == 8, \"size\");\n\
             static const struct pair table[] = { { .a = 1, .b = offsetof(struct inode, mutex) } };\n\
             int f(struct inode *node, specfs_fill fill, ...)\n{\n\
             \tva_list ap;\n\tva_start(ap, fill);\n\tint first = va_arg(ap, int);\n\tva_end(ap);\n\
             \tuint64_t x = (ino_t)(first) + (size_t)-1 + sizeof(struct inode);\n\
             \tfor (size_t i = 0; i < x; i++)\n\t\tif (fill(NULL, \"a\", i, 0, 0)) goto out;\nout:\n\
             \treturn (*fill)(node, (const char *const[]){ \"a\", NULL }[0], 0, 0, 0);\n}\n",
        );
        assert_eq!(source.syntax_fault(), None);
    }

    #[test]
    fn the_first_syntax_error_is_named_with_its_line() {
        let fault = Source::parse("int f(void)\n{\n\treturn 1\n}\n").syntax_fault().unwrap();
        assert_eq!(fault.line, 3);
        assert_eq!(fault.message, "a `;` is missing here");
    }

    #[test]
    fn includes_tell_quotes_from_angle_brackets() {
        let includes = Source::parse("#include <sys/stat.h>\n#include \"dir.h\"\n").includes();
        assert_eq!(
            includes,
            [
                Include { name: "sys/stat.h".into(), system: true, line: 1 },
                Include { name: "dir.h".into(), system: false, line: 2 },
            ]
        );
    }

    #[test]
    fn pragmas_attributes_and_assembly_are_seen() {
        let text = "#pragma GCC diagnostic ignored \"-Wall\"\n__attribute__((constructor)) static void f(void)\n{\n\
                    \t__asm__(\"nop\");\n}\n";
        let lines: Vec<_> =
            Source::parse(text).unwanted_constructs().iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [1, 2, 4]);
    }
}
