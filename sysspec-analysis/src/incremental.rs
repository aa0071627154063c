//! Which queries run again after an edit, seen in salsa's event log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use salsa::plumbing::AsId;

use crate::db::{RootDb, Workspace};
use crate::host::Host;
use crate::lower::lower;

const HEADER: &str =
    "stdint\nint step(int cur);\nint walk(int cur);\nint locate(int cur);\nint far(int cur);\n";
const STEP: &str =
    "[INTENT]\nGo one step.\n\n[GUARANTEE]\n```c\nint step(int cur);\n```\n\n[SPECIFICATION]\nReturns 0.\n";
const FAR: &str = "[GUARANTEE]\n```c\nint far(int cur);\n```\n\n[SPECIFICATION]\nReturns 0.\n";

fn relying(name: &str, on: &str) -> String {
    format!(
        "[RELY]\n```c\nint {on}(int cur);\n```\n\n[GUARANTEE]\n```c\nint {name}(int cur);\n```\n\n[SPECIFICATION]\nReturns 0.\n"
    )
}

/// A workspace in which `walk` and `locate` rely on `step`, and `far` on nothing.
struct Watched {
    host: Host,
    log: Arc<Mutex<Vec<String>>>,
    /// Whether files are told by their paths instead of their stems.
    by_path: bool,
}

impl Watched {
    /// A workspace in which every file has been opened for editing, and checked.
    fn new() -> Self {
        let mut watched = Self::cold();
        for name in ["path.header", "step.spec", "walk.spec", "locate.spec", "far.spec"] {
            watched.host.expect_edits(&format!("path/{name}"));
        }
        watched.check();
        watched
    }

    /// A workspace that has been checked, and never edited.
    fn cold() -> Self {
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = log.clone();
        let db = RootDb::new(Some(Box::new(move |key| sink.lock().unwrap().push(key))));
        let mut watched = Self { host: Host::with_database(db), log, by_path: false };
        let files = [
            ("path/path.header", HEADER.to_string()),
            ("path/step.spec", STEP.to_string()),
            ("path/walk.spec", relying("walk", "step")),
            ("path/locate.spec", relying("locate", "step")),
            ("path/far.spec", FAR.to_string()),
        ];
        for (path, text) in files {
            watched.host.set_file(path, Some(&text));
        }
        watched.check();
        watched
    }

    fn edit(&mut self, path: &str, old: &str, new: &str) {
        let text = self.host.snapshot().text(path).unwrap().unwrap().to_string();
        let start = text.find(old).unwrap();
        self.host.edit_file(path, start..start + old.len(), new);
    }

    /// Computes every finding, and gives the number of findings and the queries that ran for it: `query file` or
    /// `query file heading`, sorted, without bookkeeping that is the same for every edit.
    fn check(&mut self) -> (usize, Vec<String>) {
        self.log.lock().unwrap().clear();
        let found = self.host.snapshot().all_diagnostics().unwrap();
        let names = self.names();
        let keys = std::mem::take(&mut *self.log.lock().unwrap());
        let readable = |key: String| {
            let (query, id) = key.split_once('(')?;
            let name =
                names.get(id.trim_start_matches("Id(").trim_end_matches(')')).cloned().unwrap_or_default();
            Some(format!("{query} {name}").trim_end().to_string())
        };
        let mut ran: Vec<String> = keys.into_iter().filter_map(readable).collect();
        ran.sort();
        (found.iter().map(|(_, found)| found.len()).sum(), ran)
    }

    /// What the ids in the log stand for.
    fn names(&self) -> BTreeMap<String, String> {
        let db = self.host.database();
        let mut names = BTreeMap::new();
        let id =
            |id: salsa::Id| format!("{id:?}").trim_start_matches("Id(").trim_end_matches(')').to_string();
        for (path, &file) in Workspace::get(db).files(db).iter() {
            let stem = if self.by_path { path } else { crate::source::stem(path) };
            names.insert(id(file.as_id()), stem.to_string());
            for section in lower(db, file) {
                names.insert(id(section.as_id()), format!("{stem} {:?}", section.key(db).kind));
            }
        }
        names
    }
}

