//! The requests of the kernel, and their answers.
//!
//! The tree changes through this mount only. So the kernel is told to keep what it learns for ever: it
//! forgets by itself what its own requests change, and asks again.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, CopyFileRangeFlags, Errno, FileAttr, FileHandle, Filesystem, FopenFlags, Generation,
    INodeNo, InitFlags, IoctlFlags, KernelConfig, LockOwner, OpenFlags, PollEvents, PollFlags, PollNotifier,
    RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyIoctl,
    ReplyLseek, ReplyOpen, ReplyPoll, ReplyStatfs, ReplyWrite, ReplyXattr, Request, TimeOrNow, WriteFlags,
};

use super::ImageFilesystem;
use crate::attributes::{absent, from_kernel};
use crate::border::{self, Change};
use crate::worker;

/// How long the kernel may keep entries and attributes: 34 years.
const FOREVER: Duration = Duration::from_secs(1 << 30);

/// Inode numbers are not used again while the kernel knows them, so there is one generation.
const GENERATION: Generation = Generation(0);

/// The longest target of a symbolic link, in bytes.
const TARGET_MAX: usize = libc::PATH_MAX as usize;

impl Filesystem for ImageFilesystem {
    fn init(&mut self, _req: &Request, config: &mut KernelConfig) -> io::Result<()> {
        let offered = config.capabilities();
        let no_open = InitFlags::FUSE_NO_OPEN_SUPPORT | InitFlags::FUSE_NO_OPENDIR_SUPPORT;
        self.open_requests |= !offered.contains(no_open);
        let mut wanted = InitFlags::FUSE_PARALLEL_DIROPS | InitFlags::FUSE_CACHE_SYMLINKS;
        if self.open_requests {
            // Without it the kernel sends a truncation of its own, which opening cannot lose.
            wanted |= InitFlags::FUSE_ATOMIC_O_TRUNC;
        }
        config
            .add_capabilities(wanted & offered)
            .map_err(|refused| io::Error::other(format!("the kernel offers no {refused:?}")))
    }

    fn destroy(&mut self) {
        for (handle, count) in self.inodes.release_all() {
            self.volume.forget(handle, count);
        }
    }

    fn lookup(&self, req: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        worker::attend(req, 0);
        match self.find(parent, name) {
            Ok(attr) => reply.entry(&FOREVER, &attr, GENERATION),
            Err(errno) if errno.code() == libc::ENOENT => reply.entry(&FOREVER, &absent(), GENERATION),
            Err(errno) => reply.error(errno),
        }
    }

    fn forget(&self, req: &Request, ino: INodeNo, nlookup: u64) {
        worker::attend(req, 0);
        self.give_back(ino, nlookup);
    }

    fn getattr(&self, req: &Request, ino: INodeNo, _fh: Option<FileHandle>, reply: ReplyAttr) {
        worker::attend(req, 0);
        answer_attr(self.change(ino, None, &Change::default()), reply);
    }

    fn setattr(
        &self,
        req: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        atime: Option<TimeOrNow>,
        mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        _fh: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        worker::attend(req, 0);
        let mut change = Change::default();
        set(&mut change.valid, border::SET_MODE, &mut change.mode, mode.map(|mode| mode & 0o7777));
        set(&mut change.valid, border::SET_UID, &mut change.uid, uid);
        set(&mut change.valid, border::SET_GID, &mut change.gid, gid);
        set(&mut change.valid, border::SET_ATIME, &mut change.atime, atime.map(from_kernel));
        set(&mut change.valid, border::SET_MTIME, &mut change.mtime, mtime.map(from_kernel));
        answer_attr(self.change(ino, size, &change), reply);
    }

    fn readlink(&self, req: &Request, ino: INodeNo, reply: ReplyData) {
        worker::attend(req, 0);
        worker::with_buffer(TARGET_MAX, |buffer| {
            let length = self.inodes.handle(ino.0).and_then(|node| self.volume.readlink(node, buffer));
            answer_data(length, buffer, reply);
        });
    }

    fn mknod(
        &self,
        req: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _umask: u32,
        rdev: u32,
        reply: ReplyEntry,
    ) {
        worker::attend(req, 0);
        answer_entry(self.make_node(req, parent, name, mode, rdev), reply);
    }

