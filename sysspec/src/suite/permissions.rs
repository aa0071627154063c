//! File access permissions (XBD 4.5) and what POSIX reserves to owners,
//! <https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap04.html#tag_04_05>
//!
//! Every case acts as an ordinary user in a directory of root's, so root has to run them.

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;
use nix::sys::time::TimeSpec;

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, permissions};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("what a user makes belongs to that user and their group", belongs_to_maker),
    case("a user opens only what the permission bits allow: EACCES", opening),
    case("a directory that may not be written takes and gives no names: EACCES", unwritable_directory),
    case("a directory that may not be searched hides what is in it: EACCES", unsearchable_directory),
    case("a directory that may not be read is not listed, but searched: EACCES", unreadable_directory),
    case("in a sticky directory only the owner removes and renames: EPERM", sticky),
    case("chmod, chown and utimens of another's file: EPERM", reserved_to_owner),
    case("setting the present time needs write permission only, else EACCES", touching),
    case("the owner's bits count for the owner, the group's for the group", whose_bits),
];

const USER: u32 = 1000;
const OTHER: u32 = 2000;

fn belongs_to_maker(at: &Sandbox) -> Checked {
    at.chmod(".", 0o777).ok()?;
    at.as_user(USER, || -> Checked {
        at.file("f", b"")?;
        at.mkdir("d").ok()?;
        at.symlink("f", "s").ok()?;
        at.mknod("p", SFlag::S_IFIFO, 0o644, 0).ok()
    })??;
    for name in ["f", "d", "s", "p"] {
        let stat = at.stat(name).ok()?;
        equal("st_uid and st_gid", (stat.st_uid, stat.st_gid), (USER, USER))?;
    }
    Ok(())
}

fn opening(at: &Sandbox) -> Checked {
    at.file("none", b"x")?;
    at.file("read", b"x")?;
    at.file("write", b"x")?;
    for (name, mode) in [("none", 0o000), ("read", 0o004), ("write", 0o002)] {
        at.chmod(name, mode).ok()?;
    }
    at.as_user(USER, || -> Checked {
        for (name, readable, writable) in
            [("none", false, false), ("read", true, false), ("write", false, true)]
        {
            for (flags, allowed) in [
                (OFlag::O_RDONLY, readable),
                (OFlag::O_WRONLY, writable),
                (OFlag::O_RDWR, readable && writable),
                (OFlag::O_WRONLY | OFlag::O_TRUNC, writable),
            ] {
                let opened = at.open(name, flags);
                if allowed { opened.ok().map(drop)? } else { opened.fails(Errno::EACCES)? }
            }
        }
        at.truncate("read", 0).fails(Errno::EACCES)
    })?
}

fn unwritable_directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/f", b"kept")?;
    at.mkdir("d/e").ok()?;
    at.mkdir("open").ok()?;
    at.chmod("open", 0o777).ok()?;
    at.as_user(USER, || -> Checked {
        at.create("d/new").fails(Errno::EACCES)?;
        at.mkdir("d/new").fails(Errno::EACCES)?;
        at.mknod("d/new", SFlag::S_IFIFO, 0o644, 0).fails(Errno::EACCES)?;
        at.symlink("x", "d/new").fails(Errno::EACCES)?;
        at.unlink("d/f").fails(Errno::EACCES)?;
        at.rmdir("d/e").fails(Errno::EACCES)?;
        at.rename("d/f", "d/new").fails(Errno::EACCES)?;
        at.rename("d/f", "open/f").fails(Errno::EACCES)?;
        at.file("open/mine", b"")?;
        at.rename("open/mine", "d/mine").fails(Errno::EACCES)
    })??;
    equal("the names in it", at.names("d")?, vec!["e".to_owned(), "f".to_owned()])
}

fn unsearchable_directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/f", b"")?;
    at.chmod("d", 0o746).ok()?;
    at.as_user(USER, || -> Checked {
        at.stat("d/f").fails(Errno::EACCES)?;
        at.stat("d/missing").fails(Errno::EACCES)?;
        at.open("d/f", OFlag::O_RDONLY).fails(Errno::EACCES)?;
        at.create("d/new").fails(Errno::EACCES)
    })?
}

fn unreadable_directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/f", b"found")?;
    at.chmod("d", 0o711).ok()?;
    at.as_user(USER, || -> Checked {
        at.open("d", OFlag::O_RDONLY | OFlag::O_DIRECTORY).fails(Errno::EACCES)?;
        equal("st_size of a file in it", at.stat("d/f").ok()?.st_size, 5)
    })?
}

fn sticky(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.chmod("d", 0o1777).ok()?;
    at.as_user(OTHER, || at.file("d/theirs", b""))??;
    at.as_user(USER, || -> Checked {
        at.unlink("d/theirs").fails(Errno::EPERM)?;
        at.rename("d/theirs", "d/mine").fails(Errno::EPERM)?;
        at.file("d/mine", b"")?;
        at.rename("d/mine", "d/theirs").fails(Errno::EPERM)?;
        at.rename("d/mine", "d/own").ok()?;
        at.unlink("d/own").ok()
    })?
}

fn reserved_to_owner(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.chmod("f", 0o666).ok()?;
    let (then, now) = (TimeSpec::new(1000, 0), TimeSpec::UTIME_NOW);
    at.as_user(USER, || -> Checked {
        at.chmod("f", 0o777).fails(Errno::EPERM)?;
        at.chown("f", Some(USER), None).fails(Errno::EPERM)?;
        at.chown("f", None, Some(USER)).fails(Errno::EPERM)?;
        at.utimens("f", then, then).fails(Errno::EPERM)?;
        at.utimens("f", now, TimeSpec::UTIME_OMIT).fails(Errno::EPERM)
    })??;
    equal("its permission bits", permissions(&at.stat("f").ok()?), 0o666)
}

fn touching(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.file("g", b"")?;
    at.chmod("f", 0o602).ok()?;
    at.utimens("f", TimeSpec::new(1000, 0), TimeSpec::new(1000, 0)).ok()?;
    let now = TimeSpec::UTIME_NOW;
    at.as_user(USER, || -> Checked {
        at.utimens("g", now, now).fails(Errno::EACCES)?;
        at.utimens("f", now, now).ok()
    })??;
    holds("mtime is now", at.stat("f").ok()?.st_mtime > 1000)
}

fn whose_bits(at: &Sandbox) -> Checked {
    at.file("f", b"x")?;
    at.chown("f", Some(USER), Some(OTHER)).ok()?;
    at.chmod("f", 0o044).ok()?;
    at.as_user(USER, || at.open("f", OFlag::O_RDONLY).fails(Errno::EACCES))??;
    at.as_user(OTHER, || at.open("f", OFlag::O_RDONLY).ok().map(drop))??;
    at.chmod("f", 0o404).ok()?;
    at.as_user(OTHER, || at.open("f", OFlag::O_RDONLY).fails(Errno::EACCES))??;
    at.as_user(USER, || at.open("f", OFlag::O_RDONLY).ok().map(drop))?
}
