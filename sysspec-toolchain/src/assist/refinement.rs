//! The loop: judge a specification, ask for a better one, judge again.

use std::collections::BTreeSet;

use sysspec_analysis::{Analysis, Diagnostic, Host, ModuleModel, Severity, SymbolKind, WorkspaceModel};

use super::scratch::Scratch;
use super::{
    AssistError, Draft, Edit, End, Event, Options, Progress, Proposal, Round, annotate, answer, compare,
};
use crate::border::Border;
use crate::compile::{self, Outcome};
use crate::gates::Gate;
use crate::prompt;
use crate::provider::{Form, Provider, Recorder, Reply, Request, Role};
use crate::status::{self, State};
use crate::store::{self, Store};
use crate::workspace::{self, Workspace};

/// One refinement.
pub struct Refinement<'a> {
    ws: &'a Workspace,
    border: &'a Border,
    recorder: &'a Recorder<'a>,
    options: &'a Options,
    progress: &'a dyn Progress,
    /// The specification's path, relative to the workspace.
    path: &'a str,
    name: &'a str,
    /// The workspace with the specification that is tried.
    host: Host,
    scratch: Scratch,
    has_test: bool,
    /// What is wrong elsewhere in any case.
    known: BTreeSet<(String, String)>,
    asked: u32,
    history: Vec<Round>,
}

/// A flaw, in words for who mends it and as findings in the specification.
struct Flaw {
    diagnosis: String,
    findings: Vec<Diagnostic>,
}

enum Judged {
    Sound(String),
    Flawed(Flaw),
    Stuck(String),
}

impl<'a> Refinement<'a> {
    pub fn new(
        ws: &'a Workspace,
        border: &'a Border,
        recorder: &'a Recorder<'a>,
        options: &'a Options,
        progress: &'a dyn Progress,
        path: &'a str,
        name: &'a str,
    ) -> Result<Self, AssistError> {
        let mut host = Host::new();
        for (path, text) in workspace::read(&ws.root)? {
            host.set_file(&path, Some(&text));
        }
        let stem = path.trim_end_matches(".spec");
        let layer = stem.rsplit_once('/').map_or("", |(layer, _)| layer);
        let test = ws.root.join(&ws.model.manifest.test.folder).join(layer).join(format!("{name}.c"));
        let has_test = test.is_file();
        let scratch = Scratch::new(ws)?;
        let known =
            errors(&host.snapshot())?.into_iter().map(|(path, found)| (path, found.message)).collect();
        Ok(Self {
            ws,
            border,
            recorder,
            options,
            progress,
            path,
            name,
            host,
            scratch,
            has_test,
            known,
            asked: 0,
            history: Vec::new(),
        })
    }

    /// Begins with a specification that is there.
    pub async fn of_spec(&mut self, before: String) -> Result<Proposal, AssistError> {
        let text = annotate::stripped(&before);
        self.run(before, text).await
    }

    /// Begins with something to make a specification from.
    pub async fn of_draft(&mut self, draft: &Draft) -> Result<Proposal, AssistError> {
        let budget = self.options.compile.token_budget;
        let original = prompt::draft(&self.ws.model, draft, budget)?;
        let mut prompt = original.clone();
        loop {
            let asked = self.ask(&prompt).await?;
            let taken = match asked {
                Ok(text) => self.of_module(text, &draft.module)?,
                Err(reason) => Err(reason),
            };
            match taken {
                Ok(text) => return self.run(String::new(), text).await,
                Err(reason) if self.asked > self.options.rounds => {
                    return self.proposal(String::new(), String::new(), End::Stuck(reason), None);
                }
                Err(reason) => prompt = prompt::draft_again(&original, &reason),
            }
        }
    }

    /// The text, when it specifies the module that was asked for.
    fn of_module(&mut self, text: String, name: &str) -> Result<Result<String, String>, AssistError> {
        let module = self.model_of(&text)?;
        let guarantees = |module: &ModuleModel| module.guarantees.iter().any(|found| found.name == name);
        if module.is_some_and(|module| module.name == name && guarantees(&module)) {
            return Ok(Ok(text));
        }
        let reason = format!("It is to name the module `{name}` and to guarantee the function `{name}`.");
        self.progress.event(&Event::Unusable { reason: &reason });
        Ok(Err(reason))
    }

