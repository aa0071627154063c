//! Mounting, and the session with the kernel that comes of it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use fuser::{Config, MountOption, Session, SessionACL};
use nix::errno::Errno;
use nix::mount::MsFlags;

use crate::error::MountError;
use crate::filesystem::ImageFilesystem;
use crate::mountpoint::{self, KIND};
use crate::options::MountOptions;

/// Mounts the file system at `path` and agrees with the kernel on how to talk.
pub fn mount(
    filesystem: ImageFilesystem,
    options: &MountOptions,
    path: &Path,
) -> Result<Session<ImageFilesystem>, MountError> {
    mountpoint::check_device()?;
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => MountError::HelperMissing,
        _ => MountError::Mount { path: path.into(), source },
    };
    let config = config(options);
    match mount_directly(options, path) {
        Ok(device) => Session::from_fd(filesystem, device.into(), config.acl, config)
            .map_err(|source| MountError::Mount { path: path.into(), source }),
        // Only root may; others go through fusermount3, which fuser knows how to use.
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
            Session::new(filesystem, path, &config).map_err(refused)
        }
        Err(source) => Err(MountError::Mount { path: path.into(), source }),
    }
}

/// Done here and not by fuser because that would mount under the type `fuse`, which says nothing, and
/// would put the kernel's answer into a sentence of its own.
fn mount_directly(options: &MountOptions, path: &Path) -> io::Result<File> {
    let device = File::options().read(true).write(true).open("/dev/fuse")?;
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    let allow_other = if options.allow_other { ",allow_other" } else { "" };
    let data = format!(
        "fd={},rootmode=40000,user_id={uid},group_id={gid},default_permissions{allow_other}",
        device.as_raw_fd()
    );
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOATIME;
    match nix::mount::mount(Some(options.name.as_str()), path, Some(KIND), flags, Some(data.as_str())) {
        Ok(()) => Ok(device),
        Err(Errno::ENODEV) => Err(io::Error::other("the kernel knows no file system type `fuse`")),
        Err(errno) => Err(errno.into()),
    }
}

fn config(options: &MountOptions) -> Config {
    let mut config = Config::default();
    // fusermount3 takes all options in one list with commas.
    let name = options.name.replace([',', '\\'], "_");
    config.mount_options = vec![
        MountOption::FSName(name),
        MountOption::Subtype("specfs".into()),
        MountOption::DefaultPermissions,
        MountOption::NoAtime,
    ];
    config.acl = if options.allow_other { SessionACL::All } else { SessionACL::Owner };
    config.n_threads = Some(options.threads.max(1));
    config.clone_fd = options.threads > 1;
    config
}
