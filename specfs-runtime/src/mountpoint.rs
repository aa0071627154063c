//! Mountpoints: whether one can be used, what is mounted there, who uses it, and taking it down.
//!
//! Nothing here asks a mounted file system anything unless it says so: one that hangs must not take
//! along those who want to unmount it.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::errno::Errno;
use nix::mount::{MntFlags, umount2};

use crate::error::MountError;

/// The type under which `mount` and /proc/mounts show this program's file systems.
pub const KIND: &str = "fuse.specfs";

const DEVICE: &str = "/dev/fuse";

/// How often, and with what pause, `unmount` tries again before it calls a file system busy.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// A line of /proc/self/mountinfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// The mount's number, which no other mount has while it is there.
    pub id: u64,
    /// Where it is.
    pub path: PathBuf,
    /// The type of the file system, such as `ext4` or `fuse.specfs`.
    pub kind: String,
    /// What is mounted, such as a device or a name.
    pub source: String,
}

impl Mounted {
    /// Tries once to unmount just this mount; when it is gone already, that is done.
    pub(crate) fn try_unmount(&self, manner: Manner) -> Attempt {
        match find(&self.path) {
            Ok(found) if found.as_ref().map(|found| found.id) != Some(self.id) => Attempt::Done,
            _ => try_unmount(&self.path, manner),
        }
    }
}

impl fmt::Display for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (type {})", self.source, self.kind)
    }
}

/// A process that keeps a file system busy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its process id.
    pub pid: u32,
    /// Its name.
    pub name: String,
}

impl User {
    /// Several of them, for a sentence.
    pub(crate) fn list(users: &[User]) -> String {
        if users.is_empty() {
            return "a process that /proc does not show to this user".into();
        }
        let each: Vec<String> =
            users.iter().map(|user| format!("{} (pid {})", user.name, user.pid)).collect();
        each.join(", ")
    }
}

/// Whether this user may open the FUSE device.
pub fn check_device() -> Result<(), MountError> {
    match std::fs::File::options().read(true).write(true).open(DEVICE) {
        Ok(_) => Ok(()),
        Err(error) => Err(match Errno::from_raw(error.raw_os_error().unwrap_or(0)) {
            Errno::ENOENT | Errno::ENODEV | Errno::ENXIO => MountError::DeviceMissing,
            _ => MountError::DeviceRights { source: error },
        }),
    }
}

/// Whether something can be mounted at a path; the path without links and from the root.
pub fn check(path: &Path) -> Result<PathBuf, MountError> {
    if let Some(mounted) = find(path)? {
        return Err(occupied(mounted));
    }
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => MountError::MountpointMissing { path: path.into() },
        io::ErrorKind::NotADirectory => MountError::NotADirectory { path: path.into() },
        _ => MountError::Mountpoint { path: path.into(), source },
    };
    if !std::fs::metadata(path).map_err(refused)?.is_dir() {
        return Err(MountError::NotADirectory { path: path.into() });
    }
    if let Some(entry) = std::fs::read_dir(path).map_err(refused)?.next() {
        let entry = entry.map_err(refused)?.file_name().to_string_lossy().into_owned();
        return Err(MountError::NotEmpty { path: path.into(), entry });
    }
    path.canonicalize().map_err(refused)
}

/// Why nothing can be mounted where something is. Asks what is mounted whether it answers.
fn occupied(mounted: Mounted) -> MountError {
    let mounted = Box::new(mounted);
    if is_dead(&mounted.path) {
        MountError::DeadMount { mounted }
    } else {
        MountError::AlreadyMounted { mounted }
    }
}

/// Whether the process behind a FUSE mount has ended. Asks the file system, for what no kernel remembers.
fn is_dead(path: &Path) -> bool {
    nix::sys::statfs::statfs(path).is_err_and(|errno| errno == Errno::ENOTCONN)
}

/// What is mounted at a path, if anything: the topmost when there are several.
pub fn find(path: &Path) -> Result<Option<Mounted>, MountError> {
    let failed = |source: io::Error| MountError::Mountpoint { path: path.into(), source };
    let list = std::fs::read("/proc/self/mountinfo").map_err(failed)?;
    let at = |place: &Path| mounts(&list).rfind(|mounted| mounted.path == place);
    // The path itself is resolved only when nothing is mounted there: resolving asks what is mounted.
    let mounted = unresolved(path).and_then(|place| at(&place));
    Ok(mounted.or_else(|| path.canonicalize().ok().and_then(|place| at(&place))))
}

/// The path from the root with all links resolved but a last one.
fn unresolved(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(parent.canonicalize().ok()?.join(name))
}

/// The mounts that /proc/self/mountinfo lists (proc(5)): id, parent, device, root, mountpoint, options,
/// any number of further fields, a dash, type, source, options.
fn mounts(list: &[u8]) -> impl DoubleEndedIterator<Item = Mounted> {
    list.split(|byte| *byte == b'\n').filter_map(|line| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let dash = fields.iter().skip(6).position(|field| *field == b"-")? + 6;
        let text = |field: &[u8]| unescape(field).to_string_lossy().into_owned();
        Some(Mounted {
            id: std::str::from_utf8(fields.first()?).ok()?.parse().ok()?,
            path: unescape(fields.get(4)?).into(),
            kind: text(fields.get(dash + 1)?),
            source: text(fields.get(dash + 2)?),
        })
    })
}

/// Undoes the kernel's way of writing white space and backslashes: `\040` for a space.
fn unescape(field: &[u8]) -> OsString {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        let code = rest.get(1..4).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.filter(|_| first == b'\\').and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &rest[4..] } else { tail };
    }
    OsString::from_vec(bytes)
}

