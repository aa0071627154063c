//! symlink(2) and readlink(2),
//! <https://pubs.opengroup.org/onlinepubs/9699919799/functions/symlink.html>

use nix::errno::Errno;
use nix::sys::stat::SFlag;

use super::check::{Checked, equal, holds, same_bytes};
use super::sandbox::{Sandbox, ctime, kind, let_time_pass, mtime};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("readlink gives the target, byte for byte", reads_back),
    case("the target need not exist", dangling),
    case("a target of 4095 bytes is kept whole", long_target),
    case("a target of 4096 bytes: ENAMETOOLONG", too_long_target),
    case("an empty target: ENOENT", empty_target),
    case("a relative target is found from the link's directory", relative),
    case("an absolute target is found from the root", absolute),
    case("a link to a directory is a way into it", into_directory),
    case("forty links in a row are followed, a circle is not: ELOOP", chain),
    case("the parent's mtime and ctime are marked", marks_parent),
    case("an existing name of any kind: EEXIST", existing),
    case("a missing parent: ENOENT", missing_parent),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a name of 255 bytes is taken, one of 256: ENAMETOOLONG", name_length),
    case("readlink of what is no symbolic link: EINVAL", readlink_other),
    case("readlink of a missing name: ENOENT", readlink_missing),
    case("readlink with a file as parent: ENOTDIR", readlink_file_as_parent),
];

fn reads_back(at: &Sandbox) -> Checked {
    for target in ["f", "a/b/c", "../..", "/", "//x//", "with space", "ünïcode", "trailing/"] {
        at.symlink(target, "s").ok()?;
        equal("its type", kind(&at.stat("s").ok()?), SFlag::S_IFLNK.bits())?;
        same_bytes("its target", &at.readlink("s").ok()?, target.as_bytes())?;
        at.unlink("s").ok()?;
    }
    Ok(())
}

fn dangling(at: &Sandbox) -> Checked {
    at.symlink("nowhere", "s").ok()?;
    at.stat_follow("s").fails(Errno::ENOENT)?;
    at.file("nowhere", b"x")?;
    equal("st_size of the target, now there", at.stat_follow("s").ok()?.st_size, 1)
}

fn long_target(at: &Sandbox) -> Checked {
    let target = "t".repeat(4095);
    at.symlink(&target, "s").ok()?;
    same_bytes("its target", &at.readlink("s").ok()?, target.as_bytes())?;
    equal("st_size", at.stat("s").ok()?.st_size, 4095)
}

fn too_long_target(at: &Sandbox) -> Checked {
    // nix refuses such a path itself, with the same error; std passes it on to the kernel.
    let made = std::os::unix::fs::symlink("t".repeat(4096), at.path().join("s"));
    super::check::Call::of_io("symlink(4096 bytes)".to_owned(), made).fails(Errno::ENAMETOOLONG)
}

fn empty_target(at: &Sandbox) -> Checked {
    at.symlink("", "s").fails(Errno::ENOENT)
}

fn relative(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"outer")?;
    at.file("d/f", b"inner")?;
    at.symlink("f", "d/s").ok()?;
    at.symlink("../f", "d/t").ok()?;
    equal("the contents beside it", at.contents("d/s")?, b"inner".to_vec())?;
    equal("the contents above it", at.contents("d/t")?, b"outer".to_vec())
}

fn absolute(at: &Sandbox) -> Checked {
    at.file("f", b"found")?;
    let target = at.path().join("f");
    at.symlink(&target.to_string_lossy(), "s").ok()?;
    equal("the contents", at.contents("s")?, b"found".to_vec())
}

fn into_directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.symlink("d", "s").ok()?;
    at.file("s/f", b"made through it")?;
    equal("the names in the directory", at.names("d")?, vec!["f".to_owned()])?;
    equal("dot-dot through it", at.stat("s/..").ok()?.st_ino, at.stat(".").ok()?.st_ino)
}

fn chain(at: &Sandbox) -> Checked {
    at.file("l0", b"end")?;
    for number in 1..=40 {
        at.symlink(&format!("l{}", number - 1), &format!("l{number}")).ok()?;
    }
    equal("the contents at the end", at.contents("l40")?, b"end".to_vec())?;
    at.symlink("b", "a").ok()?;
    at.symlink("a", "b").ok()?;
    at.stat_follow("a").fails(Errno::ELOOP)
}

fn marks_parent(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?;
    let_time_pass();
    at.symlink("x", "s").ok()?;
    let after = at.stat(".").ok()?;
    holds("the parent's mtime is later", mtime(&after) > mtime(&before))?;
    holds("the parent's ctime is later", ctime(&after) > ctime(&before))
}

fn existing(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.mkdir("d").ok()?;
    at.symlink("nowhere", "s").ok()?;
    for name in ["f", "d", "s"] {
        at.symlink("x", name).fails(Errno::EEXIST)?;
    }
    same_bytes("the old link's target", &at.readlink("s").ok()?, b"nowhere")
}

fn missing_parent(at: &Sandbox) -> Checked {
    at.symlink("x", "missing/s").fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.symlink("x", "f/s").fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.symlink("x", &"n".repeat(256)).fails(Errno::ENAMETOOLONG)?;
    at.symlink("x", &"n".repeat(255)).ok()?;
    same_bytes("its target", &at.readlink(&"n".repeat(255)).ok()?, b"x")
}

fn readlink_other(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("d").ok()?;
    at.readlink("f").fails(Errno::EINVAL)?;
    at.readlink("d").fails(Errno::EINVAL)
}

fn readlink_missing(at: &Sandbox) -> Checked {
    at.readlink("missing").fails(Errno::ENOENT)
}

fn readlink_file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.readlink("f/s").fails(Errno::ENOTDIR)
}
