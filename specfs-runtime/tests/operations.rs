//! Every operation through a real mount, as ordinary programs use it.

// In tests a failure is a panic, also in what several of them share.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::Mount;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::sys::stat::{Mode, SFlag, UtimensatFlags, makedev, mknod, utimensat};
use nix::sys::time::TimeSpec;

const NOBODY: u32 = 65534;

/// Runs a test on a mount where the kernel opens files by itself, and on one where it asks.
fn on_each(test: impl Fn(&Mount)) {
    for arguments in [&[][..], &["--open-requests"]] {
        let mount = Mount::with(arguments);
        test(&mount);
        mount.end();
    }
}

fn errno<T>(result: io::Result<T>) -> Errno {
    Errno::from_raw(result.err().expect("an error").raw_os_error().unwrap())
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_written_is_read() {
    on_each(|mount| {
        let path = mount.at("file");
        fs::write(&path, "hello").unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b" world").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "hello world");
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(b"HE", 0).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"HEllo world");
        file.sync_all().unwrap();
        file.sync_data().unwrap();

        let large: Vec<u8> = (0..3_000_001u32).map(|n| (n % 251) as u8).collect();
        fs::write(&path, &large).unwrap();
        assert!(fs::read(&path).unwrap() == large);
        let stat = fs::metadata(&path).unwrap();
        // 733 blocks of 4096 bytes, in units of 512.
        assert_eq!((stat.len(), stat.blocks(), stat.blksize()), (3_000_001, 733 * 8, 4096));
    });
}

#[test]
fn direct_reads_and_writes_bypass_the_cache_and_agree_with_it() {
    let mount = Mount::new();
    let path = mount.at("file");
    fs::write(&path, vec![1; 8192]).unwrap();
    let direct = OpenOptions::new().read(true).write(true).custom_flags(libc::O_DIRECT).open(&path).unwrap();
    direct.write_all_at(&[2; 4096], 4096).unwrap();
    let cached = fs::read(&path).unwrap();
    assert_eq!((cached[4095], cached[4096], cached.len()), (1, 2, 8192));
    let mut page = [0; 4096];
    direct.read_exact_at(&mut page, 0).unwrap();
    assert_eq!(page, [1; 4096]);
    drop(direct);
    mount.end();
}

#[test]
fn files_can_be_truncated_and_have_holes() {
    on_each(|mount| {
        let path = mount.at("file");
        fs::write(&path, "0123456789").unwrap();
        let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        file.set_len(4).unwrap();
        file.set_len(6).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"0123\0\0");
        nix::unistd::truncate(&path, 2).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"01");

        file.write_all_at(b"end", 10 << 30).unwrap();
        let stat = file.metadata().unwrap();
        assert_eq!((stat.len(), stat.blocks()), ((10 << 30) + 3, 16));
        let mut hole = [1; 100];
        file.read_exact_at(&mut hole, 5 << 30).unwrap();
        assert_eq!(hole, [0; 100]);
        assert_eq!(errno(file.set_len(1 << 41)), Errno::EFBIG);

        drop(OpenOptions::new().write(true).truncate(true).open(&path).unwrap());
        let stat = fs::metadata(&path).unwrap();
        assert_eq!((stat.len(), stat.blocks()), (0, 0));
    });
}

