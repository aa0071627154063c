//! From tree-sitter-c's trees to declarations.

use std::cell::RefCell;
use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use super::shape::{
    Aggregate, Enumeration, Function, Macro, Member, Names, Qualifiers, Shape, Storage, Type,
};
use super::syntax::{self, SyntaxError};
use super::token::{Token, tokens};
use crate::SymbolKind;

/// One declared name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The name, or the tag of a structure or enumeration.
    pub name: String,
    /// What it declares.
    pub shape: Shape,
    /// The whole declaration; shared by names that are declared together.
    pub range: Range<usize>,
    /// The name in it.
    pub name_range: Range<usize>,
    /// What the comment before it, or behind it on its line, says.
    pub comment: Option<String>,
    /// The names of types and macros that it uses, sorted.
    pub mentions: Vec<String>,
    /// Whether a syntax error inside makes the shape doubtful.
    pub broken: bool,
}

impl Declaration {
    /// What the name is.
    pub fn kind(&self) -> SymbolKind {
        match self.shape {
            Shape::Function(..) => SymbolKind::Function,
            Shape::Object(..) => SymbolKind::Object,
            Shape::Struct(_) => SymbolKind::Struct,
            Shape::Enum(_) => SymbolKind::Enum,
            Shape::Typedef(_) => SymbolKind::Typedef,
            Shape::Macro(_) | Shape::Constant(_) => SymbolKind::Macro,
        }
    }
}

/// The outcome of reading a piece of C; there always is one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Parsed {
    /// What it declares, in the order of the text.
    pub declarations: Vec<Declaration>,
    /// Where it is no C.
    pub errors: Vec<SyntaxError>,
}

/// Reads declarations. Ranges are bytes of `text`.
pub fn parse(text: &str) -> Parsed {
    // A semicolon may lack at the end of a block, and tree-sitter wants a newline behind a macro.
    let padded = readable(text) + "\n;\n";
    let Some(tree) = tree(&padded) else { return Parsed::default() };
    let mut reader = Reader { text: &padded, declarations: Vec::new() };
    reader.block(tree.root_node());
    let end = text.trim_end().len();
    let errors = syntax::errors(tree.root_node(), &padded, end);
    // The last declaration may have taken the semicolon of the padding.
    reader.declarations.iter_mut().for_each(|found| found.range.end = found.range.end.min(end));
    Parsed { declarations: reader.declarations, errors }
}

fn tree(text: &str) -> Option<Tree> {
    thread_local! {
        static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
    }
    PARSER.with_borrow_mut(|parser| {
        if parser.language().is_none() {
            parser.set_language(&tree_sitter_c::LANGUAGE.into()).ok()?;
        }
        parser.parse(text, None)
    })
}

/// The text as tree-sitter-c can read it, byte for byte in the same places: invisible characters
/// are blanked, and `_Atomic(T)` is written as the qualifier.
fn readable(text: &str) -> String {
    let mut text = text.replace(['\u{2060}', '\u{200b}', '\u{feff}'], "   ");
    let opening = "_Atomic(";
    while let Some(start) = text.find(opening) {
        let open = start + opening.len() - 1;
        let close = text[open..].find(')').map_or(open, |length| open + length);
        text.replace_range(close..=close, " ");
        text.replace_range(open..=open, " ");
    }
    text
}

struct Reader<'a> {
    text: &'a str,
    declarations: Vec<Declaration>,
}

/// What the specifiers of a declaration say.
struct Specifiers {
    base: Type,
    storage: Storage,
}

/// A declarator that has been read from the outside in.
struct Declared {
    name: Option<Range<usize>>,
    ty: Type,
}

