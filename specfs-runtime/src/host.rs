//! The host process: it loads the image, mounts it and serves it, and nothing else.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getgid, getuid};

use crate::border::BLOCK_BYTES;
use crate::control::{Connection, FromHost};
use crate::crash;
use crate::error::MountError;
use crate::filesystem::ImageFilesystem;
use crate::follow;
use crate::image::Image;
use crate::mountpoint::{self, Attempt, Manner};
use crate::options::MountOptions;
use crate::signals;

const PAUSE: Duration = Duration::from_millis(50);

/// How long an image may take to give back its memory once it is unmounted.
pub const EXIT_LIMIT: Duration = Duration::from_secs(60);

/// What the process that [`supervise`](crate::supervise) starts has to call, with the options from
/// [`MountOptions::from_arguments`]. Returns when the file system is unmounted.
///
/// The supervisor hears of every failure too, and it is the one who tells the user.
pub fn host(options: &MountOptions) -> Result<(), MountError> {
    static CONNECTION: OnceLock<Connection> = OnceLock::new();
    let taken = Connection::from_stdin()?;
    let connection = CONNECTION.get_or_init(|| taken);
    serve(options, connection).inspect_err(|error| {
        if let Err(unheard) = connection.tell(&FromHost::Failed(error.to_string())) {
            tracing::warn!("the supervisor does not hear that {error}: {unheard}");
        }
    })
}

fn serve(options: &MountOptions, connection: &'static Connection) -> Result<(), MountError> {
    crash::install(connection);
    let path = mountpoint::check(&options.mountpoint)?;
    let image = Image::load(&options.image)?;
    connection.tell(&FromHost::Loaded)?;
    if connection.receive()?.is_none() {
        return Err(MountError::NotSupervised);
    }
    let blocks = options.capacity_bytes / BLOCK_BYTES;
    let volume = image.set_up(blocks, options.inodes, getuid().as_raw(), getgid().as_raw())?;
    let filesystem = ImageFilesystem::new(volume, options.tuning.open_requests);
    if options.tuning.follow_client {
        follow::start();
    }
    let session = crate::mount::mount(filesystem, options, &path)?;
    watch(connection, &path, options.tuning.busy_limit)?;
    connection.tell(&FromHost::Mounted)?;
    session.run().map_err(MountError::Serve)
}

/// Unmounts when the supervisor ends, however it ends, or when this process alone is asked to.
fn watch(connection: &'static Connection, path: &Path, limit: Duration) -> Result<(), MountError> {
    let asked = signals::listen().map_err(MountError::Control)?;
    let path = path.to_path_buf();
    let wait = move || {
        wait_for_end(connection, &asked);
        leave(&path, limit);
    };
    let spawned = std::thread::Builder::new().name("supervisor-watch".into()).spawn(wait);
    spawned.map(|_| ()).map_err(MountError::Control)
}

fn wait_for_end(connection: &Connection, asked: &UnixStream) {
    let mut both = [connection.as_fd(), asked.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
    loop {
        match poll(&mut both, PollTimeout::NONE) {
            Err(nix::errno::Errno::EINTR) => {}
            _ => return,
        }
    }
}

/// Ends this process in the gentlest way that works: the loop that serves ends when the file system is
/// unmounted and nobody uses it any more.
fn leave(path: &Path, limit: Duration) {
    let Ok(Some(mounted)) = mountpoint::find(path) else { return end() };
    let start = Instant::now();
    let mut attempt = mounted.try_unmount(Manner::Unused);
    while attempt == Attempt::Busy && start.elapsed() < limit {
        std::thread::sleep(PAUSE);
        attempt = mounted.try_unmount(Manner::Unused);
    }
    if attempt == Attempt::Done {
        std::thread::sleep(EXIT_LIMIT);
    } else {
        if let Attempt::Refused(reason) = mounted.try_unmount(Manner::Detach) {
            tracing::error!("cannot unmount {}: {reason}", path.display());
        }
        std::thread::sleep(limit);
    }
    end();
}

/// Closes the device for those who still use what is detached: they get ENOTCONN.
fn end() {
    if let Err(errno) = kill(Pid::this(), Signal::SIGKILL) {
        tracing::error!("the host process cannot end itself: {errno}");
    }
}
