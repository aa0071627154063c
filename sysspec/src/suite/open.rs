//! open(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/open.html>

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;
use nix::unistd::{getegid, geteuid};

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, ctime, kind, let_time_pass, mtime, permissions, unmasked};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("O_CREAT makes an empty regular file with one link", creates),
    case("O_CREAT gives the mode asked for, less the mask", create_mode),
    case("O_CREAT gives the caller's ownership", create_owner),
    case("O_CREAT marks the parent's mtime and ctime", create_marks_parent),
    case("O_CREAT of an existing file keeps contents and mode", create_existing),
    case("O_CREAT through a dangling symbolic link makes its target", create_through_symlink),
    case("O_CREAT with a mode without write permission gives a writable descriptor", create_read_only_mode),
    case("O_CREAT and O_EXCL: an existing name of any kind: EEXIST", exclusive),
    case("O_TRUNC empties the file and marks mtime and ctime", truncates),
    case("O_TRUNC with O_CREAT and an existing file empties it", truncates_with_create),
    case("O_APPEND writes at the end, wherever that is by then", appends),
    case("every open has its own offset", own_offset),
    case("a symbolic link is followed, through directories too", follows),
    case("O_NOFOLLOW on a symbolic link: ELOOP", nofollow),
    case("symbolic links in a circle: ELOOP", circle),
    case("a missing file without O_CREAT: ENOENT", missing),
    case("a missing parent: ENOENT", missing_parent),
    case("an empty path: ENOENT", empty_path),
    case("a dangling symbolic link: ENOENT", dangling),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a file with O_DIRECTORY: ENOTDIR", file_as_directory),
    case("a file's name with a slash at the end: ENOTDIR", trailing_slash),
    case("a directory for writing: EISDIR", directory_for_writing),
    case("a directory with O_CREAT: EISDIR", directory_with_create),
    case("a name of 255 bytes is taken, one of 256: ENAMETOOLONG", name_length),
    case("reading what is open for writing only: EBADF, and the reverse", wrong_direction),
    case("a hundred opens of one file see one file", many_opens),
];

const READ: OFlag = OFlag::O_RDONLY;
const WRITE: OFlag = OFlag::O_WRONLY;
const BOTH: OFlag = OFlag::O_RDWR;
const CREATE: OFlag = OFlag::O_CREAT;

fn creates(at: &Sandbox) -> Checked {
    at.open("f", BOTH | CREATE).ok()?;
    let stat = at.stat("f").ok()?;
    equal("its type", kind(&stat), SFlag::S_IFREG.bits())?;
    equal("st_size", stat.st_size, 0)?;
    equal("st_nlink", stat.st_nlink, 1)
}

fn create_mode(at: &Sandbox) -> Checked {
    for mode in [0o777, 0o666, 0o640, 0o400] {
        let name = format!("f{mode:o}");
        at.open_with(&name, BOTH | CREATE, mode).ok()?;
        equal("its permission bits", permissions(&at.stat(&name).ok()?), unmasked(mode)?)?;
    }
    Ok(())
}

fn create_owner(at: &Sandbox) -> Checked {
    at.create("f").ok()?;
    let stat = at.stat("f").ok()?;
    equal("st_uid", stat.st_uid, geteuid().as_raw())?;
    equal("st_gid", stat.st_gid, getegid().as_raw())
}

fn create_marks_parent(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?;
    let_time_pass();
    at.create("f").ok()?;
    let after = at.stat(".").ok()?;
    holds("the parent's mtime is later", mtime(&after) > mtime(&before))?;
    holds("the parent's ctime is later", ctime(&after) > ctime(&before))
}

fn create_existing(at: &Sandbox) -> Checked {
    at.open_with("f", BOTH | CREATE, 0o600).ok()?.write_all(b"kept", 0)?;
    at.open_with("f", BOTH | CREATE, 0o777).ok()?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())?;
    equal("its permission bits", permissions(&at.stat("f").ok()?), unmasked(0o600)?)
}

fn create_through_symlink(at: &Sandbox) -> Checked {
    at.symlink("f", "s").ok()?;
    at.open("s", BOTH | CREATE).ok()?.write_all(b"made", 0)?;
    equal("the target's contents", at.contents("f")?, b"made".to_vec())
}

fn create_read_only_mode(at: &Sandbox) -> Checked {
    at.open_with("f", BOTH | CREATE, 0o444).ok()?.write_all(b"written", 0)?;
    equal("its contents", at.contents("f")?, b"written".to_vec())
}

fn exclusive(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.mkdir("d").ok()?;
    at.symlink("nowhere", "s").ok()?;
    for name in ["f", "d", "s"] {
        at.create(name).fails(Errno::EEXIST)?;
    }
    at.stat("nowhere").fails(Errno::ENOENT)?;
    equal("the file's contents", at.contents("f")?, b"kept".to_vec())
}

