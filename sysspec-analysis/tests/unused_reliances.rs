//! How many needless reliances NAM011 finds: each module of SpecFS is given one that it does not need, three times over.
//!
//! Which functions are added is drawn by a generator with a fixed seed, from those that the module may rely on and does
//! not name. They come as the other modules restate them, with their comments, which is what makes them hard to tell.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sysspec_analysis::{Code, Host, ModuleModel, Provider, WorkspaceModel};

/// How many times each module is tried.
const ROUNDS: usize = 3;

/// How many in a hundred must be found. The others are those whose prose speaks of the same things as the function: nobody
/// could tell from the text that it is not used.
const FOUND_MIN: usize = 90;

#[test]
fn most_needless_reliances_are_found_and_no_other() {
    let mut host = specfs();
    let model = host.snapshot().model().unwrap();
    for module in &model.modules {
        let found = host.snapshot().diagnostics(&module.path).unwrap();
        let needless: Vec<_> = found.iter().filter(|found| found.code == Code::UNUSED_RELIANCE).collect();
        assert!(needless.is_empty(), "{}: {needless:?}", module.path);
    }
    let restated = restated(&model);
    let mut random = Random(0x5eed);
    let (mut tried, mut missed) = (0, Vec::new());
    for module in &model.modules {
        let text = host.snapshot().text(&module.path).unwrap().unwrap().to_string();
        let candidates = candidates(&model, module, &restated, &text);
        for _ in 0..ROUNDS.min(candidates.len()) {
            let (name, fence) = candidates[random.below(candidates.len())];
            host.set_file(&module.path, Some(&with_reliance(&text, fence)));
            let found = host.snapshot().diagnostics(&module.path).unwrap();
            let is_told = |code: Code, message: &str| {
                code == Code::UNUSED_RELIANCE && message.contains(&format!("`{name}`"))
            };
            tried += 1;
            if !found.iter().any(|found| is_told(found.code, &found.message)) {
                missed.push(format!("{} in {}", name, module.path));
            }
        }
        host.set_file(&module.path, Some(&text));
    }
    let found = tried - missed.len();
    println!("{found} of {tried} needless reliances are found; missed: {missed:#?}");
    assert!(tried > 2 * model.modules.len(), "{tried}");
    assert!(100 * found >= FOUND_MIN * tried, "{found} of {tried}; missed: {missed:#?}");
}

/// The functions that a module may rely on, does not, and does not name.
fn candidates<'a>(
    model: &WorkspaceModel,
    module: &ModuleModel,
    restated: &'a BTreeMap<String, (String, String)>,
    text: &str,
) -> Vec<(&'a str, &'a str)> {
    let layer = model.manifest.layers.iter().find(|layer| layer.folder == module.layer).unwrap();
    let may = |provider: &str| {
        let provider = model.module(provider).unwrap();
        provider.layer == layer.folder || layer.relies_on.contains(&provider.layer)
    };
    let mut out = Vec::new();
    for (name, (provider, fence)) in restated {
        if *provider != module.name && may(provider) && !text.contains(name.as_str()) {
            out.push((name.as_str(), fence.as_str()));
        }
    }
    out
}

/// Every function that some module relies on: who gives it, and its fence with the comment.
fn restated(model: &WorkspaceModel) -> BTreeMap<String, (String, String)> {
    let mut out = BTreeMap::new();
    for reliance in model.modules.iter().flat_map(|module| &module.relies) {
        let Provider::Module(provider) = &reliance.provider else { continue };
        let comment = reliance.comment.as_ref().map(|comment| format!("// {comment}\n")).unwrap_or_default();
        let fence = format!("{comment}```c\n{}\n```\n", reliance.declaration);
        out.entry(reliance.name.clone()).or_insert((provider.clone(), fence));
    }
    out
}

/// The text with a fence more at the end of its first [RELY].
fn with_reliance(text: &str, fence: &str) -> String {
    let guarantee = text.find("[GUARANTEE]").unwrap();
    let heading = if text[..guarantee].contains("[RELY]") { "" } else { "[RELY]\n" };
    format!("{}{heading}{fence}\n{}", &text[..guarantee], &text[guarantee..])
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn specfs() -> Host {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specfs-specs");
    let mut host = Host::new();
    for path in files(&root) {
        let text = std::fs::read_to_string(&path).unwrap();
        host.set_file(path.strip_prefix(&root).unwrap().to_str().unwrap(), Some(&text));
    }
    host
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false
                if path
                    .extension()
                    .is_some_and(|end| ["spec", "header", "toml"].iter().any(|it| end == *it)) =>
            {
                found.push(path);
            }
            false => {}
        }
    }
    found.sort();
    found
}
