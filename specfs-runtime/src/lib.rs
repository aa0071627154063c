//! The FUSE host: loads a built file-system image and mounts it.
//!
//! An image is a shared object that exports one table of operations, [`IMAGE_HEADER`]'s
//! `specfs_image`. [`supervise`] starts a process of its own for it, which calls [`host`]: a crash of
//! the image ends that process, and the supervisor unmounts and reports. [`unmount`] ends a mount from
//! elsewhere.

mod attributes;
mod border;
mod control;
mod crash;
mod error;
mod filesystem;
mod follow;
mod host;
mod image;
mod inodes;
mod mount;
mod mountpoint;
mod options;
mod report;
mod signals;
mod supervisor;
mod symbols;
mod worker;

pub use error::MountError;
pub use host::host;
pub use mountpoint::{KIND, Mounted, User, unmount};
pub use options::{MountOptions, Tuning};
pub use report::{Cause, CrashReport, Frame};
pub use supervisor::{Event, Outcome, supervise};

/// The border between image and host: `specfs_image.h`.
pub const IMAGE_HEADER: &str = include_str!("../include/specfs_image.h");

/// The source that is compiled into an image beside its modules and exports the table of operations.
pub const IMAGE_GLUE: &str = include_str!("../c/image.c");
