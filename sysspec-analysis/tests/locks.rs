//! Locking at the level of the spec: legal algorithms, and orders of locks across modules. Pairs of mistakes and their
//! twins are run by `twins.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod fixture;
mod lock_pairs;

use lock_pairs::{BOTH, Module, NONE, TWO, common, declaration};
use proptest::prelude::*;
use sysspec_analysis::Host;

/// The findings of the family, with their files.
fn found(files: &fixture::Files) -> Vec<String> {
    let found = fixture::host(files).snapshot().all_diagnostics().unwrap();
    let told = found.iter().flat_map(|(path, found)| {
        let of_family = found.iter().filter(|found| found.code.family() == "LCK");
        of_family.map(move |found| format!("{path}: {} {}", found.code, found.message))
    });
    told.collect()
}

/// Algorithms in the phrasings of the published specs, all of them right.
const LEGAL: &[(&str, &str, &[&str], [&str; 3])] = &[
    (
        "traversal",
        "struct inode *work(struct inode *cur, char **path);",
        BOTH,
        [
            "- the starting inode `cur` must be locked by the caller",
            "- If it returns `NULL`, no lock is owned.\n- If a target is returned, only the lock of target is owned.",
            "1. For each component of the path:\n   a. Find the child of `cur`. If there is none, release the lock on `cur` and return `NULL`.\n   b. Acquire the lock on the child.\n   c. Release the lock on `cur`.\n   d. `cur = child`\n2. Return `cur`, which is now locked.",
        ],
    ),
    (
        "check and delete",
        "int work(struct inode *cur, const char *name);",
        BOTH,
        [
            "- the lock for cur is held",
            "- all locks held upon entry and acquired during execution are released",
            "1. Find the entry. If it does not exist, release the lock on cur and return 1.\n2. Immediately lock the inode of the entry.\n3. If the inode is a directory that is not empty, release both locks and return 1.\n4. Remove the entry, then release the lock on the inode and the lock on cur.\n5. Return 0.",
        ],
    ),
    (
        "rename with two parents",
        "int work(char **from, char **to);",
        &["lock", "unlock", "locate"],
        [
            "- no lock is owned",
            "- no lock is owned",
            "1. **Phase 1**: acquire the lock on the root, and traverse the common path.\n2. **Phase 2**: traverse to the source directory. The lock on the common ancestor is held throughout and is **not** released.\n3. Traverse to the target directory. If either is `NULL`, release all locks currently held and return -1.\n4. Release the lock on the common ancestor, unless it is the source or the target directory.\n5. Move the entry. If the source and the target directory are the same, only one lock is released.\n6. Release the locks of the source and the target directory with `unlock`, and return 0.",
        ],
    ),
    (
        "insert",
        "int work(char **path, const char *name);",
        &["lock", "unlock", "check", "step"],
        [
            "- no lock is owned by the current thread",
            "- no lock is owned",
            "1. First acquire the lock on `root_inum`.\n2. If `step` returns `NULL`, return -1: callee would have released all locks.\n3. Call `check`. If it returns 1, return 1.\n4. Insert, then release the lock on cur.\n5. return 0.",
        ],
    ),
    (
        "a lock that is already held",
        "int work(struct inode *a);",
        BOTH,
        [
            "- the inode lock associated with `a` is currently held by the calling thread",
            "- its lock also remains held",
            "1. The lock on `a` is already held. No lock is acquired or released.",
        ],
    ),
    (
        "another thread's lock",
        "int work(struct inode *a);",
        BOTH,
        [
            "- `!locked(a)`",
            "- `!locked(a)`",
            "1. Acquire the lock of `a`; another thread may release it only later.\n2. After releasing it, do not touch `a`: another thread may lock `a` and dispose of it.",
        ],
    ),
    (
        "a trial",
        "int work(struct inode *a);",
        BOTH,
        ["- no lock assumptions", "- no lock operation occurs", "1. If `a` is locked, unlock(a)."],
    ),
];

