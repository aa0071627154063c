//! The study of accuracy: what each setting tells, how results are judged, and that nothing found is lost.

use std::fs;
use std::sync::Mutex;

use sysspec_toolchain::eval::{
    self, Done, EvalError, Folder, Limits, Plan, Progress, Record, Setting, Table, Unit,
};
use sysspec_toolchain::gates::Gate;
use sysspec_toolchain::provider::{Answer, BoxFuture, Provider, ProviderError, Reply, Request, Usage, Watch};

use crate::common::{ADD, ADD_SEQUENTIAL, Shelf, TOTAL, answer, border};

/// A model that knows how to add only when it is shown what to call, locks only when it is asked for it, and sums wrongly at first.
#[derive(Default)]
struct Model {
    asked: Mutex<Vec<(String, u8, u32)>>,
    /// After how many prompts it is out of order.
    ends_after: Option<usize>,
}

const WRONG_TOTAL: &str = "#include \"shelf.h\"\n\nlong shelf_total(const struct shelf *shelf)\n{\n\treturn (long)shelf->count;\n}\n";

impl Model {
    fn code(request: &Request<'_>) -> &'static str {
        let Request { module, phase, attempt, prompt, .. } = request;
        match (module.rsplit('/').next().unwrap(), phase) {
            ("shelf_add", 1) if prompt.contains("int shelf_put(") => ADD_SEQUENTIAL,
            ("shelf_add", 1) => "int add(int weight)\n{\n\treturn weight;\n}\n",
            ("shelf_add", _) => ADD,
            ("shelf_total", _) if *attempt > 1 && prompt.contains("Why it was not accepted") => TOTAL,
            ("shelf_total", _) => WRONG_TOTAL,
            other => panic!("{other:?} is not asked for"),
        }
    }
}

impl Provider for Model {
    fn name(&self) -> &str {
        "scripted"
    }

    fn concurrency(&self) -> usize {
        2
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        _watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            let mut asked = self.asked.lock().unwrap();
            if self.ends_after.is_some_and(|limit| asked.len() >= limit) {
                let message = "the machine was switched off".to_owned();
                return Err(ProviderError { provider: "scripted".to_owned(), message });
            }
            asked.push((request.module.to_owned(), request.phase, request.attempt));
            let usage = Some(Usage { prompt: 100, answer: 10, estimated: false });
            Ok(Reply::Answer(Answer {
                text: answer(Self::code(&request)),
                model: Some("m".to_owned()),
                usage,
            }))
        })
    }
}

struct Silent;