    async fn run(&mut self, before: String, text: String) -> Result<Proposal, AssistError> {
        let mut text = self.take(&text)?;
        loop {
            let judged = self.judge().await?;
            let number = u32::try_from(self.history.len()).unwrap_or(u32::MAX).saturating_add(1);
            let flaw = match judged {
                Judged::Sound(code) => {
                    self.history.push(Round { number, spec: text.clone(), flaw: None });
                    return self.proposal(before, text, End::Succeeded, Some(code));
                }
                Judged::Stuck(reason) => {
                    self.history.push(Round { number, spec: text.clone(), flaw: Some(reason.clone()) });
                    return self.proposal(before, text, End::Stuck(reason), None);
                }
                Judged::Flawed(flaw) => flaw,
            };
            self.progress.event(&Event::Flawed { diagnosis: &flaw.diagnosis });
            self.history.push(Round { number, spec: text.clone(), flaw: Some(flaw.diagnosis.clone()) });
            match self.better(&text, &flaw.diagnosis).await? {
                Some(better) => text = better,
                None => {
                    let is_general = flaw.findings.is_empty();
                    let said = is_general.then_some(flaw.diagnosis.as_str());
                    let annotated = annotate::annotated(&text, &flaw.findings, said);
                    return self.proposal(before, annotated, End::NotConverged, None);
                }
            }
        }
    }

    /// A better specification than `text`, taken over; `None` when the limit is reached.
    async fn better(&mut self, text: &str, diagnosis: &str) -> Result<Option<String>, AssistError> {
        let model = self.host.snapshot().model()?;
        let module = self.module(&model).cloned();
        let budget = self.options.compile.token_budget;
        let keeps = !self.options.may_change_guarantee && self.ws.model.module(self.name).is_some();
        let original = prompt::finer(&model, module.as_ref(), self.path, text, diagnosis, keeps, budget)?;
        let mut prompt = original.clone();
        while self.asked < self.options.rounds {
            let reason = match self.ask(&prompt).await? {
                Ok(better) => match self.refusal(text, &better)? {
                    None => return Ok(Some(self.take(&better)?)),
                    Some(reason) => {
                        self.take(text)?;
                        self.progress.event(&Event::Unusable { reason: &reason });
                        reason
                    }
                },
                Err(reason) => reason,
            };
            prompt = prompt::draft_again(&original, &reason);
        }
        Ok(None)
    }

    /// Why an answer is not taken: it is about another module, or changes what others rely on.
    fn refusal(&mut self, text: &str, better: &str) -> Result<Option<String>, AssistError> {
        let committed = self.ws.model.module(self.name).cloned();
        let may_change = self.options.may_change_guarantee || committed.is_none();
        let before = match committed {
            Some(before) => Some(before),
            None => self.model_of(text)?,
        };
        let after = self.model_of(better)?;
        let (Some(before), Some(after)) = (before, after) else {
            return Ok(Some("It is no specification of a module.".to_owned()));
        };
        Ok(compare::identity_changes(&before, &after, may_change))
    }

    fn model_of(&mut self, text: &str) -> Result<Option<ModuleModel>, AssistError> {
        self.host.set_file(self.path, Some(text));
        let model = self.host.snapshot().model()?;
        Ok(self.module(&model).cloned())
    }

