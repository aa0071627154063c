//! Integer constant expressions (C11 6.6).

use super::declarator::basic;
use super::platform::{Integer, integer, size, standard_type};
use super::token::Token;

/// How deep macros may name macros before one is taken for circular.
const DEPTH_MAX: u32 = 32;

/// The value of an integer constant expression, or `None` when it is none or uses what is not known.
///
/// `named` gives the tokens behind a macro, or behind an enumeration constant. Types have the sizes of
/// Linux on 64 bits.
pub fn evaluate(tokens: &[Token], named: &dyn Fn(&str) -> Option<Vec<Token>>) -> Option<i128> {
    Evaluator { tokens, at: 0, named, depth: 0 }.whole().map(|found| found.value)
}

struct Evaluator<'a> {
    tokens: &'a [Token],
    at: usize,
    named: &'a dyn Fn(&str) -> Option<Vec<Token>>,
    depth: u32,
}

/// A value and its type. A signed value may leave the range of its type, where C has no meaning.
#[derive(Clone, Copy)]
struct Value {
    value: i128,
    ty: Integer,
}

impl Value {
    fn new(value: i128, ty: Integer) -> Value {
        Value { value: if ty.signed { value } else { ty.converted(value) }, ty }
    }

    fn int(value: i128) -> Value {
        Value { value, ty: Integer::INT }
    }
}

impl Evaluator<'_> {
    fn whole(mut self) -> Option<Value> {
        let value = self.conditional()?;
        (self.at == self.tokens.len()).then_some(value)
    }

    fn conditional(&mut self) -> Option<Value> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Some(condition);
        }
        let then = self.conditional()?;
        if !self.take(":") {
            return None;
        }
        let otherwise = self.conditional()?;
        let chosen = if condition.value != 0 { then } else { otherwise };
        Some(Value::new(chosen.value, then.ty.common(otherwise.ty)))
    }

    fn binary(&mut self, level: u8) -> Option<Value> {
        let mut left = self.unary()?;
        while let Some(Token::Punctuation(operator)) = self.tokens.get(self.at) {
            let Some(precedence) = precedence(operator).filter(|&found| found >= level) else { break };
            let operator = *operator;
            self.at += 1;
            let right = self.binary(precedence + 1)?;
            left = apply(operator, left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Value> {
        if self.take("-") {
            let operand = self.unary()?;
            return Some(Value::new(operand.value.checked_neg()?, operand.ty.promoted()));
        }
        if self.take("+") {
            return self.unary();
        }
        if self.take("~") {
            let operand = self.unary()?;
            return Some(Value::new(!operand.value, operand.ty.promoted()));
        }
        if self.take("!") {
            return Some(Value::int((self.unary()?.value == 0).into()));
        }
        if self.take("(") {
            if let Some(ty) = self.type_name() {
                let ty = ty.integer?;
                let operand = self.unary()?;
                return Some(Value { value: ty.converted(operand.value), ty });
            }
            let value = self.conditional()?;
            return self.take(")").then_some(value);
        }
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token {
            Token::Number(text) => typed_number(text),
            Token::Literal(text) => character(text).map(Value::int),
            Token::Word(word) if matches!(word.as_str(), "sizeof" | "_Alignof" | "alignof") => {
                let ty = self.take("(").then(|| self.type_name()).flatten()?;
                Some(Value { value: ty.bytes.into(), ty: Integer::UNSIGNED_LONG })
            }
            Token::Word(name) => self.name(name),
            Token::Punctuation(_) | Token::Stray(_) => None,
        }
    }

    fn name(&self, name: &str) -> Option<Value> {
        if self.depth == DEPTH_MAX {
            return None;
        }
        let body = (self.named)(name)?;
        Evaluator { tokens: &body, at: 0, named: self.named, depth: self.depth + 1 }.whole()
    }

    /// The type before the next `)`, when what stands there is a type that is known.
    fn type_name(&mut self) -> Option<KnownType> {
        let rest = &self.tokens[self.at..];
        let end = rest.iter().position(|token| *token == Token::Punctuation(")"))?;
        let pointers =
            rest[..end].iter().rev().take_while(|token| **token == Token::Punctuation("*")).count();
        let words = rest[..end - pointers].iter().map(|token| match token {
            Token::Word(word) => Some(word.as_str()),
            _ => None,
        });
        let words = words.collect::<Option<Vec<_>>>()?;
        let known = known_type(&words, pointers > 0)?;
        self.at += end + 1;
        Some(known)
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Punctuation(here)) if *here == mark);
        self.at += usize::from(found);
        found
    }
}

/// A type in a cast or behind `sizeof`.
struct KnownType {
    bytes: u32,
    integer: Option<Integer>,
}