#[test]
fn opening_creates_truncates_or_refuses_as_open_2_says() {
    on_each(|mount| {
        let path = mount.at("file");
        assert_eq!(errno(File::open(&path)), Errno::ENOENT);
        assert_eq!(errno(File::open(&path)), Errno::ENOENT);
        File::create_new(&path).unwrap().write_all(b"old").unwrap();
        assert_eq!(errno(File::create_new(&path)), Errno::EEXIST);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        File::create(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        fs::create_dir(mount.at("dir")).unwrap();
        assert_eq!(errno(OpenOptions::new().write(true).open(mount.at("dir"))), Errno::EISDIR);
        assert_eq!(errno(File::open(path.join("below"))), Errno::ENOTDIR);
    });
}

#[test]
fn a_new_file_may_be_written_whatever_its_mode_forbids() {
    let mount = Mount::with(&["--allow-other"]);
    let dir = mount.at("dir");
    fs::create_dir(&dir).unwrap();
    std::os::unix::fs::chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
    let shell = |script: &str| {
        Command::new("sh").args(["-c", script]).current_dir(&dir).uid(NOBODY).gid(NOBODY).status().unwrap()
    };
    assert!(shell("umask 777; echo text > closed").success());
    let stat = fs::metadata(dir.join("closed")).unwrap();
    assert_eq!((stat.mode(), stat.len(), stat.uid(), stat.gid()), (0o100_000, 5, NOBODY, NOBODY));
    assert!(!shell("echo text > closed").success(), "an old file is opened as its mode says");
    mount.end();
}

#[test]
fn directories_are_made_listed_and_removed() {
    on_each(|mount| {
        fs::create_dir(mount.at("a")).unwrap();
        fs::create_dir(mount.at("a/b")).unwrap();
        File::create(mount.at("a/c")).unwrap();
        assert_eq!(names(&mount.at("a")), ["b", "c"]);
        assert_eq!(fs::metadata(mount.at("a")).unwrap().nlink(), 3);
        assert_eq!(errno(fs::create_dir(mount.at("a"))), Errno::EEXIST);
        assert_eq!(errno(fs::remove_dir(mount.at("a"))), Errno::ENOTEMPTY);
        assert_eq!(errno(fs::remove_dir(mount.at("a/c"))), Errno::ENOTDIR);
        assert_eq!(errno(fs::remove_file(mount.at("a/b"))), Errno::EISDIR);
        fs::remove_dir(mount.at("a/b")).unwrap();
        fs::remove_file(mount.at("a/c")).unwrap();
        assert_eq!(names(&mount.at("a")), [""; 0]);
        assert_eq!(fs::metadata(mount.at("a")).unwrap().nlink(), 2);
        fs::remove_dir(mount.at("a")).unwrap();
        assert_eq!(errno(fs::metadata(mount.at("a"))), Errno::ENOENT);
    });
}

#[test]
fn every_entry_of_a_large_directory_is_listed_once() {
    on_each(|mount| {
        let dir = mount.at("dir");
        fs::create_dir(&dir).unwrap();
        let expected: BTreeMap<OsString, u64> = (0..5000)
            .map(|n| {
                let name = format!("a-rather-long-name-for-an-entry-{n}");
                let ino = File::create(dir.join(&name)).unwrap().metadata().unwrap().ino();
                (name.into(), ino)
            })
            .collect();
        for _ in 0..2 {
            let listed: Vec<(OsString, u64)> =
                nix::dir::Dir::open(&dir, nix::fcntl::OFlag::O_RDONLY, Mode::empty())
                    .unwrap()
                    .iter()
                    .map(|entry| {
                        let entry = entry.unwrap();
                        (entry.file_name().to_str().unwrap().into(), entry.ino())
                    })
                    .collect();
            let ino = |path: &Path| fs::metadata(path).unwrap().ino();
            assert_eq!(listed[..2], [(".".into(), ino(&dir)), ("..".into(), ino(mount.path()))]);
            assert_eq!(listed.len(), 5002);
            assert_eq!(listed[2..].iter().cloned().collect::<BTreeMap<_, _>>(), expected);
        }
        // As `rm -r` does: entries go while the list is read.
        fs::remove_dir_all(&dir).unwrap();
    });
}

#[test]
fn a_listing_tells_the_kind_of_each_entry() {
    let mount = Mount::new();
    fs::create_dir(mount.at("dir")).unwrap();
    File::create(mount.at("file")).unwrap();
    symlink("file", mount.at("link")).unwrap();
    let kinds: BTreeMap<_, _> = fs::read_dir(mount.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.file_type().unwrap()))
        .collect();
    assert!(kinds["dir"].is_dir() && kinds["file"].is_file() && kinds["link"].is_symlink());
    mount.end();
}

