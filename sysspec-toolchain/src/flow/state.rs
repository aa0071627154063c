//! What is known at one point of one path.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::cfg::Spot;
use super::domain::Domain;
use super::term::{Arena, Term, Value};

/// Something that is kept for messages only: states that differ in it are the same.
#[derive(Clone, Debug)]
pub struct Noted<T>(pub T);

impl<T> PartialEq for Noted<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// One step of a path, as a reader follows it; the steps before hang behind it.
#[derive(Debug)]
pub struct Trace {
    /// Where.
    pub at: Spot,
    /// What happens there.
    pub text: String,
    /// The step before.
    pub before: Option<Rc<Trace>>,
}

/// Who did something, and where.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The place.
    pub at: Spot,
    /// The function that was called.
    pub by: Rc<str>,
}

/// What is known of one lock.
#[derive(Clone, Debug, PartialEq)]
pub struct Lock {
    /// Whether the thread has it.
    pub is_held: bool,
    /// Where it was taken or given up; nothing when that was before the call.
    pub since: Noted<Option<Spot>>,
}

/// What is known at one point of one path.
#[derive(Clone, Debug)]
pub struct State {
    /// What is stored where, as far as it was looked at.
    pub memory: BTreeMap<Value, Value>,
    /// What was stored there at the call, as far as it is known.
    pub entry: BTreeMap<Value, Value>,
    /// The locks that are known to be held, or not to be.
    pub locks: BTreeMap<Value, Lock>,
    /// Memory that may not be touched any more.
    pub freed: BTreeMap<Value, Noted<Deed>>,
    /// Memory that only this function knows of.
    pub owned: BTreeMap<Value, Noted<Deed>>,
    /// Pointers that may be `NULL` by the contract of whoever gave them.
    pub nullable: BTreeMap<Value, Noted<Deed>>,
    /// Values that took the place of others when something may have changed them.
    pub was: BTreeMap<Value, Value>,
    /// What values are called in the code.
    pub labels: BTreeMap<Value, Noted<Rc<str>>>,
    /// The values of the parameters.
    pub parameters: Vec<Value>,
    /// The objects whose locks were held at the call.
    pub held_at_entry: Vec<Value>,
    /// Which integers values may be.
    pub domains: BTreeMap<Value, Domain>,
    /// Values that differ.
    pub apart: BTreeSet<(Value, Value)>,
    /// Symbols that turned out to be other values.
    pub same: BTreeMap<u32, Value>,
    /// Stands for all of memory: changes when it does.
    pub epoch: Value,
    /// What stood for it at the call.
    pub entry_epoch: Value,
    /// Memory of others that was stored to, and where.
    pub written: BTreeMap<Value, Noted<Spot>>,
    /// What applications of functions of the specification turned out to be.
    pub named: BTreeMap<Value, Value>,
    /// What each function returned when it was called last.
    pub results: BTreeMap<Rc<str>, Value>,
    /// Whether no memory but the function's own was changed so far.
    pub is_pristine: bool,
    /// Whether something happened to locks that is not known.
    pub is_unsure: bool,
    /// The number of the next symbol.
    pub next: u32,
    /// The way here.
    pub trace: Noted<Option<Rc<Trace>>>,
}

impl State {
    /// The state in which nothing is known.
    pub fn new(arena: &Arena) -> Self {
        Self {
            memory: BTreeMap::new(),
            entry: BTreeMap::new(),
            locks: BTreeMap::new(),
            freed: BTreeMap::new(),
            owned: BTreeMap::new(),
            nullable: BTreeMap::new(),
            was: BTreeMap::new(),
            labels: BTreeMap::new(),
            parameters: Vec::new(),
            held_at_entry: Vec::new(),
            domains: BTreeMap::new(),
            apart: BTreeSet::new(),
            same: BTreeMap::new(),
            epoch: arena.value(Term::Symbol(0)),
            entry_epoch: arena.value(Term::Symbol(0)),
            written: BTreeMap::new(),
            named: BTreeMap::new(),
            results: BTreeMap::new(),
            is_pristine: true,
            is_unsure: false,
            next: 1,
            trace: Noted(None),
        }
    }

