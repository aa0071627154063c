//! Counterexamples, told as equations between the names of a spec.

use std::fmt;
use std::sync::Arc;

use super::statements::ANOTHER;
use crate::logic::Value;

/// Values with which what is assumed holds and what should follow does not. What they are the values of is told by
/// `N`: as the spec writes it, or by its position among what a question shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample<N = Arc<str>>(pub Vec<(N, Value)>);

impl<N> Default for Counterexample<N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// How many equations are told: what a counterexample needs beyond that is not read.
const TOLD: usize = 10;

impl Counterexample {
    /// Whether a name is about the object that stands for all others, and nothing happens to its lock.
    fn is_of_no_account(&self, name: &str) -> bool {
        let value = |wanted: &str| self.0.iter().find(|(name, _)| **name == *wanted).map(|(_, value)| value);
        let now = format!("locked({ANOTHER})");
        let before = format!("old({now})");
        (name == now || name == before) && value(&now) == value(&before)
    }
}

impl fmt::Display for Counterexample {
    /// As `result == NULL, cur == start, locked(cur)`: one equation for a value, and one between names of one object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = Vec::new();
        let mut objects: Vec<(usize, &str)> = Vec::new();
        for (name, value) in self.0.iter().filter(|(name, _)| !self.is_of_no_account(name)) {
            told.push(match value {
                Value::Truth(true) => name.to_string(),
                Value::Truth(false) => format!("!{name}"),
                Value::Integer(..) | Value::Null => format!("{name} == {value}"),
                Value::Object(number) => match objects.iter().find(|(known, _)| known == number) {
                    Some((_, first)) => format!("{name} == {first}"),
                    None => {
                        objects.push((*number, name));
                        format!("{name} != NULL")
                    }
                },
            });
        }
        let more = told.len().saturating_sub(TOLD);
        told.truncate(TOLD);
        write!(f, "{}", told.join(", "))?;
        if more > 0 {
            write!(f, " and {more} more")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_nobody_names_is_told_only_when_its_lock_changes() {
        let told = |after| {
            let lock = |name: &str, value| (Arc::from(name), Value::Truth(value));
            let names = ["old(locked(another object))", "locked(another object)"];
            Counterexample(vec![lock(names[0], true), lock(names[1], after)]).to_string()
        };
        assert_eq!(told(true), "");
        assert_eq!(told(false), "old(locked(another object)), !locked(another object)");
    }

    #[test]
    fn a_counterexample_reads_as_conditions_of_a_spec() {
        let values = [
            ("result", Value::Object(1)),
            ("cur", Value::Object(2)),
            ("start", Value::Object(1)),
            ("*error", Value::Integer(0xffff_fffe, 32)),
            ("locked(cur)", Value::Truth(false)),
            ("old(locked(cur))", Value::Truth(true)),
            ("next", Value::Null),
        ];
        let told = Counterexample(values.map(|(name, value)| (Arc::from(name), value)).to_vec()).to_string();
        let expected = "result != NULL, cur != NULL, start == result, *error == -2, !locked(cur), \
                        old(locked(cur)), next == NULL";
        assert_eq!(told, expected);
    }
}
