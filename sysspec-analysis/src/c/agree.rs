//! Whether two declarations of one name agree, as C sees it (C11 6.2.7).

use super::constant::evaluate;
use super::platform::standard_type;
use super::print::print;
use super::shape::{Aggregate, Enumeration, Function, Macro, Member, Qualifiers, Shape, Storage, Type};
use super::token::Token;

/// How deep typedef names may name typedef names.
const DEPTH_MAX: u32 = 32;

/// What the names inside declarations stand for.
pub trait Scope {
    /// The type behind a typedef name of the workspace.
    fn typedef(&self, name: &str) -> Option<Type>;
    /// The tokens behind a macro or an enumeration constant of the workspace.
    fn constant(&self, name: &str) -> Option<Vec<Token>>;
}

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// They declare the same thing.
    Same,
    /// They are the same on Linux with 64 bits, but not by the C standard. What differs is said with
    /// "here" for the first and "there" for the second.
    SameOnThisPlatform(String),
    /// They differ, in the way that is said.
    Different(String),
    /// They are different kinds of things altogether.
    OtherKind,
}

/// A comparison under a scope.
pub struct Comparison<'a> {
    scope: &'a dyn Scope,
    /// Whether the standard typedef names are read as what they are on Linux with 64 bits.
    platform: bool,
}

/// `Ok` when equal, else what differs.
type Outcome = Result<(), String>;

