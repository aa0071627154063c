//! truncate(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/truncate.html>,
//! and ftruncate(2)

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::check::{Checked, equal, holds, same_bytes};
use super::sandbox::{Sandbox, ctime, let_time_pass, mtime, pattern};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("shrinking keeps the bytes before the new end", shrinks),
    case("growing adds zeros", grows),
    case("shrinking and growing again shows zeros, not the old bytes", zero_tail),
    case("every size near the block edges", block_edges),
    case("growing far leaves the file sparse", grows_far),
    case("shrinking gives the room back", gives_back),
    case("ftruncate does the same through a descriptor", by_descriptor),
    case("a change of size marks mtime and ctime", marks_times),
    case("a symbolic link is followed", follows),
    case("the offset of an open file stays", offset_stays),
    case("a directory: EISDIR", directory),
    case("a missing file: ENOENT", missing),
    case("a file as parent: ENOTDIR", file_as_parent),
    case("a name of 256 bytes: ENAMETOOLONG", name_length),
    case("a negative size: EINVAL", negative),
    // POSIX allows EBADF or EINVAL; Linux answers EINVAL.
    case("a descriptor that is open for reading only: EINVAL", read_only),
    case("up and down many times", up_and_down),
];

fn shrinks(at: &Sandbox) -> Checked {
    let bytes = pattern(50_000, 1);
    at.file("f", &bytes)?;
    for size in [49_999usize, 8193, 8192, 8191, 1, 0] {
        at.truncate("f", size as i64).ok()?;
        equal("st_size", at.stat("f").ok()?.st_size, size as i64)?;
        same_bytes("what is left", &at.contents("f")?, &bytes[..size])?;
    }
    Ok(())
}

fn grows(at: &Sandbox) -> Checked {
    at.file("f", b"start")?;
    at.truncate("f", 20_000).ok()?;
    let mut expected = vec![0; 20_000];
    expected[..5].copy_from_slice(b"start");
    equal("st_size", at.stat("f").ok()?.st_size, 20_000)?;
    same_bytes("the file", &at.contents("f")?, &expected)
}

fn zero_tail(at: &Sandbox) -> Checked {
    for (cut, grown) in [(100, 4096), (100, 10_000), (4097, 8192), (8191, 8192), (0, 20_000)] {
        let name = format!("f{cut}-{grown}");
        at.file(&name, &[0xFF; 20_000])?;
        at.truncate(&name, cut as i64).ok()?;
        at.truncate(&name, grown as i64).ok()?;
        let mut expected = vec![0; grown];
        expected[..cut].fill(0xFF);
        same_bytes("the file", &at.contents(&name)?, &expected)?;
    }
    at.file("w", &[0xFF; 20_000])?;
    at.truncate("w", 100).ok()?;
    at.open("w", OFlag::O_WRONLY).ok()?.write_all(b"far", 9000)?;
    same_bytes("what a later write beyond the end skipped", &at.contents("w")?[100..9000], &[0; 8900])
}

fn block_edges(at: &Sandbox) -> Checked {
    let bytes = pattern(3 * 4096, 2);
    for size in [4095usize, 4096, 4097, 8191, 8192, 8193, 12_287] {
        let name = format!("f{size}");
        at.file(&name, &bytes)?;
        at.truncate(&name, size as i64).ok()?;
        same_bytes("what is left", &at.contents(&name)?, &bytes[..size])?;
    }
    Ok(())
}

fn grows_far(at: &Sandbox) -> Checked {
    let size = (1i64 << 36) + 1;
    at.file("f", b"start")?;
    at.truncate("f", size).ok()?;
    let stat = at.stat("f").ok()?;
    equal("st_size", stat.st_size, size)?;
    holds("it takes less than 1 MiB of room", stat.st_blocks * 512 < 1 << 20)?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    equal("its last byte", open.read(10, size as u64 - 1).ok()?, vec![0])
}

fn gives_back(at: &Sandbox) -> Checked {
    at.file("f", &pattern(1 << 20, 3))?;
    holds("a full MiB takes a MiB of room", at.stat("f").ok()?.st_blocks * 512 >= 1 << 20)?;
    at.truncate("f", 4096).ok()?;
    holds("what is left takes little", at.stat("f").ok()?.st_blocks * 512 <= 64 << 10)?;
    at.truncate("f", 0).ok()?;
    equal("st_blocks of an empty file", at.stat("f").ok()?.st_blocks, 0)
}

fn by_descriptor(at: &Sandbox) -> Checked {
    let bytes = pattern(10_000, 4);
    at.file("f", &bytes)?;
    let open = at.open("f", OFlag::O_RDWR).ok()?;
    open.truncate(5000).ok()?;
    same_bytes("what is left", &open.read(20_000, 0).ok()?, &bytes[..5000])?;
    open.truncate(6000).ok()?;
    equal("st_size", open.stat().ok()?.st_size, 6000)?;
    same_bytes("what was added", &open.read(20_000, 5000).ok()?, &[0; 1000])
}

fn marks_times(at: &Sandbox) -> Checked {
    at.file("f", &[1; 100])?;
    for size in [50, 200] {
        let before = at.stat("f").ok()?;
        let_time_pass();
        at.truncate("f", size).ok()?;
        let after = at.stat("f").ok()?;
        holds("mtime is later", mtime(&after) > mtime(&before))?;
        holds("ctime is later", ctime(&after) > ctime(&before))?;
    }
    Ok(())
}

fn follows(at: &Sandbox) -> Checked {
    at.file("f", b"contents")?;
    at.symlink("f", "s").ok()?;
    at.truncate("s", 3).ok()?;
    equal("the target's contents", at.contents("f")?, b"con".to_vec())
}

fn offset_stays(at: &Sandbox) -> Checked {
    at.file("f", b"abcdef")?;
    let open = at.open("f", OFlag::O_RDWR).ok()?;
    open.read_on(4).ok()?;
    at.truncate("f", 2).ok()?;
    open.write_on(b"Z").ok()?;
    equal("its contents", at.contents("f")?, b"ab\0\0Z".to_vec())
}

fn directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.truncate("d", 0).fails(Errno::EISDIR)
}

fn missing(at: &Sandbox) -> Checked {
    at.truncate("missing", 0).fails(Errno::ENOENT)?;
    at.truncate("missing/f", 0).fails(Errno::ENOENT)
}

fn file_as_parent(at: &Sandbox) -> Checked {
    at.file("f", b"")?;
    at.truncate("f/g", 0).fails(Errno::ENOTDIR)
}

fn name_length(at: &Sandbox) -> Checked {
    at.truncate(&"n".repeat(256), 0).fails(Errno::ENAMETOOLONG)
}

fn negative(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.truncate("f", -1).fails(Errno::EINVAL)?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())
}

fn read_only(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    at.open("f", OFlag::O_RDONLY).ok()?.truncate(0).fails(Errno::EINVAL)?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())
}

fn up_and_down(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    for round in 0..200i64 {
        let size = (round * 7919) % 100_003;
        open.truncate(size).ok()?;
        equal("st_size", open.stat().ok()?.st_size, size)?;
        same_bytes("what is read", &open.read(200_000, 0).ok()?, &vec![0; size as usize])?;
        open.write_all(&[0; 10], size as u64)?;
    }
    Ok(())
}