/// The checks among the queries that ran.
fn checks(ran: &[String]) -> Vec<&str> {
    ran.iter().map(String::as_str).filter(|query| query.starts_with("check_")).collect()
}

fn in_files(ran: &[String], files: &[&str]) -> bool {
    ran.iter().all(|query| query.split(' ').nth(1).is_none_or(|file| files.contains(&file)))
}

#[test]
fn an_edit_inside_prose_checks_that_section_only() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "Returns 0", "Returns nothing but 0");
    let (found, ran) = watched.check();
    assert_eq!(found, 0);
    assert_eq!(
        ran,
        [
            "check_pointers step Specification",
            "check_predicates step Specification",
            "check_returns step Specification",
            "check_section step Specification",
            "check_specified step",
            "code_spans step Specification",
            "lower step",
            "parse step",
            "speaks_of_locks step Specification",
            "stated step Specification",
            "suppressions_of step",
            "used_in_algorithms step Specification"
        ]
    );
}

/// Nobody's questions are put anew but those of the module, and of those that rely on what it guarantees.
#[test]
fn an_edit_of_a_contract_asks_anew_for_those_who_rely_on_it_only() {
    let mut watched = Watched::new();
    let settle = |watched: &mut Watched| {
        watched.log.lock().unwrap().clear();
        let analysis = watched.host.snapshot();
        for path in analysis.files().unwrap() {
            analysis.settle(&path).unwrap();
        }
        drop(analysis);
        let names = watched.names();
        let keys = std::mem::take(&mut *watched.log.lock().unwrap());
        let asked = keys.iter().filter_map(|key| key.strip_prefix("asked(Id(")?.strip_suffix("))"));
        let mut asked: Vec<String> = asked.map(|id| names[id].clone()).collect();
        asked.sort();
        asked
    };
    let promising = STEP.replace("Returns 0.", "**Post-Condition**:\n- `result == 0`");
    watched.host.set_file("path/step.spec", Some(&promising));
    let expecting = relying("walk", "step").replacen("```c", "// Returns 0.\n```c", 1);
    watched.host.set_file("path/walk.spec", Some(&expecting));
    assert_eq!(settle(&mut watched), ["far", "locate", "path", "step", "walk"]);
    watched.edit("path/step.spec", "result == 0", "result == 1");
    assert_eq!(settle(&mut watched), ["step", "walk"]);
    watched.edit("path/step.spec", "one step", "a step");
    assert_eq!(settle(&mut watched), [""; 0]);
}

#[test]
fn a_new_name_in_prose_checks_the_names_of_that_file_only() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "Returns 0", "Returns `curr`, and `far(cur)` nowhere");
    let (found, ran) = watched.check();
    assert_eq!(found, 1, "`curr` for `cur`; the prose does not rely on `far`");
    assert!(checks(&ran).contains(&"check_names step Specification"), "{ran:?}");
    assert!(in_files(&ran, &["step"]), "{ran:?}");
    assert!(!ran.iter().any(|query| query == "index" || query == "module_graph"), "{ran:?}");
}

