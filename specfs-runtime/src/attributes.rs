//! Attributes and times, from the border's form to fuser's and back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{Errno, FileAttr, FileType, INodeNo, TimeOrNow};

use crate::border::{Attr, Time};

const NANOSECONDS_MAX: i64 = 999_999_999;

/// What the kernel is told of an inode. EIO for an inode of no known kind.
pub fn to_kernel(attr: &Attr) -> Result<FileAttr, Errno> {
    let Some(kind) = file_type(attr.mode) else {
        tracing::error!(
            ino = attr.ino,
            mode = attr.mode,
            "the image has an inode of no kind that stat(2) knows"
        );
        return Err(Errno::EIO);
    };
    Ok(FileAttr {
        ino: INodeNo(attr.ino),
        size: attr.size,
        blocks: attr.blocks,
        atime: system_time(attr.atime),
        mtime: system_time(attr.mtime),
        ctime: system_time(attr.ctime),
        crtime: UNIX_EPOCH,
        kind,
        perm: (attr.mode & 0o7777) as u16,
        nlink: attr.nlink,
        uid: attr.uid,
        gid: attr.gid,
        rdev: attr.rdev,
        blksize: attr.blksize,
        flags: 0,
    })
}

/// The answer that a name does not exist, which the kernel remembers like an entry: inode number 0.
pub fn absent() -> FileAttr {
    FileAttr {
        ino: INodeNo(0),
        size: 0,
        blocks: 0,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: FileType::RegularFile,
        perm: 0,
        nlink: 0,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 0,
        flags: 0,
    }
}

/// The kind that the S_IFMT bits of a mode name.
pub fn file_type(mode: u32) -> Option<FileType> {
    Some(match mode & libc::S_IFMT {
        libc::S_IFREG => FileType::RegularFile,
        libc::S_IFDIR => FileType::Directory,
        libc::S_IFLNK => FileType::Symlink,
        libc::S_IFIFO => FileType::NamedPipe,
        libc::S_IFCHR => FileType::CharDevice,
        libc::S_IFBLK => FileType::BlockDevice,
        libc::S_IFSOCK => FileType::Socket,
        _ => return None,
    })
}

/// A time that a caller sets.
pub fn from_kernel(time: TimeOrNow) -> Time {
    match time {
        TimeOrNow::Now => sent_time(SystemTime::now()),
        TimeOrNow::SpecificTime(time) => sent_time(time),
    }
}

/// The time that the kernel sent as seconds and nanoseconds.
///
/// fuser 0.18 takes both parts from 1970 backwards when the seconds are negative, although the kernel
/// counts nanoseconds forwards always: half a second before 1970 arrives as one and a half. Reading
/// both parts back as they were put in mends that.
fn sent_time(time: SystemTime) -> Time {
    let (sign, distance) = match time.duration_since(UNIX_EPOCH) {
        Ok(distance) => (1, distance),
        Err(before) => (-1, before.duration()),
    };
    let seconds = i64::try_from(distance.as_secs()).map_or(i64::MIN, |seconds| sign * seconds);
    Time { seconds, nanoseconds: distance.subsec_nanos().into() }
}

fn system_time(time: Time) -> SystemTime {
    let nanoseconds = Duration::from_nanos(time.nanoseconds.clamp(0, NANOSECONDS_MAX).unsigned_abs());
    let distance = Duration::from_secs(time.seconds.unsigned_abs());
    let whole =
        if time.seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    whole.and_then(|whole| whole.checked_add(nanoseconds)).unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(seconds: i64, nanoseconds: i64) -> Time {
        Time { seconds, nanoseconds }
    }

    #[test]
    fn times_before_1970_count_their_nanoseconds_forwards() {
        assert_eq!(system_time(time(-1, 500_000_000)), UNIX_EPOCH - Duration::from_millis(500));
        assert_eq!(system_time(time(-2, 0)), UNIX_EPOCH - Duration::from_secs(2));
        assert_eq!(system_time(time(1, 5)), UNIX_EPOCH + Duration::new(1, 5));
    }

    #[test]
    fn a_time_before_1970_that_fuser_turned_around_is_read_as_it_was_sent() {
        // What fuser 0.18 makes of seconds = -1, nanoseconds = 500,000,000.
        let received = UNIX_EPOCH - Duration::new(1, 500_000_000);
        assert_eq!(from_kernel(TimeOrNow::SpecificTime(received)), time(-1, 500_000_000));
        let received = UNIX_EPOCH + Duration::new(7, 9);
        assert_eq!(from_kernel(TimeOrNow::SpecificTime(received)), time(7, 9));
    }

    #[test]
    fn no_time_is_out_of_range() {
        for seconds in [i64::MIN, i64::MAX] {
            for nanoseconds in [i64::MIN, 0, i64::MAX] {
                let _ = system_time(time(seconds, nanoseconds));
            }
        }
    }

    #[test]
    fn every_kind_of_stat_is_known_and_no_other() {
        assert_eq!(file_type(0o100_644), Some(FileType::RegularFile));
        assert_eq!(file_type(0o040_755), Some(FileType::Directory));
        assert_eq!(file_type(0o120_777), Some(FileType::Symlink));
        assert_eq!(file_type(0o010_600), Some(FileType::NamedPipe));
        assert_eq!(file_type(0o020_600), Some(FileType::CharDevice));
        assert_eq!(file_type(0o060_600), Some(FileType::BlockDevice));
        assert_eq!(file_type(0o140_755), Some(FileType::Socket));
        assert_eq!(file_type(0o644), None);
    }
}
