//! What there is: layers, structs, functions, and who relies on whom.

use std::collections::HashSet;

use anyhow::{Result, ensure};
use fastrand::Rng;

use super::Synthetic;
use super::words;

/// A whole workspace, before it is written down.
pub struct Plan {
    pub layers: Vec<Layer>,
    pub topics: Vec<Topic>,
    /// Those of the base, and after them those that patches add.
    pub functions: Vec<Function>,
    /// How many functions the base has.
    pub base: usize,
    pub patches: Vec<Patch>,
}

/// A patch: a new leaf, and a new root that relies on it.
pub struct Patch {
    pub name: String,
    /// The function that the patch adds.
    pub leaf: usize,
    /// The function of the base whose module the patch replaces.
    pub root: usize,
    /// The patch in the same layer that lies below.
    pub needs: Option<usize>,
}

/// The position of the hub among the functions.
pub const HUB: usize = 0;

pub struct Layer {
    pub name: String,
    /// The layers that it may rely on.
    pub below: Vec<usize>,
}

/// A struct of `common.header`.
pub struct Topic {
    /// Its tag.
    pub name: String,
    /// How a parameter that points to one is called.
    pub parameter: String,
    /// Members of 64 bits. The first is bounded by the topic's macro.
    pub quantities: Vec<&'static str>,
    /// Members of 32 bits.
    pub marks: Vec<&'static str>,
    /// Topics that it points to.
    pub links: Vec<usize>,
    /// The functions that lock and unlock it.
    pub lock: Option<(usize, usize)>,
    /// The bound of its first quantity.
    pub bound: u64,
}

impl Topic {
    /// The macro that bounds the first quantity.
    pub fn bound_name(&self) -> String {
        format!("{}_{}_MAX", self.name, self.quantities[0]).to_uppercase()
    }
}

/// What a function is for; its signature follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `int hub(uint64_t amount, uint32_t flags)`
    Hub,
    /// `uint64_t f(uint64_t value, uint64_t unit)`
    Scalar,
    /// `void f(struct t *t)`
    Lock,
    /// `void f(struct t *t)`
    Unlock,
    /// `uint64_t f(const struct t *t, uint64_t limit)`
    Measure,
    /// `int f(const struct t *t, uint32_t flags)`
    Test,
    /// `struct t *f(const struct t *t, uint64_t cookie)`
    Find,
    /// `int f(struct t *t, uint64_t amount)`
    Change,
    /// `void f(struct t *t)`
    Settle,
}

impl Kind {
    pub fn is_reader(self) -> bool {
        matches!(self, Kind::Hub | Kind::Scalar | Kind::Measure | Kind::Test | Kind::Find)
    }
}

/// What a function does about the lock of its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// Nothing, and it needs none.
    Free,
    /// Its caller owns the lock, before and after.
    Under,
    /// It takes the lock and gives it back.
    Takes,
}

pub struct Function {
    pub name: String,
    /// What it acts upon, in prose.
    pub object: &'static str,
    pub layer: usize,
    pub topic: Option<usize>,
    pub kind: Kind,
    pub locking: Locking,
    /// The functions that it relies on, without those that lock.
    pub callees: Vec<usize>,
}

impl Plan {
    pub fn new(wanted: &Synthetic) -> Result<Plan> {
        ensure!(wanted.modules >= 50, "a synthetic workspace has at least 50 modules");
        ensure!(
            (2..=words::LAYERS.len()).contains(&wanted.layers),
            "the layers are 2 to {}",
            words::LAYERS.len()
        );
        let topics = words::NOUNS.len() * (words::QUALIFIERS.len() + 1);
        ensure!((2..=topics).contains(&wanted.structs), "the structs are 2 to {topics}");
        let mut rng = Rng::with_seed(wanted.seed);
        let mut builder = Builder {
            plan: Plan {
                layers: layers(wanted.layers, &mut rng),
                topics: topic_list(wanted.structs, &mut rng),
                functions: Vec::with_capacity(wanted.modules + wanted.patches),
                base: wanted.modules,
                patches: Vec::new(),
            },
            taken: HashSet::new(),
            by_topic: vec![Vec::new(); wanted.structs],
            scalars: Vec::new(),
            rng,
        };
        builder.lowest_layer(wanted.modules / wanted.layers);
        let lowest = builder.plan.functions.len();
        ensure!(wanted.modules >= lowest + wanted.dependents, "too many structs or dependents of the hub");
        builder.upper_layers(wanted.modules);
        builder.rely_on_hub(lowest, wanted.dependents);
        builder.patches(lowest, wanted.patches)?;
        Ok(builder.plan)
    }
}