    fn mkdir(&self, req: &Request, parent: INodeNo, name: &OsStr, mode: u32, _umask: u32, reply: ReplyEntry) {
        worker::attend(req, 0);
        answer_entry(self.make_directory(req, parent, name, mode), reply);
    }

    fn unlink(&self, req: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        worker::attend(req, 0);
        answer_empty(self.remove(parent, name, |dir, name| self.volume.unlink(dir, name)), reply);
    }

    fn rmdir(&self, req: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        worker::attend(req, 0);
        answer_empty(self.remove(parent, name, |dir, name| self.volume.rmdir(dir, name)), reply);
    }

    fn symlink(&self, req: &Request, parent: INodeNo, link_name: &OsStr, target: &Path, reply: ReplyEntry) {
        worker::attend(req, 0);
        answer_entry(self.make_symlink(req, parent, link_name, target), reply);
    }

    fn rename(
        &self,
        req: &Request,
        parent: INodeNo,
        name: &OsStr,
        newparent: INodeNo,
        newname: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        worker::attend(req, 0);
        answer_empty(self.move_entry((parent, name), (newparent, newname), flags), reply);
    }

    fn link(&self, req: &Request, ino: INodeNo, newparent: INodeNo, newname: &OsStr, reply: ReplyEntry) {
        worker::attend(req, 0);
        answer_entry(self.make_link(ino, newparent, newname), reply);
    }

    /// The first answer is ENOSYS, after which the kernel opens files without asking: there is nothing
    /// to remember of an open file, and its data lives until the inode is forgotten.
    fn open(&self, req: &Request, ino: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        worker::attend(req, 0);
        match self.opened(ino, flags.0) {
            Ok(()) => reply.opened(FileHandle(0), open_file()),
            Err(errno) => reply.error(errno),
        }
    }

    fn read(
        &self,
        req: &Request,
        ino: INodeNo,
        _fh: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        _lock_owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        worker::attend(req, size as usize);
        worker::with_buffer(size as usize, |buffer| {
            let length = self.inodes.handle(ino.0).and_then(|node| self.volume.read(node, buffer, offset));
            answer_data(length, buffer, reply);
        });
    }

    fn write(
        &self,
        req: &Request,
        ino: INodeNo,
        _fh: FileHandle,
        offset: u64,
        data: &[u8],
        _write_flags: WriteFlags,
        _flags: OpenFlags,
        _lock_owner: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        worker::attend(req, data.len());
        match self.inodes.handle(ino.0).and_then(|node| self.volume.write(node, data, offset)) {
            // A request is smaller than 4 GiB, and so is what was written of it.
            Ok(count) => reply.written(count as u32),
            Err(errno) => reply.error(errno),
        }
    }

    /// There is nothing to flush. One ENOSYS, and the kernel never asks again.
    fn flush(&self, req: &Request, _ino: INodeNo, _fh: FileHandle, _owner: LockOwner, reply: ReplyEmpty) {
        worker::attend(req, 0);
        reply.error(Errno::ENOSYS);
    }

    /// The file system is memory. One ENOSYS, and the kernel answers fsync(2) with success by itself.
    fn fsync(&self, req: &Request, _ino: INodeNo, _fh: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        worker::attend(req, 0);
        reply.error(Errno::ENOSYS);
    }

    /// As for `fsync`.
    fn fsyncdir(&self, req: &Request, _ino: INodeNo, _fh: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        worker::attend(req, 0);
        reply.error(Errno::ENOSYS);
    }

    /// As for `open`; the kernel also keeps listings then.
    fn opendir(&self, req: &Request, ino: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        worker::attend(req, 0);
        match self.opened(ino, flags.0) {
            Ok(()) => reply.opened(FileHandle(0), FopenFlags::FOPEN_CACHE_DIR | FopenFlags::FOPEN_KEEP_CACHE),
            Err(errno) => reply.error(errno),
        }
    }

    fn readdir(&self, req: &Request, ino: INodeNo, _fh: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        worker::attend(req, 0);
        match self.list(ino, offset, &mut reply) {
            Ok(()) => reply.ok(),
            Err(errno) => reply.error(errno),
        }
    }

    fn statfs(&self, req: &Request, _ino: INodeNo, reply: ReplyStatfs) {
        worker::attend(req, 0);
        let usage = self.volume.statfs();
        reply.statfs(
            usage.blocks,
            usage.blocks_free,
            usage.blocks_free,
            usage.inodes,
            usage.inodes_free,
            usage.block_size as u32,
            usage.name_max as u32,
            usage.block_size as u32,
        );
    }

