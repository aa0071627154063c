//! stat(2), fstat(2) and lstat(2),
//! <https://pubs.opengroup.org/onlinepubs/9699919799/functions/stat.html>

use std::collections::BTreeSet;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, kind, mtime, pattern};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("every kind shows its type", kinds),
    case("st_size is the number of bytes", size),
    case("st_size of a symbolic link is the length of its target", symlink_size),
    case("st_blocks covers what was written", blocks),
    case("st_blksize is positive", block_size),
    case("all files share st_dev", device),
    case("files have different serial numbers, links the same", serial_numbers),
    case("a serial number lasts as long as the file", lasting_serial),
    case("fstat and stat agree", agree),
    case("stat follows a symbolic link, lstat does not", follows),
    case("a new file's times are now", times_now),
    case("dot and dot-dot are what they name", dots),
    case("a missing file: ENOENT", missing),
    case("an empty path: ENOENT", empty_path),
    case("a dangling symbolic link: ENOENT", dangling),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a file's name with a slash at the end: ENOTDIR", trailing_slash),
    case("symbolic links in a circle: ELOOP", circle),
    case("a name of 256 bytes: ENAMETOOLONG", name_length),
    case("a name is found as soon as it exists, after ENOENT was answered", appears),
];

fn kinds(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("d").ok()?;
    at.symlink("f", "s").ok()?;
    at.mknod("p", SFlag::S_IFIFO, 0o644, 0).ok()?;
    for (name, expected) in
        [("f", SFlag::S_IFREG), ("d", SFlag::S_IFDIR), ("s", SFlag::S_IFLNK), ("p", SFlag::S_IFIFO)]
    {
        equal("its type", kind(&at.stat(name).ok()?), expected.bits())?;
    }
    Ok(())
}

fn size(at: &Sandbox) -> Checked {
    for size in [0usize, 1, 4095, 4096, 4097, 100_000] {
        let name = format!("f{size}");
        at.file(&name, &pattern(size, 0))?;
        equal("st_size", at.stat(&name).ok()?.st_size, size as i64)?;
    }
    Ok(())
}

fn symlink_size(at: &Sandbox) -> Checked {
    at.symlink("0123456789", "s").ok()?;
    equal("st_size", at.stat("s").ok()?.st_size, 10)
}

fn blocks(at: &Sandbox) -> Checked {
    at.file("empty", b"")?;
    equal("st_blocks of an empty file", at.stat("empty").ok()?.st_blocks, 0)?;
    at.file("f", &pattern(100_000, 0))?;
    holds("st_blocks covers the bytes", at.stat("f").ok()?.st_blocks * 512 >= 100_000)
}

fn block_size(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    holds("st_blksize is positive", at.stat("f").ok()?.st_blksize > 0)
}

fn device(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("d").ok()?;
    at.file("d/g", b"")?;
    let expected = at.stat(".").ok()?.st_dev;
    for name in ["f", "d", "d/g"] {
        equal("st_dev", at.stat(name).ok()?.st_dev, expected)?;
    }
    Ok(())
}

fn serial_numbers(at: &Sandbox) -> Checked {
    let mut seen = BTreeSet::new();
    for number in 0..100 {
        at.file(&format!("f{number}"), b"")?;
        at.mkdir(&format!("d{number}")).ok()?;
        for name in [format!("f{number}"), format!("d{number}")] {
            holds("st_ino is new", seen.insert(at.stat(&name).ok()?.st_ino))?;
        }
    }
    at.link("f0", "link").ok()?;
    equal("st_ino of a link", at.stat("link").ok()?.st_ino, at.stat("f0").ok()?.st_ino)
}

fn lasting_serial(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"")?;
    let ino = at.stat("f").ok()?.st_ino;
    at.rename("f", "d/g").ok()?;
    at.chmod("d/g", 0o600).ok()?;
    at.truncate("d/g", 10_000).ok()?;
    equal("st_ino", at.stat("d/g").ok()?.st_ino, ino)
}

fn agree(at: &Sandbox) -> Checked {
    at.file("f", &pattern(5000, 0))?;
    let by_name = at.stat("f").ok()?;
    let by_descriptor = at.open("f", OFlag::O_RDONLY).ok()?.stat().ok()?;
    equal("st_ino", by_descriptor.st_ino, by_name.st_ino)?;
    equal("st_mode", by_descriptor.st_mode, by_name.st_mode)?;
    equal("st_size", by_descriptor.st_size, by_name.st_size)?;
    equal("st_blocks", by_descriptor.st_blocks, by_name.st_blocks)?;
    equal("st_mtim", mtime(&by_descriptor), mtime(&by_name))
}

fn follows(at: &Sandbox) -> Checked {
    at.file("f", b"12345")?;
    at.symlink("f", "s").ok()?;
    equal("st_size of what it names", at.stat_follow("s").ok()?.st_size, 5)?;
    equal("the link's own type", kind(&at.stat("s").ok()?), SFlag::S_IFLNK.bits())
}

fn times_now(at: &Sandbox) -> Checked {
    let now = || {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs() as i64)
    };
    let before = now() - 1;
    at.file("f", b"x")?;
    at.mkdir("d").ok()?;
    at.symlink("x", "s").ok()?;
    let after = now() + 1;
    for name in ["f", "d", "s"] {
        let stat = at.stat(name).ok()?;
        for time in [stat.st_atime, stat.st_mtime, stat.st_ctime] {
            holds("the time is now", (before..=after).contains(&time))?;
        }
    }
    Ok(())
}

fn dots(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.mkdir("d/e").ok()?;
    let ino = at.stat("d").ok()?.st_ino;
    for name in ["d/.", "d/e/..", "d/e/../.", "./d/e/../../d"] {
        equal("st_ino", at.stat(name).ok()?.st_ino, ino)?;
    }
    Ok(())
}

fn missing(at: &Sandbox) -> Checked {
    at.stat("missing").fails(Errno::ENOENT)?;
    at.stat("missing/f").fails(Errno::ENOENT)
}

fn empty_path(at: &Sandbox) -> Checked {
    at.stat("").fails(Errno::ENOENT)
}

fn dangling(at: &Sandbox) -> Checked {
    at.symlink("nowhere", "s").ok()?;
    at.stat_follow("s").fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.stat("f/g").fails(Errno::ENOTDIR)?;
    at.stat("f/..").fails(Errno::ENOTDIR)
}

fn trailing_slash(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.stat("f/").fails(Errno::ENOTDIR)
}

fn circle(at: &Sandbox) -> Checked {
    at.symlink("s", "s").ok()?;
    at.stat_follow("s").fails(Errno::ELOOP)?;
    at.stat("s").ok().map(drop)
}

fn name_length(at: &Sandbox) -> Checked {
    at.stat(&"n".repeat(256)).fails(Errno::ENAMETOOLONG)?;
    at.stat(&"n".repeat(255)).fails(Errno::ENOENT)
}

fn appears(at: &Sandbox) -> Checked {
    for number in 0..50 {
        let name = format!("f{number}");
        at.stat(&name).fails(Errno::ENOENT)?;
        at.file(&name, b"x")?;
        equal("st_size", at.stat(&name).ok()?.st_size, 1)?;
        at.unlink(&name).ok()?;
        at.stat(&name).fails(Errno::ENOENT)?;
    }
    Ok(())
}