impl<'a> Comparison<'a> {
    /// A comparison with that scope.
    pub fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, platform: false }
    }

    /// Compares the declaration `here` with the authoritative one `there`.
    pub fn compare(&self, here: &Shape, there: &Shape) -> Agreement {
        if here == there {
            return Agreement::Same;
        }
        if std::mem::discriminant(here) != std::mem::discriminant(there) {
            return self.across_kinds(here, there);
        }
        let Err(difference) = self.shapes(here, there) else { return Agreement::Same };
        let here_and_now = Comparison { scope: self.scope, platform: true };
        match here_and_now.shapes(here, there) {
            Ok(()) => Agreement::SameOnThisPlatform(difference),
            Err(_) => Agreement::Different(difference),
        }
    }

    /// A macro and an enumeration constant of the same value serve the same; so do a typedef of an
    /// untagged structure and the structure itself.
    fn across_kinds(&self, here: &Shape, there: &Shape) -> Agreement {
        match (here, there) {
            (Shape::Macro(definition), Shape::Constant(value))
            | (Shape::Constant(value), Shape::Macro(definition))
                if self.same_tokens(&definition.body, value) =>
            {
                Agreement::Same
            }
            _ => Agreement::OtherKind,
        }
    }

    fn shapes(&self, here: &Shape, there: &Shape) -> Outcome {
        match (here, there) {
            (Shape::Function(mine, storage), Shape::Function(theirs, their_storage)) => {
                linkage(*storage, *their_storage)?;
                self.functions(mine, theirs)
            }
            (Shape::Object(mine, storage), Shape::Object(theirs, their_storage)) => {
                linkage(*storage, *their_storage)?;
                self.differ("it", mine, theirs, false)
            }
            (Shape::Struct(mine), Shape::Struct(theirs)) => self.aggregates(mine, theirs),
            (Shape::Enum(mine), Shape::Enum(theirs)) => self.enumerations(mine, theirs),
            (Shape::Typedef(mine), Shape::Typedef(theirs)) => self.typedefs(mine, theirs),
            (Shape::Macro(mine), Shape::Macro(theirs)) => self.macros(mine, theirs),
            (Shape::Constant(mine), Shape::Constant(theirs)) if self.same_tokens(mine, theirs) => Ok(()),
            _ => Err("they have different values".into()),
        }
    }

    // ---- functions, objects, typedefs ----

    fn functions(&self, here: &Function, there: &Function) -> Outcome {
        if !self.same(&here.result, &there.result, false) {
            return Err(format!("it returns `{}` here and `{}` there", here.result, there.result));
        }
        if here.parameters.len() != there.parameters.len() {
            return Err(format!("it takes {} here and {} there", count(here), count(there)));
        }
        for (at, (mine, theirs)) in here.parameters.iter().zip(&there.parameters).enumerate() {
            if !self.same(mine, theirs, false) {
                let name = parameter_name(here, there, at);
                return Err(format!("{name} is `{mine}` here and `{theirs}` there"));
            }
        }
        if here.variadic != there.variadic {
            let (with, without) = if here.variadic { ("here", "there") } else { ("there", "here") };
            return Err(format!("its parameter list ends in `...` {with} and not {without}"));
        }
        Ok(())
    }

    fn typedefs(&self, here: &Type, there: &Type) -> Outcome {
        match (here, there) {
            (Type::Anonymous(mine), Type::Anonymous(theirs)) => self.aggregates(mine, theirs),
            (Type::AnonymousEnum(mine), Type::AnonymousEnum(theirs)) => self.enumerations(mine, theirs),
            // Restated without its tag, or with one: the members are compared where the tag is.
            (Type::Anonymous(_), Type::Struct(_)) | (Type::Struct(_), Type::Anonymous(_)) => Ok(()),
            (Type::AnonymousEnum(_), Type::Enum(_)) | (Type::Enum(_), Type::AnonymousEnum(_)) => Ok(()),
            _ => self.differ("it", here, there, false),
        }
    }

    fn differ(&self, subject: &str, here: &Type, there: &Type, exact_arrays: bool) -> Outcome {
        match self.same(here, there, exact_arrays) {
            true => Ok(()),
            false => Err(format!("{subject} is `{here}` here and `{there}` there")),
        }
    }

    // ---- structures and enumerations ----

    fn aggregates(&self, here: &Aggregate, there: &Aggregate) -> Outcome {
        if here.union != there.union {
            let word = |union| if union { "union" } else { "struct" };
            return Err(format!("it is a {} here and a {} there", word(here.union), word(there.union)));
        }
        let (Some(mine), Some(theirs)) = (&here.members, &there.members) else { return Ok(()) };
        for member in mine {
            match find(theirs, &member.name, member) {
                Some(other) => self.members(member, other)?,
                None if there.partial => {}
                None => return Err(self.no_such_member(member, theirs)),
            }
        }
        if here.partial || there.partial {
            return Ok(());
        }
        if let Some(missing) = theirs.iter().find(|member| find(mine, &member.name, member).is_none()) {
            return Err(format!(
                "member `{}` is missing here; write `// ... other fields ...` into a struct that is restated in part",
                missing.name
            ));
        }
        match mine.iter().zip(theirs).find(|(mine, theirs)| mine.name != theirs.name) {
            Some((mine, theirs)) => Err(format!(
                "the members come in another order: `{}` here and `{}` there",
                mine.name, theirs.name
            )),
            None => Ok(()),
        }
    }

    fn no_such_member(&self, member: &Member, theirs: &[Member]) -> String {
        let names = theirs.iter().map(|other| other.name.as_str());
        match crate::spelling::nearest(&member.name, names) {
            Some(near) => format!("there is no member `{}` there; did you mean `{near}`?", member.name),
            None => format!("there is no member `{}` there", member.name),
        }
    }

    fn members(&self, here: &Member, there: &Member) -> Outcome {
        self.differ(&format!("member `{}`", here.name), &here.ty, &there.ty, true)?;
        let same_width = match (&here.width, &there.width) {
            (Some(mine), Some(theirs)) => self.same_tokens(mine, theirs),
            (None, None) => true,
            _ => false,
        };
        if same_width { Ok(()) } else { Err(format!("the bit-field `{}` has another width", here.name)) }
    }

    fn enumerations(&self, here: &Enumeration, there: &Enumeration) -> Outcome {
        let (Some(mine), Some(theirs)) = (&here.constants, &there.constants) else { return Ok(()) };
        let names =
            |constants: &[(String, _)]| constants.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if names(mine) != names(theirs) {
            return Err("its constants are not the same".into());
        }
        let (my_values, their_values) = (self.values(mine), self.values(theirs));
        let differs = my_values.iter().zip(&their_values).position(|values| match values {
            (Some(mine), Some(theirs)) => mine != theirs,
            _ => false,
        });
        match differs {
            Some(at) => Err(format!("its constant `{}` has another value", mine[at].0)),
            None => Ok(()),
        }
    }

    /// The values of the constants, as far as they are known.
    fn values(&self, constants: &[(String, Vec<Token>)]) -> Vec<Option<i128>> {
        let own =
            |name: &str| constants.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let named = |name: &str| own(name).or_else(|| self.scope.constant(name));
        constants.iter().map(|(_, value)| evaluate(value, &named)).collect()
    }

    // ---- macros and constants ----

    fn macros(&self, here: &Macro, there: &Macro) -> Outcome {
        let arity = |definition: &Macro| definition.parameters.as_ref().map(Vec::len);
        if arity(here) != arity(there) {
            return Err("it takes other arguments".into());
        }
        if self.same_tokens(&numbered(here), &numbered(there)) {
            return Ok(());
        }
        Err(format!("it is `{}` here and `{}` there", print(&here.body), print(&there.body)))
    }

    fn same_tokens(&self, here: &[Token], there: &[Token]) -> bool {
        if without_parentheses(here) == without_parentheses(there) {
            return true;
        }
        let value = |tokens: &[Token]| evaluate(tokens, &|name| self.scope.constant(name));
        matches!((value(here), value(there)), (Some(mine), Some(theirs)) if mine == theirs)
    }

    // ---- types ----

    /// Whether two types are compatible. `exact_arrays`: whether an array of unknown length differs from
    /// one of known length, as it does for the last member of a structure.
    fn same(&self, here: &Type, there: &Type, exact_arrays: bool) -> bool {
        if here == there {
            return true;
        }
        match (self.resolved(here, 0), self.resolved(there, 0)) {
            (Type::Pointer(mine), Type::Pointer(theirs)) => self.same(&mine, &theirs, exact_arrays),
            (Type::Qualified(own, mine), Type::Qualified(other, theirs)) => {
                own == other && self.same(&mine, &theirs, exact_arrays)
            }
            (Type::Array(mine, length), Type::Array(theirs, other)) => {
                let same_length = match (&length, &other) {
                    (Some(mine), Some(theirs)) => self.same_tokens(mine, theirs),
                    (None, None) => true,
                    _ => !exact_arrays,
                };
                same_length && self.same(&mine, &theirs, exact_arrays)
            }
            (Type::Function(mine), Type::Function(theirs)) => self.same_functions(&mine, &theirs),
            (Type::Anonymous(mine), Type::Anonymous(theirs)) => self.aggregates(&mine, &theirs).is_ok(),
            (Type::AnonymousEnum(mine), Type::AnonymousEnum(theirs)) => {
                self.enumerations(&mine, &theirs).is_ok()
            }
            // A typedef name that is defined nowhere, or as a structure without a tag, is read as the tag.
            (Type::Name(name), Type::Struct(tag) | Type::Enum(tag))
            | (Type::Struct(tag) | Type::Enum(tag), Type::Name(name)) => name == tag,
            (mine, theirs) => mine == theirs,
        }
    }

    fn same_functions(&self, here: &Function, there: &Function) -> bool {
        let adjusted = |ty: &Type| self.resolved(ty, 0).adjusted();
        self.same(&here.result, &there.result, false)
            && here.variadic == there.variadic
            && here.parameters.len() == there.parameters.len()
            && here
                .parameters
                .iter()
                .zip(&there.parameters)
                .all(|(mine, theirs)| self.same(&adjusted(mine), &adjusted(theirs), false))
    }

    /// The type behind a typedef name, and behind the name it names.
    fn resolved(&self, ty: &Type, depth: u32) -> Type {
        let (name, qualifiers) = match ty {
            Type::Name(name) => (name, Qualifiers::default()),
            Type::Qualified(qualifiers, inner) => match inner.as_ref() {
                Type::Name(name) => (name, *qualifiers),
                _ => return ty.clone(),
            },
            _ => return ty.clone(),
        };
        match self.behind(name).filter(|_| depth < DEPTH_MAX) {
            None | Some(Type::Anonymous(_) | Type::AnonymousEnum(_)) => ty.clone(),
            Some(target) => self.resolved(&target, depth + 1).qualified(qualifiers),
        }
    }

    fn behind(&self, name: &str) -> Option<Type> {
        if let Some(basic) = standard_type(name) {
            return self.platform.then_some(Type::Basic(basic));
        }
        self.scope.typedef(name)
    }
}

