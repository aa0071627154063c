//! What the sentences of a system algorithm say of locks.
//!
//! The reading is cautious: an order such as "acquire the lock of `x`" is an event; a description that may be of one
//! ("after releasing it") makes the locks it could be about uncertain; a sentence with a condition is an alternative.
//! What explains, forbids or speaks of other threads is no event.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::effect::{After, Effect};
use super::objects::{Objects, Reading, is_object, key};
use super::words::{Kind, Token, sentences};

/// What may be called, and what may be locked.
pub struct Names<'a> {
    /// The functions that the module relies on, with what they do to locks.
    pub callees: &'a FxHashMap<String, Effect>,
    /// The function's own parameters, with whether they are of a class that has a lock.
    pub parameters: &'a [(String, bool)],
}

/// Sentences, or parts of one, that hold under one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    pub condition: Condition,
    /// What happens, and where it is said.
    pub events: Vec<(Event, Range<usize>)>,
    /// How the text relates what is locked to what is locked already.
    pub relation: Option<Relation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Always,
    /// Under some condition, or any number of times.
    Sometimes,
    /// When the condition before does not hold.
    Otherwise,
}

/// How two objects of one class lie in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// What is locked is below what is locked already.
    Down,
    /// It is above.
    Up,
}

/// Something that a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Takes the locks of these; `None` is an object that the text does not tell.
    Acquire(Vec<Option<String>>),
    /// Gives them back.
    Release(Vec<Option<String>>),
    /// Gives back all.
    ReleaseAll,
    /// May give back any.
    MayRelease,
    /// May take some.
    MayAcquire,
    /// Gives back at every return that is still to come.
    ReleaseAtReturns,
    /// Takes for granted that a lock is held.
    Held(String),
    /// Says that a lock is held from the beginning to the end.
    Throughout(String),
    /// Calls a function, with the objects it is given by parameter; certainly, or perhaps at another moment.
    Call { function: String, arguments: FxHashMap<usize, String>, is_certain: bool },
    /// Names now stand for other objects.
    Rebind(Vec<String>),
    /// Returns, with a value as written.
    Return(Option<String>),
}

const NEGATIONS: &[&str] = &["not", "never", "no", "neither", "nor", "without", "cannot", "nothing", "none"];
const MODALS: &[&str] = &["may", "might", "can", "could", "would"];
const EXPLANATIONS: &[&str] = &["since", "because", "which", "whose", "so"];
const ORDERS: &[&str] = &["acquire", "release", "lock", "unlock", "drop", "take"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Acquire,
    Release,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Base,
    Third,
    Gerund,
    Participle,
}

/// Reads the sentences of one step.
pub fn read(text: &str, names: &Names<'_>, last: &mut Option<String>) -> Vec<Clause> {
    let mut out = Vec::new();
    for tokens in sentences(text) {
        let mut reader = Sentence { tokens: &tokens, names, last: &mut *last, mentioned: Vec::new() };
        let mut clauses = Vec::new();
        reader.clauses(&mut clauses);
        out.append(&mut clauses);
    }
    out
}

/// Whether a sentence, the head of nested steps, makes them an alternative.
pub fn is_conditional(text: &str) -> bool {
    sentences(text).iter().any(|tokens| (0..tokens.len()).any(|at| condition(tokens, at).is_some()))
}

struct Sentence<'a, 't> {
    tokens: &'a [Token<'t>],
    names: &'a Names<'a>,
    /// What was locked or released last.
    last: &'a mut Option<String>,
    /// What was named in this sentence so far.
    mentioned: Vec<String>,
}

