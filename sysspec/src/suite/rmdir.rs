//! rmdir(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/rmdir.html>

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, ctime, let_time_pass, mtime};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("the name is gone, and the parent has one link less", removes_name),
    case("the parent's mtime and ctime are marked", marks_parent),
    case("a directory with a file: ENOTEMPTY", with_file),
    case("a directory with a directory: ENOTEMPTY", with_directory),
    case("a directory that was emptied goes", emptied),
    case("a file: ENOTDIR", file),
    case("a symbolic link to a directory: ENOTDIR", symlink),
    case("a missing name: ENOENT", missing),
    case("a missing parent: ENOENT", missing_parent),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a path that ends in dot: EINVAL", dot),
    case("a path that ends in dot-dot: ENOTEMPTY", dot_dot),
    case("a slash at the end is allowed", trailing_slash),
    case("a name of 256 bytes: ENAMETOOLONG", name_length),
    case("a removed directory that is open has no links and no entries", while_open),
    case("no file can be made in a removed directory: ENOENT", create_in_removed),
    case("the same name made and removed a thousand times", churn),
];

fn removes_name(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?.st_nlink;
    at.mkdir("d").ok()?;
    at.rmdir("d").ok()?;
    at.stat("d").fails(Errno::ENOENT)?;
    equal("the list of names", at.names(".")?, Vec::new())?;
    equal("the parent's st_nlink", at.stat(".").ok()?.st_nlink, before)
}

fn marks_parent(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    let before = at.stat(".").ok()?;
    let_time_pass();
    at.rmdir("d").ok()?;
    let after = at.stat(".").ok()?;
    holds("the parent's mtime is later", mtime(&after) > mtime(&before))?;
    holds("the parent's ctime is later", ctime(&after) > ctime(&before))
}

fn with_file(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/f", b"kept")?;
    at.rmdir("d").fails(Errno::ENOTEMPTY)?;
    equal("the file's contents", at.contents("d/f")?, b"kept".to_vec())
}

fn with_directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.mkdir("d/e").ok()?;
    at.rmdir("d").fails(Errno::ENOTEMPTY)?;
    at.stat("d/e").ok().map(drop)
}

fn emptied(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    for number in 0..100 {
        at.file(&format!("d/f{number}"), b"")?;
    }
    for number in 0..100 {
        at.rmdir("d").fails(Errno::ENOTEMPTY)?;
        at.unlink(&format!("d/f{number}")).ok()?;
    }
    at.rmdir("d").ok()
}

fn file(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.rmdir("f").fails(Errno::ENOTDIR)?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())
}

fn symlink(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.symlink("d", "s").ok()?;
    at.rmdir("s").fails(Errno::ENOTDIR)?;
    at.stat("d").ok().map(drop)
}

fn missing(at: &Sandbox) -> Checked {
    at.rmdir("missing").fails(Errno::ENOENT)
}

fn missing_parent(at: &Sandbox) -> Checked {
    at.rmdir("missing/d").fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.rmdir("f/d").fails(Errno::ENOTDIR)
}

fn dot(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.rmdir("d/.").fails(Errno::EINVAL)
}

fn dot_dot(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.mkdir("d/e").ok()?;
    at.rmdir("d/e/..").fails(Errno::ENOTEMPTY)
}

fn trailing_slash(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.rmdir("d/").ok()?;
    at.stat("d").fails(Errno::ENOENT)
}

fn name_length(at: &Sandbox) -> Checked {
    at.rmdir(&"n".repeat(256)).fails(Errno::ENAMETOOLONG)?;
    at.mkdir(&"n".repeat(255)).ok()?;
    at.rmdir(&"n".repeat(255)).ok()
}

fn while_open(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    let open = at.open("d", OFlag::O_RDONLY | OFlag::O_DIRECTORY).ok()?;
    at.rmdir("d").ok()?;
    equal("st_nlink", open.stat().ok()?.st_nlink, 0)?;
    let inside = open.as_directory(at.path())?;
    inside.stat("f").fails(Errno::ENOENT)
}

fn create_in_removed(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    let inside = at.open("d", OFlag::O_RDONLY | OFlag::O_DIRECTORY).ok()?.as_directory(at.path())?;
    at.rmdir("d").ok()?;
    inside.create("f").fails(Errno::ENOENT)?;
    inside.symlink("x", "s").fails(Errno::ENOENT)
}

fn churn(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?.st_nlink;
    for _ in 0..1000 {
        at.mkdir("d").ok()?;
        at.rmdir("d").ok()?;
    }
    equal("the parent's st_nlink", at.stat(".").ok()?.st_nlink, before)
}