impl Progress for Silent {
    fn found(&self, _record: &Record) {}
    fn awaiting(&self, _setting: Setting, _unit: Unit<'_>, _place: &str) {}
}

const LIMITS: Limits = Limits { jobs: 2, token_budget: 30_000 };

fn plan(shelf: &Shelf, modules: &[&str]) -> Plan {
    let modules: Vec<String> = modules.iter().map(|name| (*name).to_owned()).collect();
    let model = &shelf.workspace().model;
    Plan::new(model, "shelf".into(), "scripted".into(), Setting::ALL.to_vec(), &modules).unwrap()
}

async fn run(shelf: &Shelf, folder: &Folder, plan: &Plan, model: &Model) -> Result<Done, EvalError> {
    folder.create(plan)?;
    let units: Vec<Unit<'_>> = plan.units().collect();
    eval::run(&shelf.workspace(), &border(), (folder, plan), &units, model, LIMITS, &Silent).await
}

fn of(records: &[Record], setting: Setting, module: &str) -> Record {
    let found = records.iter().find(|record| record.setting == setting && record.module == module);
    found.unwrap_or_else(|| panic!("no result for {module} in {}", setting.name())).clone()
}

#[tokio::test]
async fn each_setting_adds_what_the_module_lacked() {
    let shelf = Shelf::generated().await;
    let folder = Folder::new(shelf.root().join("build/study"));
    let plan = plan(&shelf, &["shelf_add", "shelf_total"]);
    let model = Model::default();
    let done = run(&shelf, &folder, &plan, &model).await.unwrap();
    assert_eq!(done, Done { found: 12, kept: 0, awaiting: 0 });

    let records = folder.records(&plan).unwrap();
    let add = |setting| of(&records, setting, "shelf_add");
    // Without the interfaces the name is wrong.
    assert_eq!(add(Setting::Functionality).refused_by, Some(Gate::Guarantee));
    // With them the code is right for one thread, which is not enough for a module with a lock contract.
    assert!(add(Setting::Modularity).compiles && !add(Setting::Modularity).passes_tests());
    // The second phase adds the locking.
    assert!(add(Setting::Concurrency).passes_tests());
    assert_eq!(add(Setting::Concurrency).tries.iter().map(|tried| tried.phase).collect::<Vec<_>>(), [1, 2]);
    // A wrong sum is found by the tests, and mended only where somebody says so.
    let total = |setting| of(&records, setting, "shelf_total");
    assert_eq!(total(Setting::Modularity).refused_by, Some(Gate::Tests));
    assert_eq!(total(Setting::Concurrency).refused_by, Some(Gate::Tests));
    let mended = total(Setting::Validator);
    assert!(mended.passes_tests());
    assert_eq!(
        mended.tries.iter().map(|tried| tried.refused_by).collect::<Vec<_>>(),
        [Some(Gate::Tests), None]
    );

    let table = Table::new(&plan, &records);
    assert!(table.is_complete());
    let validator = table.rows.last().unwrap();
    assert_eq!((validator.passes_tests.count, validator.passes_tests.of), (2, 2));
    assert_eq!((validator.thread_safe.count, validator.thread_safe.of), (1, 1));
    assert_eq!((validator.attempts, validator.prompt_tokens, validator.answer_tokens), (4, 400, 40));
    roxmltree::Document::parse(&table.svg()).expect("the plot is well-formed");
}

#[tokio::test]
async fn a_prompt_that_settings_share_is_asked_once_and_oracle_shows_code() {
    let shelf = Shelf::generated().await;
    let folder = Folder::new(shelf.root().join("build/study"));
    let plan = plan(&shelf, &["shelf_add"]);
    let model = Model::default();
    run(&shelf, &folder, &plan, &model).await.unwrap();
    let asked = model.asked.lock().unwrap().clone();
    let settings: Vec<&str> = asked.iter().map(|(place, ..)| place.split('/').next().unwrap()).collect();
    // The first phases of `concurrency` and `validator` are the prompt of `modularity`; their second phases are the same, too.
    assert_eq!(settings, ["normal", "oracle", "functionality", "modularity", "concurrency"]);
}

#[tokio::test]
async fn what_was_found_before_a_failure_is_kept_and_not_asked_again() {
    let shelf = Shelf::generated().await;
    let folder = Folder::new(shelf.root().join("build/study"));
    let plan = plan(&shelf, &["shelf_total"]);
    let broken = Model { ends_after: Some(3), ..Model::default() };
    let error = run(&shelf, &folder, &plan, &broken).await.unwrap_err().to_string();
    assert!(error.contains("switched off") && error.contains("running again goes on"), "{error}");
    // It relies on nothing, so that `oracle` shows what `normal` shows; `concurrency` asks what `modularity` asked.
    assert_eq!(folder.records(&plan).unwrap().len(), 5);

    let whole = Model::default();
    let done = run(&shelf, &folder, &plan, &whole).await.unwrap();
    assert_eq!(done, Done { found: 1, kept: 5, awaiting: 0 });
    // The first attempt of `validator` is the prompt of `modularity` again.
    assert_eq!(whole.asked.lock().unwrap().clone(), [("validator/shelf_total".to_owned(), 1, 2)]);
}

#[tokio::test]
async fn a_damaged_result_is_found_again_and_another_plan_is_refused() {
    let shelf = Shelf::generated().await;
    let folder = Folder::new(shelf.root().join("build/study"));
    let plan = plan(&shelf, &["shelf_total"]);
    run(&shelf, &folder, &plan, &Model::default()).await.unwrap();
    fs::write(folder.root().join("results/normal/shelf_total.1.json"), "{\"setting\":").unwrap();
    let done = run(&shelf, &folder, &plan, &Model::default()).await.unwrap();
    assert_eq!(done, Done { found: 1, kept: 5, awaiting: 0 });

    let other = self::plan(&shelf, &["shelf_add"]);
    let error = folder.create(&other).unwrap_err().to_string();
    assert!(error.contains("a different study"), "{error}");
}

#[tokio::test]
async fn a_plan_for_other_specifications_is_refused() {
    let shelf = Shelf::generated().await;
    let folder = Folder::new(shelf.root().join("build/study"));
    let plan = plan(&shelf, &["shelf_total"]);
    shelf.edit("shelf/shelf_total.spec", "[SPECIFICATION]", "[SPECIFICATION]\nIt is quick.\n");
    let error = run(&shelf, &folder, &plan, &Model::default()).await.unwrap_err().to_string();
    assert!(error.contains("shelf_total") && error.contains("make a new plan"), "{error}");
}
