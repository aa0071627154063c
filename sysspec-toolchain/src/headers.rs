//! From `.header` files to C headers.

use std::collections::BTreeMap;

use sysspec_analysis::{HeaderModel, WorkspaceModel};

use crate::border::Border;
use crate::csource::standard;

/// A workspace whose headers cannot stand together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HeaderError {
    /// Two headers would become the same file.
    #[error("{first} and {second} would both become `{name}`; rename one of them")]
    SameName {
        /// The C header's name.
        name: String,
        /// One header.
        first: String,
        /// The other.
        second: String,
    },
}

/// The C headers of a workspace: file name and text.
pub type CHeaders = BTreeMap<String, String>;

/// Translates every header. The one that the border brings is taken from there as it is.
pub fn translate_all(model: &WorkspaceModel, border: &Border) -> Result<CHeaders, HeaderError> {
    let mut origins: BTreeMap<String, &str> = BTreeMap::new();
    let mut headers = CHeaders::new();
    for header in &model.headers {
        let name = file_name(&header.stem);
        if let Some(first) = origins.insert(name.clone(), &header.path) {
            return Err(HeaderError::SameName { name, first: first.into(), second: header.path.clone() });
        }
        headers.insert(name, translate(header));
    }
    if !border.header_name.is_empty() {
        headers.insert(border.header_name.clone(), border.header.clone());
    }
    Ok(headers)
}

/// The C header that `stem.header` becomes.
pub fn file_name(stem: &str) -> String {
    format!("{stem}.h")
}

/// Translates one header: the include list of line 1 becomes directives, the rest stays as it is.
pub fn translate(header: &HeaderModel) -> String {
    let guard = guard(&header.stem);
    let includes: String = header.includes.iter().map(|token| include(token)).collect();
    format!("#ifndef {guard}\n#define {guard}\n\n{includes}\n{}\n\n#endif\n", header.text.trim())
}

/// The directive of one token: `<x.h>` for the C standard and POSIX, `"x.h"` for all else.
fn include(token: &str) -> String {
    let name = file_name(token);
    if standard::is_header(&name) { format!("#include <{name}>\n") } else { format!("#include \"{name}\"\n") }
}

fn guard(stem: &str) -> String {
    let word: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    format!("{word}_H")
}

/// The headers that a header includes, directly or not, and itself: those included come first.
pub fn reachable<'a>(model: &'a WorkspaceModel, path: &str) -> Vec<&'a HeaderModel> {
    let mut found = Vec::new();
    if let Some(header) = model.header(path) {
        collect(model, header, &mut Vec::new(), &mut found);
    }
    found
}

fn collect<'a>(
    model: &'a WorkspaceModel,
    header: &'a HeaderModel,
    visited: &mut Vec<&'a str>,
    found: &mut Vec<&'a HeaderModel>,
) {
    if visited.contains(&header.path.as_str()) {
        return;
    }
    visited.push(&header.path);
    for token in &header.includes {
        if let Some(included) = model.headers.iter().find(|other| other.stem == *token) {
            collect(model, included, visited, found);
        }
    }
    found.push(header);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(path: &str, includes: &[&str], text: &str) -> HeaderModel {
        let stem = path.rsplit('/').next().unwrap().trim_end_matches(".header").to_owned();
        HeaderModel {
            path: path.into(),
            stem,
            includes: includes.iter().map(|token| (*token).to_owned()).collect(),
            text: text.into(),
            external: path.starts_with("external/"),
            declarations: Vec::new(),
        }
    }

    fn model(headers: Vec<HeaderModel>) -> WorkspaceModel {
        WorkspaceModel { manifest: Default::default(), modules: Vec::new(), headers, error_count: 0 }
    }

    #[test]
    fn line_one_becomes_include_directives_behind_a_guard() {
        let text = translate(&header(
            "interface-util/interface-util.header",
            &["stdint", "sys/stat", "common"],
            "\nint check_open(const struct inode *node, int flags);\n",
        ));
        assert_eq!(
            text,
            "#ifndef INTERFACE_UTIL_H\n#define INTERFACE_UTIL_H\n\n#include <stdint.h>\n#include <sys/stat.h>\n\
             #include \"common.h\"\n\nint check_open(const struct inode *node, int flags);\n\n#endif\n"
        );
    }

    #[test]
    fn the_border_brings_its_own_header() {
        let border = Border::new("image.h", "/* border */\n", "");
        let headers =
            translate_all(&model(vec![header("external/image.header", &[], "int x;")]), &border).unwrap();
        assert_eq!(headers["image.h"], "/* border */\n");
    }

    #[test]
    fn two_headers_of_one_name_are_refused() {
        let twice = model(vec![header("a/x.header", &[], ""), header("b/x.header", &[], "")]);
        let error = translate_all(&twice, &Border::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a/x.header and b/x.header would both become `x.h`; rename one of them"
        );
    }

    #[test]
    fn included_headers_come_before_those_that_include_them() {
        let model = model(vec![
            header("util/util.header", &["common"], ""),
            header("common.header", &["stdint", "util"], ""),
            header("path/path.header", &["common", "util"], ""),
        ]);
        let stems: Vec<_> =
            reachable(&model, "path/path.header").iter().map(|header| header.stem.as_str()).collect();
        // common and util include each other: the guard makes that harmless, and so does this walk.
        assert_eq!(stems, ["util", "common", "path"]);
    }
}
