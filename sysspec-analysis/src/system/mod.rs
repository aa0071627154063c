//! The built-in table of C11 and POSIX: it stands in for libc.

mod types;

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use crate::SymbolKind;
use crate::c::{self, Shape};

pub use types::{header_of_type, may_bring};

/// A name that the C library declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemSymbol {
    /// What it is.
    pub kind: SymbolKind,
    /// The header that declares it, such as `sys/stat.h`.
    pub header: &'static str,
}

/// What a standard says of a function or object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prototype {
    /// What it declares.
    pub shape: Arc<Shape>,
    /// The declaration on one line.
    pub text: &'static str,
    /// The header that has it, such as `string.h`.
    pub header: &'static str,
}

static PROTOTYPES: LazyLock<FxHashMap<String, Prototype>> =
    LazyLock::new(|| prototypes(include_str!("prototypes.txt")));

/// The prototype of the function or object of that name, as far as the table has it.
pub fn prototype(name: &str) -> Option<&'static Prototype> {
    PROTOTYPES.get(name)
}

static VALUES: LazyLock<FxHashMap<&'static str, i128>> = LazyLock::new(|| {
    let lines = include_str!("values.txt").lines().filter(|line| !line.starts_with(['#', '[']));
    let pairs = lines.flat_map(str::split_whitespace).filter_map(|pair| pair.split_once('='));
    pairs.filter_map(|(name, value)| Some((name, value.parse().ok()?))).collect()
});

/// The value of an integer macro of the standard headers, on Linux with 64 bits.
pub fn value(name: &str) -> Option<i128> {
    VALUES.get(name).copied()
}

struct Table {
    ordinary: FxHashMap<&'static str, SystemSymbol>,
    tags: FxHashMap<&'static str, SystemSymbol>,
    headers: Vec<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| read(include_str!("table.txt")));

/// The function, object, typedef name or macro of that name.
pub fn ordinary(name: &str) -> Option<SystemSymbol> {
    TABLE.ordinary.get(name).copied()
}

/// The structure or union with that tag.
pub fn tag(name: &str) -> Option<SystemSymbol> {
    TABLE.tags.get(name).copied()
}

/// Every tag, or every other name.
pub fn names(tag: bool) -> impl Iterator<Item = &'static str> {
    let names = if tag { &TABLE.tags } else { &TABLE.ordinary };
    names.keys().copied()
}

/// Whether an include token, such as `sys/stat`, names a system header.
pub fn is_header(token: &str) -> bool {
    TABLE.headers.iter().any(|header| header.strip_suffix(".h") == Some(token))
}

/// The include tokens of all system headers.
pub fn headers() -> impl Iterator<Item = &'static str> {
    TABLE.headers.iter().filter_map(|header| header.strip_suffix(".h"))
}

fn read(text: &'static str) -> Table {
    let mut table = Table { ordinary: FxHashMap::default(), tags: FxHashMap::default(), headers: Vec::new() };
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            table.headers.push(header);
            continue;
        }
        let Some(&header) = table.headers.last() else { continue };
        let mut words = line.split_whitespace();
        let kind = match words.next() {
            Some("function") => SymbolKind::Function,
            Some("object") => SymbolKind::Object,
            Some("struct" | "union") => SymbolKind::Struct,
            Some("type") => SymbolKind::Typedef,
            _ => SymbolKind::Macro,
        };
        let names = if kind == SymbolKind::Struct { &mut table.tags } else { &mut table.ordinary };
        for name in words {
            names.entry(name).or_insert(SystemSymbol { kind, header });
        }
    }
    table
}

fn prototypes(text: &'static str) -> FxHashMap<String, Prototype> {
    let mut found = FxHashMap::default();
    let mut header = "";
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(next) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            header = next;
            continue;
        }
        for declaration in c::parse(line).declarations {
            let shape = Arc::new(declaration.shape);
            found.insert(declaration.name, Prototype { shape, text: line, header });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_have_the_values_of_linux() {
        // errno-base.h, C11 5.2.4.2.1, and the modes that POSIX <sys/stat.h> leaves open and Linux fixes.
        assert_eq!(
            (value("ENOENT"), value("UINT_MAX"), value("S_IFDIR")),
            (Some(2), Some(0xffff_ffff), Some(0o40000))
        );
        assert_eq!((value("INT64_MIN"), value("errno")), (Some(i64::MIN.into()), None));
    }

    #[test]
    fn names_are_found_with_the_header_that_declares_them() {
        let header = |name| ordinary(name).map(|found| found.header);
        assert_eq!(header("memcpy"), Some("string.h"));
        assert_eq!(header("ENOTEMPTY"), Some("errno.h"));
        assert_eq!(header("pthread_mutex_lock"), Some("pthread.h"));
        assert_eq!(header("S_ISDIR"), Some("sys/stat.h"));
        assert_eq!(header("O_TRUNC"), Some("fcntl.h"));
        assert_eq!(header("atomic_fetch_add"), Some("stdatomic.h"));
        assert_eq!(header("size_t"), Some("stddef.h"));
        assert_eq!(header("locate"), None);
        assert_eq!(tag("timespec").map(|found| found.header), Some("time.h"));
        assert_eq!(tag("inode"), None);
    }

    #[test]
    fn include_tokens_are_header_names_without_their_end() {
        assert!(is_header("sys/stat") && is_header("stdio") && is_header("sys/syscall"));
        assert!(!is_header("common") && !is_header("stdio.h"));
    }

    #[test]
    fn every_prototype_is_read_and_listed_in_the_table_with_its_header() {
        let lines = include_str!("prototypes.txt").lines();
        let number = lines.filter(|line| line.ends_with(';')).count();
        assert_eq!(PROTOTYPES.len(), number);
        for (name, prototype) in PROTOTYPES.iter() {
            let listed = ordinary(name).map(|found| (found.kind, found.header));
            let kind = match *prototype.shape {
                Shape::Function(..) => SymbolKind::Function,
                _ => SymbolKind::Object,
            };
            assert_eq!(listed, Some((kind, prototype.header)), "{name}");
            assert_eq!(c::parse(prototype.text).errors, [], "{name}");
        }
    }

    /// POSIX.1-2017, <errno.h>: all of its names.
    #[test]
    fn every_posix_errno_is_known() {
        let names = "E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBADMSG EBUSY ECANCELED \
            ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM EDQUOT EEXIST EFAULT EFBIG EHOSTUNREACH \
            EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG \
            ENETDOWN ENETRESET ENETUNREACH ENFILE ENOBUFS ENODATA ENODEV ENOENT ENOEXEC ENOLCK ENOLINK ENOMEM ENOMSG \
            ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENXIO \
            EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESPIPE ESRCH ESTALE \
            ETIME ETIMEDOUT ETXTBSY EWOULDBLOCK EXDEV";
        for name in names.split_whitespace() {
            assert_eq!(ordinary(name).map(|found| found.header), Some("errno.h"), "{name}");
        }
    }
}
