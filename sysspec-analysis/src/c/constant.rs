//! Integer constant expressions (C11 6.6).

use super::token::Token;

/// How deep macros may name macros before one is taken for circular.
const DEPTH_MAX: u32 = 32;

/// The value of an integer constant expression, or `None` when it is none or uses what is not known.
///
/// `named` gives the tokens behind a macro, or behind an enumeration constant.
pub fn evaluate(tokens: &[Token], named: &dyn Fn(&str) -> Option<Vec<Token>>) -> Option<i128> {
    Evaluator { tokens, at: 0, named, depth: 0 }.whole()
}

struct Evaluator<'a> {
    tokens: &'a [Token],
    at: usize,
    named: &'a dyn Fn(&str) -> Option<Vec<Token>>,
    depth: u32,
}

impl Evaluator<'_> {
    fn whole(mut self) -> Option<i128> {
        let value = self.conditional()?;
        (self.at == self.tokens.len()).then_some(value)
    }

    fn conditional(&mut self) -> Option<i128> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Some(condition);
        }
        let then = self.conditional()?;
        if !self.take(":") {
            return None;
        }
        let otherwise = self.conditional()?;
        Some(if condition != 0 { then } else { otherwise })
    }

    fn binary(&mut self, level: u8) -> Option<i128> {
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

    fn unary(&mut self) -> Option<i128> {
        if self.take("-") {
            return self.unary()?.checked_neg();
        }
        if self.take("+") {
            return self.unary();
        }
        if self.take("~") {
            return Some(!self.unary()?);
        }
        if self.take("!") {
            return Some((self.unary()? == 0).into());
        }
        if self.take("(") {
            let value = self.conditional()?;
            return self.take(")").then_some(value);
        }
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token {
            Token::Number(text) => number(text),
            Token::Literal(text) => character(text),
            Token::Word(name) => self.name(name),
            Token::Punctuation(_) | Token::Stray(_) => None,
        }
    }

    fn name(&self, name: &str) -> Option<i128> {
        if self.depth == DEPTH_MAX {
            return None;
        }
        let body = (self.named)(name)?;
        Evaluator { tokens: &body, at: 0, named: self.named, depth: self.depth + 1 }.whole()
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Punctuation(here)) if *here == mark);
        self.at += usize::from(found);
        found
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

fn apply(operator: &str, left: i128, right: i128) -> Option<i128> {
    Some(match operator {
        "||" => (left != 0 || right != 0).into(),
        "&&" => (left != 0 && right != 0).into(),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => (left == right).into(),
        "!=" => (left != right).into(),
        "<" => (left < right).into(),
        ">" => (left > right).into(),
        "<=" => (left <= right).into(),
        ">=" => (left >= right).into(),
        // Beyond 64 bits C has no meaning for a shift.
        "<<" => left.checked_mul(1_i128.checked_shl(shift(right)?)?)?,
        ">>" => left >> shift(right)?,
        "+" => left.checked_add(right)?,
        "-" => left.checked_sub(right)?,
        "*" => left.checked_mul(right)?,
        "/" => left.checked_div(right)?,
        "%" => left.checked_rem(right)?,
        _ => return None,
    })
}

fn shift(amount: i128) -> Option<u32> {
    u32::try_from(amount).ok().filter(|&bits| bits < 64)
}

/// The value of an integer constant, whatever its suffix.
pub fn number(text: &str) -> Option<i128> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', b'b' | b'B', ..] => (&text[2..], 2),
        [b'0', b'0'..=b'9', ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let digits = digits.trim_end_matches(['u', 'U', 'l', 'L']);
    i128::from_str_radix(digits, radix).ok()
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
