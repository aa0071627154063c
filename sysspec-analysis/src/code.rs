//! The one table of diagnostic codes.

use std::fmt;

use crate::Severity;

/// The stable code of a rule, such as `NAM001`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(u16);

struct Entry {
    code: &'static str,
    title: &'static str,
    severity: Severity,
    explanation: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $severity:ident, $title:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Position { $($name),* }

        const ENTRIES: &[Entry] = &[$(Entry {
            code: $code,
            title: $title,
            severity: Severity::$severity,
            explanation: include_str!(concat!("codes/", $code, ".md")),
        }),*];

        impl Code {
            $(
                #[doc = concat!("`", $code, "`: ", $title, ".")]
                pub const $name: Code = Code(Position::$name as u16);
            )*

            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    UNKNOWN_HEADING = "SYN001", Error, "unknown section heading";
    UNTERMINATED_FENCE = "SYN002", Warning, "code fence that is not closed";
    MISSING_SECTION = "SYN003", Error, "missing section";
    C_SYNTAX = "SYN004", Error, "C syntax error";
    EMPTY_SECTION = "SYN005", Warning, "empty section";
    DUPLICATE_SECTION = "SYN006", Warning, "section that occurs twice in a phase";
    MODULE_ATTRIBUTE = "SYN007", Error, "malformed module attribute";
    INCLUDE_LIST = "SYN008", Error, "malformed include list";
    NOTHING_GUARANTEED = "SYN009", Error, "guarantee without a declaration";
    INVISIBLE_CHARACTER = "SYN010", Warning, "invisible character";
    ODD_EMPHASIS = "SYN011", Hint, "stars that do not match";
    CASE_NUMBER = "SYN012", Warning, "case number that is repeated or skipped";
    LIST_NUMBER = "SYN013", Hint, "list number that is repeated or skipped";
    DUPLICATE_CONTRACT = "SYN014", Warning, "condition label that occurs twice";
    DUPLICATE_CONDITION = "SYN015", Warning, "condition that is stated twice";
    EMPTY_CONTRACT = "SYN016", Warning, "label without content";
    SAME_CONDITIONS = "SYN017", Warning, "post-condition equal to its pre-condition";
    MISSPELT_LABEL = "SYN018", Warning, "misspelt label";
    BEHIND_FENCE = "SYN019", Warning, "text behind a closing fence";
    MACRO_EQUALS = "SYN020", Warning, "macro with an equals sign";
    MISSING_SEMICOLON = "SYN021", Hint, "block of C without its last semicolon";
    OPEN_CODE_SPAN = "SYN022", Warning, "code span that is not closed";
    PATCH_ATTRIBUTE = "SYN030", Error, "malformed patch attribute";
    NODE_LINE = "SYN031", Error, "malformed node of a patch";

    UNGUARANTEED = "NAM001", Error, "relied symbol that nobody guarantees";
    GUARANTEED_TWICE = "NAM002", Error, "symbol guaranteed by two modules";
    PROTOTYPE_WITHOUT_MODULE = "NAM003", Error, "header prototype without a module";
    NOT_IN_HEADER = "NAM004", Error, "guarantee missing in its layer's header";
    UNKNOWN_SUBJECT = "NAM005", Error, "specification of an unknown function";
    RELIES_ON_ITSELF = "NAM006", Error, "module that relies on itself";
    MODULE_DISAGREES = "NAM007", Error, "module attribute that disagrees with the file";
    UNKNOWN_INCLUDE = "NAM008", Error, "include of an unknown header";
    UNKNOWN_NAME = "NAM009", Warning, "name in a condition that nothing declares or introduces";
    NOT_RELIED_ON = "NAM010", Warning, "function of another module used without reliance";
    UNUSED_RELIANCE = "NAM011", Hint, "reliance that nothing in the module speaks of";
    PROMPT_DISAGREES = "NAM012", Warning, "prompt that disagrees with its module";
    UNSPECIFIED = "NAM013", Warning, "guaranteed function that is not specified";
    NOT_GUARANTEED = "NAM014", Warning, "specified function that is neither guaranteed nor relied on";
    INVISIBLE_TYPE = "NAM015", Error, "type that a header neither declares nor includes";

