//! Writes a plan down: the manifest, the headers, the patches, and each module by [`Module`].

use std::fmt::Write;

use super::module::Module;
use super::plan::{Function, HUB, Kind, Patch, Plan, Topic};
use super::{Generated, Hub};

/// The files of a plan. The seed decides the words.
pub fn write(plan: &Plan, seed: u64) -> Generated {
    let mut files = vec![("common.header".into(), common(plan)), ("sysspec.toml".into(), manifest(plan))];
    for at in 0..plan.layers.len() {
        files.push((header_path(plan, at), header(plan, at, &[])));
    }
    for at in 0..plan.base {
        files.push((spec_path(plan, at), Module::new(plan, at, seed).text()));
    }
    for (at, patch) in plan.patches.iter().enumerate() {
        files.extend(patch_files(plan, at, patch, seed));
    }
    files.sort();
    let dependents = (0..plan.base).filter(|&at| plan.functions[at].callees.contains(&HUB));
    let mut dependents: Vec<String> = dependents.map(|at| spec_path(plan, at)).collect();
    dependents.sort();
    let name = plan.functions[HUB].name.clone();
    let hub = Hub { name, path: spec_path(plan, HUB), header: header_path(plan, 0), dependents };
    Generated { files, hub }
}

fn patch_files(plan: &Plan, at: usize, patch: &Patch, seed: u64) -> Vec<(String, String)> {
    let (leaf, root) = (&plan.functions[patch.leaf], &plan.functions[patch.root]);
    let mut declaration = format!("[PATCH]\nname: {}\n", patch.name);
    _ = writeln!(declaration, "intent: Count the {} ahead, so that others need not.", leaf.object);
    if let Some(below) = patch.needs {
        _ = writeln!(declaration, "needs: {}", plan.patches[below].name);
    }
    _ = write!(
        declaration,
        "\n[NODES]\n- {} (leaf): new\n- {} (root): replaces {}\n",
        leaf.name, root.name, root.name
    );
    // The header of the layer, with what this patch and those below it add.
    let below = plan.patches.iter().take(at + 1).map(|patch| &plan.functions[patch.leaf]);
    let added: Vec<&Function> = below.filter(|added| added.layer == root.layer).collect();
    let mut anew = Module::new(plan, patch.root, seed);
    anew.also_rely_on(patch.leaf);
    let place = |path: String| format!("patches/{}/{path}", patch.name);
    vec![
        (place(format!("{}.patch", patch.name)), declaration),
        (place(header_path(plan, root.layer)), header(plan, root.layer, &added)),
        (place(spec_path(plan, patch.leaf)), Module::new(plan, patch.leaf, seed).text()),
        (place(spec_path(plan, patch.root)), anew.text()),
    ]
}

fn spec_path(plan: &Plan, at: usize) -> String {
    let function = &plan.functions[at];
    format!("{}/{}.spec", plan.layers[function.layer].name, function.name)
}

fn header_path(plan: &Plan, layer: usize) -> String {
    let name = &plan.layers[layer].name;
    format!("{name}/{name}.header")
}

fn manifest(plan: &Plan) -> String {
    let mut out = String::from("name = \"synthetic\"\n");
    if !plan.patches.is_empty() {
        let patches: Vec<String> = plan.patches.iter().map(|patch| format!("{:?}", patch.name)).collect();
        _ = writeln!(out, "patches = [{}]", patches.join(", "));
    }
    for (at, layer) in plan.layers.iter().enumerate() {
        let below: Vec<String> =
            layer.below.iter().map(|&other| format!("{:?}", plan.layers[other].name)).collect();
        let (name, below) = (&layer.name, below.join(", "));
        let header = header_path(plan, at);
        _ = write!(out, "\n[[layer]]\nfolder = {name:?}\nheader = {header:?}\nrelies_on = [{below}]\n");
    }
    out.push_str("\n[shared]\nheaders = [\"common.header\"]\n\n[toolchain]\ncompiler = \"gcc\"\nflags = [\"-std=c11\", \"-Wall\"]\nattempts = 4\n");
    out
}

