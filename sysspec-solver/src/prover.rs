//! Questions put to the solver in the background, for whoever does not want to wait.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sysspec_analysis::obligation::{Question, QuestionId, Verdicts};
use z3::{Context, ContextHandle};

use crate::discharge;

/// What is to be decided together, such as the questions of one module.
pub struct Order {
    /// What it is about. An order takes the place of an earlier one about the same.
    pub about: String,
    /// Whether it goes before those that wait.
    pub is_urgent: bool,
    /// The questions.
    pub questions: Vec<(QuestionId, Question)>,
    /// Where their verdicts go.
    pub verdicts: Verdicts,
    /// Called when all of them are there, unless another order has taken its place.
    pub done: Box<dyn FnOnce() + Send>,
}

/// Threads that decide questions. They end with it, and with the process that they are part of.
pub struct Prover {
    desk: Arc<Desk>,
}

/// What the threads share.
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Order>,
    /// What each thread is busy with.
    running: HashMap<usize, Running>,
    /// Until when no question is begun.
    resting: Option<Instant>,
    is_closed: bool,
}

struct Running {
    about: String,
    question: Option<QuestionId>,
    /// Another order has taken its place.
    is_replaced: bool,
    /// Nobody wants to know any more what the question leads to.
    is_unwanted: bool,
}

impl Prover {
    /// Starts that many threads. A question may take `limit`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new(threads: usize, limit: Duration) -> io::Result<Self> {
        let desk = Arc::new(Desk { state: Mutex::default(), changed: Condvar::new() });
        let prover = Self { desk: desk.clone() };
        for number in 0..threads.max(1) {
            let desk = desk.clone();
            thread::Builder::new()
                .name(format!("prover {number}"))
                .spawn(move || desk.serve(number, limit))?;
        }
        Ok(prover)
    }

    /// Asks, and does not wait for the answer.
    pub fn ask(&self, order: Order) {
        let mut state = self.desk.lock();
        state.waiting.retain(|other| other.about != order.about);
        for running in state.running.values_mut().filter(|running| running.about == order.about) {
            running.is_replaced = true;
            running.is_unwanted =
                running.question.is_some_and(|id| !order.questions.iter().any(|(asked, _)| *asked == id));
        }
        match order.is_urgent {
            true => state.waiting.push_front(order),
            false => state.waiting.push_back(order),
        }
        self.desk.changed.notify_all();
    }

    /// Begins no question for some time. One that is being decided is not interrupted.
    pub fn rest(&self, time: Duration) {
        self.desk.lock().resting = Some(Instant::now() + time);
    }
}

