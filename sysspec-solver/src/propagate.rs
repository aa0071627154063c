//! What follows by the form of the clauses alone: unit propagation over their connectives.
//!
//! The assumptions and the contrary of the goal are taken for true; what must then be true or false of their parts is
//! passed on until a part is both. It finds few kinds of proofs, but those are the frequent ones, and it finds them in
//! less time than a question to the solver takes. It never says that something does not follow.

use std::collections::HashMap;
use std::sync::Arc;

use sysspec_analysis::logic::{Arithmetic, Entailment, Moment, Node, Signedness, Sort, Term};

/// The assumptions by which the goal follows, if propagation shows that it does.
pub fn proved(entailment: &Entailment) -> Option<Vec<usize>> {
    let mut graph = Graph::default();
    let given: Vec<usize> = entailment.assumptions.iter().map(|term| graph.add(term)).collect();
    let goal = graph.add(&entailment.goal);
    let mut known = Known { values: vec![None; graph.nodes.len()], conflict: None };
    known.learn(goal, false, Why::default());
    for (at, &node) in given.iter().enumerate() {
        known.learn(node, true, Why { assumption: Some(at), because: Vec::new() });
    }
    while known.conflict.is_none() && known.pass(&graph) {}
    known.grounds()
}

/// The parts of an entailment, equal ones once; parts before wholes.
#[derive(Default)]
struct Graph {
    nodes: Vec<Key>,
    ids: HashMap<Key, usize>,
    /// Terms that were added before.
    seen: HashMap<usize, usize>,
}

/// A term with its operands by number.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    head: Head,
    sort: Sort,
    operands: Vec<usize>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Head {
    Truth(bool),
    Integer(u128),
    Null,
    Apply(Arc<str>, Moment),
    Not,
    And,
    Or,
    Implies,
    Equal,
    If,
    Less(Signedness),
    Arithmetic(Arithmetic),
    Complement,
    Resize(Signedness),
}