impl<'t> Sentence<'_, 't> {
    fn clauses(&mut self, out: &mut Vec<Clause>) {
        let mut current: Option<Clause> = None;
        let mut start = 0;
        let tokens = self.tokens;
        let relation = relation(tokens);
        let is_border = |token: &Token<'_>| token.is_mark(';') || token.is_mark(':');
        let ends = (0..tokens.len()).filter(|&at| is_border(&tokens[at])).chain([tokens.len()]);
        for end in ends.collect::<Vec<_>>() {
            let mut condition_here = Condition::Always;
            for at in start..end {
                match condition(&tokens[..end], at) {
                    Some(Condition::Otherwise) if at == start => condition_here = Condition::Otherwise,
                    Some(_) if condition_here == Condition::Always => condition_here = Condition::Sometimes,
                    _ => {}
                }
            }
            let events = self.segment(start..end);
            match &mut current {
                // A condition governs to the end of its sentence.
                Some(clause)
                    if clause.condition != Condition::Always || condition_here == Condition::Always =>
                {
                    clause.events.extend(events);
                }
                _ => {
                    out.extend(current.take());
                    current = Some(Clause { condition: condition_here, events, relation });
                }
            }
            start = end + 1;
        }
        out.extend(current);
        for at in (0..out.len()).rev() {
            if let Some(asked) = asked_about(&mut out[at]) {
                out.insert(at, asked);
            }
        }
    }

    fn segment(&mut self, whole: Range<usize>) -> Vec<(Event, Range<usize>)> {
        let mut out = Vec::new();
        let mut at = whole.start;
        let mut depth = 0usize;
        let is_universal = self.speaks_of_all_returns(&whole);
        while at < whole.end {
            let token = self.tokens[at];
            depth = (depth + usize::from(token.is_mark('('))).saturating_sub(usize::from(token.is_mark(')')));
            if depth > 0 && token.kind != Kind::Code {
                at += 1;
                continue;
            }
            if self.explains(at, whole.start) {
                break;
            }
            let next = match token.kind {
                Kind::Code => self.code(at, whole.start, &mut out),
                Kind::Word => self.word(at, &whole, is_universal, &mut out),
                Kind::Mark | Kind::Possessive => at + 1,
            };
            at = next.max(at + 1);
        }
        out
    }

    /// Whether what follows explains, and gives no order.
    fn explains(&self, at: usize, start: usize) -> bool {
        let token = self.tokens[at];
        if !token.is_one_of(EXPLANATIONS) || at == start {
            return false;
        }
        !self.tokens.get(at + 1).is_some_and(|next| next.is_one_of(ORDERS))
    }

    fn speaks_of_all_returns(&self, whole: &Range<usize>) -> bool {
        (whole.start..whole.end).any(|at| {
            self.tokens[at].is_one_of(&["every", "each", "both", "all", "any"])
                && self.tokens[at + 1..whole.end.min(at + 4)].iter().any(|token| {
                    token.is_one_of(&[
                        "return", "returns", "path", "paths", "exit", "exits", "branch", "branches",
                    ])
                })
        })
    }

    fn code(&mut self, at: usize, start: usize, out: &mut Vec<(Event, Range<usize>)>) -> usize {
        let token = self.tokens[at];
        let place = token.start..token.end;
        let (name, arguments) = match token.text.split_once('(') {
            Some((name, rest)) if token.text.ends_with(')') => (name.trim(), Some(&rest[..rest.len() - 1])),
            _ => (token.text.trim(), None),
        };
        if let Some(effect) = self.names.callees.get(name) {
            let mut given = arguments.map(|list| self.given(list)).unwrap_or_default();
            let mut next = at + 1;
            if arguments.is_none() {
                (given, next) = self.spoken(at, effect);
            }
            out.push((self.call(name, given, self.is_certain(at, start)), place));
            return next;
        }
        if let Some((target, value)) = assignment(token.text) {
            out.push((Event::Rebind(vec![key(target), key(value)]), place));
        } else if is_object(token.text) {
            self.mention(key(token.text));
            return self.held(at, start, out).unwrap_or(at + 1);
        }
        at + 1
    }

    /// `lock(cur)` without backticks.
    fn bare_call(&mut self, at: usize, start: usize, out: &mut Vec<(Event, Range<usize>)>) -> Option<usize> {
        let (token, open) = (self.tokens[at], self.tokens.get(at + 1)?);
        if !open.is_mark('(') || open.start != token.end || !self.names.callees.contains_key(token.text) {
            return None;
        }
        let close = at + 2 + self.tokens[at + 2..].iter().position(|token| token.is_mark(')'))?;
        let arguments = self.tokens[at + 2..close].split(|token| token.is_mark(','));
        let given = arguments.enumerate().filter_map(|(number, argument)| match argument {
            [only] if is_object(only.text) => Some((number, key(only.text))),
            _ => None,
        });
        let before = self.tokens[start..at].last();
        let is_order = before.is_none_or(|before| {
            before.kind == Kind::Mark
                || before.is_one_of(&["and", "then", "call", "calls", "immediately", "first"])
        });
        let given = given.collect();
        out.push((self.call(token.text, given, is_order), token.start..self.tokens[close].end));
        Some(close + 1)
    }

    fn mention(&mut self, name: String) {
        let is_other =
            self.names.parameters.iter().any(|(known, is_lockable)| *known == name && !is_lockable);
        let is_path = name.contains(['.', '>', '[']);
        if !is_other && !is_path && !self.mentioned.contains(&name) {
            self.mentioned.push(name);
        }
    }

    /// The arguments of a call that is written as one.
    fn given(&self, list: &str) -> FxHashMap<usize, String> {
        let named = list.split(',').enumerate().filter(|(_, argument)| is_object(argument));
        named.map(|(at, argument)| (at, key(argument))).collect()
    }

    /// The arguments that words give: "call `unlock` on `first`", "`settle` releases the lock of `victim`".
    fn spoken(&mut self, at: usize, effect: &Effect) -> (FxHashMap<usize, String>, usize) {
        let none = (FxHashMap::default(), at + 1);
        let lockable: Vec<usize> =
            effect.needs().iter().map(|(parameter, _)| *parameter).chain(effect.acquires()).collect();
        let Some(&only) = lockable.first().filter(|first| lockable.iter().all(|other| other == *first))
        else {
            return none;
        };
        let Some(following) = self.tokens.get(at + 1) else { return none };
        let is_given = following.is_one_of(&["on", "for", "with"]);
        let is_released = following.is_one_of(&["releases", "unlocks"]) && effect.after(only) == After::Free;
        if !is_given && !is_released {
            return none;
        }
        let found = match is_given {
            true => self.reading().thing(at + 2).map(|(object, next, _)| (Some(object), next)),
            false => self.reading().objects(at + 2).and_then(|(objects, next, _)| match objects {
                Objects::These(list) if list.len() == 1 => Some((list.into_iter().next().flatten(), next)),
                _ => None,
            }),
        };
        match found {
            Some((Some(object), next)) => (FxHashMap::from_iter([(only, object)]), next),
            _ => none,
        }
    }

    fn call(&self, function: &str, arguments: FxHashMap<usize, String>, is_certain: bool) -> Event {
        Event::Call { function: function.to_owned(), arguments, is_certain }
    }

    /// Whether a function is called where it is named, and not spoken of as called at another moment.
    fn is_certain(&self, at: usize, start: usize) -> bool {
        if at > start && self.tokens[at - 1].is_one_of(&["call", "invoke", "run"]) {
            return !self.is_negated(at - 1, start);
        }
        let before = &self.tokens[at.saturating_sub(4).max(start)..at];
        let border = before.iter().rposition(|token| token.kind == Kind::Mark).map_or(0, |mark| mark + 1);
        let before = &before[border..];
        let is_named = self.tokens.get(at + 1).is_some_and(|next| {
            next.is_one_of(&[
                "leaves", "gives", "hands", "keeps", "needs", "is", "releases", "unlocks", "returns",
            ])
        });
        let is_written_out = self.tokens[at].text.ends_with(')');
        let is_order =
            before.last().is_some_and(|last| last.is_one_of(&["then"]) || (is_written_out && last.is("and")));
        (before.is_empty() && (is_named || is_written_out)) || is_order
    }

    fn word(
        &mut self,
        at: usize,
        whole: &Range<usize>,
        is_universal: bool,
        out: &mut Vec<(Event, Range<usize>)>,
    ) -> usize {
        let token = self.tokens[at];
        let place = token.start..token.end;
        if let Some(next) = self.bare_call(at, whole.start, out) {
            return next;
        }
        if let Some((action, form)) = self.verb(at, whole.start) {
            return self.act(at, action, form, whole, is_universal, out);
        }
        if token.is_one_of(&["return", "returning"]) {
            if self.is_return(at, whole.start) && !is_universal {
                let value = self.tokens.get(at + 1).filter(|next| next.kind != Kind::Mark);
                out.push((Event::Return(value.map(|next| next.text.to_owned())), place));
            }
            return at + 1;
        }
        if token.is_one_of(&[
            "becomes", "become", "advance", "advances", "replace", "replaces", "repeat", "continue",
        ]) {
            out.push((Event::Rebind(Vec::new()), place));
            return at + 1;
        }
        if let Some(effect) = self.names.callees.get(token.text)
            && (!effect.is_primitive() || token.text.contains('_'))
        {
            let is_call = at > whole.start && self.tokens[at - 1].is_one_of(&["call", "calls", "calling"]);
            let is_certain = (is_call || token.text.contains('_')) && self.is_certain(at, whole.start);
            out.push((self.call(token.text, FxHashMap::default(), is_certain), place));
            return at + 1;
        }
        if let Some(next) = self.held(at, whole.start, out) {
            return next;
        }
        at + 1
    }

    /// "while the directory stays locked", "the lock of `cur` is held throughout".
    fn held(&mut self, at: usize, start: usize, out: &mut Vec<(Event, Range<usize>)>) -> Option<usize> {
        let is_start = at == start || !matches!(self.tokens[at - 1].kind, Kind::Word) || {
            self.tokens[at - 1].is_one_of(&["while", "keeps", "keep", "and", "that", "since"])
        };
        if !is_start {
            return None;
        }
        let reading = self.reading();
        let (objects, next, is_lock) = match reading.objects(at) {
            Some((Objects::These(list), next, true)) => (list, next, true),
            _ => {
                let is_named = self.tokens[at].kind == Kind::Code || self.tokens[at].is("the");
                let (object, next, is_lock) = reading.thing(at).filter(|_| is_named)?;
                (vec![Some(object)], next, is_lock)
            }
        };
        let objects: Option<Vec<String>> = objects.into_iter().collect();
        let objects = objects?;
        let is = |at: usize, words: &[&str]| self.tokens.get(at).is_some_and(|token| token.is_one_of(words));
        let is_kept = at > start && is(at - 1, &["keeps", "keep"]) && is(next, &["locked"]);
        let stays = is(next, &["stays", "remains", "stay", "remain"]);
        if !is_kept && !stays && !is(next, &["is", "are"]) {
            return None;
        }
        let mut end = next + usize::from(!is_kept);
        while is(end, &["still", "already", "currently"]) {
            end += 1;
        }
        let is_state = if is_lock { is(end, &["held", "owned", "kept"]) } else { is(end, &["locked"]) };
        let is_doubtful = self.tokens[start..at].iter().any(|token| {
            token.is_one_of(&["if", "when", "unless", "until", "whether", "once", "before", "thread"])
        });
        let is_throughout = is(end + 1, &["throughout"]);
        let is_now = stays || is_kept || is_throughout || (at > 0 && is(at - 1, &["while"]));
        if !is_state || is_doubtful || !is_now {
            return None;
        }
        let place = self.tokens[at].start..self.tokens[end.min(self.tokens.len() - 1)].end;
        // What is done while a lock is held is done after it was taken.
        let is_while = at > start && is(at - 1, &["while"]);
        let position = if is_while { out.len().saturating_sub(1) } else { out.len() };
        for object in objects {
            self.mention(object.clone());
            let event = if is_throughout { Event::Throughout(object) } else { Event::Held(object) };
            out.insert(position, (event, place.clone()));
        }
        Some(end + 1)
    }

    fn reading(&self) -> Reading<'_, 't> {
        let antecedent = match self.mentioned.as_slice() {
            [only] => Some(only.clone()),
            [] => self.last.clone(),
            _ => None,
        };
        Reading { tokens: self.tokens, functions: self.names.callees, antecedent }
    }

    /// The verb of locking that stands at a position.
    fn verb(&self, at: usize, start: usize) -> Option<(Action, Form)> {
        let token = self.tokens[at];
        let found = match token.text.to_ascii_lowercase().as_str() {
            "acquire" => (Action::Acquire, Form::Base),
            "acquires" => (Action::Acquire, Form::Third),
            "acquiring" | "locking" => (Action::Acquire, Form::Gerund),
            "acquired" => (Action::Acquire, Form::Participle),
            "release" => (Action::Release, Form::Base),
            "releases" | "unlocks" => (Action::Release, Form::Third),
            "releasing" | "unlocking" => (Action::Release, Form::Gerund),
            "released" | "unlocked" => (Action::Release, Form::Participle),
            "unlock" => (Action::Release, Form::Base),
            "lock" if self.is_verb(at, start) => (Action::Acquire, Form::Base),
            "locks" if self.is_verb(at, start) => (Action::Acquire, Form::Third),
            "take" | "obtain" | "grab" if self.speaks_of_lock(at) => (Action::Acquire, Form::Base),
            "takes" | "obtains" | "grabs" if self.speaks_of_lock(at) => (Action::Acquire, Form::Third),
            "drop" if self.speaks_of_lock(at) => (Action::Release, Form::Base),
            "drops" if self.speaks_of_lock(at) => (Action::Release, Form::Third),
            _ => return None,
        };
        // "the release of", "an acquire"
        let is_noun = found.1 == Form::Base
            && at > start
            && self.tokens[at - 1].is_one_of(&["the", "a", "an", "its", "each", "every", "this"]);
        (!is_noun).then_some(found)
    }

    /// Whether "lock" is a verb here, not a noun.
    fn is_verb(&self, at: usize, start: usize) -> bool {
        let is_after_noun = at > start
            && (self.tokens[at - 1].is_one_of(&[
                "the", "a", "an", "its", "their", "no", "both", "all", "any", "each", "every", "this",
                "that", "one", "same", "other", "further", "of", "which", "these", "those", "two", "new",
                "own", "only", "inode", "more", "another", "read", "write",
            ]) || self.tokens[at - 1].kind == Kind::Possessive);
        let has_object = self.tokens.get(at + 1).is_some_and(|next| {
            next.kind == Kind::Code
                || next.is_one_of(&["the", "its", "it", "both", "a", "an", "this", "that", "them"])
                || (self.names.parameters.iter().any(|(name, _)| next.is(name)))
        });
        !is_after_noun && has_object
    }

    fn speaks_of_lock(&self, at: usize) -> bool {
        self.tokens[at + 1..]
            .iter()
            .take(4)
            .take_while(|token| token.kind != Kind::Mark)
            .any(|token| token.is_one_of(&["lock", "locks"]))
    }

    fn is_negated(&self, at: usize, start: usize) -> bool {
        let before = &self.tokens[start..at];
        let border = before.iter().rposition(|token| token.kind == Kind::Mark).map_or(0, |mark| mark + 1);
        let near = before[border..].iter().rev().take(5);
        near.take_while(|token| !token.is("then")).any(|token| token.is_one_of(NEGATIONS))
    }

    fn act(
        &mut self,
        at: usize,
        action: Action,
        form: Form,
        whole: &Range<usize>,
        is_universal: bool,
        out: &mut Vec<(Event, Range<usize>)>,
    ) -> usize {
        let before = &self.tokens[whole.start..at];
        let says = |words: &[&str]| before.iter().any(|token| token.is_one_of(words));
        let previous = |words: &[&str]| before.last().is_some_and(|token| token.is_one_of(words));
        let is_of_callee = before.iter().any(|token| self.names.callees.contains_key(token.text));
        let is_idle = self.is_negated(at, whole.start)
            || says(&["thread", "threads", "caller", "callers"])
            || (form == Form::Third && is_of_callee)
            || (form == Form::Participle
                && says(&["after", "once", "until", "when", "has", "have", "from", "while", "as"]))
            || (form == Form::Gerund && previous(&["before", "without", "of", "instead"]));
        let is_sure = match form {
            Form::Base => {
                let is_purpose = previous(&["to"]) && !says(&["need", "needs", "must"]);
                !is_purpose && !says(MODALS)
            }
            Form::Third => true,
            Form::Gerund | Form::Participle => false,
        };
        let token = self.tokens[at];
        let found = self.reading().objects(at + 1);
        let end = found.as_ref().map_or(at + 1, |(_, next, _)| *next);
        let place = token.start..self.tokens[end.max(at + 1) - 1].end;
        if is_idle {
            return end;
        }
        let event = match (action, found) {
            (Action::Acquire, Some((Objects::These(objects), ..))) if is_sure => Event::Acquire(objects),
            (Action::Release, _) if is_sure && is_universal => Event::ReleaseAtReturns,
            (Action::Release, Some((Objects::These(objects), ..))) if is_sure => Event::Release(objects),
            (Action::Release, Some((Objects::All, ..))) if is_sure => Event::ReleaseAll,
            (Action::Acquire, _) => Event::MayAcquire,
            (Action::Release, _) => Event::MayRelease,
        };
        if let Event::Acquire(objects) | Event::Release(objects) = &event {
            let named = objects.iter().flatten().last().cloned();
            named.iter().for_each(|name| self.mention(name.clone()));
            *self.last = named.or(self.last.take());
        }
        out.push((event, place));
        self.means(end)
    }

    /// Skips "with `unlock`", the function that does it.
    fn means(&self, at: usize) -> usize {
        let is = |at: usize, words: &[&str]| self.tokens.get(at).is_some_and(|token| token.is_one_of(words));
        if !is(at, &["with", "using", "via", "through", "by"]) {
            return at;
        }
        let name = at + 1 + usize::from(is(at + 1, &["calling"]));
        let is_function = self.tokens.get(name).is_some_and(|token| {
            let called = token.text.split('(').next().unwrap_or_default();
            self.names.callees.contains_key(called)
        });
        if is_function { name + 1 } else { at }
    }

    fn is_return(&self, at: usize, start: usize) -> bool {
        let Some(before) = self.tokens[start..at].last() else { return true };
        if self.tokens[at].is("returning") {
            return before.is("before");
        }
        before.kind == Kind::Mark
            || before.is_one_of(&[
                "and",
                "then",
                "immediately",
                "just",
                "simply",
                "must",
                "should",
                "otherwise",
                "2",
            ])
            || condition(self.tokens, at.saturating_sub(1)).is_some()
    }
}

