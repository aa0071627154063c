//! What a C file declares and defines at file scope.

use tree_sitter::Node;

use super::{Source, line_of};

/// Something that a file declares at file scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The name.
    pub name: String,
    /// What is declared.
    pub kind: ItemKind,
    /// Whether it is `static`.
    pub is_static: bool,
    /// The line, counted from 1.
    pub line: usize,
}

/// What an [`Item`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// A function with a body; its signature in the normal form of [`signature`].
    Function(String),
    /// A function without a body.
    Prototype,
    /// An object that is defined here; its type in the normal form of [`signature`].
    Object(String),
    /// An object that is declared `extern`.
    ExternObject,
    /// A struct, union or enum with a body, named by its tag.
    Tag,
    /// A typedef name.
    Typedef,
    /// A macro, or an enumeration constant.
    Macro,
}

impl Source {
    /// Everything declared at file scope, also inside `#if`, in the order of the text.
    pub fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        self.collect(self.root(), &mut items);
        items
    }

    fn collect(&self, node: Node<'_>, items: &mut Vec<Item>) {
        match node.kind() {
            "translation_unit" | "preproc_if" | "preproc_ifdef" | "preproc_else" | "preproc_elif" => {
                for child in children(node) {
                    self.collect(child, items);
                }
            }
            "function_definition" => self.collect_function(node, items),
            "declaration" => self.collect_declaration(node, items),
            "type_definition" => self.collect_typedef(node, items),
            "struct_specifier" | "union_specifier" | "enum_specifier" => self.collect_tags(node, items),
            "preproc_def" | "preproc_function_def" => {
                if let Some(name) = node.child_by_field_name("name") {
                    items.push(self.item(name, ItemKind::Macro, true));
                }
            }
            _ => {}
        }
    }

    fn item(&self, name: Node<'_>, kind: ItemKind, is_static: bool) -> Item {
        Item { name: self.slice(name).to_owned(), kind, is_static, line: line_of(name) }
    }

    fn collect_function(&self, node: Node<'_>, items: &mut Vec<Item>) {
        self.collect_type(node, items);
        let Some(declarator) = node.child_by_field_name("declarator") else { return };
        if let Some(name) = declared_name(declarator) {
            let normal = self.normal_form(node, declarator);
            items.push(self.item(name, ItemKind::Function(normal), self.has_storage(node, "static")));
        }
    }

    fn collect_declaration(&self, node: Node<'_>, items: &mut Vec<Item>) {
        self.collect_type(node, items);
        let is_static = self.has_storage(node, "static");
        for declarator in declarators(node) {
            let initialised = declarator.kind() == "init_declarator";
            let Some(declarator) = bare(declarator) else { continue };
            let Some(name) = declared_name(declarator) else { continue };
            let kind = if declares_function(declarator) {
                ItemKind::Prototype
            } else if self.has_storage(node, "extern") && !initialised {
                ItemKind::ExternObject
            } else {
                ItemKind::Object(self.normal_form(node, declarator))
            };
            items.push(self.item(name, kind, is_static));
        }
    }

    fn collect_typedef(&self, node: Node<'_>, items: &mut Vec<Item>) {
        self.collect_type(node, items);
        for declarator in declarators(node) {
            if let Some(name) = declared_name(declarator) {
                items.push(self.item(name, ItemKind::Typedef, true));
            }
        }
    }

    fn collect_type(&self, node: Node<'_>, items: &mut Vec<Item>) {
        if let Some(specifier) = node.child_by_field_name("type") {
            self.collect_tags(specifier, items);
        }
    }

    /// The tag of a specifier with a body, and the constants of an enumeration.
    fn collect_tags(&self, node: Node<'_>, items: &mut Vec<Item>) {
        if !matches!(node.kind(), "struct_specifier" | "union_specifier" | "enum_specifier") {
            return;
        }
        let Some(body) = node.child_by_field_name("body") else { return };
        if let Some(name) = node.child_by_field_name("name") {
            items.push(self.item(name, ItemKind::Tag, true));
        }
        for child in children(body) {
            if child.kind() == "enumerator"
                && let Some(name) = child.child_by_field_name("name")
            {
                items.push(self.item(name, ItemKind::Macro, true));
            }
        }
    }

    fn has_storage(&self, node: Node<'_>, class: &str) -> bool {
        children(node)
            .into_iter()
            .any(|child| child.kind() == "storage_class_specifier" && self.slice(child) == class)
    }

    /// The type of a declaration in a form where spelling does not matter.
    fn normal_form(&self, declaration: Node<'_>, declarator: Node<'_>) -> String {
        let mut normal = self.specifiers(declaration);
        normal.push(' ');
        self.shape(declarator, false, &mut normal);
        normal
    }

    /// Type specifiers and qualifiers, sorted; storage classes are no part of the type.
    fn specifiers(&self, declaration: Node<'_>) -> String {
        let mut words: Vec<String> = Vec::new();
        for child in children(declaration) {
            match child.kind() {
                "type_qualifier" => words.push(self.slice(child).to_owned()),
                "struct_specifier" | "union_specifier" | "enum_specifier" => {
                    let tag = child.child_by_field_name("name").map_or("", |name| self.slice(name));
                    words.push(format!("{} {tag}", child.kind().trim_end_matches("_specifier")));
                }
                "primitive_type" | "type_identifier" => words.push(self.slice(child).to_owned()),
                "sized_type_specifier" => {
                    words.extend(self.slice(child).split_whitespace().map(str::to_owned))
                }
                _ => {}
            }
        }
        let sized =
            words.iter().any(|word| matches!(word.as_str(), "unsigned" | "signed" | "long" | "short"));
        words.retain(|word| !(sized && word == "int"));
        words.sort();
        words.join(" ")
    }

    /// The declarator without the declared name; `in_parameter` makes an outermost array a pointer.
    fn shape(&self, node: Node<'_>, in_parameter: bool, out: &mut String) {
        match node.kind() {
            "pointer_declarator" | "abstract_pointer_declarator" => {
                out.push('*');
                for child in children(node) {
                    if child.kind() == "type_qualifier" {
                        out.push_str(self.slice(child));
                        out.push(' ');
                    }
                }
                self.inner_shape(node, in_parameter, out);
            }
            "array_declarator" | "abstract_array_declarator" => {
                let inner = node.child_by_field_name("declarator");
                if in_parameter && inner.is_none_or(|inner| inner.kind() == "identifier") {
                    out.push('*');
                    return;
                }
                self.inner_shape(node, in_parameter, out);
                let size = node.child_by_field_name("size").map_or("", |size| self.slice(size));
                out.push_str(&format!("[{size}]"));
            }
            "function_declarator" | "abstract_function_declarator" => {
                self.inner_shape(node, in_parameter, out);
                self.parameters(node, out);
            }
            "parenthesized_declarator" | "abstract_parenthesized_declarator" => {
                for child in children(node).into_iter().filter(Node::is_named) {
                    out.push('(');
                    self.shape(child, in_parameter, out);
                    out.push(')');
                }
            }
            _ => {}
        }
    }

    fn inner_shape(&self, node: Node<'_>, in_parameter: bool, out: &mut String) {
        if let Some(inner) = node.child_by_field_name("declarator") {
            self.shape(inner, in_parameter, out);
        }
    }

    fn parameters(&self, function: Node<'_>, out: &mut String) {
        let mut parameters = Vec::new();
        for child in function.child_by_field_name("parameters").map(children).unwrap_or_default() {
            match child.kind() {
                "parameter_declaration" => {
                    let mut text = self.specifiers(child);
                    text.push(' ');
                    if let Some(declarator) = child.child_by_field_name("declarator") {
                        self.shape(declarator, true, &mut text);
                    }
                    parameters.push(text.trim_end().to_owned());
                }
                "variadic_parameter" => parameters.push("...".to_owned()),
                _ => {}
            }
        }
        if parameters.is_empty() {
            parameters.push("void".to_owned());
        }
        out.push_str(&format!("({})", parameters.join(", ")));
    }
}

