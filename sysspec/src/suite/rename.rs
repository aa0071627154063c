//! rename(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/rename.html>,
//! on files; and renameat2(2) with RENAME_NOREPLACE, which is Linux's own.

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::check::{Checked, equal, holds, same_bytes};
use super::sandbox::{Sandbox, ctime, let_time_pass, mtime, pattern};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("a file gets its new name, and keeps its number and contents", same_directory),
    case("a file moves to another directory", other_directory),
    case("an existing file is replaced", replaces),
    case("a replaced file that is open goes on working", replaced_while_open),
    case("a replaced file with another link keeps that link", replaced_with_link),
    case("a renamed file that is open goes on working", renamed_while_open),
    case("a file onto itself: nothing happens", onto_itself),
    case("a file onto another link of the same file: both names stay", same_inode),
    case("a symbolic link is renamed itself", symlink_itself),
    case("a symbolic link is replaced itself", replaces_symlink),
    case("both parents' mtime and ctime are marked", marks_parents),
    case("a file onto a directory: EISDIR", file_onto_directory),
    case("a missing source: ENOENT", missing_source),
    case("a missing parent of source or target: ENOENT", missing_parents),
    case("an empty path: ENOENT", empty_path),
    case("a file as parent of source or target: ENOTDIR", file_as_parent),
    case("a file to a name with a slash at the end: ENOTDIR", trailing_slash),
    case("a name of 255 bytes is taken, one of 256: ENAMETOOLONG", name_length),
    case("a target in a removed directory: ENOENT", removed_target_directory),
    case("NOREPLACE: a free name is taken", noreplace_free),
    case("NOREPLACE: an existing target of any kind: EEXIST, both kept", noreplace_existing),
    case("NOREPLACE: a file onto itself: EEXIST", noreplace_itself),
    case("a name passed along a thousand times", passed_along),
    case("two files swapped by three renames, many times", swapped),
];

fn same_directory(at: &Sandbox) -> Checked {
    at.file("old", b"contents")?;
    let ino = at.stat("old").ok()?.st_ino;
    at.rename("old", "new").ok()?;
    at.stat("old").fails(Errno::ENOENT)?;
    equal("st_ino", at.stat("new").ok()?.st_ino, ino)?;
    equal("the list of names", at.names(".")?, vec!["new".to_owned()])?;
    equal("its contents", at.contents("new")?, b"contents".to_vec())
}

fn other_directory(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    at.mkdir("b/c").ok()?;
    at.file("a/f", b"contents")?;
    at.rename("a/f", "b/c/g").ok()?;
    equal("the names where it was", at.names("a")?, Vec::new())?;
    equal("its contents where it is", at.contents("b/c/g")?, b"contents".to_vec())?;
    at.rename("b/c/g", "f").ok()?;
    equal("its contents further up", at.contents("f")?, b"contents".to_vec())
}

fn replaces(at: &Sandbox) -> Checked {
    at.file("f", b"winner")?;
    at.file("g", b"a longer loser")?;
    let ino = at.stat("f").ok()?.st_ino;
    at.rename("f", "g").ok()?;
    equal("the list of names", at.names(".")?, vec!["g".to_owned()])?;
    equal("st_ino", at.stat("g").ok()?.st_ino, ino)?;
    equal("st_nlink", at.stat("g").ok()?.st_nlink, 1)?;
    equal("the contents", at.contents("g")?, b"winner".to_vec())
}

fn replaced_while_open(at: &Sandbox) -> Checked {
    let bytes = pattern(10_000, 2);
    at.file("f", b"new")?;
    at.file("g", &bytes)?;
    let victim = at.open("g", OFlag::O_RDWR).ok()?;
    at.rename("f", "g").ok()?;
    equal("the victim's st_nlink", victim.stat().ok()?.st_nlink, 0)?;
    same_bytes("the victim's contents", &victim.read(20_000, 0).ok()?, &bytes)?;
    victim.write_all(b"more", 10_000)?;
    equal("the victim's size", victim.stat().ok()?.st_size, 10_004)?;
    equal("the new contents", at.contents("g")?, b"new".to_vec())
}

fn replaced_with_link(at: &Sandbox) -> Checked {
    at.file("f", b"new")?;
    at.file("g", b"victim")?;
    at.link("g", "h").ok()?;
    at.rename("f", "g").ok()?;
    equal("the victim's st_nlink", at.stat("h").ok()?.st_nlink, 1)?;
    equal("the victim's contents", at.contents("h")?, b"victim".to_vec())
}

fn renamed_while_open(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    let open = at.create("f").ok()?;
    open.write_all(b"before", 0)?;
    at.rename("f", "d/g").ok()?;
    open.write_all(b" after", 6)?;
    equal("its contents by the new name", at.contents("d/g")?, b"before after".to_vec())
}

fn onto_itself(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.rename("f", "f").ok()?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())?;
    equal("st_nlink", at.stat("f").ok()?.st_nlink, 1)
}

fn same_inode(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"shared")?;
    at.link("f", "d/g").ok()?;
    at.rename("f", "d/g").ok()?;
    equal("st_nlink", at.stat("f").ok()?.st_nlink, 2)?;
    equal("st_ino of both", at.stat("f").ok()?.st_ino, at.stat("d/g").ok()?.st_ino)
}