impl Graph {
    fn add(&mut self, term: &Term) -> usize {
        if let Some(&known) = self.seen.get(&term.address()) {
            return known;
        }
        let head = match term.node() {
            Node::Truth(value) => Head::Truth(*value),
            Node::Integer(bits) => Head::Integer(*bits),
            Node::Null => Head::Null,
            Node::Apply(symbol, moment, _) => Head::Apply(symbol.clone(), *moment),
            Node::Not(_) => Head::Not,
            Node::And(_) => Head::And,
            Node::Or(_) => Head::Or,
            Node::Implies(..) => Head::Implies,
            Node::Equal(..) => Head::Equal,
            Node::If(..) => Head::If,
            Node::Less(signedness, ..) => Head::Less(*signedness),
            Node::Arithmetic(operation, ..) => Head::Arithmetic(*operation),
            Node::Complement(_) => Head::Complement,
            Node::Resize(signedness, _) => Head::Resize(*signedness),
        };
        let mut operands: Vec<usize> = term.operands().into_iter().map(|operand| self.add(operand)).collect();
        if head == Head::Equal {
            operands.sort_unstable();
        }
        let key = Key { head, sort: term.sort().clone(), operands };
        let id = match self.ids.get(&key) {
            Some(&known) => known,
            None => {
                self.nodes.push(key.clone());
                self.ids.insert(key, self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        self.seen.insert(term.address(), id);
        id
    }

    /// The constant that an equation gives its other side.
    fn constant(&self, key: &Key) -> Option<(usize, u128)> {
        let [one, two] = key.operands.as_slice() else { return None };
        match (&self.nodes[*one].head, &self.nodes[*two].head) {
            (Head::Integer(bits), _) => Some((*two, *bits)),
            (_, Head::Integer(bits)) => Some((*one, *bits)),
            _ => None,
        }
    }
}

/// Why something is known: it is assumed, or it follows from others.
#[derive(Clone, Default)]
struct Why {
    assumption: Option<usize>,
    because: Vec<usize>,
}

struct Known {
    values: Vec<Option<(bool, Why)>>,
    /// A part that is both, with the second reason.
    conflict: Option<(usize, Why)>,
}

impl Known {
    fn value(&self, node: usize) -> Option<bool> {
        self.values[node].as_ref().map(|(value, _)| *value)
    }

    /// Notes what a part is. `true` when that is new.
    fn learn(&mut self, node: usize, value: bool, why: Why) -> bool {
        match self.value(node) {
            Some(known) if known == value => false,
            Some(_) => {
                self.conflict.get_or_insert((node, why));
                false
            }
            None => {
                self.values[node] = Some((value, why));
                true
            }
        }
    }

    fn follows(&mut self, node: usize, value: bool, because: Vec<usize>) -> bool {
        self.learn(node, value, Why { assumption: None, because })
    }

    /// Passes on what is known, once through all parts. `true` when something new is known.
    fn pass(&mut self, graph: &Graph) -> bool {
        let mut is_new = false;
        for (node, key) in graph.nodes.iter().enumerate().filter(|(_, key)| key.sort == Sort::Truth) {
            let operands = &key.operands;
            is_new |= match key.head {
                Head::Truth(value) => self.follows(node, value, Vec::new()),
                Head::Not => self.connect(node, &[(operands[0], false)], true),
                Head::And => {
                    self.connect(node, &operands.iter().map(|&it| (it, true)).collect::<Vec<_>>(), true)
                }
                // Any of them is not: not all of them are not.
                Head::Or => {
                    self.connect(node, &operands.iter().map(|&it| (it, false)).collect::<Vec<_>>(), false)
                }
                Head::Implies => self.connect(node, &[(operands[0], true), (operands[1], false)], false),
                Head::Equal => self.equal(graph, node, key),
                _ => false,
            };
        }
        is_new
    }

    /// A part is `when_all` exactly when all these are as said.
    fn connect(&mut self, node: usize, parts: &[(usize, bool)], when_all: bool) -> bool {
        let others = |of: usize| parts.iter().map(|(part, _)| *part).filter(move |part| *part != of);
        match self.value(node) {
            Some(value) if value == when_all => {
                let mut is_new = false;
                for &(part, wanted) in parts {
                    is_new |= self.follows(part, wanted, vec![node]);
                }
                is_new
            }
            Some(_) => {
                let is_met = |(part, wanted): &(usize, bool)| self.value(*part) == Some(*wanted);
                let mut open = parts.iter().filter(|part| !is_met(part));
                match (open.next(), open.next()) {
                    (Some(&(part, wanted)), None) => {
                        let because = others(part).chain([node]).collect();
                        self.follows(part, !wanted, because)
                    }
                    (None, _) => self.follows(node, when_all, parts.iter().map(|(part, _)| *part).collect()),
                    _ => false,
                }
            }
            None => {
                let unmet = parts.iter().find(|(part, wanted)| self.value(*part) == Some(!*wanted));
                if let Some(&(part, _)) = unmet {
                    return self.follows(node, !when_all, vec![part]);
                }
                let is_met = parts.iter().all(|(part, wanted)| self.value(*part) == Some(*wanted));
                is_met && self.follows(node, when_all, parts.iter().map(|(part, _)| *part).collect())
            }
        }
    }

    fn equal(&mut self, graph: &Graph, node: usize, key: &Key) -> bool {
        let [one, two] = key.operands[..] else { return false };
        if one == two {
            return self.follows(node, true, Vec::new());
        }
        if graph.nodes[one].sort == Sort::Truth {
            return match (self.value(node), self.value(one), self.value(two)) {
                (Some(same), Some(value), _) => self.follows(two, value == same, vec![node, one]),
                (Some(same), None, Some(value)) => self.follows(one, value == same, vec![node, two]),
                (None, Some(first), Some(second)) => self.follows(node, first == second, vec![one, two]),
                _ => false,
            };
        }
        if let (Head::Integer(first), Head::Integer(second)) =
            (&graph.nodes[one].head, &graph.nodes[two].head)
        {
            return self.follows(node, first == second, Vec::new());
        }
        // What equals one constant equals no other.
        let (true, Some((thing, value))) = (self.value(node) == Some(true), graph.constant(key)) else {
            return false;
        };
        let mut is_new = false;
        for (other, key) in graph.nodes.iter().enumerate().filter(|(_, key)| key.head == Head::Equal) {
            if let Some((_, differing)) =
                graph.constant(key).filter(|(it, constant)| *it == thing && *constant != value)
            {
                debug_assert_ne!(differing, value);
                is_new |= self.follows(other, false, vec![node]);
            }
        }
        is_new
    }

    /// The assumptions behind the conflict.
    fn grounds(self) -> Option<Vec<usize>> {
        let (node, why) = self.conflict?;
        let mut grounds = Vec::new();
        let mut seen = vec![false; self.values.len()];
        let mut open = vec![node];
        let mut note = |why: &Why, open: &mut Vec<usize>| {
            grounds.extend(why.assumption);
            open.extend(&why.because);
        };
        note(&why, &mut open);
        while let Some(node) = open.pop() {
            if let (false, Some((_, why))) = (std::mem::replace(&mut seen[node], true), &self.values[node]) {
                note(why, &mut open);
            }
        }
        grounds.sort_unstable();
        grounds.dedup();
        Some(grounds)
    }
}
