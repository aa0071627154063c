//! The workspace as plain values, for those who build from it.

use crate::manifest::models::ModelSettings;

/// Everything that a build needs to know of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceModel {
    /// The manifest, or its defaults when there is none.
    pub manifest: Manifest,
    /// Every module of the base, from leaf to root: a module comes after all it relies on.
    pub modules: Vec<ModuleModel>,
    /// Every header of the base, in path order.
    pub headers: Vec<HeaderModel>,
    /// How many findings of severity error the base has; those of patches are not counted.
    pub error_count: usize,
}

impl WorkspaceModel {
    /// The module of that name.
    pub fn module(&self, name: &str) -> Option<&ModuleModel> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// The header at that workspace-relative path.
    pub fn header(&self, path: &str) -> Option<&HeaderModel> {
        self.headers.iter().find(|header| header.path == path)
    }
}

/// What `sysspec.toml` says, with defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The workspace's name; empty when there is no manifest.
    pub name: String,
    /// The layers in the order of the manifest; without one, the folders that hold modules.
    pub layers: Vec<Layer>,
    /// Headers that every layer may use.
    pub shared_headers: Vec<String>,
    /// Headers of code that is not generated.
    pub external_headers: Vec<String>,
    /// The patches that are enabled, by name, in the order in which they are laid over the base.
    pub patches: Vec<String>,
    /// How code is made.
    pub toolchain: ToolchainSettings,
    /// How modules are tested.
    pub test: TestSettings,
    /// How the built image is mounted.
    pub mount: MountSettings,
}

/// A folder of modules with one header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The folder, relative to the workspace.
    pub folder: String,
    /// The header's path, relative to the workspace; `FOLDER/FOLDER.header` unless the manifest says otherwise.
    pub header: String,
    /// The folders this layer may rely on, besides itself.
    pub relies_on: Vec<String>,
}

/// How code is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolchainSettings {
    /// The C compiler's command.
    pub compiler: String,
    /// Its flags.
    pub flags: Vec<String>,
    /// How often a module may be tried in one phase.
    pub attempts: u32,
    /// Who answers prompts.
    pub models: ModelSettings,
}

/// How modules are tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSettings {
    /// The folder of the module tests.
    pub folder: String,
    /// C that is linked instead of the modules of the same names while a first phase is tested.
    pub sequential: Option<String>,
}

/// How the built image is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountSettings {
    /// The capacity in bytes.
    pub capacity_bytes: u64,
    /// How many inodes there may be.
    pub inodes: u64,
}

/// One module: a `.spec` file of the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleModel {
    /// What `[MODULE]` names it, or the file's stem.
    pub name: String,
    /// The spec's path.
    pub path: String,
    /// The folder of its layer.
    pub layer: String,
    /// The layer header's path, when that file exists.
    pub header: Option<String>,
    /// The level of `[MODULE]`: 1, 2 or 3.
    pub level: Option<u8>,
    /// The text of `[INTENT]`.
    pub intent: Option<String>,
    /// What the module promises.
    pub guarantees: Vec<Guarantee>,
    /// What the module relies on, in the order of the text, both phases.
    pub relies: Vec<Reliance>,
    /// The sections of the functional phase with white space normalised:
    /// `[INTENT]`, `[RELY]`, `[GUARANTEE]`, `[SPECIFICATION]` and what deltas add.
    pub functional: String,
    /// The body of the functional `[SPECIFICATION]` only: what a consumer may rely on.
    pub specification: String,
    /// The body of the refine phase's `[SPECIFICATION of <this module>]`.
    pub lock_contract: Option<String>,
    /// The refine phase, when there is one.
    pub refine: Option<RefineModel>,
    /// The modules relied on in either phase, sorted.
    pub depends_on: Vec<String>,
}

/// One declaration that a module promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// The symbol.
    pub name: String,
    /// What the symbol is.
    pub kind: SymbolKind,
    /// The declaration as written.
    pub declaration: String,
}

/// One declaration that a module relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reliance {
    /// The symbol.
    pub name: String,
    /// What the symbol is.
    pub kind: SymbolKind,
    /// The declaration as written.
    pub declaration: String,
    /// The `// sentence` before the declaration, without its slashes.
    pub comment: Option<String>,
    /// The phase whose `[RELY]` lists it.
    pub phase: Phase,
    /// Who provides the symbol.
    pub provider: Provider,
}

