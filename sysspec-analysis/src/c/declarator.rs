//! Specifiers and declarators: the type of a declared name (C11 6.7.2 to 6.7.7).

use std::ops::Range;

use tree_sitter::Node;

use super::convert::Reader;
use super::shape::{Function, Names, Qualifiers, Storage, Type};
use super::token::{Token, tokens};

/// What the specifiers of a declaration say.
pub(super) struct Specifiers {
    pub(super) base: Type,
    pub(super) storage: Storage,
}

/// A declarator that has been read from the outside in.
pub(super) struct Declared {
    pub(super) name: Option<Range<usize>>,
    pub(super) ty: Type,
}

impl Reader<'_> {
    pub(super) fn specifiers(&mut self, node: Node<'_>) -> Specifiers {
        let mut qualifiers = Qualifiers::default();
        let mut storage = Storage::Plain;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "type_qualifier" => self.qualify(child, &mut qualifiers),
                "storage_class_specifier" => match self.of(child) {
                    "extern" => storage = Storage::Extern,
                    "static" => storage = Storage::Static,
                    _ => {}
                },
                _ => {}
            }
        }
        let base = node
            .child_by_field_name("type")
            .map_or(Type::Other(String::new()), |specifier| self.specifier(specifier));
        Specifiers { base: base.qualified(qualifiers), storage }
    }

    fn qualify(&self, node: Node<'_>, qualifiers: &mut Qualifiers) {
        match self.of(node) {
            "const" => qualifiers.constant = true,
            "volatile" => qualifiers.volatile = true,
            "_Atomic" => qualifiers.atomic = true,
            "restrict" | "__restrict__" | "__restrict" => qualifiers.restrict = true,
            _ => {}
        }
    }

    fn specifier(&mut self, node: Node<'_>) -> Type {
        let name = node.child_by_field_name("name").map(|name| self.of(name).to_string());
        match node.kind() {
            "primitive_type" | "sized_type_specifier" => self.arithmetic(node),
            "type_identifier" => self.words_or_name(node),
            "struct_specifier" | "union_specifier" => match name {
                Some(name) => Type::Struct(name),
                None => Type::Anonymous(Box::new(self.aggregate(node))),
            },
            "enum_specifier" => match name {
                Some(name) => Type::Enum(name),
                None => Type::AnonymousEnum(Box::new(self.enumeration(node))),
            },
            _ => Type::Other(spaced(&tokens(self.of(node)))),
        }
    }

    fn words_or_name(&self, node: Node<'_>) -> Type {
        match basic(self.of(node).split_whitespace()) {
            Some(name) => Type::Basic(name),
            None => Type::Name(self.of(node).into()),
        }
    }

    fn arithmetic(&self, node: Node<'_>) -> Type {
        let words = tokens(self.of(node)).iter().map(ToString::to_string).collect::<Vec<_>>();
        match basic(words.iter().map(String::as_str)) {
            Some(name) => Type::Basic(name),
            None if words.len() == 1 => Type::Name(words.into_iter().next().unwrap_or_default()),
            None => Type::Other(words.join(" ")),
        }
    }

    // ---- declarators ----

    pub(super) fn declarator(&mut self, node: Node<'_>, base: Type) -> Declared {
        let inner = node.child_by_field_name("declarator");
        let ty = match node.kind() {
            "pointer_declarator" | "abstract_pointer_declarator" => {
                let mut qualifiers = Qualifiers::default();
                let mut cursor = node.walk();
                for child in node.children(&mut cursor) {
                    match child.kind() {
                        "type_qualifier" => self.qualify(child, &mut qualifiers),
                        "ms_pointer_modifier" => qualifiers.restrict = true,
                        _ => {}
                    }
                }
                Type::Pointer(Box::new(base)).qualified(qualifiers)
            }
            "array_declarator" | "abstract_array_declarator" => {
                let length = node.child_by_field_name("size").map(|size| tokens(self.of(size)));
                Type::Array(Box::new(base), length)
            }
            "function_declarator" | "abstract_function_declarator" => {
                Type::Function(Box::new(self.function(node, base)))
            }
            "identifier" | "type_identifier" | "field_identifier" | "primitive_type" => {
                return Declared { name: Some(node.byte_range()), ty: base };
            }
            _ => {
                // Parenthesised, attributed, initialised: the type is the inner declarator's.
                let nested = inner.or_else(|| first_declarator(node));
                return match nested {
                    Some(nested) => self.declarator(nested, base),
                    None => Declared { name: None, ty: base },
                };
            }
        };
        match inner {
            Some(inner) => self.declarator(inner, ty),
            None => Declared { name: None, ty },
        }
    }

    fn function(&mut self, node: Node<'_>, result: Type) -> Function {
        let mut function = Function {
            result: result.unqualified(),
            parameters: Vec::new(),
            names: Names::default(),
            variadic: false,
        };
        let Some(list) = node.child_by_field_name("parameters") else { return function };
        let mut cursor = list.walk();
        for parameter in list.named_children(&mut cursor) {
            match parameter.kind() {
                "variadic_parameter" => function.variadic = true,
                "parameter_declaration" => {
                    let specifiers = self.specifiers(parameter);
                    let declared = match parameter.child_by_field_name("declarator") {
                        Some(declarator) => self.declarator(declarator, specifiers.base),
                        None => Declared { name: None, ty: specifiers.base },
                    };
                    function.parameters.push(declared.ty.adjusted());
                    function.names.0.push(declared.name.map(|name| self.text[name].to_string()));
                }
                _ => {}
            }
        }
        if function.parameters == [Type::Basic("void")] && function.names.0 == [None] {
            function.parameters.clear();
            function.names.0.clear();
        }
        function
    }
}

