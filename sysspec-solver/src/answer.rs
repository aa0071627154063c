//! Puts the open questions of a workspace to the solver.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use sysspec_analysis::obligation::{Question, QuestionId};
use sysspec_analysis::{Analysis, Cancellable};

use crate::discharge;

/// Decides what nobody has decided of some files, on all cores, and records the verdicts. A question that several
/// modules ask is put once. Each may take `limit`.
///
/// # Errors
/// When the workspace changes while its questions are gathered.
pub fn answer(analysis: &Analysis, paths: &[Arc<str>], limit: Duration) -> Cancellable<()> {
    let one = |snapshot: &mut Analysis, path: &Arc<str>| snapshot.unanswered(path);
    let asked: Vec<_> = paths.par_iter().map_with(analysis.clone(), one).collect::<Cancellable<_>>()?;
    let questions: HashMap<QuestionId, Question> = asked.into_iter().flatten().collect();
    let verdicts = analysis.verdicts();
    questions.into_par_iter().for_each(|(id, question)| verdicts.record(id, discharge(&question, limit)));
    Ok(())
}
