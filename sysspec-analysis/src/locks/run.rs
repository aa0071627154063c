//! Runs an algorithm over lock states, its steps in order and its conditions as alternatives, and finds what cannot
//! be right whatever way is taken.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lower::{Contract, ContractKind, Form, Item, SectionContent};
use crate::span::Span;

use super::effect::{After, Effect, Fact};
use super::objects::key;
use super::outcome::{Returned, Verdict, is_promised, verdict};
use super::state::{State, Status};
use super::steps::{Clause, Condition, Event, Names, Relation, is_conditional, read};

/// A function whose algorithm is run.
pub struct Function<'a> {
    /// What its contract says of locks.
    pub effect: &'a Effect,
    /// The functions it relies on.
    pub callees: &'a FxHashMap<String, Effect>,
    /// The section that holds the algorithm.
    pub content: &'a SectionContent,
    /// Its own parameters, with whether they are of a class that has a lock.
    pub parameters: Vec<(String, bool)>,
    /// Whether it relies on functions of which it is not known what they do to locks.
    pub is_open: bool,
}

/// Something that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Where.
    pub span: Span,
    /// Where the other side is said; `None` when the contract says it.
    pub since: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A lock is released that is not held; `None` when no lock at all is.
    ReleasedNotHeld(Option<String>),
    /// A lock is taken for held that is not.
    AssumedHeld(String),
    /// A lock is acquired that is held.
    AcquiredTwice(String),
    /// A callee needs a lock that is not held: of this object, or of any.
    NeedsHeld { function: String, object: Option<String> },
    /// A callee needs a lock not to be held.
    NeedsFree { function: String, object: String },
    /// A lock is held on return, and the post-condition does not allow it.
    Leaked(String),
    /// What a callee leaves locked is never released.
    NeverReleased { function: String },
    /// The post-condition promises a lock that is not held.
    Promised(String),
}

/// A lock that is taken while another is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acquisition {
    pub held: String,
    pub acquired: String,
    pub relation: Option<Relation>,
    pub span: Span,
}

/// A function that is called while a lock is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCall {
    pub held: String,
    pub function: String,
    pub span: Span,
}

/// What a run tells.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Trace {
    pub faults: Vec<Fault>,
    pub acquisitions: Vec<Acquisition>,
    pub held_calls: Vec<HeldCall>,
    /// Every object that is locked, whatever else is.
    pub acquired: Vec<String>,
    pub called: Vec<String>,
}

/// Runs the algorithm of a function.
pub fn run(function: &Function<'_>) -> Trace {
    let algorithms: Vec<&Contract> = function
        .content
        .contracts
        .iter()
        .filter(|contract| contract.kind == ContractKind::Algorithm && contract.function.is_none())
        .collect();
    let mut runner = Runner::new(function);
    match algorithms.is_empty() {
        true => runner.without_algorithm(),
        false => {
            runner.expect_silent_callees(&algorithms);
            algorithms.iter().for_each(|contract| runner.items(&contract.items));
        }
    }
    let end = algorithms.last().and_then(|contract| contract.items.last());
    runner.finish(end);
    runner.trace
}

struct Runner<'a> {
    function: &'a Function<'a>,
    /// `None` behind a return.
    state: Option<State>,
    initial: State,
    /// Before the last condition, and what came of its branch.
    alternative: Option<(State, Option<State>)>,
    /// The last object that was locked or released.
    last: Option<String>,
    trace: Trace,
    /// Whether a lock may have been released since the last call that left one behind.
    has_release: bool,
    /// Whether the function may have come to own a first lock.
    has_acquire: bool,
    is_excused: bool,
    has_algorithm: bool,
    /// The last call of a function that leaves a lock behind.
    giver: Option<(String, Span)>,
    /// What was called for certain.
    called: FxHashSet<String>,
}

impl<'a> Runner<'a> {
    fn new(function: &'a Function<'a>) -> Self {
        let mut state = State::none();
        for fact in &function.effect.before {
            let mut set = |object: &crate::formula::Expression, status| {
                state.set(&key(&object.to_string()), status, None);
            };
            match fact {
                Fact::Held(object) => set(object, Status::Held),
                Fact::Free(object) => set(object, Status::Free),
                Fact::Only(objects) => objects.iter().for_each(|object| set(object, Status::Held)),
                Fact::Depends(object) => set(object, Status::Unsure),
                Fact::Unchanged => {}
            }
        }
        if function.effect.is_vague || function.is_open {
            state.forget();
        }
        Self {
            function,
            initial: state.clone(),
            state: Some(state),
            alternative: None,
            last: None,
            trace: Trace::default(),
            has_release: false,
            has_acquire: false,
            is_excused: function.is_open || function.effect.is_vague,
            has_algorithm: true,
            giver: None,
            called: FxHashSet::default(),
        }
    }

