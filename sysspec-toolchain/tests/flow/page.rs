//! Workspaces in Markdown: a path in backticks on a line of its own, then a fence of at least four backticks.

use sysspec_analysis::Host;

/// The files of a workspace: paths and texts.
pub type Files = Vec<(String, String)>;

/// A part of a page under a heading.
#[derive(Debug, Default)]
pub struct Case {
    /// The heading.
    pub title: String,
    /// The files shown in it.
    pub files: Files,
    /// What its `findings` fence says.
    pub findings: String,
}

/// Splits a page at its headings (`## …` or a bold line) and reads the fences below them.
pub fn cases(page: &str) -> Vec<Case> {
    let mut cases = vec![Case::default()];
    let mut path = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let title = line.strip_prefix("## ").or_else(|| line.strip_prefix("**")?.strip_suffix("**"));
        let quoted = line.strip_prefix('`').and_then(|line| line.strip_suffix('`'));
        if let Some(title) = title {
            cases.push(Case { title: title.into(), ..Case::default() });
        } else if let Some(info) = line.strip_prefix("````") {
            let body = lines.by_ref().take_while(|line| *line != "````").map(|line| format!("{line}\n"));
            let body: String = body.collect();
            let case = cases.last_mut().unwrap();
            match info {
                "findings" => case.findings = body,
                _ => case.files.push((path.take().expect("a path before a fence"), body)),
            }
        } else if let Some(name) = quoted.filter(|name| !name.contains('`')) {
            path = Some(name.to_owned());
        }
    }
    cases.retain(|case| !case.files.is_empty());
    cases
}

/// A host with those files.
pub fn host(files: &Files) -> Host {
    let mut host = Host::new();
    for (path, text) in files {
        host.set_file(path, Some(text));
    }
    host
}