    SIGNATURE_MISMATCH = "TYP001", Error, "function signatures that disagree";
    STRUCT_MISMATCH = "TYP002", Error, "struct that disagrees with its definition";
    MACRO_MISMATCH = "TYP003", Error, "macro that disagrees with its definition";
    TYPE_MISMATCH = "TYP004", Error, "object or typedef that disagrees with its declaration";
    KIND_MISMATCH = "TYP005", Error, "symbol declared as two kinds of things";
    STATIC_GUARANTEE = "TYP006", Error, "reliance on a function with internal linkage";
    IMPOSSIBLE_RESULT = "TYP007", Error, "return case that the return type cannot hold";
    SWAPPED_PARAMETERS = "TYP008", Warning, "parameters of one type with their names swapped";

    WEAKER_REQUIREMENT = "ENT001", Error, "restated pre-condition that does not imply the required one";
    UNPROMISED = "ENT002", Error, "restated post-condition that its provider does not promise";
    UNPROMISED_COMMENT = "ENT003", Warning, "comment that its provider's guarantee does not bear out";
    UNSATISFIABLE = "ENT004", Error, "pre-condition that no call can meet";
    IMPOSSIBLE_CASE = "ENT005", Error, "case that can never hold";
    DISAGREEING_CASES = "ENT006", Error, "cases that can hold at once and contradict each other";
    NOT_DECIDED = "ENT007", Hint, "obligation that the solver gave up on";
    NEVER_RETURNED = "ENT008", Warning, "restated case that its provider never returns";
    NOT_HANDLED = "ENT009", Warning, "returned value that no restated case is about";

    CYCLE = "DAG001", Error, "cycle among modules";
    AGAINST_LAYERS = "DAG002", Error, "reliance against the layers";
    STALE_DEPENDENTS = "DAG003", Error, "change that leaves out those who rely on it";
    NEEDS_CIRCLE = "DAG004", Error, "patches that need each other in a circle";
    REPLACES_NOTHING = "DAG005", Error, "change of a module that does not exist";
    CHANGED_ROOT = "DAG006", Error, "root of a patch with a changed guarantee";
    UNUSED_GUARANTEE = "DAG007", Warning, "guarantee of a patch that nobody uses";
    UNORDERED_PATCHES = "DAG008", Warning, "patches that replace the same module in no order";
    NODE_KIND = "DAG009", Error, "node that is not what its patch calls it";
    NO_WAY_TO_ROOT = "DAG010", Error, "node without a path to a root";
    NODE_WITHOUT_SPEC = "DAG011", Error, "node without a spec";
    SPEC_WITHOUT_NODE = "DAG012", Error, "spec that is no node of its patch";
    NEEDED_PATCH = "DAG013", Error, "needed patch that is not there";

    VAGUE = "AMB001", Hint, "vague wording";
    NO_VALUE = "AMB002", Hint, "condition that does not say what is returned";
    NO_ALGORITHM = "AMB003", Hint, "complex function without a system algorithm";
    MAYBE_NULL = "AMB004", Warning, "pointer of which it is not said whether it may be NULL";
    STRAY_PREDICATE = "AMB005", Warning, "predicate that is nearly another";
    OPEN_CASE = "AMB006", Warning, "case that leaves open what others tell";

    HELD_AT_RETURN = "GEN001", Error, "lock that is held at a return which its contract does not allow";
    NOT_HELD_AT_RETURN = "GEN002", Error, "lock that is not held at a return though promised";
    HELD_ALREADY = "GEN003", Error, "lock that is taken twice";
    NOT_HELD = "GEN004", Error, "release of a lock that is not held";
    LOCK_PRECONDITION = "GEN005", Error, "call whose pre-condition on locks does not hold";
    USE_AFTER_FREE = "GEN006", Error, "use of memory that a call has freed";
    FREED_TWICE = "GEN007", Error, "memory that is freed twice";
    LEAKED = "GEN008", Error, "memory that is lost at a return";
    MISSING_NULL_TEST = "GEN009", Error, "missing test for NULL";
    RESULT_OUTSIDE = "GEN010", Error, "return value outside of the contract";
    CODE_NOT_DECIDED = "GEN011", Hint, "code that was not decided";
    UNTOLD_EFFECT = "GEN012", Error, "effect that its contract does not tell";
    UNTOLD_DEMAND = "GEN013", Error, "demand that its contract does not state";
    UNMET_REQUIREMENT = "GEN016", Error, "call whose pre-condition on values does not hold";

