//! rename(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/rename.html>,
//! on directories.

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::check::{Checked, equal};
use super::sandbox::Sandbox;
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("a directory moves with all that is in it", moves_tree),
    case("dot-dot of a moved directory is its new parent", dot_dot),
    case("the parents' links follow a moved directory", counts_links),
    case("an empty directory is replaced", replaces_empty),
    case("the parents' links follow a replacement", replacement_links),
    case("a directory with entries is not replaced: ENOTEMPTY", not_empty),
    case("a directory onto a file: ENOTDIR", onto_file),
    case("a directory onto a symbolic link to a directory: ENOTDIR", onto_symlink),
    case("a directory onto itself: nothing happens", onto_itself),
    case("a directory into itself: EINVAL", into_itself),
    case("a directory into its own subtree, at any depth: EINVAL", into_subtree),
    case("a directory whose name begins with the other's is no subtree", prefix_is_no_subtree),
    case("a directory onto its own ancestor: ENOTEMPTY", onto_ancestor),
    case("a directory to a name with a slash at the end", trailing_slash),
    case("an open directory goes on working where it was moved", while_open),
    case("a replaced directory that is open takes no more entries: ENOENT", replaced_while_open),
    case("a directory moved up and down a deep tree", up_and_down),
];

const DIRECTORY: OFlag = OFlag::O_DIRECTORY;

fn moves_tree(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("a/b").ok()?;
    at.file("a/b/f", b"deep")?;
    at.mkdir("c").ok()?;
    let ino = at.stat("a").ok()?.st_ino;
    at.rename("a", "c/d").ok()?;
    at.stat("a").fails(Errno::ENOENT)?;
    equal("st_ino", at.stat("c/d").ok()?.st_ino, ino)?;
    equal("the contents in it", at.contents("c/d/b/f")?, b"deep".to_vec())
}

fn dot_dot(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    at.mkdir("a/d").ok()?;
    at.rename("a/d", "b/d").ok()?;
    equal("st_ino of dot-dot", at.stat("b/d/..").ok()?.st_ino, at.stat("b").ok()?.st_ino)
}

fn counts_links(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    at.mkdir("a/d").ok()?;
    at.rename("a/d", "a/e").ok()?;
    equal("st_nlink of the one parent", at.stat("a").ok()?.st_nlink, 3)?;
    at.rename("a/e", "b/e").ok()?;
    equal("st_nlink of the old parent", at.stat("a").ok()?.st_nlink, 2)?;
    equal("st_nlink of the new parent", at.stat("b").ok()?.st_nlink, 3)?;
    equal("st_nlink of the moved directory", at.stat("b/e").ok()?.st_nlink, 2)
}

fn replaces_empty(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.file("a/f", b"moved")?;
    at.mkdir("b").ok()?;
    at.rename("a", "b").ok()?;
    equal("the list of names", at.names(".")?, vec!["b".to_owned()])?;
    equal("the contents in it", at.contents("b/f")?, b"moved".to_vec())
}

fn replacement_links(at: &Sandbox) -> Checked {
    at.mkdir("p").ok()?;
    at.mkdir("q").ok()?;
    at.mkdir("p/a").ok()?;
    at.mkdir("q/b").ok()?;
    at.rename("p/a", "q/b").ok()?;
    equal("st_nlink of the old parent", at.stat("p").ok()?.st_nlink, 2)?;
    equal("st_nlink of the new parent", at.stat("q").ok()?.st_nlink, 3)
}

fn not_empty(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    at.file("b/f", b"kept")?;
    at.rename("a", "b").fails(Errno::ENOTEMPTY)?;
    at.stat("a").ok()?;
    equal("the contents in the target", at.contents("b/f")?, b"kept".to_vec())
}

fn onto_file(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"kept")?;
    at.rename("d", "f").fails(Errno::ENOTDIR)?;
    equal("the file's contents", at.contents("f")?, b"kept".to_vec())
}

fn onto_symlink(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.mkdir("e").ok()?;
    at.symlink("e", "s").ok()?;
    at.rename("d", "s").fails(Errno::ENOTDIR)
}

fn onto_itself(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/f", b"kept")?;
    at.rename("d", "d").ok()?;
    equal("the contents in it", at.contents("d/f")?, b"kept".to_vec())
}

fn into_itself(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.rename("d", "d/e").fails(Errno::EINVAL)?;
    equal("the names in it", at.names("d")?, Vec::new())
}

fn into_subtree(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("a/b").ok()?;
    at.mkdir("a/b/c").ok()?;
    at.mkdir("a/b/c/d").ok()?;
    at.rename("a", "a/b/x").fails(Errno::EINVAL)?;
    at.rename("a", "a/b/c/d/x").fails(Errno::EINVAL)?;
    at.rename("a/b", "a/b/c/x").fails(Errno::EINVAL)?;
    at.rename("a", "a/b/c/d").fails(Errno::EINVAL)
}

fn prefix_is_no_subtree(at: &Sandbox) -> Checked {
    at.mkdir("dir").ok()?;
    at.mkdir("directory").ok()?;
    at.rename("dir", "directory/dir").ok()?;
    equal("the names in it", at.names("directory")?, vec!["dir".to_owned()])
}

fn onto_ancestor(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("a/b").ok()?;
    at.mkdir("a/b/c").ok()?;
    at.rename("a/b/c", "a").fails(Errno::ENOTEMPTY)?;
    at.rename("a/b/c", "a/b").fails(Errno::ENOTEMPTY)?;
    at.stat("a/b/c").ok().map(drop)
}

fn trailing_slash(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.rename("d/", "e/").ok()?;
    equal("the list of names", at.names(".")?, vec!["e".to_owned()])
}

fn while_open(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    let inside = at.open("a", DIRECTORY).ok()?.as_directory(at.path())?;
    at.rename("a", "b/c").ok()?;
    inside.file("f", b"made through the old descriptor")?;
    equal("the names by the new path", at.names("b/c")?, vec!["f".to_owned()])
}

fn replaced_while_open(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.mkdir("b").ok()?;
    let victim = at.open("b", DIRECTORY).ok()?.as_directory(at.path())?;
    at.rename("a", "b").ok()?;
    victim.create("f").fails(Errno::ENOENT)
}

fn up_and_down(at: &Sandbox) -> Checked {
    let depth = 20;
    let mut path = String::from("r");
    at.mkdir(&path).ok()?;
    for _ in 0..depth {
        path.push_str("/d");
        at.mkdir(&path).ok()?;
    }
    at.mkdir("m").ok()?;
    at.file("m/f", b"carried")?;
    for _ in 0..50 {
        at.rename("m", &format!("{path}/m")).ok()?;
        at.rename(&format!("{path}/m"), "r/m").ok()?;
        at.rename("r/m", "m").ok()?;
    }
    equal("the contents carried", at.contents("m/f")?, b"carried".to_vec())?;
    equal("st_nlink at the bottom", at.stat(&path).ok()?.st_nlink, 2)
}
