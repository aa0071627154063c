//! Writes one module down.

use std::collections::BTreeSet;
use std::fmt::Write;

use fastrand::Rng;

use super::plan::{Function, Kind, Locking, Plan, Topic};
use super::text::{members, prose, prototype, summary};
use super::words;

/// One module while it is written.
pub struct Module<'a> {
    plan: &'a Plan,
    function: &'a Function,
    /// The functions that it relies on, without those that lock.
    callees: Vec<usize>,
    rng: Rng,
    /// The members used, by topic and name.
    members: BTreeSet<(usize, String)>,
    /// The topics whose macro is used.
    bounds: BTreeSet<usize>,
}

impl<'a> Module<'a> {
    pub fn new(plan: &'a Plan, at: usize, seed: u64) -> Self {
        let function = &plan.functions[at];
        // Each module has chance of its own, so that one more word in one text leaves the others as they are.
        let rng = Rng::with_seed(seed ^ (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let callees = function.callees.clone();
        Self { plan, function, callees, rng, members: BTreeSet::new(), bounds: BTreeSet::new() }
    }

    /// Lets the module rely on one function more.
    pub fn also_rely_on(&mut self, function: usize) {
        self.callees.push(function);
    }

    pub fn text(mut self) -> String {
        // What is relied on follows from what the rest uses.
        let specification = match self.function.kind {
            Kind::Hub => self.hub(),
            Kind::Scalar => self.scalar(),
            Kind::Lock | Kind::Unlock => self.lock(),
            _ => self.specification(),
        };
        let refine = self.refine();
        let mut out = self.attributes();
        out.push_str(&self.relies());
        _ = write!(out, "\n[GUARANTEE]\n```c\n{}\n```\n", prototype(self.plan, self.function));
        out.push_str(&specification);
        out.push_str(&refine);
        out
    }

    fn attributes(&mut self) -> String {
        let name = &self.function.name;
        let layer = &self.plan.layers[self.function.layer].name;
        let level = if self.callees.is_empty() { 2 } else { 3 };
        let mut out = format!("[MODULE]\nname: {name}\nlayer: {layer}\nlevel: {level}\n\n");
        if self.rng.u32(0..8) == 0 && self.function.locking == Locking::Free {
            _ = write!(
                out,
                "[PROMPT]\nPlease complete `{name}.c`, which implements the `{name}` operation, and only include `{layer}.h`.\n\n"
            );
        }
        let intent = self.sentence(words::INTENTS);
        let reasons = [self.sentence(words::REASONS), self.sentence(words::REASONS)];
        _ = writeln!(out, "[INTENT]\n{intent} {}", joined(&reasons));
        out
    }

    fn relies(&self) -> String {
        let mut out = String::new();
        for &topic in &self.bounds {
            let topic = &self.plan.topics[topic];
            _ = write!(out, "```c\n#define {} {}\n```\n", topic.bound_name(), topic.bound);
        }
        let mut topics: Vec<usize> = self.members.iter().map(|(topic, _)| *topic).collect();
        topics.dedup();
        for at in topics {
            let topic = &self.plan.topics[at];
            _ = write!(out, "```c\nstruct {} {{\n\t// ... other fields ...\n", topic.name);
            for member in members(self.plan, topic) {
                if self.members.contains(&(at, member.name)) {
                    _ = writeln!(out, "\t{};", member.declaration);
                }
            }
            out.push_str("};\n```\n");
        }
        for callee in self.callees() {
            out.push_str(&self.relied(callee));
        }
        if out.is_empty() { out } else { format!("\n[RELY]\n{out}") }
    }

    fn relied(&self, callee: &Function) -> String {
        format!("// {}\n```c\n{}\n```\n", summary(self.plan, callee), prototype(self.plan, callee))
    }

    fn callees(&self) -> Vec<&'a Function> {
        self.callees.iter().map(|&callee| &self.plan.functions[callee]).collect()
    }

    // ---- the functions of the lowest layer ----

    fn hub(&mut self) -> String {
        "
[SPECIFICATION]
**Pre-Condition**:
None.

**Post-Condition**:
- **Case 1 (too much at once)** `amount > UINT32_MAX`: `result == -EINVAL`
- **Case 2 (over the budget)** `amount <= UINT32_MAX && amount > budget(flags)`: `result == -EDQUOT`
- **Case 3 (within the budget)** `amount <= UINT32_MAX && amount <= budget(flags)`: `result == 0`
- Nothing is charged: the answer holds for this moment.

**Invariant**:
- **Budget**: `budget(flags)` is what a request with these flags is allowed.
"
        .into()
    }

    fn scalar(&mut self) -> String {
        let object = self.function.object;
        let law = format!("{object}_of");
        let remark = self.sentence(words::REMARKS.get(3..4).unwrap_or_default());
        format!(
            "
[SPECIFICATION]
**Pre-Condition**:
None.

**Post-Condition**:
- **Case 1 (no unit)** `unit == 0`: `result == value`
- **Case 2 (a unit)** `unit != 0`: `result == {law}(value, unit)`
- `unit == 1 ==> result == value`
- {remark}

**Invariant**:
- **Units**: `{law}(value, unit)` is the number of whole units in `value`; a rest counts as a unit.
"
        )
    }

    fn lock(&mut self) -> String {
        let parameter = self.parameter();
        let mutex = self.member("mutex");
        match self.function.kind {
            Kind::Lock => format!(
                "
[SPECIFICATION]
**Pre-Condition**:
- `{parameter} != NULL`
- `!locked({parameter})`

**Post-Condition**:
- `locked({parameter})`
- While another thread owns the lock, the caller sleeps; it does not spin.

**System Algorithm**:
1. Acquire `{mutex}` with `pthread_mutex_lock`, which cannot fail here.
"
            ),
            _ => format!(
                "
[SPECIFICATION]
**Pre-Condition**:
- `{parameter} != NULL`
- `locked({parameter})`

**Post-Condition**:
- `!locked({parameter})`

**System Algorithm**:
1. Release `{mutex}` with `pthread_mutex_unlock`. From then on `{parameter}` is not touched.
"
            ),
        }
    }

    // ---- the functions of the topics ----

    fn specification(&mut self) -> String {
        let mut out = String::from("\n[SPECIFICATION]\n**Pre-Condition**:\n");
        let parameter = self.parameter();
        _ = writeln!(out, "- `{parameter} != NULL`");
        for link in self.linked() {
            _ = writeln!(out, "- `{} != NULL`", self.member(&link));
        }
        out.push_str("\n**Post-Condition**:\n");
        for item in self.outcomes() {
            _ = writeln!(out, "- {item}");
        }
        out.push_str("\n**Invariant**:\n");
        for item in self.invariants() {
            _ = writeln!(out, "- {item}");
        }
        out.push_str("\n**System Algorithm**:\n");
        for (at, step) in self.steps().iter().enumerate() {
            _ = writeln!(out, "{}. {step}", at + 1);
        }
        out
    }

    /// The members through which functions of other topics are called.
    fn linked(&self) -> Vec<String> {
        let own = self.function.topic;
        let others =
            self.callees().into_iter().filter_map(|callee| callee.topic).filter(|&topic| Some(topic) != own);
        let others: BTreeSet<usize> = others.collect();
        others.into_iter().map(|topic| self.plan.topics[topic].parameter.clone()).collect()
    }

    fn outcomes(&mut self) -> Vec<String> {
        let tests: Vec<&Function> = self
            .callees()
            .into_iter()
            .filter(|callee| matches!(callee.kind, Kind::Test | Kind::Hub))
            .collect();
        let tests: Vec<(String, String)> =
            tests.into_iter().map(|test| (self.call(test), test.object.to_string())).collect();
        let mut out = Vec::new();
        let mut passed = String::new();
        for (at, (test, object)) in tests.iter().enumerate() {
            let refused = self.refused(test);
            out.push(format!("**Case {} (the {object} refuse)** `{passed}{test} != 0`: {refused}", at + 1));
            _ = write!(passed, "{test} == 0 && ");
        }
        for (number, (title, guard, outcome)) in (tests.len() + 1..).zip(self.successes()) {
            out.push(format!("**Case {number} ({title})** `{passed}{guard}`: {outcome}"));
        }
        if !self.function.kind.is_reader() {
            let (third, mark) = (self.quantity(2), self.mark(1));
            out.push(format!("`{third} == old({third}) && {mark} == old({mark})`"));
        }
        let remarks = [self.sentence(words::REMARKS), self.sentence(words::REMARKS)];
        out.push(joined(&remarks));
        out
    }

    /// The outcome when a test refuses.
    fn refused(&mut self, test: &str) -> String {
        let unchanged = |member: &str| format!("`{member} == old({member})`");
        match self.function.kind {
            Kind::Test => format!("`result == {test}`"),
            Kind::Measure => "`result == 0`".into(),
            Kind::Find => "`result == NULL`".into(),
            Kind::Change => format!("`result == {test}`; {}", unchanged(&self.quantity(0))),
            _ => unchanged(&self.quantity(0)),
        }
    }

    /// Title, guard and outcome of what happens when no test refuses.
    fn successes(&mut self) -> Vec<(&'static str, String, String)> {
        let (first, second) = (self.quantity(0), self.quantity(1));
        let (mark, parameter) = (self.mark(0), self.parameter());
        match self.function.kind {
            Kind::Measure => vec![
                ("more than wanted", format!("{first} > limit"), "`result == limit`".into()),
                ("as many as there are", format!("{first} <= limit"), format!("`result == {first}`")),
            ],
            Kind::Test => vec![
                ("a flag is set", format!("({mark} & flags) != 0"), "`result == -EBUSY`".into()),
                ("no flag is set", format!("({mark} & flags) == 0"), "`result == 0`".into()),
            ],
            Kind::Find => {
                let has = self.law("has");
                let outcome = format!("`result != NULL`; `result->{} == cookie`", self.name_of_quantity(1));
                vec![
                    ("present", format!("{has}({parameter}, cookie)"), outcome),
                    ("absent", format!("!{has}({parameter}, cookie)"), "`result == NULL`".into()),
                ]
            }
            Kind::Change => {
                let bound = self.bound();
                let full =
                    format!("`result == -ENOSPC`; `{first} == old({first})`; `{second} == old({second})`");
                let room =
                    format!("`result == 0`; `{first} == old({first}) + amount`; `{second} == old({second})`");
                vec![
                    ("no room", format!("amount > {bound} - {first}"), full),
                    ("room", format!("amount <= {bound} - {first}"), room),
                ]
            }
            _ => {
                let least =
                    format!("`{first} == min(old({first}), old({second}))`; `{second} == old({second})`");
                vec![
                    ("nothing is marked", format!("{mark} == 0"), least),
                    ("something is marked", format!("{mark} != 0"), format!("`{first} == old({first})`")),
                ]
            }
        }
    }

    fn invariants(&mut self) -> Vec<String> {
        let (first, bound) = (self.quantity(0), self.bound());
        let law = self.sentence(words::LAWS);
        let mut out = vec![format!("**Bound**: `{first} <= {bound}`"), format!("**Order**: {law}")];
        let (other, mark) = (self.sentence(words::LAWS), self.mark(1));
        if other != law {
            out.push(format!("**Sharing**: {other}"));
        }
        out.push(format!("**Marks**: the bits of `{mark}` that nobody has given a meaning are 0."));
        if self.function.kind == Kind::Find {
            let (has, parameter, second) = (self.law("has"), self.parameter(), self.name_of_quantity(1));
            let next = self.member("next");
            out.push(format!(
                "**Chain**: `{has}({parameter}, cookie)` says that the chain which begins with `{parameter}` and goes on with `{next}` has a member whose `{second}` is `cookie`."
            ));
        }
        out
    }

    fn reason(&mut self) -> String {
        let reasons = [self.sentence(words::STEP_REASONS), self.sentence(words::STEP_REASONS)];
        joined(&reasons)
    }

    fn steps(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        let mut names = ["near", "found", "other", "peer", "match", "prior"].iter();
        let (tests, others): (Vec<&Function>, Vec<&Function>) =
            self.callees().into_iter().partition(|callee| matches!(callee.kind, Kind::Test | Kind::Hub));
        for test in tests {
            let (call, give_up) = (self.call(test), self.give_up());
            let reason = self.reason();
            out.push(format!("Ask `{call}`. When it refuses, {give_up}. {reason}"));
        }
        for callee in others {
            let (name, call, object) = (&callee.name, self.call(callee), callee.object);
            let step = match callee.kind {
                Kind::Measure => format!("Let the {object} be counted by `{call}`."),
                Kind::Scalar => format!("Bring the number into whole units with `{call}`."),
                Kind::Find => {
                    let near = names.next().copied().unwrap_or("last");
                    format!("Let `{near}` be what `{call}` gives. When it is NULL, this step is over.")
                }
                Kind::Change => format!("Call `{call}` for the {object}. What it refuses stays undone."),
                _ => format!("Let `{name}` bring the {object} into their order."),
            };
            let reason = self.reason();
            out.push(format!("{step} {reason}"));
        }
        out.push(match self.function.kind {
            Kind::Measure | Kind::Test => format!("Compare `{}` and return the answer.", self.quantity(0)),
            Kind::Find => {
                format!("Follow `{}` from one to the next until the cookie is met.", self.member("next"))
            }
            Kind::Change => format!("Only now change `{}`, and return 0.", self.quantity(0)),
            _ => format!("Store `{}`; nothing is returned.", self.quantity(0)),
        });
        out
    }

    fn give_up(&self) -> &'static str {
        match self.function.kind {
            Kind::Test | Kind::Change => "return its error",
            Kind::Measure => "return 0",
            Kind::Find => "return NULL",
            _ => "leave everything as it is",
        }
    }

