//! What can go wrong with a mount, in sentences for the one who asked for it.

use std::io;
use std::path::PathBuf;

use crate::mountpoint::{Mounted, User};

/// Why a file system could not be mounted, kept mounted, or unmounted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MountError {
    /// The kernel has no FUSE, or this container was not given the device.
    #[error(
        "/dev/fuse does not exist: load the module with `modprobe fuse`, or start the container with \
         `--device /dev/fuse --cap-add SYS_ADMIN`"
    )]
    DeviceMissing,
    /// This user may not open the FUSE device.
    #[error(
        "/dev/fuse cannot be opened for reading and writing ({source}): run as root, or give your user the right \
         with `sudo chmod 0666 /dev/fuse`"
    )]
    DeviceRights {
        /// What the kernel said.
        source: io::Error,
    },
    /// Mounting without the right to goes through a helper that is not there.
    #[error(
        "this process may not mount or unmount by itself (that takes root or CAP_SYS_ADMIN), and the program \
         fusermount3, which may, was not found: install the package fuse3, or run as root"
    )]
    HelperMissing,
    /// The mountpoint does not exist.
    #[error("the mountpoint {} does not exist: create it with `mkdir {}`", .path.display(), .path.display())]
    MountpointMissing {
        /// The mountpoint.
        path: PathBuf,
    },
    /// The mountpoint is a file of another kind.
    #[error("the mountpoint {} is not a directory", .path.display())]
    NotADirectory {
        /// The mountpoint.
        path: PathBuf,
    },
    /// The mountpoint has entries, which the mount would hide.
    #[error(
        "the mountpoint {} is not empty (it holds `{entry}`), and a mount would hide what is there: choose an empty \
         directory",
        .path.display()
    )]
    NotEmpty {
        /// The mountpoint.
        path: PathBuf,
        /// One of its entries.
        entry: String,
    },
    /// Something is mounted there already.
    #[error("{} is busy: {mounted} is mounted there; unmount it first", .mounted.path.display())]
    AlreadyMounted {
        /// What is mounted there.
        mounted: Box<Mounted>,
    },
    /// A file system is mounted there whose process has ended.
    #[error(
        "{} is busy: {mounted} is left there by a process that has ended; remove it with `umount -l {}`",
        .mounted.path.display(), .mounted.path.display()
    )]
    DeadMount {
        /// What is mounted there.
        mounted: Box<Mounted>,
    },
    /// The mountpoint cannot be looked at.
    #[error("the mountpoint {} cannot be used: {source}", .path.display())]
    Mountpoint {
        /// The mountpoint.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel refused to mount.
    #[error("cannot mount at {}: {source}", .path.display())]
    Mount {
        /// The mountpoint.
        path: PathBuf,
        /// What the kernel or fusermount3 said.
        source: io::Error,
    },
    /// The image file does not exist.
    #[error("the image {} does not exist: build it first", .path.display())]
    ImageMissing {
        /// The image file.
        path: PathBuf,
    },
    /// The dynamic linker refused the image.
    #[error("the image {} cannot be loaded: {reason}", .path.display())]
    ImageLoad {
        /// The image file.
        path: PathBuf,
        /// What the dynamic linker said.
        reason: String,
    },
    /// The image has no table of operations.
    #[error(
        "the image {} exports no symbol `specfs_image`: it was linked without the glue (image.c), or is no image at \
         all",
        .path.display()
    )]
    ImageWithoutTable {
        /// The image file.
        path: PathBuf,
    },
    /// The image was built against another border.
    #[error(
        "the image {} speaks version {found} of the image border, and this host version {wanted}: build the image anew",
        .path.display()
    )]
    ImageVersion {
        /// The image file.
        path: PathBuf,
        /// The image's version.
        found: u32,
        /// This host's version.
        wanted: u32,
    },
    /// The image's table has another size although the version is the same.
    #[error(
        "the image {} has a table of {found} bytes where version {version} of the image border has {wanted}: build \
         the image anew with this program's specfs_image.h",
        .path.display()
    )]
    ImageTable {
        /// The image file.
        path: PathBuf,
        /// The size that the image states.
        found: u32,
        /// The size that its version has.
        wanted: usize,
        /// The version.
        version: u32,
    },
    /// An operation of the image's table is NULL.
    #[error("the image {} has no operation `{operation}`: its entry in specfs_image is NULL", .path.display())]
    ImageIncomplete {
        /// The image file.
        path: PathBuf,
        /// The name of the operation.
        operation: &'static str,
    },
    /// The image could not make an empty file system.
    #[error("the image {} could not set up a file system: {reason}", .path.display())]
    ImageSetup {
        /// The image file.
        path: PathBuf,
        /// What it answered.
        reason: String,
    },
    /// The process that is to serve the file system could not be started.
    #[error("cannot start the host process `{program}`: {source}")]
    HostStart {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The host process told why it cannot serve the file system.
    #[error("{0}")]
    Host(String),
    /// The host process was given arguments that are not those of a host process.
    #[error("the host process was started with wrong arguments: {0}")]
    HostArguments(String),
    /// The host process was started by hand.
    #[error("this is the process that serves a mount; it only works when the mounting process starts it")]
    NotSupervised,
    /// The connection between supervisor and host broke.
    #[error("the connection between the mounting process and its host process failed: {0}")]
    Control(io::Error),
    /// The loop that serves requests ended with an error.
    #[error("serving the file system ended with an error: {0}")]
    Serve(io::Error),
    /// Nothing is mounted at that path.
    #[error("nothing is mounted at {}", .path.display())]
    NotMounted {
        /// The path.
        path: PathBuf,
    },
    /// What is mounted at that path was not mounted by this program.
    #[error(
        "{} is not a file system of this program: {mounted} is mounted there; use `umount` if you mean that one",
        .mounted.path.display()
    )]
    NotOurs {
        /// What is mounted there.
        mounted: Box<Mounted>,
    },
    /// Programs use the file system.
    #[error(
        "{} is busy: it is used by {}; close what they have open there, or change their current directory",
        .path.display(), User::list(.users)
    )]
    Busy {
        /// The mountpoint.
        path: PathBuf,
        /// The processes that were found to use it.
        users: Vec<User>,
    },
    /// The kernel or fusermount3 refused to unmount.
    #[error("cannot unmount {}: {reason}", .path.display())]
    Unmount {
        /// The mountpoint.
        path: PathBuf,
        /// What they said.
        reason: String,
    },
}