    CALLEE_LOCKS = "LCK001", Error, "call whose lock pre-condition does not hold";
    LOCK_LEAKED = "LCK002", Error, "lock still held on return";
    ACQUIRED_TWICE = "LCK003", Error, "lock acquired while it is held";
    LOCK_NOT_HELD = "LCK004", Error, "lock released or used that is not held";
    MAY_ALIAS = "LCK005", Warning, "two locks that may be one";
    NO_LOCK_CONTRACT = "LCK006", Warning, "module that touches locks and says nothing of them";
    LOCK_CYCLE = "LCK007", Error, "cycle in the order of locks";
    UNORDERED_LOCKS = "LCK008", Warning, "locks of one class taken in no stated order";
    PROMISED_LOCK = "LCK009", Error, "lock that is promised and not held";

    MANIFEST_SYNTAX = "MAN001", Error, "manifest that is not valid TOML";
    MANIFEST_VALUE = "MAN002", Error, "manifest value of the wrong kind";
    MANIFEST_KEY = "MAN003", Warning, "unknown key in the manifest";
    MANIFEST_FILE = "MAN004", Error, "manifest names a file that does not exist";
    MANIFEST_LAYERS = "MAN005", Error, "layers of the manifest that do not fit together";
    OUTSIDE_LAYERS = "MAN006", Error, "module outside every layer";
    MANIFEST_SEVERITY = "MAN007", Error, "severity that is none, or of a code that does not exist";

    UNUSED_SUPPRESSION = "SUP001", Warning, "suppression that suppresses nothing";
    MALFORMED_SUPPRESSION = "SUP002", Error, "suppression without effect";
}

impl Code {
    /// The code itself, such as `"NAM001"`.
    pub fn as_str(self) -> &'static str {
        self.entry().code
    }

    /// The family, such as `"NAM"`.
    pub fn family(self) -> &'static str {
        self.as_str().trim_end_matches(|c: char| c.is_ascii_digit())
    }

    /// Whether a solver has to decide before the rule can speak.
    pub fn needs_proofs(self) -> bool {
        self.family() == "ENT"
    }

    /// What the rule finds, as a noun phrase in lower case.
    pub fn title(self) -> &'static str {
        self.entry().title
    }

    /// How bad a finding of this code is unless the rule says otherwise.
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    /// The help page: why the rule exists, an example that breaks it, and one that does not. Markdown.
    pub fn explanation(self) -> &'static str {
        self.entry().explanation
    }

    /// The code of that name; case does not matter.
    #[expect(clippy::should_implement_trait, reason = "an unknown code is an answer, not an error")]
    pub fn from_str(code: &str) -> Option<Code> {
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(code))
    }

    fn entry(self) -> &'static Entry {
        &ENTRIES[usize::from(self.0)]
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The reference of all codes, which is kept as `docs/diagnostics.md`.
pub fn diagnostics_markdown() -> String {
    let mut page = String::from(
        "# Diagnostics\n\nEvery finding has a stable code. `sysspec explain CODE` prints the entry of one.\n\
         This page is generated from the table in `sysspec-analysis/src/code.rs`; edit the pages beside it instead.\n\n\
         | code | default | finds |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        page += &format!(
            "| [{code}](#{}) | {} | {} |\n",
            code.as_str().to_lowercase(),
            code.severity().as_str(),
            code.title()
        );
    }
    for code in Code::ALL {
        page += &format!(
            "\n## {code}\n\n*{}* ({})\n\n{}",
            code.title(),
            code.severity().as_str(),
            code.explanation()
        );
    }
    page
}
