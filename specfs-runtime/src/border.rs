//! The border to an image, as `include/specfs_image.h` declares it.
//!
//! Every type here mirrors one there, member by member; a test compiles the
//! header against the sizes, offsets and signatures of this module.

use std::ffi::{c_char, c_int, c_void};
use std::marker::{PhantomData, PhantomPinned};

/// The version of the border that this host speaks: `SPECFS_IMAGE_VERSION`.
pub const IMAGE_VERSION: u32 = 1;

/// The unit of `init`'s block limit, in bytes; also what `statfs` has to report as its block size.
pub const BLOCK_BYTES: u64 = 4096;

/// `SPECFS_SET_MODE`: the mode in [`Change`] is to be set.
pub const SET_MODE: u32 = 1;
/// `SPECFS_SET_UID`: the owner in [`Change`] is to be set.
pub const SET_UID: u32 = 2;
/// `SPECFS_SET_GID`: the group in [`Change`] is to be set.
pub const SET_GID: u32 = 4;
/// `SPECFS_SET_ATIME`: the access time in [`Change`] is to be set.
pub const SET_ATIME: u32 = 8;
/// `SPECFS_SET_MTIME`: the modification time in [`Change`] is to be set.
pub const SET_MTIME: u32 = 16;

/// `SPECFS_RENAME_NOREPLACE`: a rename fails when its target exists.
pub const RENAME_NOREPLACE: u32 = 1;

/// An inode of the image, opaque to the host.
#[repr(C)]
pub struct Inode {
    _bytes: [u8; 0],
    _shared: PhantomData<(*mut u8, PhantomPinned)>,
}

/// `struct timespec`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970, rounded down.
    pub seconds: i64,
    /// Nanoseconds past `seconds`, below 1,000,000,000.
    pub nanoseconds: i64,
}

/// `struct specfs_attr`: what stat(2) tells of an inode.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Attr {
    pub ino: u64,
    pub size: u64,
    pub blocks: u64,
    pub atime: Time,
    pub mtime: Time,
    pub ctime: Time,
    pub mode: u32,
    pub nlink: u32,
    pub uid: u32,
    pub gid: u32,
    pub rdev: u32,
    pub blksize: u32,
}

/// `struct specfs_change`: the members of an inode that a caller sets.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    pub valid: u32,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub atime: Time,
    pub mtime: Time,
}

/// `struct specfs_birth`: what a new inode is made with.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Birth {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub rdev: u32,
}

/// `struct specfs_usage`: what statfs(2) tells.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub block_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub inodes: u64,
    pub inodes_free: u64,
    pub name_max: u64,
}

/// A path: components ended by NULL.
pub type Path = *const *const c_char;

/// `specfs_fill`: takes one directory entry.
pub type Fill = unsafe extern "C" fn(*mut c_void, *const c_char, u64, u32, u64) -> c_int;

/// The operations of [`Operations`], in order.
pub const OPERATIONS: [&str; 21] = [
    "init", "destroy", "root", "lookup", "forget", "getattr", "setattr", "truncate", "mknod", "mkdir",
    "symlink", "readlink", "link", "unlink", "rmdir", "rename", "open", "read", "write", "readdir", "statfs",
];

/// `struct specfs_operations`: the table that an image exports. None of its pointers is NULL once it
/// has been checked against [`OPERATIONS`].
#[repr(C)]
pub struct Operations {
    pub version: u32,
    pub size: u32,
    pub init: unsafe extern "C" fn(u64, u64, u32, u32) -> c_int,
    pub destroy: unsafe extern "C" fn(),
    pub root: unsafe extern "C" fn() -> *mut Inode,
    pub lookup: unsafe extern "C" fn(*mut Inode, Path, *const c_char, *mut Attr, *mut *mut Inode) -> c_int,
    pub forget: unsafe extern "C" fn(*mut Inode, u64),
    pub getattr: unsafe extern "C" fn(*mut Inode, Path, *mut Attr) -> c_int,
    pub setattr: unsafe extern "C" fn(*mut Inode, Path, *const Change, *mut Attr) -> c_int,
    pub truncate: unsafe extern "C" fn(*mut Inode, Path, u64, *mut Attr) -> c_int,
    pub mknod: Make,
    pub mkdir: Make,
    pub symlink: unsafe extern "C" fn(
        *mut Inode,
        Path,
        *const c_char,
        *const c_char,
        *const Birth,
        *mut Attr,
        *mut *mut Inode,
    ) -> c_int,
    pub readlink: unsafe extern "C" fn(*mut Inode, Path, *mut c_char, usize) -> i64,
    pub link: unsafe extern "C" fn(*mut Inode, *mut Inode, Path, *const c_char, *mut Attr) -> c_int,
    pub unlink: unsafe extern "C" fn(*mut Inode, Path, *const c_char) -> c_int,
    pub rmdir: unsafe extern "C" fn(*mut Inode, Path, *const c_char) -> c_int,
    pub rename: unsafe extern "C" fn(Path, *const c_char, Path, *const c_char, u32) -> c_int,
    pub open: unsafe extern "C" fn(*mut Inode, Path, c_int) -> c_int,
    pub read: unsafe extern "C" fn(*mut Inode, Path, *mut c_char, usize, u64) -> i64,
    pub write: unsafe extern "C" fn(*mut Inode, Path, *const c_char, usize, u64) -> i64,
    pub readdir: unsafe extern "C" fn(*mut Inode, Path, u64, Fill, *mut c_void) -> c_int,
    pub statfs: unsafe extern "C" fn(*mut Usage),
}

/// The signature that `mknod` and `mkdir` share.
pub type Make =
    unsafe extern "C" fn(*mut Inode, Path, *const c_char, *const Birth, *mut Attr, *mut *mut Inode) -> c_int;

#[cfg(test)]
mod tests;