/// "If `walk` returns NULL, …": what is asked about has been called in any case.
fn asked_about(clause: &mut Clause) -> Option<Clause> {
    if clause.condition != Condition::Sometimes {
        return None;
    }
    let is_asked =
        |(event, _): &&(Event, Range<usize>)| matches!(event, Event::Call { is_certain: false, .. });
    let number = clause.events.iter().take_while(is_asked).count();
    let events: Vec<_> = clause.events.drain(..number).collect();
    (!events.is_empty()).then_some(Clause { condition: Condition::Always, events, relation: clause.relation })
}

/// The condition whose first word stands at a position.
fn condition(tokens: &[Token<'_>], at: usize) -> Option<Condition> {
    let token = tokens.get(at)?;
    let next = |words: &[&str]| tokens.get(at + 1).is_some_and(|next| next.is_one_of(words));
    let is_first = at == 0 || tokens[at - 1].kind == Kind::Mark;
    let is_one = match token.text.to_ascii_lowercase().as_str() {
        _ if token.kind != Kind::Word => false,
        "otherwise" | "else" => return Some(Condition::Otherwise),
        "if" | "when" | "unless" | "whenever" | "until" | "repeat" | "except" | "optionally" | "loop"
        | "iterate" => true,
        "as" => next(&["soon", "long"]),
        "should" => is_first,
        "in" => next(&["case", "cases", "a"]),
        "on" => {
            let rest = &tokens[at + 1..tokens.len().min(at + 3)];
            rest.iter().any(|word| {
                word.is_one_of(&["error", "errors", "failure", "failures", "success", "mismatch"])
            })
        }
        "for" => {
            next(&["each", "every", "all"])
                || (is_first
                    && tokens
                        .get(at + 1)
                        .is_some_and(|next| next.kind == Kind::Code || next.text.starts_with('-')))
        }
        "while" => !tokens[at..].iter().any(|word| word.is_one_of(&["locked", "held", "owned"])),
        _ => false,
    };
    is_one.then_some(Condition::Sometimes)
}

/// How a sentence relates what it locks to what is locked already.
fn relation(tokens: &[Token<'_>]) -> Option<Relation> {
    let says = |words: &[&str]| tokens.iter().any(|token| token.is_one_of(words));
    match (says(&["downwards", "downward", "below", "beneath"]), says(&["upwards", "upward", "above"])) {
        (true, false) => Some(Relation::Down),
        (false, true) => Some(Relation::Up),
        _ => None,
    }
}

/// The two sides of an assignment.
fn assignment(code: &str) -> Option<(&str, &str)> {
    let at = code.find('=')?;
    let is_comparison = code[at + 1..].starts_with('=') || code[..at].ends_with(['!', '<', '>', '=']);
    (!is_comparison).then(|| (code[..at].trim(), code[at + 1..].trim()))
}
