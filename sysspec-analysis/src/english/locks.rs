//! What is said of locks.

use super::Statement;
use super::grammar::{Reader, all_locked, all_unlocked, binary, locked, old};
use crate::formula::{Binary, Expression};

/// Those who may hold a lock: all of them are the calling thread.
const HOLDERS: &str = "caller|current thread|calling thread|this thread|thread";

impl Reader<'_> {
    /// "No lock is owned.", "No locks are acquired or released.", "no lock on `x` is held".
    pub fn no_lock(&mut self) -> Option<Vec<Statement>> {
        self.take("no").then_some(())?;
        if self.take_any("lock operation occurs|operation occurs|lock operation is performed") {
            return Some(vec![Statement::LocksUnchanged]);
        }
        if self.take_all(&["lock", "assumptions"]) {
            return Some(vec![Statement::NoAssumption]);
        }
        let is_other = self.take("other");
        let is_new = self.take("new");
        self.take("lock").then_some(())?;
        if is_other || is_new {
            return self.no_other(is_other, is_new);
        }
        if let Some(things) = self.attempt(Reader::of_things) {
            self.take("is").then_some(())?;
            return (self.held() && self.held_by()).then(|| all_unlocked(things));
        }
        self.take("is").then_some(())?;
        if self.take_any("acquired or released|acquired nor released|changed") {
            return Some(vec![Statement::LocksUnchanged]);
        }
        self.held().then_some(())?;
        // What the function itself holds is what it has acquired.
        if self.take_any("by function|by this function|by callee") {
            self.held_by();
            return (!self.context.is_before).then(|| vec![Statement::NoNewLocks(Vec::new())]);
        }
        self.held_by().then(|| vec![Statement::OnlyLocked(Vec::new())])
    }

    /// "No other new locks are held as a result of this call", "no other lock is held".
    fn no_other(&mut self, is_other: bool, is_new: bool) -> Option<Vec<Statement>> {
        self.take("is").then_some(())?;
        self.held().then_some(())?;
        let _ = self.take_any("as result of this call|as result of call|by this call");
        self.held_by().then_some(())?;
        let others = if is_other { self.mentioned() } else { Vec::new() };
        Some(vec![if is_new { Statement::NoNewLocks(others) } else { Statement::OnlyLocked(others) }])
    }

    /// What this clause and those beside it say is locked.
    fn mentioned(&self) -> Vec<Expression> {
        let mut all = self.locked.clone();
        for object in self.context.mentioned {
            if !all.contains(object) {
                all.push(object.clone());
            }
        }
        all
    }

    /// "All locks are released.", "All other intermediate locks have been released."
    pub fn all_locks(&mut self) -> Option<Vec<Statement>> {
        let is_done = self.take_any("callee would has released|callee has released|function has released|release|it release|function release");
        self.take("all").then_some(())?;
        let is_other = self.take("other");
        let is_between = self.take("intermediate");
        self.take("lock").then_some(())?;
        let of_which = self.which_locks();
        if !is_done {
            self.released().then_some(())?;
        }
        let including = self.attempt(|reader| {
            reader.comma();
            reader.take("including").then_some(())?;
            let _ = reader.take("initial");
            reader.take("lock").then_some(())?;
            reader.of_things()
        });
        (!self.context.is_before).then_some(())?;
        let mut out = vec![match (of_which, is_other, is_between) {
            (Some(Which::Acquired), _, _) => Statement::NoNewLocks(Vec::new()),
            (_, true, _) => Statement::OnlyLocked(self.mentioned()),
            (_, false, true) => Statement::NoNewLocks(self.mentioned()),
            (Some(Which::All) | None, false, false) => Statement::OnlyLocked(Vec::new()),
        }];
        out.extend(including.into_iter().flat_map(all_unlocked));
        Some(out)
    }

    /// "held upon entry and acquired during execution", "acquired during traversal".
    fn which_locks(&mut self) -> Option<Which> {
        const WHILE: &str =
            "in execution|in traversal|in call|in this call|by function|by this function|on way";
        self.attempt(|reader| {
            let is_entry = reader.take_any("held on entry|held at entry|held at call");
            if is_entry {
                reader.take("and").then_some(())?;
            }
            reader.take("acquired").then_some(())?;
            let _ = reader.take_any(WHILE);
            Some(if is_entry { Which::All } else { Which::Acquired })
        })
    }

    /// "The caller must hold the locks for both X and Y.", "the caller owns no locks passed in or acquired".
    pub fn caller(&mut self) -> Option<Vec<Statement>> {
        self.take_any(HOLDERS).then_some(())?;
        self.take("must");
        let is_not = self.take("not");
        let _ = self.take_any("does not");
        self.take("hold").then_some(())?;
        if self.take_any("no lock|no lock at all|any lock") {
            let _ = self.take_any("passed in or acquired");
            return (!is_not || self.is_at_end()).then(|| vec![Statement::OnlyLocked(Vec::new())]);
        }
        let is_only = self.take("only");
        let things = self.lock_of_things()?;
        self.held_by().then_some(())?;
        match (is_not, is_only) {
            (true, true) => None,
            (true, false) => Some(all_unlocked(things)),
            (false, _) => Some(self.locked(things, is_only)),
        }
    }

    /// "Only the lock of X is owned.", "The lock of X is released.", "the lock of X and the lock of Y are held".
    pub fn lock_of(&mut self) -> Option<Vec<Statement>> {
        let is_only = self.take("only");
        let things = self.lock_of_things()?;
        self.take("must");
        self.take_any("is|remains|has been|becomes").then_some(())?;
        let is_not = self.take("not");
        if self.take("released") {
            (!is_only).then_some(())?;
            return if is_not {
                self.aside_of_release().then(|| self.locked(things, false))
            } else {
                self.release(things)
            };
        }
        self.held().then_some(())?;
        self.held_by().then_some(())?;
        match (is_not, is_only) {
            (true, true) => None,
            (true, false) => Some(all_unlocked(things)),
            (false, _) => Some(self.locked(things, is_only)),
        }
    }

    /// `[ "inode" ] "lock" ( "of" | "on" | "for" | "associated with" ) things { "and" "lock" "of" things }`, "the `x` lock"
    pub fn lock_of_things(&mut self) -> Option<Vec<Expression>> {
        if let Some(things) = self.attempt(|reader| {
            let things = reader.things()?;
            reader.take("lock").then_some(things)
        }) {
            return Some(things);
        }
        let mut things = self.one_lock_of()?;
        while let Some(more) = self.attempt(|reader| {
            let is_joined = reader.comma() | reader.take("and");
            if is_joined { reader.one_lock_of() } else { None }
        }) {
            things.extend(more);
        }
        Some(things)
    }

    fn one_lock_of(&mut self) -> Option<Vec<Expression>> {
        let _ = self.take_any("inode|initial");
        self.take("lock").then_some(())?;
        self.of_things()
    }

    fn of_things(&mut self) -> Option<Vec<Expression>> {
        self.take_any("of|on|for|associated with").then_some(())?;
        self.things()
    }

    /// "Acquires the lock of X", "releases the locks of both X and Y", "locks X".
    pub fn locks_it(&mut self) -> Option<Vec<Statement>> {
        let _ = self.take_any("it|function");
        if self.take("release") {
            let things = self.attempt(Reader::lock_of_things).or_else(|| self.things())?;
            return self.release(things);
        }
        if self.take("acquire") {
            let things = self.lock_of_things()?;
            return self.held_by().then(|| self.locked(things, false));
        }
        None
    }

    /// "its lock also remains held": of what was spoken of last.
    pub fn its_lock(&mut self) -> Option<Vec<Statement>> {
        let thing = self.last.clone()?;
        if self.take("which") {
            self.take_any("is|remains").then_some(())?;
            return match () {
                () if self.take("locked") => Some(self.locked(vec![thing], false)),
                () if self.take("unlocked") => Some(all_unlocked(vec![thing])),
                () => None,
            };
        }
        self.take_all(&["its", "lock"]).then_some(())?;
        self.take_any("is|remains|has been").then_some(())?;
        if self.take("released") {
            return self.release(vec![thing]);
        }
        (self.held() && self.held_by()).then(|| self.locked(vec![thing], false))
    }

    /// "X is locked", "X remains locked", "X must be locked", "X is unlocked", "only X is locked".
    pub fn object_state(&mut self) -> Option<Vec<Statement>> {
        let is_only = self.take("only");
        let things = self.things()?;
        self.take("must");
        self.take_any("is|remains|has been|becomes").then_some(())?;
        let is_not = self.take("not");
        if self.take("unlocked") {
            (!is_not && !is_only).then_some(())?;
            return self.aside_of_release().then(|| all_unlocked(things));
        }
        self.take("locked").then_some(())?;
        self.held_by().then_some(())?;
        match (is_not, is_only) {
            (true, true) => None,
            (true, false) => Some(all_unlocked(things)),
            (false, _) => Some(self.locked(things, is_only)),
        }
    }

    fn locked(&mut self, things: Vec<Expression>, is_only: bool) -> Vec<Statement> {
        self.locked.extend(things.iter().cloned());
        match is_only {
            true => vec![Statement::OnlyLocked(things)],
            false => all_locked(things),
        }
    }

    /// What is released is not held on return; "(if acquired)", it is not held unless it was held before.
    fn release(&mut self, things: Vec<Expression>) -> Option<Vec<Statement>> {
        let is_optional = self.attempt(|reader| {
            let is_enclosed = reader.open();
            reader.take_all(&["if", "acquired"]).then_some(())?;
            (!is_enclosed || reader.close()).then_some(())
        });
        self.aside_of_release().then_some(())?;
        if is_optional.is_none() {
            return Some(all_unlocked(things));
        }
        let kept = |thing: Expression| {
            let held = locked(thing);
            Statement::Holds(binary(Binary::Implies, held.clone(), old(held)))
        };
        Some(things.into_iter().map(kept).collect())
    }

    /// A way to have a lock; "acquired and held" is one.
    pub fn held(&mut self) -> bool {
        if self.take("acquired") {
            let _ = self.take_all(&["and", "held"]);
            return true;
        }
        self.take("held")
    }

    fn released(&mut self) -> bool {
        self.take_any("is released|has been released|must is released") && self.aside_of_release()
    }

    /// By whom and when it is held, as far as the place of the clause says that anyway. `false` when it says otherwise.
    pub fn held_by(&mut self) -> bool {
        loop {
            let is_enclosed = self.open();
            let start = self.at;
            if self.take("by") && !self.take_any(HOLDERS) {
                return false;
            }
            let _ = match self.context.is_before {
                true => self.take_any(
                    "before calling|before call|before function is called|on entry|at entry|at call|on call|when it is called",
                ),
                false => self.take_any(
                    "on returns|at returns|on exit|at exit|when it returns|when function returns|after call|afterwards|throughout",
                ),
            };
            let is_read = self.at > start;
            if is_enclosed && !(is_read && self.close()) {
                return false;
            }
            if !is_read {
                return true;
            }
        }
    }

    /// When it is released. By the caller, it would be held on return.
    fn aside_of_release(&mut self) -> bool {
        loop {
            let start = self.at;
            if self.take("by") && !self.take_any("function|this function|callee") {
                return false;
            }
            if !self.context.is_before {
                let _ = self.take_any("before returning|before returns|before it returns|before function returns|on returns|at returns|on exit|afterwards|again");
            }
            if self.at == start {
                return true;
            }
        }
    }
}

/// Of which locks "all" are meant.
enum Which {
    All,
    Acquired,
}