#[test]
fn legal_algorithms_have_no_findings() {
    let mut failures = Vec::new();
    for &(kind, declaration, callees, [pre, post, algorithm]) in LEGAL {
        let module = Module { callees, ..Module::new("work", declaration, pre, post) };
        let mut files = common();
        files.push(("work.spec".into(), module.with(algorithm)));
        let found = found(&files);
        if !found.is_empty() {
            failures.push(format!("{kind}: {found:?}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// A module for the order of locks: what it owns, and what it takes.
fn taking(name: &str, declaration: &str, algorithm: &str) -> (String, String) {
    let module = Module { callees: BOTH, ..Module::new(name, declaration, NONE, NONE) };
    (format!("{name}.spec"), module.with(algorithm))
}

const DOWN: &str = "1. Acquire the lock of the parent.\n2. Acquire the lock of the child.\n3. Release the locks of the parent and the child.";
const UP: &str = "1. Acquire the lock of the child.\n2. Acquire the lock of the parent.\n3. Release the locks of the parent and the child.";

/// Two modules that take two locks the other way round wait for each other; hand over hand along the tree does not.
#[test]
fn circles_in_the_order_are_found_across_modules() {
    let mut files = common();
    files.push(taking("climb", "int climb(const char *path);", DOWN));
    assert_eq!(found(&files), Vec::<String>::new(), "parent before child, everywhere");
    files.push(taking("sink", "int sink(const char *path);", UP));
    let found = found(&files);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert!(one.starts_with("climb.spec: LCK007"), "{one}");
    assert!(one.contains("`climb` locks a parent, then its child"), "{one}");
    assert!(one.contains("`sink` locks a child, then its parent"), "{one}");
}

/// Locks of several classes, and a global one that is taken inside a callee.
#[test]
fn circles_are_found_through_calls_and_classes() {
    let global = "extern struct mutex table_lock;";
    let takes = |name: &str, callees: &str, algorithm: &str| {
        let text = format!(
            "[RELY]\n```c\nstruct inode;\nstruct mutex;\n{global}\nvoid lock(struct inode *node);\nvoid unlock(struct inode *node);\n{callees}```\n\n\
             [GUARANTEE]\n```c\nint {name}(struct inode *a);\n```\n\n[SPECIFICATION]\nReturns 0.\n\n## Refine Prompt\n\
             [SPECIFICATION of {name}]\n**Pre-Condition**:\n- `!locked(a)`\n\n**Post-Condition**:\n- `!locked(a)`\n\n\
             **System Algorithm**:\n{algorithm}\n"
        );
        (format!("{name}.spec"), text)
    };
    let mut files = common();
    files.push(takes(
        "insert",
        "int enter(struct inode *a);\n",
        "1. Acquire the lock of `a`.\n2. Then `enter` is done.\n3. Call `enter(fresh)`.\n4. Release the lock of `a`.",
    ));
    files.push(takes(
        "enter",
        "",
        "1. Acquire the lock of `table_lock`.\n2. Write the table.\n3. Release the lock of `table_lock`.",
    ));
    assert_eq!(found(&files), Vec::<String>::new(), "inode before table");
    files.push(takes(
        "sweep",
        "",
        "1. Acquire the lock of `table_lock`.\n2. Acquire the lock of `a`.\n3. Release the lock of `a`.\n4. Release the lock of `table_lock`.",
    ));
    let found = found(&files);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert!(one.contains("LCK007") && one.contains("through `enter`"), "{one}");
}

/// What calls functions that need locks says what it does with locks, in a refine phase; a utility need not.
#[test]
fn modules_that_touch_locks_say_so() {
    let plain = |name: &str, callee: &str, body: &str| {
        let text = format!(
            "[RELY]\n```c\nstruct inode;\n{}\n```\n\n[GUARANTEE]\n```c\nint {name}(struct inode *a);\n```\n\n[SPECIFICATION]\n{body}\n",
            declaration(callee)
        );
        (format!("{name}.spec"), text)
    };
    let mut files = common();
    files.push(plain("silent", "check", "Returns what `check` returns."));
    let told = found(&files);
    assert!(matches!(told.as_slice(), [one] if one.starts_with("silent.spec: LCK006")), "{told:?}");
    let mut files = common();
    let body = "**Pre-Condition**:\n- `locked(a)`\n\n**Post-Condition**:\n- `!locked(a)`\n\n**System Algorithm**:\n1. Call `unlock` on `a`.";
    files.push(plain("utility", "unlock", body));
    assert_eq!(found(&files), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the words of a step are, in whatever order, nothing panics and the rest of the workspace is not blamed.
    #[test]
    fn no_order_of_words_breaks_the_reading(words in prop::collection::vec(0usize..40, 0..40)) {
        const WORDS: [&str; 40] = [
            "acquire", "release", "the", "lock", "locks", "of", "`a`", "`b`", "`lock(a)`", "`unlock(", "and", ",", ";",
            ":", ".\n2.", "if", "otherwise", "return", "NULL", "`", "(", ")", "both", "all", "its", "it", "child's",
            "while", "is", "locked", "held", "throughout", "before", "every", "`check`", "step", "**", "é", "-", "\n   a.",
        ];
        let algorithm: Vec<&str> = words.iter().map(|&word| WORDS[word]).collect();
        let module = Module { callees: &["lock", "unlock", "check", "step"], ..Module::new("work", TWO, NONE, NONE) };
        let mut files = common();
        files.push(("work.spec".into(), module.with(&format!("1. {}", algorithm.join(" ")))));
        let found = found(&files);
        prop_assert!(found.iter().all(|one| one.starts_with("work.spec")), "{found:?}");
    }
}

/// A snapshot can be asked while files come and go.
#[test]
fn an_order_without_files_is_empty() {
    assert_eq!(Host::new().snapshot().all_diagnostics().unwrap().len(), 0);
}