    // ---- the concurrency part ----

    fn refine(&mut self) -> String {
        if self.function.locking == Locking::Free {
            return String::new();
        }
        let Some((lock, unlock)) = self.function.topic.and_then(|topic| self.plan.topics[topic].lock) else {
            return String::new();
        };
        let (lock, unlock) = (&self.plan.functions[lock], &self.plan.functions[unlock]);
        let parameter = self.parameter();
        let (owned, free) = (format!("- `locked({parameter})`"), format!("- `!locked({parameter})`"));
        let mut out = String::from("\n## Refine Prompt\n");
        if self.function.locking == Locking::Takes {
            _ = write!(out, "[RELY]\n{}{}\n", self.relied(lock), self.relied(unlock));
            out.push_str(&contract(&lock.name, &free, &owned));
            out.push_str(&contract(&unlock.name, &owned, &free));
        }
        for callee in self.callees().into_iter().filter(|callee| callee.locking == Locking::Under) {
            out.push_str(&contract(&callee.name, &owned, &owned));
        }
        let name = &self.function.name;
        if self.function.locking == Locking::Under {
            out.push_str(contract(name, &owned, &owned).trim_end_matches('\n'));
            out.push('\n');
            return out;
        }
        out.push_str(&contract(name, "- No lock is owned.", "- No lock is owned."));
        let (lock, unlock) = (&lock.name, &unlock.name);
        _ = write!(
            out,
            "**System Algorithm**:\n1. Acquire the lock of `{parameter}` with `{lock}` before anything of it is read.\n2. Do all steps of the sequential algorithm while it is held.\n3. Release it with `{unlock}` on every way out, also on those with an error.\n"
        );
        out
    }