#[test]
fn nodes_of_every_kind_are_made() {
    let mount = Mount::new();
    let make = |name: &str, kind, device| {
        mknod(&mount.at(name), kind, Mode::from_bits_truncate(0o640), device).unwrap();
        fs::symlink_metadata(mount.at(name)).unwrap()
    };
    assert!(make("fifo", SFlag::S_IFIFO, 0).file_type().is_fifo());
    assert!(make("socket", SFlag::S_IFSOCK, 0).file_type().is_socket());
    let device = make("device", SFlag::S_IFCHR, makedev(300, 70_000));
    assert!(device.file_type().is_char_device());
    assert_eq!((device.rdev(), device.mode() & 0o7777), (makedev(300, 70_000), 0o640));
    assert!(make("file", SFlag::S_IFREG, 0).is_file());

    let long = "x".repeat(4000);
    symlink(&long, mount.at("link")).unwrap();
    for _ in 0..2 {
        assert_eq!(fs::read_link(mount.at("link")).unwrap().to_str(), Some(long.as_str()));
    }
    assert_eq!(errno(fs::read_link(mount.at("file"))), Errno::EINVAL);
    mount.end();
}

#[test]
fn links_name_one_inode() {
    let mount = Mount::new();
    let (a, b) = (mount.at("a"), mount.at("b"));
    fs::write(&a, "text").unwrap();
    let made = fs::metadata(&a).unwrap();
    fs::hard_link(&a, &b).unwrap();
    let linked = fs::metadata(&b).unwrap();
    assert_eq!((linked.ino(), linked.nlink()), (made.ino(), 2));
    assert_eq!(fs::metadata(&a).unwrap().nlink(), 2);
    assert_eq!(errno(fs::hard_link(&a, &b)), Errno::EEXIST);
    fs::remove_file(&a).unwrap();
    assert_eq!((fs::metadata(&b).unwrap().nlink(), fs::read(&b).unwrap()), (1, b"text".to_vec()));
    mount.end();
}

#[test]
fn a_file_goes_on_working_after_its_name_is_gone() {
    on_each(|mount| {
        let path = mount.at("file");
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        file.write_all(b"still ").unwrap();
        fs::remove_file(&path).unwrap();
        file.write_all(b"here").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let stat = file.metadata().unwrap();
        assert_eq!((text.as_str(), stat.nlink(), stat.len()), ("still here", 0, 10));
        assert_eq!(errno(fs::metadata(&path)), Errno::ENOENT);

        // Also when another file takes the name, and when a rename did it.
        fs::write(&path, "new").unwrap();
        fs::write(mount.at("other"), "other").unwrap();
        let replaced = File::open(&path).unwrap();
        fs::rename(mount.at("other"), &path).unwrap();
        assert_eq!(io::read_to_string(&replaced).unwrap(), "new");
        assert_eq!(fs::read(&path).unwrap(), b"other");
    });
}

#[test]
fn the_space_of_a_removed_file_comes_back() {
    let mount = Mount::new();
    let free = || {
        let stat = nix::sys::statvfs::statvfs(mount.path()).unwrap();
        (stat.blocks_free(), stat.files_free())
    };
    let before = free();
    let file = File::create(mount.at("file")).unwrap();
    file.write_all_at(&[1; 40960], 0).unwrap();
    assert_eq!(free(), (before.0 - 10, before.1 - 1));
    fs::remove_file(mount.at("file")).unwrap();
    assert_eq!(free(), (before.0 - 10, before.1 - 1), "it is still open");
    drop(file);
    common::eventually("the kernel has forgotten the file", || free() == before);
    mount.end();
}

#[test]
fn statfs_tells_what_was_asked_for() {
    let mount = Mount::with(&["--capacity=40961", "--inodes=5"]);
    let stat = nix::sys::statvfs::statvfs(mount.path()).unwrap();
    assert_eq!((stat.fragment_size(), stat.blocks(), stat.blocks_available()), (4096, 10, 10));
    assert_eq!((stat.files(), stat.files_free(), stat.name_max()), (5, 4, 255));

    let file = File::create(mount.at("full")).unwrap();
    assert_eq!(file.write_at(&[1; 50_000], 0).unwrap(), 40_960);
    assert_eq!(errno(file.write_at(b"x", 40_960)), Errno::ENOSPC);
    for n in 0..3 {
        File::create(mount.at(&n.to_string())).unwrap();
    }
    assert_eq!(errno(File::create(mount.at("one too many"))), Errno::ENOSPC);
    drop(file);
    mount.end();
}

