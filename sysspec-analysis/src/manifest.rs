//! `sysspec.toml`: from its text to a [`Manifest`], with everything that is wrong on the way.
//!
//! A manifest that is wrong in one place is still used for all the rest of what it says.

pub mod models;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::severities::Severities;
use crate::spelling::nearest;
use crate::{Code, Layer, Manifest, Severity};

/// The path of the manifest.
pub const MANIFEST: &str = "sysspec.toml";

/// The outcome of reading a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ParsedManifest {
    /// What it says, with defaults for what it does not say.
    pub manifest: Manifest,
    /// What is wrong with the text itself.
    pub problems: Vec<Problem>,
    /// Which files it names, to be looked up.
    pub files: Vec<Named>,
    /// Which layers are named in `relies_on`: the layer that relies, and the name.
    pub relies: Vec<(usize, Named)>,
    /// How bad findings are.
    pub severities: Severities,
    /// Which patches are enabled.
    pub patches: Vec<Named>,
    /// Where the `folder` of each layer stands.
    pub folders: Vec<Range<usize>>,
}

impl ParsedManifest {
    /// Whether some of the text could not be read, so that anything may be missing.
    pub fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.code == Code::MANIFEST_SYNTAX)
    }
}

/// One problem, at bytes of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub code: Code,
    /// Where.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Its value in the manifest, quotes included.
    pub range: Range<usize>,
}

/// Reads the text of a manifest.
pub fn parse(text: &str) -> ParsedManifest {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::default();
    reader.malformed(text, errors);
    reader.document(document.get_ref());
    if reader.out.is_broken() {
        // What the parser made of the rest is a guess: its problems are no news.
        reader.out.problems.retain(|problem| problem.code == Code::MANIFEST_SYNTAX);
    }
    reader.out
}

/// A span that can be shown: never empty while there is text, never beyond its end.
fn visible(text: &str, span: Range<usize>) -> Range<usize> {
    let end = span.end.min(text.len());
    let start = span.start.min(end);
    if start < end || text.is_empty() {
        return start..end;
    }
    let before = text[..start].trim_end();
    let last = before.chars().next_back().map_or(0, char::len_utf8);
    before.len() - last..before.len()
}

