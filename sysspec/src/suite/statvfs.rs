//! statvfs(3), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/statvfs.html>
//!
//! Others may use the file system meanwhile, so room is compared with a megabyte's tolerance.

use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::statvfs::{Statvfs, statvfs};

use super::check::{Call, Checked, Failure, equal, holds};
use super::sandbox::{Sandbox, pattern, soon};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("the block sizes are positive and the counts in order", in_order),
    case("names may have 255 bytes", name_max),
    case("eight MiB written are eight MiB less", written),
    case("what is unlinked comes back", unlinked),
    case("what is unlinked while open comes back at the last close", unlinked_while_open),
    case("what is replaced by a rename comes back", replaced),
    case("what is truncated comes back", truncated),
    case("a hole takes no room", hole),
    case("every file made is one less that can be made", files),
];

const TOLERANCE: i64 = 1 << 20;
const WEIGHT: usize = 8 << 20;

fn usage(at: &Sandbox) -> Result<Statvfs, Failure> {
    Call::new("statvfs".to_owned(), statvfs(at.path())).ok()
}

/// The room that is left, in bytes.
fn free(at: &Sandbox) -> Result<i64, Failure> {
    let usage = usage(at)?;
    Ok((usage.blocks_free() * usage.fragment_size()) as i64)
}

/// The room that is left once what the case before gave back has come back: then it no longer grows.
fn settled(at: &Sandbox) -> Result<i64, Failure> {
    let mut last = free(at)?;
    for _ in 0..50 {
        std::thread::sleep(Duration::from_millis(40));
        let now = free(at)?;
        if now <= last {
            break;
        }
        last = now;
    }
    Ok(last)
}

/// Demands that the room used since `before` is `expected`, roughly.
#[track_caller]
fn used(at: &Sandbox, before: i64, expected: usize) -> Checked {
    let used = before - free(at)?;
    if (used - expected as i64).abs() <= TOLERANCE {
        return Ok(());
    }
    Err(Failure::broken(format!("{used} bytes of room are used, expected about {expected}")))
}

fn in_order(at: &Sandbox) -> Checked {
    let usage = usage(at)?;
    holds("f_frsize is positive", usage.fragment_size() > 0)?;
    holds("f_bsize is positive", usage.block_size() > 0)?;
    holds("f_blocks is positive", usage.blocks() > 0)?;
    holds("f_bfree is at most f_blocks", usage.blocks_free() <= usage.blocks())?;
    holds("f_bavail is at most f_bfree", usage.blocks_available() <= usage.blocks_free())?;
    holds("f_files is positive", usage.files() > 0)?;
    holds("f_ffree is below f_files", usage.files_free() < usage.files())
}

fn name_max(at: &Sandbox) -> Checked {
    equal("f_namemax", usage(at)?.name_max(), 255)
}

fn written(at: &Sandbox) -> Checked {
    let before = settled(at)?;
    at.file("f", &pattern(WEIGHT, 0))?;
    used(at, before, WEIGHT)
}

fn unlinked(at: &Sandbox) -> Checked {
    let before = settled(at)?;
    for _ in 0..5 {
        at.file("f", &pattern(WEIGHT, 0))?;
        at.unlink("f").ok()?;
    }
    soon(|| used(at, before, 0))
}

fn unlinked_while_open(at: &Sandbox) -> Checked {
    let before = settled(at)?;
    at.file("f", &pattern(WEIGHT, 0))?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    at.unlink("f").ok()?;
    used(at, before, WEIGHT)?;
    drop(open);
    soon(|| used(at, before, 0))
}

fn replaced(at: &Sandbox) -> Checked {
    at.file("f", b"small")?;
    let before = settled(at)?;
    at.file("g", &pattern(WEIGHT, 0))?;
    at.rename("f", "g").ok()?;
    soon(|| used(at, before, 0))
}

fn truncated(at: &Sandbox) -> Checked {
    let before = settled(at)?;
    at.file("f", &pattern(WEIGHT, 0))?;
    at.truncate("f", 4096).ok()?;
    used(at, before, 0)
}

fn hole(at: &Sandbox) -> Checked {
    let before = settled(at)?;
    at.create("f").ok()?.truncate(1 << 35).ok()?;
    used(at, before, 0)
}

fn files(at: &Sandbox) -> Checked {
    settled(at)?;
    let before = usage(at)?.files_free();
    for number in 0..500 {
        at.file(&format!("f{number}"), b"")?;
    }
    let between = usage(at)?.files_free();
    holds("f_ffree fell by about 500", before.abs_diff(between).abs_diff(500) <= 100)?;
    for number in 0..500 {
        at.unlink(&format!("f{number}")).ok()?;
    }
    soon(|| holds("f_ffree came back", before.abs_diff(usage(at)?.files_free()) <= 100))
}