#[test]
fn names_are_as_long_as_the_image_allows() {
    let mount = Mount::new();
    let longest = "x".repeat(255);
    File::create(mount.at(&longest)).unwrap();
    assert_eq!(names(mount.path()), std::slice::from_ref(&longest));
    assert_eq!(errno(File::create(mount.at(&(longest + "x")))), Errno::ENAMETOOLONG);
    mount.end();
}

#[test]
fn modes_owners_and_times_are_set() {
    let mount = Mount::new();
    let path = mount.at("file");
    File::create(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4751)).unwrap();
    std::os::unix::fs::chown(&path, Some(12), Some(34)).unwrap();
    let stat = fs::metadata(&path).unwrap();
    // chown(2): the set-user-ID bit of an executable file is cleared.
    assert_eq!((stat.mode(), stat.uid(), stat.gid()), (0o100_751, 12, 34));

    let set = |atime, mtime| {
        utimensat(AT_FDCWD, &path, &atime, &mtime, UtimensatFlags::FollowSymlink).unwrap();
        let stat = fs::metadata(&path).unwrap();
        [(stat.atime(), stat.atime_nsec()), (stat.mtime(), stat.mtime_nsec())]
    };
    assert_eq!(set(TimeSpec::new(1, 2), TimeSpec::new(3, 4)), [(1, 2), (3, 4)]);
    assert_eq!(set(TimeSpec::UTIME_OMIT, TimeSpec::new(5, 6)), [(1, 2), (5, 6)]);
    // Half a second before 1970.
    assert_eq!(set(TimeSpec::new(-1, 500_000_000), TimeSpec::new(-2, 0)), [(-1, 500_000_000), (-2, 0)]);
    let now = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let before = now();
    let [_, (seconds, nanoseconds)] = set(TimeSpec::UTIME_OMIT, TimeSpec::UTIME_NOW);
    let set_to = Duration::new(seconds as u64, nanoseconds as u32);
    assert!(before <= set_to && set_to <= now());
    mount.end();
}

#[test]
fn a_directory_with_the_group_bit_hands_its_group_down() {
    let mount = Mount::new();
    let dir = mount.at("dir");
    fs::create_dir(&dir).unwrap();
    std::os::unix::fs::chown(&dir, None, Some(77)).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o2755)).unwrap();
    File::create(dir.join("file")).unwrap();
    fs::create_dir(dir.join("sub")).unwrap();
    let file = fs::metadata(dir.join("file")).unwrap();
    let sub = fs::metadata(dir.join("sub")).unwrap();
    assert_eq!((file.gid(), file.mode() & 0o7777), (77, 0o644));
    assert_eq!((sub.gid(), sub.mode() & 0o7777), (77, 0o2755));
    mount.end();
}

