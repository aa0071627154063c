//! link(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/link.html>

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, ctime, kind, let_time_pass, mtime, permissions};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("a link is the same file, with one link more", same_file),
    case("contents, mode and size are shared", shared),
    case("a link in another directory", other_directory),
    case("a FIFO can be linked", fifo),
    // POSIX leaves open whether the link is followed; Linux links the symbolic link itself.
    case("a symbolic link is linked itself", symlink),
    case("the file's ctime and the parent's times are marked", marks_times),
    case("an existing target of any kind: EEXIST", existing),
    case("a directory: EPERM", directory),
    case("a missing source: ENOENT", missing_source),
    case("a missing parent of source or target: ENOENT", missing_parents),
    case("a file as parent of source or target: ENOTDIR", file_as_parent),
    case("a name of 255 bytes is taken, one of 256: ENAMETOOLONG", name_length),
    case("a target in a removed directory: ENOENT, and no link is counted", removed_directory),
    case("a thousand links to one file, and all away again", many),
];

fn same_file(at: &Sandbox) -> Checked {
    at.file("f", b"x")?;
    at.link("f", "g").ok()?;
    let (first, second) = (at.stat("f").ok()?, at.stat("g").ok()?);
    equal("st_ino", second.st_ino, first.st_ino)?;
    equal("st_nlink by the old name", first.st_nlink, 2)?;
    equal("st_nlink by the new name", second.st_nlink, 2)
}

fn shared(at: &Sandbox) -> Checked {
    at.file("f", b"before")?;
    at.link("f", "g").ok()?;
    at.open("f", OFlag::O_WRONLY).ok()?.write_all(b"after!!", 0)?;
    at.chmod("g", 0o640).ok()?;
    equal("the contents by the new name", at.contents("g")?, b"after!!".to_vec())?;
    equal("st_size by the new name", at.stat("g").ok()?.st_size, 7)?;
    equal("the mode by the old name", permissions(&at.stat("f").ok()?), 0o640)
}

fn other_directory(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    at.file("a/f", b"shared")?;
    at.link("a/f", "b/g").ok()?;
    at.unlink("a/f").ok()?;
    at.rmdir("a").ok()?;
    equal("the contents", at.contents("b/g")?, b"shared".to_vec())
}

fn fifo(at: &Sandbox) -> Checked {
    at.mknod("p", SFlag::S_IFIFO, 0o644, 0).ok()?;
    at.link("p", "q").ok()?;
    equal("its type", kind(&at.stat("q").ok()?), SFlag::S_IFIFO.bits())
}

fn symlink(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.symlink("f", "s").ok()?;
    at.link("s", "t").ok()?;
    equal("its type", kind(&at.stat("t").ok()?), SFlag::S_IFLNK.bits())?;
    equal("its target", at.readlink("t").ok()?, b"f".to_vec())?;
    equal("st_nlink of the file", at.stat("f").ok()?.st_nlink, 1)
}

fn marks_times(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    let (file, parent) = (at.stat("f").ok()?, at.stat(".").ok()?);
    let_time_pass();
    at.link("f", "g").ok()?;
    let after = at.stat(".").ok()?;
    holds("the file's ctime is later", ctime(&at.stat("f").ok()?) > ctime(&file))?;
    equal("the file's mtime", mtime(&at.stat("f").ok()?), mtime(&file))?;
    holds("the parent's mtime is later", mtime(&after) > mtime(&parent))?;
    holds("the parent's ctime is later", ctime(&after) > ctime(&parent))
}

fn existing(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.file("g", b"kept")?;
    at.mkdir("d").ok()?;
    at.symlink("nowhere", "s").ok()?;
    for name in ["f", "g", "d", "s"] {
        at.link("f", name).fails(Errno::EEXIST)?;
    }
    equal("st_nlink", at.stat("f").ok()?.st_nlink, 1)?;
    equal("the target's contents", at.contents("g")?, b"kept".to_vec())
}

fn directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.link("d", "e").fails(Errno::EPERM)?;
    equal("st_nlink", at.stat("d").ok()?.st_nlink, 2)
}

fn missing_source(at: &Sandbox) -> Checked {
    at.link("missing", "g").fails(Errno::ENOENT)?;
    at.link("", "g").fails(Errno::ENOENT)
}

fn missing_parents(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.link("missing/f", "g").fails(Errno::ENOENT)?;
    at.link("f", "missing/g").fails(Errno::ENOENT)?;
    equal("st_nlink", at.stat("f").ok()?.st_nlink, 1)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.link("f/x", "g").fails(Errno::ENOTDIR)?;
    at.link("f", "f/g").fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.link("f", &"n".repeat(256)).fails(Errno::ENAMETOOLONG)?;
    equal("st_nlink after that", at.stat("f").ok()?.st_nlink, 1)?;
    at.link("f", &"n".repeat(255)).ok()?;
    equal("st_nlink", at.stat("f").ok()?.st_nlink, 2)
}

fn removed_directory(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("d").ok()?;
    let inside = at.open("d", OFlag::O_DIRECTORY).ok()?;
    at.rmdir("d").ok()?;
    let linked = nix::unistd::linkat(at.fd(), "f", inside.fd(), "g", nix::fcntl::AtFlags::empty());
    equal("linkat into it", linked, Err(Errno::ENOENT))?;
    equal("st_nlink", at.stat("f").ok()?.st_nlink, 1)
}

fn many(at: &Sandbox) -> Checked {
    at.file("f", b"shared")?;
    for number in 0..1000 {
        at.link("f", &format!("l{number}")).ok()?;
    }
    equal("st_nlink", at.stat("f").ok()?.st_nlink, 1001)?;
    at.unlink("f").ok()?;
    for number in 0..999 {
        at.unlink(&format!("l{number}")).ok()?;
    }
    equal("st_nlink of the last", at.stat("l999").ok()?.st_nlink, 1)?;
    equal("the contents", at.contents("l999")?, b"shared".to_vec())
}
