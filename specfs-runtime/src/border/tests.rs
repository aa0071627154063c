//! Compiles `include/specfs_image.h` against this module's idea of it.

use std::fmt::Write as _;
use std::mem::{align_of, offset_of, size_of};
use std::process::Command;

use super::*;

/// How C spells a type.
trait Spelled {
    fn c() -> String;
}

macro_rules! spelled {
    ($($rust:ty => $c:literal),* $(,)?) => { $(impl Spelled for $rust { fn c() -> String { $c.into() } })* };
}

spelled! {
    () => "void", c_void => "void", c_char => "char", c_int => "int", u32 => "uint32_t", u64 => "uint64_t",
    i64 => "int64_t", usize => "size_t", Inode => "struct inode", Attr => "struct specfs_attr",
    Change => "struct specfs_change", Birth => "struct specfs_birth", Usage => "struct specfs_usage",
}

impl<T: Spelled> Spelled for *const T {
    fn c() -> String {
        format!("{} const *", T::c())
    }
}

impl<T: Spelled> Spelled for *mut T {
    fn c() -> String {
        format!("{} *", T::c())
    }
}

macro_rules! spelled_functions {
    ($($($argument:ident)*;)*) => { $(
        impl<R: Spelled, $($argument: Spelled),*> Spelled for unsafe extern "C" fn($($argument),*) -> R {
            fn c() -> String {
                let arguments: Vec<String> = vec![$($argument::c()),*];
                let list = if arguments.is_empty() { "void".into() } else { arguments.join(", ") };
                format!("{} (*)({list})", R::c())
            }
        }
    )* };
}

spelled_functions! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; }

fn spelling_of<T: Spelled>(_: fn(&Operations) -> &T) -> String {
    T::c()
}

fn expect_equal(text: &mut String, c: &str, value: impl std::fmt::Display) {
    writeln!(text, "_Static_assert({c} == {value}, \"{}\");", c.replace('"', "'")).unwrap();
}

macro_rules! expect_layout {
    ($text:ident, $rust:ty, $c:literal, $($rust_member:ident = $c_member:ident),*) => {
        expect_equal($text, concat!("sizeof(", $c, ")"), size_of::<$rust>());
        expect_equal($text, concat!("_Alignof(", $c, ")"), align_of::<$rust>());
        $(expect_equal(
            $text,
            concat!("offsetof(", $c, ", ", stringify!($c_member), ")"),
            offset_of!($rust, $rust_member),
        );)*
    };
    ($text:ident, $rust:ty, $c:literal, $($member:ident),*) => {
        expect_layout!($text, $rust, $c, $($member = $member),*);
    };
}

macro_rules! expect_operations {
    ($text:ident, $($member:ident),*) => {
        expect_layout!($text, Operations, "struct specfs_operations", version, size, $($member),*);
        $(writeln!(
            $text,
            "_Static_assert(__builtin_types_compatible_p(__typeof__(((struct specfs_operations *)0)->{0}), {1}), \
             \"signature of {0}\");",
            stringify!($member),
            spelling_of(|table| &table.$member),
        ).unwrap();)*
        assert_eq!(OPERATIONS, [$(stringify!($member)),*], "the list of operations names all, in order");
    };
}

fn constants(text: &mut String) {
    expect_equal(text, "SPECFS_IMAGE_VERSION", IMAGE_VERSION);
    expect_equal(text, "SPECFS_SET_MODE", SET_MODE);
    expect_equal(text, "SPECFS_SET_UID", SET_UID);
    expect_equal(text, "SPECFS_SET_GID", SET_GID);
    expect_equal(text, "SPECFS_SET_ATIME", SET_ATIME);
    expect_equal(text, "SPECFS_SET_MTIME", SET_MTIME);
    expect_equal(text, "SPECFS_RENAME_NOREPLACE", RENAME_NOREPLACE);
}

#[rustfmt::skip]
fn layouts(text: &mut String) {
    expect_layout!(text, Time, "struct timespec", seconds = tv_sec, nanoseconds = tv_nsec);
    expect_layout!(text, Attr, "struct specfs_attr",
        ino, size, blocks, atime, mtime, ctime, mode, nlink, uid, gid, rdev, blksize);
    expect_layout!(text, Change, "struct specfs_change", valid, mode, uid, gid, atime, mtime);
    expect_layout!(text, Birth, "struct specfs_birth", mode, uid, gid, rdev);
    expect_layout!(text, Usage, "struct specfs_usage",
        block_size, blocks, blocks_free, inodes, inodes_free, name_max);
    expect_operations!(text, init, destroy, root, lookup, forget, getattr, setattr, truncate, mknod, mkdir,
        symlink, readlink, link, unlink, rmdir, rename, open, read, write, readdir, statfs);
    writeln!(text, "_Static_assert(__builtin_types_compatible_p(specfs_fill, {}), \"specfs_fill\");", Fill::c())
        .unwrap();
}

fn compile(text: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("border.c");
    std::fs::write(&source, text).unwrap();
    let output = Command::new("cc")
        .args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/include"))
        .arg(&source)
        .output()
        .expect("a C compiler named cc is needed for this test");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn assertions() -> String {
    let mut text = String::from("#include \"specfs_image.h\"\n");
    constants(&mut text);
    layouts(&mut text);
    text
}

#[test]
fn the_c_header_and_its_rust_mirror_agree() {
    let (agrees, complaints) = compile(&assertions());
    assert!(agrees, "{complaints}");
}

#[test]
fn a_drift_of_a_size_an_offset_or_a_signature_is_seen() {
    for (from, to) in [
        ("sizeof(struct specfs_attr) == 96", "sizeof(struct specfs_attr) == 104"),
        ("offsetof(struct specfs_change, mtime) == 32", "offsetof(struct specfs_change, mtime) == 40"),
        ("->read), int64_t (*)", "->read), int (*)"),
        ("SPECFS_SET_MTIME == 16", "SPECFS_SET_MTIME == 8"),
    ] {
        let assertions = assertions();
        assert!(assertions.contains(from), "the assertions say {from}:\n{assertions}");
        let (agrees, _) = compile(&assertions.replace(from, to));
        assert!(!agrees, "the compiler let {to} pass");
    }
}
