//! SYN and DAG of a `.patch` file: what it says of its nodes, held against its specs.

use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::lower::{NodeLine, Section, SectionKind, Word, lower};
use crate::patch::{
    self, Action, Node, PatchFiles, PatchId, edges, inferred_kind, module_named, nodes, patches, replaced,
};
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Role, SymbolName, summary};
use crate::{Code, NodeKind, source};

/// What is wrong with a `.patch` file, in itself and beside the files of its patch.
#[salsa::tracked]
pub fn check_patch_file(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut lines = Vec::new();
    for &section in lower(db, file) {
        match section.key(db).kind {
            SectionKind::Patch => out.extend(attributes(db, file, section)),
            SectionKind::Nodes => {
                out.extend(stray_lines(db, section));
                lines.extend(section.content(db).nodes.iter().map(|line| Line { db, section, line }));
            }
            _ => {}
        }
    }
    if !lower(db, file).iter().any(|section| section.key(db).kind == SectionKind::Nodes) {
        let message = "this patch has no [NODES]";
        let help = "list its specs in it: `- name (leaf): new`, `- name (root): replaces other`";
        out.push(Finding::new(Code::MISSING_SECTION, Place::FirstLine(file), message).help(help));
    }
    out.extend(twice(&lines));
    let patch = patch::patch_of(db, file).and_then(|id| Some((id, patch::files(db, id)?)));
    // Of several `.patch` files in a folder, one speaks for the patch.
    let patch = patch.filter(|(_, files)| files.declaration == Some(file));
    for line in &lines {
        out.extend(line.wording(patch.map(|(id, _)| id)));
    }
    if let Some((id, files)) = patch {
        out.extend(needs(db, file, files));
        let nodes = nodes(db, id);
        let listed = lines.iter().filter(|line| line.line.name.is_some()).zip(nodes.iter());
        for (line, node) in listed {
            out.extend(Listed { line, node, id, files }.check());
        }
    }
    out
}

// ---- [PATCH] ----

fn attributes(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Vec<Finding> {
    const KEYS: &[&str] = &["name", "intent", "needs"];
    let place = |span: Span| Place::section(db, section, span);
    let folder = patch::folder_of(db, file.path(db)).and_then(|folder| folder.rsplit('/').next());
    let mut out = Vec::new();
    for attribute in &section.content(db).attributes {
        let key = attribute.key.as_str();
        let finding = |span: Span, message: String| Finding::new(Code::PATCH_ATTRIBUTE, place(span), message);
        if !KEYS.contains(&key) {
            let finding = finding(attribute.key_span, format!("[PATCH] has no attribute `{key}`"));
            out.push(match nearest(key, KEYS.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")).fix(
                    format!("write `{near}`"),
                    place(attribute.key_span),
                    near,
                ),
                None => finding.help("[PATCH] may say `name`, `intent` and `needs`"),
            });
        } else if attribute.value.is_empty() && key != "needs" {
            let message = format!("`{key}` has no value");
            out.push(finding(attribute.key_span, message).help(format!("write `{key}: …`")));
        } else if let Some(folder) = folder.filter(|folder| key == "name" && attribute.value != **folder) {
            let message = format!("the patch is called `{}`, but its folder `{folder}`", attribute.value);
            let help = "others name it by its folder: change the attribute, or rename the folder";
            out.push(finding(attribute.value_span, message).help(help).fix(
                format!("write `{folder}`"),
                place(attribute.value_span),
                folder,
            ));
        }
    }
    out
}

/// Where each name in `needs:` stands.
fn needed(db: &dyn Db, file: SourceFile) -> Vec<(String, Place)> {
    let sections = lower(db, file).iter().filter(|section| section.key(db).kind == SectionKind::Patch);
    let mut out = Vec::new();
    for &section in sections {
        let lists = section.content(db).attributes.iter().filter(|attribute| attribute.key == "needs");
        for list in lists {
            out.extend(patch::names(&list.value).map(|(name, at)| {
                let start = list.value_span.start + at;
                (name.into(), Place::section(db, section, Span { start, end: start + name.len() }))
            }));
        }
    }
    out
}

