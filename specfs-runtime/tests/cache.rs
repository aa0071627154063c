//! The kernel is told to keep entries and attributes for ever. So after every operation, what it still
//! remembers has to be what the image would answer.

// In tests a failure is a panic, also in what several of them share.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use common::Mount;
use rustix::fs::{AtFlags, CWD, Statx, StatxFlags, Timespec, Timestamps, statx, utimensat};

/// What stat(2) tells, or that there is nothing.
fn look(path: &Path, flags: AtFlags) -> Result<Statx, rustix::io::Errno> {
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW | flags, StatxFlags::BASIC_STATS)
}

type Told = [u64; 12];

fn told(stat: &Statx) -> Told {
    let time =
        |time: rustix::fs::StatxTimestamp| time.tv_sec as u64 * 1_000_000_000 + u64::from(time.tv_nsec);
    [
        stat.stx_ino,
        stat.stx_mode.into(),
        stat.stx_nlink.into(),
        stat.stx_uid.into(),
        stat.stx_gid.into(),
        stat.stx_size,
        stat.stx_blocks,
        stat.stx_blksize.into(),
        time(stat.stx_atime),
        time(stat.stx_mtime),
        time(stat.stx_ctime),
        stat.stx_rdev_minor.into(),
    ]
}

/// Compares what is remembered of every path that could exist with what the image says of it.
fn check(places: &[PathBuf], after: &str) {
    for path in places {
        let remembered = look(path, AtFlags::empty());
        let true_now = look(path, AtFlags::STATX_FORCE_SYNC);
        assert_eq!(
            remembered.map(|stat| told(&stat)),
            true_now.map(|stat| told(&stat)),
            "{} after {after}",
            path.display()
        );
    }
    // What is listed is what can be found, each under its number.
    let found: BTreeMap<&PathBuf, u64> = places[1..]
        .iter()
        .filter_map(|path| Some((path, look(path, AtFlags::empty()).ok()?.stx_ino)))
        .collect();
    let mut listed = BTreeMap::new();
    for dir in places.iter().filter(|path| fs::symlink_metadata(path).is_ok_and(|stat| stat.is_dir())) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let known = places.iter().find(|place| **place == path);
            let known = known.unwrap_or_else(|| panic!("{} after {after}", path.display()));
            listed.insert(known, look(known, AtFlags::empty()).unwrap().stx_ino);
        }
    }
    assert_eq!(listed, found, "listed and found after {after}");
}

/// A fixed sequence of numbers: a linear congruential generator (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

const RENAME: usize = 6;

/// Does one thing to one or two paths. Most fail at times, which must not leave wrong memories either.
fn act(kind: usize, a: &Path, b: &Path, numbers: &mut Numbers) -> &'static str {
    let mut write_some = |truncate: bool| {
        OpenOptions::new().write(true).create(!truncate).truncate(truncate).open(a).and_then(|file| {
            file.write_at(&[7; 9000][..1 + numbers.below(9000)], numbers.below(20_000) as u64)
        })
    };
    let (result, name) = match kind {
        0 => (File::create_new(a).map(drop), "create"),
        1 => (fs::create_dir(a), "mkdir"),
        2 => (write_some(false).map(drop), "write"),
        3 => (write_some(true).map(drop), "open with O_TRUNC, write"),
        4 => (fs::remove_file(a), "unlink"),
        5 => (fs::remove_dir(a), "rmdir"),
        RENAME => (fs::rename(a, b), "rename"),
        7 => (File::open(a).and_then(|file| file.sync_all()), "fsync"),
        8 => (fs::hard_link(a, b), "link"),
        9 => (symlink("/nowhere/at/all", a), "symlink"),
        10 => (fs::set_permissions(a, fs::Permissions::from_mode(0o700 + numbers.below(64) as u32)), "chmod"),
        11 => (std::os::unix::fs::lchown(a, Some(numbers.below(9) as u32), None), "chown"),
        12 => {
            let time = Timespec { tv_sec: numbers.below(1 << 30) as i64, tv_nsec: 5 };
            let times = Timestamps { last_access: time, last_modification: time };
            (utimensat(CWD, a, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(Into::into), "utimensat")
        }
        13 => (
            OpenOptions::new().write(true).open(a).and_then(|f| f.set_len(numbers.below(9000) as u64)),
            "truncate",
        ),
        _ => (fs::read(a).map(drop), "read"),
    };
    // Which ones succeed does not matter here.
    drop(result);
    name
}

#[test]
fn what_the_kernel_remembers_is_true_after_every_operation() {
    for arguments in [&[][..], &["--open-requests"]] {
        let mount = Mount::with(arguments);
        let mut places = vec![mount.path().to_path_buf()];
        // Every path of up to three of three names.
        for level in [0..1, 1..4, 4..13] {
            let dirs = places[level].to_vec();
            places.extend(dirs.iter().flat_map(|dir| ["a", "b", "c"].map(|name| dir.join(name))));
        }
        let mut numbers = Numbers(42);
        for step in 0..1500 {
            let [kind, a, b] = [15, places.len(), places.len()].map(|limit| numbers.below(limit));
            let (a, b) = (&places[a], &places[b]);
            if kind == RENAME && b.components().count() > a.components().count() {
                // A directory with entries could bring them below the third level.
                continue;
            }
            let name = act(kind, a, b, &mut numbers);
            check(&places, &format!("step {step}: {name} {} {}", a.display(), b.display()));
        }
        mount.end();
    }
}

#[test]
fn open_files_are_remembered_rightly_too() {
    let mount = Mount::new();
    let file = File::create(mount.at("file")).unwrap();
    fs::hard_link(mount.at("file"), mount.at("second")).unwrap();
    fs::write(mount.at("other"), "text").unwrap();
    let stat = |flags| told(&statx(&file, "", flags | AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS).unwrap());
    let check = |links: u64, after| {
        let remembered = stat(AtFlags::empty());
        assert_eq!((remembered, remembered[2]), (stat(AtFlags::STATX_FORCE_SYNC), links), "after {after}");
    };
    check(2, "link");
    fs::remove_file(mount.at("file")).unwrap();
    check(1, "unlink");
    fs::rename(mount.at("other"), mount.at("second")).unwrap();
    check(0, "being replaced");
    file.write_at(b"text", 0).unwrap();
    check(0, "write");
    drop(file);
    mount.end();
}

#[test]
fn stat_asks_the_image_once() {
    let mount = Mount::new();
    let path = mount.at("file");
    fs::write(&path, "text").unwrap();
    assert_eq!((fs::read(&path).unwrap().len(), fs::metadata(&path).unwrap().len()), (4, 4));
    // The host cannot answer now, and need not: the kernel knows what is there and what is not.
    assert!(fs::metadata(mount.at("none")).is_err());
    nix::sys::signal::kill(mount.host(), nix::sys::signal::Signal::SIGSTOP).unwrap();
    let answered = fs::metadata(&path).unwrap().len();
    let absent = fs::metadata(mount.at("none")).is_err();
    let read = fs::read_to_string(&path);
    nix::sys::signal::kill(mount.host(), nix::sys::signal::Signal::SIGCONT).unwrap();
    assert_eq!((answered, absent, read.unwrap().as_str()), (4, true, "text"));
    mount.end();
}