impl Reader<'_> {
    fn block(&mut self, parent: Node<'_>) {
        let mut cursor = parent.walk();
        for node in parent.named_children(&mut cursor) {
            self.item(node);
        }
    }

    fn item(&mut self, node: Node<'_>) {
        match node.kind() {
            "declaration" | "function_definition" => self.declaration(node, false),
            "type_definition" => self.declaration(node, true),
            "struct_specifier" | "union_specifier" | "enum_specifier" => {
                self.tags(node, node);
            }
            "preproc_def" | "preproc_function_def" => self.macro_definition(node),
            "preproc_if"
            | "preproc_ifdef"
            | "preproc_else"
            | "preproc_elif"
            | "linkage_specification"
            | "declaration_list" => self.block(node),
            "ERROR" => self.rescue(node),
            _ => {}
        }
    }

    /// Inside an error, a prototype can often still be made out.
    fn rescue(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if child.kind() == "function_declarator" {
                let declared = self.declarator(child, Type::Other(String::new()));
                self.push(node, declared, Storage::Plain, false);
            } else {
                self.item(child);
            }
        }
        self.declarations
            .iter_mut()
            .filter(|found| node.byte_range().contains(&found.range.start))
            .for_each(|found| found.broken = true);
    }

    fn declaration(&mut self, node: Node<'_>, typedef: bool) {
        let specifiers = self.specifiers(node);
        if let Some(specifier) = node.child_by_field_name("type") {
            self.tags(specifier, node);
        }
        let mut cursor = node.walk();
        for declarator in node.children_by_field_name("declarator", &mut cursor) {
            let declared = self.declarator(declarator, specifiers.base.clone());
            self.push(node, declared, specifiers.storage, typedef);
        }
    }

    fn push(&mut self, node: Node<'_>, declared: Declared, storage: Storage, typedef: bool) {
        let Some(name_range) = declared.name else { return };
        let name = self.text[name_range.clone()].to_string();
        let shape = match declared.ty {
            ty if typedef => Shape::Typedef(ty),
            Type::Function(function) => Shape::Function(*function, storage),
            ty => Shape::Object(ty, storage),
        };
        self.add(node, name, name_range, shape);
    }

    fn add(&mut self, node: Node<'_>, name: String, name_range: Range<usize>, shape: Shape) {
        let mut mentions = Vec::new();
        self.mentions(node, false, &mut mentions);
        if let Shape::Macro(definition) = &shape {
            mentions.extend(definition.body.iter().filter_map(|token| match token {
                Token::Word(word) => Some(word.clone()),
                _ => None,
            }));
        }
        mentions.retain(|mention| *mention != name);
        mentions.sort();
        mentions.dedup();
        let end = self.text[..node.end_byte()].trim_end().len();
        let range = node.start_byte()..self.with_semicolon(node, end);
        let comment = self.comment(node);
        self.declarations.push(Declaration {
            name,
            shape,
            range,
            name_range,
            comment,
            mentions,
            broken: node.has_error(),
        });
    }

    /// The semicolon behind a bare `struct x { … };` is a sibling in the tree.
    fn with_semicolon(&self, node: Node<'_>, end: usize) -> usize {
        match node.next_sibling() {
            Some(next) if next.kind() == ";" && next.start_byte() == end => next.end_byte(),
            _ => end,
        }
    }

    // ---- specifiers ----

    fn specifiers(&mut self, node: Node<'_>) -> Specifiers {
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

    fn declarator(&mut self, node: Node<'_>, base: Type) -> Declared {
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

    // ---- tags ----

    /// Declares the tag of a specifier that has a body, or that stands alone, and the tags inside its body.
    fn tags(&mut self, node: Node<'_>, whole: Node<'_>) {
        let is_enum = match node.kind() {
            "struct_specifier" | "union_specifier" => false,
            "enum_specifier" => true,
            _ => return,
        };
        let body = node.child_by_field_name("body");
        if let Some(name) = node.child_by_field_name("name").filter(|_| body.is_some() || node == whole) {
            let shape = match is_enum {
                true => Shape::Enum(self.enumeration(node)),
                false => Shape::Struct(self.aggregate(node)),
            };
            self.add(whole, self.of(name).to_string(), name.byte_range(), shape);
        }
        let Some(body) = body else { return };
        if is_enum {
            for (name_range, name, value) in self.constants(body) {
                self.add(whole, name, name_range, Shape::Constant(value));
            }
        }
        let mut cursor = body.walk();
        for field in body.named_children(&mut cursor) {
            match field.kind() {
                "field_declaration" => {
                    if let Some(specifier) = field
                        .child_by_field_name("type")
                        .filter(|ty| ty.child_by_field_name("body").is_some())
                    {
                        self.tags(specifier, whole);
                    }
                }
                "preproc_def" | "preproc_function_def" => self.macro_definition(field),
                _ => {}
            }
        }
    }

    /// The constants of an enumeration and where their names stand; a value that is not written is said by the one before.
    fn constants(&self, body: Node<'_>) -> Vec<(Range<usize>, String, Vec<Token>)> {
        let mut next = vec![Token::Number("0".into())];
        let mut constants = Vec::new();
        let mut cursor = body.walk();
        for child in body.named_children(&mut cursor).filter(|child| child.kind() == "enumerator") {
            let Some(name) = child.child_by_field_name("name") else { continue };
            let value = child.child_by_field_name("value").map_or(next, |value| tokens(self.of(value)));
            let after =
                [Token::Word(self.of(name).into()), Token::Punctuation("+"), Token::Number("1".into())];
            next = after.into();
            constants.push((name.byte_range(), self.of(name).to_string(), value));
        }
        constants
    }

    fn aggregate(&mut self, node: Node<'_>) -> Aggregate {
        let union = node.kind() == "union_specifier";
        let Some(body) = node.child_by_field_name("body") else {
            return Aggregate { union, members: None, partial: false };
        };
        let mut members = Vec::new();
        let mut partial = false;
        let mut cursor = body.walk();
        for child in body.named_children(&mut cursor) {
            match child.kind() {
                "field_declaration" => self.field(child, &mut members),
                "comment" => partial |= says_partial(self.of(child)),
                _ => {}
            }
        }
        // C has no structure without members: an empty body restates the tag only.
        partial |= members.is_empty();
        Aggregate { union, members: Some(members), partial }
    }

    fn field(&mut self, node: Node<'_>, members: &mut Vec<Member>) {
        let specifiers = self.specifiers(node);
        let first = members.len();
        let mut cursor = node.walk();
        for declarator in node.children_by_field_name("declarator", &mut cursor) {
            let declared = self.declarator(declarator, specifiers.base.clone());
            let name = declared.name.map(|name| self.text[name].to_string()).unwrap_or_default();
            let width = declarator.next_named_sibling().filter(|next| next.kind() == "bitfield_clause");
            let width = width.map(|clause| tokens(self.of(clause).trim_start_matches(':')));
            members.push(Member { name, ty: declared.ty, width });
        }
        if members.len() == first {
            members.push(Member { name: String::new(), ty: specifiers.base, width: None });
        }
    }

    fn enumeration(&self, node: Node<'_>) -> Enumeration {
        let constants = node.child_by_field_name("body").map(|body| self.constants(body));
        Enumeration {
            constants: constants.map(|all| all.into_iter().map(|(_, name, value)| (name, value)).collect()),
        }
    }

    // ---- macros ----

    fn macro_definition(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let parameters = node.child_by_field_name("parameters").map(|list| {
            let words = tokens(self.of(list));
            words.into_iter().filter_map(|token| match token {
                Token::Word(word) => Some(word),
                Token::Punctuation("...") => Some("__VA_ARGS__".into()),
                _ => None,
            })
        });
        let parameters = parameters.map(Iterator::collect);
        let mut body =
            node.child_by_field_name("value").map_or_else(Vec::new, |value| tokens(self.of(value)));
        if body.first() == Some(&Token::Punctuation("=")) {
            // Published specs write `#define N = 8` here and there.
            body.remove(0);
        }
        self.add(
            node,
            self.of(name).to_string(),
            name.byte_range(),
            Shape::Macro(Macro { parameters, body }),
        );
    }

    // ---- comments, names ----

    /// The comment lines right before a declaration, or the comment behind it on its last line.
    fn comment(&self, node: Node<'_>) -> Option<String> {
        let mut lines = Vec::new();
        let mut below = node;
        while let Some(above) = below.prev_sibling().filter(|above| above.kind() == "comment") {
            let adjacent = above.end_position().row + 1 == below.start_position().row;
            if !adjacent || !self.starts_line(above) || is_origin(self.of(above)) {
                break;
            }
            lines.push(comment_text(self.of(above)));
            below = above;
        }
        lines.reverse();
        let behind = std::iter::successors(node.next_sibling(), |next| next.next_sibling())
            .take_while(|next| next.start_position().row == node.end_position().row)
            .find(|next| next.kind() == "comment");
        lines.extend(behind.map(|comment| comment_text(self.of(comment))));
        (!lines.is_empty()).then(|| lines.join(" "))
    }

    fn starts_line(&self, node: Node<'_>) -> bool {
        let before = &self.text[..node.start_byte()];
        before.chars().rev().take_while(|&c| c != '\n').all(char::is_whitespace)
    }

    fn mentions(&self, node: Node<'_>, in_expression: bool, out: &mut Vec<String>) {
        let is_mention = match node.kind() {
            "type_identifier" | "primitive_type" => basic(std::iter::once(self.of(node))).is_none(),
            "identifier" => in_expression,
            _ => false,
        };
        if is_mention {
            out.push(self.of(node).into());
        }
        let mut cursor = node.walk();
        if cursor.goto_first_child() {
            loop {
                let child = cursor.node();
                let expression = in_expression
                    || matches!(cursor.field_name(), Some("size" | "value"))
                    || child.kind() == "bitfield_clause";
                self.mentions(child, expression && child.kind() != "preproc_arg", out);
                if !cursor.goto_next_sibling() {
                    break;
                }
            }
        }
    }

    fn of(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }
}

fn first_declarator(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| child.kind().ends_with("declarator") || child.kind().ends_with("identifier"))
}

fn says_partial(comment: &str) -> bool {
    comment.contains("...")
        || comment.contains('…')
        || comment.contains("other field")
        || comment.contains("other member")
}

/// Whether a comment is only a file name: the origin of the lines below it.
fn is_origin(comment: &str) -> bool {
    let text = comment_text(comment);
    !text.contains(char::is_whitespace) && (text.ends_with(".h") || text.ends_with(".c"))
}

/// A comment without its marks, on one line.
pub fn comment_text(comment: &str) -> String {
    let text = comment.trim();
    let text = text.strip_prefix("//").unwrap_or(text);
    let text = text.strip_prefix("/*").and_then(|text| text.strip_suffix("*/")).unwrap_or(text);
    text.split_whitespace().filter(|word| *word != "*").collect::<Vec<_>>().join(" ")
}

fn spaced(tokens: &[Token]) -> String {
    tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The arithmetic type that a set of specifiers names (C11 6.7.2p2), or `void`.
fn basic<'w>(words: impl Iterator<Item = &'w str>) -> Option<&'static str> {
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
