//! Puts the open questions of a workspace to the solver.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sysspec_analysis::obligation::{Question, QuestionId};
use sysspec_analysis::{Analysis, Cancellable};

use crate::discharge;

/// How many files are asked about at a time: their questions take more memory than their texts.
const AT_A_TIME: usize = 256;

/// Decides what nobody has decided of some files, on all cores, and settles them. A question that several modules ask
/// is put once. Each may take `limit`.
///
/// # Errors
/// When the workspace changes meanwhile.
pub fn answer(analysis: &Analysis, paths: &[Arc<str>], limit: Duration) -> Cancellable<()> {
    paths.chunks(AT_A_TIME).try_for_each(|some| answer_some(analysis, some, limit))
}

fn answer_some(analysis: &Analysis, paths: &[Arc<str>], limit: Duration) -> Cancellable<()> {
    let one = |snapshot: &mut Analysis, path: Arc<str>| {
        let open = snapshot.settle(&path)?.open;
        Ok((path, open))
    };
    let paths = paths.to_vec().into_par_iter();
    let open: Vec<_> = paths.map_with(analysis.clone(), one).collect::<Cancellable<_>>()?;
    let (concerned, asked): (Vec<_>, Vec<_>) = open.into_iter().filter(|(_, open)| !open.is_empty()).unzip();
    let questions: HashMap<QuestionId, Question> = asked.into_iter().flatten().collect();
    let verdicts = analysis.verdicts();
    questions.into_par_iter().for_each(|(id, question)| verdicts.record(id, discharge(&question, limit)));
    for path in concerned {
        analysis.settle(&path)?;
    }
    Ok(())
}