    /// Asked only when opens are: else the kernel makes a node and opens it without asking.
    fn create(
        &self,
        req: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        worker::attend(req, 0);
        if !self.open_requests {
            return reply.error(Errno::ENOSYS);
        }
        match self.make_node(req, parent, name, mode, 0) {
            Ok(attr) => reply.created(&FOREVER, &attr, GENERATION, FileHandle(0), open_file()),
            Err(errno) => reply.error(errno),
        }
    }

    // What the border has no operation for. The kernel remembers each ENOSYS and does what is usual
    // without: no extended attributes, copies through the page cache, no hole is found.

    fn getxattr(&self, _req: &Request, _ino: INodeNo, _name: &OsStr, _size: u32, reply: ReplyXattr) {
        reply.error(Errno::ENOSYS);
    }

    fn setxattr(
        &self,
        _req: &Request,
        _ino: INodeNo,
        _name: &OsStr,
        _value: &[u8],
        _flags: i32,
        _position: u32,
        reply: ReplyEmpty,
    ) {
        reply.error(Errno::ENOSYS);
    }

    fn listxattr(&self, _req: &Request, _ino: INodeNo, _size: u32, reply: ReplyXattr) {
        reply.error(Errno::ENOSYS);
    }

    fn removexattr(&self, _req: &Request, _ino: INodeNo, _name: &OsStr, reply: ReplyEmpty) {
        reply.error(Errno::ENOSYS);
    }

    fn ioctl(
        &self,
        _req: &Request,
        _ino: INodeNo,
        _fh: FileHandle,
        _flags: IoctlFlags,
        _cmd: u32,
        _in_data: &[u8],
        _out_size: u32,
        reply: ReplyIoctl,
    ) {
        reply.error(Errno::ENOSYS);
    }

    fn poll(
        &self,
        _req: &Request,
        _ino: INodeNo,
        _fh: FileHandle,
        _ph: PollNotifier,
        _events: PollEvents,
        _flags: PollFlags,
        reply: ReplyPoll,
    ) {
        reply.error(Errno::ENOSYS);
    }

    fn fallocate(
        &self,
        _req: &Request,
        _ino: INodeNo,
        _fh: FileHandle,
        _offset: u64,
        _length: u64,
        _mode: i32,
        reply: ReplyEmpty,
    ) {
        reply.error(Errno::ENOSYS);
    }

    fn lseek(
        &self,
        _req: &Request,
        _ino: INodeNo,
        _fh: FileHandle,
        _offset: i64,
        _whence: i32,
        reply: ReplyLseek,
    ) {
        reply.error(Errno::ENOSYS);
    }

    fn copy_file_range(
        &self,
        _req: &Request,
        _ino_in: INodeNo,
        _fh_in: FileHandle,
        _offset_in: u64,
        _ino_out: INodeNo,
        _fh_out: FileHandle,
        _offset_out: u64,
        _len: u64,
        _flags: CopyFileRangeFlags,
        reply: ReplyWrite,
    ) {
        reply.error(Errno::ENOSYS);
    }
}

/// An open file has no state here, and what the kernel has cached of it stays right.
fn open_file() -> FopenFlags {
    FopenFlags::FOPEN_KEEP_CACHE | FopenFlags::FOPEN_NOFLUSH
}

fn set<T>(valid: &mut u32, bit: u32, member: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *valid |= bit;
        *member = value;
    }
}

fn answer_attr(answer: Result<FileAttr, Errno>, reply: ReplyAttr) {
    match answer {
        Ok(attr) => reply.attr(&FOREVER, &attr),
        Err(errno) => reply.error(errno),
    }
}

fn answer_entry(answer: Result<FileAttr, Errno>, reply: ReplyEntry) {
    match answer {
        Ok(attr) => reply.entry(&FOREVER, &attr, GENERATION),
        Err(errno) => reply.error(errno),
    }
}

fn answer_empty(answer: Result<(), Errno>, reply: ReplyEmpty) {
    match answer {
        Ok(()) => reply.ok(),
        Err(errno) => reply.error(errno),
    }
}

fn answer_data(length: Result<usize, Errno>, buffer: &[u8], reply: ReplyData) {
    match length {
        Ok(length) => reply.data(&buffer[..length]),
        Err(errno) => reply.error(errno),
    }
}
