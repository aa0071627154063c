//! What the servers work on: specifications, and Python of the same number of files and lines.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sysspec_tests::synthetic::{Hub, Synthetic};

use super::session::Toggle;
use crate::run;

const SEED: u64 = 1;

/// What to measure on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// The workspace of this repository.
    SpecFs,
    /// A synthetic one of that many modules.
    Synthetic(usize),
}

impl Size {
    pub fn shown(self) -> String {
        match self {
            Size::SpecFs => "SpecFS".into(),
            Size::Synthetic(modules) => modules.to_string(),
        }
    }
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "specfs" => Ok(Size::SpecFs),
            number => match number.parse() {
                Ok(modules) if modules >= 50 => Ok(Size::Synthetic(modules)),
                _ => Err("`specfs`, or a number of modules from 50 on".into()),
            },
        }
    }
}

/// A folder of files, and where to edit them.
pub struct Corpus {
    pub folder: PathBuf,
    pub files: usize,
    pub lines: usize,
    pub bytes: usize,
    /// One character more, in prose or a comment.
    pub prose: Toggle,
    /// One character more, in code, where it is a mistake.
    pub code: Toggle,
    /// An edit of the signature of a function that many rely on, and who does.
    pub hub: Option<(Toggle, Vec<String>)>,
}

/// The specifications of that size; those that are generated go into a folder below `scratch`.
pub fn specifications(size: Size, scratch: &Path) -> Result<Corpus> {
    let (folder, hub) = match size {
        Size::SpecFs => (run::root().join("specfs-specs"), None),
        Size::Synthetic(modules) => {
            let folder = scratch.join(format!("specs-{modules}"));
            let hub = Synthetic::new(modules, SEED).write(&folder)?.hub;
            (folder, Some(hub))
        }
    };
    let specs = texts(&folder)?;
    let hub = match hub {
        Some(hub) => Some((signature(&specs[&hub.path], &hub)?, hub.dependents)),
        None => None,
    };
    let (prose, code) = typical(&specs, |path, text| Some((intent(path, text)?, relied(path, text)?)))?;
    Ok(corpus(folder, &specs, prose, code, hub))
}

/// Python with as many files, lines and imports as the specifications have modules, lines and relied functions.
pub fn python(of: &Corpus, scratch: &Path) -> Result<Corpus> {
    let specs = texts(&of.folder)?;
    let names: HashMap<&str, &str> = specs.keys().map(|path| (stem(path), path.as_str())).collect();
    let mut files = BTreeMap::new();
    for (path, text) in &specs {
        let imports: Vec<&str> = relied_names(text).filter(|name| names.contains_key(name)).collect();
        let imports: Vec<String> = imports
            .iter()
            .map(|name| format!("from {} import {name}", module(names[name]).replace('/', ".")))
            .collect();
        files.insert(format!("{}.py", module(path)), source(stem(path), imports, text.lines().count()));
    }
    let folder = scratch.join(format!("python-{}", specs.len()));
    for (path, text) in &files {
        write(&folder.join(path), text)?;
    }
    write(&folder.join("pyproject.toml"), "[project]\nname = \"bench\"\nversion = \"0.1.0\"\n")?;
    let counterpart = format!("{}.py", module(&of.prose.path));
    let text = &files[&counterpart];
    let prose = comment(&counterpart, text).context("no comment in the generated Python")?;
    let code = returned(&counterpart, text).context("no return in the generated Python")?;
    Ok(corpus(folder, &files, prose, code, None))
}

fn corpus(
    folder: PathBuf,
    files: &BTreeMap<String, String>,
    prose: Toggle,
    code: Toggle,
    hub: Option<(Toggle, Vec<String>)>,
) -> Corpus {
    let lines = files.values().map(|text| text.lines().count()).sum();
    let bytes = files.values().map(String::len).sum();
    Corpus { folder, files: files.len(), lines, bytes, prose, code, hub }
}

/// The specs of a folder by their paths.
fn texts(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in at.read_dir().with_context(|| format!("cannot read {}", at.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "spec") {
                let relative = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                found.insert(relative, text);
            }
        }
    }
    Ok(found)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The edits of the file that is nearest to the middle by size and allows both.
fn typical(
    files: &BTreeMap<String, String>,
    edits: impl Fn(&str, &str) -> Option<(Toggle, Toggle)>,
) -> Result<(Toggle, Toggle)> {
    let mut by_size: Vec<(&String, &String)> = files.iter().collect();
    by_size.sort_by_key(|(path, text)| (text.len(), *path));
    let middle = by_size.len() / 2;
    let mut nearest: Vec<usize> = (0..by_size.len()).collect();
    nearest.sort_by_key(|at| at.abs_diff(middle));
    let mut found = nearest.into_iter().filter_map(|at| edits(by_size[at].0, by_size[at].1));
    found.next().context("no file has both an intent and a relied function")
}

fn insertion(path: &str, line: usize, column: usize, text: &str) -> Toggle {
    Toggle { path: path.into(), line, column, there: String::new(), instead: text.into() }
}

/// A letter more at the end of the first word of the intent.
fn intent(path: &str, text: &str) -> Option<Toggle> {
    let line = text.lines().position(|line| line == "[INTENT]")? + 1;
    let column = text.lines().nth(line)?.find(' ')?;
    text.lines().nth(line)?.is_ascii().then(|| insertion(path, line, column, "e"))
}

/// A letter more at the end of a relied function's name.
fn relied(path: &str, text: &str) -> Option<Toggle> {
    let (line, code) = relied_lines(text).next()?;
    Some(insertion(path, line, code.find('(')?, "x"))
}

