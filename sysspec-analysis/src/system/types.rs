//! Which types the standard headers bring: a header may bring those of others, too.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::symbols::SymbolName;

type Types = FxHashSet<(bool, &'static str)>;

static TYPES: LazyLock<Vec<(&'static str, Types)>> = LazyLock::new(|| read(include_str!("types.txt")));

static POSITIONS: LazyLock<FxHashMap<&'static str, usize>> =
    LazyLock::new(|| TYPES.iter().enumerate().map(|(at, (header, _))| (*header, at)).collect());

/// Whether an include token, such as `sys/stat`, names a standard header that may declare a type.
pub fn may_bring(token: &str, symbol: &SymbolName) -> bool {
    POSITIONS.get(token).is_some_and(|&at| TYPES[at].1.contains(&(symbol.tag, symbol.name.as_str())))
}

/// The include token of a standard header that declares a type.
pub fn header_of_type(symbol: &SymbolName) -> Option<&'static str> {
    let system = if symbol.tag { super::tag(&symbol.name) } else { super::ordinary(&symbol.name) };
    let listed = system.and_then(|found| found.header.strip_suffix(".h"));
    listed.filter(|token| may_bring(token, symbol)).or_else(|| {
        let bringing = |(_, types): &&(&'static str, Types)| types.contains(&(symbol.tag, &symbol.name));
        // Few types means that it is declared there, and not by the way.
        TYPES.iter().filter(bringing).min_by_key(|(_, types)| types.len()).map(|(token, _)| *token)
    })
}

/// The include tokens with their types, what headers bring by the way included.
fn read(text: &'static str) -> Vec<(&'static str, Types)> {
    let mut own: Vec<(&'static str, Types, Vec<&'static str>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(".h]")) {
            own.push((header, Types::default(), Vec::new()));
            continue;
        }
        let Some((_, types, with)) = own.last_mut() else { continue };
        let mut words = line.split_whitespace();
        match words.next() {
            Some("with") => with.extend(words.filter_map(|header| header.strip_suffix(".h"))),
            Some(kind) => types.extend(words.map(|name| (kind != "type", name))),
            None => {}
        }
    }
    let closure = |first: &'static str| {
        let (mut reached, mut types) = (vec![first], Types::default());
        let mut next = 0;
        while let Some(&header) = reached.get(next) {
            next += 1;
            for (_, own, with) in own.iter().filter(|(known, ..)| *known == header) {
                types.extend(own);
                let new: Vec<_> = with.iter().filter(|header| !reached.contains(header)).copied().collect();
                reached.extend(new);
            }
        }
        types
    };
    own.iter().map(|(header, ..)| (*header, closure(header))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brings(token: &str, name: &str) -> bool {
        may_bring(token, &SymbolName::ordinary(name))
    }

    /// POSIX.1-2017: the pages of these headers say which types they define.
    #[test]
    fn headers_bring_what_posix_lets_them() {
        for name in ["mode_t", "off_t", "dev_t", "ino_t", "nlink_t", "uid_t", "gid_t", "time_t", "blkcnt_t"] {
            assert!(brings("sys/stat", name) && brings("sys/types", name), "{name}");
        }
        for name in ["size_t", "ssize_t", "off_t", "pid_t", "uid_t", "gid_t", "intptr_t"] {
            assert!(brings("unistd", name), "{name}");
        }
        assert!(brings("inttypes", "uint64_t") && brings("time", "size_t") && brings("string", "size_t"));
        assert!(may_bring("sys/stat", &SymbolName::tag("timespec")), "st_atim is one");
        assert!(may_bring("pthread", &SymbolName::tag("timespec")), "pthread_cond_timedwait takes one");
        assert!(brings("stdio", "va_list") && brings("stdio", "ssize_t") && brings("stdbool", "bool"));
    }

    /// C11 7.19 to 7.26.
    #[test]
    fn headers_do_not_bring_what_is_not_theirs() {
        assert!(!brings("stddef", "uint32_t") && !brings("stdint", "size_t") && !brings("string", "off_t"));
        assert!(!brings("stdlib", "bool") && !brings("errno", "size_t") && !brings("limits", "ssize_t"));
        assert!(!may_bring("stdint", &SymbolName::tag("timespec")));
        assert!(!brings("sys/stat", "inode_t"));
    }

    #[test]
    fn every_header_of_the_table_of_names_is_listed() {
        for token in super::super::headers() {
            assert!(POSITIONS.contains_key(token), "{token}");
        }
    }

    #[test]
    fn types_are_found_with_the_header_that_is_for_them() {
        let header = |name| header_of_type(&SymbolName::ordinary(name));
        assert_eq!((header("off_t"), header("uint8_t")), (Some("sys/types"), Some("stdint")));
        assert_eq!((header("bool"), header("inode_t")), (Some("stdbool"), None));
        assert_eq!(header_of_type(&SymbolName::tag("timespec")), Some("time"));
    }
}
