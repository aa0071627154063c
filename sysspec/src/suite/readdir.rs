//! readdir(3), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/readdir.html>

use std::collections::{BTreeMap, BTreeSet};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;
use rustix::fs::{Dir, FileType};

use super::check::{Call, Checked, Failure, equal, holds};
use super::sandbox::Sandbox;
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("an empty directory has dot and dot-dot", empty),
    case("every name is listed once, with its number and type", lists_all),
    case("the numbers of dot and dot-dot are those of stat", dots),
    case("rewinddir shows what changed since", rewinds),
    case("seekdir goes back to where telldir was", seeks),
    case("10,000 entries are listed once each", many),
    case("10,000 entries with every other one removed meanwhile: the rest once each", many_while_removing),
    case("entries made after others were removed are all listed", made_after_removal),
    case("removing each entry as it is listed empties the directory", remove_as_listed),
    case("entries made meanwhile disturb no others", while_creating),
    case("names of 255 bytes are listed whole", long_names),
    case("an entry renamed in place keeps being listed", renamed),
    case("a removed directory that is open lists nothing of its past", removed),
    case("a file: ENOTDIR", file),
    case("a missing directory: ENOENT", missing),
];

/// Opens a directory stream.
fn stream(at: &Sandbox, name: &str) -> Result<Dir, Failure> {
    let open = at.open(name, OFlag::O_RDONLY | OFlag::O_DIRECTORY).ok()?;
    Dir::read_from(open.fd()).map_err(|errno| Failure::broken(format!("opendir failed: {errno}")))
}

/// The next name of a stream, with its entry.
fn next(dir: &mut Dir) -> Result<Option<(String, rustix::fs::DirEntry)>, Failure> {
    match dir.read() {
        None => Ok(None),
        Some(Ok(entry)) => Ok(Some((entry.file_name().to_string_lossy().into_owned(), entry))),
        Some(Err(errno)) => Err(Failure::broken(format!("readdir failed: {errno}"))),
    }
}

/// What is left of a stream, each name with how often it came.
fn rest(dir: &mut Dir) -> Result<BTreeMap<String, usize>, Failure> {
    let mut names = BTreeMap::new();
    while let Some((name, _)) = next(dir)? {
        *names.entry(name).or_default() += 1;
    }
    Ok(names)
}

fn once_each<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, usize> {
    names.into_iter().map(|name| (name.to_owned(), 1)).collect()
}

fn empty(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    equal("what is listed", rest(&mut stream(at, "d")?)?, once_each([".", ".."]))
}

fn lists_all(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.mkdir("d/directory").ok()?;
    at.file("d/file", b"")?;
    at.symlink("nowhere", "d/symlink").ok()?;
    at.mknod("d/fifo", SFlag::S_IFIFO, 0o644, 0).ok()?;
    let mut dir = stream(at, "d")?;
    let mut seen = BTreeSet::new();
    while let Some((name, entry)) = next(&mut dir)? {
        let expected = match name.as_str() {
            "." | ".." | "directory" => FileType::Directory,
            "file" => FileType::RegularFile,
            "symlink" => FileType::Symlink,
            "fifo" => FileType::Fifo,
            _ => return Err(Failure::broken(format!("{name:?} was never made"))),
        };
        equal("d_ino", entry.ino(), at.stat(&format!("d/{name}")).ok()?.st_ino)?;
        equal("d_type", entry.file_type(), expected)?;
        holds("the name comes once", seen.insert(name))?;
    }
    equal("the number of names", seen.len(), 6)
}

fn dots(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.mkdir("d/e").ok()?;
    let mut dir = stream(at, "d/e")?;
    while let Some((name, entry)) = next(&mut dir)? {
        let expected = if name == "." { at.stat("d/e").ok()?.st_ino } else { at.stat("d").ok()?.st_ino };
        equal("d_ino", entry.ino(), expected)?;
    }
    Ok(())
}

fn rewinds(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/a", b"")?;
    at.file("d/b", b"")?;
    let mut dir = stream(at, "d")?;
    rest(&mut dir)?;
    at.unlink("d/a").ok()?;
    at.file("d/c", b"")?;
    dir.rewind();
    equal("what is listed then", rest(&mut dir)?, once_each([".", "..", "b", "c"]))
}

fn seeks(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    for number in 0..2000 {
        at.file(&format!("d/f{number}"), b"")?;
    }
    let mut dir = stream(at, "d")?;
    let mut cookie = 0;
    for _ in 0..1000 {
        match next(&mut dir)? {
            Some((_, entry)) => cookie = entry.offset(),
            None => return Err(Failure::broken("the stream ended before 1000 entries")),
        }
    }
    let first_time = rest(&mut dir)?;
    dir.seek(cookie).map_err(|errno| Failure::broken(format!("seekdir failed: {errno}")))?;
    equal("the second half, listed again", rest(&mut dir)?, first_time)
}

