//! mkdir(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/mkdir.html>

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;
use nix::unistd::{getegid, geteuid};

use super::check::{Checked, equal, holds};
use super::sandbox::{Sandbox, ctime, kind, let_time_pass, mtime, permissions, unmasked};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("a new directory is empty", is_empty),
    case("a new directory has two links, and its parent one more", counts_links),
    case("a new directory has the mode asked for, less the mask", has_mode),
    case("a new directory belongs to the caller", has_owner),
    case("the parent's mtime and ctime are marked", marks_parent),
    case("an existing directory: EEXIST", existing_directory),
    case("an existing file: EEXIST", existing_file),
    case("an existing symbolic link, even a dangling one: EEXIST", existing_symlink),
    case("a missing parent: ENOENT", missing_parent),
    case("an empty path: ENOENT", empty_path),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a name of 255 bytes is taken, one of 256: ENAMETOOLONG", name_length),
    case("a slash at the end is allowed", trailing_slash),
    case("a parent that was removed: ENOENT", removed_parent),
    case("a thousand directories side by side", many),
];

fn is_empty(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    equal("its type", kind(&at.stat("d").ok()?), SFlag::S_IFDIR.bits())?;
    equal("its list of names", at.names("d")?, Vec::new())
}

fn counts_links(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?.st_nlink;
    at.mkdir("d").ok()?;
    equal("st_nlink of the new directory", at.stat("d").ok()?.st_nlink, 2)?;
    equal("st_nlink of its parent", at.stat(".").ok()?.st_nlink, before + 1)?;
    at.mkdir("d/e").ok()?;
    equal("st_nlink with one subdirectory", at.stat("d").ok()?.st_nlink, 3)
}

fn has_mode(at: &Sandbox) -> Checked {
    for mode in [0o777, 0o755, 0o700, 0o500, 0o000] {
        let name = format!("d{mode:o}");
        at.mkdir_with(&name, mode).ok()?;
        equal("its permission bits", permissions(&at.stat(&name).ok()?), unmasked(mode)?)?;
        at.chmod(&name, 0o755).ok()?;
    }
    Ok(())
}

fn has_owner(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    let stat = at.stat("d").ok()?;
    equal("st_uid", stat.st_uid, geteuid().as_raw())?;
    equal("st_gid", stat.st_gid, getegid().as_raw())
}

fn marks_parent(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?;
    let_time_pass();
    at.mkdir("d").ok()?;
    let after = at.stat(".").ok()?;
    holds("the parent's mtime is later", mtime(&after) > mtime(&before))?;
    holds("the parent's ctime is later", ctime(&after) > ctime(&before))
}

fn existing_directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.mkdir("d").fails(Errno::EEXIST)
}

fn existing_file(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.mkdir("f").fails(Errno::EEXIST)?;
    equal("the file's contents", at.contents("f")?, b"kept".to_vec())
}

fn existing_symlink(at: &Sandbox) -> Checked {
    at.symlink("nowhere", "s").ok()?;
    at.mkdir("s").fails(Errno::EEXIST)?;
    at.stat("nowhere").fails(Errno::ENOENT)
}

fn missing_parent(at: &Sandbox) -> Checked {
    at.mkdir("missing/d").fails(Errno::ENOENT)
}

fn empty_path(at: &Sandbox) -> Checked {
    at.mkdir("").fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("f/d").fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.mkdir(&"n".repeat(256)).fails(Errno::ENAMETOOLONG)?;
    at.mkdir(&"n".repeat(255)).ok()?;
    equal("the list of names", at.names(".")?, vec!["n".repeat(255)])
}

fn trailing_slash(at: &Sandbox) -> Checked {
    at.mkdir("d/").ok()?;
    equal("its type", kind(&at.stat("d").ok()?), SFlag::S_IFDIR.bits())
}

fn removed_parent(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    let open = at.open("d", OFlag::O_RDONLY | OFlag::O_DIRECTORY).ok()?.as_directory(at.path())?;
    at.rmdir("d").ok()?;
    open.mkdir("e").fails(Errno::ENOENT)
}

fn many(at: &Sandbox) -> Checked {
    let before = at.stat(".").ok()?.st_nlink;
    for number in 0..1000 {
        at.mkdir(&format!("d{number}")).ok()?;
    }
    equal("the parent's st_nlink", at.stat(".").ok()?.st_nlink, before + 1000)?;
    equal("the number of names", at.names(".")?.len(), 1000)
}
