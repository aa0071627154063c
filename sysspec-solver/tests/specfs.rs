//! The obligations of SpecFS, decided.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sysspec_analysis::Host;
use sysspec_solver::{Outcome, discharge};

const LIMIT: Duration = Duration::from_secs(20);

fn add(host: &mut Host, root: &Path, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add(host, root, &path);
        } else if path.extension().is_some_and(|it| it == "spec" || it == "header" || it == "toml") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            host.set_file(&name, Some(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn none_is_refuted_and_none_takes_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specfs-specs");
    let mut host = Host::new();
    add(&mut host, &root, &root);
    let analysis = host.snapshot();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in analysis.files().unwrap() {
        for obligation in analysis.obligations(&file).unwrap() {
            let outcome = discharge(&obligation.question, LIMIT);
            let name = match &outcome {
                Outcome::Proved(_) => "proved",
                Outcome::Refuted { .. } => "refuted",
                Outcome::Textual => "textual",
                Outcome::Informal => "informal",
                Outcome::Unknown(_) => "unknown",
            };
            *counts.entry(name).or_default() += 1;
            if matches!(outcome, Outcome::Refuted { .. } | Outcome::Unknown(_)) {
                let (kind, function, range) =
                    (obligation.kind, &obligation.function, &obligation.place.range);
                wrong.push(format!("{file}:{range:?}: {kind:?} of {function}: {outcome:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{counts:?}\n{}", wrong.join("\n"));
    assert!(counts["proved"] > counts["informal"], "{counts:?}");
}