    fn module<'m>(&self, model: &'m WorkspaceModel) -> Option<&'m ModuleModel> {
        model.modules.iter().find(|module| module.path == self.path)
    }

    /// Asks SpecFine once; the inner error says why the answer is no specification.
    async fn ask(&mut self, prompt: &str) -> Result<Result<String, String>, AssistError> {
        self.asked += 1;
        self.progress.event(&Event::Asked { asked: self.asked });
        let request = Request {
            module: self.name,
            phase: 1,
            attempt: self.asked,
            role: Role::SpecFine,
            prompt,
            form: Form::Text,
        };
        let answered = match self.recorder.answer(request, &()).await? {
            Reply::Answer(answer) => answer.text,
            Reply::Pending(place) => return Err(AssistError::Pending(place)),
        };
        let read = answer::read(&answered);
        if let Err(reason) = &read {
            self.progress.event(&Event::Unusable { reason });
        }
        Ok(read)
    }

    /// Takes a specification over, in the one layout; and declares what is new in the header of its layer.
    fn take(&mut self, text: &str) -> Result<String, AssistError> {
        self.host.set_file(self.path, Some(text));
        let edits = self.host.snapshot().format(self.path)?.unwrap_or_default();
        let mut formatted = text.to_owned();
        for edit in edits.iter().rev() {
            formatted.replace_range(edit.range.clone(), &edit.replacement);
        }
        self.host.set_file(self.path, Some(&formatted));
        if let Some((path, text)) = self.header_with_declaration()? {
            self.host.set_file(&path, Some(&text));
        }
        Ok(formatted)
    }

    /// The header of the layer with the prototype of the module's own function, when it has none yet.
    fn header_with_declaration(&self) -> Result<Option<(String, String)>, AssistError> {
        let analysis = self.host.snapshot();
        let model = analysis.model()?;
        if self.ws.model.module(self.name).is_some() {
            return Ok(None);
        }
        let Some(module) = self.module(&model) else { return Ok(None) };
        let Some(header) = module.header.as_deref().and_then(|path| model.header(path)) else {
            return Ok(None);
        };
        let is_own = |name: &str| name == self.name;
        let own =
            module.guarantees.iter().find(|found| is_own(&found.name) && found.kind == SymbolKind::Function);
        let (Some(own), false) = (own, header.declarations.iter().any(|found| is_own(&found.name))) else {
            return Ok(None);
        };
        let before = self.ws.analysis().text(&header.path)?.map(|text| text.to_string()).unwrap_or_default();
        let prototype = own.declaration.trim().trim_end_matches(';');
        Ok(Some((header.path.clone(), format!("{}\n{prototype};\n", before.trim_end()))))
    }

    async fn judge(&mut self) -> Result<Judged, AssistError> {
        let analysis = self.host.snapshot();
        let (own, elsewhere): (Vec<_>, Vec<_>) = errors(&analysis)?
            .into_iter()
            .filter(|(path, found)| {
                path == self.path || !self.known.contains(&(path.clone(), found.message.clone()))
            })
            .partition(|(path, _)| path == self.path);
        if !own.is_empty() || !elsewhere.is_empty() {
            let text = analysis.text(self.path)?.map(|text| text.to_string()).unwrap_or_default();
            let findings: Vec<Diagnostic> = own.into_iter().map(|(_, found)| found).collect();
            return Ok(Judged::Flawed(Flaw { diagnosis: diagnosis(&text, &findings, &elsewhere), findings }));
        }
        for path in analysis.files()? {
            let text = analysis.text(&path)?.map(|text| text.to_string()).unwrap_or_default();
            let before = self.ws.analysis().text(&path)?.map(|text| text.to_string());
            if *path == *self.path || before.as_ref() != Some(&text) {
                self.scratch.write(&path, &text)?;
            }
        }
        self.compile().await
    }

    /// Has code made from the specification in the copy of the workspace.
    async fn compile(&self) -> Result<Judged, AssistError> {
        let ws = Workspace::open(self.scratch.root())?;
        let transcript = ws.model.module(self.name).map(store::transcript_path);
        if let Some(path) = transcript {
            // Each specification is judged by fresh answers.
            _ = std::fs::remove_file(ws.root.join(path));
        }
        let options = compile::Options {
            modules: vec![self.name.to_owned()],
            despite_findings: true,
            accepts_untested: true,
            ..self.options.compile.clone()
        };
        let watching = Passing(self.progress);
        let report = compile::generate(&ws, self.border, Some(self.recorder), &options, &watching).await?;
        let outcome = report.modules.into_iter().next().map(|module| module.outcome);
        let reason = match outcome {
            Some(Outcome::Accepted | Outcome::Unchanged) => {
                let code = ws.model.module(self.name).map(|module| Store::open(&ws.root)?.code(module));
                return Ok(Judged::Sound(code.transpose()?.flatten().unwrap_or_default()));
            }
            Some(Outcome::Exhausted(gate, feedback)) => {
                return Ok(Judged::Flawed(Flaw {
                    diagnosis: of_code(gate, &feedback),
                    findings: Vec::new(),
                }));
            }
            Some(Outcome::Awaiting(place)) => return Err(AssistError::Pending(place)),
            Some(other) => other.to_string(),
            None => format!("there is no module `{}`", self.name),
        };
        Ok(Judged::Stuck(reason))
    }

    fn proposal(
        &mut self,
        before: String,
        after: String,
        end: End,
        code: Option<String>,
    ) -> Result<Proposal, AssistError> {
        let analysis = self.host.snapshot();
        let mut edits = vec![Edit { path: self.path.to_owned(), before, after }];
        for path in analysis.files()?.iter().filter(|path| path.ends_with(".header")) {
            let text =
                |analysis: &Analysis| analysis.text(path).map(|text| text.map(|text| text.to_string()));
            let (old, new) =
                (text(&self.ws.analysis())?.unwrap_or_default(), text(&analysis)?.unwrap_or_default());
            if old != new {
                edits.push(Edit { path: path.to_string(), before: old, after: new });
            }
        }
        let model = analysis.model()?;
        let pair = self.ws.model.module(self.name).zip(self.module(&model));
        let weaker = pair.map(|(before, after)| compare::weaker(before, after)).unwrap_or_default();
        let mut notes = Vec::new();
        if !self.has_test && code.is_some() {
            notes.push("the module has no test: its code passed the other gates only".to_owned());
        }
        Ok(Proposal {
            module: self.name.to_owned(),
            end,
            edits,
            code,
            weaker,
            stale: self.stale(&model)?,
            notes,
            history: std::mem::take(&mut self.history),
            recording: self.recorder.recording(),
        })
    }

    /// The other modules whose validated code would be stale.
    fn stale(&self, model: &WorkspaceModel) -> Result<Vec<String>, AssistError> {
        let store = Store::open(&self.ws.root)?;
        let mut stale = Vec::new();
        for module in self.ws.model.modules.iter().filter(|module| module.name != self.name) {
            let Some(now) = model.module(&module.name) else { continue };
            let was_valid = status::of(&store, &self.ws.model, module)? == State::Validated;
            if was_valid && status::of(&store, model, now)? != State::Validated {
                stale.push(module.name.clone());
            }
        }
        Ok(stale)
    }
}