    /// A value of which nothing is known.
    pub fn fresh(&mut self, arena: &Arena) -> Value {
        self.next += 1;
        arena.value(Term::Symbol(self.next - 1))
    }

    /// Adds a step to the path.
    pub fn note(&mut self, at: &Spot, text: impl Into<String>) {
        let before = self.trace.0.take();
        self.trace = Noted(Some(Rc::new(Trace { at: at.clone(), text: text.into(), before })));
    }

    /// The value under the name that it has now.
    pub fn current(&self, arena: &Arena, value: Value) -> Value {
        let mut value = value;
        // Symbols are replaced by earlier ones, so this ends; the bound is for safety only.
        for _ in 0..64 {
            let next = arena.replace(value, &|number| self.same.get(&number).copied());
            if next == value {
                break;
            }
            value = next;
        }
        value
    }

    // ---- memory ----

    /// What is stored at an address.
    pub fn load(&mut self, arena: &Arena, address: Value) -> Value {
        let address = self.current(arena, address);
        if let Some(known) = self.memory.get(&address) {
            return *known;
        }
        let value = self.fresh(arena);
        self.memory.insert(address, value);
        let root = arena.root(address);
        let is_given = !is_local(arena, address) && !self.owned.contains_key(&root);
        if self.is_pristine && is_given {
            self.entry.insert(address, value);
        }
        value
    }

    /// Stores a value at an address.
    pub fn store(&mut self, arena: &Arena, address: Value, value: Value) {
        let address = self.current(arena, address);
        self.forget_below(arena, address);
        let cells: Vec<Value> = self.memory.keys().copied().collect();
        for cell in cells {
            if cell != address && self.may_be_one(arena, cell, address) {
                self.soften(arena, cell);
            }
        }
        self.memory.insert(address, value);
        if !is_local(arena, address) {
            self.change(arena);
        }
    }

    /// Something other than the function's own variables has changed.
    pub fn change(&mut self, arena: &Arena) {
        self.is_pristine = false;
        self.epoch = self.fresh(arena);
    }

    /// Forgets the members and elements of what is at an address, and itself.
    pub fn forget(&mut self, arena: &Arena, address: Value) {
        self.forget_below(arena, address);
        self.memory.remove(&address);
    }

    fn forget_below(&mut self, arena: &Arena, address: Value) {
        self.memory.retain(|cell, _| *cell == address || !arena.is_within(*cell, address));
    }

    /// What is at an address and below it may have changed.
    pub fn disturb(&mut self, arena: &Arena, address: Value) {
        let address = self.current(arena, address);
        let cells: Vec<Value> = self.memory.keys().copied().collect();
        for cell in cells.into_iter().filter(|cell| arena.is_within(*cell, address)) {
            self.soften(arena, cell);
        }
    }

    /// The value of a cell may have changed.
    fn soften(&mut self, arena: &Arena, cell: Value) {
        let Some(old) = self.memory.get(&cell).copied() else { return };
        let new = self.fresh(arena);
        let origin = self.was.get(&old).copied().unwrap_or(old);
        self.was.insert(new, origin);
        self.memory.insert(cell, new);
    }

    /// Whether two different addresses may be one.
    fn may_be_one(&self, arena: &Arena, one: Value, two: Value) -> bool {
        let (root, other) = (arena.root(one), arena.root(two));
        let is_variable = |root| matches!(&*arena.term(root), Term::Variable(..));
        if (is_variable(root) || is_variable(other)) && root != other {
            return false;
        }
        match (&*arena.term(one), &*arena.term(two)) {
            (Term::Member(base, name), Term::Member(other, its)) => {
                name == its && base != other && self.equal(arena, *base, *other) != Some(false)
            }
            (Term::Index(base, at), Term::Index(other, its)) => {
                let is_known = arena.as_integer(*at).is_some() && arena.as_integer(*its).is_some();
                !(base == other && is_known)
            }
            // The first element is where the array is.
            (Term::Index(base, _), _) => *base == two,
            (_, Term::Index(base, _)) => *base == one,
            _ => false,
        }
    }

