//! Every phrasing of the lock and return vocabulary, with the formula it must mean. Each list was written by hand from
//! the phrasings in use, with invented names; the formulas follow from what the words mean, not from what is read.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::formula::parse;

const KNOWN: &[&str] = &[
    "cur", "dir", "gear", "shaft", "wheel", "NULL", "inum", "mesh", "src", "dst", "lock", "slot", "error",
    "source", "r", "root", "unlock", "node",
];

fn is_known(word: &str) -> bool {
    KNOWN.contains(&word)
}

fn read_in(text: &str, is_before: bool) -> String {
    let (success, failure) = (parse("result == 0").unwrap(), parse("result == 1").unwrap());
    let beside = [parse("gear").unwrap()];
    let context = Context {
        is_before,
        function: Some("mesh"),
        returns_target: true,
        success: Some(&success),
        failure: Some(&failure),
        mentioned: &beside,
        ..Context::new(&is_known)
    };
    read(text, &context).map_or_else(|| "informal".into(), |statements| show(&statements))
}

fn before(texts: &[&str], wanted: &str) {
    for text in texts {
        assert_eq!(read_in(text, true), wanted, "{text}");
    }
}

fn after(texts: &[&str], wanted: &str) {
    for text in texts {
        assert_eq!(read_in(text, false), wanted, "{text}");
    }
}

#[test]
fn held_before() {
    before(
        &[
            "cur is locked",
            "`cur` is locked.",
            "The cur inode must be locked.",
            "The `cur` inode must be locked",
            "The starting inode cur must be locked by the caller.",
            "the starting inode (`cur`) must be locked by the caller",
            "The initial inode `cur` is locked.",
            "The lock for cur is held.",
            "the lock for `cur` is held by the calling thread",
            "`cur` is currently locked",
            "The inode lock associated with cur is currently held by the calling thread.",
            "The lock for cur is owned.",
            "the lock for cur is owned by the current thread",
            "The lock on the directory inode `cur` is held before calling.",
            "The caller must hold the lock for cur.",
            "The **lock** on `cur` *is held*.",
            "**The lock of `cur` is owned.**",
            "`locked(cur)`",
        ],
        "locked(cur)",
    );
}

#[test]
fn held_after() {
    after(
        &[
            "cur is locked",
            "cur remains locked.",
            "`cur` is still locked",
            "The lock on cur is still held.",
            "the lock on `cur` remains held",
            "The lock on cur remains owned",
            "The lock on `cur` is retained.",
            "The lock on the directory inode cur is acquired and held.",
            "The lock on `cur` **is kept**.",
            "lock on cur **is kept**",
            "The lock of cur is owned on return.",
        ],
        "locked(cur)",
    );
    after(
        &[
            "The returned inode is locked.",
            "The target inode is locked.",
            "target is locked",
            "the lock on target is held",
        ],
        "locked(result)",
    );
    after(
        &["returns `cur`, which is now locked", "Returns cur, which is locked."],
        "result == cur; locked(cur)",
    );
    after(&["Returns the target inode, which is now locked."], "result != NULL; locked(result)");
    after(&["`cur` is unchanged"], "informal");
    after(&["cur is locked and its lock also remains held"], "locked(cur); locked(cur)");
    after(&["`result == cur`, and its lock is released"], "informal");
}

#[test]
fn several_are_held() {
    before(
        &[
            "The locks on both `src` and `dst` are held before calling.",
            "The caller must hold the locks for both src and dst.",
            "The lock for src AND the lock for dst are held.",
            "The lock of `src` and `dst` is owned.",
            "the locks of src, dst are owned",
            "`src` and `dst` are locked.",
        ],
        "locked(src); locked(dst)",
    );
    after(
        &["The locks on `src` and `dst` remain held.", "Both src and dst remain locked"],
        "locked(src); locked(dst)",
    );
    after(&["the lock of *source is owned"], "locked(*source)");
    after(&["the lock of *cur* is owned"], "locked(cur)");
}

#[test]
fn only_these() {
    after(
        &[
            "Only the lock of `cur` is owned.",
            "only the lock on cur is held",
            "only the lock for the inode `cur` is held",
            "Only `cur` remains locked",
            "The caller holds only the lock of cur.",
        ],
        "only [cur]",
    );
    after(&["Only the locks of `*source` and dst are owned."], "only [*source, dst]");
    after(
        &["The lock on cur is held, and all other intermediate locks have been released."],
        "locked(cur); only [cur, gear]",
    );
    after(&["All other locks have been released."], "only [gear]");
}

#[test]
fn none_at_all() {
    after(
        &[
            "No lock is owned.",
            "no lock is held",
            "No locks are held.",
            "no lock is owned by the current thread",
            "The caller owns no locks passed in or acquired.",
            "All locks are released.",
            "all locks have been released",
            "callee would have released all locks",
            "All locks held upon entry and acquired during execution are released.",
        ],
        "only []",
    );
    before(
        &["No lock is owned by the current thread.", "No lock is owned. First acquire the lock on root."],
        "only []",
    );
}

