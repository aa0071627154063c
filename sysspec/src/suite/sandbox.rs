//! The directory that a case works in, with the system calls relative to it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{self, AtFlags, OFlag, RenameFlags};
use nix::sys::stat::{self, FchmodatFlags, FileStat, Mode, SFlag, UtimensatFlags};
use nix::sys::time::TimeSpec;
use nix::unistd::{self, Gid, Uid, UnlinkatFlags};

use super::check::{Call, Checked, Failure};

/// A fresh, empty directory and a descriptor of it. Paths given to the methods are relative to it.
pub struct Sandbox {
    path: PathBuf,
    dir: OwnedFd,
}

/// The permission bits that cases give when they do not care.
pub const FILE_MODE: u32 = 0o644;
/// The same for directories.
pub const DIR_MODE: u32 = 0o755;

impl Sandbox {
    /// Opens the directory at `path`.
    pub fn open_at(path: PathBuf) -> io::Result<Sandbox> {
        let dir = File::open(&path)?.into();
        Ok(Sandbox { path, dir })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    pub fn mkdir(&self, name: &str) -> Call<()> {
        self.mkdir_with(name, DIR_MODE)
    }

    pub fn mkdir_with(&self, name: &str, mode: u32) -> Call<()> {
        let result = stat::mkdirat(self.fd(), name, Mode::from_bits_truncate(mode));
        Call::new(format!("mkdir({})", shown(name)), result)
    }

    pub fn mknod(&self, name: &str, kind: SFlag, mode: u32, device: u64) -> Call<()> {
        let result = stat::mknodat(self.fd(), name, kind, Mode::from_bits_truncate(mode), device);
        Call::new(format!("mknod({}, {kind:?})", shown(name)), result)
    }

    pub fn unlink(&self, name: &str) -> Call<()> {
        let result = unistd::unlinkat(self.fd(), name, UnlinkatFlags::NoRemoveDir);
        Call::new(format!("unlink({})", shown(name)), result)
    }

    pub fn rmdir(&self, name: &str) -> Call<()> {
        let result = unistd::unlinkat(self.fd(), name, UnlinkatFlags::RemoveDir);
        Call::new(format!("rmdir({})", shown(name)), result)
    }

    pub fn rename(&self, from: &str, to: &str) -> Call<()> {
        let result = fcntl::renameat(self.fd(), from, self.fd(), to);
        Call::new(format!("rename({}, {})", shown(from), shown(to)), result)
    }

    pub fn rename_noreplace(&self, from: &str, to: &str) -> Call<()> {
        let result = fcntl::renameat2(self.fd(), from, self.fd(), to, RenameFlags::RENAME_NOREPLACE);
        Call::new(format!("renameat2({}, {}, RENAME_NOREPLACE)", shown(from), shown(to)), result)
    }

    pub fn link(&self, from: &str, to: &str) -> Call<()> {
        let result = unistd::linkat(self.fd(), from, self.fd(), to, AtFlags::empty());
        Call::new(format!("link({}, {})", shown(from), shown(to)), result)
    }

    pub fn symlink(&self, target: &str, name: &str) -> Call<()> {
        let result = unistd::symlinkat(target, self.fd(), name);
        Call::new(format!("symlink({}, {})", shown(target), shown(name)), result)
    }

    pub fn readlink(&self, name: &str) -> Call<Vec<u8>> {
        let result = fcntl::readlinkat(self.fd(), name).map(|target| target.as_bytes().to_vec());
        Call::new(format!("readlink({})", shown(name)), result)
    }

    pub fn chmod(&self, name: &str, mode: u32) -> Call<()> {
        let mode_bits = Mode::from_bits_truncate(mode);
        let result = stat::fchmodat(self.fd(), name, mode_bits, FchmodatFlags::FollowSymlink);
        Call::new(format!("chmod({}, {mode:#o})", shown(name)), result)
    }

    pub fn chown(&self, name: &str, user: Option<u32>, group: Option<u32>) -> Call<()> {
        let (user, group) = (user.map(Uid::from_raw), group.map(Gid::from_raw));
        let result = unistd::fchownat(self.fd(), name, user, group, AtFlags::empty());
        Call::new(format!("chown({}, {user:?}, {group:?})", shown(name)), result)
    }

    pub fn utimens(&self, name: &str, atime: TimeSpec, mtime: TimeSpec) -> Call<()> {
        let result = stat::utimensat(self.fd(), name, &atime, &mtime, UtimensatFlags::FollowSymlink);
        Call::new(format!("utimensat({}, {atime:?}, {mtime:?})", shown(name)), result)
    }

    pub fn utimens_nofollow(&self, name: &str, atime: TimeSpec, mtime: TimeSpec) -> Call<()> {
        let result = stat::utimensat(self.fd(), name, &atime, &mtime, UtimensatFlags::NoFollowSymlink);
        Call::new(format!("utimensat({}, AT_SYMLINK_NOFOLLOW)", shown(name)), result)
    }

    /// truncate(2), which knows no relative descriptor and so takes the whole path.
    pub fn truncate(&self, name: &str, size: i64) -> Call<()> {
        let result = unistd::truncate(&self.path.join(name), size);
        Call::new(format!("truncate({}, {size})", shown(name)), result)
    }

    /// lstat(2).
    pub fn stat(&self, name: &str) -> Call<FileStat> {
        let result = stat::fstatat(self.fd(), name, AtFlags::AT_SYMLINK_NOFOLLOW);
        Call::new(format!("lstat({})", shown(name)), result)
    }

    /// stat(2), which follows symbolic links.
    pub fn stat_follow(&self, name: &str) -> Call<FileStat> {
        let result = stat::fstatat(self.fd(), name, AtFlags::empty());
        Call::new(format!("stat({})", shown(name)), result)
    }

    pub fn open(&self, name: &str, flags: OFlag) -> Call<Handle> {
        self.open_with(name, flags, FILE_MODE)
    }

    pub fn open_with(&self, name: &str, flags: OFlag, mode: u32) -> Call<Handle> {
        let mode = Mode::from_bits_truncate(mode);
        let result = fcntl::openat(self.fd(), name, flags | OFlag::O_CLOEXEC, mode)
            .map(|fd| Handle { name: name.to_owned(), file: File::from(fd) });
        Call::new(format!("open({}, {flags:?})", shown(name)), result)
    }

    /// Makes an empty file that must not exist yet.
    pub fn create(&self, name: &str) -> Call<Handle> {
        self.open(name, OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL)
    }

    /// Makes a file with these contents.
    #[track_caller]
    pub fn file(&self, name: &str, contents: &[u8]) -> Result<(), Failure> {
        self.create(name).ok()?.write_all(contents, 0)
    }

    /// The whole contents of a file.
    #[track_caller]
    pub fn contents(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let handle = self.open(name, OFlag::O_RDONLY).ok()?;
        let size = handle.stat().ok()?.st_size as usize;
        handle.read(size + 1, 0).ok()
    }

    /// Does something with the rights of another user, whose group is of the same number. Only for this thread, and only
    /// towards file systems; needs root.
    pub fn as_user<T>(&self, id: u32, action: impl FnOnce() -> T) -> Result<T, Failure> {
        demand_root()?;
        let _back = OwnRights;
        unistd::setfsgid(Gid::from_raw(id));
        unistd::setfsuid(Uid::from_raw(id));
        // The sandbox itself may be searched by all, so for those who are let in this is ENOENT.
        if self.stat("no such name").result() == Err(Errno::EACCES) {
            return Err(Failure::Inapplicable("the file system lets in nobody but who mounted it"));
        }
        Ok(action())
    }

    /// The names in a directory, sorted, without "." and "..".
    #[track_caller]
    pub fn names(&self, name: &str) -> Result<Vec<String>, Failure> {
        let path = self.path.join(name);
        let listed = std::fs::read_dir(&path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect());
        let names: Vec<_> = Call::of_io(format!("readdir({})", shown(name)), listed).ok()?;
        let mut names: Vec<String> = names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }
}

/// An open file.
pub struct Handle {
    name: String,
    file: File,
}

impl Handle {
    pub fn stat(&self) -> Call<FileStat> {
        Call::new(format!("fstat({})", shown(&self.name)), stat::fstat(&self.file))
    }