/// The checks of a contract that look beyond their section, at its functions and its algorithm, are not asked again.
#[test]
fn an_edit_inside_one_contract_checks_that_section_only() {
    let mut watched = Watched::cold();
    let contract = |text: &str| {
        format!("[SPECIFICATION]\n**Pre-Condition**:\n- `cur > 0`\n\n**Post-Condition**:\n- {text}\n")
    };
    let text = STEP.replace("[SPECIFICATION]\nReturns 0.\n", &contract("Iterates twice."));
    assert_ne!(text, STEP);
    let text = text + "\n## Refine Prompt\n[SPECIFICATION of step]\n**Pre-Condition**: No lock is owned.\n";
    watched.host.set_file("path/step.spec", Some(&text));
    watched.host.expect_edits("path/step.spec");
    let (found, _) = watched.check();
    assert_eq!(found, 2, "no value, and a loop without an algorithm");
    let of_that_section = |ran: &[String]| {
        // A query of a section has its heading behind the file; those of the file are few, and looked at by name.
        let sections_of = |query: &String| query.split(' ').nth(2).map(str::to_owned);
        let sections: Vec<String> = ran.iter().filter_map(sections_of).collect();
        sections.iter().all(|section| section == "Specification")
            && sections.len() >= 2
            && !ran.iter().any(|query| query.starts_with("has_algorithm") || query.starts_with("guaranteed"))
    };
    watched.edit("path/step.spec", "twice", "thrice");
    let (_, ran) = watched.check();
    assert!(of_that_section(&ran) && in_files(&ran, &["step"]), "{ran:?}");
    assert_eq!(ran.iter().filter(|query| query.starts_with("check_section")).count(), 1, "{ran:?}");
    watched.edit("path/step.spec", "Iterates thrice", "Returns 0");
    let (found, ran) = watched.check();
    assert_eq!(found, 0);
    assert!(of_that_section(&ran) && in_files(&ran, &["step"]), "{ran:?}");
}

#[test]
fn c_that_stands_elsewhere_already_is_not_read_again() {
    let mut watched = Watched::new();
    watched.edit("path/far.spec", "int far(int cur);", "int step(int cur);");
    let (_, ran) = watched.check();
    assert!(ran.iter().any(|query| query == "code far Guarantee"), "{ran:?}");
    assert!(!ran.iter().any(|query| query == "declarations"), "{ran:?}");
    watched.edit("path/far.spec", "int step(int cur);", "int farther(int cur);");
    let (_, ran) = watched.check();
    assert!(ran.iter().any(|query| query == "declarations"), "{ran:?}");
}

#[test]
fn shifting_a_file_runs_no_check() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "[INTENT]", "\n\n[INTENT]");
    let (_, ran) = watched.check();
    assert_eq!(ran, ["lower step", "parse step", "suppressions_of step"]);
}

#[test]
fn shifting_a_file_joins_its_findings_anew() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "int step(int cur)", "int step(long cur)");
    watched.check();
    watched.edit("path/step.spec", "[INTENT]", "\n\n[INTENT]");
    let (found, ran) = watched.check();
    assert_eq!(found, 3);
    let related = ["diagnostics locate", "diagnostics step", "diagnostics walk"];
    assert_eq!(ran, [&related[..], &["lower step", "parse step", "suppressions_of step"]].concat());
}

#[test]
fn undoing_an_edit_runs_nothing_downstream() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "Returns 0", "Returns 1");
    watched.edit("path/step.spec", "Returns 1", "Returns 0");
    let (_, ran) = watched.check();
    assert_eq!(ran, ["parse step", "suppressions_of step"]);
}

#[test]
fn asking_again_runs_nothing() {
    let mut watched = Watched::new();
    let (_, ran) = watched.check();
    assert_eq!(ran, [""; 0]);
}

/// Names are dealt into parts, of which all but those of the two names stay as they were.
#[test]
fn a_name_that_comes_or_goes_is_looked_up_anew_and_no_other() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "int step(int cur)", "int stride(int cur)");
    let (_, ran) = watched.check();
    let looked_up = ran.iter().filter(|query| query.starts_with("occurrences")).count();
    assert_eq!(looked_up, 2, "`step` and `stride`: {ran:?}");
    assert!(in_files(&ran, &["path", "step", "walk", "locate"]), "{ran:?}");
}

/// The first edit of a file makes it less durable, so that its own queries run once more; no other file's do.
#[test]
fn the_first_edit_of_a_file_stays_in_that_file() {
    let mut watched = Watched::cold();
    watched.edit("path/step.spec", "Returns 0", "Returns nothing but 0");
    let (_, ran) = watched.check();
    assert!(in_files(&ran, &["step"]), "{ran:?}");
    assert!(!ran.iter().any(|query| query == "index" || query == "module_graph"), "{ran:?}");
}