fn needs(db: &dyn Db, file: SourceFile, patch: &PatchFiles) -> Vec<Finding> {
    let all = patches(db);
    let mut out = Vec::new();
    for (name, place) in needed(db, file) {
        let Some(other) = all.named(&name) else {
            let finding =
                Finding::new(Code::NEEDED_PATCH, place.clone(), format!("there is no patch `{name}`"));
            let known = all.all.iter().map(|other| other.name.as_str()).filter(|other| *other != patch.name);
            out.push(match nearest(&name, known) {
                Some(near) => finding.help(format!("did you mean `{near}`?")).guess(
                    format!("write `{near}`"),
                    place,
                    near,
                ),
                None => finding.help("`needs:` lists folders below `patches/`, separated by commas"),
            });
            continue;
        };
        let message = match (patch.position, other.position) {
            (Some(_), None) => format!("`{name}`, which this patch needs, is not enabled"),
            (Some(own), Some(others)) if others > own => {
                format!("`{name}`, which this patch needs, is laid over the base after it")
            }
            _ => {
                out.extend(needs_circle(db, patch, other, place));
                continue;
            }
        };
        let help =
            format!("enable `{name}` before `{}`: in `patches` of sysspec.toml, or with --patch", patch.name);
        out.push(Finding::new(Code::NEEDED_PATCH, place, message).help(help));
    }
    out
}

/// The circle that a need closes. It is told at the patch whose folder comes first in it.
fn needs_circle(db: &dyn Db, patch: &PatchFiles, other: &PatchFiles, place: Place) -> Option<Finding> {
    let all = patches(db);
    let next = |patch: &PatchFiles| {
        let needed = patch.declaration.map(|file| patch::needs(db, file).clone()).unwrap_or_default();
        needed.into_iter().filter_map(|name| all.named(&name)).collect::<Vec<_>>()
    };
    let mut ways: Vec<Vec<&PatchFiles>> = vec![vec![other]];
    let mut seen = vec![&other.folder];
    let mut at = 0;
    while let Some(way) = ways.get(at).cloned() {
        at += 1;
        let last = way[way.len() - 1];
        if last.folder == patch.folder {
            let is_first = way.iter().all(|other| patch.folder <= other.folder);
            let names: Vec<&str> = [patch].into_iter().chain(way).map(|patch| patch.name.as_str()).collect();
            let message = match names.as_slice() {
                [own, _] => format!("the patch `{own}` needs itself"),
                _ => format!("these patches need each other in a circle: {}", names.join(" → ")),
            };
            return is_first.then(|| {
                Finding::new(Code::NEEDS_CIRCLE, place, message)
                    .help("let one of them do without the other, or make one patch of them")
            });
        }
        for next in next(last) {
            if !seen.contains(&&next.folder) {
                seen.push(&next.folder);
                ways.push(way.iter().copied().chain([next]).collect());
            }
        }
    }
    None
}

// ---- the wording of [NODES] ----

/// A line of [NODES].
struct Line<'db> {
    db: &'db dyn Db,
    section: Section<'db>,
    line: &'db NodeLine,
}

const LINE_HELP: &str = "write `- name (leaf): new`, or `- name (root): replaces other`; a node is a `leaf`, `intermediate` or `root`";

/// Lines of a list that are no nodes at all.
fn stray_lines(db: &dyn Db, section: Section<'_>) -> Vec<Finding> {
    let content = section.content(db);
    let mut out = Vec::new();
    let mut start = content.heading.end;
    for line in content.text[start..].split_inclusive('\n') {
        let span = Span { start, end: start + line.trim_end().len() };
        start += line.len();
        let is_item = line.trim_start().starts_with(['-', '*']);
        let is_node = content
            .nodes
            .iter()
            .any(|node| node.whole.touches(span.start + line.len() - line.trim_start().len()));
        if is_item && !is_node {
            let message = "this line of [NODES] is no node";
            out.push(
                Finding::new(Code::NODE_LINE, Place::section(db, section, span), message).help(LINE_HELP),
            );
        }
    }
    out
}

