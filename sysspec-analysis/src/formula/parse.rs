//! From text to expressions.

use std::ops::Range;

use super::expression::{Binary, Expression, Node, Unary};
use super::token::{Token, tokens};

/// How deep expressions may nest: far beyond what anybody can read, and well within a thread's stack.
const DEPTH_MAX: usize = 200;

/// Where a text is no expression, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where, in bytes of the text; empty at its end.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
}

/// Reads a whole text as one expression.
pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.trim_end().len(), depth: 0 };
    let whole = parser.expression(0)?;
    match parser.peek() {
        None => Ok(whole),
        Some(_) => Err(parser.unexpected("an operator")),
    }
}

struct Parser<'t> {
    tokens: &'t [(Token<'t>, Range<usize>)],
    at: usize,
    /// Where the text ends.
    end: usize,
    depth: usize,
}

type Parsed = Result<Expression, SyntaxError>;

impl<'t> Parser<'t> {
    /// Reads operators that bind at least as tightly as `level`.
    fn expression(&mut self, level: u8) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("this expression is nested too deeply"));
        }
        let mut left = self.unary()?;
        loop {
            if level <= 2 && self.peek() == Some(Token::Mark("?")) {
                left = self.conditional(left)?;
                continue;
            }
            let Some(operator) = self.operator().filter(|operator| operator.precedence() >= level) else {
                break;
            };
            if operator.is_comparison() && is_comparison(&left) {
                return Err(self.error("comparisons do not chain: join two of them by `&&`"));
            }
            self.at += 1;
            let right =
                self.expression(operator.precedence() + u8::from(!operator.is_right_associative()))?;
            let range = left.range.start..right.range.end;
            left = Expression::new(Node::Binary(operator, left.into(), right.into()), range);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn conditional(&mut self, condition: Expression) -> Parsed {
        self.at += 1;
        let then = self.expression(2)?;
        self.expect(":")?;
        let otherwise = self.expression(2)?;
        let range = condition.range.start..otherwise.range.end;
        Ok(Expression::new(Node::Conditional(condition.into(), then.into(), otherwise.into()), range))
    }

    fn operator(&self) -> Option<Binary> {
        let Some(Token::Mark(mark)) = self.peek() else { return None };
        const OPERATORS: [Binary; 20] = [
            Binary::Equivalent,
            Binary::Implies,
            Binary::Or,
            Binary::And,
            Binary::BitOr,
            Binary::BitXor,
            Binary::BitAnd,
            Binary::Equal,
            Binary::NotEqual,
            Binary::Less,
            Binary::LessEqual,
            Binary::Greater,
            Binary::GreaterEqual,
            Binary::ShiftLeft,
            Binary::ShiftRight,
            Binary::Add,
            Binary::Subtract,
            Binary::Multiply,
            Binary::Divide,
            Binary::Remainder,
        ];
        OPERATORS.into_iter().find(|operator| operator.symbol() == mark)
    }

    fn unary(&mut self) -> Parsed {
        let operator = match self.peek() {
            Some(Token::Mark("!")) => Unary::Not,
            Some(Token::Mark("-")) => Unary::Negate,
            Some(Token::Mark("~")) => Unary::Complement,
            Some(Token::Mark("*")) => Unary::Dereference,
            Some(Token::Mark("&")) => Unary::AddressOf,
            _ => return self.postfix(),
        };
        let start = self.here().start;
        self.at += 1;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("this expression is nested too deeply"));
        }
        let is_bare = matches!(self.peek(), Some(Token::Integer(_)));
        let operand = self.unary()?;
        self.depth -= 1;
        let range = start..operand.range.end;
        // A negative constant is one constant.
        if let (Unary::Negate, true, Node::Integer(value)) = (operator, is_bare, &operand.node) {
            return Ok(Expression::new(Node::Integer(-value), range));
        }
        Ok(Expression::new(Node::Unary(operator, operand.into()), range))
    }

    fn postfix(&mut self) -> Parsed {
        let mut whole = self.primary()?;
        loop {
            let is_arrow = match self.peek() {
                Some(Token::Mark("[")) => {
                    self.at += 1;
                    let index = self.expression(2)?;
                    let end = self.expect("]")?.end;
                    let range = whole.range.start..end;
                    whole = Expression::new(Node::Index(whole.into(), index.into()), range);
                    continue;
                }
                Some(Token::Mark("->")) => true,
                Some(Token::Mark(".")) => false,
                _ => return Ok(whole),
            };
            self.at += 1;
            let Some(Token::Word(name)) = self.peek() else {
                return Err(self.unexpected("the name of a member"));
            };
            let range = whole.range.start..self.here().end;
            self.at += 1;
            whole = Expression::new(Node::Member(whole.into(), name.to_owned(), is_arrow), range);
        }
    }

    fn primary(&mut self) -> Parsed {
        let range = self.here();
        let Some(token) = self.peek() else { return Err(self.unexpected("an expression")) };
        let node = match token {
            Token::Integer(value) => Node::Integer(value),
            Token::String(written) => Node::String(written.to_owned()),
            Token::Word(name) => return self.word(name),
            Token::Mark("(") => {
                self.at += 1;
                let mut inner = self.expression(0)?;
                inner.range = range.start..self.expect(")")?.end;
                return Ok(inner);
            }
            Token::Mark(_) => return Err(self.unexpected("an expression")),
        };
        self.at += 1;
        Ok(Expression::new(node, range))
    }

    /// A name, or a call.
    fn word(&mut self, name: &str) -> Parsed {
        let range = self.here();
        self.at += 1;
        if self.peek() != Some(Token::Mark("(")) {
            let node = match name {
                "NULL" => Node::Null,
                "result" => Node::Result,
                _ => Node::Name(name.to_owned()),
            };
            return Ok(Expression::new(node, range));
        }
        self.at += 1;
        let mut arguments = Vec::new();
        if self.peek() != Some(Token::Mark(")")) {
            arguments.push(self.expression(0)?);
            while self.peek() == Some(Token::Mark(",")) {
                self.at += 1;
                arguments.push(self.expression(0)?);
            }
        }
        let range = range.start..self.expect(")")?.end;
        let wanted = match name {
            "old" | "locked" | "fresh" => Some(1),
            "min" | "max" => Some(2),
            _ => None,
        };
        if let Some(wanted) = wanted.filter(|&wanted| wanted != arguments.len()) {
            let message = format!("`{name}` takes {wanted} argument{}", if wanted == 1 { "" } else { "s" });
            return Err(SyntaxError { range, message });
        }
        let node = match (name, arguments.len()) {
            ("old", 1) => Node::Old(arguments.remove(0).into()),
            _ => Node::Call(name.to_owned(), arguments),
        };
        Ok(Expression::new(node, range))
    }

    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).map(|(token, _)| *token)
    }

    fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, range)| range.clone())
    }

    fn expect(&mut self, mark: &'static str) -> Result<Range<usize>, SyntaxError> {
        if self.peek() != Some(Token::Mark(mark)) {
            return Err(self.unexpected(&format!("`{mark}`")));
        }
        let range = self.here();
        self.at += 1;
        Ok(range)
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some(Token::Word(word) | Token::String(word)) => format!("`{word}`"),
            Some(Token::Integer(value)) => format!("`{value}`"),
            Some(Token::Mark(mark)) => format!("`{mark}`"),
        };
        self.error(&format!("expected {wanted}, found {found}"))
    }

    fn error(&self, message: &str) -> SyntaxError {
        SyntaxError { range: self.here(), message: message.to_owned() }
    }
}

fn is_comparison(expression: &Expression) -> bool {
    // Behind a closing bracket the range is wider than that of the operands.
    match &expression.node {
        Node::Binary(operator, left, right) => {
            operator.is_comparison() && expression.range == (left.range.start..right.range.end)
        }
        _ => false,
    }
}
