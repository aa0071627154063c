//! What is known of locks at one point of an algorithm.

use std::collections::BTreeMap;
use std::ops::Range;

/// What is known of one lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The function holds it on every way here.
    Held,
    /// It does not, on every way here.
    Free,
    /// It may.
    Unsure,
}

/// A lock by the name of its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    pub status: Status,
    /// Where the text says so; `None` for what the contract says.
    pub since: Option<Range<usize>>,
    /// Whether the text says that it stays so.
    pub is_pinned: bool,
}

/// What is known of all locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    locks: BTreeMap<String, Lock>,
    /// How many locks of objects without a name may be held; `None`: any number.
    pub others: Option<usize>,
}

impl State {
    /// No lock is held.
    pub fn none() -> Self {
        Self { locks: BTreeMap::new(), others: Some(0) }
    }

    pub fn set(&mut self, object: &str, status: Status, since: Option<Range<usize>>) {
        self.locks.insert(object.to_owned(), Lock { status, since, is_pinned: false });
    }

    /// What is held stays held.
    pub fn pin(&mut self, object: &str) {
        if let Some(lock) = self.locks.get_mut(object) {
            lock.is_pinned = true;
        }
    }

    /// Whether the text says that a lock is held all the time.
    pub fn is_pinned(&self, object: &str) -> bool {
        self.locks.get(object).is_some_and(|lock| lock.is_pinned)
    }

    /// What is known of the lock of an object.
    pub fn status(&self, object: &str) -> Status {
        match self.locks.get(object) {
            Some(lock) => lock.status,
            None if self.others == Some(0) => Status::Free,
            None => Status::Unsure,
        }
    }

    /// Where it was said what is known of a lock.
    pub fn since(&self, object: &str) -> Option<Range<usize>> {
        self.locks.get(object)?.since.clone()
    }

    /// Whether an object was named.
    pub fn knows(&self, object: &str) -> bool {
        self.locks.contains_key(object)
    }

    /// The objects whose locks are held for certain.
    pub fn held(&self) -> impl Iterator<Item = (&str, Option<Range<usize>>)> {
        let is_held = |(_, lock): &(&String, &Lock)| lock.status == Status::Held;
        self.locks.iter().filter(is_held).map(|(name, lock)| (name.as_str(), lock.since.clone()))
    }

    /// The objects whose locks may be held.
    pub fn possible(&self) -> impl Iterator<Item = &str> {
        self.locks.iter().filter(|(_, lock)| lock.status != Status::Free).map(|(name, _)| name.as_str())
    }

    /// Whether no lock can be held.
    pub fn is_empty(&self) -> bool {
        self.others == Some(0) && self.possible().next().is_none()
    }

    /// Any lock may have been given back.
    pub fn loosen(&mut self) {
        let loose = |lock: &&mut Lock| lock.status == Status::Held && !lock.is_pinned;
        for lock in self.locks.values_mut().filter(loose) {
            lock.status = Status::Unsure;
        }
    }

    /// Anything may be the case.
    pub fn forget(&mut self) {
        for lock in self.locks.values_mut() {
            *lock = Lock { status: Status::Unsure, since: lock.since.take(), is_pinned: false };
        }
        self.others = None;
    }

    /// All locks have been given back.
    pub fn clear(&mut self, since: &Range<usize>) {
        for lock in self.locks.values_mut() {
            *lock = Lock { status: Status::Free, since: Some(since.clone()), is_pinned: false };
        }
        self.others = Some(0);
    }

    /// More locks without a name may be held.
    pub fn gain(&mut self, number: usize) {
        self.others = self.others.map(|others| others + number);
    }

    /// Gives one of the locks without a name a name; `false` when there is none.
    pub fn claim(&mut self) -> bool {
        match &mut self.others {
            Some(0) => false,
            Some(number) => {
                *number -= 1;
                true
            }
            None => true,
        }
    }

    /// What is known when either may be the case.
    #[must_use]
    pub fn join(&self, other: &State) -> State {
        let mut locks = BTreeMap::new();
        for name in self.locks.keys().chain(other.locks.keys()) {
            let (one, two) = (self.status(name), other.status(name));
            let status = if one == two { one } else { Status::Unsure };
            let since = self.since(name).or_else(|| other.since(name));
            let is_pinned = self.is_pinned(name) && other.is_pinned(name);
            locks.insert(name.clone(), Lock { status, since, is_pinned });
        }
        let others = self.others.zip(other.others).map(|(one, two)| one.max(two));
        State { locks, others }
    }
}
