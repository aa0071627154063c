//! The verdicts that were reached, by what was asked and nothing else.
//!
//! A verdict belongs to a question, not to a file or a revision: a text that changes asks another question, and one
//! that changes back is answered at once. So a verdict can never be shown for a text it was not reached for. What a
//! question calls things by is no part of what it asks: see [`form`](super::form).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::form::Forms;
use super::{Outcome, Question};

/// How many verdicts are kept before the oldest go: more than the questions of 20,000 modules.
const KEPT: usize = 500_000;

/// The identity of what a question asks, whatever its names are: 128 bits of it.
///
/// Two different ones of one identity are to be expected when there are about 2^64 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuestionId(u128);

impl QuestionId {
    /// The identity of a question.
    pub fn of(question: &Question) -> Self {
        Self(Forms::default().of_question(question))
    }
}

/// Verdicts by question. Clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    generations: Arc<Mutex<Generations>>,
}

/// Those that were asked for lately, and those before.
#[derive(Debug, Default)]
struct Generations {
    young: FxHashMap<QuestionId, Arc<Outcome<usize>>>,
    old: FxHashMap<QuestionId, Arc<Outcome<usize>>>,
}

impl Verdicts {
    /// What became of a question, if anyone has asked.
    pub fn get(&self, id: QuestionId) -> Option<Arc<Outcome<usize>>> {
        let mut all = self.lock();
        if let Some(known) = all.young.get(&id) {
            return Some(known.clone());
        }
        let known = all.old.remove(&id)?;
        all.keep(id, known.clone());
        Some(known)
    }

    /// Remembers what became of a question.
    pub fn record(&self, id: QuestionId, outcome: Outcome<usize>) {
        self.lock().keep(id, Arc::new(outcome));
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        // No invariant spans the two maps, so that a panic elsewhere leaves nothing half done.
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn keep(&mut self, id: QuestionId, outcome: Arc<Outcome<usize>>) {
        if self.young.len() >= KEPT {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, outcome);
    }
}