#[test]
fn none_that_is_new() {
    after(
        &[
            "All locks acquired during traversal have been released.",
            "All locks acquired during the traversal are released",
            "No locks are held by this function upon return.",
        ],
        "none new but []",
    );
    after(
        &["All locks acquired during traversal have been released, including the initial lock on cur."],
        "none new but []; !locked(cur)",
    );
    after(&["No other new locks are held as a result of this call."], "none new but [gear]");
    after(
        &["cur is locked and no other new locks are held as a result of this call"],
        "locked(cur); none new but [cur, gear]",
    );
}

#[test]
fn released() {
    after(
        &[
            "cur is unlocked.",
            "The lock on `cur` is released.",
            "the lock for cur has been released",
            "The lock on cur is released before returning.",
            "`cur` is not locked",
            "No lock on cur is held.",
        ],
        "!locked(cur)",
    );
    after(&["Releases the lock of cur.", "unlocks cur", "The lock of cur is not held."], "!locked(cur)");
    after(
        &["releases the locks of both src and dst", "src and dst are unlocked"],
        "!locked(src); !locked(dst)",
    );
    after(&["The lock on `cur` is released (if acquired)."], "locked(cur) ==> old(locked(cur))");
}

#[test]
fn left_alone() {
    after(
        &["No locks are acquired or released.", "no lock operation occurs", "no operation occurs"],
        "unchanged",
    );
    before(&["No lock assumptions."], "anything");
}

#[test]
fn conditions_before() {
    before(
        &[
            "If cur is not NULL, cur is locked.",
            "If `cur` is not NULL, the lock for `cur` must be held by the caller.",
            "When `cur` is not NULL, the lock of cur is held.",
            "if cur is non-NULL, then cur must be locked",
            "`cur` is locked if `cur != NULL`",
            "cur is locked, when cur is not NULL.",
        ],
        "if cur != NULL: locked(cur)",
    );
    before(
        &["In case `src` and `dst` are the same, only the lock of src is held."],
        "if src == dst: only [src]",
    );
}

#[test]
fn conditions_after() {
    after(
        &[
            "if mesh returns 0, cur is locked",
            "If `mesh` returns `0`, the lock of cur is still held.",
            "if it returns 0, cur is locked",
            "If the function returns `0` (success), cur remains locked.",
            "If the function returns **0** (the name is free): `cur` is locked",
            "If the traversal succeeds, cur is locked.",
            "if the operation succeeds, the lock on cur is held",
            "When the return value is 0, cur is locked",
            "On success, cur is locked.",
        ],
        "if result == 0: locked(cur)",
    );
    after(&["If the operation fails, the lock on cur is released."], "if result == 1: !locked(cur)");
    after(
        &["If NULL is returned, no locks are held.", "If the return value is NULL, no lock is owned."],
        "if result == NULL: only []",
    );
    after(&["If a target is returned, target is locked."], "if result != NULL: locked(result)");
    after(
        &["If the function returns 1 because the name exists, cur is unlocked."],
        "if result == 1 && because(\"name exists\"): !locked(cur)",
    );
    after(
        &["If it returns 0, cur is locked. Otherwise, no lock is owned."],
        "if result == 0: locked(cur); if result != 0: only []",
    );
    after(
        &["if it returns 0, cur is locked\nif it returns 1, no lock is held"],
        "if result == 0: locked(cur); if result == 1: only []",
    );
}

#[test]
fn aliases_and_pointer_tests() {
    after(
        &[
            "If `src` and `dst` are the same, only one lock is owned.",
            "if src equals dst, only one lock is held",
        ],
        "if src == dst: locked(src)",
    );
    after(&["In case src and dst are the same, only one lock is released."], "if src == dst: !locked(src)");
    after(
        &["If `cur` is distinct from both `src` and `dst`, the lock on `cur` is released."],
        "if cur != src && cur != dst: !locked(cur)",
    );
    after(&["If cur equals src or dst, no operation occurs."], "if cur == src || cur == dst: unchanged");
}