#[test]
fn rights_are_checked_and_strangers_are_let_in_only_when_asked_for() {
    let as_nobody = |mount: &Mount, script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).env("M", mount.path()).uid(NOBODY).gid(NOBODY);
        shell.output().unwrap().status.success()
    };
    let open_folder = |mount: &Mount| {
        // The folder of the test is for its owner; what is mounted there has rights of its own.
        fs::write(mount.at("secret"), "text").unwrap();
        fs::set_permissions(mount.at("secret"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(mount.at("public"), "text").unwrap();
    };
    let mount = Mount::with(&["--allow-other"]);
    open_folder(&mount);
    assert!(as_nobody(&mount, "cat $M/public"));
    assert!(!as_nobody(&mount, "cat $M/secret"));
    assert!(!as_nobody(&mount, "touch $M/new"));
    mount.end();

    let mount = Mount::new();
    open_folder(&mount);
    assert!(!as_nobody(&mount, "cat $M/public"));
    mount.end();
}

#[test]
fn files_are_renamed_and_replaced() {
    on_each(|mount| {
        fs::create_dir(mount.at("a")).unwrap();
        fs::create_dir(mount.at("b")).unwrap();
        fs::write(mount.at("a/x"), "x").unwrap();
        fs::rename(mount.at("a/x"), mount.at("b/y")).unwrap();
        assert_eq!((names(&mount.at("a")), names(&mount.at("b"))), (vec![], vec!["y".to_string()]));
        fs::write(mount.at("a/z"), "z").unwrap();
        fs::rename(mount.at("a/z"), mount.at("b/y")).unwrap();
        assert_eq!(fs::read(mount.at("b/y")).unwrap(), b"z");
        assert_eq!(errno(fs::rename(mount.at("none"), mount.at("b/y"))), Errno::ENOENT);
        assert_eq!(errno(fs::rename(mount.at("b/y"), mount.at("a"))), Errno::EISDIR);
        assert_eq!(errno(fs::rename(mount.at("a"), mount.at("b/y"))), Errno::ENOTDIR);
        assert_eq!(errno(fs::rename(mount.at("a"), mount.at("b"))), Errno::ENOTEMPTY);
        assert_eq!(errno(fs::rename(mount.at("a"), mount.at("a/below"))), Errno::EINVAL);
    });
}

#[test]
fn of_the_flags_of_renameat2_only_noreplace_is_known() {
    let mount = Mount::new();
    fs::write(mount.at("a"), "a").unwrap();
    fs::write(mount.at("b"), "b").unwrap();
    let rename = |to: &str, flags| renameat2(AT_FDCWD, &mount.at("a"), AT_FDCWD, &mount.at(to), flags);
    assert_eq!(rename("b", RenameFlags::RENAME_NOREPLACE), Err(Errno::EEXIST));
    assert_eq!(rename("b", RenameFlags::RENAME_EXCHANGE), Err(Errno::EINVAL));
    assert_eq!(rename("c", RenameFlags::RENAME_NOREPLACE), Ok(()));
    assert_eq!(names(mount.path()), ["b", "c"]);
    mount.end();
}

#[test]
fn a_rename_follows_directories_that_were_renamed() {
    let mount = Mount::new();
    fs::create_dir_all(mount.at("a/b/c/d")).unwrap();
    fs::write(mount.at("a/b/c/d/file"), "text").unwrap();
    fs::create_dir(mount.at("other")).unwrap();
    // Each of these needs the paths that the ones before it made.
    fs::rename(mount.at("a/b"), mount.at("other/b2")).unwrap();
    fs::rename(mount.at("other/b2/c/d/file"), mount.at("other/b2/file2")).unwrap();
    fs::rename(mount.at("other"), mount.at("a/other2")).unwrap();
    fs::rename(mount.at("a/other2/b2/c/d"), mount.at("a/d2")).unwrap();
    fs::rename(mount.at("a/other2/b2/file2"), mount.at("a/d2/file3")).unwrap();
    assert_eq!(fs::read_to_string(mount.at("a/d2/file3")).unwrap(), "text");
    // The parent of a directory is where it is now.
    let listed = fs::read_dir(mount.at("a/d2/..")).unwrap().count();
    assert_eq!((listed, names(&mount.at("a/other2/b2"))), (2, vec!["c".to_string()]));
    mount.end();
}

#[test]
fn any_depth_can_be_renamed_from() {
    let mount = Mount::new();
    let start = nix::fcntl::open(mount.path(), nix::fcntl::OFlag::O_DIRECTORY, Mode::empty()).unwrap();
    let mut dir = start;
    // Beyond what one path can name: 3000 components of 9 bytes.
    for _ in 0..3000 {
        nix::sys::stat::mkdirat(&dir, "component", Mode::S_IRWXU).unwrap();
        dir = nix::fcntl::openat(&dir, "component", nix::fcntl::OFlag::O_DIRECTORY, Mode::empty()).unwrap();
    }
    nix::sys::stat::mkdirat(&dir, "last", Mode::S_IRWXU).unwrap();
    renameat2(&dir, "last", &dir, "renamed", RenameFlags::empty()).unwrap();
    assert!(nix::sys::stat::fstatat(&dir, "renamed", nix::fcntl::AtFlags::empty()).is_ok());
    drop(dir);
    mount.end();
}

#[test]
fn directories_renamed_side_by_side_never_lose_their_way() {
    let mount = Mount::new();
    // Two threads throw a directory each between the same places while a third one renames in them.
    for dir in ["p", "q", "p/one", "p/two", "p/one/in", "p/two/in"] {
        fs::create_dir(mount.at(dir)).unwrap();
    }
    let until = Instant::now() + Duration::from_millis(700);
    let (p, q) = (mount.at("p"), mount.at("q"));
    std::thread::scope(|scope| {
        for name in ["one", "two"] {
            let (p, q) = (p.join(name), q.join(name));
            let dir = File::open(p.join("in")).unwrap();
            nix::sys::stat::mkdirat(&dir, "x", Mode::S_IRWXU).unwrap();
            scope.spawn(move || {
                while Instant::now() < until {
                    fs::rename(&p, &q).unwrap();
                    fs::rename(&q, &p).unwrap();
                }
            });
            scope.spawn(move || {
                while Instant::now() < until {
                    // Both paths lead through the directory that is on the move.
                    renameat2(&dir, "x", &dir, "y", RenameFlags::empty()).unwrap();
                    renameat2(&dir, "y", &dir, "x", RenameFlags::empty()).unwrap();
                }
            });
        }
    });
    assert_eq!(names(&mount.at("p")), ["one", "two"]);
    assert_eq!(names(&mount.at("p/two/in")), ["x"]);
    mount.end();
}

#[test]
fn requests_are_served_side_by_side() {
    let mount = Mount::new();
    // The fixture takes 0.3 s to look up such a name.
    let paths = ["slow-1", "slow-2"].map(|name| mount.at(name));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for path in &paths {
            scope.spawn(move || assert_eq!(errno(fs::metadata(path)), Errno::ENOENT));
        }
    });
    let both = start.elapsed();
    assert!(both >= Duration::from_millis(300) && both < Duration::from_millis(550), "{both:?}");
    mount.end();
}