/// Another type of the hub's second parameter, where its module guarantees it.
fn signature(text: &str, hub: &Hub) -> Result<Toggle> {
    let guarantee = format!("int {}(uint64_t amount, uint32_t flags);", hub.name);
    let (line, code) =
        text.lines().enumerate().find(|(_, line)| **line == guarantee).context("the hub has no guarantee")?;
    let column = code.find("32").context("the hub has no parameter of 32 bits")?;
    let (there, instead) = ("32".to_string(), "64".to_string());
    Ok(Toggle { path: hub.path.clone(), line, column, there, instead })
}

/// The lines of [RELY] that declare a function.
fn relied_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_rely = false;
    text.lines().enumerate().filter(move |(_, line)| {
        if line.starts_with('[') || line.starts_with('#') {
            is_rely = *line == "[RELY]" || (is_rely && line.starts_with('#'));
        }
        is_rely && line.ends_with(");") && !line.starts_with("//")
    })
}

fn relied_names(text: &str) -> impl Iterator<Item = &str> {
    relied_lines(text).filter_map(|(_, line)| {
        let before = line.split('(').next()?;
        before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()
    })
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".spec")
}

/// The Python module for a spec: without extension, and a name that Python takes.
fn module(path: &str) -> String {
    path.trim_end_matches(".spec").replace(['-', '.'], "_")
}

/// A Python module of that many lines (or a few more, when there are very few) that neither server objects to.
fn source(name: &str, imports: Vec<String>, lines: usize) -> String {
    let subject = name.replace('_', " ");
    let mut out = vec![format!("\"\"\"Deal with {subject}.\"\"\""), String::new()];
    let called: Vec<String> =
        imports.iter().filter_map(|import| import.rsplit(' ').next().map(str::to_owned)).collect();
    out.extend(imports);
    let mut parts = 0;
    while out.len() + 40 + called.len() < lines {
        let head = format!("def part_{parts}(amount: int, limit: int) -> int:");
        out.extend([String::new(), String::new(), head]);
        out.push(format!("    \"\"\"Return part {parts} of {subject}.\"\"\""));
        out.push("    total = amount".into());
        body(&mut out, parts, 15);
        out.push("    return total".into());
        parts += 1;
    }
    out.extend([String::new(), String::new(), format!("def {name}(amount: int, limit: int = 64) -> int:")]);
    out.push(format!("    \"\"\"Return the amount for {subject}.\"\"\""));
    out.push("    total = amount".into());
    out.extend((0..parts).map(|part| format!("    total += part_{part}(total, limit)")));
    out.extend(called.iter().map(|callee| format!("    total += {callee}(total, limit)")));
    let left = lines.saturating_sub(out.len() + 1);
    body(&mut out, parts, left.max(1));
    out.push("    return total".into());
    let mut text = out.join("\n");
    text.push('\n');
    text
}

/// Statements and comments of just that many lines.
fn body(out: &mut Vec<String>, salt: usize, lines: usize) {
    let end = out.len() + lines;
    let mut number = salt * 31 + 7;
    while out.len() < end {
        number = (number * 17 + 5) % 8191;
        let mut block = String::new();
        match (number % 3, end - out.len()) {
            (0, 4..) => {
                _ = write!(block, "    step = (total * {number} + limit) % 977\n    if step > limit:\n");
                _ = write!(block, "        total -= step\n    total += {number} % 7");
            }
            (1, 3..) => {
                _ = writeln!(block, "    for item in range(total % {}):", number % 9 + 2);
                _ = write!(block, "        total += item * {number}\n    total = min(total, limit)");
            }
            _ => _ = write!(block, "    # Whatever is above {number} has been counted in an earlier step."),
        }
        out.extend(block.lines().map(str::to_owned));
    }
}

/// A letter more at the end of the first word of a comment.
fn comment(path: &str, text: &str) -> Option<Toggle> {
    let (line, comment) = text.lines().enumerate().find(|(_, line)| line.trim_start().starts_with("# "))?;
    let first = comment.find("# ")? + 2;
    let column = first + comment[first..].find(' ')?;
    Some(insertion(path, line, column, "e"))
}

/// A letter more at the end of a name that is returned.
fn returned(path: &str, text: &str) -> Option<Toggle> {
    let (line, code) = text.lines().enumerate().find(|(_, line)| line.trim_start().starts_with("return "))?;
    Some(insertion(path, line, code.len(), "x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "[MODULE]\nname: f\n\n[INTENT]\nFind it.\n\n[RELY]\n```c\nstruct s {\n\tint a;\n};\n```\n// See g(a).\n```c\nint g(int a);\n```\n\n[GUARANTEE]\n```c\nint f(int a);\n```\n";

    #[test]
    fn a_letter_is_added_to_the_intent_and_to_a_relied_name() {
        let toggle = intent("p/f.spec", SPEC).unwrap();
        assert_eq!((toggle.line, toggle.column), (4, 4));
        let toggle = relied("p/f.spec", SPEC).unwrap();
        assert_eq!((toggle.line, toggle.column), (14, 5));
        assert_eq!(relied_names(SPEC).collect::<Vec<_>>(), ["g"]);
    }

    #[test]
    fn python_has_as_many_lines_as_its_specification() {
        for lines in [40, 77, 95, 197] {
            let text = source("f", vec!["from p.g import g".into()], lines);
            assert_eq!(text.lines().count(), lines);
        }
        let text = source("f", vec![], 95);
        let toggle = comment("f.py", &text).unwrap();
        assert_eq!(&text.lines().nth(toggle.line).unwrap()[..toggle.column], "    # Whatever");
        let toggle = returned("f.py", &text).unwrap();
        assert_eq!(text.lines().nth(toggle.line).unwrap().len(), toggle.column);
    }
}