    // ---- names ----

    fn topic(&self) -> &'a Topic {
        &self.plan.topics[self.function.topic.unwrap_or_default()]
    }

    fn parameter(&self) -> String {
        self.topic().parameter.clone()
    }

    /// A member of the function's own struct, which is used from now on.
    fn member(&mut self, name: &str) -> String {
        self.members.insert((self.function.topic.unwrap_or_default(), name.to_string()));
        format!("{}->{name}", self.parameter())
    }

    fn name_of_quantity(&mut self, at: usize) -> &'static str {
        let name = self.topic().quantities[at];
        self.member(name);
        name
    }

    fn quantity(&mut self, at: usize) -> String {
        let name = self.topic().quantities[at];
        self.member(name)
    }

    fn mark(&mut self, at: usize) -> String {
        let name = self.topic().marks[at];
        self.member(name)
    }

    fn bound(&mut self) -> String {
        self.bounds.insert(self.function.topic.unwrap_or_default());
        self.topic().bound_name()
    }

    /// The name of a predicate about the topic.
    fn law(&self, verb: &str) -> String {
        format!("{}_{verb}", self.topic().parameter)
    }

    /// How the function calls another, with what it has in hand.
    fn call(&mut self, callee: &Function) -> String {
        let number = match self.function.kind {
            Kind::Measure => "limit".to_string(),
            Kind::Find => "cookie".to_string(),
            Kind::Change => "amount".to_string(),
            _ => self.quantity(1),
        };
        let flags = match self.function.kind {
            Kind::Test => "flags".to_string(),
            _ => self.mark(0),
        };
        let object = match callee.topic {
            Some(topic) if Some(topic) != self.function.topic => {
                let link = self.plan.topics[topic].parameter.clone();
                self.member(&link)
            }
            _ => self.parameter(),
        };
        let name = &callee.name;
        match callee.kind {
            Kind::Hub => format!("{name}({number}, {flags})"),
            Kind::Scalar => format!("{name}({number}, {})", self.quantity(1)),
            Kind::Test => format!("{name}({object}, {flags})"),
            Kind::Measure | Kind::Find | Kind::Change => format!("{name}({object}, {number})"),
            Kind::Settle | Kind::Lock | Kind::Unlock => format!("{name}({object})"),
        }
    }

    /// One of the sentences, about this module.
    fn sentence(&mut self, from: &[&str]) -> String {
        let sentence = from.get(self.rng.usize(0..from.len().max(1))).copied().unwrap_or_default();
        let own = self.function.topic.map_or("number", |topic| self.plan.topics[topic].name.as_str());
        let mut other = self.rng.usize(0..self.plan.topics.len());
        if Some(other) == self.function.topic {
            other = (other + 1) % self.plan.topics.len();
        }
        sentence
            .replace("{f}", self.function.object)
            .replace("{t}", &prose(own))
            .replace("{u}", &prose(&self.plan.topics[other].name))
    }
}

/// Two sentences, or one when they are the same.
fn joined([first, second]: &[String; 2]) -> String {
    if first == second { first.clone() } else { format!("{first} {second}") }
}

fn contract(function: &str, before: &str, after: &str) -> String {
    format!("[SPECIFICATION of {function}]\n**Pre-Condition**:\n{before}\n\n**Post-Condition**:\n{after}\n\n")
}
