//! Locking at the level of the spec: pairs of modules that differ in one mistake. The wrong one has the finding and no
//! other of its family, its twin has none.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod fixture;

use std::fmt::Write;

use proptest::prelude::*;
use sysspec_analysis::Host;

/// What every workspace of this page has: two primitives, a lookup, a step of lock coupling, and functions that need a
/// lock, give one back, or must be called without one.
const COMMON: &[(&str, &str)] = &[
    ("lock", "void lock(struct inode *node);"),
    ("unlock", "void unlock(struct inode *node);"),
    ("locate", "struct inode *locate(const char *path);"),
    ("step", "struct inode *step(struct inode *cur, const char *name);"),
    ("check", "int check(struct inode *dir);"),
    ("settle", "void settle(struct inode *node);"),
    ("sync_all", "int sync_all(void);"),
];

fn declaration(function: &str) -> &str {
    COMMON.iter().find(|(name, _)| *name == function).unwrap().1
}

fn contract(function: &str) -> (&'static str, &'static str) {
    match function {
        "lock" => ("- `!locked(node)`", "- `locked(node)`"),
        "unlock" => ("- `locked(node)`", "- `!locked(node)`"),
        "locate" => (
            "- No lock is owned.",
            "- **Case 1** `result != NULL`: only the lock of `result` is owned.\n- **Case 2** `result == NULL`: no lock is owned.",
        ),
        "step" => (
            "- `locked(cur)`",
            "- **Case 1** `result != NULL`: `locked(result)`; `!locked(cur)`\n- **Case 2** `result == NULL`: `!locked(cur)`",
        ),
        "check" => ("- `locked(dir)`", "- `locked(dir)`"),
        "settle" => ("- `locked(node)`", "- `!locked(node)`"),
        _ => ("- No lock is owned.", "- No lock is owned."),
    }
}

/// The files of the common functions.
fn common() -> fixture::Files {
    let module = |(name, declaration): &(&str, &str)| {
        let (pre, post) = contract(name);
        let text = match *name {
            "lock" | "unlock" => format!(
                "[GUARANTEE]\n```c\n{declaration}\n```\n\n[SPECIFICATION]\n**Pre-Condition**:\n{pre}\n\n**Post-Condition**:\n{post}\n"
            ),
            "step" => Module { callees: &["lock", "unlock"], ..Module::new(name, declaration, pre, post) }
                .with("1. When the entry is found, acquire the lock of the child first, and release the lock of `cur` after that.\n2. On every error, release the lock of `cur` before returning NULL."),
            "settle" => Module { callees: &["unlock"], ..Module::new(name, declaration, pre, post) }
                .with("1. Release the lock of `node`."),
            _ => Module::new(name, declaration, pre, post).with(""),
        };
        (format!("{name}.spec"), text)
    };
    COMMON.iter().map(module).collect()
}

/// A module with a refine phase.
#[derive(Clone, Copy)]
struct Module<'a> {
    name: &'a str,
    declaration: &'a str,
    pre: &'a str,
    post: &'a str,
    callees: &'a [&'a str],
    functional: &'a str,
}

impl<'a> Module<'a> {
    fn new(name: &'a str, declaration: &'a str, pre: &'a str, post: &'a str) -> Self {
        Self { name, declaration, pre, post, callees: &[], functional: "Returns what it finds." }
    }

    fn with(self, algorithm: &str) -> String {
        let mut text = String::from("[RELY]\n```c\nstruct inode;\n```\n");
        for callee in self.callees {
            writeln!(text, "```c\n{}\n```", declaration(callee)).unwrap();
        }
        write!(
            text,
            "\n[GUARANTEE]\n```c\n{}\n```\n\n[SPECIFICATION]\n{}\n\n## Refine Prompt\n",
            self.declaration, self.functional
        )
        .unwrap();
        for callee in self.callees {
            let (pre, post) = contract(callee);
            write!(
                text,
                "[SPECIFICATION of {callee}]\n**Pre-Condition**:\n{pre}\n\n**Post-Condition**:\n{post}\n\n"
            )
            .unwrap();
        }
        write!(
            text,
            "[SPECIFICATION of {}]\n**Pre-Condition**:\n{}\n\n**Post-Condition**:\n{}\n",
            self.name, self.pre, self.post
        )
        .unwrap();
        if !algorithm.is_empty() {
            write!(text, "\n**System Algorithm**:\n{algorithm}\n").unwrap();
        }
        text
    }
}

