//! chmod(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/chmod.html>, and chown(2)

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;
use nix::unistd::geteuid;

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, ctime, demand_root, kind, let_time_pass, mtime, permissions};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("the permission bits are set, all combinations of three", every_mode),
    case("set-user-ID, set-group-ID and sticky bits are set", special_bits),
    case("the type stays", type_stays),
    case("a directory's bits are set", directory),
    case("ctime is marked, mtime is not", marks_ctime),
    case("a symbolic link is followed", follows),
    case("fchmod works on a file that was unlinked", unlinked),
    case("a missing file: ENOENT", missing),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a name of 256 bytes: ENAMETOOLONG", name_length),
    case("without read permission a file cannot be opened, except by root", enforced),
    case("chown: owner and group are set, each alone and both", chown_sets),
    case("chown: the largest ids are kept", chown_largest),
    case("chown: ctime is marked, mtime is not", chown_marks),
    case("chown: a missing file: ENOENT", chown_missing),
];

fn every_mode(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    for mode in (0..0o1000).step_by(0o37).chain([0o777, 0o644, 0]) {
        at.chmod("f", mode).ok()?;
        equal("its permission bits", permissions(&at.stat("f").ok()?), mode)?;
    }
    Ok(())
}

fn special_bits(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("d").ok()?;
    for (name, mode) in [("f", 0o4755), ("f", 0o2755), ("f", 0o6711), ("d", 0o1777), ("d", 0o2755)] {
        at.chmod(name, mode).ok()?;
        equal("its permission bits", permissions(&at.stat(name).ok()?), mode)?;
    }
    Ok(())
}

fn type_stays(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("d").ok()?;
    at.mknod("p", SFlag::S_IFIFO, 0o644, 0).ok()?;
    for (name, expected) in [("f", SFlag::S_IFREG), ("d", SFlag::S_IFDIR), ("p", SFlag::S_IFIFO)] {
        at.chmod(name, 0o700).ok()?;
        equal("its type", kind(&at.stat(name).ok()?), expected.bits())?;
    }
    Ok(())
}

fn directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.chmod("d", 0o711).ok()?;
    equal("its permission bits", permissions(&at.stat("d").ok()?), 0o711)
}

fn marks_ctime(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    let before = at.stat("f").ok()?;
    let_time_pass();
    at.chmod("f", 0o600).ok()?;
    let after = at.stat("f").ok()?;
    holds("ctime is later", ctime(&after) > ctime(&before))?;
    equal("mtime", mtime(&after), mtime(&before))
}

fn follows(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.symlink("f", "s").ok()?;
    at.chmod("s", 0o600).ok()?;
    equal("the target's permission bits", permissions(&at.stat("f").ok()?), 0o600)
}

fn unlinked(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    at.unlink("f").ok()?;
    open.chmod(0o600).ok()?;
    equal("its permission bits", permissions(&open.stat().ok()?), 0o600)
}

fn missing(at: &Sandbox) -> Checked {
    at.chmod("missing", 0o644).fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.chmod("f/g", 0o644).fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.chmod(&"n".repeat(256), 0o644).fails(Errno::ENAMETOOLONG)
}

fn enforced(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.chmod("f", 0o000).ok()?;
    let opened = at.open("f", OFlag::O_RDONLY);
    if geteuid().is_root() { opened.ok().map(drop) } else { opened.fails(Errno::EACCES) }
}

fn chown_sets(at: &Sandbox) -> Checked {
    demand_root()?;
    at.file("f", b"")?;
    for (user, group, expected) in
        [(Some(1000), None, (1000, 0)), (None, Some(2000), (1000, 2000)), (Some(3), Some(4), (3, 4))]
    {
        at.chown("f", user, group).ok()?;
        let stat = at.stat("f").ok()?;
        equal("st_uid and st_gid", (stat.st_uid, stat.st_gid), expected)?;
    }
    Ok(())
}

fn chown_largest(at: &Sandbox) -> Checked {
    demand_root()?;
    at.file("f", b"")?;
    at.chown("f", Some(u32::MAX - 1), Some(u32::MAX - 1)).ok()?;
    let stat = at.stat("f").ok()?;
    equal("st_uid and st_gid", (stat.st_uid, stat.st_gid), (u32::MAX - 1, u32::MAX - 1))
}

fn chown_marks(at: &Sandbox) -> Checked {
    demand_root()?;
    at.file("f", b"")?;
    let before = at.stat("f").ok()?;
    let_time_pass();
    at.chown("f", Some(1000), Some(1000)).ok()?;
    let after = at.stat("f").ok()?;
    holds("ctime is later", ctime(&after) > ctime(&before))?;
    equal("mtime", mtime(&after), mtime(&before))
}

fn chown_missing(at: &Sandbox) -> Checked {
    at.chown("missing", Some(geteuid().as_raw()), None).fails(Errno::ENOENT)
}