    /// Functions that the algorithm does not speak of may be called anywhere in it.
    fn expect_silent_callees(&mut self, algorithms: &[&Contract]) {
        let texts: Vec<&str> =
            algorithms.iter().map(|contract| self.function.content.of(contract.whole)).collect();
        let is_named = |name: &str| texts.iter().any(|text| names_function(text, name));
        let silent = self.function.callees.iter().filter(|(name, effect)| {
            effect.is_stated && !effect.is_neutral() && !effect.is_primitive() && !is_named(name)
        });
        let (mut acquires, mut releases) = (false, false);
        for (_, effect) in silent {
            acquires |= effect.may_acquire();
            releases |= effect.may_release();
        }
        self.allow(acquires, releases);
        self.is_excused |= releases;
    }

    /// Without an algorithm anything that is relied on may be called.
    fn without_algorithm(&mut self) {
        self.has_algorithm = false;
        let effects = self.function.callees.values().filter(|effect| effect.is_stated);
        let (mut acquires, mut releases) = (false, false);
        for effect in effects {
            acquires |= effect.may_acquire();
            releases |= effect.may_release();
        }
        self.allow(acquires, releases);
    }

    fn allow(&mut self, acquires: bool, releases: bool) {
        let Some(state) = &mut self.state else { return };
        if acquires {
            state.others = None;
        }
        if releases {
            state.loosen();
            self.has_release = true;
        }
    }

    // ---- the shape of the text ----