/// Passes on what happens while code is made.
struct Passing<'a>(&'a dyn Progress);

impl compile::Progress for Passing<'_> {
    fn event(&self, event: &compile::Event<'_>) {
        self.0.event(&Event::Compile(*event));
    }
}

fn errors(analysis: &Analysis) -> Result<Vec<(String, Diagnostic)>, AssistError> {
    let all = analysis.all_diagnostics()?;
    let of_file = |(path, found): (std::sync::Arc<str>, Vec<Diagnostic>)| {
        let errors = found.into_iter().filter(|found| found.severity == Severity::Error);
        errors.map(|found| (path.to_string(), found)).collect::<Vec<_>>()
    };
    Ok(all.into_iter().flat_map(of_file).collect())
}

/// The findings of the analyzer, each with its line.
fn diagnosis(text: &str, own: &[Diagnostic], elsewhere: &[(String, Diagnostic)]) -> String {
    let mut out = String::new();
    if !own.is_empty() {
        out.push_str("The analyzer finds errors in it:\n");
    }
    for found in own {
        let start = found.range.start.min(text.len());
        let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        let quoted = text.lines().nth(line).unwrap_or_default().trim();
        out.push_str(&format!("- line {}: `{quoted}`\n  {}: {}\n", line + 1, found.code, found.message));
        if let Some(help) = &found.help {
            out.push_str(&format!("  {help}\n"));
        }
    }
    if !elsewhere.is_empty() {
        out.push_str("Because of it, the analyzer finds errors in other files, which stay as they are:\n");
    }
    for (path, found) in elsewhere {
        out.push_str(&format!("- {path}: {}: {}\n", found.code, found.message));
    }
    out.trim_end().to_owned()
}

fn of_code(gate: Gate, feedback: &str) -> String {
    format!(
        "The analyzer finds no error, but no code that was written from it was accepted. Asked for was {}; of the last code was said:\n{feedback}",
        gate.demand()
    )
}
