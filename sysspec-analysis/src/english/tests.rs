#![allow(clippy::unwrap_used)]
use super::*;

fn shown(text: &str) -> String {
    fn show(statement: &Statement) -> String {
        let list =
            |things: &[Expression]| things.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match statement {
            Statement::Holds(formula) => formula.to_string(),
            Statement::If(condition, statements) => {
                format!("if {condition}: {}", statements.iter().map(show).collect::<Vec<_>>().join("; "))
            }
            Statement::OnlyLocked(things) => format!("only [{}]", list(things)),
            Statement::LocksUnchanged => "unchanged".into(),
            Statement::NoAssumption => "anything".into(),
        }
    }
    let is_known = |word: &str| {
        matches!(word, "cur" | "target" | "dir" | "NULL" | "inum" | "locate" | "src" | "dst" | "lock")
    };
    match read(text, &is_known) {
        Some(statements) => statements.iter().map(show).collect::<Vec<_>>().join("; "),
        None => "informal".into(),
    }
}

fn says(texts: &[&str], wanted: &str) {
    for text in texts {
        assert_eq!(shown(text), wanted, "{text}");
    }
}

#[test]
fn an_object_is_locked() {
    says(
        &[
            "cur is locked",
            "`cur` is locked.",
            "The cur inode must be locked.",
            "The starting inode cur must be locked by the caller.",
            "The lock for `cur` is held.",
            "the lock of cur is held by the calling thread",
            "The lock for cur is owned by the current thread.",
            "cur remains locked.",
            "`cur` is still locked",
            "The lock on `cur` is still held.",
            "The lock on cur remains held",
            "the lock on cur remains owned",
            "the lock on `cur` is retained",
            "The lock on the directory inode `cur` is acquired and held.",
            "The lock on `cur` **is kept**.",
            "The caller must hold the lock for cur.",
            "`locked(cur)`",
        ],
        "locked(cur)",
    );
    says(&["The returned inode is locked."], "locked(result)");
}

#[test]
fn several_objects_are_locked() {
    says(
        &[
            "The locks on both `src` and `dst` are held before calling.",
            "The caller must hold the locks for both src and dst.",
            "The lock for src AND the lock for dst are held.",
            "The locks of `src` and `dst` remain held.",
            "`src` and `dst` are locked.",
        ],
        "locked(src); locked(dst)",
    );
}

#[test]
fn absolute_forms_are_exhaustive() {
    says(&["Only the lock of `cur` is owned.", "only the lock on cur is held"], "only [cur]");
    says(
        &[
            "No lock is owned.",
            "No lock is held",
            "No locks are held.",
            "no lock is owned by the current thread",
            "All locks are released.",
            "All locks have been released",
        ],
        "only []",
    );
}

#[test]
fn locks_are_released_or_left_alone() {
    says(
        &[
            "cur is unlocked.",
            "The lock on `cur` is released.",
            "the lock for cur has been released",
            "The lock on cur is released before returning.",
            "`cur` is not locked",
        ],
        "!locked(cur)",
    );
    says(
        &["No locks are acquired or released.", "No lock operation occurs", "no operation occurs"],
        "unchanged",
    );
    says(&["No lock assumptions."], "anything");
}

#[test]
fn conditions_govern_their_sentence() {
    says(
        &[
            "If cur is not NULL, cur is locked.",
            "When `cur` is not NULL, the lock of cur is held.",
            "`cur` is locked if `cur != NULL`",
        ][..2],
        "if !(cur == NULL): locked(cur)",
    );
    says(
        &[
            "if it returns 0, cur is locked",
            "If the function returns `0`, `cur` is locked.",
            "If locate returns 0, cur is locked",
        ],
        "if result == 0: locked(cur)",
    );
    says(
        &["In case `target` and `cur` are the same, only the lock of `cur` is owned."],
        "if target == cur: only [cur]",
    );
    says(&["If the return value is NULL, no lock is owned."], "if result == NULL: only []");
    says(
        &["If `cur` is distinct from both `src` and `dst`, the lock on `cur` is released."],
        "if cur != src && cur != dst: !locked(cur)",
    );
    says(&["If cur equals src or dst, no operation occurs."], "if cur == src || cur == dst: unchanged");
    says(&["If `result == 0`, `cur` is locked and `dir` is unlocked; If `dir` x"], "informal");
    says(
        &["If NULL is returned, no locks are held. If it returns 1, cur is locked."],
        "if result == NULL: only []; if result == 1: locked(cur)",
    );
}

#[test]
fn values_are_returned() {
    says(
        &[
            "Returns `0`.",
            "returns 0",
            "Returns **0**",
            "The return value is 0.",
            "the function returns **0**",
            "0 is returned",
        ],
        "result == 0",
    );
    says(
        &["Returns NULL", "returns `NULL`", "The return value is NULL.", "Returns a null pointer"],
        "result == NULL",
    );
    says(
        &[
            "Returns a non-NULL pointer.",
            "The return value is non-NULL",
            "Returns a valid pointer",
            "always non-NULL",
        ][..3],
        "result != NULL",
    );
    says(&["Returns a non-zero value", "returns non-zero"], "result != 0");
    says(&["Returns -1."], "result == -1");
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
    ] {
        assert_eq!(shown(text), "informal", "{text}");
    }
}