    fn items(&mut self, items: &[Item]) {
        let mut cases: Option<(State, Option<State>)> = None;
        for item in items {
            if item.form == Form::Case {
                let base = match &cases {
                    Some((base, _)) => base.clone(),
                    None => self.here().clone(),
                };
                self.state = Some(base.clone());
                self.item(item);
                let after = self.state.take();
                let so_far = cases.take().and_then(|(_, so_far)| so_far);
                let all = join(so_far, after);
                self.state = join(all.clone(), Some(base.clone()));
                cases = Some((base, all));
                continue;
            }
            cases = None;
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        let text = self.function.content.of(item.text);
        let names = Names { callees: self.function.callees, parameters: &self.function.parameters };
        let clauses = read(text, &names, &mut self.last);
        let has_more = !item.items.is_empty() || !item.contracts.is_empty();
        if !has_more {
            clauses.iter().for_each(|clause| self.clause(clause, item.text));
            return;
        }
        let is_otherwise = clauses.iter().any(|clause| clause.condition == Condition::Otherwise);
        let condition = match (is_otherwise, is_conditional(text)) {
            (true, _) => Condition::Otherwise,
            (false, true) => Condition::Sometimes,
            (false, false) => Condition::Always,
        };
        self.branch(condition, |runner| {
            for clause in &clauses {
                runner.events(clause, item.text);
            }
            runner.items(&item.items);
            item.contracts.iter().for_each(|contract| runner.nested(contract));
        });
    }

    /// A labelled part of a phase. Its conditions say what the state is, in words that are not read here.
    fn nested(&mut self, contract: &Contract) {
        let text = self.function.content.of(contract.whole);
        match contract.kind {
            ContractKind::Algorithm => self.items(&contract.items),
            _ if text.to_ascii_lowercase().contains("lock") => {
                self.here().forget();
                self.is_excused = true;
                (self.has_release, self.has_acquire) = (true, true);
            }
            _ => {}
        }
    }

    fn clause(&mut self, clause: &Clause, text: Span) {
        self.branch(clause.condition, |runner| runner.events(clause, text));
    }

    fn branch(&mut self, condition: Condition, inside: impl FnOnce(&mut Self)) {
        let before = self.here().clone();
        match condition {
            Condition::Always => inside(self),
            Condition::Sometimes => {
                inside(self);
                let after = self.state.take();
                self.state = join(after.clone(), Some(before.clone()));
                self.alternative = Some((before, after));
            }
            Condition::Otherwise => {
                let (base, branch) = self.alternative.take().unwrap_or((before.clone(), Some(before)));
                self.state = Some(base);
                inside(self);
                self.state = join(self.state.take(), branch);
            }
        }
    }

    /// The state; behind a return, where only what is not understood leads, anything may be the case.
    fn here(&mut self) -> &mut State {
        let function = self.initial.clone();
        self.state.get_or_insert_with(|| {
            let mut state = function;
            state.forget();
            state
        })
    }

    // ---- events ----

    fn events(&mut self, clause: &Clause, text: Span) {
        for (event, range) in &clause.events {
            let span = text.nested(range);
            self.event(event, span, clause.relation);
        }
    }

    fn event(&mut self, event: &Event, span: Span, relation: Option<Relation>) {
        match event {
            Event::Acquire(objects) => {
                self.has_acquire = true;
                objects.iter().for_each(|object| self.acquire(object.as_deref(), span, relation));
            }
            Event::Release(objects) => {
                self.has_release = true;
                objects.iter().for_each(|object| self.release(object.as_deref(), span));
            }
            Event::ReleaseAll => {
                self.has_release = true;
                self.here().clear(&span.range());
            }
            Event::MayRelease => {
                self.has_release = true;
                self.here().loosen();
            }
            Event::MayAcquire => {
                self.has_acquire = true;
                self.here().others = None;
            }
            Event::ReleaseAtReturns => {
                self.has_release = true;
                self.is_excused = true;
                self.here().loosen();
            }
            Event::Held(object) => self.assume(object, span),
            Event::Throughout(object) => {
                self.assume(object, span);
                if self.here().status(object) == Status::Held {
                    self.here().pin(object);
                }
            }
            Event::Call { function, arguments, is_certain } => {
                self.call(function, arguments, *is_certain, span);
            }
            Event::Rebind(objects) => {
                let state = self.here();
                if objects.is_empty() {
                    state.forget();
                } else if objects.iter().any(|object| state.status(object) != Status::Free) {
                    objects.iter().for_each(|object| state.set(object, Status::Unsure, None));
                    state.others = None;
                }
            }
            Event::Return(value) => {
                let returned = value.as_deref().map_or(Returned::Unknown, Returned::of);
                self.at_return(&returned, span);
                self.state = None;
            }
        }
    }

    fn acquire(&mut self, object: Option<&str>, span: Span, relation: Option<Relation>) {
        let Some(object) = object else { return self.here().gain(1) };
        let state = self.here();
        let since = state.since(object);
        let is_twice = state.status(object) == Status::Held;
        let held: Vec<String> = state.held().map(|(held, _)| held.to_owned()).collect();
        state.set(object, Status::Held, Some(span.range()));
        let acquired = object.to_owned();
        if !self.trace.acquired.contains(&acquired) {
            self.trace.acquired.push(acquired.clone());
        }
        if is_twice {
            return self.fault(FaultKind::AcquiredTwice(acquired), span, since);
        }
        for held in held {
            let acquisition = Acquisition { held, acquired: acquired.clone(), relation, span };
            self.trace.acquisitions.push(acquisition);
        }
    }

    fn release(&mut self, object: Option<&str>, span: Span) {
        let range = span.range();
        let Some(object) = object else { return self.release_something(span) };
        let state = self.here();
        match state.status(object) {
            Status::Held | Status::Unsure if state.knows(object) => {
                state.set(object, Status::Free, Some(range));
            }
            Status::Unsure => {
                // It may be one that is known by another name.
                state.claim();
                state.loosen();
                state.set(object, Status::Free, Some(range));
            }
            _ => {
                let since = state.since(object);
                let is_other = self.may_be_held_as_other(object);
                self.here().set(object, Status::Free, Some(range));
                if is_other {
                    self.here().loosen();
                } else {
                    self.fault(FaultKind::ReleasedNotHeld(Some(object.to_owned())), span, since);
                }
            }
        }
    }

    /// The lock of something that the text does not tell.
    fn release_something(&mut self, span: Span) {
        let state = self.here();
        if state.is_empty() {
            return self.fault(FaultKind::ReleasedNotHeld(None), span, None);
        }
        let possible: Vec<String> = state.possible().map(str::to_owned).collect();
        match possible.as_slice() {
            [only] if state.others == Some(0) => state.set(only, Status::Free, Some(span.range())),
            [] => _ = state.claim(),
            _ => state.loosen(),
        }
    }

    /// Whether a lock that may be held may be that of an object, under another name.
    fn may_be_held_as_other(&mut self, object: &str) -> bool {
        let is_parameter = self.is_parameter(object);
        let state = self.here().clone();
        state.others != Some(0)
            || state.possible().any(|other| {
                let is_apart = is_parameter && self.is_parameter(other);
                other != object && !is_apart && !state.is_pinned(other)
            })
    }

    fn is_parameter(&self, object: &str) -> bool {
        self.function.parameters.iter().any(|(name, _)| name == object)
    }

    fn assume(&mut self, object: &str, span: Span) {
        let state = self.here();
        match state.status(object) {
            Status::Held => {}
            Status::Unsure if state.knows(object) => {}
            Status::Unsure => {
                if state.others.is_some() {
                    state.claim();
                    state.set(object, Status::Held, Some(span.range()));
                }
            }
            Status::Free => {
                let (since, is_known) = (state.since(object), state.since(object).is_some());
                if (is_known || self.is_parameter(object)) && !self.may_be_held_as_other(object) {
                    self.fault(FaultKind::AssumedHeld(object.to_owned()), span, since);
                }
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &FxHashMap<usize, String>, is_certain: bool, span: Span) {
        let Some(effect) = self.function.callees.get(name) else { return };
        if !self.trace.called.iter().any(|called| called == name) {
            self.trace.called.push(name.to_owned());
        }
        let is_whole = is_certain && arguments_tell(effect, arguments);
        if is_whole && let Some(at) = effect.acquires() {
            self.has_acquire = true;
            return self.acquire(arguments.get(&at).map(String::as_str), span, None);
        }
        if is_whole
            && effect.is_primitive()
            && let Some(at) = effect.releases()
        {
            self.has_release = true;
            return self.release(arguments.get(&at).map(String::as_str), span);
        }
        if is_certain {
            let held: Vec<String> = self.here().held().map(|(held, _)| held.to_owned()).collect();
            let calls = held.into_iter().map(|held| HeldCall { held, function: name.to_owned(), span });
            self.trace.held_calls.extend(calls);
            if self.check_call(name, effect, arguments, span) {
                return;
            }
        }
        let is_new = is_certain && self.called.insert(name.to_owned());
        self.has_release |= effect.may_release();
        self.has_acquire |= is_first(effect);
        if effect.gained() > 0 && (is_new || self.giver.is_none()) {
            self.giver = Some((name.to_owned(), span));
            self.has_release &= !is_new;
        }
        self.change(effect, arguments, is_certain, span);
    }

    /// Whether what a callee needs of locks cannot be met here. The state is forgotten when it cannot.
    fn check_call(
        &mut self,
        name: &str,
        effect: &Effect,
        arguments: &FxHashMap<usize, String>,
        span: Span,
    ) -> bool {
        let function = || name.to_owned();
        let faults = self.trace.faults.len();
        if effect.needs_none() {
            let held = self.here().held().next().map(|(held, since)| (held.to_owned(), since));
            if let Some((object, since)) = held {
                self.fault(FaultKind::NeedsFree { function: function(), object }, span, since);
            }
        }
        for (at, is_held) in effect.needs() {
            let object = arguments.get(&at);
            let status = object.map(|object| self.here().status(object));
            match (object, status, is_held) {
                (Some(object), Some(Status::Free), true) if !self.may_be_held_as_other(object) => {
                    let since = self.here().since(object);
                    let kind = FaultKind::NeedsHeld { function: function(), object: Some(object.clone()) };
                    self.fault(kind, span, since);
                }
                (Some(object), Some(Status::Held), false) => {
                    let since = self.here().since(object);
                    let kind = FaultKind::NeedsFree { function: function(), object: object.clone() };
                    self.fault(kind, span, since);
                }
                (None, _, true) if self.here().is_empty() => {
                    self.fault(FaultKind::NeedsHeld { function: function(), object: None }, span, None);
                }
                _ => {}
            }
            if self.trace.faults.len() > faults {
                return true;
            }
        }
        self.trace.faults.len() > faults
    }

    /// What a call leaves of the state.
    fn change(
        &mut self,
        effect: &Effect,
        arguments: &FxHashMap<usize, String>,
        is_certain: bool,
        span: Span,
    ) {
        let range = span.range();
        let may_acquire = effect.may_acquire();
        let state = self.here();
        let lockable: Vec<usize> =
            (0..effect.parameters.len()).filter(|&at| effect.after(at) != After::Unchanged).collect();
        let is_told = lockable.iter().all(|at| arguments.contains_key(at));
        if effect.is_vague || (!is_told && !is_certain) {
            if effect.may_release() {
                state.loosen();
            }
        } else if is_told && !effect.is_exhaustive() {
            for &at in &lockable {
                let object = &arguments[&at];
                let status = match effect.after(at) {
                    After::Held if is_certain => Status::Held,
                    After::Free if is_certain => Status::Free,
                    _ => Status::Unsure,
                };
                state.set(object, status, Some(range.clone()));
            }
        } else if effect.may_release() {
            state.loosen();
        }
        let more = effect.gained();
        match (may_acquire, effect.is_vague) {
            (_, true) => state.others = None,
            (true, _) if more > 0 => state.gain(more),
            (true, _) if !is_told => state.gain(lockable.len()),
            _ => {}
        }
    }

    // ---- ends ----

    fn at_return(&mut self, returned: &Returned, span: Span) {
        let Some(state) = self.state.clone() else { return };
        let effect = self.function.effect;
        if !effect.is_stated || effect.is_vague || self.function.is_open {
            return;
        }
        if !self.is_excused {
            for (object, since) in state.held() {
                let was_held = self.initial.status(object) == Status::Held;
                let is_parameter = self.is_parameter(object);
                if !self.has_algorithm && !is_parameter {
                    continue;
                }
                if verdict(effect, object, is_parameter, was_held, returned) == Verdict::Forbidden {
                    let (kind, since) = (FaultKind::Leaked(object.to_owned()), since.clone());
                    return self.fault(kind, span, since);
                }
            }
        }
        let promised = effect.parameters.iter().filter_map(|parameter| parameter.name.clone());
        for object in promised.filter(|object| is_promised(effect, object, returned)).collect::<Vec<_>>() {
            if state.status(&object) == Status::Free && !self.may_be_held_as_other(&object) {
                let since = state.since(&object);
                return self.fault(FaultKind::Promised(object), span, since);
            }
        }
    }

    fn finish(&mut self, last: Option<&Item>) {
        let content = self.function.content;
        let place = last.map_or_else(|| content.subject.unwrap_or(content.name), |item| item.text);
        if self.trace.faults.is_empty() {
            self.at_return(&Returned::Unknown, place);
        }
        if self.trace.faults.is_empty() {
            self.never_released();
        }
        if self.trace.faults.is_empty() {
            self.never_met(place);
        }
    }

    /// A callee leaves a lock behind, nothing releases any, and no lock may be held on return.
    fn never_released(&mut self) {
        let effect = self.function.effect;
        let allows_none = !effect.outcomes.is_empty()
            && effect.outcomes.iter().all(|outcome| {
                outcome.facts.iter().any(|fact| matches!(fact, Fact::Only(objects) if objects.is_empty()))
            });
        if self.has_release || self.is_excused || !allows_none {
            return;
        }
        if let Some((function, span)) = self.giver.take() {
            self.fault(FaultKind::NeverReleased { function }, span, None);
        }
    }

    /// A callee needs a lock, and neither the contract nor anything that is done can give one.
    fn never_met(&mut self, place: Span) {
        let effect = self.function.effect;
        let may_own = self.has_acquire
            || self.is_excused
            || self.initial.others != Some(0)
            || self.initial.possible().next().is_some();
        if may_own || !effect.is_stated {
            return;
        }
        let mut needy: Vec<&String> = self
            .function
            .callees
            .iter()
            .filter(|(_, effect)| effect.needs_held())
            .map(|(name, _)| name)
            .collect();
        needy.sort();
        // Those that give locks back are called where there are some.
        needy.retain(|name| !self.function.callees[name.as_str()].is_primitive());
        let gives = self.function.callees.values().any(is_first);
        if let Some(function) = needy.first().filter(|_| !gives) {
            let kind = FaultKind::NeedsHeld { function: (*function).clone(), object: None };
            self.fault(kind, place, None);
        }
    }

    /// Notes a fault. What follows from it is not told again.
    fn fault(&mut self, kind: FaultKind, span: Span, since: Option<Range<usize>>) {
        if !self.function.is_open && !self.function.effect.is_vague {
            self.trace.faults.push(Fault { kind, span, since: since.map(Span::from) });
        }
        self.is_excused = true;
        if let Some(state) = &mut self.state {
            state.forget();
        }
    }
}

/// Whether a caller that owns no lock may own one after a call.
fn is_first(effect: &Effect) -> bool {
    effect.may_acquire() && (effect.is_vague || !effect.needs_held())
}

/// Whether the arguments of a call say all that its effect is about.
fn arguments_tell(effect: &Effect, arguments: &FxHashMap<usize, String>) -> bool {
    effect.acquires().or(effect.releases()).is_some_and(|at| arguments.contains_key(&at))
}

fn join(one: Option<State>, two: Option<State>) -> Option<State> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.join(&two)),
        (one, two) => one.or(two),
    }
}

/// Whether a text names a function as a word of its own.
fn names_function(text: &str, name: &str) -> bool {
    crate::prose::identifiers(text).iter().any(|(word, _)| *word == name)
}
