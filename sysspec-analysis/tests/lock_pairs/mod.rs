//! Pairs of modules that differ in one mistake with locks.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a fixture that is broken should stop the test")]

mod more;

use std::fmt::Write;

use crate::fixture;

/// What every workspace of this page has: two primitives, a lookup, a step of lock coupling, and functions that need a
/// lock, give one back, or must be called without one.
pub const COMMON: &[(&str, &str)] = &[
    ("lock", "void lock(struct inode *node);"),
    ("unlock", "void unlock(struct inode *node);"),
    ("locate", "struct inode *locate(const char *path);"),
    ("step", "struct inode *step(struct inode *cur, const char *name);"),
    ("check", "int check(struct inode *dir);"),
    ("settle", "void settle(struct inode *node);"),
    ("sync_all", "int sync_all(void);"),
];

pub fn declaration(function: &str) -> &str {
    COMMON.iter().find(|(name, _)| *name == function).unwrap().1
}

pub fn contract(function: &str) -> (&'static str, &'static str) {
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
pub fn common() -> fixture::Files {
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
pub struct Module<'a> {
    pub name: &'a str,
    pub declaration: &'a str,
    pub pre: &'a str,
    pub post: &'a str,
    pub callees: &'a [&'a str],
    pub functional: &'a str,
}

impl<'a> Module<'a> {
    pub fn new(name: &'a str, declaration: &'a str, pre: &'a str, post: &'a str) -> Self {
        Self { name, declaration, pre, post, callees: &[], functional: "Returns what it finds." }
    }

    pub fn with(self, algorithm: &str) -> String {
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
pub struct Pair {
    pub kind: &'static str,
    pub code: &'static str,
    pub declaration: &'static str,
    pub callees: &'static [&'static str],
    pub wrong: [&'static str; 3],
    pub right: [&'static str; 3],
}

pub const NONE: &str = "- No lock is owned.";
pub const ONE: &str = "int work(struct inode *a);";
pub const TWO: &str = "int work(struct inode *a, struct inode *b);";
pub const PATH: &str = "int work(const char *path);";
pub const BOTH: &[&str] = &["lock", "unlock"];

pub fn pairs() -> Vec<Pair> {
    let mut pairs = first_pairs();
    pairs.extend(more::pairs());
    pairs
}

fn first_pairs() -> Vec<Pair> {
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

/// The workspace of a pair, with the mistake or without.
pub fn work(pair: &Pair, [pre, post, algorithm]: [&str; 3]) -> fixture::Files {
    let module = Module { callees: pair.callees, ..Module::new("work", pair.declaration, pre, post) };
    let mut files = common();
    files.push(("work.spec".into(), module.with(algorithm)));
    files
}
