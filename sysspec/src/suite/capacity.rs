//! ENOSPC of write(2), mkdir(2), open(2) and the others, on a file system that is filled up.

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::statvfs::statvfs;

use super::check::{Call, Checked, Failure, equal, holds, same_bytes};
use super::sandbox::{Handle, Sandbox, is_full, pattern, soon};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("writing until the room ends: ENOSPC, and no room is left", fills_up),
    case("what was written before ENOSPC is whole", keeps_contents),
    case("a full file system still overwrites, shrinks and grows by holes", works_when_full),
    case("room given back can be written again", room_returns),
    case("three times filled and emptied, nothing is lost", no_leak),
    case("making files until the inodes end: ENOSPC from every kind of making", inodes_end),
    case("inodes given back can be made again", inodes_return),
];

/// More than the small file system may hold.
const MOST_BYTES: u64 = 65 << 20;
const MOST_INODES: usize = 20_001;
const PIECE: usize = 64 << 10;

/// Bytes that can still be written.
fn free(at: &Sandbox) -> Result<u64, Failure> {
    let usage = Call::new("statvfs".to_owned(), statvfs(at.path())).ok()?;
    Ok(usage.blocks_free() * usage.fragment_size())
}

/// What the case before gave back may come back a little later.
fn wait_for_room(at: &Sandbox) -> Checked {
    soon(|| {
        let usage = Call::new("statvfs".to_owned(), statvfs(at.path())).ok()?;
        holds(
            "nine tenths of the room are free at the start",
            usage.blocks_free() * 10 >= usage.blocks() * 9,
        )?;
        holds("nine tenths of the inodes are free at the start", usage.files_free() * 10 >= usage.files() * 9)
    })
}

/// Files that can still be made.
fn files_free(at: &Sandbox) -> Result<u64, Failure> {
    Ok(Call::new("statvfs".to_owned(), statvfs(at.path())).ok()?.files_free())
}

/// Writes until ENOSPC, and gives the bytes that were taken.
fn fill(open: &Handle) -> Result<u64, Failure> {
    let piece = pattern(PIECE, 1);
    let mut written = 0u64;
    while written <= MOST_BYTES {
        let start = (written % PIECE as u64) as usize;
        match open.write(&piece[start..], written).result() {
            Ok(0) => return Err(Failure::broken("a write took no byte, and gave no error")),
            Ok(count) => written += count as u64,
            Err(errno) if is_full(errno) => return Ok(written),
            Err(errno) => return Err(Failure::broken(format!("pwrite failed with {errno:?}"))),
        }
    }
    Err(Failure::broken(format!("{MOST_BYTES} bytes were written and the file system is not full")))
}

fn fills_up(at: &Sandbox) -> Checked {
    wait_for_room(at)?;
    let before = free(at)?;
    let open = at.create("f").ok()?;
    let written = fill(&open)?;
    holds("at least nine tenths of the room that was promised could be written", written * 10 >= before * 9)?;
    holds("not more could be written than was promised", written <= before)?;
    holds("less than a block is left", free(at)? < 8192)?;
    equal("st_size", open.stat().ok()?.st_size, written as i64)
}

fn keeps_contents(at: &Sandbox) -> Checked {
    wait_for_room(at)?;
    let open = at.create("f").ok()?;
    let written = fill(&open)?;
    let piece = pattern(PIECE, 1);
    let mut offset = 0;
    while offset < written {
        let size = (written - offset).min(PIECE as u64) as usize;
        same_bytes("the piece", &open.read(PIECE, offset).ok()?, &piece[..size])?;
        offset += size as u64;
    }
    Ok(())
}

fn works_when_full(at: &Sandbox) -> Checked {
    wait_for_room(at)?;
    at.file("g", &pattern(10_000, 2))?;
    let open = at.create("f").ok()?;
    fill(&open)?;
    let other = at.open("g", OFlag::O_RDWR).ok()?;
    other.write_all(&[9; 100], 5000)?;
    other.truncate(1 << 30).ok()?;
    other.truncate(5100).ok()?;
    let mut expected = pattern(10_000, 2)[..5100].to_vec();
    expected[5000..].fill(9);
    same_bytes("the other file", &other.read(20_000, 0).ok()?, &expected)
}

fn room_returns(at: &Sandbox) -> Checked {
    wait_for_room(at)?;
    let open = at.create("f").ok()?;
    let written = fill(&open)?;
    open.truncate(written as i64 / 2).ok()?;
    at.file("g", &pattern(1 << 18, 3))?;
    drop(open);
    at.unlink("f").ok()?;
    at.unlink("g").ok()?;
    soon(|| holds("the room comes back", free(at)? >= written))?;
    let again = fill(&at.create("h").ok()?)?;
    holds("as much can be written as before", again + PIECE as u64 >= written)
}

fn no_leak(at: &Sandbox) -> Checked {
    wait_for_room(at)?;
    let before = free(at)?;
    for round in 0..3 {
        let name = format!("f{round}");
        fill(&at.create(&name).ok()?)?;
        at.unlink(&name).ok()?;
        soon(|| holds("as much is free as before", free(at)? + PIECE as u64 >= before))?;
    }
    Ok(())
}

/// Makes files until ENOSPC, and gives their number.
fn exhaust(at: &Sandbox) -> Result<usize, Failure> {
    for number in 0..MOST_INODES {
        match at.create(&format!("f{number}")).result() {
            Ok(_) => {}
            Err(errno) if is_full(errno) => return Ok(number),
            Err(errno) => return Err(Failure::broken(format!("open failed with {errno:?}"))),
        }
    }
    Err(Failure::broken(format!("{MOST_INODES} files were made and the inodes did not end")))
}

fn inodes_end(at: &Sandbox) -> Checked {
    wait_for_room(at)?;
    let made = exhaust(at)?;
    holds("at least one file could be made", made > 0)?;
    at.mkdir("d").fails(Errno::ENOSPC)?;
    at.symlink("x", "s").fails(Errno::ENOSPC)?;
    at.mknod("p", nix::sys::stat::SFlag::S_IFIFO, 0o644, 0).fails(Errno::ENOSPC)?;
    equal("the number of names", at.names(".")?.len(), made)
}

fn inodes_return(at: &Sandbox) -> Checked {
    wait_for_room(at)?;
    let made = exhaust(at)?;
    for number in 0..made {
        at.unlink(&format!("f{number}")).ok()?;
    }
    soon(|| holds("the inodes come back", files_free(at)? + 2 >= made as u64))?;
    let again = exhaust(at)?;
    holds("as many can be made as before", again.abs_diff(made) <= 2)
}
