//! Runs the cases one after the other, each in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::check::Failure;
use super::sandbox::Sandbox;
use super::{Case, Group, Options, Place};

/// What became of one case.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The rule holds.
    Passed,
    /// The rule is broken: what was seen, and where in the suite.
    Failed(String),
    /// The rule cannot be tried here; why.
    Inapplicable(String),
}

/// One case and its outcome.
#[derive(Clone, Debug)]
pub struct CaseReport {
    /// The rule, as a sentence.
    pub rule: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// The cases of one operation.
#[derive(Clone, Debug)]
pub struct GroupReport {
    /// The operation.
    pub name: &'static str,
    /// Its cases, in order.
    pub cases: Vec<CaseReport>,
}

impl GroupReport {
    /// How many of the group's cases passed.
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.outcome == Outcome::Passed).count()
    }

    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed(_)))
    }

    /// The cases that could not be tried.
    pub fn inapplicable(&self) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(|case| matches!(case.outcome, Outcome::Inapplicable(_)))
    }
}

/// The whole run.
#[derive(Clone, Debug, Default)]
pub struct SuiteReport {
    /// The groups that ran, in order.
    pub groups: Vec<GroupReport>,
}

impl SuiteReport {
    /// How many cases passed.
    pub fn passed(&self) -> usize {
        self.groups.iter().map(GroupReport::passed).sum()
    }

    /// How many cases failed.
    pub fn failed(&self) -> usize {
        self.groups.iter().map(|group| group.failures().count()).sum()
    }

    /// How many cases could not be tried.
    pub fn inapplicable(&self) -> usize {
        self.groups.iter().map(|group| group.inapplicable().count()).sum()
    }

    /// Whether no case failed.
    pub fn is_clean(&self) -> bool {
        self.failed() == 0
    }
}

/// Runs the groups; those that fill a file system only when there is a small one.
pub(super) fn run(
    groups: &'static [Group],
    mountpoint: &Path,
    options: &Options,
    observe: &mut dyn FnMut(&str, &CaseReport),
) -> SuiteReport {
    let mut report = SuiteReport::default();
    let mut hung = None;
    for group in groups {
        let root = match group.place {
            Place::Mountpoint => mountpoint,
            Place::Small => match &options.small {
                Some(small) => small,
                None => continue,
            },
        };
        let mut cases = Vec::new();
        for (number, case) in group.cases.iter().enumerate() {
            let started = Instant::now();
            let outcome = match hung {
                Some(rule) => Outcome::Failed(format!("not tried: the mount hangs since \"{rule}\"")),
                None => run_case(root, group.name, number, case, options.patience),
            };
            if hung.is_none() && started.elapsed() >= options.patience {
                hung = Some(case.rule);
            }
            let done = CaseReport { rule: case.rule, outcome, took: started.elapsed() };
            observe(group.name, &done);
            cases.push(done);
        }
        report.groups.push(GroupReport { name: group.name, cases });
    }
    report
}

/// Runs one case on a thread of its own, because a call into a mount that hangs never comes back.
fn run_case(root: &Path, group: &str, number: usize, case: &'static Case, patience: Duration) -> Outcome {
    let name = format!("suite-{}-{}-{number}", std::process::id(), group.replace(' ', "-"));
    let path = match std::path::absolute(root) {
        Ok(root) => root.join(name),
        Err(error) => return Outcome::Failed(format!("{}: {error}", root.display())),
    };
    let (sender, receiver) = mpsc::channel();
    let spawned = std::thread::Builder::new().name(case.rule.to_owned()).spawn(move || {
        let outcome = run_in_fresh_directory(path, case);
        // The receiver is gone only when it gave up on this case.
        let _ = sender.send(outcome);
    });
    let thread = match spawned {
        Ok(thread) => thread,
        Err(error) => return Outcome::Failed(format!("no thread to run it: {error}")),
    };
    match receiver.recv_timeout(patience) {
        Ok(outcome) => {
            // The outcome was sent last, so this wait is short.
            let _ = thread.join();
            outcome
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Outcome::Failed("the case itself panicked; see the message above".to_owned())
        }
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Outcome::Failed(format!("no answer in {} s", patience.as_secs()))
        }
    }
}

fn run_in_fresh_directory(path: PathBuf, case: &Case) -> Outcome {
    let made = fs::create_dir(&path).and_then(|()| Sandbox::open_at(path.clone()));
    let sandbox = match made {
        Ok(sandbox) => sandbox,
        Err(error) => return Outcome::Failed(format!("cannot make {}: {error}", path.display())),
    };
    let checked = (case.run)(&sandbox);
    drop(sandbox);
    let removed = fs::remove_dir_all(&path);
    match (checked, removed) {
        (Err(Failure::Broken(message)), _) => Outcome::Failed(message),
        (Err(Failure::Inapplicable(why)), _) => Outcome::Inapplicable(why.to_owned()),
        (Ok(()), Err(error)) => {
            Outcome::Failed(format!("what the case made cannot be removed: {}: {error}", path.display()))
        }
        (Ok(()), Ok(())) => Outcome::Passed,
    }
}