/// A `static` function cannot be reached from another file; all else agrees.
fn linkage(here: Storage, there: Storage) -> Outcome {
    match (here, there) {
        (Storage::Static, Storage::Extern) => Err("it is `static` here and `extern` there".into()),
        (Storage::Extern, Storage::Static) => Err("it is `extern` here and `static` there".into()),
        _ => Ok(()),
    }
}

fn count(function: &Function) -> String {
    match function.parameters.len() {
        0 => "no parameters".into(),
        1 => "1 parameter".into(),
        many => format!("{many} parameters"),
    }
}

fn parameter_name(here: &Function, there: &Function, at: usize) -> String {
    let name = |function: &Function| function.names.0.get(at).cloned().flatten();
    match name(here).or_else(|| name(there)) {
        Some(name) => format!("parameter {} (`{name}`)", at + 1),
        None => format!("parameter {}", at + 1),
    }
}

/// The member of that name; an unnamed one is found by its type.
fn find<'m>(members: &'m [Member], name: &str, like: &Member) -> Option<&'m Member> {
    members.iter().find(|member| if name.is_empty() { member.ty == like.ty } else { member.name == name })
}

/// The body of a macro with its parameters numbered, so that their names do not count.
fn numbered(definition: &Macro) -> Vec<Token> {
    let parameters = definition.parameters.as_deref().unwrap_or_default();
    let number = |token: &Token| match token {
        Token::Word(word) => match parameters.iter().position(|parameter| parameter == word) {
            Some(at) => Token::Word(format!("{at}")),
            None => token.clone(),
        },
        other => other.clone(),
    };
    definition.body.iter().map(number).collect()
}

