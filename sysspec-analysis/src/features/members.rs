//! The types of parameters and of what they lead to.

use crate::c::{Aggregate, Function, Member, Shape, Type};
use crate::db::{Db, SourceFile};
use crate::lower::Section;
use crate::symbols::SymbolName;

use super::cursor::functions_of;
use super::navigation::shape_of;

/// How many typedefs are followed; more would be a circle.
const TYPEDEFS: usize = 16;

/// The type of a parameter that a section may speak of.
pub fn parameter_type(db: &dyn Db, file: SourceFile, section: Section<'_>, name: &str) -> Option<Type> {
    functions_of(db, file, section).into_iter().find_map(|function| {
        let at = function.names.0.iter().position(|parameter| parameter.as_deref() == Some(name))?;
        function.parameters.get(at).cloned()
    })
}

/// The type of `a->b.c[i]`, which begins with a parameter, an object or `result`.
pub fn type_of_path(db: &dyn Db, file: SourceFile, section: Section<'_>, path: &[String]) -> Option<Type> {
    let (first, rest) = path.split_first()?;
    let mut ty = match first.as_str() {
        "result" => functions_of(db, file, section).first().map(|function| function.result.clone()),
        name => parameter_type(db, file, section, name).or_else(|| object_type(db, file, name)),
    }?;
    for member in rest {
        ty = members_of(db, file, &ty)?.into_iter().find(|found| found.name == *member)?.ty;
    }
    Some(ty)
}

/// The members of the structure that a type is or points to.
pub fn members_of(db: &dyn Db, file: SourceFile, ty: &Type) -> Option<Vec<Member>> {
    let mut ty = ty.clone();
    for _ in 0..TYPEDEFS {
        ty = match ty {
            Type::Pointer(of) | Type::Qualified(_, of) | Type::Array(of, _) => *of,
            Type::Anonymous(aggregate) => return Some(flat(*aggregate)),
            Type::Name(name) => match shape_of(db, file, &SymbolName::ordinary(&name))? {
                Shape::Typedef(of) => of,
                _ => return None,
            },
            Type::Struct(tag) => match shape_of(db, file, &SymbolName::tag(&tag))? {
                Shape::Struct(aggregate) => return Some(flat(aggregate)),
                _ => return None,
            },
            _ => return None,
        };
    }
    None
}

/// The members, with those of anonymous structures in their place (C11 6.7.2.1p13).
fn flat(aggregate: Aggregate) -> Vec<Member> {
    let members = aggregate.members.unwrap_or_default().into_iter();
    let inner = members.flat_map(|member| match member {
        Member { ref name, ty: Type::Anonymous(inner), .. } if name.is_empty() => flat(*inner),
        member => vec![member],
    });
    inner.collect()
}

fn object_type(db: &dyn Db, file: SourceFile, name: &str) -> Option<Type> {
    match shape_of(db, file, &SymbolName::ordinary(name))? {
        Shape::Object(ty, _) => Some(ty),
        Shape::Function(Function { result, .. }, _) => Some(result),
        _ => None,
    }
}

/// The names of the member path that ends at an offset of a text, outermost first: `a`, `b` and `c` in `a->b.c`. An
/// empty last name means that the path ends in a dot or an arrow.
pub fn path_before(text: &str, at: usize) -> Option<Vec<String>> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = text.get(..at)?;
    let mut path = Vec::new();
    loop {
        let indexed = without_index(rest)?;
        let start = indexed.rfind(|c| !belongs(c)).map_or(0, |found| found + 1);
        let start = (start..=indexed.len()).find(|&at| indexed.is_char_boundary(at))?;
        path.push(indexed[start..].to_string());
        rest = &indexed[..start];
        match rest.strip_suffix("->").or_else(|| rest.strip_suffix('.')) {
            Some(before) => rest = before,
            None => break,
        }
    }
    path.reverse();
    Some(path)
}

/// The text without a bracketed index or the arguments of a call at its end.
fn without_index(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(close @ (']' | ')')) = rest.chars().next_back() {
        let open = if close == ']' { '[' } else { '(' };
        let mut depth = 0usize;
        let start = rest.char_indices().rev().find_map(|(at, c)| {
            depth += usize::from(c == close);
            depth -= usize::from(c == open);
            (depth == 0).then_some(at)
        })?;
        rest = &rest[..start];
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_path_is_read_backwards() {
        let path = |text: &str| path_before(text, text.len()).unwrap().join(" ");
        assert_eq!(path("x == cur->dir.bucket[i]->na"), "cur dir bucket na");
        assert_eq!(path("locked(cur->"), "cur ");
        assert_eq!(path("find(a, b)->x"), "find x");
        assert_eq!(path("é.x"), " x");
        assert_eq!(path_before("a[i]]->", 7), None);
    }
}
