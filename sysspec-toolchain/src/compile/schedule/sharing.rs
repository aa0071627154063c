//! The shared store of a run: answers that passed elsewhere are taken from it before a model is asked, and accepted ones are put into it.
//! A store that cannot be reached is told of and costs nothing but its help.

use sysspec_analysis::ModuleModel;

use super::{Run, Step};
use crate::compile::{Event, Progress};
use crate::provider::{Answer, Reply};
use crate::store::shared::{Key, Shared, SharedAnswer};
use crate::store::{self, Attempt};

/// Where the first attempt at a phase looks before it asks.
pub(super) struct Source<'a> {
    shared: Shared,
    fingerprint: String,
    phase: u8,
    module: &'a str,
    progress: &'a dyn Progress,
}

impl Source<'_> {
    /// A shared answer, and who gave it; the gates judge it like any other.
    pub(super) async fn recall(&self) -> Option<(String, Reply)> {
        let key = Key { fingerprint: &self.fingerprint, phase: self.phase };
        match self.shared.find(&key).await {
            Ok(found) => found.map(|SharedAnswer { provider, model, text }| {
                let (module, phase) = (self.module, self.phase);
                self.progress.event(&Event::Recalled { module, phase, provider: &provider });
                (provider, Reply::Answer(Answer { text, model, usage: None }))
            }),
            Err(error) => {
                self.progress.event(&Event::NotShared { module: self.module, reason: &error.to_string() });
                None
            }
        }
    }
}

impl<'a> Run<'a> {
    /// Where `attempt` at the module's present phase may find an answer. What was refused here once is not taken again.
    pub(super) fn source(&self, module: &'a ModuleModel, attempt: u32) -> Option<Source<'a>> {
        let shared = self.options.shared.as_ref().filter(|_| attempt == 1)?.clone();
        let phase = self.slots[&module.name].phase;
        let fingerprint = self.fingerprint(module, phase);
        let (phase, module, progress) = (store::number(phase), module.name.as_str(), self.progress);
        Some(Source { shared, fingerprint, phase, module, progress })
    }

    /// Puts an accepted answer into the shared store, while the run goes on.
    pub(super) fn share(&mut self, module: &'a ModuleModel, accepted: &Attempt) {
        let Some(shared) = self.options.shared.clone() else { return };
        let Attempt { fingerprint, phase, provider, model, answer, .. } = accepted.clone();
        let answer = SharedAnswer { provider, model, text: answer };
        let progress = self.progress;
        self.steps.push(Box::pin(async move {
            let kept = shared.keep(&Key { fingerprint: &fingerprint, phase }, &answer).await;
            if let Err(error) = kept {
                progress.event(&Event::NotShared { module: &module.name, reason: &error.to_string() });
            }
            Ok(Step::Shared)
        }));
    }
}
