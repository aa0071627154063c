//! SUP, and what the workspace and the writers make of findings: severities and suppressions.

use crate::db::{Db, SourceFile};
use crate::severities::severities;
use crate::suppression::{Suppression, suppressions_of};
use crate::{Applicability, Code, Diagnostic, Edit, Fix, Suppressed};

/// The findings of a file, in the order of its text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Judged {
    /// Those that are shown.
    pub found: Vec<Diagnostic>,
    /// Those that are let stand.
    pub suppressed: Vec<Suppressed>,
}

/// Sorts out what is let stand, and sets severities. As long as the obligations are not decided, what lets one of
/// them stand may turn out to be needed.
pub fn judge(db: &dyn Db, file: SourceFile, found: Vec<Diagnostic>, is_decided: bool) -> Judged {
    let suppressions = suppressions_of(db, file);
    let mut judged = Judged::default();
    let mut used: Vec<(usize, Code)> = Vec::new();
    for finding in found {
        match covering(suppressions, &finding) {
            Some((at, reason)) => {
                used.push((at, finding.code));
                judged.suppressed.push(Suppressed { finding, reason });
            }
            None => judged.found.push(finding),
        }
    }
    for (at, suppression) in suppressions.iter().enumerate() {
        let is_used = |code: Code| used.contains(&(at, code)) || (code.needs_proofs() && !is_decided);
        judged.found.extend(about(db, file, suppression, is_used));
    }
    let severities = severities(db);
    judged.found.retain_mut(|finding| {
        if let Some(level) = severities.get(finding.code) {
            finding.severity = level.unwrap_or(finding.severity);
            return level.is_some();
        }
        true
    });
    let key = |diagnostic: &Diagnostic| (diagnostic.range.start, diagnostic.range.end, diagnostic.code);
    judged
        .found
        .sort_by(|left, right| key(left).cmp(&key(right)).then_with(|| left.message.cmp(&right.message)));
    judged
}

/// The suppression that lets a finding stand, and why.
fn covering(suppressions: &[Suppression], finding: &Diagnostic) -> Option<(usize, String)> {
    suppressions.iter().enumerate().find_map(|(at, suppression)| {
        let allowed = suppression.content.as_ref().ok()?;
        let is_meant = allowed.codes.iter().any(|(code, _)| *code == finding.code);
        (is_meant && allowed.covers.contains(&finding.range.start)).then(|| (at, allowed.reason.clone()))
    })
}

/// What is wrong with a suppression itself.
fn about(
    db: &dyn Db,
    file: SourceFile,
    suppression: &Suppression,
    is_used: impl Fn(Code) -> bool,
) -> Vec<Diagnostic> {
    let new = |code: Code, range, message, help| Diagnostic {
        code,
        severity: code.severity(),
        range,
        message,
        related: Vec::new(),
        help,
        fixes: Vec::new(),
    };
    let allowed = match &suppression.content {
        Ok(allowed) => allowed,
        Err(wrong) => {
            let (range, message) = (wrong.range.clone(), wrong.message.clone());
            return vec![new(Code::MALFORMED_SUPPRESSION, range, message, Some(wrong.help.clone()))];
        }
    };
    let unused = allowed.codes.iter().filter(|(code, _)| !is_used(*code));
    let found = unused.map(|(code, range)| {
        let message = format!("nothing here is found by {code}, so there is nothing to suppress");
        let mut finding = new(Code::UNUSED_SUPPRESSION, range.clone(), message, None);
        if let [_] = allowed.codes.as_slice() {
            let edit = Edit {
                path: file.path(db).clone(),
                range: suppression.whole.clone(),
                replacement: String::new(),
            };
            finding.fixes.push(Fix {
                title: "remove the suppression".into(),
                applicability: Applicability::Safe,
                edits: vec![edit],
            });
        }
        finding
    });
    found.collect()
}
