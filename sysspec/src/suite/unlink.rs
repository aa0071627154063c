//! unlink(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/unlink.html>

use nix::errno::Errno;
use nix::sys::stat::SFlag;

use super::check::{Checked, equal, holds, same_bytes};
use super::sandbox::{Sandbox, ctime, kind, let_time_pass, mtime, pattern};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("the name is gone", removes_name),
    case("every kind but a directory can be unlinked", any_kind),
    case("a symbolic link is removed, not what it names", symlink_itself),
    case("one of two hard links goes, the other keeps the contents", other_link),
    case("a remaining link's ctime is marked", marks_inode),
    case("the parent's mtime and ctime are marked", marks_parent),
    case("a file unlinked while open can be read, written and resized", while_open),
    case("a file unlinked while open has no links", while_open_links),
    case("a new file of the same name is another file", name_reused),
    case("unlinked while open by two: the last close ends it", two_opens),
    // POSIX says EPERM where the system does not unlink directories; Linux answers EISDIR (LSB 7.1).
    case("a directory: EISDIR", directory),
    case("a missing name: ENOENT", missing),
    case("a missing parent: ENOENT", missing_parent),
    case("an empty path: ENOENT", empty_path),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a file's name with a slash at the end: ENOTDIR", trailing_slash),
    case("a name of 256 bytes: ENAMETOOLONG", name_length),
    case("the same name made and unlinked a thousand times", churn),
];

fn removes_name(at: &Sandbox) -> Checked {
    at.file("f", b"x")?;
    at.file("g", b"y")?;
    at.unlink("f").ok()?;
    at.stat("f").fails(Errno::ENOENT)?;
    equal("the list of names", at.names(".")?, vec!["g".to_owned()])
}

fn any_kind(at: &Sandbox) -> Checked {
    at.symlink("nowhere", "s").ok()?;
    at.mknod("p", SFlag::S_IFIFO, 0o644, 0).ok()?;
    at.mknod("k", SFlag::S_IFSOCK, 0o644, 0).ok()?;
    for name in ["s", "p", "k"] {
        at.unlink(name).ok()?;
        at.stat(name).fails(Errno::ENOENT)?;
    }
    Ok(())
}

fn symlink_itself(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.symlink("f", "s").ok()?;
    at.unlink("s").ok()?;
    at.stat("s").fails(Errno::ENOENT)?;
    equal("the contents of what it named", at.contents("f")?, b"kept".to_vec())
}

fn other_link(at: &Sandbox) -> Checked {
    at.file("f", b"shared")?;
    at.link("f", "g").ok()?;
    at.unlink("f").ok()?;
    equal("st_nlink of the other", at.stat("g").ok()?.st_nlink, 1)?;
    equal("the other's contents", at.contents("g")?, b"shared".to_vec())
}

fn marks_inode(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.link("f", "g").ok()?;
    let before = at.stat("g").ok()?;
    let_time_pass();
    at.unlink("f").ok()?;
    holds("ctime is later", ctime(&at.stat("g").ok()?) > ctime(&before))
}

fn marks_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    let before = at.stat(".").ok()?;
    let_time_pass();
    at.unlink("f").ok()?;
    let after = at.stat(".").ok()?;
    holds("the parent's mtime is later", mtime(&after) > mtime(&before))?;
    holds("the parent's ctime is later", ctime(&after) > ctime(&before))
}

fn while_open(at: &Sandbox) -> Checked {
    let bytes = pattern(20_000, 1);
    at.file("f", &bytes)?;
    let open = at.open("f", nix::fcntl::OFlag::O_RDWR).ok()?;
    at.unlink("f").ok()?;
    same_bytes("what was written before", &open.read(20_000, 0).ok()?, &bytes)?;
    open.write_all(b"after", 100_000)?;
    equal("st_size", open.stat().ok()?.st_size, 100_005)?;
    equal("what was written after", open.read(5, 100_000).ok()?, b"after".to_vec())?;
    open.truncate(10).ok()?;
    same_bytes("what is left", &open.read(100, 0).ok()?, &bytes[..10])
}

fn while_open_links(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    at.unlink("f").ok()?;
    equal("st_nlink", open.stat().ok()?.st_nlink, 0)
}

fn name_reused(at: &Sandbox) -> Checked {
    let old = at.create("f").ok()?;
    old.write_all(b"old", 0)?;
    at.unlink("f").ok()?;
    at.file("f", b"newer")?;
    equal("the old contents", old.read(10, 0).ok()?, b"old".to_vec())?;
    equal("the new contents", at.contents("f")?, b"newer".to_vec())?;
    holds("the two files have different serial numbers", old.stat().ok()?.st_ino != at.stat("f").ok()?.st_ino)
}

fn two_opens(at: &Sandbox) -> Checked {
    at.file("f", b"shared")?;
    let first = at.open("f", nix::fcntl::OFlag::O_RDWR).ok()?;
    let second = at.open("f", nix::fcntl::OFlag::O_RDWR).ok()?;
    at.unlink("f").ok()?;
    drop(first);
    second.write_all(b"S", 0)?;
    equal("the contents", second.read(10, 0).ok()?, b"Shared".to_vec())
}

fn directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.unlink("d").fails(Errno::EISDIR)?;
    at.stat("d").ok().map(drop)
}

fn missing(at: &Sandbox) -> Checked {
    at.unlink("missing").fails(Errno::ENOENT)
}

fn missing_parent(at: &Sandbox) -> Checked {
    at.unlink("missing/f").fails(Errno::ENOENT)
}

fn empty_path(at: &Sandbox) -> Checked {
    at.unlink("").fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.unlink("f/g").fails(Errno::ENOTDIR)
}

fn trailing_slash(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.unlink("f/").fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.unlink(&"n".repeat(256)).fails(Errno::ENAMETOOLONG)?;
    at.unlink(&"n".repeat(255)).fails(Errno::ENOENT)
}

fn churn(at: &Sandbox) -> Checked {
    for number in 0..1000 {
        at.file("f", &[number as u8; 100])?;
        at.unlink("f").ok()?;
    }
    equal("the list of names", at.names(".")?, Vec::new())?;
    at.mkdir("f").ok()?;
    equal("its type as a directory then", kind(&at.stat("f").ok()?), SFlag::S_IFDIR.bits())
}