#[test]
fn an_edit_of_a_guarantee_checks_those_who_rely_on_it() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "int step(int cur)", "int step(long cur)");
    let (found, ran) = watched.check();
    assert_eq!(found, 3, "walk, locate, and the guarantee beside its header");
    assert_eq!(
        checks(&ran),
        [
            "check_guarantees step",
            "check_names step Specification",
            "check_pointers step Guarantee",
            "check_predicates step Specification",
            "check_reliances locate",
            "check_reliances walk",
            "check_returns step Specification",
            "check_section step Guarantee",
            "check_specified step"
        ]
    );
    assert!(in_files(&ran, &["step", "walk", "locate"]), "{ran:?}");
}

#[test]
fn renaming_a_guarantee_checks_those_who_rely_on_it() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "int step(int cur)", "int stride(int cur)");
    let (found, ran) = watched.check();
    assert_eq!(found, 4, "walk, locate, the header's prototype, and the guarantee that is in no header");
    assert_eq!(
        checks(&ran),
        [
            "check_guarantees step",
            "check_header path",
            "check_locks locate",
            "check_locks step",
            "check_locks walk",
            "check_module step",
            "check_names step Specification",
            "check_pointers step Guarantee",
            "check_predicates step Specification",
            "check_reliances locate",
            "check_reliances walk",
            "check_returns step Specification",
            "check_section step Guarantee",
            "check_specified step"
        ]
    );
}

#[test]
fn an_edit_of_one_prototype_checks_the_module_behind_it() {
    let mut watched = Watched::new();
    watched.edit("path/path.header", "int far(int cur)", "int far(long cur)");
    let (found, ran) = watched.check();
    assert_eq!(found, 1);
    let specs: Vec<&str> =
        checks(&ran).into_iter().filter(|query| !query.ends_with("Declarations")).collect();
    assert_eq!(specs, ["check_guarantees far", "check_header path"]);
}

#[test]
fn a_comment_beside_a_declaration_checks_its_own_module_only() {
    let mut watched = Watched::new();
    watched.edit("path/step.spec", "```c\nint step", "// Goes on.\n```c\nint step");
    let (found, ran) = watched.check();
    assert_eq!(found, 0);
    assert!(in_files(&ran, &["step"]), "{ran:?}");
}

#[test]
fn a_pending_change_cancels_readers() {
    let mut watched = Watched::new();
    let snapshot = watched.host.snapshot();
    let reader = std::thread::spawn(move || {
        loop {
            if let Err(cancelled) = snapshot.diagnostics("path/step.spec") {
                return cancelled;
            }
        }
    });
    std::thread::sleep(std::time::Duration::from_millis(20));
    watched.edit("path/step.spec", "Returns 0", "Returns 1");
    assert_eq!(reader.join().unwrap(), crate::Cancelled);
}

/// A workspace with two patches: `long` changes `step` and brings those who rely on it, `more` adds `stride` for `far`.
fn patched() -> Watched {
    let mut watched = Watched::new();
    let long = |text: String| text.replace("step(int cur)", "step(long cur)");
    let files = [
        ("patches/long/long.patch", "[PATCH]\nname: long\n\n[NODES]\n- step (leaf): replaces step\n- walk (root): replaces walk\n- locate (root): replaces locate\n".to_string()),
        ("patches/long/path/path.header", long(HEADER.into())),
        ("patches/long/path/step.spec", long(STEP.into())),
        ("patches/long/path/walk.spec", long(relying("walk", "step"))),
        ("patches/long/path/locate.spec", long(relying("locate", "step"))),
        ("patches/more/more.patch", "[PATCH]\nname: more\n\n[NODES]\n- stride (leaf): new\n- far (root): replaces far\n".to_string()),
        ("patches/more/path/path.header", format!("{HEADER}int stride(int cur);\n")),
        ("patches/more/path/stride.spec", STEP.replace("step", "stride")),
        ("patches/more/path/far.spec", relying("far", "stride")),
    ];
    for (path, text) in files {
        watched.host.set_file(path, Some(&text));
        watched.host.expect_edits(path);
    }
    let (found, _) = watched.check();
    assert_eq!(found, 0);
    watched
}

