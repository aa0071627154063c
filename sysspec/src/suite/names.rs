//! Names and paths: XBD 4.13 Pathname Resolution,
//! <https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap04.html#tag_04_13>

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::check::{Call, Checked, Failure, equal, holds};
use super::sandbox::Sandbox;
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("any byte but slash and NUL may stand in a name", any_bytes),
    case("names that differ in one byte are different names", near_names),
    case("several slashes are one", slashes),
    case("a path of 250 components", deep_path),
    case("directories 1000 deep, made and removed one by one", deep_chain),
    case("a path of 4096 bytes: ENAMETOOLONG", long_path),
    case("every component must be a directory, also before dot-dot", through_file),
    case("four names of 255 bytes that share 254", long_near_names),
];

fn any_bytes(at: &Sandbox) -> Checked {
    for byte in (1..=255u8).filter(|&byte| byte != b'/') {
        let name = [b'n', byte, b'm'];
        let path = at.path().join(OsStr::from_bytes(&name));
        let what = format!("create({:?})", name.escape_ascii().to_string());
        Call::of_io(what, File::create_new(&path)).ok()?;
    }
    let listed = std::fs::read_dir(at.path())
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect());
    let listed: Vec<_> = Call::of_io("readdir".to_owned(), listed).ok()?;
    equal("the number of names", listed.len(), 254)?;
    holds("every name has its three bytes", listed.iter().all(|name| name.len() == 3))
}

fn near_names(at: &Sandbox) -> Checked {
    let names = ["a", "A", "aa", "a ", " a", "á", "a.", ".a", "..a", "..."];
    for name in names {
        at.file(name, name.as_bytes())?;
    }
    for name in names {
        equal("the contents", at.contents(name)?, name.as_bytes().to_vec())?;
    }
    equal("the number of names", at.names(".")?.len(), names.len())
}

fn slashes(at: &Sandbox) -> Checked {
    at.mkdir("a").ok()?;
    at.file("a//f", b"found")?;
    equal("the contents", at.contents("a////f")?, b"found".to_vec())?;
    equal("the contents", at.contents("a/./f")?, b"found".to_vec())
}

fn deep_path(at: &Sandbox) -> Checked {
    let mut path = String::from("d");
    at.mkdir(&path).ok()?;
    for _ in 1..250 {
        path.push_str("/d");
        at.mkdir(&path).ok()?;
    }
    let file = format!("{path}/f");
    at.file(&file, b"deep")?;
    equal("its contents", at.contents(&file)?, b"deep".to_vec())?;
    at.rename(&file, "f").ok()?;
    at.rename("f", &file).ok()?;
    equal("st_size", at.stat(&file).ok()?.st_size, 4)?;
    equal("the names at the bottom", at.names(&path)?, vec!["f".to_owned()])?;
    at.unlink(&file).ok()
}

/// Longer than any path may be: every step is relative to a descriptor of the one before.
fn deep_chain(at: &Sandbox) -> Checked {
    let depth = 1000;
    let mut bottom = step_into(at, at)?;
    for _ in 1..depth {
        bottom = step_into(at, &bottom)?;
    }
    bottom.file("f", b"at the bottom")?;
    let open = bottom.open("f", OFlag::O_RDONLY).ok()?;
    equal("the contents at the bottom", open.read(100, 0).ok()?, b"at the bottom".to_vec())?;
    drop(open);
    bottom.unlink("f").ok()?;
    for _ in 0..depth {
        let parent = bottom.open("..", OFlag::O_DIRECTORY).ok()?.as_directory(at.path())?;
        parent.rmdir("component").ok()?;
        bottom = parent;
    }
    equal("the names at the top", at.names(".")?, Vec::new())
}

fn step_into(at: &Sandbox, from: &Sandbox) -> Result<Sandbox, Failure> {
    from.mkdir("component").ok()?;
    from.open("component", OFlag::O_DIRECTORY).ok()?.as_directory(at.path())
}

fn long_path(at: &Sandbox) -> Checked {
    let path = at.path().join("./".repeat(2100));
    Call::of_io("stat(a path of more than 4096 bytes)".to_owned(), std::fs::metadata(path).map(drop))
        .fails(Errno::ENAMETOOLONG)
}

fn through_file(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.mkdir("d").ok()?;
    at.stat("f/../d").fails(Errno::ENOTDIR)?;
    at.stat("missing/../d").fails(Errno::ENOENT)?;
    at.stat("d/../f").ok().map(drop)
}

fn long_near_names(at: &Sandbox) -> Checked {
    let names: Vec<String> = ["a", "b", "c", "d"].iter().map(|end| "x".repeat(254) + end).collect();
    for name in &names {
        at.file(name, name.as_bytes())?;
    }
    at.unlink(&names[1]).ok()?;
    at.stat(&names[1]).fails(Errno::ENOENT)?;
    for name in [&names[0], &names[2], &names[3]] {
        equal("the contents", at.contents(name)?, name.as_bytes().to_vec())?;
    }
    Ok(())
}
