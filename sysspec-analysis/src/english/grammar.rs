//! The reader of a clause: its words, and the things they name.

use crate::formula::{Binary, Expression, Node, Unary};

use super::words::Word;
use super::{Context, Statement};

/// Kinds of objects, which may stand before a name or behind it.
const KINDS: &[&str] = &[
    "inode",
    "directory",
    "initial",
    "starting",
    "target",
    "parent",
    "source",
    "destination",
    "child",
    "node",
    "file",
    "object",
    "current",
];

/// Reads a clause from left to right. Every production leaves `at` where it was when it does not apply; those that
/// give `None` half-way are tried by [`Reader::attempt`].
pub struct Reader<'w> {
    pub words: &'w [Word],
    pub at: usize,
    pub context: Context<'w>,
    /// What "it" and "its" stand for.
    pub last: Option<Expression>,
    /// What this sentence says is locked.
    pub locked: Vec<Expression>,
}

impl Reader<'_> {
    /// What a production reads, or nothing read at all.
    pub fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (start, last, locked) = (self.at, self.last.clone(), self.locked.len());
        let found = read(self);
        if found.is_none() {
            self.at = start;
            self.last = last;
            self.locked.truncate(locked);
        }
        found
    }

    // ---- things ----

    /// `thing { ("," | "and") thing }`
    pub fn things(&mut self) -> Option<Vec<Expression>> {
        let mut things = vec![self.thing()?];
        while let Some(next) = self.attempt(|reader| {
            let is_joined = reader.comma() | reader.take("and");
            if is_joined { reader.thing() } else { None }
        }) {
            things.push(next);
        }
        Some(things)
    }

    /// `{ KIND } ( SPAN | NAME | "(" SPAN ")" ) [ "inode" ]`, "the returned inode".
    pub fn thing(&mut self) -> Option<Expression> {
        let found = self.attempt(Self::returned_thing).or_else(|| self.attempt(Self::named_thing))?;
        self.last = Some(found.clone());
        Some(found)
    }

    fn returned_thing(&mut self) -> Option<Expression> {
        self.take("returned").then_some(())?;
        let is_named = self.kinds() | self.take("pointer") | self.take("value") | self.take("object");
        // "the returned inode `x`" names it: which is said of which is another clause's business.
        (is_named && !matches!(self.words.get(self.at), Some(Word::Formula(_)))).then(result)
    }

    fn named_thing(&mut self) -> Option<Expression> {
        let start = self.at;
        let has_kind = self.kinds();
        let is_enclosed = has_kind && self.open();
        if let Some(Word::Formula(formula)) = self.words.get(self.at) {
            let formula = formula.clone();
            self.at += 1;
            (!is_enclosed || self.close()).then_some(())?;
            if !has_kind {
                // "the `x` inode"
                let _ = self.take("inode") || self.take("directory");
            }
            return Some(self.meant(formula));
        }
        // "target" alone, or "the target inode", when that is what is returned.
        self.at = start;
        let is_target = !is_enclosed && self.context.returns_target && self.take("target");
        self.take("inode");
        is_target.then(result)
    }

    /// `target` stands for what is returned when nothing else is called so.
    fn meant(&self, formula: Expression) -> Expression {
        let is_target = matches!(&formula.node, Node::Name(name) if name == "target");
        if is_target && self.context.returns_target { result() } else { formula }
    }

    fn kinds(&mut self) -> bool {
        let start = self.at;
        while KINDS.iter().any(|kind| self.take(kind)) {}
        self.at > start
    }

    // ---- words ----

    pub fn is(&self, wanted: &str) -> bool {
        self.words.get(self.at).is_some_and(|word| word.is(wanted))
    }

    pub fn take(&mut self, wanted: &str) -> bool {
        let found = self.is(wanted);
        self.at += usize::from(found);
        found
    }

    /// Takes words, all or none.
    pub fn take_all(&mut self, wanted: &[&str]) -> bool {
        let here = self.words.get(self.at..self.at + wanted.len());
        let found = here.is_some_and(|here| here.iter().zip(wanted).all(|(word, wanted)| word.is(wanted)));
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    /// Takes the first of several phrases that stands here. Phrases are separated by `|`.
    pub fn take_any(&mut self, phrases: &str) -> bool {
        phrases.split('|').any(|phrase| self.take_all(&phrase.split_whitespace().collect::<Vec<_>>()))
    }

    pub fn comma(&mut self) -> bool {
        self.mark(&Word::Comma)
    }

    pub fn open(&mut self) -> bool {
        self.mark(&Word::Open)
    }

    pub fn close(&mut self) -> bool {
        self.mark(&Word::Close)
    }

    pub fn equals(&mut self) -> bool {
        self.mark(&Word::Equals)
    }

    fn mark(&mut self, mark: &Word) -> bool {
        let found = self.words.get(self.at) == Some(mark);
        self.at += usize::from(found);
        found
    }

    pub fn is_at_end(&self) -> bool {
        self.at >= self.words.len()
    }
}

pub fn new(node: Node) -> Expression {
    Expression::new(node, 0..0)
}

pub fn result() -> Expression {
    new(Node::Result)
}

pub fn binary(operator: Binary, one: Expression, two: Expression) -> Expression {
    new(Node::Binary(operator, one.into(), two.into()))
}

pub fn equal(one: Expression, two: Expression) -> Expression {
    binary(Binary::Equal, one, two)
}

pub fn not(formula: Expression) -> Expression {
    match formula.node {
        Node::Unary(Unary::Not, inner) => *inner,
        Node::Binary(Binary::Equal, one, two) => new(Node::Binary(Binary::NotEqual, one, two)),
        Node::Binary(Binary::NotEqual, one, two) => new(Node::Binary(Binary::Equal, one, two)),
        _ => new(Node::Unary(Unary::Not, formula.into())),
    }
}

pub fn old(expression: Expression) -> Expression {
    new(Node::Old(expression.into()))
}

/// All of them, or any of them.
pub fn joined(operator: Binary, formulas: impl IntoIterator<Item = Expression>) -> Option<Expression> {
    formulas.into_iter().reduce(|one, two| binary(operator, one, two))
}

pub fn locked(thing: Expression) -> Expression {
    new(Node::Call("locked".into(), vec![thing]))
}

pub fn all_locked(things: Vec<Expression>) -> Vec<Statement> {
    things.into_iter().map(|thing| Statement::Holds(locked(thing))).collect()
}

pub fn all_unlocked(things: Vec<Expression>) -> Vec<Statement> {
    things.into_iter().map(|thing| Statement::Holds(not(locked(thing)))).collect()
}