/// The processes that have a file open below a path, or their current directory there. Only those that
/// this user may look at are found.
pub fn users(path: &Path) -> Vec<User> {
    let uses = |process: &Path| {
        let within = |link: PathBuf| std::fs::read_link(link).is_ok_and(|target| target.starts_with(path));
        let open = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        within(process.join("cwd"))
            || within(process.join("root"))
            || open.into_iter().any(|fd| within(fd.path()))
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut users: Vec<User> = processes
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let process = entry.path();
            let name = || std::fs::read_to_string(process.join("comm")).ok();
            uses(&process).then(name)?.map(|name| User { pid, name: name.trim_end().into() })
        })
        .collect();
    users.sort_by_key(|user| user.pid);
    users
}

/// How an attempt to unmount ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is not mounted any more.
    Done,
    /// It is in use.
    Busy,
    /// It was refused, for this reason.
    Refused(String),
}

/// How to unmount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Only when nobody uses it.
    Unused,
    /// At once for those who look for it; for those who use it when they stop.
    Detach,
}

/// Tries once to unmount what is mounted at a path.
pub fn try_unmount(path: &Path, manner: Manner) -> Attempt {
    let flags = MntFlags::UMOUNT_NOFOLLOW
        | match manner {
            Manner::Unused => MntFlags::empty(),
            Manner::Detach => MntFlags::MNT_DETACH,
        };
    match umount2(path, flags) {
        // EINVAL: it is no mountpoint, so someone else was faster.
        Ok(()) | Err(Errno::EINVAL) => Attempt::Done,
        Err(Errno::EBUSY) => Attempt::Busy,
        Err(Errno::EPERM) => try_helper(path, manner),
        Err(errno) => Attempt::Refused(io::Error::from(errno).to_string()),
    }
}

/// The same for users who may not unmount themselves.
fn try_helper(path: &Path, manner: Manner) -> Attempt {
    let mut helper = Command::new("fusermount3");
    helper.arg("-u");
    if manner == Manner::Detach {
        helper.arg("-z");
    }
    let output = match helper.arg("--").arg(path).stdin(Stdio::null()).env("LC_ALL", "C").output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Attempt::Refused(MountError::HelperMissing.to_string());
        }
        Err(error) => return Attempt::Refused(format!("fusermount3 cannot be run: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.success() {
        true => Attempt::Done,
        false if said.contains("busy") => Attempt::Busy,
        false => Attempt::Refused(said),
    }
}

/// Unmounts a file system that this program mounted. Its host process and the supervisor of that end
/// by themselves then.
pub fn unmount(path: &Path) -> Result<(), MountError> {
    let mounted = find(path)?.ok_or_else(|| MountError::NotMounted { path: path.into() })?;
    if mounted.kind != KIND {
        return Err(MountError::NotOurs { mounted: Box::new(mounted) });
    }
    let place = &mounted.path;
    let mut attempt = try_unmount(place, Manner::Unused);
    for _ in 1..TRIES {
        if attempt != Attempt::Busy {
            break;
        }
        std::thread::sleep(PAUSE);
        attempt = try_unmount(place, Manner::Unused);
    }
    if attempt == Attempt::Busy && is_dead(place) {
        // Nobody can do anything there any more.
        attempt = try_unmount(place, Manner::Detach);
    }
    match attempt {
        Attempt::Done => Ok(()),
        Attempt::Busy => Err(MountError::Busy { path: place.clone(), users: users(place) }),
        Attempt::Refused(reason) => Err(MountError::Unmount { path: place.clone(), reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_as_proc_5_describes_them() {
        let list = b"\
36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n\
40 36 0:50 / /mnt/with\\040space\\011tab\\134 rw,nosuid - fuse.specfs a\\040name rw,user_id=0\n\
41 36 0:51 / /plain rw shared:1 master:2 - tmpfs - rw\n";
        let found: Vec<Mounted> = mounts(list).collect();
        let expect = |id, path: &str, kind: &str, source: &str| Mounted {
            id,
            path: path.into(),
            kind: kind.into(),
            source: source.into(),
        };
        assert_eq!(found[0], expect(36, "/mnt2", "ext3", "/dev/root"));
        assert_eq!(found[1], expect(40, "/mnt/with space\ttab\\", "fuse.specfs", "a name"));
        assert_eq!(found[2], expect(41, "/plain", "tmpfs", "-"));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_mountpoint_has_to_be_an_empty_directory() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let complain = |path: &Path| check(path).unwrap_err().to_string();
        assert!(complain(&folder.path().join("none")).contains("does not exist: create it with `mkdir"));
        assert!(complain(&file).ends_with("file is not a directory"));
        assert!(complain(&file.join("below")).ends_with("below is not a directory"));
        assert!(complain(folder.path()).contains("is not empty (it holds `file`)"));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(check(folder.path()).unwrap(), folder.path().canonicalize().unwrap());
    }

    #[test]
    fn what_others_mounted_is_left_alone() {
        let complaint = unmount(Path::new("/proc")).unwrap_err().to_string();
        assert!(complaint.starts_with("/proc is not a file system of this program: `proc` (type proc)"));
        let folder = tempfile::tempdir().unwrap();
        let complaint = unmount(folder.path()).unwrap_err().to_string();
        assert_eq!(complaint, format!("nothing is mounted at {}", folder.path().display()));
        let complaint = check(Path::new("/proc")).unwrap_err().to_string();
        assert!(complaint.starts_with("/proc is busy: `proc` (type proc) is mounted there"), "{complaint}");
    }

    #[test]
    fn the_users_of_a_directory_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        assert_eq!(users(&path), []);
        let _open = std::fs::File::create(path.join("open")).unwrap();
        let me = users(&path);
        assert_eq!(me.iter().map(|user| user.pid).collect::<Vec<_>>(), [std::process::id()]);
    }
}
