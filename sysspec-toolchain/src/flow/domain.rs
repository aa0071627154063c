//! Which integers a value may be.

use std::collections::BTreeSet;

/// How many integers are kept one by one.
const SET_MAX: usize = 24;

/// A set of integers: those of `only`, if it is there, between the bounds, without `never`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Domain {
    low: Option<i128>,
    high: Option<i128>,
    only: Option<BTreeSet<i128>>,
    never: BTreeSet<i128>,
}

impl Domain {
    /// Every integer.
    pub fn any() -> Self {
        Self::default()
    }

    /// One integer.
    pub fn one(value: i128) -> Self {
        Self::of([value])
    }

    /// A few integers.
    pub fn of(values: impl IntoIterator<Item = i128>) -> Self {
        let values: BTreeSet<i128> = values.into_iter().collect();
        let (low, high) = (values.first().copied(), values.last().copied());
        Self { low, high, only: Some(values), never: BTreeSet::new() }
    }

    /// Every integer but this one.
    pub fn but(value: i128) -> Self {
        Self { never: [value].into(), ..Self::default() }
    }

    /// Integers from a bound on, or up to one.
    pub fn between(low: Option<i128>, high: Option<i128>) -> Self {
        Self { low, high, ..Self::default() }
    }

    /// Whether it holds no integer.
    pub fn is_empty(&self) -> bool {
        let crossed = matches!((self.low, self.high), (Some(low), Some(high)) if low > high);
        let is_shut =
            self.low.is_some() && self.low == self.high && self.low.is_some_and(|low| !self.has(low));
        crossed || is_shut || self.only.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// Whether nothing is excluded.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it holds an integer.
    pub fn has(&self, value: i128) -> bool {
        self.low.is_none_or(|low| low <= value)
            && self.high.is_none_or(|high| value <= high)
            && self.only.as_ref().is_none_or(|only| only.contains(&value))
            && !self.never.contains(&value)
    }

    /// The one integer that it holds.
    pub fn single(&self) -> Option<i128> {
        if let Some(only) = &self.only {
            return (only.len() == 1).then(|| only.first().copied())?;
        }
        self.low.filter(|_| self.low == self.high)
    }

    /// Its integers, when they are known one by one.
    pub fn listed(&self) -> Option<&BTreeSet<i128>> {
        self.only.as_ref()
    }

    /// The lowest and the highest integer, as far as there are bounds.
    pub fn bounds(&self) -> (Option<i128>, Option<i128>) {
        (self.low, self.high)
    }

    /// The integers that both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let only = match (&self.only, &other.only) {
            (Some(one), Some(two)) => Some(one & two),
            (one, two) => one.clone().or_else(|| two.clone()),
        };
        let mut both = Self {
            low: self.low.max(other.low),
            high: match (self.high, other.high) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            },
            only: None,
            never: &self.never | &other.never,
        };
        if let Some(only) = only {
            let only: BTreeSet<i128> = only.into_iter().filter(|value| both.has(*value)).collect();
            return Self::of(only);
        }
        both.tighten();
        both
    }

    /// Moves bounds inwards over what is excluded, so that equal sets look equal.
    fn tighten(&mut self) {
        while self.low.is_some_and(|low| self.never.remove(&low)) {
            self.low = self.low.map(|low| low + 1);
        }
        while self.high.is_some_and(|high| self.never.remove(&high)) {
            self.high = self.high.map(|high| high - 1);
        }
        let (low, high) = (self.low, self.high);
        self.never
            .retain(|value| low.is_none_or(|low| low < *value) && high.is_none_or(|high| *value < high));
    }

    /// A set that holds what either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        if let (Some(one), Some(two)) = (&self.only, &other.only) {
            let both = one | two;
            if both.len() <= SET_MAX {
                return Self::of(both);
            }
        }
        let never = self.never.iter().chain(&other.never).chain([&0]);
        let never: BTreeSet<i128> =
            never.filter(|value| !self.has(**value) && !other.has(**value)).copied().collect();
        let mut either = Self {
            low: self.low.zip(other.low).map(|(one, two)| one.min(two)),
            high: self.high.zip(other.high).map(|(one, two)| one.max(two)),
            only: None,
            never,
        };
        either.tighten();
        either
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_cut_and_joined() {
        let errors = Domain::of([-1, -2]);
        let any = errors.or(&Domain::one(0));
        assert_eq!(any.and(&Domain::but(0)), errors);
        assert!(any.and(&Domain::between(Some(1), None)).is_empty());
        assert_eq!(Domain::but(0).and(&Domain::between(Some(0), None)), Domain::between(Some(1), None));
        assert!(Domain::but(3).and(&Domain::one(3)).is_empty());
    }

    #[test]
    fn what_neither_holds_is_not_in_their_union() {
        let negative = Domain::between(None, Some(-1));
        let positive = Domain::between(Some(1), None);
        assert!(!negative.or(&positive).has(0));
        assert!(negative.or(&positive).has(5));
    }
}