impl State {
    /// How long the rest still takes.
    fn rest(&self) -> Option<Duration> {
        let left = self.resting?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

impl Drop for Prover {
    fn drop(&mut self) {
        let mut state = self.desk.lock();
        state.is_closed = true;
        state.waiting.clear();
        state.running.values_mut().for_each(|running| running.is_unwanted = true);
        self.desk.changed.notify_all();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is one step, so that a panic leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes orders until there will be no more.
    fn serve(&self, number: usize, limit: Duration) {
        let context = Context::thread_local();
        let handle = context.handle();
        thread::scope(|scope| {
            // A thread that decides cannot listen: another one interrupts it.
            scope.spawn(|| self.interrupt(number, &handle));
            while let Some(order) = self.next(number) {
                self.decide(number, order, limit);
            }
        });
    }

    fn next(&self, number: usize) -> Option<Order> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(left) = state.rest().filter(|_| !state.waiting.is_empty()) {
                state = self.wait(state, left);
                continue;
            }
            if let Some(order) = state.waiting.pop_front() {
                let about = order.about.clone();
                let running = Running { about, question: None, is_replaced: false, is_unwanted: false };
                state.running.insert(number, running);
                return Some(order);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn decide(&self, number: usize, order: Order, limit: Duration) {
        for (id, question) in &order.questions {
            if order.verdicts.get(*id).is_some() {
                continue;
            }
            if !self.begin(number, *id) {
                break;
            }
            let outcome = discharge(question, limit);
            if self.end(number) {
                order.verdicts.record(*id, outcome);
            }
        }
        let finished = self.lock().running.remove(&number);
        if finished.is_some_and(|running| !running.is_replaced && !running.is_unwanted) {
            (order.done)();
        }
    }

    /// Says what is being decided; false when the rest is not wanted.
    fn begin(&self, number: usize, id: QuestionId) -> bool {
        let mut state = self.lock();
        loop {
            let left = state.rest();
            let Some(running) = state.running.get_mut(&number) else { return false };
            if running.is_replaced || running.is_unwanted {
                return false;
            }
            let Some(left) = left else {
                running.question = Some(id);
                return true;
            };
            state = self.wait(state, left);
        }
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>, time: Duration) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether the question came to its end without being interrupted.
    fn end(&self, number: usize) -> bool {
        let mut state = self.lock();
        let Some(running) = state.running.get_mut(&number) else { return false };
        running.question = None;
        !running.is_unwanted
    }

    /// Interrupts the solver of a thread whenever what it is busy with is not wanted any more.
    ///
    /// That happens under the lock, without which the thread cannot go on to the next question.
    fn interrupt(&self, number: usize, handle: &ContextHandle<'_>) {
        let mut state = self.lock();
        loop {
            let running = state.running.get(&number);
            if running.is_some_and(|running| running.is_unwanted && running.question.is_some()) {
                handle.interrupt();
                // The solver may not have begun yet: ask again until it has ended.
                state = self.wait(state, Duration::from_millis(5));
                continue;
            }
            if state.is_closed {
                return;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use sysspec_analysis::logic::{Arithmetic, Entailment, Signedness, Sort, Term};
    use sysspec_analysis::obligation::Outcome;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn order(about: &str, question: &Question, verdicts: &Verdicts, done: &Sender<String>) -> Order {
        let (done, name) = (done.clone(), about.to_owned());
        Order {
            about: about.to_owned(),
            is_urgent: true,
            questions: vec![(QuestionId::of(question), question.clone())],
            verdicts: verdicts.clone(),
            done: Box::new(move || done.send(name).unwrap()),
        }
    }

    fn easy() -> Question {
        let truth = Entailment { assumptions: Vec::new(), goal: Term::truth(true), shown: Vec::new() };
        Question::Holds(Arc::new(truth))
    }

    /// Whoever types is not to be disturbed; what was asked meanwhile is answered after, all the same.
    #[test]
    fn nothing_is_begun_during_a_rest() {
        let (done, told) = channel();
        let (prover, verdicts) = (Prover::new(1, PATIENCE).unwrap(), Verdicts::default());
        prover.rest(100 * PATIENCE);
        prover.ask(order("a", &easy(), &verdicts, &done));
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err());
        prover.rest(Duration::ZERO);
        prover.ask(order("b", &easy(), &verdicts, &done));
        let mut all = [told.recv_timeout(PATIENCE).unwrap(), told.recv_timeout(PATIENCE).unwrap()];
        all.sort();
        assert_eq!(all, ["a", "b"]);
    }

    /// Whether a number of 61 bits is prime.
    fn hard() -> Question {
        let (a, b) = (Term::variable("a", Sort::Bits(64)), Term::variable("b", Sort::Bits(64)));
        let number = Term::integer(2_305_843_009_213_693_951, 64);
        let product = a.clone().arithmetic(Arithmetic::Multiply, b.clone()).unwrap().equal(number).unwrap();
        let small =
            |term: &Term| term.clone().less(Term::integer(1 << 32, 64), Signedness::Unsigned).unwrap();
        let one = |term: &Term| term.clone().equal(Term::integer(1, 64)).unwrap();
        let assumptions = vec![product, small(&a), small(&b), one(&a).not(), one(&b).not()];
        Question::Consistent(Arc::new(Entailment {
            assumptions,
            goal: Term::truth(false),
            shown: Vec::new(),
        }))
    }

    #[test]
    fn an_answer_is_recorded_before_it_is_told() {
        let (done, told) = channel();
        let (prover, verdicts) = (Prover::new(1, PATIENCE).unwrap(), Verdicts::default());
        prover.ask(order("a", &easy(), &verdicts, &done));
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), "a");
        assert!(matches!(verdicts.get(QuestionId::of(&easy())).as_deref(), Some(Outcome::Proved(_))));
    }

    #[test]
    fn a_question_that_nobody_wants_any_more_is_interrupted_and_leaves_no_verdict() {
        let (done, told) = channel();
        let (prover, verdicts) = (Prover::new(1, 100 * PATIENCE).unwrap(), Verdicts::default());
        prover.ask(order("a", &hard(), &verdicts, &done));
        thread::sleep(Duration::from_millis(100));
        prover.ask(order("a", &easy(), &verdicts, &done));
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), "a");
        assert!(told.try_recv().is_err(), "what was replaced is not told");
        assert!(verdicts.get(QuestionId::of(&hard())).is_none());
        // So is the one that runs when the prover goes.
        prover.ask(order("b", &hard(), &verdicts, &done));
        let desk = Arc::downgrade(&prover.desk);
        drop(prover);
        let start = Instant::now();
        while desk.strong_count() > 0 && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(desk.strong_count(), 0, "its threads have ended");
    }
}
