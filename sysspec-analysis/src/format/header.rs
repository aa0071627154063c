//! The layout of headers: the include list, an empty line, and C with single empty lines.

use crate::lower::include_tokens;

pub fn layout(text: &str) -> String {
    let (includes, body) = text.split_once('\n').unwrap_or((text, ""));
    let tokens = include_tokens(includes);
    // What is no include list is reported, and left as it is.
    let is_list = tokens.iter().all(|(_, span)| !includes[span.range()].contains([' ', '\t', '(', ';', '#']));
    let mut out = match is_list {
        true => tokens.iter().map(|(_, span)| &includes[span.range()]).collect::<Vec<_>>().join(", "),
        false => includes.trim().to_owned(),
    };
    out.push('\n');
    let mut was_empty = true;
    if !body.trim().is_empty() {
        out.push('\n');
    }
    for line in body.trim_end().lines() {
        if !(line.is_empty() && was_empty) {
            out += line;
            out.push('\n');
        }
        was_empty = line.is_empty();
    }
    if out == "\n" { String::new() } else { out }
}
