//! mknod(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/mknod.html>

use nix::errno::Errno;
use nix::sys::stat::{SFlag, makedev};
use nix::unistd::{getegid, geteuid};

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, ctime, demand_root, kind, let_time_pass, mtime, permissions, unmasked};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("a regular file is empty and has one link", regular_file),
    case("a FIFO is a FIFO", fifo),
    case("a socket node is a socket node", socket),
    case("devices keep their type and number", devices),
    case("a node has the mode asked for, less the mask", has_mode),
    case("a node belongs to the caller", has_owner),
    case("the parent's mtime and ctime are marked, its links unchanged", marks_parent),
    case("an existing name of any kind: EEXIST", existing),
    case("a missing parent: ENOENT", missing_parent),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a name of 255 bytes is taken, one of 256: ENAMETOOLONG", name_length),
];

const REGULAR: SFlag = SFlag::S_IFREG;

fn regular_file(at: &Sandbox) -> Checked {
    at.mknod("f", REGULAR, 0o644, 0).ok()?;
    let stat = at.stat("f").ok()?;
    equal("its type", kind(&stat), REGULAR.bits())?;
    equal("st_size", stat.st_size, 0)?;
    equal("st_nlink", stat.st_nlink, 1)?;
    equal("its contents", at.contents("f")?, Vec::new())
}

fn fifo(at: &Sandbox) -> Checked {
    at.mknod("p", SFlag::S_IFIFO, 0o644, 0).ok()?;
    let stat = at.stat("p").ok()?;
    equal("its type", kind(&stat), SFlag::S_IFIFO.bits())?;
    equal("st_nlink", stat.st_nlink, 1)
}

fn socket(at: &Sandbox) -> Checked {
    at.mknod("s", SFlag::S_IFSOCK, 0o644, 0).ok()?;
    equal("its type", kind(&at.stat("s").ok()?), SFlag::S_IFSOCK.bits())
}

fn devices(at: &Sandbox) -> Checked {
    demand_root()?;
    for (name, kind_wanted, device) in
        [("c", SFlag::S_IFCHR, makedev(5, 260)), ("b", SFlag::S_IFBLK, makedev(253, 3))]
    {
        at.mknod(name, kind_wanted, 0o600, device).ok()?;
        let stat = at.stat(name).ok()?;
        equal("its type", kind(&stat), kind_wanted.bits())?;
        equal("st_rdev", stat.st_rdev, device)?;
    }
    Ok(())
}

fn has_mode(at: &Sandbox) -> Checked {
    for mode in [0o777, 0o644, 0o400, 0o000] {
        let name = format!("f{mode:o}");
        at.mknod(&name, REGULAR, mode, 0).ok()?;
        equal("its permission bits", permissions(&at.stat(&name).ok()?), unmasked(mode)?)?;
    }
    Ok(())
}

fn has_owner(at: &Sandbox) -> Checked {
    at.mknod("f", REGULAR, 0o644, 0).ok()?;
    let stat = at.stat("f").ok()?;
    equal("st_uid", stat.st_uid, geteuid().as_raw())?;
    equal("st_gid", stat.st_gid, getegid().as_raw())
}

fn marks_parent(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?;
    let_time_pass();
    at.mknod("f", REGULAR, 0o644, 0).ok()?;
    let after = at.stat(".").ok()?;
    holds("the parent's mtime is later", mtime(&after) > mtime(&before))?;
    holds("the parent's ctime is later", ctime(&after) > ctime(&before))?;
    equal("the parent's st_nlink", after.st_nlink, before.st_nlink)
}

fn existing(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"kept")?;
    at.symlink("nowhere", "s").ok()?;
    at.mknod("p", SFlag::S_IFIFO, 0o644, 0).ok()?;
    for name in ["d", "f", "s", "p"] {
        at.mknod(name, REGULAR, 0o644, 0).fails(Errno::EEXIST)?;
        at.mknod(name, SFlag::S_IFIFO, 0o644, 0).fails(Errno::EEXIST)?;
    }
    equal("the file's contents", at.contents("f")?, b"kept".to_vec())
}

fn missing_parent(at: &Sandbox) -> Checked {
    at.mknod("missing/f", REGULAR, 0o644, 0).fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mknod("f/g", REGULAR, 0o644, 0).fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.mknod(&"n".repeat(256), REGULAR, 0o644, 0).fails(Errno::ENAMETOOLONG)?;
    at.mknod(&"n".repeat(255), REGULAR, 0o644, 0).ok()?;
    equal("its type", kind(&at.stat(&"n".repeat(255)).ok()?), REGULAR.bits())
}