/// Tokens without the parentheses around the whole, and around single tokens that are no arguments.
fn without_parentheses(tokens: &[Token]) -> Vec<Token> {
    let mut tokens = tokens.to_vec();
    loop {
        let length = tokens.len();
        if let Some(at) = (0..length.saturating_sub(2)).find(|&at| encloses_one(&tokens, at)) {
            tokens.remove(at + 2);
            tokens.remove(at);
        } else if length > 2 && encloses_all(&tokens) {
            tokens.pop();
            tokens.remove(0);
        } else {
            return tokens;
        }
    }
}

fn encloses_one(tokens: &[Token], at: usize) -> bool {
    let after_name = at > 0 && matches!(tokens[at - 1], Token::Word(_));
    // `(int)` before an operand is a cast.
    let before_operand = match tokens.get(at + 3) {
        None => false,
        Some(Token::Punctuation(mark)) => matches!(*mark, "(" | "~" | "!"),
        Some(_) => true,
    };
    let is_word = matches!(tokens[at + 1], Token::Word(_));
    tokens[at] == Token::Punctuation("(")
        && tokens[at + 2] == Token::Punctuation(")")
        && !matches!(tokens[at + 1], Token::Punctuation(_))
        && !after_name
        && !(is_word && before_operand)
}

fn encloses_all(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Punctuation("(") => depth += 1,
            Token::Punctuation(")") => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at > 0 && at + 1 == tokens.len();
        }
    }
    false
}