fn layers(number: usize, rng: &mut Rng) -> Vec<Layer> {
    let layer = |at: usize| {
        // All rely on the lowest; besides, on the one right below and a few more.
        let mut below: Vec<usize> = (0..at).filter(|&other| other == 0 || other + 1 == at).collect();
        let mut others: Vec<usize> = (1..at.saturating_sub(1)).collect();
        rng.shuffle(&mut others);
        below.extend(others.into_iter().take(4));
        below.sort_unstable();
        below.dedup();
        Layer { name: words::LAYERS[at].to_string(), below }
    };
    (0..number).map(layer).collect()
}

fn topic_list(number: usize, rng: &mut Rng) -> Vec<Topic> {
    let mut names: Vec<(String, &str)> = words::NOUNS.iter().map(|noun| (noun.to_string(), *noun)).collect();
    rng.shuffle(&mut names);
    let mut pairs: Vec<(String, &str)> = words::QUALIFIERS
        .iter()
        .flat_map(|first| words::NOUNS.iter().map(move |noun| (format!("{first}_{noun}"), *noun)))
        .collect();
    rng.shuffle(&mut pairs);
    names.extend(pairs);
    names.truncate(number);
    let nouns: Vec<&str> = names.iter().map(|(_, noun)| *noun).collect();
    let topics = names.iter().enumerate().map(|(at, (name, noun))| Topic {
        name: name.clone(),
        parameter: noun.to_string(),
        quantities: pick(words::QUANTITIES, 3, rng),
        marks: pick(words::MARKS, 2, rng),
        links: links(at, &nouns, rng),
        lock: None,
        bound: 1 << rng.u32(6..20),
    });
    topics.collect()
}

/// One or two topics with other nouns: a member is called after the noun.
fn links(at: usize, nouns: &[&str], rng: &mut Rng) -> Vec<usize> {
    let mut links: Vec<usize> = Vec::new();
    for _ in 0..rng.usize(1..=2) {
        let other = rng.usize(0..nouns.len());
        let is_new = nouns[other] != nouns[at] && links.iter().all(|&link| nouns[link] != nouns[other]);
        if is_new {
            links.push(other);
        }
    }
    links
}