#[test]
fn values_are_returned() {
    after(
        &[
            "returns `0`",
            "Returns 0.",
            "Returns **0**",
            "Returns `0` to indicate that the name is free.",
            "The return value is 0.",
            "the function returns **0**",
            "0 is returned",
            "mesh returns 0",
            "return 0",
        ],
        "result == 0",
    );
    after(
        &["Returns NULL", "returns `NULL`", "The return value is NULL.", "Returns a null pointer"],
        "result == NULL",
    );
    after(
        &[
            "Returns a non-NULL pointer.",
            "The return value is non-NULL",
            "always non-NULL",
            "Returns a valid pointer",
        ],
        "result != NULL",
    );
    after(&["Returns a non-zero value", "returns non-zero"], "result != 0");
    after(&["Returns -1.", "returns `-1`"], "result == -1");
    after(&["Returns -ENOENT."], "result == -ENOENT");
    after(&["Returns 0 or -1.", "returns either 0 or -1"], "result == 0 || result == -1");
    after(&["Returns 0 on success and -1 on failure."], "result == 0 || result == -1");
    after(&["return 0 on success"], "if result == 0: result == 0");
    after(&["returns the inode of `slot`"], "result != NULL");
    after(&["The field `inum` of the entry `slot` is returned."], "result == slot->inum");
    after(&["returns the result of `mesh(cur, dir)`"], "result == mesh(cur, dir)");
    after(&["`r->n` = `min(r->n, 4)`"], "r->n == min(r->n, 4)");
    after(&["`*error` is unchanged", "*error remains unchanged"], "*error == old(*error)");
    after(
        &["returns `void`", "has no return value", "The function does not have a return value."],
        "anything",
    );
}

#[test]
fn what_is_not_understood_is_informal() {
    for text in [
        "The tree is not changed.",
        "`*error` is what `walk` has set.",
        "Returns the number of entries.",
        "cur is locked unless something went wrong",
        "Only `cur`.",
        "No lock is needed.",
        "`a = b`",
        "If everything is fine, cur is locked.",
        "cur might be locked",
        "",
        "cur",
        "the lock of nobody is held",
        // Another function's result is not this one's.
        "If `locate` returns 0, cur is locked.",
        // The caller will release it: on return it is held.
        "The lock on cur is released by the caller.",
        // Which of the two is conditional is not said.
        "cur is locked and dir is unlocked if it returns 0",
        // Neither is which of "and" and "or" comes first.
        "if it returns 0 or cur is NULL and dir is NULL, no lock is held",
        "If the function returns 1 (unless it is full), cur is locked.",
        "cur is locked at most once",
        "the lock of **cur is owned",
        "the lock of cur* is owned",
        "cur is locked at the call",
        "Its lock is held.",
        "All locks are held.",
        "The allocation fails.",
        "If the allocation fails, no lock is held.",
        "if it returns 0",
        "cur is not only locked",
        "cur or dir is locked",
        "Neither cur nor dir is locked",
        "cur is locked by dir",
        "the returned inode cur is locked",
        "No other lock",
        "not all locks are released",
        "Otherwise, cur is locked.",
    ] {
        assert_eq!(read_in(text, false), "informal", "{text}");
    }
    // At the call nothing has been returned yet, nor released.
    before(&["All locks are released.", "The lock on cur is held on return."], "informal");
}

#[test]
fn steps_of_algorithms() {
    let step = |text: &str| read_step(text, &Context::new(&is_known));
    let cur = parse("cur").unwrap();
    for text in [
        "Acquire the lock on cur.",
        "acquire the lock for `cur`",
        "`lock(cur)`",
        "lock(cur)",
        "immediately locks cur",
        "First acquire the lock on cur",
        "Call `lock(cur)`.",
    ] {
        assert_eq!(step(text), Some(vec![Step::Acquire(cur.clone())]), "{text}");
    }
    for text in [
        "Release the lock on `cur`.",
        "unlock(cur)",
        "`unlock(cur)`",
        "release the cur lock using `unlock`",
        "Release the `cur` lock using unlock.",
    ] {
        assert_eq!(step(text), Some(vec![Step::Release(cur.clone())]), "{text}");
    }
    for text in ["Release all locks currently held.", "release all locks currently held (`src`, `dst`)"] {
        assert_eq!(step(text), Some(vec![Step::ReleaseAll]), "{text}");
    }
    for text in [
        "The lock on cur is held throughout.",
        "the lock on `cur` is already held",
        "The lock on cur is **not** released.",
    ] {
        assert_eq!(step(text), Some(vec![Step::Hold(cur.clone())]), "{text}");
    }
    for text in ["Walk the path.", "Acquire the lock of the last node.", "Release everything."] {
        assert_eq!(step(text), None, "{text}");
    }
}

/// The table of docs/language.md: what it says that clauses mean is what they are read as.
#[test]
fn the_examples_of_the_language_are_read_as_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md");
    let text = std::fs::read_to_string(path).unwrap();
    let table = text.split("| clause | means |").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut count = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let (clause, meaning) = row.trim_matches(['|', ' ']).rsplit_once(" | `").unwrap();
        let context = Context { function: Some("mesh"), ..Context::new(&|word| word == "NULL") };
        let read = read(clause, &context).map_or_else(|| "informal".into(), |statements| show(&statements));
        assert_eq!(read, meaning.trim_end_matches('`'), "{clause}");
        count += 1;
    }
    assert!(count > 20, "the table has {count} rows");
}
