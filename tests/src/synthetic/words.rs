//! The vocabulary of synthetic workspaces.

/// What structs are about. None of these is a word of C or the name of a member.
pub const NOUNS: &[&str] = &[
    "extent", "journal", "bucket", "segment", "cursor", "replica", "ledger", "quota", "snapshot", "cluster",
    "stripe", "region", "lane", "buffer", "ticket", "lease", "shard", "digest", "window", "batch", "record",
    "packet", "channel", "session", "frame", "slab", "arena", "trail", "chunk", "mirror", "bitmap",
    "barrier", "epoch", "group", "span", "pool", "page", "branch", "leaf", "heap", "sector", "zone",
    "vector", "anchor",
];

/// The first of two words, when there are more structs than nouns.
pub const QUALIFIERS: &[&str] = &["cold", "shared", "spare", "outer", "inner", "local", "remote", "early"];

/// Members that hold numbers of 64 bits.
pub const QUANTITIES: &[&str] = &[
    "count", "used", "offset", "cookie", "serial", "blocks", "bytes", "total", "extra", "head", "credit",
    "depth", "ceiling", "reserve",
];

/// Members that hold numbers of 32 bits.
pub const MARKS: &[&str] =
    &["flags", "kind", "mode", "state", "refs", "rank", "generation", "holders", "policy", "stamp"];

/// What layers are called, from the lowest up.
pub const LAYERS: &[&str] = &[
    "base",
    "codec",
    "memory",
    "store",
    "order",
    "layout",
    "recovery",
    "placement",
    "names",
    "tree-walk",
    "transfer",
    "policy",
    "caching",
    "tiering",
    "repair",
    "sharing",
    "limits",
    "history",
    "events",
    "access",
    "sessions",
    "service",
    "frontend",
    "interface",
];

/// Words for functions that measure.
pub const MEASURES: &[&str] = &["measure", "sum", "weigh", "gauge", "estimate", "tally"];
/// Words for functions that test.
pub const TESTS: &[&str] = &["check", "admit", "verify", "probe", "inspect", "allow"];
/// Words for functions that find.
pub const FINDS: &[&str] = &["find", "pick", "locate", "match", "resolve", "trace"];
/// Words for functions that change and can fail.
pub const CHANGES: &[&str] =
    &["grow", "charge", "append", "extend", "claim", "attach", "commit", "stage", "split", "shift"];
/// Words for functions that change and cannot fail.
pub const SETTLES: &[&str] = &["settle", "trim", "reset", "drain", "compact", "refresh", "age", "rewind"];
/// Words for functions of numbers only.
pub const SCALARS: &[&str] = &["round", "blend", "fold", "scale", "spread", "ration", "cap", "align"];

/// What functions act upon; a second word of their names.
pub const OBJECTS: &[&str] = &[
    "tail", "front", "holes", "marks", "edges", "bounds", "slots", "hints", "owners", "order", "prefix",
    "suffix", "margin", "ridges", "backlog", "spares", "runs", "gaps", "keys", "pairs", "waves", "steps",
    "limits", "shares", "rounds", "pins", "links", "ties", "traces", "turns", "rows", "cells",
];

/// Why a module is wanted: `{f}` is its function's object, `{t}` its topic, `{u}` another topic.
pub const INTENTS: &[&str] = &[
    "Keep the {f} of the {t} in one place, so that those above never have to look at its members themselves.",
    "Answer for the {f} of one {t} without a second pass: whoever asks has it in hand already.",
    "Give the layers above one way to the {f}; every other way would count them twice.",
    "Bring the {f} of the {t} into the order that the {u} expects, and do nothing else.",
    "Separate the decision from the deed: this module decides about the {f}, and the caller acts on the answer.",
    "Bound the work on the {f}: the number of steps depends on the {t} alone, never on the {u}.",
    "Treat the {f} as a whole. A caller that was refused finds the {t} as it was before the call.",
    "Spare the {u} a walk over the {f}; the {t} knows enough to answer at once.",
];

/// A second sentence about why.
pub const REASONS: &[&str] = &[
    "An earlier design kept this in the {u}, where two callers had to agree on it.",
    "The order of the steps matters, because the {u} reads the result before anything else.",
    "Speed is of no concern here, a wrong answer is.",
    "The {u} relies on the answer being the same for the same {t}.",
    "Nothing is remembered between two calls.",
    "Memory is neither taken nor given back.",
    "The {t} is small enough to be looked at as a whole.",
    "It is called on every request, so it takes the short way out first.",
];

/// What stays as it is.
pub const REMARKS: &[&str] = &[
    "No other member of the {t} changes.",
    "The {f} of other objects stay as they are.",
    "Nothing that the {u} holds is touched.",
    "Two calls with the same arguments, and nothing in between, agree.",
    "The order of the {f} is kept.",
    "What the {u} has counted before is not counted again.",
];

/// What always holds.
pub const LAWS: &[&str] = &[
    "whoever walks the {f} of the {t} meets each of them once, in the order in which they were added.",
    "the {t} owns its {f}. The {u} names them, and never outlives them.",
    "between two calls the {f} of the {t} are in their order, also after a call that was refused.",
    "no two of the {f} are the same, and none of them belongs to the {u} and to the {t} at once.",
    "the {t} is reached from the {u} only, and the {f} are reached from the {t} only.",
    "what was counted among the {f} once is counted there until the {t} is given back.",
];

/// Why a step is as it is.
pub const STEP_REASONS: &[&str] = &[
    "Nothing was changed up to here, so there is nothing to undo.",
    "The later steps rest on this one.",
    "It comes first because it is the cheapest.",
    "Its answer is used once and not kept.",
    "The {f} are final from here on.",
    "Another order would count the {f} twice.",
    "This is the only step that looks at the {u}.",
    "A refusal here is told to the caller unchanged.",
];