fn pick(from: &[&'static str], number: usize, rng: &mut Rng) -> Vec<&'static str> {
    let mut all = from.to_vec();
    rng.shuffle(&mut all);
    all.truncate(number);
    all
}

struct Builder {
    plan: Plan,
    taken: HashSet<String>,
    /// What may be called, by topic.
    by_topic: Vec<Vec<usize>>,
    scalars: Vec<usize>,
    rng: Rng,
}

impl Builder {
    /// The hub, the locks, functions of numbers, and first functions of the topics. They rely on nothing.
    fn lowest_layer(&mut self, size: usize) {
        self.add(0, None, Kind::Hub);
        for topic in (0..self.plan.topics.len()).step_by(3) {
            let lock = self.add(0, Some(topic), Kind::Lock);
            let unlock = self.add(0, Some(topic), Kind::Unlock);
            self.plan.topics[topic].lock = Some((lock, unlock));
        }
        let scalars = (size / 4).max(6);
        for _ in 0..scalars {
            self.add(0, None, Kind::Scalar);
        }
        while self.plan.functions.len() < size {
            let topic = self.rng.usize(0..self.plan.topics.len());
            let kind = self.any_kind();
            self.add(0, Some(topic), kind);
        }
    }

    fn upper_layers(&mut self, modules: usize) {
        let layers = self.plan.layers.len();
        let (lowest, left) = (self.plan.functions.len(), modules - self.plan.functions.len());
        for layer in 1..layers {
            let end = lowest + left * layer / (layers - 1);
            let first = self.plan.functions.len();
            for _ in first..end {
                let topic = self.rng.usize(0..self.plan.topics.len());
                let kind = self.any_kind();
                let at = self.add(layer, Some(topic), kind);
                self.plan.functions[at].callees = self.callees(at);
            }
        }
    }

    fn any_kind(&mut self) -> Kind {
        match self.rng.u32(0..20) {
            0..4 => Kind::Measure,
            4..8 => Kind::Test,
            8..11 => Kind::Find,
            11..17 => Kind::Change,
            _ => Kind::Settle,
        }
    }

    fn add(&mut self, layer: usize, topic: Option<usize>, kind: Kind) -> usize {
        let at = self.plan.functions.len();
        let object = words::OBJECTS[self.rng.usize(0..words::OBJECTS.len())];
        let name = self.name(topic, kind, object);
        let locking = self.locking(layer, topic, kind);
        match (kind, topic) {
            (Kind::Scalar, _) => self.scalars.push(at),
            (Kind::Hub | Kind::Lock | Kind::Unlock, _) | (_, None) => {}
            (_, Some(topic)) if locking != Locking::Takes => self.by_topic[topic].push(at),
            _ => {}
        }
        self.plan.functions.push(Function { name, object, layer, topic, kind, locking, callees: Vec::new() });
        at
    }

    /// What writes a topic that can be locked works under the lock; the upper third of the layers takes it.
    fn locking(&self, layer: usize, topic: Option<usize>, kind: Kind) -> Locking {
        let has_lock = topic.is_some_and(|topic| self.plan.topics[topic].lock.is_some());
        match has_lock && matches!(kind, Kind::Change | Kind::Settle) {
            false => Locking::Free,
            true if layer * 3 < self.plan.layers.len() * 2 => Locking::Under,
            true => Locking::Takes,
        }
    }

    fn name(&mut self, topic: Option<usize>, kind: Kind, object: &str) -> String {
        let topic = topic.map_or("number", |topic| &self.plan.topics[topic].name);
        let words = match kind {
            Kind::Hub => return "budget_check".into(),
            Kind::Lock => return format!("{topic}_lock"),
            Kind::Unlock => return format!("{topic}_unlock"),
            Kind::Scalar => words::SCALARS,
            Kind::Measure => words::MEASURES,
            Kind::Test => words::TESTS,
            Kind::Find => words::FINDS,
            Kind::Change => words::CHANGES,
            Kind::Settle => words::SETTLES,
        };
        for attempt in 0.. {
            let verb = words[self.rng.usize(0..words.len())];
            let mut name = format!("{topic}_{verb}_{object}");
            if attempt >= 8 {
                let other = words::OBJECTS[self.rng.usize(0..words::OBJECTS.len())];
                name = format!("{name}_{other}");
            }
            if attempt >= 64 {
                name = format!("{name}_{}", self.plan.functions.len());
            }
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
        unreachable!("the number in the name makes it new")
    }

    /// Two to six functions of the layers below that fit what the function has in hand.
    fn callees(&mut self, at: usize) -> Vec<usize> {
        let (number, caller) = (self.rng.usize(2..=6), &self.plan.functions[at]);
        let Some(topic) = caller.topic else { return Vec::new() };
        let below = &self.plan.layers[caller.layer].below;
        let mut fitting: Vec<usize> = self.by_topic[topic].clone();
        for &link in &self.plan.topics[topic].links {
            let linked = self.by_topic[link].iter().copied();
            fitting.extend(linked.filter(|&other| self.plan.functions[other].locking == Locking::Free));
        }
        fitting.retain(|&other| {
            let other = &self.plan.functions[other];
            below.contains(&other.layer) && (other.kind.is_reader() || !caller.kind.is_reader())
        });
        fitting.sort_unstable();
        fitting.dedup();
        self.rng.shuffle(&mut fitting);
        fitting.truncate(number - usize::from(number > 3));
        let mut scalars = self.scalars.clone();
        self.rng.shuffle(&mut scalars);
        let missing = number - fitting.len();
        fitting.extend(scalars.into_iter().take(missing));
        fitting
    }

    /// Lets a number of modules rely on the hub, in the place of a function or besides.
    fn rely_on_hub(&mut self, lowest: usize, number: usize) {
        let mut modules: Vec<usize> = (lowest..self.plan.functions.len()).collect();
        self.rng.shuffle(&mut modules);
        for &module in modules.iter().take(number) {
            let callees = &mut self.plan.functions[module].callees;
            match callees.len() {
                6 => callees[5] = HUB,
                _ => callees.push(HUB),
            }
        }
    }

    /// Patches replace modules that do not rely on the hub, so that its dependents stay as many as they are.
    fn patches(&mut self, lowest: usize, number: usize) -> Result<()> {
        let mut roots: Vec<usize> = (lowest..self.plan.base)
            .filter(|&at| {
                let callees = &self.plan.functions[at].callees;
                callees.len() < 6 && !callees.contains(&HUB)
            })
            .collect();
        self.rng.shuffle(&mut roots);
        ensure!(number <= roots.len(), "there are only {} modules to patch", roots.len());
        for &root in roots.iter().take(number) {
            let (layer, topic) = (self.plan.functions[root].layer, self.plan.functions[root].topic);
            let leaf = self.add(layer, topic, Kind::Measure);
            let mut below = self.plan.patches.iter();
            let needs = below.rposition(|patch| self.plan.functions[patch.root].layer == layer);
            let name = self.plan.functions[leaf].name.clone();
            self.plan.patches.push(Patch { name, leaf, root, needs });
        }
        Ok(())
    }
}