#[test]
// A mapping is memory that others change; this one is written through once.
#[allow(unsafe_code)]
fn files_can_be_mapped_and_written_through_the_mapping() {
    use nix::sys::mman::{MapFlags, MsFlags, ProtFlags, mmap, msync, munmap};
    let mount = Mount::new();
    fs::write(mount.at("file"), "hello world").unwrap();
    let file = OpenOptions::new().read(true).write(true).open(mount.at("file")).unwrap();
    let (length, rights) =
        (std::num::NonZero::new(11).unwrap(), ProtFlags::PROT_READ | ProtFlags::PROT_WRITE);
    // SAFETY: a fresh mapping, of which only its 11 bytes are touched, and which ends with the block.
    unsafe {
        let mapping = mmap(None, length, rights, MapFlags::MAP_SHARED, &file, 0).unwrap();
        mapping.cast::<[u8; 5]>().write(*b"HELLO");
        msync(mapping, length.get(), MsFlags::MS_SYNC).unwrap();
        munmap(mapping, length.get()).unwrap();
    }
    drop(file);
    let direct = OpenOptions::new().read(true).custom_flags(libc::O_DIRECT).open(mount.at("file")).unwrap();
    assert_eq!(io::read_to_string(&direct).unwrap(), "HELLO world");
    drop(direct);
    mount.end();
}

#[test]
fn what_the_border_does_not_know_is_not_supported() {
    let mount = Mount::new();
    File::create(mount.at("file")).unwrap();
    let file = OpenOptions::new().write(true).open(mount.at("file")).unwrap();
    let mode = nix::fcntl::FallocateFlags::FALLOC_FL_KEEP_SIZE;
    assert_eq!(nix::fcntl::fallocate(&file, mode, 0, 4096), Err(Errno::EOPNOTSUPP));
    drop(file);
    let copied = fs::copy(mount.at("file"), mount.at("copy")).unwrap();
    assert_eq!(copied, 0);
    mount.end();
}
