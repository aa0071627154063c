//! From tree-sitter-c's trees to declarations.

use std::cell::RefCell;
use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use crate::suppression::is_suppression;

use super::declarator::{Declared, is_basic};
use super::quirk::{Quirk, quirks};
use super::shape::{Aggregate, Enumeration, Macro, Member, Shape, Storage, Type};
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
    /// Where it is no C, and is read all the same.
    pub quirks: Vec<Quirk>,
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
    let quirks = quirks(tree.root_node(), &padded, end);
    // The last declaration may have taken the semicolon of the padding.
    reader.declarations.iter_mut().for_each(|found| found.range.end = found.range.end.min(end));
    Parsed { declarations: reader.declarations, errors, quirks }
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

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    declarations: Vec<Declaration>,
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

    pub(super) fn aggregate(&mut self, node: Node<'_>) -> Aggregate {
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

    pub(super) fn enumeration(&self, node: Node<'_>) -> Enumeration {
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
        lines.retain(|line| !is_suppression(line));
        (!lines.is_empty()).then(|| lines.join(" "))
    }

    fn starts_line(&self, node: Node<'_>) -> bool {
        let before = &self.text[..node.start_byte()];
        before.chars().rev().take_while(|&c| c != '\n').all(char::is_whitespace)
    }

    fn mentions(&self, node: Node<'_>, in_expression: bool, out: &mut Vec<String>) {
        let is_mention = match node.kind() {
            "type_identifier" | "primitive_type" => !is_basic(self.of(node)),
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

    pub(super) fn of(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }
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
