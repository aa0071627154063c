//! Types and declarations in the reader's words.

use std::fmt;

use super::shape::{Function, Qualifiers, Type};
use super::token::Token;

/// A declaration on one line, without comments.
pub fn one_line(text: &str) -> String {
    let line = without_comments(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.starts_with('#') { line } else { line.replace("* ", "*") }
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("//").into_iter().chain(rest.find("/*")).min() {
        let (mark, end) = if rest[start..].starts_with("//") { ("\n", 0) } else { ("*/", 2) };
        out += &rest[..start];
        out.push(' ');
        rest = rest[start + 2..]
            .split_once(mark)
            .map_or("", |(comment, _)| &rest[start + 2 + comment.len() + end..]);
    }
    out + rest
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&declare(self, String::new()))
    }
}

impl Type {
    /// A declaration of a name with this type.
    pub fn declare(&self, name: &str) -> String {
        declare(self, name.to_string())
    }
}

/// A declaration of `inner` with this type: C's syntax read backwards.
fn declare(ty: &Type, inner: String) -> String {
    match ty {
        Type::Basic(name) => join(name, &inner),
        Type::Name(name) | Type::Other(name) => join(name, &inner),
        Type::Struct(tag) => join(&format!("struct {tag}"), &inner),
        Type::Enum(tag) => join(&format!("enum {tag}"), &inner),
        Type::Anonymous(aggregate) => {
            join(if aggregate.union { "union { … }" } else { "struct { … }" }, &inner)
        }
        Type::AnonymousEnum(_) => join("enum { … }", &inner),
        Type::Qualified(qualifiers, of) => match of.as_ref() {
            Type::Pointer(to) => declare(to, pointer(to, &join(&qualifiers.to_string(), &inner))),
            of => join(&qualifiers.to_string(), &declare(of, inner)),
        },
        Type::Pointer(to) => declare(to, pointer(to, &inner)),
        Type::Array(of, length) => {
            let length = length.as_ref().map_or(String::new(), |tokens| print(tokens));
            declare(of, format!("{inner}[{length}]"))
        }
        Type::Function(function) => declare(&function.result, format!("{inner}({})", parameters(function))),
    }
}

fn pointer(to: &Type, inner: &str) -> String {
    match to {
        Type::Function(_) | Type::Array(..) => format!("(*{inner})"),
        _ => format!("*{inner}"),
    }
}

fn parameters(function: &Function) -> String {
    let mut list = function.parameters.iter().map(ToString::to_string).collect::<Vec<_>>();
    if function.variadic {
        list.push("...".into());
    }
    if list.is_empty() { "void".into() } else { list.join(", ") }
}

fn join(left: &str, right: &str) -> String {
    if right.is_empty() { left.into() } else { format!("{left} {right}") }
}

/// Tokens as one would write them.
pub fn print(tokens: &[Token]) -> String {
    let text = tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    text.replace("( ", "(").replace(" )", ")")
}

impl fmt::Display for Qualifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.constant, "const"),
            (self.volatile, "volatile"),
            (self.atomic, "_Atomic"),
            (self.restrict, "restrict"),
        ];
        let words = words.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect::<Vec<_>>();
        f.write_str(&words.join(" "))
    }
}