/// The files whose checks ran, by their paths.
fn checked(watched: &mut Watched) -> Vec<String> {
    watched.by_path = true;
    let (_, ran) = watched.check();
    let mut files: Vec<String> =
        checks(&ran).iter().filter_map(|query| query.split(' ').nth(1)).map(String::from).collect();
    files.dedup();
    files.sort();
    files.dedup();
    files
}

#[test]
fn an_edit_of_prose_in_a_patch_checks_that_section_only() {
    let mut watched = patched();
    watched.edit("patches/long/path/step.spec", "Returns 0", "Returns nothing but 0");
    assert_eq!(checked(&mut watched), ["patches/long/path/step.spec"]);
}

#[test]
fn an_edit_of_the_intent_of_a_patch_checks_its_own_file_only() {
    let mut watched = patched();
    watched.edit("patches/long/long.patch", "name: long\n", "name: long\nintent: Count in longs.\n");
    assert_eq!(checked(&mut watched), ["patches/long/long.patch"]);
}

#[test]
fn an_edit_of_a_guarantee_in_a_patch_leaves_the_base_and_other_patches_alone() {
    let mut watched = patched();
    watched.edit("patches/more/path/stride.spec", "int stride(int cur)", "int stride(long cur)");
    let files = checked(&mut watched);
    assert!(files.iter().all(|file| file.starts_with("patches/more/")), "{files:?}");
    assert!(files.contains(&"patches/more/path/far.spec".to_string()), "{files:?}");
}

#[test]
fn an_edit_of_prose_in_the_base_checks_no_patch() {
    let mut watched = patched();
    watched.edit("path/step.spec", "Returns 0", "Returns nothing but 0");
    assert_eq!(checked(&mut watched), ["path/step.spec"]);
}

#[test]
fn an_edit_of_a_guarantee_in_the_base_checks_the_patches_that_name_it() {
    let mut watched = patched();
    watched.edit("path/far.spec", "int far(int cur)", "int far(long cur)");
    let files = checked(&mut watched);
    assert!(!files.iter().any(|file| file.starts_with("patches/long/")), "{files:?}");
    assert!(files.contains(&"patches/more/path/far.spec".to_string()), "{files:?}");
}

/// Two modules with locks: `walk` takes the lock of a parent, then calls `step`, which needs one.
const LOCKING: &str = "[GUARANTEE]\n```c\nint NAME(struct inode *cur);\n```\n\n[SPECIFICATION]\nReturns 0.\n\n## Refine Prompt\n\
    [SPECIFICATION of NAME]\n**Pre-Condition**:\n- `!locked(cur)`\n\n**Post-Condition**:\n- `!locked(cur)`\n\n\
    **System Algorithm**:\n1. Acquire the lock of the parent.\n2. Acquire the lock of the child, which waits.\n\
    3. Release the locks of the parent and the child.\n";

/// What other modules lock, and in which order, is not asked again when the prose of an algorithm changes.
#[test]
fn an_edit_of_an_algorithm_runs_that_one_only() {
    let mut watched = Watched::new();
    for name in ["step", "walk", "locate"] {
        watched.host.set_file(&format!("path/{name}.spec"), Some(&LOCKING.replace("NAME", name)));
    }
    watched.check();
    watched.edit("path/walk.spec", "which waits", "which may wait long");
    let (_, ran) = watched.check();
    assert!(ran.iter().any(|query| query == "traces walk"), "{ran:?}");
    assert!(in_files(&ran, &["walk"]), "{ran:?}");
    assert!(!ran.iter().any(|query| query == "lock_order" || query == "cycles"), "{ran:?}");
    watched.edit(
        "path/walk.spec",
        "1. Acquire the lock of the parent",
        "1. Acquire the lock of a grandparent",
    );
    let (_, ran) = watched.check();
    assert!(in_files(&ran, &["walk"]), "{ran:?}");
}