/// A value of a table, with the span of its key.
type Entry<'t, 'i> = (&'t str, Range<usize>, &'t Spanned<DeValue<'i>>);

#[derive(Default)]
struct Reader {
    out: ParsedManifest,
}

impl Reader {
    fn malformed(&mut self, text: &str, errors: Vec<toml::de::Error>) {
        for error in errors {
            let span = error.span().unwrap_or(0..text.len());
            let message = error.message().lines().next().unwrap_or("malformed").to_string();
            let message = format!("this is not valid TOML: {message}");
            self.problem(Code::MANIFEST_SYNTAX, visible(text, span), message);
        }
    }

    fn document(&mut self, table: &DeTable<'_>) {
        const KEYS: &[&str] =
            &["name", "layer", "shared", "external", "toolchain", "test", "mount", "patches", "severity"];
        for entry in entries(table) {
            match entry.0 {
                "name" => {
                    if let Some(name) = self.string(&entry) {
                        self.out.manifest.name = name.name;
                    }
                }
                "layer" => self.layers(&entry),
                "shared" => {
                    let headers = self.headers(&entry);
                    self.out.manifest.shared_headers = headers;
                }
                "external" => {
                    let headers = self.headers(&entry);
                    self.out.manifest.external_headers = headers;
                }
                "toolchain" => self.toolchain(&entry),
                "test" => self.test(&entry),
                "mount" => self.mount(&entry),
                "severity" => self.severities(&entry),
                "patches" => {
                    let patches = self.strings(&entry);
                    self.out.manifest.patches = patches.iter().map(|patch| patch.name.clone()).collect();
                    self.out.patches = patches;
                }
                _ => self.unknown(&entry, KEYS, "the manifest"),
            }
        }
    }

    fn layers(&mut self, entry: &Entry<'_, '_>) {
        let DeValue::Array(layers) = entry.2.get_ref() else {
            return self.wrong(entry, "a list of tables, each begun by `[[layer]]`");
        };
        for layer in layers.iter() {
            match layer.get_ref() {
                DeValue::Table(table) => self.layer(table, layer.span()),
                _ => self.wrong(&(entry.0, layer.span(), layer), "a table, begun by `[[layer]]`"),
            }
        }
    }

    fn layer(&mut self, table: &DeTable<'_>, span: Range<usize>) {
        let index = self.out.manifest.layers.len();
        let (mut folder, mut header, mut relies) = (None, None, Vec::new());
        for entry in entries(table) {
            match entry.0 {
                "folder" => folder = self.string(&entry),
                "header" => header = self.string(&entry),
                "relies_on" => relies = self.strings(&entry),
                _ => self.unknown(&entry, &["folder", "header", "relies_on"], "a layer"),
            }
        }
        let Some(folder) = folder else {
            return self.problem(Code::MANIFEST_VALUE, span, "this layer has no `folder`".into());
        };
        let path = folder.name.trim_end_matches('/').to_string();
        self.out.folders.push(folder.range);
        self.out.manifest.layers.push(Layer {
            header: header.as_ref().map_or_else(|| default_header(&path), |header| header.name.clone()),
            relies_on: relies.iter().map(|layer| layer.name.clone()).collect(),
            folder: path,
        });
        self.out.files.extend(header);
        self.out.relies.extend(relies.into_iter().map(|layer| (index, layer)));
    }

    fn headers(&mut self, entry: &Entry<'_, '_>) -> Vec<String> {
        let mut headers = Vec::new();
        self.table(entry, |reader, entry| match entry.0 {
            "headers" => headers = reader.strings(entry),
            _ => reader.unknown(entry, &["headers"], "this table"),
        });
        self.out.files.extend(headers.iter().cloned());
        headers.into_iter().map(|header| header.name).collect()
    }

    fn toolchain(&mut self, entry: &Entry<'_, '_>) {
        const KEYS: &[&str] = &["compiler", "flags", "attempts", "providers", "models", "budget"];
        self.table(entry, |reader, entry| match entry.0 {
            "compiler" => {
                if let Some(compiler) = reader.string(entry) {
                    reader.out.manifest.toolchain.compiler = compiler.name;
                }
            }
            "flags" => {
                let flags = reader.strings(entry).into_iter().map(|flag| flag.name).collect();
                reader.out.manifest.toolchain.flags = flags;
            }
            "attempts" => {
                if let Some(attempts) = reader.integer(entry, 1..=u64::from(u32::MAX)) {
                    reader.out.manifest.toolchain.attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
                }
            }
            _ if reader.models_entry(entry) => {}
            _ => reader.unknown(entry, KEYS, "`[toolchain]`"),
        });
    }

    fn test(&mut self, entry: &Entry<'_, '_>) {
        self.table(entry, |reader, entry| match entry.0 {
            "folder" => {
                if let Some(folder) = reader.string(entry) {
                    reader.out.manifest.test.folder = folder.name.trim_end_matches('/').into();
                }
            }
            // A C file: whether it exists is for those to say who see such files.
            "sequential" => {
                if let Some(file) = reader.string(entry) {
                    reader.out.manifest.test.sequential = Some(file.name);
                }
            }
            _ => reader.unknown(entry, &["folder", "sequential"], "`[test]`"),
        });
    }

    fn mount(&mut self, entry: &Entry<'_, '_>) {
        self.table(entry, |reader, entry| match entry.0 {
            "capacity" => {
                if let Some(bytes) = reader.size(entry) {
                    reader.out.manifest.mount.capacity_bytes = bytes;
                }
            }
            "inodes" => {
                if let Some(inodes) = reader.integer(entry, 1..=u64::MAX) {
                    reader.out.manifest.mount.inodes = inodes;
                }
            }
            _ => reader.unknown(entry, &["capacity", "inodes"], "`[mount]`"),
        });
    }

    fn severities(&mut self, entry: &Entry<'_, '_>) {
        // A code goes before its family, wherever it stands.
        for is_family in [false, true] {
            self.table(entry, |reader, entry| {
                let is_code = Code::from_str(entry.0).is_some();
                let known =
                    is_code || Code::ALL.iter().any(|code| code.family().eq_ignore_ascii_case(entry.0));
                match known {
                    true if is_code != is_family => reader.severity(entry),
                    false if is_family => reader.unknown_code(entry),
                    _ => {}
                }
            });
        }
    }

    fn severity(&mut self, entry: &Entry<'_, '_>) {
        let level = match entry.2.get_ref() {
            DeValue::String(level) => match level.as_ref() {
                "off" => Some(None),
                "hint" => Some(Some(Severity::Hint)),
                "warning" => Some(Some(Severity::Warning)),
                "error" => Some(Some(Severity::Error)),
                _ => None,
            },
            _ => None,
        };
        match level {
            Some(level) => self.out.severities.set(entry.0, level),
            None => {
                let message = format!(
                    "the severity of `{}` must be \"off\", \"hint\", \"warning\" or \"error\"",
                    entry.0
                );
                self.problem(Code::MANIFEST_SEVERITY, entry.2.span(), message);
            }
        }
    }

    fn unknown_code(&mut self, entry: &Entry<'_, '_>) {
        let codes = Code::ALL.iter().flat_map(|code| [code.as_str(), code.family()]);
        let near = nearest(&entry.0.to_uppercase(), codes);
        self.out.problems.push(Problem {
            code: Code::MANIFEST_SEVERITY,
            range: entry.1.clone(),
            message: format!("there is no code and no family `{}`", entry.0),
            help: near.map(|near| format!("did you mean `{near}`?")),
        });
    }

    // ---- values ----

    fn table(&mut self, entry: &Entry<'_, '_>, mut each: impl FnMut(&mut Self, &Entry<'_, '_>)) {
        match entry.2.get_ref() {
            DeValue::Table(table) => entries(table).for_each(|entry| each(self, &entry)),
            _ => self.wrong(entry, "a table"),
        }
    }

    fn string(&mut self, entry: &Entry<'_, '_>) -> Option<Named> {
        match entry.2.get_ref() {
            DeValue::String(text) => Some(Named { name: text.to_string(), range: entry.2.span() }),
            _ => {
                self.wrong(entry, "a string");
                None
            }
        }
    }

    fn strings(&mut self, entry: &Entry<'_, '_>) -> Vec<Named> {
        let DeValue::Array(values) = entry.2.get_ref() else {
            self.wrong(entry, "a list of strings");
            return Vec::new();
        };
        values.iter().filter_map(|value| self.string(&(entry.0, entry.1.clone(), value))).collect()
    }

    fn integer(&mut self, entry: &Entry<'_, '_>, allowed: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = match entry.2.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        let value = value.filter(|value| allowed.contains(value));
        if value.is_none() {
            self.wrong(entry, &format!("an integer of at least {}", allowed.start()));
        }
        value
    }

    fn size(&mut self, entry: &Entry<'_, '_>) -> Option<u64> {
        let bytes = match entry.2.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            DeValue::String(text) => bytes(text),
            _ => None,
        };
        if bytes.is_none() {
            self.wrong(entry, "a number of bytes, or a size such as \"512 MiB\" or \"8 GiB\"");
        }
        bytes
    }

    // ---- problems ----

    fn wrong(&mut self, entry: &Entry<'_, '_>, wanted: &str) {
        self.problem(Code::MANIFEST_VALUE, entry.2.span(), format!("`{}` must be {wanted}", entry.0));
    }

    fn unknown(&mut self, entry: &Entry<'_, '_>, known: &[&str], place: &str) {
        let help = match nearest(entry.0, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "it may hold {}",
                known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        let message = format!("{place} has no key `{}`", entry.0);
        self.out.problems.push(Problem {
            code: Code::MANIFEST_KEY,
            range: entry.1.clone(),
            message,
            help: Some(help),
        });
    }

    fn problem(&mut self, code: Code, range: Range<usize>, message: String) {
        self.out.problems.push(Problem { code, range, message, help: None });
    }
}

fn entries<'t, 'i>(table: &'t DeTable<'i>) -> impl Iterator<Item = Entry<'t, 'i>> {
    table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
}

/// The header of a layer that names none: `util/util.header`.
pub fn default_header(folder: &str) -> String {
    let stem = folder.rsplit('/').next().unwrap_or(folder);
    format!("{folder}/{stem}.header")
}

/// A size in bytes: a number, and a unit of 1024 or 1000.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(Code, String, String)> {
        let problems = parse(text).problems.into_iter();
        problems.map(|problem| (problem.code, text[problem.range].to_string(), problem.message)).collect()
    }

    #[test]
    fn a_whole_manifest_is_read() {
        let text = r#"
name = "specfs"
[[layer]]
folder = "util"
[[layer]]
folder = "file"
header = "file/f.header"
relies_on = ["util"]
[shared]
headers = ["common.header"]
[external]
headers = ["x.header"]
[toolchain]
compiler = "clang"
flags = ["-O1"]
attempts = 2
[test]
folder = "t/"
sequential = "t/s.c"
[mount]
capacity = "8 GiB"
inodes = 10
"#;
        let parsed = parse(text);
        assert_eq!(parsed.problems, []);
        let manifest = parsed.manifest;
        assert_eq!(manifest.name, "specfs");
        assert_eq!(manifest.layers[0].header, "util/util.header");
        assert_eq!(manifest.layers[1].header, "file/f.header");
        assert_eq!(manifest.layers[1].relies_on, ["util"]);
        assert_eq!(manifest.shared_headers, ["common.header"]);
        assert_eq!(manifest.external_headers, ["x.header"]);
        assert_eq!((manifest.toolchain.compiler.as_str(), manifest.toolchain.attempts), ("clang", 2));
        assert_eq!(manifest.toolchain.flags, ["-O1"]);
        assert_eq!(
            (manifest.test.folder.as_str(), manifest.test.sequential.as_deref()),
            ("t", Some("t/s.c"))
        );
        assert_eq!((manifest.mount.capacity_bytes, manifest.mount.inodes), (8 << 30, 10));
    }

    #[test]
    fn an_empty_manifest_has_defaults() {
        assert_eq!(parse("").manifest, Manifest::default());
    }

    #[test]
    fn every_wrong_value_is_found_and_the_rest_is_used() {
        let text = "name = 3\n[toolchain]\nattempts = 0\ncompiler = \"cc\"\n[mount]\ncapacity = \"8 GiX\"\n[[layer]]\nheader = \"h\"\n";
        let found = problems(text);
        let found: Vec<_> = found.iter().map(|(code, at, _)| (code.as_str(), at.as_str())).collect();
        assert_eq!(
            found,
            [("MAN002", "[[layer]]"), ("MAN002", "\"8 GiX\""), ("MAN002", "3"), ("MAN002", "0")]
        );
        assert_eq!(parse(text).manifest.toolchain.compiler, "cc");
    }

    #[test]
    fn unknown_keys_are_told_with_the_nearest_one() {
        let parsed = parse("[toolchain]\nattemps = 3\n");
        assert_eq!(parsed.problems[0].message, "`[toolchain]` has no key `attemps`");
        assert_eq!(parsed.problems[0].help.as_deref(), Some("did you mean `attempts`?"));
    }

    #[test]
    fn what_is_no_toml_is_found_and_the_rest_is_used() {
        let text = "name = \"x\"\n[mount\ninodes = 5\n";
        assert_eq!(problems(text)[0].0, Code::MANIFEST_SYNTAX);
        assert_eq!(parse(text).manifest.name, "x");
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("512MiB"), Some(512 << 20));
        assert_eq!(bytes("1 kB"), Some(1000));
        assert_eq!(bytes("7"), Some(7));
        assert_eq!(bytes("-1 GiB"), None);
        assert_eq!(bytes("99999999 TiB"), None);
    }
}