fn twice(lines: &[Line<'_>]) -> Vec<Finding> {
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = &line.line.name else { continue };
        let is_same =
            |other: &&Line<'_>| other.line.name.as_ref().is_some_and(|known| known.text == name.text);
        if let Some(first) = lines[..at].iter().find(is_same) {
            let message = format!("`{}` is listed twice", name.text);
            out.push(
                Finding::new(Code::NODE_LINE, line.place(name.span), message)
                    .related(first.place(first.line.whole), "it is listed here first"),
            );
        }
    }
    out
}

impl<'db> Line<'db> {
    fn place(&self, span: Span) -> Place {
        Place::section(self.db, self.section, span)
    }

    /// What is wrong with the words of the line.
    fn wording(&self, patch: Option<PatchId<'db>>) -> Vec<Finding> {
        let Some(name) = &self.line.name else {
            let place = self.place(self.line.whole);
            return vec![
                Finding::new(Code::NODE_LINE, place, "this line of [NODES] is no node").help(LINE_HELP),
            ];
        };
        let files = patch.and_then(|patch| patch::files(self.db, patch));
        let spec = files.and_then(|files| patch::spec_of(self.db, files, &name.text));
        let mut out = Vec::new();
        match &self.line.kind {
            Some(word) if patch::kind(word).is_none() => {
                let likely =
                    spec.zip(patch).map(|(spec, patch)| inferred_kind(self.db, patch, spec).as_str());
                out.push(self.unknown_word(
                    word,
                    "no kind of node",
                    &NodeKind::ALL.map(NodeKind::as_str),
                    likely,
                ));
            }
            Some(_) => {}
            None => {
                let message = format!("`{}` does not say what kind of node it is", name.text);
                out.push(Finding::new(Code::NODE_LINE, self.place(name.span), message).help(LINE_HELP));
                return out;
            }
        }
        match (&self.line.action, &self.line.target) {
            (None, _) => {
                let message = format!("`{}` does not say whether it is new or what it replaces", name.text);
                out.push(Finding::new(Code::NODE_LINE, self.place(name.span), message).help(LINE_HELP));
            }
            (Some(word), None) if word.text.eq_ignore_ascii_case("replaces") => {
                let message = "`replaces` does not say which module";
                let help = "write the name of a module below this patch behind it";
                out.push(Finding::new(Code::NODE_LINE, self.place(word.span), message).help(help));
            }
            (Some(word), _)
                if !["new", "replaces"].iter().any(|known| word.text.eq_ignore_ascii_case(known)) =>
            {
                out.push(self.unknown_word(word, "nothing that a node does", &["new", "replaces"], None));
            }
            _ => {}
        }
        out
    }

    fn unknown_word(&self, word: &Word, what: &str, known: &[&str], likely: Option<&str>) -> Finding {
        let place = self.place(word.span);
        let message = format!("`{}` is {what}", word.text);
        let finding = Finding::new(Code::NODE_LINE, place.clone(), message);
        if let Some(near) = nearest(&word.text.to_lowercase(), known.iter().copied()) {
            let finding = finding.help(format!("did you mean `{near}`?"));
            return finding.guess(format!("write `{near}`"), place, near);
        }
        let list = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let finding = finding.help(format!("it is one of {list}"));
        match likely {
            Some(likely) => {
                finding.guess(format!("write `{likely}`, which its edges make it"), place, likely)
            }
            None => finding,
        }
    }
}

// ---- nodes and their specs ----

/// A line of [NODES] with what became of it.
struct Listed<'a, 'db> {
    line: &'a Line<'db>,
    node: &'db Node,
    id: PatchId<'db>,
    files: &'db PatchFiles,
}