fn common(plan: &Plan) -> String {
    let mut out = String::from("stdint, stddef, errno, limits, pthread\n\n");
    for topic in &plan.topics {
        _ = writeln!(out, "#define {} {}", topic.bound_name(), topic.bound);
    }
    for topic in &plan.topics {
        let members = members(plan, topic);
        _ = write!(out, "\nstruct {} {{\n", topic.name);
        for member in &members {
            _ = writeln!(out, "\t{};", member.declaration);
        }
        out.push_str("};\n");
    }
    out
}

/// The header of a layer, with functions that are added to those of the base.
fn header(plan: &Plan, layer: usize, added: &[&Function]) -> String {
    let below = plan.layers[layer].below.iter().map(|&other| plan.layers[other].name.as_str());
    let includes: Vec<&str> = std::iter::once("common").chain(below).collect();
    let mut out = format!("{}\n\n", includes.join(", "));
    let functions = plan.functions.iter().take(plan.base).filter(|function| function.layer == layer);
    for function in functions.chain(added.iter().copied()) {
        _ = writeln!(out, "{}", prototype(plan, function));
    }
    out
}

pub struct Member {
    pub name: String,
    pub declaration: String,
}

/// The members of a struct, in their order.
pub fn members(plan: &Plan, topic: &Topic) -> Vec<Member> {
    let mut out = Vec::new();
    let mut member = |name: &str, declaration: String| {
        out.push(Member { name: name.into(), declaration });
    };
    if topic.lock.is_some() {
        member("mutex", "pthread_mutex_t mutex".into());
    }
    for name in &topic.quantities {
        member(name, format!("uint64_t {name}"));
    }
    for name in &topic.marks {
        member(name, format!("uint32_t {name}"));
    }
    for &link in &topic.links {
        let other = &plan.topics[link];
        member(&other.parameter, format!("struct {} *{}", other.name, other.parameter));
    }
    member("next", format!("struct {} *next", topic.name));
    out
}

pub fn prototype(plan: &Plan, function: &Function) -> String {
    let name = &function.name;
    let Some(topic) = function.topic.map(|topic| &plan.topics[topic]) else {
        return match function.kind {
            Kind::Hub => format!("int {name}(uint64_t amount, uint32_t flags);"),
            _ => format!("uint64_t {name}(uint64_t value, uint64_t unit);"),
        };
    };
    let (tag, parameter) = (&topic.name, &topic.parameter);
    match function.kind {
        Kind::Measure => format!("uint64_t {name}(const struct {tag} *{parameter}, uint64_t limit);"),
        Kind::Test => format!("int {name}(const struct {tag} *{parameter}, uint32_t flags);"),
        Kind::Find => format!("struct {tag} *{name}(const struct {tag} *{parameter}, uint64_t cookie);"),
        Kind::Change => format!("int {name}(struct {tag} *{parameter}, uint64_t amount);"),
        _ => format!("void {name}(struct {tag} *{parameter});"),
    }
}

/// What a caller is told of a function, in one sentence.
pub fn summary(plan: &Plan, function: &Function) -> String {
    let object = function.object;
    let topic = function.topic.map_or(String::new(), |topic| prose(&plan.topics[topic].name));
    match function.kind {
        Kind::Hub => "0 when the amount is within the budget; -EDQUOT or -EINVAL otherwise.".into(),
        Kind::Scalar => format!("The value in whole units of the {object}."),
        Kind::Lock => format!("Acquires the lock of the {topic}; sleeps while another thread owns it."),
        Kind::Unlock => format!("Releases the lock of the {topic}, which the caller owns."),
        Kind::Measure => format!("The number of {object} of the {topic}, no more than the limit."),
        Kind::Test => format!("0 when the {topic} takes more {object}; -EBUSY when one of the flags is set."),
        Kind::Find => format!("The {topic} with that cookie among the {object}, or NULL when there is none."),
        Kind::Change => format!("Adds to the {object} of the {topic}; -ENOSPC when there is no room."),
        Kind::Settle => format!("Brings the {object} of the {topic} into their order."),
    }
}

pub fn prose(name: &str) -> String {
    name.replace('_', " ")
}
