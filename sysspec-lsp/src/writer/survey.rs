//! Requests about all roots at once.

use super::{Message, Writer};
use crate::reads::View;

/// What a request asks of all roots.
pub(crate) trait Survey: Send {
    /// Asks the snapshots and answers; gives false, and does not answer, when a change interrupted it.
    fn attempt(&mut self, views: Vec<View>) -> bool;
}

impl Writer {
    /// Answers from snapshots of this moment, as soon as every root was read once; a change makes it begin again.
    pub(super) fn survey(&mut self, mut survey: Box<dyn Survey>) {
        if !self.discovered || self.roots.iter().any(super::Root::is_first_loading) {
            return self.surveys.push(survey);
        }
        let views = self
            .roots
            .iter()
            .map(|root| View {
                analysis: root.host.snapshot(),
                place: self.place(root),
                path: "".into(),
                abilities: self.abilities,
            })
            .collect();
        let messages = self.surroundings.messages.clone();
        self.surroundings.runtime.spawn_blocking(move || {
            if !survey.attempt(views) {
                // Without a writer there is nobody left to answer to.
                let _ = messages.send(Message::Survey(survey));
            }
        });
    }

    pub(super) fn take_up_surveys(&mut self) {
        for survey in std::mem::take(&mut self.surveys) {
            self.survey(survey);
        }
    }
}