    // ---- facts ----

    /// Which integers a value may be.
    pub fn domain(&self, arena: &Arena, value: Value) -> Domain {
        let own = match &*arena.term(value) {
            Term::Integer(integer) => return Domain::one(*integer),
            Term::Variable(..) | Term::Global(_) | Term::Member(..) | Term::Index(..) => Domain::but(0),
            Term::Apply(operator, operands) if operands.len() == 2 && is_comparison(operator) => {
                Domain::of([0, 1])
            }
            // A difference that cannot fall below 0 does not wrap round either.
            Term::Apply(operator, operands) if &**operator == "-" && operands.len() == 2 => {
                let low = self.domain(arena, operands[0]).bounds().0;
                let high = self.domain(arena, operands[1]).bounds().1;
                let least = low.zip(high).and_then(|(low, high)| low.checked_sub(high));
                least
                    .filter(|least| *least >= 0)
                    .map_or(Domain::any(), |least| Domain::between(Some(least), None))
            }
            _ => Domain::any(),
        };
        match self.domains.get(&value) {
            Some(known) => known.and(&own),
            None => own,
        }
    }

    /// Whether two values are equal, if that is known.
    pub fn equal(&self, arena: &Arena, one: Value, two: Value) -> Option<bool> {
        if one == two {
            return Some(true);
        }
        if self.apart.contains(&ordered(one, two)) {
            return Some(false);
        }
        let (first, second) = (self.domain(arena, one), self.domain(arena, two));
        if first.and(&second).is_empty() {
            return Some(false);
        }
        if first.single().is_some() && first.single() == second.single() {
            return Some(true);
        }
        let is_place = |term: &Term| matches!(term, Term::Variable(..) | Term::Global(_));
        let (first, second) = (arena.term(one), arena.term(two));
        let is_apart = is_place(&first) && is_place(&second)
            || self.owned.contains_key(&one)
            || self.owned.contains_key(&two);
        is_apart.then_some(false)
    }