fn first_declarator(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| child.kind().ends_with("declarator") || child.kind().ends_with("identifier"))
}

/// Whether a word by itself names an arithmetic type or `void`.
pub(super) fn is_basic(word: &str) -> bool {
    basic(std::iter::once(word)).is_some()
}

fn spaced(tokens: &[Token]) -> String {
    tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The arithmetic type that a set of specifiers names (C11 6.7.2p2), or `void`.
pub(super) fn basic<'w>(words: impl Iterator<Item = &'w str>) -> Option<&'static str> {
    let mut counts = [0_usize; 9];
    const WORDS: [&str; 9] =
        ["void", "char", "int", "float", "double", "short", "long", "signed", "unsigned"];
    let mut boolean = false;
    for word in words {
        match WORDS.iter().position(|known| *known == word) {
            Some(at) => counts[at] += 1,
            None if matches!(word, "_Bool" | "bool") => boolean = true,
            None => return None,
        }
    }
    if boolean {
        return (counts == [0; 9]).then_some("bool");
    }
    let [void, char, int, float, double, short, long, signed, unsigned] = counts;
    Some(match (void, char, float, double, short, long, signed, unsigned, int) {
        (1, 0, 0, 0, 0, 0, 0, 0, 0) => "void",
        (0, 1, 0, 0, 0, 0, 0, 0, 0) => "char",
        (0, 1, 0, 0, 0, 0, 1, 0, 0) => "signed char",
        (0, 1, 0, 0, 0, 0, 0, 1, 0) => "unsigned char",
        (0, 0, 1, 0, 0, 0, 0, 0, 0) => "float",
        (0, 0, 0, 1, 0, 0, 0, 0, 0) => "double",
        (0, 0, 0, 1, 0, 1, 0, 0, 0) => "long double",
        (0, 0, 0, 0, 1, 0, 0 | 1, 0, 0 | 1) => "short",
        (0, 0, 0, 0, 1, 0, 0, 1, 0 | 1) => "unsigned short",
        (0, 0, 0, 0, 0, 0, 1, 0, 0 | 1) | (0, 0, 0, 0, 0, 0, 0, 0, 1) => "int",
        (0, 0, 0, 0, 0, 0, 0, 1, 0 | 1) => "unsigned int",
        (0, 0, 0, 0, 0, 1, 0 | 1, 0, 0 | 1) => "long",
        (0, 0, 0, 0, 0, 1, 0, 1, 0 | 1) => "unsigned long",
        (0, 0, 0, 0, 0, 2, 0 | 1, 0, 0 | 1) => "long long",
        (0, 0, 0, 0, 0, 2, 0, 1, 0 | 1) => "unsigned long long",
        _ => return None,
    })
}