fn truncates(at: &Sandbox) -> Checked {
    at.file("f", &[1; 10_000])?;
    let before = at.stat("f").ok()?;
    let_time_pass();
    at.open("f", WRITE | OFlag::O_TRUNC).ok()?;
    let after = at.stat("f").ok()?;
    equal("st_size", after.st_size, 0)?;
    equal("its contents", at.contents("f")?, Vec::new())?;
    holds("mtime is later", mtime(&after) > mtime(&before))?;
    holds("ctime is later", ctime(&after) > ctime(&before))
}

fn truncates_with_create(at: &Sandbox) -> Checked {
    at.file("f", b"old contents")?;
    at.open("f", BOTH | CREATE | OFlag::O_TRUNC).ok()?.write_all(b"new", 0)?;
    equal("its contents", at.contents("f")?, b"new".to_vec())
}

fn appends(at: &Sandbox) -> Checked {
    at.file("f", b"one ")?;
    let appender = at.open("f", WRITE | OFlag::O_APPEND).ok()?;
    let other = at.open("f", WRITE).ok()?;
    appender.write_on(b"two ").ok()?;
    other.write_all(b"three ", 8)?;
    appender.write_on(b"four").ok()?;
    equal("its contents", at.contents("f")?, b"one two three four".to_vec())
}

fn own_offset(at: &Sandbox) -> Checked {
    at.file("f", b"abcdef")?;
    let first = at.open("f", READ).ok()?;
    let second = at.open("f", READ).ok()?;
    equal("the first's first read", first.read_on(3).ok()?, b"abc".to_vec())?;
    equal("the second's first read", second.read_on(2).ok()?, b"ab".to_vec())?;
    equal("the first's second read", first.read_on(3).ok()?, b"def".to_vec())
}

fn follows(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/f", b"found")?;
    at.symlink("d", "s").ok()?;
    at.symlink("../s/f", "d/t").ok()?;
    equal("the contents by two links", at.contents("s/t")?, b"found".to_vec())
}

fn nofollow(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.symlink("f", "s").ok()?;
    at.open("s", READ | OFlag::O_NOFOLLOW).fails(Errno::ELOOP)?;
    at.open("f", READ | OFlag::O_NOFOLLOW).ok().map(drop)
}

fn circle(at: &Sandbox) -> Checked {
    at.symlink("b", "a").ok()?;
    at.symlink("a", "b").ok()?;
    at.open("a", READ).fails(Errno::ELOOP)
}

fn missing(at: &Sandbox) -> Checked {
    at.open("missing", BOTH).fails(Errno::ENOENT)
}

fn missing_parent(at: &Sandbox) -> Checked {
    at.open("missing/f", BOTH | CREATE).fails(Errno::ENOENT)
}

fn empty_path(at: &Sandbox) -> Checked {
    at.open("", READ).fails(Errno::ENOENT)
}

fn dangling(at: &Sandbox) -> Checked {
    at.symlink("nowhere", "s").ok()?;
    at.open("s", READ).fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.open("f/g", BOTH | CREATE).fails(Errno::ENOTDIR)?;
    at.open("f/g", READ).fails(Errno::ENOTDIR)
}

fn file_as_directory(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.open("f", READ | OFlag::O_DIRECTORY).fails(Errno::ENOTDIR)
}

fn trailing_slash(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.open("f/", READ).fails(Errno::ENOTDIR)
}

fn directory_for_writing(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.open("d", WRITE).fails(Errno::EISDIR)?;
    at.open("d", BOTH).fails(Errno::EISDIR)?;
    at.open("d", BOTH | OFlag::O_TRUNC).fails(Errno::EISDIR)
}

fn directory_with_create(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.open("d", READ | CREATE).fails(Errno::EISDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.open(&"n".repeat(256), BOTH | CREATE).fails(Errno::ENAMETOOLONG)?;
    at.open(&"n".repeat(256), READ).fails(Errno::ENAMETOOLONG)?;
    at.open(&"n".repeat(255), BOTH | CREATE).ok()?.write_all(b"x", 0)?;
    equal("its contents", at.contents(&"n".repeat(255))?, b"x".to_vec())
}

fn wrong_direction(at: &Sandbox) -> Checked {
    at.file("f", b"x")?;
    at.open("f", WRITE).ok()?.read(1, 0).fails(Errno::EBADF)?;
    at.open("f", READ).ok()?.write(b"y", 0).fails(Errno::EBADF)
}

fn many_opens(at: &Sandbox) -> Checked {
    at.file("f", &[0; 100])?;
    let mut opens = Vec::new();
    for _ in 0..100 {
        opens.push(at.open("f", BOTH).ok()?);
    }
    for (number, open) in opens.iter().enumerate() {
        open.write_all(&[number as u8 + 1], number as u64)?;
    }
    let expected: Vec<u8> = (1..=100).collect();
    equal("what the first of them reads", opens[0].read(200, 0).ok()?, expected)
}
