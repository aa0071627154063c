//! utimensat(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/futimens.html>

use nix::errno::Errno;
use nix::sys::time::TimeSpec;

use super::check::{Checked, equal, holds};
use super::sandbox::{Instant, Sandbox, atime, ctime, let_time_pass, mtime};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("both times are set to the nanosecond", sets_both),
    case("UTIME_OMIT leaves a time alone", omits),
    case("UTIME_NOW sets the present time", now),
    case("a time after 2038 and one after 2106", far_future),
    case("a time before 1970", far_past),
    case("ctime is marked", marks_ctime),
    case("a directory's times are set", directory),
    case("a symbolic link is followed, and not with AT_SYMLINK_NOFOLLOW", symlink),
    case("times set survive reading and renaming", survive),
    case("nanoseconds of a second or more: EINVAL", out_of_range),
    case("a missing file: ENOENT", missing),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a name of 256 bytes: ENAMETOOLONG", name_length),
];

fn time(seconds: i64, nanoseconds: i64) -> TimeSpec {
    TimeSpec::new(seconds, nanoseconds)
}

#[track_caller]
fn times_are(at: &Sandbox, name: &str, expected: (Instant, Instant)) -> Checked {
    let stat = at.stat(name).ok()?;
    equal("atime and mtime", (atime(&stat), mtime(&stat)), expected)
}

fn sets_both(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.utimens("f", time(1_000_000_000, 123_456_789), time(1_500_000_000, 999_999_999)).ok()?;
    times_are(at, "f", ((1_000_000_000, 123_456_789), (1_500_000_000, 999_999_999)))?;
    at.utimens("f", time(0, 0), time(0, 1)).ok()?;
    times_are(at, "f", ((0, 0), (0, 1)))
}

fn omits(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.utimens("f", time(1000, 1), time(2000, 2)).ok()?;
    at.utimens("f", TimeSpec::UTIME_OMIT, time(3000, 3)).ok()?;
    times_are(at, "f", ((1000, 1), (3000, 3)))?;
    at.utimens("f", time(4000, 4), TimeSpec::UTIME_OMIT).ok()?;
    times_are(at, "f", ((4000, 4), (3000, 3)))?;
    at.utimens("f", TimeSpec::UTIME_OMIT, TimeSpec::UTIME_OMIT).ok()?;
    times_are(at, "f", ((4000, 4), (3000, 3)))
}

fn now(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.utimens("f", time(1000, 0), time(1000, 0)).ok()?;
    at.utimens("f", TimeSpec::UTIME_NOW, TimeSpec::UTIME_NOW).ok()?;
    let present = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64);
    let stat = at.stat("f").ok()?;
    holds("atime is now", (present - stat.st_atime).abs() <= 2)?;
    holds("mtime is now", (present - stat.st_mtime).abs() <= 2)
}

fn far_future(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.utimens("f", time(1 << 31, 5), time((1 << 32) + 1, 6)).ok()?;
    times_are(at, "f", ((1 << 31, 5), ((1 << 32) + 1, 6)))
}

fn far_past(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.utimens("f", time(-1, 0), time(-1_000_000, 0)).ok()?;
    times_are(at, "f", ((-1, 0), (-1_000_000, 0)))
}

fn marks_ctime(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    let before = at.stat("f").ok()?;
    let_time_pass();
    at.utimens("f", time(1000, 0), time(1000, 0)).ok()?;
    holds("ctime is later", ctime(&at.stat("f").ok()?) > ctime(&before))
}

fn directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.utimens("d", time(1000, 1), time(2000, 2)).ok()?;
    times_are(at, "d", ((1000, 1), (2000, 2)))?;
    at.file("d/f", b"")?;
    holds("a new entry marks mtime again", at.stat("d").ok()?.st_mtime > 2000)
}

fn symlink(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.symlink("f", "s").ok()?;
    at.utimens("s", time(1000, 0), time(1000, 0)).ok()?;
    at.utimens_nofollow("s", time(2000, 0), time(2000, 0)).ok()?;
    equal("the file's mtime", mtime(&at.stat("f").ok()?), (1000, 0))?;
    equal("the link's mtime", mtime(&at.stat("s").ok()?), (2000, 0))
}

fn survive(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.file("f", b"contents")?;
    at.utimens("f", time(1000, 1), time(2000, 2)).ok()?;
    at.contents("f")?;
    at.rename("f", "d/g").ok()?;
    equal("mtime", mtime(&at.stat("d/g").ok()?), (2000, 2))
}

fn out_of_range(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.utimens("f", time(0, 1_000_000_000), time(0, 0)).fails(Errno::EINVAL)?;
    at.utimens("f", time(0, 0), time(0, -1)).fails(Errno::EINVAL)
}

fn missing(at: &Sandbox) -> Checked {
    at.utimens("missing", time(0, 0), time(0, 0)).fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.utimens("f/g", time(0, 0), time(0, 0)).fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.utimens(&"n".repeat(256), time(0, 0), time(0, 0)).fails(Errno::ENAMETOOLONG)
}
