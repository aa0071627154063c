//! What a check of 500 modules costs from nothing, and what is left of that after an edit.
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sysspec_analysis::Host;
use sysspec_tests::synthetic::{Generated, Synthetic};

const MODULES: usize = 500;

fn workspace() -> Generated {
    Synthetic::new(MODULES, 1).generate().unwrap()
}

fn host(files: &[(String, String)]) -> Host {
    let mut host = Host::new();
    for (path, text) in files {
        host.set_file(path, Some(text));
    }
    host
}

/// A file that is edited to and fro, and the files that are asked for findings after each edit.
struct Edit {
    path: String,
    at: usize,
    piece: &'static str,
    asked: Vec<Arc<str>>,
}

impl Edit {
    /// A letter more at the end of a contract.
    fn in_prose(workspace: &Generated) -> Edit {
        let path = workspace.hub.dependents[0].clone();
        let at = workspace.text(&path).trim_end().len();
        Edit { asked: vec![path.as_str().into()], path, at, piece: "x" }
    }

    /// A parameter more in a prototype that a hundred modules rely on.
    fn of_guarantee(workspace: &Generated) -> Edit {
        let hub = &workspace.hub;
        let text = workspace.text(&hub.path);
        let guarantee = text.find("[GUARANTEE]").unwrap();
        let at = guarantee + text[guarantee..].find('(').unwrap() + 1;
        let asked = [&hub.path].into_iter().chain(&hub.dependents).map(|path| path.as_str().into()).collect();
        Edit { path: hub.path.clone(), at, piece: "long more, ", asked }
    }
}

fn cold(criterion: &mut Criterion) {
    let workspace = workspace();
    let mut group = criterion.benchmark_group("cold");
    group.sample_size(10);
    group.bench_function("check of 500 modules", |bencher| {
        bencher.iter_batched(
            || host(&workspace.files),
            |host| black_box(host.snapshot().all_diagnostics().unwrap()),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// The same question after an edit: to a host that knows all files, and to one that knows none.
fn after_edit(criterion: &mut Criterion, name: &str, edit: impl Fn(&Generated) -> Edit) {
    let workspace = workspace();
    let edit = edit(&workspace);
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);

    let mut kept = host(&workspace.files);
    kept.expect_edits(&edit.path);
    kept.snapshot().all_diagnostics().unwrap();
    let mut is_edited = false;
    group.bench_function("incremental", |bencher| {
        bencher.iter(|| {
            let (end, piece) =
                if is_edited { (edit.at + edit.piece.len(), "") } else { (edit.at, edit.piece) };
            is_edited = !is_edited;
            kept.edit_file(&edit.path, edit.at..end, piece);
            black_box(kept.snapshot().diagnostics_of(edit.asked.clone()).unwrap())
        });
    });
    group.bench_function("cold", |bencher| {
        bencher.iter_batched(
            || host(&workspace.files),
            |mut host| {
                host.edit_file(&edit.path, edit.at..edit.at, edit.piece);
                host.snapshot().prepare().unwrap();
                black_box(host.snapshot().diagnostics_of(edit.asked.clone()).unwrap())
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn prose(criterion: &mut Criterion) {
    after_edit(criterion, "edit in prose", Edit::in_prose);
}

fn guarantee(criterion: &mut Criterion) {
    after_edit(criterion, "edit of a guarantee with 100 dependents", Edit::of_guarantee);
}

criterion_group!(benches, cold, prose, guarantee);
criterion_main!(benches);