fn symlink_itself(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.symlink("f", "s").ok()?;
    at.rename("s", "t").ok()?;
    equal("its target", at.readlink("t").ok()?, b"f".to_vec())?;
    equal("the names", at.names(".")?, vec!["f".to_owned(), "t".to_owned()])
}

fn replaces_symlink(at: &Sandbox) -> Checked {
    at.file("f", b"new")?;
    at.file("g", b"kept")?;
    at.symlink("g", "s").ok()?;
    at.rename("f", "s").ok()?;
    equal("the contents by the link's name", at.contents("s")?, b"new".to_vec())?;
    equal("the contents of what the link named", at.contents("g")?, b"kept".to_vec())
}

fn marks_parents(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    at.file("a/f", b"")?;
    let before = [at.stat("a").ok()?, at.stat("b").ok()?];
    let_time_pass();
    at.rename("a/f", "b/f").ok()?;
    for (name, before) in ["a", "b"].into_iter().zip(&before) {
        let after = at.stat(name).ok()?;
        holds("the parent's mtime is later", mtime(&after) > mtime(before))?;
        holds("the parent's ctime is later", ctime(&after) > ctime(before))?;
    }
    Ok(())
}

fn file_onto_directory(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.mkdir("d").ok()?;
    at.rename("f", "d").fails(Errno::EISDIR)?;
    at.file("d/g", b"")?;
    at.rename("f", "d").fails(Errno::EISDIR)?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())
}

fn missing_source(at: &Sandbox) -> Checked {
    at.file("g", b"kept")?;
    at.rename("missing", "g").fails(Errno::ENOENT)?;
    at.rename("missing", "missing").fails(Errno::ENOENT)?;
    equal("the target's contents", at.contents("g")?, b"kept".to_vec())
}

fn missing_parents(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.rename("missing/f", "g").fails(Errno::ENOENT)?;
    at.rename("f", "missing/g").fails(Errno::ENOENT)?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())
}

fn empty_path(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.rename("", "g").fails(Errno::ENOENT)?;
    at.rename("f", "").fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.file("g", b"")?;
    at.rename("f/x", "y").fails(Errno::ENOTDIR)?;
    at.rename("f", "g/y").fails(Errno::ENOTDIR)
}

fn trailing_slash(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.rename("f", "g/").fails(Errno::ENOTDIR)?;
    at.rename("f/", "g").fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.rename("f", &"n".repeat(256)).fails(Errno::ENAMETOOLONG)?;
    at.rename(&"n".repeat(256), "g").fails(Errno::ENAMETOOLONG)?;
    at.rename("f", &"n".repeat(255)).ok()?;
    equal("its contents", at.contents(&"n".repeat(255))?, b"kept".to_vec())
}

fn removed_target_directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"kept")?;
    let inside = at.open("d", OFlag::O_RDONLY | OFlag::O_DIRECTORY).ok()?;
    at.rmdir("d").ok()?;
    let moved = nix::fcntl::renameat(at.fd(), "f", inside.fd(), "g");
    equal("renameat into it", moved, Err(Errno::ENOENT))?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())
}

fn noreplace_free(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"contents")?;
    at.rename_noreplace("f", "d/g").ok()?;
    at.stat("f").fails(Errno::ENOENT)?;
    equal("its contents", at.contents("d/g")?, b"contents".to_vec())
}

fn noreplace_existing(at: &Sandbox) -> Checked {
    at.file("f", b"mover")?;
    at.file("g", b"kept")?;
    at.mkdir("d").ok()?;
    at.mkdir("e").ok()?;
    at.symlink("nowhere", "s").ok()?;
    for (from, to) in [("f", "g"), ("f", "d"), ("f", "s"), ("d", "f"), ("d", "e")] {
        at.rename_noreplace(from, to).fails(Errno::EEXIST)?;
    }
    equal("the mover's contents", at.contents("f")?, b"mover".to_vec())?;
    equal("the target's contents", at.contents("g")?, b"kept".to_vec())
}

fn noreplace_itself(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.rename_noreplace("f", "f").fails(Errno::EEXIST)
}

fn passed_along(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    at.file("a/f0", b"baton")?;
    for number in 0..1000 {
        let (from, to) = if number % 2 == 0 { ("a", "b") } else { ("b", "a") };
        at.rename(&format!("{from}/f{number}"), &format!("{to}/f{}", number + 1)).ok()?;
    }
    equal("its contents at the end", at.contents("a/f1000")?, b"baton".to_vec())?;
    equal("the names in the other directory", at.names("b")?, Vec::new())
}

fn swapped(at: &Sandbox) -> Checked {
    at.file("f", b"first")?;
    at.file("g", b"second")?;
    for _ in 0..101 {
        at.rename("f", "t").ok()?;
        at.rename("g", "f").ok()?;
        at.rename("t", "g").ok()?;
    }
    equal("the contents of f", at.contents("f")?, b"second".to_vec())?;
    equal("the contents of g", at.contents("g")?, b"first".to_vec())
}