fn known_type(words: &[&str], is_pointer: bool) -> Option<KnownType> {
    let words: Vec<&str> =
        words.iter().copied().filter(|word| !matches!(*word, "const" | "volatile")).collect();
    let name = match words.as_slice() {
        [] => return None,
        [word] => standard_type(word).or_else(|| basic(std::iter::once(*word))),
        ["struct" | "union" | "enum", _] if is_pointer => Some("void"),
        words => basic(words.iter().copied()),
    }?;
    match is_pointer {
        true => Some(KnownType { bytes: 8, integer: None }),
        false => Some(KnownType { bytes: size(name)?, integer: integer(name) }),
    }
}

fn precedence(operator: &str) -> Option<u8> {
    Some(match operator {
        "||" => 0,
        "&&" => 1,
        "|" => 2,
        "^" => 3,
        "&" => 4,
        "==" | "!=" => 5,
        "<" | ">" | "<=" | ">=" => 6,
        "<<" | ">>" => 7,
        "+" | "-" => 8,
        "*" | "/" | "%" => 9,
        _ => return None,
    })
}

fn apply(operator: &str, left: Value, right: Value) -> Option<Value> {
    match operator {
        "||" => return Some(Value::int((left.value != 0 || right.value != 0).into())),
        "&&" => return Some(Value::int((left.value != 0 && right.value != 0).into())),
        "<<" => {
            let factor = 1_i128.checked_shl(shift(right.value)?)?;
            return Some(Value::new(left.value.checked_mul(factor)?, left.ty.promoted()));
        }
        ">>" => return Some(Value::new(left.value >> shift(right.value)?, left.ty.promoted())),
        _ => {}
    }
    let ty = left.ty.common(right.ty);
    let (left, right) = (Value::new(left.value, ty).value, Value::new(right.value, ty).value);
    let truth = |truth: bool| Some(Value::int(truth.into()));
    match operator {
        "==" => return truth(left == right),
        "!=" => return truth(left != right),
        "<" => return truth(left < right),
        ">" => return truth(left > right),
        "<=" => return truth(left <= right),
        ">=" => return truth(left >= right),
        _ => {}
    }
    let value = match operator {
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "+" => left.checked_add(right)?,
        "-" => left.checked_sub(right)?,
        "*" => left.checked_mul(right)?,
        "/" => left.checked_div(right)?,
        "%" => left.checked_rem(right)?,
        _ => return None,
    };
    Some(Value::new(value, ty))
}

/// Beyond 64 bits C has no meaning for a shift.
fn shift(amount: i128) -> Option<u32> {
    u32::try_from(amount).ok().filter(|&bits| bits < 64)
}

/// The value of an integer constant, whatever its suffix.
pub fn number(text: &str) -> Option<i128> {
    typed_number(text).map(|found| found.value)
}

/// An integer constant with the type that its digits and suffix give it (C11 6.4.4.1p5).
fn typed_number(text: &str) -> Option<Value> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', b'b' | b'B', ..] => (&text[2..], 2),
        [b'0', b'0'..=b'9', ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let bare = digits.trim_end_matches(['u', 'U', 'l', 'L']);
    let suffix = digits[bare.len()..].to_ascii_lowercase();
    let value = i128::from_str_radix(bare, radix).ok()?;
    let (unsigned, long) = (suffix.contains('u'), suffix.contains('l'));
    let candidates = [(4, true), (4, false), (8, true), (8, false)];
    let mut candidates = candidates.into_iter().map(|(bytes, signed)| Integer { bytes, signed });
    let ty = candidates.find(|ty| {
        let fits_suffix = (ty.bytes == 8 || !long) && !(ty.signed && unsigned);
        let fits_radix = ty.signed || unsigned || radix != 10;
        fits_suffix && fits_radix && ty.holds(value)
    });
    Some(Value { value, ty: ty.unwrap_or(Integer { bytes: 8, signed: true }) })
}

pub fn character(text: &str) -> Option<i128> {
    let body = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut characters = body.chars();
    let value = match (characters.next()?, characters.as_str()) {
        ('\\', "n") => 10,
        ('\\', "t") => 9,
        ('\\', "r") => 13,
        ('\\', "a") => 7,
        ('\\', "b") => 8,
        ('\\', "f") => 12,
        ('\\', "v") => 11,
        ('\\', quoted @ ("\\" | "'" | "\"" | "?")) => i128::from(quoted.as_bytes()[0]),
        ('\\', hex) if hex.starts_with('x') => i128::from_str_radix(&hex[1..], 16).ok()?,
        ('\\', octal) => i128::from_str_radix(octal, 8).ok()?,
        (plain, "") if plain.is_ascii() => i128::from(plain as u32),
        _ => return None,
    };
    Some(value)
}
