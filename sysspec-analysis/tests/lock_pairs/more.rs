//! Further pairs of the kinds of mistakes of which there are few.

use super::{BOTH, NONE, ONE, Pair, TWO};

pub fn pairs() -> Vec<Pair> {
    let pair = |kind, code, declaration, callees, wrong, right| Pair {
        kind,
        code,
        declaration,
        callees,
        wrong,
        right,
    };
    vec![
        pair(
            "asked for again under a condition",
            "LCK003",
            ONE,
            BOTH,
            [
                NONE,
                NONE,
                "1. Acquire the lock of `a`.\n2. If it is a directory, acquire the lock of `a` and count its entries.\n3. Release the lock of `a`.",
            ],
            [
                NONE,
                NONE,
                "1. Acquire the lock of `a`.\n2. If it is a directory, count its entries.\n3. Release the lock of `a`.",
            ],
        ),
        pair(
            "held throughout, and acquired for the change",
            "LCK003",
            ONE,
            BOTH,
            [
                "- `locked(a)`",
                "- `!locked(a)`",
                "1. Read `a` while it is locked.\n2. Acquire the lock of `a` and change it.\n3. Release the lock of `a`.",
            ],
            [
                "- `locked(a)`",
                "- `!locked(a)`",
                "1. Read `a` while it is locked.\n2. Change it.\n3. Release the lock of `a`.",
            ],
        ),
        pair(
            "the second of two is acquired twice",
            "LCK003",
            TWO,
            BOTH,
            [
                NONE,
                NONE,
                "1. The two are distinct. In the order of their addresses, lock `a` and lock `b`.\n2. lock(b)\n3. Release the locks of `a` and `b`.",
            ],
            [
                NONE,
                NONE,
                "1. The two are distinct. In the order of their addresses, lock `a` and lock `b`.\n2. Compare them.\n3. Release the locks of `a` and `b`.",
            ],
        ),
        pair(
            "the other one is held by the caller",
            "LCK005",
            TWO,
            BOTH,
            [
                "- `locked(b)`",
                "- `locked(b)`",
                "1. Acquire the lock of `a`, which has the higher address.\n2. Release the lock of `a`.",
            ],
            [
                "- `locked(b)`\n- `b != a`",
                "- `locked(b)`",
                "1. Acquire the lock of `a`, which has the higher address.\n2. Release the lock of `a`.",
            ],
        ),
        pair(
            "both in order, and nobody says that there are two",
            "LCK005",
            TWO,
            BOTH,
            [
                NONE,
                NONE,
                "1. In the order of their addresses, acquire the locks of `a` and `b`.\n2. Release the lock of `b`.\n3. Release the lock of `a`.",
            ],
            [
                NONE,
                NONE,
                "1. The two are distinct. In the order of their addresses, acquire the locks of `a` and `b`.\n2. Release the lock of `b`.\n3. Release the lock of `a`.",
            ],
        ),
        pair(
            "the first while the caller owns the second",
            "LCK008",
            TWO,
            BOTH,
            ["- `a != b`\n- `locked(b)`", "- `locked(b)`", "1. lock(a)\n2. Move the entry.\n3. unlock(a)"],
            [
                "- `a != b`\n- `locked(b)`",
                "- `locked(b)`",
                "1. Since `b` has the lower address, lock(a).\n2. Move the entry.\n3. unlock(a)",
            ],
        ),
        pair(
            "both at once in the order they are given",
            "LCK008",
            TWO,
            BOTH,
            [
                "- `a != b`\n- No lock is owned.",
                NONE,
                "1. lock(a)\n2. lock(b)\n3. Swap their entries.\n4. unlock(b)\n5. unlock(a)",
            ],
            [
                "- `a != b`\n- No lock is owned.",
                NONE,
                "1. In the order of their addresses, lock `a` and lock `b`.\n2. Swap their entries.\n3. unlock(b)\n4. unlock(a)",
            ],
        ),
        pair(
            "promised on success, and released on every path",
            "LCK009",
            ONE,
            BOTH,
            [
                NONE,
                "- **Case 1** `result == 0`: `locked(a)`\n- **Case 2** `result != 0`: `!locked(a)`",
                "1. Acquire the lock of `a`.\n2. Read it.\n3. Release the lock of `a`, and return 0.",
            ],
            [
                NONE,
                "- **Case 1** `result == 0`: `locked(a)`\n- **Case 2** `result != 0`: `!locked(a)`",
                "1. Acquire the lock of `a`.\n2. If it is gone, release the lock of `a` and return -1.\n3. Return 0.",
            ],
        ),
        pair(
            "the lock of the wrong one is kept",
            "LCK009",
            TWO,
            &["unlock"],
            [
                "- `a != b`\n- `locked(a)`\n- `locked(b)`",
                "- `locked(a)`\n- `!locked(b)`",
                "1. Compare them.\n2. Release the locks of `a` and `b`.",
            ],
            [
                "- `a != b`\n- `locked(a)`\n- `locked(b)`",
                "- `locked(a)`\n- `!locked(b)`",
                "1. Compare them.\n2. Release the lock of `b`.",
            ],
        ),
    ]
}