/// A mistake, and the same module without it: pre-condition, post-condition, algorithm.
struct Pair {
    kind: &'static str,
    code: &'static str,
    declaration: &'static str,
    callees: &'static [&'static str],
    wrong: [&'static str; 3],
    right: [&'static str; 3],
}

const NONE: &str = "- No lock is owned.";
const ONE: &str = "int work(struct inode *a);";
const TWO: &str = "int work(struct inode *a, struct inode *b);";
const PATH: &str = "int work(const char *path);";
const BOTH: &[&str] = &["lock", "unlock"];

fn pairs() -> Vec<Pair> {
    let pair = |kind, code, declaration, callees, wrong, right| Pair {
        kind,
        code,
        declaration,
        callees,
        wrong,
        right,
    };
    vec![
        // ---- LCK001: what a callee needs ----
        pair(
            "a lock is needed that nothing gives",
            "LCK001",
            ONE,
            &["check"],
            [NONE, NONE, ""],
            ["- `locked(a)`", "- `locked(a)`", ""],
        ),
        pair(
            "a needed lock is released before the call",
            "LCK001",
            ONE,
            &["lock", "unlock", "check"],
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Release the lock of `a`.\n3. Call `check(a)`."],
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Call `check(a)`.\n3. Release the lock of `a`."],
        ),
        pair(
            "a step before the first lock needs one",
            "LCK001",
            PATH,
            &["lock", "unlock", "step"],
            [NONE, NONE, "1. Call `step` once.\n2. Release the lock of the child."],
            [
                NONE,
                NONE,
                "1. Acquire the lock of the root.\n2. Call `step` once.\n3. Release the lock of the child.",
            ],
        ),
        pair(
            "another object than the one that is locked",
            "LCK001",
            TWO,
            &["lock", "unlock", "check"],
            [NONE, NONE, "1. lock(a)\n2. Call `check(b)`.\n3. unlock(a)"],
            [NONE, NONE, "1. lock(a)\n2. Call `check(a)`.\n3. unlock(a)"],
        ),
        pair(
            "a lock is held where none may be",
            "LCK001",
            ONE,
            &["lock", "unlock", "sync_all"],
            [NONE, NONE, "1. Acquire the lock on `a`.\n2. Call `sync_all`.\n3. Release the lock on `a`."],
            [NONE, NONE, "1. Acquire the lock on `a`.\n2. Release the lock on `a`.\n3. Call `sync_all`."],
        ),
        pair(
            "the caller's lock is held where none may be",
            "LCK001",
            ONE,
            &["sync_all"],
            ["- the lock for `a` is held", "- the lock on `a` is still held", "1. Call `sync_all`."],
            [NONE, NONE, "1. Call `sync_all`."],
        ),
        pair(
            "a callee that gives a lock back gets one that is free",
            "LCK001",
            ONE,
            &["lock", "settle"],
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Call `settle(a)`.\n3. Call `settle(a)`."],
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Call `settle(a)`."],
        ),
        // ---- LCK002: leaks ----
        pair(
            "an acquired lock is never released",
            "LCK002",
            ONE,
            BOTH,
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Read it, and return 0."],
            [
                NONE,
                NONE,
                "1. Acquire the lock of `a`.\n2. Read it.\n3. Release the lock of `a`, and return 0.",
            ],
        ),
        pair(
            "the caller's lock is not given back",
            "LCK002",
            ONE,
            &["unlock"],
            ["- `locked(a)`", "- `!locked(a)`", "1. Read `a`.\n2. Return 0."],
            ["- `locked(a)`", "- `!locked(a)`", "1. Read `a`.\n2. Release the lock of `a`, and return 0."],
        ),
        pair(
            "an error returns early",
            "LCK002",
            ONE,
            BOTH,
            [
                NONE,
                NONE,
                "1. Acquire the lock of `a`.\n2. If it is full, return -ENOSPC.\n3. Release the lock of `a`, and return 0.",
            ],
            [
                NONE,
                NONE,
                "1. Acquire the lock of `a`.\n2. If it is full, release the lock of `a` and return -ENOSPC.\n3. Release the lock of `a`, and return 0.",
            ],
        ),
        pair(
            "one of two is forgotten",
            "LCK002",
            TWO,
            BOTH,
            [
                NONE,
                NONE,
                "1. The two are distinct. In the order of their addresses, lock `a` and lock `b`.\n2. Release the lock of `a`.",
            ],
            [
                NONE,
                NONE,
                "1. The two are distinct. In the order of their addresses, lock `a` and lock `b`.\n2. Release the locks of `a` and `b`.",
            ],
        ),
        pair(
            "what a lookup leaves locked",
            "LCK002",
            PATH,
            &["locate", "unlock"],
            [
                NONE,
                NONE,
                "1. `locate` leaves the inode locked, or nothing.\n2. Read it while it stays locked.",
            ],
            [
                NONE,
                NONE,
                "1. `locate` leaves the inode locked, or nothing.\n2. Read it while it stays locked, then release its lock.",
            ],
        ),
        pair(
            "a child that is locked besides what the caller owns",
            "LCK002",
            ONE,
            BOTH,
            ["- `locked(a)`", "- `locked(a)`", "1. Acquire the lock of the child.\n2. Read it."],
            [
                "- `locked(a)`",
                "- `locked(a)`",
                "1. Acquire the lock of the child.\n2. Read it.\n3. Release the lock of the child.",
            ],
        ),
        pair(
            "a failure that must leave nothing",
            "LCK002",
            "struct inode *work(struct inode *a);",
            BOTH,
            [
                NONE,
                "- **Case 1** `result != NULL`: only the lock of `a` is owned.\n- **Case 2** `result == NULL`: no lock is owned.",
                "1. Acquire the lock of `a`.\n2. If it is gone, return NULL.\n3. Return `a`.",
            ],
            [
                NONE,
                "- **Case 1** `result != NULL`: only the lock of `a` is owned.\n- **Case 2** `result == NULL`: no lock is owned.",
                "1. Acquire the lock of `a`.\n2. If it is gone, unlock(a) and return NULL.\n3. Return `a`.",
            ],
        ),
        // ---- LCK003: twice ----
        pair(
            "the caller's lock is acquired again",
            "LCK003",
            ONE,
            BOTH,
            ["- `locked(a)`", "- `!locked(a)`", "1. Acquire the lock of `a`.\n2. Release the lock of `a`."],
            ["- `!locked(a)`", "- `!locked(a)`", "1. Acquire the lock of `a`.\n2. Release the lock of `a`."],
        ),
        pair(
            "acquired twice in a row",
            "LCK003",
            ONE,
            BOTH,
            [NONE, NONE, "1. lock(a)\n2. Read it.\n3. lock(a)\n4. unlock(a)"],
            [NONE, NONE, "1. lock(a)\n2. Read it.\n3. unlock(a)"],
        ),
        pair(
            "acquired again before the release",
            "LCK003",
            ONE,
            BOTH,
            [
                NONE,
                NONE,
                "1. Acquire the lock on `a`. Count its links.\n2. Acquire the lock on `a` again.\n3. Release the lock on `a`.",
            ],
            [
                NONE,
                NONE,
                "1. Acquire the lock on `a`. Count its links, then release the lock on `a`.\n2. Acquire the lock on `a` again.\n3. Release the lock on `a`.",
            ],
        ),
        pair(
            "a noun is locked twice",
            "LCK003",
            ONE,
            BOTH,
            [
                NONE,
                NONE,
                "1. Acquire the lock of the child.\n2. Then acquire the lock of the child.\n3. Release the lock of the child.",
            ],
            [NONE, NONE, "1. Acquire the lock of the child.\n2. Then release the lock of the child."],
        ),
        // ---- LCK004: not held ----
        pair(
            "a release without an acquisition",
            "LCK004",
            ONE,
            &["unlock"],
            [NONE, NONE, "1. Read `a`.\n2. Release the lock of `a`."],
            ["- `locked(a)`", "- `!locked(a)`", "1. Read `a`.\n2. Release the lock of `a`."],
        ),
        pair(
            "released twice",
            "LCK004",
            ONE,
            BOTH,
            [
                NONE,
                NONE,
                "1. Acquire the lock of `a`.\n2. Release the lock of `a`.\n3. Release the lock of `a`.",
            ],
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Read it.\n3. Release the lock of `a`."],
        ),
        pair(
            "the other parameter is released",
            "LCK004",
            TWO,
            BOTH,
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Compare it with `b`.\n3. Release the lock of `b`."],
            [NONE, NONE, "1. Acquire the lock of `a`.\n2. Compare it with `b`.\n3. Release the lock of `a`."],
        ),
        pair(
            "used as locked after the release",
            "LCK004",
            ONE,
            &["unlock"],
            [
                "- `locked(a)`",
                "- `!locked(a)`",
                "1. Release the lock of `a`.\n2. While `a` is locked, read its counts.",
            ],
            [
                "- `locked(a)`",
                "- `!locked(a)`",
                "1. While `a` is locked, read its counts.\n2. Release the lock of `a`.",
            ],
        ),
        pair(
            "said to be held throughout, by nobody",
            "LCK004",
            ONE,
            BOTH,
            ["- `a != NULL`\n- `!locked(a)`", "- `!locked(a)`", "1. The lock of `a` is held throughout."],
            ["- `a != NULL`\n- `locked(a)`", "- `locked(a)`", "1. The lock of `a` is held throughout."],
        ),
        pair(
            "a lock that no words give",
            "LCK004",
            PATH,
            &["unlock"],
            [NONE, NONE, "1. Read the table.\n2. Release its lock."],
            [NONE, NONE, "1. Read the table.\n2. Nothing is left to release here."],
        ),
        pair(
            "released before the child is taken under it",
            "LCK004",
            ONE,
            BOTH,
            [
                "- `locked(a)`",
                "- `!locked(a)`",
                "1. Release the lock of `a`.\n2. Acquire the lock of the child while `a` is still locked.\n3. Release the lock of the child.",
            ],
            [
                "- `locked(a)`",
                "- `!locked(a)`",
                "1. Acquire the lock of the child while `a` is still locked.\n2. Release the lock of `a`.\n3. Release the lock of the child.",
            ],
        ),
        // ---- LCK005: two that may be one ----
        pair(
            "parameters that may be one object",
            "LCK005",
            TWO,
            BOTH,
            [
                NONE,
                NONE,
                "1. In the order of their addresses, lock `a` and lock `b`.\n2. Release the locks of `a` and `b`.",
            ],
            [
                "- `a != b`\n- No lock is owned.",
                NONE,
                "1. In the order of their addresses, lock `a` and lock `b`.\n2. Release the locks of `a` and `b`.",
            ],
        ),
        pair(
            "the caller's object and a parameter",
            "LCK005",
            TWO,
            BOTH,
            [
                "- `locked(a)`",
                "- `locked(a)`",
                "1. Acquire the lock of `b`, which has the higher address.\n2. Release the lock of `b`.",
            ],
            [
                "- `locked(a)`",
                "- `locked(a)`",
                "1. If the two are distinct, acquire the lock of `b`, which has the higher address.\n2. Release the lock of `b` in this case.",
            ],
        ),
        // ---- LCK008: no order ----
        pair(
            "two of a class in no order",
            "LCK008",
            TWO,
            BOTH,
            [
                "- `a != b`\n- No lock is owned.",
                NONE,
                "1. Acquire the lock of `a`.\n2. Acquire the lock of `b`.\n3. Release the locks of `a` and `b`.",
            ],
            [
                "- `a != b`\n- No lock is owned.",
                NONE,
                "1. Let `a` be the one with the lower address. Acquire the lock of `a`.\n2. Acquire the lock of `b`.\n3. Release the locks of `a` and `b`.",
            ],
        ),
        pair(
            "a second one while the caller owns the first",
            "LCK008",
            TWO,
            BOTH,
            ["- `a != b`\n- `locked(a)`", "- `locked(a)`", "1. lock(b)\n2. Move the entry.\n3. unlock(b)"],
            [
                "- `a != b`\n- `locked(a)`\n- `b` is a child of `a`.",
                "- `locked(a)`",
                "1. lock(b)\n2. Move the entry.\n3. unlock(b)",
            ],
        ),
        // ---- LCK009: promised ----
        pair(
            "a promised lock has been released",
            "LCK009",
            ONE,
            &["unlock"],
            ["- `locked(a)`", "- `locked(a)`", "1. Read `a`.\n2. Release the lock of `a`."],
            ["- `locked(a)`", "- `locked(a)`", "1. Read `a` while it stays locked."],
        ),
        pair(
            "a promised lock was never acquired",
            "LCK009",
            ONE,
            &["lock"],
            ["- `!locked(a)`", "- `locked(a)`", "1. Read `a`."],
            ["- `!locked(a)`", "- `locked(a)`", "1. Read `a`.\n2. Acquire the lock of `a`."],
        ),
        pair(
            "nothing gives what is promised",
            "LCK009",
            ONE,
            &["check"],
            ["- `a != NULL`", "- `locked(a)`", ""],
            ["- `locked(a)`", "- `locked(a)`", ""],
        ),
    ]
}

/// The findings of the family, with their files.
fn found(files: &fixture::Files) -> Vec<String> {
    let found = fixture::host(files).snapshot().all_diagnostics().unwrap();
    let told = found.iter().flat_map(|(path, found)| {
        let of_family = found.iter().filter(|found| found.code.family() == "LCK");
        of_family.map(move |found| format!("{path}: {} {}", found.code, found.message))
    });
    told.collect()
}

fn work(pair: &Pair, [pre, post, algorithm]: [&str; 3]) -> fixture::Files {
    let module = Module { callees: pair.callees, ..Module::new("work", pair.declaration, pre, post) };
    let mut files = common();
    files.push(("work.spec".into(), module.with(algorithm)));
    files
}

#[test]
fn mistakes_are_found_and_their_twins_are_not_blamed() {
    let mut failures = Vec::new();
    for pair in pairs() {
        let wrong = found(&work(&pair, pair.wrong));
        if !matches!(wrong.as_slice(), [one] if one.starts_with(&format!("work.spec: {}", pair.code))) {
            failures.push(format!("{} ({}): {wrong:?}", pair.kind, pair.code));
        }
        let right = found(&work(&pair, pair.right));
        if !right.is_empty() {
            failures.push(format!("{}: blamed without a cause: {right:?}", pair.kind));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
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