    pub fn truncate(&self, size: i64) -> Call<()> {
        let what = format!("ftruncate({}, {size})", shown(&self.name));
        Call::new(what, unistd::ftruncate(&self.file, size))
    }

    pub fn chmod(&self, mode: u32) -> Call<()> {
        let what = format!("fchmod({}, {mode:#o})", shown(&self.name));
        Call::new(what, stat::fchmod(&self.file, Mode::from_bits_truncate(mode)))
    }

    /// One pwrite(2); the count of bytes taken.
    pub fn write(&self, bytes: &[u8], offset: u64) -> Call<usize> {
        let what = format!("pwrite({}, {} bytes at {offset})", shown(&self.name), bytes.len());
        Call::of_io(what, self.file.write_at(bytes, offset))
    }

    /// Writes all the bytes, in as many calls as it takes.
    #[track_caller]
    pub fn write_all(&self, bytes: &[u8], offset: u64) -> Result<(), Failure> {
        let what = format!("pwrite({}, {} bytes at {offset})", shown(&self.name), bytes.len());
        Call::of_io(what, self.file.write_all_at(bytes, offset)).ok()
    }

    /// One write(2) at the descriptor's own offset.
    pub fn write_on(&self, bytes: &[u8]) -> Call<usize> {
        let what = format!("write({}, {} bytes)", shown(&self.name), bytes.len());
        Call::new(what, unistd::write(&self.file, bytes))
    }