/// A lock contract that changes is told to those who rely on it, and to nobody else.
#[test]
fn an_edit_of_a_lock_contract_checks_those_who_rely_on_it() {
    let mut watched = Watched::new();
    let relying = LOCKING.replace("NAME", "walk");
    let relying = format!("[RELY]\n```c\nint step(struct inode *cur);\n```\n\n{relying}");
    watched.host.set_file("path/step.spec", Some(&LOCKING.replace("NAME", "step")));
    watched.host.set_file("path/walk.spec", Some(&relying));
    watched.host.set_file("path/far.spec", Some(&LOCKING.replace("NAME", "far")));
    watched.check();
    watched.edit("path/step.spec", "- `!locked(cur)`\n\n**Post", "- `locked(cur)`\n\n**Post");
    let (_, ran) = watched.check();
    assert!(ran.iter().any(|query| query == "traces walk"), "{ran:?}");
    assert!(!ran.iter().any(|query| query == "traces far"), "{ran:?}");
}

/// The intent of a module may speak of an order of locks. As long as it does not begin to, no algorithm is followed anew.
#[test]
fn an_edit_of_the_intent_follows_no_algorithm_anew() {
    let mut watched = Watched::new();
    for name in ["step", "walk"] {
        let text = format!("[INTENT]\nGo there.\n\n{}", LOCKING.replace("NAME", name));
        watched.host.set_file(&format!("path/{name}.spec"), Some(&text));
    }
    watched.check();
    let follows = |ran: &[String]| {
        let queries = ["traces", "own_traces", "file_order", "check_locks", "own_callees", "lock_order"];
        ran.iter().any(|query| queries.contains(&query.split(' ').next().unwrap()))
    };
    watched.edit("path/walk.spec", "Go there", "Go further");
    let (_, ran) = watched.check();
    assert!(!follows(&ran), "{ran:?}");
    watched.edit("path/walk.spec", "Go further", "Go to the same");
    let (_, ran) = watched.check();
    assert!(follows(&ran) && in_files(&ran, &["walk"]), "{ran:?}");
}

/// Who takes no lock while another is held begins no cycle, and need not know how others take theirs.
#[test]
fn the_order_of_locks_is_asked_for_only_by_those_who_take_some_in_an_order() {
    let mut watched = Watched::cold();
    watched.host.set_file("path/walk.spec", Some(&relying("walk", "step").replace("Returns 0", "Locks it")));
    let (_, ran) = watched.check();
    assert!(!ran.iter().any(|query| query == "lock_order" || query == "file_order far"), "{ran:?}");
}

/// Which names there are decides how English is read, but only where it says them.
#[test]
fn a_name_that_changes_is_read_anew_only_where_it_is_said() {
    let mut watched = Watched::new();
    let contract = |text: &str| format!("**Post-Condition**:\n- {text}\n");
    let text = relying("walk", "step").replace("Returns 0.\n", &contract("Returns what step returns."))
        + "\n## Refine Prompt\n[SPECIFICATION of walk]\n**Pre-Condition**: No lock is owned.\n";
    watched.host.set_file("path/walk.spec", Some(&text));
    watched.host.expect_edits("path/walk.spec");
    let stated = |watched: &mut Watched| {
        watched.check();
        watched.edit("path/walk.spec", "int step(int cur)", "int stepp(int cur)");
        let (_, ran) = watched.check();
        watched.edit("path/walk.spec", "int stepp(int cur)", "int step(int cur)");
        ran.iter().filter(|query| query.starts_with("stated ")).count()
    };
    assert_eq!(stated(&mut watched), 1, "the post-condition, and not the pre-condition of locks");
    watched.edit("path/walk.spec", "what step returns", "something else");
    assert_eq!(stated(&mut watched), 0);
}