impl<'db> Listed<'_, 'db> {
    fn check(&self) -> Vec<Finding> {
        let mut out: Vec<Finding> = Vec::new();
        out.extend(self.replaces_nothing());
        match self.node.spec {
            None => out.extend(self.no_spec()),
            Some(spec) => {
                out.extend(self.not_new(spec));
                let kind = self.wrong_kind(spec);
                let is_wrong = kind.is_some();
                out.extend(kind);
                if !is_wrong {
                    out.extend(self.no_way_up(spec));
                }
                out.extend(self.unordered(spec));
            }
        }
        out
    }

    fn db(&self) -> &'db dyn Db {
        self.line.db
    }

    fn name_place(&self) -> Place {
        self.line.place(self.line.line.name.as_ref().map_or(self.line.line.whole, |name| name.span))
    }

    fn no_spec(&self) -> Option<Finding> {
        let name = &self.node.name;
        let message =
            format!("the node `{name}` has no spec: there is no `{name}.spec` in `{}`", self.files.folder);
        let finding = Finding::new(Code::NODE_WITHOUT_SPEC, self.name_place(), message);
        let listed = nodes(self.db(), self.id);
        let free = listed.iter().filter(|node| !node.is_listed).map(|node| node.name.as_str());
        Some(match nearest(name, free) {
            Some(near) => {
                let finding = finding.help(format!("did you mean `{near}`?"));
                finding.guess(format!("write `{near}`"), self.name_place(), near)
            }
            None => finding.help("write the spec, or drop the node"),
        })
    }

    fn replaces_nothing(&self) -> Option<Finding> {
        let Some(Action::Replaces(other)) = &self.node.action else { return None };
        let db = self.db();
        if module_named(db, self.id, other).is_some() {
            return None;
        }
        let target = self.line.line.target.as_ref()?;
        let place = self.line.place(target.span);
        let message = format!("there is no module `{other}` to replace");
        let finding = Finding::new(Code::REPLACES_NOTHING, place.clone(), message);
        let known = patch::modules_below(db, self.id);
        Some(match nearest(other, known.iter().map(String::as_str)) {
            Some(near) => {
                let finding = finding.help(format!("did you mean `{near}`?"));
                finding.guess(format!("write `{near}`"), place, near)
            }
            None => finding.help("a module is called as its file is; a node that replaces none is `new`"),
        })
    }

    /// A node that is called new, and is not.
    fn not_new(&self, spec: SourceFile) -> Option<Finding> {
        let db = self.db();
        let others = replaced(db, self.id).by_spec.get(&spec)?;
        let (&other, word) = (others.first()?, self.line.line.action.as_ref()?);
        if self.node.action != Some(Action::New) {
            return None;
        }
        let name = source::stem(other.path(db));
        let message = format!("`{}` is not new: it takes the place of `{}`", self.node.name, other.path(db));
        let place = self.line.place(word.span);
        Some(
            Finding::new(Code::NODE_KIND, place.clone(), message)
                .related(Place::FirstLine(other), format!("`{name}` is specified here"))
                .help(format!("write `replaces {name}`"))
                .guess(format!("write `replaces {name}`"), place, format!("replaces {name}")),
        )
    }

    /// A kind that is not what the edges make of the node.
    fn wrong_kind(&self, spec: SourceFile) -> Option<Finding> {
        let db = self.db();
        let (kind, word) = (self.node.kind?, self.line.line.kind.as_ref()?);
        let edges = edges(db, self.id);
        let down = edges.get(&spec).and_then(|targets| targets.first());
        let up = edges
            .iter()
            .filter_map(|(from, targets)| Some((*from, &targets.iter().find(|(to, _)| *to == spec)?.1)));
        let up = up.min_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
        let is_new = self.node.action == Some(Action::New);
        let name = &self.node.name;
        let (message, right, edge) = match (kind, down, up) {
            (NodeKind::Leaf, Some((to, symbol)), _) => {
                let child = source::stem(to.path(db));
                let message = format!("`{name}` is no leaf: it relies on `{child}`, which this patch brings");
                let right = if up.is_some() || is_new { NodeKind::Intermediate } else { NodeKind::Root };
                (message, right, Some((spec, symbol)))
            }
            (NodeKind::Intermediate, None, _) => {
                let message =
                    format!("`{name}` is no intermediate node: it relies on nothing that this patch brings");
                let right = if up.is_some() || is_new { NodeKind::Leaf } else { NodeKind::Root };
                (message, right, None)
            }
            (NodeKind::Root, _, Some((from, symbol))) if is_new => {
                let user = source::stem(from.path(db));
                let message = format!("`{name}` is no root: it replaces nothing, and `{user}` relies on it");
                let right = if down.is_some() { NodeKind::Intermediate } else { NodeKind::Leaf };
                (message, right, Some((from, symbol)))
            }
            _ => return None,
        };
        let place = self.line.place(word.span);
        let finding = Finding::new(Code::NODE_KIND, place.clone(), message)
            .help(format!("call it `{}`", right.as_str()))
            .fix(format!("write `{}`", right.as_str()), place, right.as_str());
        Some(match edge.and_then(|(from, symbol)| Some((relied(db, from, symbol)?, symbol))) {
            Some((place, symbol)) => finding.related(place, format!("`{}` is relied on here", symbol.name)),
            None => finding,
        })
    }

    /// A node that replaces a module, is no root, and is relied on by no other node.
    fn no_way_up(&self, spec: SourceFile) -> Option<Finding> {
        let db = self.db();
        let kind = self.node.kind.filter(|kind| *kind != NodeKind::Root)?;
        // What cannot be read of a line is told there.
        self.node.action.as_ref()?;
        let is_relied_on = edges(db, self.id).values().flatten().any(|(to, _)| *to == spec);
        let is_told =
            super::overlay::has_unused(db, self.id, spec) || patch::leaves_somebody_out(db, self.id, spec);
        if is_relied_on || is_told {
            return None;
        }
        let word = self.line.line.kind.as_ref()?;
        let message = format!(
            "no root relies on `{}`, so that nothing puts this {} into service",
            self.node.name,
            kind.as_str()
        );
        let place = self.line.place(word.span);
        let finding = Finding::new(Code::NO_WAY_TO_ROOT, self.name_place(), message).help(
            "a node whose guarantee is that of the module it replaces is a root; else a root must rely on it",
        );
        let is_whole = replaced(db, self.id).by_spec.get(&spec).is_some_and(|others| !others.is_empty());
        Some(match is_whole {
            true => finding.guess("write `root`", place, "root"),
            false => finding,
        })
    }

    /// Another patch replaces the same module, and nothing says which of the two comes first.
    fn unordered(&self, spec: SourceFile) -> Option<Finding> {
        let db = self.db();
        let mine = replaced(db, self.id).by_spec.get(&spec)?;
        // It is told in the patch whose folder comes last.
        let others = patches(db).all.iter().filter(|other| {
            other.declaration.is_some()
                && other.folder < self.files.folder
                && !are_ordered(db, self.id, other.id(db))
        });
        let mut shared = others.filter_map(|other| {
            let theirs = replaced(db, other.id(db));
            let both = mine.iter().find_map(|module| {
                let mut takers = theirs.by_spec.iter().filter(|(_, taken)| taken.contains(module));
                takers.next().map(|(taker, _)| (*module, *taker))
            });
            both.map(|both| (other, both))
        });
        let (other, (module, taker)) = shared.next()?;
        let name = source::stem(module.path(db));
        let message = format!(
            "the patches `{}` and `{}` both replace `{name}`, in no order",
            other.name, self.files.name
        );
        Some(
            Finding::new(Code::UNORDERED_PATCHES, self.name_place(), message)
                .related(Place::FirstLine(taker), format!("`{}` replaces it here", other.name))
                .help(format!(
                    "say in one of them that it needs the other (`needs: {}`), or list both in `patches` of sysspec.toml",
                    other.name
                )),
        )
    }
}

fn are_ordered<'db>(db: &'db dyn Db, one: PatchId<'db>, other: PatchId<'db>) -> bool {
    patch::stack(db, one).contains(&other) || patch::stack(db, other).contains(&one)
}

/// Where a spec relies on a symbol.
pub fn relied(db: &dyn Db, spec: SourceFile, symbol: &SymbolName) -> Option<Place> {
    let mut relied = summary(db, spec).of_role(|role| matches!(role, Role::Rely(_)));
    let entry = relied.find(|entry| entry.symbol == *symbol)?;
    Some(Place::Name(spec, entry.role, symbol.clone()))
}