    /// One read(2) at the descriptor's own offset.
    pub fn read_on(&self, size: usize) -> Call<Vec<u8>> {
        let mut buffer = vec![0xAA; size];
        let what = format!("read({}, {size} bytes)", shown(&self.name));
        let result = unistd::read(&self.file, &mut buffer);
        Call::new(what, result.map(|count| buffer[..count].to_vec()))
    }

    /// Reads up to `size` bytes at an offset, until that many came or the file ended.
    pub fn read(&self, size: usize, offset: u64) -> Call<Vec<u8>> {
        let what = format!("pread({}, {size} bytes at {offset})", shown(&self.name));
        let mut buffer = vec![0xAA; size];
        let mut filled = 0;
        while filled < size {
            match self.file.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Call::of_io(what, Err(error)),
            }
        }
        buffer.truncate(filled);
        Call::new(what, Ok(buffer))
    }

    pub fn seek(&self, offset: i64, whence: unistd::Whence) -> Call<i64> {
        let what = format!("lseek({}, {offset}, {whence:?})", shown(&self.name));
        Call::new(what, unistd::lseek(&self.file, offset, whence))
    }

    pub fn sync(&self) -> Call<()> {
        Call::new(format!("fsync({})", shown(&self.name)), unistd::fsync(&self.file))
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// The calls of a sandbox, relative to this open directory.
    #[track_caller]
    pub fn as_directory(&self, path: &Path) -> Result<Sandbox, Failure> {
        let dir = self.fd().try_clone_to_owned();
        let dir = Call::of_io(format!("dup({})", shown(&self.name)), dir).ok()?;
        Ok(Sandbox { path: path.join(&self.name), dir })
    }
}

/// A path as a report prints it: quoted, and cut when it is long.
fn shown(name: &str) -> String {
    if name.len() <= 40 {
        return format!("{name:?}");
    }
    let start: String = name.chars().take(16).collect();
    format!("{start:?}… of {} bytes", name.len())
}

/// Waits long enough for a file's clock to show a later time.
pub fn let_time_pass() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Tries again for a while: what is freed may come back a little later, since a FUSE kernel tells a file system of
/// a forgotten inode without waiting for it.
pub fn soon(attempt: impl Fn() -> Checked) -> Checked {
    for _ in 0..250 {
        if attempt().is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    attempt()
}

/// A time that stat(2) gave, comparable.
pub type Instant = (i64, i64);

/// The status change time.
pub fn ctime(stat: &FileStat) -> Instant {
    (stat.st_ctime, stat.st_ctime_nsec)
}

/// The modification time.
pub fn mtime(stat: &FileStat) -> Instant {
    (stat.st_mtime, stat.st_mtime_nsec)
}

/// The access time.
pub fn atime(stat: &FileStat) -> Instant {
    (stat.st_atime, stat.st_atime_nsec)
}

/// The type bits of a mode.
pub fn kind(stat: &FileStat) -> u32 {
    stat.st_mode & SFlag::S_IFMT.bits()
}

/// The permission bits of a mode, set-id and sticky bits among them.
pub fn permissions(stat: &FileStat) -> u32 {
    stat.st_mode & 0o7777
}

/// Whether the caller may do what only root may.
pub fn demand_root() -> Result<(), Failure> {
    if unistd::geteuid().is_root() { Ok(()) } else { Err(Failure::Inapplicable("only root may do this")) }
}

/// Gives this thread its own rights back when dropped.
struct OwnRights;

impl Drop for OwnRights {
    fn drop(&mut self) {
        unistd::setfsuid(unistd::geteuid());
        unistd::setfsgid(unistd::getegid());
    }
}

/// The permission bits that this process's file mode creation mask lets through.
pub fn unmasked(mode: u32) -> Result<u32, Failure> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("Umask:"))
        .and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok());
    mask.map(|mask| mode & !mask).ok_or(Failure::Inapplicable("/proc/self/status shows no umask"))
}

/// Bytes that differ from block to block and repeat with no power of two.
pub fn pattern(size: usize, seed: u64) -> Vec<u8> {
    (0..size as u64).map(|at| ((at * 31 + at / 251 + seed * 7) % 256) as u8).collect()
}

/// Every error that says "no space": EDQUOT is the same rule under a quota.
pub fn is_full(errno: Errno) -> bool {
    matches!(errno, Errno::ENOSPC | Errno::EDQUOT)
}