    /// Whether a value is not 0, if that is known.
    pub fn truth(&self, arena: &Arena, value: Value) -> Option<bool> {
        let domain = self.domain(arena, value);
        if !domain.has(0) {
            return Some(true);
        }
        if domain.single() == Some(0) {
            return Some(false);
        }
        match &*arena.term(value) {
            Term::Apply(operator, operands) => match operands.as_slice() {
                [inner] if &**operator == "!" => self.truth(arena, *inner).map(|truth| !truth),
                [one, two] => {
                    let (relation, sense) = Relation::of(operator, *one, *two)?;
                    self.holds(arena, relation).map(|holds| holds == sense)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn holds(&self, arena: &Arena, relation: Relation) -> Option<bool> {
        match relation {
            Relation::Equal(one, two) => self.equal(arena, one, two),
            Relation::Less(one, two) => {
                let is_less = self.domain(arena, less(arena, one, two));
                if is_less.single() == Some(0) || !is_less.has(0) {
                    return Some(!is_less.has(0));
                }
                let (low, high) = self.domain(arena, one).bounds();
                let (its_low, its_high) = self.domain(arena, two).bounds();
                if high.zip(its_low).is_some_and(|(high, low)| high < low) {
                    return Some(true);
                }
                low.zip(its_high).is_some_and(|(low, high)| low >= high).then_some(false)
            }
        }
    }

    /// Takes for granted that a value is 0, or is not. `false` when it cannot be.
    #[must_use]
    pub fn assume(&mut self, arena: &Arena, value: Value, truth: bool) -> bool {
        let value = self.current(arena, value);
        if let Some(known) = self.truth(arena, value) {
            return known == truth;
        }
        if let Term::Apply(operator, operands) = &*arena.term(value) {
            match operands.as_slice() {
                [inner] if &**operator == "!" => return self.assume(arena, *inner, !truth),
                [one, two] => {
                    if let Some((relation, sense)) = Relation::of(operator, *one, *two) {
                        return self.relate(arena, relation, sense == truth);
                    }
                }
                _ => {}
            }
        }
        self.constrain(arena, value, &if truth { Domain::but(0) } else { Domain::one(0) })
    }

    fn relate(&mut self, arena: &Arena, relation: Relation, holds: bool) -> bool {
        match (relation, holds) {
            (Relation::Equal(one, two), true) => self.unify(arena, one, two),
            (Relation::Equal(one, two), false) => self.differ(arena, one, two),
            (Relation::Less(one, two), _) => {
                let (one_domain, two_domain) = (self.domain(arena, one), self.domain(arena, two));
                let ((low, high), (its_low, its_high)) = (one_domain.bounds(), two_domain.bounds());
                let (first, second) = match holds {
                    true => (
                        Domain::between(None, its_high.map(|high| high - 1)),
                        Domain::between(low.map(|low| low + 1), None),
                    ),
                    false => (Domain::between(its_low, None), Domain::between(None, high)),
                };
                self.constrain(arena, one, &first)
                    && self.constrain(arena, two, &second)
                    && self.constrain(
                        arena,
                        less(arena, one, two),
                        &if holds { Domain::but(0) } else { Domain::one(0) },
                    )
            }
        }
    }

    /// Narrows the integers that a value may be.
    #[must_use]
    pub fn constrain(&mut self, arena: &Arena, value: Value, to: &Domain) -> bool {
        let domain = self.domain(arena, value).and(to);
        if domain.is_empty() {
            return false;
        }
        if matches!(&*arena.term(value), Term::Symbol(_) | Term::Apply(..) | Term::Constant(_))
            && !domain.is_any()
        {
            self.domains.insert(value, domain);
        }
        true
    }

    /// Two values differ.
    #[must_use]
    pub fn differ(&mut self, arena: &Arena, one: Value, two: Value) -> bool {
        if self.equal(arena, one, two) == Some(true) {
            return false;
        }
        match (self.domain(arena, one).single(), self.domain(arena, two).single()) {
            (Some(integer), _) => return self.constrain(arena, two, &Domain::but(integer)),
            (_, Some(integer)) => return self.constrain(arena, one, &Domain::but(integer)),
            _ => {}
        }
        self.apart.insert(ordered(one, two));
        true
    }

    /// Two values are one.
    #[must_use]
    pub fn unify(&mut self, arena: &Arena, one: Value, two: Value) -> bool {
        let (one, two) = (self.current(arena, one), self.current(arena, two));
        match self.equal(arena, one, two) {
            Some(true) => return true,
            Some(false) => return false,
            None => {}
        }
        let (first, second) = (self.domain(arena, one), self.domain(arena, two));
        let is_placed = |value| !matches!(&*arena.term(value), Term::Apply(..) | Term::Integer(_));
        let symbol = |value| match &*arena.term(value) {
            Term::Symbol(number) => Some(*number),
            _ => None,
        };
        let replaced = match (symbol(one), symbol(two)) {
            (Some(number), Some(other)) if number > other => Some((number, two)),
            (Some(_), Some(other)) => Some((other, one)),
            (Some(number), None) if is_placed(two) => Some((number, two)),
            (None, Some(number)) if is_placed(one) => Some((number, one)),
            _ => None,
        };
        let Some((number, value)) = replaced else {
            // What a function of the specification gives goes by the name that it has in the code.
            for (symbol, term) in [(one, two), (two, one)] {
                if matches!(&*arena.term(symbol), Term::Symbol(_)) && arena.is_application(term) {
                    self.named.insert(term, symbol);
                }
            }
            return self.constrain(arena, one, &second) && self.constrain(arena, two, &first);
        };
        if arena.symbols(value).contains(&number) {
            return true;
        }
        self.same.insert(number, value);
        self.rename(arena, &|symbol| (symbol == number).then_some(value))
            && self.constrain(arena, value, &first.and(&second))
    }

    /// Replaces symbols everywhere. `false` when what was known contradicts it.
    pub fn rename(&mut self, arena: &Arena, by: &dyn Fn(u32) -> Option<Value>) -> bool {
        let name = |value: Value| arena.replace(value, by);
        let mut is_possible = true;
        let mut locks: BTreeMap<Value, Lock> = BTreeMap::new();
        for (object, lock) in std::mem::take(&mut self.locks) {
            let known = locks.entry(name(object)).or_insert_with(|| lock.clone());
            is_possible &= known.is_held == lock.is_held;
        }
        self.locks = locks;
        let mut domains: BTreeMap<Value, Domain> = BTreeMap::new();
        for (value, domain) in std::mem::take(&mut self.domains) {
            let both = domains.get(&name(value)).map_or_else(|| domain.clone(), |known| known.and(&domain));
            is_possible &= !both.is_empty();
            domains.insert(name(value), both);
        }
        self.domains = domains;
        let apart = std::mem::take(&mut self.apart);
        self.apart = apart.into_iter().map(|(one, two)| ordered(name(one), name(two))).collect();
        is_possible &= self.apart.iter().all(|(one, two)| one != two);
        let memory = std::mem::take(&mut self.memory);
        self.memory = memory.into_iter().map(|(cell, value)| (name(cell), name(value))).collect();
        let entry = std::mem::take(&mut self.entry);
        self.entry = entry.into_iter().map(|(cell, value)| (name(cell), name(value))).collect();
        for deeds in [&mut self.freed, &mut self.owned, &mut self.nullable] {
            *deeds = std::mem::take(deeds).into_iter().map(|(value, deed)| (name(value), deed)).collect();
        }
        let was = std::mem::take(&mut self.was);
        self.was = was.into_iter().map(|(value, old)| (name(value), name(old))).collect();
        let labels = std::mem::take(&mut self.labels);
        self.labels = labels.into_iter().map(|(value, label)| (name(value), label)).collect();
        self.parameters.iter_mut().for_each(|value| *value = name(*value));
        self.held_at_entry.iter_mut().for_each(|value| *value = name(*value));
        self.epoch = name(self.epoch);
        self.entry_epoch = name(self.entry_epoch);
        self.results.values_mut().for_each(|value| *value = name(*value));
        let written = std::mem::take(&mut self.written);
        self.written = written.into_iter().map(|(address, at)| (name(address), at)).collect();
        let named = std::mem::take(&mut self.named);
        self.named = named.into_iter().map(|(term, value)| (name(term), name(value))).collect();
        is_possible
    }

    /// Whether a pointer may be `NULL`.
    pub fn may_be_null(&self, arena: &Arena, value: Value) -> bool {
        self.domain(arena, value).has(0)
    }
}

/// A relation between two values.
enum Relation {
    Equal(Value, Value),
    Less(Value, Value),
}

impl Relation {
    /// The relation that an operator stands for, and whether it has to hold for the operator to give 1.
    fn of(operator: &str, one: Value, two: Value) -> Option<(Self, bool)> {
        Some(match operator {
            "==" => (Self::Equal(one, two), true),
            "!=" => (Self::Equal(one, two), false),
            "<" => (Self::Less(one, two), true),
            ">" => (Self::Less(two, one), true),
            "<=" => (Self::Less(two, one), false),
            ">=" => (Self::Less(one, two), false),
            _ => return None,
        })
    }
}

/// Whether one value is below another; all four comparisons are told by it.
fn less(arena: &Arena, one: Value, two: Value) -> Value {
    arena.apply(&"<".into(), vec![one, two])
}

fn is_comparison(operator: &str) -> bool {
    matches!(operator, "==" | "!=" | "<" | ">" | "<=" | ">=")
}

/// Whether an address is that of a variable of a function, or lies in one.
pub fn is_local(arena: &Arena, address: Value) -> bool {
    matches!(&*arena.term(arena.root(address)), Term::Variable(..))
}

/// A pair in one order.
pub fn ordered(one: Value, two: Value) -> (Value, Value) {
    if one <= two { (one, two) } else { (two, one) }
}