fn make_many(at: &Sandbox, count: usize) -> Checked {
    at.mkdir("d").ok()?;
    for number in 0..count {
        at.mknod(&format!("d/entry-{number:05}"), SFlag::S_IFREG, 0o644, 0).ok()?;
    }
    Ok(())
}

fn many(at: &Sandbox) -> Checked {
    make_many(at, 10_000)?;
    let names = rest(&mut stream(at, "d")?)?;
    equal("the number of names", names.len(), 10_002)?;
    holds("each comes once", names.values().all(|&count| count == 1))?;
    holds("all are there", (0..10_000).all(|number| names.contains_key(&format!("entry-{number:05}"))))
}

fn many_while_removing(at: &Sandbox) -> Checked {
    make_many(at, 10_000)?;
    let mut dir = stream(at, "d")?;
    let mut names = BTreeMap::<String, usize>::new();
    for _ in 0..3000 {
        if let Some((name, _)) = next(&mut dir)? {
            *names.entry(name).or_default() += 1;
        }
    }
    for number in (0..10_000).step_by(2) {
        at.unlink(&format!("d/entry-{number:05}")).ok()?;
    }
    for (name, count) in rest(&mut dir)? {
        *names.entry(name).or_default() += count;
    }
    holds("no name comes twice", names.values().all(|&count| count == 1))?;
    for number in (1..10_000).step_by(2) {
        let name = format!("entry-{number:05}");
        holds("a name that stayed is listed", names.contains_key(&name))?;
    }
    equal("the number of names afterwards", rest(&mut stream(at, "d")?)?.len(), 5002)
}

/// A new entry must not get the place of one that is still there.
fn made_after_removal(at: &Sandbox) -> Checked {
    make_many(at, 4000)?;
    for number in 0..2000 {
        at.unlink(&format!("d/entry-{number:05}")).ok()?;
    }
    for number in 0..2000 {
        at.mknod(&format!("d/new-{number}"), SFlag::S_IFREG, 0o644, 0).ok()?;
    }
    let names = rest(&mut stream(at, "d")?)?;
    holds("each comes once", names.values().all(|&count| count == 1))?;
    equal("the number of names", names.len(), 4002)
}

fn remove_as_listed(at: &Sandbox) -> Checked {
    make_many(at, 5000)?;
    let mut dir = stream(at, "d")?;
    while let Some((name, _)) = next(&mut dir)? {
        if !name.starts_with('.') {
            at.unlink(&format!("d/{name}")).ok()?;
        }
    }
    equal("what is left", at.names("d")?, Vec::new())?;
    at.rmdir("d").ok()
}

fn while_creating(at: &Sandbox) -> Checked {
    make_many(at, 2000)?;
    let mut dir = stream(at, "d")?;
    let mut names = BTreeMap::<String, usize>::new();
    let mut made = 0;
    while let Some((name, _)) = next(&mut dir)? {
        *names.entry(name).or_default() += 1;
        if made < 1000 {
            at.file(&format!("d/new-{made}"), b"")?;
            made += 1;
        }
    }
    holds("no name comes twice", names.values().all(|&count| count == 1))?;
    let old = names.keys().filter(|name| name.starts_with("entry-")).count();
    equal("the number of names that were there before", old, 2000)
}

fn long_names(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    let mut expected: Vec<String> =
        (0..100).map(|number| format!("{number:03}{}", "x".repeat(252))).collect();
    for name in &expected {
        at.file(&format!("d/{name}"), b"")?;
    }
    expected.sort();
    equal("the list of names", at.names("d")?, expected)
}

fn renamed(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    for number in 0..100 {
        at.file(&format!("d/a{number}"), b"")?;
    }
    for number in 0..100 {
        at.rename(&format!("d/a{number}"), &format!("d/b{number}")).ok()?;
    }
    let names = at.names("d")?;
    equal("the number of names", names.len(), 100)?;
    holds("all are the new ones", names.iter().all(|name| name.starts_with('b')))
}

fn removed(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("d/f", b"")?;
    let mut dir = stream(at, "d")?;
    at.unlink("d/f").ok()?;
    at.rmdir("d").ok()?;
    let names = rest(&mut dir)?;
    holds("only dots are listed", names.keys().all(|name| name == "." || name == ".."))
}

fn file(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    let listed = std::fs::read_dir(at.path().join("f"));
    Call::of_io("opendir(\"f\")".to_owned(), listed).fails(Errno::ENOTDIR)
}

fn missing(at: &Sandbox) -> Checked {
    let listed = std::fs::read_dir(at.path().join("missing"));
    Call::of_io("opendir(\"missing\")".to_owned(), listed).fails(Errno::ENOENT)
}
