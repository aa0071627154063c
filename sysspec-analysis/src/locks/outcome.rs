//! What a contract allows and promises on return.

use crate::formula::{Binary, Expression, Node, Unary};

use super::effect::{Effect, Fact, Guard, Outcome};
use super::objects::key;

/// What a step returns, as far as its words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    Null,
    Integer(i128),
    /// An error number with a minus.
    Negative,
    Unknown,
}

/// What a contract says of a lock that is held on return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Forbidden,
}

impl Returned {
    pub fn of(word: &str) -> Self {
        match word {
            "NULL" => Self::Null,
            _ if word.starts_with("-E") => Self::Negative,
            _ => word.parse().map_or(Self::Unknown, Self::Integer),
        }
    }

    /// Whether a test of the result holds; `None` when that is not known.
    fn meets(self, test: &Expression) -> Option<bool> {
        match &test.node {
            Node::Binary(Binary::And, left, right) => match (self.meets(left), self.meets(right)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Node::Binary(Binary::Or, left, right) => match (self.meets(left), self.meets(right)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Node::Unary(Unary::Not, inner) => self.meets(inner).map(|holds| !holds),
            Node::Binary(operator, left, right) if left.node == Node::Result => {
                self.compares(*operator, right)
            }
            _ => None,
        }
    }

    fn compares(self, operator: Binary, right: &Expression) -> Option<bool> {
        if right.node == Node::Null {
            let is_null = match self {
                Self::Null => true,
                Self::Unknown => return None,
                Self::Integer(_) | Self::Negative => return None,
            };
            return match operator {
                Binary::Equal => Some(is_null),
                Binary::NotEqual => Some(!is_null),
                _ => None,
            };
        }
        let other = integer(right)?;
        match self {
            Self::Integer(own) => Some(match operator {
                Binary::Equal => own == other,
                Binary::NotEqual => own != other,
                Binary::Less => own < other,
                Binary::LessEqual => own <= other,
                Binary::Greater => own > other,
                Binary::GreaterEqual => own >= other,
                _ => return None,
            }),
            Self::Negative if other >= 0 => Some(match operator {
                Binary::Equal | Binary::Greater | Binary::GreaterEqual => false,
                Binary::NotEqual | Binary::Less | Binary::LessEqual => true,
                _ => return None,
            }),
            _ => None,
        }
    }
}

fn integer(expression: &Expression) -> Option<i128> {
    match &expression.node {
        Node::Integer(value) => Some(*value),
        Node::Unary(Unary::Negate, inner) => integer(inner).map(|value| -value),
        _ => None,
    }
}

/// Whether an object may be locked when a function returns.
pub fn verdict(
    effect: &Effect,
    object: &str,
    is_parameter: bool,
    was_held: bool,
    returned: &Returned,
) -> Verdict {
    let mut plain = effect.outcomes.iter().filter(|outcome| outcome.guard.is_none());
    let of = |outcome: &Outcome| said(outcome, object, is_parameter, was_held);
    if plain.clone().any(|outcome| of(outcome) == Some(Verdict::Forbidden)) {
        return Verdict::Forbidden;
    }
    if plain.any(|outcome| of(outcome) == Some(Verdict::Allowed)) {
        return Verdict::Allowed;
    }
    // What a contract does not mention is as it was.
    let silent = if was_held { Verdict::Allowed } else { Verdict::Forbidden };
    let cases: Vec<&Outcome> = cases(effect, returned).collect();
    let is_allowed = cases.iter().any(|case| of(case).unwrap_or(silent) == Verdict::Allowed);
    if is_allowed || (cases.is_empty() && silent == Verdict::Allowed) {
        return Verdict::Allowed;
    }
    Verdict::Forbidden
}

/// Whether the lock of an object is promised in whatever case may apply.
pub fn is_promised(effect: &Effect, object: &str, returned: &Returned) -> bool {
    let promises = |outcome: &Outcome| {
        outcome.facts.iter().any(|fact| match fact {
            Fact::Held(held) => is_named(held, object),
            Fact::Only(list) => list.iter().any(|held| is_named(held, object)),
            _ => false,
        })
    };
    let mut plain = effect.outcomes.iter().filter(|outcome| outcome.guard.is_none());
    let mut cases = cases(effect, returned).peekable();
    plain.any(promises) || (cases.peek().is_some() && cases.all(promises))
}

/// The cases that may apply.
fn cases<'e>(effect: &'e Effect, returned: &'e Returned) -> impl Iterator<Item = &'e Outcome> {
    effect.outcomes.iter().filter(|outcome| match &outcome.guard {
        None => false,
        Some(Guard::Unknown) => true,
        Some(Guard::Known(tests)) => !tests.iter().any(|test| returned.meets(test) == Some(false)),
    })
}

/// What one case says of a lock that is held; `None` when it does not speak of it.
fn said(outcome: &Outcome, object: &str, is_parameter: bool, was_held: bool) -> Option<Verdict> {
    let mut may_be_other = false;
    let mut found = None;
    for fact in &outcome.facts {
        match fact {
            Fact::Held(held) | Fact::Depends(held) if is_named(held, object) => {
                return Some(Verdict::Allowed);
            }
            Fact::Free(free) if is_named(free, object) => found = Some(Verdict::Forbidden),
            Fact::Only(list) if list.is_empty() => found = Some(Verdict::Forbidden),
            Fact::Only(list) => {
                let is_listed = list.iter().any(|held| is_named(held, object));
                let is_apart = is_parameter && list.iter().all(is_plain);
                found = Some(if is_listed || !is_apart { Verdict::Allowed } else { Verdict::Forbidden });
            }
            Fact::Unchanged => {
                found = found.or(Some(if was_held { Verdict::Allowed } else { Verdict::Forbidden }))
            }
            // It may be the one that is meant.
            Fact::Held(held) | Fact::Depends(held) => may_be_other |= !is_plain(held),
            Fact::Free(_) => {}
        }
    }
    found.or(may_be_other.then_some(Verdict::Allowed))
}

fn is_named(expression: &Expression, object: &str) -> bool {
    key(&expression.to_string()) == object
}

fn is_plain(expression: &Expression) -> bool {
    matches!(expression.node, Node::Name(_))
}
