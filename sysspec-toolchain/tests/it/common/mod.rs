//! A small workspace to generate: a shelf of boxes with five modules, one of which takes locks in a second phase.

pub mod model;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sysspec_toolchain::Border;
use sysspec_toolchain::compile::{self, CompileError, Event, Options, Progress, Report};
use sysspec_toolchain::provider::{
    Answer, BoxFuture, Exchange, Provider, ProviderError, Reply, Request, Role, Usage, Watch,
};
use sysspec_toolchain::workspace::Workspace;

/// A copy of the fixture with a folder for the exchange.
pub struct Shelf {
    folder: tempfile::TempDir,
}

/// Answers by module, phase and attempt.
pub type Script = BTreeMap<(&'static str, u8, u32), String>;

impl Shelf {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/shelf"), folder.path());
        Self { folder }
    }

    /// A copy of a workspace whose modules were all accepted with the answers of [`right`]; it is made once.
    pub async fn generated() -> Self {
        static BASE: tokio::sync::OnceCell<Shelf> = tokio::sync::OnceCell::const_new();
        let base = BASE
            .get_or_init(|| async {
                let shelf = Self::new();
                let report = shelf.converse(&right(), &Options::default(), &Log::default()).await;
                assert!(report.succeeded(), "{report}");
                shelf
            })
            .await;
        let folder = tempfile::tempdir().unwrap();
        copy(base.root(), folder.path());
        Self { folder }
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn exchange(&self) -> PathBuf {
        self.folder.path().join("build/exchange")
    }

    /// The workspace as its files are now.
    pub fn workspace(&self) -> Workspace {
        Workspace::open(self.root()).unwrap()
    }

    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let path = self.root().join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} is not in {}", path.display());
        fs::write(path, text.replace(from, to)).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// One run that waits for nothing.
    pub async fn run_once(&self, options: &Options, log: &Log) -> Result<Report, CompileError> {
        let provider = Exchange::new(self.exchange(), false);
        compile::generate(&self.workspace(), &border(), Some(&provider), options, log).await
    }

    /// Runs, answers what is awaited as the script says, and runs again, until nothing is awaited that the script answers.
    pub async fn converse(&self, script: &Script, options: &Options, log: &Log) -> Report {
        loop {
            let report = self.run_once(options, log).await.unwrap();
            let mut answered = 0;
            for place in report.awaiting() {
                let name = Path::new(place).file_name().unwrap().to_str().unwrap();
                let key = |(module, phase, attempt): &(&str, u8, u32)| {
                    format!("{module}.phase{phase}.attempt{attempt}")
                };
                if let Some((_, answer)) =
                    script.iter().find(|(at, _)| format!("{}.prompt.md", key(at)) == name)
                {
                    fs::write(place.replace(".prompt.md", ".answer.md"), answer).unwrap();
                    answered += 1;
                }
            }
            if answered == 0 {
                return report;
            }
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A host's side that wants one function of the shelf.
pub fn border() -> Border {
    Border::new(
        "shelf_image.h",
        "struct shelf_table {\n\tint (*add)(struct shelf *shelf, int weight);\n};\n",
        "#include \"shelf.h\"\n#include \"shelf_image.h\"\n\n\
         __attribute__((visibility(\"default\"))) const struct shelf_table shelf_image = { .add = shelf_add };\n",
    )
}

/// What happened, in order.
#[derive(Default)]
pub struct Log(pub Mutex<Vec<String>>);

impl Progress for Log {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::Asked { module, phase, attempt } => format!("asked {module} {phase} {attempt}"),
            Event::Recalled { module, phase, provider } => format!("recalled {module} {phase} {provider}"),
            Event::NotShared { module, reason } => format!("not shared {module}: {reason}"),
            Event::Answered { module, phase, attempt, role, usage, .. } => {
                let tokens = usage.map_or(0, |usage| usage.prompt + usage.answer);
                format!("answered {module} {phase} {attempt} {} {tokens}", role.name())
            }
            Event::Reviewed { module, phase, attempt } => format!("reviewed {module} {phase} {attempt}"),
            Event::Unusable { module, phase, attempt, reason } => {
                format!("unusable {module} {phase} {attempt} {reason}")
            }
            Event::Waiting { module } => format!("waiting {module}"),
            Event::Rejected { module, phase, attempt, gate, .. } => {
                format!("rejected {module} {phase} {attempt} {}", gate.name())
            }
            Event::Accepted { module, phase, attempt } => format!("accepted {module} {phase} {attempt}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

impl Log {
    pub fn lines(&self, start: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|line| line.starts_with(start)).cloned().collect()
    }
}

pub fn answer(code: &str) -> String {
    format!("Here is the file.\n\n```c\n{code}```\n")
}

pub const LOCK: &str = "#include \"shelf.h\"\n\nvoid shelf_lock(struct shelf *shelf)\n{\n\tpthread_mutex_lock(&shelf->mutex);\n}\n";

pub const UNLOCK: &str = "#include \"shelf.h\"\n\nvoid shelf_unlock(struct shelf *shelf)\n{\n\tpthread_mutex_unlock(&shelf->mutex);\n}\n";

pub const PUT: &str = "#include \"shelf.h\"\n\nint shelf_put(struct shelf *shelf, int weight)\n{\n\
                       \tif (shelf->count == SHELF_BOXES_MAX)\n\t\treturn -ENOSPC;\n\
                       \tint *grown = realloc(shelf->weight, (shelf->count + 1) * sizeof(int));\n\
                       \tif (!grown)\n\t\treturn -ENOMEM;\n\tshelf->weight = grown;\n\tshelf->weight[shelf->count++] = weight;\n\
                       \treturn 0;\n}\n";

pub const TOTAL: &str = "#include \"shelf.h\"\n\nlong shelf_total(const struct shelf *shelf)\n{\n\tlong total = 0;\n\
                         \tfor (size_t i = 0; i < shelf->count; i++)\n\t\ttotal += shelf->weight[i];\n\treturn total;\n}\n";

pub const ADD_SEQUENTIAL: &str = "#include \"shelf.h\"\n\nint shelf_add(struct shelf *shelf, int weight)\n{\n\
                                  \tif (weight <= 0)\n\t\treturn -EINVAL;\n\treturn shelf_put(shelf, weight);\n}\n";

pub const ADD: &str = "#include \"shelf.h\"\n\nint shelf_add(struct shelf *shelf, int weight)\n{\n\
                       \tif (weight <= 0)\n\t\treturn -EINVAL;\n\n\tshelf_lock(shelf);\n\
                       \tint result = shelf_put(shelf, weight);\n\tshelf_unlock(shelf);\n\treturn result;\n}\n";

/// Right answers at the first attempt.
pub fn right() -> Script {
    BTreeMap::from([
        (("shelf_lock", 1, 1), answer(LOCK)),
        (("shelf_unlock", 1, 1), answer(UNLOCK)),
        (("shelf_put", 1, 1), answer(PUT)),
        (("shelf_total", 1, 1), answer(TOTAL)),
        (("shelf_add", 1, 1), answer(ADD_SEQUENTIAL)),
        (("shelf_add", 2, 1), answer(ADD)),
    ])
}

/// Stands for models: gives the answers of a script in their order, and keeps the prompts.
pub struct Scripted {
    answers: Mutex<BTreeMap<(String, Role), Vec<String>>>,
    is_judge: bool,
    /// The name of each request, and its prompt.
    pub asked: Mutex<Vec<(String, String)>>,
}

impl Scripted {
    /// A writer of code that gives the answers of [`right`], after those that [`Scripted::first`] adds.
    pub fn new() -> Self {
        let mut answers: BTreeMap<(String, Role), Vec<String>> = BTreeMap::new();
        for ((module, ..), text) in right() {
            answers.entry((module.to_owned(), Role::CodeGen)).or_default().push(text);
        }
        Self { answers: Mutex::new(answers), is_judge: false, asked: Mutex::default() }
    }

    /// With a model for SpecEval: what it has no answer for, it accepts.
    pub fn with_judge(self) -> Self {
        Self { is_judge: true, ..self }
    }

    /// Gives these answers before those that are there.
    pub fn first(self, module: &str, role: Role, first: &[&str]) -> Self {
        {
            let mut answers = self.answers.lock().unwrap();
            let of_module = answers.entry((module.to_owned(), role)).or_default();
            of_module.splice(0..0, first.iter().map(|text| (*text).to_owned()));
        }
        self
    }

    /// The prompts whose names begin so.
    pub fn prompts(&self, start: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, prompt)| prompt.clone()).collect()
    }

    fn next(&self, module: &str, role: Role) -> Option<String> {
        let mut answers = self.answers.lock().unwrap();
        let of_module = answers.get_mut(&(module.to_owned(), role))?;
        if of_module.is_empty() { None } else { Some(of_module.remove(0)) }
    }
}

impl Provider for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn concurrency(&self) -> usize {
        4
    }

    fn takes(&self, role: Role) -> bool {
        role != Role::SpecEval || self.is_judge
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        _watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push((request.stem(), request.prompt.to_owned()));
            let accept = || r#"{"verdict": "accept", "findings": []}"#.to_owned();
            let found = self.next(request.module, request.role);
            let Some(text) = found.or((request.role == Role::SpecEval).then(accept)) else {
                let message = format!("the script has no answer for {}", request.stem());
                return Err(ProviderError { provider: "scripted".into(), message });
            };
            let usage = Some(Usage { prompt: 100, answer: 10, estimated: false });
            Ok(Reply::Answer(Answer { text, model: Some(format!("{}-1", request.role.name())), usage }))
        })
    }
}