/// The phase of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The sequential behaviour: everything before `## Refine Prompt`.
    Functional,
    /// The concurrency: everything after it.
    Refine,
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymbolKind {
    /// A function.
    Function,
    /// An object (a variable).
    Object,
    /// A structure or union, named by its tag.
    Struct,
    /// An enumeration, named by its tag.
    Enum,
    /// A typedef name.
    Typedef,
    /// A macro, or an enumeration constant.
    Macro,
}

impl SymbolKind {
    /// The kind in the reader's words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Object => "object",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Typedef => "typedef",
            Self::Macro => "macro",
        }
    }
}

/// Who provides a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// The module of that name guarantees it.
    Module(String),
    /// The layer or shared header at that path declares it.
    Header(String),
    /// Code that is not generated declares it: the path of an external header, or a system
    /// header in angle brackets, such as `<string.h>`.
    External(String),
    /// Nobody that is known.
    Unresolved,
}

/// The refine phase of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefineModel {
    /// Its sections with white space normalised.
    pub text: String,
    /// Whether it has a `[RELY]`: then a second generation phase is run.
    pub has_rely: bool,
}

/// One header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderModel {
    /// The header's path.
    pub path: String,
    /// The file name without `.header`: what include lists call it.
    pub stem: String,
    /// The include list of line 1.
    pub includes: Vec<String>,
    /// The C after line 1.
    pub text: String,
    /// Whether the manifest lists it as external.
    pub external: bool,
    /// What it declares, in the order of the text.
    pub declarations: Vec<Declaration>,
}

/// One declaration of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The symbol.
    pub name: String,
    /// What the symbol is.
    pub kind: SymbolKind,
    /// The declaration as written.
    pub text: String,
    /// The names of types and macros it uses (tags without `struct`), sorted.
    pub mentions: Vec<String>,
}

/// A patch and where its files are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Patch {
    /// What it is called.
    pub name: String,
    /// The folder of its files, relative to the workspace: `patches/NAME`, or `../…` for one outside of it.
    pub folder: String,
}

/// A patch as plain values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchModel {
    /// What it is called.
    pub name: String,
    /// The folder of its files, relative to the workspace.
    pub folder: String,
    /// What `intent:` of its `.patch` file says.
    pub intent: Option<String>,
    /// The names of the patches that it says it needs.
    pub needs: Vec<String>,
    /// Its nodes in the order of its `.patch` file; without one, its specs in path order.
    pub nodes: Vec<PatchNode>,
}

/// A node of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchNode {
    /// What it is called.
    pub name: String,
    /// Whether it is a leaf, an intermediate node or a root: as declared, else as its edges tell.
    pub kind: NodeKind,
    /// Its spec; `None` when there is no such file.
    pub path: Option<String>,
    /// The modules whose place it takes, by name; none for a new module.
    pub replaces: Vec<String>,
    /// The functions and objects that it guarantees, sorted.
    pub guarantees: Vec<String>,
    /// The nodes of the same patch that it relies on, by name, sorted.
    pub depends_on: Vec<String>,
}

/// The place of a node in its patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// It relies on nothing that its patch brings.
    Leaf,
    /// It relies on other nodes, and others rely on it.
    Intermediate,
    /// It takes the place of a module with an equal guarantee.
    Root,
}

impl NodeKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Leaf, Self::Intermediate, Self::Root];

    /// The word for it in a `.patch` file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leaf => "leaf",
            Self::Intermediate => "intermediate",
            Self::Root => "root",
        }
    }
}

impl Default for ToolchainSettings {
    fn default() -> Self {
        let flags = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fanalyzer"];
        Self {
            compiler: "gcc".into(),
            flags: flags.map(String::from).into(),
            attempts: 4,
            models: ModelSettings::default(),
        }
    }
}

impl Default for TestSettings {
    fn default() -> Self {
        Self { folder: "tests".into(), sequential: None }
    }
}

impl Default for MountSettings {
    fn default() -> Self {
        Self { capacity_bytes: 1 << 30, inodes: 1 << 20 }
    }
}