/// The normal form of the first function or object that `declaration` declares: parameter names,
/// white space, the order of specifiers and equivalent spellings (`T p[]`, `()`, `unsigned int`) do not show.
pub fn signature(declaration: &str) -> Option<String> {
    let source = Source::parse(declaration);
    let node = children(source.root())
        .into_iter()
        .find(|node| matches!(node.kind(), "declaration" | "function_definition"))?;
    let declarator = bare(declarators(node).into_iter().next()?)?;
    Some(source.normal_form(node, declarator))
}

pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

fn declarators(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children_by_field_name("declarator", &mut cursor).collect()
}

/// A declarator without its initialiser.
fn bare(node: Node<'_>) -> Option<Node<'_>> {
    if node.kind() == "init_declarator" { node.child_by_field_name("declarator") } else { Some(node) }
}

/// The identifier that a declarator declares.
pub(super) fn declared_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" | "type_identifier" | "primitive_type" => Some(node),
        "parenthesized_declarator" => {
            children(node).into_iter().filter(Node::is_named).find_map(declared_name)
        }
        _ => declared_name(node.child_by_field_name("declarator")?),
    }
}

/// Whether the declared name itself is a function, not a pointer to one.
fn declares_function(node: Node<'_>) -> bool {
    match node.kind() {
        "function_declarator" => node
            .child_by_field_name("declarator")
            .is_some_and(|inner| inner.kind() != "parenthesized_declarator" || declares_function(inner)),
        "identifier" => false,
        "parenthesized_declarator" => {
            children(node).into_iter().any(|child| child.kind() == "identifier" || declares_function(child))
        }
        _ => node.child_by_field_name("declarator").is_some_and(declares_function),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<(String, ItemKind, bool)> {
        Source::parse(text).items().into_iter().map(|item| (item.name, item.kind, item.is_static)).collect()
    }

    #[test]
    fn spelling_of_a_signature_does_not_matter() {
        let written =
            signature("unsigned int f(const char *names[], unsigned long int n, void (*done)(int code));");
        let other = signature("extern unsigned f(char const **list,unsigned long, void(*cb)(int))\n;");
        assert_eq!(written, other);
        assert!(written.is_some());
        assert_eq!(signature("int f();"), signature("int f(void);"));
    }

    #[test]
    fn types_of_a_signature_do_matter() {
        let base = signature("struct inode *step(struct inode *cur, const char *name, int *error);");
        assert_ne!(base, signature("struct inode *step(struct inode *cur, char *name, int *error);"));
        assert_ne!(base, signature("struct inode step(struct inode *cur, const char *name, int *error);"));
        assert_ne!(base, signature("struct inode *step(struct inode *cur, const char *name);"));
        assert_ne!(signature("int f(int *const p);"), signature("int f(int *p);"));
    }

    #[test]
    fn functions_objects_types_and_macros_are_told_apart() {
        let found = items(
            "#define LIMIT 4\nstruct pair { int a; };\ntypedef struct pair pair_t;\nenum colour { RED };\n\
             static int helper(int x);\nstatic int helper(int x) { return x; }\nextern int far;\nint near = 1;\n\
             int (*hook)(int);\nchar *name_of(struct pair *p)\n{\n\treturn 0;\n}\n",
        );
        let name_of = signature("char *name_of(struct pair *p);").unwrap();
        let helper = signature("int helper(int x);").unwrap();
        let near = signature("int near;").unwrap();
        let hook = signature("int (*hook)(int);").unwrap();
        assert_eq!(
            found,
            [
                ("LIMIT".into(), ItemKind::Macro, true),
                ("pair".into(), ItemKind::Tag, true),
                ("pair_t".into(), ItemKind::Typedef, true),
                ("colour".into(), ItemKind::Tag, true),
                ("RED".into(), ItemKind::Macro, true),
                ("helper".into(), ItemKind::Prototype, true),
                ("helper".into(), ItemKind::Function(helper), true),
                ("far".into(), ItemKind::ExternObject, false),
                ("near".into(), ItemKind::Object(near), false),
                ("hook".into(), ItemKind::Object(hook), false),
                ("name_of".into(), ItemKind::Function(name_of), false),
            ]
        );
    }
}
