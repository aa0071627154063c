//! The solver of a thread, kept from one question to the next: making one costs more than most questions.

use std::cell::RefCell;
use std::ops::Deref;
use std::time::Duration;

use z3::{Params, Solver};

/// After so many questions a solver is made anew, for it remembers a little of each.
const USES: usize = 200;

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

struct Kept {
    solver: Solver,
    limit: Duration,
    uses: usize,
}

/// A solver without assertions. [`give_back`](Self::give_back) returns it to its thread, without those that
/// were made meanwhile.
pub struct Borrowed {
    solver: Solver,
    limit: Duration,
    uses: usize,
    /// It was interrupted, and is not given back.
    is_spent: bool,
}

impl Borrowed {
    /// The thread's solver, for questions of that time limit.
    pub fn new(limit: Duration) -> Self {
        let kept = KEPT.with(|kept| kept.borrow_mut().take());
        let kept = kept.filter(|kept| kept.limit == limit && kept.uses < USES);
        let (solver, uses) = kept.map_or_else(|| (made(limit), 0), |kept| (kept.solver, kept.uses));
        solver.push();
        Self { solver, limit, uses: uses + 1, is_spent: false }
    }

    /// Does not give it back: it was interrupted.
    pub fn spend(&mut self) {
        self.is_spent = true;
    }

    /// Gives it back to its thread.
    pub fn give_back(self) {
        if self.is_spent {
            return;
        }
        self.solver.pop(1);
        let kept = Kept { solver: self.solver, limit: self.limit, uses: self.uses };
        KEPT.with(|place| *place.borrow_mut() = Some(kept));
    }
}

impl Deref for Borrowed {
    type Target = Solver;

    fn deref(&self) -> &Solver {
        &self.solver
    }
}

fn made(limit: Duration) -> Solver {
    let solver = Solver::new();
    let mut parameters = Params::new();
    parameters.set_u32("timeout", u32::try_from(limit.as_millis()).unwrap_or(u32::MAX).max(1));
    solver.set_params(&parameters);
    solver
}
