//! Workspaces in Markdown: a path in backticks on a line of its own, then a fence of at least four backticks.

/// The files of a workspace.
pub type Files = Vec<(String, String)>;

/// A part of a Markdown page under a heading.
#[derive(Debug, Default)]
pub struct Case {
    /// The heading.
    pub title: String,
    /// The files shown in it.
    pub files: Files,
    /// What its `findings` fence says.
    pub findings: String,
    /// What its `twin` fence says.
    pub twin: String,
}

/// Splits a page at its headings (`## …` or a bold line) and reads the fences below them.
///
/// # Panics
/// When a fence has no path.
pub fn cases(page: &str) -> Vec<Case> {
    let mut cases = vec![Case::default()];
    let mut path = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let title = line.strip_prefix("## ").or_else(|| line.strip_prefix("**")?.strip_suffix("**"));
        if let Some(title) = title {
            cases.push(Case { title: title.into(), ..Case::default() });
        } else if let Some(name) =
            line.strip_prefix('`').and_then(|line| line.strip_suffix('`')).filter(|name| !name.contains('`'))
        {
            path = Some(name.to_string());
        } else if let Some(info) = line.strip_prefix("````") {
            let case = cases.last_mut().expect("there is always one");
            let body = lines
                .by_ref()
                .take_while(|line| *line != "````")
                .map(|line| format!("{line}\n"))
                .collect::<String>();
            match info {
                "findings" => case.findings = body,
                "twin" => case.twin = body,
                _ => case.files.push((
                    path.take().unwrap_or_else(|| panic!("no path before a fence in {}", case.title)),
                    body,
                )),
            }
        }
    }
    cases.retain(|case| !case.files.is_empty());
    cases
}
